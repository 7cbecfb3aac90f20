"""`hotspots db …`: the database itself."""

import typer

from jobs.terminal import AsJson, opened, show


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Create or migrate the database.")
    group.command("upgrade")(upgrade)
    app.add_typer(group, name="db")


def upgrade(as_json: AsJson = False) -> None:
    """Create the database, or bring it to this version. Safe to repeat.

    The database is the one that HOTSPOTS_DATABASE_URL or [database] url names, by default SQLite under var/.
    """
    with opened() as (_, database):
        database.upgrade()
        show(
            {"database": database.engine.url.render_as_string(hide_password=True), "schema": "up to date"},
            as_json,
        )
