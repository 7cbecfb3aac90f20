"""`/jaar/download`: what a year or any period came to as a file, by the rights of its page."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import model_validator
from sqlalchemy import Connection

from api.http.files import answer_content
from api.http.periods import PeriodQuery, YearQuery, refuse_unknown
from api.pages.downloads import Taker, Taking, answer_table, choice_in_words
from api.pages.week_and_map import without_empty
from hotspots.access.rights import Right, reachable_gebieden
from hotspots.errors import NotFoundError
from hotspots.files.word_files import DOCX_TYPE
from hotspots.publishing.file_names import file_name, file_name_of_all
from hotspots.publishing.taken_along import Kind, log_taken
from hotspots.publishing.year.account import YearAccount, read_year_account
from hotspots.publishing.year.document import YearDocument, build_year_document, read_year_extras
from hotspots.publishing.year.files import year_notes, year_pdf, year_stem, year_table
from hotspots.publishing.year.period import Period, read_known_days
from hotspots.publishing.year.word_file import year_docx
from hotspots.wording import YEARS

router = APIRouter(include_in_schema=False)


class YearKind(StrEnum):
    """The kinds of files of a year, as the address names them."""

    PDF = "pdf"
    DOCX = "docx"
    CSV = "csv"
    XLSX = "xlsx"


class YearDownload(YearQuery):
    """Query parameters of a year as a file."""

    vorm: YearKind = YearKind.PDF
    _drop_empty = model_validator(mode="before")(without_empty)


class PeriodDownload(PeriodQuery):
    """Query parameters of any period as a file."""

    vorm: YearKind = YearKind.PDF
    _drop_empty = model_validator(mode="before")(without_empty)


@router.get("/jaar/download")
def get_period_file(form: Annotated[PeriodDownload, Query()], taking: Taker) -> Response:
    """Give the period that is asked for as a file, or the last whole year."""
    with taking.database.reading() as connection:
        period = form.period
        if period is None:
            today = taking.settings.municipality.local_day(taking.now)
            year = read_known_days(connection, taking.settings).last_whole_year(today)
            if year is None:
                raise NotFoundError("there are no reports or runs yet, so there are no figures of a year")
            period = Period.of_year(year)
        response = _file(taking, connection, period, form, form.vorm)
    return _logged(taking, response, form.vorm)


@router.get("/jaar/{jaar}/download")
def get_year_file(
    jaar: Annotated[int, Path(ge=YEARS[1], le=YEARS[-2])],
    form: Annotated[YearDownload, Query()],
    taking: Taker,
) -> Response:
    """Give a calendar year as a file."""
    with taking.database.reading() as connection:
        refuse_unknown(read_known_days(connection, taking.settings), Period.of_year(jaar))
        response = _file(taking, connection, Period.of_year(jaar), form, form.vorm)
    return _logged(taking, response, form.vorm)


def _file(
    taking: Taking, connection: Connection, period: Period, form: YearQuery, kind: YearKind
) -> Response:
    settings, visibility, actor = taking.settings, taking.visibility, taking.actor
    account = read_year_account(
        connection,
        settings,
        period=period,
        visibility=visibility,
        cases=reachable_gebieden(actor, Right.READ_CASES),
        today=settings.municipality.local_day(taking.now),
        gebied=form.gebied,
        buurt=form.buurt,
        with_effects=form.effect,
    )
    is_all = account.area_name is None
    name = file_name_of_all(settings.municipality) if is_all else file_name(account.area_name or "")
    stem = year_stem(period, name)
    if kind is YearKind.CSV:
        return answer_table(taking, Kind.CSV, year_table(account), stem=stem, notes=())
    more = read_year_extras(
        connection,
        settings,
        account,
        visibility=visibility,
        reader=actor,
        today=settings.municipality.local_day(taking.now),
        gebied=form.gebied,
        buurt=form.buurt,
    )
    document = build_year_document(connection, settings, account, more=more)
    if kind is YearKind.PDF:
        return answer_content(year_pdf(document), media_type="application/pdf", name=f"{stem}.pdf")
    if kind is YearKind.DOCX:
        return answer_content(year_docx(document), media_type=DOCX_TYPE, name=f"{stem}.docx")
    notes = [*_notes(taking, connection, account, document, form), *year_notes(account, document)]
    return answer_table(taking, Kind.XLSX, year_table(account), stem=stem, notes=notes)


def _notes(
    taking: Taking,
    connection: Connection,
    account: YearAccount,
    document: YearDocument,
    form: YearQuery,
) -> list[tuple[str, str]]:
    choice = choice_in_words(taking.with_name(connection, form), otherwise="alle gebieden")
    return taking.notes(connection, what=document.title, choice=choice, peildatum=account.until)


def _logged(taking: Taking, response: Response, kind: YearKind) -> Response:
    log_taken(taking.database, actor=taking.actor, persons={}, kind=kind, now=taking.now)
    return response
