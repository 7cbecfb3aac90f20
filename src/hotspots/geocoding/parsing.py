"""Parses Dutch addresses as people write them; what they mean in the register is decided elsewhere."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from hotspots.files.values import house, house_part
from hotspots.files.values import postcode as read_postcode
from hotspots.geocoding.relations import (
    Relation,
    RelationWord,
    relation_in_field,
    relation_of_town,
    says_where,
    telling_words,
    without,
)
from hotspots.geocoding.spelling import addition_key, fold


@dataclass(frozen=True)
class ParsedAddress:
    """A parsed address.

    Attributes
    ----------
    street
        As written, with tidied blanks.
    number, last_number
        House number, and the last of a range; 0 if absent.
    addition
        Letter and suffix in capitals, without blanks and punctuation.
    cross_streets
        Streets between which, or at the corner of which, the place lies.
    is_foreign
        Whether the address says it is in another country.
    is_town_given
        Whether the town stood in a field of its own, where nothing else stands.
    why_no_number
        Why what stands for a house number is none (Dutch): a spreadsheet made a date of it, or rounded it.
    others
        Other readings, that only the register can tell: *Achter de Molens* is a street or a place behind one.
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
    is_town_given: bool = field(default=False, compare=False)
    why_no_number: str = field(default="", compare=False)
    others: tuple["ParsedAddress", ...] = field(default=(), compare=False)


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
    r"|\d{1,4}(?:-\d{1,4}(?!\d)|[\s./-]?[a-z](?![a-z]))?"
)
_RANGE = r"t\s?/\s?m|tm|t\.m\.|tot(?:\s+en\s+met)?"
NUMBER = re.compile(
    r"(?<![\d])(?P<number>\d{1,5})"
    rf"(?:\s*(?:{_RANGE})\s*(?P<last>\d{{1,5}})(?!\d)"
    rf"|\s*[-/.]?\s*(?P<addition>{_ADDITION})(?![\w/]))?"
    r"(?!\w)",
    re.IGNORECASE,
)
_NUMBERS_BETWEEN = re.compile(
    r"\btussen\s+(?:(?:huis)?(?:nrs?|nummers?)\b\.?\s*)?(\d{1,5})\s+en\s+(?:nr\.?\s*)?(\d{1,5})\b",
    re.IGNORECASE,
)
_AT_A_HOUSE = re.compile(
    r"\s*(?:(?:de|het)\s+)?(?:woning|huis|pand|perceel|adres|flat|gebouw|deur)\b"
    r"(?:\s+(?:aan|op|van|in)(?:\s+(?:de|het))?)?(?=\s)",
    re.IGNORECASE,
)
_WHOLE_AS_DECIMAL = re.compile(r"(?<![\d.,:])(\d{1,5})[.,]0+(?![\w.,:])")
_MARKED_NUMBER = re.compile(
    r"(?<![^\s,;(])(?=[^\s,;()]*\d)[^\s,;()]*[^\W_][-+/.,:][^\W_][^\s,;()]*"
    r"|(?<=[^\W\d]\s)\d{1,2} [A-Za-z]{3,9}(?=\s*(?:$|,))"
)
"""A number with a mark or the name of a month, which may be a date or was rounded."""
_SUFFIXES = frozenset({"achter", "voor", "to"})
"""Words for how a place lies that are suffixes of dwellings as well."""
_NUMBER_WORD = re.compile(r"[\s,]*\b(?:huisnummer|nummer|huisnr|nr|no)\b\.?\s*$", re.IGNORECASE)


def parse_text(text: str) -> ParsedAddress:
    """Parse an address in one line.

    Examples
    --------
    >>> parse_text("t.h.v. Vrijthof 1a, 6211 le Maastricht").addition
    'A'
    >>> parse_text("hoek Markt/Boschstraat").cross_streets
    ('Markt', 'Boschstraat')
    """
    return _read_relations(tidy(text), _parse_line)


