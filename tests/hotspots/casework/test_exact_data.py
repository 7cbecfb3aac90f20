"""Reading exact points and texts: only with the own right, and every reading is logged."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select, update

from hotspots.access.access_log import read_access_log
from hotspots.access.rights import Actor, Right, Role
from hotspots.casework.cases import CaseAccess
from hotspots.casework.exact_data import read_dwelling_name, read_points, read_texts
from hotspots.errors import ForbiddenError, NotFoundError
from hotspots.settings import Settings
from hotspots.store.case_tables import access_log
from hotspots.store.database import Database
from hotspots.store.place_tables import addresses
from hotspots.store.report_tables import report_locations, report_texts, reports
from hotspots.store.run_tables import hotspots

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
PRIVACY = Actor("p", "P. Officer", Role.PRIVACY)

Place = Callable[..., str]


@pytest.fixture
def written(database: Database, placed: Place) -> str:
    """The id of a hotspot of which every report has a point, and the first a text."""
    hotspot_id = placed()
    with database.writing() as connection:
        ids = list(connection.execute(select(reports.c.id).order_by(reports.c.id)).scalars())
        for report_id in ids:
            point = {"lon": 5.69, "lat": 50.85, "located_by": "bron"}
            connection.execute(insert(report_locations).values(report_id=report_id, **point))
        connection.execute(insert(report_texts).values(report_id=ids[0], text="Ze dealen bij de bank."))
    return hotspot_id


def log(database: Database) -> list[tuple[str, str, int]]:
    with database.reading() as connection:
        rows = connection.execute(select(access_log).order_by(access_log.c.id)).all()
    return [(row.actor_id, row.right_used, row.report_count) for row in rows]


def test_points_are_read_and_logged(
    database: Database, settings: Settings, written: str, team: Actor
) -> None:
    points = read_points(CaseAccess(database, settings, team, written, NOW))
    assert len(points) == 9
    assert {(point.lon, point.lat, point.precision) for point in points} == {(5.69, 50.85, "adres")}
    assert points == sorted(points, key=lambda point: point.reported_at)
    assert log(database) == [("t", "punten.lezen", 9)]


@pytest.mark.parametrize(
    ("reported", "occurred", "has_hour", "knows"),
    [
        ("2023-12-05T20:35", None, True, True),
        ("2023-12-05T23:00", None, True, True),  # somebody reports at midnight
        ("2023-12-05T23:00", None, False, False),
        ("2023-07-05T22:00", None, False, False),
        ("2023-12-06T08:10", "2023-12-05T20:00", True, True),
        ("2023-12-06T08:10", "2023-12-04T23:00", False, True),  # only that of the nuisance is not known
        ("2023-12-05T23:00", "2023-12-05T20:00", True, False),
        ("2023-12-05T23:00", "2023-12-04T23:00", False, False),
    ],
)
def test_the_hour_of_a_report_is_known_or_not(
    database: Database,
    settings: Settings,
    written: str,
    team: Actor,
    reported: str,
    occurred: str | None,
    has_hour: bool,
    knows: bool,
) -> None:
    moments = [text and datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (reported, occurred)]
    with database.writing() as connection:
        values = {"reported_at": moments[0], "occurred_at": moments[1], "has_hour": has_hour}
        connection.execute(update(reports).values(**values))
    points = read_points(CaseAccess(database, settings, team, written, NOW))
    assert {point.has_hour for point in points} == {knows}


def test_texts_are_read_and_logged(database: Database, settings: Settings, written: str, oov: Actor) -> None:
    texts = read_texts(CaseAccess(database, settings, oov, written, NOW))
    assert [text.text for text in texts] == ["Ze dealen bij de bank."]
    assert log(database) == [("o", "teksten.lezen", 9)]


def test_without_the_right_by_name_nothing_is_read(
    database: Database, settings: Settings, written: str, team: Actor
) -> None:
    only_points = replace(team, granted=frozenset({Right.READ_EXACT_POINTS}))
    with pytest.raises(ForbiddenError, match=r"wanted teksten.lezen"):
        read_texts(CaseAccess(database, settings, only_points, written, NOW))
    assert log(database) == []


def test_elsewhere_nothing_is_read(
    database: Database, settings: Settings, placed: Place, team: Actor
) -> None:
    elsewhere = placed(buurtcode="BU09350100")
    with pytest.raises(NotFoundError):
        read_points(CaseAccess(database, settings, team, elsewhere, NOW))
    assert log(database) == []


def test_the_privacy_officer_sees_who_read_what_and_nobody_else_does(
    database: Database, settings: Settings, written: str, team: Actor, oov: Actor
) -> None:
    read_points(CaseAccess(database, settings, team, written, NOW))
    read_texts(CaseAccess(database, settings, oov, written, NOW))
    last, first = read_access_log(database, actor=PRIVACY)
    assert (last.actor, last.right_used, last.at) == ("O. Adviseur", "teksten.lezen", NOW)
    assert (first.actor, first.organisation, first.hotspot_id) == ("A. Agent", "politie", written)
    assert read_access_log(database, actor=PRIVACY, offset=1) == [first]
    with pytest.raises(ForbiddenError, match=r"wanted inzage.lezen"):
        read_access_log(database, actor=oov)


def add_addresses(database: Database, *rows: tuple[int, str, float]) -> None:
    """Put house number, letter and longitude of addresses in the Marktlaan into the register."""
    with database.writing() as connection:
        for house_number, letter, lon in rows:
            parts = {"house_number": house_number, "house_letter": letter, "postcode": "6211AB"}
            at = {"street": "Marktlaan", "lon": lon, "lat": 50.85}
            connection.execute(insert(addresses).values(**parts, **at))


def test_a_dwelling_is_called_by_its_address_and_that_is_logged(
    database: Database, settings: Settings, placed: Place, team: Actor
) -> None:
    access = CaseAccess(database, settings, team, placed(soort="woning"), NOW)
    assert read_dwelling_name(access) is None, "there is no register"
    add_addresses(database, (12, "A", 5.69001), (14, "", 5.6902))
    assert read_dwelling_name(access) == "Marktlaan 12-A, Binnenstad"
    assert log(database) == [("t", "punten.lezen", 9)] * 2


def test_of_two_at_one_door_it_is_the_one_that_reports_name(
    database: Database, settings: Settings, placed: Place, team: Actor
) -> None:
    access = CaseAccess(database, settings, team, placed(soort="woning"), NOW)
    add_addresses(database, (1, "", 5.69), (2, "", 5.69))
    assert read_dwelling_name(access) is None
    with database.writing() as connection:
        for number, report_id in enumerate(connection.execute(select(reports.c.id)).scalars().all()):
            key = "6211AB 1" if number == 0 else "6211AB 2"
            connection.execute(insert(report_locations).values(report_id=report_id, address_key=key))
    assert read_dwelling_name(access) == "Marktlaan 2, Binnenstad"


def test_far_from_every_address_and_after_its_period_a_dwelling_has_no_address(
    database: Database, settings: Settings, placed: Place, team: Actor
) -> None:
    access = CaseAccess(database, settings, team, placed(soort="woning"), NOW)
    add_addresses(database, (12, "", 5.70))
    assert read_dwelling_name(access) is None
    add_addresses(database, (12, "", 5.69))
    with database.writing() as connection:
        connection.execute(update(hotspots).values(place_removed_on=NOW.date()))
    assert read_dwelling_name(access) is None


def test_an_area_has_no_address_and_nothing_is_logged(
    database: Database, settings: Settings, placed: Place, team: Actor
) -> None:
    add_addresses(database, (12, "", 5.69))
    assert read_dwelling_name(CaseAccess(database, settings, team, placed(), NOW)) is None
    assert log(database) == []


def test_the_address_of_a_dwelling_needs_the_right_to_read_exact_points(
    database: Database, settings: Settings, placed: Place, team: Actor
) -> None:
    hotspot_id = placed(soort="woning")
    for actor in (replace(team, granted=frozenset({Right.READ_TEXTS})), PRIVACY):
        with pytest.raises(ForbiddenError):
            read_dwelling_name(CaseAccess(database, settings, actor, hotspot_id, NOW))
    assert log(database) == []
