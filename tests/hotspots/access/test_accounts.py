"""Accounts of people: adding, changing and disabling them."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from hotspots.access.accounts import (
    DEMO_PARTNER,
    add_demo_users,
    change_password,
    disable_user,
    has_demo_users,
    list_users,
)
from hotspots.access.passwords import hash_token
from hotspots.access.rights import Actor, Right, Role
from hotspots.access.sessions import actor_of_session, sign_in
from hotspots.errors import AccountError, NotFoundError, SignInError
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.case_tables import sessions, users
from hotspots.store.database import Database
from tests.hotspots.access.agents import NOW, PASSWORD, SETTINGS, add_agent, enter


class TestUsers:
    def test_an_account_signs_in_with_its_rights(self, database: Database) -> None:
        user_id = add_agent(database)
        token = enter(database, name=" AGENT ")
        assert actor_of_session(database, SETTINGS, token=token, now=NOW) == Actor(
            user_id,
            "A. Agent",
            Role.GEBIEDSTEAM,
            "politie",
            frozenset({"Mariaberg"}),
            frozenset({Right.READ_TEXTS}),
        )
        [account] = list_users(database)
        assert (account.name, account.is_local, account.signed_in_at) == ("agent", True, NOW)

    def test_neither_password_nor_session_stands_in_the_database(self, database: Database) -> None:
        add_agent(database)
        token = enter(database)
        with database.reading() as connection:
            everything = repr([connection.execute(select(table)).all() for table in (users, sessions)])
        assert PASSWORD not in everything
        assert token not in everything
        assert hash_token(token) in everything

    def test_a_password_is_none_of_the_names_of_areas_here(
        self, database: Database, settings: Settings
    ) -> None:
        with database.writing() as connection:
            fill_with_shipped(connection, settings)
        with pytest.raises(AccountError, match="hard to guess"):
            add_agent(database, password="Wittevrouwenveld2026")
        add_agent(database)
        with pytest.raises(AccountError, match="hard to guess"):
            change_password(database, name="agent", password="Wittevrouwenveld2026", now=NOW)

    def test_a_name_is_taken_once_in_whatever_case(self, database: Database) -> None:
        add_agent(database)
        with pytest.raises(AccountError, match="there is an account 'agent' already"):
            add_agent(database, name="AGENT")

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            pytest.param({"name": "  "}, "wanted a name of 1 to 120", id="no name"),
            pytest.param({"name": "oidc:x"}, "wanted a name", id="a name that the software gives"),
            pytest.param({"password": "short"}, "12 to 256 characters", id="a weak password"),
            pytest.param({"gebieden": []}, "at least one area", id="a team member without areas"),
            pytest.param({"organisation": " "}, "an organisation and", id="and without organisation"),
            pytest.param({"role": Role.OOV}, "wanted no areas for the role 'oov'", id="OOV with areas"),
            pytest.param(
                {"granted": [Right.DECIDE]}, "wanted rights among .*found besluiten", id="a right too far"
            ),
        ],
    )
    def test_an_account_that_can_not_be_is_refused(
        self, database: Database, changes: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(AccountError, match=message):
            add_agent(database, **changes)
        assert list_users(database) == []

    def test_who_is_disabled_is_out_at_once_and_does_not_get_in(self, database: Database) -> None:
        add_agent(database)
        token = enter(database)
        disable_user(database, name="agent", now=NOW)
        assert actor_of_session(database, SETTINGS, token=token, now=NOW) is None
        with pytest.raises(SignInError, match="wanted the name and password of an account"):
            enter(database)
        disable_user(database, name="agent", now=NOW, is_disabled=False)
        assert actor_of_session(database, SETTINGS, token=token, now=NOW) is None
        assert enter(database)

    def test_another_password_ends_what_began_with_the_old_one(self, database: Database) -> None:
        add_agent(database)
        token = enter(database)
        change_password(database, name="agent", password="another horse battery", now=NOW)
        assert actor_of_session(database, SETTINGS, token=token, now=NOW) is None
        with pytest.raises(SignInError):
            enter(database)
        assert enter(database, "another horse battery")

    def test_an_unknown_account_can_not_be_changed(self, database: Database) -> None:
        with pytest.raises(NotFoundError, match="there is no account 'nobody'"):
            disable_user(database, name="nobody", now=NOW)


def test_the_demo_has_an_account_for_each_role_and_the_database_remembers_it(database: Database) -> None:
    with database.reading() as connection:
        assert not has_demo_users(connection)
    passwords = add_demo_users(database, gebieden=["Mariaberg"], now=NOW)
    with database.reading() as connection:
        assert has_demo_users(connection)
    assert list(passwords) == list(Role)
    assert len(set(passwords.values())) == len(Role)
    for name, password in passwords.items():
        token = sign_in(database, SETTINGS, name=name, password=password, now=NOW)
        actor = actor_of_session(database, SETTINGS, token=token, now=NOW)
        assert actor is not None
        assert actor.role == name
        assert actor.gebieden == (frozenset({"Mariaberg"}) if name == "gebiedsteam" else frozenset())
        assert bool(actor.granted) == (name in ("gebiedsteam", "oov"))


def test_the_demo_has_a_wijkagent_too_and_passwords_that_can_be_typed(database: Database) -> None:
    everywhere = ["Mariaberg", "Wyck"]
    passwords = add_demo_users(database, gebieden=["Mariaberg"], now=NOW, all_gebieden=everywhere)
    assert all(re.fullmatch(r"[a-z]{4,6}-\d{4}", password) for password in passwords.values())
    token = sign_in(database, SETTINGS, name=DEMO_PARTNER, password=passwords[DEMO_PARTNER], now=NOW)
    actor = actor_of_session(database, SETTINGS, token=token, now=NOW)
    assert actor is not None
    assert (actor.role, actor.organisation, actor.gebieden) == (
        Role.GEBIEDSTEAM,
        "politie",
        frozenset(everywhere),
    )
    with pytest.raises(AccountError):  # nobody else gets such a password
        change_password(database, name="lezer", password=passwords["oov"], now=NOW)
