"""Names of people in running text, found by lists of names: also those without a cue word before them.

A given name begins a name; particles, initials and what is written with a capital after it belong to it. What
ends as a street does, follows *Sint*, *café* and the like, or is a place of the own register is no person.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from hotspots.intake.marks import Mark
from hotspots.intake.name_cues import AFTER_A_CUE, NO_NAMES
from hotspots.intake.name_lists import NameLists, name_lists
from hotspots.intake.plain_spelling import AsRead

_TOKEN = re.compile(r"[^\W\d_]++(?:['’-][^\W\d_]++)*+")
_PARTICLES = frozenset(
    {
        *("van", "von", "de", "den", "der", "het", "'t", "te", "ten", "ter", "el", "al", "ben", "d'", "du"),
        *("la", "le", "da", "dos", "di", "op", "in"),
    }
)
_BEFORE_SURNAMES = frozenset({"van", "von", "de", "den", "der", "ter", "ten", "te", "el", "'t"})
_OF_FAMILIES = frozenset({"van", "von"})  # also in small letters: *met van der Meer*
_STREET = re.compile(
    r"(?<=\w\w)(?:straat|straatje|laan|weg|plein|hof|pad|dreef|kade|steeg|singel|gracht|park|markt|poort|brug|"
    r"plantsoen|ring|dijk|baan|burg|flat|toren|huis|school|college|kerk|basiliek|gebouw|complex|hal|wijk|dal|"
    r"hoven|stichting|instituut|centrum|hotel|ziekenhuis|kliniek|tunnel|veld|ziekte|polder|gaarde|kwartier|"
    r"oord|stede|haven|molen|hoeve|passage|galerij|viaduct|fonds|museum|bibliotheek|theater|zaal|bad|bank|brouwerij|"
    r"laantje|pleintje|weggetje|hofje|parkje|steegje|paadje|gang|poortje|terrein|terras|bos|plas|vijver)$"
)
_STREET_WORDS = frozenset(
    {
        *("straat", "laan", "weg", "plein", "hof", "park", "markt", "pad", "flat", "school", "kerk", "huis"),
        *("wal", "ring", "stede", "singel", "kade", "brug"),
    }
)
_TRADE = re.compile(
    r"(?:meubelen|materialen|bouw|installaties?|transport|makelaars|makelaardij|vastgoed|verhuur|auto's|automobielen|schoenen|"
    r"mode|optiek|wonen|sport|fietsen|tweewielers|kappers|catering|horeca|groep|group|bv|holding|schilders|tegels|keukens|"
    r"badkamers|garage|bedrijf|hoveniers|notarissen|advocaten|accountants|tandartsen|uitvaart|drukkerij|juweliers?|bloemen|"
    r"slagerij|bakkerij|reizen|tours|kebab|grill|foods|store|shop|consultancy|advies|events|expositie|tentoonstelling)$"
)
"""How the name of a firm ends: *Kees Smit Tuinmeubelen*."""

_WORKS = frozenset(
    {
        *("standbeeld", "beeld", "monument", "borstbeeld", "buste", "concert", "graf", "muziek", "liedjes"),
        *("nummers", "hits", "platen", "film", "boek", "album", "schilderij", "optreden", "museum"),
        *("hof", "kasteel", "slot", "fort", "ingang", "terras", "parkeerplaats", "kantine"),
    }
)
"""Of whom these are is known to everyone."""

_SURNAME = re.compile(
    r"\w\w(?:sen|ers|ens|mans|stra|sma|inga|erts|mann|ski|oğlu|ov|ova|escu|wicz|ma|ijns|ckx|inx)$"
)
"""How a surname ends that is seen to be one when it stands alone."""

_SAID_OF_A_PERSON = frozenset(
    {
        *(
            "die",
            "kleine",
            "lange",
            "dikke",
            "oude",
            "ouwe",
            "jongste",
            "oudste",
            "zoon",
            "dochter",
            "vrouw",
            "man",
        ),
        *("moeder", "vader", "broer", "zus", "jongens", "gezin", "schele", "rooie", "kale"),
    }
)
_BEFORE_A_PERSON = frozenset({"met", "door", "volgens", "tegen", "aan", "dat"})
_BEFORE_SURNAMES_ALONE = _SAID_OF_A_PERSON | _BEFORE_A_PERSON | {"van", "en"}
_HOUSES_OF_PERSONS = frozenset({"de", "den", "d'n", "in", "'t", "het"})
_IS = frozenset({"is", "was", "als", "dat", "en", "ik"})
_SAID_OF_ONE = frozenset(
    {
        *(
            "is",
            "was",
            "heeft",
            "had",
            "komt",
            "kwam",
            "gaat",
            "ging",
            "stond",
            "zat",
            "werd",
            "wordt",
            "doet",
        ),
        *("deed", "wil", "wilde", "kan", "kon", "moet", "zegt"),
    }
)
_SURELY = re.compile(
    r"\w\w\w(?:czyk|czak|wicz|owski|ewski|owska|ewska|enko|chuk|escu|oğlu|oglu|ović|ovic|opoulos|shvili)$"
)
"""How a surname of other countries ends, whether it is listed or not."""

_BEFORE_NOUNS = frozenset({"de", "het", "een", "'t", "deze", "dit", "dat", "in", "op", "te", "bij", "naar"})
_DONE_BY_PERSONS = frozenset(
    {
        *("dealt", "dealde", "schreeuwt", "schreeuwde", "woont", "woonde", "verkoopt", "verkocht", "scheldt"),
        *("zei", "riep", "belde", "blowt", "drinkt", "slaapt", "bedreigt", "bedreigde", "sloeg", "bedelt"),
        *(
            "zit",
            "loopt",
            "gooit",
            "belt",
            "zegt",
            "rookt",
            "vecht",
            "slaat",
            "steelt",
            "stal",
            "schold",
            "spuugt",
        ),
    }
)
_INITIAL = re.compile(r"(?<![\w.])(?:[A-ZÀ-Þ][a-z]?\.[ ]?){1,5}$")
_FOREIGN = re.compile(r"[şğıłżźąęćńśčžřšđțţășůťő]")
"""Letters that no Dutch word has."""

SIGNS_OF_NAMES = (
    Mark("voorletter", re.compile(r"(?<!\w)[A-ZÀ-Þ][a-z]?\.[ ]?\w\w")),
    Mark(
        "naamvorm",
        re.compile(
            r"[A-ZÀ-Þ][a-zß-ÿ]{2,12}(?:[kj]e|czyk|czak|wicz|s[kh]a|ski|nko|chuk|escu|oglu|ovic|oulos|vili)(?!\w)"
        ),
    ),
)
"""An initial, and the form of some names: of these is no more than seen that they are there."""

_DWELLINGS = frozenset(
    {"hiernaast", "hierboven", "hieronder", "nr", "nummer", "boven", "beneden", "huisnummer"}
)
_FOND = re.compile(r"(?<=\w\w\w)(?:ke|je|tje|ske|eke)$")
_QUOTES = ("'", '"', "‘", "“")
_AND = re.compile(r"[ ]en[ ]")
_ENDS = re.compile(r"[.!?:;\n\r]")
_JOINS = re.compile(r"[ \t\u00a0]{1,3}['’]?(?:[A-ZÀ-Þ]\. ?){0,3}|-")
_AFTER_AN_INITIAL = re.compile(r"\.?[ \t\u00a0]{0,3}(?:[A-ZÀ-Þ]\. ?){0,3}")
_GLUE = frozenset({"[", "@", "_", "#"})
_NEAR = 3  # characters between words
_MOST_WORDS = 5
_SHORTEST_SMALL = 4  # shorter ones in small letters are mostly abbreviations and slips


class _Word(NamedTuple):
    start: int
    end: int
    written: str
    small: str

    @property
    def has_capital(self) -> bool:
        return self.written[0].isupper()

    @property
    def is_shouted(self) -> bool:
        return len(self.written) > 1 and self.written.isupper()


_NO_WORD = _Word(0, 0, "", "")


def without_names(text: AsRead, places: frozenset[str] = frozenset()) -> AsRead:
    """Replace what lists tell to be a name of a person by ``[naam]``.

    Parameters
    ----------
    places
        Names of streets, areas and houses in small letters, which are no persons.

    Examples
    --------
    >>> without_names(AsRead("Gisteren weer Achmed gezien, en Tomasz Kowalski van de Annastraat")).written
    'Gisteren weer [naam] gezien, en [naam] van de Annastraat'
    """
    lists = name_lists()
    begins = _where_a_name_may_begin(text, lists)
    if not begins:
        return text
    read, written = text.plain, text.written
    words = [_Word(one.start(), one.end(), one[0], one[0].casefold()) for one in _TOKEN.finditer(read)]
    parts, done, number = [], 0, 0
    for begin in begins:
        if begin < number:
            continue
        last = _name_from(words, begin, read, lists, places)
        if last is None:
            continue
        start = words[begin].start
        before = _INITIAL.search(read, max(done, start - 12), start)
        parts += [written[done : before.start() if before else start], "[naam]"]
        done = words[last].end
        number = last + 1
        if (also := _also_named(words, last, read, lists, places)) is not None:
            parts += [written[done : words[last + 2].start], "[naam]"]
            done = words[also].end
            number = also + 1
    return AsRead("".join([*parts, written[done:]])) if parts else text


def _where_a_name_may_begin(text: AsRead, lists: NameLists) -> list[int]:
    """The numbers of the words at which a name may begin, seen quickly: in most texts none does."""
    plain, possible = text.plain, text.possible
    has_foreign = not plain.isascii() and _FOREIGN.search(plain) is not None
    if possible is not None and possible.isdisjoint(SIGNS_OF_NAMES):
        has_initial = has_form = False
    else:
        has_initial, has_form = (sign.pattern.search(plain) is not None for sign in SIGNS_OF_NAMES)
    if not (has_initial or has_foreign or has_form) and lists.parts.isdisjoint(text.words):
        return []
    tokens = _TOKEN.findall(plain)
    small = [token.casefold() for token in tokens]
    begins = [
        number
        for number, one in enumerate(small)
        if (has_form or has_foreign or one in lists.begins or one in _BEFORE_SURNAMES or "-" in one)
        and (
            _may_begin(tokens[number], one, small[number - 1] if number else "", lists)
            or (has_form and _is_formed(tokens[number], one, lists))
            or (has_foreign and tokens[number][0].isupper() and _FOREIGN.search(one))
        )
    ]
    if has_initial:
        after = {
            number
            for number, found in enumerate(_TOKEN.finditer(plain))
            if (found[0][0].isupper() or found[0].casefold() in _BEFORE_SURNAMES)
            and _follows_initial(found.start(), found[0], plain)
            and not plain[found.end() : found.end() + 1].isdecimal()
        }
        begins = sorted(after.union(begins))
    return begins


def _may_begin(written: str, small: str, before: str, lists: NameLists) -> bool:
    """Whether a name may begin with a word of the lists, by the word before it."""
    has_capital = written[0].isupper()
    if small in _BEFORE_SURNAMES:
        # in small letters, only what is said of a person is followed by a surname alone
        is_clear = has_capital or small in _OF_FAMILIES
        if before in (_BEFORE_SURNAMES_ALONE if is_clear else _SAID_OF_A_PERSON):
            return True
    if has_capital:
        return small in lists.with_capital or _is_given(written, small, lists)
    return _is_given(written, small, lists) or (small in lists.inside and before in lists.before_a_name)


def _is_given(written: str, small: str, lists: NameLists) -> bool:
    """Whether a word is a given name, also a double one; a *Nike-trui* is none."""
    if "-" not in small:
        return small in lists.given
    first, second = small.split("-", 1)
    is_name = (
        written[len(first) + 1 : len(first) + 2].isupper()
        or second in lists.given
        or second in lists.surnames
    )
    return small in lists.given or (first in lists.given and is_name)


def _is_fond(written: str, small: str, lists: NameLists) -> bool:
    """Whether a word with a capital is a fond form of a given name: *Sjefke*, *Jantje*."""
    stem = _FOND.sub("", small)
    return stem != small and written[0].isupper() and stem in lists.given and not written.isupper()


def _is_formed(written: str, small: str, lists: NameLists) -> bool:
    """Whether a word with a capital ends as fond forms of names, or as surnames of other countries, do."""
    return written[0].isupper() and (_is_fond(written, small, lists) or _SURELY.search(small) is not None)


def _follows_initial(start: int, written: str, read: str) -> bool:
    """Whether initials stand before the word of more than one letter that starts at a place of a text."""
    if len(written) == 1 or not read[max(0, start - 2) : start].rstrip().endswith("."):
        return False
    return _INITIAL.search(read, max(0, start - 12), start) is not None


def _name_from(
    words: Sequence[_Word], first: int, read: str, lists: NameLists, places: frozenset[str]
) -> int | None:
    """The number of the last word of the name that begins at a word; None if none begins there."""
    word = words[first]
    is_glued = read[word.start - 1 : word.start] in _GLUE or read[word.end : word.end + 1] in {"@", "_"}
    if is_glued or _is_of_no_person(words, first, lists) or _is_place(words, first, read, lists, places):
        return None
    last = _extended(words, first, read, lists)
    if last > first and _TRADE.search(words[last].small):
        return None
    is_street = _STREET.search(words[last].small) is not None
    if (is_street and (last > first or word.small not in lists.given)) or _next_is_street(words, last):
        return None
    return last if _is_meant(words, first, last, read, lists) else None


def _is_of_no_person(words: Sequence[_Word], first: int, lists: NameLists) -> bool:
    """Whether what stands before a word tells that a street, a house or a work of art has its name."""
    before, second = (words[first - 1].small if first else ""), _second_before(words, first)
    if not first or words[first].start - words[first - 1].end > _NEAR:
        return False
    return (
        before in lists.before_no_person
        or (before in _HOUSES_OF_PERSONS and second in lists.before_no_person)
        or (before in {"van", "aan"} and second in _WORKS)
        or (before == "een" and not words[first].is_shouted)
        or (before in {"het", "'t"} and second not in _IS and not words[first].is_shouted)
    )


def _is_meant(words: Sequence[_Word], first: int, last: int, read: str, lists: NameLists) -> bool:
    """Whether words that may be a name are one, by how they are written and what stands around them."""
    word = words[first]
    before, is_inside = _before(words, first, read)
    if _follows_initial(word.start, word.written, read) and (word.has_capital or last > first):
        return True
    if word.small in _BEFORE_SURNAMES:
        return _is_surname_alone(words, first, last, before, lists)
    is_given = _is_given(word.written, word.small, lists) or _is_fond(word.written, word.small, lists)
    is_cued = before in lists.before_a_name
    if word.is_shouted or not word.has_capital:
        is_long = len(word.small) >= _SHORTEST_SMALL or last > first
        is_whole = word.is_shouted and last > first and word.small in lists.capitals
        return (
            is_whole
            or (is_given and is_long)
            or (is_cued and not word.has_capital and word.small in lists.inside)
        )
    if is_given or word.small in lists.capitals or _FOREIGN.search(word.small):
        return True
    if word.small in lists.doubtful:
        is_like_a_name = word.small in lists.inside and (is_inside or _is_called(words, first, last, read))
        return (
            is_cued
            or (last > first and words[last].small in lists.surnames and words[last].has_capital)
            or (is_like_a_name and before not in _BEFORE_NOUNS)
            or _does_as_a_person(words, last)
        )
    if before in _BEFORE_NOUNS:
        return False
    if word.small not in lists.surnames:
        return _SURELY.search(word.small) is not None
    is_telling = word.small not in lists.words and _SURNAME.search(word.small) is not None
    return is_cued or (is_telling and bool(before))


def _is_called(words: Sequence[_Word], first: int, last: int, read: str) -> bool:
    """Whether somebody is called by a name, or it begins a sentence that tells of one: *Roos is zestien*."""
    word = words[first]
    if read[word.start - 1 : word.start] in _QUOTES and read[word.end : word.end + 1] in {",", "!"}:
        return True
    following = words[last + 1 : last + 3]
    is_first = not first or _ENDS.search(read, words[first - 1].end, word.start) is not None
    if not is_first or not following:
        return False
    is_with_another = following[0].small == "en" and following[-1].has_capital
    return is_with_another or following[0].small in _SAID_OF_ONE


def _does_as_a_person(words: Sequence[_Word], last: int) -> bool:
    """Whether what a name would do is done by persons only, or it is of a dwelling: *Lieve van hierboven*."""
    following, second = (word.small for word in (*words[last + 1 : last + 3], _NO_WORD, _NO_WORD)[:2])
    return following in _DONE_BY_PERSONS or (following == "van" and second in _DWELLINGS)


def _before(words: Sequence[_Word], number: int, read: str) -> tuple[str, bool]:
    """The word before one, if it is near, and whether the latter stands inside a sentence."""
    if not number or words[number].start - words[number - 1].end > _NEAR:
        return "", False
    previous = words[number - 1]
    if _ENDS.search(read, previous.end, words[number].start):
        return previous.small, False
    begins = number == 1 or _ENDS.search(read, words[number - 2].end, previous.start) is not None
    return previous.small, begins or not previous.has_capital


def _also_named(
    words: Sequence[_Word], last: int, read: str, lists: NameLists, places: frozenset[str]
) -> int | None:
    """The number of the last word of who is named with a person: *[naam] en Yonatan*; None if nobody is."""
    first = last + 2
    if first >= len(words) or not _AND.fullmatch(read, words[last].end, words[first].start):
        return None
    word = words[first]
    if not word.has_capital or word.is_shouted or word.small in NO_NAMES or word.small in lists.words:
        return None
    if _is_place(words, first, read, lists, places):
        return None
    end = _extended(words, first, read, lists)
    return None if _STREET.search(words[end].small) or _next_is_street(words, end) else end


def _second_before(words: Sequence[_Word], number: int) -> str:
    return words[number - 2].small if number > 1 else ""


def _is_surname_alone(words: Sequence[_Word], first: int, last: int, before: str, lists: NameLists) -> bool:
    """Whether particles and what follows are a surname: *die van Jansen*, *met Van der Meer*."""
    surname = words[last]
    if last == first or surname.small not in lists.after_particles or surname.small in lists.no_persons:
        return False
    if before in _SAID_OF_A_PERSON:
        return True
    if words[first].has_capital:
        return not words[first].is_shouted
    return before in _BEFORE_A_PERSON and words[first].small in _OF_FAMILIES


def _extended(words: Sequence[_Word], first: int, read: str, lists: NameLists) -> int:
    """As far as particles and words with a capital, or surnames in small letters, follow on a name."""
    last = first
    is_small = not words[first].has_capital and words[first].small not in _BEFORE_SURNAMES
    is_shouted = words[first].is_shouted
    number = first + 1
    while number < len(words) and number - first < _MOST_WORDS:
        ahead = words[number - 1]
        joins = _AFTER_AN_INITIAL if ahead.end - ahead.start == 1 and number > first + 1 else _JOINS
        if not joins.fullmatch(read, ahead.end, words[number].start):
            break
        word = words[number]
        if word.small in _PARTICLES or (word.small == "t" and read[word.start - 1] in "'’"):
            number += 1
            continue
        is_surname = word.small in lists.surnames
        if is_small or is_shouted:
            after_particle = (
                words[number - 1].small in _BEFORE_SURNAMES and word.small in lists.after_particles
            )
            is_part = after_particle or (
                is_surname and word.small not in lists.doubtful and len(word.small) > 3
            )
            # in capitals it is not seen what a name is: any word may be the surname that is none else
            is_part = is_part or (is_shouted and last == first and _may_be_surname(word, lists))
        else:
            is_part = word.has_capital and (not word.is_shouted) and word.small not in lists.before_no_person
        is_in_street = word.has_capital and _STREET.search(word.small) is not None
        if not is_part or (is_in_street and number - last > 1 and (last > first or number - last > 2)):
            break  # 'Kevin van de Kerkstraat' is of that street, the 'Jan van Eyckstraat' is one
        last = number
        number += 1
    is_followed = last + 1 < len(words) and words[last + 1].small in {"sr", "jr", "senior", "junior"}
    return last + 1 if is_followed and words[last + 1].start - words[last].end == 1 else last


def _may_be_surname(word: _Word, lists: NameLists) -> bool:
    is_word = word.small in AFTER_A_CUE or word.small in NO_NAMES or word.small in lists.words
    return word.is_shouted and len(word.small) > 3 and not is_word


def _is_place(
    words: Sequence[_Word], first: int, read: str, lists: NameLists, places: frozenset[str]
) -> bool:
    """Whether a place, a shop or the like is named from a word on, or from up to three words before it."""
    for begin in range(max(0, first - 3), first + 1):
        for end in range(first, min(len(words), begin + 4)):
            if words[end].end - words[begin].start > 60:
                break
            phrase = read[words[begin].start : words[end].end].casefold()
            is_known = phrase in places and (end > begin or phrase not in lists.given)
            if is_known or phrase in lists.no_persons:
                return True
    return False


def _next_is_street(words: Sequence[_Word], last: int) -> bool:
    following = words[last + 1] if last + 1 < len(words) else None
    return (
        following is not None and following.start - words[last].end == 1 and following.small in _STREET_WORDS
    )
