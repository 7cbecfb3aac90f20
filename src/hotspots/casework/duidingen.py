"""Duidingen: what partners say lies behind figures of a period, a place and a category.

A duiding is written, corrected and withdrawn by its organisation. Each of these adds a version; the last one
holds, and the earlier ones stay in its history. Its sharing class says who reads it, as of an enrichment.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import shapely
from sqlalchemy import ColumnElement, Connection, insert, select

from hotspots.access.rights import (
    Actor,
    Right,
    Sharing,
    Visibility,
    may,
    may_read_shared,
    reachable_gebieden,
    require,
    require_somewhere,
    visibility_of,
)
from hotspots.casework.cases import checked_text, organisation_of
from hotspots.errors import DuidingError, NotFoundError, StaleError
from hotspots.model import SCREENED
from hotspots.settings import Settings
from hotspots.store.areas import gebieden_of_buurten, load_areas
from hotspots.store.audit import add_line
from hotspots.store.case_tables import REMOVED_TEXT, duidingen
from hotspots.store.database import Database
from hotspots.store.place_tables import areas
from hotspots.store.records import as_record
from hotspots.tracking.own_areas import OWN, read_own_area
from hotspots.wording import day

EVERYWHERE = "de hele gemeente"


@dataclass(frozen=True)
class Written:
    """What somebody writes behind figures.

    Attributes
    ----------
    first, last
        The period of the figures; both days are in it.
    gebied, buurtcode
        Where: a gebied by name, or a buurt by code; both None: the whole municipality.
    category
        One of those that are screened; None: all.
    """

    text: str
    first: date
    last: date
    sharing: Sharing
    gebied: str | None = None
    buurtcode: str | None = None
    category: str | None = None


@dataclass(frozen=True)
class Duiding:
    """What lies behind figures, in one of its versions."""

    id: str
    version: int
    text: str
    first: date
    last: date
    gebied: str | None
    buurtcode: str | None
    buurtnaam: str | None
    category: str | None
    sharing: Sharing
    organisation: str
    given_at: datetime
    given_by: str
    is_withdrawn: bool = False

    @property
    def is_corrected(self) -> bool:
        """Whether it read otherwise before."""
        return self.version > 1

    @property
    def where(self) -> str:
        """The place in words."""
        return self.gebied or self.buurtnaam or self.buurtcode or EVERYWHERE

    @property
    def heading(self) -> str:
        """What it is about, in words: place, category and period.

        Examples
        --------
        >>> from datetime import UTC
        >>> moment = datetime(2024, 1, 8, 9, tzinfo=UTC)
        >>> Duiding("1", 1, "Kermis.", date(2023, 5, 1), date(2023, 5, 31), "Wyck", None, None, "drugs",
        ...     Sharing.TEAM, "politie", moment, "A. Agent").heading
        'Wyck, overlast drugs, 1 mei 2023 tot en met 31 mei 2023'
        """
        about = f", overlast {self.category}" if self.category else ""
        place = f"{self.where[0].upper()}{self.where[1:]}"
        return f"{place}{about}, {day(self.first)} tot en met {day(self.last)}"


def read_duidingen(
    connection: Connection,
    settings: Settings,
    *,
    visibility: Visibility,
    reader: Actor | frozenset[Sharing] | None,
    van: date | None = None,
    tot: date | None = None,
    gebied: str | None = None,
    buurt: str | None = None,
    categorie: str | None = None,
    codes: Collection[str] | None = None,
) -> list[Duiding]:
    """Read what lies behind figures of a period, a place and a category: the newest period first.

    One that is about a part of them, or about more than them, is among it.

    Parameters
    ----------
    visibility
        Where the reader may know of places; what is about the whole municipality is for everyone.
    reader
        Who reads, or the sharing classes that readers of a report may read; None, nobody in particular,
        reads nothing.
    van, tot
        First and last day; None is without end.
    gebied
        Name of a gebied, or an area of the reader's own.
    codes
        The buurten that figures are about, where they are told as such.
    """
    table = duidingen.c
    wanted: list[ColumnElement[bool]] = [~table.is_withdrawn, table.text != REMOVED_TEXT]
    if van is not None:
        wanted.append(table.last >= van)
    if tot is not None:
        wanted.append(table.first <= tot)
    if categorie is not None:
        wanted.append(table.category.is_(None) | (table.category == categorie))
    places = _Places(connection, settings)
    asked = places.asked(visibility, gebied, buurt) if codes is None else set(codes)
    return [
        duiding
        for row in _last_versions(connection, *wanted)
        if _is_for(reader, duiding := places.duiding(row))
        and places.is_known_to(visibility, duiding)
        and (asked is None or places.overlaps(duiding, asked))
    ]


def read_duiding(database: Database, settings: Settings, duiding_id: str, *, actor: Actor) -> Duiding:
    """Read one that holds.

    Raises
    ------
    NotFoundError
        If there is none, or the actor may not read it.
    """
    known = read_last_version(database, settings, duiding_id, actor=actor)
    if known.is_withdrawn or known.text == REMOVED_TEXT:
        raise NotFoundError(f"the duiding '{duiding_id}' was withdrawn or removed")
    return known


def read_last_version(database: Database, settings: Settings, duiding_id: str, *, actor: Actor) -> Duiding:
    """Read the last version of one, also if it says that it was withdrawn; raises as `read_duiding`."""
    with database.reading() as connection:
        return _versions(connection, _Places(connection, settings), duiding_id, actor)[-1]


def read_duiding_history(
    database: Database, settings: Settings, duiding_id: str, *, actor: Actor
) -> list[Duiding]:
    """Read the versions of one, first to last; also of one that was withdrawn.

    A version is for who may read it and each later one: what was made for fewer readers is so from its start.

    Raises
    ------
    NotFoundError
        As :func:`read_duiding`.
    ForbiddenError
        If the actor may not read cases there.
    """
    with database.reading() as connection:
        places = _Places(connection, settings)
        versions = _versions(connection, places, duiding_id, actor)
    last = versions[-1]
    if last.gebied is None and last.buurtcode is None:
        require_somewhere(actor, Right.READ_CASES)
    else:
        require(actor, Right.READ_CASES, places.gebied_of(last))
    readable: list[Duiding] = []
    for version in reversed(versions):
        if not (_is_for(actor, version) and places.is_known_to(visibility_of(actor), version)):
            break
        readable.append(version)
    return readable[::-1]


def write_duiding(
    database: Database, settings: Settings, written: Written, *, actor: Actor, now: datetime
) -> Duiding:
    """Write what lies behind figures, in the name of the actor's organisation.

    Raises
    ------
    ForbiddenError
        If the actor may not write this there; of the whole municipality who may everywhere.
    WorkflowError
        If the text is empty or too long, or the actor speaks for no organisation.
    DuidingError
        If the period ends before it begins, or there is no such place or category.
    """
    require_somewhere(actor, Right.INTERPRET)
    organisation = organisation_of(actor)
    with database.writing() as connection:
        places = _Places(connection, settings)
        row = _checked(written, places, actor)
        return _add(connection, places, actor, now, duiding_id=str(uuid4()), version=1,
                    organisation=organisation, is_withdrawn=False, **row)  # fmt: skip


def correct_duiding(
    database: Database,
    settings: Settings,
    duiding_id: str,
    written: Written,
    *,
    actor: Actor,
    expected_version: int,
    now: datetime,
) -> Duiding:
    """Correct one of the actor's organisation; raises as `write_duiding` and `withdraw_duiding`."""
    with database.writing() as connection:
        places = _Places(connection, settings)
        last = _own(connection, places, duiding_id, actor, expected_version)
        row = _checked(written, places, actor)
        return _add(connection, places, actor, now, duiding_id=duiding_id, version=last.version + 1,
                    organisation=last.organisation, is_withdrawn=False, **row)  # fmt: skip


