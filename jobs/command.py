"""The `hotspots` command: its subcommands, and its exit codes."""

import io
import sys
from typing import Annotated

import typer

import hotspots
from hotspots.errors import HotspotsError
from jobs.subcommands import Subcommands


def build_app() -> typer.Typer:
    """Build the command with all subcommands."""
    app = typer.Typer(
        name="hotspots",
        cls=Subcommands,
        help="Find places with repeated, lasting nuisance in reports, and follow them over time.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_options)  # makes it a group, although no subcommand is registered here
    return app


def main() -> None:
    """Run the command. Exit codes: 0 done, 1 an error in one line, 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # of a console that lacks a sign: Windows has such
            stream.reconfigure(errors="backslashreplace")
    try:
        build_app()()
    except (HotspotsError, OSError) as error:  # also a full disk, or a folder that may not be written to
        sys.stderr.write(f"hotspots: {error}\n")
        sys.exit(1)


def _tell_version(is_asked: bool) -> None:
    if is_asked:
        sys.stdout.write(f"hotspots {hotspots.__version__}\n")
        raise typer.Exit


def _options(
    version: Annotated[  # it is told before anything else is read
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None: ...
