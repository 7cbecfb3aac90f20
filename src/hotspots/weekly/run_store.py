"""Writing what a weekly run found, and reading what earlier runs knew."""

import hashlib
import json
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, tuple_, update

from hotspots.model import DETECTIONS, Status
from hotspots.store.attention_tables import attention_places
from hotspots.store.batches import in_batches, insert_rows, is_among
from hotspots.store.case_tables import nominations
from hotspots.store.locks import lock_until_end
from hotspots.store.report_tables import reports
from hotspots.store.run_tables import (
    detection_reports,
    detections,
    hotspot_lineage,
    hotspot_states,
    hotspots,
    runs,
)
from hotspots.tracking.follow import LineageRow, Track, reach_of
from hotspots.tracking.nuisance import UNKNOWN, Nuisance
from hotspots.tracking.signalling import RUNS
from hotspots.tracking.told import STEP
from hotspots.tracking.visibility import touches_persons

_OF_WHOLE_LIFE = {"run_id", "first_report", "last_report"}
COPIED = {column.name for column in hotspot_states.c if column.name in detections.c} - _OF_WHOLE_LIFE
"""What a state takes over from the detection that showed it."""

_OF_STATE = [column.name for column in hotspot_states.c]

LEAST_NUMBERS = 999
"""How many numbers a year has to draw from; more when half of them are taken."""


@dataclass(frozen=True)
class EarlierState:
    """A hotspot as it stood after an earlier run: its row of ``hotspot_states``, and how to recognise it."""

    row: Mapping[str, Any]
    track: Track

    @property
    def hotspot_id(self) -> str:
        """Its id."""
        return self.track.hotspot_id


def lock_runs(connection: Connection) -> None:
    """Let no other process write runs until this transaction ends; SQLite has one writer anyway."""
    lock_until_end(connection, RUNS)


def states_before(connection: Connection, as_of: date) -> list[EarlierState]:
    """Every hotspot as it stood after the last run before this day."""
    latest = select(func.max(runs.c.as_of)).where(runs.c.as_of < as_of).scalar_subquery()
    run_id = connection.execute(select(runs.c.id).where(runs.c.as_of == latest)).scalar()
    if run_id is None:
        return []
    state = hotspot_states.c
    centres = (
        select(state.hotspot_id, func.avg(state.lon), func.avg(state.lat), func.count())
        .join(runs)
        .where(runs.c.as_of < as_of, state.is_signalled)
        .group_by(state.hotspot_id)
    )
    middles = {row[0]: (float(row[1]), float(row[2]), row[3]) for row in connection.execute(centres)}
    return _states(connection, state.run_id == run_id, middles)


def states_first_seen_from(connection: Connection, as_of: date) -> list[EarlierState]:
    """Hotspots known only from runs at or after this day, as they stood when first seen.

    They are recognised when the past is run again, so that nobody's hotspot gets another number by it.
    """
    state = hotspot_states.c
    first = select(state.hotspot_id, func.min(runs.c.as_of).label("as_of")).join(runs)
    late = first.group_by(state.hotspot_id).having(func.min(runs.c.as_of) >= as_of).subquery()
    keys = select(late.c.hotspot_id, runs.c.id).join(runs, runs.c.as_of == late.c.as_of)
    return _states(connection, tuple_(state.hotspot_id, state.run_id).in_(keys), {})


def hotspots_without_place(connection: Connection) -> frozenset[str]:
    """The dwellings of which only the buurt is kept: nothing is found again in the middle of a buurt."""
    query = select(hotspots.c.id).where(hotspots.c.place_removed_on.is_not(None))
    return frozenset(connection.execute(query).scalars())


def taken_sequences(connection: Connection, year: int) -> set[int]:
    """Give the numbers within a year that hotspots have, and places that may become one."""
    return {
        sequence
        for table in (hotspots, attention_places)
        for sequence in connection.execute(select(table.c.sequence).where(table.c.year == year)).scalars()
    }


def hotspot_ids(connection: Connection) -> frozenset[str]:
    """Give the ids of all hotspots that there ever were."""
    return frozenset(connection.execute(select(hotspots.c.id)).scalars().all())


