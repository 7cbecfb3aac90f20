"""Days and numbers of options at the edge of what can be written: one clear line, never a traceback."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from hotspots.wording import last_day_of
from jobs.command import build_app
from jobs.terminal import parse_day


def commands_of(command: Any, name: str = "hotspots") -> Iterator[tuple[str, Any]]:
    """All commands, each with its whole name."""
    command = getattr(command, "load", lambda: command)()
    subcommands = getattr(command, "commands", {})
    for word, inner in subcommands.items():
        yield from commands_of(inner, f"{name} {word}")
    if not subcommands:
        yield name, command


def test_every_number_of_an_option_has_bounds() -> None:
    unbounded = [
        f"{name} {option.opts[0]}"
        for name, command in commands_of(typer.main.get_command(build_app()))
        for option in command.params
        if option.type_descriptor.annotation in {int, float} and (option.min is None or option.max is None)
    ]
    assert unbounded == []


@pytest.mark.parametrize(
    "text",
    ["0001-01-01", "9999-12-31", "1899-12-31", "2200-01-01", "0000-00-00", "99999-01-01", "\ud800", ""],
)
def test_a_day_on_the_edge_of_time_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="wanted a day"):
        parse_day(text)


@pytest.mark.parametrize("text", ["0001-W01", "9999-W52", "2023-W54", "2023-W00", "2023-W1", "\u0662023-W01"])
def test_a_week_on_the_edge_of_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="wanted a day"):
        last_day_of(text)
