"""Attention places: groups of reports that are no hotspot yet, with what tells how likely they become one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from hotspots.detection.assessment import judged_by_figures
from hotspots.detection.places import DetectionContext, Judged, Places
from hotspots.settings import AttentionSettings

FEATURES = (
    "reports",
    "recent_reports",
    "days",
    "weeks",
    "duration",
    "past_duration",
    "reporters",
    "excess",
    "quiet",
    "largest_reporter",
    "largest_burst",
)
"""What the chance of becoming a hotspot is computed from; each is explained in :func:`features_of`."""

AGAINST = ("past_duration", "quiet", "largest_reporter", "largest_burst")
"""Those of which more makes a hotspot less likely."""


@dataclass(frozen=True)
class Candidates:
    """Groups of reports that are on no list, and what is counted of each.

    Attributes
    ----------
    judged
        The places, each with why it is no hotspot.
    features
        Shape (k, len(FEATURES)).
    recent_counts
        How many reports of each came in the recent days; shape (k,).
    """

    judged: Sequence[Judged]
    features: NDArray[np.float64]
    recent_counts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.judged)

    def take(self, numbers: NDArray[np.int64]) -> "Candidates":
        """Give some of them."""
        chosen = [self.judged[number] for number in numbers.tolist()]
        return Candidates(chosen, self.features[numbers], self.recent_counts[numbers])


def attention_candidates(
    places: Places, listed: NDArray[np.int64], settings: AttentionSettings, context: DetectionContext
) -> Candidates:
    """Give the groups of reports that may become a hotspot, and count what tells how likely that is.

    Left out is what has few reports or reporters, has none in the recent days, is too wide for one place, or
    shares reports with a place on the list. Where many groups are left, only those with most recent reports
    are compared with their surroundings.

    Parameters
    ----------
    places
        All groups, and all that have reports among their members.
    listed
        Ids of the reports of places on the list.
    settings
        Which groups are looked at.
    context
        What every place is assessed with.
    """
    recent = _recent_counts(places, settings, context.as_of)
    chosen = np.flatnonzero(_may_become(places, recent, listed, settings, context))
    order = np.lexsort([places.figures.report_count[chosen], recent[chosen]])[::-1]
    chosen = np.sort(chosen[order[: settings.most_compared]])
    observed = places.figures.report_count[chosen]
    around = context.surroundings.around(places.centres[chosen], places.radii_m[chosen], observed)
    judged = [
        (place, judged_by_figures(place, compared, context))
        for place, compared in zip(map(places.place, chosen.tolist()), around, strict=True)
    ]
    expected = np.array([compared.expected for compared in around], dtype=np.float64)
    features = features_of(places, chosen, recent[chosen], expected, context)
    # what has the figures of a hotspot and is none was kept off the list as a false alarm
    is_early = np.array([not assessment.signalled for _, assessment in judged], dtype=np.bool_)
    return Candidates(judged, features, recent[chosen]).take(np.flatnonzero(is_early))


def features_of(
    places: Places,
    chosen: NDArray[np.int64],
    recent: NDArray[np.int64],
    expected: NDArray[np.float64],
    context: DetectionContext,
) -> NDArray[np.float64]:
    """What tells how likely some places become a hotspot.

    For it speak reports, recent reports, days, weeks and reporters, as logarithms, as the fourth report tells
    more than the fortieth (where too few reporters are known, they are taken to be half of the reports); the
    duration as a part of the least of a hotspot; and the excess over what the surroundings explain, as a
    logarithm. Against it speak how much longer than that least it has gone on without becoming one, weeks
    without a report, and the shares of the reporter with most and of the largest burst.
    """
    settings, figures = context.settings.detection, places.figures
    count = figures.report_count[chosen].astype(np.float64)
    is_known = figures.known_reporter_reports[chosen] >= settings.min_known_share * count
    reporters = np.where(is_known, figures.reporter_count[chosen], np.ceil(count / 2))
    last = figures.last_day[chosen].astype("datetime64[D]")
    quiet_days = (np.datetime64(context.as_of, "D") - last).astype(np.float64)
    lasting = figures.duration_days[chosen] / settings.min_duration_days
    return np.column_stack(
        [
            np.log(count),
            np.log1p(recent),
            np.log(figures.day_count[chosen]),
            np.log(figures.week_count[chosen]),
            np.minimum(lasting, 1.0),
            np.maximum(lasting - 1.0, 0.0),
            np.log(np.maximum(reporters, 1)),
            np.log((count + 0.5) / (expected + 0.5)),
            quiet_days / 7,
            np.where(is_known, figures.largest_reporter_share[chosen], 0.0),
            figures.largest_burst[chosen] / count,
        ]
    )


def are_recent(days: NDArray[np.datetime64], settings: AttentionSettings, as_of: date) -> NDArray[np.bool_]:
    """Whether local days are among the recent ones."""
    least = np.datetime64(as_of, "D") - settings.recent_days
    return np.asarray(days.astype("datetime64[D]") > least, dtype=np.bool_)


def _recent_counts(places: Places, settings: AttentionSettings, as_of: date) -> NDArray[np.int64]:
    is_recent = are_recent(places.members["day"], settings, as_of)
    is_counted = is_recent & ~places.members["is_duplicate"].astype(bool)
    return np.bincount(_place_of_rows(places)[is_counted], minlength=len(places))


def _place_of_rows(places: Places) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(places)), places.end - places.start)


def _may_become(
    places: Places,
    recent: NDArray[np.int64],
    listed: NDArray[np.int64],
    settings: AttentionSettings,
    context: DetectionContext,
) -> NDArray[np.bool_]:
    figures, detection = places.figures, context.settings.detection
    is_listed = np.isin(places.members["report_id"], listed)
    shared = np.bincount(_place_of_rows(places), is_listed, minlength=len(places))
    is_known = figures.known_reporter_reports >= detection.min_known_share * figures.report_count
    chosen: NDArray[np.bool_] = (
        (figures.report_count >= settings.min_reports)
        & (~is_known | (figures.reporter_count >= settings.min_reporters))
        & (recent > 0)
        & (places.radii_m <= detection.max_radius_m)
        & (shared <= settings.listed_share * (places.end - places.start))
    )
    return chosen
