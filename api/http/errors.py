"""Error answers: problem details (RFC 9457) in Dutch, or a page for a browser.

One table maps the errors of the library to HTTP statuses. The library's own messages are for administrators:
they are logged, not sent.
"""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from api.http.metrics import route_of
from api.http.sent_once import install_sent_once
from hotspots.errors import (
    AccountError,
    AssigneeError,
    BusyError,
    DuidingError,
    ExpiredError,
    FollowError,
    ForbiddenError,
    GeocodingError,
    HotspotsError,
    JobError,
    LinkError,
    LockedError,
    LockedOutError,
    NominationError,
    NotFoundError,
    PaperError,
    PlaceNameError,
    ReasonWantedError,
    SentBeforeError,
    SignallingError,
    SignInError,
    StaleError,
    StoppedError,
    StoreError,
    WorkflowError,
)
from hotspots.operations.logs import without_quotes

MEDIA_TYPE = "application/problem+json"
API_PREFIXES = ("/v1", "/ogc")
"""Below these paths every answer is for machines, also when a browser asks."""

ErrorPage = Callable[[Request, int, str, Sequence[str], Mapping[str, str] | None], Response]
"""Renders the error page of a request, from status, title, sentences and headers."""

log = structlog.get_logger()


class InvalidParameter(BaseModel):
    """One error in a request."""

    plaats: str = Field(description="Waar het staat: query, path, header of body", examples=["query"])
    naam: str = Field(description="Welke parameter of welk veld", examples=["paginaGrootte"])
    reden: str = Field(description="Wat er mis is", examples=["moet 500 of lager zijn, gevonden: '900'"])


class Problem(BaseModel):
    """Wat er mis is (RFC 9457)."""

    type: str = Field(default="about:blank", description="Soort probleem")
    title: str = Field(description="Korte omschrijving", examples=["Niet gevonden"])
    status: int = Field(description="HTTP-statuscode", examples=[404])
    detail: str = Field(description="Uitleg", examples=["Deze hotspot bestaat niet."])
    instance: str | None = Field(default=None, description="Het adres waarop het misging")
    request_id: str | None = Field(
        default=None, alias="requestId", description="Kenmerk van het verzoek; noem het als u om hulp vraagt"
    )
    invalid_params: list[InvalidParameter] | None = Field(
        default=None, alias="invalidParams", description="Alle fouten in het verzoek"
    )


_ANSWERS: tuple[tuple[type[HotspotsError], int, str], ...] = (
    (ExpiredError, 410, "Dit wordt niet meer gedeeld."),
    (NotFoundError, 404, "Dit bestaat niet, of was op die dag niet bekend."),
    (BusyError, 429, "Het is nu te druk. Probeer het over enkele seconden opnieuw."),
    (LockedOutError, 429, "Te vaak een verkeerd wachtwoord. Probeer het later opnieuw."),
    (SignInError, 401, "Meld u aan, of stuur een token mee dat geldt."),
    (
        GeocodingError,
        409,
        "Dit is niet één adres in de gemeente. Schrijf het anders, of kies een kandidaat.",
    ),
    (ForbiddenError, 403, "Dit mag u hier niet."),
    (
        ReasonWantedError,
        403,
        "Geef eerst op waarom u dit leest. Met de API doet u dat met POST op inzagereden van deze hotspot.",
    ),
    (
        StaleError,
        412,
        "Iemand anders heeft dit intussen gewijzigd. Lees het opnieuw en herhaal uw wijziging.",
    ),
    (
        PlaceNameError,
        409,
        (
            "Kies een andere naam dan deze plek al heeft, van hooguit 80 tekens. "
            "Cijfers mogen alleen als zij bij een straatnaam horen: een naam mag geen huisnummer zijn."
        ),
    ),
    (FollowError, 409, "Dit kan niet worden gevolgd: de straat, het adres of het gebied is niet te vinden."),
    (DuidingError, 409, "Dit kan niet de duiding zijn: de periode of het gebied klopt niet."),
    (LinkError, 409, "Deze koppeling kan zo niet."),
    (AssigneeError, 409, "Kies iemand die of een organisatie die aan deze plek mag werken."),
    (
        NominationError,
        409,
        (
            "Zo kan deze plek niet op de lijst: er is nog geen ronde geweest, zij ligt buiten de buurten, "
            "staat al op de lijst, of dit is geen adres hier. Kijk op de kaart, of schrijf het anders."
        ),
    ),
    (JobError, 409, "Dit kan nu niet met deze taak."),
    (WorkflowError, 409, "Deze stap kan nu niet, of er ontbreekt iets dat nodig is."),
    (StoppedError, 409, "Het zoeken naar plekken is gestopt: er wordt geen ronde gedaan."),
    (PaperError, 409, "Dit antwoord kan zo niet in het stuk."),
    (SignallingError, 409, "Dit kan nu niet met het zoeken."),
    (AccountError, 409, "Deze gebruiker of dit token kan zo niet worden gemaakt."),
    (
        SentBeforeError,
        409,
        "Dit is al eens verstuurd. Kijk eerst of het is opgeslagen, voor u het opnieuw verstuurt.",
    ),
    (LockedError, 409, "Hier wordt nu aan gewerkt. Probeer het straks opnieuw."),
    (StoreError, 503, "De gegevens zijn nu niet bereikbaar. Probeer het straks opnieuw."),
    (HotspotsError, 500, "Er ging iets mis bij ons. De beheerder kan zien wat."),
)
"""Status and text by error class, narrowest first: the first that matches counts."""

