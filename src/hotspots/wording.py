"""How pages and reports write dates, numbers and the words of the domain: plain Dutch.

Dates and numbers are Babel's, which is imported when the first is written. It takes a thirtieth of a
millisecond for each, and a page writes a thousand of them, mostly the same few: they are kept.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache

from hotspots.model import Aard, Indicatie, Soort, Soortoordeel, Status, Trend

LOCALE = "nl_NL"

TRENDS: Mapping[Trend, str] = {
    Trend.NIEUW: "nieuw",
    Trend.TOENEMEND: "neemt toe",
    Trend.AANHOUDEND: "blijft gelijk",
    Trend.AFNEMEND: "neemt af",
    Trend.WISSELEND: "wisselt",
    Trend.STIL: "stil",
    Trend.BEEINDIGD: "beëindigd",
}

SOORTEN: Mapping[Soort, str] = {Soort.WONING: "woning", Soort.GEBIED: "meer adressen"}
"""What pages call it: *gebied* is the area of a gebiedsteam there."""

SOORTOORDELEN: Mapping[Soortoordeel, str] = {
    Soortoordeel.WONING: "woning",
    Soortoordeel.MOGELIJK_WONING: "mogelijk woning",
    Soortoordeel.GEBIED: SOORTEN[Soort.GEBIED],
}
"""The same, of one place: with how sure that is."""

MOST_CERTAIN = 0.99
"""What is said of a certainty that rounds to all: that a place is one dwelling is never certain."""

INDICATIES: Mapping[Indicatie, str] = {
    Indicatie.VEILIGHEID: "veiligheid",
    Indicatie.LEEFBAARHEID: "leefbaarheid",
    Indicatie.ONBEPAALD: "nog niet duidelijk",
}

AARDEN: Mapping[Aard, str] = {
    Aard.DRUGS: "vooral drugs",
    Aard.PERSONEN: "vooral personen",
    Aard.GEMENGD: "drugs en personen",
    Aard.ONBEKEND: "niet bekend",
}
"""What the reports of a place are about."""

STATUSES: Mapping[Status, str] = {status: status.value for status in Status}


def day(value: date) -> str:
    """A date in words.

    Examples
    --------
    >>> day(date(2023, 12, 31))
    '31 december 2023'
    """
    return _date(value, "d MMMM y")


def day_and_time(value: datetime, zone: tzinfo | None) -> str:
    """A moment in words, by the clock of a place.

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> day_and_time(datetime.fromisoformat("2023-12-31T23:30:00+00:00"), ZoneInfo("Europe/Amsterdam"))
    '1 januari 2024 om 00:30'
    """
    local = value.astimezone(zone)
    return f"{day(local.date())} om {local:%H:%M}"


def short_day(value: date) -> str:
    """A date in figures, for tables.

    Examples
    --------
    >>> short_day(date(2023, 3, 4))
    '4-3-2023'
    """
    return _date(value, "d-M-y")


def weekday(value: date) -> str:
    """The day of the week.

    Examples
    --------
    >>> weekday(date(2023, 12, 31))
    'zondag'
    """
    return _date(value, "EEEE")


def month(value: date) -> str:
    """The month of a day, in full.

    Examples
    --------
    >>> month(date(2023, 3, 4))
    'maart'
    """
    return _date(value, "MMMM")


def short_month(value: date) -> str:
    """The month of a day, in three letters.

    Examples
    --------
    >>> short_month(date(2023, 3, 4))
    'mrt'
    """
    return _date(value, "MMM")


def week(value: date) -> str:
    """The ISO week of a day.

    Examples
    --------
    >>> week(date(2024, 12, 30))
    'week 1 van 2025'
    """
    year, number, _ = value.isocalendar()
    return f"week {number} van {year}"


def week_code(peildatum: date) -> str:
    """Give an ISO week as the command line writes it.

    Examples
    --------
    >>> week_code(date(2023, 12, 3)), week_code(date(2024, 12, 31))
    ('2023-W48', '2025-W01')
    """
    year, number, _ = peildatum.isocalendar()
    return f"{year}-W{number:02}"


def quarter(first: date) -> str:
    """A quarter by its first day, as pages write it.

    Examples
    --------
    >>> quarter(date(2023, 10, 1))
    'vierde kwartaal van 2023'
    """
    return f"{('eerste', 'tweede', 'derde', 'vierde')[first.month // 3]} kwartaal van {first.year}"


def quarter_code(value: date) -> str:
    """Give the quarter of a day as addresses and files write it.

    Examples
    --------
    >>> quarter_code(date(2023, 7, 1)), quarter_code(date(2023, 12, 31))
    ('2023-Q3', '2023-Q4')
    """
    return f"{value.year}-Q{(value.month + 2) // 3}"


def number(value: float | None, decimals: int = 0) -> str:
    """A number with a decimal comma and a point per thousand; a dash if unknown.

    Examples
    --------
    >>> number(1234.5, 1), number(None)
    ('1.234,5', '–')
    """
    # by its text, as minus nought is another number and yet equal
    return "–" if value is None else _number(repr(float(value)), decimals)


def percentage(share: float, decimals: int = 0) -> str:
    """A share of 1 in percent.

    Examples
    --------
    >>> percentage(0.29), percentage(0.0003, 2)
    ('29%', '0,03%')
    """
    return f"{number(100 * share, decimals)}%"


def how_rarely(days: float) -> str:
    """How rarely something comes by, of which this is the average number of days in between.

    Examples
    --------
    >>> [how_rarely(days) for days in (90, 800, 20_000, 7_000_000)]
    ['eens in 90 dagen', 'eens in 2 jaar', 'eens in 55 jaar', 'minder dan eens in de duizend jaar']
    """
    years = days / 365.25
    if years < 1:
        return f"eens in {count(max(1, round(days)), 'dag', 'dagen')}"
    if years > 1000:
        return "minder dan eens in de duizend jaar"
    return f"eens in {number(round(years))} jaar"


def count(value: int, one: str, more: str) -> str:
    """A count with its word.

    Examples
    --------
    >>> count(1, "melding", "meldingen"), count(12, "melding", "meldingen")
    ('1 melding', '12 meldingen')
    """
    return f"{number(value)} {one if value == 1 else more}"


def listed(names: Sequence[str]) -> str:
    """One or more names in a sentence.

    Examples
    --------
    >>> listed(["Wyck"]), listed(["Wyck", "Mariaberg", "Pottenberg"])
    ('Wyck', 'Wyck, Mariaberg en Pottenberg')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} en {names[-1]}"


