"""Figures for who may not know of every place: the public figures of quarters, and nothing else.

Another count of the same reports, of other days, or of one category, could be subtracted from what was
published, and gives what lies between them. So no choice makes new figures here. What is told are the public
figures (:mod:`hotspots.publishing.public_figures`), which anyone may know and which are never recounted. A
year is the sum of what is told of its quarters.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select

from hotspots.publishing.disclosure import ROUND_TO, Level
from hotspots.publishing.figures.areas import with_rounded_rates
from hotspots.publishing.figures.choice import Scope
from hotspots.publishing.figures.of_year import Figures
from hotspots.settings import Settings
from hotspots.store.run_tables import public_figures
from hotspots.tracking.own_areas import OWN
from hotspots.wording import quarter


def read_told_figures(connection: Connection, settings: Settings, scope: Scope) -> Figures:
    """Read what may be told of a place and year."""
    lines, quarters = _areas(connection, settings, scope)
    return Figures(
        scope,
        quarters=quarters,
        gebieden=lines[Level.GEBIED],
        buurten=lines[Level.BUURT],
        notes=_notes(quarters),
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
        told = with_rounded_rates(rows, min_inhabitants=minimum)
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


def _notes(quarters: pd.DataFrame) -> tuple[str, ...]:
    notes = [
        f"Openbare cijfers, van personen en drugs samen: per heel kwartaal, afgerond op {ROUND_TO}.",
        "Kleine aantallen staan er niet bij: die zeggen te veel over personen.",
        "Maanden, weken, uren en straten staan er alleen voor wie ook woningen mag zien.",
    ]
    if quarters.empty:
        notes.append("Van dit jaar zijn nog geen openbare cijfers gemaakt: dat gebeurt na elk kwartaal.")
    return tuple(notes)
