"""Methods that look at place and time together: what begins somewhere, and what is far apart in time."""

import numpy as np
import pytest

from hotspots.evaluation.space_time_methods import EmergingCells, ProspectiveScans, SpaceTimeDBSCAN


def test_st_dbscan_parts_what_is_near_in_place_but_not_in_time() -> None:
    x = np.arange(16.0)
    days = np.repeat([0.0, 200.0], 8)
    points = np.column_stack([x, np.zeros(16), days])
    labels = SpaceTimeDBSCAN(eps=50, eps_days=30, min_samples=8).fit_predict(points)
    assert labels.tolist() == [0] * 8 + [1] * 8
    assert set(SpaceTimeDBSCAN(eps=50, eps_days=300, min_samples=8).fit_predict(points)) == {0}
    assert set(SpaceTimeDBSCAN(eps=50, eps_days=30, min_samples=9).fit_predict(points)) == {-1}


@pytest.fixture(scope="module")
def town() -> np.ndarray:
    """A report a day somewhere in a town of 3 km for a year; at one corner ten more in the last six weeks."""
    rng = np.random.default_rng(3)
    everywhere = np.column_stack([rng.uniform(0, 3000, (364, 2)), np.arange(364.0)])
    corner = np.column_stack([np.full((10, 2), 1500.0), 364 - np.arange(10) * 4 - 1.0])
    return np.concatenate([everywhere, corner])


def test_the_scan_of_some_week_sees_where_more_begins(town: np.ndarray) -> None:
    scans = ProspectiveScans(max_radius_m=100, permutations=9).fit(town[town[:, 2] > 250])
    nearest = np.hypot(*(scans.cluster_centers_ - 1500).T)
    assert nearest.min() < 60
    assert scans.cluster_strengths_.argmax() == nearest.argmin()
    assert (scans.labels_[-10:] == scans.labels_[-1]).sum() >= 8


def test_cells_that_are_hot_in_some_month_are_one_group(town: np.ndarray) -> None:
    degrees = np.column_stack([5.69 + town[:, 0] / 70_000, 50.85 + town[:, 1] / 111_000, town[:, 2]])
    labels = EmergingCells().fit_predict(degrees)
    assert (labels[-10:] >= 0).all()
    assert len(set(labels[-10:])) == 1
    assert (labels[:364] < 0).mean() > 0.8


def test_two_reports_give_no_cells() -> None:
    assert EmergingCells().fit_predict(np.array([[5.69, 50.85, 0.0], [5.69, 50.85, 9.0]])).tolist() == [
        -1,
        -1,
    ]
