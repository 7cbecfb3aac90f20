"""What is installed where it runs: locked, licensed, listed, and audited or said not to be."""

import json
import re
import runpy
import subprocess
import sys
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
    built = locked("docs/deployment/container/requirements-build.lock")
    assert {name: rest.split()[0] for name, rest in built.items()}.items() <= versions.items()
    assert all("--hash=sha256:" in rest for rest in built.values())


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


def test_the_list_of_what_is_installed_names_each_package_that_runs_with_its_version(tmp_path: Path) -> None:
    # as `make sbom` writes it, of this environment instead of one that is made for it
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", "")
    found = re.search(r"\$\(BIN\)/cyclonedx-py (.*) -o var/sbom.cdx.json var/runtime/bin/python", recipe)
    assert found is not None
    path, program = tmp_path / "sbom.cdx.json", Path(sys.executable).with_name("cyclonedx-py")
    # not validated against its schema here: that takes 15 s, and `make sbom` does it
    command = [program, *found[1].split(), "--no-validate", "-o", path, sys.executable]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    listed = json.loads(path.read_text(encoding="utf-8"))
    assert listed["bomFormat"] == "CycloneDX"
    assert listed["metadata"]["component"]["name"] == "hotspots"
    versions = {canonical(part["name"]): part["version"] for part in listed["components"]}
    runs = {canonical(package.name): package.version for package in LICENCES["runtime_packages"]()}
    assert versions.items() >= {name: version for name, version in runs.items() if name != "hotspots"}.items()


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def told(**packages: dict[str, Any]) -> str:
    entries = [{"name": name, "version": "1", **values} for name, values in packages.items()]
    return json.dumps({"dependencies": entries})


NO_LINE = "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='x'): Max retries exceeded"


@pytest.mark.parametrize(
    ("ended", "text", "errors", "code"),
    [
        pytest.param(0, told(a={"vulns": []}), "", 0, id="none is known"),
        pytest.param(1, told(a={"vulns": [{"id": "X-1", "fix_versions": []}]}), "", 1, id="one is known"),
        pytest.param(0, told(a={"skip_reason": "not found"}), "", 3, id="nothing could be looked up"),
        pytest.param(
            0, told(a={"vulns": []}, b={"skip_reason": "not found"}), "", 3, id="not all could be looked up"
        ),
        pytest.param(1, "", f"Traceback\n{NO_LINE}\n", 3, id="the source can't be reached"),
        pytest.param(1, "", "python: No module named pip_audit\n", 2, id="it is not installed"),
        pytest.param(2, "", "usage: pip-audit [-h]\n", 2, id="it has no such option"),
        pytest.param(-9, "", "", 2, id="it was killed"),
        pytest.param(1, told(a={"vulns": []}), "ERROR: half of it", 2, id="it failed after its list"),
    ],
)
def test_what_could_not_be_looked_up_is_not_audited(ended: int, text: str, errors: str, code: int) -> None:
    answer = subprocess.CompletedProcess([], ended, text, errors)
    assert AUDIT["judged"](answer, "here")[0] == code


def test_an_audit_that_is_broken_is_no_source_that_can_not_be_reached(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setattr(sys, "argv", ["audit.py", "--if-reachable"])
    assert AUDIT["main"]() == 2
    assert "pip-audit ended with 1 and no list that fits: it says nothing" in capsys.readouterr().out
