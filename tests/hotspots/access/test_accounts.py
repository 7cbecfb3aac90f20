"""Accounts, sessions and tokens of machines: adding, finding and ending them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hotspots.access.accounts import (
    actor_of_session,
    actor_of_token,
    add_demo_users,
    add_token,
    add_user,
    change_password,
    disable_user,
    has_demo_users,
    list_tokens,
    list_users,
    revoke_token,
    sign_in,
    sign_in_elsewhere,
    sign_out,
)
from hotspots.access.passwords import hash_token
from hotspots.access.rights import Actor, Right, Role
from hotspots.errors import AccountError, LockedOutError, NotFoundError, SignInError
from hotspots.settings import SignInSettings
from hotspots.store.case_tables import api_tokens, sessions, sign_in_attempts, users
from hotspots.store.database import Database

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
SETTINGS = SignInSettings()
PASSWORD = "correct horse battery"


def add_agent(database: Database, **changes: Any) -> str:
    values: dict[str, Any] = {
        "name": "Agent",
        "full_name": "A. Agent",
        "role": Role.GEBIEDSTEAM,
        "password": PASSWORD,
        "created_by": "test",
        "now": NOW,
        "organisation": "politie",
        "gebieden": ["Mariaberg"],
        "granted": [Right.READ_TEXTS],
    }
    return add_user(database, **(values | changes))


def enter(database: Database, password: str = PASSWORD, **changes: Any) -> str:
    values: dict[str, Any] = {"name": "agent", "password": password, "now": NOW}
    return sign_in(database, SETTINGS, **(values | changes))


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


class TestSigningIn:
    def test_a_wrong_password_an_unknown_name_and_a_disabled_account_look_the_same(
        self, database: Database
    ) -> None:
        add_agent(database)
        add_agent(database, name="gone")
        disable_user(database, name="gone", now=NOW)
        found = []
        for name, password in (("agent", "wrong password"), ("nobody", PASSWORD), ("gone", PASSWORD)):
            with pytest.raises(SignInError) as raised:
                enter(database, password, name=name)
            found.append((type(raised.value), str(raised.value)))
        assert len(set(found)) == 1

    @pytest.mark.parametrize("name", ["agent", "nobody"])
    def test_after_five_wrong_passwords_one_waits_whether_the_name_exists_or_not(
        self, database: Database, name: str
    ) -> None:
        add_agent(database)
        for _ in range(5):
            with pytest.raises(SignInError, match="wanted the name and password"):
                enter(database, "wrong password", name=name)
        with pytest.raises(LockedOutError, match="wait 30 seconds"):
            enter(database, PASSWORD, name=name, now=NOW + timedelta(milliseconds=500))
        with pytest.raises(LockedOutError, match="wait 1 seconds"):
            enter(database, PASSWORD, name=name, now=NOW + timedelta(seconds=29.5))

    def test_after_the_delay_the_right_password_gets_in_and_the_count_begins_anew(
        self, database: Database
    ) -> None:
        add_agent(database)
        for _ in range(5):
            with pytest.raises(SignInError):
                enter(database, "wrong password")
        assert enter(database, now=NOW + timedelta(seconds=31))
        with database.reading() as connection:
            assert connection.execute(select(sign_in_attempts)).all() == []

    def test_a_further_wrong_password_doubles_the_delay(self, database: Database) -> None:
        add_agent(database)
        for _ in range(5):
            with pytest.raises(SignInError):
                enter(database, "wrong password")
        later = NOW + timedelta(seconds=31)
        with pytest.raises(SignInError, match="wanted the name"):
            enter(database, "wrong password", now=later)
        with pytest.raises(LockedOutError, match="wait 60 seconds"):
            enter(database, now=later + timedelta(milliseconds=1))

    def test_many_attempts_at_once_gain_nothing(self, database: Database) -> None:
        add_agent(database)

        def guess(number: int) -> str:
            try:
                return enter(database, f"wrong password {number}")
            except SignInError as error:
                return type(error).__name__

        with ThreadPoolExecutor(12) as pool:
            found = list(pool.map(guess, range(12)))
        assert sorted(found) == ["LockedOutError"] * 7 + ["SignInError"] * 5

    def test_one_name_does_not_wait_for_another(self, database: Database) -> None:
        add_agent(database)
        for _ in range(6):
            with pytest.raises(SignInError):
                enter(database, "wrong password", name="nobody")
        assert enter(database)

    def test_attempts_are_forgotten_after_a_day_and_hold_no_names(self, database: Database) -> None:
        with pytest.raises(SignInError):
            enter(database, name="a.person@example.org")
        with database.reading() as connection:
            assert "person" not in repr(connection.execute(select(sign_in_attempts)).all())
        with pytest.raises(SignInError):
            enter(database, now=NOW + timedelta(days=2))
        with database.reading() as connection:
            assert len(connection.execute(select(sign_in_attempts)).all()) == 1


class TestSessions:
    def test_signing_in_gives_a_new_token_and_ends_the_one_before(self, database: Database) -> None:
        add_agent(database)
        fixed = enter(database)
        token = enter(database, earlier_token=fixed)
        assert token != fixed
        assert actor_of_session(database, SETTINGS, token=fixed, now=NOW) is None
        assert actor_of_session(database, SETTINGS, token=token, now=NOW) is not None

    def test_a_token_that_was_planted_beforehand_is_never_a_session(self, database: Database) -> None:
        add_agent(database)
        enter(database, earlier_token="planted")
        assert actor_of_session(database, SETTINGS, token="planted", now=NOW) is None

    def test_a_session_ends_by_rest_and_is_kept_up_by_use(self, database: Database) -> None:
        add_agent(database)
        token = enter(database)
        moment = NOW
        for _ in range(3):
            moment += timedelta(minutes=59)
            assert actor_of_session(database, SETTINGS, token=token, now=moment) is not None
        moment += timedelta(minutes=60)
        assert actor_of_session(database, SETTINGS, token=token, now=moment) is None

    def test_a_session_ends_by_age_however_busy(self, database: Database) -> None:
        add_agent(database)
        token = enter(database)
        for minutes in range(30, 12 * 60, 30):
            moment = NOW + timedelta(minutes=minutes)
            assert actor_of_session(database, SETTINGS, token=token, now=moment) is not None
        end = NOW + timedelta(hours=12)
        assert actor_of_session(database, SETTINGS, token=token, now=end) is None

    def test_signing_out_ends_it_and_signing_out_again_does_nothing(self, database: Database) -> None:
        add_agent(database)
        token = enter(database)
        sign_out(database, token=token)
        sign_out(database, token=token)
        assert actor_of_session(database, SETTINGS, token=token, now=NOW) is None

    def test_sessions_that_ended_are_cleared_away(self, database: Database) -> None:
        add_agent(database)
        enter(database)
        enter(database, now=NOW + timedelta(days=1))
        with database.reading() as connection:
            assert len(connection.execute(select(sessions)).all()) == 1


class TestSigningInElsewhere:
    ACTOR = Actor("https://x#1", "E. Elders", Role.GEBIEDSTEAM, "Trajekt", frozenset({"Wyck"}))

    def test_the_account_follows_what_the_provider_says_now(self, database: Database) -> None:
        sign_in_elsewhere(database, SETTINGS, actor=self.ACTOR, now=NOW)
        moved = Actor("https://x#1", "E. Elders", Role.OOV, "OOV")
        token = sign_in_elsewhere(database, SETTINGS, actor=moved, now=NOW)
        found = actor_of_session(database, SETTINGS, token=token, now=NOW)
        assert found is not None
        assert (found.role, found.organisation, found.gebieden) == (Role.OOV, "OOV", frozenset())
        [account] = list_users(database)
        assert not account.is_local

    def test_who_is_disabled_here_does_not_get_in(self, database: Database) -> None:
        sign_in_elsewhere(database, SETTINGS, actor=self.ACTOR, now=NOW)
        disable_user(database, name=list_users(database)[0].name, now=NOW)
        with pytest.raises(SignInError, match="not disabled"):
            sign_in_elsewhere(database, SETTINGS, actor=self.ACTOR, now=NOW)

    def test_nobody_signs_in_to_it_with_a_password(self, database: Database) -> None:
        sign_in_elsewhere(database, SETTINGS, actor=self.ACTOR, now=NOW)
        name = list_users(database)[0].name
        with pytest.raises(AccountError, match="wanted a name"):
            enter(database, "", name=name)


def make_token(database: Database, **changes: Any) -> tuple[str, str]:
    values: dict[str, Any] = {
        "name": "GIS",
        "scopes": [Right.READ_HOTSPOTS],
        "expires_at": NOW + timedelta(days=90),
        "created_by": "beheer",
        "now": NOW,
        "gebieden": ["Wyck"],
    }
    return add_token(database, **(values | changes))


class TestTokens:
    def test_a_machine_may_what_its_token_says(self, database: Database) -> None:
        token_id, token = make_token(database)
        assert token.startswith("hs_")
        actor = actor_of_token(database, token=token, now=NOW)
        assert actor == Actor(
            token_id, "GIS", None, "", frozenset({"Wyck"}), scopes=frozenset({Right.READ_HOTSPOTS})
        )
        [row] = list_tokens(database)
        assert (row.name, row.created_by, row.used_at) == ("GIS", "beheer", NOW)

    def test_a_token_without_areas_reaches_all_of_them(self, database: Database) -> None:
        _, token = make_token(database, gebieden=None)
        assert actor_of_token(database, token=token, now=NOW).gebieden is None

    def test_a_token_ends_and_a_revoked_one_is_of_no_use(self, database: Database) -> None:
        token_id, token = make_token(database)
        with pytest.raises(SignInError, match="unknown, ended or revoked"):
            actor_of_token(database, token=token, now=NOW + timedelta(days=90))
        revoke_token(database, token_id=token_id, now=NOW)
        revoke_token(database, token_id=token_id, now=NOW + timedelta(days=1))
        with pytest.raises(SignInError, match="unknown, ended or revoked"):
            actor_of_token(database, token=token, now=NOW)
        assert list_tokens(database)[0].revoked_at == NOW

    def test_an_unknown_token_lets_nobody_in(self, database: Database) -> None:
        with pytest.raises(SignInError, match="unknown, ended or revoked"):
            actor_of_token(database, token="hs_guess", now=NOW)
        with pytest.raises(NotFoundError, match="there is no token 'x'"):
            revoke_token(database, token_id="x", now=NOW)

    def test_a_stolen_database_gives_no_tokens(self, database: Database) -> None:
        _, token = make_token(database)
        with database.reading() as connection:
            rows = connection.execute(select(api_tokens)).all()
        assert token not in repr(rows)
        with pytest.raises(SignInError):
            actor_of_token(database, token=rows[0].token_hash, now=NOW)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            pytest.param({"scopes": []}, "wanted scopes among .*found none", id="no scope"),
            pytest.param({"scopes": [Right.DECIDE]}, "found .'besluiten.schrijven'.", id="to decide"),
            pytest.param({"scopes": [Right.MANAGE_USERS]}, "found .'gebruikers", id="to let others in"),
            pytest.param({"expires_at": NOW}, "ends within a year from now", id="ended already"),
            pytest.param({"expires_at": NOW + timedelta(days=367)}, "within a year", id="for ever"),
            pytest.param({"name": " "}, "wanted a name of 1 to 120", id="no name"),
        ],
    )
    def test_a_token_that_can_not_be_is_refused(
        self, database: Database, changes: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(AccountError, match=message):
            make_token(database, **changes)
        assert list_tokens(database) == []


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
