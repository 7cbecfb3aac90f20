"""What is installed where it runs: locked, licensed, listed, and audited or said not to be."""

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
LICENCES: dict[str, Any] = runpy.run_path(str(ROOT / "tests" / "licences.py"))
AUDIT: dict[str, Any] = runpy.run_path(str(ROOT / "tests" / "audit.py"))


def locked(name: str) -> dict[str, str]:
    """The packages of a lock with what is said of each: version and hashes."""
    text = (ROOT / name).read_text(encoding="utf-8")
    found = re.findall(r"^([\w.-]+)(==.*?)(?=^[\w.-]|\Z)", text, re.MULTILINE | re.DOTALL)
    return {package: re.sub(r"(?m)^ *#.*\n?", "", rest) for package, rest in found}


def test_what_runs_is_locked_with_hashes_and_with_the_versions_that_are_tested() -> None:
    tested, runs = locked("requirements.lock"), locked("requirements-runtime.lock")
    assert all("--hash=sha256:" in rest for rest in (tested | runs).values())
    versions = {name: rest.split()[0] for name, rest in tested.items()}
    assert {name: rest.split()[0] for name, rest in runs.items()}.items() <= versions.items()


def test_the_tools_of_developers_are_not_installed_where_it_runs() -> None:
    assert not {"pytest", "mypy", "ruff", "playwright", "hypothesis"} & set(
        locked("requirements-runtime.lock")
    )


def test_every_licence_of_what_runs_goes_with_that_of_this_software() -> None:
    packages = LICENCES["runtime_packages"]()
    assert len(packages) > 50
    assert {(package.name, package.licence) for package in packages if not package.is_allowed} == set()
    names = {package.name for package in packages} - {"hotspots"}
    assert names <= set(locked("requirements-runtime.lock"))


@pytest.mark.parametrize(
    ("licence", "is_allowed"),
    [
        ("MIT", True),
        ("MIT OR GPL-3.0-only", True),
        ("BSD-3-Clause AND ISC", True),
        ("BSD-3-Clause AND GPL-3.0-only", False),
        ("AGPL-3.0-only", False),
        ("unknown", False),
        ("", False),
    ],
)
def test_a_licence_is_allowed_when_all_of_one_alternative_is(licence: str, is_allowed: bool) -> None:
    assert LICENCES["Licensed"]("x", "1", licence).is_allowed == is_allowed


def told(**packages: dict[str, Any]) -> str:
    entries = [{"name": name, "version": "1", **values} for name, values in packages.items()]
    return json.dumps({"dependencies": entries})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(told(a={"vulns": []}), 0, id="none is known"),
        pytest.param(told(a={"vulns": [{"id": "X-1", "fix_versions": []}]}), 1, id="one is known"),
        pytest.param(told(a={"skip_reason": "not found"}), 3, id="nothing could be looked up"),
        pytest.param(
            told(a={"vulns": []}, b={"skip_reason": "not found"}), 3, id="not all could be looked up"
        ),
        pytest.param("", 3, id="the source can't be reached"),
    ],
)
def test_what_could_not_be_looked_up_is_not_audited(text: str, code: int) -> None:
    assert AUDIT["judged"](AUDIT["read_audit"](text), "here")[0] == code
