"""What is said of a period in sentences: the one ready for the plan, and what a reader should know."""

from collections.abc import Mapping
from datetime import date
from math import isinf, isnan

from hotspots.model import Indicatie
from hotspots.publishing.year.before import Change
from hotspots.publishing.year.measures import Measures
from hotspots.publishing.year.period import SETTLES, Period
from hotspots.publishing.year.places import Decision, Dwellings, Places
from hotspots.publishing.year.reports import Screened
from hotspots.publishing.year.times import Median
from hotspots.statistics.monthly_figures import RateRatio
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
    first_day: date | None,
    first_run: date | None,
    period: Period,
    places: Places,
    is_own_area: bool,
) -> list[str]:
    """What a reader should know of the figures of a period."""
    notes = []
    if not is_over:
        notes.append(f"Deze periode is nog niet om: de cijfers gaan tot en met {day(until)}.")
    if first_day is not None and first_day > period.first + SETTLES:
        notes.append(f"Meldingen zijn bekend vanaf {day(first_day)}.")
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
    later = {each: n for each, n in places.decided_later.items() if n and each is not Decision.UNDECIDED}
    if later:
        decided = listed([f"{number(n)} {decision.value}" for decision, n in later.items()])
        notes.append(
            f"Na deze periode besloten mensen nog over {count(sum(later.values()), 'plek', 'plekken')}: "
            f"{decided}. Dat telt hierboven niet mee."
        )
    if is_own_area:
        notes.append("Van een eigen gebied worden alleen de plekken geteld, niet alle meldingen.")
    elif not is_exact:
        notes.append(
            "Aantallen meldingen zijn per kwartaal afgerond op 5 en dan opgeteld. Kleine aantallen staan er "
            "niet bij."
            if is_told
            else "Aantallen meldingen staan hier niet bij: die zijn er voor u van hele jaren, als de "
            "openbare cijfers van elk kwartaal er zijn."
        )
    if not is_exact:
        notes.append("Woningen en plekken met één melder tellen hier niet mee.")
    return notes


def change_sentence(change: Change) -> str:
    """Say how a count compares with the same days a year before, and whether chance explains it.

    Examples
    --------
    >>> from hotspots.statistics.monthly_figures import rate_ratio
    >>> print(change_sentence(Change(20, rate_ratio(30, 20))))
    Een jaar eerder: 20. Dat is nu 50% meer (tussen 18% minder en 179% meer). Dat verschil kan toeval zijn.
    """
    if change.before is None:
        return change.why_not
    sentence = f"Een jaar eerder: {number(change.before)}."
    ratio = change.ratio
    if ratio is None or isnan(ratio.ratio):
        return sentence
    if isinf(ratio.ratio):
        return f"{sentence} {_meaning(ratio)}"
    between = f"tussen {_against(ratio.lower)} en {_against(ratio.upper)}"
    return f"{sentence} Dat is nu {_against(ratio.ratio)} ({between}). {_meaning(ratio)}"


def change_words(ratio: RateRatio | None) -> str:
    """The change in a cell of a table; a star where chance does not explain it."""
    if ratio is None or isnan(ratio.ratio) or isinf(ratio.ratio):
        return "–"
    percents = round(100 * (ratio.ratio - 1))
    sign = {True: "+", False: "−"}[percents > 0] if percents else ""
    return f"{sign}{number(abs(percents))}%{' *' if ratio.is_change else ''}"


def _against(ratio: float) -> str:
    if isinf(ratio):
        return "veel meer"
    percents = round(100 * (ratio - 1))
    if percents == 0:
        return "evenveel"
    return f"{number(abs(percents))}% {'meer' if percents > 0 else 'minder'}"


def _meaning(ratio: RateRatio) -> str:
    if ratio.is_change:
        return "Dat verschil is groter dan toeval verklaart."
    return "Dat verschil kan toeval zijn."


def pooled_sentences(measures: Measures) -> list[str]:
    """Say what the measures of a period did together, and how sure that is."""
    if not measures.taken:
        return []
    told = len(measures.measured)
    if not told:
        return ["Van geen van deze maatregelen is nu te zeggen wat zij deden."]
    taken = count(measures.taken, "maatregel", "maatregelen")
    compared = (
        f"Van {number(told)} van de {taken} is te zeggen wat die deed, naast een vergelijkbare plek zonder "
        f"maatregel. Bij {number(measures.helped)} kwamen er duidelijk minder meldingen, bij "
        f"{number(measures.worsened)} duidelijk meer; bij {number(measures.unsure)} kan het verschil toeval "
        "zijn."
    )
    sentences = [compared]
    pooled = measures.pooled
    if pooled is not None and pooled.place_count > 1:
        sentences.append(
            f"Bij deze {number(pooled.place_count)} plekken samen: {_reports(pooled.difference)} dan "
            f"verwacht (waarschijnlijk tussen {_reports(pooled.lower)} en {_reports(pooled.upper)}). "
            + ("Toeval alleen verklaart dit niet goed." if pooled.is_change else "Dat kan toeval zijn.")
        )
    sentences.append("Minder meldingen is nog niet minder overlast.")
    return sentences


def _reports(difference: float) -> str:
    rounded = round(difference)
    if rounded == 0:
        return "evenveel meldingen"
    return f"{count(abs(rounded), 'melding', 'meldingen')} {'minder' if rounded < 0 else 'meer'}"


def days_words(waited: Median) -> str:
    """A median in words.

    Examples
    --------
    >>> days_words(Median(14.5, 6)), days_words(Median(None, 0))
    ('14,5 dagen', '–')
    """
    if waited.days is None:
        return "–"
    decimals = 0 if waited.days == int(waited.days) else 1
    return f"{number(waited.days, decimals)} {'dag' if waited.days == 1 else 'dagen'}"