def draw_sequence(
    connection: Connection, year: int, report_ids: Iterable[int], taken: Collection[int], *, salt: str = ""
) -> int:
    """Draw a free number within the year for a new hotspot, from its reports, and a salt if it may have none.

    Numbers in order of finding would tell by their gaps when a dwelling was found. What the reports are
    decides the number: the same data give the same, and who does not know all of them can't foretell it.
    """
    query = select(reports.c.source + "/" + reports.c.source_id)
    names = sorted(
        name
        for batch in in_batches(sorted(report_ids))
        for name in connection.execute(query.where(is_among(connection, reports.c.id, batch))).scalars().all()
    )
    highest = LEAST_NUMBERS
    while len(taken) * 2 >= highest:
        highest = highest * 10 + 9
    attempt = 0
    while True:
        parts = [str(year), str(attempt), *names, *([salt] if salt else [])]
        seed = hashlib.sha256("\n".join(parts).encode()).digest()
        sequence = int.from_bytes(seed) % highest + 1
        if sequence not in taken:
            return sequence
        attempt += 1


def hotspot_id_of(municipality_code: str, year: int, sequence: int) -> tuple[str, str]:
    """Give the number of a hotspot and its id.

    The id is a UUID made from municipality and number: the same runs on the same data give the same ids.
    """
    number = f"HS-{year}-{sequence:03d}"
    return number, str(uuid.uuid5(uuid.NAMESPACE_URL, f"hotspots/{municipality_code}/{number}"))


def add_hotspot(connection: Connection, as_of: date, sequence: int, municipality_code: str) -> str:
    """Add a hotspot with a number within the year of a run; returns its id."""
    return add_numbered(connection, as_of.year, sequence, municipality_code)


def add_numbered(connection: Connection, year: int, sequence: int, municipality_code: str) -> str:
    """Add a hotspot with a number within a year; returns its id."""
    number, hotspot_id = hotspot_id_of(municipality_code, year, sequence)
    line = insert(hotspots).values(id=hotspot_id, number=number, year=year, sequence=sequence)
    connection.execute(line.values(status=Status.KANDIDAAT.value))
    return hotspot_id


def detection_rows(rows: Sequence[Mapping[str, Any]], kinds: Mapping[int, Nuisance]) -> list[dict[str, Any]]:
    """Rows of ``model.DETECTIONS`` as rows of the database: WKB, and None where unknown.

    `kinds` has what the reports of its signalled places are about, by the number of the place.
    """
    names = [column.name for column in detections.columns if column.name in DETECTIONS.columns]
    return [detection_row({name: row[name] for name in names}, kinds.get(row["place"])) for row in rows]


def detection_row(values: Mapping[str, Any], kind: Nuisance | None) -> dict[str, Any]:
    """One place as a row of ``detections``, with what its reports are about."""
    row = {"counted_for": None, **values}
    row |= {"geometry": shapely.to_wkb(row["geometry"]), "redenen": list(row["redenen"])}
    row = {name: _plain(value) for name, value in row.items()}
    if row["reporter_count"] is not None:
        row["reporter_count"] = int(row["reporter_count"])
    told = kind or UNKNOWN
    return row | {"drugs_share": told.drugs_share, "subcategories": list(told.subcategories) or None}


def result_hash(
    rows: Sequence[Mapping[str, Any]],
    members: Mapping[int, Sequence[int]],
    states: Sequence[Mapping[str, Any]],
    lineage: Sequence[LineageRow],
) -> str:
    """A fingerprint of all that a run found, to see that a repeated run finds the same.

    What it only counted, at places that people put on the list, is no part of it: they may do so after it.
    """
    counted = {row["place"] for row in rows if row.get("counted_for")}
    parts = {
        "detections": [
            {key: value for key, value in row.items() if key != "counted_for"}
            for row in rows
            if row["place"] not in counted
        ],
        "members": {
            str(place): sorted(ids) for place, ids in sorted(members.items()) if place not in counted
        },
        "states": [
            # which row of the database holds its evidence says nothing of what was found
            {key: value for key, value in state.items() if key not in ("place", "detection_id")}
            for state in states
            if state.get("place") not in counted
        ],
        "lineage": [(row.kind, row.from_id, row.to_id) for row in lineage],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=_hashable).encode()).hexdigest()


def read_result_hash(connection: Connection, as_of: date, settings_hash: str) -> str | None:
    """The fingerprint of the stored run of this day under these settings, if there is one."""
    return connection.execute(
        select(runs.c.result_hash).where(runs.c.as_of == as_of, runs.c.settings_hash == settings_hash)
    ).scalar()


