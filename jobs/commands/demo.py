"""The `demo` subcommands."""

import typer


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
