"""Removing what is kept no longer, in such a way that figures stay right and nothing of it stays in the file.

Each kind of data has its own period (`[retention]`). Here stand their order and the removal of accounts and
logs; reports, places and the history have modules of their own.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, func, insert, or_, select, update

from hotspots.access.access_changes import Change
from hotspots.privacy.erasures import Erasure, add_erasures
from hotspots.privacy.expired_places import (
    count_previews,
    dwellings_over,
    not_signalled_over,
    remove_dwellings,
    remove_previews,
)
from hotspots.privacy.expired_reports import (
    answers_over,
    locations_over,
    remove_locations,
    remove_reports,
    reports_before,
    texts_over,
)
from hotspots.privacy.redaction import (
    RETENTION,
    count_case_texts,
    count_duidingen,
    remove_case_texts,
    remove_duidingen,
)
from hotspots.privacy.wiping import wipe
from hotspots.settings import Settings
from hotspots.store.attention_tables import attention_reports
from hotspots.store.case_tables import (
    REMOVED_PERSON,
    access_changes,
    access_log,
    admin_changes,
    api_tokens,
    feeds,
    follows,
    kept_forms,
    mails,
    meetings,
    notices,
    reading_reasons,
    redactions,
    sent_forms,
    sessions,
    sign_in_attempts,
    subscriptions,
    users,
)
from hotspots.store.database import Database
from hotspots.store.event_tables import events
from hotspots.store.metadata import WIPE_DUE, read_fact, write_fact
from hotspots.store.operation_tables import (
    job_alerts,
    job_pauses,
    job_requests,
    job_runs,
    processing_log,
    subject_requests,
)
from hotspots.store.removals import Rows, count_all, delete_all, delete_rows, note_removal
from hotspots.store.report_tables import import_before, imports, rejects, reports
from hotspots.store.run_tables import embeds, hotspots


@dataclass
class Removed:
    """What was removed, or would be.

    Attributes
    ----------
    is_wiped
        Whether nothing of it stayed in the files of the database. False: readers were in the way, and the
        next night tries again. None: there was nothing to wipe.
    """

    counts: dict[str, int] = field(default_factory=dict)  # of rows per kind, in the order of the settings
    is_wiped: bool | None = None

    @property
    def total(self) -> int:
        """How many rows in all."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Bounds:
    """What of the data whose period is over is removed: only what was known at some moment.

    Attributes
    ----------
    at
        That moment: not what was run again, asked for or blocked after it. None: all.
    last_import
        Not what a later import brought or changed. None: of every import.
    dwellings
        The only places that point at persons to be removed, by id. None: all.
    """

    at: datetime | None = None
    last_import: int | None = None
    dwellings: Collection[str] | None = None


EVERYTHING = Bounds()

KINDS = (
    *("texts", "locations", "answers", "reports", "notSignalled", "dwellings", "previews", "caseTexts"),
    *("accessLog", "processingLog", "requests", "meetings", "accounts", "jobs", "rejects", "fileNames"),
)
"""What :func:`remove_rows` counts."""


def remove_expired(
    database: Database,
    settings: Settings,
    *,
    now: datetime,
    dry_run: bool = False,
    is_listed: bool = True,
    bounds: Bounds = EVERYTHING,
) -> Removed:
    """Remove everything whose period is over, in one transaction, and leave no trace of it in the file.

    It neither asks whether the periods were confirmed nor announces anything: that is for
    :mod:`hotspots.privacy.announcements`.

    Parameters
    ----------
    now
        From when the periods are counted back, aware.
    dry_run
        Only count, of everything.
    is_listed
        Whether the list of erasures tells of it, for a restore of a backup from before.
    """
    if dry_run:
        with database.reading() as connection:
            counts = count_rows(connection, settings, now=now)
            traces = _traces_of_use(settings, now).items()
            return Removed(counts | {kind: count_all(connection, rows) for kind, rows in traces})
    with database.writing() as connection:
        removed = remove_rows(connection, settings, now=now, bounds=bounds)
        removed.counts |= remove_traces_of_use(connection, settings, now=now)
        is_wipe_due = mark_for_wiping(connection, removed)
        if removed.total and is_listed:
            add_erasures(settings, [Erasure("retention", now)])
    if is_wipe_due:
        removed.is_wiped = wipe(database)
    return removed


def mark_for_wiping(connection: Connection, removed: Removed) -> bool:
    """Remember that the files may hold traces of what was removed; gives whether they may, also of before."""
    if removed.total:
        write_fact(connection, WIPE_DUE, "yes")
    return read_fact(connection, WIPE_DUE) is not None


def remove_traces_of_use(connection: Connection, settings: Settings, *, now: datetime) -> dict[str, int]:
    """Remove what using the software left behind: what ended of sessions, links and mails, and sent forms."""
    undoable_since = now - timedelta(days=settings.retention.undo_days)
    over = imports.c.started_at < undoable_since, imports.c.told_again.is_not(None)
    connection.execute(update(imports).where(*over).values(told_again=None))
    return {kind: delete_all(connection, rows) for kind, rows in _traces_of_use(settings, now).items()}


