"""Which marks of a text point at a person, and how each is recognised.

Each mark is a pattern with, where its shape is not enough, a check: IBANs by ISO 13616 (modulo 97), citizen
service numbers (BSN) by the eleven-test. A name is what follows a cue word such as *meneer* or *genaamd*; no
word of ``scrubbing_words.toml``, where organisations and peoples stand, is such a name.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from stdnum import iban
from stdnum.nl import bsn

from hotspots.intake.plain_spelling import AsRead


@dataclass(frozen=True)
class Mark:
    """A kind of text that points at a person."""

    name: str  # what stands in its place, in Dutch
    pattern: re.Pattern[str]
    is_meant: Callable[[str], bool] = lambda _: True  # a check beyond the shape
    needs: re.Pattern[str] | None = None  # what no such mark is without, and quickly seen to be absent
    words: tuple[str, ...] = ()  # likewise: parts of words in small letters, of which one must be there
    begins: tuple[str, ...] = ()  # likewise: every such mark begins with one of these parts of words
    cues: frozenset[str] = frozenset()  # likewise: every such mark begins with one of these whole words
    has_figure: bool = False  # whether no such mark is without a figure

    def take_out(self, text: AsRead) -> AsRead:
        """Replace each such mark by its name between brackets; a cue word before it stays."""
        if self.has_figure and not text.has_figure:
            return text
        if self.cues and self.cues.isdisjoint(text.words):
            return text
        if self.words and not any(map(text.small.__contains__, self.words)):
            return text
        if self.needs is not None and not self.needs.search(text.plain):
            return text
        written, parts, done = text.written, [], 0
        for found in self._found(text):
            if self.is_meant(found.group()):
                parts += [written[done : found.start()], self._instead(found.groupdict())]
                done = found.end()
        return AsRead("".join([*parts, written[done:]])) if parts else text

    def _found(self, text: AsRead) -> Iterator[re.Match[str]]:
        """Where the pattern is found, tried only where the text has what every such mark begins with."""
        has_places = len(text.small) == len(text.plain)  # or those in small letters are other ones
        if not has_places or not (self.cues or self.begins):
            yield from self.pattern.finditer(text.plain)
            return
        begins = [*(self.cues & text.words), *(begin for begin in self.begins if begin in text.small)]
        done = 0
        for start in sorted({at for begin in begins for at in _places_of(begin, text.small)}):
            if start >= done and (found := self.pattern.match(text.plain, start)):
                yield found
                done = found.end()

    def _instead(self, groups: dict[str, str | None]) -> str:
        before = f"{groups['cue']} {groups.get('open') or ''}" if groups.get("cue") else ""
        return f"{before}[{self.name}]"


def _places_of(part: str, text: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


_CALENDAR_DAY = re.compile(r"(?:19|20)\d\d-\d\d-\d\d|\d\d-\d\d-(?:19|20)\d\d")
"""A day, which is no citizen service number whatever its sum; nobody writes a number with dashes there."""


def is_bsn(text: str) -> bool:
    """Whether eight or nine digits, however they are set apart, are a citizen service number.

    Examples
    --------
    >>> is_bsn("111222333"), is_bsn("123456789"), is_bsn("000000000")
    (True, False, False)
    """
    digits = re.sub(r"[^0-9]", "", text)
    return len(digits) in {8, 9} and not _CALENDAR_DAY.fullmatch(text) and bsn.is_valid(digits)


def is_iban(text: str) -> bool:
    """Whether a text, however it is set apart, is an account number.

    Examples
    --------
    >>> is_iban("NL91 ABNA 0417 1643 00"), is_iban("NL92 ABNA 0417 1643 00")
    (True, False)
    """
    written = re.sub(r"[\s./-]", "", text)
    return written.isascii() and iban.is_valid(written, check_country=False)


PLATES = (
    *("XX-99-99", "99-99-XX", "99-XX-99", "XX-99-XX", "XX-XX-99", "99-XX-XX", "99-XXX-9", "9-XXX-99"),
    *("XX-999-X", "X-999-XX", "XXX-99-X", "X-99-XXX", "9-XX-999", "999-XX-9", "9-XXX-999"),
    "XX-999-XX",
)
"""Licence plates: the Dutch sidecodes 1 to 14 (RDW), then the Belgian one, and that of France and Italy."""

_WORDS_FILE = Path(__file__).with_name("scrubbing_words.toml")
_START, _END = r"(?<![\w@])", r"(?![\w])"
_START_OF_ACCOUNT = r"(?<![\w@.+-])"  # only where such a run begins, so that each is read once
_GAP = r"[\s.\-/]?"
_WIDE_GAP = r"[ .\-/()]{0,3}"
_PARTICLE = r"(?:van|von|de|den|der|het|'t|te|ten|ter|el|al|ben|d'|du|la|le)"
_INITIALS = r"(?:[A-ZÀ-Þ]\.\s?){1,6}"
_WORD = r"[A-ZÀ-Þ][\w'’-]++"
_WORDS: dict[str, list[str]] = tomllib.loads(_WORDS_FILE.read_text(encoding="utf-8"))
NO_NAMES = frozenset(_WORDS["no_names"])
"""Words that are no name of a person, however they are written: days, peoples, bodies, organisations."""

_KNOWN = rf"(?!(?i:{'|'.join(sorted(map(re.escape, NO_NAMES)))})(?![\w'’]))"
_IS_NO_NAME = "|".join(_WORDS["after_a_cue"])
_NO_NAME = rf"(?!(?i:{_IS_NO_NAME})\b)"
_IN_CAPITALS = rf"(?:{_IS_NO_NAME.upper()})"
_CAPITALS = r"[A-ZÀ-Þ][A-ZÀ-Þ'’-]++(?![\w'’-])"
_NAME = (
    rf"{_KNOWN}(?:"
    # all in capitals: two words at most, the rest is what happened
    rf"(?:{_INITIALS}\s?)?(?:(?i:{_PARTICLE})\s++){{0,4}}{_NO_NAME}{_CAPITALS}(?:\s++{_NO_NAME}{_KNOWN}{_CAPITALS})?"
    rf"|(?:{_INITIALS}\s?)?(?:{_PARTICLE}\s++){{0,4}}(?!(?={_CAPITALS}){_IN_CAPITALS}\b){_WORD}(?:\s++{_INITIALS})?"
    rf"(?:(?:\s++{_PARTICLE}){{0,4}}\s++{_KNOWN}{_WORD}){{0,3}})"
)
_SMALL = rf"{_NO_NAME}{_KNOWN}[\w'’-]{{2,}}+"
_SURNAME = rf"(?:{_INITIALS}\s?)?(?:(?!van (?:de|het|een|deze|dit)\b){_PARTICLE}\s++){{0,4}}{_SMALL}"
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
    r"contactpersoon|melder|slachtoffer|getuige|bijnaam|op naam van|gezin|gebroeders|ondertekend|"
    r"getekend|een zekere|"
    r"noemt zich(?:zelf)?|noemen (?:hem|haar)|bewoner|bewoonster|eigenaar|eigenares|huisbaas|verhuurder|"
    r"verdachte|dader(?=\s?[:=])|"
    rf"(?:{_NEIGHBOURS})(?: van (?:hiernaast|hierboven|hieronder|boven|beneden))?|"
    r"zoon(?:tje)?|dochter(?:tje)?|broer(?:tje)?|zus(?:je)?|vriend|vriendin|kinderen|"
    r"(?:mijn|onze) (?:man|vrouw|partner|ex|moeder|vader|kind)|oma|opa|tante|oom|dealer|ene|"
    r"(?:zoon|dochter|moeder|vader|broer|zus|zusje|broertje|vriend|vriendin|ex|neef|nicht|weduwe) van|"
    r"ik ben|linkedin|"
    r"groet(?:en|jes)?|mvg|m\.v\.g\.|hoogachtend|ondergetekende))"
)
_TITLES = frozenset({"mevr", "mvr", "dhr", "mw", "fam", "hr", "meneer", "mijnheer", "mevrouw"})
_CUES_BEGIN = frozenset(_WORDS["cues_begin"])
# a first name in small letters is only seen when a verb follows it
_BEFORE_A_VERB = rf"(?i:(?:mijn|onze) (?:{_NEIGHBOURS}))"
_VERB = (
    r"(?=\s++(?:is|was|heeft|had|staat|zegt|zei|dealt|woont|belt|belde|schreeuwt|doet|kwam|komt|gaat|wordt|werd|"
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
_DAY = rf"(?:\d{{1,2}}[-/. ](?:\d{{1,2}}|{_MONTH})[-/. ]'?\d{{2,4}}|(?:19|20)\d\d-\d\d-\d\d)"


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


_DOMAINS = "nl|com|be|de|org|net|eu|me|tv|gg|io"
_FIGURE_WORD = r"(?:nul|een|één|twee|drie|vier|vijf|zes|zeven|acht|negen)"

_PLATFORMS = (
    "insta(?:gram)?|snap(?:chat)?|telegram|tiktok|facebook|wickr|signal|discord|threema|twitter|session|kik|whatsapp|"
    "gebruikersnaam|username|accountnaam"
)

MARKS = (
    Mark(
        "e-mail",
        re.compile(
            rf"{_START_OF_ACCOUNT}[\w.+-]++ ?@ ?[\w-]++(?:(?:\.[\w-]++)+| ?\. ?(?:nl|com|be|de|org|net|eu)\b)"
        ),
        words=("@",),
    ),
    Mark(
        "e-mail",
        re.compile(
            rf"{_START_OF_ACCOUNT}[\w.+-]++ ?(?:\(at\)|\[at\]| at |apenstaartje) ?[\w-]++(?:\.[\w-]++){{0,8}}"
            r" ?(?:\.| punt | dot |[(\[](?:punt|dot)[)\]]) ?(?:nl|com|be|de|org|net|eu)\b",
            re.IGNORECASE,
        ),
        words=("(at)", "[at]", " at ", "apenstaartje"),
    ),
    Mark(
        "link",
        re.compile(
            r"(?:https?://|www\.)\S+"
            rf"|(?<![\w@.-])(?:[\w-]++\.){{1,8}}(?:{_DOMAINS})/[^\s)]+",
            re.IGNORECASE,
        ),
        words=("://", "www.", *(f".{domain}/" for domain in _DOMAINS.split("|"))),
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
        needs=re.compile(r"[A-Za-z]{2}\d\d"),
        has_figure=True,
    ),
    Mark(
        "geboortedatum",
        re.compile(
            rf"(?<!\w)(?P<cue>geboren(?: op)?|geb\.? ?datum|geb\.?|gebdat|"
            r"(?:geboortedatum|geboortedag|verjaardag)(?: (?:van )?(?:is|de|verdachte|dader|hem|haar|zoon|dochter)){0,3})"
            rf"[:,]?\s*+{_DAY}",
            re.IGNORECASE,
        ),
        begins=("geb", "verjaardag"),
        has_figure=True,
    ),
    Mark("geboortedatum", re.compile(rf"{_START}\d\d-\d\d-19\d\d{_END}"), has_figure=True),
    Mark(
        "geboortedatum",
        re.compile(
            r"(?<!\w)(?P<cue>(?:is|ben|was) van)\s\d{1,2}[-/. ]\d{1,2}[-/. ](?:19\d\d|200\d|201[0-2])(?!\w)", re.IGNORECASE
        ),
        words=(" van ",),
        has_figure=True,
    ),
    Mark(
        "telefoon",
        re.compile(
            rf"{_START}\(?(?:(?:\+|00)\d\d{_WIDE_GAP}(?:\(0\){_WIDE_GAP})?[1-9](?:{_WIDE_GAP}\d){{7,10}}"
            # but no date such as 03/14/2023 21:35
            rf"|(?!\d\d/\d\d/(?:19|20)\d\d(?!\d))0 ?[1-9](?:{_WIDE_GAP}\d){{8}}){_END}"
        ),
        has_figure=True,
    ),
    Mark(
        "telefoon",
        re.compile(
            r"(?<!\w)(?P<cue>(?:tel|telefoon|telnr|mobiel|mob|gsm)(?:nr|nummer)?\b[.:]*+(?: is)?|"
            r"(?:app|appje|bel|bellen|whatsapp|sms|bereikbaar|terugbellen)(?: me| mij| hem| haar| ons)?"
            r"(?: op| naar| via|:))\s*+"
            r"\d(?:[ .-]?\d){5,9}(?!\w)"
            r"|(?<!\w)(?:nul|0)[ -]?(?:zes|6)[ -]{0,3}\d(?:[ .-]?\d){7}(?!\w)",
            re.IGNORECASE,
        ),
        begins=(
            *("tel", "mob", "gsm", "app", "bel", "whatsapp", "sms", "bereikbaar", "terugbellen"),
            *("nul", "0"),
        ),
        has_figure=True,
    ),
    Mark(
        "telefoon",
        re.compile(rf"(?<!\w)(?:{_FIGURE_WORD}[ ,.-]{{1,3}}){{7,11}}{_FIGURE_WORD}(?!\w)", re.IGNORECASE),
        words=("zes",),
    ),
    Mark("bsn", re.compile(rf"{_START}\d(?:[\s.\-]?\d){{7,8}}{_END}"), is_bsn, has_figure=True),
    Mark(
        "nummer",
        re.compile(
            r"(?<!\w)(?P<cue>(?:v-?nummer|vreemdelingennummer|paspoort(?:nr|nummer|,? (?:nr\.?|nummer))?|id-?kaart(?:nummer)?|"
            r"rijbewijs(?:nr|nummer)?|identiteitskaart|pati[eë]nt(?:nr|en-?nummer|nummer)|cli[eë]nt(?:nr|nummer)|"
            r"bsn(?:nr|-nummer|nummer)?|sofi-?nummer|burgerservicenummer)(?: is|:| van hem is)?)[ \t]{0,3}"
            r"(?=(?:[A-Z .-]{0,9}\d){3})[A-Z\d](?:[ .-]?[A-Z\d]){5,11}(?!\w)",
            re.IGNORECASE,
        ),
        begins=(
            *("v-nummer", "vnummer", "vreemdelingennummer", "paspoort", "id-kaart", "idkaart", "rijbewijs"),
            *("identiteitskaart", "pati", "cli", "bsn", "sofi", "burgerservicenummer"),
        ),
        has_figure=True,
    ),
    Mark(
        "kenteken",
        _plate_pattern(),
        needs=re.compile(r"[A-Za-z]-?\d|\d-?[A-Za-z]|[A-Z] \d|\d [A-Z]"),
        has_figure=True,
    ),
    Mark(
        "kenteken",
        re.compile(rf"{_START}[A-ZÄÖÜ]{{1,3}}-[A-Z]{{1,2}}[ -]?\d{{1,4}}[EH]?{_END}"),
        has_figure=True,
    ),
    Mark(
        "kenteken",
        re.compile(
            rf"(?<!\w)(?P<cue>(?i:kenteken(?:plaat)?|nummerplaat|plaatje)[:,]?)\s++{_PLATE_AFTER_CUE}{_END}"
        ),
        begins=("kenteken", "nummerplaat", "plaatje"),
        has_figure=True,
    ),
    Mark(
        "kenteken",
        re.compile(
            r"(?<!\w)(?P<cue>(?i:poolse?|duitse?|belgische?|roemeense?|bulgaarse?|franse?|litouwse?|hongaarse?)"
            rf" [a-z]{{3,12}})\s++(?=\D{{1,8}}\d{{3}}){_FOREIGN_PLATE}{_END}"
        ),
        begins=("pools", "duits", "belgi", "roemeen", "bulgaar", "frans", "litouws", "hongaar"),
        has_figure=True,
    ),
    Mark("account", re.compile(rf"{_START}(?:@[\w.]{{3,}})+"), words=("@",)),
    Mark(
        "account",
        re.compile(
            rf"(?<!\w)(?P<cue>(?i:{_PLATFORMS})(?: (?:is|heet|als|account|naam|onder|van hem|van haar)){{0,2}}:?)\s++"
            r"(?:@ ?)?"
            rf"(?:(?=[\w.]{{0,60}}[_\d])[\w.]{{3,}}+|{_NO_NAME}{_KNOWN}[a-z.]{{3,}}+(?= (?:is|heet)\b))"
        ),
        begins=(
            *("insta", "snap", "telegram", "tiktok", "facebook", "wickr", "signal", "discord", "threema"),
            *("twitter", "session", "kik", "whatsapp", "gebruikersnaam", "username", "accountnaam"),
        ),
    ),
    Mark(
        "naam",
        re.compile(
            rf"(?<!\w)(?P<cue>{_CUES}(?:\s?[,:=])?)\s++(?P<open>[('\"‘“]?)(?P<name>{_NAME}(?:\s++en\s++{_NO_NAME}{_NAME})?)"
        ),
        lambda found: not _STREET_ENDINGS.search(found),
        cues=_CUES_BEGIN,
    ),
    Mark(
        "naam",
        re.compile(rf"(?<!\w)(?P<cue>{_ALWAYS_BEFORE_A_NAME})\s*+(?P<name>{_SURNAME})"),
        cues=_TITLES,
    ),
    Mark(
        "naam",
        re.compile(rf"(?<!\w)(?P<cue>{_BEFORE_A_VERB})\s++(?P<name>{_SMALL}){_VERB}"),
        cues=frozenset({"mijn", "onze"}),
    ),
    Mark(
        "naam",
        re.compile(rf"(?<!\w)(?P<cue>{_BEFORE_OWN_NAME})\s++(?P<name>{_SURNAME}(?:\s++{_SURNAME})?)"),
        cues=frozenset({"mijn", "ik"}),
    ),
)
"""In the order in which they are looked for: what is more certain first."""


# 'bij Appelgaarde 7': who follows that word has no house number
_IS_STREET = (
    rf"(?-i:(?!\s++{_NAME}[\s,]*+(?i:(?:huis)?(?:nr|nummer)\.?\s*+)?\d{{1,5}} ?[A-Za-z]?"
    r"(?:\s*+(?:$|[,);])|\s++[A-ZÀ-Þ\d])))"
)
_IN_ADDRESSES = re.compile(
    rf"(?<!\w)(?P<cue>(?i:meneer|mijnheer|mevrouw|mevr\.?|dhr\.?|mw\.?|familie|fam\.?|genaamd|bewoner|"
    rf"bewoonster|eigenaar|buurman|buurvrouw|t\.a\.v\.|tav|t\.n\.v\.|tnv|p/a|bij{_IS_STREET}))[,:]?\s++(?P<name>{_NAME})"
)
_NAME_IN_ADDRESS = Mark("naam", _IN_ADDRESSES, lambda found: not _STREET_ENDINGS.search(found))

ADDITIONS = (
    r"(?:bis|hs|huis|boven|beneden|ben|onder|rood|zwart|rd|zw|bg|hoog|laag|links|rechts|voor|achter|kelder|"
    r"etage|winkel|garage|berging|kantoor|loods|studio|unit|kamer|box|flat|app|appartement|gebouw|blok|"
    r"i{1,3}|iv|vi{0,3}|ix|x|to)"
)
_NO_NAME_OF_A_HOUSE = re.compile(rf"-{ADDITIONS}-", re.IGNORECASE)
MARKS_IN_ADDRESSES = (
    *(mark for mark in MARKS if mark.name not in ("naam", "kenteken", "bsn", "nummer")),
    # 12-14 AB 3 and Laan 1940-1945 12 are addresses: only what is written as a whole, and passes its check
    Mark(
        "bsn",
        re.compile(
            rf"{_START}(?:\d{{8,9}}|\d{{3}}([ .-])\d{{3}}\1\d{{3}}|\d{{4}}([.-])\d{{2}}\2\d{{3}}){_END}"
        ),
        is_bsn,
        has_figure=True,
    ),
    Mark(
        "kenteken",
        re.compile(
            rf"(?<![\w@-])(?:{'|'.join(PLATES).replace('9', '[0-9]').replace('X', '[A-Za-z]')})(?![\w-])"
        ),
        lambda found: not _NO_NAME_OF_A_HOUSE.search(found),
        needs=re.compile("-[^-\n]+-"),
    ),
    *(mark for mark in MARKS if mark.name == "nummer"),
    _NAME_IN_ADDRESS,
)
