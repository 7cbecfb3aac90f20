"""Texts that speak of one house: they name a number, or the home that the nuisance comes from."""

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_NUMBER = r"\d{1,4} ?(?:[a-z]|bis|hs)?"
_HOME = r"(?:woning|huis|adres|appartement|pand|studio|benedenwoning|bovenwoning)"
_PEOPLE = r"(?:\w{0,8}(?:buren|buurman|buurvrouw)|bewoners?|bewoonster|huurders?|familie|gezin)"
_OF_PEOPLE = ("buren", "buur", "bewoner", "bewoonster", "huurder", "huurster", "familie", "gezin")
_OF_HOMES = ("woning", "huis", "adres", "appartement", "pand", "studio")
_MENTIONS = [
    (re.compile(pattern, re.IGNORECASE), parts)
    for pattern, parts in (
        # what intake made of a number of a house, or of where somebody lives
        (r"\[(?:huisnummer|adres)\]", ("[",)),
        (rf"\b(?:huis)?(?:nummer|nr)\b\.? ?{_NUMBER}\b", ("nummer", "nr")),
        # 'de bovenburen van 12a', 'de bewoner op 31'
        (rf"\b{_PEOPLE} (?:van|op|uit|in) {_NUMBER}\b", _OF_PEOPLE),
        # a house is pointed at, or the nuisance comes out of one
        (rf"\b(?:deze|dit|die|dat) {_HOME}\b", _OF_HOMES),
        (rf"\b(?:uit|vanuit|in|om|rond|van) (?:de|het|een|zijn|haar|hun|'t) {_HOME}\b", _OF_HOMES),
        # who lives there is spoken of as one
        (r"\b(?:bewoner|bewoonster|huurder|huurster)\b", _OF_PEOPLE),
        (r"\b(?:boven|onder|beneden)(?:buren|buurman|buurvrouw|buur)\b", _OF_PEOPLE),
        (r"\b(?:drugspand|woonoverlast)\b", ("drugspand", "woonoverlast")),
    )
]
"""Ways to speak of one house, each with parts of which it holds one: looking for these is much faster."""


def mention_a_house(texts: Iterable[str]) -> NDArray[np.bool_]:
    """Say of each text whether it speaks of one house.

    Examples
    --------
    >>> mention_a_house(["Herrie van nummer 14", "de bovenburen van 12a", "op het plein", ""]).tolist()
    [True, True, False, False]
    """
    return np.array([_mentions_a_house(text) for text in texts], dtype=np.bool_)


def _mentions_a_house(text: str) -> bool:
    plain = text.lower() if text.isascii() else None  # other letters may be the capitals of these
    return any(
        pattern.search(text) is not None
        for pattern, parts in _MENTIONS
        if plain is None or any(part in plain for part in parts)
    )
