"""What detection is given of stored reports: among others whether their hour is known."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import func, select, update

from hotspots.intake.import_reports import import_reports
from hotspots.intake.known_reports import load_reports
from hotspots.model import REPORTS
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.report_tables import report_versions, reports

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
HEADER = "meldingnummer;meldtijd;hoofdcategorie;omschrijving;rd_x;rd_y;melder"
Load = Callable[..., pd.DataFrame]


@pytest.fixture
def load(database: Database, settings: Settings, tmp_path: Path) -> Load:
    """Import a report of each of these times; gives what detection is given of them."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)

    def run(times: Sequence[str], text: str = "Herrie") -> pd.DataFrame:
        rows = [
            f"M{number};{at};Overlast drugs;{text};176200;317800;m{number}" for number, at in enumerate(times)
        ]
        path = tmp_path / "export.csv"
        path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
        import_reports(database, settings, path, "melddesk", now=NOW)
        with database.reading() as connection:
            return load_reports(
                connection,
                window_start=datetime(2023, 1, 1, tzinfo=UTC),
                window_end=NOW,
                known_at=NOW + timedelta(days=1),
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


MIDNIGHTS = pd.date_range("2023-03-01", periods=30).strftime("%Y-%m-%d 00:00").tolist()


@pytest.mark.parametrize("text", ["Herrie", "Herrie en geschreeuw"], ids=["as it was", "changed"])
def test_times_that_lost_their_hours_get_none_by_coming_again_in_a_small_delivery(
    load: Load, text: str
) -> None:
    load(MIDNIGHTS)
    assert not load(MIDNIGHTS[:3], text)["has_hour"].any()


def test_a_report_whose_time_is_corrected_has_an_hour(load: Load) -> None:
    load(MIDNIGHTS)
    again = load(["2023-03-01 22:15"]).set_index("report_id")["has_hour"]
    assert again.sum() == 1


def test_a_report_that_was_stored_before_hours_were_looked_at_loses_its_hour_when_it_comes_again(
    load: Load, database: Database
) -> None:
    load(["2023-03-14", "2023-03-14 21:35"])
    with database.writing() as connection:
        connection.execute(update(reports).values(has_hour=True))
    assert load(["2023-03-14", "2023-03-14 21:35"])["has_hour"].tolist() == [False, True]
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(report_versions)).scalar_one() == 0
