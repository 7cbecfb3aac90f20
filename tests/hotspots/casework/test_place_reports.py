"""The reports of a place as addresses, sorted, each with its reason; by two rights, each reading logged."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select

from hotspots.access.access_log import read_access_log
from hotspots.access.rights import Actor, Right, Role
from hotspots.casework.cases import CaseAccess
from hotspots.casework.place_reports import SORTS, PlaceReports, read_place_reports
from hotspots.errors import ForbiddenError, NotFoundError
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.place_tables import addresses
from hotspots.store.report_tables import report_locations, report_texts, reports

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
PRIVACY = Actor("p", "P. Officer", Role.PRIVACY)

Place = Callable[..., str]
Read = Callable[..., PlaceReports]


@pytest.fixture
def read(database: Database, settings: Settings, placed: Place, team: Actor) -> Read:
    """Read the nine reports of a hotspot: with an address, only a street, a point by a house, and nothing."""
    hotspot_id = placed()
    with database.writing() as connection:
        ids = list(connection.execute(select(reports.c.id).order_by(reports.c.id)).scalars())
        register = {"street": "Marktlaan", "house_number": 12, "postcode": "6211AB", "town": "Maastricht"}
        connection.execute(insert(addresses).values(**register, lon=5.69, lat=50.85))
        written = {"street": "Marktlaan", "postcode": "6211AB", "town": "Maastricht"}
        places: list[dict[str, Any]] = [
            written | {"house_number": "12", "house_letter": "A", "house_suffix": "2"},
            written | {"house_number": "9"},
            {"street": "Plein"},
            {},
            {"lon": 5.72},
        ]
        for report_id, place in zip(ids, places, strict=False):
            values: dict[str, Any] = {"lon": 5.69001, "lat": 50.85, "located_by": "bron"} | place
            connection.execute(insert(report_locations).values(report_id=report_id, **values))
        connection.execute(insert(report_texts).values(report_id=ids[0], text="Ze dealen bij de bank."))

    def read(actor: Actor = team, **options: str) -> PlaceReports:
        return read_place_reports(CaseAccess(database, settings, actor, hotspot_id, NOW), **options)

    return read


def test_a_report_is_read_as_its_address_or_by_which_house_it_lies(read: Read) -> None:
    by_age = read(sort="tijdstip").reports
    assert [report.address for report in by_age[:6]] == [
        "Marktlaan 12A-2, 6211AB, Maastricht",
        "Marktlaan 9, 6211AB, Maastricht",
        "Plein",
        "bij Marktlaan 12",
        None,  # no house within reach
        None,  # not located
    ]
    assert (by_age[0].lon, by_age[5].lon, by_age[0].text) == (5.69001, None, "Ze dealen bij de bank.")


def test_the_newest_comes_first_and_every_order_has_all(read: Read) -> None:
    moments = [report.reported_at for report in read().reports]
    assert moments == sorted(moments, reverse=True)
    everyone = {report.report_id for report in read().reports}
    for order in SORTS:
        for sign in ("", "-"):
            assert {report.report_id for report in read(sort=f"{sign}{order}").reports} == everyone
    streets = [report.address for report in read(sort="adres").reports]
    assert streets[:4] == [
        "bij Marktlaan 12",
        "Marktlaan 9, 6211AB, Maastricht",
        "Marktlaan 12A-2, 6211AB, Maastricht",
        "Plein",
    ]


def test_each_right_shows_its_own_part_and_is_logged(database: Database, read: Read, team: Actor) -> None:
    points = read(replace(team, granted=frozenset({Right.READ_EXACT_POINTS})))
    assert (points.with_points, points.with_texts, points.reports[-1].text) == (True, False, None)
    texts = read(replace(team, granted=frozenset({Right.READ_TEXTS})), taken_as="xlsx")
    assert {report.address for report in texts.reports} == {None}
    assert {report.lon for report in texts.reports} == {None}
    assert texts.reports[-1].text == "Ze dealen bij de bank."
    logged = [
        (one.right_used, one.report_count, one.taken_as) for one in read_access_log(database, actor=PRIVACY)
    ]
    assert logged == [("teksten.lezen", 9, "xlsx"), ("punten.lezen", 9, None)]


def test_without_either_right_or_elsewhere_nothing_is_read_nor_logged(
    database: Database, settings: Settings, placed: Place, read: Read, team: Actor
) -> None:
    with pytest.raises(ForbiddenError, match="wanted to read reports"):
        read(replace(team, granted=frozenset()))
    elsewhere = placed(buurtcode="BU09350100")
    with pytest.raises(NotFoundError):
        read_place_reports(CaseAccess(database, settings, team, elsewhere, NOW))
    assert read_access_log(database, actor=PRIVACY) == []
