"""A document that ships with the software, from Markdown to HTML with an anchor at each term."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from hotspots.settings import shipped

MARKDOWN = MarkdownIt("js-default")
"""CommonMark and tables; raw HTML is shown as text."""


@dataclass(frozen=True)
class ShippedDocument:
    """A document: its title, the rest as HTML, and the anchors in it."""

    title: str
    content: Markup
    anchors: frozenset[str]


@cache
def read_document(name: str) -> ShippedDocument:
    """Read a document of `docs` by its name there, without ``.md``.

    Headings, terms in bold that open a line of a list, and first cells of a row get an anchor: their words in
    lower case (``#geconcentreerd``). Links to other files are left out: those are not on this site.
    """
    tokens = MARKDOWN.parse(shipped(f"docs/{name}.md").read_text(encoding="utf-8"))
    title = tokens[1].content
    rest = tokens[3:]
    anchors = frozenset(_add_anchors(rest))
    return ShippedDocument(title, as_html(rest, _of_this_site), anchors)


def _add_anchors(tokens: Sequence[Token]) -> Iterator[str]:
    taken: set[str] = set()
    is_first_cell = False
    for number, token in enumerate(tokens):
        if token.type == "tr_open":
            is_first_cell = True
        named = None
        if token.type == "heading_open" or (token.type == "td_open" and is_first_cell):
            named = tokens[number + 1].content
            is_first_cell = False
        elif token.type == "list_item_open" and tokens[number + 2].content.startswith("**"):
            named = tokens[number + 2].content.split("**")[1].partition(":")[0]
        anchor = anchor_of(named or "")
        if anchor and anchor not in taken:
            taken.add(anchor)
            token.attrSet("id", anchor)
            yield anchor


def anchor_of(words: str) -> str:
    """The anchor of a heading or term.

    Examples
    --------
    >>> anchor_of("Wie las wat?")
    'wie-las-wat'
    """
    return re.sub(r"\W+", "-", words.casefold()).strip("-")


def as_html(tokens: Sequence[Token], address_of: Callable[[str], str | None]) -> Markup:
    """Render a part of a document that ships.

    Parameters
    ----------
    address_of
        Gives the address on this site of what a link leads to; None: only the words of the link are left.
    """
    for token in tokens:
        if token.children:
            token.children = list(_with_own_links(token.children, address_of))
    # every text in it is escaped by the renderer, and it ships with the software
    return Markup(MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}))  # noqa: S704


def _with_own_links(tokens: Sequence[Token], address_of: Callable[[str], str | None]) -> Iterator[Token]:
    is_left_out = False
    for token in tokens:
        if token.type == "link_open":
            address = address_of(str(token.attrGet("href")))
            is_left_out = address is None
            if address is not None:
                token.attrSet("href", address)
        if not (is_left_out and token.type in ("link_open", "link_close")):
            yield token


def _of_this_site(address: str) -> str | None:
    return address if address.startswith(("https:", "#", "/")) else None
