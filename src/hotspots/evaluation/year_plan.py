"""The contents of a simulated year: numbers of hotspots, decoys and background reports."""

from dataclasses import dataclass


@dataclass(frozen=True)
class YearPlan:
    """The contents of a year; :func:`hotspots.evaluation.simulation.draw_plan` draws one."""

    report_count: int = 2000
    hotspot_count: int = 16
    dwelling_count: int = 2
    liveability_count: int = 7
    near_pair_count: int = 1  # of the hotspots: two 90-115 m apart with a thin line of reports between
    burst_count: int = 4
    single_reporter_count: int = 3
    event_count: int = 2
    faded_count: int = 2  # began and ended within weeks
    almost_count: int = 4  # fewer than the definition asks, over months
    default_geocode_count: int = 25  # reports that all stand at the town hall
    busy_share: float = 0.12  # of the background, in the busy centre
    buurt_spread: float = 0.5  # log scale
    known_reporter_share: float = 0.8
    duplicate_share: float = 0.04
    dirty_share: float = 0.04
    other_category_share: float = 0.3
    coarse_share: float = 0.03  # located by postcode only
    strength: float = 1.0  # of hotspots and bursts; 2 in a year with twice as many reports
    kept_share: float = 1.0  # of everything reported; half in a year with half as many reports
