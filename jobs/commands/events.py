"""`hotspots events …`: other systems that are told what happens, and what they did not take."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from hotspots.access.signed_links import load_signing_key
from hotspots.model import EventType
from hotspots.publishing.events.outgoing import count_dead, read_dead, send_again
from hotspots.publishing.events.sending import send_test
from hotspots.publishing.events.subscriber import SubscriberState, find_subscriber, read_subscribers
from hotspots.publishing.events.subscribers import (
    NewSubscription,
    end_former_secret,
    end_subscriber,
    is_as_set,
    match_settings,
    pause_subscriber,
    rotate_secret,
)
from hotspots.publishing.events.subscribers import subscribe as add_subscriber
from hotspots.settings import Settings
from hotspots.store.database import Database
from jobs.commands import add_group
from jobs.events import send_what_waits
from jobs.terminal import AsJson, By, opened, operator, show

SHOWN = 100
"""How many dead letters are listed, the last ones first."""

Name = Annotated[str, typer.Argument(metavar="NAME", help="The system, as 'hotspots events list' calls it.")]


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    add_group(
        app,
        "events",
        list_=list_subscribers,
        subscribe=subscribe,
        pause=pause,
        resume=resume,
        rotate=rotate,
        end=end,
        dead=dead,
        resend=resend,
        test=try_out,
        send=send,
    )


def list_subscribers(as_json: AsJson = False) -> None:
    """Tell which systems are told what happens, what waits for each, and what went wrong last."""
    with opened() as (settings, database):
        states = _states(database, settings)
    if as_json:
        show({"subscribers": [_as_json(state) for state in states]}, as_json)
        return
    if not states:
        show({"subscribers": "none: 'hotspots events subscribe' adds one"}, as_json)
    for state in states:
        show({"name": state.subscriber.name, **_for_people(state)}, as_json)


def subscribe(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the system is called.")],
    url: Annotated[str, typer.Argument(metavar="URL", help="Where events are posted to: https://…")],
    by: By,
    kinds: Annotated[
        list[EventType] | None, typer.Option("--type", help="Only this type; repeatable. By default all.")
    ] = None,
    areas: Annotated[
        list[str] | None, typer.Option("--area", metavar="GEBIED", help="Only of this area; repeatable.")
    ] = None,
    dwellings: Annotated[
        bool, typer.Option("--dwellings", help="Also of places that point at persons, such as dwellings.")
    ] = False,
    cases: Annotated[
        bool, typer.Option("--cases", help="Also of what stands in cases: verdicts and measures.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell a system what happens from now on. Shows the secret that signs for it, once."""
    wanted = NewSubscription(name, url, kinds or (), areas or None, dwellings, cases)
    with opened() as (settings, database):
        subscriber_id, secret = add_subscriber(
            database,
            settings,
            load_signing_key(settings.service),
            subscription=wanted,
            by=operator(by),
            now=_now(),
        )
    show({"id": subscriber_id, "secret": secret}, as_json)


def pause(name: Name, by: By, as_json: AsJson = False) -> None:
    """Send nothing to a system for a while; what happens meanwhile is kept for it."""
    _pause(name, by, is_paused=True, as_json=as_json)


def resume(name: Name, by: By, as_json: AsJson = False) -> None:
    """Send to a system again, what was kept for it first."""
    _pause(name, by, is_paused=False, as_json=as_json)


