"""Why a place is on the list, in a few plain sentences from the figures that its reader sees.

The reasons of a run (:mod:`hotspots.detection.explanations`) name every figure that a rule looked at; they
stand below these, for who wants to know how it was computed. Who is told of a place in steps gets a record of
its last step, and so reads here what was true then.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from math import ceil

from hotspots.model import Indicatie, Soort, Soortoordeel, Trend
from hotspots.tracking.hotspot import UNKNOWN_BUURT, Hotspot
from hotspots.tracking.nominations import PUT_HERE, why_here
from hotspots.tracking.nuisance import describe_nuisance
from hotspots.tracking.samples import WAS_SAMPLE
from hotspots.wording import count, day, listed, number

DECIDED = ("Op ", "Gesloten op ")
"""How the reason begins of a place about which people had decided before."""

LEFT = ("Sinds ", "Deze plek is opgegaan ")
"""How the reason begins of a place that no longer meets the rules."""

_KIND = re.compile("^Soort (?:woning|gebied): ")  # which pages call otherwise (wording.SOORTEN)

_EXTENT = re.compile(
    r"^Omvang: (?:(?P<line>langs een lijn van)|verspreid over) ongeveer (?P<metres>\d+) meter"
)

_TRENDS = {
    Trend.NIEUW: "De plek staat pas kort op de lijst.",
    Trend.TOENEMEND: "Het worden de laatste weken meer meldingen.",
    Trend.AANHOUDEND: "Het aantal meldingen blijft ongeveer gelijk.",
    Trend.AFNEMEND: "Het worden de laatste weken minder meldingen.",
    Trend.WISSELEND: "Het aantal meldingen gaat op en neer.",
    Trend.STIL: "De laatste weken kwam er geen melding meer.",
    Trend.BEEINDIGD: "De plek staat niet meer op de lijst.",
}
_INDICATIONS = {
    Indicatie.VEILIGHEID: "De woorden in de meldingen passen bij veiligheid. Mensen besluiten dat.",
    Indicatie.LEEFBAARHEID: "De woorden in de meldingen passen bij leefbaarheid. Mensen besluiten dat.",
}


def plain_reasons(hotspot: Hotspot, first: int | None = None) -> list[str]:
    """Say why a place came on the list, most important first, then how it goes and why it left.

    Parameters
    ----------
    first
        How many to say; all unless given.
    """
    return list(islice(_reasons(hotspot), first))


def in_short(hotspot: Hotspot, first: int, *, commonest: bool) -> str:
    """Say the first reasons, what was reported most often if asked for, and when the last report was."""
    told = plain_reasons(hotspot, first)
    if commonest and hotspot.subcategorieen:
        told.append(f"Het vaakst gemeld: {listed(hotspot.subcategorieen)}.")
    told.append(f"Laatste melding op {day(hotspot.laatste_melding)}.")
    return " ".join(told)


def _reasons(hotspot: Hotspot) -> Iterator[str]:
    yield from (reason for reason in hotspot.redenen if reason.startswith(DECIDED))
    if hotspot.aangedragen_door is not None:
        yield why_here(hotspot.aangedragen_door)
    if hotspot.steekproef:
        yield WAS_SAMPLE
    if not hotspot.aantal_meldingen:
        yield "Er zijn hier nu geen meldingen in de periode waarover is gekeken."
        yield from (reason for reason in hotspot.redenen if reason.startswith(LEFT))
        return
    yield _how_many(hotspot.aantal_meldingen, hotspot.aantal_dagen, hotspot.verwacht)
    yield _by_whom(hotspot)
    yield _when(hotspot)
    yield describe_nuisance(hotspot)
    if hotspot.soort_oordeel is Soortoordeel.MOGELIJK_WONING:
        yield "De meldingen kunnen over één woning gaan. Dat is niet zeker."
    elif hotspot.soort is Soort.WONING:
        yield "De meldingen wijzen waarschijnlijk naar één woning."
    else:
        yield _where(hotspot)
    if hotspot.indicatie in _INDICATIONS:
        yield _INDICATIONS[hotspot.indicatie]
    yield _TRENDS[hotspot.trend]
    yield from (reason for reason in hotspot.redenen if reason.startswith(LEFT))


def computed_reasons(hotspot: Hotspot) -> list[str]:
    """The reasons of the run that the plain ones don't repeat: the figures that its rules looked at."""
    return [
        _KIND.sub("Soort: ", reason)
        for reason in hotspot.redenen
        if not reason.startswith((*DECIDED, *LEFT, PUT_HERE, WAS_SAMPLE))
    ]


@lru_cache(maxsize=10_000)  # it is the first sentence of every place, on its map and in its list
def _how_many(reports: int, days: int, expected: float | None) -> str:
    came = (
        f"Er {'kwam' if reports == 1 else 'kwamen'} {count(reports, 'melding', 'meldingen')} "
        f"op {count(days, 'dag', 'dagen')}"
    )
    if expected is None:
        return f"{came}."
    return f"{came}; verwacht was hooguit {number(max(1, ceil(expected)))}."


def _where(hotspot: Hotspot) -> str:
    found = next((match for match in map(_EXTENT.match, hotspot.redenen) if match), None)
    if found is None:
        return "De meldingen wijzen naar meer adressen."
    how = "over ongeveer" if found["line"] else "verspreid over ongeveer"
    named = hotspot.naam.partition(", ")[0]
    where = "" if named in (hotspot.buurtnaam, UNKNOWN_BUURT) else f" bij {named}"
    return f"De meldingen liggen {how} {found['metres']} meter{where}."


def _when(hotspot: Hotspot) -> str:
    first, last = day(hotspot.eerste_melding), day(hotspot.laatste_melding)
    if first == last:
        return f"Alle meldingen waren op {first}."
    return f"De eerste melding was op {first}, de laatste op {last}."


def _by_whom(hotspot: Hotspot) -> str:
    if hotspot.aantal_melders is None:
        return "Het is niet bekend wie er meldden. Kijk of meer mensen er last van hebben."
    if hotspot.aantal_melders == 1:
        return "Er is één melder bekend."
    return f"Er meldden minstens {number(hotspot.aantal_melders)} mensen."
