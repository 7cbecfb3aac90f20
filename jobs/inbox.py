"""The inbox: files put in a folder are imported, and moved to where they show what became of them."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hotspots.errors import SourceError
from hotspots.importing import import_reports
from hotspots.settings import Settings
from hotspots.store.database import Database
from jobs.runner import Clock, Counts

DONE, REFUSED = "done", "refused"

SETTLED_AFTER = timedelta(seconds=30)
"""A file that changed later than this ago may still be being written."""

_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")


def empty_inbox(
    database: Database, settings: Settings, *, clock: Clock, still_alive: Callable[[], None]
) -> Counts:
    """Import every whole file in the inbox, the oldest first.

    A file directly in the inbox is of the source ``jobs.inbox_source``; one in a subfolder is of the source
    with the name of that folder. It moves to `done` or `refused` with its report beside it
    (``<name>.report.json``, and ``<name>.rejects.csv`` when rows were refused). When the process dies between
    the import and the move, the file is imported again, which changes nothing.

    Returns
    -------
    Counts
        files, refusedFiles, and the counts of all imports together.
    """
    totals = dict.fromkeys(
        ("files", "refusedFiles", "read", "new", "updated", "unchanged", "otherCategory", "rejected"), 0
    )
    for path, source in waiting_files(settings, clock()):
        report = _import(database, settings, path, source, clock())
        still_alive()
        is_refused = "error" in report
        _move(path, settings.jobs.inbox / (REFUSED if is_refused else DONE), report, clock())
        totals["files"] += 1
        totals["refusedFiles"] += is_refused
        for name in ("read", "new", "updated", "unchanged", "otherCategory", "rejected"):
            value = report.get(name, 0)
            totals[name] += value if isinstance(value, int) else 0
    return totals


def waiting_files(settings: Settings, now: datetime) -> Iterator[tuple[Path, str]]:
    """Whole files in the inbox with the name of their source, the oldest first."""
    inbox = settings.jobs.inbox
    if not inbox.is_dir():
        return
    folders = [(inbox, settings.jobs.inbox_source)]
    folders += [
        (folder, folder.name)
        for folder in sorted(inbox.iterdir())
        if folder.is_dir() and folder.name not in {DONE, REFUSED} and not folder.name.startswith(".")
    ]
    found = []
    for folder, source in folders:
        for path in folder.iterdir():
            if not path.is_file() or path.name.startswith(".") or path.name.endswith(_UNFINISHED):
                continue
            if path.name.endswith((".rejects.csv", ".report.json")):
                continue
            changed_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            if now - changed_at >= SETTLED_AFTER:
                found.append((changed_at, path, source))
    for _, path, source in sorted(found):
        yield path, source


def _import(
    database: Database, settings: Settings, path: Path, source: str, now: datetime
) -> dict[str, object]:
    rejects = path.with_name(path.name + ".rejects.csv")
    try:
        result = import_reports(database, settings, path, source, now=now, rejects_path=rejects)
    except SourceError as error:
        return {"source": source, "error": str(error)}
    return {"source": source, **result.as_json(), "rejectsFile": rejects.name if rejects.exists() else None}


def _move(path: Path, folder: Path, report: dict[str, object], now: datetime) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # with the moment before it, so that a file of the same name never replaces an earlier one
    name = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{path.name}"
    (folder / f"{name}.report.json").write_text(
        json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    rejects = path.with_name(path.name + ".rejects.csv")
    if rejects.exists():
        rejects.replace(folder / f"{name}.rejects.csv")
    path.replace(folder / name)
