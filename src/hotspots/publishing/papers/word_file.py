"""A paper as DOCX, for whoever edits it further; what still waits for an answer is marked, in words too."""

from datetime import date
from typing import TYPE_CHECKING, Any

from hotspots.files.word_files import begin_word_file, end_word_file, readable, table_cells
from hotspots.publishing.papers.tree import Block, Grid, Heading, Paper, Paragraph, Question, Text
from hotspots.settings import MunicipalitySettings
from hotspots.wording import day

if TYPE_CHECKING:
    from docx.document import Document

OPEN = "Nog te beantwoorden"
"""What stands before a question without an answer."""


def paper_docx(paper: Paper, municipality: MunicipalitySettings, *, made_on: date) -> bytes:
    """Give a paper as DOCX."""
    made = begin_word_file(paper.title, on=made_on)
    made.add_paragraph(waiting_words(paper), style="Intense Quote")
    for block in paper.blocks:
        _add(made, block, municipality)
    return end_word_file(made)


def waiting_words(paper: Paper) -> str:
    """How much of a paper still waits for an answer."""
    waiting = len(paper.open_questions)
    if not waiting:
        return "Alle vragen zijn beantwoord."
    wait = "wacht" if waiting == 1 else "wachten"
    return f"Van de {len(paper.questions)} vragen {wait} er nog {waiting} op een antwoord."


def answer_words(question: Question, municipality: MunicipalitySettings) -> str:
    """Who answered a question, and when; or that it still waits."""
    if question.answer is None:
        return OPEN
    return f"Antwoord van {question.answer.by}, {day(municipality.local_day(question.answer.at))}"


def _add(made: "Document", block: Block, municipality: MunicipalitySettings) -> None:
    if isinstance(block, Heading):
        made.add_heading(block.text, level=block.level)
    elif isinstance(block, Paragraph):
        _write(made.add_paragraph(style="List Bullet" if block.in_list else None), block.text)
    elif isinstance(block, Grid):
        _add_grid(made, block)
    else:
        _add_question(made, block, municipality)


def _add_question(made: "Document", question: Question, municipality: MunicipalitySettings) -> None:
    from docx.enum.text import WD_COLOR_INDEX

    asked = made.add_paragraph()
    asked.add_run(question.text).bold = True
    asked.paragraph_format.keep_with_next = True
    answer = made.add_paragraph()
    state = answer.add_run(f"{answer_words(question, municipality)}.")
    if question.answer is None:
        state.bold = True
        state.font.highlight_color = WD_COLOR_INDEX.YELLOW
    else:
        state.italic = True
        answer.add_run(f" {readable(question.answer.text)}")


def _add_grid(made: "Document", grid: Grid) -> None:
    from docx.shared import Pt

    table = made.add_table(rows=1 + len(grid.rows), cols=len(grid.head), style="Light Grid Accent 1")
    texts = [text for row in (grid.head, *grid.rows) for text in row]
    for cell, text in zip(table_cells(table), texts, strict=True):
        paragraph = cell.paragraphs[0]
        _write(paragraph, text)
        for run in paragraph.runs:
            run.font.size = Pt(9)
    made.add_paragraph()


def _write(paragraph: Any, text: Text) -> None:
    for run in text:
        written = paragraph.add_run(readable(run.text))
        written.bold = run.is_bold
        if run.is_code:
            written.font.name = "Courier New"
