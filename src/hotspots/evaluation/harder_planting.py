"""Plants a harder year: hotspots of every scale, shape and rhythm, in a background that clusters by itself.

The background is a self-exciting process (Mohler et al. 2011, doi:10.1198/jasa.2011.ap09546): a report draws
others near it in the days after, and where people report shifts over the year. Nothing in it follows the
definition of a hotspot. The decoys are those of :class:`~hotspots.evaluation.planted_places.Planting`.
"""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pandas as pd

from hotspots.evaluation.place_shapes import PlaceShape, Scale, draw_shape, footprint_of, scale_of
from hotspots.evaluation.planted_places import Planting
from hotspots.evaluation.rhythms import Rhythm, draw_days, grown_part
from hotspots.evaluation.year_draft import EDGE_M, Floats, Integers, PlantedPlace, Spots
from hotspots.model import Indicatie, Soort

SHARES = {Scale.DWELLING: 3, Scale.SMALL: 4, Scale.MEDIUM: 3, Scale.WIDE: 3, Scale.STREET: 3}
"""Hotspots of each scale, of sixteen."""

RHYTHM_SHARES: dict[Rhythm, float] = {
    "steady": 0.45,
    "weekends": 0.15,
    "alternating": 0.12,
    "growing": 0.12,
    "holidays": 0.06,
    "summer": 0.1,
}
ROOM_M = 90.0
"""Between the edges of planted places, where there is room."""

PAIR_APART_M = (110.0, 180.0)
"""How far two squares are from each other between which nuisance alternates."""

ON_SQUARE_M = (30.0, 55.0)
"""How far a dwelling is from the middle of the square with another hotspot."""

CHILDREN = 0.25
CHILD_M, CHILD_DAYS = 35.0, 12.0
"""Reports that a report draws, on average; how far and how long after."""

DRIFT = 0.5
"""Log scale of the change of each buurt, from the first day of the year to the last."""

SNAP_M = 25.0


