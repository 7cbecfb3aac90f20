"""The page of one hotspot for one reader, also after a refused form.

A refusal is explained in a plain sentence, with the input kept and the changes by others meanwhile.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeVar
from urllib.parse import urlencode

import pandas as pd
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ValidationError

from api.http.errors import detail_of
from api.http.forms import fields_of, version_of
from api.pages.charts import hours_chart, weeks_chart
from api.pages.maps import SCRIPTS, draw_map
from api.pages.rendering import reader_of, render
from api.pages.sentences import (
    CASE_FIELDS,
    effect_sentences,
    following_days,
    happened,
    lacking,
    moved_questions,
    recent_weeks,
    wrong_fields,
)
from api.rest.case_documents import StatusChange
from hotspots.access.rights import Actor, Right, Sharing, Visibility, may, reachable_gebieden
from hotspots.casework.assignees import NO_ASSIGNEES, Assignees, read_case_assignees
from hotspots.casework.cases import Case, CaseAccess, read_case
from hotspots.casework.dossier import Comment, Enrichment, read_comments, read_enrichments
from hotspots.casework.effect import Effect, Nearby, read_effect
from hotspots.casework.exact_data import read_dwelling_name
from hotspots.casework.history import Event, read_history
from hotspots.casework.links import Link, read_links
from hotspots.casework.measures import Measure, read_measures
from hotspots.casework.tasks import Task, read_tasks
from hotspots.casework.verdicts import Verdict, read_verdicts
from hotspots.casework.workflow import (
    CAN_BE_JUDGED,
    CAN_BE_PLANNED,
    CAN_BE_VERIFIED,
    VERDICTS,
    WITHDRAWING_PLACE,
    Given,
    MeasureKind,
    Need,
    Transition,
    missing_needs,
    next_steps,
    transition_between,
)
from hotspots.errors import (
    AssigneeError,
    ForbiddenError,
    LinkError,
    PlaceNameError,
    ReasonWantedError,
    SignInError,
    StaleError,
    WorkflowError,
)
from hotspots.geography.projection import Projection
from hotspots.model import Soort, Soortoordeel, Status, Trend
from hotspots.publishing.context import read_surroundings
from hotspots.publishing.follows import read_place_follow
from hotspots.publishing.weekly_map import build_weekly_map
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.tracking.history import read_lineage, read_report_times, read_weekly_counts
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import read_hotspot, read_nearby
from hotspots.tracking.listed import is_listed
from hotspots.tracking.plain_reasons import computed_reasons, plain_reasons
from hotspots.tracking.runs import latest_run
from hotspots.weekly.nominating import may_withdraw
from hotspots.wording import (
    AARDEN,
    INDICATIES,
    MOST_CERTAIN,
    SOORTOORDELEN,
    count,
    day,
    how_rarely,
    number,
    percentage,
    week_code,
)

Fields = TypeVar("Fields", bound=BaseModel)


@dataclass(frozen=True)
class LineageLine:
    """One split or merge."""

    kind: str
    origin: str
    target: str
    day: date


@dataclass(frozen=True)
class Refused:
    """A refused form: its name, the reasons, the input, and what changed meanwhile."""

    form: str
    status: int
    sentences: Sequence[str]
    typed: Mapping[str, str]
    changed: Sequence[str] = ()


@dataclass(frozen=True)
class Dossier:
    """The case of a hotspot, as far as the reader may know."""

    case: Case | None = None
    task: Task | None = None
    enrichments: Sequence[Enrichment] = ()
    verdicts: Sequence[Verdict] = ()
    comments: Sequence[Comment] = ()
    measures: Sequence[Measure] = ()
    links: Sequence[Link] = ()
    effects: Mapping[int, Sequence[str]] = field(default_factory=dict)
    history: Sequence[Event] = ()
    steps: Sequence[Transition] = ()
    may: frozenset[str] = frozenset()  # the forms that the reader may send now
    assignees: Assignees = NO_ASSIGNEES  # to whom the reader may give it


@dataclass(frozen=True)
class HotspotPage:
    """The page of one hotspot for one reader."""

    request: Request
    database: Database
    settings: Settings
    number: str
    visibility: Visibility
    now: datetime

    @property
    def actor(self) -> Actor | None:
        """The reader; None if anonymous."""
        return reader_of(self.request)

    @property
    def access(self) -> CaseAccess:
        """Access to the case, for a signed-in reader.

        Raises
        ------
        SignInError
            If the reader is anonymous.
        """
        if self.actor is None:
            raise SignInError("wanted someone who is signed in, found nobody")
        return CaseAccess(self.database, self.settings, self.actor, self.number, self.now)

    @property
    def today(self) -> date:
        """The local day."""
        return self.settings.municipality.local_day(self.now)

    def show(
        self, *, peildatum: date | None = None, done: str | None = None, refused: Refused | None = None
    ) -> HTMLResponse:
        """Render the page."""
        projection = Projection(self.settings.municipality.crs)
        exact_name, is_asked_why = (None, False) if peildatum else self._exact_name()
        with self.database.reading() as connection:
            hotspot = read_hotspot(
                connection, self.settings, self.number, visibility=self.visibility, as_of=peildatum
            )
            run = latest_run(connection, peildatum)
            until = hotspot.told_on or peildatum  # of a place that is told in steps, its last
            counts = read_weekly_counts(connection, self.settings, hotspot.id, as_of=until)
            weekly = {monday.date(): int(value) for monday, value in counts.items()}  # type: ignore[attr-defined]
            times = read_report_times(connection, hotspot.id, as_of=until)
            nearby = read_nearby(
                connection,
                self.settings,
                hotspot,
                visibility=self.visibility,
                within_m=self.settings.map.nearby_m,
                as_of=peildatum,
            )
            lineage = read_lineage(connection, self.settings, hotspot.id, visibility=self.visibility)
            beside = read_surroundings(connection, self.settings.context, hotspot.geometry, projection)
            shown = build_weekly_map(
                connection,
                self.settings,
                [hotspot],
                peildatum=run,
                area_name=hotspot.label,
                context=beside.layers,
            )
            tasks = read_tasks(connection, actor=self.actor, hotspots=[hotspot], today=self.today)
            own_follow = None
            if self.actor is not None:
                own_follow = read_place_follow(connection, user_id=self.actor.id, hotspot_id=hotspot.id)
            dossier = Dossier()
            if self.actor is not None:
                now_nearby = nearby if peildatum is None else None
                access = replace(self.access, connection=connection)
                dossier = _dossier(access, hotspot, tasks, now_nearby)
        last_week = hotspot.told_on or run or hotspot.laatste_melding
        base, then = f"/hotspots/{hotspot.nummer}", f"?{f'peildatum={peildatum}&' if peildatum else ''}vorm="
        name = exact_name or hotspot.naam
        response = render(
            self.request,
            "hotspot.html",
            title=f"{name} ({hotspot.nummer})",
            name=name,
            hotspot=hotspot,
            labels={other.nummer: other.label for other in (hotspot, *(other for other, _ in nearby))},
            figures=figures(hotspot),
            plain=plain_reasons(hotspot),
            computed=computed_reasons(hotspot),
            weeks=weeks_chart(weekly, dossier.measures, until=last_week),
            recent=recent_weeks(weekly, until=last_week),
            following="" if hotspot.told_on else self._following(times),
            hours=hours_chart(
                times,
                self.settings.municipality.zone,
                min_hour_share=self.settings.detection.min_hour_share,
                is_coarse=hotspot.told_on is not None,
            ),
            lineage=[LineageLine(*line) for line in lineage],
            earlier=[
                (other, distance_m)
                for other, distance_m in nearby
                if other.trend is Trend.BEEINDIGD and distance_m <= self.settings.tracking.max_shift_m
            ],
            nearby=[pair for pair in nearby if pair[0].trend is not Trend.BEEINDIGD],
            shown=shown,
            surroundings=beside.sentences,
            drawn=draw_map(shown, projection, links=False, max_zoom=18),
            scripts=SCRIPTS,
            dossier=dossier,
            own_follow=own_follow,
            happened=happened,
            is_then=peildatum is not None,
            is_past=hotspot.trend is Trend.STIL or not is_listed(hotspot),
            can_read_reports=self.actor is not None
            and any(
                may(self.actor, right, hotspot.gebied)
                for right in (Right.READ_TEXTS, Right.READ_EXACT_POINTS)
            ),
            is_asked_why=is_asked_why,
            download=f"{base}/download{then}",
            weeks_download=f"{base}/weken/download{then}",
            report=self._report(hotspot, run),
            done=done,
            refused=refused,
            today=self.today,
            sharings=Sharing,
            verdict_choices=VERDICTS,
            measure_kinds=MeasureKind,
            needs=Need,
            local=self.settings.municipality.zone,
        )
        response.status_code = 200 if refused is None else refused.status
        return response

    def _report(self, hotspot: Hotspot, run: date | None) -> str | None:
        """The address of the weekly report that this place may be in, if the reader reads one."""
        reach = self.visibility.gebieden
        if self.actor is None or run is None or hotspot.gebied is None or not is_listed(hotspot):
            return None
        if reach is not None and hotspot.gebied not in reach:
            return None
        return f"/rapport?{urlencode({'week': week_code(run), 'gebied': hotspot.gebied})}"

    def _following(self, times: pd.DataFrame) -> str:
        """How often a day with reports was soon followed by the next."""
        days = [self.settings.municipality.local_day(moment) for moment in times["moment"]]
        return following_days(days, within_days=int(self.settings.statistics.near_repeat_days[1]))

    def _exact_name(self) -> tuple[str | None, bool]:
        """How a dwelling is called by who may see exact points; and whether they are first asked why.

        None if it is none, or the reader may not.
        """
        if self.actor is None or reachable_gebieden(self.actor, Right.READ_EXACT_POINTS) == frozenset():
            return None, False
        with suppress(ForbiddenError):  # in other areas than this one
            try:
                return read_dwelling_name(self.access), False
            except ReasonWantedError:
                return None, True
        return None, False

    def answer(
        self,
        form: Mapping[str, str],
        done: str,
        kind: type[Fields],
        carry_out: Callable[[Fields], object],
        *,
        name: str | None = None,
        more: Mapping[str, object] | None = None,
    ) -> Response:
        """Carry out a form and redirect to the page, or show why the form was refused.

        Parameters
        ----------
        done
            Name of the form in the address, for the confirmation.
        kind
            Model that validates its fields together with `more`.
        name
            Name of the form on the page, if several have the same `done`.
        """
        shown = name or done
        try:
            carry_out(kind.model_validate({**fields_of(form), **(more or {})}))
        except ValidationError as error:
            return self.show(refused=Refused(shown, 400, wrong_fields(error, CASE_FIELDS), form))
        except StaleError:
            sentences = ["Iemand anders heeft deze hotspot gewijzigd nadat u de pagina opende."]
            changed = self._changed_since(version_of(form))
            return self.show(refused=Refused(shown, 409, sentences, form, changed))
        except ForbiddenError:
            return self.show(
                refused=Refused(shown, 403, ["Dit mag u hier niet. Uw tekst staat er nog."], form)
            )
        except LinkError as error:
            return self.show(refused=Refused(shown, 409, [error.dutch], form))
        except WorkflowError:
            return self.show(refused=Refused(shown, 409, self._why_not(done, form), form))
        return RedirectResponse(f"/hotspots/{self.number}?gedaan={done}", status_code=303)

    def _changed_since(self, version: int) -> list[str]:
        """Describe what others changed after the version that the sender saw."""
        return [happened(event) for event in read_history(self.access) if event.version > version]

    def _why_not(self, form: str, typed: Mapping[str, str]) -> list[str]:
        """Explain why a form can't be carried out now."""
        if form == "status":
            return self._why_no_step(typed)
        if form == "maatregel":
            begin, end = typed.get("begin", ""), typed.get("einde", "")
            if end and end < begin:
                return ["Het einde ligt voor het begin."]
            return ["Maatregelen horen bij een hotspot waarover is besloten: veiligheid of leefbaarheid."]
        if form == "naam":
            return [detail_of(PlaceNameError)]
        if form == "intrekken":
            return ["Deze opmerking was al ingetrokken."]
        if form == "toewijzing":
            return [detail_of(AssigneeError)]
        if form in ("oordeel", "verrijking") and not self.access.actor.organisation:
            return ["U bent aan geen organisatie gekoppeld. Vraag de functioneel beheerder om dat te doen."]
        return ["Dit kan nu niet: de hotspot is gesloten, of uw tekst is leeg of te lang."]

    def _why_no_step(self, typed: Mapping[str, str]) -> list[str]:
        case, measures = read_case(self.access), read_measures(self.access)
        try:
            transition = transition_between(case.status, Status(typed.get("status", "")))
        except (WorkflowError, ValueError):
            return [f"Deze stap kan niet vanuit ‘{case.status}’."]
        given = Given(
            reason=typed.get("reden", ""),
            until=StatusChange.model_validate(fields_of(typed)).tot,
            has_measure=any(not measure.is_withdrawn for measure in measures),
        )
        return lacking(missing_needs(transition, given, self.today)) or ["Deze stap kan nu niet."]


