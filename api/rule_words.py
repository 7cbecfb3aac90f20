"""The rules of detection in plain Dutch, as the form to try others shows them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class RuleGroup:
    """Rules that say one thing of the definition.

    Parameters
    ----------
    rules
        Label by name of the setting in [detection].
    """

    title: str
    explanation: str
    rules: Mapping[str, str]


RULES: tuple[RuleGroup, ...] = (
    RuleGroup(
        "Herhaald",
        "Genoeg meldingen, op genoeg verschillende dagen.",
        {
            "look_back_weeks": "Weken waarover wordt gekeken",
            "min_reports": "Minste aantal meldingen",
            "min_days": "Minste aantal verschillende dagen",
        },
    ),
    RuleGroup(
        "Aanhoudend",
        "Over genoeg weken; één onrustig weekend is geen hotspot.",
        {
            "min_weeks": "Minste aantal verschillende weken",
            "min_duration_days": "Minste aantal dagen tussen eerste en laatste melding",
            "burst_hours": "Uren waarin een piek wordt gezocht",
            "max_burst_share": "Grootste deel van de meldingen in één piek (0 tot 1)",
            "peak_share": "Deel van de meldingen dat een piek maakt (0 tot 1)",
            "episode_days": "Dagen van een korte periode",
            "episode_share": "Deel dat in zo’n periode te veel is (0 tot 1)",
            "max_rest_p": "Grootste kans op toeval van wat zonder pieken overblijft",
        },
    ),
    RuleGroup(
        "Gedeeld",
        "Van meer dan één persoon: twaalf meldingen van één buur zijn één klacht.",
        {
            "min_reporters": "Minste aantal melders",
            "max_reporter_share": "Grootste deel van één melder (0 tot 1)",
            "max_one_report_share": "Grootste deel van melders met één melding op één punt (0 tot 1)",
            "max_same_text_share": "Grootste deel met letterlijk dezelfde tekst (0 tot 1)",
        },
    ),
    RuleGroup(
        "Geconcentreerd",
        "Meer dan de omgeving verklaart.",
        {
            "surroundings_m": "Straal van de omgeving, in meters",
            "max_p": "Grootste kans op toeval in de hele stad",
            "min_ratio": "Minstens zoveel keer wat te verwachten is",
            "max_radius_m": "Grootste straal van een plek, in meters",
        },
    ),
    RuleGroup(
        "Actueel",
        "Nog gaande.",
        {"quiet_weeks": "Weken zonder melding waarna een plek stil is"},
    ),
    RuleGroup(
        "Begrenzing van een plek",
        "Welke meldingen bij elkaar horen.",
        {
            "link_bandwidths": "Hoe ver een melding bij een drukker punt hoort (in bandbreedtes)",
            "same_peak": "Wanneer twee drukke punten één plek zijn (0 tot 1)",
            "flank": "Hoe druk het bij een melding minstens moet zijn (0 tot 1)",
        },
    ),
)
