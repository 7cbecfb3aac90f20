"""Where somebody lives, as texts tell it: *woont op 31*, *de buren van nr 14*, *groet, …, Markt 3*.

The place of a nuisance (*bij Markt 3*) is none of these: it is what a report is about, and its address.
"""

import re

from hotspots.intake.marks import Mark

_NUMBER = (
    r"\d{1,4}(?!\d)(?:[ -]?[a-h](?![\w]))?(?:[ -]?(?:bis|hs|\d ?hoog|hoog|boven|beneden|zwart|rood)(?!\w))?"
    r"(?![\w-]*\d)(?! ?(?:uur|u|man|jaar|jarige|keer|meter|euro|x|%|:|[.,]\d"
    r"|van (?:de|het)|na|of \d|tot|t/m|tm)(?!\w))"
    # a number of things: 'de bewoners van 3 flats', but not 'de buren van 3 hebben'
    r"(?! (?!(?:hebben|zijn|waren|staan|zitten|klagen|dealen|maken|gooien|gaan|komen|doen|worden|blijven|"
    r"schreeuwen|gebruiken|blowen|veroorzaken|moeten|willen|durven|wonen|horen|zien|ruiken|en|is|was|dus|steeds|soms|vaak)\b)[a-z]{2,20}(?:s|en)\b)"
    r"(?:(?:, ?|/| en | of )\d{1,4}(?!\d)(?:[ -]?[a-h](?!\w))?"
    r"(?! ?(?:uur|u|man|jaar|keer|meter|euro|x|%|:|[.,]\d)(?!\w))){0,3}"
)
_BLANK = r"[ \t]{1,3}"
_NR = rf"(?:(?:huis)?(?:nummer|nr\b)\.?{_BLANK}?)"
_STREET = rf"(?:(?:de|het|aan de){_BLANK})?[A-ZÀ-Þ][\w'’-]{{1,40}}(?:{_BLANK}[A-Za-zÀ-ÿ'’.-]{{1,30}}){{0,3}}?"
_LIVES = (
    r"(?:woon(?:t|de|den|achtig)?|wonen(?:de)?)"
    rf"(?:{_BLANK}(?:zelf|er|ook|nu|hier(?:naast|boven|onder|achter)?|daar|al|jaren|ik|hij|zij|ze|we)){{0,3}}"
)
_HOUSEHOLD = (
    r"(?:\[naam\]|buurman|buurvrouw|buurjongen|buurmeisje|buren|buur|bewoners?|bewoonster|familie|gezin|huurders?|"
    r"overbuurman|overbuurvrouw|overburen|(?:boven|onder|beneden)buren|overlastgever|dealer)"
)
_ANYONE = rf"(?:{_HOUSEHOLD}|jongens?|vrouw|man|meisjes?|stel|mensen|die)"
_NO_FLOOR = r"(?!\d ?hoog)"  # 'de buren op 2 hoog'

_DONE_THERE = (
    r"(?:heeft|hebben|schreeuwt|dealt|blowt|gooit|maakt|draait|klaagt|vertrok|verhuisde|belt|belde|verkoopt|kweekt|rookt|"
    r"slaat|vecht|bedreigt|ontvangt|stookt|feest|woont)"
)
_PLACED_WORDS = (
    *(
        "van",
        "vanaf",
        "op",
        "uit",
        "door",
        "in",
        "bij",
        "naast",
        "tegenover",
        "onder",
        "boven",
        "achter",
        "met",
    ),
    *("tussen", "aan"),
)
_PLACED = rf"(?:{'|'.join(_PLACED_WORDS)})"

