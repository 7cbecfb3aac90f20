"""A story of three weekly runs over six hotspots, small enough to see, that tests only read.

On SQLite, told once: what it is like on PostgreSQL is for the tests of the API, which run on both.

===========  ==========================  ============================  =================================
hotspot      3 March                     10 March                      17 March
===========  ==========================  ============================  =================================
a            signalled, score 3          signalled, score 2            quiet, score 9
b                                        signalled, score 5            the same
c                                                                      signalled, score 5
d, dwelling                              signalled, score 1, in BU1    signalled, score 1, in BU3
e, one                                                                 signalled, score 4
f                                        ended, score 0.5              the same, merged into a
===========  ==========================  ============================  =================================

A run is done on the Monday after its day, at 5:00 UTC. The buurten BU1 and BU2 form the gebied Centrum, BU3
is in the wijk Oost, which the settings call Team Oost.
"""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import Connection, insert

from hotspots.settings import MunicipalitySettings, Settings
from hotspots.settings.sections import AreasSettings
from hotspots.store.case_tables import hotspot_events
from hotspots.store.database import Database
from hotspots.store.place_tables import areas
from hotspots.store.report_tables import imports, reports
from hotspots.store.run_tables import (
    detection_reports,
    detections,
    hotspot_lineage,
    hotspot_states,
    hotspots,
    removed_hotspot_weeks,
    runs,
)

FIRST, SECOND, THIRD = date(2024, 3, 3), date(2024, 3, 10), date(2024, 3, 17)
RUN_IDS = {THIRD: 1, FIRST: 2, SECOND: 3}
"""The numbers of runs say nothing of their order: the past can be run again."""

STATE: dict[str, Any] = {
    "soort": "gebied",
    "indicatie": "onbepaald",
    "trend": "aanhoudend",
    "is_signalled": True,
    "report_count": 9,
    "day_count": 8,
    "week_count": 6,
    "reporter_count": 2,
    "duration_days": 60,
    "expected": None,
    "p_value": 0.001,
    "recurrence_interval_days": 7000.0,
    "redenen": ["Negen meldingen."],
    "first_report": datetime(2024, 1, 2, 20, tzinfo=UTC),
    "last_report": datetime(2024, 3, 1, 20, tzinfo=UTC),
}
A = {"first_signalled": FIRST, "lon": 5.690, "lat": 50.850, "buurtcode": "BU1"}
B = {"first_signalled": SECOND, "lon": 5.691, "lat": 50.850, "buurtcode": "BU2", "score": 5.0}
C = {"first_signalled": THIRD, "lon": 5.692, "lat": 50.850, "buurtcode": "BU3", "score": 5.0}
D = {"first_signalled": SECOND, "lon": 5.690, "lat": 50.851, "buurtcode": "BU1", "score": 1.0}
E = {"first_signalled": THIRD, "lon": 5.700, "lat": 50.850, "buurtcode": "BU1", "score": 4.0}
F = {"first_signalled": SECOND, "lon": 5.695, "lat": 50.850, "buurtcode": "BU2", "score": 0.5}
QUIET = {"is_signalled": False, "reporter_count": None, "last_signalled": SECOND}
ENDED = F | QUIET | {"trend": "beeindigd"}
EARLY = {
    "first_report": datetime(2023, 6, 1, tzinfo=UTC),
    "last_report": datetime(2023, 9, 1, tzinfo=UTC),
}

STATES: dict[date, dict[str, dict[str, Any]]] = {
    FIRST: {"a": A | {"score": 3.0, "trend": "nieuw", "detection_id": 1}},
    SECOND: {
        "a": A | {"score": 2.0, "detection_id": 2},
        "b": B,
        "d": D | {"soort": "woning"},
        "f": ENDED | EARLY,
    },
    THIRD: {
        "a": A | {"score": 9.0, "trend": "stil", "is_signalled": False, "detection_id": 2},
        "b": B | {"detection_id": 3},
        "c": C | {"trend": "nieuw", "indicatie": "veiligheid", "report_count": 12, "detection_id": 4},
        "d": D | {"soort": "woning", "buurtcode": "BU3"},
        "e": E | {"reporter_count": 1, "trend": "nieuw", "report_count": 7},
        "f": ENDED | EARLY | {"merged_into": "a"},
    },
}
NUMBERS = {"a": (2024, 1), "b": (2024, 2), "c": (2024, 4), "d": (2024, 3), "e": (2024, 5), "f": (2023, 7)}

