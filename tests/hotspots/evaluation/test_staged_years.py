"""Two simulated years up to a day: each place with a story is there, in its days and where it should be."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from hotspots.casework.workflow import TRANSITIONS
from hotspots.evaluation.city import City, build_city
from hotspots.evaluation.staged_years import (
    BESIDE_M,
    PLAN,
    WEEKS,
    StagedPlanting,
    StagedYears,
    simulate_staged_years,
)
from hotspots.evaluation.stories import load_stories

LAST = date(2026, 11, 29)


@pytest.fixture(scope="module")
def city() -> City:
    """A compact city."""
    return build_city("centre", np.random.default_rng(7))


@pytest.fixture(scope="module")
def staged(city: City) -> StagedYears:
    """Two years in it."""
    return simulate_staged_years(city, last=LAST, rng=np.random.default_rng(8))


def test_the_years_end_with_the_given_day(staged: StagedYears) -> None:
    years = staged.simulated
    assert (years.first, years.last) == (date(2024, 12, 2), LAST)
    assert (years.last - years.first).days + 1 == 7 * WEEKS
    days = years.reports["moment"].dropna().dt.tz_convert("Europe/Amsterdam").dt.date
    assert (days.min(), days.max()) == (years.first, years.last)
    readable = years.reports[years.reports["moment"].notna() & (years.reports["meldingnummer"] != "")]
    assert (readable["meldingnummer"].str[3:7] == readable["meldtijd"].str[:4]).all()


def test_each_story_is_a_place_with_its_reports_that_meets_the_definition(staged: StagedYears) -> None:
    assert [story.name for story in staged.stories.values()] == [
        story.name for story in load_stories().stories
    ]
    for place, story in staged.stories.items():
        row = staged.simulated.places.loc[place]
        assert row["start"] == LAST - timedelta(days=story.phases[0].first), story.name
        assert row["end"] == LAST - timedelta(days=story.phases[-1].last), story.name
        assert pd.notna(row["first_met"]), story.name
        assert (row["soort"], row["indicatie"]) == (story.soort, story.indicatie)


def test_the_gebiedsteam_has_the_places_that_are_meant_for_it(city: City, staged: StagedYears) -> None:
    gebied = dict(zip(city.areas["buurtcode"], city.areas["gebied"], strict=True))
    for place, story in staged.stories.items():
        x, y = staged.simulated.places.loc[place, ["x", "y"]]
        nearest = int(np.hypot(city.addresses["x"] - x, city.addresses["y"] - y).argmin())
        is_there = gebied[city.addresses["buurtcode"].iloc[nearest]] == staged.team_gebied
        if story.near is None:
            assert is_there == story.is_in_team_area, story.name


def test_what_moved_lies_beside_what_it_moved_from(staged: StagedYears) -> None:
    place_of = {story.name: place for place, story in staged.stories.items()}
    for name, place in place_of.items():
        story = staged.stories[place]
        if story.near is not None:
            places = staged.simulated.places.loc[[place, place_of[story.near]]]
            away = float(np.hypot(*np.diff(places[["x", "y"]].to_numpy(float), axis=0)[0]))
            assert away == pytest.approx(BESIDE_M), name


def test_the_same_seed_gives_the_same_years_a_week_later_too(city: City, staged: StagedYears) -> None:
    week, first = timedelta(weeks=1), staged.simulated.first
    rng, stories = np.random.default_rng(8), load_stories().stories
    later = StagedPlanting(city, first + week, LAST + week, PLAN, rng, stories=stories)
    later.plant()
    drawn = [(place.x, place.y, place.soort) for place in later.places]
    assert drawn == list(staged.simulated.places[["x", "y", "soort"]].itertuples(index=False, name=None))


def test_acts_of_a_story_come_in_order_within_the_years_and_say_what_they_need() -> None:
    steps = {step.name for step in TRANSITIONS}
    assert {"verifiëren", "sluiten"} <= steps
    for story in load_stories().stories:
        ago = [act.ago or 0 for act in story.acts]
        assert ago == sorted(ago, reverse=True), story.name
        assert not ago or ago[-1] >= 3, story.name  # a weekend later is still before the last day
    for course in load_stories().courses:
        after = [act.after or 0 for act in course.acts]
        assert after == sorted(after)
    told = load_stories()
    acts = [story.acts for story in told.stories] + [course.acts for course in told.courses]
    for act in [act for some in acts for act in some]:
        assert (act.ago is None) != (act.after is None)
        assert act.text or act.do in {"verifiëren", "toewijzen", "lezen"}, act
        assert (act.do == "maatregel") == bool(act.days), act
        assert (act.do == "nazorg") == bool(act.until), act
