"""Tracking: a hotspot keeps its identity while it grows, moves, parts, merges and rests."""

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.model import Trend
from hotspots.settings import TrackingSettings
from hotspots.tracking.identity import (
    KnownHotspot,
    Lineage,
    Recognition,
    SignalledPlace,
    recognise,
    trend_of_hotspot,
)


def known(hotspot_id: str, x: float, reports: range, *, is_merged: bool = False) -> KnownHotspot:
    return KnownHotspot(hotspot_id, x, 0, frozenset(reports), is_merged)


def place(number: int, x: float, reports: range) -> SignalledPlace:
    return SignalledPlace(number, x, 0, frozenset(reports))


def test_an_unchanged_week_changes_no_identity() -> None:
    before = [known("a", 0, range(10)), known("b", 100, range(10, 20))]
    places = [place(0, 100, range(10, 20)), place(1, 0, range(10))]
    result = recognise(before, places, TrackingSettings())
    assert result.hotspot_of_place == {0: "b", 1: "a"}
    assert result.lineage == ()


def test_a_hotspot_that_grows_and_shifts_a_street_is_the_same() -> None:
    result = recognise([known("a", 0, range(10))], [place(0, 70, range(5, 30))], TrackingSettings())
    assert result.hotspot_of_place == {0: "a"}


def test_a_hotspot_does_not_wander_off_to_the_next_square() -> None:
    """A few reports in common are not enough there; with most of them it is the same, put down elsewhere."""
    before = [known("a", 0, range(10))]
    few = recognise(before, [place(0, 90, range(6, 20))], TrackingSettings())
    assert few.hotspot_of_place == {}
    assert recognise(before, [place(0, 90, range(2, 12))], TrackingSettings()).hotspot_of_place == {0: "a"}
    assert recognise(before, [place(0, 160, range(2, 12))], TrackingSettings()) == Recognition(
        {}, (Lineage("split", "a", 0),)
    )


def test_a_hotspot_that_comes_back_without_old_reports_is_the_same_at_the_same_place() -> None:
    before = [known("a", 0, range(10))]
    assert recognise(before, [place(0, 70, range(50, 60))], TrackingSettings()).hotspot_of_place == {0: "a"}
    assert recognise(before, [place(0, 80, range(50, 60))], TrackingSettings()).hotspot_of_place == {}


def test_reports_in_common_go_before_a_nearer_centre() -> None:
    before = [known("near", 10, range(100, 110)), known("same", 60, range(10))]
    result = recognise(before, [place(0, 0, range(10))], TrackingSettings())
    assert result.hotspot_of_place == {0: "same"}


def test_of_a_split_the_largest_part_keeps_the_number() -> None:
    result = recognise(
        [known("a", 0, range(20))], [place(0, -50, range(7)), place(1, 50, range(7, 20))], TrackingSettings()
    )
    assert result.hotspot_of_place == {1: "a"}
    assert result.lineage == (Lineage("split", "a", 0),)


def test_of_a_merger_the_largest_goes_on_and_the_other_ends_in_it() -> None:
    result = recognise(
        [known("a", 0, range(6)), known("b", 90, range(6, 20))], [place(0, 60, range(20))], TrackingSettings()
    )
    assert result.hotspot_of_place == {0: "b"}
    assert result.lineage == (Lineage("merge", "a", 0),)


def test_a_merged_hotspot_is_not_merged_again_each_week() -> None:
    before = [known("a", 0, range(6), is_merged=True), known("b", 60, range(20))]
    result = recognise(before, [place(0, 60, range(21))], TrackingSettings())
    assert result.hotspot_of_place == {0: "b"}
    assert result.lineage == ()


def test_a_merged_hotspot_whose_part_falls_off_again_gets_its_number_back() -> None:
    before = [known("a", 0, range(6), is_merged=True), known("b", 60, range(20))]
    result = recognise(before, [place(0, 0, range(6)), place(1, 60, range(6, 20))], TrackingSettings())
    assert result.hotspot_of_place == {0: "a", 1: "b"}


@pytest.mark.parametrize(
    ("shared_from", "expected"), [(7, "same"), (8, "near")], ids=["three of ten in common", "two of ten"]
)
def test_from_three_tenths_of_the_reports_on_they_say_more_than_the_place(
    shared_from: int, expected: str
) -> None:
    before = [known("near", 0, range(50, 60)), known("same", 60, range(10))]
    result = recognise(before, [place(0, 0, range(shared_from, shared_from + 20))], TrackingSettings())
    assert result.hotspot_of_place == {0: expected}


