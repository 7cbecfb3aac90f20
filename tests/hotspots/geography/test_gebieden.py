"""The team area of a buurt."""

import pytest

from hotspots.geography.gebieden import gebied_of


@pytest.mark.parametrize(
    ("gebieden", "expected"),
    [
        ({}, "Wijk 1"),
        ({"Noord": ("WK1",)}, "Noord"),
        ({"Noord": ("WK1",), "Kade": ("BU1",)}, "Kade"),
        ({"Zuid": ("WK9",)}, "Wijk 1"),
    ],
    ids=["by default the wijk", "by wijk", "a buurt goes before its wijk", "not named"],
)
def test_the_gebied_of_a_buurt(gebieden: dict[str, tuple[str, ...]], expected: str) -> None:
    assert gebied_of("BU1", "WK1", "Wijk 1", gebieden) == expected