def lower_first(text: str) -> str:
    """A title as it goes on within a sentence.

    Examples
    --------
    >>> lower_first("Derde kwartaal van 2023")
    'derde kwartaal van 2023'
    """
    return text[:1].lower() + text[1:]


@lru_cache(maxsize=10_000)
def _number(value: str, decimals: int) -> str:
    from babel.numbers import format_decimal

    form = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
    # of a float Babel takes the shortest text, and would round 1.015 up, which is a little less
    return format_decimal(Decimal(float(value)), form, locale=LOCALE)


@lru_cache(maxsize=10_000)
def _date(value: date, form: str) -> str:
    from babel.dates import format_date

    return format_date(value, form, locale=LOCALE)


YEARS = range(1900, 2200)
"""In which a day can lie: weeks and periods are counted from it, which needs room on both sides."""


def day_of(text: str) -> date:
    """Read a day as it is typed.

    Raises
    ------
    ValueError
        If it is none such as 2023-12-31, or does not lie in :data:`YEARS`.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"wanted a day such as 2023-12-31, found '{text}'") from None
    if day.year not in YEARS:
        raise ValueError(f"wanted a day from {YEARS[0]} to {YEARS[-1]}, found '{text}'")
    return day


def last_day_of(code: str) -> date:
    """Give the Sunday of an ISO week such as ``2023-W48``.

    Raises
    ------
    ValueError
        If the text is no ISO week.

    Examples
    --------
    >>> last_day_of("2023-W48")
    datetime.date(2023, 12, 3)
    """
    return day_of(f"{code}-7")
