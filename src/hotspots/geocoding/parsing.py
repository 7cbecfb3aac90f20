"""Dutch addresses as people write them, taken apart; what they mean in the register is decided elsewhere."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from hotspots.geocoding.spelling import addition_key


class Relation(StrEnum):
    """How the place lies to what is named."""

    AT = ""
    NEAR = "nabij"
    OPPOSITE = "t.o."
    LEVEL_WITH = "t.h.v."
    BETWEEN = "tussen"
    CORNER = "hoek"


@dataclass(frozen=True)
class ParsedAddress:
    """An address in parts.

    Attributes
    ----------
    street
        As written, blanks tidied.
    number, last_number
        House number, and the last of a range; 0 if absent.
    addition
        Letter and suffix in capitals without blanks and marks.
    cross_streets
        Streets that the place lies between, or at the corner of.
    is_foreign
        Whether it says to lie in another country.
    """

    street: str = ""
    number: int = 0
    addition: str = ""
    last_number: int = 0
    postcode: str = ""
    town: str = ""
    relation: Relation = Relation.AT
    cross_streets: tuple[str, ...] = ()
    is_foreign: bool = False


_POSTCODE = re.compile(r"(?<![\w-])([1-9]\d{3})(\s{0,2})([A-Za-z]{2})(?![\w])")
_NO_LETTERS = {"SA", "SD", "SS"}
_SMALL_WORDS = frozenset(
    re.findall(r"\w+", "al de en er ie ik in is je la le na nr nu of om op te tm we ze zo")
)

_FOREIGN = re.compile(
    r"\b(?:belgi[eë]|belgium|belgique|duitsland|deutschland|germany)\b|(?<!\w)(?:B|BE)\s?-\s?[1-9]\d{3}\b"
    r"|(?<!\w)(?:D|DE)\s?-\s?\d{5}\b",
    re.IGNORECASE,
)
_FOREIGN_POSTCODE = re.compile(r"(?:^|,)\s*(?:[1-9]\d{3}|\d{5})\s+([A-ZÀ-Ý][\w' -]{2,})$")
_NO_DUTCH_POSTCODE = re.compile(r"\s*\d{5}\s*|\s*(?:B|BE|D|DE)[\s-]*\d{4,5}\s*", re.IGNORECASE)

_RELATIONS: tuple[tuple[Relation, str], ...] = (
    (Relation.LEVEL_WITH, r"t\.?\s?h\.?\s?v\.?|ter\s+hoogte\s+van"),
    (Relation.OPPOSITE, r"t\.?/?o\.?v?\.?|tegenover"),
    (
        Relation.NEAR,
        r"nabij|vlakbij|dichtbij|in\s+de\s+buurt\s+van|omgeving(?:\s+van)?|naast|achter|bij|voor",
    ),
)
_ANY = "|".join(f"(?P<r{number}>{pattern})" for number, (_, pattern) in enumerate(_RELATIONS))
_RELATION = re.compile(rf"^\s*(?:{_ANY})(?=\s)\s*", re.IGNORECASE)
_RELATION_AT_END = re.compile(rf"(?:^|[\s,])(?:{_ANY})\s+(?:de\s+|het\s+)?$", re.IGNORECASE)
_TRAILING_RELATION = re.compile(rf"\s+(?:{_ANY})\s+(?:huis)?(?:nr\.?|nummer)?\s*(?=\d)", re.IGNORECASE)

_BETWEEN = re.compile(
    r"^(?P<street>.*?)[\s,]*\btussen\s+(?:de\s+|het\s+)?(?P<first>\D.+?)\s+en\s+(?:de\s+|het\s+)?(?P<second>\D.+)$",
    re.IGNORECASE,
)
_CORNER_FIRST = re.compile(
    r"^(?:op\s+)?(?:de\s+|het\s+)?(?:hoek|kruising|kruispunt|splitsing)\s+(?:van\s+)?(?:de\s+|het\s+)?"
    r"(?P<first>\D.*?)\s*(?:/|\s-\s|&|\smet\s|\sen\s)\s*(?:de\s+|het\s+)?(?P<second>\D.*)$",
    re.IGNORECASE,
)
_CORNER_MIDDLE = re.compile(
    r"^(?P<first>[^\d].*?)\s*(?:\s(?:op\s+de\s+)?hoek\s+(?:van\s+)?(?:met\s+)?(?:de\s+)?|\skruising\s+(?:met\s+)?(?:de\s+)?"
    r"|/(?!\s?m\b)|&)\s*(?P<second>\D.*)$",
    re.IGNORECASE,
)

_ADDITION = (
    r"(?:bis|hs|huis|boven|beneden|ben|rood|zwart|rd|zw|bg|i{1,3}|iv|vi?|to|[a-z])(?:[\s./-]{0,2}\d{1,4}[a-z]?)?"
    r"|\d{1,4}(?:[\s./-]?[a-z](?![a-z]))?"
)
_RANGE = r"t\s?/\s?m|tm|t\.m\.|tot(?:\s+en\s+met)?"
NUMBER = re.compile(
    r"(?<![\d])(?P<number>\d{1,5})"
    rf"(?:\s*(?:{_RANGE})\s*(?P<last>\d{{1,5}})(?!\d)"
    rf"|\s*[-/.]?\s*(?P<addition>{_ADDITION})(?![\w/]))?"
    r"(?!\w)",
    re.IGNORECASE,
)
_NUMBER_WORD = re.compile(r"[\s,]*\b(?:huisnummer|nummer|huisnr|nr|no)\b\.?\s*$", re.IGNORECASE)


def parse_text(text: str) -> ParsedAddress:
    """Take an address in one line apart.

    Examples
    --------
    >>> parse_text("t.h.v. Vrijthof 1a, 6211 le Maastricht").addition
    'A'
    >>> parse_text("hoek Markt/Boschstraat").cross_streets
    ('Markt', 'Boschstraat')
    """
    line = tidy(text)
    postcode, before, after = split_postcode(line)
    is_foreign = bool(_FOREIGN.search(line) or (not postcode and _FOREIGN_POSTCODE.search(line)))
    if is_foreign:
        line = tidy(_FOREIGN_POSTCODE.sub(r", \1", tidy(_FOREIGN.sub(" ", line))))
        postcode, before, after = split_postcode(line)
    found = _parse_place(before)
    town = found.town
    if after:
        rest = _parse_place(after)
        number, addition, last = parse_number(after) if after[0].isdigit() else (0, "", 0)
        if not before and number:
            found = ParsedAddress(number=number, addition=addition, last_number=last)
        elif not before and (rest.number or rest.cross_streets):
            # postcode and town stand in front
            lead = after.partition(",")[0]
            found, town = rest, rest.town or (lead if "," in after and not re.search(r"\d", lead) else "")
        else:
            town = after
    return replace(found, postcode=postcode, town=_name(town), is_foreign=is_foreign)


def parse_fields(
    street: str = "",
    house_number: str = "",
    house_letter: str = "",
    house_suffix: str = "",
    postcode: str = "",
    town: str = "",
) -> ParsedAddress:
    """Take an address in fields apart; a number, suffix or corner may stand in a field of something else.

    Examples
    --------
    >>> parse_fields(street="Vrijthof", house_number="12a-02", postcode="6211 le").addition
    'A02'
    >>> parse_fields(street="Vrijthof 12 bis").number
    12
    """
    found = _parse_street(tidy(street), has_number=bool(house_number.strip()))
    if house_number.strip():
        number, addition, last = parse_number(house_number)
        addition = addition_key(f"{addition}{house_letter} {house_suffix}")
        found = replace(found, number=number, addition=addition, last_number=last)
    elif house_letter or house_suffix:
        found = replace(found, addition=addition_key(f"{found.addition}{house_letter} {house_suffix}"))
    code, _, after = split_postcode(tidy(postcode))
    is_foreign = bool(_FOREIGN.search(f"{postcode} {town}") or _NO_DUTCH_POSTCODE.fullmatch(postcode))
    return replace(
        found,
        postcode=code,
        town=_name(_FOREIGN.sub(" ", town or after)) or found.town,
        is_foreign=is_foreign,
    )


def parse_number(text: str) -> tuple[int, str, int]:
    """Give house number, addition and last number of a number field; zeros where there is none.

    Examples
    --------
    >>> parse_number("12a"), parse_number("1-III"), parse_number("1 t/m 7"), parse_number("zonder")
    ((12, 'A', 0), (1, 'III', 0), (1, '', 7), (0, '', 0))
    """
    line = tidy(text)
    found = re.match(rf"\D{{0,12}}?(\d{{1,5}})\s*(?:{_RANGE})\s*(\d{{1,5}})", line, re.IGNORECASE)
    if found:
        return int(found[1]), "", int(found[2])
    found = re.match(r"\D{0,12}?(\d{1,5})(?!\d)\s*(.*)$", line)
    if not found:
        return 0, "", 0
    rest = found[2]
    is_addition = len(addition_key(rest)) <= 6 or re.fullmatch(
        rf"[-/.\s]*(?:{_ADDITION})", rest, re.IGNORECASE
    )
    return int(found[1]), addition_key(rest) if is_addition else "", 0


def tidy(text: str) -> str:
    """One line with plain quotes, dashes and blanks."""
    text = text.replace("’", "'").replace("`", "'").replace("–", "-").replace("—", "-").replace("‑", "-")
    return re.sub(r"\s+", " ", re.sub(r"[\n\r;|]+", ", ", text)).strip(" ,")


def _name(text: str) -> str:
    return re.sub(r"\s+", " ", text).lstrip(" ,.-/)").rstrip(" ,-/(")


def split_postcode(line: str) -> tuple[str, str, str]:
    """Give the last thing that looks like a postcode, and what stands before and after it."""
    for found in reversed(list(_POSTCODE.finditer(line))):
        letters = found[3]
        is_word = found[2] and letters.lower() in _SMALL_WORDS and letters != letters.upper()
        # "1200 in de" is no postcode, "6211 le, Maastricht" is one: nothing but a town follows
        if letters.upper() in _NO_LETTERS or (is_word and not _ends_like_address(line[found.end() :])):
            continue
        return found[1] + letters.upper(), line[: found.start()].strip(" ,"), line[found.end() :].strip(" ,")
    return "", line, ""


def _ends_like_address(rest: str) -> bool:
    return not rest.strip(" ,.") or bool(re.match(r"\s*,|\s+[A-ZÀ-Ý'][^\d]*$", rest))


def _parse_place(line: str) -> ParsedAddress:
    """Street, number and town of a line without its postcode."""
    segments = [segment for segment in (part.strip() for part in line.split(",")) if segment]
    if not segments:
        return ParsedAddress()
    with_place = next(
        (
            number
            for number, segment in enumerate(segments)
            if _crossing(segment) or re.search(r"\D\s*\d", segment)
        ),
        0,
    )
    street = segments[with_place]
    rest = segments[with_place + 1 :]
    if rest and re.fullmatch(rf"(?:nr\.?\s*|nummer\s*)?(?:{NUMBER.pattern})", rest[0], re.IGNORECASE):
        street, rest = f"{street} {rest[0]}", rest[1:]
    found = _parse_street(street, has_number=False)
    return replace(found, town=", ".join(filter(None, (found.town, *rest))))


def _crossing(segment: str) -> re.Match[str] | None:
    return _BETWEEN.match(segment) or _CORNER_FIRST.match(segment) or _corner_in_middle(segment)


def _corner_in_middle(segment: str) -> re.Match[str] | None:
    found = _CORNER_MIDDLE.match(segment)
    # 'Markt t/m' or '1/2' is no corner
    return found if found and len(found["first"]) > 2 and len(found["second"]) > 2 else None


def _parse_street(segment: str, *, has_number: bool) -> ParsedAddress:
    """A street with perhaps a number, a relation or a corner."""
    crossing = _crossing(segment)
    if crossing and not (has_number and crossing.re is _CORNER_MIDDLE):
        parts = crossing.groupdict()
        relation = Relation.BETWEEN if crossing.re is _BETWEEN else Relation.CORNER
        street = _name(parts.get("street") or "")
        names = (_name(parts["first"]), _name(parts["second"]))
        if all(names):
            return ParsedAddress(street=street, relation=relation, cross_streets=names)
    relation, segment = _take_relation(segment)
    if has_number:
        return ParsedAddress(street=_name(segment), relation=relation)
    numbers = [found for found in NUMBER.finditer(segment) if found.start() > 0]
    if not numbers:
        return ParsedAddress(street=_name(segment), relation=relation)
    chosen = _house_number(segment, numbers)
    street = _NUMBER_WORD.sub("", segment[: chosen.start()])
    return with_number(
        ParsedAddress(street=_name(street), town=_name(segment[chosen.end() :]), relation=relation), chosen
    )


def with_number(address: ParsedAddress, found: re.Match[str]) -> ParsedAddress:
    """Give an address the house number that :data:`NUMBER` found."""
    return replace(
        address,
        number=int(found["number"]),
        addition=addition_key(found["addition"] or ""),
        last_number=int(found["last"] or 0),
    )


def _house_number(segment: str, numbers: list[re.Match[str]]) -> re.Match[str]:
    """The number that ends the line, else the first after a name: `16 Aprillaan 3`, `Laan 1940-1945 12`."""
    last = numbers[-1]
    if len(numbers) > 1 and not segment[last.end() :].strip(" ,.") and numbers[-2].end() <= last.start():
        return last
    return numbers[0]


def _take_relation(segment: str) -> tuple[Relation, str]:
    found = _RELATION.match(segment)
    if found and len(segment) > found.end():
        return _which(found), segment[found.end() :]
    found = _TRAILING_RELATION.search(segment)
    if found:
        return _which(found), f"{segment[: found.start()]} {segment[found.end() :]}"
    return Relation.AT, segment


def relation_before(text: str) -> Relation:
    """The relation that the words just before an address tell."""
    found = _RELATION_AT_END.search(text)
    return _which(found) if found else Relation.AT


def _which(found: re.Match[str]) -> Relation:
    return next(relation for number, (relation, _) in enumerate(_RELATIONS) if found[f"r{number}"])
