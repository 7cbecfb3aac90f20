"""Sessions of people: signing in and out, here and at a provider."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from hotspots.access.accounts import (
    disable_user,
    list_users,
)
from hotspots.access.rights import Actor, Role
from hotspots.access.sessions import actor_of_session, sign_in_elsewhere, sign_out
from hotspots.errors import AccountError, LockedOutError, SignInError
from hotspots.store.case_tables import sessions, sign_in_attempts
from hotspots.store.database import Database
from tests.hotspots.access.agents import NOW, PASSWORD, SETTINGS, add_agent, enter


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
            first = connection.execute(select(sign_in_attempts)).all()
        assert "person" not in repr(first)
        with pytest.raises(SignInError):
            enter(database, now=NOW + timedelta(days=2))
        with database.reading() as connection:
            later = connection.execute(select(sign_in_attempts)).all()
        assert len(later) == len(first) == 2  # from here, and from anywhere
        assert {row.name_hash for row in later}.isdisjoint(row.name_hash for row in first)


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
