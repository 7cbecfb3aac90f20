"""`/aanmelden/code` and `/aanmelden/instellen`: the second step of signing in, or setting it up.

Who comes here gave the right password and has no session yet: only a cookie that opens this step.
"""

from datetime import datetime
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.forms import Form
from api.http.sent_once import do_once
from api.http.sign_in import (
    Now,
    delete_cookie,
    device_of,
    limit_address,
    limit_sign_in,
    read_cookie,
    remember_device,
    session_of,
    set_session_cookie,
)
from api.pages.rendering import render
from api.pages.sessions import HALF, account_address, own_address, wanted_address
from hotspots.access.rights import Actor
from hotspots.access.second_factors import NewFactor, make_factor
from hotspots.access.second_steps import HalfWay, finish_with_code, finish_with_new_factor, read_half
from hotspots.errors import BusyError, ExpiredError, LockedOutError, StoreError, WrongCodeError
from hotspots.settings import Settings

router = APIRouter(prefix="/aanmelden", include_in_schema=False)
log = structlog.stdlib.get_logger()

To = Annotated[str, Query(alias="naar", max_length=2000)]

ENDED = "/aanmelden?verlopen=stap"
WRONG = "Deze code klopt niet, of is al gebruikt. Neem de code die de app nu laat zien."


def find_half(
    request: Request, settings: ServiceSettings, database: ServiceDatabase, now: Now
) -> HalfWay | None:
    """Find who gave the right password just now; None if that is nobody, or too long ago."""
    token = read_cookie(request, HALF) or ""
    try:
        return read_half(database, settings.sign_in, request.app.state.signing_key(), token, now=now)
    except ExpiredError:
        return None


Half = Annotated[HalfWay | None, Depends(find_half)]


@router.get("/code", dependencies=[Depends(limit_address)])
def get_code(request: Request, half: Half, to: To = "") -> Response:
    """Show the form for the code."""
    if half is None:
        return RedirectResponse(ENDED, status_code=303)
    if not half.is_set_up:
        return RedirectResponse("/aanmelden/instellen", status_code=303)
    return _code_page(request, to)


@router.post("/code", dependencies=[Depends(limit_sign_in)])
def post_code(
    request: Request,
    form: Form,
    half: Half,
    settings: ServiceSettings,
    database: ServiceDatabase,
    now: Now,
) -> Response:
    """Begin a session with a code of the app, or a recovery code."""
    if half is None or not half.is_set_up:
        return RedirectResponse(ENDED, status_code=303)
    to = form.get("naar", "")
    try:
        entered = finish_with_code(
            database,
            settings.sign_in,
            request.app.state.signing_key(),
            half,
            code=form.get("code") or form.get("herstelcode", ""),
            now=now,
            earlier_token=session_of(request),
            origin=request.client.host if request.client else "",
            device=device_of(request, half.name, settings, now),
        )
    except (LockedOutError, BusyError) as error:
        log.info("sign-in refused", how="code", error=type(error).__name__)
        problem = "Te vaak een verkeerde code. Wacht even en probeer het opnieuw."
        response = _code_page(request, to, problem, 429)
        response.headers["Retry-After"] = str(error.wait_s)
        return response
    except WrongCodeError as error:
        log.info("sign-in refused", how="code", error=type(error).__name__)
        return _code_page(request, to, WRONG, 401)
    except StoreError as error:
        log.warning("codes can't be told", error=str(error))
        problem = (
            "De code kan nu niet worden nagekeken. Neem een herstelcode, of vraag de functioneel beheerder."
        )
        return _code_page(request, to, problem, 503)
    log.info("signed in", how="recovery code" if entered.by_recovery_code else "code")
    onward = own_address(to)
    if entered.by_recovery_code:
        onward = account_address("herstelcode", onward)
    elif entered.wrong_before >= settings.sign_in.attempts_before_delay:
        onward = account_address("codes", onward)
    return _let_in(request, RedirectResponse(onward, status_code=303), half, entered.token, settings, now)


