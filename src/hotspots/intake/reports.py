"""Storing reports as sources tell them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from itertools import compress
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from hotspots.intake.incoming import Incoming, IncomingReports, LocationValues, ReportValues
from hotspots.intake.seen_reports import SeenReports
from hotspots.intake.sources.reading import Refusal
from hotspots.intake.undoing import keep_before
from hotspots.store.batches import in_batches, insert_columns, is_among, next_ids
from hotspots.store.report_tables import (
    imports,
    rejects,
    report_locations,
    report_texts,
    report_versions,
    reporters,
    reports,
)

OLDER_VERSION = "oudere versie van een melding dan wat er al staat: gelaten zoals het was"
SAME_NUMBER = (
    "melding met een kenmerk dat eerder in dit bestand staat en met een andere inhoud: de laatste telt"
)

_OF_PLACE = ("precision", "radius_m", "cell", "buurtcode")
"""What a report itself tells of its place."""


class Untold(Enum):
    """What a file can have no column for."""

    REPORTER = auto()
    TEXT = auto()
    PLACE = auto()


@dataclass
class ImportCounts:
    """What an import did with each row; `read` is the sum of the five after it."""

    read: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    other_category: int = 0
    rejected: int = 0
    located: int = 0  # of those stored: with a point
    with_reporter: int = 0  # of those stored: whose reporter the file tells


class ReporterIds:
    """The ids of reporters by their hashes; those that came by are remembered, as most come by again."""

    _MOST = 32_768

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str | None, int | None] = {None: None}

    def of(self, hashes: Iterable[str | None]) -> Mapping[str | None, int | None]:
        """The ids of these and maybe of others; who is not stored yet is stored first."""
        if len(self._known) > self._MOST:
            self._known = {None: None}
        wanted = sorted(filter(None, set(hashes).difference(self._known)))
        query = select(reporters.c.hash, reporters.c.id)
        self._known.update(map(tuple, _rows(self._connection, query, reporters.c.hash, wanted)))
        absent = [value for value in wanted if value not in self._known]
        ids = next_ids(self._connection, reporters, len(absent))
        insert_columns(self._connection, reporters, {"id": ids, "hash": absent})
        self._known.update(zip(absent, ids, strict=True))
        return self._known


def start_import(connection: Connection, source: str, file_name: str, sha256: str, now: datetime) -> int:
    """Write the first half of an import's line; returns its id."""
    line = insert(imports).values(
        source=source, file_name=file_name[:255], file_sha256=sha256, started_at=now
    )
    return int(connection.execute(line.returning(imports.c.id)).scalar_one())


def finish_import(
    connection: Connection,
    import_id: int,
    counts: ImportCounts,
    told: Mapping[str, Any],
    now: datetime,
    *,
    seen: SeenReports,
) -> None:
    """Write the counts of an import, what is told of how its file was read, and what it told again."""
    connection.execute(
        update(imports)
        .where(imports.c.id == import_id)
        .values(finished_at=now, told=dict(told), told_again=seen.packed(), **vars(counts))
    )


def add_rejects(connection: Connection, import_id: int, refused: Sequence[Refusal]) -> None:
    """Record refused rows by number, id and reason; the rows themselves may identify people."""
    if refused:
        connection.execute(
            insert(rejects),
            [
                {
                    "import_id": import_id,
                    "row_number": row.row_number,
                    "source_id": row.source_id[:120] or None,
                    "reason": row.reason,
                }
                for row in refused
            ],
        )


def stored_ids(connection: Connection, source: str, source_ids: Sequence[str]) -> set[str]:
    """Which of these reports are stored already."""
    return set(_ids(connection, source, source_ids))


