"""The papers filled in for a database: figures of its own, answers of people, and a record that is valid."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx
import pytest
from sqlalchemy import insert, select

from hotspots.access.rights import EVERYTHING, Actor, Role
from hotspots.errors import NotFoundError, PaperError
from hotspots.publishing.papers.answers import answer_question, read_answers
from hotspots.publishing.papers.filling import read_filling
from hotspots.publishing.papers.papers import (
    NAMES,
    all_questions,
    read_one_paper,
    read_papers,
    register_problem,
    register_record,
)
from hotspots.publishing.papers.tree import Filling, Paper
from hotspots.publishing.papers.word_file import paper_docx
from hotspots.settings import MunicipalitySettings, RetentionSettings, Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.case_tables import admin_changes, users
from hotspots.store.database import Database
from hotspots.store.operation_tables import paper_answers
from tests.test_accountability import problems_of

NOW = datetime(2024, 1, 9, 10, tzinfo=UTC)
OFFICER = Actor("1", "P. Functionaris", Role.PRIVACY)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def ready(database: Database, settings: Settings) -> Database:
    """Areas, and one account of OOV with a right by name."""
    person = {"id": "u", "name": "adviseur", "full_name": "O. Adviseur", "role": "oov", "organisation": "OOV"}
    rest = {
        "gebieden": [],
        "granted": ["teksten.lezen"],
        "created_at": NOW,
        "created_by": "test",
        "is_disabled": False,
    }
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        connection.execute(insert(users).values(person | rest))
    return database


def filling_of(database: Database, settings: Settings) -> Filling:
    with database.reading() as connection:
        return read_filling(connection, settings, visibility=EVERYTHING, now=NOW)


def papers_of(database: Database, settings: Settings) -> dict[str, Paper]:
    with database.reading() as connection:
        return read_papers(connection, settings, visibility=EVERYTHING, now=NOW)


def answer(database: Database, question: str, text: str) -> None:
    answer_question(database, question=question, known=all_questions(), text=text, by=OFFICER, at=NOW)


def text_of(content: bytes) -> str:
    made = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in made.paragraphs] + cells)


def test_every_paper_is_made_of_the_settings_and_figures_of_this_municipality(
    ready: Database, settings: Settings
) -> None:
    other = settings.model_copy(
        update={
            "municipality": MunicipalitySettings(name="Zuid & Noord", code="GM9999"),
            "detection": settings.detection.model_copy(
                update={"min_reporters": 4, "max_reporter_share": 0.5}
            ),
            "retention": settings.retention.model_copy(update={"access_log_days": 777}),
        }
    )
    papers = papers_of(ready, other)
    assert set(papers) == set(NAMES)
    texts = {
        name: text_of(paper_docx(paper, other.municipality, made_on=NOW.date()))
        for name, paper in papers.items()
    }
    for name, text in texts.items():
        assert "Zuid & Noord" in text, name
        assert "Maastricht" not in text, name
        assert "{" not in text, name
        assert "Nog te beantwoorden." in text, name
    assert "777 dagen" in texts["verwerkingsregister"]
    assert "minstens 4 melders, één hoogstens 50%" in texts["dpia"]
    assert "De bewaartermijnen zijn nog niet bevestigd" in texts["dpia"]
    assert "Deel 4: mensenrechten" in texts["iama"]
    assert "artikel 5, eerste lid, onder d" in texts["ai-verordening"]
    filling = filling_of(ready, other)
    assert len(filling.tables["termijnen"][1]) == len(RetentionSettings.model_fields)
    roles = filling.tables["rollen"][1]
    assert roles[2] == ("OOV", "1", "overal", "overal", "overal", "overal", "0", "1")


def test_an_answer_comes_into_each_paper_that_asks_with_who_and_when_and_each_version_is_kept(
    ready: Database, settings: Settings
) -> None:
    answer(ready, "inlichten", "Per brief.")
    answer(ready, "inlichten", "Op de\x0b site.")  # as word processors paste it
    for name in ("dpia", "iama"):
        text = text_of(
            paper_docx(papers_of(ready, settings)[name], settings.municipality, made_on=NOW.date())
        )
        assert "Antwoord van P. Functionaris, 9 januari 2024. Op de site." in text, name
        assert "Per brief" not in text, name
    answer(ready, "inlichten", " ")
    with ready.reading() as connection:
        assert read_answers(connection) == {}
        kept = connection.execute(select(paper_answers.c.text).order_by(paper_answers.c.id)).scalars().all()
        lines = connection.execute(
            select(admin_changes.c.kind, admin_changes.c.about, admin_changes.c.after)
        ).all()
    assert kept == ["Per brief.", "Op de\x0b site.", ""]
    assert [tuple(line) for line in lines] == [
        ("stuk", "inlichten", {"antwoord": 1}),
        ("stuk", "inlichten", {"antwoord": 2}),
        ("stuk", "inlichten", None),
    ]


def test_what_is_no_question_too_long_or_nothing_is_refused(ready: Database, settings: Settings) -> None:
    for question, text in (("niets", "x"), ("klacht", "x" * 2001), ("klacht", "  ")):
        with pytest.raises(PaperError):
            answer(ready, question, text)
    with ready.reading() as connection, pytest.raises(NotFoundError):
        read_one_paper(connection, settings, "../dpia", visibility=EVERYTHING, now=NOW)


def test_the_record_of_the_register_fits_the_standard_with_and_without_answers(
    ready: Database, settings: Settings, shared_data: Callable[[str], Path]
) -> None:
    path = shared_data("standards/algoritmeregister_v1_0_schema.json")
    rules: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["properties"]
    required = {name for name, rule in rules.items() if rule.get("required") is True}

    def problems(record: dict[str, Any]) -> list[str]:
        assert required <= set(record) <= set(rules)
        return [line for name, value in record.items() for line in problems_of(value, rules[name], name)]

    assert problems(register_record(filling_of(ready, settings), settings)) == []
    answer(ready, "register-contact", "algoritme@example.org")
    answer(ready, "register-begin", "2024-02")
    answer(ready, "register-impact", "DPIA <b>& IAMA</b>, vastgesteld in 2024. " + "x" * 1900)
    record = register_record(filling_of(ready, settings), settings)
    assert problems(record) == []
    assert (record["contact_email"], record["begin_date"], record["status"]) == (
        "algoritme@example.org",
        "2024-02",
        "In gebruik",
    )
    assert "&lt;b&gt;&amp; IAMA" in record["impacttoetsen"]
    assert record["organization"] == "Gemeente Maastricht"


@pytest.mark.parametrize(
    ("question", "text", "is_taken"),
    [
        ("register-begin", "2024-02", True),
        ("register-begin", "februari", False),
        ("register-begin", "2024-13", False),
        ("register-contact", "https://example.org/vragen", True),
        ("register-contact", "bel ons", False),
        ("klacht", "bel ons", True),
    ],
    ids=["a month", "a word", "no month", "a page", "no address", "another question"],
)
def test_what_the_register_can_not_take_is_refused(question: str, text: str, is_taken: bool) -> None:
    assert (register_problem(question, text) == "") is is_taken
