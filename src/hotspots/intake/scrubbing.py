"""Scrubbing: what points at a person is taken out of texts, addresses and file names at the door.

Each mark is replaced by what it was between square brackets, such as ``[telefoon]``, so that the sentence
stays readable. Taken out are e-mail addresses (also *jan apenstaartje voorbeeld.nl*), links, IBANs of 21
countries, citizen service numbers (BSN), Dutch and international telephone numbers (also local ones after
*tel*), Dutch, Belgian, German and French licence plates and others after *kenteken*, dates of birth after a
cue word or in the last century, handles such as ``@naam`` (:mod:`hotspots.intake.person_marks`), names after
a cue word such as *meneer* or *genaamd* (:mod:`hotspots.intake.name_cues`), names by lists and by what stands
around them (:mod:`hotspots.intake.names`), and where somebody lives (:mod:`hotspots.intake.dwelling_marks`).

Limits: a rare name or a surname without a cue word before it stays, and so does a nickname or what describes
a person. So texts stand apart, need their own right to be read, and are kept only for their period.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec

from hotspots.intake.dwelling_marks import MARKS_OF_DWELLINGS
from hotspots.intake.marks import Mark
from hotspots.intake.name_lists import name_lists
from hotspots.intake.names import SIGNS_OF_NAMES, without_names
from hotspots.intake.person_marks import MARKS, MARKS_IN_ADDRESSES
from hotspots.intake.plain_spelling import AsRead
from hotspots.intake.possible_marks import PossibleMarks

WITHHELD = "[achtergehouden]"
"""Stands in the place of a text in which marks could not be looked for."""

_Others = ParamSpec("_Others")


def withholding(
    clean: Callable[Concatenate[str, _Others], str],
) -> Callable[Concatenate[str, _Others], str]:
    """Let a text on which its cleaning fails be withheld: it stops nothing, and nobody reads it."""

    @wraps(clean)
    def cleaned(text: str, /, *args: _Others.args, **kwargs: _Others.kwargs) -> str:
        try:
            return clean(text, *args, **kwargs)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - whatever a citizen's text may do, it never stops the others
            return WITHHELD

    return cleaned


_POSSIBLE_MARKS = PossibleMarks([*MARKS, *MARKS_IN_ADDRESSES, *MARKS_OF_DWELLINGS, *SIGNS_OF_NAMES])


class _InOrder:
    """Marks in the order in which they are looked for."""

    def __init__(self, marks: Iterable[Mark]) -> None:
        self.place = {mark: place for place, mark in enumerate(marks)}
        self.among = lru_cache(maxsize=4096)(self._among)

    def _among(self, possible: frozenset[Mark]) -> list[Mark]:
        return sorted(possible & self.place.keys(), key=self.place.__getitem__)


_MARKS, _IN_ADDRESSES, _OF_DWELLINGS = map(_InOrder, (MARKS, MARKS_IN_ADDRESSES, MARKS_OF_DWELLINGS))


def _without(wanted: _InOrder, text: AsRead) -> AsRead:
    """Take each mark out; what is left is looked at anew for those that come after it."""
    marks, done = wanted.among(_POSSIBLE_MARKS.among(text)), -1
    while marks:
        mark, *marks = marks
        if wanted.place[mark] > done and (changed := mark.take_out(text)) is not text:
            text, done = changed, wanted.place[mark]
            marks = wanted.among(_POSSIBLE_MARKS.among(text))
    return text


_MOST_PASSES = 4
"""What was taken out can be the cue of what follows: *meneer Jansen, Pieters* becomes *meneer [naam], …*."""


def _without_any(wanted: _InOrder, text: str) -> str:
    """Take marks out until none is left: what stood against one may be seen only without it."""
    read = AsRead(text)
    for _ in range(_MOST_PASSES):
        before, read = read, _without(wanted, read)
        if read is before:
            break
    return read.written


@withholding
def scrub_address(text: str) -> str:
    """Take out of an address what belongs to no address; streets that are named after people stay.

    Examples
    --------
    >>> scrub_address("Heer Bokelweg 12, bij meneer Jansen, 06-12345678")
    'Heer Bokelweg 12, bij meneer [naam], [telefoon]'
    """
    return _without_any(_IN_ADDRESSES, text)


_NEAR_A_STREET = re.compile(r"(?i)^[^,\d]*?\bbij\s")


@withholding
def scrub_street(street: str, *, has_number: bool) -> str:
    """Take out of the field of a street, or of a town, what belongs to none.

    Parameters
    ----------
    has_number
        Whether a house number stands in a field of its own, so that it is a street that the place is near.

    Examples
    --------
    >>> scrub_street("bij Appelgaarde", has_number=True), scrub_street("bij Jansen", has_number=False)
    ('bij Appelgaarde', 'bij [naam]')
    """
    if has_number and _NEAR_A_STREET.search(street):
        return scrub_address(f"{street} 1").removesuffix(" 1")
    return scrub_address(street)


_IN_FILE_NAMES = _InOrder(mark for mark in MARKS if mark.name in {"naam", "e-mail", "telefoon"})


@withholding
def scrub_file_name(name: str) -> str:
    """Take out of the name of a file whom it names; numbers stay, as most are a date.

    Examples
    --------
    >>> scrub_file_name("export-20231120.csv"), scrub_file_name("van jan@voorbeeld.nl, bel 06-12345678.csv")
    ('export-20231120.csv', 'van [e-mail], bel [telefoon].csv')
    """
    return _without_any(_IN_FILE_NAMES, name)


_SPELT = re.compile(r"[^\W\d_]{3}|[\s@]|^\W?[+(0]|[/_;,]0\d{1,3}-")
_BETWEEN_PIECES = re.compile(r"[/_;,]")
_LAST_FIGURES = re.compile(r"[\W_]+\d{1,3}\W?$")
_WORDS = re.compile(r"(?:[^\W\d_]\.\s?|[^\W\d_]\s|[^\W\d_]{2,}[.,]?\s+)[^\W\d_'’]{2,}")
_PARTS = re.compile(r"[A-ZÀ-Þ]?[a-zß-ÿ]+|[A-ZÀ-Þ]+(?![a-zß-ÿ])")
_TOLD = re.compile(
    r"(?:bsn|sofi|burgerservice(?:nummer)?|tel|telefoon|telnr|mob|mobiel|gsm|whatsapp|app|bel|iban|kenteken)"
    r"(?:nr|nummer)?[\s:._#=-]{0,3}(?=[^\d]{0,8}(?:\d[\s.-]?){4})",
    re.IGNORECASE,
)
_TITLED = re.compile(r"(?i:fam|familie|dhr|mevr|mw|mvr|meneer|mevrouw)[\s._:-]{1,3}[^\W\d_]{3}")
_LONGEST_NUMBER = 400
_SURE_MARKS = _InOrder(
    mark
    for mark in MARKS
    if mark.name in {"e-mail", "rekening", "link"} or (mark.name == "account" and "@" in mark.words)
)
_TELEPHONE = next(mark for mark in MARKS if mark.name == "telefoon")


def names_a_person(source_id: str) -> bool:
    """Whether the number of a report at its source looks like a name, an e-mail address or a telephone.

    Words with a blank between them are like a name, and so are a given name and another word, however they
    are joined. A number is like that of a telephone when it is written as one, with its signs or a plus, or
    says to be one.

    Examples
    --------
    >>> [names_a_person(text) for text in ("Jan Jansen", "j@voorbeeld.nl", "06-12345678", "+31612345678")]
    [True, True, True, True]
    >>> [names_a_person(text) for text in ("Jan_Jansen", "samira-2", "tel:0612345678", "BSN123456782")]
    [True, True, True, True]
    >>> [names_a_person(text) for text in ("M-1", "MLD 2023 001", "SIA-123", "111222333", "0612345678")]
    [False, False, False, False, False]
    """
    if _SHORT_NUMBER.fullmatch(source_id):
        return _may_name_a_person(source_id.translate(_ALL_ONES))
    return _names_a_person(source_id[:_LONGEST_NUMBER])


def _names_a_person(source_id: str) -> bool:
    if source_id.isdecimal() or not _SPELT.search(source_id):
        return False
    if (
        _TITLED.match(source_id)
        or _WORDS.search(source_id)
        or _TOLD.match(source_id)
        or _holds_a_name(source_id)
    ):
        return True
    if _without(_SURE_MARKS, AsRead(source_id)).written != source_id:
        return True
    pieces = (_LAST_FIGURES.sub("", source_id), *_BETWEEN_PIECES.split(source_id))
    parts = (source_id, *source_id.split(), *(piece for piece in pieces if not piece.isdecimal()))
    return any(_TELEPHONE.pattern.fullmatch(part) for part in parts)


_may_name_a_person = lru_cache(maxsize=4096)(_names_a_person)
"""Of a short number with letters before it, of which the figures don't matter: it is no telephone number."""

