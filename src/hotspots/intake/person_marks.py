"""Which marks of a text point at a person, and how each is recognised.

Each mark is a pattern with, where its shape is not enough, a check: IBANs by ISO 13616 (modulo 97), citizen
service numbers (BSN) by the eleven-test. For names after a cue word see :mod:`hotspots.intake.name_cues`.
"""

import re

from stdnum import iban
from stdnum.nl import bsn

from hotspots.intake.marks import Mark
from hotspots.intake.name_cues import KNOWN, NAME_IN_ADDRESS, NAME_MARKS, NO_NAME

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

_START, _END = r"(?<![\w@])", r"(?![\w])"
_START_OF_ACCOUNT = r"(?<![\w@.+-])"  # only where such a run begins, so that each is read once
_GAP = r"[\s.\-/]?"
_WIDE_GAP = r"[ .\-/()]{0,3}"
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
_ANY_SIDECODE = rf"(?=[a-z\d]{{1,3}}[ -])(?:{_SIDECODES})"
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

_NO_ACCOUNT = (
    "(?i:img|dsc|vid|pxl|whatsapp|foto|bijlage|document|overlast|melding|zaak|dossier|nummer|nr|ref)"
)
_FILES = "pdf|jpe?g|png|docx?|xlsx?|mp4|mov|txt|zip|csv"
_NATIONS = (
    "pools|duits|belgisch|roemeens|bulgaars|frans|litouws|hongaars|brits|engels|tsjechisch|slowaaks|italiaans|spaans|"
    "lets|estisch|luxemburgs|kroatisch|servisch|zwitsers|oostenrijks|oekraïens|"
    "zweeds|deens|noors|turks|grieks|portugees|moldavisch|iers|fins|sloveens"
)
_VEHICLES = (
    "auto|wagen|bus|busje|bestelbus|bestelwagen|camper|scooter|brommer|bromfiets|motor|vrachtwagen|taxi"
)