def upsert_reports(
    connection: Connection,
    source: str,
    import_id: int,
    reporter_numbers: "ReporterIds",
    told_reports: IncomingReports,
    *,
    now: datetime,
    counts: ImportCounts,
    seen: SeenReports,
    untold: frozenset[Untold] = frozenset(),
) -> Counter[str]:
    """Store new reports, change those that changed (keeping what they were), leave the others.

    Each id comes once. Of two versions of a report the later counts, whichever comes first: a version that
    its source changed before the stored one is left. Added to the counts are new, updated, unchanged, located
    and with_reporter.

    Parameters
    ----------
    seen
        The stored reports that this file told before, to which these are added.
    untold
        What the file has no column for: it stays as it is stored.

    Returns
    -------
    Counter
        What is to be told, in Dutch: versions older than what is stored, and rows of this file that replaced
        another row of it.
    """
    known = _stored_by_id(connection, source, told_reports.source_id)
    reporter_ids = reporter_numbers.of(told_reports.reporter_hash)
    is_new = [source_id not in known for source_id in told_reports.source_id]
    new = told_reports
    again: list[Incoming] = []
    if known:
        new = told_reports.chosen([row for row, is_one in enumerate(is_new) if is_one])
        again = told_reports.chosen([row for row, is_one in enumerate(is_new) if not is_one]).each()
    changed = [
        report
        for report in again
        if known[report.source_id]["content_hash"] not in (report.content_hash, report.former_content_hash)
    ]
    older = [report for report in changed if _is_older(report, known[report.source_id])]
    changed = [report for report in changed if not _is_older(report, known[report.source_id])]
    told = Counter({OLDER_VERSION: len(older)})
    told[SAME_NUMBER] = sum(
        known[report.source_id]["last_import_id"] == import_id or known[report.source_id]["id"] in seen
        for report in changed
    )
    for row in known.values():
        seen.add(row["id"])
    keep_before(connection, import_id, _touched(again, changed, known))
    _insert_new(connection, source, import_id, new, reporter_ids)
    _update_changed(connection, import_id, changed, known, reporter_ids, now, untold)
    _bring_up(connection, again, known, reporter_ids)
    _note_later_versions(connection, again, known)
    counts.new += len(new.source_id)
    counts.updated += len(changed)
    counts.unchanged += len(again) - len(changed)
    counts.with_reporter += sum(one is not None for one in told_reports.reporter_hash)
    fresh = {report.source_id for report in changed}
    counts.located += sum(lon is not None for lon in new.location[LocationValues._fields.index("lon")])
    counts.located += sum(report.location.lon is not None for report in changed)
    counts.located += sum(row["lon"] is not None for name, row in known.items() if name not in fresh)
    return +told


