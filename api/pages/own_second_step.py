"""`/account/twee-stappen`: the second step of one's own account: set up, another app, recovery codes, off."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select

from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.forms import Form, Sender
from api.http.sign_in import Now, SignedIn, session_of
from api.pages.rendering import render
from api.pages.second_step import SET_UP, WRONG, show_recovery_codes, shown_factor
from hotspots.access.rights import Actor
from hotspots.access.second_factors import (
    OwnFactor,
    end_own_factor,
    is_obligatory,
    read_factor,
    renew_own_codes,
    set_own_factor,
)
from hotspots.errors import (
    AccountError,
    AccountProblem,
    BusyError,
    HotspotsError,
    LockedOutError,
    SignInError,
    StoreError,
    WrongCodeError,
)
from hotspots.settings import Settings
from hotspots.store.case_tables import users
from hotspots.store.database import Database

router = APIRouter(prefix="/account/twee-stappen", include_in_schema=False)

BACK = "/account/twee-stappen"


@router.get("")
def get_step(
    request: Request, actor: SignedIn, database: ServiceDatabase, settings: ServiceSettings
) -> Response:
    """Show the second step of one's account, or what an app needs to set it up."""
    return _page(request, actor, database, settings)


@router.post("")
def post_step(
    request: Request,
    form: Form,
    actor: Sender,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> Response:
    """Set it up, by another app, make new recovery codes, or end it; each with one's password and a code."""
    key = request.app.state.signing_key()
    common: dict[str, Any] = {
        "actor": actor,
        "password": form.get("wachtwoord", ""),
        "now": now,
        "origin": request.client.host if request.client else "",
    }
    sign_in = settings.sign_in
    code, sealed = form.get("code", ""), form.get("geheim", "")
    do: dict[str, Callable[[], list[str] | None]] = {
        "instellen": lambda: set_own_factor(
            database,
            sign_in,
            key,
            sealed=sealed,
            code=code,
            former=form.get("herstelcode", ""),
            session=session_of(request),
            **common,
        ),
        "herstelcodes": lambda: renew_own_codes(database, sign_in, key, code=code, **common),
        "uit": lambda: end_own_factor(database, sign_in, key, code=code, **common),
    }
    what = form.get("doe", "")
    if what not in do:
        return _page(request, actor, database, settings, problem="Kies wat u wilt doen.")
    try:
        codes = do[what]()
    except (SignInError, BusyError, AccountError, StoreError) as error:
        problem = problem_of(error)
        return _page(request, actor, database, settings, sealed=sealed, problem=problem, about=what)
    if codes is None:
        return RedirectResponse("/account?gedaan=een-stap", status_code=303)
    said = SET_UP if what == "instellen" else "De vorige herstelcodes werken niet meer."
    return show_recovery_codes(request, codes, onward=BACK, said=said)


def problem_of(error: HotspotsError) -> str:
    """Say in Dutch why the second step was not changed."""
    if isinstance(error, LockedOutError | BusyError):
        return f"Te vaak geprobeerd. Wacht {error.wait_s} seconden en probeer het opnieuw."
    if isinstance(error, WrongCodeError):
        return WRONG
    if isinstance(error, AccountError):
        return _PROBLEMS.get(error.problem, "Dit kan nu niet.")
    if isinstance(error, StoreError):
        return "De code kan nu niet worden nagekeken. Vraag de functioneel beheerder."
    return "Het wachtwoord klopt niet."


_PROBLEMS = {
    AccountProblem.NOT_LOCAL: "U meldt zich aan via uw organisatie. Daar stelt u een tweede stap in.",
    AccountProblem.STEP_OBLIGATORY: "Met uw rol moet u een tweede stap hebben. Een andere telefoon kan wel.",
}


def own_state(database: Database, settings: Settings, actor: Actor) -> dict[str, Any]:
    """Give what pages tell of one's second step."""
    with database.reading() as connection:
        row = connection.execute(select(users).where(users.c.id == actor.id)).first()
        factor: OwnFactor | None = read_factor(connection, actor.id)
    is_local = row is not None and row.password_hash is not None
    return {
        "step": factor,
        "is_local": is_local,
        "login": row.name if row is not None else "",
        "is_obligatory": is_obligatory(str(actor.role), is_local=is_local, settings=settings.sign_in),
    }


def _page(
    request: Request,
    actor: Actor,
    database: Database,
    settings: Settings,
    *,
    sealed: str = "",
    problem: str = "",
    about: str = "",
) -> Response:
    state = own_state(database, settings, actor)
    new = shown_factor(request, actor.id, state["login"], sealed) if state["is_local"] else {}
    zone = settings.municipality.zone
    response = render(
        request,
        "own_second_step.html",
        title="Aanmelden in twee stappen",
        problem=problem,
        about=about,
        moment=lambda at: f"{at.astimezone(zone):%d-%m-%Y %H:%M}",
        **state,
        **new,
    )
    response.status_code = 400 if problem else 200
    return response
