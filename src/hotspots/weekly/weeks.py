"""The weeks of the weekly runs, and the window that each looks back over."""

from datetime import date, datetime, timedelta

from hotspots.settings import Settings


def window_of(as_of: date, settings: Settings) -> tuple[datetime, datetime]:
    """The look-back window of a run: local midnights, start inclusive, end exclusive.

    The whole as-of day counts, so the window ends at the midnight after it.
    """
    municipality = settings.municipality
    last = as_of + timedelta(days=1)
    first = last - timedelta(weeks=settings.detection.look_back_weeks)
    return municipality.midnight(first), municipality.midnight(last)


def weeks_between(first: date, last: date) -> list[date]:
    """The as-of dates of the weekly runs in a period: its Sundays, on which ISO weeks end.

    Examples
    --------
    >>> [str(day) for day in weeks_between(date(2023, 1, 1), date(2023, 1, 14))]
    ['2023-01-01', '2023-01-08']
    """
    sunday = first + timedelta(days=6 - first.weekday())
    return [sunday + timedelta(weeks=week) for week in range((last - sunday).days // 7 + 1)]
