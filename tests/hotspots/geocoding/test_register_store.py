"""The register, the corrections and the answers of online geocoders are stored and read as they were."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import Connection, insert

from hotspots.geocoding.register import Fix
from hotspots.geocoding.register_store import (
    UNKNOWN,
    CachedAnswer,
    forget_fix,
    load_address_points,
    load_address_streets,
    load_answers,
    load_fixes,
    load_register,
    replace_addresses,
    save_answers,
    save_fix,
    unknown_since,
)
from hotspots.model import Precision
from hotspots.settings import Settings
from hotspots.store import columns
from hotspots.store.database import Database
from hotspots.store.place_tables import areas

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
TABLE = pd.DataFrame(
    {
        "street": ["Markt", "Markt", "Kerkstraat"],
        "house_number": [1, 3, 2],
        "house_letter": ["", "A", ""],
        "house_suffix": ["", "", "bis"],
        "postcode": ["6211AB", "6211AB", "6211AC"],
        "town": ["Dorp"] * 3,
        "lon": [5.69, 5.691, 5.692],
        "lat": [50.85, 50.851, 50.852],
        "street_short": ["", "", "Kerkstr"],
    }
)


@pytest.fixture
def connection(sqlite_url: str) -> Iterator[Connection]:
    """A connection to an empty database."""
    database = Database(sqlite_url)
    with database.writing() as connection:
        yield connection
    database.close()


def test_addresses_are_replaced_and_read_in_their_order(connection: Connection, settings: Settings) -> None:
    assert replace_addresses(connection, TABLE) == 3
    assert replace_addresses(connection, TABLE.drop(columns="street_short").iloc[::-1]) == 3
    table = load_register(connection, settings).table
    assert table["street"].tolist() == ["Kerkstraat", "Markt", "Markt"]
    assert table["street_short"].tolist() == ["", "", ""]
    assert replace_addresses(connection, TABLE) == 3
    read = load_register(connection, settings).table[TABLE.columns]
    assert read.to_dict("list") == TABLE.to_dict("list")


def test_without_addresses_the_register_is_empty(connection: Connection, settings: Settings) -> None:
    register = load_register(connection, settings)
    assert len(register) == 0
    assert register.fixes == {}
    assert register.places == ()
    lon, lat = load_address_points(connection)
    assert (lon.tolist(), lat.tolist()) == ([], [])


@pytest.mark.parametrize("at_once", [1, 2, 3, 100])
def test_the_points_of_all_addresses_are_read_in_parts(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    replace_addresses(connection, TABLE)
    monkeypatch.setattr(columns, "ROWS_AT_ONCE", at_once)
    lon, lat = load_address_points(connection)
    assert lon.tolist() == [5.69, 5.691, 5.692]
    assert lat.tolist() == [50.85, 50.851, 50.852]


@pytest.mark.parametrize("at_once", [1, 2, 3, 100])
def test_the_street_of_every_address_is_read_in_parts(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    replace_addresses(connection, TABLE)
    monkeypatch.setattr(columns, "ROWS_AT_ONCE", at_once)
    numbers, names = load_address_streets(connection)
    assert [names[number] for number in numbers.tolist()] == TABLE["street"].tolist()
    assert len(names) == len(set(names))


def test_a_buurt_is_a_place_that_reaches_to_its_corners(connection: Connection, settings: Settings) -> None:
    names = {"buurtnaam": "Zuid", "wijkcode": "WK1", "wijknaam": "Zuid", "is_approximate": False}
    town = {"gemeentecode": "GM0935", "gemeentenaam": "Maastricht"}
    shape = shapely.to_wkb(shapely.box(5.69, 50.85, 5.71, 50.86))
    connection.execute(insert(areas).values(buurtcode="BU1", geometry=shape, **names, **town))
    (place,) = load_register(connection, settings).places
    assert (place.name, place.precision) == ("Zuid", Precision.BUURT)
    assert (place.lon, place.lat) == pytest.approx((5.70, 50.855), abs=1e-4)
    assert place.radius_m == pytest.approx(np.hypot(1404, 1112) / 2, rel=0.02)


def test_a_correction_holds_until_another_or_until_it_is_forgotten(connection: Connection) -> None:
    first = Fix(5.7, 50.9, Precision.HUISNUMMER, 25, "", "met de hand aangewezen")
    other = Fix(5.6, 50.8, Precision.ADRES, 10, "6211AB 1", "Markt 1")
    save_fix(connection, "markt|1", first, now=NOW, by="B. Heerder")
    save_fix(connection, "markt|2", first, now=NOW, by="B. Heerder" * 20)
    save_fix(connection, "markt|1", other, now=NOW, by="B. Heerder")
    assert load_fixes(connection) == {"markt|1": other, "markt|2": first}
    assert forget_fix(connection, "markt|1")
    assert not forget_fix(connection, "markt|1")
    assert load_fixes(connection) == {"markt|2": first}


def test_an_answer_is_kept_per_service_and_not_known_only_for_a_time(connection: Connection) -> None:
    found, other = CachedAnswer(5.7, 50.9, "Markt 1", "6211AB 1"), CachedAnswer(5.6, 50.8, "Markt 2", "")
    old = NOW - timedelta(days=30)
    save_answers(connection, "pdok", {"a": found, "b": UNKNOWN}, now=old)
    save_answers(connection, "pdok", {"c": UNKNOWN}, now=NOW)
    save_answers(connection, "other", {"a": other}, now=NOW)
    assert unknown_since(NOW, 30) == old
    assert load_answers(connection, "pdok", unknown_since=old) == {"a": found, "b": UNKNOWN, "c": UNKNOWN}
    since = old + timedelta(seconds=1)
    assert load_answers(connection, "pdok", unknown_since=since) == {"a": found, "c": UNKNOWN}
    assert load_answers(connection, "other", unknown_since=since) == {"a": other}
    save_answers(connection, "pdok", {"a": other}, now=NOW)
    assert load_answers(connection, "pdok", unknown_since=since) == {"a": other, "c": UNKNOWN}
    assert load_answers(connection, "other", unknown_since=since) == {"a": other}
