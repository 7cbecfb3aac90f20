"""Who reports from too many places to be one person."""

import numpy as np
import pandas as pd
import pytest

from hotspots.detection.shared_reporters import shared_reporters, without_shared_reporters
from hotspots.settings import DetectionSettings, Settings

SETTINGS = Settings()
MOST = SETTINGS.detection.max_reporter_cells


def reports_of(reporter: float, places: int, reports: int) -> pd.DataFrame:
    """Reports of one reporter, in turn at places a kilometre apart."""
    at = np.arange(reports) % places
    return pd.DataFrame({"reporter_id": reporter, "lon": 5.7 + 0.015 * at, "lat": 50.85})


@pytest.mark.parametrize(
    ("places", "reports", "is_shared"),
    [
        (1, 1, False),
        (1, 500, False),
        (9, 30, False),
        (MOST - 1, 200, False),
        (MOST, MOST, False),
        (MOST, 500, False),
        (MOST + 1, MOST + 1, True),
        (MOST + 1, 500, True),
        (60, 71, True),
        (200, 1000, True),
    ],
)
def test_a_reporter_of_more_places_than_a_person_comes_to_is_unknown(
    places: int, reports: int, is_shared: bool
) -> None:
    table = pd.concat([reports_of(1.0, places, reports), reports_of(2.0, 3, 12)], ignore_index=True)
    assert shared_reporters(table, SETTINGS) == ({1.0} if is_shared else set())
    known = without_shared_reporters(table, SETTINGS)["reporter_id"]
    assert known.isna().sum() == (reports if is_shared else 0)
    assert (known == 2.0).sum() == 12


def test_unknown_reporters_are_no_mailbox() -> None:
    table = reports_of(np.nan, 60, 90)
    assert shared_reporters(table, SETTINGS) == set()
    assert without_shared_reporters(table, SETTINGS) is table


def test_the_settings_say_how_many_places_and_how_large() -> None:
    table = reports_of(1.0, 12, 40)
    few = SETTINGS.model_copy(update={"detection": DetectionSettings(max_reporter_cells=11)})
    assert shared_reporters(table, few) == {1.0}
    wide = few.model_copy(update={"cells": few.cells.model_copy(update={"resolution": 6})})
    assert shared_reporters(table, wide) == set()
