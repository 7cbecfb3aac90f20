"""What people add to a case: enrichments of partners, and comments."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from hotspots.access.rights import Actor, Role, Sharing
from hotspots.casework.cases import CaseAccess
from hotspots.casework.dossier import (
    comment,
    enrich,
    read_comments,
    read_enrichments,
    withdraw_comment,
)
from hotspots.casework.history import read_history
from hotspots.casework.measures import Plan
from hotspots.casework.workflow import MeasureKind
from hotspots.errors import NotFoundError, WorkflowError
from hotspots.settings import Settings
from hotspots.store.database import Database

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
PLAN = Plan(MeasureKind.TOEZICHT, "Elke avond langs.", "politie", date(2024, 3, 5), date(2024, 5, 1))

Place = Callable[..., str]


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

    def test_their_numbers_which_count_up_over_all_places_are_for_who_may_read_cases(
        self, database: Database, settings: Settings, placed: Place, team: Actor
    ) -> None:
        hotspot_id = placed()
        said = enrich(CaseAccess(database, settings, team, hotspot_id, NOW), "Eén", sharing=Sharing.EVERYONE)
        assert said.hotspot_id == hotspot_id
        for actor, number in ((team, 1), (Actor("l", "L. Lezer", Role.LEZER), None)):
            [row] = read_enrichments(CaseAccess(database, settings, actor, hotspot_id, NOW))
            assert (row.text, row.id, row.replaces_id) == ("Eén", number, None)

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


class TestWithdrawing:
    def test_a_comment_is_withdrawn_by_its_writer_alone_and_the_history_keeps_that_it_was(
        self, database: Database, settings: Settings, placed: Place, team: Actor, oov: Actor
    ) -> None:
        hotspot_id = placed()
        own = CaseAccess(database, settings, team, hotspot_id, NOW)
        comment(own, "Dit klopt niet.")
        comment(own, "Dit wel.")
        first, second = read_comments(own)
        other = CaseAccess(database, settings, oov, hotspot_id, NOW)
        for access, wanted in ((other, first.id), (own, 999)):
            with pytest.raises(NotFoundError):
                withdraw_comment(access, wanted)
        withdraw_comment(own, first.id)
        with pytest.raises(WorkflowError):
            withdraw_comment(own, first.id)
        found = [(each.text, each.is_withdrawn, each.is_own) for each in read_comments(own)]
        assert found == [(None, True, True), ("Dit wel.", False, True)]
        assert [each.is_own for each in read_comments(other)] == [False, False]
        told = [(event.kind, event.actor, event.after) for event in read_history(other)]
        assert told[0] == ("opmerking plaatsen", team.name, {"opmerking": first.id})
        assert told[-1] == ("opmerking intrekken", team.name, {"opmerking": first.id})
        assert second.id != first.id
