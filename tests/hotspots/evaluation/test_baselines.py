"""The peers find what they are known to find, and take no offence at few reports."""

import numpy as np
import pandas as pd
import pytest

from hotspots.evaluation.baselines import METHODS, dbscan, dbscan_with_rules, kde_peaks
from hotspots.geography.projection import Projection
from hotspots.model import REPORTS
from hotspots.settings import Settings

SETTINGS = Settings()


def reports_at(x: list[float], days: list[int]) -> pd.DataFrame:
    """Reports in a row of x metres, one reporter each."""
    lon, lat = Projection("EPSG:28992").to_degrees(np.array(x) + 155_000, np.full(len(x), 463_000.0))
    moment = pd.Timestamp("2023-01-02T20:00", tz="UTC") + pd.to_timedelta(days, unit="D")
    table = pd.DataFrame(
        {
            "report_id": np.arange(len(x)),
            "category": "personen",
            "moment": moment,
            "reported_at": moment,
            "reporter_id": np.arange(len(x), dtype=float),
            "lon": lon,
            "lat": lat,
            "precision": "adres",
            "radius_m": 10.0,
            "address_key": None,
            "buurtcode": None,
        }
    )
    REPORTS.check(table)
    return table


WEEKLY = [7 * week for week in range(15)]


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_no_reports_give_no_places(method: object) -> None:
    assert callable(method)
    assert method(reports_at([0.0], [0]).iloc[:0], SETTINGS) == []
    assert method(reports_at([0.0], [0]), SETTINGS) == []


def test_a_dense_place_is_found_at_its_centre() -> None:
    table = reports_at([float(number) for number in range(15)], WEEKLY)
    for method in (dbscan, dbscan_with_rules, kde_peaks):
        (place,) = method(table, SETTINGS)
        assert place.x == pytest.approx(155_007, abs=1)
        assert len(place.reports) == 15


def test_only_the_rules_know_one_night_from_lasting_nuisance() -> None:
    table = reports_at([0.0] * 15, [3] * 15)
    assert len(dbscan(table, SETTINGS)) == 1
    assert dbscan_with_rules(table, SETTINGS) == []
