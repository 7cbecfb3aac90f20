"""What everyone may know of a year and of the stand: made of what was published, and of nothing else."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, update

from hotspots.publishing.public_account import PublicYear, read_public_stand, read_public_year
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.store.case_tables import measures
from hotspots.store.database import Database
from hotspots.store.report_tables import imports, reports
from hotspots.store.run_tables import hotspot_states, hotspots, public_figures

CENTRE, OTHER = "BU09350000", "BU09350001"
GEBIED = "Wijk 00 Centrum"
FIRSTS = {1: (1, 3, 31), 2: (4, 6, 30), 3: (7, 9, 30), 4: (10, 12, 31)}


def publish(
    connection: Connection,
    year: int,
    number: int,
    *,
    centre: int | None,
    other: int | None,
    whole: int | None,
) -> None:
    """The published figures of one quarter."""
    first, last_month, last = FIRSTS[number]
    days = {"first_day": date(year, first, 1), "last_day": date(year, last_month, last)}
    rows = [
        ("buurt", CENTRE, centre),
        ("buurt", OTHER, other),
        ("gebied", GEBIED, whole),
        ("gemeente", "", whole),
    ]
    connection.execute(
        insert(public_figures),
        [
            days
            | {"as_of": date(year + number // 4, last_month % 12 + 1, 15)}
            | {"level": level, "code": code, "figure": figure}
            for level, code, figure in rows
        ],
    )


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database will do: both read the same few rows."""
    return sqlite_url


@pytest.fixture
def published(placed: Callable[..., str], database: Database) -> None:
    """A place in the centre, four quarters of 2023 and three of 2022."""
    placed(buurtcode=CENTRE)
    with database.writing() as connection:
        for number in (2, 3, 4):
            publish(connection, 2022, number, centre=20, other=5, whole=60)
        for number, other in ((1, 5), (2, None), (3, 10), (4, 15)):
            publish(connection, 2023, number, centre=40, other=other, whole=100)


def year_of(
    database: Database, settings: Settings, year: int = 2023, gebied: str | None = None
) -> PublicYear:
    with database.reading() as connection:
        return read_public_year(connection, settings, year=year, gebied=gebied)


@pytest.mark.usefixtures("published")
def test_a_year_is_the_sum_of_its_quarters_and_none_where_one_of_them_is_not_told(
    database: Database, settings: Settings
) -> None:
    year = year_of(database, settings)
    figures = {line.code: (list(line.quarters), line.figure) for line in year.lines}
    assert figures[CENTRE] == ([40, 40, 40, 40], 160)
    assert figures[OTHER] == ([5, None, 10, 15], None)
    assert (year.figure, year.is_whole, year.before) == (400, True, None)
    assert year.sentences == [
        "Over heel 2023 kwamen er ongeveer 400 meldingen van overlast door personen en drugs."
    ]
    assert {line.figure for line in year_of(database, settings, gebied=GEBIED).lines} == {160, None}


@pytest.mark.usefixtures("published")
def test_a_year_that_goes_on_is_compared_with_the_same_quarters_and_only_beyond_rounding_and_chance(
    database: Database, settings: Settings
) -> None:
    with database.writing() as connection:
        connection.execute(delete(public_figures).where(public_figures.c.first_day == date(2023, 1, 1)))
    year = year_of(database, settings)
    assert (year.figure, year.before) == (300, 180)
    assert year.sentences[1] == "In 2022 waren dat er ongeveer 180: dit jaar ongeveer 67% meer."
    with database.writing() as connection:
        closer = public_figures.c.first_day < date(2023, 1, 1)
        connection.execute(update(public_figures).where(closer).values(figure=95))
    assert "kan toeval zijn" in year_of(database, settings).sentences[1]


def test_without_published_quarters_a_year_says_so(
    placed: Callable[..., str], database: Database, settings: Settings
) -> None:
    placed()
    year = year_of(database, settings, 2019)
    assert year.sentences == ["Over 2019 zijn er geen cijfers die gedeeld kunnen worden."]


def told(database: Database, settings: Settings) -> str:
    """All that both tell, of the municipality and of a gebied."""
    with database.reading() as connection:
        parts: list[Any] = []
        for gebied in (None, GEBIED):
            year = read_public_year(connection, settings, year=2023, gebied=gebied)
            stand = read_public_stand(connection, settings, gebied=gebied)
            parts += [year.lines, year.quarters, year.figure, year.before, year.sentences]
            parts += [stand.map.buurten, stand.map.figure, stand.map.hotspot_sentence, stand.quarters]
            parts += [stand.came, stand.went]
        return repr(parts)


@pytest.mark.usefixtures("published")
def test_reports_decisions_and_measures_that_come_or_go_change_nothing_that_was_told(
    placed: Callable[..., str], database: Database, settings: Settings
) -> None:
    home = placed(buurtcode=OTHER, soort="woning", report_count=30)
    with database.writing() as connection:  # of so many that only its being a dwelling keeps it back
        connection.execute(update(hotspot_states).values(reporter_count=9))
    before = told(database, settings)
    with database.writing() as connection:
        import_id = connection.execute(
            insert(imports)
            .values(source="t", file_name="t", file_sha256="", started_at=datetime(2023, 7, 1, tzinfo=UTC))
            .returning(imports.c.id)
        ).scalar_one()
        report = {
            "source": "t",
            "category": "drugs",
            "is_counted": True,
            "precision": "adres",
            "buurtcode": OTHER,
            "content_hash": "",
            "first_import_id": import_id,
            "last_import_id": import_id,
        }
        days = [datetime(2023, 5, day, tzinfo=UTC) for day in range(1, 20)]
        connection.execute(
            insert(reports),
            [report | {"source_id": f"{day}", "reported_at": day, "known_from": day} for day in days],
        )
        # the dwelling is decided on and worked on, and then gone
        connection.execute(update(hotspots).where(hotspots.c.id == home).values(status="in aanpak"))
        connection.execute(
            insert(measures).values(
                hotspot_id=home,
                kind="gesprek",
                description="Praten.",
                owner="Trajekt",
                starts_on=date(2023, 11, 27),
                is_withdrawn=False,
                created_by="O. Adviseur",
                created_at=datetime(2023, 11, 27, tzinfo=UTC),
            )
        )
    assert told(database, settings) == before
    with database.writing() as connection:
        connection.execute(delete(measures))
        connection.execute(delete(hotspot_states).where(hotspot_states.c.hotspot_id == home))
    assert told(database, settings) == before


@pytest.mark.usefixtures("published")
def test_every_buurt_of_the_area_has_a_line(database: Database, settings: Settings) -> None:
    with database.reading() as connection:
        areas = load_areas(connection, settings.areas.gebieden)
    assert len(year_of(database, settings).lines) == len(areas)
