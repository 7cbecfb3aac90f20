"""Whether a place is signalled, and if not, which rule or false alarm keeps it off the list."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.detection.concentration import Surroundings
from hotspots.detection.explanations import (
    ONCE_EACH,
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
    in_crowds,
    is_on_event,
    largest_same_text,
    plain_text,
    shared_coordinate,
)
from hotspots.detection.places import (
    Assessment,
    DetectionContext,
    Extent,
    Judged,
    Members,
    Place,
    Places,
    describe_places,
)
from hotspots.detection.remainders import (
    rest_without_largest_reporter,
    rest_without_peaks,
    strict_of_rests,
)
from hotspots.detection.rules import (
    FINAL,
    PlaceFigures,
    Rule,
    failed_rules,
    failing,
    figures_of,
    max_p_of,
    nearly,
    people_last,
    people_pass,
    reporters_are_known,
)
from hotspots.settings import DetectionSettings

Texts = Callable[[Iterable[int]], Mapping[int, str]]
"""Gives the texts of reports by their ids; a report without one is absent."""


class Refusal(StrEnum):
    """Why a place is not signalled, besides the rules that it fails; as the counts of a run name it."""

    WIDE = "verspreid"
    CROWDED = "omgeving"
    FALSE_ALARM = "vals alarm"


REASONS: tuple[Rule | Refusal, ...] = (*Rule, *Refusal)
"""All that keeps a place off the list."""

FALSE = (Rule.BURST, Rule.REPORTERS, Rule.REPORTER_SHARE, Refusal.FALSE_ALARM)
"""What keeps a place off the list whatever lies around it: its reports make no wide place either."""

_NUMBER_OF = {reason: number for number, reason in enumerate(REASONS)}
_NOTHING = -1


@dataclass(frozen=True)
class Assessed:
    """Places and what came of them, by columns; shape (k,).

    Attributes
    ----------
    places
        The table in which they stand.
    numbers
        Which of its rows they are.
    because
        What keeps each off the list, as a number in :data:`REASONS`; -1 if it is signalled.
    is_only_crowded
        As :class:`~hotspots.detection.places.Assessment` has it.
    within_m
        How far from each lies what decided that it is only crowded; infinite where all around it did.
    judged
        By row, those that were looked at closely: all that are signalled or nearly.
    """

    places: Places
    numbers: NDArray[np.int64]
    because: NDArray[np.int8]
    is_only_crowded: NDArray[np.bool_]
    within_m: NDArray[np.float64]
    judged: Mapping[int, Judged]

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def is_signalled(self) -> NDArray[np.bool_]:
        """Whether each place is signalled."""
        return np.asarray(self.because == _NOTHING, dtype=np.bool_)

    @property
    def closely(self) -> list[Judged]:
        """Those that were looked at closely."""
        return [self.judged[number] for number in self.numbers.tolist() if number in self.judged]

    @property
    def signalled(self) -> list[Judged]:
        """Those that are signalled."""
        return [pair for pair in self.closely if pair[1].signalled]

    def report_ids(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Give the ids of the reports of some of them."""
        return self.places.report_ids(self.numbers[chosen])

    def only(self, chosen: NDArray[np.bool_]) -> "Assessed":
        """Give some of them."""
        return Assessed(
            self.places,
            self.numbers[chosen],
            self.because[chosen],
            self.is_only_crowded[chosen],
            self.within_m[chosen],
            self.judged,
        )

    def without(self, report_ids: NDArray[np.int64]) -> "Assessed":
        """Give those that have none of these reports."""
        rows = self.places.rows(self.numbers)
        has_one = np.isin(self.places.members["report_id"][rows], report_ids)
        sizes = self.places.end[self.numbers] - self.places.start[self.numbers]
        found = np.repeat(np.arange(len(self)), sizes)[has_one]
        return self.only(~np.isin(np.arange(len(self)), found))


def refusal_of(place: Place, assessment: Assessment, detection: DetectionSettings) -> Rule | Refusal:
    """What keeps a place off the list that is not signalled."""
    if place.failed:
        return place.failed[0]
    if not assessment.is_only_crowded:
        return Refusal.FALSE_ALARM
    return Refusal.WIDE if place.radius_m > detection.max_radius_m else Refusal.CROWDED


