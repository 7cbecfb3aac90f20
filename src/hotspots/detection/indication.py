"""What the words of the reports suggest: a question of safety or of liveability, with the hits shown.

It is a suggestion, not a verdict. Every report with a hit has one vote, which its words divide over the two
sides; negated hits don't count. The side that clearly has more is named. The word lists are in
`config/indicators.toml`.
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

from rapidfuzz.distance import OSA

from hotspots.errors import SettingsError
from hotspots.model import Indicatie
from hotspots.settings import DetectionSettings, shipped

_SIDES = (Indicatie.VEILIGHEID, Indicatie.LEEFBAARHEID)
_WORD = re.compile(r"\w+")
MOST_WORDS = 100_000
"""So many words without a theme are remembered: texts have numbers, and words that no other has."""

NOTHING = "(?!)"
"""An expression that matches nowhere."""

Theme = tuple[Indicatie, str]


class Indicators:
    """The word lists, ready to look words up in.

    Parameters
    ----------
    themes
        Per side and theme its words and phrases, as in the file.
    weak
        Names of the themes that count for a part.
    negations
        Words that take away a hit after them.
    settings
        ``negation_words`` and ``forgiving_length``.
    """

    def __init__(
        self,
        themes: Mapping[Theme, Iterable[str]],
        weak: Iterable[str],
        negations: Iterable[str],
        settings: DetectionSettings,
    ) -> None:
        self._negation_words, self._forgiving_length = settings.negation_words, settings.forgiving_length
        self.weak = frozenset(weak)
        self.negations = frozenset(_plain(word) for word in negations)
        self._phrases: dict[Theme, re.Pattern[str]] = {}
        self._whole: dict[str, set[Theme]] = {}
        self._stems: dict[str, list[tuple[str, Theme]]] = {}
        for theme, entries in themes.items():
            plain = [_plain(entry) for entry in entries]
            for word in (entry for entry in plain if " " not in entry):
                if word.endswith("*"):
                    self._stems.setdefault(word[0], []).append((word.rstrip("*"), theme))
                else:
                    self._whole.setdefault(word, set()).add(theme)
            phrases = [entry for entry in plain if " " in entry]
            if phrases:
                self._phrases[theme] = _pattern(phrases)
        phrases = [entry for one in themes.values() for entry in map(_plain, one) if " " in entry]
        self._any_phrase = _pattern(phrases)
        self._words_in_phrases = frozenset(map(_longest_word, phrases))
        self._negates_in_words = all(_WORD.fullmatch(word) for word in self.negations)
        self._themes_of: dict[str, frozenset[Theme]] = {}
        self._without_theme: set[str] = set()

    def themes_in(self, text: str) -> set[Theme]:
        """The themes of which a text holds a word or phrase that is not negated."""
        plain = _plain(text)
        words = _WORD.findall(plain)
        # looking for phrases takes as long as all the rest, and most texts have no word of any
        may_have = "" in self._words_in_phrases or not self._words_in_phrases.isdisjoint(words)
        has_phrase = may_have and self._any_phrase.search(plain) is not None
        if self._negates_in_words and self.negations.isdisjoint(
            words
        ):  # as of most: where hits stand is no matter
            found: set[Theme] = set()
            for word in set(words) - self._without_theme:
                found |= self.themes_of_word(word)
            if has_phrase:
                found |= {theme for theme, pattern in self._phrases.items() if pattern.search(plain)}
            return found
        hits = [
            (match.start(), theme)
            for match in _WORD.finditer(plain)
            for theme in self.themes_of_word(match.group())
        ]
        hits += [
            (match.start(), theme)
            for theme, pattern in self._phrases.items()
            if has_phrase
            for match in pattern.finditer(plain)
        ]
        return {theme for start, theme in hits if not self._is_negated(plain, start)}

    def themes_of_word(self, word: str) -> frozenset[Theme]:
        """The themes that a word is of; most words are of none, and those of before are known."""
        if word in self._without_theme:
            return frozenset()
        if word not in self._themes_of:
            themes = self._themes_of_new(word)
            if themes:
                self._themes_of[word] = themes
            else:
                if len(self._without_theme) >= MOST_WORDS:
                    self._without_theme.clear()
                self._without_theme.add(word)
                return themes
        return self._themes_of[word]

    def _themes_of_new(self, word: str) -> frozenset[Theme]:
        stems = self._stems.get(word[0], [])
        found = self._whole.get(word, set()) | {theme for stem, theme in stems if word.startswith(stem)}
        least = self._forgiving_length
        if not found and len(word) >= least:
            found = {theme for stem, theme in stems if len(stem) >= least and _begins_nearly(word, stem)} | {
                theme
                for known, themes in self._whole.items()
                if len(known) >= least and known[0] == word[0] and _is_nearly(word, known)
                for theme in themes
            }
        return frozenset(found)

    def _is_negated(self, text: str, start: int) -> bool:
        part = re.split(r"[.!?;,:]", text[max(start - 80, 0) : start])[-1]
        words = part.split()
        return any(word in self.negations for word in words[max(len(words) - self._negation_words, 0) :])


@dataclass(frozen=True)
class Indication:
    """A suggestion, its certainty (0.5 to 1; 0 without a hit), and the number of reports with each theme."""

    indicatie: Indicatie
    certainty: float
    hits: Mapping[str, int] = field(default_factory=dict)


NOT_READ = Indication(Indicatie.ONBEPAALD, 0.0)
"""For a place whose texts were not read."""


def read_indicators(path: Path, settings: DetectionSettings) -> Indicators:
    """Read the word lists.

    Raises
    ------
    SettingsError
        If the file is absent or no TOML, or has other tables than veiligheid and leefbaarheid.
    """
    try:
        tables: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"can't read the indicators '{path}': {error}") from None
    negations, weak = tables.pop("negation", []), tables.pop("weak", [])
    wanted = {str(side) for side in _SIDES}
    if set(tables) != wanted:
        raise SettingsError(f"{path}: wanted the tables {sorted(wanted)}, found {sorted(tables)}")
    themes = {(side, name): entries for side in _SIDES for name, entries in tables[str(side)].items()}
    unknown = sorted(set(weak) - {name for _, name in themes})
    if unknown:
        raise SettingsError(f"{path}: wanted weak themes that exist, found '{unknown[0]}'")
    return Indicators(themes, weak, negations, settings)


@cache
def shipped_indicators(settings: DetectionSettings) -> Indicators:
    """Give the word lists of `config/indicators.toml`, or else those that come with the software."""
    own = Path("config/indicators.toml")
    return read_indicators(own if own.exists() else shipped("config/indicators.toml"), settings)


def indication_of(
    texts: Sequence[str],
    indicators: Indicators,
    settings: DetectionSettings,
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
    settings
        From ``clear_share`` to ``woning_weight``.
    drugs_share, night_share
        Share of its reports in the category drugs, and at night, 0 to 1.
    is_woning
        Whether the place is one address.

    Examples
    --------
    >>> settings = DetectionSettings()
    >>> texts = ["Er wordt gedeald", "Weer een deal", "Geluid van voetbal"]
    >>> indication_of(texts, shipped_indicators(settings), settings).indicatie.value
    'veiligheid'
    """
    found = [frozenset(indicators.themes_in(text)) for text in texts if text.strip()]
    alike = Counter(found)
    per_theme: Counter[str] = Counter()
    for hits, count in alike.items():
        per_theme.update({f"{side.value}: {name}": count for side, name in hits})
    vote_of = {hits: _vote(hits, indicators.weak, settings) for hits in alike}
    votes = dict.fromkeys(_SIDES, 0.0)
    for safety_share, weight in map(vote_of.__getitem__, found):
        votes[Indicatie.VEILIGHEID] += weight * safety_share
        votes[Indicatie.LEEFBAARHEID] += weight * (1 - safety_share)
    if not per_theme:
        return Indication(Indicatie.ONBEPAALD, 0.0)
    leaning = (
        settings.drugs_weight * drugs_share
        + settings.night_weight * night_share
        + settings.woning_weight * is_woning
    )
    votes[Indicatie.VEILIGHEID] += leaning * len(found)
    total = sum(votes.values())
    side = max(_SIDES, key=lambda candidate: votes[candidate])
    share = votes[side] / total
    if share < settings.clear_share:
        return Indication(Indicatie.ONBEPAALD, round(1 - share, 3), per_theme)
    return Indication(side, round(share, 3), per_theme)


