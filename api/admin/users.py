"""`/beheer/gebruikers`: the users who may sign in."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

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
from hotspots.access.login_names import login_name
from hotspots.access.password_links import make_password_link
from hotspots.access.passwords import new_token
from hotspots.access.people import actor_of_row
from hotspots.access.right_words import rights_in_words, role_in_words
from hotspots.access.rights import GRANTED, RIGHTS, Actor, Right, Role, two_person_rights
from hotspots.access.second_factors import is_obligatory, reset_factor
from hotspots.access.sessions import OpenSession, end_sessions_of, read_open_sessions
from hotspots.errors import AccountError, AccountProblem, MailError, NotFoundError
from hotspots.publishing.account_mails import send_link, tell_step_reset
from hotspots.settings import Settings
from hotspots.store.areas import names_of_gebieden
from hotspots.store.database import Database

router = APIRouter(prefix="/beheer/gebruikers", include_in_schema=False)
log = structlog.stdlib.get_logger()

Id = Annotated[str, Path(max_length=60)]


@router.get("")
def get_users(
    asked: Asked,
    toon: Annotated[str, Query(max_length=20)] = "",
    gedaan: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Show the users, or some of them, with the form to add one."""
    asked.require(Right.MANAGE_USERS)
    return _users_page(asked, shown=toon, said=_DONE.get(gedaan, ""))


_DONE = {"geblokkeerd": "Deze gebruiker kan niet meer aanmelden."}


@router.post("")
def post_user(sent: Sent, form: Form, choices: Choices) -> HTMLResponse:
    """Add a user; without a password it is an invitation, mailed or shown once."""
    sent.require(Right.MANAGE_USERS)
    password = form.get("wachtwoord", "") or None
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
    name = login_name(form.get("naam", ""))
    made = NO_LINK
    if password is None:
        made = _give_link(sent, name, address=form.get("mailadres", ""), is_invitation=True)
    return _users_page(sent, made=(name, made), is_held=bool(two_person_rights(Role(form["rol"]))))


@dataclass(frozen=True)
class Link:
    """A link to choose a password."""

    address: str = ""  # to be given on; empty: it was mailed
    until: str = ""  # when it ends; empty: there is none
    said: str = ""  # where it went, or why not


NO_LINK = Link()


@dataclass(frozen=True)
class Given:
    """What a button did, and what there is to give on."""

    said: str = ""
    link: Link = NO_LINK
    password: str = ""
    ended: tuple[str, ...] = ()  # names of tokens


def _give_link(sent: AdminRequest, name: str, *, address: str, is_invitation: bool) -> Link:
    """Make a link to choose a password, and mail it or give it back."""
    token, ends = make_password_link(
        sent.database, sent.request.app.state.signing_key(), name=name, by=sent.actor, now=sent.now
    )
    link = f"{service_address(sent.request, sent.settings)}/nieuw-wachtwoord/{token}"
    until = f"{ends.astimezone(sent.settings.municipality.zone):%d-%m-%Y %H:%M}"
    if not address.strip():
        return Link(link, until)
    if not is_mail_set(sent.settings):
        return Link(link, until, "Deze dienst verstuurt geen mail. Geef de link zelf door.")
    try:
        send_link(
            sent.settings.mail,
            address=address.strip(),
            link=link,
            until=until,
            is_invitation=is_invitation,
            now=sent.now,
        )
    except MailError as error:
        log.warning("a link to choose a password was not mailed", error=str(error))
        return Link(link, until, "De mail kwam niet weg. Geef de link zelf door.")
    return Link("", until, f"De link is gemaild naar {address.strip()}.")


def is_mail_set(settings: Settings) -> bool:
    """Whether this service sends mail."""
    return bool(settings.mail.host)


@router.get("/{user}")
def get_user(asked: Asked, user: Id) -> HTMLResponse:
    """Show one user: role, areas, rights, last sign-in."""
    asked.require(Right.MANAGE_USERS)
    return _user_page(asked, _found(asked.database, user))


@router.post("/{user}")
def post_change(sent: Sent, user: Id, form: Form, choices: Choices) -> Response:
    """Change a user's role, areas and rights, password or second step, sign them out, or block them."""
    sent.require(Right.MANAGE_USERS)
    account, done = _found(sent.database, user), form.get("doe", "")
    given = Given()
    try:
        if done in _CHANGES:
            given = _CHANGES[done](sent, account, form, choices)
    except AccountError as error:
        return _user_page(sent, account, problem=problem_of(error), status=409)
    if done == "blokkeren" and form.get("terug") and not given.ended:
        return RedirectResponse("/beheer/gebruikers?toon=ongebruikt&gedaan=geblokkeerd", status_code=303)
    return _user_page(sent, _found(sent.database, user), given=given)


_Fields = Mapping[str, str]
_Chosen = Mapping[str, Sequence[str]]


def _change(sent: AdminRequest, account: Account, form: _Fields, choices: _Chosen) -> Given:
    person = _person(form, choices, areas_of(sent))
    if person["role"] is not account.role:
        _require_other(sent.actor, account)
    change_user(sent.database, name=account.name, now=sent.now, by=sent.actor, **person)
    return Given("De wijziging geldt vanaf nu. Wat bij 'Te bevestigen' staat, wacht op een ander.")


def _confirm(sent: AdminRequest, account: Account, _form: _Fields, _choices: _Chosen) -> Given:
    confirm_rights(sent.database, name=account.name, by=sent.actor, now=sent.now)
    return Given("De rechten gelden vanaf nu.")


