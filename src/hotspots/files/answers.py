"""JSON that a service answers, as far as an answer ever goes: no deeper than that, and no longer numbers."""

import json
import re

MAX_DEPTH = 50
"""Of lists and objects: a collection of shapes has ten."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKETS = b"[]{}"
_ALL_ELSE = bytes(set(range(256)) - set(_BRACKETS))


def parsed_answer(body: bytes) -> object:
    """Give what an answer says; a whole number has at most the digits that Python takes.

    Raises
    ------
    ValueError
        If it is no JSON, is nested too deep, or has a number that is too long.

    Examples
    --------
    >>> parsed_answer(b'{"a": [1, "[[["]}')
    {'a': [1, '[[[']}
    """
    if _is_too_deep(body):
        raise ValueError(f"wanted JSON of at most {MAX_DEPTH} levels, found more")
    try:
        return json.loads(body)
    except RecursionError:  # of what is no JSON, as its brackets do not match
        raise ValueError("wanted JSON, found brackets that do not match") from None


def _is_too_deep(body: bytes) -> bool:
    brackets = _STRING.sub(b"", body).translate(None, _ALL_ELSE)
    for _ in range(MAX_DEPTH):
        fewer = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if len(fewer) == len(brackets):
            return False  # nothing is left, or what does not match and is no JSON
        brackets = fewer
    return bool(brackets)
