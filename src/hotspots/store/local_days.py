"""The local day of a moment in a query; SQLite knows no time zones."""

import sqlite3
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, String, func

_NAME = "local_day_of"


def local_day_of(dialect: str, moment: ColumnElement[datetime], timezone: str) -> ColumnElement[str]:
    """Give the local day of a moment as a text that sorts, such as ``2023-12-31``."""
    if dialect == "postgresql":
        return func.to_char(func.timezone(timezone, moment), "YYYY-MM-DD", type_=String)
    day: ColumnElement[str] = getattr(func, _NAME)(moment, timezone, type_=String)
    return day


def teach_local_days(connection: sqlite3.Connection) -> None:
    """Make :func:`local_day_of` known to a connection with SQLite."""
    connection.create_function(_NAME, 2, _local_day, deterministic=True)


def _local_day(moment: str | None, timezone: str) -> str | None:
    if moment is None:
        return None
    return (
        datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)).date().isoformat()
    )