TITLES = {
    400: "Ongeldig verzoek",
    401: "Niet aangemeld",
    403: "Geen toegang",
    404: "Niet gevonden",
    405: "Methode niet toegestaan",
    406: "Formaat niet beschikbaar",
    409: "Conflict",
    410: "Niet meer beschikbaar",
    412: "Intussen gewijzigd",
    413: "Verzoek te groot",
    428: "If-Match ontbreekt",
    429: "Te veel verzoeken",
    500: "Fout in de service",
    503: "Tijdelijk niet beschikbaar",
}
"""Short titles by status."""

_DETAILS = {404: "Dit adres bestaat niet.", 405: "Dit adres kent deze methode niet."}


def detail_of(kind: type[HotspotsError]) -> str:
    """The text for clients about an error of the library."""
    return next(text for known, _, text in _ANSWERS if issubclass(kind, known))


def install_error_handlers(app: FastAPI, *, error_page: ErrorPage) -> None:
    """Install these error answers in an app, with a page for clients that ask for one."""
    app.state.error_page = error_page
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(HotspotsError, _on_library_error)
    install_sent_once(app, refuse=_on_library_error)
    app.add_exception_handler(Exception, _on_unexpected_error)


def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # what it was registered for
    problems = [_invalid_parameter(entry) for entry in error.errors()]
    count = "1 fout" if len(problems) == 1 else f"{len(problems)} fouten"
    detail = f"Er klopt iets niet in het verzoek ({count})."
    return _answer(request, 400, detail, problems=problems)


def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # what it was registered for
    english = HTTPStatus(error.status_code).phrase
    detail = error.detail if error.detail != english else _DETAILS.get(error.status_code, "")
    return _answer(request, error.status_code, detail, headers=error.headers)


def _on_library_error(request: Request, error: Exception) -> Response:
    status, text = next((status, text) for kind, status, text in _ANSWERS if isinstance(error, kind))
    if isinstance(error, FollowError | DuidingError | LinkError | JobError):
        text = error.dutch
    if isinstance(error, SignInError | ForbiddenError | LockedOutError | BusyError):
        log.info("request refused", route=route_of(request.scope), error=type(error).__name__)
    if status == HTTPStatus.UNAUTHORIZED and _is_page_to_come_back_to(request):
        return RedirectResponse(f"/aanmelden?naar={quote(_own_path(request))}", status_code=303)
    if isinstance(error, ReasonWantedError) and _is_page_to_come_back_to(request):
        to = f"/hotspots/{quote(error.number)}/reden?naar={quote(_own_path(request), safe='')}"
        return RedirectResponse(to, status_code=303)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        message = without_quotes(str(error))
        log.error(
            "request failed", route=route_of(request.scope), error=type(error).__name__, message=message
        )
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, LockedOutError | BusyError):
        headers["Retry-After"] = str(error.wait_s)
    return _answer(request, status, text, headers=headers)


