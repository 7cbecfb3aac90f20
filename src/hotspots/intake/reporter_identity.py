"""Who is meant by what stands in the column of the reporter: one person, whatever the spelling, or nobody.

One spelling for each person is what is hashed. Merged are spellings of one telephone number (to E.164), of
one mail address (case, dots at its end, IDNA), and of one whole number that a spreadsheet made a decimal;
with ``tel:``, ``mailto:`` or a name before it. Not merged are two numbers or addresses, a name and a number,
names that are spelled in two ways, and addresses with a dot or ``+`` more before the @. Who shares a number
or an address is one reporter.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from babel.core import get_global

from hotspots.files.values import code, name
from hotspots.settings import IntakeSettings, Settings

NOBODY = "melder die niemand aanwijst (zoals anoniem, - of n.v.t.): gelezen als onbekend"
NO_VALUE = "melder die een spreadsheet veranderd heeft (zoals 6,12E+08): gelezen als onbekend"

LEAST_FIGURES, MOST_FIGURES = 8, 15
"""Of a telephone number: shorter ones are those of a service, longer ones don't exist (E.164)."""

LEAST_LETTERS = 3
"""Of a word for nobody that may have others around it: ``melder-0`` and ``melder x`` are somebody."""

REMEMBERED = 65_536
"""Reporters that came by last; most of those of a municipality report more than once."""

_UNKNOWN = re.split(
    ", ",
    "anoniem, anonieme, annoniem, anon, anonymous, anonym, anonyme, unknown, onbekend, onbekende, "
    "unbekannt, inconnu, inconnue, geen, niemand, nobody, iemand, melder, meldster, bewoner, beller, "
    "n.v.t., niet van toepassing, n/a, not applicable, n.b., N.N., n.t.b., niet bekend, niet opgegeven, "
    "niet ingevuld, niet vermeld, niet genoemd, niet beschikbaar, niet geregistreerd, not known, "
    "not given, not provided, not available, no name, keine Angabe, leeg, blanco, empty, nihil, null, "
    "none, nil, nan, undefined, geheim, vertrouwelijk, privé, afgeschermd, verwijderd, geanonimiseerd, "
    "withheld, redacted, noreply, donotreply, 0123456789, 1234567890, name unknown, no name given, "
    "privénummer, onb, onbek, zonder naam, naamloos, inwoner, buurtbewoner, omwonende, omwonenden, "
    "telefonisch, webformulier, formulier, website, internet, test, tbd, avg, privacy, nomail, geenmail, "
    "true, false, \\N",
)
"""What people and programs write where they don't know, or don't tell, who reported."""

_AROUND = frozenset(
    re.findall(
        r"\w+",
        "melder melders meldster melding meldingen beller bewoner bewoonster inwoner omwonende persoon "
        "contactpersoon afzender naam namen gegevens contactgegevens nummer telefoon telefoonnummer "
        "telefonisch mail email adres mailadres emailadres via wil wilt wenst wenste verzoekt vraagt graag "
        "liever blijven blijft te is zijn haar worden geven noemen achterlaten gemeld gebeld ivm aub dhr "
        "mevr mw mevrouw meneer heer user caller reporter e wishes to remain stay person",
    )
)
"""Words that say nothing of who it is: left out before what is left is held against the list."""

_WORD = re.compile(r"[^\W_]+")
_SAME_FIGURE = re.compile(r"0+|x+|(\d)\1{5,}|(?:(?:00)?31|0)?6?0{6,}")
_ADDRESS = re.compile(r"""[^\s<>()\[\]{},;:"'|/]+@[^\s<>()\[\]{},;:"'|/?]+\.[^\s<>()\[\]{},;:"'|/?@]+""")
_SIGNS = r"\d\s()./\u2010-\u2015\u2212-"
_NUMBER = re.compile(rf"[+(]?[{_SIGNS}]+")
_NUMBER_WITHIN = re.compile(rf"(?<![\w+./-])(?:\+|\(?\+?0)[{_SIGNS}]*\d(?!\w)")
_DUTCH_MOBILE = re.compile(r"(?:06|(?:\+|00)31 ?6)[ -]?([1-58][0-9]{7})")
"""Most reporters have such a number; these are read without the tables of all countries."""
_EXTENSION = re.compile(r"(?i)[\s,;]*(?:ext|extension|toestel|tst|x)[.:]?\s*(\d{1,5})$")
_CALLED = re.compile(
    r"(?i)^(?:(?:tel|telefoon|telefoonnummer|tel\.?nr|phone|mobiel|mobile|mob|gsm|callto|sms)\b[\s.:]*|[tm][.:]\s*)(?=[+(\d])"
)


class Reporter(NamedTuple):
    """Who is meant: the one spelling of that person, empty for nobody, and what is to be told, in Dutch."""

    plain: str
    note: str = ""


