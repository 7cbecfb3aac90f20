"""Following hotspots from run to run: known ones, those that only other runs know, and new ones."""

from collections.abc import Sequence
from itertools import count

import pytest

from hotspots.geography.projection import Projection
from hotspots.settings import TrackingSettings
from hotspots.tracking.follow import Following, LineageRow, Track, WeekPlace, follow

LON, LAT, METRES = 5.69, 50.85, 70_500
"""A place in Maastricht, and how many metres there are in a degree of longitude there."""


def track(hotspot_id: str, east_m: float, reports: range, *, is_merged: bool = False) -> Track:
    return Track(hotspot_id, LON + east_m / METRES, LAT, frozenset(reports), 1, is_merged)


def place(number: int, east_m: float, reports: range) -> WeekPlace:
    return WeekPlace(number, LON + east_m / METRES, LAT, frozenset(reports))


def followed(known: Sequence[Track], places: Sequence[WeekPlace], *seen_later: Sequence[Track]) -> Following:
    numbers = count(1)
    return follow(
        known,
        places,
        new_id=lambda _: f"new {next(numbers)}",
        projection=Projection("EPSG:28992"),
        settings=TrackingSettings(),
        seen_later=seen_later,
    )


def test_a_known_hotspot_goes_on_and_a_new_one_gets_an_id_in_the_order_of_the_places() -> None:
    places = [place(7, 500, range(50, 60)), place(3, 0, range(10)), place(5, 900, range(80, 90))]
    result = followed([track("a", 10, range(8))], places)
    assert result.hotspot_of_place == {3: "a", 7: "new 1", 5: "new 2"}
    assert result.new == (7, 5)
    assert result.lineage == ()


def test_distances_are_metres() -> None:
    before = [track("a", 0, range(10))]
    assert followed(before, [place(0, 70, range(50, 60))]).hotspot_of_place == {0: "a"}
    assert followed(before, [place(0, 80, range(50, 60))]).hotspot_of_place == {0: "new 1"}


def test_what_other_runs_know_is_recognised_though_it_is_new_to_this_one() -> None:
    result = followed([], [place(0, 0, range(10))], [track("later", 0, range(10))])
    assert result.hotspot_of_place == {0: "later"}
    assert result.new == (0,)


def test_each_group_gets_what_the_groups_before_it_left() -> None:
    places = [place(0, 0, range(10)), place(1, 500, range(50, 60)), place(2, 900, range(80, 90))]
    first, second = [track("b", 0, range(10))], [track("c", 0, range(10)), track("d", 500, range(50, 60))]
    assert followed([], places, first, second).hotspot_of_place == {0: "b", 1: "d", 2: "new 1"}


def test_a_hotspot_that_is_known_is_no_other_place_because_another_run_saw_it_there() -> None:
    known = [track("a", 0, range(10))]
    elsewhere = [track("a", 500, range(50, 60)), track("b", 900, range(80, 90))]
    places = [place(0, 500, range(50, 60)), place(1, 900, range(80, 90)), place(2, 900, range(90, 95))]
    result = followed(known, places, elsewhere, [track("b", 900, range(90, 95))])
    assert result.hotspot_of_place == {0: "new 1", 1: "b", 2: "new 2"}


def test_other_runs_are_not_asked_when_all_is_known() -> None:
    result = follow(
        [track("a", 0, range(10))],
        [place(0, 0, range(10))],
        new_id=lambda _: pytest.fail("asked for an id"),
        projection=Projection("EPSG:28992"),
        settings=TrackingSettings(),
        seen_later=(pytest.fail("asked for hotspots of other runs") for _ in range(1)),
    )
    assert result == Following({0: "a"}, (), ())


def test_a_split_names_the_new_hotspot_and_a_merge_the_one_that_goes_on() -> None:
    parts = [place(0, -30, range(7)), place(1, 30, range(7, 20))]
    split = followed([track("a", 0, range(20))], parts)
    assert split.lineage == (LineageRow("split", "a", "new 1"),)
    merge = followed([track("a", 0, range(6)), track("b", 60, range(6, 20))], [place(0, 50, range(20))])
    assert merge.lineage == (LineageRow("merge", "a", "b"),)


def test_nothing_known_and_nothing_signalled_are_no_problem() -> None:
    assert followed([], []) == Following({}, (), ())


def test_a_track_is_the_mean_of_the_centres_that_were_signalled_and_the_last_reports() -> None:
    start = Track("a", 0, 0, frozenset({1}))
    seen = [WeekPlace(0, 3.0, 30.0, frozenset({1, 2})), WeekPlace(0, 6.0, 60.0, frozenset({2, 3}))]
    result = start.signalled_at(seen[0]).signalled_at(seen[1])
    assert (result.lon, result.lat, result.run_count) == (4.5, 45.0, 2)
    assert result.reports == {2, 3}


def test_what_a_verdict_holds_back_does_not_move_a_track() -> None:
    seen, later = WeekPlace(0, 3.0, 30.0, frozenset({1})), WeekPlace(0, 6.0, 60.0, frozenset({2}))
    signalled = Track("a", 0, 0, frozenset(), is_merged=True).signalled_at(seen)
    held_back = signalled.held_back_at(later)
    assert (held_back.lon, held_back.lat, held_back.run_count) == (3.0, 30.0, 1)
    assert held_back.reports == {2}
    assert not signalled.is_merged


def test_what_was_only_ever_held_back_is_where_it_was_last_seen() -> None:
    start = Track("a", 3.0, 30.0, frozenset(), is_merged=True)
    result = start.held_back_at(WeekPlace(0, 6.0, 60.0, frozenset({2})))
    assert (result.lon, result.lat, result.run_count, result.is_merged) == (6.0, 60.0, 0, False)
