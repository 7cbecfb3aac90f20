"""Which marks a text may have, seen in one pass over it, so that only these are looked for.

RE2 holds a text against all expressions at once, in time that depends on its length alone, but knows neither
what must stand around a mark nor the letters of other alphabets as Python does. So each expression is
*widened*: whatever it finds, the wider one finds too. What may be a mark is looked at by the mark itself.
"""

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache

import re2

from hotspots.intake.marks import Mark
from hotspots.intake.plain_spelling import AsRead

_BEYOND = r"\x{80}-\x{10ffff}"
_CLASSES = {
    r"\w": rf"0-9A-Za-z_{_BEYOND}",
    r"\d": r"0-9\x{660}-\x{10ffff}",
    r"\s": r"\t-\r\x1c-\x20\x{85}\x{a0}\x{1680}-\x{10ffff}",
}
"""What is a letter, figure or blank to Python, and more: each but for ASCII in a range that is quick."""

_EDGES = (r"\b", r"\B", r"\Z", r"\A", "^", "$")
_NOT_AFTER = re.compile(r"\(\?<!(?:\\w|\[\\w[^\]\\]*\])\)")
_FIRST = r"(?:^|[^0-9A-Za-z_])"
_TOKEN = re.compile(
    r"(?P<escape>\\.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<around>\(\?<?[=!])|(?P<open>\((?:\?(?:P<\w+>|[a-z-]*:))?)|(?P<close>\))"
    r"|(?P<repeat>[*+?]|\{\d*,?\d*\})[+?]?|(?P<other>.)",
    re.DOTALL,
)
_ODD_LETTERS = re.compile("[İı]")
"""Which Python takes for an *i* where case is ignored, and RE2 doesn't."""

_MOST_BYTES = 64 << 20
"""Of the expressions and of what RE2 remembers of texts; it takes about 15 MB."""


_MOST_SETS = 4096
"""Of marks that are found together: most texts have one of a few."""


def widened(expression: str) -> str:
    """Give an expression for RE2 that finds something in every text in which this one does.

    What must stand around, and edges of words, are left out; bounds of repetitions become lower bounds.

    Examples
    --------
    >>> widened(r"(?<!\\w)tel(?:nr)?\\.?(?!x) ++[1-9]{3,5}\\b")
    '(?:^|[^0-9A-Za-z_])tel(?:nr)?\\\\.? +[1-9]{3,}'
    """
    begins = _NOT_AFTER.match(expression)
    parts = [_FIRST] if begins else []
    depth, left_out_from, is_left_out = 0, 0, False
    for token in _TOKEN.finditer(expression, begins.end() if begins else 0):
        kind, written = str(token.lastgroup), token[0]
        depth += kind in {"around", "open"}
        if kind == "around" and not left_out_from:
            left_out_from = depth
        if not left_out_from:
            part = _wider(kind, written, token["repeat"] or "")
            parts += [part] if not (kind == "repeat" and is_left_out) else []
            is_left_out = not part
        if kind == "close":
            if left_out_from == depth:
                left_out_from, is_left_out = 0, True
            depth -= 1
    return "".join(parts)


def _wider(kind: str, written: str, repeat: str) -> str:
    if written in _EDGES:
        return ""
    if kind == "escape" and written[1].isdecimal():
        return "(?s:.*)"  # what a group found before
    if kind == "escape":
        return f"[{_CLASSES[written]}]" if written in _CLASSES else written
    if kind == "set":
        return _wider_set(written)
    if kind == "open" and (written == "(" or "P<" in written):
        return "(?:"
    if kind == "repeat" and "," in repeat:
        least = int(repeat[1:].partition(",")[0] or 0)
        return {0: "*", 1: "+"}.get(least, f"{{{least},}}")
    return repeat or written


def _wider_set(written: str) -> str:
    if written.startswith("[^"):
        return written  # of what is excluded RE2 knows less
    return re.sub(r"\\.", lambda found: _CLASSES.get(found[0], found[0]), written)


class PossibleMarks:
    """Sees which of some marks a text may have."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        self._marks = tuple(dict.fromkeys(marks))
        self._all = frozenset(self._marks)
        self._of_numbers = lru_cache(maxsize=_MOST_SETS)(self._of_expressions)

    def among(self, text: AsRead) -> frozenset[Mark]:
        """The marks that are worth looking for; the others are absent."""
        if text.possible is None:
            plain = text.plain
            is_odd = not plain.isascii() and _ODD_LETTERS.search(plain)
            found = None if is_odd else self._expressions.Match(plain.encode(errors="replace"))
            text.possible = self._all if is_odd else self._of_numbers(tuple(found or ()))
        return text.possible

    def _of_expressions(self, found: tuple[int, ...]) -> frozenset[Mark]:
        """The marks of some expressions."""
        # the last expression is found in every text, but not by a search that failed for want of memory
        if len(self._marks) not in found:
            return self._all
        return frozenset([self._marks[number] for number in found if number < len(self._marks)])

    @cached_property
    def _expressions(self) -> re2.Set:
        """The expressions of the marks in their order, and the empty one; made at first use, in 0.1 s."""
        options = re2.Options()
        options.max_mem = _MOST_BYTES
        options.log_errors = False
        expressions = re2.Set.SearchSet(options)
        for mark in self._marks:
            ignored = "(?i)" if mark.pattern.flags & re.IGNORECASE else ""
            expressions.Add(ignored + widened(mark.holds or mark.pattern.pattern))
        expressions.Add("")
        expressions.Compile()
        return expressions
