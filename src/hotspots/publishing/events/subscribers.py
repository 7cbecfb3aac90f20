"""Who is told what happens: subscribing, pausing, another secret, and ending it; each change is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select, update

from hotspots.access.access_changes import OPERATOR
from hotspots.access.admin_changes import Kind, record_change
from hotspots.access.machine_tokens import may_give
from hotspots.access.rights import Actor, Right
from hotspots.access.signed_links import SigningKey
from hotspots.errors import EventsError, ForbiddenError
from hotspots.model import EVENTS_OF_CASES, EventType
from hotspots.publishing.events.deriving import LOCK, begin_marks, widen_marks
from hotspots.publishing.events.subscriber import (
    NO_GEBIED,
    Subscriber,
    find_subscriber,
    new_secret,
    permitted_types,
    sealed_secret,
)
from hotspots.settings import EventSubscription, Settings, is_outside, is_private_way, require_receiver
from hotspots.store.areas import names_of_gebieden
from hotspots.store.database import Database
from hotspots.store.event_tables import event_subscribers
from hotspots.store.locks import lock_until_end

LONGEST_NAME = 120
BY_SERVER = "settings file"


@dataclass(frozen=True)
class NewSubscription:
    """What somebody wants to have told to a system."""

    name: str
    url: str
    types: Sequence[EventType] = ()  # empty: all that it may be told
    gebieden: Sequence[str] | None = None  # None: everywhere
    reads_dwellings: bool = False
    reads_cases: bool = False


def subscribe(
    database: Database,
    settings: Settings,
    key: SigningKey,
    *,
    subscription: NewSubscription,
    by: Actor | None,
    now: datetime,
) -> tuple[str, str]:
    """Tell a system what happens from now on; gives its id, and the secret, which is shown once.

    Parameters
    ----------
    by
        Who does it, and lets it know of nothing that they may not know of. None, or the operator: who runs
        the software.

    Raises
    ------
    ForbiddenError
        If it would know of what its maker may not.
    EventsError
        If there is one of that name, also in the settings file, the address can't be used, there is no such
        gebied, or it may not be told of these types.
    """
    _require_name(subscription.name, settings)
    _require_address(subscription.url, by)
    _require_own_rights(subscription, by)
    subscriber_id, secret = str(uuid4()), new_secret()
    with database.writing() as connection:
        lock_until_end(connection, LOCK)
        known = select(event_subscribers.c.id).where(event_subscribers.c.name == subscription.name.strip())
        if connection.execute(known).first() is not None:
            raise EventsError(
                f"wanted a name of its own for the subscriber, found '{subscription.name}' in use",
                "Er is al een systeem met deze naam. Kies een andere naam.",
            )
        values = _values(connection, settings, subscription)
        values |= {
            "is_from_file": False,
            "is_paused": False,
            "secret": sealed_secret(key, subscriber_id, secret),
        }
        _add(connection, settings, subscriber_id, values, by=(by or OPERATOR).name, now=now)
        _record(connection, subscription.name.strip(), by, now, after=_told(values))
    return subscriber_id, secret


def pause_subscriber(
    database: Database, *, subscriber_id: str, is_paused: bool, by: Actor | None, now: datetime
) -> None:
    """Send nothing to a system for a while, or send again: what happens meanwhile is kept for it.

    Raises
    ------
    NotFoundError, EventsError
        If there is none, or the server sets it.
    """
    with database.writing() as connection:
        found = _own(connection, subscriber_id)
        if found.is_paused == is_paused:
            return
        _set(connection, found.id, is_paused=is_paused, rests_until=None, failing_since=None)
        before, after = {"gepauzeerd": found.is_paused}, {"gepauzeerd": is_paused}
        _record(connection, found.name, by, now, before=before, after=after)


def rotate_secret(
    database: Database, key: SigningKey, *, subscriber_id: str, by: Actor | None, now: datetime
) -> str:
    """Give a system another secret, which is shown once; the former one signs too until that is ended.

    Raises
    ------
    NotFoundError, EventsError
        If there is none, or the server sets it; if a former one still signs, which may be the one in use.
    """
    secret = new_secret()
    with database.writing() as connection:
        lock_until_end(connection, LOCK)
        found = _own(connection, subscriber_id)
        if found.has_former_secret:
            raise EventsError(
                f"wanted one former secret of '{found.name}', found that there is one already: end it first, "
                "with 'hotspots events rotate --end-former'",
                "Er is al een nieuw geheim. Zet dat in het systeem, en stop het vorige.",
            )
        query = select(event_subscribers.c.secret).where(event_subscribers.c.id == found.id)
        former = connection.execute(query).scalar_one()
        _set(connection, found.id, secret=sealed_secret(key, found.id, secret), former_secret=former)
        _record(connection, found.name, by, now, after={"geheim": "vervangen"})
    return secret


def end_former_secret(database: Database, *, subscriber_id: str, by: Actor | None, now: datetime) -> None:
    """Sign with the new secret only; repeating it changes nothing.

    Raises
    ------
    NotFoundError, EventsError
        If there is none, or the server sets it.
    """
    with database.writing() as connection:
        found = _own(connection, subscriber_id)
        if found.has_former_secret:
            _set(connection, found.id, former_secret=None)
            _record(connection, found.name, by, now, after={"geheim": "het vorige geldt niet meer"})


def end_subscriber(database: Database, *, subscriber_id: str, by: Actor | None, now: datetime) -> None:
    """Tell a system nothing more; its events go with it, also those that wait.

    Raises
    ------
    NotFoundError
        If there is none.
    EventsError
        If the server sets it: there it is taken out.
    """
    with database.writing() as connection:
        lock_until_end(connection, LOCK)
        found = _own(connection, subscriber_id)
        connection.execute(delete(event_subscribers).where(event_subscribers.c.id == found.id))
        _record(connection, found.name, by, now, before={"adres": found.url})


def match_settings(connection: Connection, settings: Settings, *, now: datetime) -> None:
    """Let the subscribers of the settings file be as it says; one that is not in it any more is paused.

    A name that somebody subscribed before is the server's from then on.
    """
    lock_until_end(connection, LOCK)
    table = event_subscribers
    wanted = {one.name: one for one in settings.events.subscriptions}
    rows = {row.name: row for row in connection.execute(select(table))}
    for name, row in rows.items():
        if name not in wanted and row.is_from_file and not row.is_paused:
            _set(connection, row.id, is_paused=True)
            _record(connection, name, None, now, after={"gepauzeerd": True, "door": BY_SERVER})
    for name, one in wanted.items():
        values = _values_of_file(one)
        found = rows.get(name)
        if found is None:
            _add(connection, settings, str(uuid4()), values, by=BY_SERVER, now=now)
        elif all(getattr(found, column) == value for column, value in values.items()):
            continue
        else:
            _set(connection, found.id, **values)
            if any(getattr(found, column) != values[column] for column in ("gebieden", "reads_dwellings")):
                widen_marks(connection, settings, find_subscriber(connection, found.id))
        unknown = set(one.gebieden) - set(names_of_gebieden(connection, settings.areas.gebieden))
        if unknown:
            problem = f"{NO_GEBIED}{min(unknown)}"
            chosen = find_subscriber(connection, name).id
            _set(connection, chosen, problem=problem, failing_since=now)
        _record(connection, name, None, now, after=_told(values) | {"door": BY_SERVER})


def is_as_set(connection: Connection, settings: Settings) -> bool:
    """Whether the subscribers of the settings file are as it says."""
    table = event_subscribers
    rows = {row.name: row for row in connection.execute(select(table))}
    wanted = {one.name: _values_of_file(one) for one in settings.events.subscriptions}
    gone = any(row.is_from_file and not row.is_paused and name not in wanted for name, row in rows.items())
    return not gone and all(
        name in rows and all(getattr(rows[name], column) == value for column, value in values.items())
        for name, values in wanted.items()
    )


def _values_of_file(one: EventSubscription) -> dict[str, Any]:
    permitted = permitted_types(reads_cases=one.cases)
    return {
        "name": one.name,
        "url": one.url,
        "types": [str(kind) for kind in permitted if not one.types or kind in one.types],
        "gebieden": sorted(one.gebieden) or None,
        "reads_dwellings": one.dwellings,
        "reads_cases": one.cases,
        "is_from_file": True,
        "is_paused": not one.enabled,
        "secret": None,
        "former_secret": None,
    }


def _values(connection: Connection, settings: Settings, subscription: NewSubscription) -> dict[str, Any]:
    permitted = permitted_types(reads_cases=subscription.reads_cases)
    refused = sorted(str(kind) for kind in set(subscription.types) - set(permitted))
    if refused:
        raise EventsError(
            f"wanted types that may be told without what stands in cases, found '{refused[0]}'",
            "Een van deze soorten gaat over dossiers. Dit systeem mag die niet lezen.",
        )
    areas = None if subscription.gebieden is None else sorted(set(subscription.gebieden))
    known = names_of_gebieden(connection, settings.areas.gebieden)
    unknown = sorted(set(areas or ()) - set(known))
    if unknown or areas == []:
        raise EventsError(
            f"wanted gebieden among {', '.join(known)}, found {unknown[0] if unknown else 'none'!r}",
            "Kies een of meer gebieden, of alle.",
        )
    return {
        "name": subscription.name.strip(),
        "url": subscription.url,
        "types": [str(kind) for kind in permitted if not subscription.types or kind in subscription.types],
        "gebieden": areas,
        "reads_dwellings": subscription.reads_dwellings,
        "reads_cases": subscription.reads_cases,
    }


def _add(
    connection: Connection,
    settings: Settings,
    subscriber_id: str,
    values: Mapping[str, Any],
    *,
    by: str,
    now: datetime,
) -> None:
    rest = {"id": subscriber_id, "created_at": now, "created_by": by}
    connection.execute(insert(event_subscribers).values({**values, **rest}))
    begin_marks(connection, settings, find_subscriber(connection, subscriber_id))


def _require_name(name: str, settings: Settings) -> None:
    if not 0 < len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        raise EventsError(
            f"wanted a name of 1 to {LONGEST_NAME} characters for the subscriber, found {name[:130]!r}",
            f"Geef het systeem een naam van 1 tot {LONGEST_NAME} tekens.",
        )
    if any(one.name == name.strip() for one in settings.events.subscriptions):  # it would be taken over
        raise EventsError(
            f"wanted another name, found '{name}' among [[events.subscriptions]] of the settings file",
            "Deze naam staat in de instellingen op de server. Kies een andere naam.",
        )


def _require_address(url: str, by: Actor | None) -> None:
    try:
        require_receiver(url)
    except ValueError as error:
        raise EventsError(
            str(error), "Geef een adres dat begint met https://, zonder naam, wachtwoord of #."
        ) from None
    if len(url) > 2000 or not is_private_way(url) or (not _runs_it(by) and not url.startswith("https://")):
        raise EventsError(
            f"wanted an address that begins with https:// (on the server itself http:// to this machine), "
            f"found '{url[:200]}'",
            "Geef een adres dat begint met https://.",
        )
    if not _runs_it(by) and not is_outside(url):
        raise EventsError(
            f"wanted the address of another machine, found '{url[:200]}': who runs the software can give it, "
            "with 'hotspots events subscribe'",
            "Geef het adres van een ander systeem, niet van deze server.",
        )


def _require_own_rights(subscription: NewSubscription, by: Actor | None) -> None:
    """Refuse who would let a system know of what they may not know of themselves."""
    if by is None or _runs_it(by):
        return
    areas = None if subscription.gebieden is None else frozenset(subscription.gebieden)
    asked = {
        Right.READ_HOTSPOTS: True,
        Right.READ_DWELLINGS: subscription.reads_dwellings,
        Right.READ_CASES: subscription.reads_cases or bool(EVENTS_OF_CASES & set(subscription.types)),
    }
    for right, is_asked in asked.items():
        if is_asked and not may_give(by, right, areas):
            raise ForbiddenError(
                f"'{by.name}' wanted to have a system told what needs '{right}', and lacks it there: who "
                "runs the software can, with 'hotspots events subscribe'"
            )


def _runs_it(by: Actor | None) -> bool:
    return by is None or by.id == OPERATOR.id


def _own(connection: Connection, subscriber_id: str) -> Subscriber:
    found = find_subscriber(connection, subscriber_id)
    if found.is_from_file:
        raise EventsError(
            f"'{found.name}' is set by the server: change [[events.subscriptions]] of the settings file",
            "Dit systeem is ingesteld op de server, en wordt daar gewijzigd.",
        )
    return found


def _set(connection: Connection, subscriber_id: str, **values: Any) -> None:
    connection.execute(
        update(event_subscribers).where(event_subscribers.c.id == subscriber_id).values(values)
    )


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "adres": values["url"],
        "soorten": values["types"],
        "gebieden": values["gebieden"],
        "woningen": values["reads_dwellings"],
        "dossiers": values["reads_cases"],
        "gepauzeerd": values["is_paused"],
    }


def _record(
    connection: Connection,
    name: str,
    by: Actor | None,
    now: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    record_change(connection, kind=Kind.EVENTS, about=name, by=by, at=now, before=before, after=after)
