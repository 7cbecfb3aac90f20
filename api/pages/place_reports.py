"""`/hotspots/{number}/meldingen`: the reports of a place one by one, for who may; also as a file."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field, field_validator, model_validator

from api.http.dependencies import QueryParameters, ServiceDatabase, ServiceSettings
from api.http.sign_in import Now, SignedIn
from api.pages.downloads import Taker, answer_table
from api.pages.hotspot_page import Number
from api.pages.rendering import render
from api.pages.week_and_map import without_empty
from hotspots.access.rights import visibility_of
from hotspots.casework.cases import CaseAccess
from hotspots.casework.counting import WHY, Counted, Counting
from hotspots.casework.place_reports import NEWEST_FIRST, SORTS, PlaceReport, PlaceReports, read_place_reports
from hotspots.errors import NotFoundError
from hotspots.files.written_tables import Written
from hotspots.publishing.taken_along import Kind
from hotspots.tracking.hotspots import read_hotspot
from hotspots.wording import count, day

router = APIRouter(include_in_schema=False)

ORDERS: Mapping[str, str] = {
    NEWEST_FIRST: "nieuwste eerst",
    "tijdstip": "oudste eerst",
    "adres": "adres",
    "categorie": "categorie",
    "telling": "telt mee of niet",
}
"""The orders that the page offers, in words."""


class ReportsForm(QueryParameters):
    """Query parameters of the reports of a place."""

    sorteer: str = Field(default=NEWEST_FIRST, max_length=40)
    _drop_empty = model_validator(mode="before")(without_empty)

    @field_validator("sorteer")
    @classmethod
    def _is_order(cls, value: str) -> str:
        if value.removeprefix("-") not in SORTS:
            raise ValueError(f"kan op {', '.join(SORTS)}")
        return value


class ReportsDownload(ReportsForm):
    """Query parameters of these as a file."""

    vorm: Kind = Kind.CSV


@router.get("/hotspots/{number}/meldingen")
def get_reports(
    request: Request,
    number: Number,
    form: Annotated[ReportsForm, Query()],
    database: ServiceDatabase,
    settings: ServiceSettings,
    actor: SignedIn,
    now: Now,
) -> HTMLResponse:
    """Show the reports: where, what and why each counts, by its own right; every reading is logged."""
    with database.reading() as connection:
        hotspot = read_hotspot(connection, settings, number, visibility=visibility_of(actor))
    found = read_place_reports(CaseAccess(database, settings, actor, number, now), sort=form.sorteer)
    return render(
        request,
        "reports.html",
        title=f"Meldingen van {hotspot.label}",
        hotspot=hotspot,
        found=found,
        counts=Counting.COUNTS,
        tallied=tally(found.counted),
        orders=ORDERS,
        order=form.sorteer,
        download=f"/hotspots/{hotspot.nummer}/meldingen/download?sorteer={form.sorteer}&vorm=",
        zone=settings.municipality.zone,
    )


@router.get("/hotspots/{number}/meldingen/download")
def get_reports_file(
    number: Number, form: Annotated[ReportsDownload, Query()], taking: Taker, actor: SignedIn
) -> Response:
    """Give the same as a file, without what the reader may not see; the log says that it left the house."""
    if form.vorm not in (Kind.CSV, Kind.XLSX):
        raise NotFoundError(f"reports are taken along as csv or xlsx, not as '{form.vorm}'")
    settings = taking.settings
    with taking.database.reading() as connection:
        hotspot = read_hotspot(connection, settings, number, visibility=taking.visibility)
    access = CaseAccess(taking.database, settings, actor, number, taking.now)
    found = read_place_reports(access, sort=form.sorteer, taken_as=str(form.vorm))
    with taking.database.reading() as connection:
        notes = taking.notes(
            connection,
            what=f"Meldingen van {hotspot.label}",
            choice=f"alle meldingen die ooit bij deze plek hoorden; volgorde: {form.sorteer}",
            peildatum=found.counted.as_of,
        )
    notes += [("Telling", line) for line in tally(found.counted)]
    zone = settings.municipality.zone
    columns = {name: value for name, value in _columns(zone).items() if _is_shown(name, found)}
    rows = [[value(report) for value in columns.values()] for report in found.reports]
    table = Written("meldingen", tuple(columns), rows)
    return answer_table(taking, form.vorm, table, stem=f"{hotspot.nummer}-meldingen", notes=notes)


def tally(counted: Counted) -> list[str]:
    """How many reports there are and why some don't count: figures that add up.

    Examples
    --------
    >>> from datetime import date
    >>> of = {1: Counting.COUNTS, 2: Counting.COUNTS, 3: Counting.SAME_REPORTER}
    >>> tally(Counted(of, 2, date(2023, 12, 3)))[0]
    'Van 3 meldingen tellen er 2 mee in de cijfers van 3 december 2023.'
    """
    total, per_reason = len(counted.of_report), counted.per_reason
    if counted.as_of is None:
        return [f"{count(total, 'melding', 'meldingen')}. Welke meetelden, is niet bewaard."]
    counting = per_reason.get(Counting.COUNTS, 0)
    counts = "telt" if counting == 1 else "tellen"
    in_all = count(total, "melding", "meldingen")
    lines = [f"Van {in_all} {counts} er {counting} mee in de cijfers van {day(counted.as_of)}."]
    lines += [
        f"{count(many, 'melding', 'meldingen')}: {WHY[reason]}."
        for reason, many in per_reason.items()
        if reason is not Counting.COUNTS
    ]
    if counted.changed > 0:
        lines.append(
            f"De ronde telde er {counted.figure}: {counted.changed} daarvan zijn niet meer bewaard of "
            "veranderden sindsdien."
        )
    elif counted.changed < 0:
        lines.append(
            f"De ronde telde er {counted.figure}; nu zijn het er {-counted.changed} meer, omdat gegevens "
            "sindsdien zijn gewist of veranderden."
        )
    return lines


def _is_shown(column: str, found: PlaceReports) -> bool:
    if column in ("adres", "precisie", "lon", "lat"):
        return found.with_points
    return column != "tekst" or found.with_texts


def _columns(zone: ZoneInfo) -> Mapping[str, Callable[[PlaceReport], Any]]:
    def moment(report: PlaceReport) -> Any:
        local = report.reported_at.astimezone(zone).replace(tzinfo=None)
        return local if report.has_hour else local.date()

    return {
        "meldingnummer": lambda report: report.number,
        "bron": lambda report: report.source,
        "tijdstip": moment,
        "categorie": lambda report: report.category,
        "subcategorie": lambda report: report.subcategory,
        "teltMee": lambda report: "ja" if report.counting is Counting.COUNTS else "nee",
        "waarom": lambda report: report.why,
        "adres": lambda report: report.address,
        "precisie": lambda report: report.precision,
        "lon": lambda report: report.lon,
        "lat": lambda report: report.lat,
        "tekst": lambda report: report.text,
    }
