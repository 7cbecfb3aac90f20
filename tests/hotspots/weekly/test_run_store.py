"""What is kept of a run, how a repeated run is recognised, and which number a hotspot gets."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from hotspots.store.database import Database
from hotspots.store.report_tables import reports
from hotspots.tracking.follow import LineageRow
from hotspots.weekly.run_store import LEAST_NUMBERS, add_hotspot, draw_sequence, result_hash, taken_sequences

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


def test_a_number_follows_from_the_reports_in_whatever_order_and_not_from_those_given_before(
    database: Database, placed: Callable[..., str]
) -> None:
    placed(report_count=9)
    with database.writing() as connection:
        ids = list(connection.execute(select(reports.c.id)).scalars())
        drawn = draw_sequence(connection, 2025, ids, taken_sequences(connection, 2025))
        assert 1 <= drawn <= LEAST_NUMBERS
        assert draw_sequence(connection, 2025, ids[::-1], taken_sequences(connection, 2025)) == drawn
        assert (
            len(
                {
                    draw_sequence(connection, 2025, ids[:count], taken_sequences(connection, 2025))
                    for count in range(1, 10)
                }
            )
            > 5
        )
        assert (
            len(
                {
                    draw_sequence(connection, year, ids, taken_sequences(connection, year))
                    for year in range(2000, 2010)
                }
            )
            > 5
        )
        add_hotspot(connection, date(2025, 3, 2), drawn, "GM0935")
        assert draw_sequence(connection, 2025, ids, taken_sequences(connection, 2025)) != drawn


def test_a_year_with_many_hotspots_draws_from_more_numbers(
    database: Database, placed: Callable[..., str]
) -> None:
    placed(report_count=9)
    with database.writing() as connection:
        ids = list(connection.execute(select(reports.c.id)).scalars())
        for sequence in range(1, LEAST_NUMBERS // 2 + 2):
            add_hotspot(connection, date(2025, 3, 2), sequence, "GM0935")
        drawn = [
            draw_sequence(connection, 2025, ids[:count], taken_sequences(connection, 2025))
            for count in range(1, 10)
        ]
    assert max(drawn) > LEAST_NUMBERS