def _give_password(sent: AdminRequest, account: Account, form: _Fields, _choices: _Chosen) -> Given:
    made = "" if form.get("wachtwoord") else new_token()
    _require_local(account)
    _require_other(sent.actor, account)
    password = form.get("wachtwoord") or made
    change_password(sent.database, name=account.name, password=password, now=sent.now, by=sent.actor)
    said = (
        "Het oude wachtwoord geldt niet meer, en wie daarmee was aangemeld is afgemeld. Komt deze gebruiker "
        "bij gegevens over personen, dan bevestigt eerst een ander dit."
    )
    return Given(said, password=made)


def _make_link(sent: AdminRequest, account: Account, form: _Fields, _choices: _Chosen) -> Given:
    is_invitation = account.invited_until is not None
    address = form.get("mailadres", "")
    link = _give_link(sent, account.name, address=address, is_invitation=is_invitation)
    said = (
        "Komt deze gebruiker bij gegevens over personen, dan bevestigt een ander dit nadat het wachtwoord "
        "gekozen is."
    )
    return Given(said, link=link)


def _reset_step(sent: AdminRequest, account: Account, _form: _Fields, _choices: _Chosen) -> Given:
    reset_factor(sent.database, name=account.name, by=sent.actor, now=sent.now)
    told = _tell_of_reset(sent, account)
    return Given(f"De tweede stap is weggehaald, en deze gebruiker is overal afgemeld.{told}")


def _sign_out(sent: AdminRequest, account: Account, form: _Fields, _choices: _Chosen) -> Given:
    session = form.get("sessie") or None
    count = end_sessions_of(sent.database, name=account.name, by=sent.actor, now=sent.now, session_id=session)
    return Given("Deze gebruiker is daar afgemeld." if count else "Deze gebruiker was daar al afgemeld.")


def _block(sent: AdminRequest, account: Account, _form: _Fields, _choices: _Chosen) -> Given:
    _require_other(sent.actor, account)
    tokens = tuple(disable_user(sent.database, name=account.name, now=sent.now, by=sent.actor))
    said = "Deze gebruiker kan niet meer aanmelden."
    if tokens:
        said += f" Ook tokens die deze gebruiker maakte gelden niet meer: {', '.join(tokens)}."
    return Given(said, ended=tokens)


def _admit(sent: AdminRequest, account: Account, _form: _Fields, _choices: _Chosen) -> Given:
    disable_user(sent.database, name=account.name, now=sent.now, is_disabled=False, by=sent.actor)
    return Given("Deze gebruiker kan weer aanmelden.")


_CHANGES: Mapping[str, Callable[[AdminRequest, Account, _Fields, _Chosen], Given]] = {
    "wijzigen": _change,
    "bevestigen": _confirm,
    "wachtwoord": _give_password,
    "herstellink": _make_link,
    "tweede-stap": _reset_step,
    "afmelden": _sign_out,
    "blokkeren": _block,
    "toelaten": _admit,
}
"""What the buttons of a user's page do."""


def _tell_of_reset(sent: AdminRequest, account: Account) -> str:
    try:
        is_told = tell_step_reset(sent.database, sent.settings.mail, user_id=account.id, now=sent.now)
    except MailError as error:
        log.warning("that a second step was taken off was not mailed", error=str(error))
        return " De mail hierover kwam niet weg: vertel het zelf."
    return " Daarover is een mail gestuurd." if is_told else ""


def _users_page(
    asked: AdminRequest,
    *,
    sent: Mapping[str, str] | None = None,
    problem: str = "",
    made: tuple[str, Link] | None = None,
    is_held: bool = False,
    shown: str = "",
    said: str = "",
    status: int = 200,
) -> HTMLResponse:
    accounts, days = list_users(asked.database), asked.settings.sign_in.unused_days
    open_sessions = _open_sessions(asked)
    groups: dict[str, tuple[str, list[Account]]] = {
        "": ("Allemaal", accounts),
        "nu": ("Nu aangemeld", [one for one in accounts if one.id in open_sessions]),
        "bevestigen": ("Te bevestigen", [one for one in accounts if one.asked]),
        "uitgenodigd": ("Uitgenodigd", [one for one in accounts if one.invited_until]),
        "ongebruikt": (
            "Lang niet gebruikt",
            [one for one in accounts if one.is_unused(asked.now, days=days)],
        ),
        "geblokkeerd": ("Geblokkeerd", [one for one in accounts if one.is_disabled]),
    }
    shown = shown if shown in groups else ""
    return asked.page(
        "users.html",
        section="/beheer/gebruikers",
        status_code=status,
        title="Gebruikers",
        users=groups[shown][1],
        groups={name: (label, len(of_group)) for name, (label, of_group) in groups.items()},
        shown=shown,
        said=said,
        unused_days=days,
        open_sessions=open_sessions,
        now=asked.now,
        has_provider=bool(asked.settings.sign_in.issuer),
        is_mail_set=is_mail_set(asked.settings),
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
    given: Given | None = None,
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
        given=given or Given(),
        now=asked.now,
        rights=rights_in_words(actor_of_row(account)),
        open_sessions=_open_sessions(asked).get(account.id, []),
        is_mail_set=is_mail_set(asked.settings),
        must_have_step=is_obligatory(
            account.role, is_local=account.is_local, settings=asked.settings.sign_in
        ),
        **_choices_of_a_person(asked),
    )


def _choices_of_a_person(asked: AdminRequest) -> dict[str, Any]:
    return {
        "roles": list(Role),
        "role_words": {role: role_in_words(role) for role in Role},
        "grants": [(right, [str(role) for role in RIGHTS[right]]) for right in Right if right in GRANTED],
        "gebieden": areas_of(asked),
    }


def _open_sessions(asked: AdminRequest) -> dict[str, list[OpenSession]]:
    with asked.database.reading() as connection:
        return read_open_sessions(connection, now=asked.now)


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
    AccountProblem.STEP_ABSENT: "Deze gebruiker heeft geen tweede stap.",
}
