"""The second step of an account: codes that work once, near their time, and for one account."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from hotspots.access.access_changes import read_access_changes
from hotspots.access.attempts import Knock
from hotspots.access.rights import Actor, Role
from hotspots.access.second_factors import (
    count_code,
    end_own_factor,
    keep_factor,
    make_factor,
    read_factor,
    renew_own_codes,
    reset_factor,
    set_own_factor,
    use_code,
)
from hotspots.access.sessions import actor_of_session
from hotspots.access.signed_links import SigningKey
from hotspots.errors import AccountError, LockedOutError, NotFoundError, StoreError, WrongCodeError
from hotspots.settings import SignInSettings
from hotspots.store.case_tables import recovery_codes, second_factors, users
from hotspots.store.database import Database
from tests.hotspots.access.agents import NOW, PASSWORD, SETTINGS, add_agent, enter
from tests.hotspots.access.apps import KEY, App, set_up


@pytest.fixture
def agent(database: Database) -> Actor:
    """An agent with an account here."""
    return Actor(add_agent(database), "A. Agent", Role.GEBIEDSTEAM)


def give(database: Database, user_id: str, code: str, seconds: float = 0, key: SigningKey = KEY) -> str:
    """Use a code up, so many seconds from now."""
    with database.writing() as connection:
        later = NOW + timedelta(seconds=seconds)
        return use_code(connection, key, user_id=user_id, name="agent", code=code, now=later)


def test_a_code_works_once_and_within_a_step_of_its_time(database: Database, agent: Actor) -> None:
    app, _ = set_up(database, agent.id, NOW - timedelta(minutes=9))
    assert give(database, agent.id, app.code(NOW)) == "code"
    for again in (app.code(NOW), app.code(NOW, -1)):  # used, and one of before what was used
        with pytest.raises(WrongCodeError):
            give(database, agent.id, again)
    spaced = f"{app.code(NOW, 1)[:3]} {app.code(NOW, 1)[3:]}"
    assert give(database, agent.id, spaced) == "code"
    for steps in (2, 3, -2):
        with pytest.raises(WrongCodeError):
            give(database, agent.id, app.code(NOW, steps))
    later = app.code(NOW, 10)
    with pytest.raises(WrongCodeError):
        give(database, agent.id, later, seconds=300 + 61)
    assert give(database, agent.id, later, seconds=300 + 30) == "code"


def test_neither_the_code_that_set_it_up_nor_what_is_no_code_works(database: Database, agent: Actor) -> None:
    app, _ = set_up(database, agent.id, NOW)
    nonsense = ("", "abcdef", "12345", "1234567", "\u0660" * 6, "x" * 5000, "\x00", "-")
    for code in (app.code(NOW, -1), *nonsense):
        with pytest.raises(WrongCodeError):
            give(database, agent.id, code)


def test_a_recovery_code_works_once_in_any_spelling_and_is_logged(database: Database, agent: Actor) -> None:
    _, codes = set_up(database, agent.id, NOW)
    assert len(set(codes)) == 10
    assert give(database, agent.id, codes[0].upper().replace("-", " ")) == "recovery code"
    with pytest.raises(WrongCodeError):
        give(database, agent.id, codes[0])
    with database.reading() as connection:
        factor = read_factor(connection, agent.id)
    assert factor is not None
    assert factor.codes_left == 9
    [change] = [one for one in read_access_changes(database) if one.kind == "herstelcode gebruikt"]
    assert (change.about, change.actor) == ("agent", "A. Agent")


def test_codes_of_another_account_open_nothing(database: Database, agent: Actor) -> None:
    other = add_agent(database, name="wijkagent", full_name="W. Agent")
    app, codes = set_up(database, other, NOW - timedelta(minutes=9))
    set_up(database, agent.id, NOW - timedelta(minutes=9))
    for code in (app.code(NOW), codes[0]):
        with pytest.raises(WrongCodeError):
            give(database, agent.id, code)
    new = make_factor(KEY, user_id=other, name="x", issuer="x")
    theirs = App(new.secret).code(NOW)
    with (
        database.writing() as connection,
        pytest.raises(WrongCodeError),
    ):  # what a form brings is of one account
        keep_factor(connection, KEY, user_id=agent.id, sealed=new.sealed, code=theirs, now=NOW)


def test_neither_what_codes_are_made_of_nor_a_recovery_code_is_in_the_database(
    database: Database, agent: Actor
) -> None:
    app, codes = set_up(database, agent.id, NOW - timedelta(minutes=9))
    with database.reading() as connection:
        rows = str(connection.execute(select(second_factors)).all())
        rows += str(connection.execute(select(recovery_codes)).all())
    assert app.maker.secret not in rows
    assert [code for code in codes if code in rows or code.replace("-", "") in rows] == []
    with pytest.raises(StoreError, match="reset-second-step agent"):
        give(database, agent.id, app.code(NOW), key=SigningKey(b"another" * 9))
    assert give(database, agent.id, codes[0], key=SigningKey(b"another" * 9)) == "recovery code"


def test_wrong_codes_are_counted_per_account_like_passwords(database: Database, agent: Actor) -> None:
    def knock(seconds: int = 0, user_id: str = agent.id, **of: str) -> Knock:
        later = NOW + timedelta(seconds=seconds)
        return count_code(database, SETTINGS, user_id=user_id, now=later, **of)

    for _ in range(5):
        knock(origin="192.0.2.1")
    with pytest.raises(LockedOutError):
        knock(origin="192.0.2.1")
    knock(origin="192.0.2.1", user_id="another")
    knock(origin="192.0.2.1", device="known")
    for number in range(45):
        knock(origin=f"198.51.100.{number}")
    with pytest.raises(LockedOutError):  # many machines together
        knock(origin="203.0.113.1")
    knock(seconds=3600, origin="203.0.113.1")


def own(database: Database, agent: Actor, settings: SignInSettings = SETTINGS) -> dict[str, object]:
    return {
        "database": database,
        "settings": settings,
        "key": KEY,
        "actor": agent,
        "password": PASSWORD,
        "now": NOW,
    }


def test_one_sets_it_up_for_another_app_with_a_code_of_the_former_and_ends_other_sessions(
    database: Database, agent: Actor
) -> None:
    here, elsewhere = enter(database), enter(database)
    new = make_factor(KEY, user_id=agent.id, name="agent", issuer="x")
    app = App(new.secret)
    set_own_factor(**own(database, agent), sealed=new.sealed, code=app.code(NOW), session=here)  # type: ignore[arg-type]
    signed_in = [actor_of_session(database, SETTINGS, token=token, now=NOW) for token in (here, elsewhere)]
    assert [actor is None for actor in signed_in] == [False, True]
    newer = make_factor(KEY, user_id=agent.id, name="agent", issuer="x")
    change = own(database, agent) | {"sealed": newer.sealed, "code": App(newer.secret).code(NOW)}
    with pytest.raises(WrongCodeError):
        set_own_factor(**change)  # type: ignore[arg-type]
    codes = set_own_factor(**change, former=app.code(NOW, 1))  # type: ignore[arg-type]
    fresh = renew_own_codes(**own(database, agent), code=codes[0])  # type: ignore[arg-type]
    with pytest.raises(WrongCodeError):
        renew_own_codes(**own(database, agent), code=codes[1])  # type: ignore[arg-type]
    asked = SignInSettings(second_factor_for=("gebiedsteam",))
    with pytest.raises(AccountError, match="second_factor_for"):
        end_own_factor(**own(database, agent, asked), code=fresh[0])  # type: ignore[arg-type]
    end_own_factor(**own(database, agent), code=fresh[0])  # type: ignore[arg-type]
    with database.reading() as connection:
        assert read_factor(connection, agent.id) is None
    kinds = [change.kind for change in read_access_changes(database, about_id=agent.id)]
    assert {"tweede stap ingesteld", "nieuwe herstelcodes gemaakt", "tweede stap uitgezet"} <= set(kinds)


def test_another_takes_a_lost_one_off_never_ones_own(database: Database, agent: Actor) -> None:
    set_up(database, agent.id, NOW)
    with pytest.raises(AccountError, match="your own"):
        reset_factor(database, name="agent", by=agent, now=NOW)
    reset_factor(database, name="Agent", by=Actor("b", "B. Beheerder", Role.BEHEERDER), now=NOW)
    with database.reading() as connection:
        assert read_factor(connection, agent.id) is None
        assert connection.execute(select(recovery_codes)).all() == []
    change = read_access_changes(database, about_id=agent.id)[0]
    assert (change.kind, change.actor) == ("tweede stap weggehaald", "B. Beheerder")
    with pytest.raises(AccountError, match="found none"):
        reset_factor(database, name="agent", by=None, now=NOW)
    with pytest.raises(NotFoundError):
        reset_factor(database, name="niemand", by=None, now=NOW)


def test_it_goes_with_its_account(database: Database, agent: Actor) -> None:
    set_up(database, agent.id, NOW)
    with database.writing() as connection:
        connection.execute(users.delete().where(users.c.id == agent.id))
        assert connection.execute(select(second_factors)).all() == []
        assert connection.execute(select(recovery_codes)).all() == []
