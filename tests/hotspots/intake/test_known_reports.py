"""What was read of a window is not read again for a part of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hotspots.intake.import_reports import import_reports
from hotspots.intake.known_reports import KnownWindow, load_columns, load_reports
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
KNOWN_AT = NOW + timedelta(days=1)
HEADER = "meldingnummer;meldtijd;hoofdcategorie;omschrijving;rd_x;rd_y;melder"
TIMES = ["2023-05-01 12:00", "2023-03-01 12:00", "2023-06-30 12:00", "2023-03-02 12:00"]
COLUMNS = ("moment", "buurtcode", "reporter_id")


@pytest.mark.parametrize("first_month", [2, 5], ids=["it begins before the window", "it lies in the window"])
def test_a_period_is_the_same_with_and_without_what_was_read_before(
    database: Database, settings: Settings, tmp_path: Path, first_month: int
) -> None:
    rows = [f"M{number};{at};Overlast drugs;x;176200;317800;m{number}" for number, at in enumerate(TIMES)]
    path = tmp_path / "export.csv"
    path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    period: dict[str, Any] = {"window_start": datetime(2023, first_month, 1, tzinfo=UTC)}
    period |= {"window_end": datetime(2023, 6, 1, tzinfo=UTC)}
    start = datetime(2023, 4, 1, tzinfo=UTC)
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    import_reports(database, settings, path, "melddesk", now=NOW)
    with database.reading() as connection:
        read = load_reports(connection, window_start=start, window_end=KNOWN_AT, known_at=KNOWN_AT)
        assert len(read) == 2
        anew = load_columns(connection, COLUMNS, **period, known_at=KNOWN_AT)
        known = KnownWindow(read.assign(reporter_id=read["reporter_id"] + 100), start, KNOWN_AT)
        found = load_columns(connection, COLUMNS, **period, known_at=KNOWN_AT, among=known)
        # known at another moment, it is no use
        other = load_columns(connection, COLUMNS, **period, known_at=KNOWN_AT + timedelta(1), among=known)
    is_read = anew["moment"] >= start
    assert found["reporter_id"].tolist() == (anew["reporter_id"] + 100 * is_read).tolist()
    pd.testing.assert_frame_equal(found.drop(columns="reporter_id"), anew.drop(columns="reporter_id"))
    pd.testing.assert_frame_equal(other, anew)
