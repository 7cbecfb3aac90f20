"""The cells of a quarter: without what points at persons, rounded, and of the quarter that was told last."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import insert, select, update

from hotspots.access.rights import EVERYTHING, NO_PERSONS, Visibility
from hotspots.publishing.cell_counts import read_cell_counts
from hotspots.publishing.told_cells import REPEATED, is_told, read_told_cells, tell_cells
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.report_tables import reports
from hotspots.store.run_tables import hotspots, public_figures, runs

FIRST, LAST, AS_OF = date(2023, 10, 1), date(2023, 12, 31), date(2024, 1, 14)
QUARTER = {"first_day": FIRST, "last_day": LAST, "as_of": AS_OF}
BINNENSTAD, MARKET = "BU09350000", (5.6915, 50.8492)


def reports_at(count: int, *, first_id: int = 1, spots: int = 4, reporters: int = 4) -> pd.DataFrame:
    """Reports on a few spots within a few metres, by a few reporters."""
    numbers = range(count)
    return pd.DataFrame(
        {
            "report_id": [first_id + number for number in numbers],
            "reporter_id": [float(number % reporters) for number in numbers],
            "lon": [MARKET[0] + number % spots * 1e-5 for number in numbers],
            "lat": MARKET[1],
            "precision": "adres",
            "buurtcode": BINNENSTAD,
        }
    )


@pytest.mark.parametrize(
    ("count", "spots", "reporters", "expected"),
    [
        (5, 4, 4, True),
        (4, 4, 4, False),
        (8, 2, 2, True),
        (9, 2, 4, False),
        (9, 4, 2, False),
        (8, 1, 4, False),
        (8, 4, 1, False),
    ],
)
def test_a_cell_is_told_of_with_enough_reports_and_no_one_or_place_with_most_of_them(
    count: int, spots: int, reporters: int, expected: bool
) -> None:
    assert is_told(reports_at(count, spots=spots, reporters=reporters)) is expected


def test_of_a_point_with_many_reports_that_no_place_explains_none_is_in_a_cell(
    database: Database, settings: Settings, publish: Callable[[Settings, pd.DataFrame], list[int]]
) -> None:
    """It may be a dwelling that no run has found yet."""
    several = reports_at(12, spots=6)
    house = reports_at(REPEATED, first_id=100).assign(lon=MARKET[0] + 9e-5)
    assert publish(settings, pd.concat([several, house])) == [10]


def test_unknown_reporters_are_not_one(database: Database) -> None:
    assert is_told(reports_at(8).assign(reporter_id=float("nan")))


def told(database: Database) -> list[int]:
    with database.reading() as connection:
        return [cell.figure for cell in read_told_cells(connection, AS_OF)]


@pytest.fixture
def publish(database: Database) -> Callable[[Settings, pd.DataFrame], list[int]]:
    """Tell the cells of a quarter with these reports; gives their figures."""

    def tell(settings: Settings, found: pd.DataFrame) -> list[int]:
        with database.writing() as connection:
            connection.execute(insert(public_figures).values(level="gemeente", code="", **QUARTER))
            tell_cells(connection, settings, found, **QUARTER)
        return told(database)

    return tell


def test_figures_are_rounded_and_told_from_the_run_that_wrote_them(
    database: Database, settings: Settings, publish: Callable[[Settings, pd.DataFrame], list[int]]
) -> None:
    assert publish(settings, reports_at(12)) == [10]
    with database.reading() as connection:
        assert read_told_cells(connection, date(2024, 1, 13)) == []
        [cell] = read_told_cells(connection, date(2024, 6, 2))
    assert (cell.buurtcode, cell.first_day, cell.last_day) == (BINNENSTAD, FIRST, LAST)


def test_reports_of_what_ever_pointed_at_persons_are_not_in_a_cell(
    database: Database,
    settings: Settings,
    placed: Callable[..., str],
    publish: Callable[[Settings, pd.DataFrame], list[int]],
) -> None:
    hidden = placed(report_count=9)
    with database.writing() as connection:
        connection.execute(update(hotspots).where(hotspots.c.id == hidden).values(points_at_persons=True))
        ids = list(connection.execute(select(reports.c.id).order_by(reports.c.id)).scalars())
    assert len(ids) == 9
    assert publish(settings, reports_at(9 + 6, first_id=ids[0])) == [5]


def test_each_reader_gets_the_window_where_reports_may_be_seen_and_else_the_quarter(
    database: Database,
    settings: Settings,
    placed: Callable[..., str],
    gebied_of_buurt: Callable[[str], str],
    publish: Callable[[Settings, pd.DataFrame], list[int]],
) -> None:
    placed(report_count=9)
    own = gebied_of_buurt(BINNENSTAD)
    with database.writing() as connection:
        connection.execute(update(reports).values(cell=1, buurtcode=BINNENSTAD))
        as_of = connection.execute(select(runs.c.as_of)).scalar_one()
    publish(settings, reports_at(12))
    cases: dict[Visibility, list[tuple[int | None, Any]]] = {
        EVERYTHING: [(9, None)],
        Visibility(frozenset({own}), frozenset({own})): [(9, None)],
        Visibility(None, frozenset({own})): [(9, None)],
        Visibility(None, frozenset({"elsewhere"})): [(10, (FIRST, LAST))],
        NO_PERSONS: [(10, (FIRST, LAST))],
        Visibility(frozenset({"elsewhere"}), frozenset()): [],
        Visibility(frozenset(), frozenset()): [],
    }
    with database.reading() as connection:
        for visibility, expected in cases.items():
            found = read_cell_counts(connection, settings, visibility=visibility, peildatum=as_of)
            assert [(cell.report_count, cell.quarter) for cell in found] == expected, visibility
