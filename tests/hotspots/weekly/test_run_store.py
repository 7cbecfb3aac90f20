"""What is kept of a run, and how a repeated run is recognised."""

import pytest

from hotspots.tracking.follow import LineageRow
from hotspots.weekly.run_store import result_hash

STATE = {"hotspot_id": "a", "report_count": 8, "place": 1, "detection_id": 17}
LINEAGE = [LineageRow("split", "a", "b")]


def fingerprint(state: dict[str, object], lineage: list[LineageRow] | None = None) -> str:
    """The fingerprint of a run with one state."""
    return result_hash([{"place": 1}], {1: [3, 2]}, [state], LINEAGE if lineage is None else lineage)


@pytest.mark.parametrize("key", ["place", "detection_id"])
def test_where_evidence_is_kept_is_no_result(key: str) -> None:
    assert fingerprint(STATE | {key: 99}) == fingerprint(STATE)


def test_what_was_found_is_the_result() -> None:
    assert fingerprint(STATE | {"report_count": 9}) != fingerprint(STATE)
    assert fingerprint(STATE, []) != fingerprint(STATE)
    assert result_hash([], {1: [3, 2]}, [], []) == result_hash([], {1: [2, 3]}, [], [])
