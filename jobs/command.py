"""The `hotspots` command: every subcommand, and how an error ends.

Each edge brings its own subcommands: those of this package stand in `jobs.commands`; other installed edges
announce ``register(app)`` under the entry point group ``hotspots.commands``, so jobs never imports api.
"""

import sys
from importlib.metadata import entry_points

import typer

from hotspots.errors import HotspotsError
from jobs.commands import (
    addresses,
    areas,
    database,
    demo,
    detection,
    evaluation,
    export,
    privacy,
    report,
    reports,
    scheduling,
    statistics,
    status,
    users,
)

GROUP = "hotspots.commands"


def build_app() -> typer.Typer:
    """Put all subcommands together."""
    app = typer.Typer(
        name="hotspots",
        help="Find places with repeated, lasting nuisance in reports, and follow them over time.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    for module in (
        demo,
        database,
        areas,
        addresses,
        reports,
        detection,
        evaluation,
        export,
        privacy,
        report,
        scheduling,
        statistics,
        status,
        users,
    ):
        module.register(app)
    for entry_point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        entry_point.load()(app)
    return app


def main() -> None:
    """Run the command: exit 0 done, 1 a clear one-line error, 2 wrong usage."""
    try:
        build_app()()
    except (HotspotsError, OSError) as error:  # also a full disk, or a folder that may not be written to
        sys.stderr.write(f"hotspots: {error}\n")
        sys.exit(1)
