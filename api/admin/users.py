"""`/beheer/gebruikers`: the users who may sign in."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse

from api.admin.sections import AdminRequest, Asked, Sent
from api.http.addresses import service_address
from api.http.forms import Choices, Form
from hotspots.access.access_changes import read_access_changes
from hotspots.access.accounts import (
    Account,
    add_user,
    change_password,
    change_user,
    confirm_rights,
    disable_user,
    list_users,
)
from hotspots.access.password_links import make_password_link
from hotspots.access.passwords import new_token
from hotspots.access.rights import GRANTED, RIGHTS, Actor, Right, Role, two_person_rights
from hotspots.errors import AccountError, AccountProblem, NotFoundError
from hotspots.store.areas import names_of_gebieden
from hotspots.store.database import Database

router = APIRouter(prefix="/beheer/gebruikers", include_in_schema=False)

Id = Annotated[str, Path(max_length=60)]


@router.get("")
def get_users(asked: Asked) -> HTMLResponse:
    """Show the users, with the form to add one."""
    asked.require(Right.MANAGE_USERS)
    return _users_page(asked)


@router.post("")
def post_user(sent: Sent, form: Form, choices: Choices) -> HTMLResponse:
    """Add a user; without a password, generate one and show it once."""
    sent.require(Right.MANAGE_USERS)
    password = form.get("wachtwoord", "") or new_token()
    try:
        add_user(
            sent.database,
            name=form.get("naam", ""),
            password=password,
            created_by=sent.actor.name,
            now=sent.now,
            by=sent.actor,
            **_person(form, choices, areas_of(sent)),
        )
    except AccountError as error:
        problem = problem_of(error)
        return _users_page(sent, sent=form, problem=problem, status=409)
    made = (form.get("naam", "").strip(), "" if form.get("wachtwoord") else password)
    return _users_page(sent, made=made, is_held=bool(two_person_rights(Role(form["rol"]))))


@router.get("/{user}")
def get_user(asked: Asked, user: Id) -> HTMLResponse:
    """Show one user: role, areas, rights, last sign-in."""
    asked.require(Right.MANAGE_USERS)
    return _user_page(asked, _found(asked.database, user))


@router.post("/{user}")
def post_change(sent: Sent, user: Id, form: Form, choices: Choices) -> HTMLResponse:
    """Change a user's role, areas and rights, set a new password, or disable the account."""
    sent.require(Right.MANAGE_USERS)
    account = _found(sent.database, user)
    said, password, link = "", "", ""
    try:
        match form.get("doe"):
            case "wijzigen":
                person = _person(form, choices, areas_of(sent))
                if person["role"] is not account.role:
                    _require_other(sent.actor, account)
                change_user(sent.database, name=account.name, now=sent.now, by=sent.actor, **person)
                said = "De wijziging geldt vanaf nu. Wat bij 'Te bevestigen' staat, wacht op een ander."
            case "bevestigen":
                confirm_rights(sent.database, name=account.name, by=sent.actor, now=sent.now)
                said = "De rechten gelden vanaf nu."
            case "wachtwoord":
                password = "" if form.get("wachtwoord") else new_token()
                _require_local(account)
                _require_other(sent.actor, account)
                given = form.get("wachtwoord") or password
                change_password(sent.database, name=account.name, password=given, now=sent.now, by=sent.actor)
                said = (
                    "Het oude wachtwoord geldt niet meer, en wie daarmee was aangemeld is afgemeld. Komt "
                    "deze gebruiker bij gegevens over personen, dan bevestigt eerst een ander dit."
                )
            case "herstellink":
                token, _ = make_password_link(
                    sent.database,
                    sent.request.app.state.signing_key(),
                    name=account.name,
                    by=sent.actor,
                    now=sent.now,
                )
                link = f"{service_address(sent.request, sent.settings)}/nieuw-wachtwoord/{token}"
                said = (
                    "Geef deze link veilig door: wie haar heeft, kiest het wachtwoord. Zij werkt één keer, "
                    "een uur lang, en is alleen nu te zien. Komt deze gebruiker bij gegevens over personen, "
                    "dan bevestigt daarna eerst een ander dit."
                )
            case "blokkeren":
                _require_other(sent.actor, account)
                ended = disable_user(sent.database, name=account.name, now=sent.now, by=sent.actor)
                said = "Deze gebruiker kan niet meer aanmelden."
                if ended:
                    said += f" Ook tokens die deze gebruiker maakte gelden niet meer: {', '.join(ended)}."
            case "toelaten":
                disable_user(sent.database, name=account.name, now=sent.now, is_disabled=False, by=sent.actor)
                said = "Deze gebruiker kan weer aanmelden."
    except AccountError as error:
        return _user_page(sent, account, problem=problem_of(error), status=409)
    return _user_page(sent, _found(sent.database, user), said=said, password=password, link=link)


