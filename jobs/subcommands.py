"""Lazy subcommands, announced by name and summary and imported when used.

`hotspots --help` therefore imports nothing of the library, and each command only what it needs.
"""

import gc
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from jobs.commands import register

Announce = Callable[[str, str, str], None]
"""Announces a subcommand: its name, the module that adds it with `register(app)`, and a one-line summary."""

GROUP = "hotspots.commands"
"""The entry points by which other edges announce their subcommands, as jobs never imports api."""


class Subcommand(TyperCommand):
    """A subcommand, or a group of them, that is not imported yet."""

    def __init__(self, name: str, module: str, summary: str) -> None:
        super().__init__(name=name, help=summary)
        self._module = module

    def load(self) -> Any:
        """Import the command itself."""
        app = typer.Typer()
        gc.disable()  # what is imported stays: to look through it for waste took a tenth of the start
        try:
            module = import_module(self._module)
        finally:
            gc.enable()
        _leave_out_of_the_search()
        module.register(app)
        return typer.main.get_group(app).commands[str(self.name)]

    def make_context(self, *arguments: Any, **extra: Any) -> Any:
        """Make the context of the command itself."""
        return self.load().make_context(*arguments, **extra)


@cache
def _other_edges() -> list[Callable[[Announce], None]]:
    """What announces the subcommands of the other installed edges; to find it is to read all packages."""
    return [point.load() for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)]


@cache
def _leave_out_of_the_search() -> None:
    """Leave what was imported out of the search for garbage, once: a replay of a year did that seven times.

    To ask whether it is left out already would count all of it.
    """
    gc.freeze()


class Subcommands(TyperGroup):
    """All subcommands: first those of jobs, then those of the other installed edges."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        register(self._announce)
        for announce_all in _other_edges():
            announce_all(self._announce)

    def _announce(self, name: str, module: str, summary: str) -> None:
        self.add_command(Subcommand(name, module, summary))
