"""`/hotspots/{number}/terugkoppeling`: what the report desk needs to answer who reported a place."""

from enum import StrEnum
from typing import IO

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.files import answer_file
from api.http.forms import Form, Sender, fields_of
from api.http.sign_in import Now, SignedIn
from api.pages.hotspot_page import Number
from api.pages.rendering import render
from hotspots.access.rights import Actor, visibility_of
from hotspots.casework.cases import MAX_TEXT, CaseAccess
from hotspots.casework.word_back import WordBack, read_word_back
from hotspots.files.written_tables import CSV_TYPE, Written, write_csv
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import read_hotspot

TEXT_TYPE = "text/plain; charset=utf-8"

router = APIRouter(include_in_schema=False)


class Shape(StrEnum):
    """As what it is taken along."""

    TXT = "txt"
    CSV = "csv"


class Answer(BaseModel):
    """The fields of the form: the text as somebody made it, and as what it is taken along."""

    model_config = ConfigDict(extra="forbid")

    tekst: str = Field(min_length=1, max_length=MAX_TEXT)
    vorm: Shape = Shape.TXT


@router.get("/hotspots/{number}/terugkoppeling")
def get_word_back(
    request: Request,
    number: Number,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> HTMLResponse:
    """Show the text and the numbers of the reports; every reading is logged."""
    access = CaseAccess(database, settings, actor, number, now)
    hotspot = _hotspot(database, settings, actor, number)
    return _page(request, hotspot, read_word_back(access, hotspot))


@router.post("/hotspots/{number}/terugkoppeling", response_model=None)
def post_word_back(
    request: Request,
    number: Number,
    form: Form,
    actor: Sender,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> Response:
    """Give the text and the numbers as a file; every file is logged, and nothing is sent."""
    access = CaseAccess(database, settings, actor, number, now)
    hotspot = _hotspot(database, settings, actor, number)
    try:
        chosen = Answer.model_validate(fields_of(form))
    except ValidationError:
        problem = f"Schrijf een tekst van hooguit {MAX_TEXT} tekens."
        return _page(
            request, hotspot, read_word_back(access, hotspot), typed=form.get("tekst", ""), problem=problem
        )
    word = read_word_back(access, hotspot, taken_as=chosen.vorm)
    stem = f"terugkoppeling-{word.number}"
    text = "\n".join(chosen.tekst.splitlines())
    if chosen.vorm is Shape.CSV:
        rows = [(report.number, report.source, report.day, text) for report in word.reports]
        table = Written("terugkoppeling", ("meldingnummer", "bron", "meldingdag", "tekst"), rows)
        return answer_file(lambda out: write_csv(out, table), media_type=CSV_TYPE, name=f"{stem}.csv")

    def write(out: IO[bytes]) -> None:
        numbers = "\n".join(report.number for report in word.reports)
        out.write(f"{text}\n\n--\nMeldingen:\n{numbers}\n".encode())

    return answer_file(write, media_type=TEXT_TYPE, name=f"{stem}.txt")


def _hotspot(database: Database, settings: Settings, actor: Actor, number: str) -> Hotspot:
    with database.reading() as connection:
        return read_hotspot(connection, settings, number, visibility=visibility_of(actor))


def _page(
    request: Request, hotspot: Hotspot, word: WordBack, *, typed: str | None = None, problem: str = ""
) -> HTMLResponse:
    response = render(
        request,
        "word_back.html",
        title=f"Terugkoppeling over {hotspot.label}",
        hotspot=hotspot,
        word=word,
        text=word.text if typed is None else typed,
        longest=MAX_TEXT,
        problem=problem,
    )
    response.status_code = 400 if problem else 200
    return response
