"""What people change on a page lies within bounds, so that no slip stops a run."""

from typing import Any

import pytest

from hotspots.errors import SettingsError
from hotspots.settings import Settings
from hotspots.settings.bounds import bounds_of, most_of, require_within
from hotspots.settings.stored import RULES, STORABLE, written_value


def test_every_shipped_value_lies_within_its_bounds() -> None:
    for key in sorted(STORABLE | RULES):
        value = written_value(Settings(), key)
        require_within(key, value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            assert (bounds_of(key)[0] or 0) <= value <= most_of(key), key


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("workflow.plan_days", 10**30, id="more days than there are"),
        pytest.param("map.nearby_m", float("inf"), id="no end"),
        pytest.param("map.nearby_m", float("nan"), id="no number"),
        pytest.param("retention.text_days", 731, id="longer than twice the shipped period"),
        pytest.param("detection.quiet_weeks", 10**9, id="a rule that stops every run"),
        pytest.param("detection.bandwidths_m", [18.0, float("inf")], id="one of several"),
        pytest.param("municipality.name", "Maastricht\r\nBcc: a@example.org", id="two lines"),
        pytest.param("context.kinds", {"school": {"word": "s" * 201}}, id="a word that is a book"),
    ],
)
def test_what_lies_beyond_is_refused_by_name(key: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=key):
        require_within(key, value)
