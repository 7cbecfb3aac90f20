"""`hotspots users …`: who may sign in, and the tokens of machines."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from hotspots.access.access_changes import read_access_changes
from hotspots.access.accounts import add_user, confirm_rights, disable_user, list_users
from hotspots.access.machine_tokens import LONGEST_DAYS, add_token, list_tokens, revoke_token
from hotspots.access.password_links import make_password_link
from hotspots.access.people import actor_of_row, find_account
from hotspots.access.right_words import rights_in_words, role_in_words
from hotspots.access.rights import Right, Role
from hotspots.access.second_factors import reset_factor
from hotspots.access.sessions import end_sessions_of, read_open_sessions
from hotspots.access.signed_links import load_signing_key
from hotspots.errors import AccountError, MailError
from hotspots.publishing.account_mails import tell_step_reset
from hotspots.publishing.subscriptions import subscribe, unsubscribe
from hotspots.settings import Settings
from hotspots.store.areas import names_of_gebieden
from hotspots.store.database import Database
from jobs.commands import Commands, add_group
from jobs.terminal import AsJson, opened, show

CREATED_BY = "command line"

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name to sign in with.")]
Areas = Annotated[list[str] | None, typer.Option("--area", metavar="GEBIED", help="Own area; repeatable.")]
Organisation = Annotated[str, typer.Option("--organisation", help="In whose name verdicts are given.")]


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    of_people: Commands = {
        "add": add,
        "list": list_accounts,
        "disable": disable,
        "enable": enable,
        "confirm": confirm,
        "invite": invite,
        "link": link,
        "rights": show_rights,
        "sessions": show_sessions,
        "sign-out": sign_out,
        "unused": list_unused,
        "reset-second-step": reset_second_step,
        "log": show_log,
    }
    add_group(app, "users", **of_people, mail=mail, token=token, revoke=revoke)


def add(
    name: Name,
    role: Annotated[Role, typer.Option("--role", help="What they do with it.")],
    full_name: Annotated[str, typer.Option("--full-name", help="As others see it; by default NAME.")] = "",
    organisation: Organisation = "",
    area: Areas = None,
    grant: Annotated[
        list[Right] | None,
        typer.Option(
            "--grant", help="punten.lezen or teksten.lezen: given by name, and every use is logged."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make an account. The password is asked for, or read from stdin when that is no terminal.

    A member of a gebiedsteam needs --organisation and one or more --area; other roles reach all areas.
    """
    with opened() as (settings, database):
        _require_known_areas(database, settings, area or [])
        user_id = add_user(
            database,
            name=name,
            full_name=full_name,
            role=role,
            password=_password(),
            created_by=CREATED_BY,
            now=datetime.now(UTC),
            organisation=organisation,
            gebieden=area or [],
            granted=grant or [],
        )
        show({"id": user_id, "name": name, "role": role}, as_json)


def list_accounts(as_json: AsJson = False) -> None:
    """Show all accounts and all tokens of machines, without their secrets."""
    with opened() as (_, database):
        accounts = [
            {
                "id": account.id,
                "name": account.name,
                "fullName": account.full_name,
                "role": account.role,
                "organisation": account.organisation,
                "areas": list(account.gebieden),
                "granted": list(account.granted),
                "disabled": account.is_disabled,
                "waitingFor": list(account.asked),
                "signedInAt": account.signed_in_at,
                "invitedUntil": account.invited_until,
                "secondStep": account.has_second_step,
            }
            for account in list_users(database)
        ]
        tokens = [
            {
                "id": token.id,
                "name": token.name,
                "scopes": list(token.scopes),
                "areas": None if token.gebieden is None else list(token.gebieden),
                "expiresAt": token.expires_at,
                "revokedAt": token.revoked_at,
                "usedAt": token.used_at,
            }
            for token in list_tokens(database)
        ]
        if as_json:
            show({"users": accounts, "tokens": tokens}, as_json)
            return
        show({str(account["name"]): _line(account) for account in accounts}, as_json)
        show({str(token["id"]): _line(token) for token in tokens}, as_json)


