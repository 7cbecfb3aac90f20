"""Figures of a year as charts and tables: months, weeks, hours, areas, streets, how few places hold most."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from hotspots.model import SCREENED, Category
from hotspots.publishing.chart_drawings import (
    Drawing,
    concentration_drawing,
    hours_drawing,
    months_drawing,
    rows_drawing,
    weeks_drawing,
)
from hotspots.publishing.figures.choice import Scope
from hotspots.statistics.hot_hours import HotHours
from hotspots.statistics.monthly_figures import ALL
from hotspots.statistics.place_concentration import Concentration
from hotspots.wording import count, percentage

SUBJECTS: Mapping[str, str] = {
    ALL: "Meldingen",
    str(Category.PERSONEN): "Meldingen over personen",
    str(Category.DRUGS): "Meldingen over drugs",
}
"""What the reports of a category are called."""


@dataclass(frozen=True)
class Figures:
    """What a reader is told of a place and year; what is None is not told, or there is nothing to tell.

    Attributes
    ----------
    months
        Rows of :func:`hotspots.statistics.monthly_figures.monthly_figures`.
    quarters
        The public figures instead, of who may not know of every place here: the name of each quarter, its
        figure and that of the year before.
    weeks, alarms
        Of the last weeks: ``week_end``, ``count``, ``bound``, ``is_alarm``; and the alarms of the last one:
        ``name``, ``category``, ``observed``, ``expected``.
    hours, hot_hours, hour_share
        Reports by weekday and hour, the hours that stand out, and the share of reports with an hour.
    gebieden, buurten
        ``code``, ``name``, ``count``, ``count_last_year``, ``is_change`` (None: unknown), ``inhabitants``,
        ``rate`` (per 1,000 inhabitants in the period), ``rate_low`` and ``rate_high``.
    streets
        ``name``, ``count``, the most first.
    concentration
        Over the cells of the map.
    """

    scope: Scope
    months: pd.DataFrame | None = None
    quarters: pd.DataFrame | None = None
    weeks: pd.DataFrame | None = None
    alarms: pd.DataFrame | None = None
    hours: pd.DataFrame | None = None
    hot_hours: HotHours | None = None
    hour_share: float | None = None
    gebieden: pd.DataFrame | None = None
    buurten: pd.DataFrame | None = None
    streets: pd.DataFrame | None = None
    concentration: Concentration | None = None
    notes: tuple[str, ...] = ()

    @property
    def categories(self) -> tuple[str, ...]:
        """Those of which months are drawn."""
        chosen = self.scope.choice.categorie
        return (ALL, *SCREENED) if chosen is None else (str(chosen),)

    @property
    def subject(self) -> str:
        """What is counted."""
        chosen = self.scope.choice.categorie
        return SUBJECTS[ALL if chosen is None or not self.scope.is_exact else str(chosen)]

    @property
    def areas(self) -> dict[str, pd.DataFrame]:
        """The gebieden and buurten that there are, by name."""
        tables = {"gebieden": self.gebieden, "buurten": self.buurten}
        return {name: rows for name, rows in tables.items() if rows is not None and len(rows)}

    @cached_property
    def drawings(self) -> dict[str, Drawing]:
        """The charts, by name."""
        scope, drawn = self.scope, []
        if self.months is not None:
            for category in self.categories:
                rows = self.months[self.months["category"] == category]
                name = "maanden" if category == ALL else f"maanden-{category}"
                drawn.append(months_drawing(rows, year=scope.year, subject=SUBJECTS[category], name=name))
        if self.quarters is not None and len(self.quarters):
            drawn.append(self._quarters_drawing(self.quarters))
        if self.weeks is not None:
            drawn.append(weeks_drawing(self.weeks, title=f"{self.subject} per week"))
        if self.hours is not None:
            drawn.append(hours_drawing(self.hours, title=f"{self.subject} per weekdag en uur, {scope.year}"))
        drawn += [self._areas_drawing(*each) for each in self.areas.items()]
        if self.streets is not None and len(self.streets):
            busiest = self.streets.head(12).rename(columns={"count": "value"})
            drawn.append(
                rows_drawing(busiest, title=f"Straten met de meeste meldingen, {scope.year}", name="straten")
            )
        if self.concentration is not None:
            drawn.append(concentration_drawing(self.concentration.curve))
        return {drawing.name: drawing for drawing in drawn}

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """What can be taken along as data, by name; those of charts and others."""
        tables = {name: drawing.table for name, drawing in self.drawings.items()}
        for name, rows in self.areas.items():
            tables[name] = area_table(rows, self.scope.year, is_exact=self.scope.is_exact)
        if self.streets is not None and len(self.streets):
            tables["straten"] = self.streets.rename(columns={"name": "Straat", "count": "Meldingen"})
        if self.alarms is not None and len(self.alarms):
            tables["alarmen"] = alarm_table(self.alarms)
        if self.quarters is not None:
            tables["kwartalen"] = self.quarters
        return tables

    @property
    def concentration_words(self) -> str | None:
        """How few places hold how many of the reports, in a sentence."""
        found = self.concentration
        if found is None:
            return None
        places, reports = count(found.places, "plek", "plekken"), count(found.reports, "melding", "meldingen")
        return (
            f"De drukste 20% van de {places} heeft "
            f"{percentage(found.share_of_reports(0.2))} van de {reports}. "
            f"Als het lot ze verdeelde, was dat {percentage(found.share_of_reports(0.2, by_chance=True))}. "
            f"80% van de meldingen komt van {percentage(found.share_of_places(0.8))} van de plekken; door "
            f"het lot was dat {percentage(found.share_of_places(0.8, by_chance=True))}."
        )

    def _quarters_drawing(self, quarters: pd.DataFrame) -> Drawing:
        """The quarters of the year before, then those of the year."""
        years = [quarters[["Kwartaal", str(year)]] for year in (self.scope.year - 1, self.scope.year)]
        rows = pd.concat([of_year.set_axis(["name", "value"], axis=1) for of_year in years])
        names = [f"{row} kwartaal {of.columns[1]}" for of in years for row in of["Kwartaal"]]
        return rows_drawing(
            rows.assign(name=names), title="Meldingen per kwartaal, afgerond", name="kwartalen"
        )

    def _areas_drawing(self, name: str, rows: pd.DataFrame) -> Drawing:
        """The rates where they are known, else the counts; the highest first."""
        has_rates = bool(rows["rate"].notna().any())
        column, unit = ("rate", "Meldingen per 1.000 inwoners") if has_rates else ("count", "Meldingen")
        title = f"{unit} per {'gebied' if name == 'gebieden' else 'buurt'}"
        shown = rows[["name", column]].rename(columns={column: "value"})
        shown = shown.sort_values(["value", "name"], ascending=[False, True], na_position="last")
        return rows_drawing(
            shown.head(15), title=f"{title}, {self.scope.year}", name=name, unit=unit, decimals=int(has_rates)
        )


def area_table(rows: pd.DataFrame, year: int, *, is_exact: bool) -> pd.DataFrame:
    """Give the figures of areas with Dutch heads."""
    columns: dict[str, Any] = {"Naam": rows["name"]}
    if not rows["code"].equals(rows["name"]):  # a gebied has no code
        columns["Code"] = rows["code"]
    columns |= {
        str(year): rows["count"],
        str(year - 1): rows["count_last_year"],
    }
    if is_exact:
        columns["Groter dan toeval"] = rows["is_change"].map({True: "ja", False: "nee"}).fillna("")
    columns |= {"Inwoners": rows["inhabitants"], "Per 1.000 inwoners": rows["rate"].round(1)}
    if is_exact:
        columns |= {"Ligt tussen": rows["rate_low"].round(1), "en": rows["rate_high"].round(1)}
    return pd.DataFrame(columns)


def alarm_table(alarms: pd.DataFrame) -> pd.DataFrame:
    """Give the alarms with Dutch heads."""
    return pd.DataFrame(
        {
            "Buurt": alarms["name"],
            "Overlast": alarms["category"],
            "Meldingen": alarms["observed"],
            "Gewoon": alarms["expected"].round(1),
        }
    )
