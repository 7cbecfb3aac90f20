"""Texts that speak of one house: they name a number, or the home that the nuisance comes from."""

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_NUMBER = r"\d{1,4} ?(?:[a-z]|bis|hs)?"
_HOME = r"(?:woning|huis|adres|appartement|pand|studio|benedenwoning|bovenwoning)"
_MENTION = re.compile(
    # what intake made of a number of a house, or of where somebody lives
    r"\[(?:huisnummer|adres)\]"
    rf"|\b(?:huis)?(?:nummer|nr)\b\.? ?{_NUMBER}\b"
    # 'de bovenburen van 12a', 'de bewoner op 31'
    rf"|\b(?:\w{{0,8}}buren|\w{{0,8}}buurman|\w{{0,8}}buurvrouw|bewoners?|bewoonster|huurders?|familie|gezin)"
    rf" (?:van|op|uit|in) {_NUMBER}\b"
    # a house is pointed at, or the nuisance comes out of one
    rf"|\b(?:deze|dit|die|dat) {_HOME}\b"
    rf"|\b(?:uit|vanuit|in|om|rond|van) (?:de|het|een|zijn|haar|hun|'t) {_HOME}\b"
    # who lives there is spoken of as one
    r"|\b(?:bewoner|bewoonster|huurder|huurster)\b"
    r"|\b(?:boven|onder|beneden)(?:buren|buurman|buurvrouw|buur)\b"
    r"|\b(?:drugspand|woonoverlast)\b",
    re.IGNORECASE,
)


def mention_a_house(texts: Iterable[str]) -> NDArray[np.bool_]:
    """Say of each text whether it speaks of one house.

    Examples
    --------
    >>> mention_a_house(["Herrie van nummer 14", "de bovenburen van 12a", "op het plein", ""]).tolist()
    [True, True, False, False]
    """
    return np.array([_MENTION.search(text) is not None for text in texts], dtype=np.bool_)
