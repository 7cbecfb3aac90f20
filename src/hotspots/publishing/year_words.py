"""What is said of a period in sentences: the one ready for the plan, and what a reader should know."""

from collections.abc import Mapping
from datetime import date

from hotspots.model import Indicatie
from hotspots.publishing.year_period import Period
from hotspots.publishing.year_places import Decision, Dwellings, Places
from hotspots.publishing.year_reports import Screened
from hotspots.wording import count, day, listed, number

_DECIDED: Mapping[Decision, str] = {
    Decision.VEILIGHEID: "veiligheid",
    Decision.LEEFBAARHEID: "leefbaarheid",
}


def plan_sentence(
    period: Period, where: str | None, reports: Screened, places: Places, *, is_exact: bool
) -> str:
    """Say in a few sentences what a period came to: how many reports, and the hotspots as people decided.

    Parameters
    ----------
    where
        The area in words; None: the whole municipality.
    """
    begin = f"{period.in_words}{f' in {where}' if where else ''}"
    sentences = []
    if reports.counted is not None:
        is_or_are = "is" if reports.counted == 1 else "zijn"
        about = "" if is_exact else "ongeveer "
        sentences.append(
            f"{begin} {is_or_are} {about}{count(reports.counted, 'melding', 'meldingen')} bekeken."
        )
        begin = "Dat gaf"
    else:
        begin = f"{begin} vonden we"
    return " ".join([*sentences, *_places(begin, places)])


def _places(begin: str, places: Places) -> list[str]:
    if not places.found:
        return [f"{begin} geen nieuwe plekken op de lijst."]
    decided = places.by_decision
    others = _others(places)
    if not places.confirmed:
        return [f"{begin} {count(places.found, 'plek', 'plekken')} op de lijst.", *others]
    parts = [
        f"{number(decided[decision])} {words}" for decision, words in _DECIDED.items() if decided[decision]
    ]
    found = count(places.confirmed, "hotspot", "hotspots")
    sentence = f"{begin} {found}: {listed(parts)}{_dwellings(places.dwellings, places.confirmed)}."
    if not others:
        return [sentence]
    rest = places.found - places.confirmed
    came = "kwam" if rest == 1 else "kwamen"
    return [sentence, f"Daarnaast {came} {count(rest, 'plek', 'plekken')} op de lijst.", *others]


def _others(places: Places) -> list[str]:
    decided, sentences = places.by_decision, []
    refused, waiting = decided[Decision.GEEN_HOTSPOT], decided[Decision.UNDECIDED]
    if refused:
        sentences.append(f"Bij {number(refused)} besloten mensen: geen hotspot.")
    if waiting:
        sentences.append(f"Over {number(waiting)} is niet besloten.")
    return sentences


def _dwellings(dwellings: Dwellings | None, confirmed: int) -> str:
    """How many of the confirmed hotspots are dwellings."""
    if dwellings is None:
        return ""
    sure, possible = dwellings.confirmed_sure, dwellings.confirmed_possible
    parts = []
    if sure:
        parts.append(f"{number(sure)} daarvan {'is een woning' if sure == 1 else 'zijn woningen'}")
    if possible:
        parts.append(
            f"{number(possible)} {'' if sure else 'daarvan '}"
            f"{'is misschien een woning' if possible == 1 else 'zijn misschien woningen'}"
        )
    return f"; {listed(parts)}" if parts and confirmed else ""


def suggestion_sentence(places: Places) -> str:
    """Say what the software suggests of the places found, beside what people decided."""
    words = {
        Indicatie.VEILIGHEID: "veiligheid",
        Indicatie.LEEFBAARHEID: "leefbaarheid",
        Indicatie.ONBEPAALD: "nog niet duidelijk",
    }
    parts = [
        f"{number(places.suggested[each])} {words[each]}" for each in Indicatie if places.suggested[each]
    ]
    if not parts:
        return ""
    return f"De software stelde voor: {listed(parts)}. Dat is een voorstel; mensen besluiten."


def notes_of(
    *,
    until: date,
    is_over: bool,
    is_exact: bool,
    is_told: bool,
    first_run: date | None,
    period: Period,
    places: Places,
    is_own_area: bool,
) -> list[str]:
    """What a reader should know of the figures of a period."""
    notes = []
    if not is_over:
        notes.append(f"Deze periode is nog niet om: de cijfers gaan tot en met {day(until)}.")
    if first_run is not None and period.first <= first_run <= period.last:
        notes.append(
            f"De eerste ronde was op {day(first_run)}. Toen kwamen ook plekken op de lijst die er al waren."
        )
    if places.merged:
        notes.append(
            f"{count(places.merged, 'gevonden plek ging', 'gevonden plekken gingen')} later op in een "
            "andere. Die tellen hier wel mee."
        )
    if places.closed_undecided or places.ended_undecided:
        gone = places.closed_undecided + places.ended_undecided
        notes.append(
            f"Van de plekken zonder besluit {'is' if gone == 1 else 'zijn'} er {number(gone)} al van de "
            "lijst: het werd daar stil, of mensen sloten de plek af."
        )
    if is_own_area:
        notes.append("Van een eigen gebied worden alleen de plekken geteld, niet alle meldingen.")
    elif not is_exact:
        notes.append(
            "Aantallen meldingen zijn afgerond op 5, en kleine aantallen staan er niet bij."
            if is_told
            else "Aantallen meldingen staan hier niet bij: die zijn er voor u van hele jaren die om zijn."
        )
    if not is_exact:
        notes.append("Woningen en plekken met één melder tellen hier niet mee.")
    return notes
