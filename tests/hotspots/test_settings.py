"""All settings: one frozen tree, read from one TOML file and the environment."""

import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import ValidationError

from hotspots.errors import SettingsError
from hotspots.settings import Settings, environment_name, is_address, known_keys, load_settings, shipped

SHIPPED = shipped("config/hotspots.toml")


def written(folder: Path, text: str) -> Path:
    path = folder / "hotspots.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_file_names_every_setting_in_the_order_of_the_code() -> None:
    tables = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    assert [f"{section}.{key}" for section, table in tables.items() for key in table] == known_keys()


def test_the_shipped_file_holds_the_defaults_of_the_code_but_for_the_municipality() -> None:
    found, built_in = load_settings(SHIPPED, {}).model_dump(), Settings().model_dump()
    assert (found["municipality"]["name"], found["municipality"]["code"]) == ("Maastricht", "GM0935")
    found["municipality"] |= {"name": "", "code": ""}
    assert found == built_in


def test_the_shipped_file_gives_the_reason_before_each_setting() -> None:
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    without_reason = [
        line
        for before, line in pairwise(lines)
        if " = " in line and not line.startswith("#") and not before.startswith(("#", "host ="))
    ]
    assert without_reason == []


def test_a_file_names_only_what_differs(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "[detection]\nmin_reports = 12\n"), {})
    assert settings.detection.min_reports == 12
    assert settings.detection.min_days == Settings().detection.min_days


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load_settings(written(tmp_path, ""), {}) == Settings()


def test_a_byte_order_mark_from_a_windows_editor_is_no_problem(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeff[cells]\nresolution = 9\n")
    assert load_settings(path, {}).cells.resolution == 9


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"can't read the settings file '.*absent.toml'.*HOTSPOTS_CONFIG"):
        load_settings(None, {"HOTSPOTS_CONFIG": str(tmp_path / "absent.toml")})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "[detection]\nmin_report = 8\n",
            "setting 'detection.min_report' does not exist; did you mean 'detection.min_reports'",
            id="an unknown key in a known section",
        ),
        pytest.param(
            "[detectie]\nmin_reports = 8\n",
            "setting 'detectie' does not exist; did you mean 'detection'",
            id="an unknown section",
        ),
        pytest.param("[detection]\nmin_reports = 1\n", "detection.min_reports: .*found 1", id="too low"),
        pytest.param(
            '[detection]\nmin_reports = "many"\n', "detection.min_reports: .*found 'many'", id="not a number"
        ),
        pytest.param(
            "[detection]\nlook_back_weeks = 4\n",
            "nothing could ever be flagged",
            id="rules outlast the window",
        ),
        pytest.param(
            '[municipality]\ntimezone = "Europe/Mestreech"\n',
            "municipality.timezone: wanted the name of a time zone such as 'Europe/Amsterdam', "
            "found 'Europe/Mestreech'",
            id="an unknown time zone",
        ),
        pytest.param(
            '[municipality]\ncrs = "EPSG:4326"\n',
            "municipality.crs: wanted a projected coordinate system in metres, found 'EPSG:4326'",
            id="degrees instead of metres",
        ),
        pytest.param(
            '[municipality]\ncrs = "EPSG:2263"\n',
            "projected coordinate system in metres",
            id="feet, no metres",
        ),
        pytest.param(
            '[municipality]\ncrs = "RD"\n', "coordinate system such as 'EPSG:28992', found 'RD'", id="no CRS"
        ),
        pytest.param(
            '[jobs]\nweekly_time = "02:30"\n', "02:00-03:59, found '02:30'", id="in the clock change"
        ),
        pytest.param('[jobs]\nweekly_time = "6.30"\n', "jobs.weekly_time: .*found '6.30'", id="not a time"),
        pytest.param(
            '[sign_in]\nissuer = "http://login.example.org"\n',
            "sign_in.issuer: wanted an address that begins with https://",
            id="a provider whose answers can be changed on the way",
        ),
        pytest.param(
            '[jobs]\nalert_mail = ["beheer"]\n', "mail addresses .*found 'beheer'", id="no mail address"
        ),
        pytest.param(
            '[jobs]\nalert_mail = ["b@example.org"]\n',
            "wanted a .mail. host beside",
            id="mail without a server",
        ),
        pytest.param(
            '[sign_in]\nsecond_factor_for = ["administrator"]\n',
            "sign_in.second_factor_for: .*beheerder, privacy, found 'administrator'",
            id="a role that is not there",
        ),
        pytest.param("detection = 3\n", "detection: .*found 3", id="a value where a table belongs"),
        pytest.param("[detection\n", "is not valid TOML", id="no TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_what_was_found(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load_settings(written(tmp_path, text), {})


def test_every_setting_can_be_set_by_the_environment_which_wins(tmp_path: Path) -> None:
    path = written(tmp_path, '[database]\nurl = "sqlite:///file.sqlite"\n')
    assert load_settings(path, {"HOTSPOTS_DATABASE_URL": "sqlite:///x"}).database.url == "sqlite:///x"
    names = [environment_name(key) for key in known_keys()]
    assert len(set(names)) == len(names)
    assert environment_name("detection.min_reports") == "HOTSPOTS_DETECTION_MIN_REPORTS"


def test_team_areas_in_the_environment_are_written_as_in_toml(tmp_path: Path) -> None:
    variables = {"HOTSPOTS_AREAS_GEBIEDEN": '{ "Centrum" = ["WK1", "BU2"] }'}
    settings = load_settings(written(tmp_path, ""), variables)
    assert settings.areas.gebieden == {"Centrum": ("WK1", "BU2")}


def test_a_mistyped_variable_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"HOTSPOTS_DATABASE_URI is not a setting.*HOTSPOTS_DATABASE_URL"):
        load_settings(written(tmp_path, ""), {"HOTSPOTS_DATABASE_URI": "sqlite:///x"})


