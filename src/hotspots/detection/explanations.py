"""Why a place is on the list or not: Dutch sentences with the numbers that decided it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, isfinite
from typing import Any

from hotspots.detection.concentration import Surroundings
from hotspots.detection.false_alarms import SameText, SharedCoordinate
from hotspots.detection.indication import NOT_READ, Indication
from hotspots.detection.place_context import PlaceContext
from hotspots.detection.place_type import PlaceType
from hotspots.detection.places import Extent
from hotspots.detection.rules import PlaceFigures, Rule, people_last, people_pass, reporters_are_known
from hotspots.model import Indicatie, Soort
from hotspots.settings import DetectionSettings
from hotspots.statistics.trends import EmergingClass
from hotspots.wording import MOST_CERTAIN, count, day, number, percentage

CELL_STORIES: Mapping[EmergingClass, str] = {
    EmergingClass.NEW: "voor het eerst drukker dan de rest van de stad",
    EmergingClass.CONSECUTIVE: "sinds kort en zonder onderbreking drukker dan de rest van de stad",
    EmergingClass.INTENSIFYING: "bijna de hele periode drukker dan de rest van de stad, en het neemt toe",
    EmergingClass.PERSISTENT: "bijna de hele periode drukker dan de rest van de stad",
    EmergingClass.DIMINISHING: "bijna de hele periode drukker dan de rest van de stad, maar het neemt af",
    EmergingClass.HISTORICAL: "bijna de hele periode drukker geweest dan de rest van de stad, maar nu niet",
    EmergingClass.OSCILLATING: "soms drukker en soms rustiger dan de rest van de stad, en nu drukker",
    EmergingClass.SPORADIC: "af en toe drukker dan de rest van de stad, en nu ook",
}
"""What the class of a cell says in words; a cell that was never hot has nothing to say."""


ONCE_EACH = "Bijna niemand meldde hier vaker; dan vraagt het systeem meer meldingen."
"""Why more is asked of a place; follows what keeps it off the list."""


NOT_SIGNALLED = "Niet gesignaleerd, "
"""How a sentence begins that says why a place is not on the list."""


@dataclass(frozen=True)
class Rest:
    """What remains of a place without a part of its reports, such as its peaks."""

    report_count: int
    left_out_count: int
    is_enough: bool


def reasons(
    figures: PlaceFigures,
    surroundings: Surroundings,
    p_value: float,
    kind: PlaceType,
    indication: Indication,
    settings: DetectionSettings,
    *,
    extent: Extent | None = None,
) -> list[str]:
    """Say what was found at a place, one sentence for each property of a hotspot."""
    sentences = [
        _repeated(figures),
        _lasting(figures),
        _shared(figures, settings),
        _concentrated(figures, surroundings, p_value),
        _current(figures),
        _kind(kind, settings),
        *([_extent(extent)] if extent else []),
    ]
    if figures.duplicate_count:
        sentences.append(
            f"{count(figures.duplicate_count, 'melding', 'meldingen')} van dezelfde melder op dezelfde "
            "dag en plek telden niet nog eens mee."
        )
    return sentences if indication is NOT_READ else [*sentences, _indication(indication)]


def facts(
    figures: PlaceFigures, kind: PlaceType, indication: Indication, settings: DetectionSettings
) -> list[str]:
    """Say what the reports of a place show by themselves, whatever lies around them."""
    sentences = [_repeated(figures), _lasting(figures), _shared(figures, settings), _current(figures)]
    return [*sentences, _kind(kind, settings), _indication(indication)]


def context_reasons(context: PlaceContext, *, report_count: int) -> list[str]:
    """Say at which hours a place stands out, or that these aren't known, and how its cell developed."""
    sentences = _hours(context, report_count)
    story = CELL_STORIES.get(context.emerging_class)
    return sentences if story is None else [*sentences, f"Omgeving: het vak van de kaart is {story}."]


def why_not(failed: Sequence[Rule], figures: PlaceFigures, as_of: date, settings: DetectionSettings) -> str:
    """Say why a place that fails a rule is not signalled; the first failed rule decides."""
    rule = failed[0]
    if rule in _COUNTED:
        words, name, least = _COUNTED[rule]
        return _too_little(words, getattr(figures, name), getattr(settings, least))
    said: Mapping[Rule, str] = {
        Rule.BURST: f"het een piek is: {figures.largest_burst} van de {figures.report_count} meldingen "
        f"vallen binnen {_burst_length(figures, settings)}",
        Rule.REPORTER_SHARE: f"één melder {percentage(figures.largest_reporter_share)} van de meldingen "
        f"deed; dat mag {percentage(settings.max_reporter_share)} zijn",
        Rule.CURRENT: f"het stil is sinds {day(figures.last_day)}: langer dan "
        f"{settings.quiet_weeks} weken voor {day(as_of)}",
    }
    return f"Niet gesignaleerd, omdat {said[rule]}."


