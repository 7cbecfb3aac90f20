"""Secrets that are handed to the software as files, as containers get them."""

from pathlib import Path

import pytest

from hotspots.errors import SettingsError
from hotspots.settings import load_settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An empty settings file."""
    path = tmp_path / "hotspots.toml"
    path.touch()
    return path


def test_a_secret_is_read_from_the_file_that_the_environment_names(path: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("postgresql://hotspots:geheim@/hotspots\n", encoding="utf-8")
    settings = load_settings(path, {"HOTSPOTS_DATABASE_URL_FILE": str(secret)})
    assert settings.database.url == "postgresql://hotspots:geheim@/hotspots"
    settings = load_settings(path, {"HOTSPOTS_SIGN_IN_CLIENT_SECRET_FILE": str(secret)})
    assert settings.sign_in.client_secret.get_secret_value().endswith("/hotspots")


@pytest.mark.parametrize(
    ("text", "environment", "told"),
    [
        pytest.param(None, {}, r"can't read the file .*absent.* \(No such file", id="the file is absent"),
        pytest.param("", {}, "wanted one line in the file", id="it is empty"),
        pytest.param("a\nb\n", {}, "wanted one line in the file", id="it has two lines"),
        pytest.param("a", {"HOTSPOTS_MAIL_PASSWORD": "b"}, "are both set", id="the value is given too"),
    ],
)
def test_a_file_that_gives_no_secret_is_refused_and_its_name_is_told(
    path: Path, tmp_path: Path, text: str | None, environment: dict[str, str], told: str
) -> None:
    secret = tmp_path / "absent"
    if text is not None:
        secret.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=told) as refused:
        load_settings(path, {"HOTSPOTS_MAIL_PASSWORD_FILE": str(secret), **environment})
    assert "HOTSPOTS_MAIL_PASSWORD_FILE" in str(refused.value)


def test_a_name_with_file_that_is_no_secret_is_no_setting(path: Path) -> None:
    with pytest.raises(SettingsError, match="HOTSPOTS_MAIL_HOST_FILE is not a setting"):
        load_settings(path, {"HOTSPOTS_MAIL_HOST_FILE": "x"})
