"""Between the two steps of signing in: nothing is open but the second step, for a short time."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from hotspots.access.access_changes import read_access_changes
from hotspots.access.accounts import change_password, disable_user
from hotspots.access.rights import LETTING_IN
from hotspots.access.second_factors import make_factor, reset_factor
from hotspots.access.second_steps import (
    TERM,
    HalfWay,
    finish_with_code,
    finish_with_new_factor,
    read_half,
    token_of_half,
)
from hotspots.access.sessions import actor_of_session
from hotspots.access.signed_links import SigningKey
from hotspots.errors import ExpiredError, LockedOutError, SecondStepError, SignInError, WrongCodeError
from hotspots.settings import SignInSettings
from hotspots.store.case_tables import sessions, users
from hotspots.store.database import Database
from tests.hotspots.access.agents import NOW, PASSWORD, SETTINGS, add_agent, enter
from tests.hotspots.access.apps import KEY, App, set_up

OBLIGATORY = SignInSettings(second_factor_for=("gebiedsteam",))
BEFORE = NOW - timedelta(minutes=9)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: what is read and written is asked of both with the codes themselves."""
    return sqlite_url


def half_of(database: Database, settings: SignInSettings = SETTINGS) -> str:
    """Give the password; gives what opens the second step."""
    with pytest.raises(SecondStepError) as asked:
        enter(database, settings=settings)
    return token_of_half(KEY, asked.value, now=NOW)


def read(database: Database, token: str, settings: SignInSettings = SETTINGS) -> HalfWay:
    return read_half(database, settings, KEY, token, now=NOW)


def test_the_password_alone_gives_no_session_and_a_code_after_it_does(database: Database) -> None:
    app, codes = set_up(database, add_agent(database), BEFORE)
    token = half_of(database)
    with database.reading() as connection:
        assert connection.execute(select(sessions)).all() == []
    assert actor_of_session(database, SETTINGS, token=token, now=NOW) is None
    half = read(database, token)
    assert (half.name, half.is_set_up) == ("agent", True)
    with pytest.raises(WrongCodeError):
        finish_with_code(database, SETTINGS, KEY, half, code="000000", now=NOW)
    entered = finish_with_code(database, SETTINGS, KEY, half, code=app.code(NOW), now=NOW)
    assert (entered.by_recovery_code, entered.wrong_before) == (False, 1)
    actor = actor_of_session(database, SETTINGS, token=entered.token, now=NOW)
    assert actor is not None
    assert actor.name == "A. Agent"
    with pytest.raises(WrongCodeError):  # whoever saw it typed
        finish_with_code(database, SETTINGS, KEY, half, code=app.code(NOW), now=NOW)
    again = finish_with_code(database, SETTINGS, KEY, half, code=codes[0], now=NOW)
    assert (again.by_recovery_code, again.wrong_before) == (True, 1)


def test_guessing_codes_ends_and_a_right_one_waits_then_too(database: Database) -> None:
    app, _ = set_up(database, add_agent(database), BEFORE)
    half = read(database, half_of(database))
    for _ in range(5):
        with pytest.raises(WrongCodeError):
            finish_with_code(database, SETTINGS, KEY, half, code="000000", now=NOW)
    half = read(database, half_of(database))  # the right password again is no new start
    with pytest.raises(LockedOutError):
        finish_with_code(database, SETTINGS, KEY, half, code=app.code(NOW), now=NOW)


def test_what_opens_the_second_step_ends_and_is_signed(database: Database) -> None:
    set_up(database, add_agent(database), BEFORE)
    token = half_of(database)
    for key, given, later in (
        (KEY, token, TERM),
        (SigningKey(b"k" * 32), token, timedelta()),
        (KEY, f"x{token}", timedelta()),
        (KEY, "", timedelta()),
    ):
        with pytest.raises(ExpiredError):
            read_half(database, SETTINGS, key, given, now=NOW + later)
    last = NOW + TERM - timedelta(seconds=1)
    assert read_half(database, SETTINGS, KEY, token, now=last).name == "agent"


@pytest.mark.parametrize("since", ["another password", "blocked", "held", "no second step"])
def test_it_is_of_no_use_once_the_account_is_another(database: Database, since: str) -> None:
    user_id = add_agent(database)
    set_up(database, user_id, BEFORE)
    token = half_of(database)
    match since:
        case "another password":
            change_password(database, name="agent", password="vier losse woorden kelder", now=NOW)
        case "blocked":
            disable_user(database, name="agent", now=NOW)
        case "held":
            with database.writing() as connection:
                held = {"asked": [str(LETTING_IN)]}
                connection.execute(update(users).where(users.c.id == user_id).values(held))
        case _:
            reset_factor(database, name="agent", by=None, now=NOW)
    with pytest.raises(ExpiredError):
        read(database, token)


def test_who_is_blocked_is_told_the_same_as_with_a_wrong_password(database: Database) -> None:
    set_up(database, add_agent(database), BEFORE)
    disable_user(database, name="agent", now=NOW)
    with pytest.raises(SignInError) as refused:
        enter(database)
    assert not isinstance(refused.value, SecondStepError)


def test_who_must_have_one_and_has_none_sets_it_up_before_anything_else(database: Database) -> None:
    user_id = add_agent(database)
    before = enter(database)
    assert actor_of_session(database, SETTINGS, token=before, now=NOW)
    assert actor_of_session(database, OBLIGATORY, token=before, now=NOW) is None  # since the setting
    half = read(database, half_of(database, OBLIGATORY), OBLIGATORY)
    assert not half.is_set_up
    with pytest.raises(WrongCodeError):  # there is no code yet
        finish_with_code(database, OBLIGATORY, KEY, half, code="000000", now=NOW)
    new = make_factor(KEY, user_id=user_id, name="agent", issuer="x")
    app = App(new.secret)
    for sealed, code in ((new.sealed, "000000"), ("", app.code(NOW)), ("gAAAA", app.code(NOW))):
        with pytest.raises(WrongCodeError):
            finish_with_new_factor(database, OBLIGATORY, KEY, half, sealed=sealed, code=code, now=NOW)
    own = {"sealed": new.sealed, "code": app.code(NOW), "now": NOW}
    token, codes = finish_with_new_factor(database, OBLIGATORY, KEY, half, **own)  # type: ignore[arg-type]
    assert len(codes) == 10
    assert actor_of_session(database, OBLIGATORY, token=token, now=NOW)
    assert actor_of_session(database, OBLIGATORY, token=before, now=NOW) is None  # nor does it come back
    assert read_access_changes(database, about_id=user_id)[0].kind == "tweede stap ingesteld"
    with pytest.raises(ExpiredError):  # by who had the password too, at the same moment
        finish_with_new_factor(database, OBLIGATORY, KEY, half, **own)  # type: ignore[arg-type]


def test_other_roles_and_who_signs_in_elsewhere_are_asked_nothing(database: Database) -> None:
    add_agent(database)
    asked = SignInSettings(second_factor_for=("beheerder",))
    assert enter(database, settings=asked, password=PASSWORD)
