"""The units of docs/deployment, as systemd reads them; and that the wheel has all that is served."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hotspots.settings import environment_name, known_keys

FOLDER = Path(__file__).parents[1] / "docs" / "deployment"
UNITS = ("hotspots-serve", "hotspots-schedule")

Find = Callable[[str, str], Path]


@pytest.fixture
def analyze(find_program: Find) -> Path:
    """The program."""
    return find_program("systemd-analyze", "apt-get install systemd")


@pytest.fixture
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A unit, with a program that exists on this machine."""
    text = (FOLDER / f"{request.param}.service").read_text(encoding="utf-8")
    program = "/opt/hotspots/current/bin/hotspots"
    assert f"ExecStart={program} {request.param.removeprefix('hotspots-')}\n" in text
    path = tmp_path / f"{request.param}.service"
    path.write_text(text.replace(program, "/bin/true"), encoding="utf-8")
    return path


@pytest.mark.parametrize("unit", UNITS, indirect=True)
def test_systemd_understands_every_line_of_a_unit(analyze: Path, unit: Path) -> None:
    ended = subprocess.run([analyze, "verify", unit], capture_output=True, text=True, check=False)
    assert [line for line in ended.stderr.splitlines() if unit.name in line] == []


@pytest.mark.parametrize("unit", UNITS, indirect=True)
def test_systemd_finds_little_that_a_unit_may_do(analyze: Path, unit: Path) -> None:
    ended = subprocess.run(
        [analyze, "security", "--offline=true", unit], capture_output=True, text=True, check=False
    )
    level = re.search(r"exposure level for .*: ([\d.]+)", ended.stdout)
    assert level is not None, ended.stderr
    assert float(level[1]) <= 1.5


def test_the_units_differ_only_in_what_they_run_and_may_take() -> None:
    sandboxes = {
        (FOLDER / f"{name}.service").read_text(encoding="utf-8").split("# What it may do")[1]
        for name in UNITS
    }
    assert len(sandboxes) == 1


def test_the_environment_file_names_settings_that_exist() -> None:
    text = (FOLDER / "hotspots.env").read_text(encoding="utf-8")
    names = set(re.findall(r"^#?(HOTSPOTS_\w+)=", text, re.MULTILINE))
    assert names - {"HOTSPOTS_CONFIG"} <= {environment_name(key) for key in known_keys()}
    assert "HOTSPOTS_DATABASE_URL" in names
