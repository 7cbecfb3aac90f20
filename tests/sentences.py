"""Collects what people read on pages, in mails and in reports: the Dutch texts of templates and of code.

What a template or an f-string fills in stands as ``…`` in a sentence.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEMPLATES = ("api/templates", "src/hotspots/publishing/report_templates")
MODULES = (
    "api/admin",
    "api/pages",
    "api/http/errors.py",
    "api/rest/feed.py",
    "src/hotspots/casework/verdict_precision.py",
    "src/hotspots/detection/explanations.py",
    "src/hotspots/operations/health_checks.py",
    "src/hotspots/operations/job_words.py",
    "src/hotspots/operations/next_round.py",
    "src/hotspots/operations/this_week.py",
    "src/hotspots/publishing/disclosure.py",
    "src/hotspots/publishing/mailing.py",
    "src/hotspots/publishing/month_figures.py",
    "src/hotspots/publishing/public_map.py",
    "src/hotspots/publishing/symbols.py",
    "src/hotspots/publishing/weekly_map.py",
    "src/hotspots/publishing/weekly_report.py",
    "src/hotspots/tracking/plain_reasons.py",
    "src/hotspots/weekly/states.py",
    "src/hotspots/wording.py",
)
"""Modules, and folders of modules, that write sentences for people."""

WORDS = ("api/http/problem_types.toml",)
"""Texts by name, as files; what stands between backticks is code."""

DOCUMENTS = (
    "docs/zo-komt-een-plek-op-de-lijst.md",
    *(f"docs/gebruik/{path.name}" for path in sorted((ROOT / "docs/gebruik").glob("*.md"))),
)

HOLE = "…"
_READ_ATTRIBUTES = ("aria-label", "title", "alt", "placeholder")
_UNREAD_CALLS = ("warning", "get_logger", "compile")
_LITERAL = re.compile(r""""[^"]*"|'[^']*'""")


@dataclass(frozen=True)
class Sentence:
    """A text that people read, and the file that it stands in."""

    file: str
    text: str


def collect_sentences() -> list[Sentence]:
    """Every text that people read, by file, in the order of reading."""
    found = []
    for folder in TEMPLATES:
        for path in sorted((ROOT / folder).rglob("*.html")):
            found += _named(path, html_texts(path.read_text(encoding="utf-8")))
        for path in sorted((ROOT / folder).rglob("*.typ")):
            found += _named(path, typst_texts(path.read_text(encoding="utf-8")))
    for name in MODULES:
        path = ROOT / name
        for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            found += _named(module, python_texts(module.read_text(encoding="utf-8")))
    for name in WORDS:
        for words in tomllib.loads((ROOT / name).read_text(encoding="utf-8")).values():
            texts = [re.sub("`[^`]*`", HOLE, text) for text in words.values() if isinstance(text, str)]
            found += _named(ROOT / name, texts)
    for name in DOCUMENTS:
        found += _named(ROOT / name, (ROOT / name).read_text(encoding="utf-8").split("\n\n"))
    return found


def html_texts(template: str) -> Iterator[str]:
    """The texts of a template: between tags, in attributes that are read, and quoted in what is filled in."""
    for code in re.findall(r"\{\{.*?\}\}|\{%.*?%\}", template, flags=re.DOTALL):
        yield from (quoted[1:-1] for quoted in _LITERAL.findall(code) if " " in quoted.strip("\"' "))
    template = re.sub(r"\{% (else|elif).*?%\}", " ", template)
    template = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", template, flags=re.DOTALL)
    parser = _Texts()
    parser.feed(re.sub(r"\{\{.*?\}\}", HOLE, template, flags=re.DOTALL))
    yield from parser.texts


def typst_texts(template: str) -> Iterator[str]:
    """The headings and the bracketed texts of a Typst template."""
    for heading, bracketed in re.findall(
        r"^\s*=+ ([A-Z][^#\n]*)$|\[([^\[\]#{}]*\s[^\[\]{}]*)\]", template, re.MULTILINE
    ):
        yield heading or bracketed


def python_texts(source: str) -> Iterator[str]:
    """The texts of a module with more than one word, but no docstrings, errors and lines of a log."""
    tree = ast.parse(source)
    unread = {id(part) for node in ast.walk(tree) for skipped in _unread(node) for part in ast.walk(skipped)}
    for node in ast.walk(tree):
        if id(node) in unread:
            continue
        if isinstance(node, ast.JoinedStr):
            texts = [value.value if isinstance(value, ast.Constant) else HOLE for value in node.values]
            unread |= {id(value) for value in node.values if isinstance(value, ast.Constant)}
            text = "".join(map(str, texts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if " " in text.strip() and "<" not in text and "{%" not in text:
            yield text


def _unread(node: ast.AST) -> list[ast.AST]:
    """The parts of a statement whose texts nobody reads: documentation, types, errors and lines of a log."""
    if isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        return [node]
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return [node] if name in _UNREAD_CALLS else []
    types = getattr(node, "annotation", None), getattr(node, "returns", None)
    return [kind for kind in types if kind is not None]


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in ("script", "style", "code")
        self.texts += [value for name, value in attrs if value and name in _READ_ATTRIBUTES]

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in ("script", "style", "code")

    def handle_data(self, data: str) -> None:
        if not self._unread and data.strip(f" \n{HOLE}"):
            self.texts.append(data)


def _named(path: Path, texts: Iterator[str] | list[str]) -> list[Sentence]:
    file = path.relative_to(ROOT).as_posix()
    return [Sentence(file, " ".join(text.split())) for text in texts if text.strip()]