@pytest.mark.parametrize(
    ("x", "reports", "is_same"),
    [
        (75.0, range(3, 13), True),
        (75.01, range(7, 17), False),
        (75.01, range(2, 8), True),
        (150.0, range(2, 8), True),
        (150.01, range(2, 8), False),
        (75.01, range(2, 9), False),
    ],
    ids=[
        "as far as the same place may be",
        "farther, with some in common",
        "farther, with half in common",
        "twice as far, with half in common",
        "more than twice as far",
        "farther, with less than half in common",
    ],
)
def test_how_far_a_hotspot_may_shift(x: float, reports: range, is_same: bool) -> None:
    before = known("a", 0, range(10) if len(reports) == 10 else range(6))
    result = recognise([before], [place(0, x, reports)], TrackingSettings())
    assert result.hotspot_of_place == ({0: "a"} if is_same else {})


@pytest.mark.parametrize(("x", "is_same"), [(75.0, True), (75.01, False)], ids=["at the edge", "beyond it"])
def test_how_far_a_hotspot_without_reports_in_common_may_shift(x: float, is_same: bool) -> None:
    result = recognise([known("a", 0, range(10))], [place(0, x, range(50, 60))], TrackingSettings())
    assert result.hotspot_of_place == ({0: "a"} if is_same else {})


def test_of_two_that_share_as_much_the_nearer_goes_on_and_then_the_first() -> None:
    parts = [place(0, -40, range(5)), place(1, 30, range(5, 10))]
    assert recognise([known("a", 0, range(10))], parts, TrackingSettings()).hotspot_of_place == {1: "a"}
    even = [place(4, 30.0001, range(5)), place(2, -30, range(5, 10)), place(3, 30, range(0))]
    assert recognise([known("a", 0, range(10))], even, TrackingSettings()).hotspot_of_place == {2: "a"}
    both = [known("b", 30, range(10)), known("a", -30.0001, range(10))]
    assert recognise(both, [place(0, 0, range(10))], TrackingSettings()).hotspot_of_place == {0: "a"}


def test_of_two_places_without_reports_in_common_the_nearer_goes_on_and_then_the_first() -> None:
    before = [known("a", 0, range(10))]
    nearer = [place(0, -40, range(50, 60)), place(1, 30, range(60, 70))]
    assert recognise(before, nearer, TrackingSettings()).hotspot_of_place == {1: "a"}
    even = [place(1, 30, range(60, 70)), place(0, -30.0001, range(50, 60))]
    assert recognise(before, even, TrackingSettings()).hotspot_of_place == {0: "a"}


@pytest.mark.parametrize(
    ("others", "lineage"),
    [(range(50, 55), (Lineage("split", "a", 1),)), (range(50, 56), ())],
    ids=["half", "less"],
)
def test_a_new_place_with_half_its_reports_from_a_hotspot_was_split_off(
    others: range, lineage: tuple[Lineage, ...]
) -> None:
    new = SignalledPlace(1, 500, 0, frozenset(range(5)) | frozenset(others))
    result = recognise([known("a", 0, range(30))], [place(0, 0, range(5, 30)), new], TrackingSettings())
    assert result == Recognition({0: "a"}, lineage)


@pytest.mark.parametrize(
    ("reports", "lineage"),
    [(range(95, 105), (Lineage("merge", "a", 0),)), (range(94, 104), ())],
    ids=["half", "less"],
)
def test_a_hotspot_with_half_its_reports_in_a_place_went_on_in_it(
    reports: range, lineage: tuple[Lineage, ...]
) -> None:
    before = [known("a", 500, reports), known("b", 0, range(100, 130))]
    result = recognise(before, [place(0, 0, range(100, 130))], TrackingSettings())
    assert result == Recognition({0: "b"}, lineage)


def test_a_place_from_two_hotspots_names_the_one_it_has_most_from_first() -> None:
    before = [known("a", 0, range(20)), known("b", 900, range(20, 40))]
    new = SignalledPlace(3, 450, 0, frozenset({0, 1, 2, 20, 21, 22, 23}))
    places = [place(0, 0, range(3, 20)), place(1, 900, range(24, 40)), new]
    settings = TrackingSettings(parted_share=0.4)
    lineage = recognise(before, places, settings).lineage
    assert lineage == (Lineage("split", "b", 3), Lineage("split", "a", 3))


