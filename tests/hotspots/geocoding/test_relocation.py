"""Stored reports are located again, by register and online."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from pytest_httpserver import HTTPServer

from hotspots.geocoding.online_client import OnlineGeocoder, online_geocoder
from hotspots.geocoding.register_store import replace_addresses
from hotspots.geocoding.relocation import relocate_reports
from hotspots.settings import Settings
from hotspots.store.database import Database
from tests.unclear_addresses import (
    ALSO_UNKNOWN,
    AMBIGUOUS,
    LAT,
    LON,
    NEW_HOUSE,
    NOTHING,
    NOW,
    REGISTER,
    UNKNOWN,
    Import,
    places,
)


def test_locating_again_counts_what_it_tried_and_what_became_of_it(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(AMBIGUOUS, UNKNOWN, ALSO_UNKNOWN, NOTHING, ("M6", "Markt", "", "", "Maastricht"))
    with database.writing() as connection:
        replace_addresses(connection, pd.concat([REGISTER, pd.DataFrame([NEW_HOUSE])]))
    assert relocate_reports(database, ready, now=NOW).as_json() == {
        "tried": 4,
        "byRegister": 2,
        "byOnline": 0,
        "asked": 0,
        "outside": 0,
        "left": 2,
        "onlineStopped": None,
    }
    assert places(database)["M1"] == ("adres", "register", "6211AE 7")
    assert places(database)["M6"][:2] == ("straat", "register")
    again = relocate_reports(database, ready, now=NOW)
    assert (again.tried, again.by_register, again.left) == (2, 0, 2)


def test_a_new_register_locates_what_the_old_one_did_not_have(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(UNKNOWN, AMBIGUOUS, NOTHING)
    with database.writing() as connection:
        replace_addresses(connection, pd.concat([REGISTER, pd.DataFrame([NEW_HOUSE])]))
    result = relocate_reports(database, ready, now=NOW)
    assert result.as_json() == {
        "tried": 2,
        "byRegister": 1,
        "byOnline": 0,
        "asked": 0,
        "outside": 0,
        "left": 1,
        "onlineStopped": None,
    }
    assert places(database)["M1"] == ("adres", "register", "6211AE 7")


# -- online ----------------------------------------------------------------------------------------------


@pytest.fixture
def online(ready: Settings, httpserver: HTTPServer) -> Iterator[Callable[[], OnlineGeocoder]]:
    """Make a geocoder that asks the local server, and never waits."""
    settings = ready.geocoding.model_copy(
        update={"online": "pdok-locatieserver", "url": httpserver.url_for(""), "max_failures": 2}
    )
    made = []

    def make() -> OnlineGeocoder:
        geocoder = online_geocoder(settings)
        assert geocoder is not None
        geocoder.sleep = lambda _: None
        made.append(geocoder)
        return geocoder

    yield make
    for geocoder in made:
        geocoder.close()


def document(**changes: Any) -> dict[str, Any]:
    """A reply of Locatieserver with the address that is asked for, with changes."""
    found = {
        "type": "adres",
        "straatnaam": "Nieuwstraat",
        "huisnummer": 7,
        "postcode": "6211AE",
        "woonplaatsnaam": "Maastricht",
        "weergavenaam": "Nieuwstraat 7, 6211AE Maastricht",
        "centroide_ll": f"POINT({LON} {LAT})",
    }
    return {"response": {"numFound": 1, "docs": [found | changes]}}


def test_what_was_found_online_is_never_asked_again(
    database: Database,
    ready: Settings,
    imported: Import,
    online: Callable[[], OnlineGeocoder],
    httpserver: HTTPServer,
) -> None:
    httpserver.expect_request("/free").respond_with_json(document())
    imported(UNKNOWN, ALSO_UNKNOWN, AMBIGUOUS)
    result = relocate_reports(database, ready, now=NOW, online=online())
    assert (result.tried, result.by_online, result.left) == (3, 2, 1)
    assert places(database)["M2"] == ("adres", "pdok", "6211AE 7")
    asked = len(httpserver.log)
    imported(("M8", "nieuwstraat", "7", "6211AE", "MAASTRICHT"))
    later = relocate_reports(database, ready, now=NOW + timedelta(days=20), online=online())
    assert (later.by_online, len(httpserver.log)) == (1, asked)


def test_what_is_not_known_online_is_asked_again_after_a_while_only(
    database: Database,
    ready: Settings,
    imported: Import,
    online: Callable[[], OnlineGeocoder],
    httpserver: HTTPServer,
) -> None:
    httpserver.expect_request("/free").respond_with_json({"response": {"numFound": 0, "docs": []}})
    imported(UNKNOWN)
    asked = [
        relocate_reports(database, ready, now=NOW + timedelta(days=days), online=online()).asked
        for days in (0, 20, 40)
    ]
    assert asked == [1, 0, 1]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"postcode": "6211AF"}, id="another postcode"),
        pytest.param({"huisnummer": 9}, id="another number"),
        pytest.param({"straatnaam": "Oude Markt"}, id="another street"),
        pytest.param({"type": "weg"}, id="a street"),
        pytest.param({"centroide_ll": "POINT(4.9 52.37)"}, id="a point in another town"),
    ],
)
def test_a_lie_changes_no_report(
    database: Database,
    ready: Settings,
    imported: Import,
    online: Callable[[], OnlineGeocoder],
    httpserver: HTTPServer,
    changes: dict[str, Any],
) -> None:
    httpserver.expect_request("/free").respond_with_json(document(**changes))
    imported(UNKNOWN)
    assert relocate_reports(database, ready, now=NOW, online=online()).by_online == 0
    assert places(database)["M1"] == ("geen", None, "6211AE 7")


def test_opposite_an_address_found_online_is_not_that_address(
    database: Database,
    ready: Settings,
    imported: Import,
    online: Callable[[], OnlineGeocoder],
    httpserver: HTTPServer,
) -> None:
    httpserver.expect_request("/free").respond_with_json(document())
    imported(("M1", "t.o. Nieuwstraat", "7", "6211AE", "Maastricht"))
    assert relocate_reports(database, ready, now=NOW, online=online()).by_online == 1
    assert places(database)["M1"] == ("huisnummer", "pdok", None)


def test_the_run_goes_on_without_a_geocoder_that_is_down(
    database: Database,
    ready: Settings,
    imported: Import,
    online: Callable[[], OnlineGeocoder],
    httpserver: HTTPServer,
) -> None:
    httpserver.expect_request("/free").respond_with_data("down", status=503)
    imported(*((f"M{number}", "Nieuwstraat", str(number), "6211AE", "Maastricht") for number in range(2, 9)))
    with database.writing() as connection:
        replace_addresses(connection, pd.DataFrame([NEW_HOUSE]))
    result = relocate_reports(database, ready, now=NOW, online=online())
    assert (result.by_register, result.by_online, result.asked) == (7, 0, 2)
    assert "found status 503 3 times" in result.online_stopped
