"""`/account`: the account of the signed-in user, and the subscription to mails about a new week."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from api.http.dependencies import ReadConnection, ServiceDatabase, ServiceSettings
from api.http.forms import Choices, Form, Sender
from api.http.sign_in import Now, SignedIn, session_of
from api.pages.map_sheet import visible_gebieden
from api.pages.own_second_step import own_state
from api.pages.rendering import render
from api.pages.sessions import own_address
from hotspots.access.accounts import change_own_password
from hotspots.access.right_words import rights_in_words, role_in_words
from hotspots.access.rights import Actor, visibility_of
from hotspots.access.sessions import end_other_sessions, read_own_sessions
from hotspots.errors import (
    AccountError,
    AccountProblem,
    BusyError,
    HotspotsError,
    LockedOutError,
    SignInError,
)
from hotspots.publishing.subscriptions import (
    DIGEST_WEEKS,
    Every,
    Subscription,
    read_own_subscription,
    set_own_subscription,
)
from hotspots.settings import Settings
from hotspots.store.areas import load_areas

_EVERY = {str(every): every for every in Every}

router = APIRouter(prefix="/account", include_in_schema=False)


DONE: Mapping[str, str] = {
    "aan": "Opgeslagen. U krijgt een mail als er een nieuw weekrapport is.",
    "gekozen": "Opgeslagen. U krijgt de mail die u koos.",
    "pogingen": (
        "Iemand gaf onder uw naam vaker een verkeerd wachtwoord. Was u dat zelf niet? "
        "Vertel het de functioneel beheerder."
    ),
    "wachtwoord": "Uw nieuwe wachtwoord geldt. Overal elders bent u afgemeld.",
    "elders": "U bent nu alleen hier nog aangemeld.",
    "herstelcode": "U meldde zich aan met een herstelcode. Die werkt niet meer.",
    "codes": (
        "Iemand gaf na uw wachtwoord vaker een verkeerde code. Was u dat zelf niet? Kies een ander "
        "wachtwoord, en vertel het de functioneel beheerder."
    ),
    "een-stap": "De tweede stap staat uit. U meldt zich aan met alleen uw wachtwoord.",
    "uit": "U krijgt geen mail meer. Uw adres is gewist.",
}


@router.get("")
def get_account(
    request: Request,
    actor: SignedIn,
    connection: ReadConnection,
    settings: ServiceSettings,
    now: Now,
    gedaan: str = "",
    naar: str = "",
) -> HTMLResponse:
    """Show the account, its subscription and where one is signed in."""
    asked = _Asked(request, actor, settings, connection, now)
    own = read_own_subscription(connection, actor=actor)
    return _page(asked, own, done=DONE.get(gedaan, ""), onward=own_address(naar))


@router.post("/mail", response_model=None)
def post_mail(
    request: Request,
    form: Form,
    choices: Choices,
    actor: Sender,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> Response:
    """Change or end the subscription."""
    if form.get("doe") == "stoppen":
        set_own_subscription(database, actor=actor, wanted=None, now=now)
        return RedirectResponse("/account?gedaan=uit", status_code=303)
    wanted = Subscription(
        address=form.get("adres", "").strip(),
        gebieden=choices.get("gebied"),
        every_weeks=DIGEST_WEEKS if form.get("hoe") == "samen" else 1,
        wants_weeks=form.get("hoe") != "niet",
        wants_assigned="toegewezen" in form,
        followed_every=_EVERY.get(form.get("volgen", "")),
    )
    try:
        set_own_subscription(database, actor=actor, wanted=wanted, now=now)
    except AccountError:
        problem = "Dit is geen mailadres. Schrijf het zoals naam@voorbeeld.nl."
        with database.reading() as connection:
            return _page(_Asked(request, actor, settings, connection, now), wanted, problem=problem)
    is_of_weeks_only = wanted.wants_weeks and not (wanted.wants_assigned or wanted.followed_every)
    done = "uit" if wanted.is_nothing else "aan" if is_of_weeks_only else "gekozen"
    return RedirectResponse(f"/account?gedaan={done}", status_code=303)


@router.post("/wachtwoord")
def post_password(
    request: Request,
    form: Form,
    actor: Sender,
    database: ServiceDatabase,
    connection: ReadConnection,
    settings: ServiceSettings,
    now: Now,
) -> Response:
    """Change one's own password; whoever is signed in elsewhere with the old one is not any more."""
    try:
        require_same(form.get("nieuw", ""), form.get("nogmaals", ""))
        change_own_password(
            database,
            settings.sign_in,
            actor=actor,
            old=form.get("oud", ""),
            new=form.get("nieuw", ""),
            now=now,
            origin=request.client.host if request.client else "",
            session=session_of(request),
        )
    except (AccountError, SignInError, BusyError) as error:
        problem = password_problem_of(error)
    else:
        return RedirectResponse("/account?gedaan=wachtwoord", status_code=303)
    asked = _Asked(request, actor, settings, connection, now)
    return _page(asked, read_own_subscription(connection, actor=actor), password_problem=problem)


