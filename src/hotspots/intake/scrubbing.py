"""What must not be kept of a report's text: marks that point at a person are taken out at the door.

Each is replaced by what it was between square brackets, such as ``[telefoon]``, so that the sentence stays
readable. Taken out are e-mail addresses (also *jan apenstaartje voorbeeld.nl*), links, IBANs of 21 countries
(ISO 13616, checked modulo 97), citizen service numbers (BSN, checked by the eleven-test), Dutch and
international telephone numbers (also local ones after *tel*), Dutch, Belgian and German licence plates and
others after *kenteken*, dates of birth after a cue word or in the last century, handles such as ``@naam``,
and names after a cue word such as *meneer*, *mijn buurman*, *genaamd* or *groetjes*; no word of
``scrubbing_words.toml``, where organisations and peoples stand, is such a name.

Limits: a name without a cue word before it stays, in small letters also after most cue words, and so does a
description of a person. So texts stand
apart, need their own right to be read, and are kept only for their period.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path


@dataclass(frozen=True)
class Mark:
    """A kind of text that points at a person."""

    name: str  # what stands in its place, in Dutch
    pattern: re.Pattern[str]
    is_meant: Callable[[str], bool] = lambda _: True  # a check beyond the shape
    needs: re.Pattern[str] | None = None  # what no such mark is without, and quickly seen to be absent


_CALENDAR_DAY = re.compile(r"(?:19|20)\d\d-\d\d-\d\d|\d\d-\d\d-(?:19|20)\d\d")
"""A day, which is no citizen service number whatever its sum; nobody writes a number with dashes there."""


def is_bsn(text: str) -> bool:
    """Whether eight or nine digits are a citizen service number by its eleven-test.

    Weights 9 to 2 and −1 for the last digit; the sum is a multiple of eleven (Regeling BSN).

    Examples
    --------
    >>> is_bsn("111222333"), is_bsn("123456789"), is_bsn("000000000")
    (True, False, False)
    """
    if _CALENDAR_DAY.fullmatch(text):
        return False
    digits = [int(character) for character in text if character.isdecimal()]
    if len(digits) not in {8, 9} or not any(digits):
        return False
    digits = [0] * (9 - len(digits)) + digits
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(weight * digit for weight, digit in zip(weights, digits, strict=True)) % 11 == 0


def is_iban(text: str) -> bool:
    """Whether a text is an account number by ISO 13616: letters as numbers, modulo 97 is one.

    Examples
    --------
    >>> is_iban("NL91 ABNA 0417 1643 00"), is_iban("NL92 ABNA 0417 1643 00")
    (True, False)
    """
    compact = re.sub(r"[\s.-]", "", text).upper()
    if not 15 <= len(compact) <= 34:
        return False
    return int("".join(str(int(character, 36)) for character in compact[4:] + compact[:4])) % 97 == 1


PLATES = (
    *("XX-99-99", "99-99-XX", "99-XX-99", "XX-99-XX", "XX-XX-99", "99-XX-XX", "99-XXX-9", "9-XXX-99"),
    *("XX-999-X", "X-999-XX", "XXX-99-X", "X-99-XXX", "9-XX-999", "999-XX-9", "9-XXX-999"),
)
"""Licence plates: the Dutch sidecodes 1 to 14 (RDW), then the Belgian one."""

_WORDS_FILE = Path(__file__).with_name("scrubbing_words.toml")
_START, _END = r"(?<![\w@])", r"(?![\w])"
_GAP = r"[\s.\-/]?"
_WIDE_GAP = r"[ .\-/()]{0,3}"
_PARTICLE = r"(?:van|von|de|den|der|het|'t|te|ten|ter|el|al|ben|d'|du|la|le)"
_INITIALS = r"(?:[A-ZÀ-Þ]\.\s?)+"
_WORD = r"[A-ZÀ-Þ][\w'’-]+"
_NO_NAMES = frozenset(tomllib.loads(_WORDS_FILE.read_text(encoding="utf-8"))["no_names"])
"""Words that are no name of a person, however they are written: days, peoples, bodies, organisations."""

_KNOWN = rf"(?!(?i:{'|'.join(sorted(map(re.escape, _NO_NAMES)))})(?![\w'’]))"
_IS_NO_NAME = (
    "is|was|waren|zijn|heeft|hebben|had|hadden|en|of|om|die|dat|deze|dit|ook|uit|in|op|met|van|voor|door|naar|bij|aan|als|"
    "dan|maar|want|omdat|toen|zegt|zei|staat|staan|stond|stonden|zit|zitten|zat|ligt|liggen|lag|loopt|lopen|liep|rijdt|"
    "reed|woont|wonen|werd|wordt|worden|kwam|komt|komen|belt|belde|bellen|wil|wilde|kan|kon|moet|moest|mag|mocht|zou|zal|"
    "gaat|gaan|ging|doet|doen|deed|blijft|bleef|roept|roepen|riep|schreeuwt|schreeuwen|schreeuwde|scheldt|schelden|"
    "schold|dealt|dealen|dealde|verkoopt|verkopen|verkocht|koopt|gebruikt|gebruiken|slaapt|slapen|sliep|drinkt|drinken|"
    "bedelt|bedreigt|bedreigde|spuugt|plast|urineert|vecht|slaat|sloeg|gooit|gooide|trapt|klaagt|klaagde|durft|durfde|"
    "weet|wist|ziet|zag|hoort|hoorde|vroeg|vraagt|meldt|meldde|maakt|maakte|geeft|gaf|heet|noemt|veroorzaakt|"
    "maken|houden|hielden|ruziën|vechten|slaan|gooien|zorgt|draait|speelt|rookt|ruikt|stinkt|kreeg|krijgt|houdt|hield|begint|begon|"
    "niet|geen|wel|nog|nu|al|weer|vaak|soms|altijd|steeds|gisteren|vandaag|vanavond|vannacht|elke|iedere|hele|constant|"
    "hier|daar|er|hiernaast|hierboven|hieronder|beneden|boven|naast|links|rechts|ernaast|tegenover|achter|zelf|alleen|"
    "samen|erg|heel|zo|te|tegen|onder|over|rond|tot|per|sinds|ik|we|wij|hij|zij|ze|je|jij|u|mij|me|hem|haar|hun|ons|"
    "een|het|de|mijn|onze|hun|man|vrouw|buiten|binnen|schuin|oude|oudere|jonge|nieuwe"
)
_NO_NAME = rf"(?!(?i:{_IS_NO_NAME})\b)"
_IN_CAPITALS = rf"(?:{_IS_NO_NAME.upper()})"
_CAPITALS = r"[A-ZÀ-Þ][A-ZÀ-Þ'’-]+(?![\w'’-])"
_NAME = (
    rf"{_KNOWN}(?:"
    # all in capitals: two words at most, the rest is what happened
    rf"(?:{_INITIALS}\s?)?(?:(?i:{_PARTICLE})\s+)*{_NO_NAME}{_CAPITALS}(?:\s+{_NO_NAME}{_KNOWN}{_CAPITALS})?"
    rf"|(?:{_INITIALS}\s?)?(?:{_PARTICLE}\s+)*(?!(?={_CAPITALS}){_IN_CAPITALS}\b){_WORD}(?:\s+{_INITIALS})?"
    rf"(?:(?:\s+{_PARTICLE})*\s+{_KNOWN}{_WORD}){{0,3}})"
)
_SMALL = rf"{_NO_NAME}{_KNOWN}[\w'’-]{{2,}}"
_SURNAME = rf"(?:{_INITIALS}\s?)?(?:(?!van (?:de|het|een|deze|dit)\b){_PARTICLE}\s+)*{_SMALL}"
# whatever follows these is a name, also in small letters
_ALWAYS_BEFORE_A_NAME = (
    r"(?i:mevr\.|mevr(?=\s)|mvr\.|mvr(?=\s)|dhr\.|dhr(?=\s)|mw\.|mw(?=\s)|fam\.|fam(?=\s)|hr\.|hr(?=\s)"
    # but not with an article: 'de meneer schreeuwt'
    r"|(?<!de )(?<!een )(?<!die )(?<!deze )(?<!dezelfde )(?<!oude )(?<!andere )"
    r"(?:meneer|mijnheer|mevrouw)(?=\s))"
)
_BEFORE_OWN_NAME = r"(?i:mijn naam is|mijn naam:|ik heet)"
_NEIGHBOURS = "buurman|buurvrouw|buurjongen|buurmeisje"
_CUES = (
    r"(?:heer|(?<=\b[Dd]e )Heer|(?<=\bD[Ee] )HEER|"
    r"(?i:meneer|mijnheer|mevrouw|mevr\.?|mvr\.?|dhr\.?|mw\.?|hr\.?|familie|fam\.?|juffrouw|(?:politie|wijk)?agente?|"
    r"genaamd|genoemd|heet|heten|naam is|naam:|(?:echte|volledige) naam|naam (?:van de )?dader|alias|namens|"
    r"contactpersoon|melder|bewoner|bewoonster|eigenaar|eigenares|huisbaas|verhuurder|verdachte|dader(?=\s?[:=])|"
    rf"(?:{_NEIGHBOURS})(?: van (?:hiernaast|hierboven|hieronder|boven|beneden))?|"
    r"zoon(?:tje)?|dochter(?:tje)?|broer(?:tje)?|zus(?:je)?|vriend|vriendin|kinderen|"
    r"(?:mijn|onze) (?:man|vrouw|partner|ex|moeder|vader|kind)|oma|opa|tante|oom|dealer|ene|"
    r"ik ben|linkedin|"
    r"groet(?:en|jes)?|mvg|m\.v\.g\.|hoogachtend|ondergetekende))"
)
# a first name in small letters is only seen when a verb follows it
_BEFORE_A_VERB = rf"(?i:(?:mijn|onze) (?:{_NEIGHBOURS}))"
_VERB = (
    r"(?=\s+(?:is|was|heeft|had|staat|zegt|zei|dealt|woont|belt|belde|schreeuwt|doet|kwam|komt|gaat|wordt|werd|"
    r"en)\b)"
)
_STREET_ENDINGS = re.compile(r"(?:straat|laan|weg|plein|hof|pad|dreef|kade|steeg|singel|gracht|park|markt)$")
_IBAN_LENGTHS = {
    16: ("BE",),
    18: ("DK",),
    20: ("AT", "LU"),
    21: ("CH",),
    22: ("BG", "DE", "GB", "IE"),
    24: ("CZ", "ES", "RO", "SE"),
    25: ("PT",),
    26: ("TR",),
    27: ("FR", "GR", "IT"),
    28: ("HU", "PL"),
}
_MONTH = "[a-z]{3,9}"
_DAY = rf"(?:\d{{1,2}}[-/. ](?:\d{{1,2}}|{_MONTH})[-/. ]\d{{2,4}}|(?:19|20)\d\d-\d\d-\d\d)"


_SIDECODES = "|".join(
    plate.replace("-", "[ -]?").replace("9", "[0-9]").replace("X", "[A-Za-z]") for plate in PLATES
)
_FOREIGN_PLATE = r"[A-Z]{1,3}[ -]?[A-Z]{0,2}[ -]?\d{1,5}(?: ?[A-Z]{1,3})?"
_PLATE_AFTER_CUE = rf"(?:{_SIDECODES}|{_FOREIGN_PLATE})"


def _plate_pattern() -> re.Pattern[str]:
    def written(plate: str, letter: str = "[A-Za-z]") -> str:
        return plate.replace("9", r"\d").replace("X", letter)

    hyphened = [written(plate) for plate in PLATES]
    # without hyphens 1234AB is a postcode; with blanks, small letters are ordinary words
    joined = [written(plate.replace("-", "")) for plate in PLATES if plate != "99-99-XX"]
    spaced = [written(plate.replace("-", " "), "[A-Z]") for plate in PLATES]
    # most words are seen to be no plate by where their first digit stands, before each form is tried
    digit_is_near = r"(?=[A-Za-z]{0,3}[- ]?(?:[A-Za-z]{2}[- ]?)?\d)"
    as_one = rf"(?:{'|'.join(joined)})(?!-\d)"  # PL2300-2023 is a number of the police
    return re.compile(rf"{_START}{digit_is_near}(?:{'|'.join([*hyphened, as_one, *spaced])}){_END}")


_AT, _DIGIT, _LINK = re.compile("@"), re.compile(r"\d"), re.compile(r"://|www\.|\.[a-z]{2,3}/", re.IGNORECASE)

# a capital that begins no sentence, or stands after an abbreviation
_CAPITAL_INSIDE = re.compile(r"(?:[^.!?\s]|\b[A-Za-z]{1,4}\.)\s+[('\"‘“]?[A-ZÀ-Þ]")
_TITLE = re.compile(r"\b(?:[Mm](?:e(?:vr|neer)|vr|w|ijnheer)|[Dd]hr|[Ff]am|[Hh]r|M[EVWI]|DHR|FAM|HR)")

MARKS = (
    Mark(
        "e-mail",
        re.compile(rf"{_START}[\w.+-]+ ?@ ?[\w-]+(?:(?:\.[\w-]+)+| \.(?:nl|com|be|de|org|net|eu)\b)"),
        needs=_AT,
    ),
    Mark(
        "e-mail",
        re.compile(
            rf"{_START}[\w.+-]+ ?(?:\(at\)|\[at\]| at |apenstaartje) ?[\w-]+(?:\.[\w-]+)*"
            r" ?(?:\.| punt |[(\[](?:punt|dot)[)\]]) ?(?:nl|com|be|de|org|net|eu)\b",
            re.IGNORECASE,
        ),
        needs=re.compile(r"\Wat\W|apenst", re.IGNORECASE),
    ),
    Mark(
        "link",
        re.compile(
            r"(?:https?://|www\.)\S+|(?<![\w@.-])(?:[\w-]+\.)+(?:nl|com|be|de|org|net|eu|me|tv|gg|io)/[^\s)]+",
            re.IGNORECASE,
        ),
        needs=_LINK,
    ),
    Mark(
        "rekening",
        re.compile(
            rf"{_START}(?:NL\d\d{_GAP}[A-Z]{{4}}(?:{_GAP}\d){{10}}"
            + "".join(
                rf"|(?:{'|'.join(countries)})\d\d(?:{_GAP}[A-Z0-9]){{{length - 4}}}"
                for length, countries in _IBAN_LENGTHS.items()
            )
            + rf"){_END}",
            re.IGNORECASE,
        ),
        is_iban,
        needs=_DIGIT,
    ),
    Mark(
        "geboortedatum",
        re.compile(
            rf"(?<!\w)(?P<cue>geboren(?: op)?|geb\.? ?datum|geb\.?|geboortedatum(?: is)?|gebdat)[:,]?\s*"
            rf"{_DAY}",
            re.IGNORECASE,
        ),
        needs=_DIGIT,
    ),
    Mark("geboortedatum", re.compile(rf"{_START}\d\d-\d\d-19\d\d{_END}"), needs=_DIGIT),
    Mark(
        "telefoon",
        re.compile(
            rf"{_START}\(?(?:(?:\+|00)\d\d{_WIDE_GAP}(?:\(0\){_WIDE_GAP})?[1-9](?:{_WIDE_GAP}\d){{7,10}}"
            rf"|0[1-9](?:{_WIDE_GAP}\d){{8}}){_END}"
        ),
        needs=_DIGIT,
    ),
    Mark(
        "telefoon",
        re.compile(
            r"(?<!\w)(?P<cue>(?:tel|telefoon|telnr|mobiel|mob|gsm)(?:nr|nummer)?\b[.:]*(?: is)?)\s*"
            r"\d(?:[ .-]?\d){5,9}(?!\w)"
            r"|(?<!\w)nul ?zes(?:[ .-]?\d){8}(?!\w)",
            re.IGNORECASE,
        ),
        needs=_DIGIT,
    ),
    Mark("bsn", re.compile(rf"{_START}\d(?:[\s.\-]?\d){{7,8}}{_END}"), is_bsn, needs=_DIGIT),
    Mark("kenteken", _plate_pattern(), needs=_DIGIT),
    Mark(
        "kenteken",
        re.compile(rf"{_START}[A-ZÄÖÜ]{{1,3}}-[A-Z]{{1,2}}[ -]?\d{{1,4}}[EH]?{_END}"),
        needs=_DIGIT,
    ),
    Mark(
        "kenteken",
        re.compile(
            rf"(?<!\w)(?P<cue>(?i:kenteken(?:plaat)?|nummerplaat|plaatje)[:,]?)\s+{_PLATE_AFTER_CUE}{_END}"
        ),
        needs=_DIGIT,
    ),
    Mark(
        "kenteken",
        re.compile(
            r"(?<!\w)(?P<cue>(?i:poolse?|duitse?|belgische?|roemeense?|bulgaarse?|franse?|litouwse?|hongaarse?)"
            rf" [a-z]{{3,12}})\s+(?=\D+\d{{3}}){_FOREIGN_PLATE}{_END}"
        ),
        needs=_DIGIT,
    ),
    Mark("account", re.compile(rf"{_START}(?:@[\w.]{{3,}})+"), needs=_AT),
    Mark(
        "account",
        re.compile(
            r"(?<!\w)(?P<cue>(?i:insta(?:gram)?|snap(?:chat)?|telegram|tiktok|facebook))(?: is|:)?\s+"
            rf"(?:(?=[\w.]*[_\d])[\w.]{{3,}}|{_NO_NAME}{_KNOWN}[a-z.]{{3,}}(?= (?:is|heet)\b))"
        ),
    ),
    Mark(
        "naam",
        re.compile(
            rf"(?<!\w)(?P<cue>{_CUES}(?:\s?[,:=])?)\s+(?P<open>[('\"‘“]?)(?P<name>{_NAME}(?:\s+en\s+{_NO_NAME}{_KNOWN}{_WORD})?)"
        ),
        lambda found: not _STREET_ENDINGS.search(found),
        needs=_CAPITAL_INSIDE,
    ),
    Mark(
        "naam", re.compile(rf"(?<!\w)(?P<cue>{_ALWAYS_BEFORE_A_NAME})\s*(?P<name>{_SURNAME})"), needs=_TITLE
    ),
    Mark("naam", re.compile(rf"(?<!\w)(?P<cue>{_BEFORE_A_VERB})\s+(?P<name>{_SMALL}){_VERB}")),
    Mark("naam", re.compile(rf"(?<!\w)(?P<cue>{_BEFORE_OWN_NAME})\s+(?P<name>{_SURNAME}(?:\s+{_SURNAME})?)")),
)
"""In the order in which they are looked for: what is more certain first."""


_IN_ADDRESSES = re.compile(
    rf"(?<!\w)(?P<cue>(?i:meneer|mijnheer|mevrouw|mevr\.?|dhr\.?|mw\.?|familie|fam\.?|genaamd|bewoner|"
    rf"bewoonster|eigenaar|buurman|buurvrouw|t\.a\.v\.|tav|t\.n\.v\.|tnv|p/a|bij))[,:]?\s+(?P<name>{_NAME})"
)
_NAME_IN_ADDRESS = Mark("naam", _IN_ADDRESSES, lambda found: not _STREET_ENDINGS.search(found))

_ADDITIONS = (
    r"(?:bis|hs|huis|boven|beneden|ben|onder|rood|zwart|rd|zw|bg|hoog|laag|links|rechts|voor|achter|kelder|"
    r"etage|winkel|garage|berging|kantoor|loods|studio|unit|kamer|box|flat|app|appartement|gebouw|blok|"
    r"i{1,3}|iv|vi{0,3}|ix|x|to)"
)
_NO_NAME_OF_A_HOUSE = re.compile(rf"-{_ADDITIONS}-", re.IGNORECASE)
_MARKS_IN_ADDRESSES = (
    *(mark for mark in MARKS if mark.name not in ("naam", "kenteken", "bsn")),
    # 12-14 AB 3 and Laan 1940-1945 12 are addresses: only what is written as a whole, and passes its check
    Mark(
        "bsn",
        re.compile(
            rf"{_START}(?:\d{{8,9}}|\d{{3}}([ .-])\d{{3}}\1\d{{3}}|\d{{4}}([.-])\d{{2}}\2\d{{3}}){_END}"
        ),
        is_bsn,
        needs=_DIGIT,
    ),
    Mark(
        "kenteken",
        re.compile(
            rf"(?<![\w@-])(?:{'|'.join(PLATES).replace('9', '[0-9]').replace('X', '[A-Za-z]')})(?![\w-])"
        ),
        lambda found: not _NO_NAME_OF_A_HOUSE.search(found),
        needs=re.compile("-.+-"),
    ),
    _NAME_IN_ADDRESS,
)


def scrub_address(text: str) -> str:
    """Take out of an address what belongs to no address; streets that are named after people stay.

    Examples
    --------
    >>> scrub_address("Heer Bokelweg 12, bij meneer Jansen, 06-12345678")
    'Heer Bokelweg 12, bij meneer [naam], [telefoon]'
    """
    for mark in _MARKS_IN_ADDRESSES:
        if mark.needs is None or mark.needs.search(text):
            text = mark.pattern.sub(partial(_replaced, mark), text)
    return text


def scrub_file_name(name: str) -> str:
    """Take out of the name of a file whom it names; numbers stay, as most are a date.

    Examples
    --------
    >>> scrub_file_name("export-20231120.csv"), scrub_file_name("van jan@voorbeeld.nl, bel 06-12345678.csv")
    ('export-20231120.csv', 'van [e-mail], bel [telefoon].csv')
    """
    for mark in MARKS:
        if mark.name in {"naam", "e-mail", "telefoon"} and not (mark.needs and not mark.needs.search(name)):
            name = mark.pattern.sub(partial(_replaced, mark), name)
    return name


_PLAIN_NUMBER = re.compile(r"\d{0,5} ?[A-Za-z]?")
_PLAIN_POSTCODE = re.compile(r"[1-9]\d{3} ?[A-Za-z]{2}")
_SIGN = r"[\s./-]{0,3}"
# two letters, figures with at most two letters about them, or a word that is written after numbers
_PART = (
    rf"(?:\d{{0,2}}{_ADDITIONS}(?![a-z])|[a-z]{{0,2}}\d{{1,4}}[a-z]{{0,2}}(?![a-z\d])|[a-z]{{1,2}}(?![a-z]))"
)
_SEVERAL = rf"(?:\s*(?:t\s?/\s?m|tm|t\.m\.|tot(?:\s+en\s+met)?|en|[,&+])\s*\d{{1,5}}(?!\d){_SIGN}{_PART}?)"
_NUMBER_OF_A_HOUSE = re.compile(
    rf"\d{{1,5}}(?!\d)(?:{_SIGN}(?:{_PART}|[a-z]{{3,4}}$)){{0,3}}{_SEVERAL}{{0,3}}", re.IGNORECASE
)
_MOST_FIGURES = 8  # 1940-1946; with more it is a telephone number in pieces
_BEFORE_A_NUMBER = re.compile(r"(?:huis)?(?:nr|nummer|no)\b[.:]?\s*|#\s*", re.IGNORECASE)
_SUFFIX_OF_A_HOUSE = re.compile(
    rf"{_SIGN}(?:{_PART}(?:{_SIGN}{_PART}){{0,3}}|[a-z]{{3,4}}){_SIGN}", re.IGNORECASE
)
_POSTCODES = (
    re.compile(r"[1-9]\d{3}\s{0,2}[A-Za-z]{2}(?![\w])"),
    re.compile(r"(?:[A-Z]{1,2}[\s-]*)?\d{4,5}(?:-\d{3,4})?(?![\w])", re.IGNORECASE),
    re.compile(r"(?=[A-Z]{0,2}\d)(?!(?:\D*\d){8})[A-Z\d]{2,4}[ -]?[A-Z\d]{0,4}(?![\w])", re.IGNORECASE),
)
_TOWN = re.compile(r"[,\s]+[^\W\d_][^\d@\[\]_:;]{1,40}")


def scrub_house_number(text: str) -> str:
    """Keep of a field for a house number what can be one, from its first number on.

    Examples
    --------
    >>> [scrub_house_number(text) for text in ("12", "12-14", "12 bis", "nr. 12a", "2-hoog", "1 t/m 7")]
    ['12', '12-14', '12 bis', 'nr. 12a', '2-hoog', '1 t/m 7']
    >>> scrub_house_number("2 bel 06-12345678 na 18u"), scrub_house_number("fam. Jansen")
    ('2', '')
    """
    if _PLAIN_NUMBER.fullmatch(text):
        return text
    line = scrub_address(text).strip()
    before = _BEFORE_A_NUMBER.match(line)
    start = before.end() if before else 0
    if _NUMBER_OF_A_HOUSE.fullmatch(line, start) and sum(map(str.isdecimal, line)) <= _MOST_FIGURES:
        return line
    found = re.search(r"(?<!\d)\d{1,5}(?!\d)", line[:17])  # as far as it is looked for when it is located
    number = _NUMBER_OF_A_HOUSE.match(line, found.start()) if found else None
    if found is None or number is None:
        return ""
    is_number = sum(map(str.isdecimal, number[0])) <= _MOST_FIGURES
    return number[0].rstrip(" ./-,") if is_number else found[0]


def scrub_house_suffix(text: str) -> str:
    """Give a house letter or suffix if it can be one, else nothing.

    Examples
    --------
    >>> [scrub_house_suffix(text) for text in ("A-2", "bis", "HS", "III", "2-hoog", "fam. Jansen")]
    ['A-2', 'bis', 'HS', 'III', '2-hoog', '']
    """
    if _PLAIN_NUMBER.fullmatch(text):
        return text
    line = scrub_address(text).strip()
    return line if _SUFFIX_OF_A_HOUSE.fullmatch(line) else ""


def scrub_postcode(text: str) -> str:
    """Keep of a field for a postcode what can be one, and a town after it.

    Examples
    --------
    >>> [scrub_postcode(text) for text in ("6211 le", "B-3620 Lanaken", "52062", "SW1A 1AA", "111222333")]
    ['6211 le', 'B-3620 Lanaken', '52062', 'SW1A 1AA', '']
    """
    if not text or _PLAIN_POSTCODE.fullmatch(text):
        return text
    line = scrub_address(text).strip()
    for pattern in _POSTCODES:
        if code := pattern.match(line):
            rest = line[code.end() :]
            return line if not rest or _TOWN.fullmatch(rest) else code[0].strip()
    return ""


HOUSE_PARTS: Mapping[str, Callable[[str], str]] = {
    "house_number": scrub_house_number,
    "house_letter": scrub_house_suffix,
    "house_suffix": scrub_house_suffix,
    "postcode": scrub_postcode,
}
"""Parts of an address of a fixed form, by the field of a source, and what keeps of each what has it."""


_SPELT = re.compile(r"[\s@]|^\W?[+(0]")
_WORDS = re.compile(r"(?:[^\W\d_]\.\s?|[^\W\d_]\s|[^\W\d_]{2,}[.,]?\s+)[^\W\d_'’]{2,}")
_MAIL, _TELEPHONE = MARKS[0], next(mark for mark in MARKS if mark.name == "telefoon")


def names_a_person(source_id: str) -> bool:
    """Whether the number of a report at its source looks like a name, an e-mail address or a telephone.

    Words with a blank between them are like a name; a number is like that of a telephone only when it is
    written as one, with its signs or a plus.

    Examples
    --------
    >>> [names_a_person(text) for text in ("Jan Jansen", "j@voorbeeld.nl", "06-12345678", "+31612345678")]
    [True, True, True, True]
    >>> [names_a_person(text) for text in ("M-1", "MLD 2023 001", "SIA-123", "111222333", "0612345678")]
    [False, False, False, False, False]
    """
    if not _SPELT.search(source_id):
        return False
    if _WORDS.search(source_id) or _MAIL.pattern.search(source_id):
        return True
    return not source_id.isdecimal() and any(
        _TELEPHONE.pattern.fullmatch(part) for part in (source_id, *source_id.split())
    )


def scrub(text: str) -> str:
    """Take out of a text what points at a person.

    Parameters
    ----------
    text
        What a reporter wrote.

    Returns
    -------
    str
        The text with each mark replaced by its kind between brackets; scrubbing it again changes nothing.

    Examples
    --------
    >>> scrub("Mijn buurman Jan Jansen dealt, bel 06-12345678 of mail jan@voorbeeld.nl")
    'Mijn buurman [naam] dealt, bel [telefoon] of mail [e-mail]'
    >>> scrub("auto XX-99-99 staat er om 22:30, al 3 weken")
    'auto [kenteken] staat er om 22:30, al 3 weken'
    """
    for mark in MARKS:
        if mark.needs is not None and not mark.needs.search(text):
            continue
        text = mark.pattern.sub(partial(_replaced, mark), text)
    return text


def _replaced(mark: Mark, found: re.Match[str]) -> str:
    if not mark.is_meant(found.group()):
        return found.group()
    groups = found.groupdict()
    before = f"{groups['cue']} {groups.get('open') or ''}" if groups.get("cue") else ""
    return f"{before}[{mark.name}]"
