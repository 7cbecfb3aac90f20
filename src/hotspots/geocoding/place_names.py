"""What people call a place: the street, the corner or the known spot within its outline.

A name is chosen from the outline alone, never from the reports in it, so it tells no more than the outline
that everybody sees who may know of the place.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from shapely.geometry.base import BaseGeometry

from hotspots.settings import NamingSettings


@dataclass(frozen=True)
class NamedSpot:
    """A place of the gazetteer, in metres."""

    name: str
    x: float
    y: float
    radius_m: float


@dataclass(frozen=True)
class Surroundings:
    """What a place can be named after: the front doors around it, each with its street, and known spots.

    Attributes
    ----------
    streets
        Name of the street of each door.
    doors
        Points in metres; shape (n, 2).
    """

    streets: NDArray[np.object_]
    doors: NDArray[np.float64]
    spots: Sequence[NamedSpot] = ()


def area_names(outline: BaseGeometry, around: Surroundings, settings: NamingSettings) -> list[str]:
    """Give every name that is right for a place with several addresses, the best first; empty if none is.

    A known spot that covers the middle comes first, then a street that dominates, a corner of two streets,
    and the other streets within the outline. Without a door within it, the nearest street gives the name.

    Parameters
    ----------
    outline
        In metres.

    Examples
    --------
    >>> doors = np.array([[0.0, 5.0], [10.0, 5.0], [20.0, 5.0], [90.0, 5.0]])
    >>> streets = np.array(["Marktlaan", "Marktlaan", "Marktlaan", "Grote Gracht"], dtype=object)
    >>> around = Surroundings(streets, doors)
    >>> area_names(shapely.box(-5, 0, 25, 10), around, NamingSettings())
    ['Marktlaan', 'Marktlaan e.o.']
    >>> area_names(shapely.box(40, 0, 60, 10), around, NamingSettings())[0]
    'Marktlaan e.o.'
    """
    covering, touching = _spots_at(outline, around.spots)
    counts = _count(around, _inside(outline, around))
    if not counts:
        nearest = _nearest(around, _distances(outline, around), settings.reach_m)
        streets = [] if nearest is None else [around_of(nearest), nearest]
        return list(dict.fromkeys([*covering, *streets, *touching]))
    first = max(counts.values()) / sum(counts.values())
    corners = _corners(outline, around, list(counts), settings)
    streets = [around_of(name) for name in counts]
    if len(counts) == 1:
        streets = list(counts)
    best = streets[:1] if first >= settings.dominant_share else []
    alone = [form for name in counts for form in (name, around_of(name))]
    return list(dict.fromkeys([*covering, *best, *corners, *streets, *alone, *touching]))


def dwelling_names(
    outline: BaseGeometry,
    around: Surroundings,
    hiding: Callable[[Iterable[str]], Collection[str]],
    settings: NamingSettings,
) -> list[str]:
    """Give the names of a dwelling for who may not see its address, the best first: only of streets.

    In the form that an area has too: a name that stays must not tell that a place was once a dwelling.

    Parameters
    ----------
    outline
        In metres; around the dwelling alone.
    hiding
        Gives of some streets those with enough addresses to hide one.

    Returns
    -------
    list of str
        Empty if its street hides too little.
    """
    nearest = _nearest(around, _distances(outline.centroid, around), settings.reach_m)
    if nearest is None:
        return []
    inside = set(around.streets[_inside(outline, around)].tolist())
    hides = hiding(inside | {nearest})
    if nearest not in hides:
        return []
    others = sorted(inside.intersection(hides))
    return list(dict.fromkeys(form for name in [nearest, *others] for form in (around_of(name), name)))


def around_of(street: str) -> str:
    """The name of a place at and around a street."""
    return f"{street} e.o."


def _distances(shape: BaseGeometry, around: Surroundings) -> NDArray[np.float64]:
    return np.asarray(shapely.distance(shapely.points(around.doors), shape), dtype=np.float64)


def _inside(shape: BaseGeometry, around: Surroundings) -> NDArray[np.intp]:
    """Which doors lie in a shape; of those beside it as a whole no distance is measured."""
    west, south, east, north = shape.bounds
    x, y = around.doors.T
    near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
    away = shapely.distance(shapely.points(around.doors[near]), shape)
    return np.asarray(near[away == 0], dtype=np.intp)


def _nearest(around: Surroundings, away: NDArray[np.float64], reach_m: float) -> str | None:
    near = [
        (round(float(away[at]), 1), around.streets[at]) for at in np.flatnonzero(away <= reach_m).tolist()
    ]
    return min(near)[1] if near else None


def _count(around: Surroundings, inside: NDArray[np.intp]) -> dict[str, int]:
    """How many front doors each street has within, most first; a tower of flats has one."""
    doors = {(around.streets[at], *around.doors[at].round(1).tolist()) for at in inside.tolist()}
    counts = Counter(street for street, _, _ in doors)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _corners(
    outline: BaseGeometry, around: Surroundings, inside: Sequence[str], settings: NamingSettings
) -> list[str]:
    """The corners within, of streets that have doors there; streets side by side meet nowhere."""
    corners: list[str] = []
    for pair in combinations(inside[: settings.most_crossing], 2):
        one, other = (around.doors[around.streets == name] for name in pair)
        gaps = cdist(one, other)
        if gaps.min() > settings.corner_gap_m:
            continue
        near_one, near_other = np.nonzero(gaps <= gaps.min() * 1.3 + 5)
        middles = (one[near_one] + other[near_other]) / 2
        corner = middles.mean(axis=0)
        is_one_spot = np.hypot(*(middles - corner).T).max() <= settings.corner_gap_m
        if is_one_spot and shapely.intersects_xy(outline, *corner):
            corners.append("hoek " + " / ".join(sorted(pair)))
    return corners


def _spots_at(outline: BaseGeometry, spots: Sequence[NamedSpot]) -> tuple[list[str], list[str]]:
    """The known spots that cover the middle, nearest first, and those that only touch the outline."""
    middle = outline.centroid
    covering, touching = [], []
    for spot in spots:
        away = round(float(np.hypot(spot.x - middle.x, spot.y - middle.y)), 1)
        if away <= spot.radius_m:
            covering.append((away, spot.name))
        elif outline.distance(shapely.Point(spot.x, spot.y)) <= spot.radius_m:
            touching.append((away, spot.name))
    return [name for _, name in sorted(covering)], [name for _, name in sorted(touching)]
