"""`/v1/volgen`: what one follows, areas of one's own, and what changed there."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import Field
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from api.http.dependencies import ReadConnection, ServiceDatabase, ServiceSettings
from api.http.paging import Document, answer_list
from api.http.sign_in import Now, SignedIn
from api.rest.case_documents import RequestModel, ShortText, Whole
from api.rest.routes import Routes
from hotspots.access.rights import Actor
from hotspots.errors import FollowError
from hotspots.publishing.followed_changes import ChangeKind, FollowedChange, read_changes
from hotspots.publishing.follows import (
    Follow,
    FollowKind,
    buurten_shape,
    circle,
    drawn,
    follow_area,
    follow_place,
    point_of_address,
    read_follows,
    street_shape,
    unfollow,
)
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.tracking.own_areas import OWN

router = Routes(tags=["hotspots"])

CHANGES_OF = timedelta(days=60)
"""How far back a feed goes: a reader that is away for weeks misses nothing."""

FollowId = Annotated[str, Path(alias="id", max_length=60, description="Kenmerk van wat u volgt")]


class NewFollow(RequestModel):
    """Wat u wilt volgen: een plek, straat, straal om een punt of adres, getekend gebied of buurten."""

    soort: FollowKind
    naam: ShortText | None = Field(default=None, description="Hoe u het gebied noemt")
    hotspot: ShortText | None = Field(default=None, description="Van een plek: kenmerk of nummer")
    straat: ShortText | None = Field(default=None, description="Naam uit het register van adressen")
    huisnummer: Whole | None = Field(
        default=None, ge=1, le=99_999, description="Van een straal: om dit adres in de straat"
    )
    lon: float | None = Field(default=None, ge=-180, le=180, description="Van een straal: om dit punt")
    lat: float | None = Field(default=None, ge=-90, le=90)
    straal_m: float | None = Field(default=None, gt=0, le=20_000, description="Afstand in meters")
    punten: list[tuple[float, float]] = Field(
        default_factory=list, max_length=500, description="Hoeken van een getekend gebied: lengte, breedte"
    )
    buurten: list[ShortText] = Field(default_factory=list, max_length=500, description="Codes van buurten")


class FollowDocument(Document):
    """Iets dat u volgt."""

    id: str
    soort: FollowKind
    naam: str
    nummer: str | None = Field(description="Van een plek")
    gebied: str | None = Field(description="Van een gebied: waarde voor `gebied` in een filter")
    geometrie: dict[str, object] | None = Field(description="Van een gebied: GeoJSON, lengte en breedte")

    @classmethod
    def of(cls, follow: Follow) -> "FollowDocument":
        """From the library's follow."""
        return cls(
            id=follow.id,
            soort=follow.kind,
            naam=follow.name,
            nummer=follow.number,
            gebied=None if follow.shape is None else f"{OWN}{follow.id}",
            geometrie=None if follow.shape is None else mapping(follow.shape),
        )


class FollowList(Document):
    """Wat u volgt, eerste eerst."""

    volgen: list[FollowDocument]


class MadeFollow(Document):
    """Iets dat u nu volgt."""

    id: str
    gebied: str | None = Field(description="Van een gebied: waarde voor `gebied` in een filter")


class ChangeDocument(Document):
    """Een verandering bij iets dat u volgt."""

    nummer: str
    naam: str
    wat: ChangeKind
    tijdstip: datetime

    @classmethod
    def of(cls, change: FollowedChange) -> "ChangeDocument":
        """From the library's change."""
        spot = change.hotspot
        return cls(nummer=spot.nummer, naam=spot.naam, wat=change.kind, tijdstip=change.at)


class ChangeList(Document):
    """Veranderingen van de laatste 60 dagen, laatste eerst."""

    veranderingen: list[ChangeDocument]


@router.reads("/volgen", "getVolgen", "Wat u volgt", FollowList, is_table=True)
def get_follows(request: Request, actor: SignedIn, connection: ReadConnection) -> Response:
    """Geeft wat u volgt: plekken, en gebieden van uzelf. Die zijn ook een filter: `gebied=eigen:…`."""
    found = [FollowDocument.of(follow) for follow in read_follows(connection, user_id=actor.id)]
    content = FollowList(volgen=found).model_dump(mode="json", by_alias=True)
    return answer_list(request, content, "volgen", FollowDocument)


@router.adds("/volgen", "postVolgen", "Een plek of gebied volgen")
def post_follow(
    new: NewFollow,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> MadeFollow:
    """Volgt een plek, of een gebied dat u zo maakt."""
    return MadeFollow.model_validate(start_following(database, settings, new, actor=actor, now=now))


@router.delete("/volgen/{id}", operation_id="deleteVolgen", summary="Iets niet meer volgen", status_code=204)
def delete_follow(follow_id: FollowId, actor: SignedIn, database: ServiceDatabase, now: Now) -> Response:
    """Volgt iets niet meer; een gebied van uzelf is dan weg."""
    unfollow(database, actor=actor, follow_id=follow_id, now=now)
    return Response(status_code=204)


@router.reads("/volgen/veranderingen", "getVeranderingen", "Wat er veranderde", ChangeList, is_table=True)
def get_changes(
    request: Request, actor: SignedIn, connection: ReadConnection, settings: ServiceSettings, now: Now
) -> Response:
    """Geeft wat er veranderde bij wat u volgt, voor zover u dat nu mag weten."""
    changes = read_changes(connection, settings, actor, since=now - CHANGES_OF, until=now)
    found = ChangeList(veranderingen=[ChangeDocument.of(change) for change in changes])
    content = found.model_dump(mode="json", by_alias=True)
    return answer_list(request, content, "veranderingen", ChangeDocument)


def start_following(
    database: Database, settings: Settings, new: NewFollow, *, actor: Actor, now: datetime
) -> dict[str, str | None]:
    """Follow what was asked; gives its id, and of an area its value for a filter.

    Raises
    ------
    FollowError, NotFoundError, ForbiddenError
        As :mod:`hotspots.publishing.follows`.
    """
    if new.soort is FollowKind.PLACE:
        if new.hotspot is None:
            raise FollowError("wanted the number of a place, found none", "Geef het nummer van de plek.")
        number = new.hotspot
        made = follow_place(database, settings, actor=actor, hotspot=number, now=now)
        return {"id": made, "gebied": None}
    with database.reading() as connection:
        name, shape = _area_of(connection, settings, new)
    made = follow_area(database, actor=actor, kind=new.soort, name=new.naam or name, shape=shape, now=now)
    return {"id": made, "gebied": f"{OWN}{made}"}


def _area_of(connection: Connection, settings: Settings, new: NewFollow) -> tuple[str, BaseGeometry]:
    """What an area is called unless its owner says otherwise, and its shape."""
    if new.soort is FollowKind.STREET:
        return street_shape(connection, settings, new.straat or "")
    if new.soort is FollowKind.BUURTEN:
        return "Buurten", buurten_shape(connection, new.buurten)
    if new.soort is FollowKind.DRAWN:
        return "Getekend gebied", drawn(new.punten)
    where, point = "een punt", (new.lon, new.lat)
    if new.straat is not None and new.huisnummer is not None:
        where = f"{new.straat} {new.huisnummer}"
        point = point_of_address(connection, new.straat, new.huisnummer)
    if point[0] is None or point[1] is None or new.straal_m is None:
        raise FollowError(
            "wanted a point or address, and a distance, found less",
            "Geef een adres of een punt, en een afstand in meters.",
        )
    shape = circle(settings, lon=point[0], lat=point[1], radius_m=new.straal_m)
    return f"{new.straal_m:.0f} m om {where}", shape