def _users_page(
    asked: AdminRequest,
    *,
    sent: Mapping[str, str] | None = None,
    problem: str = "",
    made: tuple[str, str] | None = None,
    is_held: bool = False,
    status: int = 200,
) -> HTMLResponse:
    return asked.page(
        "users.html",
        section="/beheer/gebruikers",
        status_code=status,
        title="Gebruikers",
        users=list_users(asked.database),
        sent=sent or {},
        problem=problem,
        made=made,
        is_held=is_held,
        **_choices_of_a_person(asked),
    )


def _user_page(
    asked: AdminRequest,
    account: Account,
    *,
    problem: str = "",
    said: str = "",
    password: str = "",
    link: str = "",
    status: int = 200,
) -> HTMLResponse:
    return asked.page(
        "user.html",
        section="/beheer/gebruikers",
        status_code=status,
        title=account.full_name,
        account=account,
        is_self=account.id == asked.actor.id,
        changes=read_access_changes(asked.database, about_id=account.id, limit=20),
        problem=problem,
        said=said,
        password=password,
        link=link,
        **_choices_of_a_person(asked),
    )


def _choices_of_a_person(asked: AdminRequest) -> dict[str, Any]:
    return {
        "roles": list(Role),
        "grants": [(right, [str(role) for role in RIGHTS[right]]) for right in Right if right in GRANTED],
        "gebieden": areas_of(asked),
    }


def areas_of(asked: AdminRequest) -> list[str]:
    """The names of all gebieden."""
    with asked.database.reading() as connection:
        return names_of_gebieden(connection, asked.settings.areas.gebieden)


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
        "granted": rights_among(GRANTED, choices),
    }


def rights_among(known: Collection[Right], choices: Mapping[str, Sequence[str]]) -> list[Right]:
    """The rights chosen in a form, among those known."""
    return [Right(name) for name in choices.get("recht", []) if name in {str(right) for right in known}]


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


def problem_of(error: AccountError) -> str:
    """Say in Dutch what is wrong; the library's own message is for the administrator of the service."""
    return _PROBLEMS.get(error.problem, _OTHER)


_OTHER = "Zo kan het niet: er ontbreekt iets, of iets past niet bij elkaar."
_PROBLEMS = {
    AccountProblem.NAME_TAKEN: "Deze naam is er al, of lijkt te veel op een die er is. Kies een andere.",
    AccountProblem.NAME_UNUSUAL: "Een naam heeft alleen letters, cijfers en gewone tekens.",
    AccountProblem.NAME_LENGTH: "Geef een naam van 1 tot 120 tekens.",
    AccountProblem.SECOND_PERSON: "Een ander dan wie het vroeg of krijgt bevestigt dit recht.",
    AccountProblem.PASSWORD_LENGTH: "Een wachtwoord heeft 12 tot 256 tekens.",
    AccountProblem.PASSWORD_TOO_EASY: (
        "Dit wachtwoord is te makkelijk te raden. Neem vier woorden of meer die niets met elkaar te maken "
        "hebben."
    ),
    AccountProblem.TEAM_INCOMPLETE: "Een gebiedsteam heeft een organisatie en een gebied nodig.",
    AccountProblem.ROLE_UNKNOWN: "Kies een rol.",
    AccountProblem.SCOPES_UNKNOWN: "Kies minstens één recht.",
    AccountProblem.TERM_TOO_LONG: "Kies een aantal dagen van 1 tot 366.",
    AccountProblem.OWN_ACCOUNT: "Uw eigen rol en toegang kunt u hier niet wijzigen.",
    AccountProblem.NOT_LOCAL: "Deze gebruiker meldt zich elders aan en heeft hier geen wachtwoord.",
}
