"""From addresses to points: exact matches all at once, the rest one by one, with decreasing precision."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.files.values import each_once, house, house_part
from hotspots.geocoding.address_in_text import likely_addresses, spotted_addresses
from hotspots.geocoding.index import ABSENT, AddressIndex, Integers
from hotspots.geocoding.match import Match, better_of
from hotspots.geocoding.matching import Matcher
from hotspots.geocoding.parsing import ParsedAddress, parse_fields, parse_text, tidy, whole_numbers
from hotspots.geocoding.register import AddressRegister, Fix
from hotspots.geocoding.relations import (
    Relation,
    relation_in_field,
    relation_of_town,
    relation_words,
    telling_words,
)
from hotspots.geocoding.spelling import addition_key, fold, spellings
from hotspots.model import Precision

MAX_STREET = 200
"""The longest street or running text that is stored."""

NEAR_A_TOWN = -3
"""In place of a town where its field says how the place lies."""

Columns = dict[str, NDArray[Any]]


class Query(NamedTuple):
    """An address as somebody wrote it, in fields or as running text."""

    street: str = ""
    house_number: str = ""
    house_letter: str = ""
    house_suffix: str = ""
    postcode: str = ""
    town: str = ""
    free_text: str = ""


QUERY_COLUMNS = Query._fields


def locate_addresses(queries: pd.DataFrame, register: AddressRegister) -> pd.DataFrame:
    """Locate addresses.

    Parameters
    ----------
    queries
        One row per address, with the fields of :class:`Query` as columns; absent values are empty.
    register
        The addresses to match against.

    Returns
    -------
    DataFrame
        Indexed as the queries: lon, lat (NaN if none), precision (a ``model.Precision`` value),
        radius_m (NaN if none), address_key ("" if none), found, why_not_better (Dutch), located_by,
        certainty (0 to 1). A query that can mean more than one address has no point; :func:`match_one` gives
        its candidates.
    """
    columns = {name: queries[name].to_numpy(dtype=object) for name in QUERY_COLUMNS}
    at = _exact(columns, register)
    result = _result_of(at, register)
    rest = np.flatnonzero(at == ABSENT)
    if len(rest):
        fields = (columns[name][rest].tolist() for name in QUERY_COLUMNS)
        rows = [Query(*row) for row in zip(*fields, strict=True)]
        matches = match_each(rows, register)
        _fill(result, rest, [matches[row] for row in rows], register)
    if register.fixes:
        _apply_fixes(result, columns, register)
    return pd.DataFrame(result, index=queries.index)


def fix_in(row: Mapping[Any, Any]) -> Fix:
    """The location in a row of :func:`locate_addresses` that has one."""
    return Fix(
        row["lon"],
        row["lat"],
        Precision(row["precision"]),
        row["radius_m"],
        row["address_key"],
        row["found"],
    )


def houses_named(queries: Sequence[Query], register: AddressRegister) -> tuple[NDArray[Any], NDArray[Any]]:
    """The longitudes and latitudes of the addresses that match exactly; NaN of the others."""
    table = np.array(queries, dtype=object).reshape(len(queries), len(Query._fields))
    result = _result_of(_exact(dict(zip(Query._fields, table.T, strict=True)), register), register)
    return result["lon"], result["lat"]


def match_one(query: Query, register: AddressRegister) -> Match:
    """Match one address; the match has candidates if the address is ambiguous."""
    return match_each([query], register)[query]


def match_each(queries: Iterable[Query], register: AddressRegister) -> dict[Query, Match]:
    """Match addresses that don't match exactly, each distinct one once."""
    unique = list(dict.fromkeys(queries))
    if not len(register) and not register.places:
        nothing = Match(why_not_better="er is geen adresregister ingelezen")
        return dict.fromkeys(unique, nothing)
    matcher = Matcher(register)
    matches: dict[Query, Match] = {}
    parsed: dict[Query, ParsedAddress] = {}
    for query in unique:
        address = parsed_query(query)
        match = _spelled_in_text(query, address, matcher)
        if match.is_house:
            matches[query] = match
        else:
            parsed[query] = address
    matcher.streets.prepare({address.street for address in parsed.values() if address.street})
    for query, address in parsed.items():
        matches[query] = _match_fields(query, address, matcher)
    _match_running_text(matches, matcher)
    return matches


