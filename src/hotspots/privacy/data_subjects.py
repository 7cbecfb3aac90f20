"""Exporting and erasing what is kept about one person, as a reporter or as a user of the software.

Reports are counted in hotspots and figures, which are about places. So a reporter is erased by cutting every
tie to the person: text and address go, the report's number at its source becomes a random one, and the keyed
hash of the reporter becomes a random value that no key leads to. What remains says that somebody reported
something there.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from hotspots.access.access_log import log_access
from hotspots.access.machine_tokens import end_tokens_of
from hotspots.access.rights import Actor, Right
from hotspots.errors import NotFoundError
from hotspots.geocoding.locating import query_key
from hotspots.geocoding.locations import ADDRESS, has_address, query_of
from hotspots.intake.reporter_identity import written_reporters
from hotspots.intake.reporter_key import (
    ERASED,
    ReporterKey,
    erased_id,
    key_of_database,
    load_reporter_key,
    lock_imports,
)
from hotspots.intake.stored_reporters import StoredReporters
from hotspots.privacy.erasures import Erasure, add_erasures
from hotspots.privacy.redaction import redact
from hotspots.privacy.wiping import wipe
from hotspots.settings import Settings
from hotspots.store.batches import ROWS_AT_ONCE
from hotspots.store.case_tables import (
    REMOVED_PERSON,
    access_changes,
    access_log,
    admin_changes,
    api_tokens,
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
from hotspots.store.metadata import WIPE_DUE, write_fact
from hotspots.store.operation_tables import retention_confirmations, rule_changes, signalling_changes
from hotspots.store.place_tables import geocoding_cache, location_fixes
from hotspots.store.removals import delete_rows
from hotspots.store.report_tables import (
    erased_reports,
    rejects,
    report_locations,
    report_texts,
    report_versions,
    reporters,
    reports,
)
from hotspots.store.run_tables import embeds, hotspots, rule_previews

OPERATOR = Actor("beheer", "opdrachtregel", None)
"""Who does this: the one who runs the software, at the request of the privacy officer."""

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
    location_fixes: (location_fixes.c.fixed_by,),
    api_tokens: (api_tokens.c.created_by,),
    embeds: (embeds.c.created_by, embeds.c.revoked_by),
    rule_previews: (rule_previews.c.asked_by,),
    meetings: (meetings.c.started_by,),
    meeting_places: (meeting_places.c.skipped_by,),
    users: (users.c.created_by,),
    hotspots: (hotspots.c.assigned_to,),
    retention_confirmations: (retention_confirmations.c.confirmed_by,),
    rule_changes: (rule_changes.c.asked_by, rule_changes.c.decided_by),
    signalling_changes: (signalling_changes.c.changed_by,),
}
"""Where someone stands by name, apart from the history."""


@dataclass
class Erased:
    """What an erasure did."""

    counts: dict[str, int] = field(default_factory=dict)  # of rows per kind
    kept: dict[str, str] = field(default_factory=dict)  # what stays, with the reason in Dutch
    is_wiped: bool = False  # nothing of it stayed in the files of the database; else readers were in the way


def export_reporter(
    database: Database, settings: Settings, *, reporter: str, source: str, now: datetime
) -> dict[str, Any]:
    """Everything kept about who reported under an id, JSON-able; logged as a reading of texts.

    Raises
    ------
    NotFoundError
        If no report of this source is known of this reporter.
    """
    with database.writing() as connection:
        key = load_reporter_key(connection, settings.privacy)
        known = StoredReporters(connection, key, written_reporters(settings))
        _, ids = _found_reports(connection, known, reporter, source, now)
        found = (
            select(reports, report_texts.c.text, *_all_but(report_locations, "report_id"))
            .outerjoin(report_texts, report_texts.c.report_id == reports.c.id)
            .outerjoin(report_locations, report_locations.c.report_id == reports.c.id)
            .where(reports.c.id.in_(ids))
            .order_by(reports.c.reported_at, reports.c.id)
        )
        versions = (
            select(report_versions)
            .where(report_versions.c.report_id.in_(ids))
            .order_by(report_versions.c.report_id, report_versions.c.known_from)
        )
        return {
            "soort": "melder",
            "bron": source,
            "gegevenOp": now.isoformat(),
            "meldingen": _told(connection, found),
            "eerdereVersies": _told(connection, versions),
            "toelichting": (
                "Van de melder zelf is alleen een sleutelgebonden kenmerk bewaard. Uit de teksten zijn "
                "namen, nummers en adressen bij het inlezen verwijderd."
            ),
        }


def erase_reporter(
    database: Database, settings: Settings, *, reporter: str, source: str, now: datetime
) -> Erased:
    """Cut every tie between the reports of a source and who made them; logged.

    Counts, hotspots and the history stay as they are: these reports still count as those of one person.

    Raises
    ------
    NotFoundError
        As :func:`export_reporter`.
    """
    erased = Erased()
    with database.writing() as connection:
        lock_imports(connection)
        key = load_reporter_key(connection, settings.privacy)
        known = StoredReporters(connection, key, written_reporters(settings))
        reporter_id, ids = _found_reports(connection, known, reporter, source, now)
        numbers = connection.execute(select(reports.c.source_id).where(reports.c.id.in_(ids))).scalars()
        listed = [Erasure("report", now, erased_id(key.first, number), source) for number in numbers]
        erased.counts["reports"] = len(ids)
        shared_count = _erase_reports(connection, key, source, reporter_id, ids, erased)
        write_fact(connection, WIPE_DUE, "yes")
        add_erasures(settings, listed)
    erased.kept["plek en tijd"] = "tellen mee in de hotspots en cijfers, en zijn niet meer aan u te verbinden"
    if shared_count:
        erased.kept["adressen van anderen"] = (
            f"{shared_count} adressen, omdat ook anderen daarover meldden: die van hun meldingen blijven"
        )
    erased.kept["bestanden"] = (
        f"de levering zelf en haar geweigerde rijen, tot {settings.retention.inbox_days} dagen nadat zij "
        f"binnenkwam: in {settings.jobs.inbox}, en een dag in {settings.service.uploads}"
    )
    return _wiped(database, erased)


def erase_again(connection: Connection, settings: Settings, listed: Sequence[Erasure], now: datetime) -> int:
    """Erase in a backup what was erased after it was made, as its list says; how many reports and users.

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
    for (source, reporter_id), ids in found.items():
        _erase_reports(connection, key, source, reporter_id, sorted(ids), Erased())
        count += len(ids)
    known = {
        tuple(row) for row in connection.execute(select(erased_reports.c.source, erased_reports.c.id_hash))
    }
    for source, first in sorted(hashes):
        if (source, key.brought_up(first)) not in known:
            connection.execute(insert(erased_reports).values(source=source, id_hash=key.brought_up(first)))
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
            "account": {column: _plain(value) for column, value in user.items() if column != "password_hash"},
            "sessies": _count(connection, sessions, sessions.c.user_id == own),
            "tweedeStap": _told(
                connection, select(second_factors.c.set_at).where(second_factors.c.user_id == own)
            ),
            "herstelcodes": _count(connection, recovery_codes, recovery_codes.c.user_id == own),
            "wijzigingenVanToegang": _told(
                connection,
                select(access_changes).where(
                    or_(access_changes.c.actor_id == own, access_changes.c.about_id == own)
                ),
            ),
            "volgt": _told(
                connection, select(follows.c.kind, follows.c.name).where(follows.c.user_id == own)
            ),
            "redenenVanInzage": _told(
                connection, select(reading_reasons).where(reading_reasons.c.actor_id.in_(_ids_of(user)))
            ),
            "post": _told(connection, select(subscriptions).where(subscriptions.c.user_id == own)),
            **{
                table.name: _told(
                    connection,
                    select(*_all_but(table, "token_hash")).where(
                        or_(*(column.in_(_names_of(user)) for column in columns))
                    ),
                )
                for table, columns in _NAMING.items()
                if table is not users  # what other people's accounts say is theirs
            },
            **{
                table.name: _told(
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
        kept = _count(connection, access_log, access_log.c.actor_id.in_(_ids_of(user)))
        add_erasures(settings, [Erasure("user", now, hash_of_user(key, user["id"]))])
    if kept:
        erased.kept["inzagelog"] = (
            f"{kept} regels, tot het einde van hun bewaartermijn: verantwoording is verplicht"
        )
    return _wiped(database, erased)


def _erase_reports(
    connection: Connection,
    key: ReporterKey,
    source: str,
    reporter_id: int | None,
    ids: Sequence[int],
    erased: Erased,
) -> int:
    """Cut the ties of reports of one reporter; gives how many addresses stay, as others name them."""
    for row in connection.execute(
        select(reports.c.id, reports.c.source_id).where(reports.c.id.in_(ids))
    ).all():
        id_hash = erased_id(key, row.source_id)
        connection.execute(insert(erased_reports).values(source=source, id_hash=id_hash))
        connection.execute(
            update(reports)
            .where(reports.c.id == row.id)
            .values(source_id=ERASED + secrets.token_hex(16), content_hash=secrets.token_hex(32))
        )
        connection.execute(delete(rejects).where(rejects.c.source_id == row.source_id))
    erased.counts["texts"] = connection.execute(
        delete(report_texts).where(report_texts.c.report_id.in_(ids))
    ).rowcount
    erased.counts["addresses"], shared_count = _erase_addresses(connection, ids)
    erased.counts["reporters"] = 0 if reporter_id is None else _cut_off(connection, reporter_id, ids)
    return shared_count


def _erase_user(connection: Connection, user: Mapping[str, Any], erased: Erased, now: datetime) -> None:
    for table, column in _BY_PERSON:
        ids = connection.execute(select(table.c.id).where(table.c.actor_id.in_(_ids_of(user)))).scalars()
        values = {column: REMOVED_PERSON, "actor_id": REMOVED_PERSON}
        erased.counts[table.name] = redact(connection, table, ids, values, now=now, reason=ERASURE)
    connection.execute(
        update(embeds).where(embeds.c.actor_id.in_(_ids_of(user))).values(actor_id=REMOVED_PERSON)
    )
    for table in (meetings, retention_confirmations, signalling_changes):
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


def _wiped(database: Database, erased: Erased) -> Erased:
    erased.kept["back-ups"] = "tot het einde van hun eigen bewaartermijn"
    erased.is_wiped = wipe(database)
    return erased


def _found_reports(
    connection: Connection, known: StoredReporters, reporter: str, source: str, now: datetime
) -> tuple[int, list[int]]:
    """The id of a reporter and those of the reports of a source, logged as a reading of their texts."""
    reporter_id = known.id_of(reporter)
    if reporter_id is None:
        raise NotFoundError("no report is known of this reporter: check the id as it stands in the source")
    own = select(reports.c.id).where(reports.c.reporter_id == reporter_id, reports.c.source == source)
    before = (
        select(reports.c.id)
        .join(report_versions, report_versions.c.report_id == reports.c.id)
        .where(report_versions.c.reporter_id == reporter_id, reports.c.source == source)
    )
    ids = sorted(connection.execute(own.union(before)).scalars())
    if not ids:
        raise NotFoundError(f"no report of source '{source}' is known of this reporter")
    log_access(connection, actor=OPERATOR, right=Right.READ_TEXTS, report_count=len(ids), now=now)
    return reporter_id, ids


def _cut_off(connection: Connection, reporter_id: int, ids: Sequence[int]) -> int:
    """Give these reports a reporter that no key leads to; the same one, as they were of one person."""
    stranger = connection.execute(
        insert(reporters).values(hash=ERASED + secrets.token_hex(28)).returning(reporters.c.id)
    ).scalar_one()
    for table, row in ((reports, reports.c.id), (report_versions, report_versions.c.report_id)):
        connection.execute(
            update(table).where(row.in_(ids), table.c.reporter_id == reporter_id).values(reporter_id=stranger)
        )
    for table in (reports, report_versions):
        if _count(connection, table, table.c.reporter_id == reporter_id):  # reports of other sources
            return 0
    return delete_rows(connection, reporters, reporters.c.id == reporter_id)


def _erase_addresses(connection: Connection, ids: Sequence[int]) -> tuple[int, int]:
    """Take the addresses out of reports, of their versions and of what was found of them.

    Which reports name one and the same address stays, as a random value: whether a place is one dwelling
    hangs on it. An address that others name too stays which it is: a dwelling must not turn into an area,
    for which rules are less strict, because one of its neighbours was erased.

    Returns
    -------
    tuple
        How many reports had a location, and how many addresses stay as others name them too.
    """
    places, versions = report_locations.c, report_versions.c
    rows = connection.execute(select(*ADDRESS).where(places.report_id.in_(ids)))
    queries = {query_key(query_of(row)) for row in rows}
    keys = select(places.address_key).where(places.report_id.in_(ids))
    earlier = select(versions.address_key).where(versions.report_id.in_(ids))
    named = {key for key in connection.execute(keys.union(earlier)).scalars() if key}
    others = select(places.address_key).where(places.report_id.not_in(ids), places.address_key.in_(named))
    before = select(versions.address_key).where(
        versions.report_id.not_in(ids), versions.address_key.in_(named)
    )
    shared = set(connection.execute(others.union(before)).scalars())
    # the first word is the postcode: what shares it does so afterwards
    postcodes = {key.partition(" ")[0]: ERASED + secrets.token_hex(12) for key in sorted(named)}
    for key in sorted(named - shared):
        value = f"{postcodes[key.partition(' ')[0]]} {secrets.token_hex(12)}"
        for table in (report_locations, report_versions):
            chosen = (table.c.report_id.in_(ids), table.c.address_key == key)
            connection.execute(update(table).where(*chosen).values(address_key=value))
    cleared = dict.fromkeys([*(column.name for column in ADDRESS), "found", "why_not_better"])
    count = connection.execute(
        update(report_locations).where(places.report_id.in_(ids)).values(cleared)
    ).rowcount
    _forget_answers(connection, queries, named - shared)
    return count, len(shared)


def _forget_answers(connection: Connection, queries: set[str], address_keys: set[str]) -> None:
    """Remove where these addresses were found to be, unless another report asks for the same."""
    for table in (location_fixes, geocoding_cache):
        chosen = or_(table.c.query.in_(queries), table.c.address_key.in_(address_keys))
        found = set(connection.execute(select(table.c.query).where(chosen)).scalars())
        if not found:
            continue
        asked = select(*ADDRESS).where(has_address())
        for row in connection.execute(asked, execution_options={"yield_per": ROWS_AT_ONCE}):
            found.discard(query_key(query_of(row)))
        connection.execute(delete(table).where(table.c.query.in_(found)))


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


def _all_but(table: Table, hidden: str) -> list[Column[Any]]:
    return [column for column in table.c if column.name != hidden]


def _count(connection: Connection, table: Table, chosen: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(table).where(chosen)).scalar_one()


def _told(connection: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    hidden = ("id", "reporter_id", "report_id", "content_hash", "cell", "first_import_id", "last_import_id")
    return [
        {str(name): _plain(value) for name, value in row.items() if name not in hidden}
        for row in connection.execute(query).mappings()
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
