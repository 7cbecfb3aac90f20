"""What is told in steps: a share in quarters, of which no single report can be read."""

from collections import defaultdict

from sqlalchemy import Connection, literal, select

from hotspots.tracking.told import STEP, told_share


def test_a_told_share_leaves_open_how_many_a_small_part_is(told: Connection) -> None:
    behind = defaultdict(list)
    for count in range(1, 25):
        for drugs in range(count + 1):
            share = told.scalar(select(told_share(literal(drugs / count), literal(count))))
            behind[count, share].append(drugs)
            assert share is None or abs(share - drugs / count) <= 0.25
    for (size, _), counts in behind.items():
        enough = [STEP <= drugs <= size - STEP for drugs in counts]
        assert len(counts) > 1 or all(enough) or size < STEP
        assert all(enough) or not any(enough)
    assert {share for _, share in behind} == {None, 0, 0.25, 0.5, 0.75, 1}
