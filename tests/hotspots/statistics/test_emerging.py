import h3.api.numpy_int as h3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from numpy.typing import NDArray

from hotspots.errors import StatisticError
from hotspots.settings import DetectionSettings
from hotspots.statistics.emerging import emerging_cells, neighbour_weights

CENTRE = int(h3.latlng_to_cell(50.85, 5.69, 10))
TOWN: NDArray[np.int64] = np.sort(np.asarray(h3.grid_disk(CENTRE, 9), dtype=np.int64))
RULES = DetectionSettings()
WEEKS = RULES.look_back_weeks


def classes(*reports: tuple[int, range | list[int]]) -> dict[int, str]:
    """The class of each cell with a report, from (cell, weeks ago of its reports)."""
    cell = [number for number, weeks in reports for _ in weeks]
    ago = [week for _, weeks in reports for week in weeks]
    found = emerging_cells(cell, ago, TOWN, RULES)
    return {number: str(found.loc[number, "emerging_class"]) for number, _ in reports}


@pytest.mark.parametrize(
    ("weeks_ago", "expected"),
    [
        pytest.param([0, 0, 0], "new", id="only in the last week"),
        pytest.param(range(8), "consecutive", id="the last two months"),
        pytest.param([*range(26), *range(26)], "persistent", id="two a week, always"),
        pytest.param([0, 1, 14, 15], "sporadic", id="now, and a time ago"),
        pytest.param(range(10, 20), "none", id="a time ago"),
    ],
)
def test_the_class_of_a_cell(weeks_ago: list[int], expected: str) -> None:
    elsewhere = (int(TOWN[0]), [5])
    assert classes((CENTRE, weeks_ago), elsewhere)[CENTRE] == expected


def test_a_neighbour_without_reports_is_not_hot_itself() -> None:
    found = emerging_cells([CENTRE] * 26, range(26), TOWN, RULES)
    ring = [int(cell) for cell in h3.grid_ring(CENTRE, 1)]
    assert found.loc[CENTRE, "emerging_class"] == "persistent"
    assert found.loc[ring, "z"].min() > 1.96
    assert set(found.loc[ring, "emerging_class"]) == {"none"}


def test_a_cell_outside_the_study_area_counts_when_it_has_a_report() -> None:
    far = int(h3.latlng_to_cell(50.95, 5.69, 10))
    found = emerging_cells([far], [0], TOWN, RULES)
    assert len(found) == len(TOWN) + 1
    assert found.loc[far, "report_count"] == 1


def test_without_reports_no_cell_has_a_class() -> None:
    found = emerging_cells([], [], TOWN, RULES)
    assert set(found["emerging_class"]) == {"none"}
    assert not found["report_count"].any()


@examples(max_examples=15)
@given(st.lists(st.tuples(st.sampled_from(TOWN.tolist()), st.integers(0, 30)), max_size=40))
def test_every_report_of_the_window_counts_once_whatever_the_order(
    reports: list[tuple[int, int]],
) -> None:
    straight = emerging_cells([cell for cell, _ in reports], [week for _, week in reports], TOWN, RULES)
    turned = emerging_cells(
        [cell for cell, _ in reports[::-1]], [week for _, week in reports[::-1]], TOWN, RULES
    )
    assert straight.equals(turned)
    assert straight["report_count"].sum() == sum(week < WEEKS for _, week in reports)


def test_a_cell_has_six_neighbours_and_itself() -> None:
    weights = neighbour_weights(TOWN)
    table = weights.toarray()
    per_cell = table.sum(axis=1)
    assert per_cell[np.searchsorted(TOWN, CENTRE)] == 7
    assert per_cell.min() >= 4
    assert (table == table.T).all()


def test_impossible_figures_are_refused() -> None:
    with pytest.raises(StatisticError, match="a number of weeks ago"):
        emerging_cells([CENTRE], [-1], TOWN, RULES)
    with pytest.raises(StatisticError, match="more weeks than the 4 trailing"):
        emerging_cells([CENTRE], [0], TOWN, DetectionSettings(look_back_weeks=4, min_duration_days=21))
    with pytest.raises(StatisticError, match="three cells or more"):
        emerging_cells([CENTRE], [0], [], RULES)
