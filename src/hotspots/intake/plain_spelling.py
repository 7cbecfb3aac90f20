"""A text as a keyboard would write it, character for character: what marks are looked for in.

A number pasted from elsewhere has hard blanks, long dashes or wide figures. Every character that stands for
one of ASCII is read as that; the text itself stays as it was written.
"""

import re
import unicodedata
from functools import cache
from itertools import chain
from typing import Any

_FIGURE = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]+")
_FIGURES = b"0123456789"


def _small_letters_only(encoding: str) -> bytes:
    """What each byte of an encoding is in a text of small letters, and blanks for all that is no letter."""
    found = bytearray(b" " * 256)
    for byte in range(256):
        small = bytes([byte]).decode(encoding, "replace").casefold()
        if _WORD.fullmatch(small) and len(small) == 1 and len(code := small.encode(encoding, "ignore")) == 1:
            found[byte] = code[0]
    return bytes(found)


_WESTERN = "cp1252"  # which has our letters, and the quotes and dots of word processors
_SMALL_WESTERN = _small_letters_only(_WESTERN)
_OF_MORE_LETTERS = frozenset("ßµ")  # in small letters these are two letters, and one of another alphabet

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

    __slots__ = ("_figures", "_small", "_words", "plain", "possible", "written")

    def __init__(self, written: str) -> None:
        self.written = written
        # of the same length; the very text if it is in plain spelling
        self.plain = written if written.isascii() else plain_spelling(written)
        self.possible: frozenset[Any] | None = None  # the marks that it may have, once that was looked at
        self._small: str | None = None
        self._figures: int | None = None
        self._words: list[str] | None = None

    @property
    def small(self) -> str:
        """The plain spelling in small letters, which are more characters where ``ß`` and the like are."""
        if self._small is None:
            self._small = self.plain.casefold()
        return self._small

    @property
    def figures(self) -> int:
        """How many figures there are, without some of which most marks are absent."""
        if self._figures is None:
            self._figures = _count_figures(self.plain)
        return self._figures

    @property
    def words(self) -> list[str]:
        """Its words in small letters; of *ex-man* each of both."""
        if self._words is None:
            self._words = _words_of(self.plain)
        return self._words

    @property
    def has_places(self) -> bool:
        """Whether what stands at a place of the small letters stands there in the text too."""
        return len(self.small) == len(self.plain)


def _count_figures(plain: str) -> int:
    if not plain.isascii():
        return len(_FIGURE.findall(plain))
    return len(plain) - len(plain.encode().translate(None, _FIGURES))


def _words_of(plain: str) -> list[str]:
    if plain.isascii():
        return plain.encode().translate(_SMALL_WESTERN).decode().split()
    try:
        letters = plain.encode(_WESTERN)
    except UnicodeEncodeError:
        return _WORD.findall(plain.casefold())
    if not _OF_MORE_LETTERS.isdisjoint(plain):
        return _WORD.findall(plain.casefold())
    return letters.translate(_SMALL_WESTERN).decode(_WESTERN).split()


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
