"""What the words of the reports suggest: a safety or a liveability question, with the hits shown.

A suggestion, not a verdict: it counts in how many reports words of each list stand (negated hits aside) and
names the side that clearly has more. The lists are in `config/indicators.toml`.
"""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from hotspots.errors import SettingsError
from hotspots.model import Indicatie
from hotspots.settings import shipped

NEGATION_REACH = 3
"""A negation this many words before a hit takes it away."""

CLEAR_SHARE = 0.55
"""Share of the reports with any hit that one side must have to be suggested."""

DRUGS_WEIGHT = 0.3
NIGHT_WEIGHT = 0.15
WONING_WEIGHT = 0.5
"""What the category drugs, a report between 23 and 5 o'clock, and nuisance from one dwelling each add for
veiligheid, as a part of one report with a hit. Of the dwellings in the safety plan over 2023, both were."""

_SIDES = (Indicatie.VEILIGHEID, Indicatie.LEEFBAARHEID)


@dataclass(frozen=True)
class Indicators:
    """Compiled word lists: per side and theme one pattern, and the words that negate."""

    themes: Mapping[tuple[Indicatie, str], re.Pattern[str]]
    negations: frozenset[str]


@dataclass(frozen=True)
class Indication:
    """A suggestion, its certainty (0.5 to 1; 0 without any hit), and how many reports each theme is in."""

    indicatie: Indicatie
    certainty: float
    hits: Mapping[str, int] = field(default_factory=dict)


def read_indicators(path: Path) -> Indicators:
    """Read the word lists.

    Raises
    ------
    SettingsError
        If the file is absent, is no TOML, or has other tables than veiligheid and leefbaarheid.
    """
    try:
        tables: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"can't read the indicators '{path}': {error}") from None
    negations = frozenset(_plain(word) for word in tables.pop("negation", []))
    wanted = {str(side) for side in _SIDES}
    if set(tables) != wanted:
        raise SettingsError(f"{path}: wanted the tables {sorted(wanted)}, found {sorted(tables)}")
    themes = {
        (side, theme): _pattern(phrases) for side in _SIDES for theme, phrases in tables[str(side)].items()
    }
    return Indicators(themes, negations)


@cache
def shipped_indicators() -> Indicators:
    """The word lists that come with the software, or stand in `config/indicators.toml`."""
    own = Path("config/indicators.toml")
    return read_indicators(own if own.exists() else shipped("config/indicators.toml"))


def indication_of(
    texts: Sequence[str],
    indicators: Indicators,
    *,
    drugs_share: float = 0.0,
    night_share: float = 0.0,
    is_woning: bool = False,
) -> Indication:
    """Suggest what kind of question a place is.

    Parameters
    ----------
    texts
        The texts of its reports; empty ones don't count.
    indicators
        The word lists.
    drugs_share, night_share
        Share of its reports in the category drugs, and between 23 and 5 o'clock, 0 to 1.
    is_woning
        Whether the place is one address.

    Examples
    --------
    >>> words = shipped_indicators()
    >>> indication_of(["Er wordt gedeald", "Weer een deal", "Geluid van voetbal"], words).indicatie.value
    'veiligheid'
    >>> indication_of(["Geen idee"], words).indicatie.value
    'onbepaald'
    """
    found = [_themes_in(text, indicators) for text in texts if text.strip()]
    per_theme = Counter(f"{side.value}: {theme}" for hits in found for side, theme in sorted(hits))
    points = dict.fromkeys(_SIDES, 0.0)
    for hits in found:
        sides = Counter(side for side, _ in hits)
        for side, count in sides.items():
            points[side] += count / sides.total()
    if found and any(points.values()):
        leaning = DRUGS_WEIGHT * drugs_share + NIGHT_WEIGHT * night_share + WONING_WEIGHT * is_woning
        points[Indicatie.VEILIGHEID] += leaning * len(found)
    total = sum(points.values())
    if not total:
        return Indication(Indicatie.ONBEPAALD, 0.0)
    side = max(_SIDES, key=lambda candidate: points[candidate])
    share = points[side] / total
    if share < CLEAR_SHARE:
        return Indication(Indicatie.ONBEPAALD, round(1 - share, 3), per_theme)
    return Indication(side, round(share, 3), per_theme)


def _themes_in(text: str, indicators: Indicators) -> set[tuple[Indicatie, str]]:
    plain = _plain(text)
    return {
        key
        for key, pattern in indicators.themes.items()
        if any(not _is_negated(plain, hit.start(), indicators.negations) for hit in pattern.finditer(plain))
    }


def _is_negated(text: str, start: int, negations: frozenset[str]) -> bool:
    sentence = re.split(r"[.!?;,]", text[:start])[-1]
    return any(word in negations for word in sentence.split()[-NEGATION_REACH:])


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    alternatives = (
        re.escape(_plain(phrase)).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for phrase in phrases
    )
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b")


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
