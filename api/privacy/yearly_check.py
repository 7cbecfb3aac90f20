"""`/privacy/toets`: how buurten differ in what is signalled, verified and rejected in a year."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response
from pydantic import Field, model_validator
from sqlalchemy import Connection

from api.http.dependencies import QueryParameters
from api.pages.downloads import Taker, answer_table
from api.pages.week_and_map import without_empty
from api.privacy.sections import Asked, PrivacyRequest
from hotspots.access.rights import Right, visibility_of
from hotspots.publishing.file_names import file_name_of_all
from hotspots.publishing.taken_along import Kind, log_taken
from hotspots.publishing.year.period import read_known_days
from hotspots.publishing.yearly_check import (
    METHOD,
    Subject,
    YearlyCheck,
    check_notes,
    check_table,
    read_yearly_check,
)
from hotspots.wording import YEARS

router = APIRouter(prefix="/privacy/toets", include_in_schema=False)

SHOWN = (
    Subject.REPORTED,
    Subject.SIGNALLED_BY_REPORTS,
    Subject.SIGNALLED_BY_PEOPLE,
    Subject.REJECTED_OF_JUDGED,
)
"""What the page shows of each buurt; the file has all."""


class CheckForm(QueryParameters):
    """Which year."""

    jaar: int | None = Field(default=None, ge=YEARS[1], le=YEARS[-2])
    _drop_empty = model_validator(mode="before")(without_empty)


class CheckFile(CheckForm):
    """Which year, as what file."""

    vorm: Kind = Kind.CSV


@router.get("")
def get_check(asked: Asked, form: Annotated[CheckForm, Query()]) -> HTMLResponse:
    """Show the check of a year: by default the last whole one."""
    asked.require(Right.READ_LEARNING)
    today = asked.settings.municipality.local_day(asked.now)
    with asked.database.reading() as connection:
        known = read_known_days(connection, asked.settings)
        year = form.jaar or known.last_whole_year(today)
        check = _read(connection, asked, year) if year in known.years else None
    return asked.page(
        "yearly_check.html",
        section="/privacy/toets",
        title="Jaarlijkse toets",
        years=known.years,
        year=year,
        check=check,
        shown=[subject for subject in SHOWN if check and subject in check.measures],
        as_share=Subject.REJECTED_OF_JUDGED,
        method=METHOD,
    )


@router.get("/download")
def get_check_file(form: Annotated[CheckFile, Query()], taking: Taker, asked: Asked) -> Response:
    """Give the check of a year as CSV, or as XLSX with what it shows and does not show."""
    asked.require(Right.READ_LEARNING)
    today = asked.settings.municipality.local_day(asked.now)
    with asked.database.reading() as connection:
        year = read_known_days(connection, asked.settings).chosen_year(form.jaar, today)
        check = _read(connection, asked, year)
        notes = taking.notes(
            connection, what=f"Jaarlijkse toets {year}", choice="alle gebieden", peildatum=check.until
        )
    stem = f"jaarlijkse-toets-{year}-{file_name_of_all(asked.settings.municipality)}"
    notes += check_notes(check)
    response = answer_table(taking, form.vorm, check_table(check), stem=stem, notes=notes)
    log_taken(asked.database, actor=asked.actor, persons={}, kind=form.vorm, now=asked.now)
    return response


def _read(connection: Connection, asked: PrivacyRequest, year: int) -> YearlyCheck:
    return read_yearly_check(
        connection,
        asked.settings,
        year=year,
        visibility=visibility_of(asked.actor),
        today=asked.settings.municipality.local_day(asked.now),
    )
