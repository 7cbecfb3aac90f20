"""What a restore must not bring back: sessions, tokens, access that ended, what was stopped or erased.

All of it is done to a copy of the backup, before it takes the place of the database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from hotspots.access.access_changes import OPERATOR, Change, log_change
from hotspots.access.rights import LETTING_IN, RIGHTS, Actor, Role, is_held
from hotspots.errors import StoreError
from hotspots.operations.backup import OnTable, TableSum, restore
from hotspots.privacy.data_subjects import erase_again
from hotspots.privacy.erasures import erasures_file, read_erasures
from hotspots.privacy.retention import Bounds, remove_expired
from hotspots.privacy.wiping import wipe
from hotspots.settings import Settings
from hotspots.store.case_tables import (
    api_tokens,
    feeds,
    kept_forms,
    recovery_codes,
    second_factors,
    sessions,
    subscriptions,
    users,
)
from hotspots.store.confirmed_periods import with_periods
from hotspots.store.database import Database
from hotspots.store.event_tables import event_subscribers
from hotspots.store.run_tables import embeds
from hotspots.tracking.signalling import Signalling, read_signalling, stop_signalling

RESTORED = "back-up teruggezet"

_SECOND_STEPS = (second_factors, recovery_codes)

_ONE_BY_ONE = "'hotspots users confirm NAME' lets an account in again, after a look at who it is"


@dataclass
class Ended:
    """What a restore ended, or kept as it had become, to be told.

    Attributes
    ----------
    accounts
        By name: what is otherwise than in the backup.
    told
        Lines that whoever restores must read.
    """

    sessions: int = 0
    tokens: int = 0
    maps: int = 0
    erased: int = 0
    accounts: dict[str, list[str]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Former:
    """Who had access in the database that is replaced, and whether signalling was stopped."""

    users: Mapping[str, Any]
    embeds: Mapping[str, Any]
    subscriptions: Mapping[str, Any]
    feeds: Mapping[str, Any]
    event_subscribers: Mapping[str, Any]
    second_steps: Mapping[Table, Sequence[Mapping[str, Any]]]
    signalling: Signalling


def restore_backup(
    path: Path,
    database: Database,
    settings: Settings,
    *,
    key: bytes | None,
    replace: bool,
    now: datetime,
    on_table: OnTable = lambda _name, _rows: None,
) -> tuple[Mapping[str, TableSum], Ended]:
    """Restore a backup (:func:`hotspots.operations.backup.restore`) without what must not come back.

    Raises
    ------
    StoreError
        As restoring; or if what was erased can't be told, as the list or the reporter key can't be read.
    """
    ended, former = Ended(), _former_of(database)

    def prepare(backup: Database) -> None:
        end_access(backup, former, ended, now=now)
        forget_again(backup, settings, ended, now=now)

    sums = restore(path, database, key=key, replace=replace, prepare=prepare, on_table=on_table)
    return sums, ended


def end_access(backup: Database, former: Former | None, ended: Ended, *, now: datetime) -> None:
    """End all sessions and tokens of a backup, and keep the stricter state of accounts, maps and mails."""
    with backup.writing() as connection:
        ended.sessions = connection.execute(delete(sessions)).rowcount
        connection.execute(delete(kept_forms))
        holds = (api_tokens.c.revoked_at.is_(None), api_tokens.c.expires_at > now)
        ended.tokens = connection.execute(update(api_tokens).where(*holds).values(revoked_at=now)).rowcount
        own = _by_id(connection, users)
        if former is not None and own and not own.keys() & former.users.keys():
            former = None  # of another installation, or just made
        if former is None:
            _hold_everybody(connection, own, ended, now)
        else:
            _keep_stricter(connection, own, former, ended, now)
        _keep_second_steps(connection, own, former, ended)
        ended.maps = _end_maps(connection, former, now)
        for feed_id in _by_id(connection, feeds).keys() - (former.feeds.keys() if former else set()):
            connection.execute(delete(feeds).where(feeds.c.id == feed_id))
        _pause_events(connection, former, ended)
        if former is not None:
            _end_mails(connection, former, now)
    if former is not None:
        _keep_signalling_stopped(backup, former.signalling, ended)
    if ended.sessions or ended.tokens:
        ended.told.append("all sessions and all tokens of the backup ended: people sign in, make new tokens")


def forget_again(backup: Database, settings: Settings, ended: Ended, *, now: datetime) -> None:
    """Erase again what was erased, and remove again what was removed, after the backup was made."""
    listed = read_erasures(settings)
    if listed is None:
        ended.told.append(
            f"there is no list of erasures '{erasures_file(settings)}': if anybody was erased after the "
            "backup was made, put the list there and restore again"
        )
        return
    with backup.writing() as connection:
        ended.erased = erase_again(connection, settings, listed, now)
    removals = [one for one in listed if one.kind == "retention"]
    if removals:
        last = max(removals, key=lambda one: one.at)
        remove_expired(
            backup,
            with_periods(settings, last.days),
            now=last.at,
            is_listed=False,
            bounds=Bounds(last_import=last.last_import),
        )
    if ended.erased:
        wipe(backup)


def _former_of(database: Database) -> Former | None:
    """Who has access now; None if there is nothing, or it can't be read by this version."""
    if database.is_absent:
        return None
    try:
        with database.reading() as connection:
            tables = (users, embeds, subscriptions, feeds, event_subscribers)
            steps = {
                table: [dict(row) for row in connection.execute(select(table)).mappings()]
                for table in _SECOND_STEPS
            }
            by_id = [_by_id(connection, table) for table in tables]
            stopped = read_signalling(connection)
            return Former(by_id[0], by_id[1], by_id[2], by_id[3], by_id[4], steps, stopped)
    except StoreError:
        return None


