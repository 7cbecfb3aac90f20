"""A kind of text that points at a person: how it is found quickly, and what stands in its place."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from hotspots.intake.plain_spelling import AsRead


@dataclass(frozen=True, eq=False)
class Mark:
    """A kind of text that points at a person."""

    name: str  # what stands in its place, in Dutch
    pattern: re.Pattern[str]
    is_meant: Callable[[str], bool] | None = None  # a check beyond the shape
    not_after: Callable[[str], bool] | None = None  # whether what stands directly before says that it is none
    needs: re.Pattern[str] | None = None  # what no such mark is without, and quickly seen to be absent
    words: tuple[str, ...] = ()  # likewise: parts of words in small letters, of which one must be there
    begins: tuple[str, ...] = ()  # likewise: every such mark begins with one of these beginnings of words
    cues: frozenset[str] = frozenset()  # likewise: every such mark begins with one of these whole words
    figures: int = 0  # likewise: every such mark has so many figures
    around: str = ""  # likewise: every such mark has this sign, and no blank before it but beside it
    holds: str = ""  # an expression of what is in every such mark, where the pattern looks for it ahead

    def take_out(self, text: AsRead) -> AsRead:
        """Replace each such mark by its name between brackets; a cue word before it stays."""
        if self.figures and self.figures > text.figures:
            return text
        if self.words and not any(map(text.small.__contains__, self.words)):
            return text
        if self.needs is not None and not self.needs.search(text.plain):
            return text
        parts, done = [], 0
        for found in self._found(text):
            start, end = found.span()
            if (self.is_meant is None or self.is_meant(found[0])) and not (
                self.not_after is not None and self.not_after(text.plain[max(0, start - _NEAR) : start])
            ):
                parts += [text.written[done:start], self._instead(found)]
                done = end
        return AsRead("".join([*parts, text.written[done:]])) if parts else text

    def _found(self, text: AsRead) -> Iterator[re.Match[str]]:
        """Where the pattern is found, tried only where the text has what every such mark has."""
        if self.around:
            return self._found_around(text.plain)
        begins = self.begins
        if self.cues:
            begins = (*self.cues.intersection(text.words), *begins)
            if not begins:
                return iter(())
        if not begins or not text.has_places:
            return self.pattern.finditer(text.plain)
        return self._found_at(_places_of(begins, text.small), text.plain)

    def _found_at(self, places: list[int], plain: str) -> Iterator[re.Match[str]]:
        match, done = self.pattern.match, 0
        for start in places:
            if start >= done and (found := match(plain, start)):
                yield found
                done = found.end()

    def _found_around(self, plain: str) -> Iterator[re.Match[str]]:
        done = 0
        while (sign := plain.find(self.around, done)) >= 0:
            start = max(done, plain.rfind(" ", done, max(done, sign - 1)) + 1)
            if (found := self.pattern.search(plain, start)) is None:
                return
            yield found
            done = found.end()

    def _instead(self, found: re.Match[str]) -> str:
        if "cue" not in self.pattern.groupindex or not found["cue"]:
            return f"[{self.name}]"
        is_opened = "open" in self.pattern.groupindex and found["open"]
        return f"{found['cue']} {found['open'] if is_opened else ''}[{self.name}]"


_NEAR = 40
"""How many characters before a mark are looked at."""


def _places_of(parts: Iterable[str], text: str) -> list[int]:
    """Where any of these parts of words begins, in order."""
    places = []
    for part in parts:
        at = text.find(part)
        while at >= 0:
            places.append(at)
            at = text.find(part, at + 1)
    return sorted(places)
