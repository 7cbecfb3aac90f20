"""Exporting and erasing what is kept about a user of the software, and erasing again after a restore."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Table,
    delete,
    insert,
    or_,
    select,
    update,
)

from hotspots.access.machine_tokens import end_tokens_of
from hotspots.errors import NotFoundError
from hotspots.intake.reporter_key import (
    ReporterKey,
    erased_id,
    key_of_database,
    load_reporter_key,
)
from hotspots.privacy.erasures import Erasure, add_erasures
from hotspots.privacy.expired_places import remove_dwellings
from hotspots.privacy.redaction import redact
from hotspots.privacy.reporters import (
    Erased,
    all_but,
    count_rows,
    erase_reports,
    plain,
    told_rows,
    wiped,
)
from hotspots.settings import Settings
from hotspots.store.case_tables import (
    REMOVED_PERSON,
    access_changes,
    access_log,
    admin_changes,
    api_tokens,
    case_links,
    comments,
    duidingen,
    enrichments,
    follows,
    hotspot_events,
    measures,
    meeting_places,
    meetings,
    reading_reasons,
    recovery_codes,
    second_factors,
    sent_forms,
    sessions,
    subscriptions,
    users,
    verdicts,
)
from hotspots.store.database import Database
from hotspots.store.event_tables import event_subscribers
from hotspots.store.metadata import WIPE_DUE, write_fact
from hotspots.store.operation_tables import (
    job_pauses,
    job_requests,
    paper_answers,
    retention_confirmations,
    rule_changes,
    signalling_changes,
    subject_requests,
)
from hotspots.store.place_tables import location_fixes
from hotspots.store.removals import delete_rows
from hotspots.store.report_tables import (
    erased_reports,
    reports,
)
from hotspots.store.run_tables import embeds, hotspots, rule_previews

ERASURE = "verzoek van betrokkene"

_BY_PERSON = (
    (hotspot_events, "actor"),
    (verdicts, "given_by"),
    (enrichments, "given_by"),
    (comments, "given_by"),
    (duidingen, "given_by"),
    (admin_changes, "actor"),
)

_NAMING: Mapping[Table, Sequence[Column[Any]]] = {
    measures: (measures.c.created_by, measures.c.owner),
    case_links: (case_links.c.given_by,),
    location_fixes: (location_fixes.c.fixed_by,),
    api_tokens: (api_tokens.c.created_by,),
    embeds: (embeds.c.created_by, embeds.c.revoked_by),
    rule_previews: (rule_previews.c.asked_by,),
    meetings: (meetings.c.started_by,),
    meeting_places: (meeting_places.c.skipped_by,),
    users: (users.c.created_by,),
    hotspots: (hotspots.c.assigned_to,),
    subject_requests: (subject_requests.c.opened_by, subject_requests.c.closed_by),
    retention_confirmations: (retention_confirmations.c.confirmed_by,),
    rule_changes: (rule_changes.c.asked_by, rule_changes.c.decided_by),
    signalling_changes: (signalling_changes.c.changed_by,),
    job_requests: (job_requests.c.asked_by,),
    job_pauses: (job_pauses.c.paused_by,),
    event_subscribers: (event_subscribers.c.created_by,),
    paper_answers: (paper_answers.c.answered_by,),
}
"""Where someone stands by name, apart from the history."""


def erase_again(connection: Connection, settings: Settings, listed: Sequence[Erasure], now: datetime) -> int:
    """Erase in a backup what was erased after it was made, as its list says; gives how much.

    Raises
    ------
    StoreError
        If the reporter key is another than that of the backup: then nobody can tell what is on the list.
    """
    key = key_of_database(connection, settings.privacy) if listed else None
    if key is None:
        return 0
    count = 0
    hashes = {(one.source, one.hash) for one in listed if one.kind == "report"}
    found: dict[tuple[str, int | None], list[int]] = {}
    rows = connection.execute(
        select(reports.c.id, reports.c.source, reports.c.source_id, reports.c.reporter_id)
    )
    for row in rows if hashes else ():
        numbers = {row.source_id, key.id_of(row.source_id)}
        if any((row.source, erased_id(key.first, number)) in hashes for number in numbers):
            found.setdefault((row.source, row.reporter_id), []).append(row.id)
    for (_, reporter_id), ids in found.items():
        erase_reports(connection, key, reporter_id, sorted(ids), Erased())
        count += len(ids)
    known = {
        tuple(row) for row in connection.execute(select(erased_reports.c.source, erased_reports.c.id_hash))
    }
    for source, first in sorted(hashes):
        if (source, key.brought_up(first)) not in known:
            connection.execute(insert(erased_reports).values(source=source, id_hash=key.brought_up(first)))
    sealed = {one.hash for one in listed if one.kind == "dwelling"}
    places = [
        hotspot_id
        for hotspot_id in connection.execute(select(hotspots.c.id)).scalars()
        if sealed and key.first.sealed(hotspot_id) in sealed
    ]
    count += remove_dwellings(connection, now, now.date(), now=now, among=places) if places else 0
    gone = {one.hash for one in listed if one.kind == "user"}
    for user in connection.execute(select(users)).mappings().all() if gone else ():
        if hash_of_user(key, user["id"]) in gone:
            _erase_user(connection, dict(user), Erased(), now)
            count += 1
    return count


def hash_of_user(key: ReporterKey, user_id: str) -> str:
    """What the list of erasures keeps of a user."""
    return key.first.sealed(f"user {user_id}")


def export_user(database: Database, *, name: str, now: datetime) -> dict[str, Any]:
    """Everything kept about a user, by the name to sign in with, JSON-able.

    Raises
    ------
    NotFoundError
        If there is no such user.
    """
    with database.reading() as connection:
        user = _user(connection, name)
        own = user["id"]
        return {
            "soort": "gebruiker",
            "gegevenOp": now.isoformat(),
            "account": {column: plain(value) for column, value in user.items() if column != "password_hash"},
            "sessies": count_rows(connection, sessions, sessions.c.user_id == own),
            "tweedeStap": told_rows(
                connection, select(second_factors.c.set_at).where(second_factors.c.user_id == own)
            ),
            "herstelcodes": count_rows(connection, recovery_codes, recovery_codes.c.user_id == own),
            "wijzigingenVanToegang": told_rows(
                connection,
                select(access_changes).where(
                    or_(access_changes.c.actor_id == own, access_changes.c.about_id == own)
                ),
            ),
            "volgt": told_rows(
                connection, select(follows.c.kind, follows.c.name).where(follows.c.user_id == own)
            ),
            "redenenVanInzage": told_rows(
                connection, select(reading_reasons).where(reading_reasons.c.actor_id.in_(_ids_of(user)))
            ),
            "post": told_rows(connection, select(subscriptions).where(subscriptions.c.user_id == own)),
            **{
                table.name: told_rows(
                    connection,
                    select(*all_but(table, "token_hash")).where(
                        or_(*(column.in_(_names_of(user)) for column in columns))
                    ),
                )
                for table, columns in _NAMING.items()
                if table is not users  # what other people's accounts say is theirs
            },
            **{
                table.name: told_rows(
                    connection, select(table).where(table.c.actor_id.in_(_ids_of(user))).order_by(table.c.id)
                )
                for table in (*(table for table, _ in _BY_PERSON), access_log)
            },
        }


def erase_user(database: Database, settings: Settings, *, name: str, now: datetime) -> Erased:
    """Remove a user's account, and the name from everything they wrote; what was decided stays.

    The access log keeps who read exact data until its own period is over: that is what it is for.

    Raises
    ------
    NotFoundError
        If there is no such user.
    """
    erased = Erased()
    with database.writing() as connection:
        user = _user(connection, name)
        key = load_reporter_key(connection, settings.privacy)
        _erase_user(connection, user, erased, now)
        write_fact(connection, WIPE_DUE, "yes")
        kept = count_rows(connection, access_log, access_log.c.actor_id.in_(_ids_of(user)))
        add_erasures(settings, [Erasure("user", now, hash_of_user(key, user["id"]))])
    if kept:
        erased.kept["inzagelog"] = (
            f"{kept} regels, tot het einde van hun bewaartermijn: verantwoording is verplicht"
        )
    return wiped(database, erased)


def _erase_user(connection: Connection, user: Mapping[str, Any], erased: Erased, now: datetime) -> None:
    for table, column in _BY_PERSON:
        ids = connection.execute(select(table.c.id).where(table.c.actor_id.in_(_ids_of(user)))).scalars()
        values = {column: REMOVED_PERSON, "actor_id": REMOVED_PERSON}
        erased.counts[table.name] = redact(connection, table, ids, values, now=now, reason=ERASURE)
    connection.execute(
        update(embeds).where(embeds.c.actor_id.in_(_ids_of(user))).values(actor_id=REMOVED_PERSON)
    )
    for table in (
        case_links,
        meetings,
        retention_confirmations,
        signalling_changes,
        job_requests,
        job_pauses,
        paper_answers,
    ):
        own = table.c.actor_id.in_(_ids_of(user))
        connection.execute(update(table).where(own).values(actor_id=REMOVED_PERSON))
    for decider in (rule_changes.c.asked_by_id, rule_changes.c.decided_by_id):
        own = decider.in_(_ids_of(user))
        connection.execute(update(rule_changes).where(own).values({decider.name: REMOVED_PERSON}))
    for named in _NAMING.values():
        for place in named:
            chosen = place.in_(_names_of(user))
            connection.execute(update(place.table).where(chosen).values({place.name: REMOVED_PERSON}))
    for who, written in ((access_changes.c.actor_id, "actor"), (access_changes.c.about_id, "about")):
        ids = connection.execute(select(access_changes.c.id).where(who.in_(_ids_of(user)))).scalars()
        values = {written: REMOVED_PERSON, who.name: REMOVED_PERSON}
        redact(connection, access_changes, ids, values, now=now, reason=ERASURE)
    end_tokens_of(connection, user["id"], now=now, by=None)
    for place in (api_tokens.c.maker_id, users.c.asked_by):
        chosen = place == user["id"]
        connection.execute(update(place.table).where(chosen).values({place.name: REMOVED_PERSON}))
    has_it = hotspots.c.assigned_user_id == user["id"]
    connection.execute(
        update(hotspots).where(has_it).values(assigned_to=REMOVED_PERSON, assigned_user_id=None)
    )
    _redact_assignments(connection, user, now)
    for of_user in (sessions, recovery_codes, second_factors):
        connection.execute(delete(of_user).where(of_user.c.user_id == user["id"]))
    delete_rows(connection, sent_forms, sent_forms.c.actor_id == user["id"])
    delete_rows(connection, reading_reasons, reading_reasons.c.actor_id.in_(_ids_of(user)))
    erased.counts["account"] = connection.execute(delete(users).where(users.c.id == user["id"])).rowcount


def _redact_assignments(connection: Connection, user: Mapping[str, Any], now: datetime) -> None:
    """Who was given a hotspot, or does a measure, stands in the history by name; or by the account."""
    names = _names_of(user) | {user["id"]}
    rows = connection.execute(
        select(hotspot_events.c.id, hotspot_events.c.before, hotspot_events.c.after)
    ).all()
    ids = [
        row.id
        for row in rows
        if any(
            values.get(name) in names
            for values in (row.before, row.after)
            for name in ("assigned_to", "assigned_user_id", "owner")
        )
    ]
    redact(connection, hotspot_events, ids, {"before": {}, "after": {}}, now=now, reason=ERASURE)


def _ids_of(user: Mapping[str, Any]) -> set[str]:
    """By which a user stands where an id is kept; a token of the provider once wrote under its subject."""
    return {str(value) for value in (user["id"], user["subject"]) if value}


def _names_of(user: Mapping[str, Any]) -> set[str]:
    """By which a user stands where no id is kept."""
    return {user["full_name"], user["name"]} - {REMOVED_PERSON}


def _user(connection: Connection, name: str) -> dict[str, Any]:
    found = connection.execute(select(users).where(users.c.name == name.casefold())).mappings().first()
    if found is None:
        raise NotFoundError(f"there is no user '{name}'")
    return dict(found)
