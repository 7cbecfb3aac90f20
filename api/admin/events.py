"""`/beheer/gebeurtenissen`: which other systems are told what happens, and how that goes."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.admin.sections import AdminRequest, Asked, Sent
from api.admin.users import areas_of
from api.http.dependencies import PageParameters
from api.http.forms import Choices, Form
from api.http.sent_once import reserve
from hotspots.access.rights import Right, visibility_of
from hotspots.access.signed_links import SigningKey
from hotspots.errors import EventsError, NotFoundError
from hotspots.model import EventType
from hotspots.publishing.events.listing import EventState, read_events
from hotspots.publishing.events.message import IN_DUTCH
from hotspots.publishing.events.outgoing import count_dead, send_again
from hotspots.publishing.events.sending import problem_in_dutch, send_test
from hotspots.publishing.events.subscriber import SubscriberState, permitted_types, read_subscribers
from hotspots.publishing.events.subscribers import (
    LONGEST_NAME,
    NewSubscription,
    end_former_secret,
    end_subscriber,
    is_as_set,
    pause_subscriber,
    rotate_secret,
    subscribe,
)

router = APIRouter(prefix="/beheer/gebeurtenissen", include_in_schema=False)

PATH = "/beheer/gebeurtenissen"
SHOWN = 10
"""How many are shown of what arrived last, and of what waits."""

DEAD_AT_A_TIME = 20

SystemId = Annotated[str, Path(alias="systeem", max_length=60)]

_TAKEN = "Het systeem nam het proefbericht aan."


@router.get("")
def get_systems(asked: Asked) -> HTMLResponse:
    """Show every system that is told what happens, with the form to add one."""
    asked.require(Right.MANAGE_EVENTS)
    return _systems_page(asked)


@router.post("")
def post_system(sent: Sent, form: Form, choices: Choices) -> HTMLResponse:
    """Add a system, and show its secret once."""
    sent.require(Right.MANAGE_EVENTS)
    name = form.get("naam", "").strip()
    types = [kind for kind in EventType if str(kind) in choices.get("soort", [])]
    areas = choices.get("gebied") or None
    try:
        _, secret = subscribe(
            sent.database,
            sent.settings,
            _key_of(sent),
            subscription=NewSubscription(name, form.get("adres", "").strip(), types, areas),
            by=sent.actor,
            now=sent.now,
        )
    except EventsError as error:
        typed = {**form, "soorten": choices.get("soort", []), "gebieden": areas or []}
        return _systems_page(sent, typed=typed, problem=error.dutch, status=409)
    return _systems_page(sent, made=(name, secret))


@router.post("/opnieuw")
def post_all_again(sent: Sent) -> Response:
    """Send what did not arrive again, of all systems."""
    sent.require(Right.MANAGE_EVENTS)
    send_again(sent.database, by=sent.actor, now=sent.now)
    return RedirectResponse(PATH, status_code=303)


@router.get("/{systeem}")
def get_system(asked: Asked, system: SystemId, page: PageParameters) -> HTMLResponse:
    """Show one system: what it is told, what arrived last, what waits, and what did not arrive and why."""
    asked.require(Right.MANAGE_EVENTS)
    return _system_page(asked, system, number=page.pagina)


@router.post("/{systeem}/proef")
def post_trial(sent: Sent, system: SystemId) -> HTMLResponse:
    """Send a system a message that tells of nothing, now, and tell what it answered."""
    sent.require(Right.MANAGE_EVENTS)
    _state_of(sent, system)
    reserve(sent.request, sent.database)
    problem = send_test(sent.database, sent.settings, _key_of(sent), subscriber_id=system, now=sent.now)
    if problem is None:
        return _system_page(sent, system, done=_TAKEN)
    told = f"Het proefbericht is niet aangenomen. {problem_in_dutch(problem)}"
    return _system_page(sent, system, problem=told)


@router.post("/{systeem}/pauze")
def post_pause(sent: Sent, system: SystemId) -> Response:
    """Send nothing to a system for a while."""
    return _paused(sent, system, is_paused=True)


@router.post("/{systeem}/hervat")
def post_resume(sent: Sent, system: SystemId) -> Response:
    """Send to a system again."""
    return _paused(sent, system, is_paused=False)


@router.post("/{systeem}/geheim")
def post_secret(sent: Sent, system: SystemId) -> HTMLResponse:
    """Give a system another secret, and show it once; the former one signs too."""
    sent.require(Right.MANAGE_EVENTS)
    try:
        secret = rotate_secret(
            sent.database, _key_of(sent), subscriber_id=system, by=sent.actor, now=sent.now
        )
    except EventsError as error:
        return _system_page(sent, system, problem=error.dutch, status=409)
    return _system_page(sent, system, secret=secret)


@router.post("/{systeem}/vorige-geheim")
def post_former_secret(sent: Sent, system: SystemId) -> Response:
    """Sign with the new secret only."""
    return _changed(
        sent,
        system,
        lambda: end_former_secret(sent.database, subscriber_id=system, by=sent.actor, now=sent.now),
    )


@router.post("/{systeem}/weghalen")
def post_end(sent: Sent, system: SystemId, form: Form) -> Response:
    """Tell a system nothing more."""
    sent.require(Right.MANAGE_EVENTS)
    if form.get("zeker") != "ja":
        _state_of(sent, system)
        told = "Zet een vinkje bij ‘Ik weet het zeker’: wat nog wacht, gaat ook weg."
        return _system_page(sent, system, problem=told, status=409)
    try:
        end_subscriber(sent.database, subscriber_id=system, by=sent.actor, now=sent.now)
    except EventsError as error:
        return _system_page(sent, system, problem=error.dutch, status=409)
    return RedirectResponse(PATH, status_code=303)


@router.post("/{systeem}/opnieuw")
def post_again(sent: Sent, system: SystemId, form: Form) -> Response:
    """Send what did not arrive again: one message, or all of this system."""
    sent.require(Right.MANAGE_EVENTS)
    given = form.get("bericht", "")
    if given and not (given.isdecimal() and len(given) < 19):
        raise NotFoundError(f"there is no message '{given[:20]}'")
    send_again(
        sent.database,
        ids=[int(given)] if given else None,
        subscriber_id=system,
        by=sent.actor,
        now=sent.now,
    )
    return RedirectResponse(f"{PATH}/{system}", status_code=303)


def _paused(sent: AdminRequest, system: str, *, is_paused: bool) -> Response:
    def change() -> None:
        pause_subscriber(
            sent.database, subscriber_id=system, is_paused=is_paused, by=sent.actor, now=sent.now
        )

    return _changed(sent, system, change)


def _changed(sent: AdminRequest, system: str, change: Callable[[], None]) -> Response:
    sent.require(Right.MANAGE_EVENTS)
    try:
        change()
    except EventsError as error:
        return _system_page(sent, system, problem=error.dutch, status=409)
    return RedirectResponse(f"{PATH}/{system}", status_code=303)


def _key_of(asked: AdminRequest) -> SigningKey:
    find: Callable[[], SigningKey] = asked.request.app.state.signing_key
    return find()


def _state_of(asked: AdminRequest, system: str) -> SubscriberState:
    with asked.database.reading() as connection:
        states = read_subscribers(connection)
    found = next((state for state in states if state.subscriber.id == system), None)
    if found is None:
        raise NotFoundError(f"there is no system '{system}'")
    return found


def _systems_page(
    asked: AdminRequest,
    *,
    typed: Mapping[str, Any] | None = None,
    problem: str = "",
    made: tuple[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    with asked.database.reading() as connection:
        states, is_set = read_subscribers(connection), is_as_set(connection, asked.settings)
        dead = count_dead(connection)
    return asked.page(
        "events.html",
        section=PATH,
        status_code=status,
        title="Gebeurtenissen",
        states=states,
        is_set=is_set,
        dead=dead,
        typed=typed or {},
        problem=problem,
        made=made,
        kinds={str(kind): IN_DUTCH[kind] for kind in permitted_types(reads_cases=False)},
        gebieden=areas_of(asked),
        longest_name=LONGEST_NAME,
        why=problem_in_dutch,
        now=asked.now,
    )


def _system_page(
    asked: AdminRequest,
    system: str,
    *,
    number: int = 1,
    done: str = "",
    problem: str = "",
    secret: str = "",
    status: int = 200,
) -> HTMLResponse:
    state = _state_of(asked, system)
    visibility = visibility_of(asked.actor)
    with asked.database.reading() as connection:
        waiting, arrived, dead = (
            read_events(
                connection,
                asked.settings,
                subscriber_id=system,
                state=each,
                visibility=visibility,
                offset=offset,
                limit=limit,
            )
            for each, offset, limit in (
                (EventState.WAITING, 0, SHOWN),
                (EventState.SENT, 0, SHOWN),
                (EventState.DEAD, (number - 1) * DEAD_AT_A_TIME, DEAD_AT_A_TIME + 1),
            )
        )
    return asked.page(
        "event_system.html",
        section=PATH,
        status_code=status,
        title=state.subscriber.name,
        state=state,
        one=state.subscriber,
        waiting=waiting,
        arrived=arrived,
        dead=dead[:DEAD_AT_A_TIME],
        page=number,
        has_more=len(dead) > DEAD_AT_A_TIME,
        own_path=f"{PATH}/{system}",
        done=done,
        problem=problem,
        secret=secret,
        in_dutch=IN_DUTCH,
        why=problem_in_dutch,
        now=asked.now,
    )
