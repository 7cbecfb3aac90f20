"""The inbox: imports files from a folder, and moves them to a folder that shows the result.

Deliveries can be written straight into it, for instance over SFTP. A file waits until nothing was written to
it for a while. It is moved to a folder of our own before it is looked at, as who delivers can put a link in
the place of anything in the inbox. If it still grows after the import, that is noticed and the file is
imported again.
"""

import errno
import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import DataError, SQLAlchemyError

from hotspots.errors import HotspotsError, SourceError, StoreError
from hotspots.files.open_folders import OpenFolder, opened_if_there
from hotspots.files.uploads import safe_name
from hotspots.intake.import_reports import import_reports
from hotspots.intake.scrubbing import scrub, scrub_file_name
from hotspots.intake.sources.mapping import source_names
from hotspots.operations.delivery_flaws import flaws_of_import
from hotspots.privacy.announcements import most_past, when_it_goes
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.locks import Heartbeat
from jobs.runner import Clock, Done

DONE, REFUSED = "done", "refused"

SETTLED_AFTER = timedelta(seconds=30)
"""A file that changed more recently may still be in writing."""

WATCHED_FOR = timedelta(days=1)
"""Time after the move during which a file is checked for growth."""

_CLAIMED = ".claimed"
"""The folder in which a file lies while it is imported, in one called as the folder that it came in."""

_INBOX_ITSELF = ".inbox"
_QUOTED = re.compile("['\"].*['\"]", re.DOTALL)
"""What an error says was found; its other words are our own: cp1252 is no number plate."""
_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
_REPORT, _REJECTS = ".report.json", ".rejects.csv"
COUNTS = ("read", "new", "updated", "unchanged", "otherCategory", "rejected")
"""The counts that are summed over the imports of a job; the first is the sum of the others."""

_LONGEST_NAME = 100
"""Longest names in bytes, of a file and a source: with a time and a suffix they fit in the 255 of Linux."""

_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
"""What is found when something was removed again, or is a link by now."""

_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)


@dataclass(frozen=True)
class _Claim:
    """A file that was moved to a folder in which nobody else writes."""

    own: OpenFolder  # for what is written about it
    folder: OpenFolder
    name: str
    source: str

    @property
    def status(self) -> os.stat_result | None:
        return self.folder.status(self.name)


def empty_inbox(database: Database, settings: Settings, *, clock: Clock, heartbeat: Heartbeat) -> Done:
    """Import every complete file in the inbox, oldest first.

    A file directly in the inbox belongs to the source ``jobs.inbox_source``, one in a subfolder to the source
    with the name of that folder. It moves to `done` or `refused` with its report beside it
    (``<name>.report.json``, and ``<name>.rejects.csv`` when rows were refused). When the process dies between
    the import and the move, the file is imported again, which changes nothing. A name that is not portable is
    changed first. A link, a pipe and the like is removed, and refused.

    Returns
    -------
    Done
        files, refusedFiles, and the summed counts of all imports; its input is the sources of the files and
        the ids of the imports. With the files that were refused.

    Raises
    ------
    StoreError
        If the inbox is a link, or something in it can't be taken; what can is done before.
    """
    totals = dict.fromkeys(("files", "refusedFiles", *COUNTS), 0)
    sources: list[str] = []
    imports: list[int] = []
    refused: list[str] = []
    locked: list[str] = []
    with opened_if_there(settings.jobs.inbox) as inbox:
        if inbox is None:
            return Done(totals, {"sources": sources, "imports": imports}, refused)
        _finish_what_was_cut_off(inbox)
        _take_back_grown(inbox, settings, clock())
        for delivered, source in _waiting(inbox, settings, clock(), locked):
            with _claimed(inbox, delivered, source, locked) as claim:
                if claim is None or not _is_settled(claim.status, clock()):
                    continue
                report = _import_claimed(database, settings, inbox, claim, clock(), heartbeat)
            if report is None:
                continue  # still in writing
            sources.append(source)
            is_refused = "error" in report
            if is_refused:
                refused.append(f"{source}, '{scrub_file_name(claim.name)}'")
            else:
                imports.append(report["import"])
            totals["files"] += 1
            totals["refusedFiles"] += is_refused
            for name in COUNTS:
                totals[name] += report.get(name, 0)
            if "pastPeriod" in report:
                totals["pastPeriod"] = totals.get("pastPeriod", 0) + most_past(report["pastPeriod"])
    if locked:
        raise StoreError(
            f"can't take {len(locked)} file(s) or folder(s) of the inbox, such as "
            f"'{scrub_file_name(locked[0])}': let this account read and write there"
        )
    return Done(totals, {"sources": sources, "imports": imports}, refused)