def _vote(hits: Iterable[Theme], weak: frozenset[str], settings: DetectionSettings) -> tuple[float, float]:
    """The part of a report's vote that is for safety, and how much the vote weighs."""
    strong = {side for side, name in hits if name not in weak}
    sides = strong or {side for side, _ in hits}
    if not sides:
        return 0.0, 0.0
    safety_share = settings.threat_share if len(sides) > 1 else float(Indicatie.VEILIGHEID in sides)
    return safety_share, 1.0 if strong else settings.weak_vote


def _is_nearly(word: str, known: str) -> bool:
    return bool(OSA.distance(word, known, score_cutoff=1) <= 1)


def _begins_nearly(word: str, stem: str) -> bool:
    return any(_is_nearly(word[:length], stem) for length in range(len(stem) - 1, len(stem) + 2))


def _longest_word(phrase: str) -> str:
    """The longest word that a text with this phrase has as a whole; empty if there is none."""
    return max(filter(_WORD.fullmatch, phrase.split()), key=len, default="")


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    alternatives = (
        re.escape(phrase).replace(r"\ \*\ ", r"\s+\w+\s+").replace(r"\*", r"\w*").replace(r"\ ", r"\s+")
        for phrase in phrases
    )
    return re.compile(rf"\b(?:{'|'.join(alternatives) or NOTHING})\b")


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
