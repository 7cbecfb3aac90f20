"""A place is a dwelling when its reports lie as those of one address do, by name or by coordinate."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.detection.place_type import PlaceType, place_types
from hotspots.model import Soort
from hotspots.settings import DetectionSettings

RULES = DetectionSettings()
DOOR = "6211AA 1"


def type_of(x: Sequence[float], addresses: Sequence[str | float | None]) -> PlaceType:
    """The type of one place, its reports on a line."""
    table = pd.DataFrame({"place": 0, "x": np.asarray(x, dtype=np.float64), "y": 0.0})
    return place_types(table.assign(address_key=pd.Series(addresses, dtype=object)), RULES).of(0)


@pytest.mark.parametrize(
    ("x", "addresses", "soort"),
    [
        pytest.param([0.0] * 10, [DOOR] * 9 + [""], Soort.WONING, id="all name one address"),
        pytest.param(
            [0.0] * 10, [""] * 10, Soort.WONING, id="nobody names an address, all on one coordinate"
        ),
        pytest.param([0.0, 0, 0, 0, 0, 0, 0, 1, 2, 3], [""] * 10, Soort.WONING, id="nearly all at one door"),
        pytest.param(
            [0.0] * 10, [f"6211AA {flat}" for flat in range(10)], Soort.GEBIED, id="a tower: one coordinate"
        ),
        pytest.param(
            [0.0, 9, 18, 27, 36, 45, 54, 63, 72, 81],
            [f"6211AA {house}" for house in range(10)],
            Soort.GEBIED,
            id="a street",
        ),
        pytest.param([0.0, 9, 18, 27, 36, 45, 54, 63], [""] * 8, Soort.GEBIED, id="spots in a park"),
        pytest.param(
            [0.0, 0, 0, 25, 31, 38, 44, 52, 60, 66],
            [DOOR] * 3 + [""] * 7,
            Soort.GEBIED,
            id="three name one address, most lie in the open",
        ),
    ],
)
def test_the_type_follows_where_the_reports_point(x: list[float], addresses: list[str], soort: Soort) -> None:
    found = type_of(x, addresses)
    assert found.soort is soort
    assert 0 <= found.certainty <= 1


@pytest.mark.parametrize(
    ("x", "addresses", "share", "soort"),
    [
        pytest.param([0.0] * 6 + [20, 30, 40, 50], [""] * 10, 0.6, Soort.WONING, id="just a dwelling"),
        pytest.param([0.0] * 5 + [20, 30, 40, 50, 60], [""] * 10, 0.5, Soort.GEBIED, id="just an area"),
        pytest.param([0.0] * 5 + [8, 12, 15, 18, 22], [""] * 10, 0.5, Soort.WONING, id="the others are near"),
        pytest.param([0.0] * 3 + [4, 4.1, 50], [""] * 6, 0.667, Soort.WONING, id="at four metres: that door"),
        pytest.param(
            [0.0] * 4, ["A", "A", "B", ""], 0.667, Soort.WONING, id="three named: by their addresses"
        ),
        pytest.param([0.0] * 4, ["A", "B", "", ""], 1.0, Soort.WONING, id="two named: by the coordinate"),
        pytest.param(
            [0.0, 0, 9, 9], ["A", "A", "A", ""], 0.75, Soort.WONING, id="beside the door of the others"
        ),
        pytest.param([0.0, 0, 0, 0], ["A", "A", "A", ""], 1.0, Soort.WONING, id="at the door of the others"),
        pytest.param(
            [0.0, 0, 2, 2], ["A", "B", "A", "B"], 0.5, Soort.GEBIED, id="as often: the first by name"
        ),
        pytest.param([0.0, 0, 30, 30], ["A", "B", "A", "B"], 0.25, Soort.GEBIED, id="named at two places"),
    ],
)
def test_the_share_at_one_address_and_what_that_makes_the_place(
    x: list[float], addresses: list[str], share: float, soort: Soort
) -> None:
    found = type_of(x, addresses)
    assert (found.address_share, found.soort) == (share, soort)


def test_more_reports_of_the_same_kind_make_a_place_more_certain() -> None:
    few, many = (type_of(([0.0] * 7 + [8, 14, 20]) * times, [""] * 10 * times) for times in (1, 4))
    assert few.soort is many.soort is Soort.WONING
    assert few.certainty < many.certainty


def test_the_address_is_where_most_lie_not_amid_the_few_pins_that_name_it() -> None:
    found = type_of([0.0, 6.0, 6.4, 0.0, 0.0, 0.0, 0.0, 14.0], ["A"] * 3 + [""] * 5)
    assert (found.address_share, found.soort) == (0.875, Soort.WONING)


def test_a_report_farther_than_a_slip_of_the_number_lies_elsewhere() -> None:
    assert type_of([0.0] * 5 + [15.0, 15.2, -16.0], [""] * 8).elsewhere_count == 2


def test_where_in_the_city_a_place_lies_decides_nothing() -> None:
    x, addresses = [0.0, 0, 0, 4, 9, 30], ["A", "A", "A", "", "", "B"]
    assert type_of([176_000 + one for one in x], addresses) == type_of(x, addresses)


def test_many_places_at_once_give_what_each_gives_by_itself() -> None:
    rng = np.random.default_rng(2)
    size = 40
    table = pd.DataFrame(
        {
            "place": np.arange(size) % 4,
            "x": rng.integers(0, 3, size) * 10.0,
            "y": rng.integers(0, 2, size) * 3.0,
            "address_key": rng.choice(["", "A", "B"], size),
        }
    )
    alone = [place_types(own.assign(place=0), RULES).of(0) for _, own in table.groupby("place")]
    together = place_types(table, RULES)
    assert [together.of(number) for number in range(4)] == alone


def test_a_missing_address_is_no_address() -> None:
    missing = type_of([0] * 4, [None, None, np.nan, ""])
    assert missing.soort is Soort.WONING
    assert missing.address_share == 1.0


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["", "A 1", "B 2"])), min_size=1, max_size=20))
def test_the_order_of_reports_decides_nothing(reports: list[tuple[int, str]]) -> None:
    x, keys = [place for place, _ in reports], [key for _, key in reports]
    assert type_of(x, keys) == type_of(x[::-1], keys[::-1])


def soort_of(
    x: Sequence[float], addresses: Sequence[str], radius_m: Sequence[float], precision: Sequence[str]
) -> Soort:
    """What one place is, its reports on a line, each with how far off it can be."""
    table = pd.DataFrame({"place": 0, "x": np.asarray(x, dtype=np.float64), "y": 0.0})
    table = table.assign(
        address_key=pd.Series(addresses, dtype=object), radius_m=radius_m, precision=precision
    )
    return place_types(table, RULES, address_radius_m=10).of(0).soort


@pytest.mark.parametrize(
    ("x", "addresses", "radius_m", "precision", "soort"),
    [
        pytest.param([0] * 10, [DOOR] * 10, [10] * 10, ["adres"] * 10, Soort.WONING, id="all at one door"),
        pytest.param([0] * 10, [""] * 10, [10] * 10, ["adres"] * 10, Soort.WONING, id="pins at one door"),
        pytest.param([0] * 10, [""] * 10, [71] * 10, ["adres"] * 10, Soort.GEBIED, id="rounded to 100 m"),
        pytest.param([0] * 10, [DOOR] * 10, [71] * 10, ["adres"] * 10, Soort.GEBIED, id="rounded, and named"),
        pytest.param([0] * 10, [""] * 10, [10.1] * 10, ["adres"] * 10, Soort.GEBIED, id="just coarser"),
        pytest.param(
            [0] * 10, [""] * 10, [40] * 10, ["huisnummer"] * 10, Soort.GEBIED, id="opposite a house"
        ),
        pytest.param(
            [0] * 10, [""] * 10, [10] * 10, ["huisnummer"] * 10, Soort.GEBIED, id="a range of houses"
        ),
        pytest.param([0] * 10, [""] * 10, [10] * 10, ["kruising"] * 10, Soort.GEBIED, id="a crossing"),
        pytest.param([0] * 10, [DOOR] * 10, [np.nan] * 10, ["adres"] * 10, Soort.GEBIED, id="no radius"),
        pytest.param(
            [0] * 10,
            [DOOR] * 6 + [""] * 4,
            [10] * 6 + [71] * 4,
            ["adres"] * 10,
            Soort.WONING,
            id="six in ten",
        ),
        pytest.param(
            [0] * 10,
            [DOOR] * 5 + [""] * 5,
            [10] * 5 + [71] * 5,
            ["adres"] * 10,
            Soort.GEBIED,
            id="five in ten",
        ),
        pytest.param(
            [0] * 4 + [8] * 6,
            [""] * 10,
            [10] * 4 + [71] * 6,
            ["adres"] * 10,
            Soort.GEBIED,
            id="most are coarse",
        ),
        pytest.param(
            [0, 20, 40, 60, 80, 100, 120, 140, 160, 180],
            [DOOR] * 10,
            [10] * 10,
            ["adres"] * 10,
            Soort.GEBIED,
            id="pins that contradict the address",
        ),
    ],
)
def test_a_dwelling_needs_certainty_about_the_dwelling(
    x: list[float], addresses: list[str], radius_m: list[float], precision: list[str], soort: Soort
) -> None:
    assert soort_of(x, addresses, radius_m, precision) is soort


LOT_M, ACROSS_M = 7.0, 18.0
HOUSES = np.array([(lot * LOT_M, side * ACROSS_M) for lot in range(-15, 16) for side in (0, 1)])
HERE = 30  # the house at (0, 0)
PLACES = 150


def drawn(*, off: float, spread: str, seed: int = 1) -> pd.DataFrame:
    """Places of 8 to 40 reports about one house of a street, each report with an address, a pin or both.

    This share of the reports lies elsewhere: at pins 5 to 25 m off (``beside``), at the doors of neighbours
    within 25 m (``neighbours``), at other flats with the same coordinate (``tower``), or at doors and pins
    anywhere in a circle of some metres (``40``).
    """
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(PLACES), rng.integers(8, 41, PLACES))
    count = len(place)
    is_off = rng.random(count) < off
    near = np.flatnonzero((np.hypot(*HOUSES.T) > 0) & (np.hypot(*HOUSES.T) <= 25))
    turn = rng.uniform(0, 2 * np.pi, count)
    apart = float(spread) * np.sqrt(rng.random(count)) if spread.isdigit() else rng.uniform(5, 25, count)
    points = np.column_stack([apart * np.cos(turn), apart * np.sin(turn)])
    other = rng.choice(near, count)
    if spread == "tower":
        points, other = np.zeros((count, 2)), 100 + rng.integers(0, 90, count)
    elif spread == "neighbours":
        points = HOUSES[other]
    else:
        other[rng.random(count) < 0.5] = -1
        if spread.isdigit():  # who names an address names the nearest
            nearest = np.hypot(*(points[:, None] - HOUSES[None]).transpose(2, 0, 1)).argmin(axis=1)
            points = np.where((other >= 0)[:, None], HOUSES[nearest], points)
            other = np.where(other >= 0, nearest, -1)
    address = np.where(is_off, other, HERE)
    style = rng.choice(["both", "pin", "address"], count, p=[0.5, 0.3, 0.2])
    has_pin = (style != "address") | (address < 0)
    slip = rng.normal(0, 4, (count, 2)) * ((rng.random(count) < 0.3) & has_pin)[:, None]
    xy = np.where(is_off[:, None], points, 0.0) + slip
    key = [f"6211AA {house}" for house in address.tolist()]
    table = pd.DataFrame({"place": place, "x": xy[:, 0], "y": xy[:, 1]})
    return table.assign(address_key=np.where((style == "pin") | (address < 0), "", key))


@pytest.mark.parametrize(
    ("off", "spread", "least", "most"),
    [
        pytest.param(0.0, "beside", 1.0, 1.0, id="a dwelling that all point at"),
        pytest.param(0.2, "beside", 0.97, 1.0, id="a dwelling with two in ten beside it"),
        pytest.param(0.4, "beside", 0.85, 1.0, id="a dwelling with four in ten beside it"),
        pytest.param(0.2, "neighbours", 0.97, 1.0, id="a dwelling with two in ten at neighbours"),
        pytest.param(0.4, "neighbours", 0.85, 1.0, id="a dwelling with four in ten at neighbours"),
        pytest.param(0.2, "tower", 0.97, 1.0, id="a flat with two in ten at other flats"),
        pytest.param(0.4, "tower", 0.7, 1.0, id="a flat with four in ten at other flats"),
        pytest.param(1.0, "tower", 0.0, 0.02, id="a tower"),
        pytest.param(1.0, "25", 0.0, 0.01, id="a square of 25 m"),
        pytest.param(1.0, "60", 0.0, 0.0, id="a square of 60 m"),
        pytest.param(0.6, "60", 0.0, 0.1, id="an area around one favourite address"),
    ],
)
def test_how_many_are_called_a_dwelling(off: float, spread: str, least: float, most: float) -> None:
    share = place_types(drawn(off=off, spread=spread), RULES).is_woning.mean()
    assert least <= share <= most


def test_certainty_says_how_often_it_is_right() -> None:
    dwellings = [drawn(off=off, spread="neighbours", seed=2) for off in (0.1, 0.2, 0.3, 0.4)]
    areas = [drawn(off=off, spread=spread, seed=3) for off in (0.8, 0.9, 1.0) for spread in ("25", "40")]
    types = [place_types(table, RULES) for table in dwellings + areas]
    is_right = np.concatenate([one.is_woning == (at < len(dwellings)) for at, one in enumerate(types)])
    certainty = np.concatenate([one.certainty for one in types])
    assert is_right[certainty >= RULES.sure_woning].mean() >= 0.98
    assert 0.5 <= is_right[certainty < RULES.sure_woning].mean() <= 0.95


def told(text: str, *, off: float, spread: str) -> pd.DataFrame:
    """The same places, of which every third report says this, and the others that they are bothered."""
    table = drawn(off=off, spread=spread)
    return table.assign(written=np.where(np.arange(len(table)) % 3 == 0, text, "Weer overlast"))


def test_texts_that_speak_of_a_house_make_a_dwelling_likelier_and_others_less_certain() -> None:
    silent = place_types(drawn(off=0.4, spread="neighbours"), RULES)
    named = place_types(told("Herrie uit deze woning", off=0.4, spread="neighbours"), RULES)
    unsaid = place_types(told("Herrie op het plein", off=0.4, spread="neighbours"), RULES)
    sure = [(one.is_woning & (one.certainty >= RULES.sure_woning)).mean() for one in (named, silent, unsaid)]
    assert sure[0] > sure[1] + 0.1
    assert sure[2] == 0
    assert named.is_woning.mean() >= silent.is_woning.mean() > 0.8


def test_by_words_alone_nothing_is_a_dwelling() -> None:
    assert not place_types(told("Herrie van nummer 14", off=1.0, spread="60"), RULES).is_woning.any()


def test_a_square_with_a_favourite_address_is_hardly_ever_surely_a_dwelling() -> None:
    types = place_types(told("Herrie op het plein", off=0.6, spread="25"), RULES)
    assert (types.is_woning & (types.certainty >= RULES.sure_woning)).mean() == 0


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["", "A 1", "B 2"])), min_size=1, max_size=20))
def test_what_mostly_points_at_one_address_is_handled_as_a_dwelling(reports: list[tuple[int, str]]) -> None:
    found = type_of([place for place, _ in reports], [key for _, key in reports])
    assert found.address_share < RULES.possible_share or found.soort is Soort.WONING
