"""Subcategories of reports, as they were known at a moment."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert

from hotspots.intake.subcategories import load_subcategories
from hotspots.store.database import Database
from hotspots.store.report_tables import imports, report_versions, reports

MONDAY, TUESDAY, WEDNESDAY = (datetime(2024, 1, day, tzinfo=UTC) for day in (1, 2, 3))
KNOWN: dict[str, Any] = {"category": "drugs", "is_counted": True, "reported_at": MONDAY, "precision": "adres"}


@pytest.mark.parametrize(
    ("known_at", "expected"),
    [(MONDAY, {}), (TUESDAY, {1: "Dealen"}), (WEDNESDAY, {1: "Dealen"}), (None, {1: "Gebruik"})],
    ids=["before it came", "as it came", "when it changed", "since"],
)
def test_a_subcategory_is_what_it_was_known_to_be(
    database: Database, known_at: datetime | None, expected: dict[int, str]
) -> None:
    of_import = {"content_hash": "", "first_import_id": 1, "last_import_id": 1, "source": "t"}
    with database.writing() as connection:
        connection.execute(
            insert(imports).values(id=1, source="t", file_name="", file_sha256="", started_at=MONDAY)
        )
        for report_id, name in ((1, "Gebruik"), (2, None)):
            told = {
                "id": report_id,
                "source_id": str(report_id),
                "subcategory": name,
                "known_from": WEDNESDAY,
            }
            connection.execute(insert(reports).values(**KNOWN, **of_import, **told))
        then = {"report_id": 1, "subcategory": "Dealen", "known_from": MONDAY, "known_until": WEDNESDAY}
        connection.execute(insert(report_versions).values(**KNOWN, **then))
        known_at = known_at or datetime(2024, 1, 4, tzinfo=UTC)
        assert load_subcategories(connection, [1, 2, 3], known_at=known_at) == expected
