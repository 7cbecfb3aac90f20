"""Moving a hotspot through the workflow, by people and by the weekly run."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from hotspots.access.rights import Actor, Right
from hotspots.casework.cases import CaseAccess, read_case
from hotspots.casework.history import read_history
from hotspots.casework.measures import Plan, add_measure
from hotspots.casework.steps import move, return_to_list
from hotspots.casework.workflow import MeasureKind
from hotspots.errors import ForbiddenError, NotFoundError, StaleError, WorkflowError
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.case_tables import verdicts
from hotspots.store.database import Database

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
Place = Callable[..., str]


def test_moving_gives_the_new_status_term_and_version(
    database: Database, settings: Settings, verified: str, oov: Actor
) -> None:
    case = read_case(CaseAccess(database, settings, oov, verified, NOW))
    assert (case.status, case.version, case.due_on) == (Status.IN_VERIFICATIE, 2, date(2024, 3, 18))
    assert (case.number, case.gebied) == ("HS-2024-001", "Wijk 00 Centrum")


def test_a_change_on_an_old_version_is_refused_and_changes_nothing(
    database: Database, settings: Settings, verified: str, oov: Actor
) -> None:
    with pytest.raises(StaleError, match="HS-2024-001 is at version 2, the change was made on version 1"):
        move(
            CaseAccess(database, settings, oov, verified, NOW),
            Status.VEILIGHEID,
            expected_version=1,
            reason="Ja",
        )
    assert read_case(CaseAccess(database, settings, oov, verified, NOW)).version == 2
    with database.reading() as connection:
        assert connection.execute(select(verdicts)).all() == []


def test_a_refused_step_changes_nothing(
    database: Database, settings: Settings, verified: str, oov: Actor
) -> None:
    with pytest.raises(WorkflowError, match="needs a reason"):
        move(CaseAccess(database, settings, oov, verified, NOW), Status.VEILIGHEID, expected_version=2)
    assert read_case(CaseAccess(database, settings, oov, verified, NOW)).status is Status.IN_VERIFICATIE


def test_the_approach_begins_with_a_measure(
    database: Database, settings: Settings, verified: str, oov: Actor
) -> None:
    def moved(wanted: Status, version: int, until: date | None = None) -> Status:
        return move(
            CaseAccess(database, settings, oov, verified, NOW),
            wanted,
            expected_version=version,
            reason="Zo is besloten.",
            until=until,
        ).status

    moved(Status.VEILIGHEID, 2)
    with pytest.raises(WorkflowError, match="needs at least one measure"):
        moved(Status.IN_AANPAK, 3)
    plan = Plan(MeasureKind.TOEZICHT, "Elke avond langs.", "politie", date(2024, 3, 5))
    add_measure(CaseAccess(database, settings, oov, verified, NOW), plan)
    assert moved(Status.IN_AANPAK, 4) is Status.IN_AANPAK
    assert moved(Status.NAZORG, 5, until=date(2024, 9, 1)) is Status.NAZORG
    assert moved(Status.GESLOTEN, 6) is Status.GESLOTEN


class TestReturning:
    def closed(self, database: Database, settings: Settings, hotspot_id: str, oov: Actor) -> None:
        move(
            CaseAccess(database, settings, oov, hotspot_id, NOW),
            Status.GEEN_HOTSPOT,
            expected_version=2,
            reason="Nee",
        )

    def test_the_weekly_run_makes_a_candidate_of_it_again_and_says_why(
        self, database: Database, settings: Settings, verified: str, oov: Actor
    ) -> None:
        self.closed(database, settings, verified, oov)
        with database.writing() as connection:
            ids = return_to_list(
                connection, settings, hotspot_ids=[verified], reasons={verified: "Sterker bewijs."}, now=NOW
            )
        assert ids == [verified]
        case = read_case(CaseAccess(database, settings, oov, verified, NOW))
        assert (case.status, case.verdict) == (Status.KANDIDAAT, None)
        last = read_history(CaseAccess(database, settings, oov, verified, NOW))[-1]
        assert (last.kind, last.actor, last.reason) == ("terugkeren", "Wekelijkse ronde", "Sterker bewijs.")

    def test_what_people_moved_meanwhile_is_left_alone(
        self, database: Database, settings: Settings, verified: str, oov: Actor
    ) -> None:
        with database.writing() as connection:
            ids = return_to_list(
                connection, settings, hotspot_ids=[verified], reasons={verified: "Sterker."}, now=NOW
            )
        assert ids == []
        assert read_case(CaseAccess(database, settings, oov, verified, NOW)).version == 2

    def test_nobody_reopens_in_the_name_of_the_run(
        self, database: Database, settings: Settings, verified: str, oov: Actor
    ) -> None:
        self.closed(database, settings, verified, oov)
        with pytest.raises(ForbiddenError, match="'terugkeren' is for de wekelijkse ronde"):
            move(
                CaseAccess(database, settings, oov, verified, NOW),
                Status.KANDIDAAT,
                expected_version=3,
                reason="Toch",
            )

    def test_a_machine_moves_nothing_in_whatever_name(
        self, database: Database, settings: Settings, verified: str
    ) -> None:
        machine = Actor(
            "signalering", "Wekelijkse ronde", None, gebieden=None, scopes=frozenset({Right.MOVE})
        )
        with pytest.raises(NotFoundError):
            move(
                CaseAccess(database, settings, replace(machine, scopes=frozenset()), verified, NOW),
                Status.VEILIGHEID,
                expected_version=2,
                reason="Ja",
            )
