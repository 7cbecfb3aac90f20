"""`/beheer/gebruikers` and `/beheer/tokens`: who is let in."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.admin.sections import render_section
from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.forms import Choices, Form, Sender
from api.http.sign_in import Now, SignedIn
from hotspots.access.accounts import Account, add_user, change_password, change_user, disable_user, list_users
from hotspots.access.machine_tokens import add_token, list_tokens, revoke_token
from hotspots.access.passwords import new_token
from hotspots.access.rights import GRANTED, RIGHTS, SCOPES, Actor, Right, Role, require
from hotspots.errors import AccountError, AccountProblem, NotFoundError
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.store.database import Database

LONGEST_DAYS = 366

router = APIRouter(prefix="/beheer", include_in_schema=False)

Id = Annotated[str, Path(max_length=60)]


@router.get("/gebruikers")
def get_users(
    request: Request, actor: SignedIn, database: ServiceDatabase, settings: ServiceSettings
) -> HTMLResponse:
    """Everyone who may sign in, with the form to add someone."""
    require(actor, Right.MANAGE_USERS, None)
    return _users_page(request, actor, database, settings)


@router.post("/gebruikers")
def post_user(
    request: Request,
    form: Form,
    choices: Choices,
    sender: Sender,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> HTMLResponse:
    """Add someone; a password that is not given is made, and shown once."""
    require(sender, Right.MANAGE_USERS, None)
    password = form.get("wachtwoord", "") or new_token()
    try:
        add_user(
            database,
            name=form.get("naam", ""),
            password=password,
            created_by=sender.name,
            now=now,
            **_person(form, choices, _gebieden(database, settings)),
        )
    except AccountError as error:
        problem = _PROBLEMS.get(error.problem, _OTHER)
        return _users_page(request, sender, database, settings, sent=form, problem=problem, status=409)
    made = (form.get("naam", "").strip(), "" if form.get("wachtwoord") else password)
    return _users_page(request, sender, database, settings, made=made)


@router.get("/gebruikers/{user}")
def get_user(
    request: Request, user: Id, actor: SignedIn, database: ServiceDatabase, settings: ServiceSettings
) -> HTMLResponse:
    """One person: role, areas, rights, last sign-in."""
    require(actor, Right.MANAGE_USERS, None)
    return _user_page(request, actor, database, settings, _found(database, user))


@router.post("/gebruikers/{user}")
def post_change(
    request: Request,
    user: Id,
    form: Form,
    choices: Choices,
    sender: Sender,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> HTMLResponse:
    """Change someone's role, areas and rights, give a new password, or let someone in no more."""
    require(sender, Right.MANAGE_USERS, None)
    account = _found(database, user)
    said, password = "", ""
    try:
        match form.get("doe"):
            case "wijzigen":
                _change(database, settings, sender, account, form, choices, now)
                said = "De wijziging geldt vanaf nu."
            case "wachtwoord":
                password = "" if form.get("wachtwoord") else new_token()
                _require_local(account)
                change_password(
                    database, name=account.name, password=form.get("wachtwoord") or password, now=now
                )
                said = "Het oude wachtwoord geldt niet meer, en wie daarmee was aangemeld is afgemeld."
            case "blokkeren":
                _require_other(sender, account)
                disable_user(database, name=account.name, now=now)
                said = "Deze gebruiker kan niet meer aanmelden."
            case "toelaten":
                disable_user(database, name=account.name, now=now, is_disabled=False)
                said = "Deze gebruiker kan weer aanmelden."
    except AccountError as error:
        return _user_page(
            request,
            sender,
            database,
            settings,
            account,
            problem=_PROBLEMS.get(error.problem, _OTHER),
            status=409,
        )
    return _user_page(
        request, sender, database, settings, _found(database, user), said=said, password=password
    )


@router.get("/tokens")
def get_tokens(
    request: Request, actor: SignedIn, database: ServiceDatabase, settings: ServiceSettings, now: Now
) -> HTMLResponse:
    """The tokens of machines, with the form to make one."""
    require(actor, Right.MANAGE_TOKENS, None)
    return _tokens_page(request, actor, database, settings, now)


