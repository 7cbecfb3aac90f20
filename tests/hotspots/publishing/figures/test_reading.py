"""Figures of two years, counted again with pandas; and what who may not know all can follow from them."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Connection, insert, update

from hotspots.access.rights import EVERYTHING, NO_PERSONS, Visibility
from hotspots.errors import ChoiceError, ForbiddenError
from hotspots.model import Category
from hotspots.publishing.disclosure import Bounds, behind
from hotspots.publishing.figures.choice import Choice
from hotspots.publishing.figures.of_year import Figures
from hotspots.publishing.figures.reading import read_figures_of
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped, load_areas
from hotspots.store.database import Database
from hotspots.store.place_tables import areas
from hotspots.store.report_tables import removed_report_days, reports
from tests.two_years import write_two_years

CENTRE, BINNENSTAD = "Wijk 00 Centrum", "BU09350000"
UNTIL = date(2023, 11, 30)


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: object
) -> Iterator[tuple[Database, pd.DataFrame]]:
    """Two years in a database, and the same as a table."""
    path = tmp_path_factory.mktemp("figures") / "two-years.sqlite"
    path.write_bytes(migrated_sqlite.read_bytes())  # type: ignore[attr-defined]  # it is a path
    database = Database(f"sqlite:///{path}")
    with database.writing() as connection:
        fill_with_shipped(connection, _settings())
        table = write_two_years(connection, _settings())
    yield database, table
    database.close()


def _settings() -> Settings:
    return Settings.model_validate({"municipality": {"name": "Maastricht", "code": "GM0935"}})


def read(world: tuple[Database, pd.DataFrame], visibility: Visibility = EVERYTHING, **choice: Any) -> Figures:
    with world[0].reading() as connection:
        return read_figures_of(connection, _settings(), visibility, Choice(**choice))


def local(table: pd.DataFrame) -> Any:
    return table["moment"].dt.tz_convert("Europe/Amsterdam")


@pytest.mark.parametrize(
    "choice", [{}, {"gebied": CENTRE}, {"buurt": BINNENSTAD, "categorie": "drugs"}], ids=str
)
def test_months_areas_hours_and_streets_are_those_that_pandas_counts(
    world: tuple[Database, pd.DataFrame], choice: dict[str, str]
) -> None:
    asked: dict[str, Any] = dict(choice)
    table = world[1]
    if "gebied" in choice:
        table = table[table["gebied"] == CENTRE]
    if "buurt" in choice:
        table = table[table["buurtcode"] == BINNENSTAD]
    if "categorie" in choice:
        asked["categorie"] = Category(choice["categorie"])
        table = table[table["category"] == choice["categorie"]]
    figures = read(world, **asked)
    moments = local(table)
    this, then = table[moments.dt.year == 2023], table[(moments.dt.year == 2022) & (moments.dt.month < 12)]
    assert figures.scope.until == UNTIL
    assert figures.months is not None
    for category, of in (("personen", ["personen"]), ("drugs", ["drugs"]), ("alle", ["personen", "drugs"])):
        rows = figures.months[(figures.months["category"] == category) & (figures.months["month"] > 0)]
        counted = local(this[this["category"].isin(of)]).dt.month.value_counts()
        assert rows["count"].tolist() == [counted.get(month, 0) for month in range(1, 12)]
        before = local(then[then["category"].isin(of)]).dt.month.value_counts()
        assert rows["count_last_year"].tolist() == [before.get(month, 0) for month in range(1, 12)]
    assert figures.buurten is not None
    assert figures.gebieden is not None
    for rows, column in ((figures.buurten, "buurtcode"), (figures.gebieden, "gebied")):
        for name, part in (("count", this), ("count_last_year", then)):
            counted = part[column].value_counts()
            assert rows[name].tolist() == [counted.get(code, 0) for code in rows["code"]]
        assert rows["count"].sum() == this[column].notna().sum()
    assert figures.hours is not None
    timed = local(this[this["has_hour"]])
    assert int(figures.hours.to_numpy().sum()) == len(timed)
    assert figures.hours.to_numpy()[0, 3] == ((timed.dt.day_of_week == 0) & (timed.dt.hour == 3)).sum()
    assert figures.streets is not None
    streets = this["street"].value_counts()
    assert dict(zip(figures.streets["name"], figures.streets["count"], strict=True)) == {
        street: value for street, value in streets.items() if value >= 3
    }


def test_weeks_end_on_sunday_and_count_each_report_once(world: tuple[Database, pd.DataFrame]) -> None:
    weeks = read(world).weeks
    assert weeks is not None
    assert len(weeks) == 53
    assert weeks["week_end"].iloc[-1] == date(2023, 11, 26)
    days = local(world[1]).dt.date
    for end, count in zip(weeks["week_end"], weeks["count"], strict=True):
        first = date.fromordinal(end.toordinal() - 6)
        assert count == ((days >= first) & (days <= end)).sum()


def test_the_shares_of_places_are_those_of_the_cells(world: tuple[Database, pd.DataFrame]) -> None:
    found = read(world).concentration
    assert found is not None
    in_year = local(world[1]).dt.year == 2023
    assert found.places == world[1]["x"].nunique()
    assert found.reports == in_year.sum()
    busiest = world[1][in_year]["x"].value_counts()
    assert found.share_of_reports(5 / found.places) == pytest.approx(busiest.head(5).sum() / in_year.sum())
    assert found.share_of_reports(0.2) > found.share_of_reports(0.2, by_chance=True)


def test_the_first_year_has_nothing_to_be_compared_with(world: tuple[Database, pd.DataFrame]) -> None:
    figures = read(world, jaar=2022)
    assert figures.months is not None
    assert figures.months["count_last_year"].isna().all()
    assert figures.buurten is not None
    assert figures.buurten["count_last_year"].isna().all()
    assert any("bekend vanaf 1 januari 2022" in note for note in figures.notes)
    assert read(world, jaar=2019).scope.is_empty
    assert read(world, jaar=2024).scope.is_empty


def test_rates_are_blank_without_enough_inhabitants(database: Database) -> None:
    settings = _settings()
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        table = write_two_years(connection, settings, count=200)
        for code, people in ((BINNENSTAD, 2000.0), ("BU09350001", 99.0), ("BU09350002", None)):
            connection.execute(update(areas).where(areas.c.buurtcode == code).values(inhabitants=people))
        noon = datetime.fromisoformat("2023-05-05T10:00+00:00")
        connection.execute(
            insert(removed_report_days).values(
                noon=noon, category="drugs", buurtcode=BINNENSTAD, report_count=4
            )
        )
        figures = read_figures_of(connection, settings, EVERYTHING, Choice())
    assert figures.buurten is not None
    rows = figures.buurten.set_index("code")
    in_year = table[(table["buurtcode"] == BINNENSTAD) & (local(table).dt.year == 2023)]
    names = ["count", "rate_low", "rate", "rate_high"]
    count, low, rate, high = rows.loc[BINNENSTAD, names].to_numpy(dtype="float64").tolist()
    assert count == len(in_year) + 4  # those that were removed for age count too
    assert rate == pytest.approx(count / 2)
    assert low < rate < high
    assert rows.loc[["BU09350001", "BU09350002"], "rate"].isna().all()


def test_a_team_has_the_exact_figures_of_its_gebied_and_none_of_others(
    world: tuple[Database, pd.DataFrame],
) -> None:
    team = Visibility(frozenset({CENTRE}), frozenset({CENTRE}))
    figures = read(world, team)
    assert figures.scope.is_exact
    assert figures.scope.place == CENTRE
    assert figures.gebieden is not None
    assert figures.gebieden["code"].tolist() == [CENTRE]
    whole = read(world, gebied=CENTRE)
    assert figures.months is not None
    assert whole.months is not None
    pd.testing.assert_frame_equal(figures.months, whole.months)
    with pytest.raises(ForbiddenError):
        read(world, team, gebied="Wijk 02 Buitenwijk West")
    with pytest.raises(ForbiddenError):
        read(world, team, buurt="BU09350400")
    with pytest.raises(ForbiddenError):
        read(world, Visibility(frozenset(), frozenset()))


@pytest.mark.parametrize(
    ("choice", "parameter"),
    [
        ({"gebied": "Nergens"}, "gebied"),
        ({"gebied": "eigen:1"}, "gebied"),
        ({"buurt": "BU0"}, "buurt"),
        ({"gebied": "Wijk 02 Buitenwijk West", "buurt": BINNENSTAD}, "buurt"),
    ],
    ids=str,
)
def test_a_place_that_is_not_there_is_refused_by_name(
    world: tuple[Database, pd.DataFrame], choice: dict[str, Any], parameter: str
) -> None:
    with pytest.raises(ChoiceError) as error:
        read(world, **choice)
    assert error.value.parameter == parameter


def test_no_choice_tells_a_reader_without_dwellings_more_than_what_is_public(
    world: tuple[Database, pd.DataFrame],
) -> None:
    table = world[1]
    table = table.assign(quarter=local(table).dt.quarter, year=local(table).dt.year)
    with world[0].reading() as connection:
        places = load_areas(connection, {})
        ask = partial(read_figures_of, connection, _settings(), NO_PERSONS)
        choices = [
            Choice(gebied, buurt, category, year)
            for year in (2022, 2023)
            for category in (None, Category.DRUGS)
            for gebied, buurt in [
                (None, None),
                *((name, None) for name in sorted(set(places["gebied"]))),
                *((None, code) for code in places["buurtcode"]),
            ]
            if category is None or buurt is None
        ]
        told: dict[tuple[object, ...], set[float]] = defaultdict(set)
        for choice in choices:
            _note_told(told, ask(choice))
    # one figure for each question, whatever was chosen: nothing lies between two of them
    assert all(len(figures) == 1 for figures in told.values())
    figures = {key: next(iter(found)) for key, found in told.items()}
    assert figures
    assert all(value % 5 == 0 for value in figures.values())
    for year, quarter in [(2022, 3), (2022, 4), (2023, 1), (2023, 3)]:
        _no_small_count_is_bounded(table, places, figures, year, quarter)


def _note_told(told: dict[tuple[object, ...], set[float]], figures: Figures) -> None:
    scope = figures.scope
    assert not scope.is_exact
    kept = (figures.months, figures.weeks, figures.alarms, figures.hours, figures.streets)
    assert all(part is None for part in (*kept, figures.concentration))
    for name, rows in figures.areas.items():
        assert rows[["rate_low", "rate_high"]].isna().all(axis=None)
        for row in rows.to_dict("records"):
            if row["count"] == row["count"]:
                told[name, scope.year, row["code"]].add(row["count"])
    assert figures.quarters is not None
    where = scope.choice.buurt or scope.choice.gebied or ""
    for number, pair in enumerate(figures.quarters.iloc[:, 1:].to_numpy(dtype="float64").tolist(), start=1):
        for value, year in zip(pair, (scope.year, scope.year - 1), strict=True):
            if value == value:
                told["quarter", year, number, where].add(value)


def _no_small_count_is_bounded(
    table: pd.DataFrame,
    places: pd.DataFrame,
    figures: dict[tuple[object, ...], float],
    year: int,
    quarter: int,
) -> None:
    """Follow what the figures of a quarter leave possible for each small count, whatever one knows."""
    here = table[(table["year"] == year) & (table["quarter"] == quarter) & table["buurtcode"].notna()]
    counts = {code: int((here["buurtcode"] == code).sum()) for code in places["buurtcode"]}
    parts = {str(name): list(map(str, part["buurtcode"])) for name, part in places.groupby("gebied")}
    counts |= {name: sum(counts[code] for code in codes) for name, codes in parts.items()}
    counts[""] = len(here)
    bounds: dict[str, Bounds] = {}
    for code, count in counts.items():
        figure = figures.get(("quarter", year, quarter, code))
        nothing = (0, 4) if count < 5 else (5, np.inf)
        bounds[code] = nothing if figure is None else behind(int(figure))
    sums = [*parts.items(), ("", list(parts))]
    for _ in range(4):
        for whole, of in sums:
            low, high = sum(bounds[code][0] for code in of), sum(bounds[code][1] for code in of)
            bounds[whole] = (max(bounds[whole][0], low), min(bounds[whole][1], high))
            for code in of:
                least, most = bounds[code]
                bounds[code] = (
                    max(least, bounds[whole][0] - (high - most)) if np.isfinite(high) else least,
                    min(most, bounds[whole][1] - (low - least)),
                )
    small = [code for code, count in counts.items() if count < 5]
    assert small
    for code in small:
        assert bounds[code][0] <= counts[code] <= bounds[code][1]
        assert bounds[code][1] - bounds[code][0] >= 3


@pytest.mark.parametrize("choice", [{}, {"gebied": CENTRE}, {"buurt": BINNENSTAD}], ids=str)
def test_the_reports_of_a_dwelling_change_nothing_for_a_reader_without_dwellings(
    database: Database, choice: dict[str, Any]
) -> None:
    settings = _settings()

    def told(connection: Connection) -> dict[str, Any]:
        figures = read_figures_of(connection, settings, NO_PERSONS, Choice(**choice))
        drawings = {f"drawn {name}": drawing.svg for name, drawing in figures.drawings.items()}
        return drawings | {name: table.to_csv() for name, table in figures.tables.items()}

    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        write_two_years(connection, settings)
        with_them = told(connection)
        # a third of all of a buurt, in the months of published quarters too
        theirs = (reports.c.buurtcode == BINNENSTAD) & (reports.c.id % 3 == 0)
        gone = connection.execute(update(reports).where(theirs).values(is_counted=False)).rowcount
        assert told(connection) == with_them
    assert gone > 100
    assert set(with_them) >= {"kwartalen", "buurten"}
    assert "maanden" not in with_them


def test_who_may_know_of_dwellings_in_a_part_is_exact_there_only(
    world: tuple[Database, pd.DataFrame],
) -> None:
    mixed = Visibility(None, frozenset({CENTRE}))
    assert read(world, mixed, gebied=CENTRE).scope.is_exact
    assert read(world, mixed, buurt=BINNENSTAD).streets is not None
    assert not read(world, mixed).scope.is_exact
    assert not read(world, mixed, buurt="BU09350400").scope.is_exact


def test_reading_changes_nothing(world: tuple[Database, pd.DataFrame]) -> None:
    def once(connection: Connection) -> list[str]:
        figures = read_figures_of(connection, _settings(), EVERYTHING, Choice())
        return [drawing.svg for drawing in figures.drawings.values()]

    with world[0].reading() as connection:
        assert once(connection) == once(connection)
