"""What must not be kept of a report's text: marks that point at a person are taken out at the door.

Each is replaced by what it was between square brackets, such as ``[telefoon]``, so that the sentence stays
readable. Taken out are e-mail addresses, links, IBANs (ISO 13616, checked modulo 97), citizen service numbers
(BSN, checked by the eleven-test), Dutch, Belgian and German telephone numbers, Dutch and Belgian licence
plates, dates of birth after a cue word, handles such as ``@naam``, and names after a cue word such as
*meneer*, *mijn buurman* or *genaamd*.

Limits: a name without a cue word before it stays, and so does a description of a person. So texts stand
apart, need their own right to be read, and are kept only for their period.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """A kind of text that points at a person."""

    name: str  # what stands in its place, in Dutch
    pattern: re.Pattern[str]
    is_meant: Callable[[str], bool] = lambda _: True  # a check beyond the shape
    needs: re.Pattern[str] | None = None  # what no such mark is without, and quickly seen to be absent


def is_bsn(text: str) -> bool:
    """Whether eight or nine digits are a citizen service number by its eleven-test.

    Weights 9 to 2 and −1 for the last digit; the sum is a multiple of eleven (Regeling BSN).

    Examples
    --------
    >>> is_bsn("111222333"), is_bsn("123456789"), is_bsn("000000000")
    (True, False, False)
    """
    digits = [int(character) for character in text if character.isdecimal()]
    if len(digits) not in {8, 9} or not any(digits):
        return False
    digits = [0] * (9 - len(digits)) + digits
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(weight * digit for weight, digit in zip(weights, digits, strict=True)) % 11 == 0


def is_iban(text: str) -> bool:
    """Whether a text is an account number by ISO 13616: letters as numbers, modulo 97 is one.

    Examples
    --------
    >>> is_iban("NL91 ABNA 0417 1643 00"), is_iban("NL92 ABNA 0417 1643 00")
    (True, False)
    """
    compact = re.sub(r"[\s.-]", "", text).upper()
    if not 15 <= len(compact) <= 34:
        return False
    return int("".join(str(int(character, 36)) for character in compact[4:] + compact[:4])) % 97 == 1


PLATES = (
    *("XX-99-99", "99-99-XX", "99-XX-99", "XX-99-XX", "XX-XX-99", "99-XX-XX", "99-XXX-9", "9-XXX-99"),
    *("XX-999-X", "X-999-XX", "XXX-99-X", "X-99-XXX", "9-XX-999", "999-XX-9", "9-XXX-999"),
)
"""Licence plates: the Dutch sidecodes 1 to 14 (RDW), then the Belgian one."""

_START, _END = r"(?<![\w@])", r"(?![\w])"
_GAP = r"[\s.\-/]?"
_PARTICLE = r"(?:van|von|de|den|der|het|'t|te|ten|ter|el|al|ben|d'|du|la|le)"
_NAME = rf"(?:{_PARTICLE}\s+)*[A-ZÀ-Þ][\w'’-]+(?:(?:\s+{_PARTICLE})*\s+[A-ZÀ-Þ][\w'’-]+){{0,3}}"
_CUES = (
    r"(?i:meneer|mijnheer|mevrouw|mevr\.?|dhr\.?|mw\.?|heer|familie|fam\.?|juffrouw|agent|wijkagent|"
    r"genaamd|genoemd|heet|heten|naam is|namens|contactpersoon|melder|bewoner|bewoonster|eigenaar|eigenares|"
    r"buurman|buurvrouw|buurjongen|buurmeisje|zoon|dochter|broer|zus|vriend|vriendin|dealer|ene|groet(?:en|jes)?,?)"
)


def _plate_pattern() -> re.Pattern[str]:
    def written(plate: str, letter: str = "[A-Za-z]") -> str:
        return plate.replace("9", r"\d").replace("X", letter)

    hyphened = [written(plate) for plate in PLATES]
    # without hyphens 1234AB is a postcode; with blanks, small letters are ordinary words
    joined = [written(plate.replace("-", "")) for plate in PLATES if plate != "99-99-XX"]
    spaced = [written(plate.replace("-", " "), "[A-Z]") for plate in PLATES]
    # most words are seen to be no plate by where their first digit stands, before each form is tried
    digit_is_near = r"(?=[A-Za-z]{0,3}[- ]?(?:[A-Za-z]{2}[- ]?)?\d)"
    return re.compile(rf"{_START}{digit_is_near}(?:{'|'.join([*hyphened, *joined, *spaced])}){_END}")


_AT, _DIGIT, _LINK = re.compile("@"), re.compile(r"\d"), re.compile(r"://|www\.", re.IGNORECASE)

MARKS = (
    Mark("e-mail", re.compile(rf"{_START}[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), needs=_AT),
    Mark("link", re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE), needs=_LINK),
    Mark(
        "rekening",
        re.compile(
            rf"{_START}(?:NL\d\d{_GAP}[A-Z]{{4}}(?:{_GAP}\d){{10}}"
            rf"|BE\d\d(?:{_GAP}\d){{12}}|DE\d\d(?:{_GAP}\d){{18}}){_END}",
            re.IGNORECASE,
        ),
        is_iban,
        needs=_DIGIT,
    ),
    Mark(
        "geboortedatum",
        re.compile(
            r"(?<=geboren )(?:op )?\d{1,2}[-/. ](?:\d{1,2}|[a-z]+)[-/. ]\d{2,4}"
            r"|(?<=geb\. )\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}"
            r"|(?<=geboortedatum )\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}",
            re.IGNORECASE,
        ),
        needs=_DIGIT,
    ),
    Mark("bsn", re.compile(rf"{_START}\d(?:[\s.]?\d){{7,8}}{_END}"), is_bsn, needs=_DIGIT),
    Mark(
        "telefoon",
        re.compile(
            rf"{_START}(?:(?:\+|00)(?:31|32|49){_GAP}(?:\(0\){_GAP})?[1-9](?:{_GAP}\d){{7,10}}"
            rf"|0[1-9](?:{_GAP}\d){{8}}){_END}"
        ),
        needs=_DIGIT,
    ),
    Mark("kenteken", _plate_pattern(), needs=_DIGIT),
    Mark("account", re.compile(rf"{_START}@[\w.]{{3,}}"), needs=_AT),
    Mark("naam", re.compile(rf"(?<!\S)(?P<cue>{_CUES})\s+(?P<name>{_NAME})")),
)
"""In the order in which they are looked for: what is more certain first."""


def scrub(text: str) -> str:
    """Take out of a text what points at a person.

    Parameters
    ----------
    text
        What a reporter wrote.

    Returns
    -------
    str
        The text with each mark replaced by its kind between brackets; scrubbing it again changes nothing.

    Examples
    --------
    >>> scrub("Mijn buurman Jan Jansen dealt, bel 06-12345678 of mail jan@voorbeeld.nl")
    'Mijn buurman [naam] dealt, bel [telefoon] of mail [e-mail]'
    >>> scrub("auto XX-99-99 staat er om 22:30, al 3 weken")
    'auto [kenteken] staat er om 22:30, al 3 weken'
    """
    for mark in MARKS:
        if mark.needs is not None and not mark.needs.search(text):
            continue
        text = mark.pattern.sub(lambda found, mark=mark: _replaced(mark, found), text)  # type: ignore[misc]
    return text


def _replaced(mark: Mark, found: re.Match[str]) -> str:
    if not mark.is_meant(found.group()):
        return found.group()
    cue = found.groupdict().get("cue")
    return f"{cue} [{mark.name}]" if cue else f"[{mark.name}]"