def waiting_files(settings: Settings, now: datetime) -> Iterator[tuple[Path, str]]:
    """Give the complete files in the inbox with the name of their source, oldest first."""
    with opened_if_there(settings.jobs.inbox) as inbox:
        if inbox is not None:
            yield from _waiting(inbox, settings, now, [])


def _waiting(
    inbox: OpenFolder, settings: Settings, now: datetime, locked: list[str]
) -> Iterator[tuple[Path, str]]:
    """As paths of names only: a folder may be another by the time that a file is taken from it."""
    known = source_names(settings.sources)
    found = []
    for name, status in sorted(inbox.entries()):
        if (name in {DONE, REFUSED} and stat.S_ISDIR(status.st_mode)) or name.startswith("."):
            continue
        if not stat.S_ISDIR(status.st_mode):
            found.append((Path(name), settings.jobs.inbox_source, status))
            continue
        source = name if name in known else _usable(name)
        try:
            with inbox.folder(name) as folder:
                inside = list(folder.entries())
        except PermissionError:
            locked.append(name)
            continue
        except OSError:
            continue  # removed again, or a link by now
        found += [
            (Path(name) / file, source, of_file)
            for file, of_file in inside
            if not stat.S_ISDIR(of_file.st_mode)
        ]
    files = []
    for path, source, status in found:
        is_left = path.name.endswith((*_UNFINISHED, _REJECTS, _REPORT)) and stat.S_ISREG(status.st_mode)
        if is_left or path.name.startswith("."):
            continue
        if _is_settled(status, now):
            files.append((status.st_mtime_ns, path, source))
    for _, path, source in sorted(files):
        yield path, source


def _is_settled(status: os.stat_result | None, now: datetime) -> bool:
    if status is None:
        return False
    # not as a date: the sender can set a year that is out of range; a time in the future means that the clock
    # was set back, not that the file is in writing
    away_s = abs(now.timestamp() - status.st_mtime)
    return not stat.S_ISREG(status.st_mode) or away_s >= SETTLED_AFTER.total_seconds()


@contextmanager
def _claimed(inbox: OpenFolder, delivered: Path, source: str, locked: list[str]) -> Iterator[_Claim | None]:
    """Move a file to a folder of our own, and back if it is still there; None if it can't be taken."""
    came_in, name = delivered.parent.name, _usable(delivered.name)
    with inbox.own_folder(_CLAIMED) as own, own.own_folder(came_in or _INBOX_ITSELF) as folder:
        claim: _Claim | None = None
        try:
            with _folder_of(inbox, came_in) as origin:
                origin.move(delivered.name, folder, name)
            claim = _Claim(own, folder, name, source)
        except OSError as error:
            if error.errno not in _GONE:
                locked.append(delivered.name)
        try:
            yield claim
        finally:
            if folder.status(name) is not None:
                _give_back(inbox, folder, name, came_in)
            own.remove_folder(came_in or _INBOX_ITSELF)
            inbox.remove_folder(_CLAIMED)


