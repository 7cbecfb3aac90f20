"""Fields of an address with a fixed form: what of a house number, suffix or postcode is kept."""

import re
from collections.abc import Callable, Mapping

from hotspots.files.values import house_part
from hotspots.geocoding.relations import relation_in_field, says_where
from hotspots.intake.person_marks import ADDITIONS
from hotspots.intake.scrubbing import scrub_address, withholding

_PLAIN_NUMBER = re.compile(r"\d{0,5} ?[A-Za-z]?")
_PLAIN_POSTCODE = re.compile(r"[1-9]\d{3} ?[A-Za-z]{2}")
_SIGN = r"[\s./-]{0,3}"
# two letters, figures with at most two letters about them, or a word that is written after numbers
_PART = (
    rf"(?:\d{{0,2}}{ADDITIONS}(?![a-z])|[a-z]{{0,2}}\d{{1,4}}[a-z]{{0,2}}(?![a-z\d])|[a-z]{{1,2}}(?![a-z]))"
)
_SEVERAL = rf"(?:\s*(?:t\s?/\s?m|tm|t\.m\.|tot(?:\s+en\s+met)?|en|of|[,&+])\s*\d{{1,5}}(?!\d){_SIGN}{_PART}?)"
_NUMBER_OF_A_HOUSE = re.compile(
    rf"\d{{1,5}}(?!\d)(?:{_SIGN}(?:{_PART}|[a-z]{{3,4}}$)){{0,3}}{_SEVERAL}{{0,3}}", re.IGNORECASE
)
_MOST_FIGURES = 8  # 1940-1946; with more it is a telephone number in pieces
_MOST_SIGNS = 4  # of a suffix
_BEFORE_A_NUMBER = re.compile(r"(?:huis)?(?:nr|nummer|no)\b[.:]?\s*|#\s*", re.IGNORECASE)
_SUFFIX_OF_A_HOUSE = re.compile(
    rf"{_SIGN}(?:{_PART}(?:{_SIGN}{_PART}){{0,3}}|[a-z]{{3,4}}){_SIGN}", re.IGNORECASE
)
_POSTCODES = (
    re.compile(r"[1-9]\d{3}\s{0,2}[A-Za-z]{2}(?![\w])"),
    re.compile(r"(?:[A-Z]{1,2}[\s-]*)?\d{4,5}(?:-\d{3,4})?(?![\w])", re.IGNORECASE),
    re.compile(r"(?=[A-Z]{0,2}\d)(?!(?:\D*\d){8})[A-Z\d]{2,4}[ -]?[A-Z\d]{0,4}(?![\w])", re.IGNORECASE),
)
_TOWN = re.compile(r"[,\s]+[^\W\d_][^\d@\[\]_:;]{1,40}")


@withholding
def scrub_house_number(text: str) -> str:
    """Keep of a field for a house number what can be one, and how the place lies to that house.

    Examples
    --------
    >>> [scrub_house_number(text) for text in ("12", "12-14", "12 bis", "nr. 12a", "2-hoog", "1 t/m 7")]
    ['12', '12-14', '12 bis', 'nr. 12a', '2-hoog', '1 t/m 7']
    >>> scrub_house_number("2 bel 06-12345678 na 18u"), scrub_house_number("fam. Jansen")
    ('2', '')
    >>> [scrub_house_number(text) for text in ("t.o. 7", "7 (overkant)", "naast fam. Jansen 7", "tuin 7")]
    ['t.o. 7', '7 overkant', 'naast 7', 'nabij 7']
    """
    if _PLAIN_NUMBER.fullmatch(text):
        return text
    line = scrub_address(text).strip()
    kept = _with_relation(line, _number_in)
    # the word in "tuin 7" is lost here; of one that named a person, nothing says that it is elsewhere
    is_near = kept[:1].isdecimal() and kept != line and "[" not in line and says_where(line)
    return f"nabij {kept}" if is_near and not relation_in_field(line)[0] else kept


def _with_relation(line: str, cleaned: Callable[[str], str]) -> str:
    """Clean a field without the words that say how the place lies, and put these before or after the rest."""
    if house_part(line).problem:
        return line  # a date or a rounded number, which is told where the address is located
    relation, rest, words = relation_in_field(line)
    if not relation or (kept := cleaned(line)) == line:
        return kept if relation else cleaned(line)
    kept = cleaned(rest)
    is_first = not kept or line.casefold().find(words.split(" ")[0]) <= line.find(kept[0])
    return f"{words} {kept}".strip() if is_first else f"{kept} {words}"


def _number_in(line: str) -> str:
    before = _BEFORE_A_NUMBER.match(line)
    start = before.end() if before else 0
    if _NUMBER_OF_A_HOUSE.fullmatch(line, start) and sum(map(str.isdecimal, line)) <= _MOST_FIGURES:
        return line
    found = re.search(r"(?<!\d)\d{1,5}(?!\d)", line[:17])  # as far as it is looked for when it is located
    number = _NUMBER_OF_A_HOUSE.match(line, found.start()) if found else None
    if found is None or number is None:
        return ""
    is_number = sum(map(str.isdecimal, number[0])) <= _MOST_FIGURES
    return number[0].rstrip(" ./-,") if is_number else found[0]


@withholding
def scrub_house_suffix(text: str) -> str:
    """Give a house letter or suffix if it can be one, else nothing.

    Examples
    --------
    >>> [scrub_house_suffix(text) for text in ("A-2", "bis", "HS", "III", "2-hoog", "fam. Jansen")]
    ['A-2', 'bis', 'HS', 'III', '2-hoog', '']
    """
    if _PLAIN_NUMBER.fullmatch(text):
        return text
    return _with_relation(scrub_address(text).strip(), _suffix_in)


def _suffix_in(line: str) -> str:
    return line if _SUFFIX_OF_A_HOUSE.fullmatch(line) else ""


def is_lost(suffix: str) -> bool:
    """Whether a suffix says which dwelling it is in a way that can't be kept: without it another is meant.

    Examples
    --------
    >>> [is_lost(text) for text in ("½", "1:2", "10%", "2", "bis", "fam. Jansen", "06-12345678")]
    [True, True, True, False, False, False, False]
    """
    signs = re.sub(r"[\W_]", "", suffix)
    is_short = len(signs) <= _MOST_SIGNS and any(map(str.isnumeric, signs))
    return is_short and not scrub_house_suffix(suffix)


@withholding
def scrub_postcode(text: str) -> str:
    """Keep of a field for a postcode what can be one, and a town after it.

    Examples
    --------
    >>> [scrub_postcode(text) for text in ("6211 le", "B-3620 Lanaken", "52062", "SW1A 1AA", "111222333")]
    ['6211 le', 'B-3620 Lanaken', '52062', 'SW1A 1AA', '']
    """
    if not text or _PLAIN_POSTCODE.fullmatch(text):
        return text
    return _with_relation(scrub_address(text).strip(), _postcode_in)


def _postcode_in(line: str) -> str:
    for pattern in _POSTCODES:
        if code := pattern.match(line):
            rest = line[code.end() :]
            return line if not rest or _TOWN.fullmatch(rest) else code[0].strip()
    return ""


HOUSE_PARTS: Mapping[str, Callable[[str], str]] = {
    "house_number": scrub_house_number,
    "house_letter": scrub_house_suffix,
    "house_suffix": scrub_house_suffix,
    "postcode": scrub_postcode,
}
"""Parts of an address of a fixed form, by the field of a source, and what keeps of each what has it."""
