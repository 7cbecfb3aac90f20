"""Whether a place is signalled, and if not, which rule or false alarm keeps it off the list."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.detection.concentration import Surroundings
from hotspots.detection.explanations import (
    Rest,
    why_not,
    why_not_alike,
    why_not_concentrated,
    why_not_crowd,
    why_not_event,
    why_not_one_address,
    why_not_shared_coordinate,
    why_not_without_peaks,
    why_not_without_reporter,
)
from hotspots.detection.false_alarms import (
    in_busiest,
    in_crowds,
    in_peaks,
    is_on_event,
    largest_same_text,
    plain_text,
    shared_coordinate,
)
from hotspots.detection.places import AssessedPlaces, Assessment, DetectionContext, Place, describe_places
from hotspots.detection.rules import PlaceFigures, failed_rules, figures_of, reporters_are_known
from hotspots.settings import DetectionSettings

Texts = Callable[[Iterable[int]], Mapping[int, str]]
"""Gives the texts of reports by their ids; a report without one is absent."""


def assess(places: Sequence[Place], texts: Texts, context: DetectionContext) -> AssessedPlaces:
    """Compare places with their surroundings, and apply the rules and then the tests for false alarms.

    The first that fails decides. The texts of places that are only crowded are not read: reports that say the
    same again would make such a place less of a hotspot, not more.

    Parameters
    ----------
    places
        From :func:`~hotspots.detection.places.describe_places`.
    texts
        Asked for the reports of places that are more than crowded.
    context
        What every place is assessed with.

    Returns
    -------
    list of (Place, Assessment)
        In the order of the places; those whose texts were read have the columns written and text.
    """
    assessed = _assessed_by_figures(places, context)
    read = [number for number, (_, assessment) in enumerate(assessed) if not assessment.is_only_crowded]
    with_texts = describe_places(_with_texts([places[number] for number in read], texts), context)
    again = _assessed_by_figures(with_texts, context)
    for number, (place, assessment) in zip(read, again, strict=True):
        because = assessment.suppressed_because or _why_false_alarm(place, assessment.compared, context)
        assessed[number] = (place, replace(assessment, suppressed_because=because))
    return assessed


def _with_texts(places: Sequence[Place], texts: Texts) -> pd.DataFrame:
    """The reports of places with what they say."""
    if not places:
        return pd.DataFrame()
    members = pd.concat([place.reports.assign(place=number) for number, place in enumerate(places)])
    found = texts(members["report_id"].tolist())
    written = [found.get(number, "") for number in members["report_id"].tolist()]
    return members.assign(written=written, text=[plain_text(text) for text in written])


def _assessed_by_figures(places: Sequence[Place], context: DetectionContext) -> AssessedPlaces:
    if not places:
        return []
    compared = context.surroundings.around(
        np.array([place.centre for place in places]),
        np.array([place.radius_m for place in places]),
        np.array([place.figures.report_count for place in places]),
    )
    return [
        (place, _by_figures(place, around, context)) for place, around in zip(places, compared, strict=True)
    ]


def _by_figures(place: Place, compared: Surroundings, context: DetectionContext) -> Assessment:
    detection, figures = context.settings.detection, place.figures
    p_value = context.p_value(compared, figures.report_count)
    if place.failed:
        because = why_not(place.failed, figures, context.as_of, detection)
        return Assessment(compared, p_value, because, is_only_crowded=False)
    is_concentrated = (
        place.radius_m <= detection.max_radius_m
        and p_value <= detection.max_p
        and figures.report_count >= detection.min_ratio * compared.expected
    )
    if is_concentrated:
        return Assessment(compared, p_value, None, is_only_crowded=False)
    because = why_not_concentrated(figures, compared, place.radius_m, detection)
    return Assessment(compared, p_value, because, is_only_crowded=True)


def _why_false_alarm(place: Place, compared: Surroundings, context: DetectionContext) -> str | None:
    because = _why_not_shared(place, compared, context.settings.detection)
    return because or _why_not_without_a_part(place, compared, context)


def _why_not_shared(place: Place, compared: Surroundings, settings: DetectionSettings) -> str | None:
    figures = place.figures
    if not reporters_are_known(figures, settings):
        if place.is_woning and not place.place_type.elsewhere_count:
            return why_not_one_address(figures)
        alike = largest_same_text(place.reports, settings)
        if alike.share > settings.max_same_text_share:
            return why_not_alike(alike, figures)
    shared = shared_coordinate(place.reports, settings)
    if shared is None or compared.chance(shared.elsewhere_count) <= settings.max_rest_p:
        return None
    return why_not_shared_coordinate(shared)


def _why_not_without_a_part(place: Place, compared: Surroundings, context: DetectionContext) -> str | None:
    detection = context.settings.detection
    rest = _rest_without_peaks(place.reports, place.figures, compared, detection)
    if not rest.is_enough:
        return why_not_without_peaks(rest, place.figures)
    others = _rest_without_largest_reporter(place.reports, compared, detection)
    if not others.is_enough:
        return why_not_without_reporter(others, place.figures)
    return _why_event(place.reports, place.figures, context) or _why_crowd(place, compared, context)


def _rest_without_peaks(
    place: pd.DataFrame, figures: PlaceFigures, compared: Surroundings, detection: DetectionSettings
) -> Rest:
    """What remains without the days in which most was reported."""
    counted = place[~place["is_duplicate"]]
    moments = counted["moment"].to_numpy(dtype="datetime64[s]")
    peaks = in_peaks(
        moments,
        period=timedelta(hours=detection.burst_hours),
        min_count=max(detection.peak_share * figures.report_count, detection.min_peak_reports),
    )
    without_peaks = _rest(counted, peaks, compared, detection.max_rest_p, detection.min_rest_weeks)
    busiest = in_busiest(moments, period=timedelta(days=detection.episode_days))
    if not without_peaks.is_enough or busiest.sum() < detection.episode_share * figures.report_count:
        return without_peaks
    share = 1 - detection.episode_days / (7 * detection.look_back_weeks)
    return _rest(counted, busiest, compared.in_share_of_time(share), detection.max_episode_rest_p, 1)


def _rest_without_largest_reporter(
    place: pd.DataFrame, compared: Surroundings, detection: DetectionSettings
) -> Rest:
    """What the others reported: strays around one neighbour's series do not make it shared."""
    counted = place[~place["is_duplicate"]]
    per_reporter = counted["reporter_id"].value_counts()
    if per_reporter.empty or per_reporter.iloc[0] < detection.min_series_reports:
        return Rest(len(counted), 0, is_enough=True)
    of_largest = (counted["reporter_id"] == per_reporter.index[0]).to_numpy()
    return _rest(counted, of_largest, compared, detection.max_rest_p, 1)


