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
    return place_types(table.assign(address_key=pd.Series(addresses, dtype=object)), RULES)[0]


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


def test_a_missing_address_is_no_address() -> None:
    missing = type_of([0] * 4, [None, None, np.nan, ""])
    assert missing.soort is Soort.WONING
    assert missing.address_share == 1.0


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["", "A 1", "B 2"])), min_size=1, max_size=20))
def test_the_order_of_reports_decides_nothing(reports: list[tuple[int, str]]) -> None:
    x, keys = [place for place, _ in reports], [key for _, key in reports]
    assert type_of(x, keys) == type_of(x[::-1], keys[::-1])
