"""A page of the help for users, from the Markdown in `docs/gebruik`: its sections, each with an anchor."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from markdown_it.token import Token
from markupsafe import Markup
from PIL import Image

from api.pages.shipped_document import MARKDOWN, anchor_of, as_html
from hotspots.settings import shipped

FOLDER = "docs/gebruik"
START = "index"
"""The page that `/hulp` shows."""

PAGES = (
    START,
    "aanmelden",
    "gebiedsteam",
    "oov",
    "rapporten",
    "functioneel-beheerder",
    "privacy-officer",
)
"""The pages, in the order of reading."""

HOW_LISTED = "../zo-komt-een-plek-op-de-lijst.md"
PICTURES = "/hulp/img"


@dataclass(frozen=True)
class Section:
    """A part of a page below its own heading: of the second or third level."""

    level: int
    heading: str
    anchor: str
    content: Markup


@dataclass(frozen=True)
class HelpDocument:
    """A page of the help: its title, what stands above the first heading, and its sections."""

    name: str
    title: str
    opening: Markup
    sections: tuple[Section, ...]

    @property
    def anchors(self) -> frozenset[str]:
        """The anchors of its sections."""
        return frozenset(section.anchor for section in self.sections)


def address_of(name: str, anchor: str = "") -> str:
    """The address of a page, or of a section of it.

    Examples
    --------
    >>> address_of("gebiedsteam", "weekkaart"), address_of("index")
    ('/hulp/gebiedsteam#weekkaart', '/hulp')
    """
    return ("/hulp" if name == START else f"/hulp/{name}") + (f"#{anchor}" if anchor else "")


@cache
def read_help(name: str) -> HelpDocument:
    """Read a page of the help.

    Links to other pages of the help and to how a place gets on the list lead there; of others only the words
    are left. A picture that is not here, as in a checkout where none were made, is left out.

    Parameters
    ----------
    name
        One of :data:`PAGES`.
    """
    tokens = MARKDOWN.parse(shipped(f"{FOLDER}/{name}.md").read_text(encoding="utf-8"))
    parts = list(_parts(_with_pictures(tokens[3:])))
    sections = tuple(
        Section(
            int(part[0].tag[1:]), part[1].content, anchor_of(part[1].content), as_html(part[3:], _leads_to)
        )
        for part in parts[1:]
    )
    return HelpDocument(name, tokens[1].content, as_html(parts[0], _leads_to), sections)


def _parts(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """What stands above the first heading, and then each heading with what stands below it."""
    part: list[Token] = []
    for token in tokens:
        if token.type == "heading_open":
            yield part
            part = []
        part.append(token)
    yield part


def _leads_to(link: str) -> str | None:
    file, _, anchor = link.partition("#")
    if file == HOW_LISTED:
        return f"/uitleg/{Path(file).stem}" + (f"#{anchor}" if anchor else "")
    if file.removesuffix(".md") in PAGES:
        return address_of(file.removesuffix(".md"), anchor)
    return link if link.startswith(("https:", "#")) else None


def _with_pictures(tokens: Sequence[Token]) -> list[Token]:
    """Give each picture its address and size, and leave out the paragraph of one that is not here."""
    kept: list[Token] = []
    index = 0
    while index < len(tokens):
        picture = _only_picture(tokens[index : index + 3])
        if picture is None:
            kept.append(tokens[index])
            index += 1
            continue
        found = find_pictures().get(Path(str(picture.attrGet("src"))).name)
        if found is not None:
            picture.attrs |= {"src": found.address, "width": found.width, "height": found.height}
            kept += [_figure(1), *_linked(picture, found.address), _figure(-1)]
        index += 3
    return kept


def _only_picture(paragraph: Sequence[Token]) -> Token | None:
    children = (
        paragraph[1].children if len(paragraph) == 3 and paragraph[0].type == "paragraph_open" else None
    )
    return children[0] if children and len(children) == 1 and children[0].type == "image" else None


def _figure(nesting: Literal[1, -1]) -> Token:
    return Token("figure_open" if nesting > 0 else "figure_close", "figure", nesting, block=True)


def _linked(picture: Token, address: str) -> list[Token]:
    """A picture that leads to itself at its full size."""
    opening = Token("picture_link_open", "a", 1, attrs={"href": address})
    inline = Token("inline", "", 0, children=[opening, picture, Token("picture_link_close", "a", -1)])
    return [inline]


@dataclass(frozen=True)
class Picture:
    """A picture of the help: a drawing of ours, or a page with simulated data that `make pictures` took."""

    path: Path
    width: int
    height: int
    version: str

    @property
    def address(self) -> str:
        """Its address, which changes with its content."""
        return f"{PICTURES}/{self.path.name}?v={self.version}"


@cache
def find_pictures() -> Mapping[str, Picture]:
    """The pictures that are here, by name: shipped with the help, or made in this checkout."""
    folders = [shipped("var/hulp"), shipped(f"{FOLDER}/img")]  # the latter wins
    files = {
        file.name: file for folder in folders for kind in ("svg", "webp") for file in folder.glob(f"*.{kind}")
    }
    return {name: _measured(files[name]) for name in sorted(files)}


def _measured(file: Path) -> Picture:
    content = file.read_bytes()
    if file.suffix == ".svg":
        # the first tag of a drawing of ours has its size
        tag = content.partition(b"<svg")[2].partition(b">")[0].decode()
        width, height = (
            int(tag.partition(f' {side}="')[2].partition('"')[0]) for side in ("width", "height")
        )
    else:
        with Image.open(file) as image:
            width, height = image.size
    return Picture(file, width, height, hashlib.sha256(content).hexdigest()[:12])
