"""Removing what is kept no longer, in such a way that figures stay right and nothing of it stays in the file.

Each kind of data has its own period (`[retention]`). Here stand their order and the removal of accounts and
logs; reports, places and the history have modules of their own.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import (
    Connection,
    and_,
    func,
    insert,
    or_,
    select,
    update,
)

from hotspots.privacy.expired_places import remove_dwellings, remove_not_signalled, remove_previews
from hotspots.privacy.expired_reports import remove_answers, remove_locations, remove_reports, remove_texts
from hotspots.privacy.redaction import RETENTION, remove_case_texts
from hotspots.privacy.wiping import wipe
from hotspots.settings import Settings
from hotspots.store.case_tables import (
    REMOVED_PERSON,
    access_log,
    api_tokens,
    mails,
    redactions,
    sessions,
    sign_in_attempts,
    subscriptions,
    users,
)
from hotspots.store.database import Database
from hotspots.store.metadata import WIPE_DUE, read_fact, write_fact
from hotspots.store.removals import delete_rows, note_removal
from hotspots.store.tables import (
    embeds,
    imports,
    job_alerts,
    job_runs,
    processing_log,
    rejects,
)


@dataclass
class Removed:
    """What was removed, or would be.

    Attributes
    ----------
    counts
        Rows per kind of data, in the order of the settings.
    cutoffs
        What is older than this moment is gone, per kind.
    is_wiped
        Whether nothing of it stayed in the files of the database; False: readers were in the way, and the
        next time tries again. None: nothing was removed, now or by one that could not wipe.
    """

    counts: dict[str, int] = field(default_factory=dict)
    cutoffs: dict[str, datetime] = field(default_factory=dict)
    is_wiped: bool | None = None

    @property
    def total(self) -> int:
        """How many rows in all."""
        return sum(self.counts.values())


def remove_expired(
    database: Database, settings: Settings, *, now: datetime, dry_run: bool = False
) -> Removed:
    """Remove everything whose period is over, in one transaction, and leave no trace of it in the file.

    Parameters
    ----------
    now
        From when the periods are counted back, aware.
    dry_run
        Do everything, keep nothing: the same counts, and the database as it was.
    """
    removed = Removed()
    keep = settings.retention

    def before(kind: str, days: int) -> datetime:
        removed.cutoffs[kind] = now - timedelta(days=days)
        return removed.cutoffs[kind]

    with database.writing() as connection:
        removed.counts["texts"] = remove_texts(connection, before("texts", keep.text_days))
        removed.counts["locations"] = remove_locations(connection, before("locations", keep.location_days))
        removed.counts["answers"] = remove_answers(connection, removed.cutoffs["locations"])
        removed.counts["reports"] = remove_reports(connection, settings, before("reports", keep.report_days))
        removed.counts["notSignalled"] = remove_not_signalled(
            connection, settings, before("notSignalled", keep.not_signalled_days)
        )
        zone = settings.municipality.zone
        removed.counts["dwellings"] = remove_dwellings(
            connection, before("dwellings", keep.dwelling_days), now.astimezone(zone).date()
        )
        removed.counts["previews"] = remove_previews(
            connection,
            removed.cutoffs["notSignalled"],
            dwellings_before=removed.cutoffs["dwellings"].astimezone(zone).date(),
        )
        removed.counts["caseTexts"] = remove_case_texts(
            connection, before("caseTexts", keep.case_text_days), now
        )
        removed.counts["accessLog"] = _remove_access(
            connection, before("accessLog", keep.access_log_days), now
        )
        removed.counts |= {
            "processingLog": delete_rows(
                connection,
                processing_log,
                processing_log.c.ended_at < before("processingLog", keep.processing_log_days),
            ),
            "sessions": _remove_sessions(connection, before("sessions", keep.session_days)),
            "accounts": _remove_accounts(connection, before("accounts", keep.account_days)),
            "jobs": _remove_jobs(connection, before("jobs", keep.job_days)),
            "rejects": _remove_rejects(connection, before("rejects", keep.reject_days)),
            "fileNames": _remove_file_names(connection, removed.cutoffs["rejects"]),
        }
        for kind in ("texts", "locations", "reports", "notSignalled"):
            if removed.counts[kind]:
                note_removal(connection, kind, removed.cutoffs[kind])
        if removed.total:
            write_fact(connection, WIPE_DUE, "yes")
        is_wipe_due = read_fact(connection, WIPE_DUE) is not None
        if dry_run:
            connection.rollback()
    if is_wipe_due and not dry_run:
        removed.is_wiped = wipe(database)
    return removed


def _remove_access(connection: Connection, cutoff: datetime, now: datetime) -> int:
    is_old = access_log.c.at < cutoff
    count = connection.execute(select(func.count()).select_from(access_log).where(is_old)).scalar_one()
    if count:
        connection.execute(
            insert(redactions).values(at=now, table_name=access_log.name, before=cutoff, reason=RETENTION)
        )
        delete_rows(connection, access_log, is_old)
    return count


def _remove_sessions(connection: Connection, cutoff: datetime) -> int:
    return sum(
        delete_rows(connection, table, chosen)
        for table, chosen in (
            (sessions, sessions.c.expires_at < cutoff),
            (subscriptions, subscriptions.c.ended_at < cutoff),
            (mails, mails.c.tried_at < cutoff),
            (sign_in_attempts, sign_in_attempts.c.failed_at < cutoff),
            (api_tokens, or_(api_tokens.c.expires_at < cutoff, api_tokens.c.revoked_at < cutoff)),
            (embeds, or_(embeds.c.expires_at < cutoff, embeds.c.revoked_at < cutoff)),
        )
    )


def _remove_accounts(connection: Connection, cutoff: datetime) -> int:
    """Remove accounts that are disabled and were last used before a moment.

    Who signs in elsewhere stays known by that provider's subject, without a name: else the next attempt to
    sign in would make a new account, which is not disabled.
    """
    last_used = func.coalesce(users.c.signed_in_at, users.c.created_at, type_=users.c.created_at.type)
    over = and_(users.c.is_disabled, last_used < cutoff)
    count = delete_rows(connection, users, and_(over, users.c.subject.is_(None)))
    named = connection.execute(select(users.c.id).where(over, users.c.full_name != REMOVED_PERSON)).scalars()
    ids = list(named)
    delete_rows(connection, subscriptions, subscriptions.c.user_id.in_(ids))
    nobody = {"full_name": REMOVED_PERSON, "organisation": "", "gebieden": [], "granted": []}
    connection.execute(update(users).where(users.c.id.in_(ids)).values(nobody))
    return count + len(ids)


def _remove_jobs(connection: Connection, cutoff: datetime) -> int:
    alerts = delete_rows(connection, job_alerts, job_alerts.c.raised_at < cutoff)
    return alerts + delete_rows(connection, job_runs, job_runs.c.started_at < cutoff)


def _remove_rejects(connection: Connection, cutoff: datetime) -> int:
    old = select(imports.c.id).where(imports.c.started_at < cutoff)
    return delete_rows(connection, rejects, rejects.c.import_id.in_(old))


def _remove_file_names(connection: Connection, cutoff: datetime) -> int:
    """What a file was called may tell whose it was."""
    named = and_(imports.c.started_at < cutoff, imports.c.file_name != "")
    return connection.execute(update(imports).where(named).values(file_name="")).rowcount
