"""The workflow of a hotspot: its steps from status to status, who may make them, what they need and start.

`TRANSITIONS` defines it all, and the functions look things up in it. They decide but change nothing:
:mod:`hotspots.casework.steps` stores the decisions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from hotspots.access.rights import Actor, Role
from hotspots.errors import ForbiddenError, WorkflowError
from hotspots.model import RETURN, Status
from hotspots.settings import WorkflowSettings


class Who(StrEnum):
    """Who may make a transition."""

    PARTNER = "gebiedsteam of OOV"
    OOV = "OOV"
    LEADER = "wie de regie heeft"  # OOV; also the gebiedsteam when the verdict is leefbaarheid
    RUN = "de wekelijkse ronde"


class Need(StrEnum):
    """What a transition needs: given with it, or there already."""

    REASON = "reden"
    DATE = "datum"
    MEASURE = "maatregel"


class Term(StrEnum):
    """The term that starts with a transition; its length in days is the setting of that name."""

    VERIFICATION = "verification_days"
    PLAN = "plan_days"
    EVALUATION = "evaluation_days"


@dataclass(frozen=True)
class Transition:
    """One step in the workflow of a hotspot.

    Parameters
    ----------
    starts
        The term that starts with it; None clears the due date. A date given for the step (`Need.DATE`)
        becomes the due date itself.
    """

    name: str
    sources: tuple[Status, ...]
    target: Status
    who: Who
    needs: frozenset[Need] = frozenset()
    starts: Term | None = None


_REASON = frozenset({Need.REASON})
_JUDGED = (Status.VEILIGHEID, Status.LEEFBAARHEID)

REOPENING = ("heropenen", RETURN)
"""The steps after which verdicts are asked again."""

NOMINATING = "aandragen"
"""How people put a place on the list: the kind of that change in the history."""

WITHDRAWING_PLACE = "aandragen intrekken"
"""How a place leaves the list again that people put on it; it is closed then."""

TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        "verifiëren", (Status.KANDIDAAT,), Status.IN_VERIFICATIE, Who.PARTNER, starts=Term.VERIFICATION
    ),
    Transition(
        "besluiten tot veiligheid",
        (Status.IN_VERIFICATIE, Status.LEEFBAARHEID, Status.IN_AANPAK),
        Status.VEILIGHEID,
        Who.OOV,
        _REASON,
        Term.PLAN,
    ),
    Transition(
        "besluiten tot leefbaarheid",
        (Status.IN_VERIFICATIE, Status.VEILIGHEID, Status.IN_AANPAK),
        Status.LEEFBAARHEID,
        Who.OOV,
        _REASON,
        Term.PLAN,
    ),
    Transition(
        "besluiten tot geen hotspot",
        (Status.IN_VERIFICATIE, *_JUDGED),
        Status.GEEN_HOTSPOT,
        Who.OOV,
        _REASON,
    ),
    Transition(
        "aanpak beginnen",
        _JUDGED,
        Status.IN_AANPAK,
        Who.LEADER,
        frozenset({Need.MEASURE}),
        Term.EVALUATION,
    ),
    Transition(
        "nazorg beginnen",
        (Status.IN_AANPAK,),
        Status.NAZORG,
        Who.LEADER,
        frozenset({Need.REASON, Need.DATE}),
    ),
    Transition("aanpak hervatten", (Status.NAZORG,), Status.IN_AANPAK, Who.LEADER, _REASON, Term.EVALUATION),
    Transition("sluiten", (Status.NAZORG,), Status.GESLOTEN, Who.LEADER, _REASON),
    # the place went quiet before anyone had to act
    Transition(
        "sluiten zonder aanpak",
        (Status.KANDIDAAT, Status.IN_VERIFICATIE, *_JUDGED),
        Status.GESLOTEN,
        Who.OOV,
        _REASON,
    ),
    Transition(
        "heropenen",
        (Status.GESLOTEN, Status.GEEN_HOTSPOT),
        Status.IN_VERIFICATIE,
        Who.PARTNER,
        _REASON,
        Term.VERIFICATION,
    ),
    Transition(RETURN, (Status.GESLOTEN, Status.GEEN_HOTSPOT), Status.KANDIDAAT, Who.RUN, _REASON),
)
"""All steps; at most one from one status to another."""

VERDICTS: tuple[Status, ...] = (Status.VEILIGHEID, Status.LEEFBAARHEID, Status.GEEN_HOTSPOT)
"""The verdicts that a partner can give and OOV can decide."""

CAN_BE_JUDGED: tuple[Status, ...] = tuple(
    status for status in Status if status not in (Status.GESLOTEN, Status.GEEN_HOTSPOT)
)
"""Statuses in which partners can give their verdict."""

CAN_BE_VERIFIED: tuple[Status, ...] = (Status.KANDIDAAT, Status.IN_VERIFICATIE)
"""Statuses in which nothing is decided yet and verdicts of partners are awaited."""

CAN_BE_PLANNED: tuple[Status, ...] = (*_JUDGED, Status.IN_AANPAK, Status.NAZORG)
"""Statuses in which measures can be added and changed."""


class MeasureKind(StrEnum):
    """The kinds of measures."""

    GESPREK = "gesprek"
    BUURTBEMIDDELING = "buurtbemiddeling"
    JONGERENWERK = "jongerenwerk"
    HULPVERLENING = "hulpverlening"
    TOEZICHT = "toezicht en handhaving"
    CAMERATOEZICHT = "cameratoezicht"
    INRICHTING = "inrichting van de plek"
    GEBIEDSVERBOD = "gebiedsverbod"
    GEDRAGSAANWIJZING = "gedragsaanwijzing woonoverlast"
    SLUITING = "sluiting van een pand"
    ANDERS = "anders"


RUN = Actor("signalering", "Wekelijkse ronde", None)
"""The actor of the weekly run, when it returns a hotspot to the list."""


@dataclass(frozen=True)
class Given:
    """What is given with a request to move a hotspot."""

    reason: str = ""
    until: date | None = None
    has_measure: bool = False


@dataclass(frozen=True)
class Decided:
    """The decision on moving a hotspot."""

    name: str
    status: Status
    due_on: date | None
    is_final_verdict: bool


def transition_between(current: Status, wanted: Status) -> Transition:
    """Give the step from one status to another; raises WorkflowError if there is none."""
    for transition in TRANSITIONS:
        if transition.target is wanted and current in transition.sources:
            return transition
    possible = sorted({str(step.target) for step in TRANSITIONS if current in step.sources})
    raise WorkflowError(
        f"a hotspot that is '{current}' can't become '{wanted}', only {', '.join(map(repr, possible))}"
    )


def may_move(actor: Actor, transition: Transition, verdict: Status | None) -> bool:
    """Whether an actor may make a step, apart from the area; the final verdict says who leads.

    Examples
    --------
    >>> team = Actor("1", "T. Team", Role.GEBIEDSTEAM, "Trajekt")
    >>> step = transition_between(Status.IN_AANPAK, Status.NAZORG)
    >>> may_move(team, step, Status.LEEFBAARHEID), may_move(team, step, Status.VEILIGHEID)
    (True, False)
    """
    if transition.who is Who.RUN:
        return actor == RUN
    if actor.role is Role.OOV:
        return True
    is_team = actor.role is Role.GEBIEDSTEAM
    if transition.who is Who.PARTNER:
        return is_team
    return transition.who is Who.LEADER and is_team and verdict is Status.LEEFBAARHEID


def decide(
    *,
    current: Status,
    wanted: Status,
    actor: Actor,
    verdict: Status | None,
    given: Given,
    today: date,
    settings: WorkflowSettings,
) -> Decided:
    """Decide on a request to move a hotspot; its area is checked elsewhere.

    Parameters
    ----------
    verdict
        The final verdict in force.
    today
        The local day, from which terms run.

    Raises
    ------
    WorkflowError
        If there is no such step, or something that it needs is missing.
    ForbiddenError
        If the actor may not make this step.
    """
    transition = transition_between(current, wanted)
    if not may_move(actor, transition, verdict):
        raise ForbiddenError(
            f"'{transition.name}' is for {transition.who}, found '{actor.name}' ({actor.role or 'machine'})"
        )
    words = {
        Need.REASON: "a reason",
        Need.DATE: f"a date after {today}",
        Need.MEASURE: "at least one measure",
    }
    lacking = [words[need] for need in missing_needs(transition, given, today)]
    if lacking:
        raise WorkflowError(f"'{transition.name}' needs {' and '.join(lacking)}: give what is lacking")
    return Decided(
        name=transition.name,
        status=transition.target,
        due_on=_due_on(transition, given, today, settings),
        is_final_verdict=transition.target in VERDICTS,
    )


def missing_needs(transition: Transition, given: Given, today: date) -> list[Need]:
    """What a step needs but was not given, in the order of :class:`Need`."""
    is_given: Mapping[Need, bool] = {
        Need.REASON: bool(given.reason.strip()),
        Need.DATE: given.until is not None and given.until > today,
        Need.MEASURE: given.has_measure,
    }
    return [need for need in Need if need in transition.needs and not is_given[need]]


def next_steps(current: Status, actor: Actor, verdict: Status | None) -> list[Transition]:
    """The steps that an actor may make from this status."""
    return [
        transition
        for transition in TRANSITIONS
        if current in transition.sources and may_move(actor, transition, verdict)
    ]


def _due_on(transition: Transition, given: Given, today: date, settings: WorkflowSettings) -> date | None:
    if Need.DATE in transition.needs:
        return given.until
    if transition.starts is None:
        return None
    days: int = getattr(settings, transition.starts.value)
    return today + timedelta(days=days)
