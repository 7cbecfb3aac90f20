"""Figures of planted hotspots: what is matched, what is another piece, and what a row counts."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from hotspots.evaluation.place_figures import row_of, rows_by, told
from hotspots.evaluation.scoring import DetectedPlace, score

UNTIL = date(2023, 12, 31)


def places() -> pd.DataFrame:
    """A dwelling at 0, a park at 1000 m and a street at 3000 m that never meets the definition."""
    return pd.DataFrame(
        {
            "place": [0, 1, 2],
            "kind": "hotspot",
            "soort": ["woning", "gebied", "gebied"],
            "indicatie": "veiligheid",
            "scale": ["dwelling", "120 to 300 m", "street"],
            "form": ["one address", "round", "line"],
            "rhythm": ["steady", "growing", "steady"],
            "x": [0.0, 1000.0, 3000.0],
            "y": 0.0,
            "radius_m": [25.0, 200.0, 100.0],
            "report_count": 10,
            "first_met": pd.to_datetime(["2023-03-01", "2023-06-01", "NaT"]),
        }
    )


REPORT_PLACES = pd.Series([0] * 10 + [1] * 20 + [2] * 10 + [-1] * 20, index=range(60))
FOUND = [
    DetectedPlace(5, 0, frozenset(range(10)), first_signalled=date(2023, 3, 5)),
    DetectedPlace(1120, 0, frozenset(range(10, 18)), first_signalled=date(2023, 7, 1)),
    DetectedPlace(880, 0, frozenset(range(18, 30)), first_signalled=date(2023, 8, 1)),
    DetectedPlace(1010, 0, frozenset(range(40, 50)), first_signalled=date(2023, 8, 1)),
]


def test_a_wide_place_is_matched_within_its_radius_by_one_that_has_its_reports() -> None:
    result = score(FOUND, places(), REPORT_PLACES, until=UNTIL, least_share=0.3)
    table = told(places(), result)
    assert table["is_counted"].tolist() == [True, True, False]
    assert table["is_found"].tolist() == [True, True, False]
    assert table["extra"].tolist() == [0, 1, 0]  # the other half of the park
    assert table["error_m"].tolist()[:2] == [5, 120]  # not the nearer one, of other reports
    assert table["delay_days"].tolist()[0] == 4


def test_a_row_counts_those_that_meet_the_definition() -> None:
    row = row_of(told(places(), score(FOUND, places(), REPORT_PLACES, until=UNTIL, least_share=0.3)))
    assert (row["planted"], row["counted"], row["found"], row["recall"]) == (3, 2, 2, 1)
    assert (row["extra"], row["extraPerHotspot"]) == (1, 0.5)
    assert row["centreRight"] == 0.5


def test_a_row_of_nothing_has_no_figures() -> None:
    nothing = told(places().iloc[:0], score([], places().iloc[:0], REPORT_PLACES, until=UNTIL))
    assert np.isnan(row_of(nothing)["recall"])
    assert row_of(nothing)["counted"] == pytest.approx(0)


def test_rows_are_in_the_order_asked_and_only_of_what_occurs() -> None:
    table = told(places(), score(FOUND, places(), REPORT_PLACES, until=UNTIL, least_share=0.3))
    rows = rows_by(table, "scale", ["street", "dwelling", "up to 50 m"])
    assert list(rows) == ["street", "dwelling"]
    assert rows["dwelling"]["medianCentreShare"] == 0.2