def why_too_little(counts: Mapping[str, Any], settings: DetectionSettings) -> str:
    """Say what a place has too few of, by its counts alone; empty if these are enough.

    Parameters
    ----------
    counts
        ``report_count``, ``day_count``, ``week_count``, ``duration_days`` and ``reporter_count`` (or None).
    """
    for words, name, least in _COUNTED.values():
        if counts[name] is not None and counts[name] < getattr(settings, least):
            return _too_little(words, counts[name], getattr(settings, least))
    return ""


_COUNTED: Mapping[Rule, tuple[str, str, str]] = {
    Rule.REPORTS: ("het aantal meldingen te klein is: {}", "report_count", "min_reports"),
    Rule.DAYS: ("de meldingen van te weinig dagen zijn: {}", "day_count", "min_days"),
    Rule.WEEKS: ("de meldingen uit te weinig weken komen: {}", "week_count", "min_weeks"),
    Rule.DURATION: ("de overlast te kort duurt: {} dagen", "duration_days", "min_duration_days"),
    Rule.REPORTERS: ("te weinig mensen melden: {}", "reporter_count", "min_reporters"),
}
"""Rules that want so many of something: in words, the figure, and the setting."""


def _too_little(words: str, found: int, needed: int) -> str:
    return f"{NOT_SIGNALLED}omdat {words.format(found)}, nodig zijn er {needed}."


def why_not_concentrated(
    figures: PlaceFigures, surroundings: Surroundings, radius_m: float, settings: DetectionSettings
) -> str:
    """Say that a place is too wide, or no busier than its surroundings explain."""
    if radius_m > settings.max_radius_m:
        return (
            f"Niet gesignaleerd, omdat de {figures.report_count} meldingen verspreid zijn (tot "
            f"{radius_m:.0f} meter van het midden): dat is een drukke buurt, niet één plek."
        )
    if surroundings.expected_by_addresses >= surroundings.expected_by_level:
        cause = f"er {_rounded(surroundings.address_count)} adressen zijn"
    else:
        cause = "de omgeving ook veel meldingen heeft"
    sentence = (
        f"Niet gesignaleerd, omdat {figures.report_count} meldingen hier niet opvallend veel zijn: er zijn "
        f"er al {_rounded(surroundings.expected)} te verwachten doordat {cause}."
    )
    return f"{sentence} {ONCE_EACH}" if people_pass(figures, settings) else sentence


def why_not_without_peaks(rest: Rest, figures: PlaceFigures) -> str:
    """Say that a place is busy in a few days only."""
    return (
        f"Niet gesignaleerd, omdat {rest.left_out_count} van de {figures.report_count} meldingen in een "
        f"korte tijd vallen; de {rest.report_count} andere zijn niet meer dan de omgeving doet verwachten."
    )


def why_not_without_reporter(rest: Rest, figures: PlaceFigures) -> str:
    """Say that a place is busy by one reporter only."""
    return (
        f"Niet gesignaleerd, omdat één melder {rest.left_out_count} van de {figures.report_count} meldingen "
        f"deed; de {rest.report_count} andere zijn niet meer dan de omgeving doet verwachten."
    )


def why_not_one_address(figures: PlaceFigures) -> str:
    """Say that nothing shows that more than one person is troubled."""
    return (
        f"Niet gesignaleerd, omdat alle {figures.report_count} meldingen naar één adres wijzen en de melders "
        "onbekend zijn: het kan één melder zijn. Kijk of meer mensen er last van hebben."
    )


def why_not_alike(alike: SameText, figures: PlaceFigures) -> str:
    """Say that reports of unknown reporters seem to come from one."""
    return (
        f"Niet gesignaleerd, omdat {alike.report_count} van de {figures.report_count} meldingen precies "
        "dezelfde tekst hebben en de meeste melders onbekend zijn: waarschijnlijk meldt één persoon."
    )


def why_not_shared_coordinate(shared: SharedCoordinate) -> str:
    """Say that a place is one coordinate that stands for many addresses, with little beside it."""
    beside = " De andere zijn niet meer dan de omgeving verklaart." if shared.elsewhere_count else ""
    return (
        f"Niet gesignaleerd, omdat {shared.report_count} meldingen op precies hetzelfde punt staan en van "
        f"veel verschillende melders of adressen komen ({shared.reporter_count} melders, "
        f"{shared.address_count} adressen). Dat past bij een standaardlocatie of een flat, niet bij één plek."
        f"{beside}"
    )


def why_not_event(names: Sequence[str], event_count: int, figures: PlaceFigures) -> str:
    """Say that a place is a hotspot only by reports on days of an event."""
    return (
        f"Niet gesignaleerd, omdat {event_count} van de {figures.report_count} meldingen op dagen van een "
        f"evenement vallen ({', '.join(names)}); de andere voldoen niet aan de regels."
    )


def why_not_crowd(crowd_count: int, figures: PlaceFigures) -> str:
    """Say that a place is a hotspot only by reports on days when all around it much was reported."""
    return (
        f"Niet gesignaleerd, omdat {crowd_count} van de {figures.report_count} meldingen vallen op dagen "
        "waarop er in de hele omgeving veel gemeld is, zoals bij een evenement; de andere zijn te weinig."
    )


