"""A document that ships with the software, from Markdown to HTML with an anchor at each term."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from hotspots.settings import shipped

_MARKDOWN = MarkdownIt("js-default")  # CommonMark and tables; raw HTML is shown as text


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
    tokens = _MARKDOWN.parse(shipped(f"docs/{name}.md").read_text(encoding="utf-8"))
    title = tokens[1].content
    rest = tokens[3:]
    anchors = frozenset(_add_anchors(rest))
    for token in rest:
        if token.children:
            token.children = list(_without_local_links(token.children))
    # every text in it is escaped by the renderer, and it ships with the software
    content = Markup(_MARKDOWN.renderer.render(rest, _MARKDOWN.options, {}))  # noqa: S704
    return ShippedDocument(title, content, anchors)


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
        anchor = re.sub(r"\W+", "-", (named or "").casefold()).strip("-")
        if anchor and anchor not in taken:
            taken.add(anchor)
            token.attrSet("id", anchor)
            yield anchor


def _without_local_links(tokens: Sequence[Token]) -> Iterator[Token]:
    is_local = False
    for token in tokens:
        if token.type == "link_open":
            is_local = not str(token.attrGet("href")).startswith(("https:", "#", "/"))
        if not (is_local and token.type in ("link_open", "link_close")):
            yield token
