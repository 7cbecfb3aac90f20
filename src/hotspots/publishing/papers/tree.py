"""A paper as a tree of headings, texts, tables and questions, read from its Markdown and filled in.

What stands between braces is filled in: ``{gemeente}`` within a text, ``{tabel rollen}`` and ``{zinnen
toets}`` by themselves for a table and a list. ``> **Vraag contact.** …`` asks a person something; the answer,
if there is one, goes with it. A period of retention in code (`text_days`) becomes its days.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from hotspots.errors import PaperError
from hotspots.publishing.papers.answers import Answer

_MARKDOWN = MarkdownIt("commonmark").enable("table")
_FILL = re.compile(r"\{([\w-]+)\}")
_BLOCK = re.compile(r"\{(tabel|zinnen) ([\w-]+)\}")
_QUESTION = re.compile(r"Vraag ([\w-]+)\.")


@dataclass(frozen=True)
class Run:
    """A part of a text."""

    text: str
    is_bold: bool = False
    is_code: bool = False


Text = tuple[Run, ...]


@dataclass(frozen=True)
class Heading:
    """A heading below the title; level 2 and on."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """A text, in a list or not."""

    text: Text
    in_list: bool = False


@dataclass(frozen=True)
class Grid:
    """A table."""

    head: Sequence[Text]
    rows: Sequence[Sequence[Text]]


@dataclass(frozen=True)
class Question:
    """What a person must answer; without an answer it is open."""

    id: str
    text: str
    answer: Answer | None = None


Block = Heading | Paragraph | Grid | Question


@dataclass(frozen=True)
class Filling:
    """What goes in the holes of the papers, each by its name."""

    texts: Mapping[str, str]
    tables: Mapping[str, tuple[Sequence[str], Sequence[Sequence[str]]]]
    lists: Mapping[str, Sequence[str]]
    periods: Mapping[str, str]  # by setting: in words
    answers: Mapping[str, Answer] = field(default_factory=dict)  # by question


@dataclass(frozen=True)
class Paper:
    """A paper that is filled in."""

    name: str
    title: str
    blocks: Sequence[Block]

    @property
    def questions(self) -> list[Question]:
        """What it asks, in order."""
        return [block for block in self.blocks if isinstance(block, Question)]

    @property
    def open_questions(self) -> list[Question]:
        """What still waits for an answer."""
        return [question for question in self.questions if question.answer is None]


def read_paper(name: str, markdown: str, filling: Filling) -> Paper:
    """Read a paper and fill it in.

    Raises
    ------
    PaperError
        If something is to be filled in that is not known.
    """
    tokens = _MARKDOWN.parse(markdown)
    blocks = list(_Reader(tokens, filling).blocks())
    title = blocks[0]
    if not isinstance(title, Heading):
        raise PaperError(f"wanted a title at the top of the paper '{name}', found none")
    return Paper(name, title.text, blocks[1:])


def fill_in(text: str, texts: Mapping[str, str]) -> str:
    """Fill in what stands between braces in a text.

    Raises
    ------
    PaperError
        If it is not known.

    Examples
    --------
    >>> fill_in("Voor {gemeente}.", {"gemeente": "Maastricht"})
    'Voor Maastricht.'
    """

    def known(hole: re.Match[str]) -> str:
        if hole[1] not in texts:
            raise PaperError(f"wanted one of {sorted(texts)} to fill in, found '{hole[1]}'")
        return texts[hole[1]]

    return _FILL.sub(known, text)


@dataclass
class _Reader:
    """Reads the tokens of a document from first to last."""

    tokens: Sequence[Token]
    filling: Filling

    def blocks(self) -> Iterator[Block]:
        in_list = in_quote = False
        at = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            if token.type in ("bullet_list_open", "bullet_list_close"):
                in_list = token.type == "bullet_list_open"
            elif token.type in ("blockquote_open", "blockquote_close"):
                in_quote = token.type == "blockquote_open"
            elif token.type == "heading_open":
                yield Heading(int(token.tag[1]), _plain(self._runs(self.tokens[at + 1])))
            elif token.type == "table_open":
                end = next(i for i in range(at, len(self.tokens)) if self.tokens[i].type == "table_close")
                yield self._table(self.tokens[at:end])
                at = end
            elif token.type == "paragraph_open":
                yield from self._paragraph(self.tokens[at + 1], in_list=in_list, in_quote=in_quote)
            at += 1

    def _paragraph(self, inline: Token, *, in_list: bool, in_quote: bool) -> Iterator[Block]:
        if (block := _BLOCK.fullmatch(inline.content)) is not None:
            yield from self._made(block[1], block[2])
            return
        text = self._runs(inline)
        if in_quote and (asked := _QUESTION.fullmatch(text[0].text or text[1].text)) is not None:
            words = _plain(text).removeprefix(asked[0]).strip()
            yield Question(asked[1], words, self.filling.answers.get(asked[1]))
            return
        yield Paragraph(text, in_list)

    def _made(self, kind: str, name: str) -> Iterator[Block]:
        known: Mapping[str, object] = self.filling.tables if kind == "tabel" else self.filling.lists
        if name not in known:
            raise PaperError(f"wanted one of {sorted(known)} to fill in, found '{name}'")
        if kind == "tabel":
            head, rows = self.filling.tables[name]
            yield Grid([_as_text(cell) for cell in head], [[_as_text(cell) for cell in row] for row in rows])
            return
        for sentence in self.filling.lists[name]:
            yield Paragraph(_as_text(sentence), in_list=True)

    def _table(self, tokens: Sequence[Token]) -> Grid:
        rows: list[list[Text]] = []
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(self._runs(token))
        return Grid(rows[0], rows[1:])

    def _runs(self, inline: Token) -> Text:
        is_bold = False
        runs = []
        for child in inline.children or ():
            if child.type in ("strong_open", "strong_close"):
                is_bold = child.type == "strong_open"
            elif child.type == "code_inline":
                period = self.filling.periods.get(child.content)
                is_hole = _FILL.fullmatch(child.content) is not None
                runs.append(Run(period or child.content, is_bold, is_code=period is None and not is_hole))
            elif child.type == "softbreak":
                runs.append(Run(" ", is_bold))
            elif child.type == "text":
                runs.append(Run(fill_in(child.content, self.filling.texts), is_bold))
        return tuple(runs) or (Run(""),)


def _as_text(words: str) -> Text:
    return (Run(words),)


def _plain(text: Text) -> str:
    return "".join(run.text for run in text)
