"""The verdict on one place: whether it is signalled, and if not, because of which rule or guard."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.concentration import Surroundings, SurroundingsIndex, p_over_looks
from hotspots.evidence import (
    Rest,
    why_not,
    why_not_alike,
    why_not_concentrated,
    why_not_event,
    why_not_one_address,
    why_not_shared_coordinate,
    why_not_without_peaks,
    why_not_without_reporter,
)
from hotspots.guards import (
    in_busiest,
    in_peaks,
    is_on_event,
    largest_same_text,
    plain_text,
    says_again,
    shared_coordinate,
)
from hotspots.kind import Kind, kind_of
from hotspots.model import Soort
from hotspots.rules import PlaceFigures, Rule, failed_rules, figures_of
from hotspots.settings import DetectionSettings, Settings

REST_WEEKS = 3
"""Without its peaks, a place still has reports in this many weeks."""

MIN_SERIES = 4
"""Fewer reports by one person are no series."""


@dataclass(frozen=True)
class Look:
    """What every place is judged with."""

    as_of: date
    settings: Settings
    surroundings: SurroundingsIndex
    looks: int  # how many places without overlap were looked at
    wijk_of_buurt: Mapping[str, str]


@dataclass(frozen=True)
class Place:
    """The reports of a place and what they show by themselves, whatever lies around them.

    ``reports`` has the columns of ``model.REPORTS`` and x, y (metres), day, week, is_night, is_duplicate
    (also within the place), text (as :func:`hotspots.guards.plain_text` gives).
    """

    reports: pd.DataFrame
    written: list[str]
    figures: PlaceFigures
    kind: Kind
    centre: NDArray[np.float64]
    radius_m: float  # nine in ten reports lie within it
    failed: list[Rule]
    suppressed_because: str | None  # by itself, whatever lies around it


@dataclass(frozen=True)
class Verdict:
    """What came of a place among its surroundings."""

    compared: Surroundings
    p_value: float
    suppressed_because: str | None
    is_only_crowded: bool
    """Whether it is not signalled only because of what lies around it.

    Places that are signalled say nothing of the level around others, so it is judged again without them, as
    in the sequential scan of Zhang, Assunção and Kulldorff (2010, doi:10.1155/2010/642379).
    """

    @property
    def signalled(self) -> bool:
        """Whether it is."""
        return self.suppressed_because is None


def see(
    reports: pd.DataFrame, texts: Mapping[int, str], *, as_of: date, settings: DetectionSettings
) -> Place:
    """Count what the reports of one place show by themselves.

    Parameters
    ----------
    reports
        Of one place, not empty: as :class:`Place` has them, without text.
    texts
        By report_id; a report without one is absent.
    """
    written = [texts.get(number, "") for number in reports["report_id"].tolist()]
    reports = reports.assign(text=[plain_text(text) for text in written])
    reports["is_duplicate"] = reports["is_duplicate"].to_numpy() | says_again(reports)
    figures = figures_of(reports, burst=timedelta(hours=settings.burst_hours))
    x, y = reports["x"].to_numpy(), reports["y"].to_numpy()
    kind = kind_of(x, y, reports["address_key"])
    centre = _centre(x, y, kind)
    radius_m = float(np.quantile(np.hypot(x - centre[0], y - centre[1]), 0.9))
    failed = failed_rules(figures, as_of=as_of, settings=settings)
    because = (
        why_not(failed, figures, as_of, settings)
        if failed
        else _why_not_shared(reports, figures, kind, settings)
    )
    return Place(reports, written, figures, kind, centre, radius_m, failed, because)


def judge(place: Place, look: Look) -> Verdict:
    """Compare a place with its surroundings; of rules and guards in their order, the first decides."""
    detection, figures = look.settings.detection, place.figures
    compared = look.surroundings.around(place.centre, place.radius_m, figures.report_count)
    p_value = p_over_looks(compared.chance(figures.report_count), look.looks)
    if place.suppressed_because is not None:
        return Verdict(compared, p_value, place.suppressed_because, is_only_crowded=False)
    is_concentrated = (
        place.radius_m <= detection.max_radius_m
        and p_value <= detection.max_p
        and figures.report_count >= detection.min_ratio * compared.expected
    )
    if not is_concentrated:
        because = why_not_concentrated(figures, compared, place.radius_m, detection)
        return Verdict(compared, p_value, because, is_only_crowded=True)
    return Verdict(compared, p_value, _why_not_without_a_part(place, compared, look), is_only_crowded=False)


def _why_not_shared(
    reports: pd.DataFrame, figures: PlaceFigures, kind: Kind, settings: DetectionSettings
) -> str | None:
    if not figures.reporters_are_known:
        if kind.soort is Soort.WONING and not kind.elsewhere_count:
            return why_not_one_address(figures)
        alike = largest_same_text(reports)
        if alike.share > settings.max_same_text_share:
            return why_not_alike(alike, figures)
    shared = shared_coordinate(reports, max_one_report_share=settings.max_one_report_share)
    return None if shared is None else why_not_shared_coordinate(shared)


def _why_not_without_a_part(place: Place, compared: Surroundings, look: Look) -> str | None:
    rest = _rest_without_peaks(place.reports, place.figures, compared, look.settings.detection)
    if not rest.is_enough:
        return why_not_without_peaks(rest, place.figures)
    others = _rest_without_largest_reporter(place.reports, compared, look.settings.detection)
    if not others.is_enough:
        return why_not_without_reporter(others, place.figures)
    return _why_event(place.reports, place.figures, look)


def _rest_without_peaks(
    place: pd.DataFrame, figures: PlaceFigures, compared: Surroundings, detection: DetectionSettings
) -> Rest:
    """Judge what remains without the days in which most was reported."""
    counted = place[~place["is_duplicate"]]
    moments = counted["moment"].to_numpy(dtype="datetime64[s]")
    peaks = in_peaks(
        moments,
        period=timedelta(hours=detection.burst_hours),
        min_count=detection.peak_share * figures.report_count,
    )
    without_peaks = _rest(counted, peaks, compared, detection, REST_WEEKS)
    episode = timedelta(days=detection.episode_days)
    busiest = in_busiest(moments, period=episode)
    if not without_peaks.is_enough or busiest.sum() <= detection.episode_share * figures.report_count:
        return without_peaks
    share = 1 - detection.episode_days / (7 * detection.look_back_weeks)
    return _rest(counted, busiest, compared.in_share_of_time(share), detection, 1)


def _rest_without_largest_reporter(
    place: pd.DataFrame, compared: Surroundings, detection: DetectionSettings
) -> Rest:
    """Judge what the others reported: strays around one neighbour's series do not make it shared."""
    counted = place[~place["is_duplicate"]]
    per_reporter = counted["reporter_id"].value_counts()
    if per_reporter.empty or per_reporter.iloc[0] < MIN_SERIES:
        return Rest(len(counted), 0, is_enough=True)
    of_largest = (counted["reporter_id"] == per_reporter.index[0]).to_numpy()
    return _rest(counted, of_largest, compared, detection, 1)


