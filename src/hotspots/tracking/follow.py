"""Following hotspots from one run to the next: which place is which hotspot of before, and which is new.

The weekly run, the preview of other rules and the evaluation all follow hotspots with this one function.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import cos, hypot, radians
from typing import Self

from shapely.geometry.base import BaseGeometry

from hotspots.geocoding.index import METRES_PER_DEGREE
from hotspots.geography.projection import Projection
from hotspots.settings import TrackingSettings
from hotspots.tracking.identity import KnownHotspot, Recognition, SignalledPlace, recognise


@dataclass(frozen=True)
class WeekPlace:
    """A place that a run signals: its number in the run, centre in degrees, reports, and its reach."""

    place: int
    lon: float
    lat: float
    reports: frozenset[int]
    reach_m: float = 0.0


@dataclass(frozen=True)
class Track:
    """What is remembered of a hotspot to recognise it by.

    `lon` and `lat` are the mean of its centres in the runs that signalled it, of which there are `run_count`;
    `reports` are those of the last run that saw its place.
    """

    hotspot_id: str
    lon: float
    lat: float
    reports: frozenset[int]
    run_count: int = 0
    is_merged: bool = False  # went on in another hotspot, or only its buurt is kept
    reach_m: float = 0.0  # how far its outline of that run reaches

    def signalled_at(self, place: WeekPlace) -> Self:
        """This track after one more run that signalled it, at this place."""
        return replace(
            self,
            lon=self.lon + (place.lon - self.lon) / (self.run_count + 1),
            lat=self.lat + (place.lat - self.lat) / (self.run_count + 1),
            reports=place.reports,
            run_count=self.run_count + 1,
            is_merged=False,
            reach_m=place.reach_m,
        )

    def held_back_at(self, place: WeekPlace) -> Self:
        """This track after a run that saw it at this place, but in which a verdict kept it off the list."""
        seen = replace(self, reports=place.reports, is_merged=False, reach_m=place.reach_m)
        return seen if self.run_count else replace(seen, lon=place.lon, lat=place.lat)


def reach_of(outline: BaseGeometry) -> float:
    """How far an outline in degrees reaches from its middle, in metres: half the diagonal of its box.

    Examples
    --------
    >>> from shapely import box
    >>> round(reach_of(box(5.69, 50.85, 5.69, 50.852)))
    111
    """
    west, south, east, north = outline.bounds
    across = (east - west) * cos(radians((south + north) / 2))
    return hypot(across, north - south) / 2 * METRES_PER_DEGREE


@dataclass(frozen=True)
class LineageRow:
    """A split (from_id fell apart, to_id is new) or a merge (from_id went on in to_id)."""

    kind: str
    from_id: str
    to_id: str


@dataclass(frozen=True)
class Following:
    """The hotspot of each place of a run, the splits and merges, and the places no earlier run knew."""

    hotspot_of_place: dict[int, str]
    lineage: tuple[LineageRow, ...]
    new: tuple[int, ...]


def follow(
    known: Sequence[Track],
    places: Sequence[WeekPlace],
    *,
    new_id: Callable[[WeekPlace], str],
    projection: Projection,
    settings: TrackingSettings,
    seen_later: Iterable[Sequence[Track]] = (),
) -> Following:
    """Find out which hotspot each place of a run is.

    Parameters
    ----------
    known
        Every hotspot of the runs before, also the ended ones.
    new_id
        Gives the id of a hotspot that is seen for the first time, of its place.
    seen_later
        Groups of hotspots that other runs know, such as later ones when the past is run again. A place that
        is none of `known` is looked for in each group in turn; a group is only read when it is needed.
    """

    def recognised(tracks: Sequence[Track], among: Sequence[WeekPlace]) -> Recognition:
        return recognise(_known(tracks, projection), _signalled(among, projection), settings)

    first = recognised(known, places)
    hotspot_of_place = dict(first.hotspot_of_place)
    new = tuple(place.place for place in places if place.place not in hotspot_of_place)
    taken = {track.hotspot_id for track in known}
    others = iter(seen_later)
    while unknown := [place for place in places if place.place not in hotspot_of_place]:
        group = next(others, None)
        if group is None:
            hotspot_of_place |= {place.place: new_id(place) for place in unknown}
        else:
            taken |= set(hotspot_of_place.values())
            free = [track for track in group if track.hotspot_id not in taken]
            hotspot_of_place |= recognised(free, unknown).hotspot_of_place
    lineage = tuple(
        LineageRow(line.kind, line.hotspot_id, hotspot_of_place[line.place]) for line in first.lineage
    )
    return Following(hotspot_of_place, lineage, new)


def recognised_in(
    known: Sequence[Track],
    places: Sequence[WeekPlace],
    *,
    projection: Projection,
    settings: TrackingSettings,
) -> dict[int, str]:
    """Give which of these each place is, by its number; without those that are none of them."""
    found = recognise(_known(known, projection), _signalled(places, projection), settings)
    return found.hotspot_of_place


def _known(tracks: Sequence[Track], projection: Projection) -> list[KnownHotspot]:
    x, y = projection.to_metres([track.lon for track in tracks], [track.lat for track in tracks])
    return [
        KnownHotspot(
            track.hotspot_id, float(east), float(north), track.reports, track.is_merged, track.reach_m
        )
        for track, east, north in zip(tracks, x, y, strict=True)
    ]


def _signalled(places: Sequence[WeekPlace], projection: Projection) -> list[SignalledPlace]:
    x, y = projection.to_metres([place.lon for place in places], [place.lat for place in places])
    return [
        SignalledPlace(place.place, float(east), float(north), place.reports, place.reach_m)
        for place, east, north in zip(places, x, y, strict=True)
    ]
