"""How pages and reports write dates, numbers and the words of the domain: plain Dutch."""

from collections.abc import Mapping
from datetime import date

from hotspots.model import Indicatie, Soort, Status, Trend

MONTHS = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)

TRENDS: Mapping[Trend, str] = {
    Trend.NIEUW: "nieuw",
    Trend.TOENEMEND: "neemt toe",
    Trend.AANHOUDEND: "blijft gelijk",
    Trend.AFNEMEND: "neemt af",
    Trend.WISSELEND: "wisselt",
    Trend.STIL: "stil",
    Trend.BEEINDIGD: "beëindigd",
}

SOORTEN: Mapping[Soort, str] = {Soort.WONING: "woning", Soort.GEBIED: "gebied"}

INDICATIES: Mapping[Indicatie, str] = {
    Indicatie.VEILIGHEID: "veiligheid",
    Indicatie.LEEFBAARHEID: "leefbaarheid",
    Indicatie.ONBEPAALD: "nog niet duidelijk",
}

STATUSES: Mapping[Status, str] = {status: status.value for status in Status}


def day(value: date) -> str:
    """A date in words.

    Examples
    --------
    >>> day(date(2023, 12, 31))
    '31 december 2023'
    """
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def week(value: date) -> str:
    """The ISO week of a day.

    Examples
    --------
    >>> week(date(2024, 12, 30))
    'week 1 van 2025'
    """
    year, number, _ = value.isocalendar()
    return f"week {number} van {year}"


def number(value: float | None, decimals: int = 0) -> str:
    """A number with a decimal comma and a point per thousand; a dash if unknown.

    Examples
    --------
    >>> number(1234.5, 1), number(None)
    ('1.234,5', '–')
    """
    if value is None:
        return "–"
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))


def count(value: int, one: str, more: str) -> str:
    """A count with its word.

    Examples
    --------
    >>> count(1, "melding", "meldingen"), count(12, "melding", "meldingen")
    ('1 melding', '12 meldingen')
    """
    return f"{number(value)} {one if value == 1 else more}"


def lower_first(text: str) -> str:
    """A title as it goes on within a sentence.

    Examples
    --------
    >>> lower_first("Derde kwartaal van 2023")
    'derde kwartaal van 2023'
    """
    return text[:1].lower() + text[1:]
