"""The verdict on one place: whether it is signalled, and if not, because of which rule or guard."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.detection.concentration import Surroundings, SurroundingsIndex, p_over_looks
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
    CROWD_M,
    in_busiest,
    in_peaks,
    is_on_event,
    largest_same_text,
    near_peaks,
    plain_text,
    says_again,
    shared_coordinate,
)
from hotspots.detection.place_type import PlaceType, kinds_of
from hotspots.detection.rules import PlaceFigures, Rule, failed_rules, figures_of, figures_per_place
from hotspots.model import Soort
from hotspots.settings import DetectionSettings, Settings

REST_WEEKS = 3
"""Without its peaks, a place still has reports in this many weeks."""

MIN_SERIES = 4
"""Fewer reports by one person are no series."""

Texts = Callable[[Iterable[int]], Mapping[int, str]]
"""Gives the texts of reports by their ids; a report without one is absent."""


@dataclass(frozen=True)
class Look:
    """What every place is judged with."""

    as_of: date
    settings: Settings
    surroundings: SurroundingsIndex
    report_ids: NDArray[np.int64]  # of the reports that the surroundings hold, in their order
    moments: NDArray[np.datetime64]
    looks: int  # how many places without overlap were looked at
    wijk_of_buurt: Mapping[str, str]

    def p_value(self, compared: Surroundings, observed: int) -> float:
        """The chance that the surroundings alone give so many reports at any of the places looked at."""
        return p_over_looks(compared.chance(observed), self.looks)


class Members:
    """The reports of all places, place after place."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table
        self._columns: dict[str, NDArray[Any]] = {}

    def column(self, name: str) -> NDArray[Any]:
        """One column, taken out of the table once."""
        if name not in self._columns:
            self._columns[name] = self.table[name].to_numpy()
        return self._columns[name]


@dataclass(frozen=True)
class Place:
    """The reports of a place and what they show by themselves, whatever lies around them."""

    members: Members
    start: int  # which rows of them are this place's
    end: int
    figures: PlaceFigures
    kind: PlaceType
    centre: NDArray[np.float64]
    radius_m: float  # nine in ten reports lie within it
    first_report: np.datetime64
    last_report: np.datetime64
    failed: list[Rule]

    @property
    def reports(self) -> pd.DataFrame:
        """Its reports.

        They have the columns of ``model.REPORTS`` and x, y (metres), day, week, is_night, is_duplicate (also
        within the place).
        """
        return self.members.table.iloc[self.start : self.end]

    def values(self, name: str) -> NDArray[Any]:
        """One column of its reports; a good deal faster than all of them, where there are many places."""
        return self.members.column(name)[self.start : self.end]


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


def reports_of(places: Sequence[Place]) -> pd.DataFrame:
    """The reports of places under each other; faster than one place after another, where there are many."""
    parts = []
    for members in {id(place.members): place.members for place in places}.values():
        own = [np.arange(place.start, place.end) for place in places if place.members is members]
        parts.append(members.table.iloc[np.concatenate(own)])
    return pd.concat(parts)


def see(members: pd.DataFrame, look: Look) -> list[Place]:
    """Count what the reports of each place show by themselves.

    Parameters
    ----------
    members
        The reports of all places: as :class:`Place` has them, and place (0, 1, 2, … without gaps). With a
        column text (``false_alarms.plain_text``) what says the same in the same words counts once too.
    look
        The peildatum and the rules.
    """
    if members.empty:
        return []
    settings = look.settings.detection
    members = members.sort_values(["place", "report_id"], ignore_index=True)
    members["is_duplicate"] = members["is_duplicate"].to_numpy() | says_again(members)
    kinds = kinds_of(members)
    centres = _centres(members, kinds)
    place = members["place"].to_numpy()
    away = np.hypot(*(members[["x", "y"]].to_numpy() - centres[place]).T)
    radii = pd.Series(away).groupby(place).quantile(0.9).tolist()
    figures = figures_per_place(members, burst=timedelta(hours=settings.burst_hours))
    ends = np.cumsum(np.bincount(place)).tolist()
    moments = members["moment"].to_numpy(dtype="datetime64[us]")
    first, last = (ufunc.reduceat(moments, [0, *ends[:-1]]) for ufunc in (np.minimum, np.maximum))
    kept = Members(members)
    return [
        Place(
            kept,
            start,
            end,
            figures[number],
            kinds[number],
            centres[number],
            radii[number],
            first[number],
            last[number],
            failed_rules(figures[number], as_of=look.as_of, settings=settings),
        )
        for number, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True))
    ]


