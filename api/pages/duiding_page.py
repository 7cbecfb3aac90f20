"""`/duidingen`: what partners wrote behind figures, one of them with its versions, and the forms."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError, model_validator

from api.http.dependencies import Name, QueryParameters, ServiceDatabase, ServiceSettings
from api.http.errors import detail_of
from api.http.forms import Form, Sender, page_of, version_of
from api.http.sign_in import Now, ReaderVisibility, SignedIn
from api.pages.duiding_view import FIELDS, as_typed, duiding_form, new_duiding, written_beside
from api.pages.own_areas import areas_to_choose
from api.pages.rendering import render
from api.pages.sentences import wrong_fields
from api.pages.week_and_map import Text, without_empty
from api.rest.duidingen import ScreenedCategory
from hotspots.access.rights import Actor, Visibility, visibility_of
from hotspots.casework.duidingen import (
    Duiding,
    changeable,
    correct_duiding,
    read_duiding_history,
    read_duidingen,
    read_last_version,
    withdraw_duiding,
    write_duiding,
)
from hotspots.errors import DuidingError, ForbiddenError, NotFoundError, StaleError, WorkflowError
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.store.database import Database

DONE: Mapping[str, str] = {
    "verbeterd": "De duiding is verbeterd. Wat er eerder stond, staat hieronder.",
    "ingetrokken": "De duiding is ingetrokken. Zij staat nergens meer bij de cijfers.",
}

router = APIRouter(prefix="/duidingen", include_in_schema=False)

DuidingId = Annotated[str, Path(max_length=60)]


class DuidingenForm(QueryParameters):
    """Query parameters from the form above the list."""

    van: date | None = None
    tot: date | None = None
    gebied: Name | None = None
    buurt: Name | None = None
    categorie: ScreenedCategory | None = None
    _drop_empty = model_validator(mode="before")(without_empty)

    @property
    def is_chosen(self) -> bool:
        """Whether anything was chosen."""
        return any(value is not None for value in self.model_dump().values())


class OneForm(QueryParameters):
    """Query parameters of the page of one."""

    gedaan: Text | None = None


@router.get("")
def get_duidingen(
    request: Request,
    form: Annotated[DuidingenForm, Query()],
    actor: SignedIn,
    visibility: ReaderVisibility,
    database: ServiceDatabase,
    settings: ServiceSettings,
) -> HTMLResponse:
    """Show what partners share with the reader, and the form to write one."""
    return _list(request, form, actor, visibility, database, settings)


@router.post("", response_model=None)
def post_duiding(
    request: Request,
    sender: Sender,
    form: Form,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> Response:
    """Write a duiding, and lead back to the figures; or say why that can't be."""
    try:
        written = new_duiding(form).written()
        made = write_duiding(database, settings, written, actor=sender, now=now)
    except (ValidationError, WorkflowError, ForbiddenError) as error:
        status, sentences = _refusal(error, sender)
        visibility, nothing = visibility_of(sender), DuidingenForm()
        return _list(request, nothing, sender, visibility, database, settings, sentences, form, status=status)
    return RedirectResponse(f"{page_of(request)}#duiding-{made.id}", status_code=303)


@router.get("/{duiding_id}")
def get_duiding(
    request: Request,
    duiding_id: DuidingId,
    query: Annotated[OneForm, Query()],
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
) -> HTMLResponse:
    """Show one with its versions, and to its organisation the forms to correct and withdraw it."""
    return _one(request, duiding_id, actor, database, settings, done=DONE.get(query.gedaan or "", ""))


