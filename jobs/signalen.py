"""Imports reports from Signalen that are new or changed since the last time."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing

from sqlalchemy import Connection

from hotspots.files.private_files import temporary_folder, write_privately
from hotspots.intake.import_reports import import_reports
from hotspots.intake.sources.signalen import Mark, Page, SignalenClient
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.locks import Heartbeat
from hotspots.store.metadata import read_fact, write_fact
from jobs.inbox import COUNTS
from jobs.runner import Clock, Done

MARK = "signalen read until"
PAGES_PER_IMPORT = 20


def import_from_signalen(
    database: Database,
    settings: Settings,
    *,
    clock: Clock,
    heartbeat: Heartbeat,
    wait: Callable[[float], None] = time.sleep,
) -> Done:
    """Import new and changed reports, oldest change first; ``wait`` while Signalen is busy.

    The transaction that stores the reports also stores how far Signalen was read: after an interruption,
    nothing is read twice or skipped. Raises SourceError if Signalen can't be read, or its answer does not fit
    the mapping.
    """
    with database.reading() as connection:
        kept = read_fact(connection, MARK)
    mark = None if kept is None else Mark.of_text(kept)
    if mark is None and settings.signalen.since:
        mark = Mark(settings.signalen.first_moment(settings.municipality.zone))
    totals = dict.fromkeys(("imports", *COUNTS), 0)
    imports: list[int] = []
    client = SignalenClient(settings.signalen, sleep=wait)
    with closing(client), temporary_folder() as folder:
        for pages in _together(client.pages(mark)):
            heartbeat()
            signals = [signal for page in pages for signal in page.signals]
            if not signals:
                continue
            path = folder / "signals.json"
            write_privately(path, json.dumps({"results": signals}).encode())

            def keep_mark(connection: Connection, reached: str = pages[-1].mark.as_text()) -> None:
                write_fact(connection, MARK, reached)

            result = import_reports(
                database, settings, path, settings.signalen.source, now=clock(), before_commit=keep_mark
            )
            counts = result.as_json()
            imports.append(result.id)
            totals["imports"] += 1
            for name in COUNTS:
                totals[name] += counts[name]
    since = None if mark is None else mark.until.isoformat()
    return Done(totals, {"since": since, "imports": imports})


def _together(pages: Iterator[Page]) -> Iterator[list[Page]]:
    batch: list[Page] = []
    for page in pages:
        batch.append(page)
        if len(batch) == PAGES_PER_IMPORT:
            yield batch
            batch = []
    if batch:
        yield batch
