"""A text as a keyboard would write it, character for character: what marks are looked for in.

A number pasted from elsewhere has hard blanks, long dashes or wide figures. Every character that stands for
one of ASCII is read as that; the text itself stays as it was written.
"""

import re
import unicodedata
from functools import cache, cached_property
from itertools import chain
from typing import Any

_FIGURE = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]+")
_FIGURES = b"0123456789"
_LETTERS_ONLY = bytes(code if chr(code).isalpha() else 32 for code in range(128)).ljust(256)

_ODD = re.compile("[\x80-\xbf\u0250-\U0010ffff]")  # beyond the letters of our own languages
_BLANKS = "\t\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad\ufe63\uff0d"


def plain_spelling(text: str) -> str:
    """Give a text of the same length in which what stands for a character of ASCII is that character.

    Examples
    --------
    >>> plain_spelling("06–１２\\u00a034 56 78, café")
    '06-12 34 56 78, café'
    """
    return text.translate(_table()) if not text.isascii() and _ODD.search(text) else text


class AsRead:
    """A text with what marks are looked for in, each made once: plain spelling, small letters, words."""

    def __init__(self, written: str) -> None:
        self.written = written
        self.plain = plain_spelling(written)  # of the same length; the very text if it is in plain spelling
        self.possible: frozenset[Any] | None = None  # the marks that it may have, once that was looked at

    @cached_property
    def small(self) -> str:
        """The plain spelling in small letters, which are more characters where ``ß`` and the like are."""
        return self.plain.casefold()

    @cached_property
    def figures(self) -> int:
        """How many figures there are, without some of which most marks are absent."""
        if not self.plain.isascii():
            return len(_FIGURE.findall(self.plain))
        return len(self.plain) - len(self.plain.encode().translate(None, _FIGURES))

    @cached_property
    def words(self) -> frozenset[str]:
        """Its words in small letters; of *ex-man* each of both."""
        if not self.small.isascii():
            return frozenset(_WORD.findall(self.small))
        return frozenset(self.small.encode().translate(_LETTERS_ONLY).decode().split())

    @cached_property
    def has_places(self) -> bool:
        """Whether what stands at a place of the small letters stands there in the text too."""
        return len(self.small) == len(self.plain)


@cache
def _table() -> dict[int, str]:
    table = {}
    # without the ideographs, of which none is like a character of ASCII
    for code in chain(range(0x80, 0xC0), range(0x250, 0x3400), range(0xA600, 0xAC00), range(0xF900, 0x20000)):
        character = chr(code)
        if character in "²³¹ªº":
            continue  # a square metre is no number
        if character.isdecimal():
            table[code] = str(unicodedata.decimal(character))
        elif len(meant := unicodedata.normalize("NFKC", character)) == 1 and "!" <= meant <= "~":
            table[code] = meant
    return table | dict.fromkeys(map(ord, _BLANKS), " ") | dict.fromkeys(map(ord, _DASHES), "-")
