"""The inbox: imports files from a folder, and moves them to a folder that shows the result.

Deliveries can be written straight into it, for instance over SFTP. A file waits until nothing was written to
it for a while. If it still grows after the import, that is noticed and the file is imported again.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import DataError, SQLAlchemyError

from hotspots.errors import HotspotsError, SourceError
from hotspots.files.private_files import FOLDER_MODE
from hotspots.files.uploads import safe_name
from hotspots.intake.import_reports import import_reports
from hotspots.intake.scrubbing import scrub, scrub_file_name
from hotspots.intake.sources.mapping import source_names
from hotspots.operations.delivery_flaws import flaws_of_import
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.locks import Heartbeat
from jobs.runner import Clock, Done

DONE, REFUSED = "done", "refused"

SETTLED_AFTER = timedelta(seconds=30)
"""A file that changed more recently may still be in writing."""

WATCHED_FOR = timedelta(days=1)
"""Time after the move during which a file is checked for growth."""

_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
_REPORT, _REJECTS = ".report.json", ".rejects.csv"
COUNTS = ("read", "new", "updated", "unchanged", "otherCategory", "rejected")
"""The counts that are summed over the imports of a job; the first is the sum of the others."""

_LONGEST_NAME = 100
"""Longest names in bytes, of a file and a source: with a time and a suffix they fit in the 255 of Linux."""

_LONGEST_MOVED = 255 - len(_REJECTS)


def empty_inbox(database: Database, settings: Settings, *, clock: Clock, heartbeat: Heartbeat) -> Done:
    """Import every complete file in the inbox, oldest first.

    A file directly in the inbox belongs to the source ``jobs.inbox_source``, one in a subfolder to the source
    with the name of that folder. It moves to `done` or `refused` with its report beside it
    (``<name>.report.json``, and ``<name>.rejects.csv`` when rows were refused). When the process dies between
    the import and the move, the file is imported again, which changes nothing. A name that is not portable is
    changed first.

    Returns
    -------
    Done
        files, refusedFiles, and the summed counts of all imports; its input is the sources of the files and
        the ids of the imports. With the files that were refused.
    """
    _make_way(settings.jobs.inbox)
    _finish_moves(settings)
    _take_back_grown(settings, clock())
    totals = dict.fromkeys(("files", "refusedFiles", *COUNTS), 0)
    sources: list[str] = []
    imports: list[int] = []
    refused: list[str] = []
    for delivered, source in waiting_files(settings, clock()):
        path = _with_usable_name(delivered)
        before = _size_and_time(path)
        report = _import(database, settings, path, source, clock())
        heartbeat()
        if before is None or _size_and_time(path) != before:
            continue  # still in writing, or removed again
        is_refused = "error" in report
        report["bytes"] = before[0]
        _move(path, settings.jobs.inbox, REFUSED if is_refused else DONE, report, clock())
        sources.append(source)
        if is_refused:
            refused.append(f"{source}, '{scrub_file_name(path.name)}'")
        else:
            imports.append(report["import"])
        totals["files"] += 1
        totals["refusedFiles"] += is_refused
        for name in COUNTS:
            totals[name] += report.get(name, 0)
    return Done(totals, {"sources": sources, "imports": imports}, refused)


def waiting_files(settings: Settings, now: datetime) -> Iterator[tuple[Path, str]]:
    """Give the complete files in the inbox with the name of their source, oldest first."""
    files = []
    for folder, source in _folders(settings):
        for path in folder.iterdir():
            if not path.is_file() or path.name.startswith(".") or path.name.endswith(_UNFINISHED):
                continue
            if path.name.endswith((_REJECTS, _REPORT)):
                continue
            of_file = _size_and_time(path)
            if of_file is None:
                continue  # removed again
            changed_s = of_file[1] / 1e9  # not as a date: the sender can set a year that is out of range
            # a time in the future means that the clock was set back, not that the file is in writing
            if abs(now.timestamp() - changed_s) >= SETTLED_AFTER.total_seconds():
                files.append((changed_s, path, source))
    for _, path, source in sorted(files):
        yield path, source


def _folders(settings: Settings) -> list[tuple[Path, str]]:
    inbox = settings.jobs.inbox
    if not inbox.is_dir():
        return []
    known = source_names(settings.sources)
    subfolders = [
        (folder, folder.name if folder.name in known else _usable(folder.name))
        for folder in sorted(inbox.iterdir())
        if folder.is_dir() and folder.name not in {DONE, REFUSED} and not folder.name.startswith(".")
    ]
    return [(inbox, settings.jobs.inbox_source), *subfolders]


def _size_and_time(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_size, status.st_mtime_ns


def _import(database: Database, settings: Settings, path: Path, source: str, now: datetime) -> dict[str, Any]:
    rejects = _beside(path, _REJECTS)
    rejects.unlink(missing_ok=True)  # of an interrupted import
    try:
        result = import_reports(database, settings, path, source, now=now, rejects_path=rejects)
    except SourceError as error:
        return {"source": source, "error": scrub(str(error))}
    except Exception as error:  # a bug with one file must not stop the others
        is_of_others = isinstance(error, HotspotsError | SQLAlchemyError | OSError | MemoryError)
        if is_of_others and not isinstance(error, DataError):
            raise  # temporary, or not about this file: refusing would be final
        structlog.stdlib.get_logger().exception("file refused")
        return {"source": source, "error": f"unexpected {type(error).__name__}: see the log of this moment"}
    refused = rejects.name if rejects.exists() else None
    report = {"source": source, "import": result.id, **result.as_json(), "rejectsFile": refused}
    with database.reading() as connection:
        flaws = flaws_of_import(connection, result.id, settings.health)
    return report | ({"attention": [flaw.alert for flaw in flaws]} if flaws else {})


def _move(path: Path, inbox: Path, folder: str, report: dict[str, Any], now: datetime) -> None:
    """Move a file with its report, in such an order that an interrupted move can be finished later."""
    (inbox / folder).mkdir(
        exist_ok=True, mode=FOLDER_MODE
    )  # files there are as delivered, with personal data
    # prefixed with the time, so that a file never replaces an earlier one with the same name
    moment = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-"
    target = inbox / folder / f"{moment}{path.name}"
    if target.exists():
        target = _free(inbox / folder, path.name, before=f"{moment}{_usable(report['source'])}-")
    report["movedTo"] = f"{folder}/{target.name}"
    written = _beside(path, _REPORT + ".part")
    text = json.dumps(report, ensure_ascii=False, indent=1) + "\n"
    written.write_text(text, encoding="utf-8", errors="replace")  # a message may quote a folder
    written.replace(_beside(path, _REPORT))
    path.replace(target)
    _finish_move(path, target)


def _finish_move(path: Path, target: Path) -> None:
    for ending in (_REJECTS, _REPORT):  # the report last: as long as it is here, the move is unfinished
        if _beside(path, ending).exists():
            _beside(path, ending).replace(_beside(target, ending))


def _finish_moves(settings: Settings) -> None:
    for folder, _ in _folders(settings):
        for report in folder.glob(f"[!.]*{_REPORT}"):
            moved_to = Path(str(_read(report).get("movedTo", "")))
            # the sender could write a report too: its content must not move files elsewhere
            is_ours = moved_to.parent in {Path(DONE), Path(REFUSED)}
            if not is_ours or len(moved_to.name.encode(errors="replace")) > _LONGEST_MOVED:
                continue
            target = settings.jobs.inbox / moved_to
            if target.is_file():
                _finish_move(report.with_name(report.name.removesuffix(_REPORT)), target)


def _take_back_grown(settings: Settings, now: datetime) -> None:
    """Put back files that grew after they were moved, because the import was incomplete."""
    inbox = settings.jobs.inbox
    for path in [*inbox.glob(f"{DONE}/*"), *inbox.glob(f"{REFUSED}/*")]:
        if not path.is_file():  # such as a dangling link
            continue
        status = path.stat()
        if abs(now.timestamp() - status.st_mtime) > WATCHED_FOR.total_seconds():
            continue
        report = _read(_beside(path, _REPORT))
        if report.get("bytes", status.st_size) == status.st_size:
            continue
        source = _usable(str(report.get("source", "")))
        is_of_inbox = source == settings.jobs.inbox_source
        folder = inbox if is_of_inbox and not (inbox / source).is_dir() else inbox / source
        folder.mkdir(exist_ok=True)
        # renamed from '<time>-<name>'; the report on the incomplete file stays where it is
        path.replace(_free(folder, _usable(path.name.partition("-")[2])))


def _make_way(inbox: Path) -> None:
    """Rename files that have the name of one of our own folders."""
    for name in (DONE, REFUSED):
        path = inbox / name
        if os.path.lexists(path) and not path.is_dir():
            path.replace(_free(inbox, f"{name}_"))


def _with_usable_name(path: Path) -> Path:
    """Rename the file, if needed, so that the database and a report can hold its name, even with a suffix."""
    name = _usable(path.name)
    if name == path.name and not _is_hindered(path):
        return path
    renamed = _free(path.parent, name)
    with suppress(FileNotFoundError):  # removed again
        path.replace(renamed)
    return renamed


def _usable(name: str) -> str:
    """Shorten a name to its end and replace characters that are not portable.

    The result does not look like an unfinished file, or like one of our own files.

    Examples
    --------
    >>> _usable("week 47 (1).csv"), _usable("\\udcfcberlast.csv"), _usable("a.csv.part ")
    ('week 47 (1).csv', '_berlast.csv', 'a.csv.part_')
    """
    # the cut may be in the middle of a character
    cut = safe_name(name).encode()[-_LONGEST_NAME:].decode(errors="ignore").lstrip(". ")
    is_of_others = cut.endswith((*_UNFINISHED, _REPORT, _REJECTS)) or cut in {DONE, REFUSED}
    return f"{cut}_" if is_of_others else cut


def _free(folder: Path, name: str, *, before: str = "") -> Path:
    """A free path in a folder, with free paths for its reports too."""
    for number in count(1):
        path = folder / (f"{before}{name}" if number == 1 else f"{before}{number}-{name}")
        if not os.path.lexists(path) and not _is_hindered(path):
            return path
    raise AssertionError("there are always more numbers")


def _is_hindered(path: Path) -> bool:
    """Whether a folder has the name of a report for this file."""
    return any(
        _beside(path, f"{ending}{part}").is_dir() for ending in (_REPORT, _REJECTS) for part in ("", ".part")
    )


def _read(report: Path) -> dict[str, Any]:
    try:
        content = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
