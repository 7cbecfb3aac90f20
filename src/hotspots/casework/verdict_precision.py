"""Learns from verdicts: how often the rules were right, and when a judged place returns.

The functions are pure: figures in, an answer with its reason out.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from hotspots.model import Indicatie, Status
from hotspots.settings import DetectionSettings, Settings
from hotspots.statistics.proportion import proportion_interval
from hotspots.wording import day


@dataclass(frozen=True)
class Strength:
    """The strength of the evidence for a place: counts over the look-back window."""

    report_count: int
    day_count: int
    reporter_count: int | None  # None: unknown
    indicatie: str


@dataclass(frozen=True)
class Return:
    """Whether a closed place, or one judged no hotspot, returns to the list, and why, in Dutch."""

    is_back: bool
    reason: str


def judge_return(judged: Strength, now: Strength, *, judged_on: date, factor: float) -> Return:
    """Decide whether a place that was judged `geen hotspot` on a local day returns.

    It does only when the evidence is much stronger now: `factor` (above 1) times as many reports on `factor`
    times as many days; or more reports and either `factor` times as many reporters, or an indication of
    safety that was not there before. A burst of reports on the same days does not bring it back.

    Examples
    --------
    >>> before, now = Strength(8, 7, 4, "leefbaarheid"), Strength(12, 11, 4, "leefbaarheid")
    >>> judge_return(before, before, judged_on=date(2024, 3, 4), factor=1.5).is_back
    False
    >>> judge_return(before, now, judged_on=date(2024, 3, 4), factor=1.5).reason.partition("toen: ")[2]
    '12 meldingen op 11 dagen (toen 8 op 7).'
    """
    stronger = [sentence for is_so, sentence in _comparisons(judged, now, factor) if is_so]
    judged_day = day(judged_on)
    if stronger:
        reasons = "; ".join(stronger)
        return Return(True, f"Op {judged_day} beoordeeld als geen hotspot, maar sterker dan toen: {reasons}.")
    return Return(
        False,
        f"Op {judged_day} beoordeeld als geen hotspot; {_count(now)} is niet duidelijk meer dan toen "
        f"({judged.report_count} op {judged.day_count}).",
    )


def judge_reopening(
    reports_since: int, days_since: int, *, closed_on: date, settings: DetectionSettings
) -> Return:
    """Decide whether a hotspot that was closed on a local day returns.

    It does when the reports since then, and the days they fall on, are enough for repeated nuisance by
    themselves. Earlier reports stay in the look-back window for months, and say nothing new.

    Examples
    --------
    >>> judge_reopening(8, 6, closed_on=date(2024, 3, 4), settings=DetectionSettings()).reason
    'Gesloten op 4 maart 2024; sindsdien weer 8 meldingen op 6 dagen.'
    """
    is_back = reports_since >= settings.min_reports and days_since >= settings.min_days
    since = f"sindsdien {'weer ' if is_back else ''}{reports_since} meldingen op {days_since} dagen"
    return Return(is_back, f"Gesloten op {day(closed_on)}; {since}.")


@dataclass(frozen=True)
class JudgedPlace:
    """A final verdict with the figures of the place when it was given."""

    verdict: Status
    figures: Mapping[str, Any]  # as hotspots.casework.verdicts.figures_now keeps them


@dataclass(frozen=True)
class Precision:
    """How often flagged places were hotspots; `low` and `high` are the 95 % interval [1]_.

    References
    ----------
    .. [1] C. J. Clopper, E. S. Pearson (1934), doi:10.1093/biomet/26.4.404.
    """

    subject: str  # regel, buurt, seizoen, bron, soort or alles
    value: str
    judged: int
    confirmed: int
    precision: float
    low: float
    high: float


SEASONS = ("winter", "lente", "zomer", "herfst")
"""The meteorological seasons, from December on."""


def precision_of(verdicts: Iterable[JudgedPlace], settings: Settings) -> pd.DataFrame:
    """Count how often final verdicts confirmed the flag: in total, per rule, buurt, season, source and soort.

    For a rule, places that passed it narrowly (up to ``narrow_factor`` times its threshold) are compared with
    those that passed it amply: where the narrow ones are mostly no hotspots, the threshold is too low.

    Returns
    -------
    DataFrame
        Columns of :class:`Precision`, in a fixed order.
    """
    judged = list(verdicts)
    rows: list[Precision] = []
    for subject, values_of in _subjects(settings).items():
        groups: dict[str, list[bool]] = {}
        for place in judged:
            for value in values_of(place.figures):
                groups.setdefault(value, []).append(place.verdict is not Status.GEEN_HOTSPOT)
        for value, confirmed in sorted(groups.items()):
            hits, trials = sum(confirmed), len(confirmed)
            low, high = proportion_interval(hits, trials)
            rows.append(Precision(subject, value, trials, hits, hits / trials, low, high))
    return pd.DataFrame([vars(row) for row in rows], columns=list(Precision.__dataclass_fields__))


def _comparisons(judged: Strength, now: Strength, factor: float) -> Sequence[tuple[bool, str]]:
    grew = now.report_count > judged.report_count
    before, after = judged.reporter_count, now.reporter_count
    is_now_safety = now.indicatie == Indicatie.VEILIGHEID and judged.indicatie != Indicatie.VEILIGHEID
    return (
        (
            now.report_count >= factor * judged.report_count and now.day_count >= factor * judged.day_count,
            f"{_count(now)} (toen {judged.report_count} op {judged.day_count})",
        ),
        (bool(grew and before and after and after >= factor * before), f"{after} melders (toen {before})"),
        (grew and is_now_safety, "de meldingen wijzen nu op veiligheid"),
    )


def _subjects(settings: Settings) -> dict[str, Callable[[Mapping[str, Any]], Sequence[str]]]:
    return {
        "alles": lambda _: ["alles"],
        "regel": lambda figures: _rules_passed(figures, settings),
        "buurt": lambda figures: _known(figures.get("buurtcode")),
        "seizoen": lambda figures: _main_season(figures.get("months", ())),
        "bron": lambda figures: list(figures.get("sources", ())),
        "soort": lambda figures: _known(figures.get("soort")),
    }


def _rules_passed(figures: Mapping[str, Any], settings: Settings) -> list[str]:
    rules, narrow = settings.detection, settings.workflow.narrow_factor
    thresholds = {
        "aantal meldingen": ("reports", rules.min_reports),
        "aantal dagen": ("days", rules.min_days),
        "aantal weken": ("weeks", rules.min_weeks),
        "duur": ("durationDays", rules.min_duration_days),
        "aantal melders": ("reporters", rules.min_reporters),
    }
    return [
        f"{rule}: {'krap' if figures[name] <= narrow * threshold else 'ruim'}"
        for rule, (name, threshold) in thresholds.items()
        if figures.get(name) is not None
    ]


def _main_season(months: Sequence[int]) -> list[str]:
    if not months:
        return []
    counts = Counter(SEASONS[month % 12 // 3] for month in months)
    return [max(sorted(counts), key=counts.__getitem__)]


def _known(value: str | None) -> list[str]:
    return [] if value is None else [value]


def _count(strength: Strength) -> str:
    return f"{strength.report_count} meldingen op {strength.day_count} dagen"
