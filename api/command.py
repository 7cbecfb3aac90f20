"""The subcommands that the service brings."""

import typer


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
