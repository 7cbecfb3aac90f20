"""`/rapport`: the weekly report for its reader, and unsubscribing from the mails about it."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field, field_validator
from sqlalchemy import Connection

from api.http.addresses import service_address
from api.http.dependencies import (
    QueryParameters,
    ServiceDatabase,
    ServiceSettings,
)
from api.http.sign_in import Now, SignedIn, limit_address
from api.pages.downloads import Taken, Taker, answer_logged, make_file
from api.pages.rendering import render
from hotspots.access.rights import Actor, Right, Sharing, may, may_read_shared, visibility_of
from hotspots.errors import ForbiddenError, NotFoundError
from hotspots.publishing.file_names import disposition, file_name, file_name_of_all
from hotspots.publishing.subscriptions import MailKind, unsubscribe_by_link
from hotspots.publishing.taken_along import Kind, Passing, log_taken
from hotspots.publishing.weekly_report import AreaReport, Audience, build_area_report
from hotspots.settings import Settings
from hotspots.store.areas import gebieden_of_buurten
from hotspots.tracking.runs import latest_run
from hotspots.wording import last_day_of, week_code

Token = Annotated[str, Path(max_length=200)]

router = APIRouter(include_in_schema=False)
public = APIRouter(include_in_schema=False, dependencies=[Depends(limit_address)])


class WeekQuery(QueryParameters):
    """Of which week and gebied a report is."""

    week: str | None = None
    gebied: Annotated[str, Field(min_length=1, max_length=1000)] | None = None

    @field_validator("week")
    @classmethod
    def _is_week(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                last_day_of(value)
            except ValueError:
                raise ValueError("moet een week zijn zoals 2023-W48") from None
        return value


class ReportQuery(WeekQuery):
    """Query parameters of the report."""

    vorm: Literal["html", "pdf"] = "html"


class PlacesQuery(WeekQuery):
    """Query parameters of the places of the report as a file."""

    vorm: Kind = Kind.CSV


@router.get("/rapport")
def get_report(
    request: Request,
    query: Annotated[ReportQuery, Query()],
    taking: Taker,
    settings: ServiceSettings,
    actor: SignedIn,
) -> Response:
    """Show the report of a week and gebied, as far as the reader may know."""
    with taking.database.reading() as connection:
        gebied = _gebied_of(connection, settings, actor, query.gebied)
        peildatum = _peildatum(connection, query)
        if peildatum is None:
            return render(
                request,
                "notice.html",
                title="Weekrapport",
                sentences=["Er is nog geen ronde geweest. Na de eerste ronde staat hier het rapport."],
            )
        report = build_area_report(
            connection, settings, peildatum=peildatum, area=gebied, audience=_audience(actor, gebied)
        )
        passing = Passing.on(connection)
    if query.vorm == "pdf":
        of_area = file_name_of_all(settings.municipality) if gebied is None else file_name(gebied)
        response = _pdf(replace(report, service=service_address(request, settings)), of_area)
        list(passing.through(report.hotspots))
        log_taken(taking.database, actor=actor, persons=passing.found, kind=query.vorm, now=taking.now)
        return response
    from hotspots.publishing.report_files import report_html

    return HTMLResponse(report_html(replace(report, service=""), nonce=request.state.nonce))


@router.get("/rapport/download")
def get_report_places(
    query: Annotated[PlacesQuery, Query()], taking: Taker, settings: ServiceSettings, actor: SignedIn
) -> Response:
    """Give the places of the report as a file, as far as the reader may know."""
    with taking.database.reading() as connection:
        gebied = _gebied_of(connection, settings, actor, query.gebied)
        peildatum = _peildatum(connection, query)
        if peildatum is None:
            raise NotFoundError("there was no run yet, so there is no report")
        report = build_area_report(
            connection, settings, peildatum=peildatum, area=gebied, audience=_audience(actor, gebied)
        )
        notes = taking.notes(connection, what=report.title, choice=report.area, peildatum=peildatum)
        stem = taking.file_stem("weekrapport", peildatum, gebied)
        taken = Taken(report.hotspots, stem, notes, report.map)
        file = make_file(taking, connection, query.vorm, taken)
    return answer_logged(taking, file)


@public.get("/mail-stoppen/{token}")
def get_unsubscribe(request: Request, token: Token) -> Response:
    """Ask for confirmation, as software that follows links in mails must not unsubscribe anyone."""
    return render(request, "unsubscribe.html", title="Geen mail meer ontvangen", token=token)


@public.post("/mail-stoppen/{token}")
def post_unsubscribe(request: Request, token: Token, database: ServiceDatabase, now: Now) -> Response:
    """Unsubscribe, by the button of that page or of a mail program (RFC 8058)."""
    kind = unsubscribe_by_link(database, request.app.state.signing_key(), token, now=now)
    return render(
        request,
        "notice.html",
        title="Geen mail meer ontvangen",
        sentences=[_ENDED[kind]],
    )


def _gebied_of(connection: Connection, settings: Settings, actor: Actor, gebied: str | None) -> str | None:
    """The gebied that a report is of; None for all, which is for who may read all."""
    reach = visibility_of(actor).gebieden
    if gebied is None and reach is not None and len(reach) == 1:
        gebied = next(iter(reach))
    if gebied is not None and gebied not in gebieden_of_buurten(connection, settings.areas.gebieden).values():
        raise NotFoundError(f"there is no gebied '{gebied}'")  # a buurt is refused too: its counts are small
    if reach is not None and gebied not in reach:
        raise ForbiddenError(f"'{actor.name}' wanted the report of '{gebied or 'all areas'}'")
    return gebied


def _peildatum(connection: Connection, query: WeekQuery) -> date | None:
    """The last day of the week that is asked for, else of the last run; None if there was none."""
    if query.week is not None:
        return last_day_of(query.week)
    latest = latest_run(connection)
    return None if latest is None else last_day_of(week_code(latest))


_ENDED = {
    MailKind.WEEKS: "U krijgt geen mail meer over een nieuw weekrapport.",
    MailKind.ASSIGNED: "U krijgt geen mail meer als een plek aan u wordt toegewezen.",
    MailKind.FOLLOWED: "U krijgt geen mail meer over plekken die u volgt.",
}


def _audience(actor: Actor, gebied: str | None) -> Audience:
    sharing = {kind for kind in (Sharing.TEAM, Sharing.EVERYONE) if may_read_shared(actor, kind, "")}
    return Audience(visibility_of(actor), frozenset(sharing), sees_cases=may(actor, Right.READ_CASES, gebied))


def _pdf(report: AreaReport, of_area: str) -> Response:
    from hotspots.publishing.report_files import report_pdf, report_stem

    headers = {"Content-Disposition": disposition(f"{report_stem(report.peildatum, of_area)}.pdf")}
    return Response(report_pdf(report), media_type="application/pdf", headers=headers)
