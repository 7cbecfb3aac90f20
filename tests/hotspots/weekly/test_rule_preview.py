"""The preview of other rules: under the present ones it is the list, and it says what others change."""

import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Row, insert, select

from hotspots.access.rights import GRANTED, Actor, Role
from hotspots.casework.cases import CaseAccess
from hotspots.casework.steps import move
from hotspots.model import Status
from hotspots.settings import DetectionSettings, Settings, with_changes
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.report_tables import imports, report_locations, reporters, reports
from hotspots.store.run_tables import hotspot_lineage, hotspot_states, hotspots, runs
from hotspots.weekly.rule_preview import PreviewedHotspot, preview_rules
from hotspots.weekly.weekly_run import run_week
from hotspots.weekly.weeks import weeks_between

SEEN_FROM, FIRST, LAST = date(2023, 4, 9), date(2023, 4, 24), date(2023, 9, 17)
JUDGED_AFTER = date(2023, 5, 21)
MERGING, SPLITTING = (5.6915, 50.8492), (5.7389, 50.8637)
JUDGED, RESTING = (5.7060, 50.8410), (5.6700, 50.8600)
OOV = Actor("o", "O. Adviseur", Role.OOV, "OOV", granted=GRANTED)

Reported = tuple[tuple[float, float], float, date, int, int]
"""A place, metres east of it, the first day, weeks, and reports a week."""

YEAR: tuple[Reported, ...] = (
    (MERGING, -30, date(2023, 1, 2), 43, 1),
    (MERGING, 30, date(2023, 1, 3), 43, 1),
    (MERGING, 0, date(2023, 5, 1), 8, 4),  # fills the gap between the two
    (SPLITTING, -30, date(2023, 1, 2), 43, 1),
    (SPLITTING, 30, date(2023, 1, 3), 43, 1),
    (SPLITTING, 0, date(2023, 1, 4), 8, 4),  # leaves the window in summer, and a gap
    (JUDGED, 0, date(2023, 2, 6), 12, 1),
    (JUDGED, 0, date(2023, 6, 5), 8, 3),
    (RESTING, 0, date(2023, 1, 2), 10, 2),
    (RESTING, 0, date(2023, 8, 7), 12, 2),
)


def report(connection: Connection, reported: Reported) -> None:
    """Store these reports, on different days, by five reporters in turn and a few metres apart."""
    (lon, lat), east_m, first, weeks, per_week = reported
    import_id = connection.execute(select(imports.c.id)).scalar_one()
    for number in range(weeks * per_week):
        week, turn = divmod(number, per_week)
        day = first + timedelta(weeks=week, days=(2 * turn + week) % 6)
        moment = datetime.combine(day, time(20), UTC)
        values = {
            "source": "test",
            "source_id": f"{reported}-{number}",
            "category": "drugs",
            "is_counted": True,
            "reported_at": moment,
            "reporter_id": 1 + number % 5,
            "precision": "adres",
            "radius_m": 10,
            "known_from": moment,
            "content_hash": "",
            "first_import_id": import_id,
            "last_import_id": import_id,
        }
        report_id = connection.execute(insert(reports).values(values).returning(reports.c.id)).scalar_one()
        east = lon + (east_m + 6 * (number % 3 - 1)) / 70_500
        point = {"lon": east, "lat": lat, "located_by": "bron"}
        connection.execute(insert(report_locations).values(report_id=report_id, **point))


# five people report every place: where wide places are looked for, what they report around a gap stays one
SETTINGS = Settings(detection=DetectionSettings(wide_places=False))