def _by_id(connection: Connection, table: Table) -> dict[str, Any]:
    return {row.id: row for row in connection.execute(select(table))}


def _hold_everybody(connection: Connection, own: Mapping[str, Any], ended: Ended, now: datetime) -> None:
    for row in own.values():
        asked = sorted({*(row.asked or ()), str(LETTING_IN)})
        _change(connection, row, {"asked": asked, "asked_by": OPERATOR.id}, now)
    if own:
        ended.told.append(
            f"who was blocked since is not known, as there was no former database: all {len(own)} accounts "
            f"wait to be confirmed; {_ONE_BY_ONE}"
        )


def _keep_stricter(
    connection: Connection, own: Mapping[str, Any], former: Former, ended: Ended, now: datetime
) -> None:
    for row in own.values():
        now_is = former.users.get(row.id)
        values, told = (
            ({"is_disabled": True}, ["removed since: blocked"]) if now_is is None else _stricter(row, now_is)
        )
        if values:
            _change(connection, row, values, now)
        if told:
            ended.accounts[row.name] = told
    for user_id in former.users.keys() - own.keys():
        ended.accounts[former.users[user_id].name] = ["made since, and not in the backup: gone"]


def _stricter(then: Any, since: Any) -> tuple[dict[str, Any], list[str]]:
    """What an account must be other than in the backup, and what is told of it."""
    values: dict[str, Any] = {}
    told = []
    if since.is_disabled != then.is_disabled:
        values["is_disabled"] = True
        told.append("blocked since: stays blocked" if since.is_disabled else "was blocked: blocked again")
    if since.role != then.role:
        narrow, is_certain = _narrower(then, since)
        values |= {"role": narrow.role, "gebieden": narrow.gebieden, "organisation": narrow.organisation}
        told.append(f"role changed since, from {then.role} to {since.role}: is {narrow.role}")
        if not is_certain:
            values |= {"asked": [str(LETTING_IN)], "asked_by": OPERATOR.id}
            told.append("waits to be confirmed, as neither role is the narrower")
    elif set(since.gebieden) != set(then.gebieden):
        values["gebieden"] = sorted({*since.gebieden} & {*then.gebieden}) or sorted(since.gebieden)
        told.append(f"areas changed since: {', '.join(values['gebieden'])}")
    if set(since.granted) != set(then.granted):
        values["granted"] = sorted({*since.granted} & {*then.granted})
        told.append(f"rights by name changed since: {', '.join(values['granted']) or 'none'}")
    if since.password_hash != then.password_hash:
        values |= {"password_hash": since.password_hash, "invited_until": since.invited_until}
        told.append("password changed since: the newer one holds")
    if is_held(since.asked):
        values |= {"asked": since.asked, "asked_by": since.asked_by}
        told.append("waits to be confirmed, as before")
    return values, told


