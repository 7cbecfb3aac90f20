"""Error answers: problem details (RFC 9457) in Dutch, or a page for a browser.

One table maps the errors of the library to kinds of problem, each with its HTTP status. The library's own
messages are for administrators: they are logged, not sent.
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

from api.http.addresses import service_address
from api.http.metrics import route_of
from api.http.problem_types import OF_STATUS, PLAIN, PROBLEM_TYPES, ProblemType
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

    type: str = Field(
        default=PLAIN,
        description="Soort probleem: het adres van een pagina die zegt wat het is en wat u kunt doen",
        examples=["https://hotspots.example.nl/problemen/niet-gevonden"],
    )
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


ANSWERS: tuple[tuple[type[HotspotsError], ProblemType], ...] = tuple(
    (kind, PROBLEM_TYPES[slug])
    for kind, slug in (
        (ExpiredError, "niet-meer-beschikbaar"),
        (NotFoundError, "niet-gevonden"),
        (BusyError, "te-druk"),
        (LockedOutError, "te-vaak-geprobeerd"),
        (SignInError, "niet-aangemeld"),
        (GeocodingError, "adres-niet-gevonden"),
        (ForbiddenError, "geen-toegang"),
        (ReasonWantedError, "reden-nodig"),
        (StaleError, "intussen-gewijzigd"),
        (PlaceNameError, "naam-kan-niet"),
        (FollowError, "volgen-kan-niet"),
        (DuidingError, "duiding-kan-niet"),
        (LinkError, "koppeling-kan-niet"),
        (AssigneeError, "toewijzen-kan-niet"),
        (NominationError, "aandragen-kan-niet"),
        (JobError, "taak-kan-niet"),
        (WorkflowError, "stap-kan-niet"),
        (StoppedError, "zoeken-is-gestopt"),
        (PaperError, "antwoord-kan-niet"),
        (SignallingError, "zoeken-kan-niet"),
        (AccountError, "gebruiker-kan-niet"),
        (SentBeforeError, "al-verstuurd"),
        (LockedError, "wordt-aan-gewerkt"),
        (StoreError, "gegevens-niet-bereikbaar"),
        (HotspotsError, "fout-bij-ons"),
    )
)
"""The kind of problem by error class, narrowest first: the first that matches counts."""

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
"""What the page of an error is called, by status."""

_DETAILS = {404: "Dit adres bestaat niet.", 405: "Dit adres kent deze methode niet."}


def detail_of(kind: type[HotspotsError]) -> str:
    """The text for clients about an error of the library."""
    return next(told.detail for known, told in ANSWERS if issubclass(kind, known))


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
    kind = next(told for known, told in ANSWERS if isinstance(error, known))
    status, text = kind.status, kind.detail
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
    return _answer(request, status, text, headers=headers, kind=kind)


def _on_unexpected_error(request: Request, error: Exception) -> Response:  # noqa: ARG001  # logged by the server
    return _answer(request, 500, detail_of(HotspotsError))


def _answer(
    request: Request,
    status: int,
    detail: str,
    *,
    problems: Sequence[InvalidParameter] | None = None,
    headers: Mapping[str, str] | None = None,
    kind: ProblemType | None = None,
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
    kind = kind or OF_STATUS.get(status)
    problem = Problem(
        type=PLAIN if kind is None else service_address(request, request.app.state.settings) + kind.path,
        title=title if kind is None else kind.title,
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
