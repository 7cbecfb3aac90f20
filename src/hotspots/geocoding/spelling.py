"""Names of streets, towns and places in one spelling, so that ways of writing them compare equal."""

import re
import unicodedata
from functools import lru_cache
from itertools import islice, product

MAX_SPELLINGS = 12

_WORDS: dict[str, tuple[str, ...]] = {
    # titles and given words before a name; more than one meaning gives more than one spelling
    "st": ("sint", "straat"),
    "ste": ("sinte", "sint"),
    "sinte": ("sinte", "sint"),
    "burg": ("burgemeester",),
    "burgem": ("burgemeester",),
    "bgm": ("burgemeester",),
    "dr": ("doctor", "dokter", "dreef"),
    "prof": ("professor",),
    "mr": ("meester",),
    "ir": ("ingenieur",),
    "ing": ("ingenieur",),
    "ds": ("dominee",),
    "past": ("pastoor",),
    "kard": ("kardinaal",),
    "mgr": ("monseigneur",),
    "pr": ("prins", "prinses", "president"),
    "kon": ("koningin", "koning"),
    "pres": ("president",),
    "gen": ("generaal",),
    "kol": ("kolonel",),
    "kapt": ("kapitein",),
    "adm": ("admiraal",),
    "luit": ("luitenant",),
    "mej": ("mejuffrouw",),
    "mevr": ("mevrouw",),
    "gebr": ("gebroeders",),
    "ged": ("gedempte",),
    "verl": ("verlengde",),
    "gr": ("grote", "gracht"),
    "kl": ("kleine",),
    "nwe": ("nieuwe",),
    "nw": ("nieuwe",),
    "n": ("n", "nieuwe"),
    "o": ("o", "oude"),
    "jhr": ("jonkheer",),
    "vd": ("vander",),
    "vh": ("vanhet",),
    "vdn": ("vanden",),
    "eerste": ("1e",),
    "tweede": ("2e",),
    "derde": ("3e",),
    "1ste": ("1e",),
    "2de": ("2e",),
    "3de": ("3e",),
    # kinds of street as words of their own
    "str": ("straat",),
    "ln": ("laan",),
    "pl": ("plein",),
    "pln": ("plein",),
    "wg": ("weg",),
}

_ENDINGS: dict[str, str] = {
    "dwstr": "dwarsstraat",
    "str": "straat",
    "pln": "plein",
    "ln": "laan",
    "wg": "weg",
    "sngl": "singel",
    "kd": "kade",
    "gr": "gracht",
    "dk": "dijk",
    "hf": "hof",
    "pd": "pad",
    "stg": "steeg",
}
"""Kinds of street as registers and people shorten them at the end of a name; no Dutch word ends like this."""

_DOTTED_ENDINGS = {"st": "straat", "pl": "plein", "w": "weg", "l": "laan", "s": "straat", "k": "kade"}
"""These only with a full stop: `Kerkst.`"""

_PROVINCE = re.compile(r"\s+\(?(?:gn|gr|fr|dr|ov|gld|ut|nh|zh|zld|zl|nb|lb|l|fl)\.?\)?$", re.IGNORECASE)
_VAN = re.compile(r"\bv\.?\s?/?\s?(d|h|dn|t)\b\.?", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+\.?|\.")
_LIGATURES = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l", "ÿ": "y"})


def fold(text: str) -> str:
    """Lower case without accents and ligatures.

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


@lru_cache(maxsize=200_000)
def spellings(name: str) -> tuple[str, ...]:
    """Ways to read a street's name, abbreviations written out, without blanks and marks; the likeliest first.

    Examples
    --------
    >>> spellings("Burg. v.d. Venstr.")
    ('burgemeestervandervenstraat',)
    >>> spellings("Pr. Beatrixln")[:2]
    ('prinsbeatrixlaan', 'prinsesbeatrixlaan')
    """
    words = words_of(name)
    options = [word_spellings(word, is_last=number == len(words) - 1) for number, word in enumerate(words)]
    found = dict.fromkeys("".join(parts) for parts in islice(product(*options), MAX_SPELLINGS))
    return tuple(key for key in found if key)


def words_of(name: str) -> list[str]:
    """The words of a name, folded, each with the full stop that ends it, initials apart.

    Examples
    --------
    >>> words_of("Prof. J.C. v.d. Dr.-Schoutelaan")
    ['prof.', 'j.', 'c.', 'vd', 'dr.', 'schoutelaan']
    """
    plain = fold(name).replace("’", "'").replace("`", "'")
    plain = _VAN.sub(lambda found: f" v{found[1].lower()} ", plain)
    return [word for word in _WORD.findall(plain.replace("'", "")) if word != "."]


@lru_cache(maxsize=200_000)
def word_spellings(word: str, *, is_last: bool = False) -> tuple[str, ...]:
    """Ways to read one word of a name, as :func:`words_of` gives it."""
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
    """A town's name without blanks, marks and the province that registers add.

    Examples
    --------
    >>> town_key("Haren Gn"), town_key("'s-Gravenhage")
    ('haren', 'sgravenhage')
    """
    return re.sub(r"[\W_]+", "", fold(_PROVINCE.sub("", name.strip())))


@lru_cache(maxsize=50_000)
def addition_key(text: str) -> str:
    """A house letter and suffix in capitals, without blanks and marks.

    Examples
    --------
    >>> addition_key("a"), addition_key("-02"), addition_key("A 1-h")
    ('A', '02', 'A1H')
    """
    return re.sub(r"[\W_]+", "", fold(text)).upper()


_ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4", "V": "5", "VI": "6"}
_GROUND_FLOOR = {"HS", "HUIS", "H", "BG", "BENEDEN", "BEN"}


@lru_cache(maxsize=50_000)
def loose_addition(key: str) -> str:
    """An addition as people vary it: Roman numerals, leading zeros and words for the ground floor made equal.

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
