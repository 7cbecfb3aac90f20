"""A hotspot is found by its number and by streets of the register; what reporters wrote is not shown."""

from collections.abc import Callable

import pytest
from sqlalchemy import insert, select

from hotspots.access.rights import EVERYTHING
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.place_tables import addresses
from hotspots.store.report_tables import report_locations
from hotspots.store.run_tables import detection_reports
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.search import find_by_text
from hotspots.tracking.selection import Selection

WRITTEN = "Markt 3, bij Janssen, achterom"


@pytest.fixture
def find(database: Database, settings: Settings, placed: Callable[..., str]) -> Callable[[str], list[str]]:
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

    def search(text: str) -> list[str]:
        with database.reading() as connection:
            spots = read_hotspots(connection, settings, Selection(EVERYTHING))
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


def test_among_no_hotspots_none_is_found(
    find: Callable[[str], list[str]], database: Database, settings: Settings
) -> None:
    assert find("Vrijthof") == ["Vrijthof"]
    with database.reading() as connection:
        for text in ("Vrijthof", "1", ""):
            assert find_by_text(connection, settings, [], text) == {}
