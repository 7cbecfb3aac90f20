"""`/overleg`: a meeting that goes through the places that wait, one by one, and its summary."""

from dataclasses import dataclass, replace
from datetime import date
from textwrap import shorten
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.errors import detail_of
from api.http.forms import Form, Sender, fields_of, version_of
from api.http.sign_in import Now, SignedIn, read_cookie, set_cookie
from api.pages.hotspot_view import Refused
from api.pages.map_sheet import visible_gebieden
from api.pages.maps import SCRIPTS, draw_map
from api.pages.rendering import render
from api.pages.sentences import CASE_FIELDS, happened, next_step, wrong_fields
from hotspots.access.rights import Actor, Right, Role, may, reachable_gebieden, require, visibility_of
from hotspots.casework.assignees import NO_ASSIGNEES, read_case_assignees
from hotspots.casework.cases import Case
from hotspots.casework.dossier import read_comments, read_enrichments
from hotspots.casework.history import read_history
from hotspots.casework.meetings import (
    Meeting,
    MeetingAccess,
    MeetingPlace,
    Stand,
    conclude,
    end_meeting,
    read_meeting,
    read_running,
    read_waiting,
    skip,
    start_meeting,
)
from hotspots.casework.steps import Assignment
from hotspots.casework.verdicts import read_verdicts
from hotspots.casework.workflow import CAN_BE_JUDGED, CAN_BE_VERIFIED, VERDICTS
from hotspots.errors import AssigneeError, ForbiddenError, StaleError, WorkflowError
from hotspots.geography.projection import Projection
from hotspots.model import Status
from hotspots.publishing.weekly_map import build_weekly_map
from hotspots.store.areas import load_areas
from hotspots.tracking.plain_reasons import plain_reasons
from hotspots.tracking.runs import latest_run
from hotspots.wording import day

router = APIRouter(prefix="/overleg", include_in_schema=False)

MeetingId = Annotated[str, Path(max_length=60)]
Number = Annotated[str, Path(max_length=60)]

DONE = {"oordeel": "Opgeslagen: {}.", "overgeslagen": "Overgeslagen: {}.", "niets": "Er wacht nu niets."}


SHORTCUTS, SHORTCUTS_S = "hotspots_toetsen", 90 * 86_400
"""The cookie that says whether shortcuts are used, and for how many seconds."""


class Conclusion(BaseModel):
    """The fields of the form on a place."""

    model_config = ConfigDict(extra="forbid")

    oordeel: Status
    opmerking: str = Field(default="", max_length=3900)
    wie: str = Field(default="", max_length=200)
    uiterlijk: date | None = None

    def assignment(self, case: Case) -> Assignment | None:
        """To whom the case goes; None leaves that, and by when, as it is."""
        kind, _, name = self.wie.partition(":")
        if name:
            own = {"persoon": Assignment(person=name), "organisatie": Assignment(organisation=name)}
            return replace(own.get(kind, Assignment(person=self.wie)), due_on=self.uiterlijk)
        if self.uiterlijk is None:
            return None
        return Assignment(
            case.assigned_user_id or case.assigned_to, case.assigned_organisation, self.uiterlijk
        )


