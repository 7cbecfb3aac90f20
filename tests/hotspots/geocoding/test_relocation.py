"""Stored reports are located again, by register, by hand and online; what people say is remembered."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import select

from hotspots.access.rights import Actor, Role
from hotspots.errors import ForbiddenError, GeocodingError, NotFoundError
from hotspots.geocoding.online_client import OnlineGeocoder, online_geocoder
from hotspots.geocoding.register_store import forget_fix, load_fixes, replace_addresses
from hotspots.geocoding.relocation import (
    count_review,
    count_unlocatable,
    fix_as,
    fix_by_address,
    fix_by_candidate,
    fix_by_point,
    read_review,
    relocate_reports,
    review_as,
)
from hotspots.intake.import_reports import import_reports
from hotspots.settings import PrivacySettings, Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.case_tables import access_log
from hotspots.store.database import Database
from hotspots.store.report_tables import report_locations, reports

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
LON, LAT = 5.6879, 50.8485
"""In the middle of Maastricht."""

Import = Callable[..., None]


def house(street: str, number: int, postcode: str, east: float, town: str = "Maastricht") -> dict[str, Any]:
    """One row of the register, so many degrees east of the middle."""
    row = {"street": street, "house_number": number, "postcode": postcode, "town": town}
    return row | {"house_letter": "", "house_suffix": "", "lon": LON + east, "lat": LAT}


REGISTER = pd.DataFrame(
    [
        house("Markt", 1, "6211AB", 0),
        house("Prins Bernhardlaan", 4, "6211AC", 0.002),
        house("Prinses Bernhardlaan", 4, "6211AD", 0.004),
    ]
)
NEW_HOUSE = house("Nieuwstraat", 7, "6211AE", 0.001)


@pytest.fixture
def ready(settings: Settings, database: Database, tmp_path: Path) -> Settings:
    """Settings of a database with the areas of Maastricht and three addresses."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        replace_addresses(connection, REGISTER)
    privacy = PrivacySettings(reporter_key_file=tmp_path / "reporter.key")
    return settings.model_copy(update={"privacy": privacy})


@pytest.fixture
def imported(database: Database, ready: Settings, tmp_path: Path) -> Import:
    """Import reports, each given as (id, street, number, postcode, town)."""

    def run(*rows: tuple[str, str, str, str, str]) -> None:
        path = tmp_path / "export.csv"
        head = "meldingnummer;meldtijd;hoofdcategorie;omschrijving;straatnaam;huisnummer;postcode;woonplaats"
        lines = [
            f"{number};2023-03-14 21:35;Overlast drugs;Er wordt gedeald;{street};{house};{code};{town}"
            for number, street, house, code, town in rows
        ]
        path.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
        import_reports(database, ready, path, "melddesk", now=NOW)

    return run


UNKNOWN = ("M1", "Nieuwstraat", "7", "6211AE", "Maastricht")
ALSO_UNKNOWN = ("M2", "NIEUWSTRAAT ", "7", "6211 ae", "Maastricht")
AMBIGUOUS = ("M3", "Pr. Bernhardlaan", "4", "", "Maastricht")
NOTHING = ("M4", "", "", "", "")


def places(database: Database) -> dict[str, tuple[Any, ...]]:
    """Precision, who located it, and the address of each report."""
    with database.reading() as connection:
        query = select(reports, report_locations).join_from(reports, report_locations)
        rows = connection.execute(query.order_by(reports.c.source_id)).all()
    return {row.source_id: (row.precision, row.located_by, row.address_key) for row in rows}


def keys(database: Database, settings: Settings) -> list[str]:
    """The keys of the review queue, in order."""
    return [item.key for item in read_review(database, settings)]


def test_the_queue_holds_what_only_a_person_can_locate_most_reports_first(
    database: Database, ready: Settings, imported: Import
) -> None:
    known = ("M9", "Markt", "1", "6211AB", "Maastricht")
    imported(AMBIGUOUS, UNKNOWN, ALSO_UNKNOWN, NOTHING, known)
    first, second = read_review(database, ready)
    assert first.as_json() == {
        "sleutel": "nieuwstraat|7|||6211ae|maastricht",
        "adres": "NIEUWSTRAAT 7, 6211 ae Maastricht",
        "aantalMeldingen": 2,
        "precisie": "geen",
        "waaromNietBeter": "straat 'NIEUWSTRAAT' staat niet in het register",
        "kandidaten": [],
    }
    assert [candidate.found for candidate in second.candidates] == [
        "Prins Bernhardlaan 4, 6211AC Maastricht",
        "Prinses Bernhardlaan 4, 6211AD Maastricht",
    ]
    assert read_review(database, ready, limit=1) == [first]
    assert count_unlocatable(database) == 1


