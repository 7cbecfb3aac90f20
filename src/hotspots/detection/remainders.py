"""What remains of a place without a part of its reports, and whether that still stands out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotspots.detection.concentration import Surroundings
from hotspots.detection.explanations import Rest
from hotspots.detection.false_alarms import in_busiest, in_peaks
from hotspots.detection.places import Place
from hotspots.settings import DetectionSettings


def strict_of_rests(detection: DetectionSettings, looks: int) -> DetectionSettings:
    """The settings with which what remains of a place must stand out among so many looks."""
    rest_p = min(-float(np.expm1(np.log1p(-detection.max_p) / max(looks, 1))), detection.max_rest_p)
    return detection.model_copy(update={"max_rest_p": rest_p, "max_episode_rest_p": rest_p})


def rest_without_peaks(place: Place, compared: Surroundings, detection: DetectionSettings) -> Rest:
    """What remains without the days in which most was reported."""
    counted, report_count = ~place["is_duplicate"], place.figures.report_count
    moments, week = place["moment"][counted].astype("datetime64[s]"), place["week"][counted]
    peaks = in_peaks(
        moments,
        period=detection.burst,
        min_count=max(detection.peak_share * report_count, detection.min_peak_reports),
    )
    without_peaks = _rest(week, peaks, compared, detection.max_rest_p, detection.min_rest_weeks)
    busiest = in_busiest(moments, period=detection.episode)
    if not without_peaks.is_enough or busiest.sum() < detection.episode_share * report_count:
        return without_peaks
    share = 1 - detection.episode_days / (7 * detection.look_back_weeks)
    return _rest(week, busiest, compared.in_share_of_time(share), detection.max_episode_rest_p, 1)


def rest_without_largest_reporter(place: Place, compared: Surroundings, detection: DetectionSettings) -> Rest:
    """What the others reported: strays around one neighbour's series do not make it shared."""
    counted = ~place["is_duplicate"]
    reporter, week = place["reporter_id"][counted], place["week"][counted]
    persons, first, counts = np.unique(reporter[~np.isnan(reporter)], return_index=True, return_counts=True)
    if not len(persons) or counts.max() < detection.min_series_reports:
        return Rest(len(week), 0, is_enough=True)
    largest = persons[np.lexsort([first, -counts])[0]]  # of equal ones who reported first
    return _rest(week, reporter == largest, compared, detection.max_rest_p, 1)


def _rest(
    week: NDArray[Any],
    left_out: NDArray[np.bool_],
    compared: Surroundings,
    max_p: float,
    min_weeks: int,
) -> Rest:
    """What remains of reports of these weeks without some of them."""
    if not left_out.any():
        return Rest(len(week), 0, is_enough=True)
    rest = week[~left_out]
    is_enough = compared.chance(len(rest)) <= max_p and len(np.unique(rest)) >= min_weeks
    return Rest(len(rest), int(left_out.sum()), is_enough=bool(is_enough))
