"""The processing log: one line per processing of personal data, in the shape of Logboek Dataverwerkingen.

A line tells when which activity of the register of processing was done and how it ended: never by whom, and
never about whom. Who read exact data stands in the access log, which is kept apart and has its own readers.

The shape is that of the standard of Logius (https://logius-standaarden.github.io/logboek-dataverwerkingen):
trace_id, span_id, status_code, name, start_time, end_time, resource and attributes.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from hotspots import __version__
from hotspots.errors import HotspotsError
from hotspots.store.database import Database
from hotspots.store.operation_tables import processing_log

MANAGING, REVIEWING = "toegang beheren", "onduidelijke adressen nakijken"
"""Names of processing that is done in more than one place."""

ACTIVITIES = {
    "meldingen inlezen": "meldingen",
    "levering terugdraaien": "meldingen",
    "plekken van meldingen bepalen": "meldingen",
    REVIEWING: "meldingen",
    "plekken signaleren": "signaleren",
    "andere regels proberen": "signaleren",
    "lijst uitvoeren": "delen",
    "kaart maken": "delen",
    "weekrapport maken": "delen",
    "jaarcijfers maken": "delen",
    "exacte punten tonen": "inzien",
    "teksten tonen": "inzien",
    "dossier bijwerken": "dossier",
    "aanmelden": "toegang",
    MANAGING: "toegang",
    "bewaartermijnen bevestigen": "bewaren",
    "bewaartermijnen toepassen": "bewaren",
    "back-up maken": "bewaren",
    "back-up terugzetten": "bewaren",
    "database overzetten": "bewaren",
    "gegevens van een betrokkene geven": "rechten",
    "gegevens van een betrokkene wissen": "rechten",
}
"""What is processed, and which activity of docs/verantwoording/verwerkingsregister.md that is."""

STATUS_OK, STATUS_ERROR = 1, 2


@contextmanager
def processing(database: Database, name: str, *, now: datetime) -> Iterator[Callable[[Connection], None]]:
    """Write a line when the processing in this block ends, also when it fails.

    Parameters
    ----------
    name
        One of :data:`ACTIVITIES`.
    now
        When it starts, aware.

    Yields
    ------
    Callable
        For work that keeps the line together with what it did: to be called with a connection, as the last
        thing before its changes are kept. Where it was not called, or the work failed after it, a line is
        written apart.
    """
    began = time.monotonic()
    is_written = False

    def write(connection: Connection) -> None:
        nonlocal is_written
        add_line(connection, name, now=now, seconds=time.monotonic() - began)
        is_written = True

    try:
        yield write
    except BaseException:
        # what went wrong matters more than that its line can't be written
        with suppress(HotspotsError, SQLAlchemyError), database.writing() as connection:
            seconds = time.monotonic() - began
            add_line(connection, name, now=now, seconds=seconds, status=STATUS_ERROR)
        raise
    if not is_written:
        with database.writing() as connection:
            add_line(connection, name, now=now, seconds=time.monotonic() - began)


def add_line(
    connection: Connection, name: str, *, now: datetime, seconds: float = 0, status: int = STATUS_OK
) -> None:
    """Write the line of a processing in its own transaction: kept with what was done, or not at all."""
    line = {
        "trace_id": secrets.token_hex(16),
        "span_id": secrets.token_hex(8),
        "name": name,
        "activity": ACTIVITIES[name],
        "started_at": now,
        "ended_at": now + timedelta(seconds=seconds),
        "status": status,
    }
    connection.execute(insert(processing_log).values(**line))


def count_processings(
    connection: Connection, *, since: datetime, until: datetime
) -> list[tuple[str, str, int, int]]:
    """How often each processing was done in a period: name, activity, how often, and how often it failed."""
    log = processing_log.c
    failed = func.sum(case((log.status == STATUS_ERROR, 1), else_=0))
    query = (
        select(log.name, log.activity, func.count(), failed)
        .where(log.started_at >= since, log.started_at < until)
        .group_by(log.name, log.activity)
        .order_by(log.activity, log.name)
    )
    return [
        (name, activity, int(count), int(bad)) for name, activity, count, bad in connection.execute(query)
    ]


def read_processings(connection: Connection, *, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """The lines of a period, oldest first, as the standard names their fields."""
    query = (
        select(processing_log)
        .where(processing_log.c.started_at >= since, processing_log.c.started_at < until)
        .order_by(processing_log.c.started_at, processing_log.c.id)
    )
    return [
        {
            "trace_id": row.trace_id,
            "span_id": row.span_id,
            "status_code": row.status,
            "name": row.name,
            "start_time": round(row.started_at.timestamp() * 1000),
            "end_time": round(row.ended_at.timestamp() * 1000),
            "resource": {"attributes": {"service.name": "hotspots", "service.version": __version__}},
            "attributes": {"dpl.core.processing_activity_id": row.activity},
        }
        for row in connection.execute(query)
    ]