MARKS_OF_DWELLINGS = (
    Mark(
        "huisnummer",
        re.compile(
            rf"(?<!\w)(?P<cue>{_LIVES}{_BLANK}(?:op|in|aan)|{_HOUSEHOLD}{_BLANK}(?:van{_BLANK}op|van|op|uit|in)"
            # of anyone else it is how old they are, unless a letter follows
            rf"|{_ANYONE}{_BLANK}(?:van|op|uit|in)(?={_BLANK}\d{{1,4}}[a-h]\b)){_BLANK}{_NO_FLOOR}{_NUMBER}",
            re.IGNORECASE,
        ),
        begins=(
            *(
                "woon",
                "wonen",
                "[naam]",
                "buur",
                "buren",
                "bewoner",
                "bewoonster",
                "familie",
                "gezin",
                "huurder",
            ),
            *("over", "boven", "onder", "beneden", "dealer", "jongen", "vrouw", "man", "meisje", "stel"),
            *("mensen", "die"),
        ),
        figures=1,
    ),
    Mark(
        "huisnummer",
        re.compile(
            rf"(?<![\w-])(?P<cue>huis(?:nummer|nr\.?)(?: is)?|{_PLACED}{_BLANK}(?:nummer|nr\.?)):?"
            rf"{_BLANK}?{_NUMBER}",
            re.IGNORECASE,
        ),
        words=("nummer", "nr"),
        begins=("huis", *_PLACED_WORDS),
        figures=1,
    ),
    Mark(
        "huisnummer",
        re.compile(
            rf"(?:^|(?<=[,.;:\n] )|(?<=\btoen )|(?<=\bdat )"
            r"|(?<=\ben )|(?<=\bals )|(?<=\bwant )|(?<=\bomdat ))"
            rf"(?P<cue>nr|nummer)\.?{_BLANK}?{_NUMBER}(?={_BLANK}{_DONE_THERE}\b)",
            re.IGNORECASE,
        ),
        words=("nummer", "nr"),
        begins=("nr", "nummer"),
        figures=1,
    ),
    Mark(
        "huisnummer",
        re.compile(r"(?<!\w)(?P<cue>(?:op|in|van|uit) kamer) \d{1,4}[a-z]?(?!\w)", re.IGNORECASE),
        words=("kamer",),
        figures=1,
    ),
    Mark(
        "huisnummer",
        re.compile(
            rf"(?<!\w)(?P<cue>op){_BLANK}{_NO_FLOOR}{_NUMBER}(?={_BLANK}(?:woon|wonen)\w{{0,3}}\b)",
            re.IGNORECASE,
        ),
        words=(" woon", " wonen"),
        begins=("op",),
        figures=1,
    ),
    Mark(
        "adres",
        re.compile(
            rf"(?<!\w)(?P<cue>(?i:bewoner|bewoonster|huurder|melder|melding van|vanuit huis|"
            r"(?:mijn|ons|onze) (?:huis|woning|"
            rf"appartement|flat))(?:{_BLANK}(?i:van|op|in|aan))?[,:]?){_BLANK}{_STREET}{_BLANK}{_NR}?{_NUMBER}"
        ),
        begins=(
            "bewoner",
            "bewoonster",
            "huurder",
            "melder",
            "melding van",
            "vanuit huis",
            "mijn",
            "ons",
            "onze",
        ),
        figures=1,
    ),
    Mark(
        "adres",
        re.compile(
            rf"(?<!\w)(?P<cue>(?i:{_LIVES})(?:(?:{_BLANK}[a-z\d]{{1,20}}){{0,4}}{_BLANK}(?i:op|in|aan))?|"
            rf"(?i:woonachtig|wonende|(?:mijn|zijn|haar|woon|thuis|post)[ -]?adres(?: is)?:?)){_BLANK}"
            rf"{_STREET}{_BLANK}{_NR}?{_NUMBER}"
        ),
        begins=("woon", "wonen", "mijn adres", "zijn adres", "haar adres", "thuisadres", "postadres"),
        figures=1,
    ),
    Mark(
        "adres",
        re.compile(rf"(?P<cue>\[naam\][,.]?)\s{{1,3}}{_STREET}{_BLANK}{_NR}?{_NUMBER}"),
        begins=("[naam]",),
        figures=1,
    ),
)
"""In the order in which they are looked for, after the names."""