def disable(name: Name, as_json: AsJson = False) -> None:
    """Let someone in no more, also where signed in now; tokens that they made end."""
    with opened() as (_, database):
        ended = disable_user(database, name=name, now=datetime.now(UTC))
        show({"name": name, "disabled": True, "tokensEnded": ended}, as_json)


def enable(name: Name, as_json: AsJson = False) -> None:
    """Let someone in again who was disabled."""
    with opened() as (_, database):
        disable_user(database, name=name, now=datetime.now(UTC), is_disabled=False)
        show({"name": name, "disabled": False}, as_json)


def confirm(name: Name, as_json: AsJson = False) -> None:
    """Give someone what an administrator asked for, as the second person: rights, a role, a password."""
    with opened() as (_, database):
        confirm_rights(database, name=name, by=None, now=datetime.now(UTC))
        show({"name": name, "confirmed": True}, as_json)


def invite(
    name: Name,
    role: Annotated[Role, typer.Option("--role", help="What they do with it.")],
    full_name: Annotated[str, typer.Option("--full-name", help="As others see it; by default NAME.")] = "",
    organisation: Organisation = "",
    area: Areas = None,
    as_json: AsJson = False,
) -> None:
    """Make an account without a password, and a link of a week by which its owner chooses one."""
    with opened() as (settings, database):
        _require_known_areas(database, settings, area or [])
        now = datetime.now(UTC)
        add_user(
            database,
            name=name,
            full_name=full_name,
            role=role,
            password=None,
            created_by=CREATED_BY,
            now=now,
            organisation=organisation,
            gebieden=area or [],
        )
        show(_made_link(settings, database, name, now), as_json)


def link(name: Name, as_json: AsJson = False) -> None:
    """Make a link by which someone chooses a new password, once: within an hour, or a week when invited."""
    with opened() as (settings, database):
        show(_made_link(settings, database, name, datetime.now(UTC)), as_json)


def show_rights(name: Name, as_json: AsJson = False) -> None:
    """Show in words what an account may, where, and what not."""
    with opened() as (_, database):
        with database.reading() as connection:
            account = find_account(connection, name)
        told = rights_in_words(actor_of_row(account))
        may = [f"{one.words} ({one.where})" if one.where else one.words for one in told if one.is_held]
        may_not = [one.words for one in told if not one.is_held]
        show({"role": role_in_words(Role(account.role)), "may": may, "mayNot": may_not}, as_json)


def show_sessions(as_json: AsJson = False) -> None:
    """Show who is signed in now, since when and when last used; nothing of what they read."""
    with opened() as (_, database):
        with database.reading() as connection:
            found = read_open_sessions(connection, now=datetime.now(UTC))
        sessions = [
            {
                "name": account.name,
                "id": one.id,
                "begun": one.begun.isoformat(),
                "used": one.used.isoformat(),
            }
            for account in list_users(database)
            for one in found.get(account.id, [])
        ]
        if as_json:
            show({"sessions": sessions}, as_json)
            return
        for each in sessions:
            show({f"{each['name']} {each['id']}": f"since {each['begun']}, used {each['used']}"}, as_json)


