"""JSON without halves of characters: it may hold lone surrogates, which no reader takes and nothing keeps."""

import re
from typing import Any

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # both halves of one character
    rb"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_MAY_BE_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_LONGEST_ESCAPE = 12


class WholeCharacters:
    """A file of JSON in which half a character is the sign for one that can't be read."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def read(self, size: int = -1) -> bytes:
        """Read about so many bytes, and never part of an escape."""
        data = bytearray(self._raw.read(size) or b"")
        while size and b"\\" in data[-_LONGEST_ESCAPE:]:
            more = self._raw.read(_LONGEST_ESCAPE)
            if not more:
                break
            data += more
        return without_halves(bytes(data))


def without_halves(json: bytes) -> bytes:
    r"""Give JSON in which each escape of half a character is that of U+FFFD; whole characters stay.

    Examples
    --------
    >>> without_halves(rb'"\ud800 \ud83d\ude00 \\ud800"')
    b'"\\ufffd \\ud83d\\ude00 \\\\ud800"'
    """
    return _ESCAPE.sub(_whole, json) if _MAY_BE_HALF.search(json) else json


def _whole(found: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if found["half"] else found.group()
