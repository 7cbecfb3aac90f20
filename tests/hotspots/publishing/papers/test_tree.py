"""A paper read from Markdown: what is filled in, what is asked, and what is refused."""

from datetime import UTC, datetime

import pytest

from hotspots.errors import PaperError
from hotspots.publishing.papers.answers import Answer
from hotspots.publishing.papers.tree import Filling, Grid, Heading, Paragraph, Question, Run, read_paper

PAPER = """# Stuk

Voor {gemeente}: `text_days`, **vet** en `code`.

> **Vraag contact.** Wie is het?

## Deel

- een
- {gemeente}

{tabel rollen}

{zinnen toets}
"""
FILLING = Filling(
    texts={"gemeente": "<b>Wijk</b> & co"},
    tables={"rollen": (("Rol", "Aantal"), [("OOV", "2")])},
    lists={"toets": ["Niets valt op."]},
    periods={"text_days": "224 dagen"},
)


def test_a_paper_is_filled_in_as_text_and_asks_what_is_not_known() -> None:
    paper = read_paper("stuk", PAPER, FILLING)
    assert paper.title == "Stuk"
    assert list(paper.blocks) == [
        Paragraph(
            (
                Run("Voor <b>Wijk</b> & co: "),
                Run("224 dagen"),
                Run(", "),
                Run("vet", is_bold=True),
                Run(" en "),
                Run("code", is_code=True),
                Run("."),
            )
        ),
        Question("contact", "Wie is het?"),
        Heading(2, "Deel"),
        Paragraph((Run("een"),), in_list=True),
        Paragraph((Run("<b>Wijk</b> & co"),), in_list=True),
        Grid([(Run("Rol"),), (Run("Aantal"),)], [[(Run("OOV"),), (Run("2"),)]]),
        Paragraph((Run("Niets valt op."),), in_list=True),
    ]
    assert [question.id for question in paper.open_questions] == ["contact"]


def test_an_answer_goes_with_its_question() -> None:
    answer = Answer(1, "contact", "Wij.", datetime(2024, 1, 2, tzinfo=UTC), "A. Beheer")
    paper = read_paper(
        "stuk", PAPER, Filling(FILLING.texts, FILLING.tables, FILLING.lists, {}, {"contact": answer})
    )
    assert paper.questions == [Question("contact", "Wie is het?", answer)]
    assert paper.open_questions == []


@pytest.mark.parametrize(
    "text",
    ["# T\n\n{onbekend}", "# T\n\n{tabel onbekend}", "# T\n\n{zinnen onbekend}", "Geen titel."],
    ids=["a text", "a table", "a list", "no title"],
)
def test_what_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(PaperError):
        read_paper("stuk", text, FILLING)
