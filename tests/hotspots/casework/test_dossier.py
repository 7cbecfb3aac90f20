"""What hangs on a hotspot: verdicts of partners, enrichments, comments and measures."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from hotspots.access.rights import Actor, Role, Sharing
from hotspots.casework.cases import CaseAccess
from hotspots.casework.dossier import comment, enrich, read_comments, read_enrichments
from hotspots.casework.history import read_history
from hotspots.casework.measures import Plan, add_measure, change_measure, read_measures
from hotspots.casework.steps import move
from hotspots.casework.verdicts import judge, read_verdicts
from hotspots.casework.workflow import MeasureKind
from hotspots.errors import ForbiddenError, NotFoundError, StaleError, WorkflowError
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.database import Database

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
PLAN = Plan(MeasureKind.TOEZICHT, "Elke avond langs.", "politie", date(2024, 3, 5), date(2024, 5, 1))

Place = Callable[..., str]


@pytest.fixture
def decided(database: Database, settings: Settings, placed: Place, oov: Actor) -> Callable[[Status], str]:
    """Store a hotspot with this final verdict; it is then at version 3."""

    def decide(verdict: Status) -> str:
        hotspot_id = placed()
        for version, wanted in enumerate((Status.IN_VERIFICATIE, verdict), start=1):
            move(
                CaseAccess(database, settings, oov, hotspot_id, NOW),
                wanted,
                expected_version=version,
                reason="Zo is besloten.",
            )
        return hotspot_id

    return decide


class TestVerdicts:
    def test_each_organisation_gives_its_own_and_all_are_kept(
        self, database: Database, settings: Settings, placed: Place, team: Actor, oov: Actor
    ) -> None:
        hotspot_id = placed()
        trajekt = replace(team, id="w", name="W. Werker", organisation="Trajekt")
        given = [
            (team, Status.VEILIGHEID, "Er wordt gedeald."),
            (trajekt, Status.LEEFBAARHEID, "Jongeren uit de buurt."),
            (team, Status.LEEFBAARHEID, "Toch niet."),
        ]
        for actor, verdict, reason in given:
            judge(CaseAccess(database, settings, actor, hotspot_id, NOW), verdict, reason=f" {reason} ")
        verdicts = read_verdicts(CaseAccess(database, settings, oov, hotspot_id, NOW))
        assert [(verdict.organisation, verdict.verdict, verdict.reason) for verdict in verdicts] == [
            (actor.organisation, verdict, reason) for actor, verdict, reason in given
        ]
        assert not any(verdict.is_final for verdict in verdicts)
        kinds = [event.kind for event in read_history(CaseAccess(database, settings, oov, hotspot_id, NOW))]
        assert kinds == ["oordelen"] * 3

    @pytest.mark.parametrize(
        ("verdict", "reason", "message"),
        [
            pytest.param(Status.NAZORG, "Ja", "wanted a verdict, veiligheid or", id="no verdict"),
            pytest.param(Status.VEILIGHEID, "  ", "wanted as reason a text of 1 to 4000", id="no reason"),
            pytest.param(Status.VEILIGHEID, "x" * 4001, "characters, found 4001", id="too long a reason"),
        ],
    )
    def test_what_is_no_verdict_is_refused(
        self,
        database: Database,
        settings: Settings,
        placed: Place,
        team: Actor,
        verdict: Status,
        reason: str,
        message: str,
    ) -> None:
        with pytest.raises(WorkflowError, match=message):
            judge(CaseAccess(database, settings, team, placed(), NOW), verdict, reason=reason)

    def test_who_belongs_to_no_organisation_gives_none(
        self, database: Database, settings: Settings, placed: Place, team: Actor
    ) -> None:
        nobody = replace(team, organisation="")
        with pytest.raises(WorkflowError, match="belongs to no organisation"):
            judge(CaseAccess(database, settings, nobody, placed(), NOW), Status.VEILIGHEID, reason="Ja")

    def test_what_was_judged_no_hotspot_is_reopened_first(
        self, database: Database, settings: Settings, decided: Callable[[Status], str], team: Actor
    ) -> None:
        with pytest.raises(WorkflowError, match="is 'geen hotspot', verdicts are given while it is"):
            judge(
                CaseAccess(database, settings, team, decided(Status.GEEN_HOTSPOT), NOW),
                Status.VEILIGHEID,
                reason="Ja",
            )


class TestEnrichments:
    def test_each_class_is_read_by_those_it_is_shared_with(
        self, database: Database, settings: Settings, placed: Place, team: Actor, oov: Actor
    ) -> None:
        hotspot_id = placed()
        for sharing in Sharing:
            enrich(CaseAccess(database, settings, team, hotspot_id, NOW), f"Voor {sharing}", sharing=sharing)
        readers = {
            "own": team,
            "oov": oov,
            "partner": replace(team, organisation="Trajekt"),
            "reader": Actor("l", "L. Lezer", Role.LEZER),
            "privacy": Actor("p", "P. Officer", Role.PRIVACY),
        }
        found = {
            name: [
                str(row.sharing)
                for row in read_enrichments(CaseAccess(database, settings, actor, hotspot_id, NOW))
            ]
            for name, actor in readers.items()
        }
        assert found == {
            "own": ["eigen organisatie", "oov", "gebiedsteam", "iedereen"],
            "oov": ["oov", "gebiedsteam", "iedereen"],
            "partner": ["gebiedsteam", "iedereen"],
            "reader": ["iedereen"],
            "privacy": ["iedereen"],
        }

    def test_a_correction_takes_the_place_of_what_it_corrects(
        self, database: Database, settings: Settings, placed: Place, team: Actor
    ) -> None:
        hotspot_id = placed()

        def say(text: str, actor: Actor = team, replaces_id: int | None = None) -> None:
            enrich(
                CaseAccess(database, settings, actor, hotspot_id, NOW),
                text,
                sharing=Sharing.TEAM,
                replaces_id=replaces_id,
            )

        say("Drie jongeren.")
        first = read_enrichments(CaseAccess(database, settings, team, hotspot_id, NOW))[0]
        say("Vijf jongeren.", replaces_id=first.id)
        rows = read_enrichments(CaseAccess(database, settings, team, hotspot_id, NOW))
        assert [(row.text, row.replaces_id) for row in rows] == [("Vijf jongeren.", first.id)]
        with pytest.raises(NotFoundError, match="has no enrichment 1 of 'Trajekt'"):
            say("Niemand.", replace(team, organisation="Trajekt"), first.id)

    def test_the_history_says_that_something_was_added_and_not_what(
        self, database: Database, settings: Settings, placed: Place, team: Actor, oov: Actor
    ) -> None:
        hotspot_id = placed()
        enrich(CaseAccess(database, settings, team, hotspot_id, NOW), "Geheim", sharing=Sharing.OWN)
        event = read_history(CaseAccess(database, settings, oov, hotspot_id, NOW))[0]
        assert event.after == {"verrijking": 1, "vervangt": None, "delen": "eigen organisatie"}
        assert "Geheim" not in repr(event)


def test_comments_are_kept_in_order(
    database: Database, settings: Settings, placed: Place, team: Actor, oov: Actor
) -> None:
    hotspot_id = placed()
    for actor, text in ((team, "Wie belt?"), (oov, "Ik.")):
        comment(CaseAccess(database, settings, actor, hotspot_id, NOW), text)
    rows = read_comments(CaseAccess(database, settings, team, hotspot_id, NOW))
    assert [(row.given_by, row.text) for row in rows] == [("A. Agent", "Wie belt?"), ("O. Adviseur", "Ik.")]


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