def test_a_place_as_far_to_the_north_and_east_is_another() -> None:
    before = [KnownHotspot("a", 100, 100, frozenset(range(10)))]
    near = SignalledPlace(0, 145, 160, frozenset(range(50, 60)))
    far = SignalledPlace(0, 155, 160, frozenset(range(50, 60)))
    assert recognise(before, [near], TrackingSettings()).hotspot_of_place == {0: "a"}
    assert recognise(before, [far], TrackingSettings()).hotspot_of_place == {}


def test_a_merged_hotspot_does_not_return_by_its_place_alone() -> None:
    merged = known("a", 0, range(10), is_merged=True)
    assert recognise([merged], [place(0, 0, range(50, 60))], TrackingSettings()) == Recognition({}, ())


def test_nothing_known_and_nothing_signalled_are_no_problem() -> None:
    assert recognise([], [place(0, 0, range(5))], TrackingSettings()).hotspot_of_place == {}
    assert recognise([known("a", 0, range(5))], [], TrackingSettings()).hotspot_of_place == {}


@given(st.randoms(use_true_random=False), st.integers(0, 6), st.integers(0, 6))
def test_the_order_of_hotspots_and_places_does_not_matter(
    chance: random.Random, known_count: int, place_count: int
) -> None:
    before = [
        KnownHotspot(f"h{n}", chance.uniform(0, 300), 0, frozenset(chance.sample(range(40), 8)))
        for n in range(known_count)
    ]
    owner = {report: chance.randrange(max(place_count, 1)) for report in range(40)}
    places = [
        SignalledPlace(
            n, chance.uniform(0, 300), 0, frozenset(r for r, o in owner.items() if o == n) | {100 + n}
        )
        for n in range(place_count)
    ]
    expected = recognise(before, places, TrackingSettings())
    shuffled = recognise(
        chance.sample(before, len(before)), chance.sample(places, len(places)), TrackingSettings()
    )
    assert shuffled == expected
    assert len(set(expected.hotspot_of_place.values())) == len(expected.hotspot_of_place)


@pytest.mark.parametrize(
    ("first", "last_signalled", "last_report", "expected"),
    [
        (date(2023, 6, 11), date(2023, 6, 25), date(2023, 6, 24), Trend.NIEUW),
        (date(2023, 5, 28), date(2023, 6, 25), date(2023, 6, 24), Trend.TOENEMEND),
        (date(2023, 1, 1), date(2023, 6, 25), date(2023, 5, 14), Trend.STIL),
        (date(2023, 1, 1), date(2023, 6, 25), date(2023, 5, 15), Trend.TOENEMEND),
        (date(2023, 1, 1), date(2023, 3, 26), date(2023, 6, 24), Trend.BEEINDIGD),
        (date(2023, 1, 1), date(2023, 4, 2), date(2023, 3, 1), Trend.STIL),
    ],
    ids=["new", "no longer new", "quiet for six weeks", "not quite quiet", "ended", "quiet, not ended"],
)
def test_how_a_hotspot_moves(first: date, last_signalled: date, last_report: date, expected: Trend) -> None:
    trend = trend_of_hotspot(
        Trend.TOENEMEND,
        as_of=date(2023, 6, 25),
        first_signalled=first,
        last_signalled=last_signalled,
        last_report=last_report,
        settings=TrackingSettings(),
    )
    assert trend is expected


def test_a_hotspot_keeps_its_number_when_it_grows_from_a_corner_to_a_street_and_shrinks_again() -> None:
    corner = frozenset(range(10))
    street = corner | frozenset(range(100, 130))
    grown = recognise(
        [KnownHotspot("a", 0, 0, corner, reach_m=40)],
        [SignalledPlace(0, 160, 0, street, reach_m=200)],
        TrackingSettings(),
    )
    assert grown.hotspot_of_place == {0: "a"}
    shrunk = recognise(
        [KnownHotspot("a", 160, 0, street, reach_m=200)],
        [SignalledPlace(0, 0, 0, corner, reach_m=40)],
        TrackingSettings(),
    )
    assert shrunk.hotspot_of_place == {0: "a"}
    beyond = recognise(
        [KnownHotspot("a", 0, 0, corner, reach_m=40)],
        [SignalledPlace(0, 160, 0, corner | frozenset(range(100, 130)), reach_m=40)],
        TrackingSettings(),
    )
    assert beyond.hotspot_of_place == {}