@contextmanager
def _folder_of(inbox: OpenFolder, came_in: str) -> Iterator[OpenFolder]:
    if not came_in:
        yield inbox
        return
    with inbox.folder(came_in) as folder:
        yield folder


def _give_back(inbox: OpenFolder, folder: OpenFolder, name: str, came_in: str) -> None:
    """Put a file back where it came in; its folder is made again if it is gone."""
    try:
        with _folder_of(inbox, came_in) as origin:
            folder.move_beside(name, origin, name)
    except OSError as error:
        if error.errno not in _GONE:
            raise
        with inbox.new_folder(came_in) as origin:
            folder.move_beside(name, origin, name)


def _import_claimed(
    database: Database,
    settings: Settings,
    inbox: OpenFolder,
    claim: _Claim,
    now: datetime,
    heartbeat: Heartbeat,
) -> dict[str, Any] | None:
    """Import a file and move it; None if it is still in writing. What is no plain file is refused."""
    before = claim.status
    if before is None:
        return None
    if (problem := _why_no_file(claim, before)) is not None:
        report: dict[str, Any] = {"source": claim.source, "error": problem}
        if not stat.S_ISREG(before.st_mode) and not stat.S_ISDIR(before.st_mode):
            _remove(claim, inbox, report, now)
            return report
    else:
        report = _import(database, settings, claim, now)
    heartbeat()
    after = claim.status
    if after is None or _marks_of(after) != _marks_of(before):
        return None
    report["bytes"] = before.st_size
    _move(claim, inbox, REFUSED if "error" in report else DONE, report, now)
    return report


