"""Monthly figures in the weekly report, as text; public quarters where they would disclose too much."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from hotspots.access.rights import Visibility
from hotspots.errors import StatisticError
from hotspots.intake.report_times import count_between, first_moment
from hotspots.model import SCREENED
from hotspots.publishing.disclosure import ROUND_TO
from hotspots.publishing.public_figures import QUARTERS, PublicFigures, read_published
from hotspots.settings import Settings
from hotspots.statistics.monthly_figures import ALL, compared_months, monthly_figures
from hotspots.store.areas import gebieden_of_buurten
from hotspots.wording import count, day, number, quarter, short_month

_NOT_SACRED = "Cijfers zijn niet heilig: het gaat om de duiding. Meer meldingen is niet altijd meer overlast."


@dataclass(frozen=True)
class ReportTable:
    """A table of texts."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def may_know_all(
    connection: Connection, settings: Settings, visibility: Visibility, codes: Sequence[str] | None
) -> bool:
    """Whether readers may know of every place in these buurten, so that counts may be exact.

    Of no buurten at all there is nothing to know.
    """
    if visibility.is_everything:
        return True
    if not codes:
        return False
    gebied_of = gebieden_of_buurten(connection, settings.areas.gebieden)
    gebieden = {gebied_of[code] for code in codes}
    return all(reach is None or gebieden <= reach for reach in (visibility.gebieden, visibility.dwellings))


def read_figures(
    connection: Connection, settings: Settings, latest: date, codes: Sequence[str] | None
) -> tuple[pd.DataFrame, date | None]:
    """Read the monthly figures of last year and this, and the first day of reports if that is in them."""
    first = first_moment(connection)
    days = {each for a, b in compared_months(latest) for each in (a, b + timedelta(days=1))}
    bounds = [settings.municipality.midnight(day) for day in sorted(days)]
    counts = count_between(connection, bounds, codes=codes)
    known_since = settings.municipality.local_day(first) if first else latest
    table = monthly_figures(
        counts, as_of=latest, timezone=settings.municipality.timezone, known_since=known_since
    )
    return table, known_since if known_since > date(latest.year - 1, 1, 1) else None


def last_whole_month(latest: date) -> date:
    """The last day of the last whole month: figures that change weekly would disclose single reports."""
    is_over = (latest + timedelta(days=1)).day == 1
    return latest if is_over else latest.replace(day=1) - timedelta(days=1)


def months_table(figures: pd.DataFrame, until: date) -> ReportTable:
    """Give the table of counts per month beside those of last year."""
    # in one pass: a filter of all figures for each cell takes a tenth of the time of a report
    figures_of = {
        (line["category"], line["month"]): {str(name): value for name, value in line.items()}
        for line in figures.to_dict("records")
    }
    rows = []
    for month in [*range(1, until.month + 1), 0]:
        lines = [figures_of[category, month] for category in (*SCREENED, ALL)]
        name = f"{until.year} tot nu" if month == 0 else short_month(until.replace(month=month, day=1))
        rows.append((name, *_cells(lines)))
    before = f"in {until.year - 1}"
    return ReportTable(
        f"Meldingen per maand, {until.year} naast {until.year - 1}",
        ("Maand", "Personen", before, "Drugs", before, "Samen", before, "Verschil"),
        rows,
    )


def quarters_table(
    connection: Connection, latest: date, figure_of: Callable[[PublicFigures], int | None]
) -> ReportTable:
    """Give the last public quarters beside those of a year before: all that is told of months to some.

    Parameters
    ----------
    figure_of
        The figure of an area in a quarter; None: not told.
    """
    published = read_published(connection, since=date(latest.year - 2, 1, 1), until=latest)
    figures = {each.first_day: figure_of(each) for each in published}

    def told(first: date) -> str:
        figure = figures.get(first)
        return _known(math.nan if figure is None else figure)

    rows = [
        (quarter(first), told(first), told(first.replace(year=first.year - 1)))
        for first in list(figures)[-QUARTERS:]
    ]
    return ReportTable("Meldingen per kwartaal, afgerond", ("Kwartaal", "Meldingen", "Jaar eerder"), rows)


def quarter_notes() -> list[str]:
    """Give the notes that a reader of the quarters needs."""
    return [
        f"Hele kwartalen, afgerond op {ROUND_TO}: kleine aantallen zeggen te veel over personen.",
        _NOT_SACRED,
    ]


def month_sentence(figures: pd.DataFrame, latest: date) -> str:
    """Give a sentence with the reports of this month, and whether that differs from last year."""
    line = _line(figures, ALL, latest.month)
    reports = count(int(line["count"]), "melding", "meldingen")
    until = f"tot en met {day(latest)}"
    sentence = f"In de maand {until} kwamen er {reports} binnen"
    if math.isnan(line["count_last_year"]):
        return f"{sentence}."
    then = number(line["count_last_year"])
    meaning = (
        "Dat verschil is groter dan toeval verklaart" if line["is_change"] else "Dat verschil kan toeval zijn"
    )
    return f"{sentence}, in dezelfde dagen van {latest.year - 1} waren dat er {then}. {meaning}."


def month_notes(figures: pd.DataFrame, until: date, known_since: date | None) -> list[str]:
    """Give the notes that a reader of the table needs."""
    notes = [f"De lopende maand telt tot en met {day(until)}, vorig jaar tot dezelfde dag."]
    if known_since is not None:
        notes.append(
            f"Meldingen zijn bekend vanaf {day(known_since)}: van daarvoor is er geen vergelijking (–)."
        )
    if bool(figures["is_change"].any()):
        notes.append("* groter dan toeval verklaart (95 % zekerheid).")
    return [*notes, _NOT_SACRED]


def _cells(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    counts = [cell for line in lines for cell in (number(line["count"]), _known(line["count_last_year"]))]
    return [*counts, _change(lines[-1])]


def _line(figures: pd.DataFrame, category: str, month: int) -> dict[str, Any]:
    lines = figures[(figures["category"] == category) & (figures["month"] == month)]
    if len(lines) != 1:
        raise StatisticError(f"wanted one line of {category} and month {month}, found {len(lines)}")
    return {str(name): value for name, value in lines.iloc[0].items()}


def _known(value: float) -> str:
    return "–" if math.isnan(value) else number(value)


def _change(line: Mapping[str, Any]) -> str:
    change = line["change_percent"]
    if math.isnan(change):
        return "–"
    mark = " *" if line["is_change"] else ""
    return f"{'+' if change > 0 else ''}{number(change)} %{mark}".replace("-", "−")