MARKS = (
    Mark(
        "e-mail",
        re.compile(
            rf"{_START_OF_ACCOUNT}[\w.+-]++ ?@{{1,2}} ?[\w-]++"
            rf"(?:(?:\.[\w-]++)+| ?[.,] ?(?:nl|com|be|de|org|net|eu)\b)"
        ),
        around="@",
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
            rf"{_START}(?:NL ?\d\d{_GAP}[A-Z]{{4}}(?:{_GAP}\d){{10}}"
            + "".join(
                rf"|(?:{'|'.join(countries)})\d\d(?:{_GAP}[A-Z0-9]){{{length - 4}}}"
                for length, countries in _IBAN_LENGTHS.items()
            )
            + rf"){_END}",
            re.IGNORECASE,
        ),
        is_iban,
        needs=re.compile(r"\d(?:(?<=[A-Za-z]{2}\d)|(?<=[Nn][Ll] \d))\d"),
        figures=4,
    ),
    Mark(
        "geboortedatum",
        re.compile(
            rf"(?<!\w)(?P<cue>geboren(?: op)?|geb\.? ?datum|geb\.?|gebdat|jarig(?: op)?|"
            r"(?:geboortedatum|geboortedag|verjaardag)"
            r"(?: (?:van )?(?:is|de|verdachte|dader|hem|haar|zoon|dochter)){0,3})"
            rf"[:,]?\s*+{_DAY}",
            re.IGNORECASE,
        ),
        begins=("geb", "verjaardag", "jarig"),
        figures=1,
    ),
    Mark("geboortedatum", re.compile(rf"{_START}\d\d-\d\d-19\d\d{_END}"), words=("-19",), figures=8),
    Mark(
        "geboortedatum",
        re.compile(
            r"(?<!\w)(?P<cue>(?:is|ben|was) van)\s\d{1,2}[-/. ]\d{1,2}[-/. ](?:19\d\d|200\d|201[0-2])(?!\w)",
            re.IGNORECASE,
        ),
        words=(" van ",),
        figures=6,
    ),
    Mark(
        "telefoon",
        re.compile(
            rf"{_START}\(?(?:(?:\+|00)\d\d{_WIDE_GAP}(?:\(0\){_WIDE_GAP})?[1-9](?:{_WIDE_GAP}\d){{7,10}}"
            # but no date such as 03/14/2023 21:35
            rf"|(?!\d\d/\d\d/(?:19|20)\d\d(?!\d))0 ?[1-9](?:{_WIDE_GAP}\d){{8}}){_END}"
        ),
        begins=("0", "+", "("),
        figures=10,
    ),
    Mark(
        "telefoon",
        re.compile(
            r"(?<!\w)(?P<cue>(?:tel|telefoon|telnr|mobiel|mob|gsm)(?:nr|nummer)?(?:\b|(?=\d))[.:]*+(?: is)?|"
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
        figures=6,
    ),
    Mark(
        "telefoon",
        re.compile(
            rf"(?<!\w)(?:0[ -]?6[ ,.-]{{1,3}})?(?:{_FIGURE_WORD}[ ,.-]{{1,3}}){{7,11}}{_FIGURE_WORD}(?!\w)",
            re.IGNORECASE,
        ),
        words=("zes", "06", "0 6", "0-6"),
    ),
    # its first figure before what may not stand before it: so it is tried at figures only
    Mark("bsn", re.compile(rf"\d(?<![\w@]\d)(?:[\s.\-]?\d){{7,8}}{_END}"), is_bsn, figures=8),
    Mark(
        "nummer",
        re.compile(
            r"(?<!\w)(?P<cue>(?:v[-.]?nr\.?|v-?nummer|vreemdelingennummer|"
            r"paspoort(?:nr|nummer|,? (?:nr\.?|nummer))?|id-?kaart(?:nummer)?|"
            r"rijbewijs(?:nr|nummer)?|document(?:nr|nummer)|pas(?:nr|nummer)|identiteitskaart|pati[eë]nt(?:nr|en-?nummer|nummer)|cli[eë]nt(?:nr|nummer)|"
            r"bsn(?:nr|-nummer|nummer)?|sofi-?nummer|burgerservicenummer)(?: is|:| van hem is)?)[ \t]{0,3}"
            r"(?=(?:[A-Z .-]{0,9}\d){3})[A-Z\d](?:[ .-]?[A-Z\d]){5,11}(?!\w)",
            re.IGNORECASE,
        ),
        begins=(
            *(
                "v-n",
                "vnr",
                "vnummer",
                "v.n",
                "vreemdelingennummer",
                "paspoort",
                "id-kaart",
                "idkaart",
                "rijbewijs",
                "documentn",
                "pasn",
            ),
            *("identiteitskaart", "pati", "cli", "bsn", "sofi", "burgerservicenummer"),
        ),
        figures=3,
    ),
    Mark(
        "kenteken",
        _plate_pattern(),
        needs=re.compile(
            r"\d(?:(?<=[A-Za-z]\d)|(?<=[A-Za-z]-\d)|(?<=[A-Z] \d)"
            r"|(?<!\d\d)\d{0,2}(?:-?[A-Za-z]{2}| [A-Z]{2}))"
        ),
        figures=2,
    ),
    Mark(
        "kenteken",
        re.compile(rf"{_START}[A-ZÄÖÜ]{{1,3}}-[A-Z]{{1,2}}[ -]?\d{{1,4}}[EH]?{_END}"),
        words=("-",),
        figures=1,
    ),
    Mark(
        "kenteken",
        re.compile(
            rf"(?<!\w)(?P<cue>(?i:kenteken(?:plaat)?|nummerplaat|plaatje)[:,]?)\s++{_PLATE_AFTER_CUE}{_END}"
        ),
        begins=("kenteken", "nummerplaat", "plaatje"),
        figures=1,
    ),
    Mark(
        "kenteken",
        re.compile(
            rf"(?<!\w)(?P<cue>(?i:{_NATIONS})e?(?: [\w-]{{2,12}}){{1,4}}?,?)\s++"
            rf"(?:(?=\D{{1,8}}\d{{3}}){_FOREIGN_PLATE}"
            rf"|[A-Z]{{1,2}} ?\d\d ?[A-Z]{{3}}|\d[A-Z]{{1,2}}\d? ?\d{{4}}"
            rf"|[A-Z]{{2,3}} (?=[A-Z]*\d)[A-Z\d]{{4,5}}){_END}"
        ),
        begins=tuple(_NATIONS.split("|")),
        figures=1,
    ),
    Mark(
        "kenteken",
        re.compile(
            rf"(?<!\w)(?P<cue>(?:{_VEHICLES})(?:[ ,:(]{{1,2}}[a-z]{{2,12}}){{0,3}}?[,:(]?)[ ]"
            rf"(?![a-z\d]{{1,3}} (?:uur|man|van|tot|en|of|om|te|in|op|de|die|per|km|cm|x)\b)"
            rf"{_ANY_SIDECODE}{_END}",
            re.IGNORECASE,
        ),
        begins=tuple(_VEHICLES.split("|")),
        figures=2,
    ),
    Mark(
        "account",
        re.compile(
            rf"(?<![\w@./-])(?!{_NO_ACCOUNT}[\w.-]*_|[\w.]{{1,60}}\.(?:{_FILES})\b)(?=[\w.]{{0,40}}[a-z]{{3}})"
            r"(?=[A-Za-z\d.]{1,40}_)\w[\w.]{2,60}\w(?![\w@])"
        ),
        words=("_",),
        holds=r"[A-Za-z\d.]_",
    ),
    Mark(
        "account",
        re.compile(rf"(?<![\w#.])(?!{_NO_ACCOUNT}#)[\w.]{{2,32}}#\d{{4}}(?!\w)"),
        words=("#",),
        figures=4,
    ),
    Mark("account", re.compile(rf"{_START}(?:@[\w.]{{3,}})+"), words=("@",), begins=("@",)),
    Mark(
        "account",
        re.compile(
            rf"(?<!\w)(?P<cue>(?i:{_PLATFORMS})"
            rf"(?: (?:is|heet|als|account|naam|onder|van hem|van haar)){{0,2}}:?)\s++"
            r"(?:@ ?)?"
            rf"(?:(?=[\w.]{{0,60}}[_\d])[\w.]{{3,}}+|{NO_NAME}{KNOWN}[a-z.]{{3,}}+(?= (?:is|heet)\b))"
        ),
        begins=(
            *("insta", "snap", "telegram", "tiktok", "facebook", "wickr", "signal", "discord", "threema"),
            *("twitter", "session", "kik", "whatsapp", "gebruikersnaam", "username", "accountnaam"),
        ),
    ),
    *NAME_MARKS,
)
"""In the order in which they are looked for: what is more certain first."""


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
        figures=1,
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
    NAME_IN_ADDRESS,
)
