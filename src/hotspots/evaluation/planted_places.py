"""Puts hotspots, what fools a detector, and the background into a simulated year; all drawn by chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hotspots.errors import StatisticError
from hotspots.evaluation.city import City
from hotspots.evaluation.wording import LIVEABILITY_THEMES, SAFETY_THEMES
from hotspots.model import Indicatie, Soort

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

HOUR_PROFILES: Mapping[str, Sequence[float]] = {
    "any": (3, 2, 2, 1, 1, 1, 2, 4, 6, 7, 7, 7, 7, 7, 7, 8, 9, 9, 9, 10, 11, 12, 10, 6),
    "afternoon": (1, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 5, 6, 9, 12, 14, 13, 12, 11, 9, 5, 2, 1),
    "evening": (5, 2, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 3, 4, 5, 6, 8, 11, 14, 16, 14, 9),
    "night": (16, 14, 11, 8, 4, 2, 1, 2, 2, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 5, 7, 10, 14, 16),
}
EDGE_M = 15.0
"""A place reaches this far beyond its radius: half a street."""

MIN_APART_M = 160.0
"""How far apart planted places lie, but for the pairs that are meant to be near each other."""


@dataclass(frozen=True)
class YearPlan:
    """What goes into a year; :func:`draw_plan` draws one."""

    report_count: int = 2000
    hotspot_count: int = 16
    dwelling_count: int = 2
    liveability_count: int = 7
    near_pair_count: int = 1  # of the hotspots: two 90-115 m apart with a thin line of reports between
    burst_count: int = 4
    single_reporter_count: int = 3
    event_count: int = 2
    faded_count: int = 2  # began and ended within weeks
    almost_count: int = 4  # fewer than the definition asks, over months
    default_geocode_count: int = 25  # reports that all stand at the town hall
    busy_share: float = 0.12  # of the background, in the busy centre
    buurt_spread: float = 0.5  # log scale
    known_reporter_share: float = 0.8
    duplicate_share: float = 0.04
    dirty_share: float = 0.04
    other_category_share: float = 0.3
    coarse_share: float = 0.03  # located by postcode only
    strength: float = 1.0  # of hotspots and bursts; 2 in a year with twice as many reports
    kept_share: float = 1.0  # of everything reported; half in a year with half as many reports


@dataclass
class PlantedPlace:
    kind: str
    x: float
    y: float
    radius_m: float
    start: int  # day of the year, 0 is 1 January
    end: int
    soort: str = ""
    indicatie: str = ""


@dataclass
class Planting:
    """A year in the making: the places planted so far and the reports of each."""

    city: City
    year: int
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
        first = np.datetime64(f"{self.year}-01-01", "D")
        self.day_count = int((np.datetime64(f"{self.year + 1}-01-01", "D") - first).astype(int))
        self.first_day = first
        day = np.arange(self.day_count)
        weekday = (first.astype(int) + 3 + day) % 7
        season = 1 + rng.uniform(0.1, 0.35) * np.sin(2 * np.pi * (day - rng.uniform(90, 120)) / 365)
        step = np.where(day >= rng.integers(60, 300), rng.uniform(1, 1.3), 1.0)  # a new way of counting
        self.day_weight = season * step * np.where(weekday >= 4, rng.uniform(1.1, 1.5), 1.0)
        self.weekday = weekday
        buurt, codes = pd.factorize(table["buurtcode"])
        level = rng.lognormal(0, self.plan.buurt_spread, len(codes))[buurt]
        level = level * np.where(self.tower >= 0, rng.uniform(0.7, 1.4), 1.0)
        centre = self.city.busy_centre
        is_busy = np.hypot(self.x - centre.x, self.y - centre.y) <= centre.radius_m
        level = level / level.sum()
        # what makes a centre busy stands in the street: a coordinate counts once, however many live there
        spots = np.unique(np.column_stack([self.x, self.y]), axis=0, return_inverse=True, return_counts=True)
        by_spot = 1 / spots[2][spots[1]]
        level[is_busy] = (self.plan.busy_share * by_spot / max(by_spot[is_busy].sum(), 1))[is_busy]
        self.address_weight = level / level.sum()
        self.background_count = 0.7 * self.plan.report_count  # about; as it is, once all else is planted
        self.callers = self.new_persons(60)  # people who report a lot, all over town

    def plant(self) -> None:
        """Put everything into the year: hotspots first, then decoys, then the background around them."""
        self._plant_hotspots()
        for _ in range(self.plan.burst_count):
            self._plant_burst()
        for _ in range(self.plan.single_reporter_count):
            self._plant_single_reporter()
        for _ in range(self.plan.event_count):
            self._plant_event()
        for _ in range(self.plan.faded_count):
            self._plant_faded()
        for _ in range(self.plan.almost_count):
            self._plant_almost()
        self._plant_default_geocode()
        planted = sum(len(chunk) for chunk in self.chunks)
        self.background_count = max(self.plan.report_count - planted, self.plan.report_count // 3)
        self._add_background(int(self.background_count))

    # hotspots

    def _plant_hotspots(self) -> None:
        plan, rng = self.plan, self.rng
        pairs = min(plan.near_pair_count, max(plan.hotspot_count - plan.dwelling_count, 0) // 2)
        is_liveable = np.zeros(plan.hotspot_count, dtype=bool)
        areas = np.arange(plan.dwelling_count, plan.hotspot_count)
        is_liveable[rng.permutation(areas)[: plan.liveability_count]] = True
        number = 0
        while number < plan.hotspot_count:
            if number < plan.dwelling_count:
                self._plant_dwelling(indicatie=Indicatie.VEILIGHEID)
                number += 1
                continue
            is_pair = pairs > 0 and number + 1 < plan.hotspot_count
            spot = self._free_spot(is_hot=True)
            radius = float(rng.uniform(12, 20) if is_pair else rng.uniform(14, 60))
            self._plant_area_hotspot(*spot, radius, self._indicatie(is_liveable[number]))
            number += 1
            if is_pair:
                self._plant_twin(*spot, self._indicatie(is_liveable[number]))
                number += 1
                pairs -= 1

    def _indicatie(self, is_liveable: bool) -> Indicatie:
        return Indicatie.LEEFBAARHEID if is_liveable else Indicatie.VEILIGHEID

    def _plant_twin(self, x: float, y: float, indicatie: Indicatie) -> None:
        """A second hotspot about 100 m from the first, and a thin line of reports between the two."""
        rng = self.rng
        apart, angle = rng.uniform(90, 115), rng.uniform(0, 2 * np.pi)
        twin_x, twin_y = x + apart * np.cos(angle), y + apart * np.sin(angle)
        self._plant_area_hotspot(twin_x, twin_y, float(rng.uniform(12, 20)), indicatie)
        steps = np.arange(25, apart - 15, 25) / apart
        place = self._add_place("line", (x + twin_x) / 2, (y + twin_y) / 2, 30, 0, self.day_count - 1)
        count = len(steps)
        self._add(
            place,
            x + steps * (twin_x - x) + rng.normal(0, 2, count),
            y + steps * (twin_y - y) + rng.normal(0, 2, count),
            self._days(0, self.day_count - 1, count),
            profile="any",
            persons=self.new_persons(count),
            themes=["neutraal"] * count,
        )

    def _active_period(self) -> tuple[int, int, int]:
        """First and last day of a hotspot, and how many reports it gets."""
        rng = self.rng
        weeks = int(rng.choice([rng.integers(9, 16), rng.integers(14, 30), rng.integers(26, 53)]))
        length = min(weeks * 7, self.day_count)
        start = int(rng.integers(0, self.day_count - length + 1))
        per_half_year = 12 + rng.gamma(1.4, 10) * self.plan.strength
        if rng.random() < 0.07:
            per_half_year += rng.uniform(25, 60)  # the group of 120 people
        count = per_half_year * max(weeks / 26, 0.8)
        return start, start + length - 1, max(round(count * max(self.plan.strength, 0.8)), 11)

    def _plant_area_hotspot(self, x: float, y: float, radius_m: float, indicatie: Indicatie) -> None:
        rng = self.rng
        start, end, count = self._active_period()
        count = max(count, int(4 * self._expected(x, y, radius_m + EDGE_M) + 9))
        place = self._add_place("hotspot", x, y, radius_m, start, end, Soort.GEBIED, indicatie)
        px, py, address = self._around(
            x,
            y,
            radius_m,
            count,
            address_share=float(rng.uniform(0.2, 0.9)),
            is_narrow=radius_m > 20 and rng.random() < 0.3,
        )
        is_safety = indicatie == Indicatie.VEILIGHEID
        profile = str(rng.choice(["evening", "night", "any"] if is_safety else ["afternoon", "evening"]))
        mix = rng.dirichlet(np.full(4, 0.6))
        clear_share = float(rng.uniform(0.55, 0.85))
        self._add(
            place,
            px,
            py,
            self._episode_days(start, end, count),
            profile=profile,
            persons=self._pool(count, int(rng.integers(5, max(8, count)))),
            themes=self._themes(indicatie, mix, clear_share, count),
            address=address,
            drugs_share=float(rng.uniform(0.5, 0.9)) if is_safety and mix[0] > 0.4 else 0.08,
        )

    def _plant_dwelling(self, indicatie: Indicatie) -> None:
        rng = self.rng
        at = self._free_address(is_hot=rng.random() < 0.3)  # then it may be a flat in a tower
        start, end, count = self._active_period()
        count = min(count, 40)
        place = self._add_place("hotspot", self.x[at], self.y[at], 10.0, start, end, Soort.WONING, indicatie)
        neighbours = self.tree.query_ball_point([self.x[at], self.y[at]], 22)
        is_here = rng.random(count) < rng.uniform(0.78, 0.97)
        address = np.where(is_here, at, rng.choice(neighbours, count))
        themes = rng.choice(["woning", "intimidatie", "neutraal", "muziek"], count, p=[0.6, 0.16, 0.14, 0.1])
        self._add(
            place,
            self.x[address],
            self.y[address],
            self._episode_days(start, end, count),
            profile=str(rng.choice(["evening", "night", "any"])),
            persons=self._pool(count, int(rng.integers(4, 9))),
            themes=themes.tolist(),
            address=address,
            drugs_share=0.08,
        )

    # what fools a detector

    def _plant_burst(self) -> None:
        """One night, one weekend, or two weekends; many people report it."""
        rng = self.rng
        x, y = self._free_spot()
        count = int(rng.integers(8, 26) * max(self.plan.strength, 0.7))
        start = int(rng.integers(7, self.day_count - 40))
        saturday = start + int((5 - self.weekday[start]) % 7)
        kind = str(rng.choice(["one night", "one weekend", "two weekends"]))
        weekend = saturday + rng.integers(-1, 2, count)
        days = np.full(count, start) if kind == "one night" else weekend
        if kind == "two weekends":
            days = days + 7 * int(rng.integers(1, 4)) * rng.integers(0, 2, count)
        radius = float(rng.uniform(10, 40))
        place = self._add_place(f"burst, {kind}", x, y, radius, int(days.min()), int(days.max()))
        px, py, address = self._around(x, y, radius, count, address_share=0.8)
        theme = str(rng.choice(["muziek", "geweld", "hangen", "vernieling"]))
        self._add(
            place,
            px,
            py,
            days,
            profile="night" if kind == "one night" else "evening",
            persons=self.new_persons(count),
            themes=[theme] * count,
            address=address,
        )

    def _plant_single_reporter(self) -> None:
        """One neighbour who reports for months; sometimes one or two others join once."""
        rng = self.rng
        at = self._free_address()
        count = int(rng.integers(10, 31))
        length = int(rng.integers(60, 300))
        start = int(rng.integers(0, self.day_count - length))
        place = self._add_place("one reporter", self.x[at], self.y[at], 8.0, start, start + length - 1)
        persons = np.repeat(self.new_persons(1), count)
        others = int(rng.integers(0, 3))
        persons[:others] = self.new_persons(others)
        theme = str(rng.choice(["muziek", "hangen", "woning", "voetbal", "dealen"]))
        self._add(
            place,
            np.full(count, self.x[at]),
            np.full(count, self.y[at]),
            self._episode_days(start, start + length - 1, count),
            profile=str(rng.choice(["evening", "night", "any"])),
            persons=persons,
            themes=[theme] * count,
            address=np.full(count, at),
        )

    def _plant_event(self) -> None:
        """One to three days on which the whole centre, or a park, is full of people."""
        rng = self.rng
        centre = self.city.busy_centre
        x, y = (centre.x, centre.y) if rng.random() < 0.6 else self._free_spot()
        start = int(rng.integers(5, self.day_count - 5))
        length = int(rng.integers(1, 4))
        count = int(rng.integers(12, 41) * max(self.plan.strength, 0.7))
        radius = float(rng.uniform(80, 250))
        place = self._add_place("event", x, y, radius, start, start + length - 1)
        px, py, address = self._around(x, y, radius, count, address_share=0.8)
        self._add(
            place,
            px,
            py,
            start + rng.integers(0, length, count),
            profile="evening",
            persons=self.new_persons(count),
            themes=rng.choice(["muziek", "afval", "hangen", "geweld"], count).tolist(),
            address=address,
        )

    def _plant_faded(self) -> None:
        """Nuisance at one place that was over within three weeks."""
        rng = self.rng
        x, y = self._free_spot()
        length, count = int(rng.integers(8, 22)), int(rng.integers(5, 14))
        start = int(rng.integers(0, self.day_count - length))
        self._plant_small("faded", x, y, start, start + length - 1, count)

    def _plant_almost(self) -> None:
        """A few reports at one place over months: fewer than repeated nuisance."""
        rng = self.rng
        x, y = self._free_spot()
        length, count = int(rng.integers(100, 330)), int(rng.integers(3, 6))
        start = int(rng.integers(0, self.day_count - length))
        self._plant_small("almost", x, y, start, start + length - 1, count)

    def _plant_small(self, kind: str, x: float, y: float, start: int, end: int, count: int) -> None:
        radius = float(self.rng.uniform(8, 30))
        place = self._add_place(kind, x, y, radius, start, end)
        px, py, address = self._around(x, y, radius, count, address_share=0.7)
        self._add(
            place,
            px,
            py,
            self._episode_days(start, end, count),
            profile="evening",
            persons=self._pool(count, max(count - 1, 2)),
            themes=self.rng.choice(["hangen", "muziek", "neutraal", "dealen"], count).tolist(),
            address=address,
        )

    def _plant_default_geocode(self) -> None:
        """Reports from all over town that a geocoder put at the town hall."""
        rng, centre = self.rng, self.city.busy_centre
        near = np.asarray(self.tree.query_ball_point([centre.x, centre.y], centre.radius_m + 400))
        hall = int(rng.choice(near[self.tower[near] < 0]))
        count = self.plan.default_geocode_count
        place = self._add_place("default geocode", self.x[hall], self.y[hall], 1, 0, self.day_count - 1)
        self._add(
            place,
            np.full(count, self.x[hall]),
            np.full(count, self.y[hall]),
            self._days(0, self.day_count - 1, count),
            profile="any",
            persons=self.new_persons(count),
            themes=self._background_themes(count),
            address=rng.choice(len(self.x), count, p=self.address_weight),  # what the report itself says
        )

    def _add_background(self, count: int) -> None:
        rng = self.rng
        address = rng.choice(len(self.x), count, p=self.address_weight)
        persons = self.new_persons(count)
        is_caller = rng.random(count) < 0.12
        persons[is_caller] = rng.choice(self.callers, int(is_caller.sum()))
        spread = np.where(rng.random(count) < 0.4, 10.0, 0.0)
        self._add(
            -1,
            self.x[address] + rng.normal(0, 1, count) * spread,
            self.y[address] + rng.normal(0, 1, count) * spread,
            self._days(0, self.day_count - 1, count),
            profile="any",
            persons=persons,
            themes=self._background_themes(count),
            address=np.where(spread > 0, -1, address),
            drugs_share=0.2,
        )

    # where

    def _free_spot(self, *, is_hot: bool = False) -> tuple[float, float]:
        at = self._free_address(is_hot=is_hot)
        shift = self.rng.uniform(-15, 15, 2)
        return float(self.x[at] + shift[0]), float(self.y[at] + shift[1])

    def _free_address(self, *, is_hot: bool = False) -> int:
        """An address away from everything planted; hot places are likelier where more is reported."""
        taken = np.array([[place.x, place.y] for place in self.places]).reshape(-1, 2)
        for _ in range(500):
            is_weighted = is_hot and self.rng.random() < 0.5
            at = int(self.rng.choice(len(self.x), p=self.address_weight if is_weighted else None))
            apart = np.hypot(taken[:, 0] - self.x[at], taken[:, 1] - self.y[at])
            reach = MIN_APART_M + np.array([min(place.radius_m, 60) for place in self.places])
            if (apart > reach).all() and (is_hot or self.tower[at] < 0):
                return at
        raise StatisticError(
            f"wanted room for another place {MIN_APART_M:.0f} m from {len(self.places)} others, found none: "
            "take a larger city or plant less"
        )

    def expected_around(self, place: PlantedPlace, days: int) -> tuple[float, int]:
        """Background reports at a place in so many days, and how many places of its size the city has."""
        reach = place.radius_m + EDGE_M
        expected = self._expected(place.x, place.y, reach) * 2 * days / self.day_count
        squares = np.floor(np.column_stack([self.x, self.y]) / (2 * reach)).astype(np.int64)
        return expected * self.plan.kept_share, len(np.unique(squares, axis=0))

    def _expected(self, x: float, y: float, radius_m: float) -> float:
        """Background reports within a radius in half a year."""
        near = self.tree.query_ball_point([x, y], radius_m)
        return float(self.address_weight[near].sum() * self.background_count / 2)

    def _around(
        self,
        x: float,
        y: float,
        radius_m: float,
        count: int,
        *,
        address_share: float,
        is_narrow: bool = False,
    ) -> tuple[Floats, Floats, Integers]:
        """Points of a place: addresses inside the radius, or spots in the open (address -1).

        A narrow place is a stretch of street: as long as the radius to both sides, and a street wide.
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

    def _days(self, start: int, end: int, count: int) -> Integers:
        weight = self.day_weight[start : end + 1]
        return start + self.rng.choice(len(weight), count, p=weight / weight.sum())

    def _episode_days(self, start: int, end: int, count: int) -> Integers:
        """Days of a place's reports: uneven over the weeks, sometimes with a pause, several a night."""
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

    def _pool(self, count: int, size: int) -> Integers:
        """Reports of a limited number of people, some of whom report more; nobody gives most of them."""
        share = 0.7 * np.minimum(self.rng.dirichlet(np.full(size, 1.2)), 0.35) + 0.3 / size
        return self.rng.choice(self.new_persons(size), count, p=share / share.sum())

    def _themes(self, indicatie: Indicatie, mix: Floats, clear_share: float, count: int) -> list[str]:
        rng = self.rng
        own, other = SAFETY_THEMES, LIVEABILITY_THEMES
        denied = "ontkenning_leefbaarheid"
        if indicatie == Indicatie.LEEFBAARHEID:
            own, other = other, own
            denied = "ontkenning_veiligheid"
        names = [*own, "neutraal", denied, *other]
        rest = 1 - clear_share
        weights = [*(clear_share * mix), rest * 0.6, rest * 0.2, *np.full(4, rest * 0.05)]
        return [str(name) for name in rng.choice(names, count, p=np.array(weights) / sum(weights))]

    def _background_themes(self, count: int) -> list[str]:
        names = ["neutraal", *SAFETY_THEMES, *LIVEABILITY_THEMES]
        weights = np.array([0.45, 0.1, 0.06, 0.05, 0.04, 0.05, 0.12, 0.08, 0.05])
        return [str(name) for name in self.rng.choice(names, count, p=weights / weights.sum())]

    # bookkeeping

    def _add_place(
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

    def _add(
        self,
        place: int,
        x: Floats,
        y: Floats,
        days: Integers,
        *,
        profile: str,
        persons: Integers,
        themes: list[str],
        address: Integers | None = None,
        drugs_share: float = 0.12,
    ) -> None:
        rng, count = self.rng, len(days)
        weights = np.array(HOUR_PROFILES[profile]) + 0.5
        hours = rng.choice(24, count, p=weights / weights.sum())
        delay_minutes = np.where(
            rng.random(count) < 0.25, rng.exponential(600, count), rng.exponential(15, count)
        )
        minutes = days * 1440 + hours * 60 + rng.integers(0, 60, count) + delay_minutes.astype(int)
        latest = self.day_count * 1440 - 1
        is_drugs = (rng.random(count) < drugs_share) | (np.array(themes) == "dealen") & (
            rng.random(count) < 0.8
        )
        self.chunks.append(
            pd.DataFrame(
                {
                    "place": place,
                    "x": x,
                    "y": y,
                    "address": -1 if address is None else address,
                    "minute": np.minimum(minutes, latest),
                    "person": persons,
                    "theme": themes,
                    "category": np.where(is_drugs, "drugs", "personen"),
                }
            )
        )
