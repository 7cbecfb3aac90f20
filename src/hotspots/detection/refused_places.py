"""Places that hold the rules by their own reports, and that detection refuses all the same.

Their surroundings or a test for false alarms keep them off the list. Only of these can people judge without
knowing that they were refused: whoever counts the reports of any other sees that it fails a rule.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.detection.assessment import (
    REASONS,
    Assessed,
    Refusal,
    Texts,
    is_near,
    is_shared,
    refusal_of,
    with_texts,
)
from hotspots.detection.places import Assessment, DetectionContext, Judged, Members, Place, describe_places
from hotspots.detection.rules import (
    PlaceFigures,
    Rule,
    failed_rules,
    figures_of,
    max_p_of,
    reporters_are_known,
)

_ASKED = [REASONS.index(Refusal.CROWDED), REASONS.index(Refusal.FALSE_ALARM)]


@dataclass(frozen=True)
class RefusedPlace:
    """A place that holds the rules and is refused.

    Attributes
    ----------
    refused_by
        What keeps it off the list.
    is_near
        Whether it came near the list.
    before
        What its reports showed a week before; None where they did not hold the rules yet.
    """

    place: Place
    assessment: Assessment
    refused_by: Rule | Refusal
    is_near: bool
    before: PlaceFigures | None

    @property
    def reports(self) -> frozenset[int]:
        """The ids of its reports."""
        return frozenset(self.place.values("report_id").tolist())

    @property
    def shown(self) -> Judged:
        """The place as one that is on the list has it: nothing keeps it off."""
        assessment = self.assessment
        return self.place, Assessment(assessment.compared, assessment.p_value, None, is_only_crowded=False)


Choice = Callable[[Sequence[RefusedPlace]], Collection[int]]
"""Chooses by their number the refused places that stand on the list without saying so."""


@dataclass(frozen=True)
class Sampling:
    """How refused places are chosen, and the reports of those that were chosen before."""

    choose: Choice
    reports: frozenset[int] = frozenset()


def choose_refused(
    assessed: Sequence[Assessed],
    listed: NDArray[np.int64],
    texts: Texts,
    context: DetectionContext,
    sampling: Sampling,
) -> list[RefusedPlace]:
    """Give the refused places that stand on the list without saying so.

    Parameters
    ----------
    listed
        Reports of places that are signalled, of which no other has any.
    """
    found = list(_refused(assessed, frozenset(listed.tolist()), texts, context, sampling.reports))
    found.sort(key=lambda one: min(one.reports))
    return [found[number] for number in sorted(sampling.choose(found))]


def _refused(
    assessed: Sequence[Assessed],
    listed: frozenset[int],
    texts: Texts,
    context: DetectionContext,
    wanted: frozenset[int],
) -> Iterator[RefusedPlace]:
    for part in assessed:
        for number in part.numbers[np.isin(part.because, _ASKED)].tolist():
            reports = part.places.reports(np.array([number]))
            ids = frozenset(reports["report_id"].tolist())
            if not ids.isdisjoint(listed) or not (_grew(reports, context) or not ids.isdisjoint(wanted)):
                continue
            members = with_texts(reports.drop(columns=["written", "text"], errors="ignore"), texts)
            one = _one(
                describe_places(Members.of(members), context).place(0), context, _before(reports, context)
            )
            if one is not None:
                yield one


def _one(place: Place, context: DetectionContext, before: PlaceFigures | None) -> RefusedPlace | None:
    """A place that several people may report, and that is no dwelling; None of any other."""
    detection = context.settings.detection
    is_of_one = place.is_woning or not reporters_are_known(place.figures, detection)
    if place.failed or is_of_one or place.radius_m > detection.max_radius_m:
        return None
    counts = np.array([place.figures.report_count])
    radii = np.array([place.radius_m])
    (around,) = context.surroundings.around(place.centre[np.newaxis], radii, counts)
    p_value = context.p_value(around, place.figures.report_count)
    is_crowded = (
        p_value > max_p_of(place.figures, detection)
        or place.figures.report_count < detection.min_ratio * around.expected
    )
    assessment = Assessment(around, p_value, "", is_only_crowded=bool(is_crowded))
    if not is_shared(place, around, detection):
        return None
    return RefusedPlace(
        place,
        assessment,
        refusal_of(place, assessment, detection),
        is_near(place, assessment, context) and _nearly_stands_out(place, assessment, context),
        before,
    )


def _nearly_stands_out(place: Place, assessment: Assessment, context: DetectionContext) -> bool:
    """Whether a crowded place would stand out with so many more reports as hold a threshold nearly."""
    detection, observed = context.settings.detection, place.figures.report_count
    if not assessment.is_only_crowded or not detection.near_share:
        return True
    more = int(np.ceil(observed / detection.near_share))
    compared = assessment.compared
    return (
        context.p_value(compared, more) <= max_p_of(place.figures, detection)
        and more >= detection.min_ratio * compared.expected
    )


def _grew(reports: pd.DataFrame, context: DetectionContext) -> bool:
    return bool((reports["day"] > _week_before(context)).any())


def _before(reports: pd.DataFrame, context: DetectionContext) -> PlaceFigures | None:
    """What the reports of a place showed a week before; None where they did not hold the rules."""
    detection, before = context.settings.detection, context.as_of - timedelta(days=7)
    earlier = reports[reports["day"] <= _week_before(context)]
    if earlier.empty or earlier["is_duplicate"].all():
        return None
    figures = figures_of(earlier, burst=detection.burst, episode=detection.episode)
    return None if failed_rules(figures, as_of=before, settings=detection) else figures


def _week_before(context: DetectionContext) -> np.datetime64:
    return np.datetime64(context.as_of - timedelta(days=7))
