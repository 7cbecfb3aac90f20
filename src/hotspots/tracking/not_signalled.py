"""Places that the last run nearly signalled: why not, how near each came, and how many it refused besides.

They have few reports, or those of one person: only who may know of dwellings in an area reads of them there.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, select

from hotspots.access.rights import Actor, Right, Visibility, reachable_gebieden, visibility_of
from hotspots.detection.assessment import REASONS
from hotspots.detection.detections_table import REFUSED_BY
from hotspots.detection.nearness import nearness
from hotspots.errors import ForbiddenError, NotFoundError
from hotspots.geography.areas import AreaIndex
from hotspots.model import Soort
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.store.run_tables import detections, runs
from hotspots.tracking.naming import best_names
from hotspots.tracking.runs import latest_run

UNKNOWN_REASON = "anders"
"""What kept a place off the list in a run that did not tell it apart."""

REASON_NAMES: tuple[str, ...] = (*(str(reason) for reason in REASONS), UNKNOWN_REASON)
"""What can keep a place off the list, as addresses and counts name it."""


@dataclass(frozen=True)
class NotSignalled:
    """A place that a run nearly signalled."""

    key: str  # names it among those of its run
    soort: Soort
    lon: float
    lat: float
    geometry: BaseGeometry
    buurtcode: str | None
    buurtnaam: str | None
    gebied: str | None
    report_count: int
    day_count: int
    week_count: int
    reporter_count: int | None
    duration_days: int
    first_day: date
    last_day: date
    refused_by: str  # one of REASON_NAMES
    because: str  # in a sentence
    nearness: float  # which part it has of what was asked: 1 if only a false alarm keeps it off the list
    name: str = ""


@dataclass(frozen=True)
class RefusedCounts:
    """How many places a run did not signal, by what keeps them off the list."""

    near: Mapping[str, int]  # those that the reader may read about
    others: Mapping[str, int | None]  # all others of the municipality; None: too few to tell


def reach_of(actor: Actor) -> Visibility:
    """Where someone may read of places that were not signalled.

    Raises
    ------
    ForbiddenError
        If nowhere.
    """
    gebieden = reachable_gebieden(actor, Right.READ_UNSIGNALLED)
    dwellings = visibility_of(actor).dwellings
    if gebieden is None or dwellings is None:
        both = dwellings if gebieden is None else gebieden
    else:
        both = gebieden & dwellings
    if both is not None and not both:
        raise ForbiddenError(
            f"'{actor.name}' wanted to read of places that were not signalled, nowhere given"
        )
    return Visibility(both, both)


def read_not_signalled(
    connection: Connection,
    settings: Settings,
    *,
    visibility: Visibility,
) -> list[NotSignalled]:
    """Read the places that the last run nearly signalled, nearest first.

    Parameters
    ----------
    visibility
        From :func:`reach_of`: where the reader may.
    """
    as_of = latest_run(connection)
    if as_of is None:
        return []
    rows = connection.execute(
        select(detections)
        .join(runs, runs.c.id == detections.c.run_id)
        .where(runs.c.as_of == as_of, ~detections.c.signalled, detections.c.counted_for.is_(None))
    ).all()
    areas = load_areas(connection, settings.areas.gebieden)
    codes = AreaIndex(areas).locate([row.lon for row in rows], [row.lat for row in rows]).tolist()
    columns = (areas["buurtcode"], areas["buurtnaam"], areas["gebied"])
    about = {code: (name, area) for code, name, area in zip(*columns, strict=True)}
    found = [
        _place(row, code, *about.get(code, (None, None)), settings, as_of)
        for row, code in zip(rows, codes, strict=True)
    ]
    chosen = [place for place in found if visibility.shows(place.soort, place.gebied, place.reporter_count)]
    return sorted(chosen, key=lambda place: (-place.nearness, -place.report_count, place.key))


def only(
    places: Sequence[NotSignalled],
    *,
    gebied: str | None = None,
    buurt: str | None = None,
    reason: str | None = None,
) -> list[NotSignalled]:
    """Give those of a gebied, of the buurt with this code, or kept off the list by one of REASON_NAMES."""
    return [
        place
        for place in places
        if gebied in (None, place.gebied)
        and buurt in (None, place.buurtcode)
        and reason in (None, place.refused_by)
    ]


def find_not_signalled(
    connection: Connection, settings: Settings, key: str, *, visibility: Visibility
) -> NotSignalled:
    """Find a place of the last run by its key; raises NotFoundError if the reader knows none."""
    for place in read_not_signalled(connection, settings, visibility=visibility):
        if place.key == key:
            return place
    raise NotFoundError(f"the last run has no place '{key}' that it nearly signalled")


def with_names(
    connection: Connection, settings: Settings, places: Sequence[NotSignalled]
) -> list[NotSignalled]:
    """Name places after the streets around them, as hotspots are; for one page of them."""
    rows = [
        {
            "hotspot_id": place.key,
            "geometry": shapely.to_wkb(place.geometry),
            "soort": place.soort,
            "buurtcode": place.buurtcode,
        }
        for place in places
    ]
    names = best_names(connection, settings, rows) if rows else {}
    return [replace(place, name=names[place.key]) for place in places]


def count_refused(
    connection: Connection, *, visibility: Visibility, near: Sequence[NotSignalled]
) -> RefusedCounts:
    """Count what the last run did not signal, by what kept it off the list.

    Who doesn't see the whole municipality is told the others in fives, and none below: week by week an exact
    count would tell of places of which that reader may not know.

    Parameters
    ----------
    near
        All that the reader may read about, from :func:`read_not_signalled`.
    """
    told = {name: sum(place.refused_by == name for place in near) for name in REASON_NAMES}
    as_of = latest_run(connection)
    refused = connection.execute(select(runs.c.refused).where(runs.c.as_of == as_of)).scalar() or {}
    others: dict[str, int | None] = {}
    for name in REASON_NAMES:
        rest = max(refused.get(name, 0) - told[name], 0)
        others[name] = rest if visibility.is_everything else _in_fives(rest)
    return RefusedCounts(
        {name: count for name, count in told.items() if count},
        {name: count for name, count in others.items() if count != 0},
    )


STEP = 5
"""Others are told in steps of so many, and fewer not at all."""


def _in_fives(count: int) -> int | None:
    return (count + STEP // 2) // STEP * STEP if count >= STEP else None if count else 0


def _place(
    row: Any,
    buurtcode: str | None,
    buurtnaam: str | None,
    gebied: str | None,
    settings: Settings,
    as_of: date,
) -> NotSignalled:
    zone = settings.municipality.zone
    last_day = row.last_report.astimezone(zone).date()
    because = row.suppressed_because or "Niet gesignaleerd."
    return NotSignalled(
        key=hashlib.sha256(as_of.isoformat().encode() + row.geometry).hexdigest()[:16],
        soort=Soort(row.soort),
        lon=row.lon,
        lat=row.lat,
        geometry=shapely.from_wkb(row.geometry),
        buurtcode=buurtcode,
        buurtnaam=buurtnaam,
        gebied=gebied,
        report_count=row.report_count,
        day_count=row.day_count,
        week_count=row.week_count,
        reporter_count=row.reporter_count,
        duration_days=row.duration_days,
        first_day=row.first_report.astimezone(zone).date(),
        last_day=last_day,
        refused_by=row.evidence.get(REFUSED_BY, UNKNOWN_REASON),
        because=because,
        nearness=round(
            nearness(
                row.evidence,
                expected=row.expected,
                p_value=row.p_value,
                quiet_days=(as_of - last_day).days,
                settings=settings.detection,
            ),
            3,
        ),
    )
