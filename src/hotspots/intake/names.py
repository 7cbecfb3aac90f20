"""Names of people in running text, found by lists of names: also those without a cue word before them.

A given name begins a name; particles, initials and what is written with a capital after it belong to it. What
ends as a street does, follows *Sint*, *café* and the like, or is a place of the own register is no person.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from hotspots.intake.name_lists import NameLists, name_lists
from hotspots.intake.person_marks import NO_NAMES
from hotspots.intake.plain_spelling import AsRead

_TOKEN = re.compile(r"[^\W\d_]++(?:['’-][^\W\d_]++)*+")
_PARTICLES = frozenset(
    {
        *("van", "von", "de", "den", "der", "het", "'t", "te", "ten", "ter", "el", "al", "ben", "d'", "du"),
        *("la", "le", "da", "dos", "di", "op", "in"),
    }
)
_BEFORE_SURNAMES = frozenset({"van", "von", "de", "den", "der", "ter", "ten", "te", "el", "'t"})
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
_AN_INITIAL = re.compile(r"(?<!\w)[A-ZÀ-Þ][a-z]?\.[ ]?\w\w")
_WORKS = frozenset(
    {
        *("standbeeld", "beeld", "monument", "borstbeeld", "buste", "concert", "graf", "muziek", "liedjes"),
        *("nummers", "hits", "platen", "film", "boek", "album", "schilderij", "optreden", "museum"),
    }
)
"""Of whom these are is known to everyone."""

_SURNAME = re.compile(
    r"\w\w(?:sen|ers|ens|mans|stra|sma|inga|erts|mann|ski|oğlu|ov|ova|escu|wicz|ma|ijns|ckx|inx)$"
)
"""How a surname ends that is seen to be one when it stands alone."""

_BEFORE_SURNAMES_ALONE = frozenset({"die", "met", "door", "van", "aan", "volgens", "tegen", "en", "bij"})
_HOUSES_OF_PERSONS = frozenset({"de", "den", "d'n", "in", "'t", "het"})
_BEFORE_NOUNS = frozenset({"de", "het", "een", "'t", "deze", "dit", "dat", "in", "op", "te", "bij", "naar"})
_DONE_BY_PERSONS = frozenset(
    {
        *("dealt", "dealde", "schreeuwt", "schreeuwde", "woont", "woonde", "verkoopt", "verkocht", "scheldt"),
        *("zei", "riep", "belde", "blowt", "drinkt", "slaapt", "bedreigt", "bedreigde", "sloeg", "bedelt"),
        *("zit", "loopt", "gooit", "belt", "zegt", "rookt", "vecht", "slaat", "steelt", "stal", "schold", "spuugt"),
    }
)
_INITIAL = re.compile(r"(?<![\w.])(?:[A-ZÀ-Þ][a-z]?\.[ ]?){1,5}$")
_FOND = re.compile(r"(?<=\w\w\w)(?:ke|je|tje|ske|eke)$")
_QUOTES = ("'", '"', "‘", "“")
_AND = re.compile(r"[ ]en[ ]")
_ENDS = re.compile(r"[.!?:;\n\r]")
_JOINS = re.compile(r"[ \t\u00a0]{1,3}(?:[A-ZÀ-Þ]\. ?){0,3}|-")
_AFTER_AN_INITIAL = re.compile(r"\.?[ \t\u00a0]{0,3}(?:[A-ZÀ-Þ]\. ?){0,3}")
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
    plain = text.plain
    has_initial = "." in plain and _AN_INITIAL.search(plain) is not None
    if not has_initial and lists.parts.isdisjoint(text.words):
        return []
    begins, before = [], ""
    for number, word in enumerate(_TOKEN.findall(plain)):
        small = word.casefold()
        if (
            small in lists.given
            or (small in lists.with_capital and word[0].isupper())
            or ("-" in small and small.split("-", 1)[0] in lists.given)
            or _is_fond(word, small, lists)
            or (small in _BEFORE_SURNAMES and before in _BEFORE_SURNAMES_ALONE)
        ):
            begins.append(number)
        before = small
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


def _is_fond(written: str, small: str, lists: NameLists) -> bool:
    """Whether a word with a capital is a fond form of a given name: *Sjefke*, *Jantje*."""
    stem = _FOND.sub("", small)
    return stem != small and written[0].isupper() and stem in lists.given and not written.isupper()


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
    is_given = word.small.split("-", 1)[0] in lists.given or _is_fond(word.written, word.small, lists)
    is_doubtful = word.small in lists.doubtful
    if read[word.start - 1 : word.start] in ("[", "@", "_", "#") or read[word.end : word.end + 1] in (
        "@",
        "_",
    ):
        return None
    before, is_inside = _before(words, first, read)
    owner = words[first - 2].small if before in {"van", "aan"} and first > 1 else ""
    house = words[first - 2].small if before in _HOUSES_OF_PERSONS and first > 1 else ""
    if (
        before in lists.before_no_person
        or house in lists.before_no_person
        or owner in _WORKS
        or (before in {"het", "'t"} and not word.is_shouted)
        or _is_place(words, first, read, lists, places)
    ):
        return None
    last = _extended(words, first, read, lists)
    is_street = _STREET.search(words[last].small) is not None and (last > first or not is_given)
    if is_street or _next_is_street(words, last):
        return None
    if _follows_initial(word.start, word.written, read) and (word.has_capital or last > first):
        return last
    if word.small in _BEFORE_SURNAMES:
        return last if _is_surname_alone(words, first, last, before, lists) else None
    if word.small in lists.capitals and not word.is_shouted:
        return last if word.has_capital else None
    if is_given:
        if word.is_shouted or not word.has_capital:
            return last if len(word.small) >= _SHORTEST_SMALL or last > first else None
        return last
    has_surname = last > first and words[last].small in lists.surnames and words[last].has_capital
    is_cued = before in lists.before_a_name
    if is_doubtful and word.has_capital and not word.is_shouted:
        following = words[last + 1].small if last + 1 < len(words) else ""
        is_called = read[word.start - 1 : word.start] in _QUOTES and read[word.end : word.end + 1] in (",", "!")
        is_meant = (is_inside or is_called) and word.small in lists.inside and before not in _BEFORE_NOUNS
        return last if has_surname or is_cued or is_meant or following in _DONE_BY_PERSONS else None
    if word.small in lists.surnames and word.has_capital and not word.is_shouted:
        is_telling = _SURNAME.search(word.small) is not None and word.small not in lists.words
        is_alone = is_telling and bool(before) and before not in _BEFORE_NOUNS
        return last if is_cued or is_alone else None
    return None


def _before(words: Sequence[_Word], number: int, read: str) -> tuple[str, bool]:
    """The word before one, if it is near, and whether the latter stands inside a sentence."""
    if not number or words[number].start - words[number - 1].end > 3:
        return "", False
    gap = read[words[number - 1].end : words[number].start]
    return words[number - 1].small, not words[number - 1].has_capital and not _ENDS.search(gap)


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


def _is_surname_alone(
    words: Sequence[_Word], first: int, last: int, before: str, lists: NameLists
) -> bool:
    """Whether particles and what follows are a surname: *die van Jansen*, *met Van der Meer*, *DIE DE GROOT*."""
    surname = words[last]
    if last == first or surname.small not in lists.after_particles or surname.small in lists.no_persons:
        return False
    return before == "die" or (words[first].has_capital and not words[first].is_shouted and before != "bij")


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
        if word.small in _PARTICLES:
            number += 1
            continue
        is_surname = word.small in lists.surnames
        if is_small or is_shouted:
            after_particle = words[number - 1].small in _BEFORE_SURNAMES and word.small in lists.after_particles
            is_part = after_particle or (
                is_surname and word.small not in lists.doubtful and len(word.small) > 3
            )
        else:
            is_part = word.has_capital and (not word.is_shouted) and word.small not in lists.before_no_person
        is_in_street = word.has_capital and _STREET.search(word.small) is not None
        if not is_part or (is_in_street and number - last > 1 and (last > first or number - last > 2)):
            break  # 'Kevin van de Kerkstraat' is of that street, the 'Jan van Eyckstraat' is one
        last = number
        number += 1
    return last


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