@pytest.fixture(scope="module")
def year(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Weekly lists in which two hotspots merge, one splits, one is judged none and returns, one rests."""
    file = tmp_path_factory.mktemp("preview") / "hotspots.sqlite"
    shutil.copyfile(migrated_sqlite, file)
    database = Database(f"sqlite:///{file}")
    with database.writing() as connection:
        fill_with_shipped(connection, SETTINGS)
        began = datetime(2023, 1, 1, tzinfo=UTC)
        connection.execute(
            insert(imports).values(source="test", file_name="", file_sha256="", started_at=began)
        )
        connection.execute(insert(reporters), [{"id": n, "hash": f"r{n}"} for n in range(1, 6)])
        for reported in YEAR:
            report(connection, reported)
    for as_of in weeks_between(SEEN_FROM, LAST):
        monday = datetime.combine(as_of + timedelta(days=1), time(7), UTC)
        run_week(database, SETTINGS, as_of=as_of, now=monday)
        if as_of == JUDGED_AFTER:
            judge_no_hotspot(database, monday)
    yield database
    database.close()


def judge_no_hotspot(database: Database, now: datetime) -> None:
    """Judge that the place at JUDGED is no hotspot."""
    with database.reading() as connection:
        is_there = hotspot_states.c.lon.between(JUDGED[0] - 1e-3, JUDGED[0] + 1e-3)
        query = select(hotspot_states.c.hotspot_id).where(is_there).limit(1)
        hotspot_id = connection.execute(query).scalar_one()
    for version, status in enumerate((Status.IN_VERIFICATIE, Status.GEEN_HOTSPOT), start=1):
        move(
            CaseAccess(database, SETTINGS, OOV, hotspot_id, now),
            status,
            expected_version=version,
            reason="Gezien.",
        )


def listed(database: Database, last: date = LAST) -> list[PreviewedHotspot]:
    """The hotspots on the list in the period, from what the weekly runs saved."""
    query = (
        select(hotspot_states, runs.c.as_of)
        .join(runs)
        .where(hotspot_states.c.is_signalled, runs.c.as_of.between(FIRST, last))
        .order_by(runs.c.as_of)
    )
    with database.reading() as connection:
        rows = connection.execute(query).all()
    by_id: dict[str, list[Row[Any]]] = {}
    for row in rows:
        by_id.setdefault(row.hotspot_id, []).append(row)
    return [
        PreviewedHotspot(
            lon=states[-1].lon,
            lat=states[-1].lat,
            buurtcode=states[-1].buurtcode,
            soort=states[-1].soort,
            most_reports=max(state.report_count for state in states),
            touched_persons=any(state.soort == "woning" or state.reporter_count == 1 for state in states),
            as_ofs=tuple(state.as_of for state in states),
            geometry=states[-1].geometry,
        )
        for states in by_id.values()
    ]


def in_order(found: Sequence[PreviewedHotspot]) -> list[PreviewedHotspot]:
    return sorted(found, key=lambda spot: (spot.lon, spot.as_ofs))


def at(spots: Sequence[PreviewedHotspot], place: tuple[float, float]) -> list[PreviewedHotspot]:
    """Those within 70 m east or west of a place."""
    return [spot for spot in spots if abs(spot.lon - place[0]) < 1e-3 and abs(spot.lat - place[1]) < 1e-3]


def test_the_list_has_what_makes_following_hard(year: Database) -> None:
    with year.reading() as connection:
        kinds = connection.execute(select(hotspot_lineage.c.kind).order_by(hotspot_lineage.c.run_id))
        assert kinds.scalars().all() == ["merge", "split"]
    spots = listed(year)
    [judged], [resting] = at(spots, JUDGED), at(spots, RESTING)
    for spot in (judged, resting):  # off the list for weeks, and on it again
        assert spot.week_count < len(weeks_between(spot.first_signalled, spot.last_signalled))


def test_under_the_present_rules_the_preview_is_the_list(year: Database) -> None:
    preview = preview_rules(year, SETTINGS, SETTINGS, first=FIRST, last=LAST)
    assert preview.comes == preview.goes == ()
    assert in_order([now for now, _ in preview.stays]) == in_order(listed(year))
    assert in_order([proposed for _, proposed in preview.stays]) == in_order(listed(year))
    with year.reading() as connection:
        saved = connection.execute(
            select(runs.c.as_of, runs.c.signalled_count).where(runs.c.as_of >= FIRST).order_by(runs.c.as_of)
        ).all()
    assert [(week.as_of, week.current) for week in preview.weeks] == [tuple(row) for row in saved]
    assert all(week.current == week.proposed for week in preview.weeks)


def test_beside_other_rules_the_present_ones_still_give_the_list(year: Database) -> None:
    """And what both flag is the same hotspot, though the stricter rules flag it weeks later."""
    stricter = with_changes(SETTINGS, ["detection.min_reports=20"])
    last = date(2023, 7, 2)
    preview = preview_rules(year, SETTINGS, stricter, first=FIRST, last=last)
    now = [*preview.goes, *(spot for spot, _ in preview.stays)]
    assert in_order(now) == in_order(listed(year, last))
    assert preview.comes == ()
    assert {spot.why_not.rpartition(" ")[2] for spot in now} == {"", "20."}
    [later] = at([proposed for _, proposed in preview.stays], JUDGED)
    assert later.first_signalled == date(2023, 6, 25)


def test_a_preview_writes_nothing(year: Database) -> None:
    tables = (hotspots, runs, hotspot_states)

    def everything() -> list[Row[Any]]:
        with year.reading() as connection:
            return [row for table in tables for row in connection.execute(select(table))]

    before = everything()
    looser = with_changes(SETTINGS, ["detection.min_reports=6"])
    preview_rules(year, SETTINGS, looser, first=LAST - timedelta(weeks=2), last=LAST)
    assert everything() == before
