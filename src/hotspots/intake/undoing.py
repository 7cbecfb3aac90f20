"""Undoing an import: the reports that it brought go, and those that it changed are as they were before.

That can be done as long as no later import touched these reports, and what they were is still kept. The line
of the import stays, marked as undone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    RowMapping,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from hotspots.access.admin_changes import Kind, record_change
from hotspots.access.rights import Actor
from hotspots.errors import NotFoundError, UndoError
from hotspots.geography.areas import AreaIndex
from hotspots.intake.reporter_key import lock_imports
from hotspots.intake.seen_reports import SeenReports
from hotspots.store.areas import find_buurten, load_areas
from hotspots.store.audit import add_line
from hotspots.store.batches import in_batches
from hotspots.store.metadata import WIPE_DUE, write_fact
from hotspots.store.report_tables import (
    import_before,
    imports,
    report_locations,
    report_texts,
    report_versions,
    reporters,
    reports,
)
from hotspots.store.schema import UtcDateTime
from hotspots.wording import count as counted

UNDOING = "levering terugdraaien"

_STAYING = frozenset({"id", "source", "source_id", "reporter_id", "first_import_id"})
"""Of a report: what no import changes, and its reporter, who has a column of its own."""

_REPORT = [column.name for column in reports.columns if column.name not in _STAYING]
_LOCATION = [column.name for column in report_locations.columns if column.name != "report_id"]


@dataclass(frozen=True)
class Undoing:
    """What undoing an import does, or why it can't be done."""

    import_id: int
    removed: int  # reports that it brought
    restored: int  # reports that it changed
    why_not: str = ""  # in Dutch; empty: it can be done
    english: str = ""  # the same for a command


def keep_before(connection: Connection, import_id: int, known: Iterable[Mapping[str, Any]]) -> None:
    """Keep what reports are before an import changes them; what this import brought or changed is not asked.

    Parameters
    ----------
    known
        Their rows as they stand.
    """
    rows = {row["id"]: row for row in known if row["first_import_id"] != import_id}
    for batch in in_batches(sorted(rows)):
        before = import_before.c
        kept = set(
            connection.execute(
                select(before.report_id).where(before.import_id == import_id, before.report_id.in_(batch))
            ).scalars()
        )
        ids = [one for one in batch if one not in kept]
        if not ids:
            continue
        places = {row["report_id"]: row for row in _rows_of(connection, report_locations, ids)}
        texts = {row["report_id"]: row["text"] for row in _rows_of(connection, report_texts, ids)}
        last = dict(
            connection.execute(
                select(report_versions.c.report_id, func.max(report_versions.c.id))
                .where(report_versions.c.report_id.in_(ids))
                .group_by(report_versions.c.report_id)
            ).all()
        )
        connection.execute(
            insert(import_before),
            [
                {
                    "import_id": import_id,
                    "report_id": one,
                    "reporter_id": rows[one]["reporter_id"],
                    "last_version_id": last.get(one, 0),
                    "report": _as_json(rows[one], _REPORT),
                    "location": _as_json(places[one], _LOCATION) if one in places else None,
                    "text": texts.get(one),
                }
                for one in ids
            ],
        )


def look_at_undoing(connection: Connection, import_id: int) -> Undoing:
    """Tell what undoing an import would do, and whether it can be done.

    Raises
    ------
    NotFoundError
        If there was no such import.
    """
    line = connection.execute(select(imports).where(imports.c.id == import_id)).one_or_none()
    if line is None:
        raise NotFoundError(f"there was no import {import_id}")
    brought = reports.c.first_import_id == import_id
    changed = reports.c.id.in_(
        select(import_before.c.report_id).where(import_before.c.import_id == import_id)
    )
    removed = _count(connection, brought)
    restored = _count(connection, and_(changed, ~brought))
    why, english = _why_not(connection, line, or_(brought, changed))
    return Undoing(import_id, removed, restored, why, english)


def undo_import(
    connection: Connection, import_id: int, *, by: Actor | None, at: datetime, reason: str = ""
) -> Undoing:
    """Take back what an import did, in the transaction of a connection.

    Raises
    ------
    NotFoundError
        If there was no such import.
    UndoError
        If a later import touched its reports, what they were is not kept, or it was undone before.
    """
    lock_imports(connection)
    found = look_at_undoing(connection, import_id)
    if found.why_not:
        raise UndoError(f"import {import_id} can't be undone: {found.english}", found.why_not)
    line = connection.execute(select(imports).where(imports.c.id == import_id)).one()
    before = select(import_before).where(import_before.c.import_id == import_id)
    if found.restored:
        index = AreaIndex(load_areas(connection, {}))
        for rows in connection.execute(before).mappings().partitions(500):
            _restore(connection, rows)
            # other borders may have been put in the place of those that were
            find_buurten(connection, index, among=[row["report_id"] for row in rows])
    connection.execute(delete(import_before).where(import_before.c.import_id == import_id))
    connection.execute(delete(reports).where(reports.c.first_import_id == import_id))
    _forget_reporters(connection)
    connection.execute(update(imports).where(imports.c.id == import_id).values(undone_at=at))
    write_fact(connection, WIPE_DUE, "yes")
    add_line(connection, UNDOING, now=at)
    record_change(
        connection,
        kind=Kind.DELIVERY,
        about=f"import {import_id}, bron {line.source}",
        by=by,
        at=at,
        before={"nieuw": line.new, "gewijzigd": line.updated},
        after={"weggehaald": found.removed, "hersteld": found.restored},
        reason=reason or None,
    )
    return found


