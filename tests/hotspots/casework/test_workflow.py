"""The life of a hotspot: which status follows which, who may move it, what that needs and what it starts."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from hotspots.access.rights import Actor, Right, Role
from hotspots.casework.workflow import (
    CAN_BE_JUDGED,
    RUN,
    TRANSITIONS,
    Decided,
    Given,
    Need,
    Transition,
    Who,
    decide,
    may_move,
    next_steps,
    transition_between,
)
from hotspots.errors import ForbiddenError, WorkflowError
from hotspots.model import Status
from hotspots.settings import WorkflowSettings

TODAY = date(2024, 3, 4)
OOV = Actor("1", "O. Adviseur", Role.OOV, "OOV")
TEAM = Actor("2", "T. Team", Role.GEBIEDSTEAM, "Trajekt", frozenset({"Mariaberg"}))
OUTSIDERS = [Actor("3", role, role) for role in (Role.LEZER, Role.BEHEERDER, Role.PRIVACY)] + [
    Actor("4", "A machine", None, gebieden=None, scopes=frozenset(Right))
]
ALL_GIVEN = Given(reason="Zo is besloten.", until=TODAY + timedelta(days=30), has_measure=True)
STEPS = [(source, step) for step in TRANSITIONS for source in step.sources]


def decided(
    current: Status,
    wanted: Status,
    *,
    actor: Actor = OOV,
    verdict: Status | None = None,
    given: Given = ALL_GIVEN,
) -> Decided:
    return decide(
        current=current,
        wanted=wanted,
        actor=actor,
        verdict=verdict,
        given=given,
        today=TODAY,
        settings=WorkflowSettings(),
    )


def test_the_life_of_a_hotspot_can_be_lived_from_candidate_to_closed_and_again() -> None:
    path = [
        Status.KANDIDAAT,
        Status.IN_VERIFICATIE,
        Status.VEILIGHEID,
        Status.IN_AANPAK,
        Status.NAZORG,
        Status.GESLOTEN,
        Status.IN_VERIFICATIE,
    ]
    for current, wanted in pairwise(path):
        assert decided(current, wanted).status is wanted


def test_between_two_statuses_there_is_at_most_one_step_and_each_status_can_be_left() -> None:
    pairs = [(source, step.target) for source, step in STEPS]
    assert len(pairs) == len(set(pairs))
    assert {source for source, _ in pairs} == set(Status)
    assert {target for _, target in pairs} == set(Status)


@pytest.mark.parametrize(
    ("current", "wanted"),
    sorted(
        {(a, b) for a in Status for b in Status} - {(source, step.target) for source, step in STEPS},
    ),
)
def test_what_is_not_in_the_table_is_refused_with_what_is(current: Status, wanted: Status) -> None:
    possible = ", ".join(sorted(repr(str(step.target)) for source, step in STEPS if source is current))
    with pytest.raises(WorkflowError, match=f"that is '{current}' can't become '{wanted}', only {possible}$"):
        decided(current, wanted)


def test_partners_judge_until_it_is_closed_or_no_hotspot() -> None:
    assert CAN_BE_JUDGED == (
        Status.KANDIDAAT,
        Status.IN_VERIFICATIE,
        Status.VEILIGHEID,
        Status.LEEFBAARHEID,
        Status.IN_AANPAK,
        Status.NAZORG,
    )


@pytest.mark.parametrize(("source", "step"), STEPS, ids=lambda part: getattr(part, "name", None))
def test_a_step_is_for_whom_the_table_names(source: Status, step: Transition) -> None:
    team_when_it_leads = step.who in (Who.PARTNER, Who.LEADER)
    assert may_move(OOV, step, None) is (step.who is not Who.RUN)
    assert may_move(TEAM, step, Status.LEEFBAARHEID) is team_when_it_leads
    assert may_move(TEAM, step, Status.VEILIGHEID) is (step.who is Who.PARTNER)
    assert may_move(TEAM, step, None) is (step.who is Who.PARTNER)
    assert may_move(RUN, step, None) is (step.who is Who.RUN)


@pytest.mark.parametrize("outsider", OUTSIDERS, ids=lambda actor: actor.name)
@pytest.mark.parametrize(("source", "step"), STEPS, ids=lambda part: getattr(part, "name", None))
def test_outsiders_and_machines_move_nothing(source: Status, step: Transition, outsider: Actor) -> None:
    with pytest.raises(ForbiddenError, match=f"'{step.name}' is for"):
        decided(source, step.target, actor=outsider, verdict=Status.LEEFBAARHEID)


@pytest.mark.parametrize(
    ("need", "given", "message"),
    [
        pytest.param(Need.REASON, Given(" ", ALL_GIVEN.until, True), "needs a reason", id="no reason"),
        pytest.param(
            Need.DATE, Given("ja", None, True), "needs a date after 2024-03-04: give what is", id="no date"
        ),
        pytest.param(Need.DATE, Given("ja", TODAY, True), "needs a date after 2024-03-04", id="today"),
        pytest.param(
            Need.MEASURE, Given("ja", ALL_GIVEN.until), "needs at least one measure", id="no measure"
        ),
    ],
)
def test_a_step_without_what_it_needs_is_refused(need: Need, given: Given, message: str) -> None:
    needing = [(source, step) for source, step in STEPS if need in step.needs and step.who is not Who.RUN]
    assert needing
    for source, step in needing:
        with pytest.raises(WorkflowError, match=message):
            decided(source, step.target, given=given)


def test_all_that_is_lacking_is_named_at_once() -> None:
    with pytest.raises(WorkflowError, match="needs a reason and a date after 2024-03-04"):
        decided(Status.IN_AANPAK, Status.NAZORG, given=Given())


@pytest.mark.parametrize(
    ("current", "wanted", "due_on"),
    [
        pytest.param(Status.KANDIDAAT, Status.IN_VERIFICATIE, date(2024, 3, 18), id="verify in 14 days"),
        pytest.param(Status.IN_VERIFICATIE, Status.VEILIGHEID, date(2024, 4, 1), id="plan in 28 days"),
        pytest.param(Status.VEILIGHEID, Status.IN_AANPAK, date(2024, 6, 3), id="evaluate in 91 days"),
        pytest.param(Status.IN_AANPAK, Status.NAZORG, date(2024, 4, 3), id="until the date given"),
        pytest.param(Status.NAZORG, Status.GESLOTEN, None, id="nothing to wait for"),
    ],
)
def test_a_step_starts_its_term(current: Status, wanted: Status, due_on: date | None) -> None:
    assert decided(current, wanted).due_on == due_on


def test_only_a_decision_is_a_final_verdict() -> None:
    final = {
        step.name
        for source, step in STEPS
        if step.who is not Who.RUN and decided(source, step.target).is_final_verdict
    }
    assert final == {
        "besluiten tot veiligheid",
        "besluiten tot leefbaarheid",
        "besluiten tot geen hotspot",
    }


def test_next_steps_are_those_that_this_person_may_make() -> None:
    assert [step.name for step in next_steps(Status.KANDIDAAT, TEAM, None)] == ["verifiëren"]
    assert [step.name for step in next_steps(Status.IN_VERIFICATIE, TEAM, None)] == []
    assert {step.target for step in next_steps(Status.IN_VERIFICATIE, OOV, None)} == {
        Status.VEILIGHEID,
        Status.LEEFBAARHEID,
        Status.GEEN_HOTSPOT,
        Status.GESLOTEN,
    }


def test_only_the_weekly_run_makes_a_place_return_by_itself() -> None:
    step = transition_between(Status.GEEN_HOTSPOT, Status.KANDIDAAT)
    assert step.who is Who.RUN
    assert decided(Status.GEEN_HOTSPOT, Status.KANDIDAAT, actor=RUN).status is Status.KANDIDAAT
