"""How a place lies to the address that is named: opposite it, near it or level with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rapidfuzz.distance import OSA

from hotspots.geocoding.spelling import fold


class Relation(StrEnum):
    """How the place lies to what is named."""

    AT = ""
    NEAR = "nabij"
    OPPOSITE = "t.o."
    LEVEL_WITH = "t.h.v."
    BETWEEN = "tussen"
    CORNER = "hoek"


@dataclass(frozen=True)
class RelationWord:
    """Where a text says how the place lies.

    Attributes
    ----------
    start, end
        Of the words in the text.
    word
        In small letters, without typos.
    is_weak
        Whether the word says this only where an address stands beside it: *bij Markt 3*, not *bij elkaar*.
    is_short
        Whether it is an abbreviation, which no street is called.
    """

    start: int
    end: int
    relation: Relation
    word: str
    is_weak: bool = False
    is_short: bool = False


_OF = r"(?:\s+(?-i:van|VAN)\b)?"
"""In small letters or capitals: *Van Goghstraat* is a name."""
_SHORT: tuple[tuple[Relation, str], ...] = (
    (
        Relation.LEVEL_WITH,
        r"t\s?[./]\s?h\s?[./]?\s?v\b\.?|th\sv\b\.?|thv\b\.?|t\.?h\.\s?van(?=\s)|th\.v\b\.?",
    ),
    (Relation.OPPOSITE, r"t\s?[./]\s?o\b\.?(?:\s?v\b\.?)?|t\.?o\.?v\b\.?|t\.?g\.?o\.?v?\b\.?|teg\b\.?"),
    (Relation.NEAR, r"omg\b\.?|ca\b\.|ong\b\.|±|\+/-|~"),
)
_WORDS: tuple[tuple[Relation, str], ...] = (
    (
        Relation.LEVEL_WITH,
        r"(?:ter|op(?:\s+de)?)\s+hoogte(?:\s+v(?:an\b|\.))?|op\s+gelijke\s+hoogte(?:\s+(?:met|van))?",
    ),
    (
        Relation.OPPOSITE,
        (
            r"(?:(?:schuin|recht|pal|vlak)\s+)?tegen\s?over(?:gelegen|liggend[e]?)?|"
            rf"(?:aan\s+)?(?:de\s+)?(?:over(?:kant|zijde|zij)|(?:andere|overige|tegenoverliggende)\s+(?:kant|zijde)){_OF}|"
            rf"opposite|across(?:\s+from)?|gegen[uü]ber"
        ),
    ),
    (
        Relation.NEAR,
        (
            r"nabij(?:\s?gelegen)?|in\s+de\s+nabijheid(?:\s+van)?|(?:vlak|dicht)\s?bij|(?:vlak|dicht)\s?(?:naast|achter|voor)|"
            rf"(?:in\s+)?(?:de\s+)?(?:directe\s+)?(?:buurt|omgeving){_OF}|omgeving|(?:er|hier|daar)?naast(?:gelegen|liggend[e]?)?|"
            rf"(?:schuin\s+)?achter(?:gelegen)?|(?:aan\s+)?(?:de\s+)?(?:achter|voor|zij)(?:kant|zijde){_OF}|achterpad|zijpad|brandgang|"
            rf"(?:om|op)\s+de\s+hoek(?:\s+(?:van|bij|met))?|schuin(?:\s+voor)?|rondom|langs|voorbij|opzij\s+van|(?:iets\s+)?verder(?:op|\s+dan)|tegenaan|richting|near|next\s+to|behind|grenzend\s+aan|"
            r"parkeer(?:plaats(?:en)?|terrein)|plantsoen|stoep|trottoir|berm|grasveld|bosjes|steegje|"
            r"ongeveer|circa|(?:links|rechts)\s+(?:van|naast)(?!\w)"
        ),
    ),
)
_WEAK: tuple[tuple[Relation, str], ...] = (
    (Relation.NEAR, r"hoek\s+bij|bij|v[oó]{2}r|voor|hoek|rond|tegen|beside"),
    (Relation.OPPOSITE, r"(?<!\d{4})(?<!\d{4}\s)to"),  # 9010 TO is a postcode
)
_KINDS = tuple(
    (relation, pattern, is_weak, is_short)
    for kind, is_weak, is_short in ((_SHORT, False, True), (_WORDS, False, False), (_WEAK, True, False))
    for relation, pattern in kind
)
_ANY = re.compile(
    r"(?<![^\W\d_])(?:"
    + "|".join(f"(?P<r{number}>{pattern})" for number, (_, pattern, _, _) in enumerate(_KINDS))
    + r")(?![^\W\d_]|-\w|['’])",
    re.IGNORECASE,
)
_STEMS = (
    *(
        "t.",
        "t/",
        "t .",
        "t /",
        "to",
        "thv",
        "th.",
        "tgo",
        "tegen",
        "overk",
        "overz",
        "kant",
        "zijde",
        "opposite",
    ),
    *(
        "across",
        "gegen",
        "hoogte",
        "omg",
        "ca.",
        "±",
        "+/-",
        "bij",
        "naast",
        "achter",
        "buurt",
        "zijpad",
        "voor",
    ),
    *(
        "brandgang",
        "hoek",
        "schuin",
        "rond",
        "langs",
        "near",
        "next",
        "behind",
        "grenzend",
        "parkeer",
        "vóór",
    ),
    *(
        "plantsoen",
        "stoep",
        "trottoir",
        "berm",
        "grasveld",
        "bosjes",
        "steegje",
        "ongeveer",
        "circa",
        "links",
    ),
    *("th v", "teg", "ong.", "~", "opzij", "verder", "richting"),
    *("rechts", "beside", "vóor", "voór"),
)
"""One of these is in every word that is looked for: most texts have none, and are soon done."""
_MISSPELLED: dict[str, tuple[Relation, int]] = {
    "tegenover": (Relation.OPPOSITE, 2),
    "overkant": (Relation.OPPOSITE, 1),
    "overzijde": (Relation.OPPOSITE, 1),
    **dict.fromkeys(("nabij", "vlakbij", "dichtbij", "naast", "achter"), (Relation.NEAR, 1)),
    **dict.fromkeys(("achterkant", "achterzijde", "omgeving"), (Relation.NEAR, 1)),
}
"""Words that are known also with typos, and how many letters may be wrong; shorter words are soon another."""
_WORD = re.compile(r"(?<![^\W\d_])[adnotv][^\W\d_]{3,}", re.IGNORECASE)

_HOUSE = (
    r"(?:huis(?:nummer|nr)?|woning|pand|perceel|adres|flat|gebouw|deur|nummer|nr|no|hnr|straat|weg)s?\b\.?"
)
_BETWEEN_WORD_AND_ADDRESS = re.compile(
    rf"[\s:,(\[-]*(?:(?:van|de|het|den|een|ons|mijn)\s+)*(?:{_HOUSE}[\s:,(]*(?:(?:aan|op|van|in)\s+)?(?:(?:de|het)\s+)?)?",
    re.IGNORECASE,
)
_AT_A_HOUSE = re.compile(rf"\s*(?:(?:de|het|dit|deze|die|mijn|ons|onze|hun)\s+)?{_HOUSE}", re.IGNORECASE)
_CLOSED = re.compile(r"\s*(?:$|[,;.)\]])")
_BEFORE_A_NUMBER = re.compile(
    r"\s*(?:(?:de|het)\s+)?(?:(?:huis)?(?:nummer|nr)|no|hnr|woning|huis|pand)?\.?\s*\d", re.IGNORECASE
)


@lru_cache(maxsize=20_000)
def relation_words(text: str, *, has_typos: bool = False) -> tuple[RelationWord, ...]:
    """Give where a text says how the place lies, in its order.

    Parameters
    ----------
    has_typos
        Look for misspelled words too.

    Examples
    --------
    >>> [(one.word, str(one.relation)) for one in relation_words("schuin tegenover de bakker, thv 7")]
    [('schuin tegenover', 't.o.'), ('thv', 't.h.v.')]
    >>> [one.word for one in relation_words("tegnover Markt 3", has_typos=True)]
    ['tegenover']
    """
    found = []
    may_tell = any(map(text.lower().__contains__, _STEMS))
    for match in _ANY.finditer(text) if may_tell else ():
        relation, _, is_weak, is_short = _KINDS[int((match.lastgroup or "r0")[1:])]
        word = " ".join(fold(match[0]).split())
        found.append(RelationWord(match.start(), match.end(), relation, word, is_weak, is_short))
    if has_typos:
        for match in _WORD.finditer(text):
            if any(match.start() < one.end and one.start < match.end() for one in found):
                continue
            if meant := _meant(fold(match[0])):
                found.append(RelationWord(match.start(), match.end(), _MISSPELLED[meant][0], meant))
        found.sort(key=lambda one: one.start)
    return tuple(found)


@lru_cache(maxsize=20_000)
def _meant(word: str) -> str:
    """The word that a misspelled one is meant as, "" if none."""
    for whole, (_, typos) in _MISSPELLED.items():
        if word[0] == whole[0] and OSA.distance(word, whole, score_cutoff=typos) <= typos:
            return whole
    return ""


@lru_cache(maxsize=20_000)
def relation_in_field(text: str) -> tuple[Relation, str, str]:
    """Take out of a field of a house number, suffix, postcode or town how the place lies.

    Returns
    -------
    relation : Relation
    rest : str
        What else stands there.
    words : str
        The words taken out, in small letters.

    Examples
    --------
    >>> relation_in_field("7 (overkant)"), relation_in_field("12 bis")
    ((<Relation.OPPOSITE: 't.o.'>, '7', 'overkant'), (<Relation.AT: ''>, '12 bis', ''))
    """
    found = () if text.isdigit() or not text else relation_words(text, has_typos=True)
    words = [one for one in found if not one.is_weak or _tells(text, one) or not without(text, found)]
    if not words:
        return Relation.AT, text, ""
    return words[0].relation, without(text, words), " ".join(one.word for one in words)


_BEFORE_A_HOUSE_NUMBER = re.compile(
    r"(?:(?:huis)?(?:nr|nummer|no|num)|hnr|hn|woning|huis|pand|perceel|flat|adres|[^\W\d_])?[\W_]*(?=\d)",
    re.IGNORECASE,
)
"""What may stand before a number in its field; any other word says in some way where the place is."""


def says_where(number: str) -> bool:
    """Whether a field of a house number has a word before the number, or a doubt: it may be another house.

    Examples
    --------
    >>> [says_where(text) for text in ("7", "nr. 7", "#7", "tuin 7", "vis-à-vis 7", "7?", "zonder")]
    [False, False, False, True, True, True, False]
    """
    if not any(map(str.isdigit, number)):
        return False
    return "?" in number or not _BEFORE_A_HOUSE_NUMBER.match(number)


@lru_cache(maxsize=20_000)
def relation_of_town(town: str) -> tuple[Relation, str]:
    """Take out of the field of a town how the place lies; *Hoek van Holland* is a town.

    Examples
    --------
    >>> relation_of_town("Ons Dorp (t.o.)"), relation_of_town("Hoek van Holland")
    ((<Relation.OPPOSITE: 't.o.'>, 'Ons Dorp'), (<Relation.AT: ''>, 'Hoek van Holland'))
    """
    exact = {(one.start, one.is_weak) for one in relation_words(town)}
    words = [
        one
        for one in relation_words(town, has_typos=True)
        if (one.start, False) in exact
        or town[: one.start].rstrip().endswith(("(", ","))
        or (one.start == 0 and one.word in {"bij", "to"})
    ]
    rest = without(town, words)
    return (words[0].relation, rest) if words and rest else (Relation.AT, town)


def without(text: str, words: Sequence[RelationWord]) -> str:
    """Give a text without some words of it, and without the brackets around them."""
    for one in reversed(words):
        text = f"{text[: one.start]} {text[one.end :]}"
    return re.sub(r"\s+", " ", re.sub(r"[(\[]\s*[)\]]", " ", text)).strip(" ,:-")


def telling_words(line: str) -> list[RelationWord]:
    """Give the words of an address that tell how the place lies; weak or misspelled ones only beside it.

    Examples
    --------
    >>> [one.word for one in telling_words("Markt 3 achter")], telling_words("Markt 3 voor 22 uur")
    (['achter'], [])
    """
    found = relation_words(line, has_typos=True)
    if not found:
        return []
    words = relation_words(line) or [one for one in found if _is_beside(line, one)]
    return [one for one in words if not one.is_weak or _tells(line, one)]


def _is_beside(line: str, word: RelationWord) -> bool:
    before = line[: word.start]
    is_after_number = re.search(r"\d[^\W\d_]?[\s,(]*$", before)
    is_last = not line[word.end :].strip(" ,.)")
    return (
        not before.strip(" ,(") or is_last or bool(_BEFORE_A_NUMBER.match(line, word.end) or is_after_number)
    )


def _tells(line: str, word: RelationWord) -> bool:
    before = line[: word.start]
    has_number = any(map(str.isdigit, before.rpartition(",")[2]))
    starts = not before.strip(" (") or before.rstrip().endswith(",")
    if starts and line[word.end :].strip(" ,.)"):
        return True
    is_before_number = not has_number and bool(_BEFORE_A_NUMBER.match(line, word.end))
    is_closed = bool(_CLOSED.match(line, word.end)) and bool(before.strip(" ("))
    return is_before_number or is_closed or bool(_AT_A_HOUSE.match(line, word.end))


def relation_before(text: str) -> tuple[Relation, str]:
    """Give the relation that the last words of a text tell, and the text without them.

    Examples
    --------
    >>> relation_before("Markt t.h.v. nr."), relation_before("Markt")
    ((<Relation.LEVEL_WITH: 't.h.v.'>, 'Markt'), (<Relation.AT: ''>, 'Markt'))
    """
    for one in reversed(relation_words(text, has_typos=True)):
        if _BETWEEN_WORD_AND_ADDRESS.fullmatch(text, one.end):
            return one.relation, text[: one.start].rstrip(" ,(")
    return Relation.AT, text


def relation_around(before: str, after: str, *, is_only: bool) -> Relation:
    """Give how the place lies to an address in running text.

    Parameters
    ----------
    before, after
        The text before the address, and after it.
    is_only
        Whether the text names no other address, so that what it says anywhere is about this one.
    """
    said, _ = relation_before(before)
    if said:
        return said
    for one in relation_words(after, has_typos=True)[:1]:
        is_next = not after[: one.start].strip(" ,(-.:")
        is_told = not one.is_weak or _CLOSED.match(after, one.end) or _AT_A_HOUSE.match(after, one.end)
        if is_next and is_told:
            return one.relation
    anywhere = (*relation_words(before), *relation_words(after)) if is_only else ()
    return next((one.relation for one in anywhere if not one.is_weak), Relation.AT)
