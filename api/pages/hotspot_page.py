"""`/hotspots/{number}`: the page of one hotspot, with the forms to work on it.

A form redirects back to the page (Post/Redirect/Get).
"""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.http.dependencies import AsOf, ServiceDatabase, ServiceSettings
from api.http.forms import Form, Sender, version_of
from api.http.sign_in import Now, ReaderVisibility
from api.pages.hotspot_view import HotspotPage
from api.pages.week_and_map import Text, without_empty
from api.rest.case_documents import (
    AssignmentFields,
    MeasureChange,
    MeasurePlan,
    NewComment,
    NewEnrichment,
    NewLink,
    NewVerdict,
    StatusChange,
)
from api.rest.not_signalled import Withdrawal
from hotspots.access.rights import visibility_of
from hotspots.casework.dossier import comment, enrich, withdraw_comment
from hotspots.casework.given_names import give_name
from hotspots.casework.links import add_link, remove_link
from hotspots.casework.measures import add_measure, change_measure
from hotspots.casework.steps import assign, move, verify
from hotspots.weekly.nominating import withdraw

DONE: Mapping[str, str] = {
    "verrijking": "Wat u weet is toegevoegd.",
    "opmerking": "Uw opmerking is geplaatst.",
    "intrekken": "Uw opmerking is ingetrokken. De historie bewaart dat zij er was.",
    "oordeel": "Uw oordeel is opgeslagen.",
    "status": "De stap is gezet.",
    "toewijzing": "De toewijzing is opgeslagen.",
    "maatregel": "De maatregel is opgeslagen.",
    "naam": "De naam is opgeslagen.",
    "koppeling": "De koppeling is opgeslagen.",
    "ontkoppelen": "De koppeling is weg. De historie bewaart welke het was.",
    "volgen": "U volgt deze plek nu.",
    "gestopt": "U volgt deze plek niet meer.",
    "aandragen": "De plek staat op de lijst. Elke ronde telt nu de meldingen hier.",
    "niet-aandragen": "Uw organisatie draagt deze plek niet meer aan.",
}
"""The confirmation after a form, by its name in the address."""

router = APIRouter(include_in_schema=False)

Number = Annotated[str, Path(max_length=60)]
RowId = Annotated[int, Path(ge=1, le=2**53)]


class PlaceName(BaseModel):
    """The field of the form to name a place; empty takes a given name back."""

    model_config = ConfigDict(extra="forbid")

    naam: str = Field(default="", max_length=400)


class Nothing(BaseModel):
    """The fields of a form that is only a button."""

    model_config = ConfigDict(extra="forbid")


class PageForm(AsOf):
    """Query parameters of the page of a hotspot."""

    gedaan: Text | None = None
    _drop_empty = model_validator(mode="before")(without_empty)


