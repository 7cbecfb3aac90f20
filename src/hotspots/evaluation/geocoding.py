"""How often geocoding is right: real addresses damaged in named ways, located, and compared."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import pandas as pd
from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from hotspots.geocoding.locating import QUERY_COLUMNS, locate_addresses
from hotspots.geocoding.register import AddressRegister
from hotspots.geocoding.spelling import fold, spellings
from hotspots.model import Precision

RIGHT_M = 10.0
WRONG_M = 60.0
HOUSE = (str(Precision.ADRES), str(Precision.HUISNUMMER))

Query = tuple[str, str, str, str, str, str, str]


@dataclass(frozen=True)
class Address:
    """A real address."""

    street: str
    number: int
    letter: str
    suffix: str
    postcode: str
    town: str


@dataclass(frozen=True)
class Source:
    """What damage is made from: chance, and what else the register holds."""

    random: random.Random
    postcodes: list[str]
    streets: list[str]
    known: frozenset[str]  # spellings of all streets
    known_names: list[str]  # the same, in order
    numbers: dict[tuple[str, str], frozenset[int]]  # of each street and town


Damage = Callable[[Address, Source], Query]


@dataclass(frozen=True)
class KindScore:
    """How one kind of damage was dealt with; shares are of all addresses of that kind.

    Attributes
    ----------
    group
        ``clean`` (nothing lost), ``damaged``, or ``absent`` (there is no such address: any house number given
        is wrong).
    right
        Located within 10 m, as address or house number.
    refused
        Not located as address or house number.
    confidently_wrong
        Located as address or house number, and more than 60 m off.
    """

    kind: str
    group: str
    count: int
    right: float
    refused: float
    confidently_wrong: float
    as_house: float
    per_second: float


@dataclass(frozen=True)
class PrecisionScore:
    """How far off the points of one precision class are; of addresses that exist."""

    precision: str
    count: int
    median_m: float
    p90_m: float


@dataclass(frozen=True)
class Accuracy:
    """The accuracy table."""

    kinds: tuple[KindScore, ...]
    precisions: tuple[PrecisionScore, ...]
    confidently_wrong: float  # over all kinds


def evaluate_geocoding(
    register: AddressRegister,
    *,
    seed: int,
    sample: int = 0,
    on_kind: Callable[[str], None] = lambda _: None,
) -> Accuracy:
    """Damage the addresses of a register in every named way, locate them, and score the result.

    Parameters
    ----------
    sample
        How many addresses to take, 0 for all.
    on_kind
        Told the name of each kind when it begins.
    """
    chosen = _sampled(register, seed=seed, sample=sample)
    addresses = list(_addresses(chosen))
    source = _source_of(register, random.Random(seed))
    scores, errors = [], []
    for kind, (group, damage) in KINDS.items():
        on_kind(kind)
        queries = pd.DataFrame([damage(address, source) for address in addresses], columns=QUERY_COLUMNS)
        start = perf_counter()
        found = locate_addresses(queries, register)
        seconds = perf_counter() - start
        distance = register.index.distance_m(found["lon"], found["lat"], chosen["lon"], chosen["lat"])
        is_house = found["precision"].isin(HOUSE).to_numpy()
        is_wrong = is_house if group == "absent" else is_house & ~(distance <= WRONG_M)
        scores.append(
            KindScore(
                kind=kind,
                group=group,
                count=len(found),
                right=float((is_house & (distance <= RIGHT_M)).mean()),
                refused=float((~is_house).mean()),
                confidently_wrong=float(is_wrong.mean()),
                as_house=float(is_house.mean()),
                per_second=len(found) / seconds,
            )
        )
        if group != "absent":
            errors.append(pd.DataFrame({"precision": found["precision"], "error": distance}))
    return Accuracy(
        kinds=tuple(scores),
        precisions=_by_precision(pd.concat(errors)),
        confidently_wrong=float(np.mean([score.confidently_wrong for score in scores])),
    )


def damaged_queries(register: AddressRegister, kind: str, *, seed: int, sample: int = 0) -> pd.DataFrame:
    """Give addresses of a register damaged in one way, to locate; `sample` of them, 0 for all."""
    chosen = _sampled(register, seed=seed, sample=sample)
    source = _source_of(register, random.Random(seed))
    damage = KINDS[kind][1]
    return pd.DataFrame([damage(address, source) for address in _addresses(chosen)], columns=QUERY_COLUMNS)


def _sampled(register: AddressRegister, *, seed: int, sample: int) -> pd.DataFrame:
    table = register.table
    return table.sample(sample, random_state=seed) if 0 < sample < len(table) else table


def _addresses(table: pd.DataFrame) -> Iterator[Address]:
    columns = ["street", "house_number", "house_letter", "house_suffix", "postcode", "town"]
    for row in table[columns].itertuples(index=False, name=None):
        yield Address(*row)


def _source_of(register: AddressRegister, chance: random.Random) -> Source:
    table = register.table
    known = frozenset(key for name in set(table["street"]) for key in spellings(name))
    numbers: dict[tuple[str, str], set[int]] = {}
    for address in _addresses(table):
        numbers.setdefault((address.street, address.town), set()).add(address.number)
    return Source(
        random=chance,
        postcodes=sorted(set(table["postcode"]) - {""}),
        streets=sorted(set(table["street"])),
        known=known,
        known_names=sorted(known),
        numbers={place: frozenset(found) for place, found in numbers.items()},
    )


def _by_precision(errors: pd.DataFrame) -> tuple[PrecisionScore, ...]:
    found = []
    for precision in Precision:
        error = errors.loc[errors["precision"] == str(precision), "error"].to_numpy()
        is_located = np.isfinite(error)
        found.append(
            PrecisionScore(
                precision=str(precision),
                count=len(error),
                median_m=float(np.median(error[is_located])) if is_located.any() else float("nan"),
                p90_m=float(np.quantile(error[is_located], 0.9)) if is_located.any() else float("nan"),
            )
        )
    return tuple(found)


# -- kinds of damage -------------------------------------------------------------------------------------


def _exact(address: Address, _: Source) -> Query:
    return (
        address.street,
        str(address.number),
        address.letter,
        address.suffix,
        address.postcode,
        address.town,
        "",
    )


def _changed(address: Address, source: Source, **fields: str) -> Query:
    values = dict(zip(QUERY_COLUMNS, _exact(address, source), strict=True)) | fields
    street, number, letter, suffix, postcode, town, text = (values[name] for name in QUERY_COLUMNS)
    return street, number, letter, suffix, postcode, town, text


def _no_postcode(address: Address, source: Source) -> Query:
    return _changed(address, source, postcode="")


def _no_street(address: Address, source: Source) -> Query:
    return _changed(address, source, street="", town="")


def _case_and_spaces(address: Address, source: Source) -> Query:
    change = source.random.choice([str.upper, str.lower, str.swapcase])
    postcode = f"{address.postcode[:4]} {address.postcode[4:]}"
    return (
        f" {change(address.street).replace(' ', '  ')} ",
        f" {address.number} ",
        change(address.letter),
        f" {change(address.suffix)}",
        source.random.choice([postcode, postcode.lower(), address.postcode.lower()]),
        f"{change(address.town)} ",
        "",
    )


def _suffix_in_number(address: Address, source: Source) -> Query:
    return _changed(
        address, source, house_number=_written_number(address, source), house_letter="", house_suffix=""
    )


def _written_number(address: Address, source: Source) -> str:
    letter = source.random.choice(["", " ", "-"]) + address.letter if address.letter else ""
    suffix = source.random.choice(["-", " ", "/"]) + address.suffix if address.suffix else ""
    return f"{address.number}{letter}{suffix}"


_SHORT = (
    ("dwarsstraat", "dwstr."),
    ("straat", "str."),
    ("laan", "ln"),
    ("plein", "pln"),
    ("singel", "sngl"),
    ("kade", "kd"),
    ("weg", "wg"),
)
_SHORT_WORDS = {
    "burgemeester": "Burg.",
    "sint": "St.",
    "professor": "Prof.",
    "meester": "Mr.",
    "dokter": "Dr.",
    "doctor": "Dr.",
    "prins": "Pr.",
    "prinses": "Pr.",
    "koningin": "Kon.",
    "admiraal": "Adm.",
    "generaal": "Gen.",
    "verlengde": "Verl.",
    "nieuwe": "Nwe",
    "grote": "Gr.",
    "kleine": "Kl.",
    "van der": "v.d.",
}


def _short(street: str) -> str:
    words = re.sub(r"\bvan der\b", "v.d.", street).split()
    words = [_SHORT_WORDS.get(word.lower(), word) for word in words[:-1]] + words[-1:]
    for whole, short in _SHORT:
        if words[-1].lower().endswith(whole) and len(words[-1]) > len(whole):
            words[-1] = words[-1][: -len(whole)] + short
            break
    return " ".join(words)


def _abbreviated(address: Address, source: Source) -> Query:
    return _changed(address, source, street=_short(address.street))


def _abbreviated_without_postcode(address: Address, source: Source) -> Query:
    return _changed(address, source, street=_short(address.street), postcode="")


def _typo(street: str, chance: random.Random) -> str:
    """The name with one letter left out, put in, replaced, or exchanged with the next."""
    at = chance.choice([number for number, mark in enumerate(street) if mark.isalpha()])
    letter = chance.choice("abcdefghijklmnoprstuvwz")
    kind = chance.randrange(4)
    if kind == 0 and len(street) > 3:
        changed = street[:at] + street[at + 1 :]
    elif kind == 1:
        changed = street[:at] + letter + street[at:]
    elif kind == 2 or at + 1 == len(street):
        changed = street[:at] + letter + street[at + 1 :]
    else:
        changed = street[:at] + street[at + 1] + street[at] + street[at + 2 :]
    return changed if fold(changed) != fold(street) else street[:at] + letter + street[at:]


def _one_typo(address: Address, source: Source) -> Query:
    return _changed(address, source, street=_typo(address.street, source.random))


def _typo_without_postcode(address: Address, source: Source) -> Query:
    return _changed(address, source, street=_typo(address.street, source.random), postcode="")


def _wrong_postcode(address: Address, source: Source) -> Query:
    """Half the time another one of the register, half the time with one letter or digit changed."""
    wrong = source.random.choice(source.postcodes)
    if source.random.random() < 0.5:
        at = source.random.randrange(1, 6)
        mark = source.random.choice("0123456789" if at < 4 else "ABCDEGHJKLMNPRTVWXZ")
        wrong = address.postcode[:at] + mark + address.postcode[at + 1 :]
    return _changed(address, source, postcode=wrong)


def _wrong_town(address: Address, source: Source) -> Query:
    return _changed(address, source, town=source.random.choice(["Ons Dorp", "Centrum", "Elders"]))


def _in_words(address: Address, source: Source) -> str:
    postcode = source.random.choice([address.postcode, f"{address.postcode[:4]} {address.postcode[4:]}"])
    number = _written_number(address, source)
    return source.random.choice(
        [
            f"{address.street} {number}, {postcode} {address.town}",
            f"{address.street} {number} {postcode} {address.town}",
            f"{postcode} {address.town}, {address.street} {number}",
            f"{address.street} {number}, {address.town}",
            f"{address.street.lower()} {number}, {address.town.lower()}",
        ]
    )


def _free_text(address: Address, source: Source) -> Query:
    return "", "", "", "", "", "", _in_words(address, source)


_BEFORE = (
    "Overlast van jongeren, ",
    "melding van geluidsoverlast op het adres ",
    "Het is weer raak: ",
    "sinds 3 weken dealen in de portiek van ",
    "Groep van 8 personen op ",
    "om 23:30 uur lawaai aan de ",
)
_AFTER = (
    ", graag contact opnemen",
    ". Al 4 keer gemeld!",
    ", gisteren om 22.15 uur",
    " (achterom via de poort)",
    ", 2e melding deze week",
)


def _noisy_text(address: Address, source: Source) -> Query:
    text = source.random.choice(_BEFORE) + _in_words(address, source) + source.random.choice(_AFTER)
    return "", "", "", "", "", "", text


def _no_such_number(address: Address, source: Source) -> Query:
    known = source.numbers[address.street, address.town]
    number = address.number
    while number in known:
        number = source.random.randrange(1, max(known) + 200)
    return _changed(
        address,
        source,
        house_number=str(number),
        house_letter="",
        house_suffix="",
        postcode=source.random.choice([address.postcode, ""]),
    )


def _no_such_street(address: Address, source: Source) -> Query:
    """The beginning of one street's name and the end of another's, or a made-up name.

    A name that is one letter from a street's is that street's, misspelled, and not taken; nor is one up to
    three letters from the address's own street, as its number and postcode say that this one is meant.
    """
    name = address.street
    while _is_like_a_street(name, source) or OSA.distance(name.lower(), address.street.lower()) <= 3:
        first, second = source.random.choices(source.streets, k=2)
        made = "".join(source.random.choices(("ka", "vo", "len", "ster", "mir", "dun", "bol", "tra"), k=3))
        name = source.random.choice(
            [first[: len(first) // 2] + second[len(second) // 2 :], made.capitalize() + "straat"]
        )
    return _changed(address, source, street=name, postcode=source.random.choice([address.postcode, ""]))


def _is_like_a_street(name: str, source: Source) -> bool:
    return any(
        key in source.known
        or extractOne(key, source.known_names, scorer=OSA.distance, score_cutoff=1) is not None
        for key in spellings(name)
    )


def _suffix_lost(address: Address, source: Source) -> Query:
    return _changed(address, source, house_letter="", house_suffix="")


KINDS: dict[str, tuple[str, Damage]] = {
    "exact": ("clean", _exact),
    "no postcode": ("clean", _no_postcode),
    "no street": ("clean", _no_street),
    "case and spaces": ("clean", _case_and_spaces),
    "suffix inside the number field": ("clean", _suffix_in_number),
    "free text": ("clean", _free_text),
    "abbreviated": ("damaged", _abbreviated),
    "abbreviated, no postcode": ("damaged", _abbreviated_without_postcode),
    "one typo": ("damaged", _one_typo),
    "typo, no postcode": ("damaged", _typo_without_postcode),
    "wrong postcode": ("damaged", _wrong_postcode),
    "unknown town": ("damaged", _wrong_town),
    "free text with noise": ("damaged", _noisy_text),
    "suffix lost": ("lossy", _suffix_lost),
    "non-existing number": ("absent", _no_such_number),
    "non-existing street": ("absent", _no_such_street),
}
"""Every kind of damage by name: its group, and what does it."""