def _marks_of(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _why_no_file(claim: _Claim, status: os.stat_result) -> str | None:
    """Why something is not read at all; None of a plain file of one name that this account may read."""
    if not stat.S_ISREG(status.st_mode):
        kind = next((word for is_kind, word in _KINDS if is_kind(status.st_mode)), "a device")
        return f"wanted a plain file, found {kind}: deliver the file itself"
    if status.st_nlink > 1:
        return f"wanted a file of one name, found one of {status.st_nlink} (hard links): deliver a copy"
    if not claim.folder.is_readable(claim.name):
        return (
            "wanted a file that this account may read, found one that it may not: deliver it with that right"
        )
    return None


def _import(database: Database, settings: Settings, claim: _Claim, now: datetime) -> dict[str, Any]:
    path, source, rejects = claim.folder.path_of(claim.name), claim.source, claim.own.path_of(_REJECTS)
    rejects.unlink(missing_ok=True)  # of an interrupted import
    try:
        result = import_reports(database, settings, path, source, now=now, rejects_path=rejects)
    except SourceError as error:
        return {"source": source, "error": _QUOTED.sub(_scrubbed, str(error).replace(str(path), claim.name))}
    except Exception as error:  # a bug with one file must not stop the others
        is_of_others = isinstance(error, HotspotsError | SQLAlchemyError | OSError | MemoryError)
        if is_of_others and not isinstance(error, DataError):
            raise  # temporary, or not about this file: refusing would be final
        structlog.stdlib.get_logger().exception("file refused")
        return {"source": source, "error": f"unexpected {type(error).__name__}: see the log of this moment"}
    refused = f"{claim.name}{_REJECTS}" if rejects.exists() else None
    report = {
        "source": source,
        "import": result.id,
        **result.as_json(),
        "rejectsFile": refused,
        **when_it_goes(database, settings, result, now),
    }
    with database.reading() as connection:
        flaws = flaws_of_import(connection, result.id, settings.health)
    return report | ({"attention": [flaw.alert for flaw in flaws]} if flaws else {})


def _scrubbed(quoted: re.Match[str]) -> str:
    return scrub(quoted[0])


def _move(claim: _Claim, inbox: OpenFolder, folder: str, report: dict[str, Any], now: datetime) -> None:
    """Move a file with its report, in such an order that an interrupted move can be finished later."""
    with inbox.own_folder(folder) as target:
        name = _moved_name(target, claim, now)
        report["movedTo"] = f"{folder}/{name}"
        with suppress(FileNotFoundError):
            claim.own.remove(_REPORT)  # of an interrupted move
        claim.own.write(_REPORT, _as_text(report))
        claim.folder.move(claim.name, target, name)
        _finish_move(claim.own, target, name)


def _remove(claim: _Claim, inbox: OpenFolder, report: dict[str, Any], now: datetime) -> None:
    """Remove what holds nothing itself, and tell it."""
    with inbox.own_folder(REFUSED) as target:
        target.write(f"{_moved_name(target, claim, now, _REPORT)}{_REPORT}", _as_text(report))
    claim.folder.remove(claim.name)


def _moved_name(target: OpenFolder, claim: _Claim, now: datetime, *endings: str) -> str:
    # prefixed with the time, so that a file never replaces an earlier one with the same name
    moment = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-"
    name = f"{moment}{claim.name}"
    if target.free_name(name, *endings) == name:  # a report on it is of when it was incomplete
        return name
    return target.free_name(claim.name, _REPORT, _REJECTS, before=f"{moment}{_usable(claim.source)}-")


def _as_text(report: dict[str, Any]) -> bytes:
    # a message may quote a folder
    return (json.dumps(report, ensure_ascii=False, indent=1) + "\n").encode(errors="replace")


def _finish_move(own: OpenFolder, target: OpenFolder, name: str) -> None:
    for ending in (_REJECTS, _REPORT):  # the report last: as long as it is here, the move is unfinished
        if own.status(ending) is not None:
            own.move(ending, target, f"{name}{ending}")


def _finish_what_was_cut_off(inbox: OpenFolder) -> None:
    """Finish a move, and give back what was claimed, of a process that died."""
    if inbox.status(_CLAIMED) is None:
        return
    with inbox.own_folder(_CLAIMED) as own:
        folder, _, name = str(_read(own, _REPORT).get("movedTo", "")).partition("/")
        if folder in {DONE, REFUSED} and "/" not in name:
            with inbox.own_folder(folder) as target:
                if target.status(name) is not None:
                    _finish_move(own, target, name)
        for left in (_REPORT, _REJECTS):
            with suppress(FileNotFoundError):
                own.remove(left)
        for came_in, status in own.entries():
            if not stat.S_ISDIR(status.st_mode):
                own.remove(came_in)  # half of a file of ours
                continue
            with own.folder(came_in) as claimed:
                for name, _ in claimed.entries():
                    _give_back(inbox, claimed, name, "" if came_in == _INBOX_ITSELF else came_in)
            own.remove_folder(came_in)
    inbox.remove_folder(_CLAIMED)


def _take_back_grown(inbox: OpenFolder, settings: Settings, now: datetime) -> None:
    """Put back files that grew after they were moved, because the import was incomplete."""
    for folder in (DONE, REFUSED):
        if inbox.status(folder) is None:
            continue
        with inbox.own_folder(folder) as moved:
            for name, status in moved.entries():
                if not stat.S_ISREG(status.st_mode):
                    continue
                if abs(now.timestamp() - status.st_mtime) > WATCHED_FOR.total_seconds():
                    continue
                report = _read(moved, f"{name}{_REPORT}")
                if report.get("bytes", status.st_size) == status.st_size:
                    continue
                source = _usable(str(report.get("source", "")))
                found = inbox.status(source)
                is_of_inbox = source == settings.jobs.inbox_source and not (
                    found is not None and stat.S_ISDIR(found.st_mode)
                )
                # renamed from '<time>-<name>'; the report on the incomplete file stays where it is
                taken = _usable(name.partition("-")[2])
                moved.move(name, moved, taken)
                _give_back(inbox, moved, taken, "" if is_of_inbox else source)


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


def _read(folder: OpenFolder, name: str) -> dict[str, Any]:
    try:
        content = json.loads(folder.read(name).decode())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