async def find_meeting(
    request: Request,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> MeetingAccess:
    """Access to the meeting of the address, for its reader."""
    return MeetingAccess(database, settings, actor, now, request.path_params.get("meeting", ""))


async def find_sent_to(
    request: Request,
    sender: Sender,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> MeetingAccess:
    """Access to the meeting that a form was sent to, for its sender."""
    return MeetingAccess(database, settings, sender, now, request.path_params.get("meeting", ""))


Asked = Annotated[MeetingAccess, Depends(find_meeting)]
SentTo = Annotated[MeetingAccess, Depends(find_sent_to)]


@router.get("")
def get_start(
    request: Request,
    access: Asked,
    gebied: Annotated[str, Query(max_length=120)] = "",
    gedaan: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Show what waits, meetings that go on, and the button to begin."""
    if reachable_gebieden(access.actor, Right.JUDGE) == frozenset():
        raise ForbiddenError(f"'{access.actor.name}' wanted a meeting, and gives verdicts nowhere")
    settings = access.settings
    with access.database.reading() as connection:
        today = settings.municipality.local_day(access.now)
        waiting = read_waiting(connection, settings, actor=access.actor, today=today, gebied=gebied or None)
        areas = load_areas(connection, settings.areas.gebieden)
    return render(
        request,
        "meeting_start.html",
        title="Overleg",
        waiting=waiting,
        running=read_running(access),
        gebieden=visible_gebieden(areas, visibility_of(access.actor)),
        gebied=gebied,
        is_oov=access.actor.role is Role.OOV,
        local=settings.municipality.zone,
        done=DONE["niets"] if gedaan == "niets" else "",
    )


@router.post("", response_model=None)
def post_start(access: SentTo, form: Form) -> Response:
    """Begin a meeting about what waits."""
    try:
        meeting = start_meeting(
            access.database,
            access.settings,
            actor=access.actor,
            now=access.now,
            gebied=form.get("gebied") or None,
        )
    except WorkflowError:
        return RedirectResponse("/overleg?gedaan=niets", status_code=303)
    return RedirectResponse(f"/overleg/{meeting}", status_code=303)


@router.get("/{meeting}", response_model=None)
def get_meeting(access: Asked) -> Response:
    """Go to the first place of which nothing was said yet, or to the summary."""
    return _onward(read_meeting(access))


@router.get("/{meeting}/samenvatting")
def get_summary(request: Request, access: Asked) -> HTMLResponse:
    """Show what was decided, who goes on with it, and what was skipped; on one page of paper."""
    meeting = read_meeting(access)
    room = room_for_remark(len(meeting.places))
    return render(
        request,
        "meeting_summary.html",
        title="Samenvatting van het overleg",
        meeting=meeting,
        is_close=room < MAX_REMARK,
        groups=[
            (title, [_line(place, room) for place in meeting.places if place.stand is stand])
            for title, stand in (
                ("Besproken", Stand.DISCUSSED),
                ("Overgeslagen", Stand.SKIPPED),
                ("Niet aan bod gekomen", Stand.OPEN),
            )
        ],
        local=access.settings.municipality.zone,
        onward=(meeting.next_open() or meeting.places[0]).hotspot.nummer,
        may_end=may_judge(access.actor) and meeting.ended_at is None,
    )


@router.get("/{meeting}/stand")
def get_versions(access: Asked) -> JSONResponse:
    """Give the version of each case, so that a page can tell that another changed one."""
    meeting = read_meeting(access)
    return JSONResponse({place.hotspot.nummer: place.case.version for place in meeting.places})


@router.post("/{meeting}/afronden")
def post_end(access: SentTo) -> Response:
    """End the meeting."""
    end_meeting(access)
    return RedirectResponse(f"/overleg/{access.meeting}/samenvatting", status_code=303)


@router.get("/{meeting}/{number}")
def get_place(
    request: Request,
    number: Number,
    access: Asked,
    kies: Annotated[str, Query(max_length=20)] = "",
    gedaan: Annotated[str, Query(max_length=20)] = "",
    van: Annotated[str, Query(max_length=60)] = "",
    toetsen: Annotated[str, Query(max_length=5)] = "",
) -> HTMLResponse:
    """Show one place of the meeting; ``toetsen`` (aan, uit) keeps whether its shortcuts are used."""
    done = DONE[gedaan].format(van) if gedaan in ("oordeel", "overgeslagen") else ""
    response = _Page(request, access, number).show(done=done, chosen=kies)
    if toetsen in ("aan", "uit"):
        set_cookie(request, response, SHORTCUTS, toetsen, samesite="strict", max_age=SHORTCUTS_S)
    return response


@router.post("/{meeting}/{number}/oordeel", response_model=None)
def post_verdict(request: Request, number: Number, access: SentTo, form: Form) -> Response:
    """Store what was concluded on a place, and go on to the next."""
    page = _Page(request, access, number)
    version = version_of(form)
    place = page.place
    require(access.actor, Right.JUDGE, place.hotspot.gebied)
    try:
        said = Conclusion.model_validate(fields_of(form))
        reason = said.opmerking.strip() or f"{NO_REMARK} {day(page.today)}."
        conclude(
            access.case(number),
            said.oordeel,
            reason=reason,
            expected_version=version,
            assignment=said.assignment(place.case),
        )
    except ValidationError as error:
        return page.show(refused=Refused("oordeel", 400, wrong_fields(error, CASE_FIELDS), form))
    except StaleError:
        sentences = ["Iemand anders heeft deze plek gewijzigd nadat u haar opende. Er is niets overschreven."]
        history = read_history(access.case(number))
        changed = [happened(event) for event in history if event.version > version]
        return page.show(refused=Refused("oordeel", 409, sentences, form, changed))
    except AssigneeError:
        sentences = [detail_of(AssigneeError)]
        return page.show(refused=Refused("oordeel", 409, sentences, form))
    except WorkflowError:
        sentences = ["Dit kan nu niet: over deze plek is al besloten, of uw organisatie is niet bekend."]
        return page.show(refused=Refused("oordeel", 409, sentences, form))
    return _onward(read_meeting(access), after=number, done="oordeel")


@router.post("/{meeting}/{number}/overslaan")
def post_skip(number: Number, access: SentTo) -> Response:
    """Skip a place, and go on to the next."""
    skip(access, number)
    return _onward(read_meeting(access), after=number, done="overgeslagen")


def may_judge(actor: Actor) -> bool:
    """Whether somebody gives verdicts anywhere."""
    return reachable_gebieden(actor, Right.JUDGE) != frozenset()


def _onward(meeting: Meeting, *, after: str = "", done: str = "") -> Response:
    """The way to the next place of which nothing was said, or else to the summary."""
    place = meeting.next_open(meeting.find(after) if after else -1)
    if place is None:
        return RedirectResponse(f"/overleg/{meeting.id}/samenvatting", status_code=303)
    told = f"?{urlencode({'gedaan': done, 'van': after})}" if done else ""
    return RedirectResponse(f"/overleg/{meeting.id}/{place.hotspot.nummer}{told}", status_code=303)


@dataclass(frozen=True)
class _Line:
    """One place in the summary."""

    place: MeetingPlace
    said: list[tuple[str, str]]  # what was said, and the remark with it
    onward: str  # what comes next
    who: str


def _line(place: MeetingPlace, room: int) -> _Line:
    case = place.case
    verdicts = any(event.kind == "oordelen" for event in place.changes)
    told = [event for event in place.changes if event.kind not in _UNSAID]
    said = [
        (happened(event), shortened(event.reason or "", room))
        # who goes on with it, and until when, stand beside it
        for event in [event for event in told if event.kind != "toewijzen"] or told
    ]
    onward, leads = next_step(case.status, has_verdicts=verdicts)
    return _Line(place, said, onward, case.assigned_to or case.assigned_organisation or leads)


def room_for_remark(places: int) -> int:
    """How many characters of each remark fit, for all places on one page.

    Examples
    --------
    >>> [room_for_remark(places) for places in (3, 10, 20, 100)]
    [200, 200, 110, 40]
    """
    return max(MIN_REMARK, min(MAX_REMARK, ALL_REMARKS // max(places, 1)))


def shortened(text: str, room: int) -> str:
    """A remark as the summary has it, so that all fit on a page; the case has the whole.

    Examples
    --------
    >>> shortened("Voetbal.", 200), len(shortened("x " * 400, 200)) <= 200
    ('Voetbal.', True)
    >>> shortened(f"{NO_REMARK} 2 maart 2026.", 200)
    ''
    """
    return "" if text.startswith(NO_REMARK) else shorten(text, room, placeholder=" …")


MIN_REMARK, MAX_REMARK, ALL_REMARKS = 40, 200, 2200
"""Characters in the summary: of one remark, and of all together."""

NO_REMARK = "Besproken in het overleg van"
"""How the reason begins of a verdict without a remark."""

_UNSAID = frozenset({"verifiëren"})


@dataclass(frozen=True)
class _Page:
    request: Request
    access: MeetingAccess
    number: str

    @property
    def meeting(self) -> Meeting:
        return read_meeting(self.access)

    @property
    def place(self) -> MeetingPlace:
        meeting = self.meeting
        return meeting.places[meeting.find(self.number)]

    @property
    def today(self) -> date:
        return self.access.settings.municipality.local_day(self.access.now)

    def show(self, *, done: str = "", chosen: str = "", refused: Refused | None = None) -> HTMLResponse:
        access, settings, actor = self.access, self.access.settings, self.access.actor
        meeting = self.meeting
        index = meeting.find(self.number)
        place, own = meeting.places[index], access.case(self.number)
        with access.database.reading() as connection:
            shown = build_weekly_map(
                connection,
                settings,
                [place.hotspot],
                peildatum=latest_run(connection, None),
                area_name=place.hotspot.label,
            )
        case = place.case
        can_be = CAN_BE_VERIFIED if actor.role is Role.OOV else CAN_BE_JUDGED
        response = render(
            self.request,
            "meeting.html",
            title=f"Overleg: {place.hotspot.naam} ({self.number})",
            meeting=meeting,
            place=place,
            hotspot=place.hotspot,
            case=case,
            index=index,
            before=meeting.places[index - 1] if index else None,
            after=meeting.places[index + 1] if index + 1 < len(meeting.places) else None,
            plain=plain_reasons(place.hotspot),
            shown=shown,
            drawn=draw_map(shown, Projection(settings.municipality.crs), links=False, max_zoom=18),
            scripts=SCRIPTS,
            verdicts=read_verdicts(own),
            enrichments=read_enrichments(own),
            comments=[row for row in read_comments(own) if not row.is_withdrawn],
            happened=happened,
            may_judge=may(actor, Right.JUDGE, place.hotspot.gebied)
            and case.status in can_be
            and bool(actor.organisation or actor.role is Role.OOV),
            is_oov=actor.role is Role.OOV,
            verdict_choices=VERDICTS,
            chosen=chosen,
            assignees=read_case_assignees(own)
            if may(actor, Right.ASSIGN, place.hotspot.gebied)
            else NO_ASSIGNEES,
            has_shortcuts=read_cookie(self.request, SHORTCUTS) != "uit",
            done=done,
            refused=refused,
            local=settings.municipality.zone,
        )
        response.status_code = 200 if refused is None else refused.status
        return response
