"""What stands out among readings of exact data."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from hotspots.access.access_log import AccessChoice, log_access, read_access_log
from hotspots.access.odd_readings import Oddity, busy_readings, mark_readings
from hotspots.access.rights import Actor, Right, Role
from hotspots.settings import AccessSettings, Settings
from hotspots.store.case_tables import api_tokens
from hotspots.store.database import Database

NOON = datetime(2023, 12, 4, 11, tzinfo=UTC)
PRIVACY = Actor("p", "P. Officer", Role.PRIVACY)
AGENT = Actor("a", "A. Agent", Role.GEBIEDSTEAM, "politie", frozenset({"Mariaberg"}))


def at_minutes(*minutes: float, person: str = "a") -> list[tuple[int, datetime, str, str]]:
    """Readings of a new place each, so many minutes after noon."""
    return [
        (number, NOON + timedelta(minutes=minute), person, f"place {minute}")
        for number, minute in enumerate(minutes)
    ]


def test_who_comes_to_many_places_within_an_hour_is_busy_from_the_last_of_them_on() -> None:
    assert busy_readings(at_minutes(0, 20, 59), many=3) == {2}


def test_an_hour_later_earlier_places_count_no_more() -> None:
    assert busy_readings(at_minutes(0, 20, 60), many=3) == set()


def test_the_same_place_read_again_is_one_place() -> None:
    again = [(number, NOON + timedelta(minutes=number), "a", "place") for number in range(9)]
    assert busy_readings(again, many=3) == set()


def test_places_of_others_do_not_count() -> None:
    readings = [*at_minutes(0, 20), (9, NOON, "b", "place 9")]
    assert busy_readings(readings, many=3) == set()


@pytest.mark.parametrize(("first", "until", "nightly"), [(23, 6, [0, 1, 5, 23]), (1, 5, [1])])
def test_the_night_is_from_an_hour_until_another(first: int, until: int, nightly: list[int]) -> None:
    settings = AccessSettings(night_from_hour=first, night_until_hour=until)
    assert [hour for hour in (0, 1, 5, 6, 12, 23) if settings.is_night(hour)] == nightly


def test_readings_are_marked_and_chosen_by_person_and_period(database: Database, settings: Settings) -> None:
    night = NOON + timedelta(hours=11)  # 23:00 in Maastricht
    token = {"id": "m", "name": "GIS", "token_hash": "x", "scopes": [], "organisation": "", "created_by": "b"}
    with database.writing() as connection:
        connection.execute(insert(api_tokens).values(**token, created_at=NOON, expires_at=night))
        for actor, gebied, at in (
            (AGENT, "Wyck", NOON),
            (AGENT, "Mariaberg", NOON + timedelta(minutes=1)),
            (AGENT, None, night),
            (Actor("m", "GIS", None), "Wyck", night),  # a machine works at night
        ):
            log_access(connection, actor=actor, right=Right.READ_TEXTS, report_count=1, now=at, gebied=gebied)
    rows = read_access_log(database, actor=PRIVACY)
    with database.reading() as connection:
        marks = mark_readings(connection, rows, settings.access, settings.municipality.zone)
    assert [marks[row.id] for row in rows] == [(), (Oddity.NIGHT,), (), (Oddity.ELSEWHERE,)]
    chosen = AccessChoice(actor_id="a", since=NOON, until=night)
    assert [row.gebied for row in read_access_log(database, actor=PRIVACY, choice=chosen)] == [
        "Mariaberg",
        "Wyck",
    ]