def judge(places: Sequence[Place], texts: Texts, look: Look) -> list[tuple[Place, Verdict]]:
    """Compare places with their surroundings; of rules and guards in their order, the first decides.

    Of a place that is only crowded the texts are not read: what says the same again in the same words makes
    it less of a hotspot, not more.

    Parameters
    ----------
    places
        What was seen.
    texts
        Asked for the reports of places that are more than crowded.
    look
        What every place is judged with.

    Returns
    -------
    list of (Place, Verdict)
        In the order of the places; those of which the texts were read as they are with these (columns written
        and text).
    """
    judged = _judged_by_figures(places, look)
    read = [number for number, (_, verdict) in enumerate(judged) if not verdict.is_only_crowded]
    again = _judged_by_figures(see(_with_texts([places[number] for number in read], texts), look), look)
    for number, (place, verdict) in zip(read, again, strict=True):
        because = verdict.suppressed_because or _why_not_by_guard(place, verdict.compared, look)
        judged[number] = (place, replace(verdict, suppressed_because=because))
    return judged


def _with_texts(places: Sequence[Place], texts: Texts) -> pd.DataFrame:
    """The reports of places with what they say."""
    if not places:
        return pd.DataFrame()
    members = pd.concat([place.reports.assign(place=number) for number, place in enumerate(places)])
    found = texts(members["report_id"].tolist())
    written = [found.get(number, "") for number in members["report_id"].tolist()]
    return members.assign(written=written, text=[plain_text(text) for text in written])


def _judged_by_figures(places: Sequence[Place], look: Look) -> list[tuple[Place, Verdict]]:
    if not places:
        return []
    compared = look.surroundings.around(
        np.array([place.centre for place in places]),
        np.array([place.radius_m for place in places]),
        np.array([place.figures.report_count for place in places]),
    )
    return [(place, _at_first(place, around, look)) for place, around in zip(places, compared, strict=True)]


def _at_first(place: Place, compared: Surroundings, look: Look) -> Verdict:
    """Judge by the figures alone."""
    detection, figures = look.settings.detection, place.figures
    p_value = look.p_value(compared, figures.report_count)
    if place.failed:
        because = why_not(place.failed, figures, look.as_of, detection)
        return Verdict(compared, p_value, because, is_only_crowded=False)
    is_concentrated = (
        place.radius_m <= detection.max_radius_m
        and p_value <= detection.max_p
        and figures.report_count >= detection.min_ratio * compared.expected
    )
    if is_concentrated:
        return Verdict(compared, p_value, None, is_only_crowded=False)
    because = why_not_concentrated(figures, compared, place.radius_m, detection)
    return Verdict(compared, p_value, because, is_only_crowded=True)


def _why_not_by_guard(place: Place, compared: Surroundings, look: Look) -> str | None:
    because = _why_not_shared(place, compared, look.settings.detection)
    return because or _why_not_without_a_part(place, compared, look)


def _why_not_shared(place: Place, compared: Surroundings, settings: DetectionSettings) -> str | None:
    figures, kind = place.figures, place.kind
    if not figures.reporters_are_known:
        if kind.soort is Soort.WONING and not kind.elsewhere_count:
            return why_not_one_address(figures)
        alike = largest_same_text(place.reports)
        if alike.share > settings.max_same_text_share:
            return why_not_alike(alike, figures)
    shared = shared_coordinate(place.reports, max_one_report_share=settings.max_one_report_share)
    if shared is None or compared.chance(shared.elsewhere_count) <= settings.max_rest_p:
        return None
    return why_not_shared_coordinate(shared)


