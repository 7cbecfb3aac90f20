"""A place is a dwelling when its reports point at one address, by name or by coordinate."""

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
    assert 0.5 <= found.certainty <= 1


@pytest.mark.parametrize(
    ("x", "addresses", "share", "certainty"),
    [
        pytest.param([0.0] * 6 + [20, 30, 40, 50], [""] * 10, 0.6, 0.5, id="just a dwelling"),
        pytest.param([0.0] * 5 + [20, 30, 40, 50, 60], [""] * 10, 0.5, 0.583, id="just an area"),
        pytest.param([0.0] * 3 + [4, 4.1, 50], [""] * 6, 0.667, 0.583, id="at four metres it is that door"),
        pytest.param([0.0] * 4, ["A", "A", "B", ""], 0.667, 0.583, id="three named: by their addresses"),
        pytest.param([0.0] * 4, ["A", "B", "", ""], 1.0, 1.0, id="two named: by the coordinate"),
        pytest.param([0.0, 0, 9, 9], ["A", "A", "A", ""], 0.75, 0.688, id="beside the door of the others"),
        pytest.param([0.0, 0, 0, 0], ["A", "A", "A", ""], 1.0, 1.0, id="at the door of the others"),
        pytest.param([0.0, 0, 30, 30], ["A", "B", "A", "B"], 0.5, 0.583, id="as often: the first by name"),
    ],
)
def test_the_share_at_one_address_and_how_certain_that_makes_it(
    x: list[float], addresses: list[str], share: float, certainty: float
) -> None:
    found = type_of(x, addresses)
    assert (found.address_share, found.certainty) == (share, certainty)
    assert (found.soort is Soort.WONING) == (share >= 0.6)


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
