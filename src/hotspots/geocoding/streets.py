"""The streets of the register that a written name can mean: exact, shortened, or with typos."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from hotspots.geocoding.index import AddressIndex
from hotspots.geocoding.spelling import spellings, word_spellings, words_of

NAMES_PER_ROUND = 2000
SHORTENED = 1.5
MAX_SHORT_NAME = 4
"""Longest word with a full stop that can stand for an initial."""
_WORD = re.compile(r"['’\w][\w'’-]*")
_FILLERS = {"de", "het", "van", "den", "der", "en", "t", "ter", "ten"}


@dataclass(frozen=True)
class StreetCandidate:
    """A street that a name can mean.

    Attributes
    ----------
    distance
        Number of letters that differ; a shortened name counts as 1.5.
    is_sure
        Whether the name alone identifies the street: one letter differs, or some words are left out. A name
        that differs more may belong to a street that is not in the register.
    """

    street: int
    distance: float
    is_sure: bool = True


def allowed_typos(key: str) -> int:
    """Give how many letters of a name may be wrong: few in short names, which soon match another street.

    Examples
    --------
    >>> allowed_typos("brink"), allowed_typos("lageweg"), allowed_typos("kleineraamstraat")
    (1, 1, 3)
    """
    length = len(key)
    return 0 if length < 5 else 1 if length < 9 else 2 if length < 16 else 3


class StreetFinder:
    """Finds streets by name; names given to :meth:`prepare` beforehand are compared all at once."""

    def __init__(self, index: AddressIndex) -> None:
        self._index = index
        self._exact: dict[str, tuple[int, ...]] = {}
        self._may_begin: dict[str, bool] = {}
        self._similar: dict[str, tuple[tuple[str, int], ...]] = {}

    def exact(self, name: str) -> tuple[int, ...]:
        """Streets with this name, in any of its readings: `Pr. Beatrixlaan` can be two streets."""
        if name not in self._exact:
            known = self._index.streets_by_key
            self._exact[name] = tuple(
                dict.fromkeys(street for key in spellings(name) for street in known.get(key, ()))
            )
        return self._exact[name]

    def may_begin(self, word: str) -> bool:
        """Whether a street's name can begin with this word."""
        if word not in self._may_begin:
            tokens = words_of(word)
            self._may_begin[word] = bool(tokens) and (
                any(key in self._first_words for key in word_spellings(tokens[0])) or bool(self.exact(word))
            )
        return self._may_begin[word]

    @cached_property
    def _first_words(self) -> set[str]:
        names = self._index.street_names
        return {key for name in names if (words := words_of(name)) for key in word_spellings(words[0])}

    def town_in(self, text: str) -> str:
        """The first town of the register that a text names, "" if none."""
        words = [word[0] for word in _WORD.finditer(text)]
        for at in range(len(words)):
            for count in range(min(3, len(words) - at), 0, -1):
                name = " ".join(words[at : at + count])
                if self._index.towns_named(name):
                    return name
        return ""

    def prepare(self, names: Iterable[str]) -> None:
        """Compare names without an exact match with all streets."""
        known = self._index.streets_by_key
        keys = {
            key
            for name in names
            if not self.exact(name)
            for key in spellings(name)
            if key not in self._similar and allowed_typos(key)
        }
        wanted = sorted(keys)
        streets = list(known)
        for start in range(0, len(wanted), NAMES_PER_ROUND):
            part = wanted[start : start + NAMES_PER_ROUND]
            distances = cdist(part, streets, scorer=OSA.distance, score_cutoff=3, dtype=np.uint8)
            rows, columns = np.nonzero(distances <= 3)
            similar_of: dict[str, list[tuple[str, int]]] = {key: [] for key in part}
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
                distance = int(distances[row, column])
                if distance <= allowed_typos(part[row]):
                    similar_of[part[row]].append((streets[column], distance))
            self._similar.update({key: tuple(similar) for key, similar in similar_of.items()})

    def similar(self, name: str) -> list[StreetCandidate]:
        """Streets with a similar name, nearest first; empty if the name matches exactly."""
        if self.exact(name):
            return []
        self.prepare([name])
        is_part = any(word not in _FILLERS for word in words_of(name)[:-1])
        best = {
            street: (SHORTENED, is_part and self._keeps_initials(name, street))
            for street in self._shortened(name)
        }
        for key in spellings(name):
            for other, distance in self._similar.get(key, ()):
                for street in self._index.streets_by_key[other]:
                    best[street] = min(best.get(street, (99, False)), (distance, distance <= 1))
        candidates = [
            StreetCandidate(street, distance, is_sure) for street, (distance, is_sure) in best.items()
        ]
        return sorted(candidates, key=lambda candidate: (candidate.distance, candidate.street))

    def within(self, name: str, streets: Sequence[int]) -> list[StreetCandidate]:
        """Those of the given streets that the name can mean, nearest first."""
        keys = spellings(name)
        candidates = []
        for street in streets:
            others = spellings(self._index.street_names[street])
            distances = [OSA.distance(*pair, score_cutoff=3) for pair in product(keys, others)]
            distance: float = min(distances, default=99)
            if distance > max(map(allowed_typos, keys), default=0) and self._is_short_for(name, street):
                distance = SHORTENED
            if distance <= max(*map(allowed_typos, keys), 0, SHORTENED * (distance == SHORTENED)):
                candidates.append(StreetCandidate(street, distance))
        return sorted(candidates, key=lambda candidate: (candidate.distance, candidate.street))

    @cached_property
    def _by_last_word(self) -> dict[str, list[int]]:
        by_word: dict[str, list[int]] = {}
        for street, name in enumerate(self._index.street_names):
            words = words_of(name)
            if len(words) > 1:
                for key in spellings(words[-1]):
                    by_word.setdefault(key, []).append(street)
        return by_word

    def _shortened(self, name: str) -> list[int]:
        words = words_of(name)
        if not words:
            return []
        streets = {street for key in spellings(words[-1]) for street in self._by_last_word.get(key, ())}
        return sorted(street for street in streets if self._is_short_for(name, street))

    def _is_short_for(self, name: str, street: int) -> bool:
        """Whether its words abbreviate words of the street's name, in order, with the last word equal."""
        short, whole = words_of(name), words_of(self._index.street_names[street])
        if not short or not whole or not set(spellings(short[-1])) & set(spellings(whole[-1])):
            return False
        rest = iter(whole[:-1])
        return all(any(_begins(word, other) for other in rest) for word in short[:-1] if word not in _FILLERS)

    def _keeps_initials(self, name: str, street: int) -> bool:
        """Whether no full word stands for an initial of the street's name: `Jan` could be another J."""
        whole = words_of(self._index.street_names[street])
        return all(
            word in _FILLERS or any(_abbreviates(word, other) for other in whole)
            for word in words_of(name)[:-1]
        )


def _begins(short: str, whole: str) -> bool:
    """Whether one word is short for the other: `burg.` for `burgemeester`, `j.` for `jan` or `joh.`."""
    is_name = not short.endswith(".") or len(short.rstrip(".")) <= MAX_SHORT_NAME
    is_initial = whole.endswith(".") and is_name and short.rstrip(".").startswith(whole.rstrip("."))
    return is_initial or _abbreviates(short, whole)


def _abbreviates(short: str, whole: str) -> bool:
    bare, other = short.rstrip("."), whole.rstrip(".")
    return bare == other or (other.startswith(bare) and (short.endswith(".") or whole.endswith(".")))
