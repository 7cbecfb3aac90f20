"""Plants hotspots, decoys and background reports in a simulated year, all at random."""

import numpy as np

from hotspots.evaluation.year_draft import EDGE_M, YearDraft
from hotspots.model import Indicatie, Soort


class Planting(YearDraft):
    """Plants a whole year, kind by kind."""

    def plant(self) -> None:
        """Plant everything: hotspots first, then decoys, then the background."""
        self.plant_hotspots()
        for plant, count in (
            (self._plant_burst, self.plan.burst_count),
            (self._plant_single_reporter, self.plan.single_reporter_count),
            (self._plant_event, self.plan.event_count),
            (self._plant_faded, self.plan.faded_count),
            (self._plant_almost, self.plan.almost_count),
        ):
            for _ in range(count):
                plant()
        self._plant_default_geocode()
        planted = sum(len(chunk) for chunk in self.chunks)
        self.background_count = max(self.plan.report_count - planted, self.plan.report_count // 3)
        self.add_background(int(self.background_count))

    # hotspots

    def plant_hotspots(self) -> None:
        """Plant the hotspots of the plan."""
        plan, rng = self.plan, self.rng
        pairs = min(plan.near_pair_count, max(plan.hotspot_count - plan.dwelling_count, 0) // 2)
        is_liveable = np.zeros(plan.hotspot_count, dtype=bool)
        areas = np.arange(plan.dwelling_count, plan.hotspot_count)
        is_liveable[rng.permutation(areas)[: plan.liveability_count]] = True
        number = 0
        while number < plan.hotspot_count:
            if number < plan.dwelling_count:
                self._plant_dwelling()
                number += 1
                continue
            is_pair = pairs > 0 and number + 1 < plan.hotspot_count
            spot = self.free_spot(is_hot=True)
            radius = float(rng.uniform(12, 20) if is_pair else rng.uniform(14, 60))
            self._plant_area_hotspot(*spot, radius, _indicatie(is_liveable[number]))
            number += 1
            if is_pair:
                self._plant_twin(*spot, _indicatie(is_liveable[number]))
                number += 1
                pairs -= 1

    def _plant_twin(self, x: float, y: float, indicatie: Indicatie) -> None:
        """A second hotspot about 100 m from the first, and a thin line of reports between the two."""
        rng = self.rng
        apart, angle = rng.uniform(90, 115), rng.uniform(0, 2 * np.pi)
        twin_x, twin_y = x + apart * np.cos(angle), y + apart * np.sin(angle)
        self._plant_area_hotspot(twin_x, twin_y, float(rng.uniform(12, 20)), indicatie)
        steps = np.arange(25, apart - 15, 25) / apart
        place = self.add_place("line", (x + twin_x) / 2, (y + twin_y) / 2, 30, 0, self.day_count - 1)
        count = len(steps)
        line_x = x + steps * (twin_x - x) + rng.normal(0, 2, count)
        line_y = y + steps * (twin_y - y) + rng.normal(0, 2, count)
        self.add(
            place,
            (line_x, line_y, np.full(count, -1)),
            self.days(0, self.day_count - 1, count),
            persons=self.new_persons(count),
            themes=["neutraal"] * count,
        )

    def active_period(self) -> tuple[int, int, int]:
        """First and last day of a hotspot, and its number of reports."""
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
        start, end, count = self.active_period()
        count = max(count, int(4 * self.expected(x, y, radius_m + EDGE_M) + 9))
        place = self.add_place("hotspot", x, y, radius_m, start, end, Soort.GEBIED, indicatie)
        where = self.around(
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
        self.add(
            place,
            where,
            self.episode_days(start, end, count),
            profile=profile,
            persons=self.pool(count, int(rng.integers(5, max(8, count)))),
            themes=self.themes(indicatie, mix, clear_share, count),
            drugs_share=float(rng.uniform(0.5, 0.9)) if is_safety and mix[0] > 0.4 else 0.08,
        )

    def _plant_dwelling(self) -> None:
        rng = self.rng
        at = self.free_address(is_hot=rng.random() < 0.3)  # then it may be a flat in a tower
        start, end, count = self.active_period()
        count = min(count, 40)
        kinds = (Soort.WONING, Indicatie.VEILIGHEID)
        place = self.add_place("hotspot", self.x[at], self.y[at], 10.0, start, end, *kinds)
        neighbours = self.tree.query_ball_point([self.x[at], self.y[at]], 22)
        is_here = rng.random(count) < rng.uniform(0.78, 0.97)
        address = np.where(is_here, at, rng.choice(neighbours, count))
        themes = rng.choice(["woning", "intimidatie", "neutraal", "muziek"], count, p=[0.6, 0.16, 0.14, 0.1])
        self.add(
            place,
            self.at_addresses(address),
            self.episode_days(start, end, count),
            profile=str(rng.choice(["evening", "night", "any"])),
            persons=self.pool(count, int(rng.integers(4, 9))),
            themes=themes.tolist(),
            drugs_share=0.08,
        )

    # decoys

    def _plant_burst(self) -> None:
        """A night, a weekend or two weekends of nuisance that many people report."""
        rng = self.rng
        x, y = self.free_spot()
        count = int(rng.integers(8, 26) * max(self.plan.strength, 0.7))
        start = int(rng.integers(7, self.day_count - 40))
        saturday = start + int((5 - self.weekday[start]) % 7)
        kind = str(rng.choice(["one night", "one weekend", "two weekends"]))
        weekend = saturday + rng.integers(-1, 2, count)
        days = np.full(count, start) if kind == "one night" else weekend
        if kind == "two weekends":
            days = days + 7 * int(rng.integers(1, 4)) * rng.integers(0, 2, count)
        radius = float(rng.uniform(10, 40))
        place = self.add_place(f"burst, {kind}", x, y, radius, int(days.min()), int(days.max()))
        where = self.around(x, y, radius, count, address_share=0.8)
        theme = str(rng.choice(["muziek", "geweld", "hangen", "vernieling"]))
        self.add(
            place,
            where,
            days,
            profile="night" if kind == "one night" else "evening",
            persons=self.new_persons(count),
            themes=[theme] * count,
        )

    def _plant_single_reporter(self) -> None:
        """One neighbour who reports for months; sometimes one or two others report once."""
        rng = self.rng
        at = self.free_address()
        count = int(rng.integers(10, 31))
        length = int(rng.integers(60, 300))
        start = int(rng.integers(0, self.day_count - length))
        place = self.add_place("one reporter", self.x[at], self.y[at], 8.0, start, start + length - 1)
        persons = np.repeat(self.new_persons(1), count)
        others = int(rng.integers(0, 3))
        persons[:others] = self.new_persons(others)
        theme = str(rng.choice(["muziek", "hangen", "woning", "voetbal", "dealen"]))
        self.add(
            place,
            self.at_addresses(np.full(count, at)),
            self.episode_days(start, start + length - 1, count),
            profile=str(rng.choice(["evening", "night", "any"])),
            persons=persons,
            themes=[theme] * count,
        )

    def _plant_event(self) -> None:
        """One to three days on which the whole centre, or a park, is full of people."""
        rng = self.rng
        centre = self.city.busy_centre
        x, y = (centre.x, centre.y) if rng.random() < 0.6 else self.free_spot()
        start = int(rng.integers(5, self.day_count - 5))
        length = int(rng.integers(1, 4))
        count = int(rng.integers(12, 41) * max(self.plan.strength, 0.7))
        radius = float(rng.uniform(80, 250))
        place = self.add_place("event", x, y, radius, start, start + length - 1)
        where = self.around(x, y, radius, count, address_share=0.8)
        self.add(
            place,
            where,
            start + rng.integers(0, length, count),
            profile="evening",
            persons=self.new_persons(count),
            themes=rng.choice(["muziek", "afval", "hangen", "geweld"], count).tolist(),
        )

    def _plant_faded(self) -> None:
        """Nuisance at one place that was over within three weeks."""
        rng = self.rng
        x, y = self.free_spot()
        length, count = int(rng.integers(8, 22)), int(rng.integers(5, 14))
        start = int(rng.integers(0, self.day_count - length))
        self._plant_small("faded", x, y, start, start + length - 1, count)

    def _plant_almost(self) -> None:
        """A few reports at one place over months: fewer than repeated nuisance."""
        rng = self.rng
        x, y = self.free_spot()
        length, count = int(rng.integers(100, 330)), int(rng.integers(3, 6))
        start = int(rng.integers(0, self.day_count - length))
        self._plant_small("almost", x, y, start, start + length - 1, count)

    def _plant_small(self, kind: str, x: float, y: float, start: int, end: int, count: int) -> None:
        radius = float(self.rng.uniform(8, 30))
        place = self.add_place(kind, x, y, radius, start, end)
        where = self.around(x, y, radius, count, address_share=0.7)
        self.add(
            place,
            where,
            self.episode_days(start, end, count),
            profile="evening",
            persons=self.pool(count, max(count - 1, 2)),
            themes=self.rng.choice(["hangen", "muziek", "neutraal", "dealen"], count).tolist(),
        )

    def _plant_default_geocode(self) -> None:
        """Reports from all over town that a geocoder placed at the town hall."""
        rng, centre = self.rng, self.city.busy_centre
        near = np.asarray(self.tree.query_ball_point([centre.x, centre.y], centre.radius_m + 400))
        hall = int(rng.choice(near[self.tower[near] < 0]))
        count = self.plan.default_geocode_count
        place = self.add_place("default geocode", self.x[hall], self.y[hall], 1, 0, self.day_count - 1)
        x, y, _ = self.at_addresses(np.full(count, hall))
        days, themes = self.days(0, self.day_count - 1, count), self.background_themes(count)
        stated = rng.choice(len(self.x), count, p=self.address_weight)  # the address in the report itself
        self.add(place, (x, y, stated), days, persons=self.new_persons(count), themes=themes)

    def add_background(self, count: int) -> None:
        """Add about so many reports from all over the city."""
        rng = self.rng
        address = rng.choice(len(self.x), count, p=self.address_weight)
        persons = self.new_persons(count)
        is_caller = rng.random(count) < 0.12
        persons[is_caller] = rng.choice(self.callers, int(is_caller.sum()))
        spread = np.where(rng.random(count) < 0.4, 10.0, 0.0)
        x = self.x[address] + rng.normal(0, 1, count) * spread
        y = self.y[address] + rng.normal(0, 1, count) * spread
        self.add(
            -1,
            (x, y, np.where(spread > 0, -1, address)),
            self.days(0, self.day_count - 1, count),
            persons=persons,
            themes=self.background_themes(count),
            drugs_share=0.2,
        )


def _indicatie(is_liveable: bool) -> Indicatie:
    return Indicatie.LEEFBAARHEID if is_liveable else Indicatie.VEILIGHEID
