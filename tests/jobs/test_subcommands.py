"""The subcommands of `hotspots` are announced without being imported, and truthfully."""

import subprocess
import sys
from typing import Any

import pytest
import typer

from jobs.command import build_app

ROOT: Any = typer.main.get_command(build_app())

ALLOWED = {
    "attr",
    "attrs",
    "api",
    "hotspots",
    "jobs",
    "annotated_doc",
    "markdown_it",
    "mdurl",
    "pygments",
    "rich",
    "shellingham",
    "typer",
}
"""The packages outside Python's own that `hotspots --help` may import."""

OURS = {
    "api",
    "api.command",
    "hotspots",
    "hotspots.errors",
    "jobs",
    "jobs.command",
    "jobs.commands",
    "jobs.subcommands",
}
"""And which modules of ours."""


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """The names of all modules that `hotspots --help` imports."""
    script = (
        "import sys\n"
        "before = set(sys.modules)\n"  # what this Python imports by itself, such as namespace packages
        "from jobs.command import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    sys.stderr.write(' '.join(set(sys.modules) - before))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    assert "Usage:" in ended.stdout
    return set(ended.stderr.split())


def test_help_imports_only_what_shows_it(imported: set[str]) -> None:
    packages = {name.partition(".")[0] for name in imported} - set(sys.stdlib_module_names)
    assert {name for name in packages if not name.startswith("_")} <= ALLOWED


def test_help_imports_none_of_the_library_and_no_subcommand(imported: set[str]) -> None:
    assert {name for name in imported if name.partition(".")[0] in {"api", "hotspots", "jobs"}} <= OURS


@pytest.mark.parametrize("name", list(ROOT.commands))
def test_a_subcommand_is_announced_with_the_first_line_of_its_own_help(name: str) -> None:
    announced = ROOT.commands[name]
    assert announced.load().get_short_help_str(limit=200) == announced.get_short_help_str(limit=200)
