"""Retention as a job: removes data and files whose period is over."""

import hashlib
import os
import re
import shutil
import stat
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from hotspots.files.open_folders import OpenFolder, opened_if_there
from hotspots.files.uploads import throw_away_old
from hotspots.privacy.announcements import Announcement, remove_announced
from hotspots.settings import Settings
from hotspots.store.audit import processing
from hotspots.store.database import Database
from hotspots.store.locks import Heartbeat
from jobs.inbox import DONE, REFUSED
from jobs.runner import Clock, Counts, Done

_WEEK = re.compile(r"(\d{4})-W(0[1-9]|[1-4]\d|5[0-3])")
_MOVED_AT = re.compile(r"(\d{8}T\d{6}Z)-")


def remove_what_is_over(
    database: Database, settings: Settings, *, clock: Clock, heartbeat: Heartbeat
) -> Done:
    """Remove what was announced a day ago, and announce what goes next; gives how much of each kind.

    While nobody confirmed the periods, only what using the software leaves behind goes.
    """
    with processing(database, "bewaartermijnen toepassen", now=clock()):
        counts, told, is_wiped = remove_what_was_announced(database, settings, now=clock())
    heartbeat()
    log = structlog.stdlib.get_logger()
    if told is None:
        log.warning("nothing is removed: nobody confirmed the periods; 'hotspots privacy confirm-retention'")
        worked_on: dict[str, Any] = {"confirmed": False}
    else:
        announced = {kind: count for kind, count in told.counts.items() if count}
        worked_on = {"goesAt": told.goes_at.isoformat(), "announced": announced}
        log.info("removal announced", goes_at=told.goes_at.isoformat(), **announced)
    in_line = {"unconfirmed": 1} if told is None else {"announced": told.total}
    return Done({**counts, "tracesLeft": int(is_wiped is False), **in_line}, worked_on)


def remove_what_was_announced(
    database: Database, settings: Settings, *, now: datetime
) -> tuple[dict[str, int], Announcement | None, bool | None]:
    """Remove rows and files that were announced; gives how many, what goes next, and if all is wiped."""
    files = {"files": 0, "uploads": throw_away_old(settings.service.uploads, now=now), "weeklyReports": 0}

    def remove(own: Settings, told: Announcement) -> None:
        only = set(told.files)
        files["files"] = remove_imported_files(own, now=told.goes_at, only=only)
        files["weeklyReports"] = _remove_weekly_reports(own, now=told.goes_at, only=only)

    removed, told = remove_announced(
        database, settings, now=now, files=marks_of_old_files, remove_files=remove
    )
    return {**removed.counts, **files}, told, removed.is_wiped


def remove_files(settings: Settings, *, now: datetime, dry_run: bool = False) -> Counts:
    """Remove all files whose period is over: of the inbox, uploaded by a page, and weekly reports."""
    return {
        "files": remove_imported_files(settings, now=now, dry_run=dry_run),
        "uploads": throw_away_old(settings.service.uploads, now=now, dry_run=dry_run),
        "weeklyReports": _remove_weekly_reports(settings, now=now, dry_run=dry_run),
    }


def marks_of_old_files(settings: Settings, at: datetime) -> dict[str, list[str]]:
    """The marks of the files of the inbox and the weekly reports whose period is over at a moment."""
    imported: list[str] = []
    remove_imported_files(settings, now=at, dry_run=True, found=imported)
    return {
        "files": imported,
        "weeklyReports": [_mark(week.name) for week in _old_weekly_reports(settings, at)],
    }


def _mark(name: str) -> str:
    """What tells a file apart, and not what it is called: that may be of a person."""
    return hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:24]


def _remove_weekly_reports(
    settings: Settings, *, now: datetime, dry_run: bool = False, only: Collection[str] | None = None
) -> int:
    old = [week for week in _old_weekly_reports(settings, now) if only is None or _mark(week.name) in only]
    for week in old if not dry_run else ():
        shutil.rmtree(week)
    return len(old)


def _old_weekly_reports(settings: Settings, now: datetime) -> list[Path]:
    oldest = settings.municipality.local_day(now - timedelta(days=settings.retention.weekly_report_days))
    folder = settings.jobs.reports
    old = []
    for week in sorted(folder.iterdir()) if folder.is_dir() else ():
        match = _WEEK.fullmatch(week.name)
        if (
            match
            and not week.is_symlink()
            and date.fromisocalendar(int(match[1]), 1, 7) + timedelta(weeks=int(match[2]) - 1) < oldest
        ):
            old.append(week)
    return old


def remove_imported_files(
    settings: Settings,
    *,
    now: datetime,
    dry_run: bool = False,
    only: Collection[str] | None = None,
    found: list[str] | None = None,
) -> int:
    """Remove imported and refused files with their rejects, and later their reports (`*.report.json`).

    Parameters
    ----------
    only
        The marks of the only files that may go. None: all.
    found
        Is filled with the marks of those that go.
    """
    count = 0
    with opened_if_there(settings.jobs.inbox) as inbox:
        for name in (DONE, REFUSED):
            if inbox is None:
                break
            with suppress(FileNotFoundError, NotADirectoryError), inbox.folder(name) as folder:
                old = [
                    file
                    for file in _old_files(folder, settings, now)
                    if only is None or _mark(f"{name}/{file}") in only
                ]
                if found is not None:
                    found += [_mark(f"{name}/{file}") for file in old]
                for file in old if not dry_run else ():
                    folder.remove(file)
                count += len(old)
    return count


def _old_files(folder: OpenFolder, settings: Settings, now: datetime) -> Iterator[str]:
    kept = settings.retention
    days_of_report = max(kept.reject_days, kept.inbox_days)  # never before the file it is about
    for name, status in sorted(folder.entries()):
        days = days_of_report if name.endswith(".report.json") else kept.inbox_days
        if not stat.S_ISDIR(status.st_mode) and _moved_at(name, status) <= now - timedelta(days=days):
            yield name


def _moved_at(name: str, status: os.stat_result) -> datetime:
    """When a file was moved here: by its name, or by its own time if someone put it here by hand."""
    match = _MOVED_AT.match(name)
    if match is None:
        return datetime.fromtimestamp(status.st_mtime, UTC)
    return datetime.strptime(match[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
