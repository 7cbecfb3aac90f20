"""A simulated period in the making: draws where, when and by whom reports are made, and keeps them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hotspots.errors import StatisticError
from hotspots.evaluation.city import City
from hotspots.evaluation.report_texts import LIVEABILITY_THEMES, SAFETY_THEMES
from hotspots.evaluation.year_plan import YearPlan
from hotspots.model import Indicatie

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Spots = tuple[Floats, Floats, Integers]
"""x, y and the address named, per report; address -1 is none."""

HOUR_PROFILES: Mapping[str, Sequence[float]] = {
    "any": (3, 2, 2, 1, 1, 1, 2, 4, 6, 7, 7, 7, 7, 7, 7, 8, 9, 9, 9, 10, 11, 12, 10, 6),
    "afternoon": (1, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 5, 6, 9, 12, 14, 13, 12, 11, 9, 5, 2, 1),
    "evening": (5, 2, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 3, 4, 5, 6, 8, 11, 14, 16, 14, 9),
    "night": (16, 14, 11, 8, 4, 2, 1, 2, 2, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 5, 7, 10, 14, 16),
}
EDGE_M = 15.0
"""A place reaches this far beyond its radius: half a street."""

MIN_APART_M = 160.0
"""Least distance between planted places, except pairs that are meant to be near each other."""


@dataclass
class PlantedPlace:
    kind: str
    x: float
    y: float
    radius_m: float
    start: int  # 0 is the first day
    end: int
    soort: str = ""
    indicatie: str = ""
    scale: str = ""
    form: str = ""
    rhythm: str = ""
    footprint: shapely.Polygon | None = None  # the ground that it covers, if that is no circle


@dataclass
class YearDraft:
    """The places planted so far with their reports, and the random draws; mostly of one calendar year."""

    city: City
    first: date
    last: date
    plan: YearPlan
    rng: np.random.Generator
    places: list[PlantedPlace] = field(default_factory=list)
    chunks: list[pd.DataFrame] = field(default_factory=list)
    next_person: int = 0

    def __post_init__(self) -> None:
        rng, table = self.rng, self.city.addresses
        self.x, self.y = table["x"].to_numpy(), table["y"].to_numpy()
        self.tower = table["tower"].to_numpy()
        self.tree = cKDTree(np.column_stack([self.x, self.y]))
        self.first_day = np.datetime64(self.first, "D")
        self.day_count = (self.last - self.first).days + 1
        self.half_years = max(round(self.day_count / 182.5), 1)
        day = np.arange(self.day_count)
        self.weekday = (self.first_day.astype(int) + 3 + day) % 7
        season = 1 + rng.uniform(0.1, 0.35) * np.sin(2 * np.pi * (day - rng.uniform(90, 120)) / 365)
        # from some day on, reports are counted differently
        step = np.where(day >= rng.integers(60, 300), rng.uniform(1, 1.3), 1.0)
        self.day_weight = season * step * np.where(self.weekday >= 4, rng.uniform(1.1, 1.5), 1.0)
        buurt, codes = pd.factorize(table["buurtcode"])
        level = rng.lognormal(0, self.plan.buurt_spread, len(codes))[buurt]
        level = level * np.where(self.tower >= 0, rng.uniform(0.7, 1.4), 1.0)
        centre = self.city.busy_centre
        is_busy = np.hypot(self.x - centre.x, self.y - centre.y) <= centre.radius_m
        level = level / level.sum()
        # a centre is busy in the street: a coordinate counts once, however many people live there
        spots = np.unique(self.x + 1j * self.y, return_inverse=True, return_counts=True)
        by_spot = 1 / spots[2][spots[1]]
        level[is_busy] = (self.plan.busy_share * by_spot / max(by_spot[is_busy].sum(), 1))[is_busy]
        self.address_weight = level / level.sum()
        self.background_count = 0.7 * self.plan.report_count  # an estimate, until all else is planted
        self.callers = self.new_persons(60)  # people who report a lot, all over town

    # where

    def free_spot(self, *, is_hot: bool = False) -> tuple[float, float]:
        at = self.free_address(is_hot=is_hot)
        shift = self.rng.uniform(-15, 15, 2)
        return float(self.x[at] + shift[0]), float(self.y[at] + shift[1])

    def free_address(self, *, is_hot: bool = False) -> int:
        """An address away from everything planted; hot places are likelier where there are more reports."""
        taken = np.array([[place.x, place.y] for place in self.places]).reshape(-1, 2)
        for _ in range(500):
            is_weighted = is_hot and self.rng.random() < 0.5
            at = int(self.rng.choice(len(self.x), p=self.address_weight if is_weighted else None))
            apart = np.hypot(taken[:, 0] - self.x[at], taken[:, 1] - self.y[at])
            reach = np.array([self.reach_m(place) for place in self.places])
            if (apart > reach).all() and (is_hot or self.tower[at] < 0):
                return at
        raise StatisticError(
            f"wanted room for another place {MIN_APART_M:.0f} m from {len(self.places)} others, found none: "
            "take a larger city or plant less"
        )

    def reach_m(self, place: PlantedPlace) -> float:
        """Within this distance of a planted place nothing else is planted."""
        return MIN_APART_M + min(place.radius_m, 60)

    def expected_around(self, place: PlantedPlace, days: int) -> tuple[float, int]:
        """Expected background reports at a place in these days, and how many such places the city has."""
        reach = place.radius_m + EDGE_M
        half_year, side_m = self.expected(place.x, place.y, reach), 2 * reach
        if place.footprint is not None:
            half_year, side_m = self.expected_within(place.footprint), float(np.sqrt(place.footprint.area))
        expected = half_year * self.half_years * days / self.day_count
        column, row = (np.floor(values / side_m).astype(np.int64) for values in (self.x, self.y))
        row -= row.min()
        # one number per square: unique pairs of numbers take thirty times as long
        squares = np.unique(column * (row.max() + 1) + row)
        return expected * self.plan.kept_share, len(squares)

    def expected(self, x: float, y: float, radius_m: float) -> float:
        """Background reports expected within a radius in half a year."""
        near = self.tree.query_ball_point([x, y], radius_m)
        return float(self.address_weight[near].sum() * self.background_count / self.half_years)

    def expected_within(self, ground: shapely.Polygon) -> float:
        """Background reports expected on some ground in half a year."""
        inside = shapely.contains_xy(ground, self.x, self.y)
        return float(self.address_weight[inside].sum() * self.background_count / self.half_years)

    def at_addresses(self, address: Integers) -> Spots:
        return self.x[address], self.y[address], address

    def around(
        self,
        x: float,
        y: float,
        radius_m: float,
        count: int,
        *,
        address_share: float,
        is_narrow: bool = False,
    ) -> Spots:
        """Draw points of a place: addresses inside the radius, or points in the open (address -1).

        A narrow place is a stretch of street, twice the radius long and a street wide.
        """
        rng = self.rng
        angle, distance = rng.uniform(0, 2 * np.pi, count), radius_m * np.sqrt(rng.random(count))
        px, py = distance * np.cos(angle), distance * np.sin(angle)
        direction = rng.uniform(0, np.pi)
        near = np.asarray(self.tree.query_ball_point([x, y], max(radius_m, 20)), dtype=np.int64)
        if is_narrow:
            along, across = rng.uniform(-radius_m, radius_m, count), rng.normal(0, 4, count)
            px = along * np.cos(direction) - across * np.sin(direction)
            py = along * np.sin(direction) + across * np.cos(direction)
            off_m = (self.y[near] - y) * np.cos(direction) - (self.x[near] - x) * np.sin(direction)
            near = near[np.abs(off_m) <= 11]
        address = np.full(count, -1)
        if len(near):
            # by coordinate, not by flat: a tower sees one side of a square, as a house does
            spots, of_near = np.unique(
                np.column_stack([self.x[near], self.y[near]]), axis=0, return_inverse=True
            )
            weight = 1 / np.bincount(of_near)[of_near]
            is_address = rng.random(count) < address_share
            address[is_address] = rng.choice(near, int(is_address.sum()), p=weight / len(spots))
        px = np.where(address >= 0, self.x[address], x + px)
        py = np.where(address >= 0, self.y[address], y + py)
        return px, py, address

    # when

    def days(self, start: int, end: int, count: int) -> Integers:
        weight = self.day_weight[start : end + 1]
        return start + self.rng.choice(len(weight), count, p=weight / weight.sum())

    def episode_days(self, start: int, end: int, count: int) -> Integers:
        """Days of a place's reports: uneven over the weeks, sometimes with a pause, several in a night."""
        rng = self.rng
        day = np.arange(start, end + 1)
        weeks = (day - start) // 7
        weight = rng.gamma(2, 1, weeks.max() + 1)[weeks]
        weight = weight * np.where(self.weekday[day] >= 4, rng.uniform(0.6, 2.5), 1.0)
        if weeks.max() > 20 and rng.random() < 0.25:
            pause = rng.integers(4, weeks.max() - 10)
            weight = np.where((weeks >= pause) & (weeks < pause + rng.integers(3, 7)), 0, weight)
        nights = day[
            rng.choice(len(day), max(round(count / rng.uniform(1, 1.6)), 1), p=weight / weight.sum())
        ]
        days = np.concatenate([nights, rng.choice(nights, count - len(nights))])
        days[0], days[-1] = start, end  # it began then, and lasted until then
        return np.asarray(days, dtype=np.int64)

    # who, and what they write

    def new_persons(self, count: int) -> Integers:
        first = self.next_person
        self.next_person += count
        return np.arange(first, first + count)

    def pool(self, count: int, size: int) -> Integers:
        """Draw reporters from a limited group: nobody makes most of the reports."""
        share = 0.7 * np.minimum(self.rng.dirichlet(np.full(size, 1.2)), 0.35) + 0.3 / size
        return self.rng.choice(self.new_persons(size), count, p=share / share.sum())

    def themes(self, indicatie: Indicatie, mix: Floats, clear_share: float, count: int) -> list[str]:
        rng = self.rng
        own, denied, other = SAFETY_THEMES, "ontkenning_leefbaarheid", LIVEABILITY_THEMES
        if indicatie == Indicatie.LEEFBAARHEID:
            own, denied, other = other, "ontkenning_veiligheid", own
        names = [*own, "neutraal", denied, *other]
        rest = 1 - clear_share
        weights = [*(clear_share * mix), rest * 0.6, rest * 0.2, *np.full(4, rest * 0.05)]
        return [str(name) for name in rng.choice(names, count, p=np.array(weights) / sum(weights))]

    def background_themes(self, count: int) -> list[str]:
        names = ["neutraal", *SAFETY_THEMES, *LIVEABILITY_THEMES]
        weights = np.array([0.45, 0.1, 0.06, 0.05, 0.04, 0.05, 0.12, 0.08, 0.05])
        return [str(name) for name in self.rng.choice(names, count, p=weights / weights.sum())]

    # bookkeeping

    def add_place(
        self,
        kind: str,
        x: float,
        y: float,
        radius_m: float,
        start: int,
        end: int,
        soort: str = "",
        indicatie: str = "",
    ) -> int:
        self.places.append(
            PlantedPlace(kind, float(x), float(y), radius_m, start, end, str(soort), str(indicatie))
        )
        return len(self.places) - 1

    def add(
        self,
        place: int,
        where: Spots,
        days: Integers,
        *,
        profile: str = "any",
        persons: Integers,
        themes: list[str],
        drugs_share: float = 0.12,
    ) -> None:
        rng, count = self.rng, len(days)
        weights = np.array(HOUR_PROFILES[profile]) + 0.5
        hours = rng.choice(24, count, p=weights / weights.sum())
        delay_minutes = np.where(
            rng.random(count) < 0.25, rng.exponential(600, count), rng.exponential(15, count)
        )
        minutes = days * 1440 + hours * 60 + rng.integers(0, 60, count) + delay_minutes.astype(int)
        is_any, is_dealing = rng.random(count) < drugs_share, rng.random(count) < 0.8
        is_drugs = is_any | (is_dealing & (np.array(themes) == "dealen"))
        columns = {
            "place": place,
            **dict(zip(("x", "y", "address"), where, strict=True)),
            "minute": np.minimum(minutes, self.day_count * 1440 - 1),
            "person": persons,
            "theme": themes,
            "category": np.where(is_drugs, "drugs", "personen"),
        }
        self.chunks.append(pd.DataFrame(columns))
