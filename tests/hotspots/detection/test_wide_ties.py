"""What ties a small place to the window around it."""

import numpy as np
import pytest
from scipy import sparse

from hotspots.detection.wide_ties import ties_of
from hotspots.settings import DetectionSettings

SETTINGS = DetectionSettings()
ALL = sparse.csr_array(np.ones((1, 20)))
"""One window with twenty reports, of which the first ten are a small place."""

FIRST = (np.arange(20) < 10).astype(float)[:, None]
NOBODY = np.full(20, np.nan)


def strength(reporters: np.ndarray, known: np.ndarray) -> float:
    ties = ties_of(reporters, sparse.csc_array(FIRST), sparse.csc_array(known), SETTINGS)
    pair = np.zeros(1, dtype=np.int64)
    return float(ties.strength(ALL, pair, pair, SETTINGS)[0])


@pytest.mark.parametrize(
    ("reporters", "is_tied"),
    [
        pytest.param(np.arange(20.0) % 10, True, id="the same ten people report both"),
        pytest.param(np.arange(20.0), False, id="each somebody else"),
        pytest.param(NOBODY, False, id="nobody known"),
        pytest.param(
            np.where(np.arange(20) % 10 == 0, 1.0, 100.0 + np.arange(20) % 3 + 10 * (np.arange(20) < 10)),
            False,
            id="others report most of it",
        ),
    ],
)
def test_people_who_report_both_tie_a_small_place_to_what_lies_around(
    reporters: np.ndarray, is_tied: bool
) -> None:
    assert (strength(reporters, np.zeros((20, 0))) > 0) == is_tied


@pytest.mark.parametrize(
    ("size", "is_part"),
    [
        pytest.param(18, True, id="of a hotspot that holds more"),
        pytest.param(11, False, id="nearly all of it"),
    ],
)
def test_a_part_of_a_known_hotspot_stays_one(size: int, is_part: bool) -> None:
    known = (np.arange(20) < size).astype(float)[:, None]
    assert (strength(NOBODY, known) == np.inf) == is_part
