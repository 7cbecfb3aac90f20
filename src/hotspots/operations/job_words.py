"""The unattended work in plain Dutch: what a job is called, what it did, on what, and why it failed.

The ledger, the log and alerts are in English, for who keeps the server. Pages say the same by these words; of
what is not known here they say so, and leave the words of the program to the file of the run.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from hotspots.operations.job_alerts import Alert
from hotspots.wording import count, day, day_and_time, listed, number

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "inbox": "Leveringen uit de inbox inlezen",
        "signalen": "Meldingen ophalen uit Signalen",
        "geocode": "Plekken zoeken bij adressen",
        "weekly": "De ronde van de week",
        "reports": "Weekrapporten maken en mailen",
        "notices": "Mails over taken en wat mensen volgen",
        "retention": "Weghalen wat voorbij de termijn is",
        "backup": "Een back-up maken",
        "integrity": "De database nakijken",
        "schedule": "Het automatische werk",
    }
)
"""What each job is called."""

PURPOSES: Mapping[str, str] = MappingProxyType(
    {
        "inbox": "Leest bestanden in die in de map voor leveringen zijn gezet.",
        "signalen": "Haalt op wat nieuw of gewijzigd is in Signalen.",
        "geocode": "Zoekt opnieuw een plek voor meldingen die er nog geen hebben.",
        "weekly": "Kijkt welke plekken op de lijst komen. Hierna is de lijst anders.",
        "reports": "Maakt de weekrapporten van elk gebied, en mailt wie daarom vroeg.",
        "notices": "Mailt mensen wat aan hen is toegewezen, en wat er verandert waar zij volgen.",
        "retention": "Haalt weg wat een dag eerder is aangekondigd, en kondigt aan wat hierna gaat.",
        "backup": "Maakt een back-up van alle gegevens en kijkt die na.",
        "integrity": "Kijkt na of alles in de database klopt.",
    }
)
"""What each job does."""

OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "done": "goed",
        "failed": "mislukt",
        "died": "afgebroken",
        "running": "loopt nu",
        "withdrawn": "ingetrokken",
    }
)
"""How a run or a request ended."""

ALERTS: Mapping[str, str] = MappingProxyType(
    {"failed": "mislukt", "late": "te laat", "odd": "ongewone aantallen"}
)
"""What kind of alert it is."""

KINDS_OF_DATA: Mapping[str, str] = MappingProxyType(
    {
        "texts": "teksten van meldingen",
        "locations": "precieze plekken van meldingen",
        "answers": "gevonden plekken van adressen",
        "reports": "meldingen",
        "notSignalled": "plekken die niet op de lijst kwamen",
        "dwellings": "plekken van een woning of van één melder",
        "previews": "proeven met andere regels",
        "caseTexts": "teksten en namen in gesloten dossiers",
        "accessLog": "regels over wie precieze gegevens bekeek",
        "processingLog": "regels over wat er is verwerkt",
        "requests": "verzoeken van mensen over hun eigen gegevens",
        "meetings": "overleggen",
        "accounts": "geblokkeerde accounts",
        "jobs": "regels over het automatische werk",
        "rejects": "regels die zijn geweigerd",
        "fileNames": "namen van bestanden",
        "files": "ingelezen bestanden",
        "weeklyReports": "weekrapporten als bestand",
    }
)
"""Each kind of data that goes after its period."""

_READING = {
    "files": "bestanden",
    "refusedFiles": "bestanden geweigerd",
    "imports": "imports",
    "read": "rijen gelezen",
    "new": "nieuw",
    "updated": "gewijzigd",
    "unchanged": "gelijk",
    "otherCategory": "andere categorie",
    "rejected": "rijen geweigerd",
    "located": "met een plek",
}
_MAILING = {"mails": "mails", "refusedMails": "mails geweigerd"}
_COUNTS: Mapping[str, Mapping[str, str]] = {
    "inbox": _READING,
    "signalen": _READING,
    "geocode": {
        "tried": "geprobeerd",
        "byRegister": "gevonden in het adressenbestand",
        "byOnline": "online gevonden",
        "asked": "online gevraagd",
        "left": "nog zonder plek",
    },
    "weekly": {
        "runs": "rondes",
        "passedOver": "weken overgeslagen",
        "stopped": "niet gedaan, want het zoeken is gestopt",
        "stoppedWeeks": "weken overgeslagen omdat het zoeken was gestopt",
        "reports": "meldingen",
        "located": "met een plek",
        "signalled": "plekken op de lijst",
        "newHotspots": "nieuwe plekken",
        "sharedReporters": "plekken die melders delen",
    },
    "reports": {"reports": "rapporten"} | _MAILING,
    "notices": _MAILING,
    "retention": {
        **KINDS_OF_DATA,
        "uploads": "bestanden die klaarstonden",
        "sessions": "aanmeldingen en links die voorbij zijn",
        "forms": "verstuurde formulieren",
        "events": "berichten aan andere systemen",
        "announced": "aangekondigd",
        "unconfirmed": "termijnen nog niet bevestigd",
        "tracesLeft": "resten die nog weg moeten",
    },
    "backup": {"rows": "rijen", "bytes": "bytes", "removed": "oude back-ups weggehaald"},
    "integrity": {"problems": "fouten"},
}
"""What the counts of each job count."""

_FULL = re.compile(r"no space left|disk full|disk is full|database or disk is full", re.IGNORECASE)
_WHY: Sequence[tuple[re.Pattern[str], str]] = tuple(
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (_FULL.pattern, "De schijf is vol. Maak ruimte."),
        (
            "stopped by an unexpected error",
            "Er zit een fout in de software. Geef dit door aan wie de software onderhoudt.",
        ),
        (
            "the last work began",
            "De klok van de server wijkt te veel af van de laatste taak. Laat hem goed zetten.",
        ),
        (
            "asked to stop while it is busy",
            "Het automatische werk werd uitgezet toen Signalen bezig was. Dit wordt opnieuw gedaan.",
        ),
        (r"^Signalen\b.*token", "Signalen laat ons niet binnen. Kijk of de toegang is verlopen."),
        (r"^Signalen\b", "Signalen gaf geen bruikbaar antwoord."),
        (
            r"is not done yet: its reports wait",
            "De ronde van die week is nog niet gedaan. De rapporten wachten daarop.",
        ),
        ("weekly report.* could not be written", "Niet alle weekrapporten konden worden gemaakt."),
        ("mails could not be sent", "Niet alle mails konden weg. Zij worden later opnieuw verstuurd."),
        ("a preview within", "Deze proef duurde te lang en is daarom gestopt."),
        ("mail server|can't be reached", "De mailserver is niet bereikbaar. Het wordt later opnieuw gedaan."),
        (
            "the database is not sound",
            "In de database klopt iets niet. Vraag wie de server beheert om de laatste back-up te bewaren.",
        ),
        ("removed after its period", "De meldingen van die week zijn al weggehaald na de bewaartermijn."),
        (
            "file.s. or folder.s. of the inbox",
            "Niet alle bestanden in de inbox konden worden opgepakt: de software mag ze niet lezen.",
        ),
        ("areas import|no areas", "Er zijn nog geen buurten ingelezen. Doe dat bij Beheer, Gebieden."),
        ("reporter.*key|signing key", "De sleutel van de melders klopt niet. Laat dat nakijken."),
        ("being written for", "Iets anders schreef te lang in de database. Het wordt opnieuw gedaan."),
        ("lock was lost|held the lock|another process holds", "Een ander proces was hiermee bezig."),
        ("can't write the backup", "De back-up kon niet worden geschreven."),
        ("permission denied|let this account", "De software mag daar niet lezen of schrijven."),
        ("OperationalError|InterfaceError|connection", "De database was niet bereikbaar."),
    )
)
_UNKNOWN_WHY = "De reden staat in het logboek van de server."

_LINES: Mapping[str, str] = {
    "job started": "Begonnen",
    "weekly run passed over": "Een week overgeslagen: de meldingen daarvan zijn al weg",
    "signalling was stopped meanwhile": "Het zoeken naar plekken is intussen gestopt",
    "mail refused": "Een mail is geweigerd",
    "file refused": "Een bestand is geweigerd",
    "nothing is removed": "Niets weggehaald: de bewaartermijnen zijn nog niet bevestigd",
    "removal announced": "Aangekondigd wat hierna weggaat",
    "alerts could not be mailed": "Waarschuwingen konden niet worden gemaild",
    "maps go without their tiles": "De kaarten hebben geen kaartbeelden als ondergrond",
}
_LEVELS: Mapping[str, str] = {
    "warning": "Waarschuwing van het programma",
    "error": "Fout in het programma",
    "critical": "Ernstige fout in het programma",
}


@dataclass(frozen=True)
class Told:
    """One thing to say, and where more of it stands."""

    words: str
    link: str = ""


def job_name(job: str) -> str:
    """What a job is called; one of an earlier version is called so.

    Examples
    --------
    >>> job_name("backup"), job_name("a job of before")
    ('Een back-up maken', 'Een taak van een eerdere versie')
    """
    return NAMES.get(job, "Een taak van een eerdere versie")


def counts_in_words(job: str, counts: Mapping[str, Any]) -> list[str]:
    """What a run counted; without what is nought, and without what an earlier version counted.

    Examples
    --------
    >>> counts_in_words("inbox", {"files": 1, "read": 1204, "rejected": 0, "x": 1})
    ['bestanden: 1', 'rijen gelezen: 1.204']
    """
    words = _COUNTS.get(job, {})
    return [f"{words[name]}: {number(value)}" for name, value in counts.items() if value and name in words]


def why_failed(message: str | None) -> str:
    """Why a job failed, as a sentence.

    Examples
    --------
    >>> why_failed("OSError: [Errno 28] No space left on device")
    'De schijf is vol. Maak ruimte.'
    >>> why_failed("something else")
    'De reden staat in het logboek van de server.'
    """
    return next((words for pattern, words in _WHY if pattern.search(message or "")), _UNKNOWN_WHY)


def worked_on(given: Mapping[str, Any], zone: ZoneInfo) -> list[Told]:
    """What a run worked on: deliveries, weeks, since when."""
    told = []
    if sources := sorted({str(source) for source in given.get("sources", ())}):
        told.append(Told(f"{'bron' if len(sources) == 1 else 'bronnen'} {listed(sources)}"))
    told += [Told(f"import {number}", f"/beheer/imports/{number}") for number in given.get("imports", ())]
    if weeks := [date.fromisoformat(week) for week in given.get("peildatums", ())]:
        told.append(Told(f"de stand van {listed([day(week) for week in weeks])}"))
    if passed := [date.fromisoformat(week) for week in given.get("passedOver", ())]:
        told.append(Told(f"overgeslagen: de stand van {listed([day(week) for week in passed])}"))
    if since := given.get("since"):
        told.append(Told(f"wat is gewijzigd sinds {day_and_time(datetime.fromisoformat(since), zone)}"))
    if name := given.get("file"):
        told.append(Told(f"bestand {name}"))
    if given.get("confirmed") is False:
        told.append(Told("niets: de bewaartermijnen zijn nog niet bevestigd", "/beheer/bewaren"))
    if goes_at := given.get("goesAt"):
        goes = day_and_time(datetime.fromisoformat(goes_at), zone)
        told.append(Told(f"aangekondigd voor {goes}", "/beheer/bewaren"))
    return told


def line_in_words(line: Mapping[str, Any]) -> str:
    """One line of the log of a run.

    Examples
    --------
    >>> line_in_words({"event": "job started", "level": "info"})
    'Begonnen'
    """
    known = _LINES.get(str(line.get("event")).partition(":")[0])
    return known or _LEVELS.get(str(line.get("level")), "Bericht van het programma")


def alert_in_words(alert: Alert, zone: ZoneInfo) -> list[Told]:
    """What an alert says."""
    if alert.kind == "failed":
        return [Told(why_failed(alert.message))]
    if alert.kind == "late":
        found = _PLANNED.search(alert.message)
        if found is None:
            return [Told("De taak was op de geplande tijd niet gedaan.")]
        planned = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
        return [Told(f"Gepland op {day_and_time(planned, zone)}, en toen niet gedaan.")]
    parts = [told for pattern, words in _ODD for told in map(words, pattern.finditer(alert.message))]
    return list(dict.fromkeys(parts)) or [
        Told("Er was iets ongewoons. Kijk bij de imports.", "/beheer/imports")
    ]


_PLANNED = re.compile(r"planned for (\d{4}-\d\d-\d\d \d\d:\d\d) UTC")
_ODD: Sequence[tuple[re.Pattern[str], Callable[["re.Match[str]"], Told]]] = (
    (
        re.compile(r"import (\d+) \("),
        lambda found: Told(
            f"Bij import {found[1]} was de levering niet zoals anders.", f"/beheer/imports/{found[1]}"
        ),
    ),
    (
        re.compile(r"(\d+) of (\d+) rows were refused"),
        lambda found: Told(f"Van {found[2]} rijen zijn er {found[1]} geweigerd."),
    ),
    (
        re.compile(r"(\d+) of (\d+) files were refused"),
        lambda found: Told(f"Van {found[2]} bestanden zijn er {found[1]} in hun geheel geweigerd."),
    ),
    (
        re.compile(r"(\d+) reports in the week to (\d{4}-\d\d-\d\d), where (\d+) is usual"),
        lambda found: Told(
            f"{count(int(found[1]), 'melding', 'meldingen')} in de week tot en met "
            f"{day(date.fromisoformat(found[2]))}; gewoonlijk zijn het er {found[3]}."
        ),
    ),
    (
        re.compile("names are removed after their period"),
        lambda _: Told("Een levering was ongewoon. Welke, is na de bewaartermijn weggehaald."),
    ),
)