def _traces_of_use(settings: Settings, now: datetime) -> dict[str, Rows]:
    keep = settings.retention
    return {
        "sessions": _older(_SESSIONS, now - timedelta(days=keep.session_days)),
        "forms": _older(_FORMS, now - timedelta(days=keep.sent_form_days)),
        "events": _older(_EVENTS, now - timedelta(days=keep.event_days)),
        "undo": _undo_over(now - timedelta(days=keep.undo_days)),
    }


def _undo_over(cutoff: datetime) -> Rows:
    """What reports were before imports that were done longer ago than anyone undoes one."""
    old = select(imports.c.id).where(imports.c.started_at < cutoff)
    return [(import_before, import_before.c.import_id.in_(old))]


def cutoffs(settings: Settings, now: datetime) -> dict[str, datetime]:
    """Per kind of data: what is older is over."""
    keep = settings.retention
    periods = {
        "texts": keep.text_days,
        "locations": keep.location_days,
        "reports": keep.report_days,
        "notSignalled": keep.not_signalled_days,
        "dwellings": keep.dwelling_days,
        "caseTexts": keep.case_text_days,
        "accessLog": keep.access_log_days,
        "processingLog": keep.processing_log_days,
        "requests": keep.request_days,
        "meetings": keep.meeting_days,
        "accounts": keep.account_days,
        "jobs": keep.job_days,
        "rejects": keep.reject_days,
    }
    return {kind: now - timedelta(days=days) for kind, days in periods.items()}


def remove_rows(
    connection: Connection, settings: Settings, *, now: datetime, bounds: Bounds = EVERYTHING
) -> Removed:
    """Remove the data whose period is over at a moment, in the transaction of a connection."""
    before, local_day, last = cutoffs(settings, now), settings.municipality.local_day, bounds.last_import
    removed = Removed()
    removed.counts = {
        "texts": delete_all(connection, texts_over(before["texts"], last)),
        "locations": remove_locations(connection, before["locations"], last_import=last),
        "answers": delete_all(connection, answers_over(before["locations"])),
        "reports": remove_reports(connection, settings, before["reports"], last_import=last),
        "notSignalled": delete_all(
            connection, not_signalled_over(settings, before["notSignalled"], done_by=bounds.at)
        ),
        "dwellings": remove_dwellings(
            connection, before["dwellings"], local_day(now), now=now, among=bounds.dwellings
        ),
        "previews": remove_previews(
            connection,
            before["notSignalled"],
            dwellings_before=local_day(before["dwellings"]),
            asked_by=bounds.at,
        ),
        "caseTexts": remove_case_texts(connection, before["caseTexts"], now)
        + remove_duidingen(connection, before["caseTexts"], now),
        "accessLog": _remove_access(connection, before["accessLog"], now),
        "processingLog": delete_all(connection, _older(_PROCESSING, before["processingLog"])),
        "requests": delete_all(connection, _older(_REQUESTS, before["requests"])),
        "meetings": delete_all(connection, _older(_MEETINGS, before["meetings"])),
        "accounts": _remove_accounts(connection, before["accounts"], blocked_by=bounds.at),
        "jobs": delete_all(connection, _older(_JOBS, before["jobs"])),
        "rejects": delete_all(connection, _rejects_over(before["rejects"])),
        "fileNames": _remove_file_names(connection, before["rejects"]),
    }
    # what these reports were before an import, with their texts and places
    delete_rows(
        connection, import_before, import_before.c.report_id.in_(reports_before(before["texts"], last))
    )
    for kind in ("texts", "locations", "reports", "notSignalled"):
        if removed.counts[kind]:
            note_removal(connection, kind, before[kind])
    return removed


def count_rows(connection: Connection, settings: Settings, *, now: datetime) -> dict[str, int]:
    """Count what :func:`remove_rows` would remove of everything, by the same conditions.

    It only reads: to remove millions of rows and take that back would keep all others from writing.
    """
    before, local_day = cutoffs(settings, now), settings.municipality.local_day
    old_reports = reports_before(before["reports"])
    dwellings = {hotspot_id for hotspot_id, _ in dwellings_over(connection, before["dwellings"])}
    # those of a report go with it, and are counted as that
    not_signalled: Rows = [
        (table, and_(chosen, table.c.report_id.not_in(old_reports)) if table is attention_reports else chosen)
        for table, chosen in not_signalled_over(settings, before["notSignalled"])
    ]
    rows: dict[str, Rows] = {
        "texts": texts_over(before["texts"]),
        "locations": locations_over(before["locations"]),
        "answers": answers_over(before["locations"]),
        "reports": [(reports, reports.c.id.in_(old_reports))],
        "notSignalled": not_signalled,
        "accessLog": _older(_ACCESS, before["accessLog"]),
        "processingLog": _older(_PROCESSING, before["processingLog"]),
        "requests": _older(_REQUESTS, before["requests"]),
        "meetings": _older(_MEETINGS, before["meetings"]),
        "accounts": [(users, and_(_accounts_over(before["accounts"]), _IS_TOLD))],
        "jobs": _older(_JOBS, before["jobs"]),
        "rejects": _rejects_over(before["rejects"]),
        "fileNames": [(imports, _is_named(before["rejects"]))],
    }
    counts = {kind: count_all(connection, of_kind) for kind, of_kind in rows.items()}
    counts["dwellings"] = len(dwellings)
    counts["previews"] = count_previews(
        connection, before["notSignalled"], dwellings_before=local_day(before["dwellings"])
    )
    counts["caseTexts"] = count_case_texts(
        connection, before["caseTexts"], unnamed=dwellings
    ) + count_duidingen(connection, before["caseTexts"])
    return {kind: counts[kind] for kind in KINDS}


