"""Times as sources write them, read in the one order of day and month that a file has.

A date such as 04-02-2023 can be read in two ways; which one is right is a matter of the whole file. Every
date of which only one order is possible (14-03, 03/14) is a proof, and they are counted: a file that proves
another order than its mapping says is refused as a whole, as all its other dates would be wrong in silence.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hotspots.errors import UnreadableFileError
from hotspots.files.values import number
from hotspots.intake.scrubbing import scrub

EXCEL_START = datetime(1899, 12, 30)  # noqa: DTZ001  # serial day 0, in the local time of the sheet
EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119: other numbers are no dates
LONGEST_SHOWN = 40
"""Of what is meant as a time: a longer text is not repeated in the reason."""

MAX_SHARE_OF_OTHER_ORDER = 0.01
"""Of the dates that prove an order: with more of the other one, a file has no order; with fewer, a few rows
are wrong, and these are refused one by one."""

MONTHS = 12
LEAST_OF_EACH_HALF = 4
"""Dates of each notation that show that a spreadsheet took one half of them: by chance that is one in 300."""

DAYS_REMEMBERED = 4096
"""Days of which the offset from UTC is remembered while a file is read."""

_IN_DUTCH = {"day": "de dag", "month": "de maand"}

TWICE = "tijd in het uur dat twee keer voorkomt: gelezen als het eerste (zomertijd)"
NEVER = "tijd in het uur dat niet bestaat (ingang zomertijd): gelezen als een uur later"
_UNPROVEN = "datum zonder bewijs in het bestand van wat de dag en wat de maand is: gelezen met de"
UNPROVEN_DAY_FIRST, UNPROVEN_MONTH_FIRST = f"{_UNPROVEN} dag eerst", f"{_UNPROVEN} maand eerst"
WITHOUT_HOUR = "datum zonder uur: de dag telt, het uur niet"

_PART_OF_AN_HOUR = re.compile(r"[T ]\d{2}(?::?\d{2})?[.,]\d")
"""Python takes 35 in 21.35 for parts of a second; people mean minutes, ISO 8601 a part of the hour."""
_CLOCK = re.compile(r"[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?")
_ISO = re.compile(rf"\d{{4}}-\d{{2}}-\d{{2}}{_CLOCK.pattern}")
_DAY, _LONGEST_ISO = len("2023-03-14"), len("2023-03-14T21:35:10.123456")
_ANY_DAY = datetime(2000, 1, 1)  # noqa: DTZ001  # only its clock is looked at
_NUMBERED = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{2,4})(?!\d)")
_DATE_LIKE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ]+\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?: ?[AaPp][Mm])?)?"
)
_HAS_HOUR = re.compile("%[HIcXT]")
_TIME_WORDS = frozenset(
    re.findall(
        r"\w+",
        "vorige afgelopen laatste weekend last "
        "t z utc uur om op van half kwart voor over am pm vandaag gisteren eergisteren vanavond vannacht "
        "vanmorgen vanmiddag avond nacht ochtend middag morgen week maand jaar yesterday today "
        "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma di wo do vr za zo "
        "monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun "
        "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    )
)
_MONTHS = frozenset(  # among them are names, so not by themselves
    re.findall(
        r"\w+",
        "januari februari maart april mei juni juli augustus september oktober november december "
        "jan feb mrt apr jun jul aug sep sept okt nov dec january february march may june july august "
        "october mar oct januar februar märz mai dezember",
    )
)


class Moment(NamedTuple):
    """A time as it is read: aware, in UTC; without an hour it is the start of its local day."""

    at: datetime
    has_hour: bool


@lru_cache(maxsize=DAYS_REMEMBERED)
def _clock_of(text: str) -> timedelta | None:
    """How long after the start of its day what follows a day in whole ISO notation is; None for any other."""
    if not _CLOCK.fullmatch(text):
        return None
    try:
        found = datetime.fromisoformat(f"2000-01-01{text}")
    except ValueError:
        return None
    return found - _ANY_DAY


@dataclass
class TimeReader:
    """Reads times by the formats of a mapping, and counts what proves the order of day and month.

    Parameters
    ----------
    formats
        strptime formats, "iso" or "excel", tried in this order. A time in whole ISO notation is always read.
    zone
        Of times without one.
    notes
        Where what had to be interpreted is counted.
    """

    formats: Sequence[str]
    zone: ZoneInfo
    notes: Counter[str]
    as_mapped: int = 0  # dates that prove the order of the formats,
    other_order: int = 0  # that prove the other one,
    either_order: int = 0  # and that can be read in both
    first_of_other_order: str = ""
    early_days: int = 0  # dates written in another way (ISO, a serial number) of day 1 to 12 of a month,
    late_days: int = 0  # and of a later day

    def __post_init__(self) -> None:
        """See which order of day and month the formats have."""
        ordered = (form for form in self.formats if form[:2] in ("%d", "%m"))
        self._day_first = next(ordered, "%d")[:2] == "%d"
        # whole ISO notation has one meaning, unless a format says otherwise, and is quicker to read as such
        is_other = any(form.startswith("%Y-%d") for form in self.formats)
        self._forms_of_iso = (*self.formats, "iso") if is_other else ("iso", *self.formats)
        self._is_iso_first = not is_other
        self._offset_of = lru_cache(maxsize=DAYS_REMEMBERED)(self._only_offset_of)
        self._start_of = lru_cache(maxsize=DAYS_REMEMBERED)(self._only_start_of)

    def read(self, text: str) -> Moment | None:
        """Read a time; None if it is none."""
        if not text:
            return None
        if (at := self.plain([text])[0]) is not None:
            self.count_plain([text])
            return Moment(at, has_hour=True)
        for form in self._forms_of_iso if _ISO.fullmatch(text) else self.formats:
            found = parsed_time(text, form)
            if found is None:
                continue
            try:
                at = found.astimezone(UTC) if found.tzinfo else self._zoned(found)
            except OverflowError:  # the last day of the year 9999, or the first of the year 1
                return None
            self._count_proof(text)
            if not _NUMBERED.match(text):
                self.early_days += found.day <= MONTHS
                self.late_days += found.day > MONTHS
            return Moment(at, _has_hour(text, form))
        self._count_proof(text)
        return None

    def plain(self, texts: Sequence[str]) -> list[datetime | None]:
        """Read what most sources write, in UTC: whole ISO notation of an hour that is there once.

        None for any other, and for all of them where a format gives that notation another meaning. What is
        read is not counted yet.
        """
        if not self._is_iso_first:
            return [None] * len(texts)
        starts = [self._start_of(text[:_DAY]) for text in texts]
        clocks = [_clock_of(text[_DAY:]) if len(text) <= _LONGEST_ISO else None for text in texts]
        return [
            None if start is None or clock is None else start + clock
            for start, clock in zip(starts, clocks, strict=True)
        ]

    def count_plain(self, texts: Sequence[str]) -> None:
        """Count what was read as plain for the proof of an order."""
        early = sum(text[_DAY - 2 : _DAY] <= str(MONTHS) for text in texts)
        self.early_days += early
        self.late_days += len(texts) - early

    def _only_start_of(self, text: str) -> datetime | None:
        """The start, in UTC, of a day in whole ISO notation on which no clock is changed; else None."""
        try:
            start = datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007  # the zone is added below
        except ValueError:
            return None
        offset = self._offset_of(start.date())
        is_whole = len(text) == _DAY and text.isascii()
        if not is_whole or offset is None or start.year in (MINYEAR, MAXYEAR):
            return None
        return (start - offset).replace(tzinfo=UTC)

    def is_like_time(self, written: str) -> bool:
        """Whether it is nothing, a time, or what someone meant as a time."""
        forms = (*self.formats, "iso")
        is_time = any(parsed_time(written, form) is not None for form in forms)
        return not written or is_time or _is_meant_as_time(written)

    def require_one_order(self, name: str) -> None:
        """Refuse a file whose dates are not written in the order of the mapping; tell it if none proves one.

        Raises
        ------
        UnreadableFileError
            Naming a date that shows it, and the format to put in the mapping.
        """
        other, right = self.other_order, self.as_mapped
        self._require_no_half(name)
        if self.either_order and not other + right:
            self.notes[UNPROVEN_DAY_FIRST if self._day_first else UNPROVEN_MONTH_FIRST] += self.either_order
        if not self.either_order or other <= MAX_SHARE_OF_OTHER_ORDER * (other + right):
            return  # no date can be read wrongly, or a few rows are wrong: those are refused by themselves
        wanted, found = ("day", "month") if self._day_first else ("month", "day")
        shown = self.first_of_other_order
        if right:
            raise UnreadableFileError(
                f"'{name}' writes some dates with the {wanted} first ({right}) and others with the {found} "
                f"first ({other}, such as '{shown}'): wanted one order in a file; export it anew",
                f"De datums staan in twee volgordes: soms de dag eerst, soms de maand (zoals '{shown}'). "
                "Maak de export opnieuw, met één volgorde.",
            )
        raise UnreadableFileError(
            f"'{name}' writes its dates with the {found} first (such as '{shown}'): wanted the {wanted} "
            "first, as in dates.formats of the mapping; export it anew, or put such a format there",
            f"De datums hebben {_IN_DUTCH[found]} eerst (zoals '{shown}'), en deze bron "
            f"{_IN_DUTCH[wanted]}. Maak de export opnieuw.",
        )

    def _require_no_half(self, name: str) -> None:
        """Refuse a file of which a spreadsheet with another order took half: those of day 1 to 12 became
        dates, with day and month exchanged, and all others stayed as they were written."""
        left = self.as_mapped + self.other_order
        if self.either_order or self.late_days or min(self.early_days, left) < LEAST_OF_EACH_HALF:
            return
        raise UnreadableFileError(
            f"'{name}' has dates of day 1 to 12 of a month in one notation ({self.early_days}) and all later "
            f"days in another ({left}): a spreadsheet exchanged day and month of the first; export it anew, "
            "and don't open it in a spreadsheet",
            "De datums tot en met dag 12 van een maand zijn anders geschreven dan de andere: een spreadsheet "
            "heeft daarin dag en maand verwisseld. Maak de export opnieuw en open hem niet in Excel.",
        )

    def _count_proof(self, text: str) -> None:
        parts = _NUMBERED.match(text)
        if parts is None:
            return
        first, second = int(parts[1]), int(parts[2])
        if max(first, second) > 31 or min(first, second) > 12:
            return
        if max(first, second) <= 12:
            self.either_order += first != second
        elif (first > 12) == self._day_first:
            self.as_mapped += 1
        else:
            self.other_order += 1
            self.first_of_other_order = self.first_of_other_order or parts[0]

    def _zoned(self, naive: datetime) -> datetime:
        offset = self._offset_of(naive.date())
        if offset is not None:
            return (naive - offset).replace(tzinfo=UTC)
        moment = naive.replace(tzinfo=self.zone)
        utc = moment.astimezone(UTC)
        if moment.utcoffset() != moment.replace(fold=1).utcoffset():
            is_there = utc.astimezone(self.zone).replace(tzinfo=None) == naive
            self.notes[TWICE if is_there else NEVER] += 1
        return utc

    def _only_offset_of(self, day: date) -> timedelta | None:
        """How far the clock is from UTC on a local day; None if that changes on it."""
        moments = [
            datetime.combine(day, clock, self.zone).replace(fold=fold)
            for clock in (time.min, time(12), time.max)
            for fold in (0, 1)
        ]
        offsets = {moment.utcoffset() for moment in moments}
        return offsets.pop() if len(offsets) == 1 else None


def parsed_time(text: str, form: str) -> datetime | None:
    """Read a time by a strptime format, "iso" or "excel" (days since 1899-12-30); None if it does not fit.

    Examples
    --------
    >>> parsed_time("2023-03-14 21:35", "%Y-%m-%d %H:%M")
    datetime.datetime(2023, 3, 14, 21, 35)
    >>> parsed_time("44999,9", "excel")
    datetime.datetime(2023, 3, 14, 21, 36)
    >>> parsed_time("14-03-2023", "iso") is None
    True
    """
    text = text.strip()
    if not text:
        return None
    try:
        if form == "iso":
            return datetime.fromisoformat(text) if "-" in text and not _PART_OF_AN_HOUR.search(text) else None
        if form == "excel":
            days = number(text).value
            if not EXCEL_DAYS[0] <= days <= EXCEL_DAYS[1]:
                return None
            return EXCEL_START + timedelta(seconds=round(days * 86_400))
        return datetime.strptime(text, form)  # noqa: DTZ007  # the zone is added where it is known
    except (ValueError, OverflowError):
        return None


def _has_hour(text: str, form: str) -> bool:
    if form == "excel":
        return number(text).value % 1 != 0
    return ":" in text or "T" in text if form == "iso" else _HAS_HOUR.search(form) is not None


def _is_meant_as_time(written: str) -> bool:
    """Whether it has no word but those of times, and no number that is long, or stands by itself.

    Examples
    --------
    >>> [_is_meant_as_time(text) for text in ("gisteren", "03/14/2023", "12,5", "30 feb 2023")]
    [True, True, True, True]
    >>> [_is_meant_as_time(text) for text in ("KLANT-77", "4711", "06-87654321", "mail jan", "043 350 40 40")]
    [False, False, False, False, False]
    """
    words, numbers = re.findall(r"[^\W\d_]+", written.casefold()), re.findall(r"\d+", written)
    if len(written) > LONGEST_SHOWN or not (_TIME_WORDS | _MONTHS).issuperset(words):
        return False
    if re.search(r"[^\w\s.,:/+'-]|_", written):
        return False
    if _DATE_LIKE.fullmatch(written):
        return True
    if scrub(written) != written or any(len(figures) > 4 for figures in numbers):
        return False
    is_small = re.fullmatch(r"\d{1,2}(?:[.,]\d{1,3})?", written) is not None
    is_told = bool(words) and (bool(numbers) or _TIME_WORDS.issuperset(words))
    return is_told or len(numbers) > 2 or ":" in written or is_small