def signalled_in(parts: Iterable[Assessed]) -> list[Judged]:
    """Give the places that are signalled."""
    return [pair for part in parts for pair in part.signalled]


def report_ids_of(judged: Iterable[Judged]) -> NDArray[np.int64]:
    """Give the ids of the reports of places."""
    return np.concatenate([np.zeros(0, np.int64), *(place.values("report_id") for place, _ in judged)])


def is_near(place: Place, assessment: Assessment, context: DetectionContext) -> bool:
    """Whether a place that is not signalled nearly is: of this is kept why not.

    It is if each threshold that it fails is met when ``near_share`` as strict, or if only a false alarm keeps
    it off the list.
    """
    detection = context.settings.detection
    if not detection.near_share:
        return True
    near = nearly(detection)
    return not failed_rules(place.figures, as_of=context.as_of, settings=near) and (
        place.radius_m <= near.max_radius_m or not assessment.is_only_crowded
    )


def false_alarms_in(parts: Iterable[Assessed]) -> NDArray[np.int64]:
    """Give the ids of the reports of places that are peaks, series or other false alarms."""
    numbers = [_NUMBER_OF[reason] for reason in FALSE]
    return np.concatenate(
        [np.zeros(0, np.int64), *(part.report_ids(np.isin(part.because, numbers)) for part in parts)]
    )


def refusals_in(parts: Sequence[Assessed]) -> dict[str, int]:
    """Count the places that are not signalled by what keeps them off the list, in the order of asking."""
    because = np.concatenate([np.zeros(0, dtype=np.int8), *(part.because for part in parts)])
    counts = np.bincount(because[because != _NOTHING], minlength=len(REASONS)).tolist()
    return {str(reason): count for reason, count in zip(REASONS, counts, strict=True) if count}


def assess(places: Places, texts: Texts, context: DetectionContext) -> list[Assessed]:
    """Compare places with their surroundings, and apply the rules and then the tests for false alarms.

    The first that fails decides. What a rule refuses is not compared with its surroundings, and what the
    nearest surroundings refuse not with wider ones; only what is signalled or nearly is looked at closely,
    place by place. The texts of places that are only crowded are not read: reports that say the same again
    would make such a place less of a hotspot, not more.

    Parameters
    ----------
    places
        From :func:`~hotspots.detection.places.describe_places`.
    texts
        Asked for the reports of places that are looked at closely and are more than crowded.
    context
        What every place is assessed with.

    Returns
    -------
    list of Assessed
        Together all places, those whose texts were read apart; these have the columns written and text.
    """
    if not len(places):
        return []
    everything = np.arange(len(places))
    passes: NDArray[np.bool_] = ~np.any(places.failing, axis=0)
    closely, within_m = _may_be_listed(places, passes, context)
    judged = {
        number: (place, judged_by_figures(place, around, context))
        for number, place, around in _compared(places, np.flatnonzero(closely & passes), context)
    }
    is_crowded = passes & ~np.isin(everything, [n for n, (_, found) in judged.items() if found.signalled])
    read = np.flatnonzero(closely & ~is_crowded)
    because = np.where(passes, _NUMBER_OF[Refusal.CROWDED], places.failing.argmax(axis=0)).astype(np.int8)
    because[passes & (places.radii_m > context.settings.detection.max_radius_m)] = _NUMBER_OF[Refusal.WIDE]
    whole = Assessed(places, everything, because, is_crowded, within_m, judged).only(
        ~np.isin(everything, read)
    )
    if not len(read):
        return [whole]
    return [whole, _with_texts_read(places, read, texts, context)]


