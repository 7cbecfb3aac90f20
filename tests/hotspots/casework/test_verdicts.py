"""Verdicts of partners and final ones."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from hotspots.access.rights import Actor
from hotspots.casework.cases import CaseAccess
from hotspots.casework.history import read_history
from hotspots.casework.steps import move
from hotspots.casework.verdicts import judge, read_verdicts
from hotspots.errors import WorkflowError
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.case_tables import verdicts
from hotspots.store.database import Database

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)

Place = Callable[..., str]


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