def save_run(
    connection: Connection,
    run: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    members: Mapping[int, Sequence[int]],
    states: Sequence[Mapping[str, Any]],
    lineage: Sequence[LineageRow],
) -> frozenset[str]:
    """Write a run, in the place of an earlier one of the same day.

    Parameters
    ----------
    run
        The columns of ``runs``.
    rows
        Detections, from :func:`detection_rows`.
    members
        Report ids per signalled place.
    states
        Columns of ``hotspot_states``; those with a key ``place`` refer to a detection of this run.
    lineage
        Splits and merges of this run.

    Returns
    -------
    frozenset
        Ids of the hotspots of which this run is a step.
    """
    run_id = connection.execute(select(runs.c.id).where(runs.c.as_of == run["as_of"])).scalar()
    if run_id is None:
        run_id = connection.execute(insert(runs).returning(runs.c.id), run).scalar_one()
    else:
        connection.execute(update(runs).where(runs.c.id == run_id).values(**run))
        for table in (hotspot_states, hotspot_lineage, detections):
            connection.execute(delete(table).where(table.c.run_id == run_id))
    if rows:
        names = list(rows[0])
        found = [(run_id, *(row[name] for name in names)) for row in rows]
        insert_rows(connection, detections, ["run_id", *names], found)
    added = select(detections.c.place, detections.c.id).where(detections.c.run_id == run_id)
    detection_of_place = {row.place: row.id for row in connection.execute(added)}
    links = [
        (detection_of_place[place], report_id)
        for place, report_ids in members.items()
        for report_id in report_ids
    ]
    insert_rows(connection, detection_reports, ["detection_id", "report_id"], links)
    steps, stepped = _last_steps(connection, run["as_of"], [state["hotspot_id"] for state in states]), set()
    standing = []
    for state in states:
        last = steps.get(state["hotspot_id"])
        seen = frozenset(members.get(state["place"], ())) if "place" in state else frozenset()
        if last is None or len(seen - last.reports) >= STEP:
            last = _Step(run_id, seen)
            stepped.add(state["hotspot_id"])
        values = {**state, "run_id": run_id, "told_run_id": last.run_id}
        if "place" in values:
            values["detection_id"] = detection_of_place[values.pop("place")]
        standing.append(tuple(values.get(name) for name in _OF_STATE))
    insert_rows(connection, hotspot_states, _OF_STATE, standing)
    if lineage:
        connection.execute(insert(hotspot_lineage), [{**vars(line), "run_id": run_id} for line in lineage])
    mark_what_points_at_persons(connection, run_id)
    return frozenset(stepped)


def mark_what_points_at_persons(connection: Connection, run_id: int) -> None:
    """Mark for good the hotspots that point at persons in a run.

    That is also what people put on the list with fewer reports than hide one: it would tell each of them.
    """
    put_here = hotspot_states.c.hotspot_id.in_(select(nominations.c.hotspot_id))
    few = and_(hotspot_states.c.report_count < STEP, put_here)
    in_run = select(hotspot_states.c.hotspot_id).where(
        hotspot_states.c.run_id == run_id, or_(touches_persons(), few)
    )
    pointing = update(hotspots).where(hotspots.c.id.in_(in_run), ~hotspots.c.points_at_persons)
    connection.execute(pointing.values(points_at_persons=True))


@dataclass(frozen=True)
class _Step:
    """The run that is told of a hotspot, and the reports that it had then."""

    run_id: int
    reports: frozenset[int]


def _last_steps(connection: Connection, as_of: date, hotspot_ids: Sequence[str]) -> dict[str, _Step]:
    """The last step of each hotspot before a run, by its id; none of those that were not known yet."""
    latest = select(func.max(runs.c.as_of)).where(runs.c.as_of < as_of).scalar_subquery()
    before, told = hotspot_states.alias("before"), hotspot_states.alias("told")
    query = (
        select(told.c.hotspot_id, told.c.run_id, told.c.detection_id)
        .select_from(before)
        .join(runs, runs.c.id == before.c.run_id)
        .join(
            told,
            (told.c.hotspot_id == before.c.hotspot_id)
            & (told.c.run_id == func.coalesce(before.c.told_run_id, before.c.run_id)),
        )
        .where(runs.c.as_of == latest)
    )
    wanted = set(hotspot_ids)
    rows = [row for row in connection.execute(query) if row.hotspot_id in wanted]
    found: dict[int, set[int]] = {}
    ids = {row.detection_id for row in rows if row.detection_id is not None}
    for detection_id, report_id in _members_of(connection, ids):
        found.setdefault(detection_id, set()).add(report_id)
    return {row.hotspot_id: _Step(row.run_id, frozenset(found.get(row.detection_id, ()))) for row in rows}


