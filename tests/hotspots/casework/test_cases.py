"""The case of a hotspot: moving it, history, and many people at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from hotspots.access.rights import EVERYTHING, Actor, Right, Role
from hotspots.casework.cases import CaseAccess, read_case, read_due_cases
from hotspots.casework.dossier import comment
from hotspots.casework.history import read_history, statuses_at
from hotspots.casework.measures import Plan, add_measure
from hotspots.casework.steps import assign, move, return_to_list
from hotspots.casework.workflow import MeasureKind
from hotspots.errors import ForbiddenError, NotFoundError, StaleError, WorkflowError
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.case_tables import hotspot_events, verdicts
from hotspots.store.database import Database
from hotspots.store.tables import hotspot_states, hotspots
from hotspots.tracking.hotspots import count_hotspots, read_hotspot, read_hotspots
from hotspots.tracking.selection import Selection

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
PEOPLE = 20

Place = Callable[..., str]


@pytest.fixture
def verified(database: Database, settings: Settings, placed: Place, oov: Actor) -> str:
    """The id of a hotspot that is in verification, at version 2."""
    hotspot_id = placed()
    move(CaseAccess(database, settings, oov, hotspot_id, NOW), Status.IN_VERIFICATIE, expected_version=1)
    return hotspot_id


def test_moving_gives_the_new_status_term_and_version(
    database: Database, settings: Settings, verified: str, oov: Actor
) -> None:
    case = read_case(CaseAccess(database, settings, oov, verified, NOW))
    assert (case.status, case.version, case.due_on) == (Status.IN_VERIFICATIE, 2, date(2024, 3, 18))
    assert (case.number, case.gebied) == ("HS-2024-001", "Wijk 00 Centrum")


def test_a_hotspot_is_found_by_id_and_by_number(
    database: Database, settings: Settings, verified: str, oov: Actor
) -> None:
    by_number = read_case(CaseAccess(database, settings, oov, "HS-2024-001", NOW))
    assert by_number == read_case(CaseAccess(database, settings, oov, verified, NOW))
    with pytest.raises(NotFoundError, match="there is no hotspot 'HS-2024-999'"):
        read_case(CaseAccess(database, settings, oov, "HS-2024-999", NOW))


def test_a_decision_is_a_verdict_with_the_figures_it_was_given_on(
    database: Database, settings: Settings, verified: str, oov: Actor
) -> None:
    case = move(
        CaseAccess(database, settings, oov, verified, NOW),
        Status.GEEN_HOTSPOT,
        expected_version=2,
        reason="Eenmalig feest.",
    )
    assert (case.status, case.verdict, case.due_on) == (Status.GEEN_HOTSPOT, Status.GEEN_HOTSPOT, None)
    with database.reading() as connection:
        row = connection.execute(select(verdicts)).one()
    assert (row.organisation, row.verdict, row.is_final) == ("OOV", "geen hotspot", True)
    assert (row.reason, row.given_by, row.given_at) == ("Eenmalig feest.", "O. Adviseur", NOW)
    assert row.peildatum == date(2024, 3, 3)
    assert {name: row.figures[name] for name in ("reports", "days", "sources", "gebied")} == {
        "reports": 9,
        "days": 8,
        "sources": ["test"],
        "gebied": "Wijk 00 Centrum",
    }
    assert row.figures["months"] == [1] * 9
    assert row.figures["evidence"] == {"largestReporterShare": 0.3, "largestBurst": 3}


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


def test_the_history_tells_who_when_what_it_was_and_became(
    database: Database, settings: Settings, verified: str, oov: Actor
) -> None:
    later = NOW + timedelta(hours=1)
    assign(
        CaseAccess(database, settings, oov, verified, later),
        expected_version=2,
        person="A. Agent",
        organisation="politie",
        due_on=date(2024, 4, 1),
    )
    first, second = read_history(CaseAccess(database, settings, oov, verified, NOW))
    assert (first.version, first.kind, first.at) == (2, "verifiëren", NOW)
    assert first.before == {"status": "kandidaat", "due_on": None, "verdict": None}
    assert first.after == {"status": "in verificatie", "due_on": "2024-03-18", "verdict": None}
    assert (second.actor, second.organisation, second.at) == ("O. Adviseur", "OOV", later)
    assert second.before == {"assigned_to": None, "assigned_organisation": None, "due_on": "2024-03-18"}
    assert second.after == {
        "assigned_to": "A. Agent",
        "assigned_organisation": "politie",
        "due_on": "2024-04-01",
    }
    assert read_history(CaseAccess(database, settings, oov, verified, NOW), until=later) == [first]


def test_the_status_at_a_moment_is_that_of_the_last_change_before_it(
    database: Database, settings: Settings, verified: str, oov: Actor
) -> None:
    move(
        CaseAccess(database, settings, oov, verified, NOW + timedelta(days=7)),
        Status.VEILIGHEID,
        expected_version=2,
        reason="Ja",
    )
    with database.reading() as connection:
        assert statuses_at(connection, NOW) == {}
        week = {verified: (Status.IN_VERIFICATIE, None)}
        assert statuses_at(connection, NOW + timedelta(seconds=1)) == week
        now = {verified: (Status.VEILIGHEID, Status.VEILIGHEID)}
        assert statuses_at(connection, NOW + timedelta(days=8)) == now


class TestAreas:
    def test_a_hotspot_elsewhere_does_not_exist_for_a_gebiedsteam(
        self, database: Database, settings: Settings, placed: Place, team: Actor, oov: Actor
    ) -> None:
        elsewhere = placed(buurtcode="BU09350100")
        assert read_case(CaseAccess(database, settings, oov, elsewhere, NOW)).version == 1
        with pytest.raises(NotFoundError, match="there is no hotspot"):
            read_case(CaseAccess(database, settings, team, elsewhere, NOW))
        with pytest.raises(NotFoundError, match="there is no hotspot"):
            move(
                CaseAccess(database, settings, team, elsewhere, NOW),
                Status.IN_VERIFICATIE,
                expected_version=1,
            )

    def test_a_hotspot_in_the_own_area_can_be_moved(
        self, database: Database, settings: Settings, placed: Place, team: Actor
    ) -> None:
        case = move(
            CaseAccess(database, settings, team, placed(), NOW), Status.IN_VERIFICATIE, expected_version=1
        )
        assert case.status is Status.IN_VERIFICATIE

    def test_a_dwelling_does_not_exist_for_a_reader_and_an_area_has_no_case_for_him(
        self, database: Database, settings: Settings, placed: Place
    ) -> None:
        reader = Actor("l", "L. Lezer", Role.LEZER)
        with pytest.raises(NotFoundError, match="there is no hotspot"):
            read_case(CaseAccess(database, settings, reader, placed(soort="woning"), NOW))
        with pytest.raises(ForbiddenError, match=r"wanted dossiers.lezen"):
            read_case(CaseAccess(database, settings, reader, placed(), NOW))

    def test_what_is_due_is_told_for_the_own_areas_the_longest_overdue_first(
        self, database: Database, settings: Settings, placed: Place, team: Actor, oov: Actor
    ) -> None:
        ids = [placed(), placed(buurtcode="BU09350100"), placed(), placed()]
        for turn, (hotspot_id, days) in enumerate(zip(ids, [20, 5, 10, 90], strict=True)):
            assign(
                CaseAccess(database, settings, oov, hotspot_id, NOW + timedelta(seconds=turn)),
                expected_version=1,
                due_on=NOW.date() + timedelta(days=days),
            )
        until = NOW.date() + timedelta(days=30)
        due = [case.hotspot_id for case in read_due_cases(database, settings, actor=oov, until=until)]
        assert due == [ids[1], ids[2], ids[0]]
        own = [case.hotspot_id for case in read_due_cases(database, settings, actor=team, until=until)]
        assert own == [ids[2], ids[0]]


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


def at_once(work: Callable[[int], object]) -> list[object]:
    """What happened when many did some work at the same time: the result, or the error."""

    def attempt(number: int) -> object:
        try:
            return work(number)
        except StaleError as error:
            return error

    with ThreadPoolExecutor(PEOPLE) as pool:
        return list(pool.map(attempt, range(PEOPLE)))


def versions(database: Database) -> list[int]:
    with database.reading() as connection:
        return list(
            connection.execute(select(hotspot_events.c.version).order_by(hotspot_events.c.version)).scalars()
        )


class TestManyAtOnce:
    def test_of_changes_on_one_version_one_is_kept_and_the_others_are_told(
        self, database: Database, settings: Settings, placed: Place, oov: Actor
    ) -> None:
        hotspot_id = placed()
        results = at_once(
            lambda number: assign(
                CaseAccess(database, settings, oov, hotspot_id, NOW),
                expected_version=1,
                person=f"person {number}",
            )
        )
        refused = [result for result in results if isinstance(result, StaleError)]
        assert len(refused) == PEOPLE - 1
        kept = next(number for number, result in enumerate(results) if not isinstance(result, StaleError))
        assert versions(database) == [2]
        with database.reading() as connection:
            row = connection.execute(select(hotspots)).one()
        assert (row.version, row.assigned_to) == (2, f"person {kept}")

    def test_what_is_only_added_is_all_kept_each_as_a_version(
        self, database: Database, settings: Settings, placed: Place, oov: Actor
    ) -> None:
        hotspot_id = placed()
        at_once(
            lambda number: comment(
                CaseAccess(database, settings, oov, hotspot_id, NOW), f"Opmerking {number}"
            )
        )
        assert versions(database) == list(range(2, PEOPLE + 2))

    def test_who_reads_again_and_repeats_gets_through_and_nothing_is_overwritten_unseen(
        self, database: Database, settings: Settings, placed: Place, oov: Actor
    ) -> None:
        hotspot_id = placed()

        def persist(number: int) -> int:
            for attempt in range(1, 200):
                version = read_case(CaseAccess(database, settings, oov, hotspot_id, NOW)).version
                try:
                    assign(
                        CaseAccess(database, settings, oov, hotspot_id, NOW),
                        expected_version=version,
                        person=f"person {number}",
                    )
                except StaleError:
                    continue
                return attempt
            raise AssertionError(f"person {number} never got through")

        at_once(persist)
        assert versions(database) == list(range(2, PEOPLE + 2))
        history = read_history(CaseAccess(database, settings, oov, hotspot_id, NOW))
        seen: str | None = None
        for event in history:
            assert event.before["assigned_to"] == seen
            seen = event.after["assigned_to"]
        assert {event.after["assigned_to"] for event in history} == {f"person {n}" for n in range(PEOPLE)}


class TestPeildatum:
    @pytest.fixture
    def two_runs(self, database: Database, settings: Settings, placed: Place, oov: Actor) -> None:
        """HS-2024-001 is known from 3 and 10 March, and goes into verification on the 4th."""
        hotspot_id = placed()
        placed()
        with database.writing() as connection:
            first = dict(connection.execute(select(hotspot_states).limit(1)).mappings().one())
            last_run = connection.execute(select(func.max(hotspot_states.c.run_id))).scalar_one()
            connection.execute(insert(hotspot_states).values(first | {"run_id": last_run}))
        move(CaseAccess(database, settings, oov, hotspot_id, NOW), Status.IN_VERIFICATIE, expected_version=1)

    @pytest.mark.usefixtures("two_runs")
    @pytest.mark.parametrize(
        ("peildatum", "status"),
        [
            pytest.param(date(2024, 3, 3), Status.KANDIDAAT, id="the Sunday before"),
            pytest.param(date(2024, 3, 4), Status.IN_VERIFICATIE, id="the day itself counts as a whole"),
            pytest.param(date(2024, 3, 10), Status.IN_VERIFICATIE, id="the last run: as it is now"),
            pytest.param(None, Status.IN_VERIFICATIE, id="no peildatum"),
        ],
    )
    def test_a_reader_sees_the_status_of_the_end_of_that_day(
        self, database: Database, settings: Settings, peildatum: date | None, status: Status
    ) -> None:
        with database.reading() as connection:
            one = read_hotspot(connection, settings, "HS-2024-001", visibility=EVERYTHING, as_of=peildatum)
            chosen = Selection(EVERYTHING, as_of=peildatum, status=[status])
            listed = read_hotspots(connection, settings, chosen)
            count = count_hotspots(connection, settings, chosen)
        assert one.status is status
        assert "HS-2024-001" in [hotspot.nummer for hotspot in listed]
        assert {hotspot.status for hotspot in listed} == {status}
        assert count == len(listed)