@router.post("/{duiding_id}", response_model=None)
def post_correction(
    request: Request,
    duiding_id: DuidingId,
    sender: Sender,
    form: Form,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> Response:
    """Correct a duiding of the sender's organisation."""
    try:
        written, version = new_duiding(form).written(), version_of(form)
        correct_duiding(
            database, settings, duiding_id, written, actor=sender, expected_version=version, now=now
        )
    except (ValidationError, WorkflowError, ForbiddenError) as error:
        status, sentences = _refusal(error, sender)
        return _one(request, duiding_id, sender, database, settings, sentences, form, status=status)
    return RedirectResponse(f"/duidingen/{duiding_id}?gedaan=verbeterd", status_code=303)


@router.post("/{duiding_id}/intrekken", response_model=None)
def post_withdrawal(
    request: Request,
    duiding_id: DuidingId,
    sender: Sender,
    form: Form,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> Response:
    """Withdraw a duiding of the sender's organisation."""
    try:
        withdraw_duiding(
            database, settings, duiding_id, actor=sender, expected_version=version_of(form), now=now
        )
    except (WorkflowError, ForbiddenError) as error:
        status, sentences = _refusal(error, sender)
        return _one(request, duiding_id, sender, database, settings, sentences, status=status)
    return RedirectResponse(f"/duidingen/{duiding_id}?gedaan=ingetrokken", status_code=303)


def _refusal(error: ValidationError | WorkflowError | ForbiddenError, sender: Actor) -> tuple[int, list[str]]:
    """The status and the sentences of a form that was refused."""
    if isinstance(error, ValidationError):
        return 400, wrong_fields(error, FIELDS)
    if isinstance(error, ForbiddenError):
        return 403, ["Dit mag u hier niet: over de hele gemeente schrijft OOV, een team over zijn gebieden."]
    if isinstance(error, DuidingError):
        return 409, [error.dutch]
    if isinstance(error, StaleError):
        return 409, ["Iemand anders heeft deze duiding gewijzigd nadat u de pagina opende."]
    if not sender.organisation:
        return 409, ["Uw account hoort bij geen organisatie. Vraag de beheerder om er een in te vullen."]
    return 409, [detail_of(WorkflowError)]


def _list(
    request: Request,
    form: DuidingenForm,
    actor: Actor,
    visibility: Visibility,
    database: Database,
    settings: Settings,
    refused: list[str] | None = None,
    typed: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> HTMLResponse:
    with database.reading() as connection:
        areas = load_areas(connection, settings.areas.gebieden)
        known = areas[areas["gebied"].isin(visibility.gebieden)] if visibility.gebieden is not None else areas
        found = read_duidingen(connection, settings, visibility=visibility, reader=actor, **form.model_dump())
        written = (
            written_beside(connection, settings, actor, **form.model_dump())
            if typed is None
            else duiding_form(connection, settings, actor, typed)
        )
        places = areas_to_choose(connection, sorted(set(known["gebied"])), actor)
    response = render(
        request,
        "duiding_list.html",
        title="Duiding",
        form=form,
        duidingen=found,
        written=written,
        gebieden=places,
        buurten=sorted(zip(known["buurtnaam"], known["buurtcode"], strict=True)),
        refused=refused or [],
    )
    response.status_code = status
    return response


def _one(
    request: Request,
    duiding_id: str,
    actor: Actor,
    database: Database,
    settings: Settings,
    refused: list[str] | None = None,
    typed: Mapping[str, str] | None = None,
    *,
    done: str = "",
    status: int = 200,
) -> HTMLResponse:
    last = read_last_version(database, settings, duiding_id, actor=actor)
    versions = _versions(database, settings, duiding_id, actor)
    if last.is_withdrawn and not versions:
        raise NotFoundError(f"the duiding '{duiding_id}' was withdrawn")
    with database.reading() as connection:
        is_own = not last.is_withdrawn and last.id in changeable(connection, settings, [last], actor)
        written = duiding_form(connection, settings, actor, typed or as_typed(last))
    values: dict[str, Any] = {
        "title": "Duiding",
        "duiding": last,
        "earlier": [version for version in reversed(versions) if version.version < last.version],
        "is_own": is_own,
        "written": written,
        "refused": refused or [],
        "done": done,
        "address": _address_of(last),
    }
    response = render(request, "duiding.html", **values)
    response.status_code = status
    return response


def _versions(database: Database, settings: Settings, duiding_id: str, actor: Actor) -> list[Duiding]:
    try:
        return read_duiding_history(database, settings, duiding_id, actor=actor)
    except ForbiddenError:  # who reads it, but no cases
        return []


def _address_of(duiding: Duiding) -> str:
    """The list of what is about the same figures."""
    asked = {
        "van": duiding.first,
        "tot": duiding.last,
        "gebied": duiding.gebied,
        "buurt": duiding.buurtcode,
        "categorie": duiding.category,
    }
    return f"/duidingen?{urlencode({name: value for name, value in asked.items() if value is not None})}"
