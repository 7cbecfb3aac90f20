"""The rules of detection in plain Dutch, as the form to try others shows them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One rule: what it is called, and why it is what it is where nothing else is configured."""

    label: str
    why: str


@dataclass(frozen=True)
class RuleGroup:
    """Rules that say one thing of the definition.

    Parameters
    ----------
    rules
        By name of the setting in [detection].
    """

    title: str
    explanation: str
    rules: Mapping[str, Rule]


RULES: tuple[RuleGroup, ...] = (
    RuleGroup(
        "Herhaald",
        "Genoeg meldingen, op genoeg verschillende dagen.",
        {
            "look_back_weeks": Rule(
                "Weken waarover wordt gekeken",
                "Een half jaar: lang genoeg om te zien dat overlast blijft, kort genoeg om te "
                "vergeten wat over is.",
            ),
            "min_reports": Rule(
                "Minste aantal meldingen",
                "Acht meldingen in een half jaar is er een per drie weken. Dat is meer dan "
                "toeval op één adres geeft.",
            ),
            "min_days": Rule(
                "Minste aantal verschillende dagen",
                "Op verschillende dagen: tien telefoontjes over één avond zijn één avond.",
            ),
        },
    ),
    RuleGroup(
        "Aanhoudend",
        "Over genoeg weken; één onrustig weekend is geen hotspot.",
        {
            "min_weeks": Rule(
                "Minste aantal verschillende weken",
                "In verschillende weken, zodat één slechte periode van twee weken niet telt.",
            ),
            "min_duration_days": Rule(
                "Minste aantal dagen tussen eerste en laatste melding",
                "Zes weken van de eerste tot de laatste melding. Wat korter duurt is een "
                "incident, of nog geen hotspot.",
            ),
            "burst_hours": Rule(
                "Uren waarin een piek wordt gezocht",
                "Een evenement of incident geeft in drie dagen veel meldingen.",
            ),
            "max_burst_share": Rule(
                "Grootste deel van de meldingen in één piek (0 tot 1)",
                "Is meer dan de helft van de meldingen uit één piek, dan is de rest zonder die "
                "piek geen hotspot.",
            ),
            "peak_share": Rule(
                "Deel van de meldingen dat een piek maakt (0 tot 1)",
                "Drie dagen met minstens vier meldingen en dit deel van alle meldingen zijn een "
                "piek. Wat zonder pieken overblijft moet op zichzelf genoeg zijn.",
            ),
            "episode_days": Rule(
                "Dagen van een korte periode",
                "Drie weken waarin het meeste gebeurde: overlast die snel voorbij was.",
            ),
            "episode_share": Rule(
                "Deel dat in zo’n periode te veel is (0 tot 1)",
                "Bij een begin, acht meldingen in zes weken, valt ongeveer de helft in drie "
                "weken. Dit is duidelijk meer.",
            ),
            "max_rest_p": Rule(
                "Grootste kans op toeval van wat zonder pieken overblijft",
                "Hoe klein de kans moet zijn dat de omgeving alleen verklaart wat zonder pieken "
                "overblijft. De plek is hier bekend, dus dit is de kans op één plek.",
            ),
        },
    ),
    RuleGroup(
        "Gedeeld",
        "Van meer dan één persoon: twaalf meldingen van één buur zijn één klacht.",
        {
            "min_reporters": Rule(
                "Minste aantal melders",
                "Twaalf meldingen van één buur zijn één klacht. Een onbekende melder telt niet "
                "als nog een melder.",
            ),
            "max_reporter_share": Rule(
                "Grootste deel van één melder (0 tot 1)",
                "Eén melder mag ook niet de meeste meldingen doen.",
            ),
            "max_one_report_share": Rule(
                "Grootste deel van melders met één melding op één punt (0 tot 1)",
                "Wijzen bijna alle meldingen precies hetzelfde punt aan, en meldt bijna "
                "iedereen daar één keer? Dan staat dat punt voor veel adressen, zoals een flat "
                "of een standaardpunt van de bron.",
            ),
            "max_same_text_share": Rule(
                "Grootste deel met letterlijk dezelfde tekst (0 tot 1)",
                "Zijn de meeste melders onbekend, dan wijst letterlijk dezelfde tekst op één schrijver.",
            ),
        },
    ),
    RuleGroup(
        "Geconcentreerd",
        "Meer dan de omgeving verklaart.",
        {
            "surroundings_m": Rule(
                "Straal van de omgeving, in meters",
                "Een plek wordt vergeleken met de meldingen binnen een kilometer; en met de "
                "adressen daar, als er binnen 400 meter te weinig zijn.",
            ),
            "max_p": Rule(
                "Grootste kans op toeval in de hele stad",
                "De kans dat ergens in de stad door toeval zoveel meldingen liggen, in één "
                "ronde. Over een jaar is die kans dan ongeveer 5 %. De andere regels moeten "
                "daarnaast ook gelden.",
            ),
            "min_ratio": Rule(
                "Minstens zoveel keer wat te verwachten is",
                "Met veel meldingen is een klein verschil al zeker, maar daarmee nog geen hotspot.",
            ),
            "max_radius_m": Rule(
                "Grootste straal van een plek, in meters",
                "Negen van de tien meldingen liggen zo dicht bij het midden. Wat wijder is, is "
                "een drukke buurt.",
            ),
        },
    ),
    RuleGroup(
        "Actueel",
        "Nog gaande.",
        {
            "quiet_weeks": Rule(
                "Weken zonder melding waarna een plek stil is",
                "Een plek zonder melding in de laatste twee maanden is stil en wordt niet opnieuw "
                "gesignaleerd.",
            )
        },
    ),
    RuleGroup(
        "Begrenzing van een plek",
        "Welke meldingen bij elkaar horen.",
        {
            "link_bandwidths": Rule(
                "Hoe ver een melding bij een drukker punt hoort (in bandbreedtes)",
                "Tot de overkant van de straat, niet tot de andere kant van het blok.",
            ),
            "same_peak": Rule(
                "Wanneer twee drukke punten één plek zijn (0 tot 1)",
                "Is het tussen twee drukke punten bijna zo druk als op de punten zelf, dan zijn ze één plek.",
            ),
            "flank": Rule(
                "Hoe druk het bij een melding minstens moet zijn (0 tot 1)",
                "Een melding hoort bij een plek als het daar minstens dit deel van zo druk is "
                "als in het midden.",
            ),
        },
    ),
)
