"""Retention as a job: removes data and files whose period is over."""

import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

from hotspots.files.open_folders import OpenFolder, opened_if_there
from hotspots.files.uploads import throw_away_old
from hotspots.privacy.retention import remove_expired
from hotspots.settings import Settings
from hotspots.store.audit import processing
from hotspots.store.database import Database
from hotspots.store.locks import Heartbeat
from jobs.inbox import DONE, REFUSED
from jobs.runner import Clock, Counts

_WEEK = re.compile(r"(\d{4})-W(0[1-9]|[1-4]\d|5[0-3])")
_MOVED_AT = re.compile(r"(\d{8}T\d{6}Z)-")


def remove_what_is_over(
    database: Database, settings: Settings, *, clock: Clock, heartbeat: Heartbeat
) -> Counts:
    """Remove everything whose period is over; gives how much of each kind."""
    with processing(database, "bewaartermijnen toepassen", now=clock()):
        removed = remove_expired(database, settings, now=clock())
    heartbeat()
    files = remove_files(settings, now=clock())
    return {**removed.counts, **files, "tracesLeft": int(removed.is_wiped is False)}


def remove_files(settings: Settings, *, now: datetime, dry_run: bool = False) -> Counts:
    """Remove all files whose period is over: of the inbox, uploaded by a page, and weekly reports."""
    return {
        "files": remove_imported_files(settings, now=now, dry_run=dry_run),
        "uploads": throw_away_old(settings.service.uploads, now=now, dry_run=dry_run),
        "weeklyReports": _remove_weekly_reports(settings, now=now, dry_run=dry_run),
    }


def _remove_weekly_reports(settings: Settings, *, now: datetime, dry_run: bool) -> int:
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
    for week in old if not dry_run else ():
        shutil.rmtree(week)
    return len(old)


def remove_imported_files(settings: Settings, *, now: datetime, dry_run: bool = False) -> int:
    """Remove imported and refused files with their rejects, and later their reports (`*.report.json`)."""
    count = 0
    with opened_if_there(settings.jobs.inbox) as inbox:
        for name in (DONE, REFUSED):
            if inbox is None:
                break
            with suppress(FileNotFoundError, NotADirectoryError), inbox.folder(name) as folder:
                old = list(_old_files(folder, settings, now))
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
