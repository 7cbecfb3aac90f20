"""A place among its surroundings: what is expected, and how sure that is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hotspots.detection import concentration
from hotspots.detection.address_density import AddressDensity
from hotspots.detection.concentration import (
    Comparison,
    Surroundings,
    SurroundingsIndex,
    log_likelihood_ratio,
    p_over_looks,
    recurrence_interval_days,
)
from hotspots.settings import DetectionSettings


@pytest.mark.parametrize(
    ("observed", "around", "size"), [(8, 0, 0.2), (10, 9, 0.185), (3, 40, 0.05), (1, 2, 1.0)]
)
def test_the_chance_is_that_of_the_exact_test_of_two_counts(observed: int, around: int, size: float) -> None:
    expected = stats.binom.sf(observed - 1, observed + around, size / (1 + size))
    assert Comparison(around, size).chance(observed) == pytest.approx(expected, rel=1e-9)


@given(observed=st.integers(1, 60), expected=st.floats(0.1, 20), size=st.floats(0.01, 1))
def test_an_expectation_from_few_reports_proves_less_than_one_from_many(
    observed: int, expected: float, size: float
) -> None:
    few, many = Comparison(expected / size, size), Comparison(expected / (size / 100), size / 100)
    if observed > expected + 1:
        assert few.chance(observed) >= many.chance(observed) * (1 - 1e-9)
    assert many.chance(observed) >= many.chance(observed + 1)


def test_nothing_is_no_surprise() -> None:
    assert Comparison(5, 0.1).chance(0) == 1.0


def test_the_comparison_that_explains_most_decides_and_in_less_time_less_is_expected() -> None:
    busy, quiet = Comparison(30, 0.2), Comparison(2, 0.01)
    both = Surroundings(float("nan"), 6.0, float("nan"), (quiet, busy))
    assert both.expected == 6.0
    assert both.chance(12) == busy.chance(12) > quiet.chance(12)
    half = both.in_share_of_time(0.5)
    assert half.expected == 3.0
    assert half.chance(12) == Comparison(30, 0.1).chance(12) < both.chance(12)
    by_addresses = Surroundings(8.0, 6.0, 40.0, (busy,)).in_share_of_time(0.5)
    assert (by_addresses.expected_by_addresses, by_addresses.expected_by_level) == (4.0, 3.0)
    assert (by_addresses.expected, by_addresses.address_count) == (4.0, 40.0)


def test_places_of_chance_are_seldom_significant_where_the_level_is_known_from_few_reports() -> None:
    rng = np.random.default_rng(6)
    alike = [Comparison(int(rng.poisson(8)), 0.2).chance(int(rng.poisson(1.6))) for _ in range(4000)]
    assert np.mean([chance <= 0.05 for chance in alike]) <= 0.05


def test_a_neighbouring_place_says_nothing_of_the_level_around() -> None:
    rng = np.random.default_rng(5)
    town = rng.uniform(-1000, 1000, (400, 2))
    town = town[np.hypot(*town.T) > 45]
    own = rng.normal(0, 5, (10, 2))
    beside = rng.normal((80, 0), 5, (30, 2))
    nobody = AddressDensity.of(np.zeros((0, 2)))

    def around(*reports: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> Surroundings:
        index = SurroundingsIndex(np.vstack(reports), nobody, DetectionSettings())
        return index.around(np.zeros((1, 2)), np.array([15.0]), np.array([len(own)]))[0]

    alone, with_neighbour = around(town, own), around(town, own, beside)
    assert with_neighbour.expected < 1.5 * alone.expected + 0.2
    assert np.isnan(alone.address_count)


NOBODY = AddressDensity.of(np.zeros((0, 2)))
RULES = DetectionSettings()


def polar(*points: tuple[float, float]) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """Points by their distance from the origin in metres, and their angle in degrees."""
    distance, degrees = np.array(points, dtype=np.float64).T
    angle = np.radians(degrees)
    return np.column_stack([distance * np.cos(angle), distance * np.sin(angle)])


def ring_m2(inner_m: float, outer_m: float) -> float:
    """The area of a ring."""
    return float(np.pi * (outer_m**2 - inner_m**2))


def compared(
    reports: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
    addresses: AddressDensity = NOBODY,
    observed: int = 10,
) -> Surroundings:
    """What a place at the origin is compared with: its reach is 30 m, its rings end at 90 and 300 m."""
    own = np.zeros((observed, 2))
    index = SurroundingsIndex(np.vstack([own, reports]), addresses, RULES)
    return index.around(np.zeros((1, 2)), np.array([15.0]), np.array([observed]))[0]


def test_a_place_is_compared_with_the_ring_close_by_the_ring_near_and_a_kilometre() -> None:
    close = [(31.0, 0.0), (60.0, 90.0), (60.0, 180.0), (89.0, 270.0)]
    near = [(91.0, 45.0), (200.0, 135.0), (299.0, 225.0)]
    wide = [(301.0, 0.0), (999.0, 90.0)]
    beyond = [(30.0, 0.0), (1001.0, 0.0)]
    found = compared(polar(*close, *near, *wide, *beyond))
    own = np.pi * 30**2
    # the report at 30 m belongs to no ring, and to the kilometre
    assert [comparison.report_count for comparison in found.comparisons] == [4, 7, 10]
    sizes = [own / ring_m2(30, 90), own / ring_m2(30, 300), own / (np.pi * 1000**2 - own)]
    assert [comparison.size for comparison in found.comparisons] == pytest.approx(sizes)
    assert found.expected == found.expected_by_level == pytest.approx(4 * sizes[0])


def test_the_near_ring_of_a_wide_place_reaches_three_times_as_far_as_the_place() -> None:
    reports = np.vstack([np.zeros((10, 2)), polar((494.0, 0.0), (496.0, 0.0))])
    index = SurroundingsIndex(reports, NOBODY, RULES)
    (found,) = index.around(np.zeros((1, 2)), np.array([150.0]), np.array([10]))
    assert found.comparisons[1].report_count == 1
    assert found.comparisons[1].size == pytest.approx(np.pi * 165**2 / ring_m2(165, 495))


def test_in_an_empty_town_half_a_report_is_expected_in_the_near_ring() -> None:
    found = compared(np.zeros((0, 2)))
    assert found.expected_by_level == pytest.approx(0.5 * np.pi * 30**2 / ring_m2(30, 300))


def test_where_only_the_wide_surroundings_are_busy_their_level_is_expected() -> None:
    rng = np.random.default_rng(1)
    town = polar(*map(tuple, rng.uniform((310, 0), (990, 360), (400, 2)).tolist()))
    own = np.pi * 30**2
    assert compared(town).expected_by_level == pytest.approx(400.5 * own / (np.pi * 1000**2 - own))


@pytest.mark.parametrize("beside", [0.0, 180.0], ids=["east", "west, where angles begin anew"])
@pytest.mark.parametrize(("count", "is_left_out"), [(7, False), (8, True)])
def test_a_sector_with_three_times_the_others_and_five_more_is_a_place_of_its_own(
    count: int, is_left_out: bool, beside: float
) -> None:
    # one report in each of the five other sectors: three times their mean and five more is eight
    around = [(60.0, beside + 60.0 * sector) for sector in range(1, 6)]
    neighbour = [(60.0 + number / 10, beside - 10 + 20 * (number % 2)) for number in range(count)]
    close = compared(polar(*around, *neighbour)).comparisons[0]
    area = ring_m2(30, 90) * (5 / 6 if is_left_out else 1)
    assert close.report_count == (5 if is_left_out else 5 + count)
    assert close.size == pytest.approx(np.pi * 30**2 / area)


def test_the_neighbour_of_one_place_is_not_that_of_another() -> None:
    far = np.array([5000.0, 0.0])
    neighbour = polar(*((60.0 + number / 10, 3.0) for number in range(12)))
    reports = np.vstack([np.zeros((10, 2)), neighbour, np.tile(far, (10, 1)), polar((60.0, 0.0)) + far])
    index = SurroundingsIndex(reports, NOBODY, RULES)
    both = index.around(np.array([[0.0, 0.0], far]), np.full(2, 15.0), np.full(2, 10))
    assert [one.comparisons[0].report_count for one in both] == [0, 1]
    assert both[1].comparisons[0].size == pytest.approx(np.pi * 30**2 / ring_m2(30, 90))


def test_many_places_are_compared_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(8)
    reports, centres = rng.uniform(0, 500, (200, 2)), rng.uniform(0, 500, (5, 2))
    index = SurroundingsIndex(reports, AddressDensity.of(reports), RULES)
    whole = index.around(centres, np.full(5, 15.0), np.full(5, 2))
    monkeypatch.setattr(concentration, "BLOCK", 2)
    assert index.around(centres, np.full(5, 15.0), np.full(5, 2)) == whole


@pytest.mark.parametrize(("others", "nearby", "reports"), [(20, 20, 2), (19, 59, 5)], ids=["near", "wide"])
def test_reports_per_address_are_those_of_a_neighbourhood_with_five_times_the_addresses(
    others: int, nearby: int, reports: int
) -> None:
    own, near = np.zeros((4, 2)), polar(*((100.0 + number, 7.0 * number) for number in range(others)))
    wide = polar(*((500.0 + number, 7.0 * number) for number in range(40)))
    density = AddressDensity.of(np.vstack([own, near, wide, polar((5000.0, 0.0))]))
    found = compared(polar((200.0, 0.0), (300.0, 90.0), (600.0, 0.0), (700.0, 90.0), (800.0, 180.0)), density)
    assert found.address_count == 4
    assert found.comparisons[-1] == Comparison(reports, 4 / nearby)
    assert found.expected_by_addresses == pytest.approx(4 * (reports + 0.5) / nearby)
    assert found.expected == max(found.expected_by_addresses, found.expected_by_level)


def test_for_a_tower_on_its_own_the_whole_city_tells_the_reports_per_address() -> None:
    tower = np.zeros((300, 2))
    city = polar(*((2000.0 + number, float(number)) for number in range(100)))
    density = AddressDensity.of(np.vstack([tower, city]))
    found = compared(polar(*((3000.0 + number, 10.0 * number) for number in range(20))), density)
    assert found.comparisons[-1] == Comparison(20, 300 / 100)
    alone = compared(np.zeros((0, 2)), AddressDensity.of(tower))
    assert alone.comparisons[-1] == Comparison(0, 300)


def test_reports_within_a_distance_are_told_by_their_row() -> None:
    index = SurroundingsIndex(np.array([[0.0, 0.0], [50.0, 0.0], [30.0, 40.0]]), NOBODY, RULES)
    assert sorted(index.rows_within(np.zeros(2), 50.0).tolist()) == [0, 1, 2]
    assert index.rows_within(np.zeros(2), 49.0).tolist() == [0]
    assert index.reach_m == 1000
    wider = SurroundingsIndex(np.zeros((1, 2)), NOBODY, RULES.model_copy(update={"surroundings_m": 1500}))
    assert wider.reach_m == 1500


def test_the_score_is_how_much_likelier_more_is_usual() -> None:
    assert log_likelihood_ratio(8, 4.0) == pytest.approx(8 * np.log(2) - 4)
    assert log_likelihood_ratio(4, 4.0) == log_likelihood_ratio(3, 4.0) == 0


def test_once_in_so_many_days_chance_gives_it_with_one_run_a_week() -> None:
    assert recurrence_interval_days(0.02, smallest_p=1e-6) == 350
    assert recurrence_interval_days(1e-9, smallest_p=1e-6) == pytest.approx(7e6)


def test_looks_make_a_chance_honest() -> None:
    assert p_over_looks(1e-4, 100) == pytest.approx(1 - (1 - 1e-4) ** 100)
    assert p_over_looks(1.0, 100) == 1
