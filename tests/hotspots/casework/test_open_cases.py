"""The table of open cases: what is open, who has it, what is awaited, in any order; no query per row."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event, select, update

from hotspots.access.rights import Actor, Role, visibility_of
from hotspots.casework.cases import CaseAccess
from hotspots.casework.open_cases import (
    CASE_ORDERS,
    CaseView,
    OpenRow,
    in_order,
    is_in_view,
    is_named,
    read_open_cases,
)
from hotspots.casework.steps import Assignment, Outcome, assign, assign_many, move, triage
from hotspots.casework.verdicts import judge
from hotspots.errors import ForbiddenError, StaleError, WorkflowError
from hotspots.model import Status, Trend
from hotspots.settings import Settings
from hotspots.store.case_tables import hotspot_events
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspot_states, hotspots, runs
from hotspots.tracking.selection import Selection

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
TODAY = NOW.date()
OWN, OTHER = "BU09350000", "BU09350100"


@pytest.fixture
def three(database: Database, placed: Callable[..., str]) -> list[str]:
    """The ids of three hotspots that are all in the last run: two in the first area, a woning in another."""
    ids = [placed(), placed(), placed(buurtcode=OTHER, soort="woning")]
    with database.writing() as connection:
        last = connection.execute(select(runs.c.id).order_by(runs.c.as_of.desc()).limit(1)).scalar_one()
        for score, hotspot_id in enumerate(ids):
            here = hotspot_states.c.hotspot_id == hotspot_id
            own: dict[str, Any] = {"run_id": last, "score": 9.0 - score}
            connection.execute(update(hotspot_states).where(here).values(own))
    return ids


@pytest.fixture
def read(database: Database, settings: Settings, oov: Actor) -> Callable[..., list[OpenRow]]:
    """Read the open cases of an actor, by default of OOV."""

    def rows(actor: Actor = oov, **selection: Any) -> list[OpenRow]:
        with database.reading() as connection:
            chosen = Selection(visibility_of(actor), **selection)
            return read_open_cases(connection, settings, chosen, actor=actor, today=TODAY)

    return rows


def numbers(rows: list[OpenRow]) -> list[str]:
    return [row.number[-3:] for row in rows]


def test_open_is_what_is_not_done_and_on_the_list_or_taken_up(
    database: Database, settings: Settings, three: list[str], read: Callable[..., list[OpenRow]], oov: Actor
) -> None:
    assert numbers(read()) == ["001", "002", "003"]
    with database.writing() as connection:
        connection.execute(update(hotspot_states).values(trend=Trend.BEEINDIGD.value))
    assert read() == []  # candidates that ended before anybody took them up
    move(CaseAccess(database, settings, oov, three[0], NOW), Status.IN_VERIFICATIE, expected_version=1)
    with database.writing() as connection:
        has = hotspots.c.id == three[1]
        connection.execute(update(hotspots).where(has).values(assigned_organisation="politie"))
    assert numbers(read()) == ["001", "002"]
    move(
        CaseAccess(database, settings, oov, three[0], NOW),
        Status.GEEN_HOTSPOT,
        expected_version=2,
        reason="Niets.",
    )
    assert numbers(read()) == ["002"]


def test_who_may_read_no_case_gets_none_and_a_team_those_of_its_areas(
    three: list[str], read: Callable[..., list[OpenRow]], team: Actor
) -> None:
    assert numbers(read(team)) == ["001", "002"]
    assert read(Actor("l", "L. Lezer", Role.LEZER)) == []


def test_a_row_says_who_has_it_what_partners_said_and_for_whom_it_waits(
    database: Database,
    settings: Settings,
    three: list[str],
    read: Callable[..., list[OpenRow]],
    oov: Actor,
    team: Actor,
    add_colleague: Callable[..., str],
) -> None:
    for organisation in ("politie", "Trajekt"):
        add_colleague(f"A. {organisation}", "gebiedsteam", organisation, team.gebieden)
    me = add_colleague("O. Adviseur")
    access = CaseAccess(database, settings, oov, three[0], NOW)
    move(access, Status.IN_VERIFICATIE, expected_version=1)
    judge(CaseAccess(database, settings, team, three[0], NOW), Status.LEEFBAARHEID, reason="Ja.")
    assign(access, expected_version=3, person=me, due_on=date(2024, 3, 3))
    with database.writing() as connection:
        connection.execute(update(hotspots).where(hotspots.c.id == three[1]).values(assigned_to="Jan"))
    mine = Actor(me, "O. Adviseur", Role.OOV, "OOV")
    first, second, third = read(mine)
    assert (first.verdicts, first.waits_for) == ({"politie": Status.LEEFBAARHEID}, ["Trajekt"])
    assert (first.is_mine, first.is_overdue, first.is_typed) == (True, True, False)
    assert (second.assigned_to, second.is_typed, second.is_mine) == ("Jan", True, False)
    assert (third.assigned_to, third.waits_for, third.soort) == (None, [], "woning")
    in_views = {view: numbers([row for row in read(mine) if is_in_view(row, view)]) for view in CaseView}
    assert in_views == {
        CaseView.MINE: ["001"],
        CaseView.LATE: ["001"],
        CaseView.PARTNER: ["001"],
        CaseView.NOBODY: ["003"],
    }
    assert [is_named(first, text) for text in ("hs-2024-001", "o. ADV", "x")] == [True, True, False]


def test_what_an_organisation_has_is_of_its_people_and_no_longer_when_one_person_has_it(
    database: Database,
    settings: Settings,
    three: list[str],
    read: Callable[..., list[OpenRow]],
    oov: Actor,
    add_colleague: Callable[..., str],
) -> None:
    other = add_colleague("Een ander")
    access = CaseAccess(database, settings, oov, three[0], NOW)
    assign(access, expected_version=1, organisation="OOV")
    assert [row.is_mine for row in read()] == [True, False, False]
    assign(access, expected_version=2, person=other, organisation="OOV")
    assert [row.is_mine for row in read()] == [False, False, False]


def test_cases_are_in_order_of_every_column_and_what_is_empty_comes_last_either_way(
    database: Database, three: list[str], read: Callable[..., list[OpenRow]]
) -> None:
    with database.writing() as connection:
        has = hotspots.c.id == three[1]
        connection.execute(update(hotspots).where(has).values(assigned_to="Jan", due_on=TODAY))
    rows = read()
    for column, value_of in CASE_ORDERS.items():
        for key in (column, f"-{column}"):
            values = [value_of(row) for row in in_order(rows, [key])]
            filled = [value for value in values if value is not None]
            assert values == [*sorted(filled, reverse=key[0] == "-"), *[None] * (3 - len(filled))], key
    assert numbers(in_order(rows, ["soort", "-nummer"])) == ["002", "001", "003"]


def test_the_table_takes_as_many_queries_for_three_cases_as_for_one(
    database: Database, three: list[str], read: Callable[..., list[OpenRow]]
) -> None:
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    counts = []
    for ids in (three[:1], three):
        asked.clear()
        assert len(read(ids=ids)) == len(ids)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 8


class TestMany:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        """SQLite only: what is changed is decided by versions and rights."""
        return sqlite_url

    def test_each_is_assigned_or_says_why_not_and_nothing_is_overwritten_unseen(
        self,
        database: Database,
        settings: Settings,
        three: list[str],
        oov: Actor,
        team: Actor,
        add_colleague: Callable[..., str],
    ) -> None:
        agent = add_colleague("A. Agent", "gebiedsteam", "politie", team.gebieden)
        other = CaseAccess(database, settings, oov, three[1], NOW)
        assign(other, expected_version=1, organisation="politie")  # another adviser was first
        chosen = [(three[0], 1), (three[1], 1), (three[2], 1), ("HS-1900-001", 1)]
        done = assign_many(database, settings, chosen, Assignment(agent), actor=oov, now=NOW)
        assert [one.outcome for one in done] == [
            Outcome.ASSIGNED,
            Outcome.CHANGED,
            Outcome.REFUSED,  # in another area
            Outcome.UNKNOWN,
        ]
        assert [one.case and one.case.assigned_to for one in done] == ["A. Agent", None, None, None]
        with database.reading() as connection:
            kept = dict(connection.execute(select(hotspots.c.id, hotspots.c.assigned_organisation)).all())
        assert kept[three[1]] == "politie"

    def test_who_may_not_assign_there_is_told_so_and_what_is_hidden_is_unknown(
        self, database: Database, settings: Settings, three: list[str], team: Actor
    ) -> None:
        officer = Actor("p", "P. Privacy", Role.PRIVACY)
        done = assign_many(database, settings, [(three[0], 1)], Assignment(), actor=officer, now=NOW)
        done += assign_many(database, settings, [(three[2], 1)], Assignment(), actor=team, now=NOW)
        assert [one.outcome for one in done] == [Outcome.FORBIDDEN, Outcome.UNKNOWN]


class TestTriage:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        """SQLite only: its steps are those that are tested on each database."""
        return sqlite_url

    def test_one_form_decides_on_a_candidate_and_the_history_has_each_step(
        self, database: Database, settings: Settings, three: list[str], oov: Actor
    ) -> None:
        access = CaseAccess(database, settings, oov, three[0], NOW)
        case = triage(
            access,
            Status.LEEFBAARHEID,
            expected_version=1,
            reason="Voetballende jongeren.",
            assignment=Assignment(due_on=date(2024, 5, 1)),
        )
        assert (case.status, case.verdict, case.version) == (Status.LEEFBAARHEID, Status.LEEFBAARHEID, 4)
        assert case.due_on == date(2024, 5, 1)
        with database.reading() as connection:
            kinds = connection.execute(select(hotspot_events.c.kind).order_by(hotspot_events.c.version))
            assert list(kinds.scalars()) == ["verifiëren", "besluiten tot leefbaarheid", "toewijzen"]

    def test_of_two_advisers_the_second_is_told_and_what_the_first_decided_stands(
        self, database: Database, settings: Settings, three: list[str], oov: Actor
    ) -> None:
        access = CaseAccess(database, settings, oov, three[0], NOW)
        triage(access, Status.VEILIGHEID, expected_version=1, reason="Dealers.")
        with pytest.raises(StaleError):
            triage(access, Status.GEEN_HOTSPOT, expected_version=1, reason="Niets.")
        with database.reading() as connection:
            assert connection.execute(
                select(hotspots.c.verdict).where(hotspots.c.id == three[0])
            ).scalar_one() == str(Status.VEILIGHEID)

    def test_when_a_part_of_it_cant_be_done_nothing_is(
        self, database: Database, settings: Settings, three: list[str], oov: Actor, team: Actor
    ) -> None:
        access = CaseAccess(database, settings, oov, three[0], NOW)
        with pytest.raises(WorkflowError, match="needs a reason"):
            triage(access, Status.VEILIGHEID, expected_version=1)
        with pytest.raises(WorkflowError, match="choose one of the list"):
            triage(
                access, Status.VEILIGHEID, expected_version=1, reason="Ja.", assignment=Assignment("Niemand")
            )
        with pytest.raises(ForbiddenError):
            triage(
                CaseAccess(database, settings, team, three[0], NOW),
                Status.VEILIGHEID,
                expected_version=1,
                reason="Ja.",
            )
        with database.reading() as connection:
            assert connection.execute(select(hotspot_events)).all() == []