def _keep_second_steps(
    connection: Connection, own: Mapping[str, Any], former: Former | None, ended: Ended
) -> None:
    """Keep the second steps of now, as passwords; or no recovery code, if any may have been used since."""
    if former is None:
        count = connection.execute(delete(recovery_codes)).rowcount
        if count:
            ended.told.append(
                f"which recovery codes were used since is not known: all {count} ended; people make new "
                "ones at /account"
            )
        return
    known = own.keys() & former.users.keys()
    for table in _SECOND_STEPS:
        connection.execute(delete(table).where(table.c.user_id.in_(known)))
    for table in _SECOND_STEPS:
        rows = [row for row in former.second_steps[table] if row["user_id"] in known]
        if rows:
            connection.execute(insert(table), rows)


def _keep_signalling_stopped(backup: Database, former: Signalling, ended: Ended) -> None:
    """Keep signalling stopped: to start it again is for people who decide so."""
    stopped = former.stopped
    with backup.reading() as connection:
        was_stopped = read_signalling(connection).is_stopped
    if stopped is not None and not was_stopped:
        by = Actor(stopped.actor_id, stopped.by, None)
        stop_signalling(backup, by=by, at=stopped.at, reason=stopped.reason)
        ended.told.append("signalling was stopped after the backup was made: it stays stopped")


def _narrower(then: Any, since: Any) -> tuple[Any, bool]:
    """Of two roles the one with fewer rights, and whether that is certain; else the one of now."""
    then_may, since_may = (
        {right for right, roles in RIGHTS.items() if Role(row.role) in roles} for row in (then, since)
    )
    if then_may <= since_may:
        return then, True
    return since, since_may <= then_may


def _change(connection: Connection, row: Any, values: Mapping[str, Any], now: datetime) -> None:
    connection.execute(update(users).where(users.c.id == row.id).values(**values))
    log_change(connection, Change.RESTORED, by=None, about_id=row.id, about=row.name, now=now)


def _end_maps(connection: Connection, former: Former | None, now: datetime) -> int:
    """End shared maps of which it is not known that they still are shared."""
    count = 0
    for row in _by_id(connection, embeds).values():
        since = former.embeds.get(row.id) if former else None
        if row.revoked_at is None and row.expires_at > now and (since is None or since.revoked_at):
            ending = {"revoked_at": now, "revoked_by": RESTORED}
            count += connection.execute(update(embeds).where(embeds.c.id == row.id).values(ending)).rowcount
    return count


def _pause_events(connection: Connection, former: Former | None, ended: Ended) -> None:
    """Tell nothing to systems of which it is not known that they still are to be told."""
    for row in _by_id(connection, event_subscribers).values():
        since = former.event_subscribers.get(row.id) if former else None
        if not row.is_paused and (since is None or since.is_paused or since.url != row.url):
            chosen = update(event_subscribers).where(event_subscribers.c.id == row.id)
            connection.execute(chosen.values(is_paused=True))
            ended.told.append(
                f"events for '{row.name}' are paused: 'hotspots events resume' sends them again"
            )


def _end_mails(connection: Connection, former: Former, now: datetime) -> None:
    """Who wants no mail any more gets none."""
    for row in _by_id(connection, subscriptions).values():
        since = former.subscriptions.get(row.id)
        ended: dict[str, Any] = {"assigned_since": None} if since and since.assigned_since is None else {}
        ended |= {"followed_since": None} if since and since.followed_since is None else {}
        ended |= {"wants_weeks": False} if since and not since.wants_weeks else {}
        if ended:
            connection.execute(update(subscriptions).where(subscriptions.c.id == row.id).values(ended))
        if row.ended_at is None and (since is None or since.ended_at):
            connection.execute(update(subscriptions).where(subscriptions.c.id == row.id).values(ended_at=now))
