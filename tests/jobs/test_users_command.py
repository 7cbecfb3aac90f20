"""`hotspots users`: who may sign in, and the tokens of machines."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from hotspots.access.machine_tokens import actor_of_token
from hotspots.access.password_links import use_password_link
from hotspots.access.rights import Right, Role
from hotspots.access.sessions import actor_of_session, sign_in
from hotspots.errors import AccountError, NotFoundError, SecondStepError, SignInError
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from jobs.commands import users
from tests.hotspots.access.apps import KEY, set_up

Users = Callable[..., dict[str, Any]]

PASSWORD = "correct horse battery"
TEAM = ["--role", "gebiedsteam", "--organisation", "politie", "--area", "Wijk 00 Centrum"]


@pytest.fixture
def call(
    database: Database, database_url: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Users:
    """Run a subcommand as ``--json`` with the given stdin; give its answer, or raise its error."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    configuration = tmp_path / "hotspots.toml"
    configuration.write_text('[municipality]\nname = "Maastricht"\ncode = "GM0935"\n')
    monkeypatch.setenv("HOTSPOTS_CONFIG", str(configuration))
    monkeypatch.setenv("HOTSPOTS_DATABASE_URL", database_url)
    monkeypatch.setenv("HOTSPOTS_SERVICE_SIGNING_KEY", "a key of tests only, never for a real link")
    app = typer.Typer()
    users.register(app)

    def run(*arguments: str, stdin: str = "") -> dict[str, Any]:
        result = CliRunner().invoke(app, ["users", *arguments, "--json"], input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        answer: dict[str, Any] = json.loads(result.stdout)
        return answer

    return run


def entered(database: Database, settings: Settings) -> object:
    """Who is signed in as agent."""
    now = datetime.now(UTC)
    token = sign_in(database, settings.sign_in, name="agent", password=PASSWORD, now=now)
    return actor_of_session(database, settings.sign_in, token=token, now=now)


def test_an_account_is_made_with_the_password_on_stdin(
    database: Database, settings: Settings, call: Users
) -> None:
    added = call(
        "add", "Agent", *TEAM, "--full-name", "A. Agent", "--grant", "teksten.lezen", stdin=f"{PASSWORD}\n"
    )
    actor = entered(database, settings)
    assert vars(actor) == {
        "id": added["id"],
        "name": "A. Agent",
        "role": Role.GEBIEDSTEAM,
        "organisation": "politie",
        "gebieden": frozenset({"Wijk 00 Centrum"}),
        "granted": frozenset({Right.READ_TEXTS}),
        "scopes": frozenset(),
    }


def test_an_area_that_does_not_exist_is_refused_with_those_that_do(call: Users) -> None:
    with pytest.raises(AccountError, match=r"wanted areas among .*Wijk 00 Centrum.*, found Atlantis"):
        call("add", "agent", *TEAM, "--area", "Atlantis", stdin=PASSWORD)
    with pytest.raises(AccountError, match="found Atlantis"):
        call("token", "GIS", "--scope", "hotspots.lezen", "--area", "Atlantis")


def test_no_password_is_no_account(call: Users) -> None:
    with pytest.raises(AccountError, match="12 to 256 characters, found 0"):
        call("add", "agent", "--role", "lezer")
    assert call("list") == {"users": [], "tokens": []}


def test_the_list_shows_accounts_and_tokens_without_their_secrets(call: Users) -> None:
    call("add", "agent", *TEAM, stdin=PASSWORD)
    made = call("token", "GIS", "--scope", "hotspots.lezen")
    shown = call("list")
    assert [(user["name"], user["role"], user["areas"]) for user in shown["users"]] == [
        ("agent", "gebiedsteam", ["Wijk 00 Centrum"])
    ]
    assert [(token["id"], token["scopes"]) for token in shown["tokens"]] == [(made["id"], ["hotspots.lezen"])]
    assert made["token"] not in json.dumps(shown)
    assert "argon2" not in json.dumps(shown)


def test_people_read_rights_and_areas_in_words(call: Users) -> None:
    call("add", "agent", *TEAM, "--grant", "teksten.lezen", stdin=PASSWORD)
    made = call("token", "GIS", "--scope", "hotspots.lezen", "--scope", "dossiers.lezen")
    app = typer.Typer()
    users.register(app)
    of_agent, of_token = CliRunner().invoke(app, ["users", "list"]).stdout.splitlines()
    assert "areas Wijk 00 Centrum, granted teksten.lezen" in of_agent
    assert of_token.startswith(f"{made['id']}  scopes dossiers.lezen and hotspots.lezen, expiresAt 20")


def test_who_is_disabled_gets_in_again_when_enabled(
    database: Database, settings: Settings, call: Users
) -> None:
    call("add", "agent", *TEAM, stdin=PASSWORD)
    assert call("disable", "agent")["disabled"]
    with pytest.raises(SignInError):
        entered(database, settings)
    assert not call("enable", "agent")["disabled"]
    assert entered(database, settings)
    with pytest.raises(NotFoundError, match="there is no account 'nobody'"):
        call("disable", "nobody")


def test_somebody_is_invited_signed_out_and_rid_of_a_lost_second_step(
    database: Database, settings: Settings, call: Users
) -> None:
    made = call("invite", "agent", *TEAM)
    assert made["link"].startswith("/nieuw-wachtwoord/")
    [user] = call("list")["users"]
    assert (user["invitedUntil"][:16], user["secondStep"]) == (made["endsAt"][:16].replace("T", " "), False)
    token = made["link"].rpartition("/")[2]
    use_password_link(database, KEY, token, password=PASSWORD, now=datetime.now(UTC))
    assert entered(database, settings)
    assert datetime.fromisoformat(call("link", "agent")["endsAt"]) < datetime.now(UTC) + timedelta(hours=1)
    rights = call("rights", "agent")
    assert "een oordeel over een plek geven (in Wijk 00 Centrum)" in rights["may"]
    assert "accounts maken, wijzigen en blokkeren" in rights["mayNot"]
    [session] = call("sessions")["sessions"]
    assert call("sign-out", "agent", "--session", "x")["ended"] == 0
    assert call("sign-out", "agent", "--session", session["id"])["ended"] == 1
    assert call("sessions") == {"sessions": []}
    assert call("unused") == {"days": 90, "unused": []}
    set_up(database, call("list")["users"][0]["id"], datetime.now(UTC))
    with pytest.raises(SecondStepError):
        entered(database, settings)
    assert call("reset-second-step", "agent") == {"name": "agent", "reset": True, "mailed": False}
    assert entered(database, settings)
    kinds = [change["kind"] for change in call("log")["changes"]]
    assert kinds[0] == "tweede stap weggehaald"
    assert {"uitnodiging gemaakt", "afgemeld door een beheerder"} <= set(kinds)


def test_a_token_holds_for_its_days_and_until_it_is_revoked(database: Database, call: Users) -> None:
    made = call("token", "GIS", "--scope", "hotspots.lezen", "--scope", "dossiers.lezen", "--days", "7")
    now = datetime.now(UTC)
    actor = actor_of_token(database, token=made["token"], now=now)
    assert actor.scopes == frozenset({Right.READ_HOTSPOTS, Right.READ_CASES})
    assert actor.gebieden is None
    with pytest.raises(SignInError):
        actor_of_token(database, token=made["token"], now=now + timedelta(days=7, minutes=1))
    assert call("revoke", made["id"])["revoked"]
    with pytest.raises(SignInError):
        actor_of_token(database, token=made["token"], now=now)


def test_a_machine_can_not_be_given_the_right_to_decide(call: Users) -> None:
    with pytest.raises(AccountError, match=r"found .'besluiten.schrijven'."):
        call("token", "GIS", "--scope", "besluiten.schrijven")
