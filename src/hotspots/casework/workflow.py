"""The life of a hotspot: which status follows which, who may move it, what that needs and what it starts.

`TRANSITIONS` is the whole of it; the functions only look things up in it. They decide and change nothing:
:mod:`hotspots.casework.steps` writes what was decided.
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
    LEADER = "wie de regie heeft"  # OOV, and the gebiedsteam where the verdict is leefbaarheid
    RUN = "de wekelijkse ronde"


class Need(StrEnum):
    """What must be given for a transition, or be there already."""

    REASON = "reden"
    DATE = "datum"
    MEASURE = "maatregel"


class Term(StrEnum):
    """What has to be done by a due date after a transition; the length is a setting of that name."""

    VERIFICATION = "verification_days"
    PLAN = "plan_days"
    EVALUATION = "evaluation_days"


@dataclass(frozen=True)
class Transition:
    """One step in the life of a hotspot.

    Parameters
    ----------
    starts
        The term that begins with it; None: there is nothing to wait for, and the due date is cleared. A date
        that is asked for is the due date itself.
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
"""The steps after which verdicts are asked anew."""

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
    # it went quiet before anyone had to do anything
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
"""Every step there is; from one status to another there is at most one."""

VERDICTS: tuple[Status, ...] = (Status.VEILIGHEID, Status.LEEFBAARHEID, Status.GEEN_HOTSPOT)
"""What a partner can judge, and OOV decide."""

CAN_BE_JUDGED: tuple[Status, ...] = tuple(
    status for status in Status if status not in (Status.GESLOTEN, Status.GEEN_HOTSPOT)
)
"""While a hotspot has one of these, partners can give their verdict."""

CAN_BE_VERIFIED: tuple[Status, ...] = (Status.KANDIDAAT, Status.IN_VERIFICATIE)
"""While a hotspot has one of these, nothing is decided yet and verdicts of partners are waited for."""

CAN_BE_PLANNED: tuple[Status, ...] = (*_JUDGED, Status.IN_AANPAK, Status.NAZORG)
"""While a hotspot has one of these, measures can be added and changed."""


class MeasureKind(StrEnum):
    """What kind of thing is done about a hotspot."""

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
"""In whose name the weekly run makes a hotspot return."""


@dataclass(frozen=True)
class Given:
    """What comes with a request to move a hotspot."""

    reason: str = ""
    until: date | None = None
    has_measure: bool = False


@dataclass(frozen=True)
class Decided:
    """What moving a hotspot comes to."""

    name: str
    status: Status
    due_on: date | None
    is_final_verdict: bool


def transition_between(current: Status, wanted: Status) -> Transition:
    """Find the step from one status to another; raises WorkflowError if there is none."""
    for transition in TRANSITIONS:
        if transition.target is wanted and current in transition.sources:
            return transition
    possible = sorted({str(step.target) for step in TRANSITIONS if current in step.sources})
    raise WorkflowError(
        f"a hotspot that is '{current}' can't become '{wanted}', only {', '.join(map(repr, possible))}"
    )


def may_move(actor: Actor, transition: Transition, verdict: Status | None) -> bool:
    """Whether someone may make a step, apart from where the hotspot lies; its final verdict says who leads.

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
    """Decide on a request to move a hotspot; where it lies is checked elsewhere.

    Parameters
    ----------
    verdict
        The final verdict in force.
    today
        The local day on which terms begin.

    Raises
    ------
    WorkflowError
        If there is no such step, or something that it needs is lacking.
    ForbiddenError
        If the actor may not make it.
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
    """What a step needs and was not given, in the order of :class:`Need`."""
    is_given: Mapping[Need, bool] = {
        Need.REASON: bool(given.reason.strip()),
        Need.DATE: given.until is not None and given.until > today,
        Need.MEASURE: given.has_measure,
    }
    return [need for need in Need if need in transition.needs and not is_given[need]]


def next_steps(current: Status, actor: Actor, verdict: Status | None) -> list[Transition]:
    """The steps that someone may make from here."""
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