def _rest(
    counted: pd.DataFrame,
    left_out: NDArray[np.bool_],
    compared: Surroundings,
    max_p: float,
    min_weeks: int,
) -> Rest:
    if not left_out.any():
        return Rest(len(counted), 0, is_enough=True)
    rest = counted[~left_out]
    is_enough = compared.chance(len(rest)) <= max_p and rest["week"].nunique() >= min_weeks
    return Rest(len(rest), int(left_out.sum()), is_enough=bool(is_enough))


def _why_event(place: pd.DataFrame, figures: PlaceFigures, context: DetectionContext) -> str | None:
    on_event, names = np.zeros(len(place), dtype=bool), []
    for event in context.settings.calendar.events:
        inside = is_on_event(place["day"], [(event.first, event.last)])
        if event.areas:
            inside &= place["buurtcode"].isin(_buurten_in(event.areas, context.wijk_of_buurt)).to_numpy()
        if inside.any():
            names.append(event.name)
        on_event |= inside
    if not on_event.any() or _figures_if_rules_hold(place[~on_event], context) is not None:
        return None
    return why_not_event(names, int(on_event.sum()), figures)


def _why_crowd(place: Place, compared: Surroundings, context: DetectionContext) -> str | None:
    """Leave out what was reported while the whole neighbourhood reported: an event that nobody announced."""
    detection = context.settings.detection
    around = context.surroundings.rows_within(place.centre, detection.crowd_m)
    around = around[~np.isin(context.report_ids[around], place.values("report_id"))]
    moments = place.reports["moment"].to_numpy(dtype="datetime64[s]")
    is_crowd = in_crowds(moments, context.moments[around], detection)
    if not is_crowd.any():
        return None
    rest = _figures_if_rules_hold(place.reports[~is_crowd], context)
    if rest is not None and context.p_value(compared, rest.report_count) <= detection.max_p:
        return None
    return why_not_crowd(int(is_crowd.sum()), place.figures)


def _figures_if_rules_hold(reports: pd.DataFrame, context: DetectionContext) -> PlaceFigures | None:
    """The figures of a part of a place if the rules hold for that part by itself."""
    detection = context.settings.detection
    if reports["is_duplicate"].all():
        return None
    figures = figures_of(reports, burst=timedelta(hours=detection.burst_hours))
    return None if failed_rules(figures, as_of=context.as_of, settings=detection) else figures


def _buurten_in(codes: Iterable[str], wijk_of_buurt: Mapping[str, str]) -> set[str]:
    wanted = set(codes)
    return {buurt for buurt, wijk in wijk_of_buurt.items() if wijk in wanted} | wanted