def query_key(query: Query) -> str:
    """Key that equal queries share: their fields in lower case with tidied blanks.

    Without a street, running text takes its place, as it is stored that way.

    Examples
    --------
    >>> query_key(Query("Vrijthof ", "1", "A", postcode="6211 le"))
    'vrijthof|1|a||6211le|'
    """
    stored = query._replace(
        street=(query.street or query.free_text)[:MAX_STREET], postcode=query.postcode.replace(" ", "")
    )
    return "|".join(re.sub(r"\s+", " ", fold(part)).strip() for part in stored[:-1])


def address_key(postcode: str, number: str, letter: str = "", suffix: str = "") -> str:
    """Key of a dwelling: postcode, number, letter and suffix, joined by blanks; "" without a number.

    Examples
    --------
    >>> address_key("6211 le", "12", "A"), address_key("6211 le", "12.0", "", "1.0"), address_key("", "1-feb")
    ('6211LE 12 A', '6211LE 12 1', '')
    """
    read = house(number, letter, suffix)
    parts = [_compact(part) if part else "" for part in (postcode, read.number, read.letter, read.suffix)]
    return " ".join(filter(None, parts)) if parts[1] else ""


def lies_near(query: Query, register: AddressRegister) -> bool:
    """Whether the fields of an address say that the place lies near it rather than at it."""
    return lie_near([query], register)[0]


def lie_near(queries: Sequence[Query], register: AddressRegister) -> list[bool]:
    """Whether the fields of each address say that the place lies near it; each different one is read once."""
    street, *parts, town, _ = list(zip(*queries, strict=True)) or [()] * len(Query._fields)
    said = (
        each_once(lambda name: _is_street_near(name, register), street),
        each_once(lambda name: bool(relation_of_town(name)[0]), town),
        *(each_once(_is_part_near, part) for part in parts),
    )
    return list(map(any, zip(*said, strict=True)))


def _is_part_near(part: str) -> bool:
    # 12 and A are no such words
    return len(part) > 1 and not part.isdecimal() and bool(relation_in_field(part)[0])


def _is_street_near(street: str, register: AddressRegister) -> bool:
    is_name = any(key in register.index.streets_by_key for key in spellings(street))
    return not is_name and bool(telling_words(tidy(street)))


def _compact(text: str) -> str:
    return (text if text.isalnum() else "".join(text.split())).upper()


# -- exact, all at once ----------------------------------------------------------------------------------


def _exact(columns: dict[str, NDArray[np.object_]], register: AddressRegister) -> Integers:
    """The address that matches each query exactly, by postcode and number or by street, number and town."""
    index = register.index
    if not len(register):
        return np.full(len(columns["street"]), ABSENT, dtype=np.int64)
    postcode = _each(columns["postcode"], lambda text: index.postcode_ids.get(_compact(text), ABSENT))
    number = _each(columns["house_number"], lambda text: _plain_number(house_part(text).text))
    both = columns["house_letter"] + "\0" + columns["house_suffix"]
    addition = _each(both, lambda text: _addition_of(text, index))
    by_postcode = index.by_postcode(postcode, number, addition)
    street = _each(columns["street"], lambda text: _name_of(text, index))
    town = _each(columns["town"], lambda text: _town_of(text, index))
    has_street, has_postcode = columns["street"] != "", columns["postcode"] != ""
    same_street = index.name_of_street[index.street[np.maximum(by_postcode, 0)]] == street
    is_sure = (by_postcode >= 0) & (same_street | ~has_street)
    by_street = index.by_street(index.street_in_town(street, town), number, addition)
    is_sure_street = ~has_postcode & (by_street >= 0)
    address = np.where(is_sure, by_postcode, np.where(is_sure_street, by_street, ABSENT))
    plain = (columns["free_text"] == "") & (number > 0) & (town != NEAR_A_TOWN)
    usable = (
        plain
        & (address >= 0)
        & (index.spread_m[np.maximum(address, 0)] <= register.settings.address_radius_m)
    )
    return np.where(usable, address, ABSENT).astype(np.int64)