def _parse_line(line: str) -> ParsedAddress:
    postcode, before, after = split_postcode(line)
    is_foreign = bool(_FOREIGN.search(line) or (not postcode and _FOREIGN_POSTCODE.search(line)))
    if is_foreign:
        line = tidy(_FOREIGN_POSTCODE.sub(r", \1", tidy(_FOREIGN.sub(" ", line))))
        postcode, before, after = split_postcode(line)
    address = _parse_place(before)
    town = address.town
    if after:
        rest = _parse_place(after)
        number, addition, last = parse_number(after) if after[0].isdigit() else (0, "", 0)
        if not before and number:
            address = ParsedAddress(number=number, addition=addition, last_number=last)
        elif not before and (rest.number or rest.cross_streets):
            # postcode and town come first
            lead = after.partition(",")[0]
            address, town = rest, rest.town or (lead if "," in after and not re.search(r"\d", lead) else "")
        else:
            town = after
    return replace(address, postcode=postcode, town=_name(town), is_foreign=is_foreign)


def parse_fields(
    street: str = "",
    house_number: str = "",
    house_letter: str = "",
    house_suffix: str = "",
    postcode: str = "",
    town: str = "",
) -> ParsedAddress:
    """Parse an address in fields; a number, suffix or corner may be in the wrong field.

    Examples
    --------
    >>> parse_fields(street="Vrijthof", house_number="12a-02", postcode="6211 le").addition
    'A02'
    >>> parse_fields(street="Vrijthof 12 bis").number
    12
    """
    in_number, number_text, number_words = relation_in_field(_as_range(tidy(house_number)))
    in_letter, letter, letter_words = relation_in_field(tidy(house_letter))
    in_suffix, suffix, suffix_words = relation_in_field(tidy(house_suffix))
    in_postcode, postcode, _ = relation_in_field(tidy(postcode))
    in_town, town = relation_of_town(tidy(town))
    if in_number is Relation.AT and says_where(number_text):
        in_number = Relation.NEAR
    said = next(filter(None, (in_number, in_letter, in_suffix, in_postcode, in_town)), Relation.AT)
    read = house(whole_numbers(number_text), whole_numbers(letter), whole_numbers(suffix))
    number, addition, last = parse_number(read.number)
    addition = addition_key(f"{addition}{read.letter} {read.suffix}")
    code, _, after = split_postcode(read_postcode(postcode).text)
    is_foreign = bool(_FOREIGN.search(f"{postcode} {town}") or _NO_DUTCH_POSTCODE.fullmatch(postcode))

    def with_fields(address: ParsedAddress) -> ParsedAddress:
        return replace(
            address,
            number=number if number_text else address.number,
            addition=addition if number_text else addition_key(f"{address.addition} {addition}"),
            last_number=last if number_text else address.last_number,
            postcode=code,
            town=_name(_FOREIGN.sub(" ", town or after)) or address.town,
            relation=address.relation or said,
            is_foreign=is_foreign,
            is_town_given=bool(town),
            why_no_number=read.problem or address.why_no_number,
            others=tuple(map(with_fields, address.others)),
        )

    address = with_fields(
        _read_relations(tidy(street), lambda line: _parse_street(line, has_number=bool(number_text)))
    )
    words = f"{number_words} {letter_words} {suffix_words}".split()
    if said and len(words) == 1 and words[0].strip(".") in _SUFFIXES:
        at = replace(address, relation=Relation.AT, addition=addition_key(address.addition + words[0]))
        return replace(address, others=(*address.others, at))
    return address


