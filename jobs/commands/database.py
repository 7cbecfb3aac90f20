"""`hotspots db …`: the database itself."""

import typer

from hotspots.store.areas import fill_with_shipped
from jobs.terminal import AsJson, opened, show


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Create or migrate the database.")
    group.command("upgrade")(upgrade)
    app.add_typer(group, name="db")


def upgrade(as_json: AsJson = False) -> None:
    """Create the database, or bring it to this version. Safe to repeat.

    The database is the one that HOTSPOTS_DATABASE_URL or [database] url names, by default SQLite under var/.
    A new one gets the approximate areas that ship for [municipality] code, if any.
    """
    with opened() as (settings, database):
        database.upgrade()
        with database.writing() as connection:
            approximate = fill_with_shipped(connection, settings)
        show(
            {
                "database": database.engine.url.render_as_string(hide_password=True),
                "schema": "up to date",
                "approximateAreas": approximate,
            },
            as_json,
        )
