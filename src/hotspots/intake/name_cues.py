"""Names of people after a cue word such as *meneer* or *genaamd*, whether a list knows them or not.

No word of ``scrubbing_words.toml``, where organisations and peoples stand, is such a name.
"""

import re
import tomllib
from pathlib import Path

from hotspots.intake.alternatives import one_of
from hotspots.intake.marks import Mark

_WORDS_FILE = Path(__file__).with_name("scrubbing_words.toml")
_PARTICLE = r"(?:v\. ?d\.|v/d|vd\.?|van|von|de|den|der|het|'t|te|ten|ter|el|al|ben|d'|du|la|le)"
_INITIALS = r"(?:[A-ZÀ-Þ]\.\s?){1,6}"
_WORD = r"[A-ZÀ-Þ][\w'’-]++"
_WORDS: dict[str, list[str]] = tomllib.loads(_WORDS_FILE.read_text(encoding="utf-8"))
NO_NAMES = frozenset(_WORDS["no_names"])
"""Words that are no name of a person, however they are written: days, peoples, bodies, organisations."""

KNOWN = rf"(?!(?i:{one_of(sorted(map(re.escape, NO_NAMES)))})(?![\w'’]))"
AFTER_A_CUE = frozenset(_WORDS["after_a_cue"])
"""Verbs, small words and the like, which follow a name and belong to none."""

NO_NAME = rf"(?!(?i:{one_of(_WORDS['after_a_cue'])})\b)"
_IN_CAPITALS = rf"(?:{'|'.join(_WORDS['after_a_cue']).upper()})"
_CAPITALS = r"[A-ZÀ-Þ][A-ZÀ-Þ'’-]++(?![\w'’-])"
_NAME = (
    rf"{KNOWN}(?:"
    # all in capitals: two words at most, the rest is what happened
    rf"(?:{_INITIALS}\s?)?(?:(?i:{_PARTICLE})\s++){{0,4}}{NO_NAME}{_CAPITALS}"
    rf"(?:\s++(?:(?:VAN|EL|TER|TEN|DE|DEN|DER)\s++){{0,3}}{NO_NAME}{KNOWN}{_CAPITALS})?"
    rf"|(?:{_INITIALS}\s?)?(?:{_PARTICLE}\s++){{0,4}}(?!(?={_CAPITALS}){_IN_CAPITALS}\b){_WORD}(?:\s++{_INITIALS})?"
    rf"(?:(?:\s++{_PARTICLE}){{0,4}}\s++{KNOWN}{_WORD}){{0,3}}(?: (?:sr|jr)(?:\.|\b))?)"
)
_SMALL = rf"{NO_NAME}{KNOWN}[\w'’-]{{2,}}+"
_SURNAME = rf"(?:{_INITIALS}\s?)?(?:(?!van (?:de|het|een|deze|dit)\b){_PARTICLE}\s++){{0,4}}{_SMALL}"
# whatever follows these is a name, also in small letters
_ALWAYS_BEFORE_A_NAME = (
    r"(?i:mevr\.|mevr(?=\s)|mvr\.|mvr(?=\s)|dhr\.|dhr(?=\s)|mw\.|mw(?=\s)|fam\.|fam(?=\s)|hr\.|hr(?=\s)"
    # but not with an article: 'de meneer schreeuwt'
    r"|(?<!e )(?<!een )"  # nor after an adjective: 'een aardige mevrouw hielp'
    r"(?:meneer|mijnheer|mevrouw)(?=\s))"
)
_BEFORE_OWN_NAME = r"(?i:mijn naam is|mijn naam:|ik heet)"
_NEIGHBOURS = "buurman|buurvrouw|buurjongen|buurmeisje"
_CUES_IN_ANY_CASE = (
    *("meneer", "mijnheer", "mevrouw", r"mevr\.?", r"mvr\.?", r"dhr\.?", r"mw\.?", r"hr\.?", "familie"),
    *(r"fam\.?", "juffrouw", "(?:politie|wijk)?agente?"),
    *("genaamd", "genoemd", "heet", "heten", "naam is", "naam:", "(?:echte|volledige) naam"),
    "naam op de (?:brievenbus|bus|deur|bel)(?: is)?",
    *("tnv", r"t\.n\.v\.", "ten name van", r"t\.a\.v\.", "tav", "p/a", "ingevuld door"),
    *("naam (?:van de )?dader", "alias", "namens"),
    *("contactpersoon", "melder", "slachtoffer", "getuige", "bijnaam(?: is)?", "op naam van"),
    *("klager", "klaagster", "gezin", "gebroeders", "ondertekend", "getekend", "een zekere"),
    *("noemt zich(?:zelf)?", "noemen (?:hem|haar)", "bewoner", "bewoonster", "eigenaar", "eigenares"),
    *("huisbaas", "verhuurder", "herr", "frau", "mister", "collega", "huismeester", "juf", "conciërge"),
    *("huisgenoot", "kamergenoot", "zwager", "neef", "nicht", "vriendje"),
    "schoon(?:zoon|zus|moeder|vader|dochter)",
    *("stief(?:zoon|vader|moeder|dochter)", "klein(?:zoon|dochter)"),
    "(?:over|boven|onder|beneden)(?:buurman|buurvrouw)",
    *("verdachte", r"dader(?=\s?[:=])"),
    rf"(?:{_NEIGHBOURS})(?: van (?:hiernaast|hierboven|hieronder|boven|beneden))?",
    *("zoon(?:tje)?", "dochter(?:tje)?", "broer(?:tje)?", "zus(?:je)?", "vriend", "vriendin", "kinderen"),
    *("(?:mijn|onze) (?:man|vrouw|partner|ex|moeder|vader|kind)", "oma", "opa", "tante", "oom", "dealer"),
    "ene",
    "(?:zoon|dochter|moeder|vader|broer|zus|zusje|broertje|vriend|vriendin|ex|neef|nicht|weduwe) van",
    r"(?:man|vrouw|kinderen|hond|auto|huis) van(?=\s(?:Van|De|Den|Der|Ten|Ter|El)\s)",
    *("ik ben", "linkedin"),
    *("groet(?:en|jes)?", "mvg", r"m\.v\.g\.", "hoogachtend", "ondergetekende"),
)
_CUES = rf"(?:heer|(?<=\b[Dd]e )Heer|(?<=\bD[Ee] )HEER|(?i:{one_of(_CUES_IN_ANY_CASE)}))"
_TITLES = frozenset({"mevr", "mvr", "dhr", "mw", "fam", "hr", "meneer", "mijnheer", "mevrouw"})
_CUES_BEGIN = frozenset(_WORDS["cues_begin"])
# a first name in small letters is only seen when a verb follows it
_BEFORE_A_VERB = rf"(?i:(?:mijn|onze) (?:{_NEIGHBOURS}))"
_VERB = (
    r"(?=\s++(?:is|was|heeft|had|staat|zegt|zei|dealt|woont|belt|belde|schreeuwt|doet|kwam|komt|gaat|wordt|werd|"
    r"en)\b)"
)
_CALLED_SOMETHING = (
    *(
        "app",
        "wijk",
        "buurt",
        "straat",
        "plein",
        "park",
        "gebouw",
        "flat",
        "groep",
        "groepje",
        "bende",
        "club",
    ),
    *(
        "joint",
        "wiet",
        "drank",
        "drug",
        "spul",
        "middel",
        "hond",
        "bedrijf",
        "organisatie",
        "stichting",
        "spel",
    ),
    *(
        "zaak",
        "winkel",
        "café",
        "restaurant",
        "kroeg",
        "feest",
        "festival",
        "merk",
        "project",
        "school",
        "team",
    ),
    *("dorp", "stad", "website", "pagina", "kanaal", "film", "serie", "boot", "schip", "kat", "poes"),
    *("dit", "dat", "het", "zoals dat"),
)
_ALREADY = ("officieel", "ook", "nu", "hier", "zelf", "toch")
_THINGS = re.compile(rf"(?<!\w)(?i:{one_of(_CALLED_SOMETHING)},? (?:(?:{'|'.join(_ALREADY)}) )?)$")
"""What is called something and is no person."""
_LAST_OF_THINGS = frozenset(_ALREADY).union(words.split()[-1] for words in _CALLED_SOMETHING)