@router.post("/tokens")
def post_token(
    request: Request,
    form: Form,
    choices: Choices,
    sender: Sender,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> HTMLResponse:
    """Make a token, and show it once."""
    require(sender, Right.MANAGE_TOKENS, None)
    days = form.get("dagen", "")
    known = _gebieden(database, settings)
    chosen = [name for name in choices.get("gebied", []) if name in known]
    try:
        _, token = add_token(
            database,
            name=form.get("naam", ""),
            scopes=[
                Right(name) for name in choices.get("recht", []) if name in {str(right) for right in SCOPES}
            ],
            expires_at=now
            + timedelta(
                days=int(days) if days.isdecimal() and int(days[:4]) else settings.sign_in.token_days
            ),
            created_by=sender.name,
            now=now,
            organisation=form.get("organisatie", "").strip()[:120],
            gebieden=chosen or None,
        )
    except AccountError as error:
        problem = _PROBLEMS.get(error.problem, _OTHER)
        return _tokens_page(request, sender, database, settings, now, sent=form, problem=problem, status=409)
    return _tokens_page(request, sender, database, settings, now, made=(form.get("naam", ""), token))


@router.post("/tokens/{token}")
def post_revoking(token: Id, sender: Sender, database: ServiceDatabase, now: Now) -> Response:
    """End a token at once."""
    require(sender, Right.MANAGE_TOKENS, None)
    revoke_token(database, token_id=token, now=now)
    return RedirectResponse("/beheer/tokens", status_code=303)


def _users_page(
    request: Request,
    actor: Actor,
    database: Database,
    settings: Settings,
    *,
    sent: Mapping[str, str] | None = None,
    problem: str = "",
    made: tuple[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    return render_section(
        request,
        actor,
        "users.html",
        section="/beheer/gebruikers",
        status_code=status,
        title="Gebruikers",
        users=list_users(database),
        sent=sent or {},
        problem=problem,
        made=made,
        **_choices_of_a_person(database, settings),
    )


def _user_page(
    request: Request,
    actor: Actor,
    database: Database,
    settings: Settings,
    account: Account,
    *,
    problem: str = "",
    said: str = "",
    password: str = "",
    status: int = 200,
) -> HTMLResponse:
    return render_section(
        request,
        actor,
        "user.html",
        section="/beheer/gebruikers",
        status_code=status,
        title=account.full_name,
        account=account,
        is_self=account.id == actor.id,
        problem=problem,
        said=said,
        password=password,
        **_choices_of_a_person(database, settings),
    )


def _tokens_page(
    request: Request,
    actor: Actor,
    database: Database,
    settings: Settings,
    now: Any,
    *,
    sent: Mapping[str, str] | None = None,
    problem: str = "",
    made: tuple[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    return render_section(
        request,
        actor,
        "tokens.html",
        section="/beheer/tokens",
        status_code=status,
        title="Tokens",
        tokens=list_tokens(database),
        now=now,
        sent=sent or {},
        problem=problem,
        made=made,
        scopes=[right for right in Right if right in SCOPES],
        days=settings.sign_in.token_days,
        longest_days=LONGEST_DAYS,
        gebieden=_gebieden(database, settings),
    )


def _choices_of_a_person(database: Database, settings: Settings) -> dict[str, Any]:
    return {
        "roles": list(Role),
        "grants": [(right, [str(role) for role in RIGHTS[right]]) for right in Right if right in GRANTED],
        "gebieden": _gebieden(database, settings),
    }


def _gebieden(database: Database, settings: Settings) -> list[str]:
    with database.reading() as connection:
        return sorted(set(load_areas(connection, settings.areas.gebieden)["gebied"]))


def _found(database: Database, user_id: str) -> Account:
    account = next((account for account in list_users(database) if account.id == user_id), None)
    if account is None:
        raise NotFoundError(f"there is no account with id '{user_id}'")
    return account


def _person(
    form: Mapping[str, str], choices: Mapping[str, Sequence[str]], gebieden: Sequence[str]
) -> dict[str, Any]:
    role = form.get("rol", "")
    if role not in {str(known) for known in Role}:
        raise AccountError(f"wanted a role, found '{role}'", AccountProblem.ROLE_UNKNOWN)
    unknown = [name for name in choices.get("gebied", []) if name not in gebieden]
    if unknown:
        raise AccountError(f"wanted areas that exist, found {', '.join(unknown)}")
    is_team = role == Role.GEBIEDSTEAM
    return {
        "full_name": form.get("volledige_naam", "")[:200],
        "role": Role(role),
        "organisation": form.get("organisatie", "")[:120],
        "gebieden": choices.get("gebied", []) if is_team else [],
        "granted": [
            Right(name) for name in choices.get("recht", []) if name in {str(right) for right in GRANTED}
        ],
    }


def _change(
    database: Database,
    settings: Settings,
    sender: Actor,
    account: Account,
    form: Mapping[str, str],
    choices: Mapping[str, Sequence[str]],
    now: datetime,
) -> None:
    person = _person(form, choices, _gebieden(database, settings))
    if person["role"] is not account.role:
        _require_other(sender, account)
    change_user(database, name=account.name, now=now, **person)


def _require_other(sender: Actor, account: Account) -> None:
    if account.id == sender.id:
        raise AccountError(
            "wanted somebody else's account, found your own: nobody may be left to manage it",
            AccountProblem.OWN_ACCOUNT,
        )


def _require_local(account: Account) -> None:
    if not account.is_local:
        raise AccountError(
            "wanted an account with a password here, found one that signs in elsewhere",
            AccountProblem.NOT_LOCAL,
        )


_OTHER = "Zo kan het niet: er ontbreekt iets, of iets past niet bij elkaar."
_PROBLEMS = {
    AccountProblem.NAME_TAKEN: "Deze naam is er al. Kies een andere.",
    AccountProblem.NAME_LENGTH: "Geef een naam van 1 tot 120 tekens.",
    AccountProblem.PASSWORD_LENGTH: "Een wachtwoord heeft 12 tot 256 tekens.",
    AccountProblem.PASSWORD_TOO_EASY: "Dit wachtwoord is te makkelijk te raden.",
    AccountProblem.TEAM_INCOMPLETE: "Een gebiedsteam heeft een organisatie en een gebied nodig.",
    AccountProblem.ROLE_UNKNOWN: "Kies een rol.",
    AccountProblem.SCOPES_UNKNOWN: "Kies minstens één recht.",
    AccountProblem.TERM_TOO_LONG: "Kies een aantal dagen van 1 tot 366.",
    AccountProblem.OWN_ACCOUNT: "Uw eigen rol en toegang kunt u hier niet wijzigen.",
    AccountProblem.NOT_LOCAL: "Deze gebruiker meldt zich elders aan en heeft hier geen wachtwoord.",
}
"""What is wrong, in Dutch; the library's own words are for whoever runs the service."""