class WrittenReporters:
    """Reads who is meant by a cell.

    Parameters
    ----------
    settings
        ``unknown_reporters`` and ``telephone_region``.
    timezone
        Of the municipality: its country is that of numbers without one, unless the settings name it.
    """

    def __init__(self, settings: IntakeSettings, timezone: str) -> None:
        self._region = settings.telephone_region or get_global("zone_territories").get(timezone)
        entries = (*_UNKNOWN, *settings.unknown_reporters)
        self._unknown = {_folded(entry) for entry in entries}
        self._words = {entry for entry in self._unknown if len(entry) >= LEAST_LETTERS and entry.isalpha()}
        self._unknown_contacts = set(filter(None, map(self._contact, settings.unknown_reporters)))
        self.written_for_nobody = entries
        self._read = lru_cache(maxsize=REMEMBERED)(self._read_once)

    def read(self, cells: Iterable[str], notes: Counter[str]) -> str:
        """Give the one spelling of the first of these cells that means somebody; empty if none does.

        Examples
        --------
        >>> read = WrittenReporters(IntakeSettings(), "Europe/Amsterdam").read
        >>> [read([cell], Counter()) for cell in ("06 12345678", "612345678.0", "J. Jansen <J@X.nl>")]
        ['+31612345678', '+31612345678', 'j@x.nl']
        >>> [read([cell], Counter()) for cell in ("Anoniem", "n.v.t.", "-", "melder-0")]
        ['', '', '', 'melder-0']
        """
        found = self._first(cells)
        if found.note:
            notes[found.note] += 1
        return found.plain

    def plainly(self, cells: Iterable[str]) -> str | None:
        """Give what :meth:`read` gives, but None where there is something to be told."""
        found = self._first(cells)
        return None if found.note else found.plain

    def _first(self, cells: Iterable[str]) -> Reporter:
        """The first of these cells that means somebody, else nobody with the first that there is to tell."""
        told = ""
        for cell in cells:
            found = self._read(cell)
            if found.plain:
                return found
            told = told or found.note
        return Reporter("", told)

    def spellings(self, plain: str) -> Iterator[str]:
        """The usual ways to write a number or address, from its one spelling; nothing for anything else."""
        if "@" in plain:
            yield from (plain, f"{plain}.", f"<{plain}>", f"mailto:{plain}")
        if not plain.startswith("+") or not plain[1:].isdecimal():
            return
        number = phonenumbers.parse(plain)
        country, significant = str(number.country_code), phonenumbers.national_significant_number(number)
        bare = [f"+{country}", f"00{country}", country, f"+{country}(0)", f"00{country}(0)"]
        if self._region and phonenumbers.country_code_for_region(self._region) == number.country_code:
            bare += ["0", "", "(0)"]
            first = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL).split()[0]
            for dash in ("-", "/"):
                yield f"{first}{dash}{significant[len(first) - 1 :]}"
            yield f"({first}){significant[len(first) - 1 :]}"
        for start in bare:
            yield from (f"{start}{significant}", f"tel:{start}{significant}")
            if "(" not in start:
                yield f"{start}{significant}.0"
        hyphened = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.RFC3966)
        yield from (hyphened, hyphened.removeprefix("tel:"))

    def _read_once(self, cell: str) -> Reporter:
        if not cell.strip():
            return Reporter("")
        written = code(cell if cell.isascii() else unicodedata.normalize("NFKC", name(cell).text))
        if written.problem:
            return Reporter("", NO_VALUE)
        text = written.text
        if not text:
            return Reporter("", NO_VALUE)
        if self._is_nobody(text):
            return Reporter("", NOBODY)
        contact = self._contact(text)
        if contact in self._unknown_contacts or (contact and self._is_nobodys(contact)):
            return Reporter("", NOBODY)
        return Reporter(contact or text)

    def _is_nobody(self, text: str) -> bool:
        words = _WORD.findall(_without_accents(text))
        together = "".join(words)
        if not together or together in self._unknown or _SAME_FIGURE.fullmatch(together):
            return True
        return "".join(word for word in words if word not in _AROUND) in self._words

    def _is_nobodys(self, contact: str) -> bool:
        """Whether it is an address such as anoniem@example.nl, or a number of one figure."""
        local, at, _ = contact.partition("@")
        return _folded(local) in self._words if at else bool(_SAME_FIGURE.fullmatch(contact.lstrip("+")))

    def _contact(self, text: str) -> str:
        """The mail address or else the telephone number in a cell, if there is one and no more."""
        if "@" in text:
            addresses = {_address(found) for found in _ADDRESS.findall(re.sub(r"\s*@\s*", "@", text))}
            if addresses:
                return addresses.pop() if len(addresses) == 1 else ""
        return self._number(text) if sum(map(str.isdecimal, text)) >= LEAST_FIGURES else ""

    def _number(self, text: str) -> str:
        mobile = _DUTCH_MOBILE.fullmatch(text)
        if mobile and (self._region == "NL" or text[0] == "+"):
            return f"+316{mobile[1]}"
        text = _CALLED.sub("", text.strip("<>()[] ")).partition(";phone-context")[0]
        extension = _EXTENSION.search(text)
        text = text[: extension.start()] if extension else text
        if not _NUMBER.fullmatch(text):
            within = _NUMBER_WITHIN.findall(text)
            if len(within) != 1 or any(map(str.isdecimal, text.replace(within[0], "", 1))):
                return ""
            text = within[0]
        if not LEAST_FIGURES <= sum(map(str.isdecimal, text)) <= MOST_FIGURES + 3:
            return ""
        try:
            number = phonenumbers.parse(text, self._region)
        except phonenumbers.NumberParseException:
            return ""
        if not phonenumbers.is_valid_number(number):
            return ""
        plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        return f"{plain}x{extension[1]}" if extension else plain


def written_reporters(settings: Settings) -> WrittenReporters:
    """Give the reader of a municipality."""
    return WrittenReporters(settings.intake, settings.municipality.timezone)


def _address(found: str) -> str:
    """A mail address in its one spelling.

    Before the @ capitals may count by RFC 5321; no provider has two people whose addresses differ in them.
    """
    local, _, host = found.casefold().rpartition("@")
    host = host.strip(".")
    try:
        return f"{local}@{host.encode('idna').decode()}"
    except UnicodeError:
        return f"{local}@{host}"


def _folded(text: str) -> str:
    return "".join(_WORD.findall(_without_accents(text)))


def _without_accents(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
