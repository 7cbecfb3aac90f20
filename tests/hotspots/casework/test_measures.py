"""The measures of a hotspot: who plans what, when, and where."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from hotspots.access.rights import Actor
from hotspots.casework.cases import CaseAccess
from hotspots.casework.history import read_history
from hotspots.casework.measures import Plan, add_measure, change_measure, read_measures
from hotspots.casework.workflow import MeasureKind
from hotspots.errors import ForbiddenError, NotFoundError, StaleError, WorkflowError
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.database import Database

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
PLAN = Plan(MeasureKind.TOEZICHT, "Elke avond langs.", "politie", date(2024, 3, 5), date(2024, 5, 1))
Place = Callable[..., str]


class TestMeasures:
    def test_a_measure_has_a_kind_an_owner_and_a_period(
        self, database: Database, settings: Settings, decided: Callable[[Status], str], oov: Actor
    ) -> None:
        hotspot_id = decided(Status.VEILIGHEID)
        measure_id, case = add_measure(CaseAccess(database, settings, oov, hotspot_id, NOW), PLAN)
        assert case.version == 4
        (measure,) = read_measures(CaseAccess(database, settings, oov, hotspot_id, NOW))
        assert (measure.id, measure.plan, measure.is_withdrawn) == (measure_id, PLAN, False)

    def test_what_a_measure_was_stays_in_the_history(
        self, database: Database, settings: Settings, decided: Callable[[Status], str], oov: Actor
    ) -> None:
        hotspot_id = decided(Status.VEILIGHEID)
        access = CaseAccess(database, settings, oov, hotspot_id, NOW)
        measure_id, _ = add_measure(access, PLAN)
        longer = replace(PLAN, ends_on=date(2024, 7, 1))
        change_measure(access, measure_id, longer, expected_version=4)
        last = read_history(access)[-1]
        assert last.kind == "maatregel wijzigen"
        assert last.before == {"maatregel": measure_id, "ends_on": "2024-05-01"}
        assert last.after == {"maatregel": measure_id, "ends_on": "2024-07-01"}
        with pytest.raises(StaleError):
            change_measure(access, measure_id, PLAN, expected_version=4)
        change_measure(access, measure_id, longer, expected_version=5, is_withdrawn=True)
        (measure,) = read_measures(access)
        assert (measure.plan, measure.is_withdrawn) == (longer, True)

    def test_a_measure_of_another_hotspot_can_not_be_changed_through_this_one(
        self, database: Database, settings: Settings, decided: Callable[[Status], str], oov: Actor
    ) -> None:
        mine, other = decided(Status.VEILIGHEID), decided(Status.VEILIGHEID)
        measure_id, _ = add_measure(CaseAccess(database, settings, oov, other, NOW), PLAN)
        with pytest.raises(NotFoundError, match=f"has no measure {measure_id}"):
            change_measure(
                CaseAccess(database, settings, oov, mine, NOW), measure_id, PLAN, expected_version=3
            )

    def test_before_there_is_a_verdict_nothing_is_planned(
        self, database: Database, settings: Settings, placed: Place, oov: Actor
    ) -> None:
        with pytest.raises(WorkflowError, match="is 'kandidaat', measures are given while it is 'veil"):
            add_measure(CaseAccess(database, settings, oov, placed(), NOW), PLAN)

    def test_the_gebiedsteam_plans_where_it_leads_only(
        self, database: Database, settings: Settings, decided: Callable[[Status], str], team: Actor
    ) -> None:
        liveability, safety = decided(Status.LEEFBAARHEID), decided(Status.VEILIGHEID)
        add_measure(CaseAccess(database, settings, team, liveability, NOW), PLAN)
        with pytest.raises(ForbiddenError, match="OOV leads HS-2024-002"):
            add_measure(CaseAccess(database, settings, team, safety, NOW), PLAN)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            pytest.param({"ends_on": date(2024, 3, 4)}, "wanted an end from 2024-03-05 on", id="ends before"),
            pytest.param({"owner": " "}, "wanted as owner a text of 1 to 120", id="nobody"),
            pytest.param({"owner": "x" * 121}, "characters, found 121", id="too long an owner"),
        ],
    )
    def test_a_plan_that_can_not_be_is_refused(
        self,
        database: Database,
        settings: Settings,
        decided: Callable[[Status], str],
        oov: Actor,
        changes: dict[str, Any],
        message: str,
    ) -> None:
        with pytest.raises(WorkflowError, match=message):
            add_measure(
                CaseAccess(database, settings, oov, decided(Status.VEILIGHEID), NOW), replace(PLAN, **changes)
            )
