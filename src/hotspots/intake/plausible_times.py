"""What of the times of a report can't be: later than its file, of decades ago, or long apart."""

from collections import Counter
from collections.abc import Sequence
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hotspots.intake.sources.reading import Reading
from hotspots.settings import IntakeSettings

OCCURRED_LATER = "overlast die na de melding begint: het tijdstip van de melding telt"
OCCURRED_LONG_AGO = "overlast die lang voor de melding begint: het tijdstip van de melding telt"
CHANGED_LATER = "tijd van wijzigen die na het moment van inlezen ligt: niet gebruikt"
ALL_AT_MIDNIGHT = "alle tijden zijn middernacht: de dagen tellen, de uren niet"


def why_implausible(reading: Reading, settings: IntakeSettings, *, now: datetime) -> str:
    """Why a report can't be from when it says, in Dutch; empty if it can."""
    latest, first_year = plausible_until(settings, now)
    if reading.reported_at > latest:
        day = f"{reading.reported_at.astimezone(UTC):%d-%m-%Y}"
        return f"de tijd van melden ({day}) ligt na het moment van inlezen"
    if reading.reported_at.year < first_year:
        year = reading.reported_at.year  # a whole date of then is taken for a birthday, and not shown
        return f"de tijd van melden (in {year}) is meer dan {settings.oldest_years} jaar geleden"
    return ""


def plausible_until(settings: IntakeSettings, now: datetime) -> tuple[datetime, int]:
    """The latest moment of which a report can be, and the first year."""
    return now + timedelta(hours=settings.future_hours), now.year - settings.oldest_years


def with_plausible_times(
    reading: Reading, settings: IntakeSettings, notes: Counter[str], *, now: datetime
) -> Reading:
    """The reading without a time of the nuisance that lies after its report, or long before, and without a
    change that is still to come, which would go before all later ones; that is told."""
    occurred, changed = reading.occurred_at, reading.changed_at
    if changed is not None and changed > now + timedelta(hours=settings.future_hours):
        notes[CHANGED_LATER] += 1
        reading = reading._replace(changed_at=None)
    if occurred is None:
        return reading
    if occurred > reading.reported_at + timedelta(hours=settings.occurred_after_hours):
        note = OCCURRED_LATER
    elif occurred < reading.reported_at - timedelta(days=settings.occurred_before_days):
        note = OCCURRED_LONG_AGO
    else:
        return reading
    notes[note] += 1
    return reading._replace(occurred_at=None)


def are_all_at_midnight(readings: Sequence[Reading], zone: ZoneInfo, settings: IntakeSettings) -> bool:
    """Whether the reports at the start of a file have lost their hours: all of many are at midnight."""
    told = (reading.occurred_at or reading.reported_at for reading in readings if reading.has_hour)
    # the first and the last day that there are may lie beyond them in another zone
    moments = [moment for moment in told if MINYEAR < moment.year < MAXYEAR]
    if len(moments) < settings.midnight_rows:
        return False
    return all((local.hour, local.minute, local.second) == (0, 0, 0) for local in _local(moments, zone))


def _local(moments: Sequence[datetime], zone: ZoneInfo) -> list[datetime]:
    return [moment.astimezone(zone) for moment in moments]
