"""Addresses inside running text: names of streets that the register knows, and the numbers after them."""

import re
from collections.abc import Iterator
from dataclasses import replace

from hotspots.geocoding.parsing import NUMBER, ParsedAddress, Relation, relation_before, split_postcode, tidy
from hotspots.geocoding.spelling import addition_key
from hotspots.geocoding.streets import StreetFinder

MAX_WORDS = 6
_WORD = re.compile(r"[^\s,;:!?()\"]+")
_CLOCK = re.compile(
    r"\b\d{1,2}[:.]\d{2}\b(?:\s*uur)?|\b\d{1,2}-\d{1,2}-\d{2,4}\b|\b\d{1,2}\s*uur\b", re.IGNORECASE
)
_COUNTED = re.compile(
    r"\s*(?:keer|maal|x\b|personen|mensen|man\b|jongens?|jongeren|meisjes|weken|week|dagen|dag\b|maanden|jaar|"
    r"minuten|meter|m\b|auto|scooters|verdieping|hoog)",
    re.IGNORECASE,
)
_AFTER_NAME = re.compile(r"[\s,]*(?:(?:huis)?(?:nr|nummer|no)\b\.?\s*|t\.?h\.?v\.?\s+|-\s*)?", re.IGNORECASE)
_CORNER = re.compile(r"\b(?:hoek|kruising|kruispunt)\b|/", re.IGNORECASE)


def spotted_addresses(text: str, streets: StreetFinder) -> list[ParsedAddress]:
    """Give the addresses in a text whose street is spelled as in the register; those with a number first."""
    line, parsed = _without_postcode(text, streets)
    spans = _street_spans(line, streets)
    found = []
    for start, end in spans:
        number, addition, last, after = _number_after(line, end)
        found.append(
            replace(
                parsed,
                street=line[start:end],
                number=number,
                addition=addition,
                last_number=last,
                town=_town_after(line[after:], streets) or parsed.town,
                relation=relation_before(line[:start]),
            )
        )
    with_number = [address for address in found if address.number]
    if with_number:
        return with_number
    if len(found) == 2 and _CORNER.search(line):
        names = (found[0].street, found[1].street)
        return [replace(parsed, street="", relation=Relation.CORNER, cross_streets=names)]
    return [address for address in found if address.street[:1].isupper() or " " in address.street]


def likely_addresses(text: str, streets: StreetFinder) -> Iterator[ParsedAddress]:
    """Give what may be addresses in a text: each number with one to five of the words before it."""
    line, parsed = _without_postcode(text, streets)
    for number in NUMBER.finditer(line):
        if number.start() == 0 or _COUNTED.match(line, number.end()):
            continue
        before = re.sub(r"[\s,]*\b(?:huis)?(?:nr|nummer)\b\.?\s*$", "", line[: number.start()])
        words = list(_WORD.finditer(before.split(",")[-1] if before.split(",")[-1].strip() else before))
        town = _town_after(line[number.end() :], streets)
        base = len(before) - len(before.split(",")[-1]) if before.split(",")[-1].strip() else 0
        for count in range(min(len(words), MAX_WORDS - 1), 0, -1):
            start = words[-count].start()
            name = (before[base:] if base else before)[start:].strip(" ,-")
            if len(name) < 5:
                continue
            yield replace(
                parsed,
                street=name,
                number=int(number["number"]),
                addition=addition_key(number["addition"] or ""),
                last_number=int(number["last"] or 0),
                town=town or parsed.town,
                relation=relation_before(before[: base + start]),
            )


def _without_postcode(text: str, streets: StreetFinder) -> tuple[str, ParsedAddress]:
    line = _CLOCK.sub(" ", tidy(text))
    postcode, before, after = split_postcode(line)
    town = streets.town_in(after) or streets.town_in(before)
    return (f"{before}, {after}" if after else before), ParsedAddress(postcode=postcode, town=town)


def _town_after(rest: str, streets: StreetFinder) -> str:
    """The town after an address; also one that the register does not know, when nothing else follows."""
    known = streets.town_in(rest)
    whole = re.fullmatch(r"[\s,]*([A-ZÀ-Ý][\w'-]*[a-z][\w'-]*(?:[ -][A-Z][\w'-]+)?)[\s.!]*", rest)
    return known or (whole[1] if whole else "")


def _street_spans(line: str, streets: StreetFinder) -> list[tuple[int, int]]:
    words = list(_WORD.finditer(line))
    spans: list[tuple[int, int]] = []
    at = 0
    while at < len(words):
        start = words[at].start()
        most = min(MAX_WORDS, len(words) - at) if streets.may_begin(_name_in(words[at][0])) else 0
        for count in range(most, 0, -1):
            name = _name_in(line[start : words[at + count - 1].end()])
            if len(name) > 2 and not name.isdigit() and streets.exact(name):
                spans.append((start, start + len(name)))
                at += count - 1
                break
        at += 1
    return spans


def _name_in(piece: str) -> str:
    """The name in `Vrijthof12a`."""
    if piece[-1].isdigit() or piece[-2:-1].isdigit():
        found = re.match(r"(.*?[^\W\d])(?=\d+[a-zA-Z]?$)", piece)
        piece = found[1] if found else piece
    return piece.rstrip(",'/-")


def _number_after(line: str, end: int) -> tuple[int, str, int, int]:
    skipped = _AFTER_NAME.match(line, end)
    start = skipped.end() if skipped else end
    found = NUMBER.match(line, start)
    if not found or _COUNTED.match(line, found.end()):
        return 0, "", 0, end
    return (
        int(found["number"]),
        addition_key(found["addition"] or ""),
        int(found["last"] or 0),
        found.end(),
    )
