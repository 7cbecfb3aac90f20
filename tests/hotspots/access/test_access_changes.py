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
from hotspots.access.machine_tokens import actor_of_token, add_token, revoke_token
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
    add_agent(database, granted=[])
    change(database, TEXTS, by=FIRST)
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


def lets_in(database: Database, password: str = PASSWORD) -> bool:
    """Whether the agent can sign in."""
    try:
        return bool(enter(database, password))
    except SignInError:
        return False


def as_lezer(database: Database) -> None:
    change_user(database, name="agent", full_name="A. Agent", role=Role.LEZER, now=NOW, by=FIRST)


def in_more_areas(database: Database) -> None:
    change_user(
        database,
        name="agent",
        full_name="A. Agent",
        role=Role.GEBIEDSTEAM,
        organisation="politie",
        gebieden=["Mariaberg", "Wyck"],
        now=NOW,
        by=FIRST,
    )


def as_team(database: Database) -> None:
    change(database, [], FIRST)


def with_another_password(database: Database) -> None:
    change_password(database, name="agent", password=PASSWORD, now=NOW, by=FIRST)


WIDENED: dict[str, tuple[dict[str, object], Callable[[Database], None]]] = {
    "a new account": ({"by": FIRST}, lambda _database: None),
    "a role that reaches persons": ({"role": Role.LEZER, "gebieden": []}, as_team),
    "more areas": ({}, in_more_areas),
    "a password that another chose": ({}, with_another_password),
}


@pytest.mark.parametrize("how", WIDENED)
def test_a_role_that_reaches_persons_waits_for_a_second_person(database: Database, how: str) -> None:
    begin, widen = WIDENED[how]
    add_agent(database, granted=[], **begin)
    widen(database)
    assert not lets_in(database)
    change(database, [], FIRST)
    assert not lets_in(database), "asking again is no confirmation"
    with pytest.raises(AccountError, match="wanted a second person"):
        confirm_rights(database, name="agent", by=FIRST, now=NOW)
    confirm_rights(database, name="agent", by=SECOND, now=NOW)
    assert lets_in(database)
    assert rights_of(database) == ((), ())


def test_who_chose_the_password_last_does_not_confirm_it(database: Database) -> None:
    add_agent(database, granted=[], by=SECOND)
    change_password(database, name="agent", password=NEW_PASSWORD, now=NOW, by=FIRST)
    with pytest.raises(AccountError, match="wanted a second person"):
        confirm_rights(database, name="agent", by=FIRST, now=NOW)
    change(database, [], SECOND)
    with pytest.raises(AccountError, match="wanted a second person"):
        confirm_rights(database, name="agent", by=FIRST, now=NOW)
    confirm_rights(database, name="agent", by=None, now=NOW)
    assert lets_in(database, NEW_PASSWORD)


def test_who_is_signed_in_is_not_any_more_while_a_wider_role_waits(database: Database) -> None:
    add_agent(database, granted=[])
    session = enter(database)
    in_more_areas(database)
    assert actor_of_session(database, SETTINGS, token=session, now=NOW) is None


def test_a_lezer_needs_no_second_person(database: Database) -> None:
    add_agent(database, role=Role.LEZER, gebieden=[], granted=[], by=FIRST)
    assert lets_in(database)


def test_what_waits_for_a_role_is_over_with_that_role(database: Database) -> None:
    add_agent(database, granted=[], by=FIRST)
    as_lezer(database)
    assert lets_in(database)


def test_tokens_of_a_maker_who_is_blocked_end(database: Database) -> None:
    user_id = add_agent(database, role=Role.BEHEERDER, gebieden=[], granted=[])
    maker = Actor(user_id, "A. Agent", Role.BEHEERDER)
    made = {"scopes": [Right.READ_HOTSPOTS], "expires_at": NOW.replace(month=4), "created_by": "x"}
    _, own = add_token(database, name="GIS", now=NOW, maker=maker, **made)  # type: ignore[arg-type]
    _, other = add_token(database, name="dashboard", now=NOW, **made)  # type: ignore[arg-type]
    assert disable_user(database, name="agent", now=NOW, by=FIRST) == ["GIS"]
    with pytest.raises(SignInError):
        actor_of_token(database, token=own, now=NOW)
    assert actor_of_token(database, token=other, now=NOW).name == "dashboard"
    assert [change.about for change in read_access_changes(database)][:2] == ["GIS", "agent"]


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
