"""One version everywhere, and what a release wants of the checkout that it is made of."""

import hashlib
import os
import re
import runpy
import shutil
import subprocess
import tomllib
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from hotspots import __version__

ROOT = Path(__file__).parents[1]
RELEASE: dict[str, Any] = runpy.run_path(str(ROOT / "tests" / "release.py"))
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
PUBLIC: dict[str, Any] = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))

MANDATORY = (
    *(
        "publiccodeYmlVersion",
        "name",
        "url",
        "platforms",
        "developmentStatus",
        "softwareType",
        "legal.license",
    ),
    *("maintenance.type", "localisation.localisationReady", "localisation.availableLanguages"),
)
"""The keys that publiccode.yml 0.5 requires, besides the texts in each language."""

CHANGELOG = """\
# Changelog

## [Unreleased]

## [1.0.0] - 2026-11-30

The first.

## [0.9.0] - 2026-01-01

Old.
"""


def test_one_version_stands_everywhere() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    latest = re.search(r"^## \[(\d[^]]*)\] - (\S+)$", changelog, re.MULTILINE)
    assert latest is not None
    assert __version__ == VERSION == PUBLIC["softwareVersion"] == latest[1]
    assert PUBLIC["releaseDate"] == str(date.fromisoformat(latest[2])) == latest[2]
    upgrading = (ROOT / "docs" / "upgrading.md").read_text(encoding="utf-8")
    assert re.findall(r"^## From \S+ to (\S+)$", upgrading, re.MULTILINE)[0] == VERSION


def test_no_document_names_a_file_of_another_version() -> None:
    named = {
        found
        for path in (ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md"))
        for found in re.findall(
            r"hotspots-(\d+\.\d+\.\d+)|releases/(\d[\d.]+)|\bv(\d+\.\d+\.\d+)\b",
            path.read_text(encoding="utf-8"),
        )
    }
    assert {version for versions in named for version in versions} - {""} <= {VERSION}


@pytest.mark.parametrize("key", MANDATORY)
def test_publiccode_has_what_its_standard_asks(key: str) -> None:
    value: Any = PUBLIC
    for part in key.split("."):
        value = value[part]
    assert value not in (None, "", [])


def test_publiccode_describes_the_software_in_each_language_and_names_nobody() -> None:
    assert (PUBLIC["publiccodeYmlVersion"], PUBLIC["developmentStatus"]) == ("0.5", "stable")
    for told in PUBLIC["description"].values():
        assert 0 < len(told["shortDescription"]) <= 150 <= len(told["longDescription"]) <= 10_000
        assert 5 <= len(told["features"]) <= 20
    assert [part["name"] for part in PUBLIC["dependsOn"]["open"]] == ["Python", "PostgreSQL"]
    assert set(PUBLIC["maintenance"]) == {"type"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small repository of version 1.0.0, tagged."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "small"\nversion = "1.0.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    git(tmp_path, "tag", "v1.0.0")
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    name = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run(["git", *name, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "x")


def test_the_notes_are_what_the_changelog_says_of_the_version(checkout: Path) -> None:
    assert RELEASE["require_release"](checkout) == ("1.0.0", "# hotspots 1.0.0\n\nThe first.\n")


@pytest.mark.parametrize(
    ("file", "text", "is_committed", "told"),
    [
        pytest.param(
            "new.txt", "", False, r"found 1 change\(s\), as '\?\? new.txt'", id="a file that is new"
        ),
        pytest.param("new.txt", "", True, "the tag 'v1.0.0' .* found none", id="a commit after the tag"),
        pytest.param(
            "CHANGELOG.md", "# Changelog\n", True, "wanted '## .1.0.0. - DATE'", id="no such section"
        ),
        pytest.param(
            "CHANGELOG.md",
            CHANGELOG.replace("The first.\n\n", ""),
            True,
            "and what changed",
            id="an empty one",
        ),
        pytest.param(
            "pyproject.toml",
            '[project]\nversion = "1.1.0"\n',
            True,
            "'v1.1.0' .* found v1.0.0",
            id="another tag",
        ),
    ],
)
def test_a_release_is_refused(
    checkout: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    file: str,
    text: str,
    is_committed: bool,
    told: str,
) -> None:
    (checkout / file).write_text(text)
    if is_committed:
        commit(checkout)
        if file != "new.txt":
            git(checkout, "tag", "--force", "v1.0.0")
    monkeypatch.chdir(checkout)
    assert RELEASE["main"]([]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert re.search(f"^release: .*{told}", line)
    assert not (checkout / "var").exists()


def test_wheel_and_source_are_the_same_bytes_each_time(tmp_path: Path) -> None:
    source = tmp_path / "small-1"
    (source / "small").mkdir(parents=True)
    (source / "small" / "__init__.py").touch()
    wants = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    (source / "pyproject.toml").write_text(f'{wants}[project]\nname = "small"\nversion = "1"\n')
    moment = int(date(2026, 11, 30).toordinal() - date(1970, 1, 1).toordinal()) * 86_400
    RELEASE["build"](source, tmp_path / "made", str(moment))
    [wheel, sdist] = sorted((tmp_path / "made").iterdir(), key=lambda path: path.suffix, reverse=True)
    assert {entry.date_time[:3] for entry in zipfile.ZipFile(wheel).infolist()} == {(2026, 11, 30)}
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in (wheel, sdist)]
    assert sorted(RELEASE["checksums"](tmp_path / "made")) == sorted(lines)


ENGINE = """#!/bin/sh
echo "$@" >> told
case "$1" in
  info) exit {info} ;;
  build) test -f docs/deployment/container/Containerfile || exit 9; {build} ;;
  save) echo image > "$3" ;;
esac
"""


@pytest.mark.parametrize(
    ("info", "build", "told"),
    [
        pytest.param(0, "exit 0", "", id="an engine that works"),
        pytest.param(1, "exit 0", "neither podman nor docker works here", id="one that does not"),
        pytest.param(
            0, "echo no line >&2; exit 125", r"'podman build --file …' ended with 125: no line", id="no base"
        ),
    ],
)
def test_an_image_is_made_or_it_is_said_why_it_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, info: int, build: str, told: str
) -> None:
    for name in ("podman", "docker"):
        (tmp_path / name).write_text(ENGINE.format(info=info, build=build))
        (tmp_path / name).chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setenv("HOTSPOTS_BASE", "debian:trial")
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "docs" / "deployment", tmp_path / "docs" / "deployment")
    assert RELEASE["image"](tmp_path, "1.0.0", "abc", tmp_path / "image.tar") == told
    assert (tmp_path / "image.tar").exists() == (told == "")
    if not told:
        words = (tmp_path / "told").read_text().split()
        assert {"VERSION=1.0.0", "REVISION=abc", "BASE=debian:trial"} <= set(words)
        assert words[-1] == words[words.index("--tag") + 1] == "hotspots:1.0.0"


def test_the_texts_of_licences_go_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    licences = runpy.run_path(str(ROOT / "tests" / "licences.py"))
    monkeypatch.setattr("sys.argv", ["licences.py", "--texts", os.fspath(tmp_path / "licences.txt")])
    assert licences["main"]() == 0
    text = (tmp_path / "licences.txt").read_text(encoding="utf-8")
    named = set(re.findall(r"^--- .* of (\S+) ---$", text, re.MULTILINE))
    assert {"fastapi", "hotspots", "numpy", "psycopg", "shapely"} <= named
    assert "EUROPEAN UNION PUBLIC LICENCE" in text.upper()
