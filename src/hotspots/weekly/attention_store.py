"""Attention places in the database: which were known, what became of them, and those that a run shows.

An attention place has the id and the number of the hotspot that it may become. So a new hotspot that is
recognised as an attention place takes these over, and nothing else has to be kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, Select, delete, insert, select

from hotspots.detection.attention_model import AttentionModel, Share, shipped_model
from hotspots.geocoding.street_index import StreetIndex
from hotspots.geography.projection import Projection
from hotspots.settings import Settings
from hotspots.store.areas import gebieden_of_buurten
from hotspots.store.attention_tables import attention_places, attention_reports, attention_states
from hotspots.store.batches import insert_rows
from hotspots.store.run_tables import hotspot_states, runs
from hotspots.tracking.attention import AttentionPlace, shown_places
from hotspots.tracking.follow import Track, WeekPlace, follow, reach_of, recognised_in
from hotspots.tracking.naming import best_names
from hotspots.weekly.run_store import draw_sequence, hotspot_id_of
from hotspots.weekly.states import DetectedWeek

_OF_STATE = [column.name for column in attention_states.c]


@dataclass(frozen=True)
class KnownAttention:
    """The attention places that runs before a day showed, and those that only later runs know."""

    before: Sequence[Track]
    later: Sequence[Track]

    def of(self, place: WeekPlace, taken: Iterable[str], settings: Settings) -> str | None:
        """Which attention place of before a new hotspot is, if it is one; none that is a hotspot already."""
        hotspot_ids = set(taken)
        tracks = [track for track in self.before if track.hotspot_id not in hotspot_ids]
        found = recognised_in(
            tracks,
            [place],
            projection=Projection(settings.municipality.crs),
            settings=settings.tracking,
        )
        return found.get(place.place)


def known_attention(connection: Connection, settings: Settings, as_of: date) -> KnownAttention:
    """Read the attention places by which places of a run are recognised."""
    first = as_of - timedelta(weeks=settings.detection.look_back_weeks)
    state = attention_states.c
    columns = (state.attention_id, state.run_id, state.lon, state.lat, state.geometry, runs.c.as_of)
    query = select(*columns).join(runs, runs.c.id == state.run_id).where(runs.c.as_of >= first)
    before: dict[str, Any] = {}
    later: dict[str, Any] = {}
    for row in connection.execute(query.order_by(runs.c.as_of, state.attention_id)):
        if row.as_of < as_of:
            before[row.attention_id] = row
        else:
            later.setdefault(row.attention_id, row)
    return KnownAttention(
        _tracks(connection, before), _tracks(connection, {k: v for k, v in later.items() if k not in before})
    )


def number_of(connection: Connection, attention_id: str) -> tuple[int, int]:
    """Give the year and the number within it of an attention place."""
    query = select(attention_places.c.year, attention_places.c.sequence)
    row = connection.execute(query.where(attention_places.c.id == attention_id)).one()
    return row.year, row.sequence


def save_attention(
    connection: Connection,
    settings: Settings,
    detected: DetectedWeek,
    hotspots_now: Sequence[Track],
    known: KnownAttention,
    *,
    as_of: date,
    taken: set[int],
    streets: StreetIndex | None = None,
) -> int:
    """Show the attention places of a run, in the place of those of an earlier run of the same day.

    Parameters
    ----------
    hotspots_now
        Every hotspot after the run.
    known
        As :func:`known_attention` gave it.
    taken
        Numbers within the year that hotspots and attention places have.
    streets
        As :func:`~hotspots.tracking.naming.name_hotspots` takes it.

    Returns
    -------
    int
        How many are shown.
    """
    early = detected.early
    buurten = detected.areas.locate([one.row["lon"] for one in early], [one.row["lat"] for one in early])
    gebied_of = gebieden_of_buurten(connection, settings.areas.gebieden)
    model = _model(connection, settings, as_of)
    shown = shown_places(
        early, [gebied_of.get(code) for code in buurten.tolist()], hotspots_now, model, settings
    )
    ids = {track.hotspot_id for track in hotspots_now}
    following = follow(
        [track for track in known.before if track.hotspot_id not in ids],
        [one.place for one in shown],
        new_id=partial(_add, connection, settings, as_of, taken=taken),
        projection=Projection(settings.municipality.crs),
        settings=settings.tracking,
        seen_later=[[track for track in known.later if track.hotspot_id not in ids]],
    )
    run_id = connection.execute(select(runs.c.id).where(runs.c.as_of == as_of)).scalar_one()
    states = [
        _state(one, run_id, following.hotspot_of_place[one.place.place], buurten[one.place.place])
        for one in shown
    ]
    named = [state | {"hotspot_id": state["attention_id"]} for state in states]
    names = best_names(connection, settings, named, streets=streets) if named else {}
    first = _first_shown(connection, as_of)
    for state in states:
        state |= {
            "place_name": names[state["attention_id"]],
            "first_shown": first.get(state["attention_id"], as_of),
        }
    members = sorted(
        (run_id, following.hotspot_of_place[one.place.place], report_id)
        for one in shown
        for report_id in one.place.reports
    )
    _replace(connection, run_id, states, members)
    return len(states)


def _replace(
    connection: Connection,
    run_id: int,
    states: Sequence[Mapping[str, Any]],
    members: Sequence[tuple[int, str, int]],
) -> None:
    """Write what a run shows, unless it is written already."""
    rows = sorted(tuple(state[name] for name in _OF_STATE) for state in states)
    written = select(*attention_states.c).where(attention_states.c.run_id == run_id)
    reports = select(*attention_reports.c).where(attention_reports.c.run_id == run_id)
    if rows == sorted(map(tuple, connection.execute(written))) and list(members) == sorted(
        map(tuple, connection.execute(reports))
    ):
        return
    for table in (attention_states, attention_reports):
        connection.execute(delete(table).where(table.c.run_id == run_id))
    insert_rows(connection, attention_states, _OF_STATE, rows)
    insert_rows(connection, attention_reports, [column.name for column in attention_reports.c], members)


def _state(one: AttentionPlace, run_id: int, attention_id: str, buurtcode: str | None) -> dict[str, Any]:
    row = one.early.row
    reporters, expected = row["reporter_count"], row["expected"]
    return {
        "run_id": run_id,
        "attention_id": attention_id,
        **{name: row[name] for name in ("soort", "soort_certainty", "lon", "lat")},
        "geometry": shapely.to_wkb(row["geometry"]),
        "buurtcode": buurtcode,
        **{name: row[name] for name in ("report_count", "day_count", "week_count")},
        **{name: row[name] for name in ("first_report", "last_report")},
        "recent_count": one.early.recent_count,
        "reporter_count": int(reporters) if np.isfinite(reporters) else None,
        "expected": float(expected) if np.isfinite(expected) else None,
        "not_yet": row["suppressed_because"] or "",
        "chance": one.early.chance,
        "became_count": one.share.became,
        "looked_at_count": one.share.looked_at,
        "is_own": one.share.is_own,
    }


def _add(
    connection: Connection, settings: Settings, as_of: date, place: WeekPlace, *, taken: set[int]
) -> str:
    sequence = draw_sequence(connection, as_of.year, place.reports, taken)
    taken.add(sequence)
    number, attention_id = hotspot_id_of(settings.municipality.code, as_of.year, sequence)
    values = {"id": attention_id, "number": number, "year": as_of.year, "sequence": sequence}
    connection.execute(insert(attention_places).values(values))
    return attention_id


def _model(connection: Connection, settings: Settings, as_of: date) -> AttentionModel:
    """The model that ships, with what became of the own places where enough is known of these."""
    model = shipped_model()
    within = timedelta(weeks=settings.attention.within_weeks)
    state, latest = attention_states.c, select(runs.c.id).where(runs.c.as_of <= as_of)
    last = latest.order_by(runs.c.as_of.desc()).limit(1).scalar_subquery()
    query = (
        select(state.chance, runs.c.as_of, hotspot_states.c.first_signalled)
        .join(runs, runs.c.id == state.run_id)
        .outerjoin(
            hotspot_states,
            (hotspot_states.c.hotspot_id == state.attention_id) & (hotspot_states.c.run_id == last),
        )
        .where(runs.c.as_of <= as_of - within)
    )
    rows = connection.execute(query).all()
    classes = model.classes(np.array([row.chance for row in rows], dtype=np.float64))
    became = np.array(
        [row.first_signalled is not None and row.first_signalled <= row.as_of + within for row in rows],
        dtype=np.bool_,
    )
    own = [
        Share(int(became[classes == number].sum()), int((classes == number).sum()), is_own=True)
        for number in range(len(model.shares))
    ]
    return model.with_own(own, least=settings.attention.own_outcomes)


def _first_shown(connection: Connection, as_of: date) -> dict[str, date]:
    query = (
        select(attention_states.c.attention_id, runs.c.as_of)
        .join(runs, runs.c.id == attention_states.c.run_id)
        .where(runs.c.as_of < as_of)
        .order_by(runs.c.as_of.desc())
    )
    return {row.attention_id: row.as_of for row in connection.execute(query)}


def _tracks(connection: Connection, rows: Mapping[str, Any]) -> list[Track]:
    if not rows:
        return []
    wanted: Select[Any] = select(*attention_reports.c).where(
        attention_reports.c.attention_id.in_(sorted(rows)),
        attention_reports.c.run_id.in_(sorted({row.run_id for row in rows.values()})),
    )
    reports: dict[str, set[int]] = {}
    for run_id, attention_id, report_id in connection.execute(wanted).all():
        if rows[attention_id].run_id == run_id:
            reports.setdefault(attention_id, set()).add(report_id)
    return [
        Track(
            attention_id,
            row.lon,
            row.lat,
            frozenset(reports.get(attention_id, ())),
            1,
            reach_m=reach_of(shapely.from_wkb(row.geometry)),
        )
        for attention_id, row in sorted(rows.items())
    ]