_SHORT_NUMBER = re.compile(r"[A-Za-z]{1,8}[-_]?[0-9]{1,4}(?:[-_][0-9]{1,5})?")
_ALL_ONES = str.maketrans("023456789", "1" * 9)

_SHORTEST_ALONE = 4
"""Letters; a shorter given name may be what a system begins its numbers with."""


def _holds_a_name(source_id: str) -> bool:
    parts = [part.casefold() for part in _PARTS.findall(source_id) if len(part) > 1]
    lists = name_lists()
    names = [part for part in parts if part in lists.given]
    return any(len(name) >= _SHORTEST_ALONE for name in names) or (bool(names) and len(parts) > 1)


@withholding
def scrub(text: str, places: frozenset[str] = frozenset()) -> str:
    """Replace in a text what points at a person by its kind between brackets; again, that changes nothing.

    Parameters
    ----------
    places
        Names of streets, areas and houses in small letters, which are no persons.

    Examples
    --------
    >>> scrub("Mijn buurman Jan Jansen dealt, bel 06-12345678 of mail jan@voorbeeld.nl")
    'Mijn buurman [naam] dealt, bel [telefoon] of mail [e-mail]'
    >>> scrub("auto XX-99-99 staat er om 22:30, al 3 weken")
    'auto [kenteken] staat er om 22:30, al 3 weken'
    """
    return _scrubbed_before(text, places) if len(text) <= REMEMBERED else _scrubbed(text, places)


REMEMBERED = 300
"""Characters of a text that is; one that is sent more than once is mostly short. They take 4 MB at most."""


def _scrubbed(text: str, places: frozenset[str]) -> str:
    read, nameless = AsRead(text), None
    for _ in range(_MOST_PASSES):
        before, read = read, _without(_MARKS, read)
        if read is not nameless:
            named, read = read, without_names(read, places)
            nameless = named if read is named else None
        read = _without(_OF_DWELLINGS, read)
        if read is before:
            break
    return read.written


_scrubbed_before = lru_cache(maxsize=4096)(_scrubbed)
