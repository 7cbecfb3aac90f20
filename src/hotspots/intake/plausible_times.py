"""What of the times of a report can't be: later than its file, of decades ago, or long apart."""

from collections import Counter
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hotspots.intake.sources.reading import Readings
from hotspots.settings import IntakeSettings

OCCURRED_LATER = "overlast die na de melding begint: het tijdstip van de melding telt"
OCCURRED_LONG_AGO = "overlast die lang voor de melding begint: het tijdstip van de melding telt"
CHANGED_LATER = "tijd van wijzigen die na het moment van inlezen ligt: niet gebruikt"
ALL_AT_MIDNIGHT = "alle tijden zijn middernacht: de dagen tellen, de uren niet"


def why_implausible(reported_at: datetime, settings: IntakeSettings, *, now: datetime) -> str:
    """Why a report can't be from when it says, in Dutch; empty if it can."""
    latest, first_year = plausible_until(settings, now)
    if reported_at > latest:
        day = f"{reported_at.astimezone(UTC):%d-%m-%Y}"
        return f"de tijd van melden ({day}) ligt na het moment van inlezen"
    if reported_at.year < first_year:
        year = reported_at.year  # a whole date of then is taken for a birthday, and not shown
        return f"de tijd van melden (in {year}) is meer dan {settings.oldest_years} jaar geleden"
    return ""


def plausible_until(settings: IntakeSettings, now: datetime) -> tuple[datetime, int]:
    """The latest moment of which a report can be, and the first year."""
    return now + timedelta(hours=settings.future_hours), now.year - settings.oldest_years


def with_plausible_times(
    readings: Readings, settings: IntakeSettings, notes: Counter[str], *, now: datetime
) -> Readings:
    """The readings without a time of the nuisance that lies after its report, or long before, and without a
    change that is still to come, which would go before all later ones; that is told."""
    latest = now + timedelta(hours=settings.future_hours)
    changed_at = [None if at is None or at > latest else at for at in readings.changed_at]
    left_out = changed_at.count(None) - readings.changed_at.count(None)
    occurred = [
        None if at is None else _why_unlikely(reported, at, settings)
        for reported, at in zip(readings.reported_at, readings.occurred_at, strict=True)
    ]
    notes.update({CHANGED_LATER: left_out} if left_out else {})
    notes.update(filter(None, occurred))
    occurred_at = [None if why else at for at, why in zip(readings.occurred_at, occurred, strict=True)]
    return readings._replace(occurred_at=occurred_at, changed_at=changed_at)


def _why_unlikely(reported: datetime, occurred: datetime, settings: IntakeSettings) -> str:
    """Why nuisance can't have begun when it is said to have, if so."""
    if occurred > reported + timedelta(hours=settings.occurred_after_hours):
        return OCCURRED_LATER
    if occurred < reported - timedelta(days=settings.occurred_before_days):
        return OCCURRED_LONG_AGO
    return ""


def are_all_at_midnight(readings: Readings, zone: ZoneInfo, settings: IntakeSettings) -> bool:
    """Whether the reports at the start of a file have lost their hours: all of many are at midnight."""
    times = zip(readings.has_hour, readings.occurred_at, readings.reported_at, strict=True)
    told = (occurred or reported for has_hour, occurred, reported in times if has_hour)
    # the first and the last day that there are may lie beyond them in another zone
    moments = [moment for moment in told if MINYEAR < moment.year < MAXYEAR]
    if len(moments) < settings.midnight_rows:
        return False
    local = (moment.astimezone(zone) for moment in moments)
    return all((at.hour, at.minute, at.second) == (0, 0, 0) for at in local)
