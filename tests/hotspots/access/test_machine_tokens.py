"""Tokens of machines: making, listing and revoking them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hotspots.access.machine_tokens import actor_of_token, add_token, list_tokens, revoke_token
from hotspots.access.rights import Actor, Right, Role
from hotspots.errors import AccountError, ForbiddenError, NotFoundError, SignInError
from hotspots.store.case_tables import api_tokens
from hotspots.store.database import Database
from tests.hotspots.access.agents import NOW


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


TEAM = Actor("1", "A. Agent", Role.GEBIEDSTEAM, "politie", frozenset({"Wyck", "Mariaberg"}))
KEEPER = Actor("2", "B. Beheerder", Role.BEHEERDER)
ADVISER = Actor("3", "O. Adviseur", Role.OOV, granted=frozenset({Right.READ_TEXTS}))


@pytest.mark.parametrize(
    ("maker", "right", "gebieden", "is_given"),
    [
        (KEEPER, Right.READ_HOTSPOTS, None, True),
        (KEEPER, Right.READ_DWELLINGS, None, False),
        (KEEPER, Right.READ_TEXTS, ["Wyck"], False),
        (TEAM, Right.READ_DWELLINGS, ["Wyck"], True),
        (TEAM, Right.READ_DWELLINGS, ["Wyck", "Elders"], False),
        (TEAM, Right.READ_DWELLINGS, None, False),
        (TEAM, Right.READ_TEXTS, ["Wyck"], False),
        (ADVISER, Right.READ_TEXTS, None, True),
        (ADVISER, Right.READ_EXACT_POINTS, None, False),
        (ADVISER, Right.READ_ACCESS_LOG, None, False),
        (Actor("4", "GIS", None, gebieden=None, scopes=frozenset()), Right.READ_HOTSPOTS, None, False),
    ],
    ids=lambda value: getattr(value, "name", None) or str(value),
)
def test_one_gives_a_token_what_one_has_where_one_has_it(
    database: Database, maker: Actor, right: Right, gebieden: list[str] | None, is_given: bool
) -> None:
    if is_given:
        assert make_token(database, scopes=[right], gebieden=gebieden, maker=maker)
        return
    with pytest.raises(ForbiddenError, match="nobody gives a right"):
        make_token(database, scopes=[right], gebieden=gebieden, maker=maker)
    assert list_tokens(database) == []
