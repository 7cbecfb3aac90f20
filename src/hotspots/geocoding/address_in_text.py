"""Addresses in running text: street names of the register, and the numbers after them."""

import re
from collections.abc import Iterator
from dataclasses import replace

from hotspots.geocoding.parsing import (
    NUMBER,
    ParsedAddress,
    split_postcode,
    tidy,
    with_number,
    without_false_numbers,
)
from hotspots.geocoding.relations import Relation, relation_around, relation_before, relation_words
from hotspots.geocoding.streets import StreetFinder
from hotspots.geocoding.town_names import is_dutch_town

MAX_WORDS = 6
LONGEST_RELATION = 40
_WORD = re.compile(r"[^\s,;:!?()\"]+")
_CLOCK = re.compile(
    r"\b\d{1,2}[:.]\d{2}\b(?:\s*uur)?|\b\d{1,2}-\d{1,2}-\d{2,4}\b|\b\d{1,2}\s*uur\b", re.IGNORECASE
)
_COUNTED = re.compile(
    r"\s*(?:keer|maal|x\b|personen|mensen|man\b|jongens?|jongeren|meisjes|weken|week|dagen|dag\b|maanden|jaar|"
    r"minuten|meter|m\b|auto|scooters|verdieping|hoog)",
    re.IGNORECASE,
)
_AFTER_NAME = re.compile(r"[\s,]*(?:(?:huis)?(?:nr|nummer|no)\b\.?\s*|-\s*)?", re.IGNORECASE)
_CORNER = re.compile(r"\b(?:hoek|kruising|kruispunt)\b|/", re.IGNORECASE)


def spotted_addresses(text: str, streets: StreetFinder) -> list[ParsedAddress]:
    """Give the addresses in a text whose street is spelled as in the register, preferably with a number."""
    line, parsed = _without_postcode(text, streets)
    addresses = []
    spans = _street_spans(line, streets)
    for start, end in spans:
        number = _number_after(line, end)
        between = number.start() if number else end
        rest = line[number.end() if number else end :]
        address = replace(
            parsed,
            street=line[start:end],
            town=_town_after(rest, streets) or parsed.town,
            relation=relation_before(line[end:between])[0]
            or relation_around(line[:start], rest, is_only=len(spans) == 1),
        )
        addresses.append(with_number(address, number) if number else address)
    houses = [address for address in addresses if address.number]
    if houses:
        return houses
    if len(addresses) == 2 and _CORNER.search(line):
        names = (addresses[0].street, addresses[1].street)
        return [replace(parsed, street="", relation=Relation.CORNER, cross_streets=names)]
    return [address for address in addresses if address.street[:1].isupper() or " " in address.street]


def likely_addresses(text: str, streets: StreetFinder) -> Iterator[ParsedAddress]:
    """Give possible addresses in a text: each number with the one to five words before it."""
    line, parsed = _without_postcode(text, streets)
    for number in NUMBER.finditer(line):
        if number.start() == 0 or _COUNTED.match(line, number.end()):
            continue
        before = re.sub(r"[\s,]*\b(?:huis)?(?:nr|nummer)\b\.?\s*$", "", line[: number.start()])
        said, before = relation_before(before)
        after = line[number.end() :]
        last_part = before.split(",")[-1]
        part = last_part if last_part.strip() else before
        base = len(before) - len(part)
        words = list(_WORD.finditer(part))
        town = _town_after(after, streets)
        for count in range(min(len(words), MAX_WORDS - 1), 0, -1):
            start = words[-count].start()
            name = part[start:].strip(" ,-")
            if len(name) < 5:
                continue
            relation = said or relation_around(before[: base + start], after, is_only=True)
            address = replace(parsed, street=name, town=town or parsed.town, relation=relation)
            yield with_number(address, number)


def _without_postcode(text: str, streets: StreetFinder) -> tuple[str, ParsedAddress]:
    line, _ = without_false_numbers(_CLOCK.sub(" ", tidy(text)))
    postcode, before, after = split_postcode(line)
    town = streets.town_in(after) or streets.town_in(before)
    return (f"{before}, {after}" if after else before), ParsedAddress(postcode=postcode, town=town)


def _town_after(rest: str, streets: StreetFinder) -> str:
    """The town after an address; when nothing else follows, also one that is not in the register."""
    known = streets.town_in(rest)
    if known:
        return known
    whole = re.fullmatch(r"[\s,]*([A-ZÀ-Ý][\w'-]*[a-z][\w'-]*(?:[ -][A-Z][\w'-]+)?)[\s.!]*", rest)
    name = rest.strip(" ,.!")
    return whole[1] if whole else name if name and is_dutch_town(name, in_running_text=True) else ""


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
        match = re.match(r"(.*?[^\W\d])(?=\d+[a-zA-Z]?$)", piece)
        piece = match[1] if match else piece
    return piece.rstrip(",'/-")


def _number_after(line: str, end: int) -> re.Match[str] | None:
    skipped = _AFTER_NAME.match(line, end)
    start = skipped.end() if skipped else end
    words = relation_words(line[start : start + LONGEST_RELATION])
    if words and not words[0].start:
        start += words[0].end
        skipped = _AFTER_NAME.match(line, start)
        start = skipped.end() if skipped else start
    match = NUMBER.match(line, start)
    return None if match and _COUNTED.match(line, match.end()) else match