def _why_not(connection: Connection, line: Any, touched: Any) -> tuple[str, str]:
    """Why an import can't be undone, in Dutch and in English; both empty when it can."""
    if line.undone_at is not None:
        return (
            "Deze levering is al teruggedraaid.",
            f"it was undone before, at {line.undone_at:%Y-%m-%d %H:%M} UTC",
        )
    later = import_before.alias()
    by_id = func.max(later.c.import_id)
    by_later = connection.execute(
        select(reports.c.last_import_id, by_id)
        .select_from(
            reports.outerjoin(later, and_(later.c.report_id == reports.c.id, later.c.import_id > line.id))
        )
        .where(touched)
        .group_by(reports.c.id, reports.c.last_import_id)
        .having(or_(reports.c.last_import_id > line.id, by_id.is_not(None)))
    ).all()
    if by_later:
        last = max(max(row[0], row[1] or 0) for row in by_later)
        changed = counted(len(by_later), "melding", "meldingen")
        return (
            f"Een latere levering veranderde {changed} van deze levering. Draai eerst import {last} terug.",
            f"a later import changed {len(by_later)} of its reports: undo import {last} first",
        )
    again = _told_again_by(connection, line, touched)
    if again:
        return (
            f"Een latere levering had meldingen van deze levering opnieuw. Draai eerst import {again} terug.",
            f"a later import told some of its reports again: undo import {again} first",
        )
    kept = exists().where(import_before.c.import_id == line.id, import_before.c.report_id == reports.c.id)
    lost = _count(
        connection, and_(reports.c.last_import_id == line.id, reports.c.first_import_id != line.id, ~kept)
    )
    if lost:
        changed = counted(lost, "gewijzigde melding", "gewijzigde meldingen")
        return (
            f"Van {changed} is niet meer bewaard wat er eerst stond.",
            f"what {lost} of its changed reports were before is kept no longer ([retention] undo_days)",
        )
    return "", ""


def _told_again_by(connection: Connection, line: Any, touched: Any) -> int:
    """The last import of the same source that told these reports again, or may have; 0: none."""
    later = connection.execute(
        select(imports.c.id, imports.c.told_again)
        .where(imports.c.id > line.id, imports.c.source == line.source, imports.c.unchanged > 0)
        .where(imports.c.undone_at.is_(None))
        .order_by(imports.c.id.desc())
    ).all()
    ids = connection.execute(select(reports.c.id).where(touched)).scalars().all() if later else []
    for one in later:
        seen = None if one.told_again is None else SeenReports(one.told_again)
        if ids and (seen is None or any(map(seen.__contains__, ids))):
            return int(one.id)
    return 0


def _restore(connection: Connection, rows: Sequence[RowMapping]) -> None:
    ids = [row["report_id"] for row in rows]
    connection.execute(
        update(reports)
        .where(reports.c.id == bindparam("key"))
        .values({name: bindparam(f"was_{name}") for name in (*_REPORT, "reporter_id")}),
        [
            {"key": row["report_id"], "was_reporter_id": row["reporter_id"]}
            | {f"was_{name}": value for name, value in _of_json(reports, row["report"]).items()}
            for row in rows
        ],
    )
    connection.execute(delete(report_locations).where(report_locations.c.report_id.in_(ids)))
    places = [{"report_id": row["report_id"], **row["location"]} for row in rows if row["location"]]
    if places:
        connection.execute(insert(report_locations), places)
    connection.execute(delete(report_texts).where(report_texts.c.report_id.in_(ids)))
    texts = [{"report_id": row["report_id"], "text": row["text"]} for row in rows if row["text"]]
    if texts:
        connection.execute(insert(report_texts), texts)
    connection.execute(
        delete(report_versions).where(
            report_versions.c.report_id == bindparam("key"), report_versions.c.id > bindparam("last")
        ),
        [{"key": row["report_id"], "last": row["last_version_id"]} for row in rows],
    )


def _forget_reporters(connection: Connection) -> None:
    """Remove the reporters of whom no report is left."""
    left = [
        select(table.c.reporter_id).where(table.c.reporter_id.is_not(None))
        for table in (reports, report_versions, import_before)
    ]
    connection.execute(delete(reporters).where(*(reporters.c.id.not_in(query) for query in left)))


def _rows_of(connection: Connection, table: Table, ids: Sequence[int]) -> Sequence[RowMapping]:
    return connection.execute(select(table).where(table.c.report_id.in_(ids))).mappings().all()


def _count(connection: Connection, chosen: Any) -> int:
    return int(connection.execute(select(func.count()).select_from(reports).where(chosen)).scalar_one())


def _as_json(row: Any, names: Sequence[str]) -> dict[str, Any]:
    found = {name: row[name] for name in names}
    return {name: one.isoformat() if isinstance(one, datetime) else one for name, one in found.items()}


def _of_json(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value)
        if value is not None and isinstance(table.c[name].type, UtcDateTime)
        else value
        for name, value in values.items()
    }
