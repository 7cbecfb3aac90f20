"""Links to choose a new password: signed, for an hour, once, and logged."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from hotspots.access.access_changes import read_access_changes
from hotspots.access.accounts import change_password, disable_user, list_users
from hotspots.access.password_links import make_password_link, read_password_link, use_password_link
from hotspots.access.rights import LETTING_IN, Actor, Role
from hotspots.access.signed_links import SigningKey
from hotspots.errors import AccountError, ExpiredError, NotFoundError, SignInError
from hotspots.store.case_tables import users
from hotspots.store.database import Database
from tests.hotspots.access.agents import NOW, add_agent, enter

KEY = SigningKey(b"a key of tests only, never for a real link")
NEW = "vier losse woorden kelder"


def add_administrator(database: Database) -> Actor:
    role = {"role": Role.BEHEERDER, "gebieden": [], "granted": []}
    by_id = add_agent(database, name="beheer", full_name="B. Beheerder", **role)
    return Actor(by_id, "B. Beheerder", Role.BEHEERDER)


def link_for(database: Database, by: Actor | None = None) -> str:
    return make_password_link(database, KEY, name="agent", by=by, now=NOW)[0]


def test_a_link_gives_a_new_password_once(database: Database) -> None:
    add_agent(database)
    token = link_for(database)
    assert read_password_link(database, KEY, token, now=NOW).name == "agent"
    use_password_link(database, KEY, token, password=NEW, now=NOW)
    assert enter(database, password=NEW)
    with pytest.raises(ExpiredError):
        use_password_link(database, KEY, token, password=f"{NEW} weer", now=NOW)


def test_a_weak_password_is_refused_and_leaves_the_link(database: Database) -> None:
    add_agent(database)
    token = link_for(database)
    with pytest.raises(AccountError):
        use_password_link(database, KEY, token, password="wachtwoord123", now=NOW)
    use_password_link(database, KEY, token, password=NEW, now=NOW)


def test_after_an_hour_another_password_or_a_block_it_works_no_more(database: Database) -> None:
    add_agent(database)
    token = link_for(database)
    last = NOW + timedelta(minutes=59, seconds=59)
    assert read_password_link(database, KEY, token, now=last).name == "agent"
    for later in (NOW + timedelta(hours=1), NOW + timedelta(days=9)):
        with pytest.raises(ExpiredError):
            read_password_link(database, KEY, token, now=later)
    disable_user(database, name="agent", now=NOW)
    with pytest.raises(ExpiredError):
        read_password_link(database, KEY, token, now=NOW)
    disable_user(database, name="agent", now=NOW, is_disabled=False)
    change_password(database, name="agent", password=NEW, now=NOW)
    with pytest.raises(ExpiredError):
        read_password_link(database, KEY, token, now=NOW)


@pytest.mark.parametrize("change", ["another user", "a later end", "another key", "nothing"])
def test_a_link_that_was_changed_or_made_up_is_none(database: Database, change: str) -> None:
    add_agent(database)
    parts = link_for(database).split(".")
    changed = {
        "another user": ".".join(["x", *parts[1:]]),
        "a later end": ".".join([*parts[:2], "9999999999", *parts[3:]]),
        "another key": make_password_link(database, SigningKey(b"k" * 32), name="agent", by=None, now=NOW)[0],
        "nothing": "",
    }
    with pytest.raises(ExpiredError):
        read_password_link(database, KEY, changed[change], now=NOW)


def test_one_that_an_administrator_makes_for_who_reaches_persons_waits_for_a_second_person(
    database: Database,
) -> None:
    add_agent(database)
    token = link_for(database, add_administrator(database))
    assert read_password_link(database, KEY, token, now=NOW).is_held_after
    use_password_link(database, KEY, token, password=NEW, now=NOW)
    with pytest.raises(SignInError):
        enter(database, password=NEW)
    [account] = [each for each in list_users(database) if each.name == "agent"]
    assert account.is_held
    told = [(change.kind, change.actor) for change in read_access_changes(database, about_id=account.id)]
    assert ("link voor een nieuw wachtwoord gemaakt", "B. Beheerder") in told
    assert [kind for kind, _ in told].count("wachtwoord gewijzigd") == 1


def test_who_has_no_password_here_or_is_blocked_gets_no_link(database: Database) -> None:
    add_agent(database)
    disable_user(database, name="agent", now=NOW)
    with pytest.raises(AccountError, match="blocked"):
        link_for(database)
    with pytest.raises(NotFoundError):
        make_password_link(database, KEY, name="niemand", by=None, now=NOW)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"is_disabled": True}, id="blocked"),
        pytest.param({"role": "oov"}, id="of another role"),
        pytest.param({"asked": [str(LETTING_IN)]}, id="waiting to be let in"),
    ],
)
def test_a_link_of_who_may_not_manage_accounts_any_more_works_no_more(
    database: Database, values: dict[str, object]
) -> None:
    add_agent(database)
    maker = add_administrator(database)
    token = link_for(database, maker)
    assert read_password_link(database, KEY, token, now=NOW).by.name == "B. Beheerder"
    with database.writing() as connection:
        connection.execute(update(users).where(users.c.id == maker.id).values(values))
    with pytest.raises(ExpiredError):
        use_password_link(database, KEY, token, password=NEW, now=NOW)


def test_nobody_makes_a_link_for_oneself_instead_of_giving_the_old_password(database: Database) -> None:
    maker = add_administrator(database)
    with pytest.raises(AccountError, match="your own"):
        make_password_link(database, KEY, name="beheer", by=maker, now=NOW)
