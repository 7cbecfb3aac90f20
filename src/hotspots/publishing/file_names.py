"""How the file of an area is called: by its name, and never as that of another area."""

import re
import unicodedata
from hashlib import sha256
from urllib.parse import quote

from hotspots.settings import MunicipalitySettings

WHOLE = "gemeente"
"""How a file about the whole municipality begins, and no other does without a mark."""

_LONGEST = 80
"""Bytes of a name that are kept: with a week, a mark and an ending they fit in the 255 of Linux."""

_MARK_LENGTH = 12
_MARKED = re.compile(rf"(?:^|-)[0-9a-f]{{{_MARK_LENGTH}}}$")
_CODE = re.compile(r"(?:bu|wk|gm)\d+")


def file_name(area: str) -> str:
    """Give the name or code of an area as part of a file name; two areas never get the same.

    A name that can be read back (words with a capital, blanks between them; a code of CBS) is kept. Any other
    is followed by a mark of its own, such as one with other signs, or one that is too long.

    Examples
    --------
    >>> file_name("Wijk 00 Centrum"), file_name("WK093504"), file_name("../'s-Gravenweg")
    ('wijk-00-centrum', 'wk093504', 's-gravenweg-61c74416a876')
    >>> file_name("Team Noord/West") == file_name("Team Noord-West")
    False
    """
    composed = unicodedata.normalize("NFC", area.casefold())
    words = "".join(letter if letter.isalnum() else " " for letter in composed).split()
    slug = "-".join(words).encode(errors="ignore")[:_LONGEST].decode(errors="ignore").strip("-")
    is_taken = slug.startswith(WHOLE) or _MARKED.search(slug) is not None
    if slug and not is_taken and _read_back(slug) == area:
        return slug
    mark = sha256(area.encode(errors="surrogatepass")).hexdigest()[:_MARK_LENGTH]
    return f"{slug or 'gebied'}-{mark}"


def file_name_of_all(municipality: MunicipalitySettings) -> str:
    """Give the file of the whole municipality a name that no area in it can get.

    Examples
    --------
    >>> file_name_of_all(MunicipalitySettings(name="Maastricht", code="GM0935"))
    'gemeente-gm0935'
    """
    called = municipality.code or municipality.name
    return f"{WHOLE}-{file_name(called)}" if called else WHOLE


def disposition(name: str, *, is_saved: bool = False) -> str:
    """Say in a header how a page that is saved is to be called, or that it is to be saved (RFC 6266).

    Examples
    --------
    >>> disposition("kaart-centrum.png")
    'inline; filename="kaart-centrum.png"'
    >>> print(disposition("één.png"))
    inline; filename="n.png"; filename*=UTF-8''%C3%A9%C3%A9n.png
    """
    kind = "attachment" if is_saved else "inline"
    plain = f'{kind}; filename="{name.encode("ascii", "ignore").decode()}"'
    return plain if name.isascii() else f"{plain}; filename*=UTF-8''{quote(name, safe='')}"


def _read_back(slug: str) -> str:
    if _CODE.fullmatch(slug):
        return slug.upper()
    return " ".join(word[:1].upper() + word[1:] for word in slug.split("-"))
