"""How near a place that is not signalled came to the list: which part of what was asked it has."""

from collections.abc import Mapping
from math import log
from typing import Any

from hotspots.detection.assessment import Refusal
from hotspots.detection.detections_table import REFUSED_BY
from hotspots.detection.rules import Rule
from hotspots.settings import DetectionSettings


def nearness(
    evidence: Mapping[str, Any],
    *,
    expected: float | None,
    p_value: float | None,
    quiet_days: int,
    settings: DetectionSettings,
) -> float:
    """Give the least part that a place has of what a rule asks which it fails; 1 if only a false alarm does.

    Parameters
    ----------
    evidence
        As detection keeps it beside a place.
    expected, p_value
        Reports that its surroundings let one expect, and the chance that they alone give so many.
    quiet_days
        Days since its last report.

    Examples
    --------
    >>> six = {"figures": {"reports": 6, "days": 6}, "failedRules": ["aantal meldingen"]}
    >>> nearness(six, expected=1.0, p_value=0.01, quiet_days=3, settings=DetectionSettings())
    0.75
    """
    figures, rules = evidence.get("figures", {}), settings
    largest_burst = max(figures.get("largestBurst", 0), 1)
    parts: Mapping[str, float] = {
        Rule.REPORTS: figures.get("reports", 0) / rules.min_reports,
        Rule.DAYS: figures.get("days", 0) / rules.min_days,
        Rule.WEEKS: figures.get("weeks", 0) / rules.min_weeks,
        Rule.DURATION: figures.get("durationDays", 0) / rules.min_duration_days,
        Rule.BURST: rules.max_burst_share * figures.get("reports", 0) / largest_burst,
        Rule.REPORTERS: figures.get("reporters", 0) / rules.min_reporters,
        Rule.REPORTER_SHARE: rules.max_reporter_share / max(figures.get("largestReporterShare", 0.0), 1e-9),
        Rule.CURRENT: 7 * rules.quiet_weeks / max(quiet_days, 1),
        Refusal.WIDE: rules.max_radius_m / max(evidence.get("radiusM", 0.0), 1e-9),
        Refusal.CROWDED: _concentrated(figures.get("reports", 0), expected, p_value, rules),
    }
    failed = [*evidence.get("failedRules", ()), evidence.get(REFUSED_BY, "")]
    return min([1.0, *(parts[rule] for rule in failed if rule in parts)])


def _concentrated(
    report_count: int, expected: float | None, p_value: float | None, rules: DetectionSettings
) -> float:
    """Which part of the distance from chance a place covers, and of the reports beside what is expected."""
    if expected is None or p_value is None:
        return 0.0
    by_chance = log(max(min(p_value, 1.0), rules.smallest_p)) / log(rules.max_p)
    return min(by_chance, report_count / (rules.min_ratio * max(expected, 1e-9)))
