"""What detection is given of stored reports: among others whether their hour is known."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from hotspots.intake.import_reports import import_reports
from hotspots.intake.reports import load_reports
from hotspots.model import REPORTS
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
HEADER = "meldingnummer;meldtijd;hoofdcategorie;omschrijving;rd_x;rd_y;melder"
Load = Callable[[Sequence[str]], pd.DataFrame]


@pytest.fixture
def load(database: Database, settings: Settings, tmp_path: Path) -> Load:
    """Import a report of each of these times; gives what detection is given of them."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)

    def run(times: Sequence[str]) -> pd.DataFrame:
        rows = [
            f"M{number};{at};Overlast drugs;Herrie;176200;317800;m{number}" for number, at in enumerate(times)
        ]
        path = tmp_path / "export.csv"
        path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
        import_reports(database, settings, path, "melddesk", now=NOW)
        with database.reading() as connection:
            return load_reports(
                connection, window_start=datetime(2023, 1, 1, tzinfo=UTC), window_end=NOW, known_at=NOW
            )

    return run


FORMS = [
    # written, whether the hour is known, the local day and hour that are read
    ("2023-03-14 21:35", True, "2023-03-14 21:35"),
    ("2023-03-14 00:00", True, "2023-03-14 00:00"),  # one report at midnight is at midnight
    ("2023-03-14 00:00:00", True, "2023-03-14 00:00"),
    ("2023-03-14", False, "2023-03-14 00:00"),
    ("14-03-2023", False, "2023-03-14 00:00"),
    ("14/03/2023", False, "2023-03-14 00:00"),
    ("14-03-2023 21:35", True, "2023-03-14 21:35"),
    ("14/03/2023 21:35", True, "2023-03-14 21:35"),
    ("44999.9", True, "2023-03-14 21:36"),
    ("44999,9", True, "2023-03-14 21:36"),
    ("44999", False, "2023-03-14 00:00"),
    ("44999.0", False, "2023-03-14 00:00"),
    ("2023-07-14", False, "2023-07-14 00:00"),
    ("2023-03-14T21:35:00+01:00", True, "2023-03-14 21:35"),
]


def test_detection_is_told_of_which_reports_only_the_day_is_known(load: Load) -> None:
    found = load([written for written, _, _ in FORMS])
    REPORTS.check(found)
    local = found["moment"].dt.tz_convert("Europe/Amsterdam").dt.strftime("%Y-%m-%d %H:%M")
    expected = pd.DataFrame(FORMS, columns=["written", "has_hour", "local"])
    assert found["has_hour"].tolist() == expected["has_hour"].tolist()
    assert local.tolist() == expected["local"].tolist()


def test_a_delivery_with_every_time_at_midnight_has_no_hours(load: Load) -> None:
    days = pd.date_range("2023-03-01", periods=30).strftime("%Y-%m-%d 00:00")
    assert not load(days.tolist())["has_hour"].any()


def test_a_delivery_with_some_times_at_midnight_has_hours(load: Load) -> None:
    days = pd.date_range("2023-03-01", periods=30).strftime("%Y-%m-%d 00:00")
    assert load([*days, "2023-04-02 14:00"])["has_hour"].all()
