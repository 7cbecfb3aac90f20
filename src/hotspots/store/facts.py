"""Single facts about a database, by name."""

from sqlalchemy import Connection, delete, insert, select

from hotspots.store.tables import facts


def read_fact(connection: Connection, name: str) -> str | None:
    """Give a fact; None if it is not known."""
    return connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar()


def write_fact(connection: Connection, name: str, value: str) -> None:
    """Write a fact in the place of what was known."""
    connection.execute(delete(facts).where(facts.c.name == name))
    connection.execute(insert(facts).values(name=name, value=value))
