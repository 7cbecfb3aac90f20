"""Scrubbing: what points at a person is taken out of texts, addresses and file names at the door.

Each mark is replaced by what it was between square brackets, such as ``[telefoon]``, so that the sentence
stays readable. Taken out are e-mail addresses (also *jan apenstaartje voorbeeld.nl*), links, IBANs of 21
countries, citizen service numbers (BSN), Dutch and international telephone numbers (also local ones after
*tel*), Dutch, Belgian and German licence plates and others after *kenteken*, dates of birth after a cue word
or in the last century, handles such as ``@naam``, and names after a cue word such as *meneer*, *mijn
buurman*, *genaamd* or *groetjes* (see :mod:`hotspots.intake.person_marks`).

Limits: a name without a cue word before it stays, in small letters also after most cue words, and so does a
description of a person. So texts stand apart, need their own right to be read, and are kept only for their
period.
"""

import re
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from hotspots.intake.person_marks import MARKS, MARKS_IN_ADDRESSES

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


@withholding
def scrub_address(text: str) -> str:
    """Take out of an address what belongs to no address; streets that are named after people stay.

    Examples
    --------
    >>> scrub_address("Heer Bokelweg 12, bij meneer Jansen, 06-12345678")
    'Heer Bokelweg 12, bij meneer [naam], [telefoon]'
    """
    for mark in MARKS_IN_ADDRESSES:
        text = mark.take_out(text)
    return text


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


@withholding
def scrub_file_name(name: str) -> str:
    """Take out of the name of a file whom it names; numbers stay, as most are a date.

    Examples
    --------
    >>> scrub_file_name("export-20231120.csv"), scrub_file_name("van jan@voorbeeld.nl, bel 06-12345678.csv")
    ('export-20231120.csv', 'van [e-mail], bel [telefoon].csv')
    """
    for mark in MARKS:
        if mark.name in {"naam", "e-mail", "telefoon"}:
            name = mark.take_out(name)
    return name


_SPELT = re.compile(r"[\s@]|^\W?[+(0]")
_WORDS = re.compile(r"(?:[^\W\d_]\.\s?|[^\W\d_]\s|[^\W\d_]{2,}[.,]?\s+)[^\W\d_'’]{2,}")
_MAIL, _TELEPHONE = MARKS[0], next(mark for mark in MARKS if mark.name == "telefoon")


def names_a_person(source_id: str) -> bool:
    """Whether the number of a report at its source looks like a name, an e-mail address or a telephone.

    Words with a blank between them are like a name; a number is like that of a telephone only when it is
    written as one, with its signs or a plus.

    Examples
    --------
    >>> [names_a_person(text) for text in ("Jan Jansen", "j@voorbeeld.nl", "06-12345678", "+31612345678")]
    [True, True, True, True]
    >>> [names_a_person(text) for text in ("M-1", "MLD 2023 001", "SIA-123", "111222333", "0612345678")]
    [False, False, False, False, False]
    """
    if not _SPELT.search(source_id):
        return False
    if _WORDS.search(source_id) or _MAIL.pattern.search(source_id):
        return True
    return not source_id.isdecimal() and any(
        _TELEPHONE.pattern.fullmatch(part) for part in (source_id, *source_id.split())
    )


@withholding
def scrub(text: str) -> str:
    """Replace in a text what points at a person by its kind between brackets; again, that changes nothing.

    Examples
    --------
    >>> scrub("Mijn buurman Jan Jansen dealt, bel 06-12345678 of mail jan@voorbeeld.nl")
    'Mijn buurman [naam] dealt, bel [telefoon] of mail [e-mail]'
    >>> scrub("auto XX-99-99 staat er om 22:30, al 3 weken")
    'auto [kenteken] staat er om 22:30, al 3 weken'
    """
    for mark in MARKS:
        text = mark.take_out(text)
    return text
