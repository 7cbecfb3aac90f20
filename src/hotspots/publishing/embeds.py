"""Maps, the stand and years with a public address: making, listing, ending and finding them.

A signed token names what is shared and its end; the stored row says whether it was ended earlier. What is
shown there is only what :mod:`hotspots.publishing.disclosure` makes public, whoever made it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, insert, select, update

from hotspots.access.rights import Actor, Right, may, reachable_gebieden, require
from hotspots.access.signed_links import SigningKey
from hotspots.errors import ExpiredError, ForbiddenError, NotFoundError
from hotspots.settings import Settings
from hotspots.store.areas import names_of_gebieden
from hotspots.store.database import Database
from hotspots.store.records import as_record
from hotspots.store.run_tables import embeds

PURPOSE = "embed"


class EmbedKind(StrEnum):
    """What has a public address; in Dutch, as in the form that makes it."""

    KAART = "kaart"
    STAND = "stand"
    JAAR = "jaar"


@dataclass(frozen=True)
class Embed:
    """A map, the stand or a year with a public address."""

    id: str
    gebied: str | None  # None: the whole municipality
    peildatum: date | None  # None: always the latest week
    created_at: datetime
    actor_id: str
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None
    revoked_by: str | None
    soort: EmbedKind = EmbedKind.KAART
    jaar: int | None = None  # of a year only

    def token(self, key: SigningKey) -> str:
        """The token in its address."""
        return key.sign(PURPOSE, UUID(self.id).hex, f"{int(self.expires_at.timestamp()):x}")

    def is_over(self, now: datetime) -> bool:
        """Whether it has ended and shows nothing any more."""
        return self.revoked_at is not None or now >= self.expires_at


def add_embed(
    database: Database,
    settings: Settings,
    *,
    actor: Actor,
    gebied: str | None,
    peildatum: date | None,
    days: int,
    now: datetime,
    soort: EmbedKind = EmbedKind.KAART,
    jaar: int | None = None,
) -> Embed:
    """Give a map, the stand or a year a public address that is valid for a number of days.

    Without a gebied it is of the whole municipality; without a peildatum always of the latest week. The stand
    has no peildatum, as it is that of now.

    Raises
    ------
    ForbiddenError, NotFoundError
        If the actor may not share maps there, or there is no such gebied.
    ValueError
        If a year has no year, or anything else has one.
    """
    require(actor, Right.SHARE_MAPS, gebied)
    if (soort is EmbedKind.JAAR) != (jaar is not None):
        raise ValueError(f"wanted a year for '{EmbedKind.JAAR}' only, found {jaar} for '{soort}'")
    embed = Embed(
        id=str(uuid4()),
        gebied=gebied,
        peildatum=peildatum if soort is EmbedKind.KAART else None,
        created_at=now,
        actor_id=actor.id,
        created_by=actor.name,
        expires_at=(now + timedelta(days=days)).replace(microsecond=0),
        revoked_at=None,
        revoked_by=None,
        soort=soort,
        jaar=jaar,
    )
    with database.writing() as connection:
        known = names_of_gebieden(connection, settings.areas.gebieden)
        if gebied is not None and gebied not in known:
            raise NotFoundError(f"there is no gebied '{gebied}'")
        connection.execute(insert(embeds).values(vars(embed)))
    return embed


def end_embed(database: Database, *, actor: Actor, embed_id: str, now: datetime) -> None:
    """End a map's public address; for its maker and for OOV.

    Raises
    ------
    ForbiddenError, NotFoundError
        If the actor may not, or there is no such map.
    """
    _require_any(actor)
    with database.writing() as connection:
        row = _row(connection, embed_id)
        if row is None or not _is_within_reach(actor, row.gebied):
            raise NotFoundError(f"there is no shared map '{embed_id}'")
        if row.actor_id != actor.id and not may(actor, Right.DECIDE, row.gebied):
            raise ForbiddenError(f"'{actor.name}' wanted to end a map that '{row.created_by}' shared")
        ending = {"revoked_at": now, "revoked_by": actor.name}
        connection.execute(
            update(embeds).where(embeds.c.id == embed_id, embeds.c.revoked_at.is_(None)).values(ending)
        )


def read_embeds(connection: Connection, *, actor: Actor) -> list[Embed]:
    """Read the shared maps within reach of an actor, latest first.

    Raises
    ------
    ForbiddenError
        If the actor may share nothing.
    """
    _require_any(actor)
    rows = connection.execute(select(embeds).order_by(embeds.c.created_at.desc(), embeds.c.id))
    return [_embed(row) for row in rows if _is_within_reach(actor, row.gebied)]


def find_embed(connection: Connection, key: SigningKey, token: str, *, now: datetime) -> Embed:
    """Find the map of a token.

    Raises
    ------
    NotFoundError
        If the token was not made by this service, or was changed.
    ExpiredError
        If its term is over, or it was ended; also when its row was removed.
    """
    parts = key.read(PURPOSE, token)
    if parts is None or len(parts) != 2:
        raise NotFoundError("wanted a token of this service, found another")
    row = _row(connection, str(UUID(parts[0])))
    is_over = now.timestamp() >= int(parts[1], 16)
    if row is None:
        if is_over:
            raise ExpiredError("the time for which the map was shared is over")
        raise NotFoundError("wanted a token of a map that is known, found another")
    embed = _embed(row)
    if is_over or embed.is_over(now):
        raise ExpiredError(f"the map was shared until {embed.revoked_at or embed.expires_at}")
    return embed


def _embed(row: Row[Any]) -> Embed:
    return as_record(Embed, row, soort=EmbedKind(row.soort))


def _is_within_reach(actor: Actor, gebied: str | None) -> bool:
    reach = reachable_gebieden(actor, Right.SHARE_MAPS)
    return reach is None or gebied in reach


def _require_any(actor: Actor) -> None:
    if reachable_gebieden(actor, Right.SHARE_MAPS) == frozenset():
        raise ForbiddenError(f"'{actor.name}' wanted {Right.SHARE_MAPS}: not among the rights given")


def _row(connection: Connection, embed_id: str) -> Row[Any] | None:
    return connection.execute(select(embeds).where(embeds.c.id == embed_id)).first()