def later_runs(connection: Connection, as_of: date) -> list[date]:
    """The as-of dates of the stored runs after this one, in order."""
    query = select(runs.c.as_of).where(runs.c.as_of > as_of).order_by(runs.c.as_of)
    return list(connection.execute(query).scalars())


def read_detections(
    connection: Connection, as_of: date
) -> tuple[list[dict[str, Any]], dict[int, list[int]], dict[str, Any]]:
    """The detections of a stored run, the report ids per signalled place, and the run, as they were saved."""
    run = dict(connection.execute(select(runs).where(runs.c.as_of == as_of)).mappings().one())
    places = connection.execute(
        select(detections).where(detections.c.run_id == run["id"]).order_by(detections.c.place)
    ).mappings()
    rows = [dict(row) for row in places]
    place_of = {row.pop("id"): row["place"] for row in rows}
    members: dict[int, list[int]] = {
        row["place"]: [] for row in rows if row["signalled"] or row["counted_for"]
    }
    for detection_id, report_id in _members_of(connection, place_of):
        members[place_of[detection_id]].append(report_id)
    for row in rows:
        del row["run_id"]
    del run["id"]
    return rows, members, run


def _states(
    connection: Connection, condition: Any, middles: Mapping[str, tuple[float, float, int]]
) -> list[EarlierState]:
    query = select(hotspot_states).where(condition).order_by(hotspot_states.c.hotspot_id)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    reports: dict[int, set[int]] = {}
    wanted = {row["detection_id"] for row in rows if row["detection_id"] is not None}
    for detection_id, report_id in _members_of(connection, wanted):
        reports.setdefault(detection_id, set()).add(report_id)
    gone = hotspots_without_place(connection)
    states = []
    for row in rows:
        hotspot_id = row["hotspot_id"]
        lon, lat, run_count = middles.get(hotspot_id, (row["lon"], row["lat"], 0))
        members = frozenset(reports.get(row["detection_id"], ()))
        is_merged = row["merged_into"] is not None or hotspot_id in gone
        reach_m = reach_of(shapely.from_wkb(row["geometry"]))
        states.append(EarlierState(row, Track(hotspot_id, lon, lat, members, run_count, is_merged, reach_m)))
    return states


def _members_of(connection: Connection, detection_ids: Iterable[int]) -> list[tuple[int, int]]:
    columns = (detection_reports.c.detection_id, detection_reports.c.report_id)
    return [
        (row[0], row[1])
        for batch in in_batches(sorted(detection_ids))
        for row in connection.execute(
            select(*columns).where(is_among(connection, columns[0], batch)).order_by(*columns)
        ).all()
    ]


def _plain(value: Any) -> Any:
    if type(value) in (int, str, bool, list, dict, bytes):  # nearly all
        return value
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return str(value) if isinstance(value, str) else value  # a StrEnum becomes a plain text


def _hashable(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"a run's result holds {value!r}, which has no fingerprint")


def signalled_reports(connection: Connection) -> list[tuple[Row[Any], set[str]]]:
    """The state in which each hotspot was last signalled, and the source ids of all reports it ever had."""
    signalled = select(hotspot_states).join(runs).where(hotspot_states.c.is_signalled)
    last = {state.hotspot_id: state for state in connection.execute(signalled.order_by(runs.c.as_of))}
    ids: dict[str, set[str]] = {}
    pairs = connection.execute(
        select(hotspot_states.c.hotspot_id, reports.c.source_id)
        .distinct()
        .join(detection_reports, detection_reports.c.detection_id == hotspot_states.c.detection_id)
        .join(reports, reports.c.id == detection_reports.c.report_id)
        .where(hotspot_states.c.is_signalled)
    )
    for hotspot_id, source_id in pairs:
        ids.setdefault(hotspot_id, set()).add(source_id)
    return [(last[hotspot_id], ids.get(hotspot_id, set())) for hotspot_id in sorted(last)]
