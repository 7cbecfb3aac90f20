"""Retention as a job: what is kept no longer goes, in the database and in the folders of the inbox."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.processing import processing
from hotspots.store.retention import remove_expired
from jobs.inbox import DONE, REFUSED
from jobs.runner import Clock, Counts

_MOVED_AT = re.compile(r"(\d{8}T\d{6}Z)-")


def remove_what_is_over(
    database: Database, settings: Settings, *, clock: Clock, still_alive: Callable[[], None]
) -> Counts:
    """Remove everything of which the period is over, and tell how much of each kind."""
    with processing(database, "bewaartermijnen toepassen", now=clock()):
        removed = remove_expired(database, settings, now=clock())
    still_alive()
    files = remove_imported_files(settings, now=clock())
    return {**removed.counts, "files": files, "tracesLeft": int(removed.is_wiped is False)}


def remove_imported_files(settings: Settings, *, now: datetime, dry_run: bool = False) -> int:
    """Remove imported and refused files, and their rejects; what was in them (`.report.json`) stays."""
    count = 0
    for path in _old_files(settings, now):
        count += 1
        if not dry_run:
            path.unlink(missing_ok=True)
    return count


def _old_files(settings: Settings, now: datetime) -> Iterator[Path]:
    cutoff = now - timedelta(days=settings.retention.inbox_days)
    for folder in (settings.jobs.inbox / DONE, settings.jobs.inbox / REFUSED):
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.is_file() and not path.name.endswith(".report.json") and _moved_at(path) <= cutoff:
                yield path


def _moved_at(path: Path) -> datetime:
    """When a file came here: by its name; by its own time if someone put it here."""
    found = _MOVED_AT.match(path.name)
    if found is None:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
