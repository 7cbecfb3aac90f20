"""Runs the migrations on the connection that `Database.upgrade` hands over."""

from typing import Any, Literal

from alembic import context

from hotspots.store.schema import UtcDateTime
from hotspots.store.tables import metadata


def render_item(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Write our time type as the plain one: a migration must not change when the code does."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
