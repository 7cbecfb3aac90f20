"""`/privacy/verzoeken`: what people ask about their own data, from its coming in to the answer."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection, select

from api.http.files import answer_content
from api.http.forms import Form
from api.http.negotiation import JSON
from api.privacy.sections import Asked, PrivacyRequest, Sent
from hotspots.access.rights import Right
from hotspots.errors import NotFoundError, StoreError, SubjectError
from hotspots.files.word_files import DOCX_TYPE
from hotspots.privacy import requests
from hotspots.privacy.answering import MAX_VALUE, Sought, SoughtBy, erase, look_up
from hotspots.privacy.reporters import Erased
from hotspots.privacy.requests import MAX_IDENTITY, MAX_REFERENCE, MAX_WORDS, Outcome, SubjectRequest
from hotspots.privacy.subject_file import letter_parts, make_letter
from hotspots.store.report_tables import reports
from hotspots.wording import short_day

router = APIRouter(prefix="/privacy/verzoeken", include_in_schema=False)

SECTION = "/privacy/verzoeken"

KINDS: Mapping[str, str] = {
    requests.Asked.ACCESS: "inzage: weten welke gegevens er zijn",
    requests.Asked.ERASURE: "wissen van gegevens",
    requests.Asked.OBJECTION: "bezwaar tegen het gebruik van gegevens",
}

DONE: Mapping[str, str] = {
    "nieuw": "Het verzoek is vastgelegd.",
    "vastgesteld": "Vastgelegd hoe u weet wie het vraagt.",
    "verlengd": "De termijn is verlengd. Laat dat ook de persoon zelf weten.",
    "beantwoord": "Het verzoek is afgesloten.",
}

ERASED: Mapping[str, str] = {
    "reports": "meldingen zonder nummer en tekst gemaakt",
    "texts": "teksten gewist",
    "addresses": "adressen gewist",
    "reporters": "codes van melders gewist",
    "dwellings": "plekken waarvan nu alleen de buurt bekend is",
}

NO_KEY = "De sleutel waarmee melders zijn vastgelegd is er niet. Vraag de beheerder van het systeem."
NOT_SURE = "Zet eerst het vinkje: wissen is niet terug te draaien."
NOTHING = "Er is niets gevonden. Kijk of het zo is geschreven als bij het meldpunt."

Id = Annotated[int, Path(ge=1, le=2**31)]


@router.get("")
def get_requests(asked: Asked) -> HTMLResponse:
    """Show the requests with their terms, and the form for a new one."""
    asked.require(Right.HANDLE_REQUESTS)
    return _list(asked)


@router.post("")
def post_request(sent: Sent, form: Form) -> Response:
    """Write down a request that came in."""
    sent.require(Right.HANDLE_REQUESTS)
    today = sent.settings.municipality.local_day(sent.now)
    try:
        kind = requests.Asked(form.get("soort", ""))
        received_on = date.fromisoformat(form.get("ontvangen", ""))
    except ValueError:
        return _list(sent, problem="Kies wat iemand vraagt, en op welke dag dat binnenkwam.", form=form)
    try:
        with sent.database.writing() as connection:
            request = requests.open_request(
                connection,
                kind=kind,
                received_on=received_on,
                reference=form.get("kenmerk", ""),
                by=sent.actor,
                now=sent.now,
                today=today,
            )
    except SubjectError as error:
        return _list(sent, problem=error.dutch, form=form)
    return RedirectResponse(f"{SECTION}/{request.id}?gedaan=nieuw", status_code=303)


@router.get("/{verzoek}")
def get_request(asked: Asked, verzoek: Id, gedaan: Annotated[str, Query(max_length=20)] = "") -> HTMLResponse:
    """Show one request: what is to be done now, and its steps."""
    asked.require(Right.HANDLE_REQUESTS)
    return _page(asked, verzoek, said=DONE.get(gedaan, ""))


@router.post("/{verzoek}/persoon")
def post_identity(sent: Sent, form: Form, verzoek: Id) -> Response:
    """Write down how it was checked who asks."""
    sent.require(Right.HANDLE_REQUESTS)
    how = form.get("hoe", "")

    def change(connection: Connection) -> None:
        requests.note_identity(connection, verzoek, how, by=sent.actor, now=sent.now)

    return _changed(sent, verzoek, change, done="vastgesteld", form=form)


@router.post("/{verzoek}/verlengen")
def post_extension(sent: Sent, form: Form, verzoek: Id) -> Response:
    """Make the term longer."""
    sent.require(Right.HANDLE_REQUESTS)
    why = form.get("reden", "")

    def change(connection: Connection) -> None:
        requests.extend(connection, verzoek, why, by=sent.actor, now=sent.now)

    return _changed(sent, verzoek, change, done="verlengd", form=form)


@router.post("/{verzoek}/antwoord")
def post_answer(sent: Sent, form: Form, verzoek: Id) -> Response:
    """Close a request with how it ended."""
    sent.require(Right.HANDLE_REQUESTS)
    try:
        outcome = Outcome(form.get("uitkomst", ""))
    except ValueError:
        return _page(sent, verzoek, problem="Kies hoe het verzoek is afgelopen.", form=form)
    note = form.get("toelichting", "")

    def change(connection: Connection) -> None:
        requests.answer_request(connection, verzoek, outcome, note, by=sent.actor, now=sent.now)

    return _changed(sent, verzoek, change, done="beantwoord", form=form)


@router.post("/{verzoek}/zoeken")
def post_search(sent: Sent, form: Form, verzoek: Id) -> Response:
    """Show what is held of the person; the search is a step, what was sought is not kept."""
    sent.require(Right.HANDLE_REQUESTS)
    try:
        sought = _sought(form)
        record = look_up(sent.database, sent.settings, verzoek, sought, by=sent.actor, now=sent.now)
    except (SubjectError, NotFoundError, StoreError) as error:
        return _page(sent, verzoek, problem=_problem(sent, verzoek, error), form=form)
    return _page(sent, verzoek, record=record, form=form)


@router.post("/{verzoek}/bestand")
def post_file(sent: Sent, form: Form, verzoek: Id) -> Response:
    """Give what is held as a file for the person."""
    sent.require(Right.HANDLE_REQUESTS)
    kind = "json" if form.get("vorm") == "json" else "docx"
    try:
        sought = _sought(form)
        record = look_up(
            sent.database, sent.settings, verzoek, sought, by=sent.actor, now=sent.now, taken_as=kind
        )
    except (SubjectError, NotFoundError, StoreError) as error:
        return _page(sent, verzoek, problem=_problem(sent, verzoek, error), form=form)
    if kind == "json":
        content = json.dumps(record, ensure_ascii=False, indent=1).encode()
        return answer_content(content, media_type=JSON, name=f"verzoek-{verzoek}.json")
    letter = make_letter(record, sent.settings)
    return answer_content(letter, media_type=DOCX_TYPE, name=f"verzoek-{verzoek}.docx")


@router.post("/{verzoek}/wissen")
def post_erasure(sent: Sent, form: Form, verzoek: Id) -> Response:
    """Erase what is held of the person, after a tick."""
    sent.require(Right.HANDLE_REQUESTS)
    if not form.get("zeker"):
        return _page(sent, verzoek, problem=NOT_SURE, form=form)
    try:
        erased = erase(sent.database, sent.settings, verzoek, _sought(form), by=sent.actor, now=sent.now)
    except (SubjectError, NotFoundError, StoreError) as error:
        return _page(sent, verzoek, problem=_problem(sent, verzoek, error), form=form)
    return _page(sent, verzoek, erased=erased)


def _sought(form: Mapping[str, str]) -> Sought:
    try:
        by = SoughtBy(form.get("op", ""))
    except ValueError:
        raise SubjectError("wanted by what to look", "Kies waarop u zoekt.") from None
    return Sought(by, form.get("waarde", ""), form.get("bron") or None)


def _problem(sent: PrivacyRequest, request_id: int, error: Exception) -> str:
    """What went wrong, in a sentence; a request that does not exist is told as that."""
    if isinstance(error, SubjectError):
        return error.dutch
    with sent.database.reading() as connection:
        requests.read_request(connection, request_id)
    return NO_KEY if isinstance(error, StoreError) else NOTHING


def _changed(
    sent: PrivacyRequest,
    request_id: int,
    change: Callable[[Connection], None],
    *,
    done: str,
    form: Mapping[str, str],
) -> Response:
    try:
        with sent.database.writing() as connection:
            change(connection)
    except SubjectError as error:
        return _page(sent, request_id, problem=error.dutch, form=form)
    return RedirectResponse(f"{SECTION}/{request_id}?gedaan={done}", status_code=303)


def _list(asked: PrivacyRequest, *, problem: str = "", form: Mapping[str, str] | None = None) -> HTMLResponse:
    with asked.database.reading() as connection:
        found = requests.read_requests(connection)
    today = asked.settings.municipality.local_day(asked.now)
    return asked.page(
        "requests.html",
        section=SECTION,
        status_code=409 if problem else 200,
        title="Verzoeken",
        open=[request for request in found if request.is_open],
        closed=[request for request in found if not request.is_open],
        today=today,
        term=lambda request: term_in_words(request, today),
        soon=asked.settings.health.request_soon_days,
        kinds=KINDS,
        form=form or {"ontvangen": today.isoformat()},
        longest=MAX_REFERENCE,
        problem=problem,
    )


def _page(
    asked: PrivacyRequest,
    request_id: int,
    *,
    said: str = "",
    problem: str = "",
    form: Mapping[str, str] | None = None,
    record: Mapping[str, Any] | None = None,
    erased: Erased | None = None,
) -> HTMLResponse:
    with asked.database.reading() as connection:
        request = requests.read_request(connection, request_id)
        steps = requests.read_steps(connection, request)
        of_reports = select(reports.c.source).distinct().order_by(reports.c.source)
        sources = list(connection.execute(of_reports).scalars())
    today = asked.settings.municipality.local_day(asked.now)
    return asked.page(
        "request.html",
        section=SECTION,
        status_code=409 if problem else 200,
        title=f"Verzoek {request.id}",
        asked_for=request,
        steps=steps,
        kinds=KINDS,
        term=term_in_words(request, today),
        is_pressing=request.is_open and request.days_left(today) <= asked.settings.health.request_soon_days,
        sources=sources,
        ways=list(SoughtBy),
        outcomes=list(Outcome),
        form=form or {},
        record=record,
        parts=[] if record is None else letter_parts(record, asked.settings),
        erased=erased,
        erased_words=ERASED,
        in_words=lambda day: short_day(date.fromisoformat(day)),
        said=said,
        problem=problem,
        longest={"identity": MAX_IDENTITY, "words": MAX_WORDS, "value": MAX_VALUE},
    )


def term_in_words(request: SubjectRequest, today: date) -> str:
    """How much is left of a term."""
    left = request.days_left(today)
    if not request.is_open:
        return ""
    if left < 0:
        return f"{-left} {'dag' if left == -1 else 'dagen'} te laat"
    return "vandaag" if left == 0 else f"nog {left} {'dag' if left == 1 else 'dagen'}"
