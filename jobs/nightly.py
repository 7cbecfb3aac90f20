"""Nightly jobs: locating reports again, a backup, and an integrity check."""

from datetime import UTC

from hotspots.errors import StoreError
from hotspots.geocoding.online_client import online_geocoder
from hotspots.geocoding.relocation import relocate_reports
from hotspots.operations.backup import back_up as back_up_database
from hotspots.operations.backup_seal import load_backup_key
from hotspots.operations.integrity import check_database
from hotspots.settings import Settings
from hotspots.store.audit import processing
from hotspots.store.database import Database
from hotspots.store.locks import Heartbeat
from jobs.runner import Clock, Counts, Done


def locate_again(database: Database, settings: Settings, *, clock: Clock, heartbeat: Heartbeat) -> Counts:
    """Try again to locate reports, as the register, corrections or online geocoder may know more by now."""
    online = online_geocoder(settings.geocoding)
    try:
        result = relocate_reports(
            database, settings, now=clock(), online=online, on_progress=lambda _done, _total: heartbeat()
        )
    finally:
        if online is not None:
            online.close()
    return {
        "tried": result.tried,
        "byRegister": result.by_register,
        "byOnline": result.by_online,
        "asked": result.asked,
        "left": result.left,
    }


def back_up(database: Database, settings: Settings, *, clock: Clock, heartbeat: Heartbeat) -> Done:
    """Write a verified backup, and remove surplus ones."""
    folder = settings.jobs.backups
    for left_behind in folder.glob("hotspots-*.sqlite.part*"):  # of a run that was killed
        left_behind.unlink(missing_ok=True)
    path = folder / f"hotspots-{clock().astimezone(UTC):%Y%m%dT%H%M%SZ}.sqlite"
    key = load_backup_key(settings.jobs.backup_key_file, is_made=True)
    with processing(database, "back-up maken", now=clock()):
        sums = back_up_database(database, path, key=key, on_table=lambda _name, _rows: heartbeat())
    others = [other for other in folder.glob("hotspots-*.sqlite") if other != path]
    # a name has the time; backups from the future were made by a wrong clock and go first
    others.sort(key=lambda other: (other.name < path.name, other.name))
    superfluous = others[: max(0, len(others) + 1 - settings.jobs.backups_kept)]
    for old in superfluous:
        old.unlink(missing_ok=True)
    counts = {
        "rows": sum(table.rows for table in sums.values()),
        "bytes": path.stat().st_size,
        "removed": len(superfluous),
    }
    return Done(counts, {"file": path.name})


def check_integrity(
    database: Database,
    settings: Settings,  # noqa: ARG001  # every job has the same signature
    *,
    clock: Clock,  # noqa: ARG001
    heartbeat: Heartbeat,  # noqa: ARG001
) -> Counts:
    """Check the database; raises StoreError if something is wrong in it."""
    problems = check_database(database)
    if problems:
        raise StoreError(f"the database is not sound: {'; '.join(problems)}")
    return {"problems": 0}