def _repeated(figures: PlaceFigures) -> str:
    return (
        f"Herhaald: {count(figures.report_count, 'melding', 'meldingen')} op "
        f"{count(figures.day_count, 'dag', 'verschillende dagen')}."
    )


def _lasting(figures: PlaceFigures) -> str:
    return (
        f"Langdurig: over {figures.duration_days} dagen, in {figures.week_count} verschillende weken; "
        f"hooguit {figures.largest_burst} meldingen kort na elkaar."
    )


def _shared(figures: PlaceFigures, settings: DetectionSettings) -> str:
    if not reporters_are_known(figures, settings):
        return (
            "Gedeeld: niet te beoordelen, omdat van de meeste meldingen de melder niet bekend is. Kijk of "
            "meer mensen er last van hebben."
        )
    unknown = figures.report_count - figures.known_reporter_reports
    rest = f" Van {count(unknown, 'melding', 'meldingen')} is de melder onbekend." if unknown else ""
    lasting = ""
    if people_last(figures, settings):
        again = "meldde" if figures.lasting_count == 1 else "meldden"
        lasting = f" Na {settings.episode_days} dagen of later {again} {figures.lasting_count} van hen weer."
    return (
        f"Gedeeld: van {figures.reporter_count} bekende melders; de grootste deed "
        f"{percentage(figures.largest_reporter_share)} (hooguit "
        f"{percentage(settings.max_reporter_share)} mag).{lasting}{rest}"
    )


def _concentrated(figures: PlaceFigures, surroundings: Surroundings, p_value: float) -> str:
    times = figures.report_count / surroundings.expected
    if isfinite(surroundings.address_count):
        compared = f"de {_rounded(surroundings.address_count)} adressen hier en de omgeving"
    else:
        compared = "de omgeving"
    chance = "kleiner dan 1 op 10.000" if p_value < 1e-4 else f"ongeveer {percentage(p_value, 2)}"
    return (
        f"Geconcentreerd: {_rounded(times)} keer zo veel als {compared} doen verwachten "
        f"({_rounded(surroundings.expected)}); de kans op toeval is {chance}."
    )


def _current(figures: PlaceFigures) -> str:
    return (
        f"Actueel: de eerste melding in deze periode was op {day(figures.first_day)}, de laatste op "
        f"{day(figures.last_day)}."
    )


def _hours(context: PlaceContext, report_count: int) -> list[str]:
    hours, unknown = context.hours, min(context.hourless_count, report_count)
    if not context.knows_hours:
        those = f"{unknown} van de {report_count}" if unknown < report_count else f"alle {report_count}"
        return [f"Uren: van {those} meldingen is het uur niet bekend."]
    if hours is None:
        return []
    days = "" if hours.days == "elke dag" else f" {hours.days}"
    known = f"{report_count - unknown} meldingen met een uur" if unknown else f"{report_count} meldingen"
    said = (
        f"Uren: {hours.count} van de {known} vallen{days} tussen {hours.first_hour} en "
        f"{hours.end_hour} uur; van alle meldingen in de stad is dat {percentage(hours.usual_share)}."
    )
    return [said]


def _burst_length(figures: PlaceFigures, settings: DetectionSettings) -> str:
    """How long a burst is: in days where of some reports only the day is known."""
    if not figures.hourless_count:
        return f"{settings.burst_hours} uur"
    return count(ceil(settings.burst_hours / 24), "dag", "dagen")


def _kind(kind: PlaceType, settings: DetectionSettings) -> str:
    share = percentage(kind.address_share)
    if kind.soort is Soort.WONING:
        how = "waarschijnlijk" if kind.certainty >= settings.sure_woning else "mogelijk"
        chance = percentage(min(kind.certainty, MOST_CERTAIN))
        return (
            f"Soort woning: {how} één woning (kans ongeveer {chance}); {share} van de meldingen wijst "
            "naar één adres."
        )
    return f"Soort gebied: de meldingen wijzen naar meer adressen; hooguit {share} naar één adres."


def _extent(extent: Extent) -> str:
    if extent.is_line:
        return f"Omvang: langs een lijn van ongeveer {extent.length_m} meter, zoals een straat."
    return f"Omvang: verspreid over ongeveer {extent.length_m} meter, zoals een plein of een park."


def _indication(indication: Indication) -> str:
    if indication.indicatie is Indicatie.ONBEPAALD:
        return "Indicatie onbepaald: de woorden in de meldingen wijzen niet duidelijk één kant op."
    most = sorted(indication.hits.items(), key=lambda hit: (-hit[1], hit[0]))[:4]
    shown = ", ".join(f"{name.split(': ')[1]} {count}×" for name, count in most)
    return f"Indicatie {indication.indicatie.value} (een suggestie): in de meldingen gaat het over {shown}."


def _rounded(value: float) -> str:
    return number(value, 0 if value >= 10 else 1)
