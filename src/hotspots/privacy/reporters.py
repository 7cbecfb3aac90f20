"""What is kept of who reported: giving it to them, and cutting every tie to them.

Reports are counted in hotspots and figures, which are about places. So a reporter is erased by cutting every
tie to the person: text and address go, the report's number at its source becomes a random one, and the keyed
hash of the reporter becomes a random value that no key leads to. What remains says that somebody reported
something there.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
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
from hotspots.access.reading_reasons import GivenReason
from hotspots.access.rights import Actor, Right
from hotspots.errors import NotFoundError, SubjectError
from hotspots.geocoding.locating import query_key
from hotspots.geocoding.locations import ADDRESS, has_address, query_of
from hotspots.intake.reporter_identity import written_reporters
from hotspots.intake.reporter_key import ERASED, ReporterKey, erased_id, load_reporter_key, lock_imports
from hotspots.intake.stored_reporters import StoredReporters
from hotspots.privacy.erasures import Erasure, add_erasures
from hotspots.privacy.wiping import wipe
from hotspots.settings import Settings
from hotspots.store.batches import ROWS_AT_ONCE
from hotspots.store.case_tables import access_log, sent_forms
from hotspots.store.database import Database
from hotspots.store.metadata import WIPE_DUE, write_fact
from hotspots.store.place_tables import geocoding_cache, location_fixes
from hotspots.store.removals import delete_rows
from hotspots.store.report_tables import (
    erased_reports,
    import_before,
    rejects,
    report_locations,
    report_texts,
    report_versions,
    reporters,
    reports,
)
from hotspots.store.run_tables import detection_reports, hotspot_states

OPERATOR = Actor("beheer", "opdrachtregel", None)
"""Who does this by command: the one who runs the software, at the request of the privacy officer."""

Also = Callable[[Connection, Mapping[str, int]], None]
"""What is written in the same transaction, with how much was found or done."""


@dataclass(frozen=True)
class Handling:
    """Who handles what a person asks, by which right, and what is written together with it."""

    actor: Actor = OPERATOR
    right: Right = Right.READ_TEXTS
    reason: GivenReason | None = None
    also: Also = lambda _connection, _counts: None


BY_COMMAND = Handling()


@dataclass(frozen=True)
class Reported:
    """By what somebody is known who reported: as the source writes who it is, or the number of one report."""

    reporter: str | None = None
    number: str | None = None
    source: str | None = None  # None: any


@dataclass
class Erased:
    """What an erasure did."""

    counts: dict[str, int] = field(default_factory=dict)  # of rows per kind
    kept: dict[str, str] = field(default_factory=dict)  # what stays, with the reason in Dutch
    is_wiped: bool = False  # nothing of it stayed in the files of the database; else readers were in the way


def export_reporter(
    database: Database,
    settings: Settings,
    sought: Reported,
    *,
    now: datetime,
    handling: Handling = BY_COMMAND,
) -> dict[str, Any]:
    """Everything kept about who reported, JSON-able; logged as a reading.

    Of the number of one report it is that report alone.

    Raises
    ------
    NotFoundError
        If no such report is known.
    SubjectError
        If the number is that of reports of several sources.
    """
    with database.writing() as connection:
        key = load_reporter_key(connection, settings.privacy)
        _, ids = _found_reports(connection, settings, key, sought, now, handling)
        found = (
            select(reports, report_texts.c.text, *all_but(report_locations, "report_id"))
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
        record = {
            "soort": "melder",
            "bron": sought.source,
            "gegevenOp": now.isoformat(),
            "meldingen": told_rows(connection, found),
            "eerdereVersies": told_rows(connection, versions),
            "voorEenLevering": _before_imports(connection, ids),
            "gelezenDoor": readings_told(connection, _hotspots_of(ids)),
            "toelichting": (
                "Van de melder zelf is alleen een sleutelgebonden kenmerk bewaard. Uit de teksten zijn "
                "namen, nummers en adressen bij het inlezen verwijderd."
            ),
        }
        handling.also(connection, {"meldingen": len(ids)})
    return record


def _before_imports(connection: Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    """What reports were before imports that can be undone, with what was in their places and texts."""
    rows = connection.execute(
        select(import_before.c.report, import_before.c.location, import_before.c.text)
        .where(import_before.c.report_id.in_(ids))
        .order_by(import_before.c.report_id, import_before.c.import_id)
    )
    hidden = ("content_hash", "cell", "last_import_id")
    places = [column.name for column in all_but(report_locations, "report_id")]
    return [
        {name: value for name, value in row.report.items() if name not in hidden}
        | (row.location or dict.fromkeys(places))
        | {"text": row.text}
        for row in rows
    ]


def erase_reporter(
    database: Database,
    settings: Settings,
    sought: Reported,
    *,
    now: datetime,
    handling: Handling = BY_COMMAND,
) -> Erased:
    """Cut every tie between reports and who made them; logged.

    Counts, hotspots and the history stay as they are: these reports still count as those of one person.
    Of the number of one report it is that report alone; while others of the same person stay, so does the
    code of the reporter, as another one would make of them two persons.

    Raises
    ------
    NotFoundError, SubjectError
        As :func:`export_reporter`.
    """
    erased = Erased()
    with database.writing() as connection:
        lock_imports(connection)
        key = load_reporter_key(connection, settings.privacy)
        reporter_id, ids = _found_reports(connection, settings, key, sought, now, handling)
        rows = connection.execute(select(reports.c.source, reports.c.source_id).where(reports.c.id.in_(ids)))
        numbers = rows.all()
        listed = [Erasure("report", now, erased_id(key.first, row.source_id), row.source) for row in numbers]
        erased.counts["reports"] = len(ids)
        if sought.number is not None and reporter_id is not None:
            others = (reports.c.reporter_id == reporter_id, reports.c.id.not_in(ids))
            if connection.execute(select(reports.c.id).where(*others).limit(1)).first():
                reporter_id = None
                erased.kept["de code van de melder"] = (
                    "er zijn meer meldingen van dezelfde melder, die niet zijn gewist"
                )
        shared_count = erase_reports(connection, key, reporter_id, ids, erased)
        forget_what_was_answered(connection)
        write_fact(connection, WIPE_DUE, "yes")
        handling.also(connection, erased.counts)
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
    return wiped(database, erased)


def erase_reports(
    connection: Connection,
    key: ReporterKey,
    reporter_id: int | None,
    ids: Sequence[int],
    erased: Erased,
) -> int:
    """Cut the ties of reports of one reporter; gives how many addresses stay, as others name them."""
    for row in connection.execute(
        select(reports.c.id, reports.c.source, reports.c.source_id).where(reports.c.id.in_(ids))
    ).all():
        id_hash = erased_id(key, row.source_id)
        connection.execute(insert(erased_reports).values(source=row.source, id_hash=id_hash))
        connection.execute(
            update(reports)
            .where(reports.c.id == row.id)
            .values(source_id=ERASED + secrets.token_hex(16), content_hash=secrets.token_hex(32))
        )
        connection.execute(delete(rejects).where(rejects.c.source_id == row.source_id))
    connection.execute(delete(import_before).where(import_before.c.report_id.in_(ids)))
    erased.counts["texts"] = connection.execute(
        delete(report_texts).where(report_texts.c.report_id.in_(ids))
    ).rowcount
    erased.counts["addresses"], shared_count = _erase_addresses(connection, ids)
    erased.counts["reporters"] = 0 if reporter_id is None else _cut_off(connection, reporter_id, ids)
    return shared_count


def forget_what_was_answered(connection: Connection) -> None:
    """Forget the answers that are kept for who sends a form twice: they may tell what anybody found."""
    connection.execute(update(sent_forms).where(sent_forms.c.answer.is_not(None)).values(answer=None))


def wiped(database: Database, erased: Erased) -> Erased:
    erased.kept["back-ups"] = "tot het einde van hun eigen bewaartermijn"
    erased.is_wiped = wipe(database)
    return erased


def _found_reports(
    connection: Connection,
    settings: Settings,
    key: ReporterKey,
    sought: Reported,
    now: datetime,
    handling: Handling,
) -> tuple[int | None, list[int]]:
    """The id of a reporter and those of their reports, logged as a reading of these."""
    if sought.number is not None:
        reporter_id, ids = _by_number(connection, key, sought.number, sought.source)
    else:
        known = StoredReporters(connection, key, written_reporters(settings))
        reporter_id, ids = _by_reporter(connection, known, sought.reporter or "", sought.source)
    log_access(
        connection,
        actor=handling.actor,
        right=handling.right,
        report_count=len(ids),
        now=now,
        reason=handling.reason,
    )
    return reporter_id, ids


def _by_reporter(
    connection: Connection, known: StoredReporters, reporter: str, source: str | None
) -> tuple[int, list[int]]:
    reporter_id = known.id_of(reporter)
    if reporter_id is None:
        raise NotFoundError("no report is known of this reporter: check the id as it stands in the source")
    of_source = [] if source is None else [reports.c.source == source]
    own = select(reports.c.id).where(reports.c.reporter_id == reporter_id, *of_source)
    before = (
        select(reports.c.id)
        .join(report_versions, report_versions.c.report_id == reports.c.id)
        .where(report_versions.c.reporter_id == reporter_id, *of_source)
    )
    ids = sorted(connection.execute(own.union(before)).scalars())
    if not ids:
        raise NotFoundError(f"no report of source '{source}' is known of this reporter")
    return reporter_id, ids


def _by_number(
    connection: Connection, key: ReporterKey, number: str, source: str | None
) -> tuple[int | None, list[int]]:
    plain_number = number.strip()
    query = select(reports.c.id, reports.c.source, reports.c.reporter_id).where(
        reports.c.source_id.in_({plain_number, key.id_of(plain_number)})
    )
    if source is not None:
        query = query.where(reports.c.source == source)
    rows = connection.execute(query).all()
    if not rows:
        raise NotFoundError("no report has this number: check it as it stands in the source")
    if len({row.source for row in rows}) > 1:
        raise SubjectError(
            "wanted the number of one report, found it in several sources: name the source",
            "Dit nummer staat in meer bronnen. Kies ook de bron.",
        )
    return rows[0].reporter_id, sorted(row.id for row in rows)


def _hotspots_of(ids: Sequence[int]) -> Select[Any]:
    """The ids of the hotspots that these reports ever belonged to."""
    return (
        select(hotspot_states.c.hotspot_id)
        .join(detection_reports, detection_reports.c.detection_id == hotspot_states.c.detection_id)
        .where(detection_reports.c.report_id.in_(ids))
    )


READ = {Right.READ_EXACT_POINTS: "plek", Right.READ_TEXTS: "tekst", Right.READ_DWELLINGS: "bestand"}
"""What was read of a place, in words for who it is about."""


def readings_told(connection: Connection, hotspot_ids: Select[Any]) -> list[dict[str, Any]]:
    """When which organisation read the exact data of places, and why: not who, as these are persons too."""
    rows = connection.execute(
        select(access_log.c.at, access_log.c.organisation, access_log.c.right_used, access_log.c.reason)
        .where(access_log.c.hotspot_id.in_(hotspot_ids), access_log.c.right_used.in_(sorted(READ)))
        .order_by(access_log.c.id)
    )
    return [
        {
            "tijdstip": row.at.isoformat(),
            "organisatie": row.organisation or None,
            "wat": READ[Right(row.right_used)],
            "reden": row.reason,
        }
        for row in rows
    ]


def _cut_off(connection: Connection, reporter_id: int, ids: Sequence[int]) -> int:
    """Give these reports a reporter that no key leads to; the same one, as they were of one person."""
    stranger = connection.execute(
        insert(reporters).values(hash=ERASED + secrets.token_hex(28)).returning(reporters.c.id)
    ).scalar_one()
    for table, row in ((reports, reports.c.id), (report_versions, report_versions.c.report_id)):
        connection.execute(
            update(table).where(row.in_(ids), table.c.reporter_id == reporter_id).values(reporter_id=stranger)
        )
    for table in (reports, report_versions, import_before):
        if count_rows(connection, table, table.c.reporter_id == reporter_id):  # reports of other sources
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


def all_but(table: Table, hidden: str) -> list[Column[Any]]:
    return [column for column in table.c if column.name != hidden]


def count_rows(connection: Connection, table: Table, chosen: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(table).where(chosen)).scalar_one()


def told_rows(connection: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    hidden = ("id", "reporter_id", "report_id", "content_hash", "cell", "first_import_id", "last_import_id")
    return [
        {str(name): plain(value) for name, value in row.items() if name not in hidden}
        for row in connection.execute(query).mappings()
    ]


def plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
