"""`/niet-gesignaleerd`: what the last run nearly signalled, and the form to put a place on the list."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError, model_validator

from api.http.dependencies import Name, QueryParameters, ServiceDatabase, ServiceSettings
from api.http.errors import detail_of
from api.http.forms import Form, Sender, fields_of
from api.http.sign_in import Now, SignedIn
from api.pages.map_sheet import visible_gebieden
from api.pages.maps import SCRIPTS, draw_map
from api.pages.rendering import render
from api.pages.sentences import wrong_fields
from api.pages.week_and_map import download_address, without_empty
from api.rest.not_signalled import NewNomination, RefusedBy
from hotspots.access.rights import Actor, Right, reachable_gebieden
from hotspots.errors import ForbiddenError, NominationError, NotFoundError, WorkflowError
from hotspots.geography.projection import Projection
from hotspots.publishing.context import ContextLayer
from hotspots.publishing.weekly_map import bounds_of, build_weekly_map
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.store.database import Database
from hotspots.tracking.not_signalled import (
    NotSignalled,
    count_refused,
    only,
    reach_of,
    read_not_signalled,
    with_names,
)
from hotspots.tracking.runs import latest_run
from hotspots.weekly.nominating import nominate

SHOWN = 100
"""Most places on the page; a gebied, buurt or reason has fewer."""

REASONS: Mapping[str, str] = {
    "aantal meldingen": "te weinig meldingen",
    "aantal dagen": "op te weinig dagen",
    "aantal weken": "in te weinig weken",
    "duur": "te kort",
    "piek": "een piek",
    "aantal melders": "te weinig melders",
    "aandeel van één melder": "vooral één melder",
    "actueel": "al langer stil",
    "verspreid": "te ver uit elkaar",
    "omgeving": "niet meer dan de omgeving",
    "vals alarm": "waarschijnlijk vals alarm",
    "anders": "een andere reden",
}
"""What keeps a place off the list, as the page calls it."""

FIELDS: Mapping[str, str] = {
    "reden": "wat u ziet",
    "adres": "het adres",
    "straalM": "de afstand",
    "lon": "het punt",
    "lat": "het punt",
}

router = APIRouter(include_in_schema=False)


class NotSignalledForm(QueryParameters):
    """Query parameters from the form above the list."""

    gebied: Name | None = None
    buurt: Name | None = None
    reden: RefusedBy | None = None
    _drop_empty = model_validator(mode="before")(without_empty)

    def address(self, **changed: object) -> str:
        """The address of this choice, changed in these parts."""
        kept = {name: value for name, value in (self.model_dump() | changed).items() if value}
        return "/niet-gesignaleerd" + (f"?{urlencode(kept)}" if kept else "")


@router.get("/niet-gesignaleerd")
def get_not_signalled(
    request: Request,
    form: Annotated[NotSignalledForm, Query()],
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
) -> HTMLResponse:
    """Show what the last run nearly signalled, on a map and as a list, with the reason."""
    return _show(request, form, actor, database, settings)


@router.post("/niet-gesignaleerd", response_model=None)
def post_nomination(
    request: Request,
    sender: Sender,
    form: Form,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> Response:
    """Put a place on the list, and lead to its page; or say why that can't be."""
    try:
        new = NewNomination.model_validate(_as_nomination(form))
        case = nominate(database, settings, actor=sender, seen=new.seen(), reason=new.reden, now=now)
    except ValidationError as error:
        status, sentences = 400, wrong_fields(error, FIELDS)
    except NominationError as error:
        status, sentences = 409, [error.dutch]
    except ForbiddenError:
        status, sentences = 403, ["Dit mag u hier niet: deze plek ligt buiten uw gebieden."]
    except NotFoundError:
        status, sentences = 404, ["Deze plek is er niet meer: er was een nieuwe ronde. Kies haar opnieuw."]
    except WorkflowError:
        status, sentences = 409, [detail_of(WorkflowError)]
        if not sender.organisation:
            sentences = ["U bent aan geen organisatie gekoppeld. Vraag de beheerder om dat te doen."]
    else:
        return RedirectResponse(f"/hotspots/{case.number}?gedaan=aandragen", status_code=303)
    response = _show(request, NotSignalledForm(), sender, database, settings, typed=form, refused=sentences)
    response.status_code = status
    return response


def _as_nomination(form: Mapping[str, str]) -> dict[str, Any]:
    """The fields of the form as the API takes them."""
    typed: dict[str, Any] = fields_of(form)
    degrees = {name: typed[name].replace(",", ".") for name in ("lon", "lat") if name in typed}
    return typed | degrees | {"woning": typed.get("woning") == "ja"}


def _show(
    request: Request,
    form: NotSignalledForm,
    actor: Actor,
    database: Database,
    settings: Settings,
    *,
    typed: Mapping[str, str] | None = None,
    refused: Sequence[str] = (),
) -> HTMLResponse:
    visibility = reach_of(actor)
    with database.reading() as connection:
        peildatum = latest_run(connection)
        near = read_not_signalled(connection, settings, visibility=visibility)
        chosen = only(near, gebied=form.gebied, buurt=form.buurt, reason=form.reden)
        shown = with_names(connection, settings, chosen[:SHOWN])
        counts = count_refused(connection, visibility=visibility, near=near)
        areas = load_areas(connection, settings.areas.gebieden)
        picture = build_weekly_map(
            connection, settings, [], peildatum=peildatum, areas=areas, context=[_layer(shown)]
        )
    picture = replace(picture, view_box=bounds_of([place.geometry for place in shown]))
    return render(
        request,
        "not_signalled.html",
        title="Net niet op de lijst",
        form=form,
        near=near,
        chosen=chosen,
        places=shown,
        counts=counts,
        reasons=REASONS,
        gebieden=visible_gebieden(areas, visibility),
        buurten=_buurten(near, form.gebied),
        peildatum=peildatum,
        shown=picture,
        drawn=draw_map(picture, Projection(settings.municipality.crs), links=False, max_zoom=17),
        scripts=SCRIPTS,
        may_nominate=reachable_gebieden(actor, Right.NOMINATE) != frozenset() and peildatum is not None,
        radius_m=round(settings.workflow.put_radius_m),
        most_radius_m=round(settings.workflow.max_put_radius_m),
        typed=typed or {},
        refused=refused,
        download=download_address(request),
    )


def _layer(places: Sequence[NotSignalled]) -> ContextLayer:
    return ContextLayer(
        "niet-gesignaleerd",
        "plekken die net niet op de lijst kwamen",
        "?",
        [(f"{place.name}. {place.because}", place.geometry) for place in places],
    )


def _buurten(near: Sequence[NotSignalled], gebied: str | None) -> list[tuple[str, str]]:
    """Code and name of the buurten with such a place, by name."""
    found = {
        (place.buurtcode, place.buurtnaam or place.buurtcode)
        for place in near
        if place.buurtcode is not None and gebied in (None, place.gebied)
    }
    return sorted(found, key=lambda buurt: (buurt[1], buurt[0]))
