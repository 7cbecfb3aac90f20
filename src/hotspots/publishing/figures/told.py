"""Figures for who may not know of every place: nothing from which a small count follows, however one chooses.

Two ways of choosing that are subtracted give what lies between them. So no choice makes new figures here. Of
areas only the public figures are told (:mod:`hotspots.publishing.public_figures`), which anyone may know and
which are never recounted; of all areas together whole months, rounded, and only of quarters in which no month
of a category is small. A year is the sum of what is told of its parts. Hours and shares of places are told of
the whole municipality, in words or rounded shares, of many reports only.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, func, select

from hotspots.intake.report_times import load_times
from hotspots.model import CLUSTERING_PRECISIONS, SCREENED
from hotspots.publishing.disclosure import ROUND_TO, THRESHOLD, Level, rounded
from hotspots.publishing.figures.areas import with_rates
from hotspots.publishing.figures.choice import Scope, midnight
from hotspots.publishing.figures.of_year import Figures
from hotspots.settings import Settings
from hotspots.statistics.hot_hours import hot_times
from hotspots.statistics.monthly_figures import ALL
from hotspots.statistics.place_concentration import concentration
from hotspots.store.columns import Kind, read_columns
from hotspots.store.report_tables import moment_of, reports
from hotspots.store.run_tables import public_figures
from hotspots.tracking.own_areas import OWN
from hotspots.wording import day, quarter

MANY = 500
"""With fewer reports nothing is said of hours and places: one report more would show."""

PARTS_OF_WEEK = {"doordeweeks": slice(0, 5), "weekend": slice(5, 7)}
PARTS_OF_DAY = ("nacht (0-6)", "ochtend (6-12)", "middag (12-18)", "avond (18-24)")
WORDS = {"weinig": 0.0, "soms": 0.1, "vaak": 0.25}
"""From which share of the reports on a part of the week and day is called so."""


def read_told_figures(connection: Connection, settings: Settings, scope: Scope) -> Figures:
    """Read what may be told of a place and year."""
    lines, quarters = _areas(connection, settings, scope)
    more: dict[str, Any] = {}
    if scope.is_whole:
        until = _last_whole_quarter(scope.until)
        more["months"] = _months(connection, settings, scope, until)
        if until >= date(scope.year, 3, 31):
            more |= _of_the_whole(connection, settings, scope, until)
    return Figures(
        scope,
        quarters=quarters,
        gebieden=lines[Level.GEBIED],
        buurten=lines[Level.BUURT],
        notes=_notes(scope, quarters),
        **more,
    )


def _areas(
    connection: Connection, settings: Settings, scope: Scope
) -> tuple[dict[Level, pd.DataFrame], pd.DataFrame]:
    """The public figures of the quarters of the year, per area; and those of the whole choice per quarter."""
    table = public_figures.c
    first, then = date(scope.year, 1, 1), date(scope.year - 1, 1, 1)
    query = select(table.first_day, table.level, table.code, table.figure).where(
        table.first_day >= then, table.first_day < date(scope.year + 1, 1, 1)
    )
    figures = {
        (row.level, row.code, row.first_day): np.nan if row.figure is None else float(row.figure)
        for row in connection.execute(query)
    }
    of_year = sorted({start for _, _, start in figures if start >= first})
    before = [start.replace(year=start.year - 1) for start in of_year]
    areas = scope.areas
    people = dict(zip(areas["buurtcode"], areas["inhabitants"], strict=True))
    in_gebied = dict(list(areas.groupby("gebied")["buurtcode"])) if _are_whole(scope) else {}
    names = {
        Level.BUURT: dict(zip(areas["buurtcode"], areas["buurtnaam"], strict=True)),
        Level.GEBIED: {str(name): str(name) for name in in_gebied},
    }
    inhabitants: dict[Level, list[float]] = {
        Level.BUURT: list(people.values()),
        # one unknown makes the sum unknown: its reports are in the figure
        Level.GEBIED: [sum(people[code] for code in codes) for codes in in_gebied.values()],
    }

    def summed(level: Level, code: str, starts: Sequence[date]) -> float:
        """The figures of some quarters together; NaN where one of them isn't told."""
        return sum(
            (figures.get((str(level), code, start), np.nan) for start in starts), 0.0 if starts else np.nan
        )

    lines = {}
    for level, called in names.items():
        rows = pd.DataFrame(
            {
                "code": list(called),
                "name": list(called.values()),
                "count": [summed(level, code, of_year) for code in called],
                "count_last_year": [summed(level, code, before) for code in called],
                "inhabitants": inhabitants[level],
            }
        )
        minimum = settings.statistics.rate_min_inhabitants
        told = with_rates(rows, days=(1, 1), min_inhabitants=minimum, is_exact=False)
        lines[level] = told.sort_values(
            ["count", "name"], ascending=[False, True], na_position="last", ignore_index=True
        )
    level, code = (Level.GEMEENTE, "") if scope.is_whole else (Level.GEBIED, scope.choice.gebied or "")
    if scope.choice.buurt is not None:
        level, code = Level.BUURT, scope.choice.buurt
    quarters = pd.DataFrame(
        {
            "Kwartaal": [quarter(start).split(" kwartaal")[0] for start in of_year],
            str(scope.year): [summed(level, code, [start]) for start in of_year],
            str(scope.year - 1): [summed(level, code, [start]) for start in before],
        }
    )
    return lines, quarters


