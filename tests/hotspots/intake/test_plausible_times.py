"""What of the times of a report can't be."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hotspots.files.rows import row_of_cells
from hotspots.intake.plausible_times import are_all_at_midnight
from hotspots.intake.reporter_identity import WrittenReporters
from hotspots.intake.sources.mapping import SourceMapping
from hotspots.intake.sources.reading import Readings, RowReader
from hotspots.settings import IntakeSettings

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def read(*moments: str) -> Readings:
    """Readings of reports of these moments."""
    mapping = SourceMapping.model_validate({"columns": {"id": "nr", "reported_at": "at"}})
    reader = RowReader(mapping, AMSTERDAM, WrittenReporters(IntakeSettings(), str(AMSTERDAM)))
    rows = [row_of_cells(number, {"nr": f"M{number}", "at": at}) for number, at in enumerate(moments, 1)]
    return reader.read_all(rows).readings


def test_a_day_beyond_which_there_is_none_says_nothing_of_the_hours() -> None:
    midnights = ["2023-03-14T00:00"] * 3
    odd = ["9999-12-31T23:59Z", "0001-01-01T00:00Z"]
    intake = IntakeSettings(midnight_rows=3)
    found = read(*midnights, *odd)
    assert set(found.reported_at) > {datetime(1, 1, 1, tzinfo=UTC)}
    assert are_all_at_midnight(found, AMSTERDAM, intake)
    assert not are_all_at_midnight(read(*midnights, "2023-03-14T21:35"), AMSTERDAM, intake)
