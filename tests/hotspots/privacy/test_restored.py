"""What a restore must not bring back, on both kinds of database."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hotspots.access.accounts import change_password, change_user, confirm_rights, disable_user, list_users
from hotspots.access.machine_tokens import actor_of_token, add_token
from hotspots.access.rights import Actor, Right, Role
from hotspots.access.second_factors import use_code
from hotspots.access.sessions import actor_of_session
from hotspots.access.signed_links import SigningKey
from hotspots.errors import SignInError, StoreError, WrongCodeError
from hotspots.intake.reporter_key import erased_among, key_of_database
from hotspots.operations.backup import back_up
from hotspots.privacy.data_subjects import erase_user
from hotspots.privacy.erasures import erasures_file
from hotspots.privacy.reporters import Reported, erase_reporter
from hotspots.privacy.restored import Ended, restore_backup
from hotspots.privacy.retention import remove_expired
from hotspots.publishing.embeds import add_embed, end_embed, read_embeds
from hotspots.publishing.events.subscriber import read_subscribers
from hotspots.publishing.events.subscribers import NewSubscription, end_subscriber, subscribe
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.report_tables import report_texts, reporters, reports
from hotspots.tracking.signalling import read_signalling, stop_signalling
from tests.hotspots.access.agents import NOW, PASSWORD, SETTINGS, add_agent, enter
from tests.hotspots.access.apps import KEY as SIGNING
from tests.hotspots.access.apps import set_up
from tests.hotspots.privacy.conftest import PLACED, SECRET, count, years_after

KEY = b"a key of tests only, 32 bytes long"
SHARING = Actor("7", "O. Adviseur", Role.OOV)


class Trial:
    """A database of which a backup is made, that goes on, and is restored."""

    def __init__(self, database: Database, settings: Settings, folder: Path) -> None:
        self.database, self.settings, self.path = database, settings, folder / "one.sqlite"

    def back_up(self) -> None:
        back_up(self.database, self.path, key=KEY)

    def restore(self, into: Database | None = None, now: datetime = NOW) -> Ended:
        _, ended = restore_backup(
            self.path, into or self.database, self.settings, key=KEY, replace=True, now=now
        )
        return ended

    def account(self, name: str = "agent") -> Any:
        return next(account for account in list_users(self.database) if account.name == name)


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """Of SQLite: what is done is done to a copy in SQLite, whatever the database is."""
    database = Database(sqlite_url)
    yield database
    database.close()


@pytest.fixture
def trial(database: Database, settings: Settings, tmp_path: Path) -> Trial:
    """With two accounts."""
    add_agent(database)
    add_agent(database, name="lees", full_name="L. Lezer", role=Role.LEZER, gebieden=[], granted=[])
    return Trial(database, settings, tmp_path)


def lets_in(database: Database, **values: Any) -> bool:
    """Whether somebody can sign in."""
    try:
        return bool(enter(database, **values))
    except SignInError:
        return False


def test_all_sessions_and_tokens_end(trial: Trial) -> None:
    database = trial.database
    session = enter(database)
    until = NOW + timedelta(days=30)
    made = {"scopes": [Right.READ_HOTSPOTS], "expires_at": until, "created_by": "x"}
    _, token = add_token(database, name="GIS", now=NOW, **made)  # type: ignore[arg-type]
    trial.back_up()
    ended = trial.restore()
    assert (ended.sessions, ended.tokens) == (1, 1)
    assert "all sessions and all tokens of the backup ended" in ended.told[0]
    assert actor_of_session(database, SETTINGS, token=session, now=NOW) is None
    with pytest.raises(SignInError):
        actor_of_token(database, token=token, now=NOW)
    assert lets_in(database), "nothing happened to the account"
    assert ended.accounts == {}


def test_who_was_blocked_since_stays_blocked_and_who_was_blocked_then_is_again(trial: Trial) -> None:
    disable_user(trial.database, name="lees", now=NOW)
    trial.back_up()
    disable_user(trial.database, name="agent", now=NOW)
    disable_user(trial.database, name="lees", now=NOW, is_disabled=False)
    ended = trial.restore()
    assert ended.accounts == {
        "agent": ["blocked since: stays blocked"],
        "lees": ["was blocked: blocked again"],
    }
    assert all(account.is_disabled for account in list_users(trial.database))


def test_of_two_roles_the_narrower_stays_also_when_it_is_that_of_the_backup(trial: Trial) -> None:
    trial.back_up()
    change_user(trial.database, name="agent", full_name="A. Agent", role=Role.LEZER, now=NOW)
    change_user(trial.database, name="lees", full_name="L. Lezer", role=Role.OOV, now=NOW)
    ended = trial.restore()
    assert ended.accounts["agent"][0] == "role changed since, from gebiedsteam to lezer: is lezer"
    assert ended.accounts["lees"][0] == "role changed since, from lezer to oov: is lezer"
    assert [str(account.role) for account in list_users(trial.database)] == ["lezer", "lezer"]
    assert trial.account().granted == ()


def test_of_roles_of_which_neither_is_narrower_the_account_waits(trial: Trial) -> None:
    trial.back_up()
    change_user(trial.database, name="agent", full_name="A. Agent", role=Role.PRIVACY, now=NOW)
    assert "waits to be confirmed, as neither role is the narrower" in trial.restore().accounts["agent"]
    assert not lets_in(trial.database)
    confirm_rights(trial.database, name="agent", by=None, now=NOW)
    assert lets_in(trial.database)


def test_rights_by_name_and_areas_that_were_taken_away_stay_away(trial: Trial) -> None:
    trial.back_up()
    change_user(
        trial.database,
        name="agent",
        full_name="A. Agent",
        role=Role.GEBIEDSTEAM,
        organisation="politie",
        gebieden=["Wyck", "Mariaberg"],
        now=NOW,
    )
    told = trial.restore().accounts["agent"]
    assert told == ["areas changed since: Mariaberg", "rights by name changed since: none"]
    assert (trial.account().granted, trial.account().gebieden) == ((), ("Mariaberg",))


def test_a_newer_password_holds(trial: Trial) -> None:
    trial.back_up()
    change_password(trial.database, name="agent", password="another horse entirely", now=NOW)
    assert trial.restore().accounts == {"agent": ["password changed since: the newer one holds"]}
    assert lets_in(trial.database, password="another horse entirely")
    assert not lets_in(trial.database, password=PASSWORD)


def test_the_second_steps_of_now_hold_and_a_code_that_was_used_since_stays_used(trial: Trial) -> None:
    database, before = trial.database, NOW - timedelta(minutes=9)
    agent, reader = trial.account().id, trial.account("lees").id
    _, codes = set_up(database, agent, before)
    trial.back_up()
    with database.writing() as connection:
        use_code(connection, SIGNING, user_id=agent, name="agent", code=codes[0], now=NOW)
    app, _ = set_up(database, reader, before)
    trial.restore()
    with database.writing() as connection:
        with pytest.raises(WrongCodeError):
            use_code(connection, SIGNING, user_id=agent, name="agent", code=codes[0], now=NOW)
        assert use_code(connection, SIGNING, user_id=agent, name="agent", code=codes[1], now=NOW)
        assert use_code(connection, SIGNING, user_id=reader, name="lees", code=app.code(NOW), now=NOW)


def test_signalling_that_was_stopped_since_stays_stopped(trial: Trial) -> None:
    trial.back_up()
    stop_signalling(trial.database, by=SHARING, at=NOW, reason="Klacht.")
    with trial.database.reading() as connection:
        before = read_signalling(connection)
    assert "signalling was stopped after the backup was made: it stays stopped" in trial.restore().told
    with trial.database.reading() as connection:
        assert read_signalling(connection) == before


def test_who_was_removed_is_blocked_and_who_was_made_since_is_told(trial: Trial) -> None:
    trial.back_up()
    disable_user(trial.database, name="lees", now=NOW)
    remove_expired(trial.database, trial.settings, now=NOW + timedelta(days=400))
    erasures_file(trial.settings).unlink()
    add_agent(trial.database, name="nieuw", full_name="N. Nieuw")
    ended = trial.restore()
    assert ended.accounts == {
        "lees": ["removed since: blocked"],
        "nieuw": ["made since, and not in the backup: gone"],
    }
    assert trial.account("lees").is_disabled


def test_a_shared_map_that_was_ended_since_stays_ended_and_others_go_on(
    trial: Trial, own_gebieden: list[str]
) -> None:
    assert own_gebieden
    ended_id, kept_id = (
        add_embed(
            trial.database, trial.settings, actor=SHARING, gebied=None, peildatum=None, days=30, now=NOW
        ).id
        for _ in range(2)
    )
    trial.back_up()
    end_embed(trial.database, actor=SHARING, embed_id=ended_id, now=NOW)
    assert trial.restore().maps == 1
    with trial.database.reading() as connection:
        over = {embed.id: embed.is_over(NOW) for embed in read_embeds(connection, actor=SHARING)}
    assert over == {ended_id: True, kept_id: False}


def test_a_system_that_was_to_be_told_nothing_since_is_told_nothing(trial: Trial) -> None:
    key, ids = SigningKey(b"a key for tests only"), {}
    for name in ("ended", "kept"):
        wanted = NewSubscription(name, "https://zaken.example.org/")
        made = subscribe(trial.database, trial.settings, key, subscription=wanted, by=None, now=NOW)
        ids[name] = made[0]
    trial.back_up()
    end_subscriber(trial.database, subscriber_id=ids["ended"], by=None, now=NOW)
    told = trial.restore().told
    with trial.database.reading() as connection:
        paused = {state.subscriber.name: state.subscriber.is_paused for state in read_subscribers(connection)}
    assert paused == {"ended": True, "kept": False}
    assert any("events for 'ended' are paused" in line for line in told)


@pytest.fixture
def own_gebieden(database: Database, settings: Settings) -> list[str]:
    """The areas that ship."""
    from hotspots.store.areas import fill_with_shipped

    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    return ["all"]


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_without_the_former_database_everybody_waits_to_be_confirmed(
    migrated_sqlite: Path,
    settings: Settings,
    tmp_path: Path,
    make_database: Callable[[str, Path], AbstractContextManager[str]],
    kind: str,
) -> None:
    source = Database(f"sqlite:///{tmp_path / 'source.sqlite'}")
    source.upgrade()
    add_agent(source)
    add_agent(source, name="lees", full_name="L. Lezer", role=Role.LEZER, gebieden=[], granted=[])
    session = enter(source)
    set_up(source, add_agent(source, name="baas", full_name="B."), NOW)
    trial = Trial(source, settings, tmp_path)
    trial.back_up()
    with make_database(kind, tmp_path / "target") as url:
        target = Database(url)
        ended = trial.restore(target)
        assert [line.partition(":")[0] for line in ended.told] == [
            "who was blocked since is not known, as there was no former database",
            "which recovery codes were used since is not known",
            "all sessions and all tokens of the backup ended",
            f"there is no list of erasures '{erasures_file(settings)}'",
        ]
        assert actor_of_session(target, SETTINGS, token=session, now=NOW) is None
        for name in ("agent", "lees"):
            assert not lets_in(target, name=name)
        change_user(target, name="lees", full_name="L.", role=Role.LEZER, now=NOW, by=SHARING)
        assert not lets_in(target, name="lees"), "another change confirms nothing"
        for name in ("agent", "lees"):
            confirm_rights(target, name=name, by=None, now=NOW)
            assert lets_in(target, name=name)
        target.close()
    source.close()


def test_who_was_erased_stays_erased(
    database: Database, settings: Settings, filled: str, tmp_path: Path
) -> None:
    assert filled
    trial = Trial(database, settings, tmp_path)
    add_agent(database, name="weg", full_name="W. Weg")
    trial.back_up()
    with database.reading() as connection:
        numbers = list(connection.execute(select(reports.c.source_id).order_by(reports.c.id)).scalars())
        key = key_of_database(connection, settings.privacy)
    erase_reporter(database, settings, Reported(reporter="anna", source="test"), now=PLACED)
    erase_user(database, settings, name="weg", now=PLACED)
    ended = trial.restore(now=PLACED)
    assert ended.erased == 4
    assert [account.name for account in list_users(database)] == []
    assert count(database, report_texts) == 6
    with database.reading() as connection:
        after = list(connection.execute(select(reports.c.source_id).order_by(reports.c.id)).scalars())
        digests = set(connection.execute(select(reporters.c.hash)).scalars())
        assert key is not None
        assert key.hash_of("anna") not in digests
        assert erased_among(connection, key, "test", numbers) == {numbers[n] for n in (0, 3, 6)}
    assert [number for number in after if number in numbers] == [
        number for place, number in enumerate(numbers) if place % 3
    ]
    assert trial.restore(now=PLACED).erased == 4, "once more gives the same"


def test_what_was_removed_after_its_period_is_removed_again(
    database: Database, settings: Settings, filled: str, tmp_path: Path, bytes_of: Callable[[Database], bytes]
) -> None:
    assert filled
    trial = Trial(database, settings, tmp_path)
    trial.back_up()
    remove_expired(database, settings, now=years_after(1))
    assert count(database, report_texts) == 0
    trial.restore(now=PLACED)
    assert count(database, report_texts) == 0
    assert SECRET.encode() + b" 0" not in bytes_of(database)


@pytest.mark.postgresql
def test_on_postgresql_too_nothing_comes_back(
    make_database: Callable[[str, Path], AbstractContextManager[str]], settings: Settings, tmp_path: Path
) -> None:
    with make_database("postgresql", tmp_path) as url:
        database = Database(url)
        database.upgrade()
        add_agent(database)
        add_agent(database, name="weg", full_name="W. Weg")
        session = enter(database)
        trial = Trial(database, settings, tmp_path)
        trial.back_up()
        disable_user(database, name="agent", now=NOW)
        erase_user(database, settings, name="weg", now=NOW)
        ended = trial.restore()
        assert (ended.erased, ended.accounts["agent"]) == (1, ["blocked since: stays blocked"])
        assert [(account.name, account.is_disabled) for account in list_users(database)] == [("agent", True)]
        assert actor_of_session(database, SETTINGS, token=session, now=NOW) is None
        database.close()


def test_a_list_that_needs_another_key_stops_the_restore(
    database: Database, settings: Settings, filled: str, tmp_path: Path
) -> None:
    assert filled
    trial = Trial(database, settings, tmp_path)
    trial.back_up()
    erase_reporter(database, settings, Reported(reporter="anna", source="test"), now=PLACED)
    other = settings.privacy.model_copy(update={"reporter_key_file": tmp_path / "none"})
    trial.settings = settings.model_copy(update={"privacy": type(other)(reporter_key_file=tmp_path / "none")})
    with pytest.raises(StoreError, match="put the right key there"):
        trial.restore(now=PLACED)
    assert count(database, report_texts) == 6
