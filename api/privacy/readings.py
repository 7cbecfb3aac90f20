"""`/privacy/inzage`: who read exact data, by person, place and period, with what stands out; as a file."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from api.http.dependencies import Name
from api.pages.downloads import Taker, answer_table
from api.privacy.sections import Asked, PrivacyRequest
from api.privacy.shown_period import ShownPeriod
from api.rest.access import period_of
from hotspots.access.access_log import Access, AccessChoice, log_access, read_access_log, readers_of_log
from hotspots.access.odd_readings import Oddity, mark_readings
from hotspots.access.rights import Right
from hotspots.files.written_tables import Written
from hotspots.publishing.taken_along import Kind
from hotspots.store.audit import add_line
from hotspots.wording import short_day

router = APIRouter(prefix="/privacy/inzage", include_in_schema=False)

RIGHTS: Mapping[str, str] = {
    Right.READ_EXACT_POINTS: "exacte plek",
    Right.READ_TEXTS: "tekst",
    Right.READ_DWELLINGS: "woningen of plekken van één melder",
    Right.REVIEW_ADDRESSES: "adressen",
    Right.READ_ACCESS_LOG: "deze lijst",
    Right.HANDLE_REQUESTS: "voor een verzoek van iemand zelf",
}
"""What was read, in words."""

COLUMNS = (
    *("tijdstip", "persoon", "organisatie", "gelezen", "plek", "gebied", "aantalMeldingen", "bestand"),
    *("reden", "toelichting", "opvallend"),
)


class ReadingForm(ShownPeriod):
    """Query parameters of the page."""

    persoon: Name | None = None
    plek: Name | None = None
    toon: Literal["alles", "opvallend"] = "alles"

    @property
    def query(self) -> str:
        """The choice for another address."""
        return urlencode(
            self.model_dump(include={"persoon", "plek", "van", "tot", "toon"}, exclude_none=True)
        )


class ReadingDownload(ReadingForm):
    """Query parameters of the same as a file."""

    vorm: Kind = Kind.CSV


@dataclass(frozen=True)
class Line:
    """One reading, and what stands out."""

    access: Access
    marks: Sequence[Oddity]

    @property
    def what(self) -> str:
        """What was read, in words."""
        return RIGHTS.get(self.access.right_used, self.access.right_used)


@router.get("")
def get_readings(asked: Asked, form: Annotated[ReadingForm, Query()]) -> HTMLResponse:
    """Show who read what, latest first."""
    asked.require(Right.READ_ACCESS_LOG)
    first, last = form.within(asked.settings.municipality.local_day(asked.now))
    lines = chosen_lines(asked, form)
    with asked.database.reading() as connection:
        readers = readers_of_log(connection)
    shown = lines[form.offset : form.offset + form.pagina_grootte]
    return asked.page(
        "readings.html",
        section="/privacy/inzage",
        title="Wie las wat",
        lines=shown,
        total=len(lines),
        odd=Counter(str(mark) for line in lines for mark in line.marks),
        readers=readers,
        form=form,
        first=first,
        last=last,
        page=form.pagina,
        has_more=form.offset + len(shown) < len(lines),
        limits=asked.settings.access,
    )


@router.get("/download")
def get_readings_file(asked: Asked, form: Annotated[ReadingDownload, Query()], taking: Taker) -> Response:
    """Give the same as a file; that it was taken along is a line of the log itself."""
    asked.require(Right.READ_ACCESS_LOG)
    first, last = form.within(asked.settings.municipality.local_day(asked.now))
    rows = [_row(asked, line) for line in chosen_lines(asked, form)]
    period = f"{short_day(first)} tot en met {short_day(last)}"
    with asked.database.reading() as connection:
        notes = taking.notes(connection, what="Wie las wat", choice=period, peildatum=None)
    table = Written("inzage", COLUMNS, rows)
    response = answer_table(taking, form.vorm, table, stem=f"inzage-{first}-{last}", notes=notes)
    with asked.database.writing() as connection:
        log_access(
            connection,
            actor=asked.actor,
            right=Right.READ_ACCESS_LOG,
            report_count=0,
            now=asked.now,
            taken_as=str(form.vorm),
        )
        add_line(connection, "lijst uitvoeren", now=asked.now)
    return response


def chosen_lines(asked: PrivacyRequest, form: ReadingForm) -> list[Line]:
    """The readings that are asked for, with what stands out, latest first."""
    first, last = form.within(asked.settings.municipality.local_day(asked.now))
    since, until = period_of(first, last, asked.settings.municipality)
    lines = marked_lines(asked, AccessChoice(form.persoon, form.plek, since, until))
    return [line for line in lines if line.marks] if form.toon == "opvallend" else lines


def marked_lines(asked: PrivacyRequest, choice: AccessChoice) -> list[Line]:
    """Readings with what stands out, latest first."""
    rows = read_access_log(asked.database, actor=asked.actor, choice=choice)
    with asked.database.reading() as connection:
        marks = mark_readings(connection, rows, asked.settings.access, asked.settings.municipality.zone)
    return [Line(row, marks[row.id]) for row in rows]


def _row(asked: PrivacyRequest, line: Line) -> tuple[Any, ...]:
    access = line.access
    return (
        access.at.astimezone(asked.settings.municipality.zone).replace(tzinfo=None),
        access.actor,
        access.organisation,
        line.what,
        access.number,
        access.gebied,
        access.report_count,
        access.taken_as,
        access.reason,
        access.explanation,
        ", ".join(line.marks),
    )
