"""`/privacy/stukken`: the papers that account for the software, to read, to fill in and to take along."""

import json
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.http.dependencies import QueryParameters
from api.http.files import answer_content
from api.http.forms import Form
from api.http.negotiation import JSON
from api.privacy.sections import Asked, PrivacyRequest, Sent
from hotspots.access.rights import Right, visibility_of
from hotspots.errors import NotFoundError, PaperError
from hotspots.files.word_files import DOCX_TYPE
from hotspots.publishing.papers.answers import MAX_ANSWER, answer_question
from hotspots.publishing.papers.filling import read_filling
from hotspots.publishing.papers.papers import (
    NAMES,
    REGISTER,
    all_questions,
    read_one_paper,
    read_papers,
    register_problem,
    register_record,
)
from hotspots.publishing.papers.tree import Grid, Heading, Paragraph, Question
from hotspots.publishing.papers.word_file import OPEN, answer_words, paper_docx, waiting_words
from hotspots.publishing.taken_along import log_taken

router = APIRouter(prefix="/privacy/stukken", include_in_schema=False)

Name = Annotated[str, Path(max_length=60)]


class PaperKind(StrEnum):
    """The kinds of files of a paper, as the address names them."""

    DOCX = "docx"
    JSON = "json"


class PaperFile(QueryParameters):
    """As what file."""

    vorm: PaperKind = PaperKind.DOCX


@router.get("")
def get_papers(asked: Asked) -> HTMLResponse:
    """Show all papers, with how many questions of each wait for an answer."""
    asked.require(Right.READ_LEARNING)
    with asked.database.reading() as connection:
        papers = read_papers(connection, asked.settings, visibility=visibility_of(asked.actor), now=asked.now)
    return asked.page(
        "papers.html",
        section="/privacy/stukken",
        title="Stukken",
        papers=[(NAMES[name], paper, waiting_words(paper)) for name, paper in papers.items()],
        register=REGISTER,
    )


@router.get("/{stuk}")
def get_paper(asked: Asked, stuk: Name, gedaan: str = "") -> HTMLResponse:
    """Show one paper, with a form at each question."""
    asked.require(Right.READ_LEARNING)
    return _page(asked, stuk, done="Het antwoord is bewaard." if gedaan else "")


@router.get("/{stuk}/download")
def get_paper_file(asked: Asked, stuk: Name, form: Annotated[PaperFile, Query()]) -> Response:
    """Give a paper as DOCX, or the record of the register as JSON."""
    asked.require(Right.READ_LEARNING)
    settings, visibility = asked.settings, visibility_of(asked.actor)
    with asked.database.reading() as connection:
        if form.vorm is PaperKind.JSON:
            if stuk != REGISTER:
                raise NotFoundError(f"only the '{REGISTER}' is taken along as json, not '{stuk}'")
            filling = read_filling(connection, settings, visibility=visibility, now=asked.now)
            record = json.dumps(register_record(filling, settings), ensure_ascii=False, indent=1)
            response = answer_content(record.encode(), media_type=JSON, name=f"{REGISTER}.json")
        else:
            paper = read_one_paper(connection, settings, stuk, visibility=visibility, now=asked.now)
            content = paper_docx(
                paper, settings.municipality, made_on=settings.municipality.local_day(asked.now)
            )
            response = answer_content(content, media_type=DOCX_TYPE, name=f"{stuk}.docx")
    log_taken(asked.database, actor=asked.actor, persons={}, kind=form.vorm, now=asked.now)
    return response


@router.post("/{stuk}/{vraag}")
def post_answer(sent: Sent, stuk: Name, vraag: Name, form: Form) -> Response:
    """Keep the answer to a question."""
    sent.require(Right.ANSWER_PAPERS)
    text = form.get("antwoord", "")
    known = all_questions()
    if vraag not in known:
        raise NotFoundError(f"there is no question '{vraag}' in the papers")
    problem = register_problem(vraag, text)
    try:
        if not problem:
            answer_question(sent.database, question=vraag, known=known, text=text, by=sent.actor, at=sent.now)
    except PaperError as error:
        problem = error.dutch
    if problem:
        return _page(sent, stuk, problem=problem, question=vraag, typed=text, status=409)
    return RedirectResponse(f"/privacy/stukken/{stuk}?gedaan=1#vraag-{vraag}", status_code=303)


def _page(
    asked: PrivacyRequest,
    name: str,
    *,
    done: str = "",
    problem: str = "",
    question: str = "",
    typed: str = "",
    status: int = 200,
) -> HTMLResponse:
    with asked.database.reading() as connection:
        paper = read_one_paper(
            connection, asked.settings, name, visibility=visibility_of(asked.actor), now=asked.now
        )
    return asked.page(
        "paper.html",
        section="/privacy/stukken",
        status_code=status,
        title=paper.title,
        paper=paper,
        kinds=("docx", "json") if name == REGISTER else ("docx",),
        waiting=waiting_words(paper),
        open_words=OPEN,
        answered=lambda asked_for: answer_words(asked_for, asked.settings.municipality),
        kind_of=_kind_of,
        max_answer=MAX_ANSWER,
        done=done,
        problem=problem,
        question=question,
        typed=typed,
    )


def _kind_of(block: Heading | Paragraph | Grid | Question) -> str:
    return type(block).__name__