def withdraw_duiding(
    database: Database,
    settings: Settings,
    duiding_id: str,
    *,
    actor: Actor,
    expected_version: int,
    now: datetime,
) -> Duiding:
    """Withdraw one of the actor's organisation: it is shown no more, and its history keeps it.

    Raises
    ------
    NotFoundError
        If there is none that holds, the actor may not read it, or it is another organisation's.
    ForbiddenError
        If the actor may not write there.
    StaleError
        If it is no longer at the version that the user saw.
    """
    with database.writing() as connection:
        places = _Places(connection, settings)
        last = _own(connection, places, duiding_id, actor, expected_version)
        return _add(connection, places, actor, now, duiding_id=duiding_id, version=last.version + 1,
                    organisation=last.organisation, is_withdrawn=True, text=last.text, first=last.first,
                    last=last.last, sharing=str(last.sharing), gebied=last.gebied,
                    buurtcode=last.buurtcode, category=last.category)  # fmt: skip


def changeable(
    connection: Connection, settings: Settings, listed: Sequence[Duiding], actor: Actor | None
) -> set[str]:
    """The ids of those that someone may correct or withdraw."""
    if actor is None or not actor.organisation:
        return set()
    places = _Places(connection, settings)
    return {
        duiding.id
        for duiding in listed
        if actor.organisation == duiding.organisation
        and may(actor, Right.INTERPRET, places.gebied_of(duiding))
    }


