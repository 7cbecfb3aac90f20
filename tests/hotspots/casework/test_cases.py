"""The case of a hotspot: who may know of it, and many people at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from hotspots.access.rights import Actor, Role
from hotspots.casework.cases import CaseAccess, read_case, read_due_cases
from hotspots.casework.dossier import comment
from hotspots.casework.history import read_history
from hotspots.casework.steps import assign, move
from hotspots.errors import ForbiddenError, NotFoundError, StaleError
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.case_tables import hotspot_events
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspots

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
PEOPLE = 20

Place = Callable[..., str]


def test_a_hotspot_is_found_by_id_and_by_number(
    database: Database, settings: Settings, verified: str, oov: Actor
) -> None:
    by_number = read_case(CaseAccess(database, settings, oov, "HS-2024-001", NOW))
    assert by_number == read_case(CaseAccess(database, settings, oov, verified, NOW))
    with pytest.raises(NotFoundError, match="there is no hotspot 'HS-2024-999'"):
        read_case(CaseAccess(database, settings, oov, "HS-2024-999", NOW))


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
    @pytest.fixture
    def people(self, add_colleague: Callable[..., str]) -> list[str]:
        """The names of as many accounts as change it at once."""
        names = [f"person {number}" for number in range(PEOPLE)]
        for name in names:
            add_colleague(name)
        return names

    def test_of_changes_on_one_version_one_is_kept_and_the_others_are_told(
        self, database: Database, settings: Settings, placed: Place, oov: Actor, people: list[str]
    ) -> None:
        hotspot_id = placed()
        results = at_once(
            lambda number: assign(
                CaseAccess(database, settings, oov, hotspot_id, NOW),
                expected_version=1,
                person=people[number],
            )
        )
        refused = [result for result in results if isinstance(result, StaleError)]
        assert len(refused) == PEOPLE - 1
        kept = next(number for number, result in enumerate(results) if not isinstance(result, StaleError))
        assert versions(database) == [2]
        with database.reading() as connection:
            row = connection.execute(select(hotspots)).one()
        assert (row.version, row.assigned_to) == (2, people[kept])

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
        self, database: Database, settings: Settings, placed: Place, oov: Actor, people: list[str]
    ) -> None:
        hotspot_id = placed()

        def persist(number: int) -> int:
            for attempt in range(1, 200):
                version = read_case(CaseAccess(database, settings, oov, hotspot_id, NOW)).version
                try:
                    assign(
                        CaseAccess(database, settings, oov, hotspot_id, NOW),
                        expected_version=version,
                        person=people[number],
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
        assert {event.after["assigned_to"] for event in history} == set(people)