EVENTS = (
    ("a", 2, datetime(2024, 3, 8, 9, tzinfo=UTC), "terugkeren", "kandidaat"),
    ("a", 3, datetime(2024, 3, 15, 9, tzinfo=UTC), "terugkeren", "kandidaat"),
    # the last second of a local day, and the first of the next
    ("b", 2, datetime(2024, 3, 10, 22, 59, 59, tzinfo=UTC), "verifiëren", "in verificatie"),
    ("b", 3, datetime(2024, 3, 10, 23, tzinfo=UTC), "besluiten tot veiligheid", "veiligheid"),
    ("b", 4, datetime(2024, 3, 18, 9, tzinfo=UTC), "aanpak beginnen", "in aanpak"),
    ("d", 2, datetime(2024, 3, 5, 9, tzinfo=UTC), "terugkeren", "kandidaat"),
)

REPORTS = {
    1: datetime(2024, 1, 28, 22, 30, tzinfo=UTC),  # a Sunday at half past eleven, local time
    2: datetime(2024, 1, 28, 23, 30, tzinfo=UTC),  # Monday at half past midnight
    3: datetime(2024, 2, 14, 12, tzinfo=UTC),
    4: datetime(2024, 2, 20, 12, tzinfo=UTC),
    5: datetime(2024, 2, 21, 12, tzinfo=UTC),
}
MEMBERS = {1: (FIRST, [1, 2]), 2: (SECOND, [2, 3]), 3: (THIRD, [4]), 4: (THIRD, [5])}
"""By detection: of 1 and 2 hotspot a, of 3 hotspot b, of 4 hotspot c."""

REMOVED = (
    ("a", date(2024, 1, 1), FIRST, 2),
    ("a", date(2024, 1, 15), SECOND, 3),
    ("a", date(2024, 1, 1), THIRD, 1),
    ("e", date(2024, 1, 8), THIRD, 4),
)

LINEAGE = (
    (THIRD, "merge", "f", "a"),
    (SECOND, "split", "a", "d"),
    (SECOND, "split", "a", "b"),
    (THIRD, "split", "d", "e"),
)


@pytest.fixture(scope="session")
def story_settings() -> Settings:
    """The settings of the story."""
    return Settings(
        municipality=MunicipalitySettings(name="Maastricht", code="GM0935"),
        areas=AreasSettings(gebieden={"Team Oost": ("WK2",)}),
    )


