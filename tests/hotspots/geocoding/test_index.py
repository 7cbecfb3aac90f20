"""Looking up addresses of the small town of conftest by number, by name and by where they are."""

import numpy as np
import pandas as pd
import pytest

from hotspots.geocoding.index import ABSENT, MAX_NUMBER, SEVERAL, AddressIndex, Integers
from hotspots.geocoding.register import AddressRegister

EAST_M, NORTH_M = 1 / 70_200, 1 / 111_195
ROW = {"house_letter": "", "house_suffix": "", "postcode": "6211AB", "lon": 5.69, "lat": 50.85}


def numbers(*values: int) -> Integers:
    return np.array(values, dtype=np.int64)


def index_of(*rows: dict[str, object]) -> AddressIndex:
    return AddressIndex(pd.DataFrame([ROW | {"house_number": 1, "town": "Dorp"} | row for row in rows]))


def test_an_address_is_called_by_all_its_parts(town: AddressRegister) -> None:
    index = town.index
    labels = [index.label(address) for address in range(len(index.street))]
    assert labels[:6] == [
        "Markt 1, 6211AB Ons Dorp",
        "Markt 3, 6211AB Ons Dorp",
        "Markt 3-A, 6211AB Ons Dorp",
        "Markt 5-01, 6211AB Ons Dorp",
        "Markt 5-02, 6211AB Ons Dorp",
        "Markt 7, 6211AB Ons Dorp",
    ]
    assert index.street_label(0) == "Markt, Ons Dorp"
    bare = index_of({"street": "Markt", "postcode": "", "town": ""})
    assert bare.label(0) == "Markt 1"
    assert bare.street_label(0) == "Markt"


def test_rows_of_one_address_are_one_in_their_middle_that_reaches_to_the_farthest() -> None:
    index = index_of(
        {"street": "Markt"},
        {"street": "Markt", "lon": 5.69 + 20 * EAST_M},
        {"street": "Markt", "lon": 5.69 + 40 * EAST_M, "postcode": "6211AC"},
    )
    assert index.street.tolist() == [0, 0]
    assert (index.lon - 5.69) / EAST_M == pytest.approx([10, 40])
    assert index.spread_m == pytest.approx([10, 0], abs=0.01)
    assert index.row.tolist() == [0, 2]


def test_distances_are_metres_east_and_north(town: AddressRegister) -> None:
    index = town.index
    assert index.distance_m(5.69, 50.85, 5.69 + 300 * EAST_M, 50.85) == pytest.approx(300, rel=0.005)
    assert index.distance_m(5.69, 50.85, 5.69, 50.85 - 400 * NORTH_M) == pytest.approx(400)
    assert index.distance_m(5.69, 50.85, 5.69 - 300 * EAST_M, 50.85 + 400 * NORTH_M) == pytest.approx(
        500, rel=0.005
    )


def test_many_are_looked_up_at_once_and_what_is_absent_or_double_is_none(town: AddressRegister) -> None:
    index = town.index
    postcode, none = index.postcode_ids["6211AB"], index.addition_ids[""]
    found = index.by_postcode(
        numbers(postcode, postcode, postcode, postcode, ABSENT, postcode, postcode),
        numbers(1, 3, 3, 4, 1, 0, MAX_NUMBER),
        numbers(none, none, index.addition_ids["A"], none, none, none, none),
    )
    assert found.tolist() == [0, 1, 2, ABSENT, ABSENT, ABSENT, ABSENT]
    streets = index.by_street(numbers(0, 0, ABSENT), numbers(7, 7, 7), numbers(none, ABSENT, none))
    assert streets.tolist() == [5, ABSENT, ABSENT]
    dorpsweg = index.name_of_street[index.streets_by_key["dorpsweg"][0]]
    here, there = index.towns_named("Ons Dorp")[0], index.towns_named("Andersdorp")[0]
    looked_up = index.street_in_town(
        numbers(dorpsweg, dorpsweg, dorpsweg, ABSENT), numbers(here, there, ABSENT, here)
    )
    assert looked_up.tolist() == [*index.streets_by_key["dorpsweg"], ABSENT, ABSENT]
    double = index_of({"street": "Markt"}, {"street": "Kerkweg"})
    assert double.by_postcode(numbers(0), numbers(1), numbers(0)).tolist() == [SEVERAL]
    assert index.by_postcode(numbers(), numbers(), numbers()).tolist() == []


def test_the_last_number_that_counts_is_below_the_limit() -> None:
    index = index_of({"street": "Markt", "house_number": MAX_NUMBER - 1})
    assert index.by_street(numbers(0), numbers(MAX_NUMBER - 1), numbers(0)).tolist() == [0]


def test_an_empty_register_finds_nothing() -> None:
    frame = pd.DataFrame([ROW | {"street": "", "house_number": 1, "town": ""}]).iloc[:0]
    index = AddressIndex(frame)
    assert index.by_street(numbers(0), numbers(1), numbers(0)).tolist() == [ABSENT]
    assert index.house_addresses == {}
    assert index.streets_by_key == {}
    assert index.digits_of_postcodes == set()
    assert index.origin_lat == 0


def test_addresses_of_a_street_a_number_and_a_postcode(town: AddressRegister) -> None:
    index = town.index
    assert index.addresses_of_street(0) == range(6)
    assert index.addresses_of_street(1) == range(6, 16)
    assert index.house_addresses[0, 3] == range(1, 3)
    assert index.house_addresses[0, 5] == range(3, 5)
    assert index.house_addresses[1, 20] == range(15, 16)
    assert (0, 2) not in index.house_addresses
    assert len(index.house_addresses) == 27
    church = index.postcode_ids["6211AC"]
    assert index.addresses_of_postcode(church).tolist() == list(range(6, 16))
    assert index.streets_of_postcode(church) == index.streets_of_postcode(church) == (1,)
    assert index.digits_of_postcodes == {"6211", "6212", "6213", "6214"}


def test_the_middlemost_address_stands_for_a_street(town: AddressRegister) -> None:
    spot = town.index.spot_of(range(6, 16))
    assert (spot.lat - 50.85) / NORTH_M == pytest.approx(80)
    assert spot.radius_m == pytest.approx(82)


def test_streets_go_by_every_spelling_also_by_the_registers_short_name() -> None:
    index = index_of(
        {"street": "Burgemeester van der Venstraat", "street_short": "Burg vd Venstr"},
        {"street": "Grote Markt", "street_short": "Gr Markt"},
        {"street": "Markt", "street_short": ""},
        {"street": "Markt", "street_short": "", "town": "Elders"},
    )
    assert index.streets_by_key["grotemarkt"] == (1,)
    assert index.streets_by_key["markt"] == (2, 3)
    assert index.name_of_street.tolist() == [0, 1, 2, 2]
    assert index.street_names[3] == "Markt"
    assert index.street_towns == [0, 0, 0, 1]


def test_a_town_of_a_name_in_two_provinces_goes_by_its_province() -> None:
    index = index_of({"street": "Markt", "town": "Bergen (L)"}, {"street": "Markt", "town": "Bergen (NH)"})
    assert index.towns_named("Bergen") == (0, 1)
    assert index.towns_named("Bergen (L)") == (0,)
    assert index.towns_named("Bergen NH") == (1,)
    assert index.towns_named("Heerlen") == ()


def test_additions_match_loosely_within_some_addresses(town: AddressRegister) -> None:
    index = town.index
    assert index.loose_matches(range(3, 5), "2") == [4]
    assert index.loose_matches(range(3, 5), "I") == [3]
    assert index.loose_matches(range(3, 5), "3") == []