def _each(texts: NDArray[np.object_], number_of: Callable[[str], int]) -> Integers:
    """The number of each text, looking up each distinct text once."""
    codes, unique = pd.factorize(texts)
    return np.array([number_of(str(text)) for text in unique], dtype=np.int64)[codes]


def _addition_of(letter_and_suffix: str, index: AddressIndex) -> int:
    """The number of a letter and a suffix, joined by a NUL; absent if one of them is no value."""
    parts = [house_part(whole_numbers(part)) for part in letter_and_suffix.split("\0")]
    if any(part.problem for part in parts):
        return ABSENT
    return index.addition_ids.get(addition_key(" ".join(part.text for part in parts)), ABSENT)


def _town_of(text: str, index: AddressIndex) -> int:
    return NEAR_A_TOWN if relation_of_town(text)[0] else _only_one(index.towns_named(text))


def _plain_number(text: str) -> int:
    """The house number in a field; 0 where the field holds more than a number, for parsing later."""
    return int(text) if re.fullmatch(r"\s*\d{1,5}\s*", text) else 0


def _name_of(text: str, index: AddressIndex) -> int:
    streets = (street for key in spellings(text) for street in index.streets_by_key.get(key, ()))
    return _only_one(list({int(index.name_of_street[street]) for street in streets}))


def _only_one(numbers: Sequence[int]) -> int:
    return numbers[0] if len(numbers) == 1 else ABSENT


def _result_of(at: Integers, register: AddressRegister) -> Columns:
    is_found = at >= 0
    known = at[is_found]
    result: Columns = {name: np.full(len(at), np.nan) for name in ("lon", "lat", "radius_m")}
    result |= {
        name: np.full(len(at), "", dtype=object)
        for name in ("precision", "address_key", "found", "why_not_better", "located_by")
    }
    result["certainty"] = np.where(is_found, 0.99, 0.0)
    result["lon"][is_found] = register.index.lon[known]
    result["lat"][is_found] = register.index.lat[known]
    result["radius_m"][is_found] = register.settings.address_radius_m + register.index.spread_m[known]
    result["precision"][:] = str(Precision.GEEN)
    result["precision"][is_found] = str(Precision.ADRES)
    if len(known):
        result["address_key"][is_found] = register.keys[known]
        result["found"][is_found] = register.labels[known]
    result["located_by"][is_found] = "register"
    return result


# -- the rest --------------------------------------------------------------------------------------------


def parsed_query(query: Query) -> ParsedAddress:
    """Parse the address of a query."""
    *fields, text = query
    street, number, letter, suffix, postcode, town = fields
    line = text if not street else "" if number or letter or suffix or postcode else street
    if line and not (number or postcode):
        parsed = parse_text(line)
        return replace(parsed, town=tidy(town), is_town_given=True) if town.strip() else parsed
    parsed = parse_fields(*fields)
    said = next((one.relation for one in relation_words(text) if not one.is_weak), Relation.AT)
    return replace(parsed, relation=said, others=()) if said and not parsed.relation else parsed


def _running_text(query: Query) -> str:
    """The running text of a query: its free text, or a street field that holds more than a name."""
    street, number, _, _, postcode, town, text = query
    if text:
        return f"{text}, {town}" if town and town not in text else text
    holds_more = len(street.split()) > 1 and any(mark.isdigit() or mark == "," for mark in street)
    if not number and (holds_more or len(street.split()) > 4):
        return ", ".join(filter(None, (street, f"{postcode} {town}".strip())))
    return ""


