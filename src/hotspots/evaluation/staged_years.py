"""Two simulated years up to a day, in which some places have a story: new, grown, quiet, moved, come back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from hotspots.errors import StatisticError
from hotspots.evaluation.city import City
from hotspots.evaluation.planted_places import Planting
from hotspots.evaluation.simulation import SimulatedYear, simulate_planted
from hotspots.evaluation.stories import Story, load_stories
from hotspots.evaluation.year_draft import EDGE_M
from hotspots.evaluation.year_plan import YearPlan
from hotspots.model import Indicatie, Soort

WEEKS = 104
PLAN = YearPlan(
    report_count=4000,
    hotspot_count=16,
    dwelling_count=2,
    liveability_count=7,
    burst_count=8,
    single_reporter_count=5,
    event_count=4,
    faded_count=4,
    almost_count=8,
    default_geocode_count=40,
)
"""What is planted besides the places with a story."""

BESIDE_M = 125.0
"""How far nuisance moves: near enough to be counted around the place it came from, too far to be the same."""

MAX_EXPECTED = 0.35
"""Background reports in half a year at a place with a story: where more come anyway, few stand out."""


@dataclass(frozen=True)
class StagedYears:
    """The years, and which planted place has which story."""

    simulated: SimulatedYear
    stories: dict[int, Story]
    team_gebied: str  # where the gebiedsteam works


@dataclass
class StagedPlanting(Planting):
    """Plants the places with a story first, and then all the rest at random."""

    stories: Sequence[Story] = ()
    story_of: dict[int, Story] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Choose the area of the gebiedsteam: the one with the most addresses."""
        super().__post_init__()
        gebied = dict(zip(self.city.areas["buurtcode"], self.city.areas["gebied"], strict=True))
        of_address = self.city.addresses["buurtcode"].map(gebied)
        self.team_gebied = str(of_address.value_counts(sort=False).sort_index().idxmax())
        self.is_in_team_area = (of_address == self.team_gebied).to_numpy()

    def plant(self) -> None:
        """Plant everything."""
        for story in self.stories:
            self._plant_story(story)
        super().plant()

    def _plant_story(self, story: Story) -> None:
        rng = self.rng
        at = self._address_of(story)
        x, y, radius = float(self.x[at]), float(self.y[at]), float(rng.uniform(14, 35))
        if story.near is not None:
            [beside] = [
                self.places[place] for place, other in self.story_of.items() if other.name == story.near
            ]
            angle = rng.uniform(0, 2 * np.pi)
            x, y = beside.x + BESIDE_M * np.cos(angle), beside.y + BESIDE_M * np.sin(angle)
        is_dwelling = story.soort is Soort.WONING
        days = [(self.day_count - 1 - phase.first, self.day_count - 1 - phase.last) for phase in story.phases]
        place = self.add_place(
            "hotspot",
            x,
            y,
            10.0 if is_dwelling else radius,
            days[0][0],
            days[-1][1],
            story.soort,
            story.indicatie,
        )
        self.story_of[place] = story
        mix = rng.dirichlet(np.full(4, 2.0))
        profile = "night" if story.indicatie is Indicatie.VEILIGHEID else "evening"
        for phase, (first, last) in zip(story.phases, days, strict=True):
            count = phase.reports
            if is_dwelling:
                where = self.at_addresses(np.full(count, at))
                themes = rng.choice(
                    ["woning", "intimidatie", "neutraal"], count, p=[0.6, 0.25, 0.15]
                ).tolist()
            else:
                where = self.around(x, y, radius, count, address_share=0.6)
                themes = self.themes(story.indicatie, mix, 0.8, count)
            self.add(
                place,
                where,
                self.episode_days(first, last, count),
                profile=profile,
                persons=self.pool(count, max(6, count // 3)),
                themes=themes,
                drugs_share=0.5 if story.indicatie is Indicatie.VEILIGHEID and not is_dwelling else 0.08,
            )

    def _address_of(self, story: Story) -> int:
        for _ in range(500):
            at = self.free_address()
            is_there = bool(self.is_in_team_area[at]) == story.is_in_team_area
            if is_there and self.expected(self.x[at], self.y[at], 35 + EDGE_M) <= MAX_EXPECTED:
                return at
        raise StatisticError(
            f"wanted room for the story '{story.name}' in '{self.team_gebied}', found none: take a larger "
            "city"
        )


def simulate_staged_years(
    city: City, *, last: date, rng: np.random.Generator, zone: ZoneInfo | None = None
) -> StagedYears:
    """Simulate two years of reports that end with this day, with the stories of `stories.toml`.

    Parameters
    ----------
    last
        Also the day from which the stories count back.
    rng
        The only source of chance.
    """
    first = last - timedelta(weeks=WEEKS) + timedelta(days=1)
    work = StagedPlanting(city, first, last, PLAN, rng, stories=load_stories().stories)
    return StagedYears(simulate_planted(work, zone=zone), work.story_of, work.team_gebied)
