"""The versions of the database's schema: which there are, which one it has, and how it gets to another."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.schema import CreateSchema

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


_UPGRADE = 0x686F7473  # "hots", of nothing else in the database


def upgrade_schema(connection: Connection, to: str = "head") -> None:
    """Create the schema, or bring it to a version."""
    from alembic import command

    if connection.dialect.name == "postgresql":
        # of several that begin together, as containers do, one upgrades and the others wait for it
        connection.execute(select(func.pg_advisory_xact_lock(_UPGRADE)))
        _make_named_schema(connection)
    command.upgrade(alembic_config(connection), to)


def _make_named_schema(connection: Connection) -> None:
    """Make the schema of PostgreSQL that the URL names (``?options=-csearch_path=gm0935``), if it is absent.

    The tables would go to the next one of its search path, which may be of another municipality.
    """
    path = str(connection.execute(text("SHOW search_path")).scalar())
    first = path.split(",")[0].strip().strip('"')
    quoted = connection.dialect.identifier_preparer.quote_identifier(first)
    is_named = first not in ("", "$user")
    if is_named and connection.execute(select(func.to_regnamespace(quoted))).scalar() is None:
        connection.execute(CreateSchema(first))


def alembic_config(connection: Connection) -> "Config":
    """How Alembic finds the migrations, and the connection they run on."""
    # imported here, as most commands never migrate, and Alembic costs them a quarter of a second
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
