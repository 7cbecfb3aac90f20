"""What is stored lies under the settings file and the environment, and holds with them or not at all."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from hotspots.errors import SettingsError
from hotspots.settings import DetectionSettings, MailSettings, Settings, known_keys, load_settings
from hotspots.settings.file import SECRETS
from hotspots.settings.stored import RULES, STORABLE, value_of, where_set, with_stored, written_value


def own(folder: Path, text: str = "", environment: dict[str, str] | None = None) -> Settings:
    path = folder / "hotspots.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environment or {})


def test_a_stored_value_holds_where_the_file_says_nothing_or_what_ships(tmp_path: Path) -> None:
    settings = own(tmp_path, "[detection]\nmin_reports = 8\n")
    effective = with_stored(settings, {"detection.min_reports": 6, "service.colour": "#101010"})
    assert (effective.detection.min_reports, effective.service.colour) == (6, "#101010")
    assert effective.detection.min_days == settings.detection.min_days


def test_the_file_and_the_environment_win_over_what_is_stored(tmp_path: Path) -> None:
    environment = {"HOTSPOTS_DETECTION_MIN_DAYS": "6"}  # what ships, and yet it is named
    settings = own(tmp_path, "[detection]\nmin_reports = 12\n", environment)
    effective = with_stored(settings, {"detection.min_reports": 6, "detection.min_days": 3})
    assert (effective.detection.min_reports, effective.detection.min_days) == (12, 6)


def test_it_is_known_where_a_setting_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTSPOTS_MAP_NEARBY_M", "250")
    text = '[service]\ncolour = "#101010"\n'
    settings = own(tmp_path, text, {"HOTSPOTS_MAP_NEARBY_M": "250"})
    keys = ("service.colour", "map.nearby_m", "service.accent", "database.url")
    assert [where_set(settings, key) for key in keys] == ["file", "environment", None, "file"]


def test_taking_the_stored_back_gives_the_own_ones_and_laying_it_twice_changes_nothing() -> None:
    settings, stored = Settings(), {"retention.text_days": 300}
    effective = with_stored(settings, stored)
    assert with_stored(effective, stored) == effective
    assert with_stored(settings, {}) == settings != effective
    assert where_set(effective, "retention.text_days") is None


def test_the_whole_must_hold_together() -> None:
    with pytest.raises(SettingsError, match="text_days"):
        with_stored(Settings(), {"retention.text_days": 30})
    with pytest.raises(SettingsError, match="white text"):
        with_stored(Settings(), {"service.colour": "#ffff00"})


def test_nothing_secret_and_no_folder_command_or_address_of_data_is_stored() -> None:
    names = {key.rpartition(".")[2] for key in STORABLE}
    assert set(known_keys()) >= STORABLE
    assert not STORABLE & set(SECRETS)
    assert not names & {"url", "folder", "inbox", "backups", "reports", "uploads", "alert_command"}
    assert with_stored(Settings(), {"database.url": "sqlite:///elsewhere", "gone.setting": 1}) == Settings()


def test_the_mail_server_is_not_changed_by_who_cannot_read_its_password() -> None:
    mail = MailSettings(password=SecretStr("secret"))
    assert where_set(Settings(mail=mail), "mail.host") == "file"
    assert where_set(Settings(), "mail.host") is None


def test_a_value_is_stored_as_it_is_read_again() -> None:
    events = [{"name": "Carnaval", "first": "2024-02-11", "last": "2024-02-13", "areas": []}]
    effective = with_stored(Settings(), {"calendar.events": events})
    assert value_of(effective, "calendar.events")[0].first.isoformat() == "2024-02-11"
    assert written_value(effective, "calendar.events") == events
    assert "detection.min_reports" in RULES
    assert written_value(Settings(detection=DetectionSettings(min_days=3)), "detection.min_days") == 3
