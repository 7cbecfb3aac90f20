"""The `hotspots` command: every subcommand, and how an error ends."""

import sys

import typer

from hotspots.errors import HotspotsError
from jobs.subcommands import Subcommands


def build_app() -> typer.Typer:
    """Put all subcommands together."""
    app = typer.Typer(
        name="hotspots",
        cls=Subcommands,
        help="Find places with repeated, lasting nuisance in reports, and follow them over time.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(lambda: None)  # makes a group of it, though no subcommand is registered here
    return app


def main() -> None:
    """Run the command: exit 0 done, 1 a clear one-line error, 2 wrong usage."""
    try:
        build_app()()
    except (HotspotsError, OSError) as error:  # also a full disk, or a folder that may not be written to
        sys.stderr.write(f"hotspots: {error}\n")
        sys.exit(1)