def places_to_write_of(
    connection: Connection, settings: Settings, actor: Actor
) -> tuple[list[str], list[tuple[str, str]], bool]:
    """Of which gebieden, buurten (code and name) and whether of the whole municipality someone may write."""
    reach = reachable_gebieden(actor, Right.INTERPRET)
    places = _Places(connection, settings)
    buurten = {code: gebied for code, gebied in places.gebieden.items() if reach is None or gebied in reach}
    named = sorted(((code, places.names.get(code, code)) for code in buurten), key=lambda pair: pair[1])
    return sorted(set(buurten.values())), named, reach is None


class _Places:
    """The gebieden and buurten of now: which of them a duiding is about."""

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self.connection, self.settings = connection, settings
        self.gebieden = gebieden_of_buurten(connection, settings.areas.gebieden)
        rows = connection.execute(select(areas.c.buurtcode, areas.c.buurtnaam))
        self.names = {row.buurtcode: row.buurtnaam for row in rows}

    def duiding(self, row: Any) -> Duiding:
        return as_record(
            Duiding,
            row,
            id=row.duiding_id,
            sharing=Sharing(row.sharing),
            buurtnaam=self.names.get(row.buurtcode) if row.buurtcode else None,
        )

    def gebied_of(self, written: Duiding | Written) -> str | None:
        """In which gebied it is; None for the whole municipality, or a buurt that is no more."""
        return written.gebied or self.gebieden.get(written.buurtcode or "")

    def is_known_to(self, visibility: Visibility, duiding: Duiding) -> bool:
        if duiding.gebied is None and duiding.buurtcode is None:
            return not visibility.is_nothing
        return visibility.gebieden is None or self.gebied_of(duiding) in visibility.gebieden

    def asked(self, visibility: Visibility, gebied: str | None, buurt: str | None) -> set[str] | None:
        """The buurten that figures are about; None is all."""
        if buurt is not None:
            return {buurt}
        if gebied is None:
            return None
        if not gebied.startswith(OWN):
            return self._in(gebied)
        own = read_own_area(self.connection, visibility.reader_id, gebied)
        if own is None:
            return set()
        table = load_areas(self.connection, self.settings.areas.gebieden)
        return set(table["buurtcode"][shapely.intersects(table.geometry, own[1])])

    def overlaps(self, duiding: Duiding, buurten: set[str]) -> bool:
        if duiding.buurtcode is not None:
            return duiding.buurtcode in buurten
        return duiding.gebied is None or not buurten.isdisjoint(self._in(duiding.gebied))

    def _in(self, gebied: str) -> set[str]:
        return {code for code, name in self.gebieden.items() if name == gebied}


