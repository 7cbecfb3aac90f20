"""Hotspots as a weekly run would leave them, and people to do something with them."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import insert, select

from hotspots.access.rights import GRANTED, Actor, Role
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.place_tables import areas
from hotspots.store.report_tables import imports, reports
from hotspots.weekly.run_store import add_hotspot, save_run
from tests.conftest import MAASTRICHT

AS_OF = date(2024, 3, 3)
MIDNIGHT = datetime(2024, 3, 3, 23, tzinfo=UTC)


def fill_areas(database: Database) -> None:
    """Write the areas of Maastricht."""
    with database.writing() as connection:
        fill_with_shipped(connection, Settings(municipality=MAASTRICHT))


@pytest.fixture
def filling(request: pytest.FixtureRequest) -> Callable[[Database], None] | None:
    """The areas, for the tests that place hotspots."""
    return fill_areas if "placed" in request.fixturenames else None


@pytest.fixture
def placed(database: Database, settings: Settings) -> Callable[..., str]:
    """Store a hotspot as one run left it; gives its id.

    ``placed(buurtcode="BU09350000", soort="woning", report_count=9)``; each call is a run a week later.
    """
    calls: list[str] = []
    with database.writing() as connection:
        fill_with_shipped(connection, settings)  # where `filling` did not

    def place(
        *, buurtcode: str = "BU09350000", soort: str = "gebied", report_count: int = 9, source: str = "test"
    ) -> str:
        as_of = date.fromordinal(AS_OF.toordinal() + 7 * len(calls))
        figures = {
            "soort": soort,
            "indicatie": "onbepaald",
            "lon": 5.69,
            "lat": 50.85,
            "geometry": shapely.to_wkb(shapely.Point(5.69, 50.85).buffer(0.0002)),
            "report_count": report_count,
            "day_count": report_count - 1,
            "week_count": 6,
            "reporter_count": 4,
            "duration_days": 60,
            "expected": 2.0,
            "p_value": 0.001,
            "recurrence_interval_days": 7000.0,
            "score": 3.0,
            "redenen": ["Negen meldingen."],
            "first_report": datetime(2024, 1, 2, 20, tzinfo=UTC),
            "last_report": datetime(2024, 3, 1, 20, tzinfo=UTC),
        }
        evidence = {"figures": {"largestReporterShare": 0.3, "largestBurst": 3}}
        detection = figures | {
            "place": 0,
            "signalled": True,
            "suppressed_because": None,
            "soort_certainty": 0.99,
            "indicatie_certainty": 0.5,
            "evidence": evidence,
        }
        run: dict[str, Any] = {
            "as_of": as_of,
            "window_start": datetime(2023, 9, 3, 22, tzinfo=UTC),
            "window_end": MIDNIGHT,
            "started_at": MIDNIGHT,
            "finished_at": MIDNIGHT,
            "version": "0",
            "settings_hash": "",
            "report_count": report_count,
            "located_count": report_count,
            "signalled_count": 1,
            "result_hash": str(len(calls)),
        }
        with database.writing() as connection:
            import_id = connection.execute(
                insert(imports)
                .values(source=source, file_name="", file_sha256="", started_at=MIDNIGHT)
                .returning(imports.c.id)
            ).scalar_one()
            ids = [
                connection.execute(
                    insert(reports)
                    .values(
                        source=source,
                        source_id=f"{as_of}-{number}",
                        category="drugs",
                        is_counted=True,
                        reported_at=datetime(2024, 1, 2 + number, 20, tzinfo=UTC),
                        precision="adres",
                        known_from=MIDNIGHT,
                        content_hash="",
                        first_import_id=import_id,
                        last_import_id=import_id,
                    )
                    .returning(reports.c.id)
                ).scalar_one()
                for number in range(report_count)
            ]
            hotspot_id = add_hotspot(connection, as_of, len(calls) + 1, settings.municipality.code)
            state = figures | {
                "hotspot_id": hotspot_id,
                "place": 0,
                "is_signalled": True,
                "trend": "nieuw",
                "first_signalled": as_of,
                "last_signalled": as_of,
                "buurtcode": buurtcode,
            }
            save_run(connection, run, [detection], {0: ids}, [state], [])
        calls.append(hotspot_id)
        return hotspot_id

    return place


@pytest.fixture
def gebied_of_buurt(database: Database) -> Callable[[str], str]:
    """The default gebied of a shipped buurt: the name of its wijk."""

    def find(buurtcode: str) -> str:
        with database.reading() as connection:
            query = select(areas.c.wijknaam).where(areas.c.buurtcode == buurtcode)
            return str(connection.execute(query).scalar_one())

    return find


@pytest.fixture
def oov() -> Actor:
    """Somebody of OOV, with every right by name."""
    return Actor("o", "O. Adviseur", Role.OOV, "OOV", granted=GRANTED)


@pytest.fixture
def team(gebied_of_buurt: Callable[[str], str], placed: Callable[..., str]) -> Actor:
    """A member of the gebiedsteam of BU09350000, from the police, with every right by name."""
    own = frozenset({gebied_of_buurt("BU09350000")})
    return Actor("t", "A. Agent", Role.GEBIEDSTEAM, "politie", own, GRANTED)


@pytest.fixture
def mbtiles(tmp_path: Path) -> Path:
    """A file as QGIS writes it, with one tile: 16900, 10975 of level 15. Rows count from below."""
    path = tmp_path / "stad.mbtiles"
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE metadata (name text, value text)")
        file.executemany(
            "INSERT INTO metadata VALUES (?, ?)", [("format", "png"), ("attribution", "Kadaster")]
        )
        file.execute(
            "CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)"
        )
        file.execute(
            "INSERT INTO tiles VALUES (15, ?, ?, ?)",
            (16900, 2**15 - 1 - 10975, b"\x89PNG\r\n\x1a\n and so on"),
        )
    return path
