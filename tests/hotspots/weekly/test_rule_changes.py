"""Other rules are asked for by one person and confirmed by another, and every version can come back."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from hotspots.access.access_changes import OPERATOR
from hotspots.access.admin_changes import Kind, read_changes
from hotspots.access.rights import Actor, Role
from hotspots.errors import ForbiddenError, LockedError, SettingsError, StaleError
from hotspots.settings import DetectionSettings, RulesSettings, Settings
from hotspots.store.database import Database
from hotspots.store.stored_settings import effective_settings, write_stored
from hotspots.weekly import rule_changes
from hotspots.weekly.rule_changes import (
    RuleChange,
    ask_rules,
    changes_to,
    decide_rules,
    open_change,
    rules_of,
)

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
OWN = Settings()
FIRST = Actor("1", "A. Beheerder", Role.BEHEERDER)
SECOND = Actor("2", "O. Adviseur", Role.OOV)
FEWER = {"detection.min_reports": 6}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: what is asked and decided is read and written alike on both."""
    return sqlite_url


def ask(database: Database, rules: Mapping[str, object] = FEWER, *, own: Settings = OWN) -> RuleChange:
    return ask_rules(database, own, by=FIRST, rules=rules, reason=" Te weinig plekken. ", now=NOW)


def confirm(database: Database, change: RuleChange, by: Actor = SECOND) -> RuleChange:
    return decide_rules(database, OWN, change.id, "confirmed", by=by, now=NOW + timedelta(hours=1))


def least(database: Database) -> int:
    return effective_settings(database, OWN).detection.min_reports


def test_rules_count_once_a_second_person_confirms_them(database: Database) -> None:
    change = ask(database)
    assert (change.outcome, change.reason, least(database)) == (None, "Te weinig plekken.", 8)
    confirmed = confirm(database, change)
    assert (confirmed.outcome, confirmed.decided_by, least(database)) == ("confirmed", "O. Adviseur", 6)
    with database.reading() as connection:
        told = read_changes(connection, kind=Kind.RULES)
    assert [(line.about, line.actor) for line in told] == [
        ("voorstel 1 bevestigd", "O. Adviseur"),
        ("voorstel 1 gevraagd", "A. Beheerder"),
    ]
    assert (told[0].before, told[0].after) == ({"detection.min_reports": 8}, {"detection.min_reports": 6})
    assert {line.reason for line in told} == {"Te weinig plekken."}


@pytest.mark.parametrize(
    "by",
    [
        pytest.param(FIRST, id="the same account"),
        pytest.param(Actor("1", "Andere Naam", Role.BEHEERDER), id="the account by another name"),
        pytest.param(Actor("9", "a. beheerder", Role.BEHEERDER), id="another account by the name"),
        pytest.param(Actor(OPERATOR.id, "A. Beheerder", None), id="the same person on the server"),
    ],
)
def test_nobody_confirms_or_refuses_their_own(database: Database, by: Actor) -> None:
    change = ask(database)
    with pytest.raises(ForbiddenError):
        confirm(database, change, by)
    with pytest.raises(ForbiddenError):
        decide_rules(database, OWN, change.id, "refused", by=by, now=NOW)
    assert least(database) == 8


def test_who_asked_may_withdraw_and_a_second_person_may_refuse(database: Database) -> None:
    first = ask(database)
    with pytest.raises(ForbiddenError):
        decide_rules(database, OWN, first.id, "withdrawn", by=SECOND, now=NOW)
    decide_rules(database, OWN, first.id, "withdrawn", by=FIRST, now=NOW)
    second = ask(database)
    decide_rules(database, OWN, second.id, "refused", by=SECOND, now=NOW)
    with pytest.raises(StaleError):
        confirm(database, second)
    assert least(database) == 8


def test_one_change_waits_at_a_time(database: Database) -> None:
    ask(database)
    with pytest.raises(LockedError):
        ask(database, {"detection.min_days": 4})


def test_a_change_is_over_when_the_rules_changed_since(database: Database) -> None:
    change = ask(database)
    with database.writing() as connection:
        write_stored(connection, {"detection.min_days": 4}, at=NOW)
    with pytest.raises(StaleError):
        confirm(database, change)


def test_to_go_back_is_to_ask_for_the_rules_of_then(database: Database) -> None:
    first = confirm(database, ask(database))
    confirm(database, ask(database, FEWER | {"detection.min_days": 4}))
    back = confirm(database, ask(database, dict(first.rules)))
    assert back.differences(OWN) == {"detection.min_days": (4, 6)}
    effective = effective_settings(database, OWN)
    assert (effective.detection.min_reports, effective.detection.min_days) == (6, 6)
    confirm(database, ask(database, {}))
    assert effective_settings(database, OWN) == OWN


def test_where_one_is_enough_rules_count_at_once(database: Database) -> None:
    alone = Settings(rules=RulesSettings(need_two=False))
    assert ask(database, own=alone).outcome == "confirmed"
    assert least(database) == 6


@pytest.mark.parametrize(
    ("rules", "own"),
    [
        pytest.param({"detection.min_reports": 8}, OWN, id="as they are"),
        pytest.param({"detection.min_reports": 0}, OWN, id="out of range"),
        pytest.param({"detection.min_duration_days": 900}, OWN, id="not fitting another"),
        pytest.param({"service.colour": "#101010"}, OWN, id="no rule"),
        pytest.param(
            FEWER, Settings(detection=DetectionSettings(min_reports=9)), id="set by the settings file"
        ),
    ],
)
def test_what_cannot_be_is_not_asked(database: Database, rules: Mapping[str, object], own: Settings) -> None:
    with pytest.raises(SettingsError):
        ask(database, rules, own=own)
    with database.reading() as connection:
        assert open_change(connection) is None


def test_without_a_reason_nothing_is_asked(database: Database) -> None:
    with pytest.raises(SettingsError, match="reason"):
        ask_rules(database, OWN, by=FIRST, rules=FEWER, reason=" ", now=NOW)


def test_a_preview_shows_what_the_rules_of_a_change_do() -> None:
    proposed = Settings(detection=DetectionSettings(min_reports=6, max_p=0.01))
    rules = rules_of(OWN, proposed)
    assert rules == {"detection.max_p": 0.01, "detection.min_reports": 6}
    assert changes_to(OWN, OWN, rules) == ["detection.max_p=0.01", "detection.min_reports=6"]
    assert changes_to(proposed, OWN, {}) == ["detection.max_p=0.02", "detection.min_reports=8"]


def test_a_process_that_dies_halfway_leaves_nothing_of_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    change = ask(database)
    monkeypatch.setattr(rule_changes, "record_change", die)
    with pytest.raises(KeyboardInterrupt):
        confirm(database, change)
    with database.reading() as connection:
        assert open_change(connection) == change
    assert least(database) == 8