def test_a_candidate_is_accepted_for_every_report_with_the_address(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(AMBIGUOUS, ("M5", "pr. bernhardlaan", "4", "", "maastricht"))
    (key,) = keys(database, ready)
    assert fix_by_candidate(database, ready, key, 2, now=NOW, by="an agent") == 2
    assert set(places(database).values()) == {("adres", "hand", "6211AD 4")}
    assert keys(database, ready) == []


def test_the_first_candidate_is_one_and_the_last_is_as_many_as_there_are(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(AMBIGUOUS)
    (key,) = keys(database, ready)
    for number in (0, 3):
        with pytest.raises(NotFoundError, match=f"wanted a candidate from 1 to 2, found {number}"):
            fix_by_candidate(database, ready, key, number, now=NOW, by="an agent")
    assert fix_by_candidate(database, ready, key, 1, now=NOW, by="an agent") == 1
    assert places(database) == {"M3": ("adres", "hand", "6211AC 4")}


def test_the_queue_is_counted_and_read_in_parts(
    database: Database, ready: Settings, imported: Import
) -> None:
    assert count_review(database) == 0
    imported(AMBIGUOUS, UNKNOWN, ALSO_UNKNOWN, NOTHING)
    first, second = read_review(database, ready)
    assert count_review(database) == 2
    assert read_review(database, ready, offset=1) == [second]
    assert read_review(database, ready, offset=0, limit=1) == [first]
    assert read_review(database, ready, offset=2) == []
    assert [len(item.report_ids) for item in (first, second)] == [2, 1]


def test_a_user_reads_and_corrects_with_the_right_to_and_leaves_a_trace(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(AMBIGUOUS, UNKNOWN, ALSO_UNKNOWN)
    oov, reader = Actor("o", "O. Adviseur", Role.OOV), Actor("l", "L. Lezer", Role.LEZER)
    items = review_as(database, ready, actor=oov, now=NOW, limit=10)
    assert [len(item.report_ids) for item in items] == [2, 1]
    assert review_as(database, ready, actor=oov, now=NOW, limit=10, offset=1) == items[1:]
    assert fix_as(database, ready, actor=oov, key=items[0].key, meant="Markt 1", now=NOW) == 2
    assert fix_as(database, ready, actor=oov, key=items[1].key, meant=1, now=NOW) == 1
    for number in ("Markt 1", 1):
        with pytest.raises(ForbiddenError, match=r"adressen\.herstellen"):
            fix_as(database, ready, actor=reader, key=items[0].key, meant=number, now=NOW)
    with pytest.raises(ForbiddenError, match=r"adressen\.herstellen"):
        review_as(database, ready, actor=reader, now=NOW, limit=10)
    with database.reading() as connection:
        query = select(access_log.c.report_count).order_by(access_log.c.id)
        assert connection.execute(query).scalars().all() == [3, 1, 2, 1]


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


def test_a_corrected_address_is_remembered_at_the_next_import_of_the_same_text(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(UNKNOWN)
    (key,) = keys(database, ready)
    assert fix_by_address(database, ready, key, "Markt 1", now=NOW, by="an agent") == 1
    imported(UNKNOWN, ALSO_UNKNOWN)
    assert places(database) == dict.fromkeys(["M1", "M2"], ("adres", "hand", "6211AB 1"))
    assert keys(database, ready) == []


def test_what_is_forgotten_is_located_by_the_register_again(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(UNKNOWN)
    (key,) = keys(database, ready)
    fix_by_address(database, ready, key, "Markt 1", now=NOW, by="an agent")
    with database.writing() as connection:
        assert forget_fix(connection, key)
        assert not forget_fix(connection, key)
    imported(ALSO_UNKNOWN)
    assert places(database)["M2"] == ("geen", None, "6211AE 7")


def test_a_point_gives_a_house_without_a_dwelling(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(UNKNOWN)
    (key,) = keys(database, ready)
    fix_by_point(database, ready, key, lon=LON, lat=LAT, radius_m=30, now=NOW, by="an agent")
    with database.reading() as connection:
        fixes = load_fixes(connection)
    assert (fixes[key].lon, fixes[key].radius_m, fixes[key].precision) == (LON, 30, "huisnummer")
    assert places(database)["M1"] == ("huisnummer", "hand", None)


@pytest.mark.parametrize("address", ["Onzinlaan 3", "Pr. Bernhardlaan 4", "", "3620 Lanaken"])
def test_a_correction_that_is_no_one_address_is_refused(
    database: Database, ready: Settings, imported: Import, address: str
) -> None:
    imported(UNKNOWN)
    (key,) = keys(database, ready)
    with pytest.raises(GeocodingError, match="wanted an address of the register"):
        fix_by_address(database, ready, key, address, now=NOW, by="an agent")
    assert keys(database, ready) == [key]


def test_a_point_outside_the_areas_is_refused_and_not_remembered(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(UNKNOWN)
    (key,) = keys(database, ready)
    with pytest.raises(GeocodingError, match="inside the imported areas"):
        fix_by_point(database, ready, key, lon=4.9, lat=52.37, radius_m=30, now=NOW, by="an agent")
    with database.reading() as connection:
        assert load_fixes(connection) == {}


def test_a_key_or_candidate_that_is_not_there_is_an_error(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(AMBIGUOUS)
    (key,) = keys(database, ready)
    with pytest.raises(NotFoundError, match="candidate from 1 to 2, found 3"):
        fix_by_candidate(database, ready, key, 3, now=NOW, by="an agent")
    with pytest.raises(NotFoundError, match="review queue, found 'x'"):
        fix_by_candidate(database, ready, "x", 1, now=NOW, by="an agent")
    with pytest.raises(NotFoundError, match="stored report, found 'x'"):
        fix_by_address(database, ready, "x", "Markt 1", now=NOW, by="an agent")


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
