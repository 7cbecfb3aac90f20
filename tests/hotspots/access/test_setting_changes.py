"""Settings are changed all or none, where nothing else sets them, and the history tells what they were."""

from datetime import UTC, datetime

import pytest

from hotspots.access.access_changes import OPERATOR
from hotspots.access.admin_changes import Kind, read_changes
from hotspots.access.setting_changes import change_settings
from hotspots.errors import SettingsError
from hotspots.settings import DetectionSettings, JobsSettings, Settings
from hotspots.store.database import Database
from hotspots.store.stored_settings import effective_settings, read_stored, write_stored

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
OWN = Settings()


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: settings are read and written alike on both."""
    return sqlite_url


def change(
    database: Database, values: dict[str, object], *, own: Settings = OWN, reason: str = "Nieuw"
) -> list[str]:
    return change_settings(database, own, values, by=OPERATOR, reason=reason, now=NOW)


def stored(database: Database) -> dict[str, object]:
    with database.reading() as connection:
        return read_stored(connection)


def test_what_changes_is_stored_and_told_with_before_and_after(database: Database) -> None:
    values: dict[str, object] = {"service.colour": "#103010", "service.accent": OWN.service.accent}
    assert change(database, values) == ["service.colour"]
    assert change(database, values) == []
    assert stored(database) == {"service.colour": "#103010"}
    with database.reading() as connection:
        (line,) = read_changes(connection, kind=Kind.SETTING)
    assert (line.about, line.before, line.after, line.reason) == (
        "service.colour",
        {"waarde": "#154273"},
        {"waarde": "#103010"},
        "Nieuw",
    )


@pytest.mark.parametrize("back", [None, "#154273"], ids=["taken back", "as by default"])
def test_what_is_as_by_default_is_stored_no_more(database: Database, back: str | None) -> None:
    change(database, {"service.colour": "#103010"})
    assert change(database, {"service.colour": back}) == ["service.colour"]
    assert stored(database) == {}
    assert effective_settings(database, OWN) == OWN


@pytest.mark.parametrize(
    ("values", "words"),
    [
        pytest.param({"service.colour": "#ffff00"}, "white text", id="a colour too light"),
        pytest.param({"retention.text_days": 800}, "text_days", id="not fitting another"),
        pytest.param({"database.url": "sqlite://"}, "settings file", id="of the server"),
        pytest.param({"mail.password": "x"}, "settings file", id="a secret"),
        pytest.param({"gone.away": "x"}, "settings file", id="no setting"),
        pytest.param({"detection.min_reports": 6}, "hotspots rules propose", id="a rule"),
        pytest.param(
            {"calendar.events": [{"name": "Kermis", "first": "2024-07-01", "last": "2034-07-08"}]},
            "at most 62 days, found 'Kermis'",
            id="an event of years",
        ),
        pytest.param({"jobs.weekly_time": "07:00"}, "file sets", id="set by the file"),
    ],
)
def test_one_that_cannot_be_leaves_all_as_they_were(
    database: Database, values: dict[str, object], words: str
) -> None:
    own = Settings(jobs=JobsSettings(weekly_time="08:00"))
    with pytest.raises(SettingsError, match=words):
        change(database, {"map.nearby_m": 200.0} | values, own=own)
    assert stored(database) == {}


def test_without_a_reason_nothing_changes(database: Database) -> None:
    with pytest.raises(SettingsError, match="reason"):
        change(database, {"map.nearby_m": 200.0}, reason="  ")


def test_the_history_names_nobody(database: Database) -> None:
    change(
        database,
        {
            "jobs.alert_mail": ["jansen@example.org"],
            "mail.host": "mail.example.org",
            "mail.sender": "a@example.org",
        },
    )
    with database.reading() as connection:
        told = {line.about: line.after for line in read_changes(connection)}
    assert told["jobs.alert_mail"] == {"ingevuld": True, "aantal": 1}
    assert "jansen" not in str(told)


def test_a_rule_is_taken_back_here_only_when_nothing_runs_with_it(database: Database) -> None:
    with database.writing() as connection:
        write_stored(connection, {"detection.min_duration_days": 180}, at=NOW)
    with pytest.raises(SettingsError, match="rules propose"):
        change(database, {"detection.min_duration_days": None})
    shorter = Settings(detection=DetectionSettings(look_back_weeks=20))
    assert change(database, {"detection.min_duration_days": None}, own=shorter) == [
        "detection.min_duration_days"
    ]
    assert stored(database) == {}