def _are_whole(scope: Scope) -> bool:
    """Whether gebieden are chosen as a whole: a figure of a gebied is not one of some buurten in it."""
    return scope.choice.buurt is None and not (scope.choice.gebied or "").startswith(OWN)


def _months(connection: Connection, settings: Settings, scope: Scope, until: date) -> pd.DataFrame:
    """Rounded months of whole quarters, in the form of the monthly figures."""
    zone = settings.municipality.timezone
    start = midnight(date(scope.year - 1, 1, 1), settings.municipality.zone)
    end = midnight(until + timedelta(days=1), settings.municipality.zone)
    times = load_times(connection, start=start, end=max(start, end))
    local = times["moment"].dt.tz_convert(zone).dt.tz_localize(None)
    month = (local.dt.year.to_numpy() - (scope.year - 1)) * 12 + local.dt.month.to_numpy() - 1
    is_drugs = times["category"].astype("object").to_numpy() == SCREENED[1]
    counts = np.stack([np.bincount(month[is_drugs == part], minlength=24)[:24] for part in (False, True)])
    told = np.full((2, 24), np.nan)
    for first in range(0, 24, 3):
        begins = date(scope.year - 1 + first // 12, first % 12 + 1, 1)
        part = counts[:, first : first + 3]
        is_over = begins <= until
        is_known = scope.first_day is not None and begins >= scope.first_day
        if is_over and is_known and (part >= THRESHOLD).all():
            told[:, first : first + 3] = np.vectorize(rounded)(part)
    rows = []
    for place, category in enumerate((*SCREENED, ALL)):
        figures = told.sum(axis=0) if category == ALL else told[place]
        months = [month for month in range(1, 13) if date(scope.year, month, 1) <= until]
        rows += [(category, number, figures[11 + number], figures[number - 1]) for number in months]
        rows.append((category, 0, sum(figures[11 + n] for n in months), sum(figures[n - 1] for n in months)))
    return pd.DataFrame(rows, columns=["category", "month", "count", "count_last_year"])


def _of_the_whole(connection: Connection, settings: Settings, scope: Scope, until: date) -> dict[str, Any]:
    """Hours in words, and how few places hold how many: of whole quarters with many reports."""
    zone = settings.municipality.zone
    start, end = midnight(date(scope.year, 1, 1), zone), midnight(until + timedelta(days=1), zone)
    times = load_times(connection, start=start, end=end)
    more: dict[str, Any] = {}
    timed = times[times["has_hour"]]
    if len(timed) >= MANY:
        parts = hot_times(timed["moment"], zone).to_numpy().reshape(7, len(PARTS_OF_DAY), -1).sum(axis=2)
        least, names = list(WORDS.values()), list(WORDS)
        more["hour_words"] = pd.DataFrame(
            [
                [name]
                + [
                    names[sum(value / len(timed) >= share for share in least) - 1]
                    for value in parts[days].sum(axis=0)
                ]
                for name, days in PARTS_OF_WEEK.items()
            ],
            columns=["Dagen", *PARTS_OF_DAY],
        )
    moment = moment_of(reports)
    query = (
        select(func.count().filter(moment >= start, moment < end))
        .where(
            reports.c.is_counted,
            reports.c.category.in_(SCREENED),
            reports.c.cell.is_not(None),
            reports.c.precision.in_(list(map(str, CLUSTERING_PRECISIONS))),
        )
        .group_by(reports.c.cell)
    )
    counts = read_columns(connection, query, {"count": Kind.INTEGER})["count"]
    if counts.sum() >= MANY:
        found = concentration(counts)
        more["told_shares"] = (
            round(found.share_of_reports(0.2) * 20) / 20,
            round(found.share_of_reports(0.2, by_chance=True) * 20) / 20,
        )
    return more


def _last_whole_quarter(until: date) -> date:
    """The last day of the last quarter that is over; before the year where none is."""
    after = until + timedelta(days=1)
    return date(after.year, (after.month - 1) // 3 * 3 + 1, 1) - timedelta(days=1)


def _notes(scope: Scope, quarters: pd.DataFrame) -> tuple[str, ...]:
    notes = [
        f"Afgerond op {ROUND_TO}, per heel kwartaal: kleine aantallen zeggen te veel over personen.",
        "Gebieden en buurten hebben hier de openbare cijfers, van personen en drugs samen.",
        "Weken, straten en uren per gebied staan er alleen voor wie ook woningen mag zien.",
    ]
    if quarters.empty:
        notes.append("Van dit jaar zijn nog geen openbare cijfers gemaakt: dat gebeurt na elk kwartaal.")
    if scope.is_whole and scope.until < date(scope.year, 12, 31):
        notes.append(f"Meldingen zijn verwerkt tot en met {day(scope.until)}.")
    return tuple(notes)
