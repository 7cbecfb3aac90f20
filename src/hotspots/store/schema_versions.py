"""The versions of the database's schema: which there are, which one it has, and how it gets to another."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


def known_schemas() -> list[str]:
    """The versions that this software knows, oldest first: the numbers of its migrations."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def schema_of(connection: Connection) -> str | None:
    """The version of the schema; None where there is none.

    As plain text: Alembic's own way makes a new table each time, and with it a statement that SQLAlchemy
    compiles and keeps anew. That took some thirty kilobytes at each look at how it goes.
    """
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def upgrade_schema(connection: Connection, to: str = "head") -> None:
    """Create the schema, or bring it to a version."""
    from alembic import command

    command.upgrade(alembic_config(connection), to)


def alembic_config(connection: Connection) -> "Config":
    """How Alembic finds the migrations, and the connection they run on."""
    # imported here, as most commands never migrate, and Alembic costs them a quarter of a second
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