def _is_for(reader: Actor | frozenset[Sharing] | None, duiding: Duiding) -> bool:
    if reader is None or isinstance(reader, frozenset):
        return duiding.sharing in (reader or ())
    return may_read_shared(reader, duiding.sharing, duiding.organisation)


def _last_versions(connection: Connection, *wanted: ColumnElement[bool]) -> Sequence[Any]:
    later = duidingen.alias("later")
    is_last = ~select(later.c.id).where(
        later.c.duiding_id == duidingen.c.duiding_id, later.c.version > duidingen.c.version
    ).exists()  # fmt: skip
    order = (duidingen.c.last.desc(), duidingen.c.first.desc(), duidingen.c.id.desc())
    return connection.execute(select(duidingen).where(is_last, *wanted).order_by(*order)).all()


def _versions(connection: Connection, places: _Places, duiding_id: str, actor: Actor) -> Sequence[Duiding]:
    """The versions of one whose last may be read, first to last."""
    query = select(duidingen).where(duidingen.c.duiding_id == duiding_id).order_by(duidingen.c.version)
    versions = [places.duiding(row) for row in connection.execute(query)]
    if (
        not versions
        or not _is_for(actor, versions[-1])
        or not places.is_known_to(visibility_of(actor), versions[-1])
    ):
        raise NotFoundError(f"there is no duiding '{duiding_id}' for '{actor.name}'")
    return versions


def _own(
    connection: Connection, places: _Places, duiding_id: str, actor: Actor, expected_version: int
) -> Duiding:
    """The last version of one of the actor's organisation; other writers of it wait."""
    connection.execute(
        select(duidingen.c.id).where(duidingen.c.duiding_id == duiding_id, duidingen.c.version == 1)
        .with_for_update()
    )  # fmt: skip
    last = _versions(connection, places, duiding_id, actor)[-1]
    if last.is_withdrawn or last.text == REMOVED_TEXT:
        raise NotFoundError(f"the duiding '{duiding_id}' was withdrawn or removed")
    require(actor, Right.INTERPRET, places.gebied_of(last))
    if last.organisation != organisation_of(actor):
        raise NotFoundError(f"'{actor.organisation}' has no duiding '{duiding_id}'")
    if last.version != expected_version:
        raise StaleError(
            f"duiding '{duiding_id}' is at version {last.version}, the change was made on version "
            f"{expected_version}: read it again and repeat the change"
        )
    return last


def _checked(written: Written, places: _Places, actor: Actor) -> dict[str, Any]:
    """The columns of what is written; refuses what is wrong, or not for this actor."""
    text = checked_text(written.text, "text")
    if written.last < written.first:
        raise DuidingError(
            f"wanted a period that ends after it begins, found {written.first} to {written.last}",
            "De periode eindigt voordat zij begint.",
        )
    if written.category is not None and written.category not in SCREENED:
        raise DuidingError(
            f"wanted one of {', '.join(SCREENED)}, found '{written.category}'", "Deze categorie is er niet."
        )
    if written.gebied is not None and written.buurtcode is not None:
        raise DuidingError(
            "wanted a gebied or a buurt, found both", "Kies een gebied of een buurt, niet allebei."
        )
    is_place = (written.gebied is None or written.gebied in places.gebieden.values()) and (
        written.buurtcode is None or written.buurtcode in places.gebieden
    )
    if not is_place:
        raise DuidingError(
            f"there is no gebied or buurt '{written.gebied or written.buurtcode}'",
            "Dit gebied of deze buurt is er niet.",
        )
    require(actor, Right.INTERPRET, places.gebied_of(written))
    return vars(replace(written, text=text)) | {"sharing": str(written.sharing)}


def _add(connection: Connection, places: _Places, actor: Actor, now: datetime, **row: Any) -> Duiding:
    signed = {"given_at": now, "actor_id": actor.id, "given_by": actor.name}
    add_line(connection, "dossier bijwerken", now=now)
    added = connection.execute(insert(duidingen).values(**row, **signed).returning(duidingen)).one()
    return places.duiding(added)