def _dossier(
    access: CaseAccess, hotspot: Hotspot, tasks: Mapping[str, Task], nearby: Nearby | None
) -> Dossier:
    actor = access.actor
    enrichments = read_enrichments(access) if may(actor, Right.READ_HOTSPOTS, hotspot.gebied) else []
    if not may(actor, Right.READ_CASES, hotspot.gebied):
        return Dossier(enrichments=enrichments)
    case, measures = read_case(access), read_measures(access)
    history = read_history(access)
    steps = next_steps(case.status, actor, case.verdict) if may(actor, Right.MOVE, case.gebied) else []
    return Dossier(
        case=case,
        task=tasks.get(hotspot.id),
        enrichments=enrichments,
        verdicts=read_verdicts(access),
        comments=read_comments(access),
        measures=measures,
        links=read_links(access),
        effects={
            measure.id: _said_of(read_effect(access, measure.id, nearby=nearby))
            for measure in measures
            if not measure.is_withdrawn
        },
        history=history,
        steps=steps,
        may=(forms := _forms(actor, case, steps) | _withdrawing(actor, hotspot, case, history)),
        assignees=read_case_assignees(access) if "toewijzing" in forms else NO_ASSIGNEES,
    )


def _withdrawing(actor: Actor, hotspot: Hotspot, case: Case, history: Sequence[Event]) -> frozenset[str]:
    """The form to take a place off the list that people put there, while it is there and not decided on."""
    by = hotspot.aangedragen_door
    is_over = case.status not in CAN_BE_VERIFIED or any(event.kind == WITHDRAWING_PLACE for event in history)
    return (
        frozenset()
        if by is None or is_over or not may_withdraw(actor, by, case)
        else frozenset({"niet-aandragen"})
    )