class HarderPlanting(Planting):
    """Plants a whole year, kind by kind."""

    def reach_m(self, place: PlantedPlace) -> float:
        """Within this distance of a planted place nothing else is planted."""
        return ROOM_M + place.radius_m if place.kind == "hotspot" else super().reach_m(place)

    def plant_hotspots(self) -> None:
        """Plant hotspots of every scale; some move, alternate between two squares or share a square."""
        wanted = [scale for scale, share in SHARES.items() for _ in range(share)]
        scales = [wanted[number % len(wanted)] for number in range(self.plan.hotspot_count)]
        # the widest first, while there is room
        order = (Scale.WIDE, Scale.STREET, Scale.MEDIUM, Scale.SMALL, Scale.DWELLING)
        left = {scale: scales.count(scale) for scale in order}
        if left[Scale.SMALL] >= 2 and self.rng.random() < 0.5:
            self._plant_two_squares()
            left[Scale.SMALL] -= 2
        if left[Scale.SMALL] and left[Scale.DWELLING] and self.rng.random() < 0.5:
            self._plant_dwelling_on_square()
            left[Scale.SMALL] -= 1
            left[Scale.DWELLING] -= 1
        if left[Scale.MEDIUM] and self.rng.random() < 0.5:
            self._plant_moving()
            left[Scale.MEDIUM] -= 1
        for scale, count in left.items():
            for number in range(count):
                grows = scale is Scale.STREET and number == 0
                self._plant(draw_shape(scale, self.rng), "growing" if grows else self._rhythm())

    def _rhythm(self) -> Rhythm:
        names = list(RHYTHM_SHARES)
        return names[int(self.rng.choice(len(names), p=list(RHYTHM_SHARES.values())))]

    def _plant(
        self, shape: PlaceShape, rhythm: Rhythm, spot: tuple[float, float] | None = None, at: int = -1
    ) -> None:
        """Plant a hotspot with its centre at a spot, or where there is room; a dwelling at an address."""
        if shape.scale is Scale.DWELLING:
            at = self._room(shape.radius_m) if at < 0 else at
            spot = float(self.x[at]), float(self.y[at])
        elif spot is None:
            beside = self._room(shape.radius_m)
            spot = float(self.x[beside]), float(self.y[beside])
        start, length, count = self._life(shape, rhythm, spot)
        day = draw_days(rhythm, self.first + timedelta(days=start), length, count, self.rng)
        points = shape.points(grown_part(rhythm, day, length), self.rng) + spot
        self._add_hotspot(shape, rhythm, spot, start + day, points, at)

    def _plant_moving(self) -> None:
        """A group that moves on: from week to week along a line, in all some 120 to 240 m."""
        rng = self.rng
        path_m, own_m, angle = rng.uniform(60, 120), rng.uniform(20, 40), rng.uniform(0, 2 * np.pi)
        radius = float(path_m + own_m)
        shape = PlaceShape(scale_of(radius, is_dwelling=False), "round", radius, np.zeros((1, 2)))
        beside = self._room(radius)
        spot = np.array([self.x[beside], self.y[beside]])
        start, length, count = self._life(shape, "steady", (float(spot[0]), float(spot[1])))
        day = draw_days("steady", self.first + timedelta(days=start), length, count, rng)
        way = np.array([np.cos(angle), np.sin(angle)]) * path_m
        moved = (2 * day / max(length - 1, 1) - 1)[:, None] * way
        points = spot + moved + rng.normal(0, own_m / 2, (count, 2))
        # people look for it where it was in the last half year
        recent = np.mean(moved[day > length - 182], axis=0)
        middle = float(spot[0] + recent[0]), float(spot[1] + recent[1])
        self._add_hotspot(shape, "steady", middle, start + day, points, -1, form="moving")

    def _plant_two_squares(self) -> None:
        """Two squares between which nuisance goes to and fro by some weeks, each a hotspot."""
        rng = self.rng
        shapes = [self._square() for _ in range(2)]
        apart, angle = rng.uniform(*PAIR_APART_M), rng.uniform(0, 2 * np.pi)
        beside = self._room(apart / 2 + 40)
        way = np.array([np.cos(angle), np.sin(angle)]) * apart / 2
        weeks = int(rng.integers(2, 5))
        length = 7 * int(rng.integers(26, 52))
        start = int(rng.integers(0, self.day_count - length))
        for turn, shape in enumerate(shapes):
            x, y = np.array([self.x[beside], self.y[beside]]) + (way if turn else -way)
            count = max(self._count(shape, (x, y), length), 16)
            every = np.arange(length)
            own = every[every // (7 * weeks) % 2 == turn]
            day = np.sort(rng.choice(own, count))
            points = shape.points(np.ones(count), rng) + np.array([x, y])
            self._add_hotspot(shape, "alternating", (float(x), float(y)), start + day, points, -1)

    def _plant_dwelling_on_square(self) -> None:
        """A dwelling at a square that has another hotspot, of other people."""
        rng = self.rng
        shape = self._square()
        at = self._room(ON_SQUARE_M[1] + shape.radius_m)
        apart, angle = rng.uniform(*ON_SQUARE_M), rng.uniform(0, 2 * np.pi)
        spot = float(self.x[at] + apart * np.cos(angle)), float(self.y[at] + apart * np.sin(angle))
        self._plant(draw_shape(Scale.DWELLING, rng), "steady", at=at)
        self._plant(shape, self._rhythm(), spot)

    def _square(self) -> PlaceShape:
        return PlaceShape(Scale.SMALL, "round", float(self.rng.uniform(12, 30)), np.zeros((1, 2)))

    def _room(self, radius_m: float) -> int:
        """An address with room around it for a place of this size; nearer others where there is little."""
        taken = np.array([[place.x, place.y] for place in self.places]).reshape(-1, 2)
        reach = np.array([self.reach_m(place) for place in self.places])
        for attempt in range(300):
            weight = self.address_weight if self.rng.random() < 0.3 else None
            at = int(self.rng.choice(len(self.x), p=weight))
            apart = np.hypot(taken[:, 0] - self.x[at], taken[:, 1] - self.y[at])
            if (apart > (reach + radius_m) * (1 - attempt / 600)).all():
                return at
        return self.free_address(is_hot=True)

    def _life(self, shape: PlaceShape, rhythm: Rhythm, spot: tuple[float, float]) -> tuple[int, int, int]:
        """First day, number of days and number of reports."""
        start, end, _ = self.active_period()
        if rhythm in ("holidays", "summer"):
            start, end = 0, self.day_count - 1
        length = end - start + 1
        return start, length, self._count(shape, spot, length)

    def _count(self, shape: PlaceShape, spot: tuple[float, float], length: int) -> int:
        rng = self.rng
        half_years = max(length / 182, 0.5)
        least = {Scale.DWELLING: 12, Scale.SMALL: 14}.get(shape.scale, 25)
        drawn = (least + rng.gamma(1.4, 9) * self.plan.strength) * max(half_years, 1) ** 0.7
        ground = footprint_of(shape.points(np.ones(200), rng) + spot, margin_m=EDGE_M)
        usual = self.expected_within(ground) * half_years
        return int(max(drawn, rng.uniform(1.5, 3) * usual + 9))

    def _add_hotspot(
        self,
        shape: PlaceShape,
        rhythm: Rhythm,
        spot: tuple[float, float],
        days: Integers,
        points: Floats,
        at: int,
        form: str = "",
    ) -> None:
        rng, count = self.rng, len(days)
        is_dwelling = shape.scale is Scale.DWELLING
        indicatie = Indicatie.LEEFBAARHEID if rng.random() < 0.45 else Indicatie.VEILIGHEID
        themes, drugs = self._written(is_dwelling, indicatie, count)
        if is_dwelling:
            indicatie = Indicatie.VEILIGHEID
        soort = Soort.WONING if is_dwelling else Soort.GEBIED
        span = int(days.min()), int(days.max())
        place = self.add_place("hotspot", *spot, shape.radius_m, *span, soort, indicatie)
        planted = self.places[place]
        planted.scale, planted.form, planted.rhythm = str(shape.scale), form or shape.form, rhythm
        planted.footprint = footprint_of(points, margin_m=EDGE_M)
        where = self._at_dwelling(at, points) if is_dwelling else self._snapped(points, rng.uniform(0.2, 0.9))
        people = int(rng.integers(4, 10)) if is_dwelling else int(rng.integers(5, max(8, count)))
        profile = str(rng.choice(["evening", "night", "any"] if drugs > 0.1 else ["afternoon", "evening"]))
        persons = self.pool(count, people)
        self.add(place, where, days, profile=profile, persons=persons, themes=themes, drugs_share=drugs)

    def _written(self, is_dwelling: bool, indicatie: Indicatie, count: int) -> tuple[list[str], float]:
        """Themes, and the share of reports that are about drugs."""
        rng = self.rng
        if is_dwelling:
            names = ["woning", "intimidatie", "neutraal", "muziek"]
            return rng.choice(names, count, p=[0.6, 0.16, 0.14, 0.1]).tolist(), 0.08
        mix = rng.dirichlet(np.full(4, 0.6))
        themes = self.themes(indicatie, mix, float(rng.uniform(0.55, 0.85)), count)
        is_dealing = indicatie is Indicatie.VEILIGHEID and mix[0] > 0.4
        return themes, float(rng.uniform(0.5, 0.9)) if is_dealing else 0.08

    def _at_dwelling(self, at: int, points: Floats) -> Spots:
        """Reports at the address itself, and a few houses off: half of those at a neighbour's address."""
        is_there = np.hypot(*(points - [self.x[at], self.y[at]]).T) < 1
        x, y, address = self._snapped(points, 0.5)
        is_off = ~is_there & (address == at)  # no neighbour is nearer than the dwelling
        return (
            np.where(is_there, self.x[at], np.where(is_off, points[:, 0], x)),
            np.where(is_there, self.y[at], np.where(is_off, points[:, 1], y)),
            np.where(is_there, at, np.where(is_off, -1, address)),
        )

    def _snapped(self, points: Floats, share: float) -> Spots:
        """Points of which this share is at the nearest address, if one is near."""
        distance, nearest = self.tree.query(points)
        is_snapped = (distance <= SNAP_M) & (self.rng.random(len(points)) < share)
        return (
            np.where(is_snapped, self.x[nearest], points[:, 0]),
            np.where(is_snapped, self.y[nearest], points[:, 1]),
            np.where(is_snapped, nearest, -1).astype(np.int64),
        )

    # background

    def add_background(self, count: int) -> None:
        """Add about so many reports, of which some draw others."""
        rng = self.rng
        first = max(round(count * (1 - CHILDREN)), 1)
        days = self.days(0, self.day_count - 1, first)
        address = np.where(
            rng.random(first) < days / self.day_count,
            rng.choice(len(self.x), first, p=self._shifted()),
            rng.choice(len(self.x), first, p=self._shifted()),
        )
        persons = self.new_persons(first)
        is_caller = rng.random(first) < 0.12
        persons[is_caller] = rng.choice(self.callers, int(is_caller.sum()))
        generation = pd.DataFrame(
            {"x": self.x[address], "y": self.y[address], "day": days.astype(np.float64), "person": persons}
        )
        generations = [generation]
        while len(generation):
            generation = self._children(generation)
            generations.append(generation)
        self._add_reports(generations)

    def _shifted(self) -> Floats:
        """The level of each address with buurten busier or calmer than in the year as a whole."""
        buurt, codes = pd.factorize(self.city.addresses["buurtcode"])
        level = self.address_weight * self.rng.lognormal(0, DRIFT / 2, len(codes))[buurt]
        share: Floats = level / level.sum()
        return share

    def _children(self, parents: pd.DataFrame) -> pd.DataFrame:
        rng = self.rng
        drawn = parents.loc[parents.index.repeat(rng.poisson(CHILDREN, len(parents)))].reset_index(drop=True)
        count = len(drawn)
        same_person = rng.random(count) < 0.3
        children = drawn.assign(
            x=drawn["x"] + rng.normal(0, CHILD_M, count),
            y=drawn["y"] + rng.normal(0, CHILD_M, count),
            day=drawn["day"] + rng.exponential(CHILD_DAYS, count),
            person=np.where(same_person, drawn["person"], self.new_persons(count)),
        )
        kept: pd.DataFrame = children[children["day"] < self.day_count]
        return kept.reset_index(drop=True)

    def _add_reports(self, generations: Sequence[pd.DataFrame]) -> None:
        every = pd.concat(generations, ignore_index=True)
        count = len(every)
        points = every[["x", "y"]].to_numpy(dtype=np.float64)
        points = points + self.rng.normal(0, 10, points.shape)
        self.add(
            -1,
            self._snapped(points, 0.6),
            np.floor(every["day"].to_numpy(dtype=np.float64)).astype(np.int64),
            persons=every["person"].to_numpy(dtype=np.int64),
            themes=self.background_themes(count),
            drugs_share=0.2,
        )
