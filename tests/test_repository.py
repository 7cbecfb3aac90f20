"""What the repository promises as a whole: the README is true, and nothing stands in it that should not."""

import re
import shlex
import subprocess
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
import typer.main

from hotspots.settings import Settings
from jobs.command import build_app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^(hotspots .+)$", README, re.MULTILINE) + [
    " ".join(command.split()) for command in re.findall(r"`(hotspots [^`]+)`", README)
]


def tracked() -> list[Path]:
    """The files of the repository."""
    ended = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in ended.stdout.split("\0") if name]


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_in_the_readme_exist_with_their_options(line: str) -> None:
    words = shlex.split(line)[1:]
    command: Any = typer.main.get_command(build_app())
    while words and words[0] in getattr(command, "commands", ()):
        command = command.commands[words.pop(0)]
        command = getattr(command, "load", lambda command=command: command)()
    assert len(words) < len(shlex.split(line)) - 1, "no such command"
    assert not getattr(command, "commands", ()) or command.invoke_without_command or not words
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_sections_in_the_readme_are_those_of_the_settings() -> None:
    table = README.split("| section |")[1].split("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(Settings.model_fields)


def test_targets_in_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^|[`(])make ([a-z]+)", README, re.MULTILINE))
    assert {"demo", "test", "check", "bench"} <= named <= targets


def test_the_map_of_the_house_has_every_package_and_names_files_that_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    library = ROOT / "src" / "hotspots"
    packages = {path.parent.name for path in library.glob("*/__init__.py")} - {"settings"}
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == packages
    named = [path for path in re.findall(r"`([\w.][\w.-]*/[\w./-]+)`", text) if "NAME" not in path]
    assert len(named) > 20
    assert [path for path in named if not (ROOT / path).exists() and not (library / path).exists()] == []


def test_links_in_documents_lead_to_files() -> None:
    for document in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_no_other_distribution_ships_api_or_jobs() -> None:
    owners = {
        distribution.name
        for distribution in distributions()
        for file in distribution.files or ()
        if file.parts[0] in ("api", "jobs")
    }
    assert owners <= {"hotspots"}


def test_no_index_address_and_no_path_of_a_machine_is_in_the_repository() -> None:
    forbidden = re.compile(
        rb"files\.pythonhosted|pypi\.org|registry\.npmjs|deb\.debian|/root/|/home/\w+/|/work" + rb"/"
    )
    found = {
        str(path.relative_to(ROOT))
        for path in tracked()
        if path != Path(__file__) and path.is_file() and forbidden.search(path.read_bytes())
    }
    assert found == set()


def test_files_and_folders_are_made_in_one_place_that_keeps_them_for_their_owner() -> None:
    otherwise = re.compile(
        r"""\.write_(text|bytes)\(|open\([^)]*["'][wax]b?\+?["']|parents=True|TemporaryDirectory|NamedTemporaryFile|mkstemp"""
    )
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for part in ("src", "api", "jobs")
        for path in sorted((ROOT / part).rglob("*.py"))
        if path.name != "private_files.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if otherwise.search(line)
    ]
    assert found == [], "write by hotspots.files.private_files"


def test_nothing_large_is_in_the_repository() -> None:
    large = [path.name for path in tracked() if path.is_file() and path.stat().st_size > 400_000]
    assert large == []
