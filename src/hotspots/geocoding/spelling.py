"""Normalised spelling of the names of streets, towns and places, so that variants compare equal."""

import re
import tomllib
import unicodedata
from functools import lru_cache
from itertools import islice, product
from pathlib import Path

MAX_SPELLINGS = 12

_SHORT = tomllib.loads(Path(__file__).with_name("abbreviations.toml").read_text(encoding="utf-8"))
_WORDS: dict[str, tuple[str, ...]] = {short: tuple(whole) for short, whole in _SHORT["words"].items()}
_ENDINGS: dict[str, str] = _SHORT["endings"]
_DOTTED_ENDINGS: dict[str, str] = _SHORT["dotted_endings"]

_WHERE_A_TOWN_LIES = re.compile(
    r"(?<=\w)(?:\s*\([^()]*\)?"
    r"|[\s,]+(?:gn|gr|fr|dr|ov|gld|ut|nh|zh|zld|zl|nb|lb|l|fl|limburg|noord-holland|gelderland)\.?"
    r"|\s+gem(?:eente|\.)?\s.+|\s+(?:op\s+)?(?:ameland|texel|terschelling))\s*$",
    re.IGNORECASE,
)
_MUNICIPALITY_OF = re.compile(r"^\s*gem(?:eente|\.|(?=\s))\s*(?=\w{3})", re.IGNORECASE)
_ON_THE = re.compile(r"\b(?:a(?:an|/|\.|\s)?\s?(?:den?|d)|ad)\b\.?(?=\s?\w)", re.IGNORECASE)
_SAINT = re.compile(r"\bst(?:\.|\b)[\s-]*", re.IGNORECASE)
_NEW = re.compile(r"\bnw\b\.?", re.IGNORECASE)
_VAN = re.compile(r"\bv\.?\s?/?\s?(d|h|dn|t)\b\.?", re.IGNORECASE)
_LIKENESS_WORD = re.compile(r"[^\W_]+")
_ARTICLES = ("de", "het", "t")
_WORD = re.compile(r"[^\W_]+\.?|\.")
_LIGATURES = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l", "ÿ": "y"})


def fold(text: str) -> str:
    """Give a text in lower case, without accents and ligatures.

    Examples
    --------
    >>> fold("Curaçaostraat")
    'curacaostraat'
    """
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    spread = unicodedata.normalize("NFKD", lowered.translate(_LIGATURES))
    return "".join(letter for letter in spread.lower() if not unicodedata.combining(letter))


def likeness(key: str) -> str:
    """Give what addresses have in common that are written alike: their words, without an article before them.

    Parameters
    ----------
    key
        Of a query (:func:`hotspots.geocoding.locating.query_key`).

    Examples
    --------
    >>> likeness("het stadspark.|||||"), likeness("stadspark|||||"), likeness("markt|1|a||6211ab|")
    ('stadspark', 'stadspark', 'markt 1 a 6211ab')
    """
    words = _LIKENESS_WORD.findall(fold(key))
    while len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    return " ".join(words) or key


@lru_cache(maxsize=200_000)
def spellings(name: str) -> tuple[str, ...]:
    """Give readings of a street's name, likeliest first: abbreviations expanded, no blanks or punctuation.

    Examples
    --------
    >>> spellings("Burg. v.d. Venstr.")
    ('burgemeestervandervenstraat',)
    >>> spellings("Pr. Beatrixln")[:2]
    ('prinsbeatrixlaan', 'prinsesbeatrixlaan')
    """
    words = words_of(name)
    options = [word_spellings(word, is_last=number == len(words) - 1) for number, word in enumerate(words)]
    keys = dict.fromkeys("".join(parts) for parts in islice(product(*options), MAX_SPELLINGS))
    return tuple(key for key in keys if key)


def words_of(name: str) -> list[str]:
    """Split a name into folded words, each with its full stop; initials become separate words.

    Examples
    --------
    >>> words_of("Prof. J.C. v.d. Dr.-Schoutelaan")
    ['prof.', 'j.', 'c.', 'vd', 'dr.', 'schoutelaan']
    """
    plain = fold(name).replace("’", "'").replace("`", "'")
    plain = _VAN.sub(lambda match: f" v{match[1].lower()} ", plain)
    return [word for word in _WORD.findall(plain.replace("'", "")) if word != "."]


@lru_cache(maxsize=200_000)
def word_spellings(word: str, *, is_last: bool = False) -> tuple[str, ...]:
    """Give readings of one word of a name, as given by :func:`words_of`."""
    bare = word.rstrip(".")
    if bare in _WORDS and not (is_last and bare == "n"):
        options = _WORDS[bare]
        return options[::-1] if is_last and bare in {"st", "dr", "gr"} else options
    for ending, whole in _ENDINGS.items():
        if bare.endswith(ending) and len(bare) > len(ending) + 1:
            return (bare[: -len(ending)] + whole,)
    if word.endswith("."):
        for ending, whole in _DOTTED_ENDINGS.items():
            if bare.endswith(ending) and len(bare) > len(ending) + 2:
                return (bare[: -len(ending)] + whole, bare)
    return (bare,)


@lru_cache(maxsize=50_000)
def town_key(name: str) -> str:
    """A town's name without blanks, marks and the province, island or municipality that registers add.

    Examples
    --------
    >>> town_key("Haren Gn"), town_key("'s-Gravenhage"), town_key("BERGEN (NH.)"), town_key("Nes Ameland")
    ('haren', 'sgravenhage', 'bergen', 'nes')
    >>> town_key("Alphen a/d Rijn") == town_key("Alphen aan den Rijn"), town_key("St. Odiliënberg")
    (True, 'sintodilienberg')
    """
    name = _WHERE_A_TOWN_LIES.sub("", _MUNICIPALITY_OF.sub("", name.strip()))
    plain = _NEW.sub("nieuw", _SAINT.sub("sint ", _ON_THE.sub("aand ", fold(name))))
    return re.sub(r"[\W_]+", "", plain)


@lru_cache(maxsize=50_000)
def addition_key(text: str) -> str:
    """Give a house letter and suffix in capitals, without blanks and punctuation but between two numbers.

    Examples
    --------
    >>> addition_key("a"), addition_key("-02"), addition_key("A 1-h"), addition_key("1/2"), addition_key("12")
    ('A', '02', 'A1H', '1-2', '12')
    """
    parts = re.split(r"(?<=\d)[\W_]+(?=\d)", fold(text))
    return "-".join(re.sub(r"[\W_]+", "", part) for part in parts).upper()


_ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4", "V": "5", "VI": "6"}
_GROUND_FLOOR = {"HS", "HUIS", "H", "BG", "BENEDEN", "BEN"}


@lru_cache(maxsize=50_000)
def loose_addition(key: str) -> str:
    """Normalise variants of an addition: Roman numerals, leading zeros, words for the ground floor.

    Examples
    --------
    >>> loose_addition("III"), loose_addition("02"), loose_addition("HUIS")
    ('3', '2', 'HS')
    """
    if key in _ROMAN:
        return _ROMAN[key]
    if key in _GROUND_FLOOR:
        return "HS"
    return re.sub(r"(?<!\d)0+(?=\d)", "", key)
