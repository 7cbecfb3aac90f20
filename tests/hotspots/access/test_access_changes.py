"""Rights on exact data take two persons, and each change of access is logged with who did it."""

from collections.abc import Callable

import pytest

from hotspots.access.access_changes import read_access_changes
from hotspots.access.accounts import (
    change_own_password,
    change_password,
    change_user,
    confirm_rights,
    disable_user,
    list_users,
)
from hotspots.access.machine_tokens import add_token, revoke_token
from hotspots.access.rights import Actor, Right, Role
from hotspots.access.sessions import actor_of_session
from hotspots.errors import AccountError, LockedOutError, SignInError
from hotspots.store.database import Database
from tests.hotspots.access.agents import NOW, PASSWORD, SETTINGS, add_agent, enter

FIRST = Actor("1", "B. Eerste", Role.BEHEERDER)
SECOND = Actor("2", "B. Tweede", Role.BEHEERDER)
TEXTS = [Right.READ_TEXTS]
NEW_PASSWORD = "another horse entirely"


def rights_of(database: Database) -> tuple[tuple[Right, ...], tuple[Right, ...]]:
    """Which rights by name the agent has, and which wait."""
    (account,) = list_users(database)
    return account.granted, account.asked


def change(database: Database, granted: list[Right], by: Actor | None) -> None:
    """Give the agent these rights by name."""
    change_user(
        database,
        name="agent",
        full_name="A. Agent",
        role=Role.GEBIEDSTEAM,
        organisation="politie",
        gebieden=["Mariaberg"],
        granted=granted,
        now=NOW,
        by=by,
    )


def test_a_right_on_exact_data_waits_for_a_second_person(database: Database) -> None:
    add_agent(database, granted=TEXTS, by=FIRST)
    assert rights_of(database) == ((), (Right.READ_TEXTS,))
    actor = actor_of_session(database, SETTINGS, token=enter(database), now=NOW)
    assert actor is not None
    assert actor.granted == frozenset()
    with pytest.raises(AccountError, match="wanted a second person"):
        confirm_rights(database, name="agent", by=FIRST, now=NOW)
    with pytest.raises(AccountError, match="wanted a second person"):
        confirm_rights(database, name="agent", by=Actor(actor.id, "A. Agent", Role.BEHEERDER), now=NOW)
    confirm_rights(database, name="agent", by=SECOND, now=NOW)
    assert rights_of(database) == ((Right.READ_TEXTS,), ())
    with pytest.raises(AccountError, match="found none"):
        confirm_rights(database, name="agent", by=SECOND, now=NOW)


def test_a_change_of_something_else_takes_no_right_away_and_gives_none(database: Database) -> None:
    add_agent(database, granted=TEXTS)
    change(database, TEXTS, FIRST)
    assert rights_of(database) == ((Right.READ_TEXTS,), ())
    change(database, [*TEXTS, Right.READ_EXACT_POINTS], FIRST)
    assert rights_of(database) == ((Right.READ_TEXTS,), (Right.READ_EXACT_POINTS,))
    change(database, [], FIRST)
    assert rights_of(database) == ((), ())


def test_who_runs_the_software_gives_rights_at_once(database: Database) -> None:
    add_agent(database, granted=TEXTS)
    assert rights_of(database) == ((Right.READ_TEXTS,), ())


CHANGES: dict[str, Callable[[Database], object]] = {
    "geblokkeerd": lambda database: disable_user(database, name="agent", now=NOW, by=FIRST),
    "weer toegelaten": lambda database: disable_user(
        database, name="agent", now=NOW, is_disabled=False, by=FIRST
    ),
    "gebruiker gewijzigd": lambda database: change(database, [], FIRST),
    "recht gevraagd": lambda database: change(database, TEXTS, FIRST),
    "wachtwoord gewijzigd": lambda database: change_password(
        database, name="agent", password=NEW_PASSWORD, now=NOW, by=FIRST
    ),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_each_change_of_an_account_is_logged_with_who_and_whom(database: Database, kind: str) -> None:
    user_id = add_agent(database, granted=[], by=SECOND)
    CHANGES[kind](database)
    last, *earlier = read_access_changes(database, about_id=user_id)
    assert (last.kind, last.actor, last.about, last.at) == (kind, "B. Eerste", "agent", NOW)
    assert (earlier[-1].kind, earlier[-1].actor) == ("gebruiker gemaakt", "B. Tweede")


def test_tokens_are_logged_with_their_rights(database: Database) -> None:
    token_id, _ = add_token(
        database,
        name="GIS",
        scopes=[Right.READ_HOTSPOTS],
        expires_at=NOW.replace(month=4),
        created_by="x",
        now=NOW,
        maker=FIRST,
    )
    revoke_token(database, token_id=token_id, now=NOW, by=SECOND)
    ended, made = read_access_changes(database)
    assert (made.kind, made.actor, made.about, made.rights) == (
        "token gemaakt",
        "B. Eerste",
        "GIS",
        ("hotspots.lezen",),
    )
    assert (ended.kind, ended.actor) == ("token ingetrokken", "B. Tweede")


def test_one_changes_ones_own_password_with_the_old_one(database: Database) -> None:
    user_id = add_agent(database)
    session = enter(database)
    actor = actor_of_session(database, SETTINGS, token=session, now=NOW)
    assert actor is not None
    for _ in range(SETTINGS.attempts_before_delay):
        with pytest.raises(SignInError):
            change_own_password(database, SETTINGS, actor=actor, old="wrong", new=NEW_PASSWORD, now=NOW)
    with pytest.raises(LockedOutError):
        change_own_password(database, SETTINGS, actor=actor, old=PASSWORD, new=NEW_PASSWORD, now=NOW)
    later = NOW.replace(hour=10)
    with pytest.raises(AccountError):
        change_own_password(database, SETTINGS, actor=actor, old=PASSWORD, new="wachtwoord123", now=later)
    change_own_password(database, SETTINGS, actor=actor, old=PASSWORD, new=NEW_PASSWORD, now=later)
    assert actor_of_session(database, SETTINGS, token=session, now=later) is None
    assert enter(database, NEW_PASSWORD, now=later)
    assert read_access_changes(database, about_id=user_id)[0].actor == "A. Agent"


def test_who_signs_in_elsewhere_has_no_password_to_change(database: Database) -> None:
    actor = Actor("unknown", "Alice", Role.OOV)
    with pytest.raises(AccountError, match="signs in elsewhere"):
        change_own_password(database, SETTINGS, actor=actor, old="x", new=NEW_PASSWORD, now=NOW)