def _read_relations(line: str, parse: Callable[[str], ParsedAddress]) -> ParsedAddress:
    """Parse a line without the words that say how the place lies, and the other ways to read these."""
    line, problem = without_false_numbers(_as_range(line))
    if problem:
        return replace(_read_relations(line, parse), why_no_number=problem)
    words = telling_words(line)
    if not words:
        return parse(line)
    corner = parse(without(line, [one for one in words if not one.is_weak]))
    if corner.cross_streets:
        return corner
    address = replace(parse(_pruned(line, words)), relation=words[0].relation)
    word = next((one for one in words if not one.is_short), None)
    kept = [one for one in words if one is not word]
    relation = kept[0].relation if kept else Relation.AT
    if not address.street and not address.number and not address.postcode:
        return replace(parse(_pruned(line, kept)), relation=relation)  # a street called Overkant
    others = []
    if word:
        named = parse(_pruned(line, kept))
        if fold(word.word) in fold(named.street):
            others.append(replace(named, relation=relation))
        if word.word in _SUFFIXES and re.search(r"\d[^\W\d_]?[\s-]*$", line[: word.start]):
            others.append(
                replace(address, relation=relation, addition=addition_key(address.addition + word.word))
            )
        if any(map(str.isalpha, line[: word.start])):
            others.append(replace(parse(_pruned(line[word.end :], ())), relation=word.relation))
    return replace(address, others=tuple(others))


def _as_range(line: str) -> str:
    return _NUMBERS_BETWEEN.sub(r"\1 t/m \2", line) if "tussen" in line.lower() else line


def without_false_numbers(line: str) -> tuple[str, str]:
    """Give a line without what a spreadsheet made of a house number, and why that is none (Dutch).

    Examples
    --------
    >>> without_false_numbers("Markt 1-feb, Ons Dorp")
    ('Markt, Ons Dorp', "'1-feb' is een datum: een spreadsheet maakte die ervan")
    >>> without_false_numbers("Markt 12.0")
    ('Markt 12', '')
    """
    line = whole_numbers(line)
    problem = ""
    for match in reversed(list(_MARKED_NUMBER.finditer(line))):
        read = house_part(match[0])
        if read.text == match[0]:
            continue
        if read.problem:
            problem = f"'{match[0]}' {read.problem}"
        line = f"{line[: match.start()]}{read.text}{line[match.end() :]}"
    return re.sub(r"\s+(?=,|$)", "", line) if problem else line, problem


def whole_numbers(text: str) -> str:
    """Write whole numbers that were written as decimals as such, also within a house number.

    Examples
    --------
    >>> whole_numbers("20.0"), whole_numbers("20-1,0"), whole_numbers("12.5")
    ('20', '20-1', '12.5')
    """
    return _WHOLE_AS_DECIMAL.sub(r"\1", text) if ".0" in text or ",0" in text else text


def _pruned(line: str, words: Sequence[RelationWord]) -> str:
    """A line without words that say how the place lies, and without what these say it lies to."""
    for number, one in reversed(list(enumerate(words))):
        before, after = line[: one.start], line[one.end :]
        thing, mark, rest = re.match(r"([^,;)]*)([,;)]?)(.*)", after, re.DOTALL).groups()  # type: ignore[union-attr]
        is_after_a_name = any(map(str.isalpha, without(before, words[:number])))
        if is_after_a_name and not any(map(str.isdigit, thing)):
            thing = ""
        line = f"{before} {_AT_A_HOUSE.sub('', thing, count=1)}{mark}{rest}"
    return without(line, ())


def parse_number(text: str) -> tuple[int, str, int]:
    """Parse a number field: house number, addition, and last number of a range; zeros where absent.

    Examples
    --------
    >>> parse_number("12a"), parse_number("1-III"), parse_number("1 t/m 7"), parse_number("zonder")
    ((12, 'A', 0), (1, 'III', 0), (1, '', 7), (0, '', 0))
    """
    line = tidy(text)
    match = re.match(rf"\D{{0,12}}?(\d{{1,5}})\s*(?:{_RANGE}|en|of)\s*(\d{{1,5}})(?!\d)", line, re.IGNORECASE)
    if match:
        return int(match[1]), "", int(match[2])
    match = re.match(r"\D{0,12}?(\d{1,5})(?!\d)\s*(.*)$", line)
    if not match:
        return 0, "", 0
    rest = match[2]
    is_addition = len(addition_key(rest)) <= 6 or re.fullmatch(
        rf"[-/.\s]*(?:{_ADDITION})", rest, re.IGNORECASE
    )
    return int(match[1]), addition_key(rest) if is_addition else "", 0


