"""`/triage`: the table of open cases for OOV, giving many to somebody at once, and deciding on one in a form.

The filter and the order stand in the address, also while one decides: one comes back to the same table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field, ValidationError, model_validator
from sqlalchemy import Connection

from api.http.dependencies import OpenCaseFilters, ReadConnection, ServiceDatabase, ServiceSettings
from api.http.errors import detail_of
from api.http.forms import Choices, Form, Sender, fields_of, version_of
from api.http.sign_in import Now, SignedIn
from api.pages.own_areas import areas_to_choose
from api.pages.rendering import render
from api.pages.sentences import happened, lacking
from api.pages.week_and_map import without_empty
from api.rest.case_documents import AssignmentFields, Triage
from hotspots.access.rights import Actor, Right, require_somewhere, visibility_of
from hotspots.casework.assignees import read_assignees
from hotspots.casework.cases import CaseAccess, read_case
from hotspots.casework.history import read_history
from hotspots.casework.open_cases import CaseView, OpenRow, is_in_view, read_open_cases
from hotspots.casework.steps import (
    NOT_ASSIGNED,
    Assigned,
    Assignment,
    Outcome,
    assign_many,
    triage,
)
from hotspots.casework.verdicts import read_verdicts
from hotspots.casework.workflow import CAN_BE_VERIFIED, VERDICTS, Need
from hotspots.errors import AssigneeError, ForbiddenError, StaleError, WorkflowError
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.areas import names_of_gebieden
from hotspots.store.database import Database
from hotspots.tracking.hotspots import read_hotspot
from hotspots.wording import STATUSES

ROWS = 500
"""Most cases on one page; so many are one table, more are pages of it."""

NOBODY = "niemand"
"""The choice to give a case to nobody."""

VIEWS: Mapping[CaseView | None, str] = {
    None: "alle open zaken",
    CaseView.MINE: "aan mij",
    CaseView.LATE: "te laat",
    CaseView.PARTNER: "wacht op partner",
    CaseView.NOBODY: "aan niemand",
}

COLUMNS: Sequence[tuple[str, str]] = (
    ("naam", "Plek"),
    ("soort", "Soort"),
    ("indicatie", "Lijkt"),
    ("status", "Status"),
    ("leeftijdDagen", "Dagen op de lijst"),
    ("uiterlijk", "Termijn"),
    ("wie", "Bij wie"),
    ("aantalOordelen", "Oordelen"),
    ("trend", "Trend"),
)
"""What the table can be sorted by, and the heading of each column."""

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.CHANGED: "iemand anders wijzigde deze zaak nadat u de tabel opende; er is niets overschreven",
    Outcome.REFUSED: "wie u koos, mag aan deze plek niet werken",
    Outcome.FORBIDDEN: "dit mag u hier niet",
    Outcome.UNKNOWN: "deze zaak is er niet meer",
}
"""Why a case was not assigned."""

CHOICES: Mapping[Status, tuple[str, str]] = {
    Status.IN_VERIFICATIE: ("Eerst nagaan", "partners geven hun oordeel"),
    Status.VEILIGHEID: ("Veiligheid", "OOV leidt de aanpak"),
    Status.LEEFBAARHEID: ("Leefbaarheid", "het gebiedsteam leidt de aanpak"),
    Status.GEEN_HOTSPOT: ("Geen hotspot", "gaat van de lijst"),
}
"""What can be decided in one form, and what that means."""

router = APIRouter(prefix="/triage", include_in_schema=False)

Number = Annotated[str, Path(max_length=60)]


class TriageForm(OpenCaseFilters):
    """The filter and the order of the table."""

    pagina: int = Field(default=1, ge=1, le=100_000)
    gedaan: int | None = Field(default=None, ge=0, le=ROWS)  # how many were assigned just now
    besloten: str | None = Field(default=None, max_length=60)  # on which one was decided just now
    _drop_empty = model_validator(mode="before")(without_empty)

    @property
    def query(self) -> str:
        """The filter and the order, as they stand in an address."""
        return self.query_with()

    def query_with(self, **changed: object) -> str:
        """The same with other values; None leaves one out."""
        values = self.model_dump(mode="json", exclude={"gedaan", "besloten"}, exclude_defaults=True) | changed
        return urlencode({name: value for name, value in values.items() if value}, doseq=True)

    def sorted_by(self, column: str) -> str:
        """The address of the table sorted by a column: rising first, falling the next time."""
        return self.query_with(sort=f"-{column}" if self.sort == column else column, pagina=None)

    def direction(self, column: str) -> str:
        """How the table is sorted by a column, for ``aria-sort``; empty if it is not."""
        return {column: "ascending", f"-{column}": "descending"}.get((self.sort or "").split(",")[0], "")


Filter = Annotated[TriageForm, Query()]


@dataclass(frozen=True)
class Asked:
    """Who asks for the table, with which filter, and from where it is read."""

    request: Request
    form: TriageForm
    actor: Actor
    database: Database
    settings: Settings
    now: datetime

    @property
    def today(self) -> date:
        """The local day."""
        return self.settings.municipality.local_day(self.now)

    def rows(self, connection: Connection) -> list[OpenRow]:
        """The open cases of the filter, of every view."""
        selection = self.form.selection(visibility_of(self.actor))
        return read_open_cases(connection, self.settings, selection, actor=self.actor, today=self.today)

    def case(self, number: str, connection: Connection | None = None) -> CaseAccess:
        """Access to one case, for who may decide on it.

        Raises
        ------
        NotFoundError, ForbiddenError
            If there is no such case for the reader, or somebody else decides.
        """
        access = CaseAccess(self.database, self.settings, self.actor, number, self.now, connection=connection)
        with access.reading(Right.DECIDE):
            return access


def find_asked(
    request: Request,
    form: Filter,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> Asked:
    """The table for its reader."""
    return Asked(request, form, actor, database, settings, now)


def find_sent(
    request: Request,
    form: Filter,
    sender: Sender,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> Asked:
    """The table to which a form was sent, for its sender."""
    return Asked(request, form, sender, database, settings, now)


Reader = Annotated[Asked, Depends(find_asked)]
SentBy = Annotated[Asked, Depends(find_sent)]


@router.get("")
def get_table(asked: Reader, connection: ReadConnection) -> HTMLResponse:
    """Show the open cases of the filter, in its order."""
    require_somewhere(asked.actor, Right.DECIDE)
    return _table(asked, connection)


@router.post("/toewijzen", response_model=None)
def post_assignments(asked: SentBy, form: Form, choices: Choices, connection: ReadConnection) -> Response:
    """Give the chosen cases to somebody; those that others changed meanwhile stay chosen, and say so."""
    require_somewhere(asked.actor, Right.DECIDE)
    chosen = [seen for seen in map(_seen, choices.get("zaak", [])) if seen is not None][:ROWS]
    problems = [] if chosen else ["Kies eerst een of meer zaken in de tabel."]
    wanted = Assignment()
    try:
        wanted = _wanted(form)
    except ValueError:
        problems.append("Kies aan wie u de zaken geeft, en schrijf de datum als dag, maand en jaar.")
    if problems:
        return _table(asked, connection, problems=problems, typed=form, ticked={name for name, _ in chosen})
    done = assign_many(asked.database, asked.settings, chosen, wanted, actor=asked.actor, now=asked.now)
    failed = [one for one in done if one.outcome is not Outcome.ASSIGNED]
    if failed:
        with asked.database.reading() as fresh:
            return _table(asked, fresh, failed=failed, done=len(done) - len(failed), typed=form)
    query = asked.form.query_with(gedaan=len(done))
    return RedirectResponse(f"/triage?{query}", status_code=303)


@router.get("/{number}")
def get_case(asked: Reader, number: Number, connection: ReadConnection) -> HTMLResponse:
    """Show what is needed to decide on one case, with the form to do so."""
    return _case_page(asked, number, connection)


@router.post("/{number}", response_model=None)
def post_decision(asked: SentBy, number: Number, form: Form, connection: ReadConnection) -> Response:
    """Begin to verify it or decide on it, and give it to somebody, in one step; then on to the next."""
    access = asked.case(number)
    following = _next_of(asked.rows(connection), asked.form, number) if form.get("verder") else None
    try:
        wanted = Triage.model_validate(_decision_of(form))
        assignment = wanted.wanted()
        case = triage(
            access,
            wanted.besluit,
            expected_version=version_of(form),
            reason=wanted.reden,
            assignment=None if assignment == NOT_ASSIGNED else assignment,
        )
    except (ValidationError, ValueError):
        problems, status = ["Kies wat u besluit, en vul de velden in zoals erbij staat."], 400
    except StaleError:
        problems, status = ["Iemand anders heeft deze zaak gewijzigd nadat u de pagina opende."], 409
    except AssigneeError:
        problems, status = [detail_of(AssigneeError)], 409
    except ForbiddenError:
        problems, status = ["Dit mag u hier niet. Uw tekst staat er nog."], 403
    except WorkflowError:
        problems, status = _why_not(access, form), 409
    else:
        if following is not None:
            return RedirectResponse(f"/triage/{following.number}?{asked.form.query}", status_code=303)
        return RedirectResponse(f"/triage?{asked.form.query_with(besloten=case.number)}", status_code=303)
    with asked.database.reading() as fresh:
        return _case_page(asked, number, fresh, problems=problems, typed=form, status=status)


def _table(
    asked: Asked,
    connection: Connection,
    *,
    problems: Sequence[str] = (),
    failed: Sequence[Assigned] = (),
    done: int | None = None,
    typed: Mapping[str, str] | None = None,
    ticked: set[str] | None = None,
) -> HTMLResponse:
    form = asked.form
    everything = form.of_any_view(asked.rows(connection))
    counts = {view: sum(view is None or is_in_view(row, view) for row in everything) for view in VIEWS}
    rows = [row for row in everything if form.toon is None or is_in_view(row, form.toon)]
    pages = max(1, ceil(len(rows) / ROWS))
    page = min(form.pagina, pages)
    response = render(
        asked.request,
        "triage.html",
        title="Triage",
        form=form,
        views=VIEWS,
        counts=counts,
        columns=COLUMNS,
        rows=rows[(page - 1) * ROWS : page * ROWS],
        total=len(rows),
        page=page,
        pages=pages,
        can_decide=CAN_BE_VERIFIED,
        verdicts_of=verdicts_of,
        choosable=areas_to_choose(
            connection, names_of_gebieden(connection, asked.settings.areas.gebieden), asked.actor
        ),
        assignees=read_assignees(connection),
        nobody=NOBODY,
        problems=problems,
        failed=[(one.hotspot, OUTCOMES[one.outcome]) for one in failed],
        done=form.gedaan if done is None else done,
        typed=typed or {},
        ticked={one.hotspot for one in failed} if ticked is None else ticked,
    )
    response.status_code = 409 if failed else 400 if problems else 200
    return response


def _case_page(
    asked: Asked,
    number: str,
    connection: Connection,
    *,
    problems: Sequence[str] = (),
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    access = asked.case(number, connection)
    case = read_case(access)
    hotspot = read_hotspot(connection, asked.settings, case.hotspot_id, visibility=visibility_of(asked.actor))
    rows = asked.rows(connection)
    changed = [event for event in read_history(access) if event.version > version_of(typed or {})]
    choices = [status for status in CHOICES if status is not case.status]
    response = render(
        asked.request,
        "triage_case.html",
        title=f"Besluiten over {hotspot.label}",
        form=asked.form,
        hotspot=hotspot,
        case=case,
        row=next((row for row in rows if row.hotspot_id == case.hotspot_id), None),
        verdicts=[verdict for verdict in read_verdicts(access) if not verdict.is_final],
        choices=choices if case.status in CAN_BE_VERIFIED else [],
        words=CHOICES,
        assignees=read_assignees(connection).within(case.gebied),
        nobody=NOBODY,
        following=_next_of(rows, asked.form, number),
        problems=problems,
        changed=[happened(event) for event in changed] if status == 409 else [],
        typed=typed or {},
        today=asked.today,
        local=asked.settings.municipality.zone,
    )
    response.status_code = status
    return response


def verdicts_of(row: OpenRow) -> str:
    """What partners said, in one line."""
    if not row.verdicts and not row.waits_for:
        return "geen"
    return ", ".join(f"{who}: {STATUSES[what]}" for who, what in row.verdicts.items())


def _next_of(rows: Sequence[OpenRow], form: TriageForm, number: str) -> OpenRow | None:
    """The case after this one in the table on which can be decided; the first, if it is the last."""
    chosen = form.chosen(rows)
    places = [place for place, row in enumerate(chosen) if number in (row.number, row.hotspot_id)]
    start = places[0] + 1 if places else 0
    others = [*chosen[start:], *chosen[: max(start - 1, 0)]]
    return next((row for row in others if row.status in CAN_BE_VERIFIED), None)


def _seen(value: str) -> tuple[str, int] | None:
    """The number and version of a case that was chosen; None if it is no such value."""
    number, _, version = value.rpartition(":")
    return (number, int(version)) if number and version.isdecimal() and len(version) < 10 else None


def _wanted(form: Mapping[str, str]) -> Assignment:
    """To whom cases are given; raises ValueError if nobody is chosen, or the date is none."""
    fields = AssignmentFields.model_validate(_given_to(form))
    if fields.wanted() == NOT_ASSIGNED and form.get("aan") != NOBODY:
        raise ValueError("nobody was chosen")
    return fields.wanted()


def _given_to(form: Mapping[str, str]) -> dict[str, str]:
    """The fields of an assignment: the choice of a person or organisation, and a day."""
    kind, _, value = form.get("aan", "").partition(":")
    given = {kind: value} if kind in ("persoon", "organisatie") and value else {}
    return given | ({"uiterlijk": form["uiterlijk"]} if form.get("uiterlijk") else {})


def _decision_of(form: Mapping[str, str]) -> dict[str, str]:
    fields = fields_of(form)
    return {name: fields[name] for name in ("besluit", "reden") if name in fields} | _given_to(form)


def _why_not(access: CaseAccess, form: Mapping[str, str]) -> list[str]:
    if form.get("besluit") in [str(verdict) for verdict in VERDICTS] and not form.get("reden", "").strip():
        return lacking([Need.REASON])
    return [f"Dit kan niet vanuit ‘{read_case(access).status}’."]