def _rest(
    counted: pd.DataFrame,
    left_out: NDArray[np.bool_],
    compared: Surroundings,
    detection: DetectionSettings,
    min_weeks: int,
) -> Rest:
    if not left_out.any():
        return Rest(len(counted), 0, is_enough=True)
    rest = counted[~left_out]
    is_enough = compared.chance(len(rest)) <= detection.max_rest_p and rest["week"].nunique() >= min_weeks
    return Rest(len(rest), int(left_out.sum()), is_enough=bool(is_enough))


def _centre(x: NDArray[np.float64], y: NDArray[np.float64], kind: Kind) -> NDArray[np.float64]:
    if kind.soort is Soort.GEBIED:
        return np.array([x.mean(), y.mean()])
    return np.array([np.median(x), np.median(y)])


def _why_event(place: pd.DataFrame, figures: PlaceFigures, look: Look) -> str | None:
    detection, on_event, names = look.settings.detection, np.zeros(len(place), dtype=bool), []
    for event in look.settings.calendar.events:
        inside = is_on_event(place["day"], [(event.first, event.last)])
        if event.areas:
            inside &= place["buurtcode"].isin(_buurten_in(event.areas, look.wijk_of_buurt)).to_numpy()
        if inside.any():
            names.append(event.name)
        on_event |= inside
    if not on_event.any():
        return None
    rest = place[~on_event]
    if (~rest["is_duplicate"]).any():
        without = figures_of(rest, burst=timedelta(hours=detection.burst_hours))
        if not failed_rules(without, as_of=look.as_of, settings=detection):
            return None
    return why_not_event(names, int(on_event.sum()), figures)


def _buurten_in(codes: Iterable[str], wijk_of_buurt: Mapping[str, str]) -> set[str]:
    wanted = set(codes)
    return {buurt for buurt, wijk in wijk_of_buurt.items() if wijk in wanted} | wanted
