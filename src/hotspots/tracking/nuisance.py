"""What the reports of a hotspot are about: its share of drugs, one word for it, and its subcategories.

The run counts it of the reports that count for a place, as they were known then; what is called *mainly* is
decided when a hotspot is read.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import pandas as pd
from sqlalchemy import ColumnElement, or_

from hotspots.model import Aard, Category
from hotspots.settings import NuisanceSettings
from hotspots.tracking.hotspot import Hotspot
from hotspots.wording import listed, percentage


@dataclass(frozen=True)
class Nuisance:
    """What the reports of a place are about: the share of drugs, and its commonest subcategories in words."""

    drugs_share: float | None  # None: of none of them the category is known
    subcategories: tuple[str, ...] = ()


UNKNOWN = Nuisance(None)


def nuisance_per_place(reports: pd.DataFrame, settings: NuisanceSettings) -> dict[int, Nuisance]:
    """Tell what the reports of each place are about.

    Parameters
    ----------
    reports
        Those that count: place, category, and subcategory as its source writes it (None: it has none).
    settings
        How many reports a subcategory must have to be named, and how many are.

    Examples
    --------
    >>> categories, subcategories = ["drugs"] * 6 + ["personen"] * 2, ["Dealen"] * 6 + ["Jongeren"] * 2
    >>> reports = pd.DataFrame({"place": 0, "category": categories, "subcategory": subcategories})
    >>> nuisance_per_place(reports, NuisanceSettings())[0]
    Nuisance(drugs_share=0.75, subcategories=('dealen',))
    """
    places = reports["place"].tolist()
    totals = Counter(places)
    drugs = Counter(reports.loc[reports["category"] == str(Category.DRUGS), "place"].tolist())
    subcategories: dict[int, Counter[str]] = {place: Counter() for place in totals}
    for (place, told), count in Counter(zip(places, reports["subcategory"].tolist(), strict=True)).items():
        if isinstance(told, str):
            subcategories[place][in_words(told)] += count
    return {
        place: Nuisance(drugs[place] / total, _commonest(subcategories[place], settings))
        for place, total in totals.items()
    }


def _commonest(counts: Mapping[str, int], settings: NuisanceSettings) -> tuple[str, ...]:
    named = sorted(
        (-count, words) for words, count in counts.items() if words and count >= settings.min_reports
    )
    return tuple(words for _, words in named[: settings.most_subcategories])


@cache
def in_words(subcategory: str) -> str:
    """A subcategory as a sentence has it, also of a source that writes it as a part of an address.

    Examples
    --------
    >>> [in_words(name) for name in ("Dealen", "drank-en-drugsoverlast", "Dak- en thuislozen", "GHB")]
    ['dealen', 'drank en drugsoverlast', 'dak- en thuislozen', 'GHB']
    """
    # nothing that turns a line around, nor what separates them in a CSV
    told = "".join(sign if sign.isprintable() and sign != "|" else " " for sign in subcategory)
    text = " ".join(told.split())
    if " " not in text and text.islower():
        text = text.replace("-", " ").strip()
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def aard_of(drugs_share: float | None, settings: NuisanceSettings) -> Aard:
    """Give the word for a share of drugs.

    Examples
    --------
    >>> [str(aard_of(share, NuisanceSettings())) for share in (0.7, 0.5, 0.4, None)]
    ['drugs', 'gemengd', 'personen', 'onbekend']
    """
    if drugs_share is None:
        return Aard.ONBEKEND
    if drugs_share >= settings.mainly_share:
        return Aard.DRUGS
    return Aard.PERSONEN if drugs_share <= _most_of_persons(settings) else Aard.GEMENGD


def _most_of_persons(settings: NuisanceSettings) -> float:
    # 1 - 0.54 is just below 0.46, and a share of 23 in 50 would be of neither
    return round(1 - settings.mainly_share, 12)


def are_of_aard(
    drugs_share: ColumnElement[float], wanted: Iterable[str], settings: NuisanceSettings
) -> ColumnElement[bool]:
    """Whether one of the words of :func:`aard_of` holds of a share, in a query."""
    least, most = settings.mainly_share, _most_of_persons(settings)
    holds = {
        Aard.DRUGS: drugs_share >= least,
        Aard.PERSONEN: drugs_share <= most,
        Aard.GEMENGD: (drugs_share < least) & (drugs_share > most),
        Aard.ONBEKEND: drugs_share.is_(None),
    }
    return or_(*(holds[Aard(word)] for word in wanted))


def describe_nuisance(hotspot: Hotspot) -> str:
    """Say in a sentence or two what the reports of a hotspot are about, from what its reader is told."""
    share = hotspot.aandeel_drugs
    if share is None:
        known = "bekend" if hotspot.told_on is None else "te zeggen"
        return f"Het is niet {known} of de meldingen vooral over drugs of over personen gaan."
    about = "ongeveer " if hotspot.told_on is not None else ""
    if hotspot.aard is Aard.GEMENGD:
        kind = f"De meldingen gaan over drugs ({about}{percentage(share)}) en over personen."
    else:
        word, part = ("drugs", share) if hotspot.aard is Aard.DRUGS else ("personen", 1 - share)
        much = f"{about}{percentage(part)}" if part < 1 else ("bijna alle" if about else "alle")
        kind = f"De meldingen gaan vooral over {word} ({much})."
    if not hotspot.subcategorieen:
        return kind
    return f"{kind} Het vaakst gemeld: {listed(hotspot.subcategorieen)}."