def find_page(
    request: Request,
    number: Number,
    sender: Sender,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> HotspotPage:
    """The page that a form was sent to, for its sender."""
    return HotspotPage(request, database, settings, number, visibility_of(sender), now)


SentTo = Annotated[HotspotPage, Depends(find_page)]


@router.get("/hotspots/{number}")
def get_hotspot(
    request: Request,
    number: Number,
    form: Annotated[PageForm, Query()],
    database: ServiceDatabase,
    settings: ServiceSettings,
    visibility: ReaderVisibility,
    now: Now,
) -> HTMLResponse:
    """Show one hotspot: reasons, figures, weeks, enrichments by partners, and tasks."""
    page = HotspotPage(request, database, settings, number, visibility, now)
    return page.show(peildatum=form.peildatum, done=DONE.get(form.gedaan or ""))


@router.post("/hotspots/{number}/verrijking", response_model=None)
def post_enrichment(page: SentTo, form: Form) -> Response:
    """Add an enrichment by the sender's organisation, or correct an earlier one."""
    corrected = form.get("vervangt", "")
    is_correction = corrected.isdecimal() and len(corrected) < 16
    return page.answer(
        form,
        "verrijking",
        NewEnrichment,
        lambda new: enrich(page.access, new.tekst, sharing=new.delen, replaces_id=new.vervangt),
        name=f"verrijking-{corrected}" if is_correction else None,
        more={"vervangt": int(corrected)} if is_correction else None,
    )


@router.post("/hotspots/{number}/opmerking", response_model=None)
def post_comment(page: SentTo, form: Form) -> Response:
    """Add a comment on the handling."""
    return page.answer(form, "opmerking", NewComment, lambda new: comment(page.access, new.tekst))


@router.post("/hotspots/{number}/opmerkingen/{comment_id}/intrekken", response_model=None)
def post_withdrawal(page: SentTo, comment_id: RowId, form: Form) -> Response:
    """Withdraw a comment of the sender."""
    return page.answer(
        form,
        "intrekken",
        Nothing,
        lambda _: withdraw_comment(page.access, comment_id),
        name=f"intrekken-{comment_id}",
    )


@router.post("/hotspots/{number}/koppelingen", response_model=None)
def post_link(page: SentTo, form: Form) -> Response:
    """Say where the place is in another system."""
    return page.answer(
        form,
        "koppeling",
        NewLink,
        lambda new: add_link(page.access, system=new.systeem, reference=new.kenmerk, url=new.url),
    )


@router.post("/hotspots/{number}/koppelingen/{link}/weghalen", response_model=None)
def post_unlinking(page: SentTo, link: Annotated[str, Path(max_length=60)], form: Form) -> Response:
    """Take away where the place is in another system."""
    return page.answer(
        form,
        "ontkoppelen",
        Nothing,
        lambda _: remove_link(page.access, link),
        name=f"ontkoppelen-{link}",
    )


@router.post("/hotspots/{number}/oordeel", response_model=None)
def post_verdict(page: SentTo, form: Form) -> Response:
    """Give the verdict of the sender's organisation; for a candidate this also starts the verification."""

    return page.answer(
        form,
        "oordeel",
        NewVerdict,
        lambda new: verify(page.access, new.oordeel, reason=new.reden, expected_version=None),
    )


@router.post("/hotspots/{number}/status", response_model=None)
def post_status(page: SentTo, form: Form) -> Response:
    """Make a step of the workflow."""
    version = version_of(form)
    return page.answer(
        form,
        "status",
        StatusChange,
        lambda new: move(page.access, new.status, expected_version=version, reason=new.reden, until=new.tot),
    )


@router.post("/hotspots/{number}/toewijzing", response_model=None)
def post_assignment(page: SentTo, form: Form) -> Response:
    """Assign the hotspot to an account or organisation, or to nobody."""
    return page.answer(
        form,
        "toewijzing",
        AssignmentFields,
        lambda new: assign(
            page.access,
            expected_version=version_of(form),
            person=new.persoon,
            organisation=new.organisatie,
            due_on=new.uiterlijk,
        ),
    )


@router.post("/hotspots/{number}/naam", response_model=None)
def post_name(page: SentTo, form: Form) -> Response:
    """Give the place a better name, or take it back."""
    return page.answer(
        form,
        "naam",
        PlaceName,
        lambda new: give_name(page.access, new.naam, expected_version=version_of(form)),
    )


@router.post("/hotspots/{number}/aandragen/intrekken", response_model=None)
def post_taking_off(page: SentTo, form: Form) -> Response:
    """Take a place off the list again that people put there."""
    return page.answer(
        form,
        "niet-aandragen",
        Withdrawal,
        lambda new: withdraw(page.access, reason=new.reden, expected_version=version_of(form)),
    )


@router.post("/hotspots/{number}/maatregelen", response_model=None)
def post_measure(page: SentTo, form: Form) -> Response:
    """Add a measure."""
    return page.answer(form, "maatregel", MeasurePlan, lambda new: add_measure(page.access, new.plan()))


@router.post("/hotspots/{number}/maatregelen/{measure}", response_model=None)
def post_measure_change(page: SentTo, measure: RowId, form: Form) -> Response:
    """Change a measure, or withdraw it."""

    def carry_out(new: MeasureChange) -> None:
        version = version_of(form)
        change_measure(
            page.access, measure, new.plan(), expected_version=version, is_withdrawn=new.ingetrokken
        )

    return page.answer(form, "maatregel", MeasureChange, carry_out, name=f"maatregel-{measure}")