def load_texts(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Read the texts of reports; a report without a text is absent."""
    wanted = sorted({int(report_id) for report_id in ids})
    query = select(report_texts.c.report_id, report_texts.c.text)
    found: dict[int, str] = {}
    for batch in in_batches(wanted):
        some = query.where(is_among(connection, report_texts.c.report_id, batch))
        found |= dict(connection.execute(some).all())
    return found


def _rows(
    connection: Connection, query: Select[Any], column: Column[Any], values: Sequence[Any]
) -> Iterator[Row[Any]]:
    for batch in in_batches(values):
        yield from connection.execute(query.where(is_among(connection, column, batch)))


def _stored_by_id(
    connection: Connection, source: str, source_ids: Sequence[str]
) -> dict[str, dict[str, Any]]:
    places = report_locations.c
    # a report of which the place was removed after its period has none
    query = select(reports, places.lon, places.lat, places.address_key).outerjoin_from(
        reports, report_locations
    )
    rows = _rows(connection, query.where(reports.c.source == source), reports.c.source_id, source_ids)
    return {row.source_id: row._asdict() for row in rows}


def _ids(connection: Connection, source: str, source_ids: Sequence[str]) -> dict[str, int]:
    query = select(reports.c.source_id, reports.c.id).where(reports.c.source == source)
    return {row.source_id: row.id for row in _rows(connection, query, reports.c.source_id, source_ids)}


def _insert_new(
    connection: Connection,
    source: str,
    import_id: int,
    new: IncomingReports,
    reporter_ids: Mapping[str | None, int | None],
) -> None:
    count = len(new.source_id)
    ids = next_ids(connection, reports, count)
    values = dict(zip(ReportValues._fields, new.report, strict=True))
    of_import = {
        "id": ids,
        "source": [source] * count,
        "source_id": new.source_id,
        "reporter_id": [reporter_ids[one] for one in new.reporter_hash],
        "known_from": values["reported_at"],
        "changed_at": new.changed_at,
        "content_hash": new.content_hash,
        "first_import_id": [import_id] * count,
        "last_import_id": [import_id] * count,
    }
    insert_columns(connection, reports, values | of_import)
    places = dict(zip(LocationValues._fields, new.location, strict=True))
    insert_columns(connection, report_locations, {"report_id": ids} | places)
    _write_texts(connection, ids, new.text)


def _update_changed(
    connection: Connection,
    import_id: int,
    changed: Sequence[Incoming],
    known: Mapping[str, Mapping[str, Any]],
    reporter_ids: Mapping[str | None, int | None],
    now: datetime,
    untold: frozenset[Untold],
) -> None:
    if not changed:
        return
    by_id = {int(known[report.source_id]["id"]): report for report in changed}
    versions, rows = [], []
    for report in changed:
        old = known[report.source_id]
        # a source that tells when it changed is believed, unless that lies before what was known already
        since = max(report.changed_at or now, old["known_from"])
        versions.append(
            {
                **{column.name: old[column.name] for column in report_versions.columns if column.name in old},
                "report_id": old["id"],
                "known_until": since,
            }
        )
        versions[-1].pop("id")
        rows.append(
            {
                **report.report._asdict(),
                **({name: old[name] for name in _OF_PLACE} if Untold.PLACE in untold else {}),
                "has_hour": _has_hour(report, old),
                "key": old["id"],
                "reporter_id": old["reporter_id"]
                if Untold.REPORTER in untold
                else reporter_ids[report.reporter_hash],
                "known_from": since,
                "content_hash": report.content_hash,
                "last_import_id": import_id,
            }
        )
    connection.execute(insert(report_versions), versions)
    _update_by_key(connection, reports, "id", rows)
    if Untold.PLACE not in untold:
        _update_by_key(
            connection,
            report_locations,
            "report_id",
            [{"key": report_id, **report.location._asdict()} for report_id, report in by_id.items()],
        )
    if Untold.TEXT not in untold:
        for batch in in_batches(sorted(by_id)):
            connection.execute(delete(report_texts).where(report_texts.c.report_id.in_(batch)))
        _write_texts(connection, list(by_id), [report.text for report in by_id.values()])


def _touched(
    again: Sequence[Incoming], changed: Sequence[Incoming], known: Mapping[str, Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The stored reports that are about to be changed, or to be known as of a later version."""
    later = (report for report in again if _is_later(report, known[report.source_id]))
    return [known[source_id] for source_id in dict.fromkeys(one.source_id for one in (*changed, *later))]


def _is_older(report: Incoming, stored: Mapping[str, Any]) -> bool:
    """Whether its source changed it before the version that is stored."""
    return (
        report.changed_at is not None
        and stored["changed_at"] is not None
        and report.changed_at < stored["changed_at"]
    )


def _bring_up(
    connection: Connection,
    incoming: Sequence[Incoming],
    known: Mapping[str, Mapping[str, Any]],
    reporter_ids: Mapping[str | None, int | None],
) -> None:
    """Keep what didn't change by the present rules: who its reporter is, and whether its hour is known."""
    former, hourless = [], []
    for report in incoming:
        old = known.get(report.source_id, {})
        if old.get("content_hash") not in (report.content_hash, report.former_content_hash):
            continue
        if old["content_hash"] != report.content_hash:
            who = {"content_hash": report.content_hash, "reporter_id": reporter_ids[report.reporter_hash]}
            former.append({"key": old["id"], **who})
        if old["has_hour"] and not report.report.has_hour:
            hourless.append({"key": old["id"], "has_hour": False})
    for rows in filter(None, (former, hourless)):
        _update_by_key(connection, reports, "id", rows)


def _has_hour(report: Incoming, stored: Mapping[str, Any]) -> bool:
    """Whether the hour is known; a time that had none doesn't get one by coming again in a small delivery."""
    is_same = all(getattr(report.report, name) == stored[name] for name in ("reported_at", "occurred_at"))
    return bool(report.report.has_hour and (stored["has_hour"] or not is_same))


def _note_later_versions(
    connection: Connection, again: Sequence[Incoming], known: Mapping[str, Mapping[str, Any]]
) -> None:
    """Keep when the latest version changed at its source, also where it says the same as the one before."""
    later = [
        {"key": known[report.source_id]["id"], "changed_at": report.changed_at}
        for report in again
        if _is_later(report, known[report.source_id])
    ]
    if later:
        _update_by_key(connection, reports, "id", later)


def _is_later(report: Incoming, stored: Mapping[str, Any]) -> bool:
    """Whether its source changed it after the version that is stored, or tells for the first time when."""
    at = report.changed_at
    return at is not None and (stored["changed_at"] or at) <= at and at != stored["changed_at"]


def _update_by_key(connection: Connection, table: Table, column: str, rows: Sequence[dict[str, Any]]) -> None:
    names = [name for name in rows[0] if name != "key"]
    statement = update(table).where(table.c[column] == bindparam("key"))
    connection.execute(
        statement.values({name: bindparam(f"new_{name}") for name in names}),
        [{"key": row["key"], **{f"new_{name}": row[name] for name in names}} for row in rows],
    )


def _write_texts(connection: Connection, ids: Sequence[int], texts: Sequence[str]) -> None:
    told = list(map(bool, texts))
    columns: dict[str, Sequence[Any]] = {
        "report_id": list(compress(ids, told)),
        "text": list(compress(texts, told)),
    }
    insert_columns(connection, report_texts, columns)