def _may_be_listed(
    places: Places, passes: NDArray[np.bool_], context: DetectionContext
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which places need a closer look: those that are signalled or nearly, or would be by what they say.

    Of the others also, within how many metres lies what decided so.
    """
    detection = context.settings.detection
    if not detection.near_share:
        return np.ones(len(places), dtype=np.bool_), np.full(len(places), np.inf)
    near = nearly(detection)
    is_near = ~failing(places.figures, as_of=context.as_of, settings=near).any(axis=0)
    is_final = places.failing[[number for number, rule in enumerate(Rule) if rule in FINAL]].any(axis=0)
    narrow = np.flatnonzero(passes & (places.radii_m <= near.max_radius_m))
    observed = places.figures.report_count[narrow]
    within_m = np.zeros(len(places))  # a place that is too wide is so by itself
    within_m[narrow] = context.surroundings.stands_out(
        places.centres[narrow],
        places.radii_m[narrow],
        observed,
        shown=np.ceil(observed / detection.near_share).astype(np.int64),
        looks=context.looks,
    )
    chosen = ~passes & (is_near | ~is_final)
    chosen[narrow[np.isinf(within_m[narrow])]] = True
    return chosen, within_m


def _compared(
    places: Places, numbers: NDArray[np.int64], context: DetectionContext
) -> Iterator[tuple[int, Place, Surroundings]]:
    """Some places with what lies around them."""
    around = context.surroundings.around(
        places.centres[numbers], places.radii_m[numbers], places.figures.report_count[numbers]
    )
    for number, compared in zip(numbers.tolist(), around, strict=True):
        yield number, places.place(number), compared


def assess_wide(
    members: pd.DataFrame,
    compared: Surroundings,
    extent: Extent,
    *,
    looks: int,
    texts: Texts,
    context: DetectionContext,
) -> Judged:
    """Apply the rules and the tests for false alarms to a wide place, of which the surroundings are known.

    Parameters
    ----------
    members
        Its reports, with a column place that is 0.
    compared
        What it was compared with.
    extent
        How far it reaches.
    looks
        How many looks it was one of.
    texts
        Asked for its reports.
    context
        What every place is assessed with.
    """
    detection = context.settings.detection
    context = replace(context, looks=looks)
    # a window is chosen among many: what remains of it must stand out among all of them, too
    strict = strict_of_rests(detection, looks)
    context = replace(context, settings=context.settings.model_copy(update={"detection": strict}))
    place = replace(describe_places(Members.of(with_texts(members, texts)), context).place(0), extent=extent)
    p_value = context.p_value(compared, place.figures.report_count)
    because: str | None = None
    if place.failed:
        because = why_not(place.failed, place.figures, context.as_of, detection)
    elif p_value > detection.max_p or place.figures.report_count < detection.min_ratio * compared.expected:
        because = why_not_concentrated(place.figures, compared, 0.0, detection)
    else:
        because = _why_false_alarm(place, compared, context)
    return place, Assessment(compared, p_value, because, is_only_crowded=False)


def with_texts(members: pd.DataFrame, texts: Texts) -> pd.DataFrame:
    """Give reports with what they say, as written and as plain text."""
    found = texts(members["report_id"].tolist())
    written = [found.get(number, "") for number in members["report_id"].tolist()]
    return members.assign(written=written, text=[plain_text(text) for text in written])


def _with_texts_read(
    places: Places, numbers: NDArray[np.int64], texts: Texts, context: DetectionContext
) -> Assessed:
    """Assess places by what their reports say, too."""
    described = describe_places(Members.of(with_texts(places.reports(numbers), texts)), context)
    rows = np.arange(len(numbers))
    judged = {}
    because = np.full(len(numbers), _NOTHING, dtype=np.int8)
    for number, place, around in _compared(described, rows, context):
        assessment = judged_by_figures(place, around, context)
        sentence = assessment.suppressed_because or _why_false_alarm(place, around, context)
        judged[number] = (place, replace(assessment, suppressed_because=sentence))
        if sentence is not None:
            because[number] = _NUMBER_OF[refusal_of(place, assessment, context.settings.detection)]
    is_only_crowded = np.array([assessment.is_only_crowded for _, assessment in judged.values()], np.bool_)
    return Assessed(described, rows, because, is_only_crowded, np.full(len(rows), np.inf), judged)


def judged_by_figures(place: Place, compared: Surroundings, context: DetectionContext) -> Assessment:
    """Judge a place by what its reports show and by what lies around it, without what they say."""
    detection, figures = context.settings.detection, place.figures
    p_value = context.p_value(compared, figures.report_count)
    if place.failed:
        because = why_not(place.failed, figures, context.as_of, detection)
        return Assessment(compared, p_value, because, is_only_crowded=False)
    is_concentrated = (
        place.radius_m <= detection.max_radius_m
        and p_value <= max_p_of(figures, detection)
        and figures.report_count >= detection.min_ratio * compared.expected
    )
    if is_concentrated:
        return Assessment(compared, p_value, None, is_only_crowded=False)
    because = why_not_concentrated(figures, compared, place.radius_m, detection)
    return Assessment(compared, p_value, because, is_only_crowded=True)


def _why_false_alarm(place: Place, compared: Surroundings, context: DetectionContext) -> str | None:
    detection = context.settings.detection
    because = _why_not_shared(place, compared, detection)
    if because or not people_pass(place.figures, detection):
        return because or _why_not_without_a_part(place, compared, detection, context)
    # who passes by reports what happened that day: what remains must stand out among all looks
    strict = strict_of_rests(detection, context.looks)
    because = _why_not_without_a_part(place, compared, strict, context)
    return because and f"{because} {ONCE_EACH}"


def _why_not_shared(place: Place, compared: Surroundings, settings: DetectionSettings) -> str | None:
    figures = place.figures
    if not reporters_are_known(figures, settings):
        if place.is_woning and not place.place_type.elsewhere_count:
            return why_not_one_address(figures)
        alike = largest_same_text(place, settings)
        if alike.share > settings.max_same_text_share:
            return why_not_alike(alike, figures)
    shared = shared_coordinate(place, settings)
    if shared is None or compared.chance(shared.elsewhere_count) <= settings.max_rest_p:
        return None
    return why_not_shared_coordinate(shared)


def is_shared(place: Place, compared: Surroundings, detection: DetectionSettings) -> bool:
    """Whether others than the one who reported most make a place busy."""
    return rest_without_largest_reporter(place, compared, detection).is_enough


def _why_not_without_a_part(
    place: Place, compared: Surroundings, detection: DetectionSettings, context: DetectionContext
) -> str | None:
    rest = rest_without_peaks(place, compared, detection)
    if not rest.is_enough and not people_last(place.figures, detection):
        return why_not_without_peaks(rest, place.figures)
    others = rest_without_largest_reporter(place, compared, detection)
    if not others.is_enough:
        return why_not_without_reporter(others, place.figures)
    return _why_event(place, context) or _why_crowd(place, compared, context)


def _why_event(place: Place, context: DetectionContext) -> str | None:
    if not context.settings.calendar.events:
        return None
    reports = place.reports
    on_event, names = np.zeros(len(reports), dtype=bool), []
    for event in context.settings.calendar.events:
        inside = is_on_event(reports["day"], [(event.first, event.last)])
        if event.areas:
            inside &= reports["buurtcode"].isin(_buurten_in(event.areas, context.wijk_of_buurt)).to_numpy()
        if inside.any():
            names.append(event.name)
        on_event |= inside
    if not on_event.any() or _figures_if_rules_hold(reports[~on_event], context) is not None:
        return None
    return why_not_event(names, int(on_event.sum()), place.figures)


def _why_crowd(place: Place, compared: Surroundings, context: DetectionContext) -> str | None:
    """Leave out what was reported while the whole neighbourhood reported: an event that nobody announced."""
    detection = context.settings.detection
    # the crowd of a wide place lies around all of it, and in it
    reach_m = detection.crowd_m + (place.radius_m if place.extent else 0.0)
    around = context.surroundings.rows_within(place.centre, reach_m)
    if not place.extent:
        around = around[~np.isin(context.report_ids[around], place.values("report_id"))]
    moments = place["moment"].astype("datetime64[s]")
    is_crowd = in_crowds(moments, context.moments[around], detection)
    if not is_crowd.any():
        return None
    rest = _figures_if_rules_hold(place.reports[~is_crowd], context)
    if rest is not None and context.p_value(compared, rest.report_count) <= max_p_of(rest, detection):
        return None
    return why_not_crowd(int(is_crowd.sum()), place.figures)


def _figures_if_rules_hold(reports: pd.DataFrame, context: DetectionContext) -> PlaceFigures | None:
    """The figures of a part of a place if the rules hold for that part by itself."""
    detection = context.settings.detection
    if reports["is_duplicate"].all():
        return None
    figures = figures_of(reports, burst=detection.burst, episode=detection.episode)
    return None if failed_rules(figures, as_of=context.as_of, settings=detection) else figures


def _buurten_in(codes: Iterable[str], wijk_of_buurt: Mapping[str, str]) -> set[str]:
    wanted = set(codes)
    return {buurt for buurt, wijk in wijk_of_buurt.items() if wijk in wanted} | wanted
