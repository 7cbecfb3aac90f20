"""Many alternatives of an expression as a tree, of which most are passed over by one letter.

Python tries the alternatives of ``(?i:man|vrouw|…)`` one by one at every place; hundreds of words there take
most of the time of scrubbing. In a tree (``[mM]…|[vV]…``) what begins otherwise is never tried.
"""

import re
from collections.abc import Iterable, Iterator

_LEADING_GROUP = re.compile(r"\(\?:((?:[^()\[\]\\|]+\|)*[^()\[\]\\|]+)\)(\?)?(?![*+{?])")
_LIKE = {"i": "iIİı", "k": "kK\u212a", "s": "sSſ"}
"""Letters that are read as more than their capital when case is ignored."""


def one_of(expressions: Iterable[str]) -> str:
    """Give an expression of what any of some alternatives matches where case is ignored.

    What is found is the same, in the same order: alternatives change places only where they begin with
    different letters, of which no text has two at one place.

    Examples
    --------
    >>> one_of(["man", "men", "vrouw"])
    '(?:(?-i:[mM])(?:(?-i:[aA])n|(?-i:[eE])n)|(?-i:[vV])rouw)'
    """
    return _tree([one for expression in expressions for one in _spelt_out(expression)])


def _tree(expressions: list[str]) -> str:
    if len(expressions) == 1:
        return expressions[0]
    groups = list(_by_first_letter(expressions))
    if len(groups) == 1:
        return groups[0][0] + _tree(groups[0][1])
    branches = [
        f"(?-i:[{_LIKE.get(first) or first + first.upper()}]){_tree(rests)}" if first else rests[0]
        for first, rests in groups
    ]
    return f"(?:{'|'.join(branches)})"


def _by_first_letter(expressions: list[str]) -> Iterator[tuple[str, list[str]]]:
    """What follows each first letter; what begins with none is given apart, where it stands."""
    groups: dict[str, list[str]] = {}
    for one in expressions:
        if one[:1].isalpha() and one[1:2] not in {"?", "*", "+", "{"}:
            groups.setdefault(one[0].lower(), []).append(one[1:])
            continue
        yield from groups.items()
        groups = {}
        yield "", [one]
    yield from groups.items()


def _spelt_out(expression: str) -> list[str]:
    """The alternatives of an expression that begins with a group of words: *politieagent*, *wijkagent*."""
    found = _LEADING_GROUP.match(expression)
    if found is None:
        return [expression]
    rest = expression[found.end() :]
    return [first + rest for first in (*found[1].split("|"), *([""] if found[2] else []))]
