"""One account for whom the provider names, by a session or by a token."""

from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest

from hotspots.access.accounts import disable_user, list_users
from hotspots.access.provider_accounts import actor_of_provider
from hotspots.access.rights import Actor, Role
from hotspots.access.sessions import actor_of_session, sign_in_elsewhere
from hotspots.errors import SignInError
from hotspots.settings import SignInSettings
from hotspots.store.database import Database

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
ALICE = Actor("https://idp.example.org#alice", "Alice", Role.OOV, "gemeente")
SETTINGS = SignInSettings()


def test_a_token_and_a_session_give_the_same_id(database: Database) -> None:
    by_token = actor_of_provider(database, actor=ALICE, now=NOW)
    session = sign_in_elsewhere(database, SETTINGS, actor=ALICE, now=NOW)
    by_session = actor_of_session(database, SETTINGS, token=session, now=NOW)
    assert by_session is not None
    assert by_token.id == by_session.id == list_users(database)[0].id
    assert actor_of_provider(database, actor=ALICE, now=NOW) == by_token


def test_who_is_blocked_is_refused_also_with_another_name_and_role(database: Database) -> None:
    actor_of_provider(database, actor=ALICE, now=NOW)
    disable_user(database, name=list_users(database)[0].name, now=NOW)
    for actor in (ALICE, Actor(ALICE.id, "Anna", Role.LEZER)):
        with pytest.raises(SignInError):
            actor_of_provider(database, actor=actor, now=NOW)
        with pytest.raises(SignInError):
            sign_in_elsewhere(database, SETTINGS, actor=actor, now=NOW)


def test_a_token_changes_nothing_of_an_account(database: Database) -> None:
    actor_of_provider(database, actor=ALICE, now=NOW)
    before = list_users(database)
    actor_of_provider(database, actor=Actor(ALICE.id, "Anna", Role.BEHEERDER), now=NOW)
    assert list_users(database) == before


def test_of_many_first_requests_at_once_one_makes_the_account(database: Database) -> None:
    together, ids = Barrier(4), []

    def ask() -> None:
        together.wait()
        ids.append(actor_of_provider(database, actor=ALICE, now=NOW).id)

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 4
    assert set(ids) == {account.id for account in list_users(database)}