@router.get("/instellen", dependencies=[Depends(limit_address)])
def get_set_up(request: Request, half: Half, to: To = "") -> Response:
    """Show what an app needs, to who must have a second step and has none."""
    if half is None or half.is_set_up:
        return RedirectResponse(ENDED, status_code=303)
    return _set_up_page(request, half, to)


@router.post("/instellen", dependencies=[Depends(limit_sign_in)])
def post_set_up(
    request: Request,
    form: Form,
    half: Half,
    settings: ServiceSettings,
    database: ServiceDatabase,
    now: Now,
) -> Response:
    """Set the second step up with the first code of the app; begin a session and show the recovery codes."""
    if half is None:
        return RedirectResponse(ENDED, status_code=303)
    to, sealed, key = form.get("naar", ""), form.get("geheim", ""), request.app.state.signing_key()
    # a double click gets the first answer, with the recovery codes, and not that it was set up
    sender = Actor(half.user_id, half.name, None)
    parts = ("a second step", read_cookie(request, HALF) or "", sealed, form.get("code", ""))
    do_once(request, database, sender, parts=parts, content=b"", now=now)
    if half.is_set_up:
        return RedirectResponse(ENDED, status_code=303)
    try:
        token, codes = finish_with_new_factor(
            database,
            settings.sign_in,
            key,
            half,
            sealed=sealed,
            code=form.get("code", ""),
            now=now,
            earlier_token=session_of(request),
        )
    except WrongCodeError:
        return _set_up_page(request, half, to, sealed=sealed, problem=WRONG, status=400)
    except ExpiredError:
        return RedirectResponse(ENDED, status_code=303)
    log.info("signed in", how="a new second step")
    page = show_recovery_codes(request, codes, onward=own_address(to))
    return _let_in(request, page, half, token, settings, now)


SET_UP = "De tweede stap is ingesteld."


def show_recovery_codes(request: Request, codes: list[str], *, onward: str, said: str = SET_UP) -> Response:
    """Show recovery codes, for once; ``said`` is what was done."""
    values = {"codes": codes, "onward": onward, "said": said}
    return render(request, "recovery_codes.html", title="Uw herstelcodes", **values)


def shown_factor(request: Request, user_id: str, name: str, sealed: str = "") -> dict[str, Any]:
    """Give what a page needs to show a new second step: the picture for a camera, and what can be typed."""
    settings: Settings = request.app.state.settings
    factor: NewFactor = make_factor(
        request.app.state.signing_key(),
        user_id=user_id,
        name=name,
        issuer=f"Hotspots {settings.municipality.name}",
        sealed=sealed,
    )
    groups = [factor.secret[start : start + 4] for start in range(0, len(factor.secret), 4)]
    return {"picture": _picture(factor.address), "typed": " ".join(groups), "sealed": factor.sealed}


def _picture(address: str) -> Markup:
    import segno

    drawn = segno.make(address, micro=False, error="m")
    inline = drawn.svg_inline(
        scale=5, dark="#000", light="#fff"
    )  # a camera wants dark on light, also at night
    return Markup(inline)  # noqa: S704  # numbers and letters of segno alone


def _code_page(request: Request, to: str, problem: str = "", status: int = 200) -> Response:
    response = render(
        request,
        "second_step.html",
        title="Aanmelden: de code",
        problem=problem,
        to=wanted_address(to),
    )
    response.status_code = status
    return response


def _set_up_page(
    request: Request,
    half: HalfWay,
    to: str,
    *,
    sealed: str = "",
    problem: str = "",
    status: int = 200,
) -> Response:
    response = render(
        request,
        "second_step_set_up.html",
        title="Aanmelden: de tweede stap instellen",
        problem=problem,
        to=wanted_address(to),
        **shown_factor(request, half.user_id, half.name, sealed),
    )
    response.status_code = status
    return response


def _let_in(
    request: Request, response: Response, half: HalfWay, token: str, settings: Settings, now: datetime
) -> Response:
    delete_cookie(request, response, HALF)
    remember_device(request, response, half.name, settings, now)
    set_session_cookie(request, response, token)
    return response
