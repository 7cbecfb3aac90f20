"""The inbox: files put in a folder are imported, and moved to where they show what became of them.

Who delivers may write straight into it, as over SFTP. A file waits until nothing was written to it for a
while; when its writer goes on all the same, it is noticed that the file grew, and it is imported again.
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
from hotspots.intake.scrubbing import scrub
from hotspots.intake.sources.mapping import source_names
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.locks import Heartbeat
from jobs.runner import Clock, Done

DONE, REFUSED = "done", "refused"

SETTLED_AFTER = timedelta(seconds=30)
"""A file that changed later than this ago may still be being written."""

WATCHED_FOR = timedelta(days=1)
"""So long after a file was moved it is looked at whether its writer went on."""

_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
_REPORT, _REJECTS = ".report.json", ".rejects.csv"
COUNTS = ("read", "new", "updated", "unchanged", "otherCategory", "rejected")
"""What is added up of the imports of a job; the first is the sum of the others."""

_LONGEST_NAME = 100
"""In bytes, of a file and of a source: the two together, a moment and an ending fit in the 255 of Linux."""

_LONGEST_MOVED = 255 - len(_REJECTS)


def empty_inbox(database: Database, settings: Settings, *, clock: Clock, heartbeat: Heartbeat) -> Done:
    """Import every whole file in the inbox, the oldest first.

    A file directly in the inbox is of the source ``jobs.inbox_source``; one in a subfolder is of the source
    with the name of that folder. It moves to `done` or `refused` with its report beside it
    (``<name>.report.json``, and ``<name>.rejects.csv`` when rows were refused). When the process dies between
    the import and the move, the file is imported again, which changes nothing. A name that can't be written
    everywhere is changed first.

    Returns
    -------
    Done
        files, refusedFiles, and the counts of all imports together; worked on the sources of the files.
    """
    _make_way(settings.jobs.inbox)
    _finish_moves(settings)
    _take_back_grown(settings, clock())
    totals = dict.fromkeys(("files", "refusedFiles", *COUNTS), 0)
    sources: list[str] = []
    for found, source in waiting_files(settings, clock()):
        path = _with_usable_name(found)
        before = _size_and_time(path)
        report = _import(database, settings, path, source, clock())
        heartbeat()
        if before is None or _size_and_time(path) != before:
            continue  # still being written, or taken away again
        is_refused = "error" in report
        report["bytes"] = before[0]
        _move(path, settings.jobs.inbox, REFUSED if is_refused else DONE, report, clock())
        sources.append(source)
        totals["files"] += 1
        totals["refusedFiles"] += is_refused
        for name in COUNTS:
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
            of_file = _size_and_time(path)
            if of_file is None:
                continue  # taken away again
            changed_s = of_file[1] / 1e9  # no date: who delivers may write a year that is none
            # one that seems to come from later is not being written either: the clock was set back
            if abs(now.timestamp() - changed_s) >= SETTLED_AFTER.total_seconds():
                found.append((changed_s, path, source))
    for _, path, source in sorted(found):
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
        return {"source": source, "error": scrub(str(error))}
    except Exception as error:  # a fault of ours in one file must not stop the others
        is_of_others = isinstance(error, HotspotsError | SQLAlchemyError | OSError | MemoryError)
        if is_of_others and not isinstance(error, DataError):
            raise  # it passes, or it is not about this file: what is refused is not tried again
        structlog.stdlib.get_logger().exception("file refused")
        return {"source": source, "error": f"unexpected {type(error).__name__}: see the log of this moment"}
    return {"source": source, **result.as_json(), "rejectsFile": rejects.name if rejects.exists() else None}


def _move(path: Path, inbox: Path, folder: str, report: dict[str, Any], now: datetime) -> None:
    """Move a file with its report, so that whatever cuts this off, the next time can finish it."""
    (inbox / folder).mkdir(exist_ok=True, mode=FOLDER_MODE)  # what lies there is as it came
    # with the moment before it, so that a file of the same name never replaces an earlier one
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
    for ending in (_REJECTS, _REPORT):  # the report last: it is what shows that a move is not finished
        if _beside(path, ending).exists():
            _beside(path, ending).replace(_beside(target, ending))


def _finish_moves(settings: Settings) -> None:
    for folder, _ in _folders(settings):
        for report in folder.glob(f"[!.]*{_REPORT}"):
            moved_to = Path(str(_read(report).get("movedTo", "")))
            # who delivers can write a report too: nothing is moved to elsewhere by what stands in it
            is_ours = moved_to.parent in {Path(DONE), Path(REFUSED)}
            if not is_ours or len(moved_to.name.encode(errors="replace")) > _LONGEST_MOVED:
                continue
            target = settings.jobs.inbox / moved_to
            if target.is_file():
                _finish_move(report.with_name(report.name.removesuffix(_REPORT)), target)


def _take_back_grown(settings: Settings, now: datetime) -> None:
    """Put back files that were written to after they were moved: what was imported was not all of it."""
    inbox = settings.jobs.inbox
    for path in [*inbox.glob(f"{DONE}/*"), *inbox.glob(f"{REFUSED}/*")]:
        if not path.is_file():  # a link to what is gone, say
            continue
        found = path.stat()
        if abs(now.timestamp() - found.st_mtime) > WATCHED_FOR.total_seconds():
            continue
        report = _read(_beside(path, _REPORT))
        if report.get("bytes", found.st_size) == found.st_size:
            continue
        source = _usable(str(report.get("source", "")))
        is_of_inbox = source == settings.jobs.inbox_source
        folder = inbox if is_of_inbox and not (inbox / source).is_dir() else inbox / source
        folder.mkdir(exist_ok=True)
        # renamed from '<moment>-<name>'; the report of the part stays where it is
        path.replace(_free(folder, _usable(path.name.partition("-")[2])))


def _make_way(inbox: Path) -> None:
    """Give another name to what is called as the folders for what is done, and is no folder."""
    for name in (DONE, REFUSED):
        path = inbox / name
        if os.path.lexists(path) and not path.is_dir():
            path.replace(_free(inbox, f"{name}_"))


def _with_usable_name(path: Path) -> Path:
    """The file under a name that the database and a report can hold, also with an ending behind it."""
    name = _usable(path.name)
    if name == path.name and not _is_hindered(path):
        return path
    renamed = _free(path.parent, name)
    with suppress(FileNotFoundError):  # taken away again
        path.replace(renamed)
    return renamed


def _usable(name: str) -> str:
    """What is left of a name when only its end is kept, and no mark that can't be written everywhere.

    It is not taken for an unfinished file, nor for what we write ourselves.

    Examples
    --------
    >>> _usable("week 47 (1).csv"), _usable("\\udcfcberlast.csv"), _usable("a.csv.part ")
    ('week 47 (1).csv', '_berlast.csv', 'a.csv.part_')
    """
    # the cut may be in the middle of a letter
    cut = safe_name(name).encode()[-_LONGEST_NAME:].decode(errors="ignore").lstrip(". ")
    is_of_others = cut.endswith((*_UNFINISHED, _REPORT, _REJECTS)) or cut in {DONE, REFUSED}
    return f"{cut}_" if is_of_others else cut


def _free(folder: Path, name: str, *, before: str = "") -> Path:
    """A path in a folder that nothing has yet, nor what would stand beside it."""
    for number in count(1):
        path = folder / (f"{before}{name}" if number == 1 else f"{before}{number}-{name}")
        if not os.path.lexists(path) and not _is_hindered(path):
            return path
    raise AssertionError("there are always more numbers")


def _is_hindered(path: Path) -> bool:
    """Whether a folder has the name of what is to stand beside a file."""
    return any(
        _beside(path, f"{ending}{part}").is_dir() for ending in (_REPORT, _REJECTS) for part in ("", ".part")
    )


def _read(report: Path) -> dict[str, Any]:
    try:
        found = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
