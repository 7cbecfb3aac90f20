"""Accuracy of geocoding: real addresses are damaged in named ways, located, and compared with the truth."""

import random
import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import pandas as pd
from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from hotspots.evaluation.report_texts import words
from hotspots.geocoding.locating import QUERY_COLUMNS, Query, locate_addresses
from hotspots.geocoding.register import AddressRegister
from hotspots.geocoding.spelling import fold, spellings
from hotspots.model import HOUSE_PRECISIONS, Precision

RIGHT_M = 10.0
WRONG_M = 60.0


@dataclass(frozen=True)
class Source:
    """What damage draws on: random numbers, and the other entries of the register."""

    random: random.Random
    postcodes: list[str]
    streets: list[str]
    known: frozenset[str]  # spellings of all streets
    known_names: list[str]  # the same, in order
    numbers: Mapping[Hashable, frozenset[int]]  # of each street and town


Damage = Callable[[Query, Source], Query]


@dataclass(frozen=True)
class KindScore:
    """Scores for one kind of damage, as shares of all addresses with that damage.

    Attributes
    ----------
    group
        ``clean`` (nothing lost), ``damaged``, or ``absent`` (no such address exists, so any house number is
        wrong).
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
    """Errors of the points of one precision class, for addresses that exist."""

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
        Called with the name of each kind when it begins.
    """
    chosen = register.table
    if 0 < sample < len(chosen):
        chosen = chosen.sample(sample, random_state=seed)
    addresses = addresses_of(chosen)
    source = source_of(register.table, random.Random(seed))
    scores, errors = [], []
    for kind, (group, damage) in KINDS.items():
        on_kind(kind)
        queries = pd.DataFrame([damage(address, source) for address in addresses], columns=QUERY_COLUMNS)
        start = perf_counter()
        located = locate_addresses(queries, register)
        seconds = perf_counter() - start
        distance = register.index.distance_m(located["lon"], located["lat"], chosen["lon"], chosen["lat"])
        is_house = located["precision"].isin(HOUSE_PRECISIONS).to_numpy()
        is_wrong = is_house if group == "absent" else is_house & ~(distance <= WRONG_M)
        scores.append(
            KindScore(
                kind=kind,
                group=group,
                count=len(located),
                right=float((is_house & (distance <= RIGHT_M)).mean()),
                refused=float((~is_house).mean()),
                confidently_wrong=float(is_wrong.mean()),
                as_house=float(is_house.mean()),
                per_second=len(located) / seconds,
            )
        )
        if group != "absent":
            errors.append(pd.DataFrame({"precision": located["precision"], "error": distance}))
    return Accuracy(
        kinds=tuple(scores),
        precisions=_by_precision(pd.concat(errors)),
        confidently_wrong=float(np.mean([score.confidently_wrong for score in scores])),
    )


def addresses_of(table: pd.DataFrame) -> list[Query]:
    """Give the rows of a register as undamaged queries."""
    columns = [table[name].astype(str).tolist() for name in QUERY_COLUMNS[:-1]]
    return [Query(*row) for row in zip(*columns, strict=True)]


def source_of(table: pd.DataFrame, chance: random.Random) -> Source:
    """Collect what damage to addresses of a register draws on."""
    streets = sorted(set(table["street"]))
    known = frozenset(key for name in streets for key in spellings(name))
    return Source(
        random=chance,
        postcodes=sorted(set(table["postcode"]) - {""}),
        streets=streets,
        known=known,
        known_names=sorted(known),
        numbers=table.groupby(["street", "town"])["house_number"].agg(frozenset).to_dict(),
    )


def _by_precision(errors: pd.DataFrame) -> tuple[PrecisionScore, ...]:
    scores = []
    for precision in Precision:
        error = errors.loc[errors["precision"] == str(precision), "error"].to_numpy()
        located = error[np.isfinite(error)]
        median, p90 = (np.median(located), np.quantile(located, 0.9)) if len(located) else (np.nan, np.nan)
        scores.append(PrecisionScore(str(precision), len(error), float(median), float(p90)))
    return tuple(scores)


# -- kinds of damage -------------------------------------------------------------------------------------


def _exact(address: Query, _: Source) -> Query:
    return address


def _without(*fields: str, after: Damage = _exact) -> Damage:
    """Damage that empties these fields, after other damage."""
    return lambda address, source: after(address, source)._replace(**dict.fromkeys(fields, ""))


def _case_and_spaces(address: Query, source: Source) -> Query:
    change = source.random.choice([str.upper, str.lower, str.swapcase])
    postcode = f"{address.postcode[:4]} {address.postcode[4:]}"
    return Query(
        street=f" {change(address.street).replace(' ', '  ')} ",
        house_number=f" {address.house_number} ",
        house_letter=change(address.house_letter),
        house_suffix=f" {change(address.house_suffix)}",
        postcode=source.random.choice([postcode, postcode.lower(), address.postcode.lower()]),
        town=f"{change(address.town)} ",
    )