def _said_of(effect: Effect) -> list[str]:
    return [*effect_sentences(effect), *moved_questions(effect)]


def _forms(actor: Actor, case: Case, steps: Sequence[Transition]) -> frozenset[str]:
    """The forms that an actor may send now."""
    leads = not (actor.role == "gebiedsteam" and case.verdict is Status.VEILIGHEID)
    possible = {
        "oordeel": may(actor, Right.JUDGE, case.gebied) and case.status in CAN_BE_JUDGED,
        "verrijking": may(actor, Right.ENRICH, case.gebied),
        "naam": may(actor, Right.ENRICH, case.gebied),
        "koppeling": may(actor, Right.LINK, case.gebied),
        "opmerking": may(actor, Right.COMMENT, case.gebied),
        "maatregel": may(actor, Right.PLAN, case.gebied) and case.status in CAN_BE_PLANNED and leads,
        "toewijzing": may(actor, Right.ASSIGN, case.gebied),
        "status": bool(steps),
    }
    return frozenset(name for name, is_possible in possible.items() if is_possible)


def figures(hotspot: Hotspot) -> list[tuple[str, str, str]]:
    """The figures of a hotspot as texts, in the order of the page: name, value, anchor of its explanation."""
    melders = "onbekend" if hotspot.aantal_melders is None else number(hotspot.aantal_melders)
    chance = None if hotspot.p_waarde is None else hotspot.p_waarde * 100
    lines = [
        ("Meldingen in de periode", number(hotspot.aantal_meldingen), "herhaald"),
        ("Verschillende dagen", number(hotspot.aantal_dagen), "herhaald"),
        ("Verschillende weken", number(hotspot.aantal_weken), "langdurig"),
        ("Bekende melders", melders, "gedeeld"),
        ("Duur", count(hotspot.duur_dagen, "dag", "dagen"), "langdurig"),
        ("Verwacht op grond van de omgeving", number(hotspot.verwacht, 1), "verwacht"),
        ("Kans dat toeval dit geeft", "–" if chance is None else _percentage(chance), "kans-op-toeval"),
        ("Soort", _soort(hotspot), "soort"),
        ("Indicatie", INDICATIES[hotspot.indicatie], "indicatie"),
        ("Meldingen over", AARDEN[hotspot.aard], "meldingen-over"),
        ("Deel dat over drugs gaat", _share(hotspot), "meldingen-over"),
        ("Het vaakst gemeld", ", ".join(hotspot.subcategorieen) or "–", "meldingen-over"),
        ("Eerste melding", day(hotspot.eerste_melding), "actueel"),
        ("Laatste melding", day(hotspot.laatste_melding), "actueel"),
        ("Voor het eerst op de lijst", day(hotspot.eerste_signalering), "op-de-lijst"),
        ("Voor het laatst op de lijst", day(hotspot.laatste_signalering), "op-de-lijst"),
        ("Gebied", hotspot.gebied or "onbekend", "gebied"),
    ]
    if hotspot.herhalingsinterval is not None:
        rarely = how_rarely(hotspot.herhalingsinterval)
        lines.insert(7, ("Hoe vaak toeval dit hooguit geeft", rarely, "kans-op-toeval"))
    return lines


def _soort(hotspot: Hotspot) -> str:
    named = SOORTOORDELEN[hotspot.soort_oordeel]
    if hotspot.soort_zekerheid is None or hotspot.soort is not Soort.WONING:
        return named
    chance = percentage(min(hotspot.soort_zekerheid, MOST_CERTAIN))
    return f"{'waarschijnlijk ' if hotspot.soort_oordeel is Soortoordeel.WONING else ''}{named}, {chance}"


def _share(hotspot: Hotspot) -> str:
    if hotspot.aandeel_drugs is None:
        return "–"
    return f"{'ongeveer ' if hotspot.told_on else ''}{percentage(hotspot.aandeel_drugs)}"


def _percentage(value: float) -> str:
    return "minder dan 0,01 %" if value < 0.01 else f"{number(value, 2)} %"
