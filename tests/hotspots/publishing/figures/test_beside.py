"""Figures of others beside our reports: the table of a safety plan, and what each reader is told of ours."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from hotspots.access.rights import EVERYTHING, NO_PERSONS, Visibility
from hotspots.errors import NotFoundError
from hotspots.intake.other_figures import read_figures, replace_figures
from hotspots.publishing.disclosure import Level
from hotspots.publishing.figures.beside import OURS, FiguresBeside, other_figures_beside
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.report_tables import removed_report_days
from tests.hotspots.conftest import fill_areas
from tests.published_quarters import publish_quarters

TODAY = date(2024, 3, 4)
CENTRUM, WEST = "Wijk 00 Centrum", "Wijk 02 Buitenwijk West"
CENTRE, MARIABERG = "BU09350000", "BU09350201"

PLAN = """Soort;2019;2020;2021;2022;2023
Overlast verward persoon;410;455;.;250;290
Drugshandel;100;90;80;75;63
Vuurwerk;;;;1.250;1.250
Voelt zich onveilig;;34 %;;34,2 %;37,1 %
"""

Beside = Callable[..., FiguresBeside]


@pytest.fixture
def filling() -> Callable[[Database], None]:
    """The areas, and reports of 2022 and 2023 as they are kept after their period: a row counts many."""

    def fill(database: Database) -> None:
        fill_areas(database)
        counts = [
            (datetime(2022, 1, 5, 11, tzinfo=UTC), "personen", CENTRE, 160),
            (datetime(2022, 1, 5, 11, tzinfo=UTC), "drugs", CENTRE, 48),
            (datetime(2022, 6, 5, 10, tzinfo=UTC), "personen", MARIABERG, 42),
            (datetime(2023, 6, 5, 10, tzinfo=UTC), "personen", CENTRE, 201),
            (datetime(2023, 6, 5, 10, tzinfo=UTC), "drugs", MARIABERG, 89),
            (datetime(2024, 2, 29, 11, tzinfo=UTC), "drugs", MARIABERG, 4),
        ]
        names = ("noon", "category", "buurtcode", "report_count")
        with database.writing() as connection:
            connection.execute(
                insert(removed_report_days), [dict(zip(names, row, strict=True)) for row in counts]
            )

    return fill


@pytest.fixture
def beside(database: Database, settings: Settings) -> Beside:
    """Read the table for somebody."""

    def read(visibility: Visibility = EVERYTHING, **asked: Any) -> FiguresBeside:
        with database.reading() as connection:
            return other_figures_beside(connection, settings, visibility=visibility, today=TODAY, **asked)

    return read


@pytest.fixture
def take_in(database: Database, tmp_path: Path) -> Callable[..., None]:
    """Import a table of a source."""

    def take(text: str, source: str = "politie") -> None:
        (tmp_path / "x.csv").write_text(text, encoding="utf-8")
        found = read_figures(tmp_path / "x.csv", areas={"wk093500": "WK093500", "bu09350000": CENTRE})
        assert found.refused == []
        with database.writing() as connection:
            replace_figures(connection, source, found.figures, now=datetime(2024, 2, 1, tzinfo=UTC))

    return take


def rows(found: FiguresBeside, *, ours: bool) -> dict[str, tuple[tuple[str, ...], str]]:
    return {row.category: (row.cells, row.change) for row in found.rows if row.is_ours is ours}


def test_the_table_of_the_plan_comes_back_to_the_digit_with_ours_above_it(
    beside: Beside, take_in: Callable[..., None]
) -> None:
    take_in(PLAN)
    found = beside(until=2023)
    assert found.years == (2019, 2020, 2021, 2022, 2023)
    assert rows(found, ours=False) == {
        "Drugshandel": (("100", "90", "80", "75", "63"), "↓ 16 %"),
        "Overlast verward persoon": (("410", "455", "", "250", "290"), "↑ 16 %"),
        "Voelt zich onveilig": (("", "34,0 %", "", "34,2 %", "37,1 %"), "↑ 3 procentpunt"),
        "Vuurwerk": (("", "", "", "1.250", "1.250"), "= 0 %"),
    }
    assert rows(found, ours=True) == {
        "overlast drugs": (("", "", "", "48", "89"), "↑ 85 %"),
        "overlast personen": (("", "", "", "202", "201"), "= 0 %"),
        "overlast samen": (("", "", "", "250", "290"), "↑ 16 %"),
    }
    assert [row.source for row in found.rows] == [OURS] * 3 + ["politie"] * 4


def test_a_year_that_is_not_over_or_not_wholly_known_has_no_figure_of_ours(beside: Beside) -> None:
    found = beside(until=2024, count=4)
    assert rows(found, ours=True)["overlast samen"] == (("", "250", "290", ""), "")
    assert not found.has_others


def test_the_last_column_is_the_last_year_of_which_anything_is_known(
    beside: Beside, take_in: Callable[..., None]
) -> None:
    assert beside().years[-1] == 2023
    take_in("Soort;2025\nVuil;4\n")
    assert beside().years[-1] == 2025


def test_who_may_not_know_of_every_place_gets_what_was_published_and_no_parts(
    beside: Beside, database: Database
) -> None:
    assert rows(beside(NO_PERSONS, until=2023, count=2), ours=True) == {}
    whole, centrum = (Level.GEMEENTE, ""), (Level.GEBIED, CENTRUM)
    with database.writing() as connection:
        publish_quarters(connection, 2022, {whole: [210, 40, 5, 5], centrum: [210, 5, 5, None]})
        publish_quarters(connection, 2023, {whole: [5, 285, 5, 5], centrum: [5, 200, 5, 5]})
    assert rows(beside(NO_PERSONS, until=2023, count=2), ours=True) == {
        "overlast samen": (("260", "300"), "↑ 15 %")
    }
    assert rows(beside(NO_PERSONS, until=2023, count=2, gebied=CENTRUM), ours=True) == {
        "overlast samen": (("", "215"), "")
    }
    assert rows(beside(NO_PERSONS, until=2023, count=2, categorie="drugs"), ours=True) == {}


def test_a_team_gets_exact_counts_of_its_own_areas_and_says_so(
    beside: Beside, take_in: Callable[..., None]
) -> None:
    take_in(PLAN)
    team = Visibility(gebieden=frozenset({CENTRUM}), dwellings=frozenset({CENTRUM}))
    found = beside(team, until=2023, count=2)
    assert rows(found, ours=True)["overlast samen"] == (("208", "201"), "↓ 3 %")
    assert {row.source for row in found.rows} == {f"{OURS}, {CENTRUM}", "politie"}
    assert rows(beside(team, until=2023, count=2, gebied=WEST), ours=True) == {}


def test_figures_of_others_are_those_of_the_same_area(beside: Beside, take_in: Callable[..., None]) -> None:
    take_in(
        "categorie;periode;gebied;aantal\nVuil;2023;;90\nVuil;2023;WK093500;40\nVuil;2023;BU09350000;7\n"
        "Vuil;2023-05;;9\n"
    )
    for asked, wanted in (
        ({}, {"Vuil": (("90",), "")}),
        ({"gebied": CENTRUM}, {"Vuil": (("40",), "")}),
        ({"buurt": CENTRE}, {"Vuil": (("7",), "")}),
        ({"gebied": WEST}, {}),
    ):
        assert rows(beside(until=2023, count=1, **asked), ours=False) == wanted
    with pytest.raises(NotFoundError):
        beside(gebied="Nergens")


def test_a_gebied_that_is_no_wijk_has_no_figures_of_others(
    database: Database, settings: Settings, take_in: Callable[..., None]
) -> None:
    take_in("categorie;periode;gebied;aantal\nVuil;2023;WK093500;40\n")
    own = settings.areas.model_copy(update={"gebieden": {"Team Kern": [CENTRE]}})
    teams = settings.model_copy(update={"areas": own})
    with database.reading() as connection:
        for gebied in ("Team Kern", CENTRUM):
            found = other_figures_beside(connection, teams, visibility=EVERYTHING, today=TODAY, gebied=gebied)
            assert not found.has_others
