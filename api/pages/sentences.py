"""Plain Dutch sentences about changes, needs, effects and recent weeks."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError

from api.http.errors import reason_of
from hotspots.casework.dossier import WITHDRAWING
from hotspots.casework.effect import Effect, NoOutcome
from hotspots.casework.given_names import NAMING
from hotspots.casework.history import Event
from hotspots.casework.links import LINKING, UNLINKING
from hotspots.casework.workflow import NOMINATING, WITHDRAWING_PLACE, Need
from hotspots.model import Status
from hotspots.statistics.near_repeat import days_followed
from hotspots.wording import count, day, number

CASE_FIELDS: Mapping[str, str] = {
    "tekst": "de tekst",
    "delen": "met wie u dit deelt",
    "vervangt": "wat u verbetert",
    "reden": "de reden",
    "oordeel": "uw oordeel",
    "tot": "de datum",
    "persoon": "de persoon",
    "organisatie": "de organisatie",
    "uiterlijk": "de uiterste datum",
    "soort": "de soort maatregel",
    "omschrijving": "de omschrijving",
    "eigenaar": "wie het doet",
    "begin": "het begin",
    "einde": "het einde",
    "status": "de stap",
    "naam": "de naam",
    "opmerking": "de opmerking",
    "systeem": "het systeem",
    "kenmerk": "het nummer",
    "url": "het adres",
}
"""What people call the fields of the forms of a case."""

_FEWEST_DAYS = 6
"""Of which a pattern is told; fewer say little."""

_DONE: Mapping[str, str] = {
    "verifiëren": "begon na te gaan of dit een hotspot is",
    "besluiten tot veiligheid": "besloot: veiligheid",
    "besluiten tot leefbaarheid": "besloot: leefbaarheid",
    "besluiten tot geen hotspot": "besloot: geen hotspot",
    "aanpak beginnen": "begon de aanpak",
    "nazorg beginnen": "begon de nazorg",
    "aanpak hervatten": "hervatte de aanpak",
    "sluiten": "sloot de hotspot",
    "sluiten zonder aanpak": "sloot de hotspot zonder aanpak",
    "heropenen": "heropende de hotspot",
    "terugkeren": "zette de hotspot terug op de lijst",
    "verrijken": "voegde toe wat de organisatie weet",
    "opmerking plaatsen": "plaatste een opmerking",
    WITHDRAWING: "trok een opmerking in",
    "maatregel toevoegen": "voegde een maatregel toe",
    "maatregel wijzigen": "wijzigde een maatregel",
    "maatregel intrekken": "trok een maatregel in",
    LINKING: "zette erbij waar de plek in een ander systeem staat",
    UNLINKING: "haalde weg waar de plek in een ander systeem staat",
    NOMINATING: "droeg deze plek aan",
    WITHDRAWING_PLACE: "draagt deze plek niet meer aan",
}

_NEEDS: Mapping[Need, str] = {
    Need.REASON: "Schrijf een reden op.",
    Need.DATE: "Kies een datum na vandaag.",
    Need.MEASURE: "Voeg eerst een maatregel toe.",
}

_NO_OUTCOME: Mapping[NoOutcome, str] = {
    NoOutcome.TOO_SHORT: (
        "Het is nog te kort om iets over het effect te zeggen: daarvoor zijn minstens vier weken voor en na "
        "het begin nodig."
    ),
    NoOutcome.NO_CONTROL: (
        "Er is geen vergelijkbare plek zonder maatregel, dus is niet te zeggen of een verandering door de "
        "maatregel komt."
    ),
    NoOutcome.TOO_FEW: "Er zijn te weinig meldingen om iets over het effect te zeggen.",
}


def happened(event: Event) -> str:
    """Describe one change of a hotspot in a sentence, without its reason."""
    who = event.actor + (f" ({event.organisation})" if event.organisation else "")
    if event.kind == "oordelen":
        return f"{who} oordeelde: {event.after.get('oordeel', '')}."
    if event.kind == "toewijzen":
        return f"{who} {_assigned(event.after)}."
    if event.kind == NAMING:
        return f"{who} {_named(event.before, event.after)}."
    return f"{who} {_DONE.get(event.kind, event.kind)}."


def _named(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    if "naam" not in after:
        return "gaf de plek een eigen naam"
    if after["naam"] is None:
        former = before.get("naam")
        return "nam de gegeven naam terug" + (f": ‘{former}’" if former else "")
    return f"gaf de plek de naam ‘{after['naam']}’"


def _assigned(after: Mapping[str, Any]) -> str:
    to = after.get("assigned_to") or after.get("assigned_organisation")
    until = after.get("due_on")
    when = f", uiterlijk {day(date.fromisoformat(until))}" if until else ""
    return (f"wees de hotspot toe aan {to}" if to else "haalde de toewijzing weg") + when


def wrong_fields(error: ValidationError, names: Mapping[str, str]) -> list[str]:
    """Say what is wrong with the fields of a form, of which `names` says what people call them."""
    sentences = []
    for entry in error.errors():
        name = names.get(str(entry["loc"][0]), str(entry["loc"][0])) if entry["loc"] else "het formulier"
        if entry["type"] == "missing":
            sentences.append(f"Vul in: {name}.")
        else:
            sentences.append(f"{name.capitalize()} {reason_of(entry)}.")
    return sentences


def next_step(status: Status, *, has_verdicts: bool = False) -> tuple[str, str]:
    """What comes next at a place with this status, and who sees to it where nobody has it."""
    if has_verdicts and status is Status.IN_VERIFICATIE:
        return "OOV besluit", "OOV"
    return _NEXT[status]


_NEXT: Mapping[Status, tuple[str, str]] = {
    Status.KANDIDAAT: ("partners geven hun oordeel", "gebiedsteam"),
    Status.IN_VERIFICATIE: ("partners geven hun oordeel", "gebiedsteam"),
    Status.VEILIGHEID: ("plan maken en beginnen met de aanpak", "OOV"),
    Status.LEEFBAARHEID: ("plan maken en beginnen met de aanpak", "gebiedsteam"),
    Status.GEEN_HOTSPOT: ("niets: komt terug als het beeld duidelijk sterker wordt", "niemand"),
    Status.IN_AANPAK: ("maatregelen uitvoeren", "wie de regie heeft"),
    Status.NAZORG: ("kijken of het zo blijft", "wie de regie heeft"),
    Status.GESLOTEN: ("niets: afgerond", "niemand"),
}


def lacking(needs: list[Need]) -> list[str]:
    """Say what a step still needs."""
    return [_NEEDS[need] for need in needs]


def effect_sentences(effect: Effect) -> list[str]:
    """Describe the effect of a measure and its uncertainty."""
    before, after = effect.treated.place
    sentences = [
        (
            f"Van {day(effect.before)} tot het begin: {count(before, 'melding', 'meldingen')}; "
            f"even lang erna: {number(after)}."
        )
    ]
    if effect.missing is not None:
        return [
            *(sentences if effect.missing is not NoOutcome.TOO_SHORT else []),
            _NO_OUTCOME[effect.missing],
        ]
    if effect.outcome is None or effect.control is None:
        return sentences
    outcome = effect.outcome
    compared = (
        f"dan je op grond van een vergelijkbare plek zonder maatregel ({effect.control.number}) verwacht"
    )
    size = count(abs(round(outcome.difference)), "melding", "meldingen")
    if round(outcome.difference) == 0:
        sentences.append(f"Dat is niet meer of minder {compared}.")
    else:
        sentences.append(f"Dat is {size} {'minder' if outcome.difference < 0 else 'meer'} {compared}.")
    sentences.append(_how_sure(outcome.lower, outcome.upper))
    sentences.append("Minder meldingen is nog niet minder overlast.")
    return sentences


def moved_questions(effect: Effect) -> list[str]:
    """Ask whether the nuisance went to a place that came up nearby after a measure."""
    return [
        f"Na het begin kwam {number(round(moved.distance_m, -1))} meter verderop {moved.label} op de lijst, "
        f"met meldingen vanaf {day(moved.first_report)}. Is de overlast daarheen gegaan? De cijfers kunnen "
        "dat niet zeggen: kijk samen of het om dezelfde mensen gaat."
        for moved in effect.came_up
    ]


def _how_sure(lower: float, upper: float) -> str:
    between = f"Het verschil ligt waarschijnlijk tussen {_signed(lower)} en {_signed(upper)}"
    if lower <= 0 <= upper:
        return f"{between}: het kan dus ook toeval zijn."
    return f"{between}: toeval alleen verklaart dit niet goed."


def _signed(value: float) -> str:
    rounded = round(value)
    if rounded == 0:
        return "geen verschil"
    return f"{number(abs(rounded))} {'minder' if rounded < 0 else 'meer'}"


def following_days(days: Collection[date], *, within_days: int) -> str:
    """Say how often a day with reports is soon followed by the next; "" if there are too few days."""
    if len(set(days)) < _FEWEST_DAYS:
        return ""
    found = days_followed(days, within_days=within_days)
    first, last, size = found.longest
    expected = round(found.expected)
    by_chance = f"bij toeval {'zou dat er' if expected == 1 else 'zouden dat er'} ongeveer {number(expected)}"
    sentence = (
        f"Na {number(found.followed)} van de {number(found.days - 1)} dagen met meldingen volgde binnen "
        f"{count(within_days, 'dag', 'dagen')} de volgende; {by_chance} zijn geweest."
    )
    if size > 2:
        sentence += (
            f" De langste reeks van zulke dagen liep van {day(first)} tot en met {day(last)}: "
            f"{number(size)} dagen met meldingen."
        )
    return sentence


def recent_weeks(weekly: Mapping[date, int], *, until: date) -> str:
    """Compare the last weeks with the same number of weeks before."""
    last, before = (
        sum(value for monday, value in weekly.items() if first <= (until - monday).days < first + 28)
        for first in (0, 28)
    )
    recent = count(last, "melding", "meldingen") if last else "geen melding"
    earlier = number(before) if before else "geen"
    return f"In de laatste 4 weken {recent}, in de 4 weken ervoor {earlier}."
