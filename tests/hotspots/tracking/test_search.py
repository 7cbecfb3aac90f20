"""A hotspot is found by its number and by streets of the register; what reporters wrote is not shown."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import insert, select, update

from hotspots.access.rights import EVERYTHING, NO_PERSONS, Visibility
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.place_tables import addresses
from hotspots.store.report_tables import report_locations
from hotspots.store.run_tables import detection_reports, hotspot_states, hotspots
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.search import find_by_text, find_on_map, similar_names
from hotspots.tracking.selection import Selection

WRITTEN = "Markt 3, bij Janssen, achterom"


@pytest.fixture
def find(database: Database, settings: Settings, placed: Callable[..., str]) -> Callable[..., list[str]]:
    """One hotspot at the Vrijthof; its reports name the Platielstraat, and one says more than a street."""
    placed()
    with database.writing() as connection:
        at = {"house_letter": "", "house_suffix": "", "postcode": "", "town": ""}
        rows = [
            {"street": "Vrijthof", "house_number": 12, "lon": 5.6901, "lat": 50.8501, **at},
            {"street": "Platielstraat", "house_number": 3, "lon": 5.70, "lat": 50.86, **at},
            {"street": "Markt", "house_number": 3, "lon": 5.71, "lat": 50.86, **at},
        ]
        connection.execute(insert(addresses), rows)
        ids = connection.execute(select(detection_reports.c.report_id)).scalars().all()
        for report_id, street in zip(ids, ["Platielstr.", WRITTEN], strict=False):
            connection.execute(insert(report_locations).values(report_id=report_id, street=street))

    def search(text: str, visibility: Visibility = EVERYTHING) -> list[str]:
        with database.reading() as connection:
            spots = read_hotspots(connection, settings, Selection(visibility))
            assert len(spots) == 1
            return list(find_by_text(connection, settings, spots, text).values())

    return search


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("vrijthof", ["Vrijthof"]),
        ("Vrijthof 12", ["Vrijthof 12"]),
        ("Vrijthof 14", []),
        ("platielstraat", ["Platielstraat"]),
        ("platielstraat 3", []),
        ("1", ["nummer HS-2024-001"]),
        ("hs-2024-001", ["nummer HS-2024-001"]),
        ("HS-2023-001", []),
        ("", []),
    ],
)
def test_a_number_a_street_and_an_address_find_it(
    find: Callable[[str], list[str]], text: str, found: list[str]
) -> None:
    assert find(text) == found


@pytest.mark.parametrize("text", ["janssen", "achterom", "3, bij", "Markt", WRITTEN])
def test_what_a_reporter_wrote_beside_a_street_finds_and_shows_nothing(
    find: Callable[[str], list[str]], text: str
) -> None:
    assert find(text) == []


def test_its_name_and_the_area_it_lies_in_find_it(
    find: Callable[[str], list[str]], database: Database
) -> None:
    with database.writing() as connection:
        connection.execute(update(hotspots).values(place_name="Mosae Forum, Binnenstad"))
    for text, found in (
        ("mosae", ["naam"]),
        ("Mosae Forum, binnenstad", ["naam"]),
        ("binnenstad", ["naam"]),
        ("Wijk 00 Centrum", ["Wijk 00 Centrum"]),
        ("Wyck", []),
    ):
        assert find(text) == found, text


def test_the_map_moves_to_the_area_street_or_address_that_is_named(
    find: Callable[[str], list[str]], database: Database, settings: Settings
) -> None:
    assert find("Markt 3") == [], "no hotspot is there"
    with database.reading() as connection:
        for text, name, (lon, lat) in (
            ("markt 3", "Markt 3", (5.71, 50.86)),
            ("Platielstr.", "Platielstraat", (5.70, 50.86)),
            ("binnenstad", "Binnenstad", (5.69, 50.85)),
        ):
            found = find_on_map(connection, settings, text)
            assert found is not None
            west, south, east, north = found.box
            assert found.name == name
            assert west < lon < east
            assert south < lat < north
        for text in ("Markt 4", "mark", "HS-2024-001", ""):
            assert find_on_map(connection, settings, text) is None, text


def test_after_a_slip_what_was_meant_is_told(
    find: Callable[[str], list[str]], database: Database, settings: Settings
) -> None:
    with database.writing() as connection:
        connection.execute(update(hotspots).values(place_name="Mosae Forum, Binnenstad"))
    with database.reading() as connection:
        spots = read_hotspots(connection, settings, Selection(EVERYTHING))
        for text, meant in (
            ("Vrijthoff", ["Vrijthof"]),
            ("platielstaat 3", ["Platielstraat 3"]),
            ("Binenstad", ["Binnenstad"]),
            ("Mosea Forum", ["Mosae Forum"]),
            ("Kerkstraat", []),
            ("", []),
        ):
            assert find(text) == []
            assert similar_names(connection, settings, spots, text) == meant, text
        # of what a reader may not know no name is given
        assert similar_names(connection, settings, [], "Mosea Forum") == []


def test_among_no_hotspots_none_is_found(
    find: Callable[[str], list[str]], database: Database, settings: Settings
) -> None:
    assert find("Vrijthof") == ["Vrijthof"]
    with database.reading() as connection:
        for text in ("Vrijthof", "1", ""):
            assert find_by_text(connection, settings, [], text) == {}


def test_a_street_in_reports_finds_only_the_hotspot_of_those_reports(
    database: Database, settings: Settings, placed: Callable[..., str]
) -> None:
    first, second = placed(), placed()
    spots = []
    with database.writing() as connection:
        at = {"house_letter": "", "house_suffix": "", "postcode": "", "town": "", "lon": 5.70, "lat": 50.86}
        for number, street in enumerate(("Platielstraat", "Kleine Gracht"), start=1):
            connection.execute(insert(addresses).values(street=street, house_number=number, **at))
        links = select(hotspot_states.c.hotspot_id, detection_reports.c.report_id).join(
            detection_reports, detection_reports.c.detection_id == hotspot_states.c.detection_id
        )
        for hotspot_id, report_id in connection.execute(links).all():
            street = "Platielstr." if hotspot_id == first else "Kl. Gracht"
            connection.execute(insert(report_locations).values(report_id=report_id, street=street))
        for as_of in (date(2024, 3, 3), date(2024, 3, 10)):
            spots += read_hotspots(connection, settings, Selection(EVERYTHING, as_of=as_of))
        assert [spot.id for spot in spots] == [first, second]
        assert find_by_text(connection, settings, spots, "platielstraat") == {first: "Platielstraat"}
        assert find_by_text(connection, settings, spots, "kleine gracht") == {second: "Kleine Gracht"}
        assert find_by_text(connection, settings, spots[1:], "platielstraat") == {}


def test_who_is_told_in_steps_finds_by_the_register_alone(find: Callable[..., list[str]]) -> None:
    assert find("platielstraat", NO_PERSONS) == []
    assert find("vrijthof", NO_PERSONS) == ["Vrijthof"]