def test_variables_of_other_programs_are_left_alone(tmp_path: Path) -> None:
    assert load_settings(written(tmp_path, ""), {"PATH": "/bin", "DATABASE_URL": "x"}) == Settings()


def test_settings_do_not_change_once_built() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().detection.min_reports = 3


def test_the_reporter_key_is_not_shown(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, '[privacy]\nreporter_key = "hush-hush"\n'), {})
    assert "hush-hush" not in f"{settings!r}{settings}{settings.model_dump_json()}"
    assert settings.privacy.reporter_key.get_secret_value() == "hush-hush"


@pytest.mark.parametrize("name", ["HOTSPOTS_PRIVACY_REPORTER_KEY", "HOTSPOTS_SERVICE_SIGNING_KEY"])
@pytest.mark.parametrize(
    "key", ["", "   ", "voorbeeld", "0" * 64, "abcdefgh" * 8, "31 bytes, and that is one less."]
)
def test_a_weak_key_in_the_environment_is_refused_without_telling_it(
    tmp_path: Path, name: str, key: str
) -> None:
    with pytest.raises(SettingsError, match=f"wanted a key in {name} of 32 random bytes or more") as raised:
        load_settings(written(tmp_path, ""), {name: key})
    assert not key.strip() or key not in str(raised.value)
    load_settings(written(tmp_path, ""), {name: "8f1f0b2e64c94a1d9d7c53e0a6b4f7a2"})


def test_a_weak_signing_key_in_a_settings_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"service\.signing_key: wanted a key of 32 random bytes"
    ) as raised:
        load_settings(written(tmp_path, '[service]\nsigning_key = "voorbeeld"\n'), {})
    assert "voorbeeld" not in str(raised.value)


def test_a_wrong_secret_is_not_shown_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings(written(tmp_path, "[privacy]\nreporter_key = 123456\n"), {})
    assert "privacy.reporter_key" in str(raised.value)
    assert "123456" not in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "beheer@example.org",
        "a.b+c@mail.gemeente.nl",
        "postbus@gemeente.local",
        "o'neil@xn--caf-dma.nl",
    ],
)
def test_an_address_of_one_mailbox_is_one_also_within_an_organisation(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a@x.org\r\nBcc: b@x.org", id="a header after it"),
        pytest.param("a@x.org\n", id="a line that ends"),
        pytest.param("a@x.org, b@x.org", id="two of them"),
        pytest.param("Jan <a@x.org>", id="a name before it"),
        pytest.param("é@x.org", id="a name in other letters"),
        pytest.param("a@é.org", id="a domain in other letters"),
        pytest.param("a@localhost", id="no domain"),
        pytest.param("a@x..org", id="an empty part"),
        pytest.param(f"a@{'x.' * 130}org", id="too long"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_no_address_of_one_mailbox_is_refused(text: str) -> None:
    assert not is_address(text)


def test_what_every_command_reads_first_loads_nothing_heavy() -> None:
    program = "import sys, hotspots.settings, hotspots.wording, hotspots.errors; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )  # our own
    heavy = {"authlib", "babel", "email_validator", "numpy", "pandas", "pyproj", "shapely", "sqlalchemy"}
    assert heavy.isdisjoint(loaded.stdout.split())