def _suffix_in_number(address: Query, source: Source) -> Query:
    number = _written_number(address, source)
    return address._replace(house_number=number, house_letter="", house_suffix="")


def _written_number(address: Query, source: Source) -> str:
    letter, suffix = address.house_letter, address.house_suffix
    before_letter = source.random.choice(["", " ", "-"]) if letter else ""
    before_suffix = source.random.choice(["-", " ", "/"]) if suffix else ""
    return f"{address.house_number}{before_letter}{letter}{before_suffix}{suffix}"


def _abbreviated(address: Query, _: Source) -> Query:
    return address._replace(street=_short(address.street))


def _short(street: str) -> str:
    *first, last = re.sub(r"\bvan der\b", "v.d.", street).split()
    short = {whole: short for short, wholes in words()["short_words"].items() for whole in wholes}
    for ending, (whole,) in words()["short_endings"].items():
        if last.lower().endswith(whole) and len(last) > len(whole):
            last = last[: -len(whole)] + ending
            break
    return " ".join([*(short.get(word.lower(), word) for word in first), last])


def _typo(street: str, chance: random.Random) -> str:
    """The name with one letter left out, inserted, replaced, or swapped with the next."""
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


def _one_typo(address: Query, source: Source) -> Query:
    return address._replace(street=_typo(address.street, source.random))


def _wrong_postcode(address: Query, source: Source) -> Query:
    """Half the time another postcode of the register, half the time one with a letter or digit changed."""
    wrong = source.random.choice(source.postcodes)
    if source.random.random() < 0.5:
        at = source.random.randrange(1, 6)
        mark = source.random.choice("0123456789" if at < 4 else "ABCDEGHJKLMNPRTVWXZ")
        wrong = address.postcode[:at] + mark + address.postcode[at + 1 :]
    return address._replace(postcode=wrong)


def _wrong_town(address: Query, source: Source) -> Query:
    return address._replace(town=source.random.choice(["Ons Dorp", "Centrum", "Elders"]))


def _in_words(address: Query, source: Source) -> str:
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


def _free_text(address: Query, source: Source) -> Query:
    return Query(free_text=_in_words(address, source))


def _noisy_text(address: Query, source: Source) -> Query:
    around, choice = words()["around_address"], source.random.choice
    return Query(free_text=choice(around["before"]) + _in_words(address, source) + choice(around["after"]))


def _no_such_number(address: Query, source: Source) -> Query:
    known = source.numbers[address.street, address.town]
    number = int(address.house_number)
    while number in known:
        number = source.random.randrange(1, max(known) + 200)
    postcode = source.random.choice([address.postcode, ""])
    return Query(street=address.street, house_number=str(number), postcode=postcode, town=address.town)


def _no_such_street(address: Query, source: Source) -> Query:
    """Replace the street by the start of one name joined to the end of another, or by a made-up name.

    Skips names within one letter of any street, as that street misspelled, and names within three letters of
    the address's own street, which its number and postcode would identify.
    """
    name = address.street
    while _is_like_a_street(name, source) or OSA.distance(name.lower(), address.street.lower()) <= 3:
        first, second = source.random.choices(source.streets, k=2)
        made = "".join(source.random.choices(("ka", "vo", "len", "ster", "mir", "dun", "bol", "tra"), k=3))
        name = source.random.choice(
            [first[: len(first) // 2] + second[len(second) // 2 :], made.capitalize() + "straat"]
        )
    return address._replace(street=name, postcode=source.random.choice([address.postcode, ""]))


def _is_like_a_street(name: str, source: Source) -> bool:
    return any(
        key in source.known
        or extractOne(key, source.known_names, scorer=OSA.distance, score_cutoff=1) is not None
        for key in spellings(name)
    )


KINDS: dict[str, tuple[str, Damage]] = {
    "exact": ("clean", _exact),
    "no postcode": ("clean", _without("postcode")),
    "no street": ("clean", _without("street", "town")),
    "case and spaces": ("clean", _case_and_spaces),
    "suffix inside the number field": ("clean", _suffix_in_number),
    "free text": ("clean", _free_text),
    "abbreviated": ("damaged", _abbreviated),
    "abbreviated, no postcode": ("damaged", _without("postcode", after=_abbreviated)),
    "one typo": ("damaged", _one_typo),
    "typo, no postcode": ("damaged", _without("postcode", after=_one_typo)),
    "wrong postcode": ("damaged", _wrong_postcode),
    "unknown town": ("damaged", _wrong_town),
    "free text with noise": ("damaged", _noisy_text),
    "suffix lost": ("lossy", _without("house_letter", "house_suffix")),
    "non-existing number": ("absent", _no_such_number),
    "non-existing street": ("absent", _no_such_street),
}
"""Every kind of damage by name: its group, and what does it."""
