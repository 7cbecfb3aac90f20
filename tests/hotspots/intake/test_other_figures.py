"""Figures of others: what of a table is read, left open, refused and replaced."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from hotspots.errors import FiguresError
from hotspots.intake.other_figures import Figure, FiguresFile, read_figures, replace_figures
from hotspots.store.database import Database
from hotspots.store.figure_tables import other_figures

AREAS = {"gm0935": "", "maastricht": "", "wk093500": "WK093500", "centrum": "WK093500"}
NOW = datetime(2024, 2, 1, tzinfo=UTC)
YEAR_2023 = (date(2023, 1, 1), date(2023, 12, 31))


def read(tmp_path: Path, *lines: str) -> FiguresFile:
    path = tmp_path / "cijfers.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_figures(path, areas=AREAS)


def test_a_row_for_each_figure_gives_its_period_area_and_value(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "categorie;periode;gebied;aantal",
        "Overlast;2023;;1.290",
        "Overlast;2023-Q2;Centrum;40",
        "Overlast;2023MM02*;GM0935;.",
    )
    assert found.figures == [
        Figure("Overlast", "aantal", *YEAR_2023, "", 1290.0),
        Figure("Overlast", "aantal", date(2023, 4, 1), date(2023, 6, 30), "WK093500", 40.0),
        Figure("Overlast", "aantal", date(2023, 2, 1), date(2023, 2, 28), "", None),
    ]
    assert (found.read, found.refused) == (3, [])


def test_years_in_columns_are_a_figure_each_and_per_cents_are_shares(tmp_path: Path) -> None:
    found = read(tmp_path, "Indicator;2021;2023", "Onveilig;34,2 %;", "Aangiften;12;14")
    assert [(figure.category, figure.unit, figure.first.year, figure.value) for figure in found.figures] == [
        ("Onveilig", "aandeel", 2021, 0.342),
        ("Onveilig", "aandeel", 2023, None),
        ("Aangiften", "aantal", 2021, 12.0),
        ("Aangiften", "aantal", 2023, 14.0),
    ]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("Overlast;gisteren;;4", "periode 'gisteren'"),
        ("Overlast;2023-13;;4", "periode '2023-13'"),
        ("Overlast;2023;Amsterdam;4", "gebied 'Amsterdam'"),
        (";2023;;4", "de categorie is leeg"),
        ("Overlast;2023;;veel", "aantal 'veel'"),
        ("Overlast;2023;;-4", "aantal '-4'"),
        ("Overlast;2023;;4,5", "is geen geheel getal"),
        ("Overlast;2023;;4 %", "is geen geheel getal"),
        ("Drugs;2023;;5", "staat ook in rij 1"),
    ],
    ids=[
        "no period",
        "no month",
        "elsewhere",
        "no category",
        "no number",
        "below 0",
        "half",
        "share",
        "twice",
    ],
)
def test_what_is_no_figure_is_refused_with_its_row_and_costs_no_other(
    tmp_path: Path, row: str, why: str
) -> None:
    found = read(tmp_path, "categorie;periode;gebied;aantal", "Drugs;2023;;4", row, "Vuil;2023;;7")
    assert [figure.value for figure in found.figures] == [4.0, 7.0]
    ((number, reason),) = found.refused
    assert number == 2
    assert why in reason


def test_a_share_above_one_without_per_cent_is_refused(tmp_path: Path) -> None:
    found = read(tmp_path, "categorie;jaar;aandeel", "Onveilig;2023;34,2", "Onveilig;2022;0,342")
    assert [figure.value for figure in found.figures] == [0.342]
    assert "schrijf een percentage met %" in found.refused[0][1]


def test_a_file_without_categories_or_periods_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FiguresError, match="wanted the columns categorie;periode;gebied;aantal"):
        read(tmp_path, "naam;waarde", "x;1")


def test_a_figure_of_the_same_source_period_and_area_is_replaced_and_others_stay(database: Database) -> None:
    old = Figure("Overlast", "aantal", *YEAR_2023, "", 10.0)
    with database.writing() as connection:
        assert replace_figures(connection, "politie", [old], now=NOW) == (1, 0)
        assert replace_figures(connection, "monitor", [old], now=NOW) == (1, 0)
        new = [old._replace(value=None), old._replace(area="WK093500", value=3.0)]
        assert replace_figures(connection, "politie", new, now=NOW) == (1, 1)
    with database.reading() as connection:
        rows = connection.execute(
            select(other_figures.c.source, other_figures.c.area, other_figures.c.value).order_by(
                other_figures.c.source, other_figures.c.area
            )
        ).all()
    assert [tuple(row) for row in rows] == [
        ("monitor", "", 10.0),
        ("politie", "", None),
        ("politie", "WK093500", 3.0),
    ]