def sign_out(
    name: Name,
    session: Annotated[
        str | None, typer.Option("--session", metavar="ID", help="Of `users sessions`; by default all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """End the sessions of someone, or one of them."""
    with opened() as (_, database):
        ended = end_sessions_of(database, name=name, by=None, now=datetime.now(UTC), session_id=session)
        show({"name": name, "ended": ended}, as_json)


def list_unused(as_json: AsJson = False) -> None:
    """Show the accounts that nobody signed in with for [sign_in] unused_days, and that still may."""
    with opened() as (settings, database):
        days, now = settings.sign_in.unused_days, datetime.now(UTC)
        unused = [one for one in list_users(database) if one.is_unused(now, days=days)]
        if as_json:
            show({"days": days, "unused": [one.name for one in unused]}, as_json)
            return
        for one in unused:
            show({one.name: one.signed_in_at or "never"}, as_json)


def reset_second_step(name: Name, as_json: AsJson = False) -> None:
    """Take the second step of someone off who has lost the app and the codes; they are told by mail."""
    with opened() as (settings, database):
        now = datetime.now(UTC)
        reset_factor(database, name=name, by=None, now=now)
        with database.reading() as connection:
            user_id = find_account(connection, name).id
        try:
            is_told = tell_step_reset(database, settings.mail, user_id=user_id, now=now)
        except MailError:
            is_told = False
        show({"name": name, "reset": True, "mailed": is_told}, as_json)


def show_log(as_json: AsJson = False) -> None:
    """Show who changed whose access, latest first."""
    with opened() as (_, database):
        changes = [
            {
                "at": change.at.isoformat(),
                "by": change.actor,
                "kind": change.kind,
                "about": change.about,
                "rights": list(change.rights),
            }
            for change in read_access_changes(database)
        ]
        if as_json:
            show({"changes": changes}, as_json)
            return
        for change in changes:
            show({str(change.pop("at")): _line(change)}, as_json)


def mail(
    name: Name,
    address: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Where to; replaces an earlier one.")
    ] = None,
    assigned: Annotated[
        bool, typer.Option("--assigned", help="Also of what is assigned to them, once a day at most.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell someone by mail that there is a new week; without an address: no more, and forget the address.

    The mail holds a link to the report of the own areas, which asks to sign in, and a link that ends it.
    """
    with opened() as (_, database):
        if address is None:
            unsubscribe(database, name=name, now=datetime.now(UTC))
        else:
            subscribe(database, name=name, address=address, now=datetime.now(UTC), wants_assigned=assigned)
        show({"name": name, "mail": address is not None}, as_json)


def token(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the token is for.")],
    scope: Annotated[list[Right], typer.Option("--scope", help="What it may; repeatable.")],
    area: Areas = None,
    organisation: Organisation = "",
    days: Annotated[
        int | None,
        typer.Option("--days", min=1, max=LONGEST_DAYS, help="How long it holds; see [sign_in] token_days."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token for a machine, and show it once: it is not kept. Without --area it reaches all areas."""
    with opened() as (settings, database):
        _require_known_areas(database, settings, area or [])
        now = datetime.now(UTC)
        expires_at = now + timedelta(days=days or settings.sign_in.token_days)
        token_id, secret = add_token(
            database,
            name=name,
            scopes=scope,
            expires_at=expires_at,
            created_by=CREATED_BY,
            now=now,
            organisation=organisation,
            gebieden=area,
        )
        show({"id": token_id, "token": secret, "expiresAt": expires_at.isoformat()}, as_json)


def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="Of the token, as `users list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """End a token of a machine at once."""
    with opened() as (_, database):
        revoke_token(database, token_id=token_id, now=datetime.now(UTC))
        show({"id": token_id, "revoked": True}, as_json)


def _made_link(settings: Settings, database: Database, name: str, now: datetime) -> dict[str, object]:
    key = load_signing_key(settings.service)
    token, ends = make_password_link(database, key, name=name, by=None, now=now)
    address = f"{settings.service.address}/nieuw-wachtwoord/{token}"
    return {"name": name, "link": address, "endsAt": ends.isoformat()}


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _require_known_areas(database: Database, settings: Settings, areas: list[str]) -> None:
    with database.reading() as connection:
        known = names_of_gebieden(connection, settings.areas.gebieden)
    unknown = sorted(set(areas).difference(known))
    if unknown:
        raise AccountError(f"wanted areas among {', '.join(known) or 'none'}, found {', '.join(unknown)}")


def _line(values: Mapping[str, object]) -> str:
    said = {name: value for name, value in values.items() if value and name not in {"name", "id"}}
    return ", ".join(f"{name} {_words(value)}" for name, value in said.items())


def _words(value: object) -> str:
    return " and ".join(map(str, value)) if isinstance(value, list) else str(value)
