"""Meetings: which places wait for whom, what became of each, and two people in one meeting."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from hotspots.access.accounts import add_user
from hotspots.access.rights import Actor, Role
from hotspots.casework.cases import CaseAccess, read_case
from hotspots.casework.meetings import (
    MeetingAccess,
    Stand,
    conclude,
    end_meeting,
    read_meeting,
    read_running,
    read_waiting,
    skip,
    start_meeting,
)
from hotspots.casework.steps import Assignment
from hotspots.casework.verdicts import judge
from hotspots.errors import AssigneeError, ForbiddenError, NotFoundError, StaleError, WorkflowError
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspot_states, runs

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)

Place = Callable[..., str]


@pytest.fixture
def places(database: Database, placed: Place) -> Callable[[int], list[str]]:
    """Store so many hotspots, all of them in the last run; gives their ids."""

    def store(number: int) -> list[str]:
        ids = [placed() for _ in range(number)]
        with database.writing() as connection:
            last = connection.execute(select(func.max(runs.c.id))).scalar_one()
            connection.execute(update(hotspot_states).values(run_id=last))
        return ids

    return store


@pytest.fixture
def waiting(database: Database, settings: Settings) -> Callable[[Actor], list[str]]:
    """Give the ids of what waits for somebody."""

    def read(actor: Actor) -> list[str]:
        with database.reading() as connection:
            return [spot.id for spot in read_waiting(connection, settings, actor=actor, today=NOW.date())]

    return read


@pytest.fixture
def meet(database: Database, settings: Settings) -> Callable[[Actor], MeetingAccess]:
    """Begin a meeting of somebody."""

    def start(actor: Actor) -> MeetingAccess:
        meeting = start_meeting(database, settings, actor=actor, now=NOW)
        return MeetingAccess(database, settings, actor, LATER, meeting)

    return start


def add_colleague(database: Database, team: Actor) -> None:
    """Somebody of the same organisation and areas, to whom a case can be given."""
    add_user(
        database,
        name="collega",
        full_name="C. Collega",
        role=Role.GEBIEDSTEAM,
        password="correct horse battery",
        created_by="test",
        now=NOW,
        organisation=team.organisation,
        gebieden=team.gebieden or (),
    )


def test_for_a_team_waits_what_its_organisation_did_not_judge_for_oov_all_of_it(
    database: Database,
    settings: Settings,
    places: Callable[[int], list[str]],
    team: Actor,
    oov: Actor,
    waiting: Callable[[Actor], list[str]],
) -> None:
    first, second = places(2)
    judge(CaseAccess(database, settings, team, first, NOW), Status.VEILIGHEID, reason="Dealen.")
    assert waiting(team) == [second]
    assert sorted(waiting(replace(team, organisation="Trajekt"))) == sorted([first, second])
    assert sorted(waiting(oov)) == sorted([first, second])
    assert waiting(replace(team, gebieden=frozenset({"elders"}))) == []
    assert waiting(Actor("l", "L. Lezer", Role.LEZER)) == []


def test_it_goes_through_the_places_and_tells_what_became_of_each(
    database: Database,
    places: Callable[[int], list[str]],
    team: Actor,
    meet: Callable[[Actor], MeetingAccess],
) -> None:
    ids = places(3)
    add_colleague(database, team)
    access = meet(team)
    meeting = read_meeting(access)
    numbers = [place.hotspot.nummer for place in meeting.places]
    assert sorted(place.hotspot.id for place in meeting.places) == sorted(ids)
    conclude(
        access.case(numbers[0]),
        Status.LEEFBAARHEID,
        reason="Voetbal.",
        expected_version=1,
        assignment=Assignment(organisation="politie", due_on=date(2024, 4, 1)),
    )
    skip(access, numbers[1])
    meeting = read_meeting(access)
    assert [place.stand for place in meeting.places] == [Stand.DISCUSSED, Stand.SKIPPED, Stand.OPEN]
    case = meeting.places[0].case
    assert (case.status, case.assigned_organisation, case.due_on) == (
        Status.IN_VERIFICATIE,
        "politie",
        date(2024, 4, 1),
    )
    following = meeting.next_open(0)
    assert following is not None
    assert following.hotspot.nummer == numbers[2]
    # what is skipped can be judged after all
    conclude(access.case(numbers[1]), Status.VEILIGHEID, reason="Toch.", expected_version=1)
    assert read_meeting(access).places[1].stand is Stand.DISCUSSED


def test_who_may_not_work_on_it_gets_it_not_and_nothing_is_said_then(
    placed: Place, team: Actor, meet: Callable[[Actor], MeetingAccess]
) -> None:
    placed()
    access = meet(team)
    [place] = read_meeting(access).places
    with pytest.raises(AssigneeError):
        conclude(
            access.case(place.hotspot.nummer),
            Status.LEEFBAARHEID,
            reason="Voetbal.",
            expected_version=1,
            assignment=Assignment(organisation="niemand"),
        )
    [place] = read_meeting(access).places
    assert (place.case.version, place.stand) == (1, Stand.OPEN)


def test_oov_decides_on_a_candidate_at_once(
    placed: Place, oov: Actor, meet: Callable[[Actor], MeetingAccess]
) -> None:
    placed()
    access = meet(oov)
    [place] = read_meeting(access).places
    case = conclude(
        access.case(place.hotspot.nummer), Status.VEILIGHEID, reason="Dealen.", expected_version=1
    )
    assert (case.status, case.verdict) == (Status.VEILIGHEID, Status.VEILIGHEID)


def test_two_in_one_meeting_see_each_other_and_overwrite_nothing(
    database: Database,
    settings: Settings,
    placed: Place,
    team: Actor,
    oov: Actor,
    meet: Callable[[Actor], MeetingAccess],
) -> None:
    placed()
    first = meet(team)
    second = replace(first, actor=oov)
    [place] = read_meeting(second).places
    number, seen = place.hotspot.nummer, place.case.version
    conclude(first.case(number), Status.LEEFBAARHEID, reason="Voetbal.", expected_version=seen)
    with pytest.raises(StaleError):
        conclude(second.case(number), Status.VEILIGHEID, reason="Dealen.", expected_version=seen)
    [place] = read_meeting(second).places
    assert [event.kind for event in place.changes] == ["verifiëren", "oordelen"]
    conclude(second.case(number), Status.VEILIGHEID, reason="Dealen.", expected_version=place.case.version)
    assert read_case(first.case(number)).status is Status.VEILIGHEID
    assert [each.id for each in read_running(second)] == [first.meeting]


def test_a_meeting_is_there_for_who_may_know_of_its_places_and_ends(
    placed: Place, team: Actor, oov: Actor, meet: Callable[[Actor], MeetingAccess]
) -> None:
    placed()
    access = meet(team)
    others = (replace(team, gebieden=frozenset({"elders"})), Actor("l", "L. Lezer", Role.LEZER))
    for other in others:
        with pytest.raises(NotFoundError):
            read_meeting(replace(access, actor=other))
        assert read_running(replace(access, actor=other)) == []
    privacy = replace(access, actor=Actor("p", "P. Officer", Role.PRIVACY))
    [place] = read_meeting(privacy).places
    with pytest.raises(ForbiddenError):
        skip(privacy, place.hotspot.nummer)
    with pytest.raises(ForbiddenError):
        end_meeting(privacy)
    end_meeting(replace(access, actor=oov))
    assert read_running(access) == []
    ended = read_meeting(access).ended_at
    end_meeting(replace(access, now=LATER + timedelta(hours=1)))
    assert read_meeting(access).ended_at == ended == LATER


def test_without_a_place_that_waits_or_the_right_to_judge_there_is_no_meeting(
    placed: Place, team: Actor, meet: Callable[[Actor], MeetingAccess]
) -> None:
    with pytest.raises(WorkflowError):
        meet(team)
    placed()
    with pytest.raises(ForbiddenError):
        meet(Actor("b", "B. Beheerder", Role.BEHEERDER))
