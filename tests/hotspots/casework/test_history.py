"""The history of a hotspot, and where it stood at a moment."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from hotspots.access.rights import EVERYTHING, Actor
from hotspots.casework.cases import CaseAccess
from hotspots.casework.history import read_history, statuses_at
from hotspots.casework.steps import assign, move
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspot_states
from hotspots.tracking.hotspots import count_hotspots, read_hotspot, read_hotspots
from hotspots.tracking.selection import Selection

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
Place = Callable[..., str]


def test_the_history_tells_who_when_what_it_was_and_became(
    database: Database,
    settings: Settings,
    verified: str,
    oov: Actor,
    add_colleague: Callable[..., str],
    gebied_of_buurt: Callable[[str], str],
) -> None:
    agent = add_colleague("A. Agent", "gebiedsteam", "politie", [gebied_of_buurt("BU09350000")])
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
    assert second.before == {
        "assigned_to": None,
        "assigned_user_id": None,
        "assigned_organisation": None,
        "due_on": "2024-03-18",
    }
    assert second.after == {
        "assigned_to": "A. Agent",
        "assigned_user_id": agent,
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
