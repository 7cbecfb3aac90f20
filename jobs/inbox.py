"""The inbox: files put in a folder are imported, and moved to where they show what became of them.

Who delivers may write straight into it, as over SFTP. A file waits until nothing was written to it for a
while; when its writer goes on all the same, it is noticed that the file grew, and it is imported again.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hotspots.errors import SourceError
from hotspots.importing import import_reports
from hotspots.settings import Settings
from hotspots.store.database import Database
from jobs.runner import Clock, Done

DONE, REFUSED = "done", "refused"

SETTLED_AFTER = timedelta(seconds=30)
"""A file that changed later than this ago may still be being written."""

WATCHED_FOR = timedelta(days=1)
"""So long after a file was moved it is looked at whether its writer went on."""

_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
_REPORT, _REJECTS = ".report.json", ".rejects.csv"
_COUNTS = ("read", "new", "updated", "unchanged", "otherCategory", "rejected")


def empty_inbox(
    database: Database, settings: Settings, *, clock: Clock, still_alive: Callable[[], None]
) -> Done:
    """Import every whole file in the inbox, the oldest first.

    A file directly in the inbox is of the source ``jobs.inbox_source``; one in a subfolder is of the source
    with the name of that folder. It moves to `done` or `refused` with its report beside it
    (``<name>.report.json``, and ``<name>.rejects.csv`` when rows were refused). When the process dies between
    the import and the move, the file is imported again, which changes nothing.

    Returns
    -------
    Done
        files, refusedFiles, and the counts of all imports together; worked on the sources of the files.
    """
    _finish_moves(settings)
    _take_back_grown(settings, clock())
    totals = dict.fromkeys(("files", "refusedFiles", *_COUNTS), 0)
    sources: list[str] = []
    for path, source in waiting_files(settings, clock()):
        before = _size_and_time(path)
        report = _import(database, settings, path, source, clock())
        still_alive()
        if before is None or _size_and_time(path) != before:
            continue  # still being written, or taken away again
        is_refused = "error" in report
        report["bytes"] = before[0]
        _move(path, settings.jobs.inbox, REFUSED if is_refused else DONE, report, clock())
        sources.append(source)
        totals["files"] += 1
        totals["refusedFiles"] += is_refused
        for name in _COUNTS:
            totals[name] += report.get(name, 0)
    return Done(totals, {"sources": sources})


def waiting_files(settings: Settings, now: datetime) -> Iterator[tuple[Path, str]]:
    """Whole files in the inbox with the name of their source, the oldest first."""
    found = []
    for folder, source in _folders(settings):
        for path in folder.iterdir():
            if not path.is_file() or path.name.startswith(".") or path.name.endswith(_UNFINISHED):
                continue
            if path.name.endswith((_REJECTS, _REPORT)):
                continue
            changed_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            # one that seems to come from later is not being written either: the clock was set back
            if abs(now - changed_at) >= SETTLED_AFTER:
                found.append((changed_at, path, source))
    for _, path, source in sorted(found):
        yield path, source


def _folders(settings: Settings) -> list[tuple[Path, str]]:
    inbox = settings.jobs.inbox
    if not inbox.is_dir():
        return []
    subfolders = [
        (folder, folder.name)
        for folder in sorted(inbox.iterdir())
        if folder.is_dir() and folder.name not in {DONE, REFUSED} and not folder.name.startswith(".")
    ]
    return [(inbox, settings.jobs.inbox_source), *subfolders]


def _size_and_time(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns


def _import(database: Database, settings: Settings, path: Path, source: str, now: datetime) -> dict[str, Any]:
    rejects = _beside(path, _REJECTS)
    rejects.unlink(missing_ok=True)  # of an import that was cut off
    try:
        result = import_reports(database, settings, path, source, now=now, rejects_path=rejects)
    except SourceError as error:
        return {"source": source, "error": str(error)}
    return {"source": source, **result.as_json(), "rejectsFile": rejects.name if rejects.exists() else None}


def _move(path: Path, inbox: Path, folder: str, report: dict[str, Any], now: datetime) -> None:
    """Move a file with its report, so that whatever cuts this off, the next time can finish it."""
    (inbox / folder).mkdir(exist_ok=True, mode=0o700)  # what lies there is as it came
    # with the moment before it, so that a file of the same name never replaces an earlier one
    name = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{path.name}"
    if (inbox / folder / name).exists():
        name = f"{name[:17]}{report['source']}-{path.name}"
    report["movedTo"] = f"{folder}/{name}"
    written = _beside(path, _REPORT + ".part")
    written.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    written.replace(_beside(path, _REPORT))
    path.replace(inbox / folder / name)
    _finish_move(path, inbox / folder / name)


def _finish_move(path: Path, target: Path) -> None:
    for ending in (_REJECTS, _REPORT):  # the report last: it is what shows that a move is not finished
        if _beside(path, ending).exists():
            _beside(path, ending).replace(_beside(target, ending))


def _finish_moves(settings: Settings) -> None:
    for folder, _ in _folders(settings):
        for report in folder.glob(f"*{_REPORT}"):
            target = settings.jobs.inbox / _read(report).get("movedTo", "")
            if target.is_file():
                _finish_move(report.with_name(report.name.removesuffix(_REPORT)), target)


def _take_back_grown(settings: Settings, now: datetime) -> None:
    """Put back files that were written to after they were moved: what was imported was not all of it."""
    inbox = settings.jobs.inbox
    for path in [*inbox.glob(f"{DONE}/*"), *inbox.glob(f"{REFUSED}/*")]:
        found = path.stat()
        if abs(now.timestamp() - found.st_mtime) > WATCHED_FOR.total_seconds():
            continue
        report = _read(_beside(path, _REPORT))
        if report.get("bytes", found.st_size) == found.st_size:
            continue
        is_of_inbox = report["source"] == settings.jobs.inbox_source
        folder = (
            inbox if is_of_inbox and not (inbox / report["source"]).is_dir() else inbox / report["source"]
        )
        # renamed from '<moment>-<name>'; the report of the part stays where it is
        path.replace(folder / path.name.partition("-")[2])


def _read(report: Path) -> dict[str, Any]:
    try:
        found = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