def _why_not_without_a_part(place: Place, compared: Surroundings, look: Look) -> str | None:
    rest = _rest_without_peaks(place.reports, place.figures, compared, look.settings.detection)
    if not rest.is_enough:
        return why_not_without_peaks(rest, place.figures)
    others = _rest_without_largest_reporter(place.reports, compared, look.settings.detection)
    if not others.is_enough:
        return why_not_without_reporter(others, place.figures)
    return _why_event(place.reports, place.figures, look) or _why_crowd(place, compared, look)


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
    without_peaks = _rest(counted, peaks, compared, detection.max_rest_p, REST_WEEKS)
    episode = timedelta(days=detection.episode_days)
    busiest = in_busiest(moments, period=episode)
    if not without_peaks.is_enough or busiest.sum() < detection.episode_share * figures.report_count:
        return without_peaks
    share = 1 - detection.episode_days / (7 * detection.look_back_weeks)
    return _rest(counted, busiest, compared.in_share_of_time(share), detection.max_episode_rest_p, 1)


def _rest_without_largest_reporter(
    place: pd.DataFrame, compared: Surroundings, detection: DetectionSettings
) -> Rest:
    """Judge what the others reported: strays around one neighbour's series do not make it shared."""
    counted = place[~place["is_duplicate"]]
    per_reporter = counted["reporter_id"].value_counts()
    if per_reporter.empty or per_reporter.iloc[0] < MIN_SERIES:
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


def _centres(members: pd.DataFrame, kinds: Sequence[PlaceType]) -> NDArray[np.float64]:
    """The middle of each place; of a dwelling the median, so that what lies beside it counts for nothing."""
    per_place = members.groupby("place")[["x", "y"]]
    is_woning = np.array([kind.soort is Soort.WONING for kind in kinds])
    return np.where(is_woning[:, None], per_place.median().to_numpy(), per_place.mean().to_numpy())


def _why_event(place: pd.DataFrame, figures: PlaceFigures, look: Look) -> str | None:
    on_event, names = np.zeros(len(place), dtype=bool), []
    for event in look.settings.calendar.events:
        inside = is_on_event(place["day"], [(event.first, event.last)])
        if event.areas:
            inside &= place["buurtcode"].isin(_buurten_in(event.areas, look.wijk_of_buurt)).to_numpy()
        if inside.any():
            names.append(event.name)
        on_event |= inside
    if not on_event.any():
        return None
    if _satisfies(place[~on_event], look) is not None:
        return None
    return why_not_event(names, int(on_event.sum()), figures)


def _why_crowd(place: Place, compared: Surroundings, look: Look) -> str | None:
    """Leave out what was reported while the whole neighbourhood reported: an event nobody announced."""
    detection = look.settings.detection
    around = look.surroundings.rows_within(place.centre, CROWD_M)
    around = around[~np.isin(look.report_ids[around], place.reports["report_id"].to_numpy())]
    moments = place.reports["moment"].to_numpy(dtype="datetime64[s]")
    is_crowd = near_peaks(
        moments,
        look.moments[around],
        period=timedelta(hours=detection.burst_hours),
        window=timedelta(weeks=detection.look_back_weeks),
    )
    if not is_crowd.any():
        return None
    rest = _satisfies(place.reports[~is_crowd], look)
    if rest is not None and look.p_value(compared, rest.report_count) <= detection.max_p:
        return None
    return why_not_crowd(int(is_crowd.sum()), place.figures)


def _satisfies(reports: pd.DataFrame, look: Look) -> PlaceFigures | None:
    """The figures of a part of a place if that by itself satisfies the rules."""
    detection = look.settings.detection
    if not (~reports["is_duplicate"]).any():
        return None
    figures = figures_of(reports, burst=timedelta(hours=detection.burst_hours))
    return None if failed_rules(figures, as_of=look.as_of, settings=detection) else figures


def _buurten_in(codes: Iterable[str], wijk_of_buurt: Mapping[str, str]) -> set[str]:
    wanted = set(codes)
    return {buurt for buurt, wijk in wijk_of_buurt.items() if wijk in wanted} | wanted
