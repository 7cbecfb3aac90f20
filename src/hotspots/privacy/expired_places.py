"""Removing places whose period is over: those never listed, previews, and where dwellings were."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

import shapely
from sqlalchemy import Connection, and_, func, not_, or_, select, update

from hotspots.model import Trend
from hotspots.privacy.redaction import CLOSED, remove_links
from hotspots.settings import Settings
from hotspots.store.attention_tables import attention_reports, attention_states
from hotspots.store.batches import in_batches
from hotspots.store.case_tables import nominations
from hotspots.store.place_tables import areas
from hotspots.store.removals import Rows, count_all, delete_all
from hotspots.store.run_tables import detections, hotspot_states, hotspots, rule_previews, runs
from hotspots.tracking.hotspot import UNKNOWN_BUURT
from hotspots.tracking.visibility import touches_persons

PLACE_REMOVED = "De plek zelf is na de bewaartermijn verwijderd: het punt is het midden van de buurt."


def not_signalled_over(settings: Settings, cutoff: datetime, *, done_by: datetime | None = None) -> Rows:
    """Places that were on no list, of runs of before a moment; of those done by another, if given."""
    day = settings.municipality.local_day(cutoff)
    old_runs = select(runs.c.id).where(runs.c.as_of < day)
    if done_by is not None:
        old_runs = old_runs.where(runs.c.finished_at <= done_by)
    shown = select(hotspot_states.c.detection_id).where(hotspot_states.c.detection_id.is_not(None))
    # attention places were on no list either; their numbers stay, so that no hotspot gets one of them
    is_over = and_(
        not_(detections.c.signalled), detections.c.run_id.in_(old_runs), detections.c.id.not_in(shown)
    )
    return [
        *((table, table.c.run_id.in_(old_runs)) for table in (attention_reports, attention_states)),
        (detections, is_over),
    ]


def dwellings_over(connection: Connection, cutoff: datetime) -> list[tuple[str, str | None]]:
    """The places that point at persons and are over since before a moment, with the buurt of each."""
    last_run = select(func.max(runs.c.as_of)).scalar_subquery()
    rows = connection.execute(
        select(hotspots.c.id, hotspot_states.c.buurtcode)
        .join(hotspot_states, hotspot_states.c.hotspot_id == hotspots.c.id)
        .join(runs, runs.c.id == hotspot_states.c.run_id)
        .where(
            runs.c.as_of == last_run,
            hotspots.c.place_removed_on.is_(None),
            touches_persons(),
            hotspot_states.c.last_report < cutoff,
            or_(hotspots.c.status.in_(CLOSED), hotspot_states.c.trend == str(Trend.BEEINDIGD)),
        )
    )
    return [(hotspot_id, buurtcode) for hotspot_id, buurtcode in rows]


def remove_dwellings(
    connection: Connection,
    cutoff: datetime,
    today: date,
    *,
    now: datetime,
    among: Collection[str] | None = None,
) -> int:
    """Keep of old places that point at persons, such as dwellings, only in which buurt they were."""
    rows = [row for row in dwellings_over(connection, cutoff) if among is None or row[0] in among]
    remove_links(connection, [hotspot_id for hotspot_id, _ in rows], now)
    for hotspot_id, buurtcode in rows:
        states = connection.execute(
            select(hotspot_states).where(hotspot_states.c.hotspot_id == hotspot_id)
        ).all()
        place = _coarse_place(connection, buurtcode, states[0].lon, states[0].lat)
        for state in states:
            connection.execute(
                update(hotspot_states)
                .where(hotspot_states.c.run_id == state.run_id, hotspot_states.c.hotspot_id == hotspot_id)
                .values(**place, redenen=[*state.redenen, PLACE_REMOVED])
            )
        shown = {state.detection_id for state in states if state.detection_id is not None}
        for part in in_batches(sorted(shown)):
            connection.execute(update(detections).where(detections.c.id.in_(part)).values(**place))
        put_here = update(nominations).where(nominations.c.hotspot_id == hotspot_id)
        connection.execute(put_here.values(geometry=place["geometry"]))
        buurt = connection.execute(select(areas.c.buurtnaam).where(areas.c.buurtcode == buurtcode)).scalar()
        connection.execute(
            update(hotspots)
            .where(hotspots.c.id == hotspot_id)
            .values(
                place_removed_on=today,
                place_name=buurt or UNKNOWN_BUURT,
                told_name=buurt or UNKNOWN_BUURT,
                given_name=None,
            )
        )
    return len(rows)


def remove_previews(
    connection: Connection, cutoff: datetime, *, dwellings_before: date, asked_by: datetime | None = None
) -> int:
    """Remove previews of other rules, and of younger ones the points of dwellings that are over.

    A preview does not know which hotspot a place became: the last week that shows it decides.
    """
    count = delete_all(connection, previews_over(cutoff))
    changed = _without_dwellings(connection, cutoff, dwellings_before, asked_by)
    for preview_id, places in changed.items():
        connection.execute(
            update(rule_previews).where(rule_previews.c.id == preview_id).values(places=places)
        )
    return count + len(changed)


def previews_over(cutoff: datetime) -> Rows:
    """Previews of other rules that were asked for before a moment."""
    return [(rule_previews, rule_previews.c.asked_at < cutoff)]


def count_previews(connection: Connection, cutoff: datetime, *, dwellings_before: date) -> int:
    """Count what :func:`remove_previews` would remove or change."""
    changed = _without_dwellings(connection, cutoff, dwellings_before)
    return count_all(connection, previews_over(cutoff)) + len(changed)


def _without_dwellings(
    connection: Connection, cutoff: datetime, dwellings_before: date, asked_by: datetime | None = None
) -> dict[Any, list[dict[str, Any]]]:
    """The places of younger previews in which the point of a dwelling is over, without it; by their id."""
    query = select(rule_previews.c.id, rule_previews.c.places).where(rule_previews.c.asked_at >= cutoff)
    if asked_by is not None:
        query = query.where(rule_previews.c.asked_at <= asked_by)
    changed = {}
    for row in connection.execute(query).all():
        places = [
            _without_point(connection, place)
            if place["is_dwelling"]
            and max(place["weeks_now"] + place["weeks_proposed"], default="") < dwellings_before.isoformat()
            else place
            for place in row.places or ()
        ]
        if places != (row.places or []):
            changed[row.id] = places
    return changed


def _without_point(connection: Connection, place: Mapping[str, Any]) -> dict[str, Any]:
    coarse = _coarse_place(connection, place["buurtcode"], place["lon"], place["lat"])
    told = {"name": "", "because": ""} if "name" in place else {}
    return {**place, **told, "lon": round(coarse["lon"], 6), "lat": round(coarse["lat"], 6)}


def _coarse_place(connection: Connection, buurtcode: str | None, lon: float, lat: float) -> dict[str, Any]:
    """The middle of the buurt; outside all, of a square of about a kilometre. As shape a dot."""
    geometry = connection.execute(select(areas.c.geometry).where(areas.c.buurtcode == buurtcode)).scalar()
    middle = (
        shapely.Point(round(lon, 2), round(lat, 2))
        if geometry is None
        else shapely.from_wkb(geometry).representative_point()
    )
    return {"lon": middle.x, "lat": middle.y, "geometry": shapely.to_wkb(middle.buffer(1e-6, quad_segs=1))}
