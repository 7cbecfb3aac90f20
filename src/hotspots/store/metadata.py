"""Single facts about a database, by name."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from hotspots.store.operation_tables import facts
from hotspots.store.readings import once

WIPE_DUE = "wipe is due"
"""Name of the fact that something was removed of which the files may still hold traces."""

_FACTS = select(facts.c.name, facts.c.value)  # a few dozen, of which a page asks for several


def read_fact(connection: Connection, name: str) -> str | None:
    """Give a fact; None if it is not known."""
    return _facts(connection).get(name)


def read_facts(connection: Connection, *names: str) -> Sequence[str]:
    """Give those of some facts that are known."""
    known = _facts(connection)
    return [known[name] for name in names if name in known]


def _facts(connection: Connection) -> Mapping[str, str]:
    return once(connection, "facts", lambda: {row.name: row.value for row in connection.execute(_FACTS)})


def remove_fact(connection: Connection, name: str) -> None:
    """Forget a fact; does nothing if it is not known."""
    connection.execute(delete(facts).where(facts.c.name == name))


def write_fact(connection: Connection, name: str, value: str) -> None:
    """Write a fact in the place of what was known."""
    remove_fact(connection, name)
    connection.execute(insert(facts).values(name=name, value=value))


def read_origin(connection: Connection, name: str) -> tuple[str, datetime] | None:
    """From which file something was read, and when; None if that is not known."""
    value = read_fact(connection, name)
    if value is None:
        return None
    origin = json.loads(value)
    return origin["file"], datetime.fromisoformat(origin["at"])


def write_origin(connection: Connection, name: str, *, file_name: str, now: datetime) -> None:
    """Write from which file something was read, and when."""
    write_fact(connection, name, json.dumps({"file": file_name, "at": now.isoformat()}))