@pytest.fixture(scope="session")
def told(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A connection to the database of the story."""
    path = tmp_path_factory.mktemp("story") / "story.sqlite"
    shutil.copyfile(migrated_sqlite, path)
    database = Database(f"sqlite:///{path}")
    with database.writing() as connection:
        _tell(connection)
    with database.reading() as connection:
        yield connection
    database.close()


@pytest.fixture
def empty(sqlite_url: str) -> Iterator[Connection]:
    """A connection to a database in which nothing has happened."""
    database = Database(sqlite_url)
    with database.writing() as connection:
        yield connection
    database.close()


@pytest.fixture(scope="session")
def finished() -> Callable[[date], datetime]:
    """When a run was done."""
    return _finished


def _finished(as_of: date) -> datetime:
    return datetime(as_of.year, as_of.month, as_of.day, 5, tzinfo=UTC) + timedelta(days=1)


def _tell(connection: Connection) -> None:
    shape = shapely.to_wkb(shapely.box(0, 0, 1, 1))
    for code, wijk, name in (("BU1", "WK1", "Centrum"), ("BU2", "WK1", "Centrum"), ("BU3", "WK2", "Oost")):
        names = {"buurtnaam": f"Buurt {code[-1]}", "wijkcode": wijk, "wijknaam": name, **TOWN}
        connection.execute(insert(areas).values(buurtcode=code, geometry=shape, **names))
    for hotspot_id, (year, sequence) in NUMBERS.items():
        status = "in aanpak" if hotspot_id == "b" else "kandidaat"
        number = {"number": f"HS-{year}-{sequence:03d}", "year": year, "sequence": sequence}
        flag = {"points_at_persons": hotspot_id in "de"}
        connection.execute(insert(hotspots).values(id=hotspot_id, status=status, **number, **flag))
    for as_of in RUN_IDS:
        connection.execute(insert(runs).values(**_run(as_of)))
    connection.execute(insert(imports).values(id=1, source="t", file_name="", file_sha256="", **STARTED))
    for report_id, moment in REPORTS.items():
        connection.execute(insert(reports).values(id=report_id, occurred_at=moment, **_report(report_id)))
    for detection_id, (as_of, members) in MEMBERS.items():
        values = {name: STATE.get(name) for name in detections.c.keys() if name in STATE}  # noqa: SIM118
        known = {"id": detection_id, "run_id": RUN_IDS[as_of], "place": detection_id, "signalled": True}
        sure = {"soort_certainty": 0.99, "indicatie_certainty": 0.5, "score": 1.0}
        at = {"lon": 5.69, "lat": 50.85, "geometry": shape, "evidence": {"detection": detection_id}}
        connection.execute(insert(detections).values(**values | known | sure | at))
        links = [{"detection_id": detection_id, "report_id": report_id} for report_id in members]
        connection.execute(insert(detection_reports), links)
    for as_of, states in STATES.items():
        for hotspot_id, state in states.items():
            values = STATE | {"last_signalled": as_of} | state
            values |= {"run_id": RUN_IDS[as_of], "hotspot_id": hotspot_id}
            values["geometry"] = shapely.to_wkb(shapely.Point(state["lon"], state["lat"]))
            connection.execute(insert(hotspot_states).values(**values))
    for hotspot_id, version, moment, kind, status in EVENTS:
        by = {"actor_id": "o", "actor": "O. Adviseur", "organisation": "OOV", "before": {}, "after": {}}
        change = {"hotspot_id": hotspot_id, "version": version, "at": moment, "kind": kind, "status": status}
        connection.execute(insert(hotspot_events).values(**change, **by))
    for hotspot_id, monday, known_on, count in REMOVED:
        values = {"hotspot_id": hotspot_id, "monday": monday, "known_on": known_on, "report_count": count}
        connection.execute(insert(removed_hotspot_weeks).values(**values))
    for as_of, kind, origin, target in LINEAGE:
        ends = {"from_id": origin, "to_id": target, "kind": kind}
        connection.execute(insert(hotspot_lineage).values(run_id=RUN_IDS[as_of], **ends))


TOWN = {"gemeentecode": "GM0935", "gemeentenaam": "Maastricht", "is_approximate": False}
STARTED = {"started_at": datetime(2024, 3, 1, tzinfo=UTC)}


def _run(as_of: date) -> dict[str, Any]:
    counts = {"report_count": 100 + as_of.day, "located_count": 50 + as_of.day, "signalled_count": as_of.day}
    return {
        "id": RUN_IDS[as_of],
        "as_of": as_of,
        "window_start": datetime(2023, 9, 3, 22, tzinfo=UTC),
        "window_end": _finished(as_of) - timedelta(hours=6),
        "finished_at": _finished(as_of),
        "version": "0",
        "settings_hash": "",
        "result_hash": "",
        **STARTED,
        **counts,
    }


def _report(number: int) -> dict[str, Any]:
    return {
        "source": "t",
        "source_id": str(number),
        "category": "drugs",
        "is_counted": True,
        "reported_at": datetime(2024, 3, 1, tzinfo=UTC),
        "precision": "adres",
        "known_from": datetime(2024, 3, 1, tzinfo=UTC),
        "content_hash": "",
        "first_import_id": 1,
        "last_import_id": 1,
    }
