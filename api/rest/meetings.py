"""`/v1/overleggen`: meetings about the places that wait; verdicts are given at `/v1/hotspots/{id}`."""

from datetime import date, datetime
from typing import Annotated, Self

from fastapi import Depends, Path, Request, Response
from pydantic import Field

from api.http.answers import answer_document
from api.http.dependencies import PageParameters, ServiceDatabase, ServiceSettings
from api.http.paging import Document, Paged, answer_part
from api.http.sign_in import Now, SignedIn
from api.rest.case_documents import EventDocument, RequestModel
from api.rest.routes import Routes
from hotspots.casework.meetings import (
    Meeting,
    MeetingAccess,
    MeetingPlace,
    Stand,
    end_meeting,
    read_meeting,
    read_running,
    skip,
    start_meeting,
)
from hotspots.model import Status

router = Routes(tags=["dossiers"])

MeetingId = Annotated[str, Path(alias="id", max_length=60, description="Kenmerk van het overleg")]
Number = Annotated[str, Path(alias="nummer", max_length=60, description="Nummer van de hotspot")]


class NewMeeting(RequestModel):
    """Een nieuw overleg."""

    gebied: str | None = Field(default=None, max_length=120, description="Alleen wat in dit gebied wacht")


class MeetingPlaceDocument(Document):
    """Een plek van een overleg."""

    nummer: str
    naam: str
    stand: Stand
    status: Status
    versie: int = Field(description="Van het dossier; voor If-Match")
    wijzigingen: list[EventDocument] = Field(description="Wat er sinds het begin van het overleg gebeurde")
    persoon: str | None = Field(description="Wie ermee verder gaat")
    organisatie: str | None
    uiterlijk: date | None
    overgeslagen_door: str | None

    @classmethod
    def of(cls, place: MeetingPlace) -> Self:
        """From the library's place."""
        case = place.case
        return cls(
            nummer=place.hotspot.nummer,
            naam=place.hotspot.naam,
            stand=place.stand,
            status=case.status,
            versie=case.version,
            wijzigingen=[EventDocument.model_validate(event) for event in place.changes],
            persoon=case.assigned_to,
            organisatie=case.assigned_organisation,
            uiterlijk=case.due_on,
            overgeslagen_door=place.skipped_by,
        )


class MeetingDocument(Document):
    """Een overleg, met de plekken die u mag zien."""

    id: str
    begonnen: datetime
    begonnen_door: str
    organisatie: str
    afgerond: datetime | None = Field(description="Leeg: het loopt nog")
    plekken: list[MeetingPlaceDocument]

    @classmethod
    def of(cls, meeting: Meeting) -> Self:
        """From the library's meeting."""
        return cls(
            id=meeting.id,
            begonnen=meeting.started_at,
            begonnen_door=meeting.started_by,
            organisatie=meeting.organisation,
            afgerond=meeting.ended_at,
            plekken=[MeetingPlaceDocument.of(place) for place in meeting.places],
        )


class MeetingList(Paged):
    """Overleggen die nog lopen, laatste eerst."""

    overleggen: list[MeetingDocument]


async def find_meetings(
    actor: SignedIn, database: ServiceDatabase, settings: ServiceSettings, now: Now
) -> MeetingAccess:
    """Access to meetings, for the signed-in actor."""
    return MeetingAccess(database, settings, actor, now)


async def find_meeting(
    meeting: MeetingId, actor: SignedIn, database: ServiceDatabase, settings: ServiceSettings, now: Now
) -> MeetingAccess:
    """Access to one meeting, for the signed-in actor."""
    return MeetingAccess(database, settings, actor, now, meeting)


Meetings = Annotated[MeetingAccess, Depends(find_meetings)]
OneMeeting = Annotated[MeetingAccess, Depends(find_meeting)]


@router.reads("/overleggen", "getOverleggen", "Overleggen die nog lopen", MeetingList)
def get_meetings(request: Request, query: PageParameters, access: Meetings) -> Response:
    """Geeft de overleggen van vandaag die nog niet zijn afgerond, met de plekken die u mag zien."""
    running = [MeetingDocument.of(meeting) for meeting in read_running(access)]
    return answer_part(request, query, "overleggen", MeetingDocument, running)


@router.adds("/overleggen", "postOverleg", "Een overleg beginnen")
def post_meeting(access: Meetings, new: NewMeeting) -> MeetingDocument:
    """Begint een overleg over wat wacht: op het oordeel van uw organisatie, of voor OOV op een besluit."""
    meeting = start_meeting(
        access.database, access.settings, actor=access.actor, now=access.now, gebied=new.gebied
    )
    own = MeetingAccess(access.database, access.settings, access.actor, access.now, meeting)
    return MeetingDocument.of(read_meeting(own))


@router.reads("/overleggen/{id}", "getOverleg", "Een overleg, en wat er is besloten", MeetingDocument)
def get_meeting(request: Request, access: OneMeeting) -> Response:
    """Geeft de plekken op volgorde, wat er over elk is gezegd, en wie ermee verder gaat."""
    return answer_document(request, MeetingDocument.of(read_meeting(access)))


@router.put(
    "/overleggen/{id}/plekken/{nummer}/overgeslagen",
    operation_id="putOvergeslagen",
    summary="Een plek overslaan",
    status_code=204,
)
def put_skipped(access: OneMeeting, number: Number) -> Response:
    """Slaat een plek over; een oordeel kan daarna nog."""
    skip(access, number)
    return Response(status_code=204)


@router.put(
    "/overleggen/{id}/afgerond", operation_id="putAfgerond", summary="Een overleg afronden", status_code=204
)
def put_ended(access: OneMeeting) -> Response:
    """Rondt een overleg af; wat er is besloten, blijft in de dossiers."""
    end_meeting(access)
    return Response(status_code=204)