@lru_cache(maxsize=50_000)
def tidy(text: str) -> str:
    """Normalise a text to one line with plain quotes, dashes and blanks."""
    text = text.replace("’", "'").replace("`", "'").replace("–", "-").replace("—", "-").replace("‑", "-")
    return re.sub(r"\s+", " ", re.sub(r"[\n\r;|]+", ", ", text)).strip(" ,")


def _name(text: str) -> str:
    return re.sub(r"\s+", " ", text).lstrip(" ,.-/)").rstrip(" ,-/(")


def split_postcode(line: str) -> tuple[str, str, str]:
    """Split a line at its last postcode: the text before it, the postcode, the text after it."""
    for match in reversed(list(_POSTCODE.finditer(line))):
        letters = match[3]
        is_word = match[2] and letters.lower() in _SMALL_WORDS and letters != letters.upper()
        # "1200 in de" is no postcode; "6211 le, Maastricht" is, as only a town follows
        if letters.upper() in _NO_LETTERS or (is_word and not _ends_like_address(line[match.end() :])):
            continue
        return match[1] + letters.upper(), line[: match.start()].strip(" ,"), line[match.end() :].strip(" ,")
    return "", line, ""


def _ends_like_address(rest: str) -> bool:
    return not rest.strip(" ,.") or bool(re.match(r"\s*,|\s+[A-ZÀ-Ý'][^\d]*$", rest))


def _parse_place(line: str) -> ParsedAddress:
    """Parse street, number and town from a line without postcode."""
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
    address = _parse_street(street, has_number=False)
    return replace(address, town=", ".join(filter(None, (address.town, *rest))))


def _crossing(segment: str) -> re.Match[str] | None:
    return _BETWEEN.match(segment) or _CORNER_FIRST.match(segment) or _corner_in_middle(segment)


def _corner_in_middle(segment: str) -> re.Match[str] | None:
    match = _CORNER_MIDDLE.match(segment)
    # 'Markt t/m' and '1/2' are no corners
    return match if match and len(match["first"]) > 2 and len(match["second"]) > 2 else None


def _parse_street(segment: str, *, has_number: bool) -> ParsedAddress:
    """Parse a street, possibly with a number or a corner."""
    crossing = _crossing(segment)
    if crossing and not (has_number and crossing.re is _CORNER_MIDDLE):
        parts = crossing.groupdict()
        relation = Relation.BETWEEN if crossing.re is _BETWEEN else Relation.CORNER
        street = _name(parts.get("street") or "")
        names = (_name(parts["first"]), _name(parts["second"]))
        if all(names):
            return ParsedAddress(street=street, relation=relation, cross_streets=names)
    if has_number:
        return ParsedAddress(street=_name(segment))
    numbers = [match for match in NUMBER.finditer(segment) if match.start() > 0]
    if not numbers:
        return ParsedAddress(street=_name(segment))
    chosen = _house_number(segment, numbers)
    street = _NUMBER_WORD.sub("", segment[: chosen.start()])
    return with_number(ParsedAddress(street=_name(street), town=_name(segment[chosen.end() :])), chosen)


def with_number(address: ParsedAddress, match: re.Match[str]) -> ParsedAddress:
    """Give an address the house number of a match of :data:`NUMBER`."""
    return replace(
        address,
        number=int(match["number"]),
        addition=addition_key(match["addition"] or ""),
        last_number=int(match["last"] or 0),
    )


def _house_number(segment: str, numbers: list[re.Match[str]]) -> re.Match[str]:
    """The house number: the one that ends the line, else the first after a name (`16 Aprillaan 3`)."""
    last = numbers[-1]
    if len(numbers) > 1 and not segment[last.end() :].strip(" ,.") and numbers[-2].end() <= last.start():
        return last
    return numbers[0]