def _on_unexpected_error(request: Request, error: Exception) -> Response:  # noqa: ARG001  # logged by the server
    return _answer(request, 500, detail_of(HotspotsError))


def _answer(
    request: Request,
    status: int,
    detail: str,
    *,
    problems: Sequence[InvalidParameter] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    title = TITLES.get(status, HTTPStatus(status).phrase)
    request_id = getattr(request.state, "request_id", None)
    if _wants_page(request):
        reasons = [
            f"{problem.naam}: {problem.reden}."
            if problem.naam
            else f"{problem.reden[:1].upper()}{problem.reden[1:]}."
            for problem in problems or ()
        ]
        sentences = [detail, *reasons]
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            sentences.append(f"Noem dit kenmerk als u om hulp vraagt: {request_id}.")
        page: Response = request.app.state.error_page(request, status, title, sentences, headers)
        return page
    problem = Problem(
        title=title,
        status=status,
        detail=detail or title,
        instance=request.url.path,
        requestId=request_id,
        invalidParams=list(problems) if problems else None,
    )
    return JSONResponse(
        problem.model_dump(by_alias=True, exclude_none=True),
        status_code=status,
        headers=dict(headers or {}),
        media_type=MEDIA_TYPE,
    )


def _is_page_to_come_back_to(request: Request) -> bool:
    is_signing_in = request.url.path.startswith("/aanmelden")
    return request.method == "GET" and _wants_page(request) and not is_signing_in


def _own_path(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _wants_page(request: Request) -> bool:
    is_api = request.scope["path"].startswith(API_PREFIXES)
    return not is_api and "text/html" in request.headers.get("accept", "")


def _invalid_parameter(entry: Mapping[str, Any]) -> InvalidParameter:
    place, *names = map(str, entry["loc"])
    return InvalidParameter(plaats=place, naam=".".join(names), reden=reason_of(entry))


_REASONS = {
    "missing": "ontbreekt",
    "extra_forbidden": "bestaat niet",
    "int_parsing": "moet een geheel getal zijn",
    "float_parsing": "moet een getal zijn",
    "bool_parsing": "moet true of false zijn",
    "greater_than_equal": "moet {ge} of hoger zijn",
    "less_than_equal": "moet {le} of lager zijn",
    "greater_than": "moet hoger zijn dan {gt}",
    "less_than": "moet lager zijn dan {lt}",
    "enum": "moet een van deze zijn: {expected}",
    "literal_error": "moet een van deze zijn: {expected}",
    "string_too_long": "mag hoogstens {max_length} tekens lang zijn",
    "string_too_short": "moet minstens {min_length} tekens lang zijn",
    "string_pattern_mismatch": "heeft niet de juiste vorm",
    "json_invalid": "is geen geldige JSON",
    "unusable_characters": "heeft tekens die niet bestaan",
}


def reason_of(entry: Mapping[str, Any]) -> str:
    """Say in Dutch what is wrong with one value, from an error of pydantic."""
    kind, context = entry["type"], entry.get("ctx", {})
    if kind.startswith(("datetime", "timezone")):
        reason = "moet een tijdstip met tijdzone zijn zoals 2023-12-31T06:30:00Z"
    elif kind.startswith("date"):
        reason = "moet een datum zijn zoals 2023-12-31"
    elif kind == "value_error":
        reason = str(context["error"])
    else:
        reason = _REASONS.get(kind, "heeft een verkeerde waarde").format(**context).replace(" or ", " of ")
    if kind == "missing":
        return reason
    value = entry.get("input")
    return f"{reason}, gevonden: '{str(value)[:80]}'" if isinstance(value, str | int | float) else reason