def _match_fields(query: Query, address: ParsedAddress, matcher: Matcher) -> Match:
    """Match an address; `Achter` at the start of a street field can be part of the name or mean behind it."""
    match = matcher.match(address)
    street, number, *_ = query
    word = next((one.word for one in relation_words(tidy(street)) if one.start == 0), "")
    is_part = bool(number and word and matcher.streets.may_begin(word))
    is_name = any(matcher.is_known(other) for other in address.others)
    if address.relation is not Relation.NEAR or not is_part or is_name:
        return match
    whole = matcher.match(replace(address, street=tidy(street), relation=Relation.AT, others=()))
    if whole.is_house:
        return whole
    if match.is_house:
        why = f"'{tidy(street)}' kan ook een straat zijn die niet in het register staat"
        return matcher.matches.undecided([match], why)
    return better_of(match, whole)


def _spelled_in_text(query: Query, address: ParsedAddress, matcher: Matcher) -> Match:
    """Match a house in running text whose street is spelled as in the register, without comparing names."""
    is_plain = address.cross_streets or address.is_foreign or matcher.streets.exact(address.street)
    is_elsewhere = not query.postcode and matcher.is_elsewhere(query.town)
    text = "" if is_plain or is_elsewhere else _running_text(query)
    return _better_in_text(Match(), spotted_addresses(text, matcher.streets), matcher) if text else Match()


def _match_running_text(matches: dict[Query, Match], matcher: Matcher) -> None:
    """Search running text for addresses that parsing it missed."""
    texts = {
        query: text
        for query, match in matches.items()
        if not (match.is_house or match.is_final) and (text := _running_text(query))
    }
    for query, text in texts.items():
        matches[query] = _better_in_text(matches[query], spotted_addresses(text, matcher.streets), matcher)
    left = {
        query: list(likely_addresses(text, matcher.streets))
        for query, text in texts.items()
        if not matches[query].is_house
    }
    matcher.streets.prepare({address.street for addresses in left.values() for address in addresses})
    for query, addresses in left.items():
        if not matches[query].is_final:
            matches[query] = _better_in_text(matches[query], addresses, matcher)


def _better_in_text(match: Match, addresses: Sequence[ParsedAddress], matcher: Matcher) -> Match:
    matches = [matcher.match(address) for address in addresses]
    houses = {other.found: other for other in matches if other.is_house}
    if len(houses) > 1:
        best = max(house.certainty for house in houses.values())
        houses = {name: house for name, house in houses.items() if house.certainty > best - 0.02}
    if len(houses) == 1:
        return next(iter(houses.values()))
    if houses:
        return matcher.matches.undecided(list(houses.values()), "de tekst noemt meer dan één adres")
    for other in matches:
        match = better_of(match, other)
    return match


def _fill(
    result: Columns, rows: NDArray[np.intp], matches: Sequence[Match], register: AddressRegister
) -> None:
    for name in ("lon", "lat", "radius_m", "certainty", "found", "why_not_better"):
        result[name][rows] = [getattr(match, name) for match in matches]
    result["precision"][rows] = [str(match.precision) for match in matches]
    result["address_key"][rows] = [register.key_of(match.address) for match in matches]
    is_found = result["precision"][rows] != str(Precision.GEEN)
    result["located_by"][rows] = np.where(is_found, "register", "")


def _apply_fixes(result: Columns, columns: dict[str, NDArray[np.object_]], register: AddressRegister) -> None:
    rows = zip(*(columns[name].tolist() for name in QUERY_COLUMNS), strict=True)
    for number, row in enumerate(rows):
        is_nowhere = result["precision"][number] == Precision.GEEN
        fix = register.fix_of(query_key(Query(*row)), is_nowhere=is_nowhere)
        if fix is None:
            continue
        known = vars(fix) | {"precision": str(fix.precision)}
        for name, value in (known | {"why_not_better": "", "located_by": "hand", "certainty": 1.0}).items():
            result[name][number] = value
