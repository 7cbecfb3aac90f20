"""Shapes of planted places, from one address to a park or a street: how far a place reaches, and where in it
its reports lie.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Form = Literal["one address", "round", "patchy", "edge", "line"]
"""How reports lie in a place: at one door, evenly, in patches, along its edge, or along a street."""

STREET_HALF_WIDTH_M = 6.0
NEIGHBOUR_M = 25.0
"""Neighbours of a dwelling who report from their own door live within this distance."""


class Scale(StrEnum):
    """Classes of size in which results are counted."""

    DWELLING = "dwelling"
    SMALL = "up to 50 m"
    MEDIUM = "50 to 120 m"
    WIDE = "120 to 300 m"
    STREET = "street"


SCALES = tuple(Scale)
RADII_M = {Scale.SMALL: (10.0, 50.0), Scale.MEDIUM: (50.0, 120.0), Scale.WIDE: (120.0, 300.0)}
STREET_LENGTHS_M = (150.0, 400.0)
OFF_SHARES = (0.2, 0.4)
"""Least and largest share of the reports of a dwelling that lie a few houses off."""


def scale_of(radius_m: float, *, is_dwelling: bool) -> Scale:
    """Give the scale of a place that is no street.

    Examples
    --------
    >>> str(scale_of(60, is_dwelling=False)), str(scale_of(60, is_dwelling=True))
    ('50 to 120 m', 'dwelling')
    """
    if is_dwelling:
        return Scale.DWELLING
    most = (scale for scale, (_, largest) in RADII_M.items() if radius_m <= largest)
    return next(most, Scale.WIDE)


@dataclass(frozen=True)
class PlaceShape:
    """The shape of a place around (0, 0), in metres.

    Attributes
    ----------
    radius_m
        From the centre to the farthest point; of a street half its length.
    spine
        A street: its two ends and its bend. Patches: their centres. Otherwise only the centre. Shape (k, 2).
    off_share
        Of a dwelling: the share of the reports that lie a few houses off.
    """

    scale: Scale
    form: Form
    radius_m: float
    spine: Floats
    off_share: float = 0.0

    def points(self, part: Floats, rng: np.random.Generator) -> Floats:
        """Draw a point for each report.

        Parameters
        ----------
        part
            Per report how much of the place there is yet, above 0, at most 1: a street grows from one end,
            patches come one by one, other places grow from their centre.

        Returns
        -------
        ndarray of shape (n, 2)
        """
        if self.form == "line":
            return self._along(part, rng)
        if self.form == "patchy":
            patch = np.floor(rng.random(len(part)) * np.ceil(part * len(self.spine))).astype(np.int64)
            return self.spine[patch] + _inside(np.full(len(part), 0.3 * self.radius_m), rng)
        if self.form == "one address":
            is_off = rng.random(len(part)) < self.off_share
            return _at(np.where(is_off, rng.uniform(5, NEIGHBOUR_M, len(part)), 0.0), rng)
        if self.form == "edge":
            return _at(self.radius_m * part * rng.uniform(0.75, 1, len(part)), rng)
        return _inside(self.radius_m * part, rng)

    def _along(self, part: Floats, rng: np.random.Generator) -> Floats:
        line = shapely.LineString(self.spine)
        at = rng.random(len(part)) * part * line.length
        ahead = shapely.get_coordinates(shapely.line_interpolate_point(line, np.minimum(at + 1, line.length)))
        behind = shapely.get_coordinates(shapely.line_interpolate_point(line, np.maximum(at - 1, 0)))
        along = (ahead - behind) / np.linalg.norm(ahead - behind, axis=1, keepdims=True)
        across = np.column_stack([-along[:, 1], along[:, 0]])
        aside = rng.normal(0, STREET_HALF_WIDTH_M, (len(part), 1))
        points: Floats = (ahead + behind) / 2 + aside * across
        return points


def draw_shape(scale: Scale, rng: np.random.Generator) -> PlaceShape:
    """Draw a shape of a scale."""
    centre = np.zeros((1, 2))
    if scale is Scale.DWELLING:
        return PlaceShape(scale, "one address", NEIGHBOUR_M, centre, float(rng.uniform(*OFF_SHARES)))
    if scale is Scale.STREET:
        return _street(float(rng.uniform(*STREET_LENGTHS_M)), rng)
    radius = float(rng.uniform(*RADII_M[scale]))
    if scale is Scale.SMALL:
        return PlaceShape(scale, "round", radius, centre)
    form = ("round", "patchy", "edge")[int(rng.choice(3, p=[0.5, 0.3, 0.2]))]
    if form == "round":
        return PlaceShape(scale, "round", radius, centre)
    if form == "edge":
        return PlaceShape(scale, "edge", radius, centre)
    patches = int(rng.integers(3, 6))
    turn = rng.uniform(0, 2 * np.pi) + np.arange(patches) * 2 * np.pi / patches
    spine = 0.7 * radius * np.column_stack([np.cos(turn), np.sin(turn)])
    spine *= rng.uniform(0.6, 1, (patches, 1))
    return PlaceShape(scale, "patchy", radius, spine - spine.mean(axis=0))


def footprint_of(points: Floats, *, margin_m: float) -> shapely.Polygon:
    """Give the ground that a place covers: the hull of its points and a margin around it."""
    footprint: shapely.Polygon = shapely.MultiPoint(points).convex_hull.buffer(margin_m, quad_segs=4)
    return footprint


def _street(length_m: float, rng: np.random.Generator) -> PlaceShape:
    """A street with one bend, of up to 45 degrees."""
    first = length_m * rng.uniform(0.3, 0.7)
    angle, bend = rng.uniform(0, 2 * np.pi), rng.uniform(-np.pi / 4, np.pi / 4)
    steps = np.array(
        [
            [0.0, 0.0],
            [first * np.cos(angle), first * np.sin(angle)],
            [(length_m - first) * np.cos(angle + bend), (length_m - first) * np.sin(angle + bend)],
        ]
    )
    spine = np.cumsum(steps, axis=0)
    centre = shapely.get_coordinates(shapely.LineString(spine).centroid)
    return PlaceShape(Scale.STREET, "line", length_m / 2, spine - centre)


def _inside(radius_m: Floats, rng: np.random.Generator) -> Floats:
    """Points spread evenly over circles."""
    return _at(radius_m * np.sqrt(rng.random(len(radius_m))), rng)


def _at(distance_m: Floats, rng: np.random.Generator) -> Floats:
    angle = rng.uniform(0, 2 * np.pi, len(distance_m))
    return np.column_stack([distance_m * np.cos(angle), distance_m * np.sin(angle)])