def _is_called_something(before: str) -> bool:
    words = before.split()
    last = words[-1].removesuffix(",") if words else ""
    if last.isascii() and last.isalpha() and last.lower() not in _LAST_OF_THINGS:
        return False  # seen at once, as of most
    return _THINGS.search(before) is not None


_STREET_ENDINGS = (
    *("heid", "zaken", "dienst", "beheer", "toezicht", "straat", "laan", "weg", "plein", "hof", "pad"),
    *("dreef", "kade", "steeg", "singel", "gracht", "park", "markt"),
)


def _is_no_street(found: str) -> bool:
    return not found.endswith(_STREET_ENDINGS)


NAME_MARKS = (
    Mark(
        "naam",
        re.compile(
            rf"(?<!\w)(?P<cue>{_CUES}(?:\s?[,:=])?)\s++(?P<open>[('\"‘“]?)(?P<name>{_NAME}(?:\s++en\s++{NO_NAME}{_NAME})?)"
        ),
        _is_no_street,
        not_after=_is_called_something,
        cues=_CUES_BEGIN,
    ),
    Mark(
        "naam",
        re.compile(rf"(?<!\w)(?P<cue>{_ALWAYS_BEFORE_A_NAME})\s*+(?P<name>{_SURNAME})"),
        cues=_TITLES,
    ),
    Mark(
        "naam",
        re.compile(rf"(?<![\w.])(?i:v\. ?d\.|v/d|vdr?\.?) ?{KNOWN}{_WORD}"),
        _is_no_street,
        begins=("v.", "v/d", "vd"),
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
"""In the order in which they are looked for."""

# 'bij Appelgaarde 7': who follows that word has no house number
_IS_STREET = (
    rf"(?-i:(?!\s++{_NAME}[\s,]*+(?i:(?:huis)?(?:nr|nummer)\.?\s*+)?\d{{1,5}} ?[A-Za-z]?"
    r"(?:\s*+(?:$|[,);])|\s++[A-ZÀ-Þ\d])))"
)
_IN_ADDRESSES = re.compile(
    rf"(?<!\w)(?P<cue>(?i:meneer|mijnheer|mevrouw|mevr\.?|dhr\.?|mw\.?|familie|fam\.?|genaamd|bewoner|"
    rf"bewoonster|eigenaar|buurman|buurvrouw|t\.a\.v\.|tav|t\.n\.v\.|tnv|p/a|bij{_IS_STREET}))[,:]?\s++(?P<name>{_NAME})"
)
NAME_IN_ADDRESS = Mark("naam", _IN_ADDRESSES, _is_no_street)