def rotate(
    name: Name,
    by: By,
    end_former: Annotated[
        bool, typer.Option("--end-former", help="Make none; the former secret no longer signs.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give a system another secret, shown once; both sign until 'rotate NAME --end-former'."""
    with opened() as (settings, database):
        chosen, actor = _id_of(database, name), operator(by)
        if end_former:
            end_former_secret(database, subscriber_id=chosen, by=actor, now=_now())
            show({"name": name, "formerSecret": "ended"}, as_json)
            return
        key = load_signing_key(settings.service)
        secret = rotate_secret(database, key, subscriber_id=chosen, by=actor, now=_now())
    show({"name": name, "secret": secret}, as_json)


def end(name: Name, by: By, as_json: AsJson = False) -> None:
    """Tell a system nothing more; what waits for it goes too."""
    with opened() as (_, database):
        end_subscriber(database, subscriber_id=_id_of(database, name), by=operator(by), now=_now())
    show({"ended": name}, as_json)


def dead(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Only of this system.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what was given up: events that a system did not take in the time of [events] pauses_s."""
    with opened() as (_, database):
        chosen = None if name is None else _id_of(database, name)
        with database.reading() as connection:
            letters = read_dead(connection, subscriber_id=chosen, limit=SHOWN)
            total = count_dead(connection, subscriber_id=chosen)
    rows = [
        {
            "number": letter.id,
            "subscriber": letter.subscriber,
            "type": str(letter.type),
            "about": letter.nummer or str(letter.peildatum),
            "happenedAt": letter.at.isoformat(),
            "attempts": letter.attempts,
            "problem": letter.problem,
        }
        for letter in letters
    ]
    if as_json:
        show({"dead": total, "letters": rows}, as_json)
        return
    show({"dead": total}, as_json)
    for row in rows:
        show({str(row["number"]): "  ".join(str(value) for value in list(row.values())[1:])}, as_json)


def resend(
    by: By,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Only of this system.")] = None,
    numbers: Annotated[
        list[int] | None,
        typer.Option("--number", help="Only this one, by 'hotspots events dead'; repeatable."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send dead letters again, all or some, each with the id that it had."""
    with opened() as (_, database):
        chosen = None if name is None else _id_of(database, name)
        count = send_again(database, ids=numbers or None, subscriber_id=chosen, by=operator(by), now=_now())
    show({"waiting": count}, as_json)


def try_out(name: Name, as_json: AsJson = False) -> None:
    """Send a system an event that tells of nothing, now; 1 if it did not take it."""
    with opened() as (settings, database):
        _states(database, settings)
        key = load_signing_key(settings.service)
        problem = send_test(database, settings, key, subscriber_id=_id_of(database, name), now=_now())
    show({"name": name, "taken": problem is None, "problem": problem}, as_json)
    raise typer.Exit(0 if problem is None else 1)


def send(as_json: AsJson = False) -> None:
    """Send what is to be sent now, and stop. 'hotspots schedule' does so by itself."""
    with opened() as (settings, database):
        counts = send_what_waits(database, settings, clock=_now)
    show({name: counts[name] for name in ("made", "sent", "failed")}, as_json)


def _now() -> datetime:
    return datetime.now(UTC)


def _pause(name: str, by: str, *, is_paused: bool, as_json: bool) -> None:
    with opened() as (_, database):
        pause_subscriber(
            database, subscriber_id=_id_of(database, name), is_paused=is_paused, by=operator(by), now=_now()
        )
    show({"name": name, "paused": is_paused}, as_json)


def _id_of(database: Database, name: str) -> str:
    with database.reading() as connection:
        return find_subscriber(connection, name).id


def _states(database: Database, settings: Settings) -> list[SubscriberState]:
    """All subscribers, also those of the settings file that nobody has looked at since."""
    with database.reading() as connection:
        is_right = is_as_set(connection, settings)
    if not is_right:
        with database.writing() as connection:
            match_settings(connection, settings, now=_now())
    with database.reading() as connection:
        return read_subscribers(connection)


def _as_json(state: SubscriberState) -> dict[str, Any]:
    one = state.subscriber
    return {
        "id": one.id,
        "name": one.name,
        "url": one.url,
        "types": [str(kind) for kind in one.types],
        "gebieden": None if one.gebieden is None else list(one.gebieden),
        "dwellings": one.reads_dwellings,
        "cases": one.reads_cases,
        "setByServer": one.is_from_file,
        "paused": one.is_paused,
        "waiting": state.waiting,
        "sent": state.sent,
        "dead": state.dead,
        "withheld": state.withheld,
        "oldestWaiting": _moment(state.oldest_waiting),
        "lastTakenAt": _moment(one.answered_at),
        "failingSince": _moment(one.failing_since),
        "problem": one.problem,
    }


def _for_people(state: SubscriberState) -> dict[str, Any]:
    told = _as_json(state)
    told["types"] = ", ".join(told["types"])
    told["gebieden"] = ", ".join(told["gebieden"] or ()) or "all"
    return {key: value for key, value in told.items() if key not in ("id", "name") and value is not None}


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