@router.post("/sessies")
def post_sessions(
    request: Request,
    form: Form,
    actor: Sender,
    database: ServiceDatabase,
    connection: ReadConnection,
    settings: ServiceSettings,
    now: Now,
) -> Response:
    """Sign out everywhere else, with one's password."""
    try:
        end_other_sessions(
            database,
            settings.sign_in,
            actor=actor,
            token=session_of(request) or "",
            password=form.get("wachtwoord", ""),
            now=now,
            origin=request.client.host if request.client else "",
        )
    except (SignInError, BusyError) as error:
        problem = "Het wachtwoord klopt niet."
        if isinstance(error, LockedOutError | BusyError):
            problem = password_problem_of(error)
    else:
        return RedirectResponse("/account?gedaan=elders", status_code=303)
    asked = _Asked(request, actor, settings, connection, now)
    return _page(asked, read_own_subscription(connection, actor=actor), sessions_problem=problem)


def require_same(new: str, again: str) -> None:
    """Raise AccountError unless a new password was typed the same twice."""
    if new != again:
        raise AccountError("wanted the new password twice, found two", AccountProblem.PASSWORDS_DIFFER)


def password_problem_of(error: HotspotsError) -> str:
    """Say in Dutch why a password was not changed."""
    if isinstance(error, LockedOutError | BusyError):
        return f"Te vaak geprobeerd. Wacht {error.wait_s} seconden en probeer het opnieuw."
    if isinstance(error, AccountError):
        return _PASSWORD_PROBLEMS.get(error.problem, "Dit wachtwoord kan niet.")
    return "Het oude wachtwoord klopt niet."


_PASSWORD_PROBLEMS = {
    AccountProblem.PASSWORDS_DIFFER: "De twee nieuwe wachtwoorden zijn niet gelijk.",
    AccountProblem.PASSWORD_LENGTH: "Een wachtwoord heeft 12 tot 256 tekens.",
    AccountProblem.PASSWORD_TOO_EASY: (
        "Dit wachtwoord is te makkelijk te raden. Neem vier woorden of meer die niets met elkaar te maken "
        "hebben."
    ),
    AccountProblem.NOT_LOCAL: "U meldt zich aan via uw organisatie. Wijzig uw wachtwoord daar.",
}


class _Asked(NamedTuple):
    request: Request
    actor: Actor
    settings: Settings
    connection: Connection
    now: datetime


def _page(
    asked: _Asked,
    chosen: Subscription | None,
    *,
    done: str = "",
    onward: str = "/",
    problem: str = "",
    password_problem: str = "",
    sessions_problem: str = "",
) -> HTMLResponse:
    request, actor, settings, connection, now = asked
    token = session_of(request) or ""
    response = render(
        request,
        "account.html",
        title="Uw account",
        gebieden=visible_gebieden(load_areas(connection, settings.areas.gebieden), visibility_of(actor)),
        own_sessions=read_own_sessions(connection, actor=actor, token=token, now=now),
        moment=lambda at: f"{at.astimezone(settings.municipality.zone):%d-%m-%Y %H:%M}",
        chosen=chosen or Subscription(""),
        is_on=chosen is not None and not problem,
        digest_weeks=DIGEST_WEEKS,
        is_mail_set=bool(settings.mail.host and settings.service.address),
        reads_all=actor.gebieden is None or visibility_of(actor).gebieden is None,
        done=done,
        onward="" if onward == "/" else onward,
        problem=problem,
        password_problem=password_problem,
        sessions_problem=sessions_problem,
        role_words=role_in_words(actor.role) if actor.role else "",
        rights=rights_in_words(actor),
        **own_state(request.app.state.database, settings, actor),
    )
    response.status_code = 400 if problem or password_problem or sessions_problem else 200
    return response