def _remove_access(connection: Connection, cutoff: datetime, now: datetime) -> int:
    return sum(
        _remove_log(connection, table, is_old, cutoff, now) for table, is_old in _older(_ACCESS, cutoff)
    )


def _remove_log(
    connection: Connection, table: Table, is_old: ColumnElement[bool], cutoff: datetime, now: datetime
) -> int:
    count = count_all(connection, [(table, is_old)])
    if count:
        connection.execute(
            insert(redactions).values(at=now, table_name=table.name, before=cutoff, reason=RETENTION)
        )
        delete_rows(connection, table, is_old)
    return count


_ACCESS = (access_log.c.at, access_changes.c.at, admin_changes.c.at)
_PROCESSING = (processing_log.c.ended_at,)
_REQUESTS = (subject_requests.c.closed_at,)
_MEETINGS = (meetings.c.started_at,)
_SESSIONS = (
    sessions.c.expires_at,
    subscriptions.c.ended_at,
    mails.c.tried_at,
    notices.c.tried_at,
    sign_in_attempts.c.failed_at,
    reading_reasons.c.at,
    *(api_tokens.c.expires_at, api_tokens.c.revoked_at),
    *(embeds.c.expires_at, embeds.c.revoked_at),
)
_EVENTS = (events.c.made_at,)
_FORMS = (sent_forms.c.at, kept_forms.c.kept_at)
NAMELESS_ALERT = "something was odd about deliveries, of which the names are removed after their period"

_JOBS = (
    job_alerts.c.raised_at,
    job_requests.c.closed_at,
    job_pauses.c.resumed_at,
    job_runs.c.started_at,
)
"""The moments from which the period of a row counts."""


def _older(moments: Sequence[Column[Any]], cutoff: datetime) -> Rows:
    return [(moment.table, moment < cutoff) for moment in moments]


def _remove_accounts(connection: Connection, cutoff: datetime, *, blocked_by: datetime | None) -> int:
    """Remove accounts that are disabled and were last used before a moment; not those blocked since.

    An account of another provider keeps its subject, without a name: else the next attempt to sign in would
    make a new account, which is not disabled.
    """
    over = _accounts_over(cutoff)
    if blocked_by is not None:
        since = select(access_changes.c.about_id).where(
            access_changes.c.kind == str(Change.BLOCKED), access_changes.c.at > blocked_by
        )
        over = and_(over, users.c.id.not_in(since))
    gone = select(users.c.id).where(over)
    connection.execute(
        update(hotspots).where(hotspots.c.assigned_user_id.in_(gone)).values(assigned_user_id=None)
    )
    count = delete_rows(connection, users, and_(over, users.c.subject.is_(None)))
    named = connection.execute(select(users.c.id).where(over, users.c.full_name != REMOVED_PERSON)).scalars()
    ids = list(named)
    for table in (subscriptions, follows, feeds):
        delete_rows(connection, table, table.c.user_id.in_(ids))
    nobody: dict[str, Any] = {
        "full_name": REMOVED_PERSON,
        "organisation": "",
        "gebieden": [],
        "granted": [],
        "asked": None,
    }
    connection.execute(update(users).where(users.c.id.in_(ids)).values(nobody))
    return count + len(ids)


_IS_TOLD = or_(users.c.subject.is_(None), users.c.full_name != REMOVED_PERSON)
"""Whether something of an account is left to remove."""


def _accounts_over(cutoff: datetime) -> ColumnElement[bool]:
    last_used = func.coalesce(users.c.signed_in_at, users.c.created_at, type_=users.c.created_at.type)
    return and_(users.c.is_disabled, last_used < cutoff)


def _rejects_over(cutoff: datetime) -> Rows:
    old = select(imports.c.id).where(imports.c.started_at < cutoff)
    return [(rejects, rejects.c.import_id.in_(old))]


def _is_named(cutoff: datetime) -> ColumnElement[bool]:
    return and_(imports.c.started_at < cutoff, imports.c.file_name != "")


def _remove_file_names(connection: Connection, cutoff: datetime) -> int:
    """What a file was called may tell whose it was; alerts about deliveries name it too."""
    telling = and_(
        job_alerts.c.raised_at < cutoff,
        job_alerts.c.kind == "odd",
        job_alerts.c.job == "inbox",
        job_alerts.c.message != NAMELESS_ALERT,
    )
    connection.execute(update(job_alerts).where(telling).values(message=NAMELESS_ALERT))
    return connection.execute(update(imports).where(_is_named(cutoff)).values(file_name="")).rowcount
