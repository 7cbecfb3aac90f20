"""The papers that there are, each filled in for a reader, and the record for the register of algorithms."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from html import escape, unescape
from typing import Any

from sqlalchemy import Connection

from hotspots.access.rights import Visibility
from hotspots.errors import NotFoundError
from hotspots.publishing.papers.answers import Answer
from hotspots.publishing.papers.filling import read_filling
from hotspots.publishing.papers.tree import (
    Filling,
    Heading,
    Paper,
    Paragraph,
    Question,
    Run,
    fill_in,
    read_paper,
)
from hotspots.settings import Settings, is_address, shipped

NAMES: Mapping[str, str] = {
    "verwerkingsregister": "Register van verwerkingen",
    "dpia": "DPIA",
    "algoritmeregister": "Algoritmeregister",
    "modelkaart": "Modelkaart",
    "iama": "IAMA",
    "ai-verordening": "AI-verordening",
}
"""The papers, by the name of their file in `docs/verantwoording`, with how a menu calls them."""

REGISTER = "algoritmeregister"
"""The one that is a record in JSON, by publication standard 1.0 of the Algoritmeregister."""

_ASKED = {
    "register-contact": "Welk e-mailadres of welke webpagina staat in het Algoritmeregister voor vragen?",
    "register-begin": "Sinds welke maand is het algoritme in gebruik? Schrijf: 2026-01. Leeg: nog niet.",
    "register-impact": "Welke impacttoetsen zijn gedaan (DPIA, IAMA), en wanneer zijn zij vastgesteld?",
}
"""What the record asks; its other fields are known."""


_QUESTION = re.compile(r"^> \*\*Vraag ([\w-]+)\.\*\* (.+)$", re.MULTILINE)


def read_papers(
    connection: Connection, settings: Settings, *, visibility: Visibility, now: datetime
) -> dict[str, Paper]:
    """Read all papers, filled in for a reader, by name."""
    return fill_papers(read_filling(connection, settings, visibility=visibility, now=now), settings)


def fill_papers(filling: Filling, settings: Settings) -> dict[str, Paper]:
    """All papers, filled in with what was read, by name."""
    return {name: _paper(name, filling, settings) for name in NAMES}


def read_one_paper(
    connection: Connection, settings: Settings, name: str, *, visibility: Visibility, now: datetime
) -> Paper:
    """Read one paper, filled in for a reader.

    Raises
    ------
    NotFoundError
        If there is no such paper.
    """
    if name not in NAMES:
        raise NotFoundError(f"wanted one of the papers {list(NAMES)}, found '{name}'")
    return _paper(name, read_filling(connection, settings, visibility=visibility, now=now), settings)


def all_questions() -> dict[str, str]:
    """Every question of the papers, by id."""
    found = dict(_ASKED)
    for name in NAMES:
        if name != REGISTER:
            found |= dict(_QUESTION.findall(_source(name)))
    return found


def register_record(filling: Filling, settings: Settings) -> dict[str, Any]:
    """The record for the register of algorithms: its fields by publication standard 1.0.

    A field that may be absent and waits for an answer is left out, so that the record is valid at any time.
    """
    record: dict[str, Any] = json.loads(shipped(f"docs/verantwoording/{REGISTER}.json").read_text("utf-8"))
    escaped = {name: escape(text, quote=False) for name, text in filling.texts.items()}
    filled = {name: _filled(value, escaped, filling.texts) for name, value in record.items()}
    answers = filling.answers
    contact, begin = (_text(answers.get(name)) for name in ("register-contact", "register-begin"))
    filled["contact_email"] = contact if _is_contact(contact) else settings.service.contact_email
    if _is_month(begin):
        filled |= {"begin_date": begin, "status": "In gebruik"}
    if impact := _text(answers.get("register-impact")):
        filled["impacttoetsen"] = f"<p>{escape(impact, quote=False)}</p>"
    return filled


def register_problem(question: str, text: str) -> str:
    """Why an answer can't stand in the record, in Dutch; empty if it can."""
    words = text.strip()
    if question == "register-begin" and words and not _is_month(words):
        return "Schrijf een jaar en een maand, zoals 2026-01."
    if question == "register-contact" and words and not _is_contact(words):
        return "Schrijf een e-mailadres of een adres dat begint met https."
    return ""


def _paper(name: str, filling: Filling, settings: Settings) -> Paper:
    if name == REGISTER:
        return _register_paper(filling, settings)
    return read_paper(name, _source(name), filling)


def _source(name: str) -> str:
    return shipped(f"docs/verantwoording/{name}.md").read_text("utf-8")


def _filled(value: Any, escaped: Mapping[str, str], plain: Mapping[str, str]) -> Any:
    if not isinstance(value, str):
        return value
    return fill_in(value, escaped if value.startswith("<") else plain)


_LABELS = {
    "name": "Naam",
    "description_short": "Korte omschrijving",
    "organization": "Organisatie",
    "category": "Beleidsterrein",
    "status": "Status",
    "begin_date": "Begindatum",
    "contact_email": "Contact",
    "publication_category": "Soort",
    "goal": "Doel en gevolgen",
    "proportionality": "Afweging",
    "human_intervention": "Wat mensen doen",
    "risks": "Risico's",
    "lawful_basis": "Grondslag",
    "impacttoetsen": "Impacttoetsen",
    "source_data": "Gegevens",
    "methods_and_models": "Werking",
    "provider": "Leverancier",
}


_ABOUT_RECORD = "Dit is het record voor het Algoritmeregister. Het bestand (JSON) past bij de standaard 1.0."


def _register_paper(filling: Filling, settings: Settings) -> Paper:
    """The record as a paper to read, with what it asks."""
    record = register_record(filling, settings)
    blocks: list[Heading | Paragraph | Question] = [Paragraph((Run(_ABOUT_RECORD),))]
    blocks += [Question(name, text, filling.answers.get(name)) for name, text in _ASKED.items()]
    for name, label in _LABELS.items():
        if name in record:
            blocks.append(Heading(2, label))
            value = record[name]
            text = ", ".join(value) if isinstance(value, list) else str(value)
            blocks += [Paragraph((Run(part),)) for part in _without_tags(text)]
    return Paper(REGISTER, "Algoritmeregister", blocks)


def _without_tags(text: str) -> list[str]:
    return [unescape(part).strip() for part in re.split(r"<[^>]+>", text) if part.strip()]


def _text(answer: Answer | None) -> str:
    return "" if answer is None else answer.text.strip()


def _is_month(text: str) -> bool:
    year, _, month = text.partition("-")
    return len(text) == 7 and year.isdecimal() and month.isdecimal() and 1 <= int(month) <= 12


def _is_contact(text: str) -> bool:
    return (
        bool(text)
        and " " not in text
        and len(text) <= 500
        and (is_address(text) or text.startswith("https://"))
    )
