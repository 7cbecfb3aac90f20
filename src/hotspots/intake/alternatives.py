"""Many alternatives of an expression put together by their first letter: most are passed over at once.

Python tries the alternatives of ``(?i:man|vrouw|…)`` one by one at every place, hundreds of words. Of
``[mM](?:an|…)|[vV](?:rouw|…)`` it never tries those that begin otherwise.
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
    '(?:(?-i:[mM])(?:an|en)|(?-i:[vV])(?:rouw))'
    """
    spelt_out = [one for expression in expressions for one in _spelt_out(expression)]
    branches = [
        f"(?-i:[{_LIKE.get(first) or first + first.upper()}])(?:{'|'.join(rests)})" if first else rests[0]
        for first, rests in _by_first_letter(spelt_out)
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
