"""What is read of real files, keys and a real database of each kind."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import insert, text, update

from hotspots.access.accounts import add_demo_users, add_user
from hotspots.access.machine_tokens import add_token, revoke_token
from hotspots.access.rights import Right, Role
from hotspots.operations.safety_checks import check_safety
from hotspots.operations.safety_facts import SafetyFacts, TokenFacts, note_connection, read_safety_facts
from hotspots.settings import Settings, load_settings, with_changes
from hotspots.store.audit import STATUS_ERROR, add_line
from hotspots.store.background import CHOICE
from hotspots.store.case_tables import feeds, second_factors, users
from hotspots.store.database import Database
from hotspots.store.metadata import write_fact
from hotspots.store.operation_tables import retention_confirmations
from hotspots.store.run_tables import embeds

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECRET = "0b1c2d3e4f5a69788796a5b4c3d2e1f0"  # of this test only


@pytest.fixture
def kept(tmp_path: Path) -> Settings:
    """Files as they ought to be: keys apart, everything for its owner and the group only."""
    for name in ("data", "keys", "backups", "inbox", "reports", "uploads", "sources"):
        (tmp_path / name).mkdir(mode=0o750)
    for number, name in enumerate(("reporter", "signing", "backup")):
        path = tmp_path / "keys" / f"{name}.key"
        path.write_text(f"{number}{SECRET}")
        path.chmod(0o600)
    for path in (tmp_path / "data" / "hotspots.sqlite", tmp_path / "backups" / "hotspots-1.sqlite"):
        path.write_bytes(b"")
        path.chmod(0o600)
    (tmp_path / "hotspots.toml").write_text(f'[service]\nsigning_key = "{SECRET}"\n')
    (tmp_path / "hotspots.toml").chmod(0o640)
    return with_changes(
        Settings(),
        [
            f'database.url="sqlite:///{tmp_path}/data/hotspots.sqlite"',
            *(f'jobs.{name}="{tmp_path}/{name}"' for name in ("inbox", "reports", "backups")),
            f'jobs.backup_key_file="{tmp_path}/keys/backup.key"',
            f'privacy.reporter_key_file="{tmp_path}/keys/reporter.key"',
            f'service.signing_key_file="{tmp_path}/keys/signing.key"',
            f'service.uploads="{tmp_path}/uploads"',
            f'sources.folder="{tmp_path}/sources"',
        ],
    )


def look(settings: Settings, tmp_path: Path, database: Database | None = None, **names: str) -> SafetyFacts:
    opened = database or Database("sqlite:////nowhere/at-all.sqlite")
    path = tmp_path / "hotspots.toml"
    return read_safety_facts(opened, settings, settings_path=path, environment=names, now=NOW)


def test_of_files_as_they_ought_to_be_nothing_is_told(kept: Settings, tmp_path: Path) -> None:
    found = look(kept, tmp_path)
    assert not any(found.open_to_others.values())
    assert (found.weak_keys, found.shared_keys, found.keys_beside_data) == ((), (), ())
    assert (found.changeable_by_others, found.debugging, found.old_packages) == ((), (), ())
    assert found.newest_backup is not None
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("database", "data/hotspots.sqlite"),
        ("settings", "hotspots.toml"),
        ("key", "keys/signing.key"),
        ("backups", "backups"),
        ("backups", "backups/hotspots-1.sqlite"),
        ("deliveries", "inbox"),
        ("deliveries", "uploads"),
        ("reports", "reports"),
    ],
)
def test_what_others_may_read_is_found(kept: Settings, tmp_path: Path, kind: str, name: str) -> None:
    path = tmp_path / name
    path.chmod(path.stat().st_mode | 0o004)
    found = look(kept, tmp_path).open_to_others
    assert {kind: (str(path),)} == {other: paths for other, paths in found.items() if paths}


def test_a_settings_file_without_secrets_may_be_read_and_by_nobody_else_written(
    kept: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "hotspots.toml"
    path.write_text('[database]\nurl = "postgresql://hotspots@db/hotspots"\n')
    path.chmod(0o644)
    assert look(kept, tmp_path).open_to_others["settings"] == ()
    path.write_text('[database]\nurl = "postgresql://hotspots:x@db/hotspots"\n')
    assert look(kept, tmp_path).open_to_others["settings"] == (str(path),)
    path.chmod(0o602)
    assert look(kept, tmp_path).changeable_by_others == (str(path),)


def test_keys_that_are_weak_shared_or_beside_what_they_protect_are_found(
    kept: Settings, tmp_path: Path
) -> None:
    (tmp_path / "keys" / "reporter.key").write_text("proefsleutel")
    (tmp_path / "keys" / "backup.key").write_text(f"1{SECRET}")
    beside = tmp_path / "backups" / "signing.key"
    (tmp_path / "keys" / "signing.key").rename(beside)
    moved = with_changes(kept, [f'service.signing_key_file="{beside}"'])
    found = look(moved, tmp_path)
    assert found.weak_keys == ("[privacy] reporter_key",)
    assert set(found.shared_keys) == {"[service] signing_key", "[jobs] backup_key"}
    assert found.keys_beside_data == (str(beside),)
    given = kept.privacy.model_copy(update={"reporter_key": SecretStr("proefsleutel")})
    found = look(kept.model_copy(update={"privacy": given}), tmp_path)
    assert found.weak_keys == ("[privacy] reporter_key",)


def test_secrets_of_events_that_are_short_readable_or_in_the_settings_are_found(
    kept: Settings, tmp_path: Path
) -> None:
    short, path = tmp_path / "keys" / "esb.secret", tmp_path / "hotspots.toml"
    short.write_text("geheim")
    short.chmod(0o644)
    path.write_text(
        f'[[events.subscriptions]]\nname = "esb"\nurl = "https://esb.nl/"\nsecret_file = "{short}"\n'
        f'[[events.subscriptions]]\nname = "zaken"\nurl = "https://zaken.nl/"\nsecret = "{SECRET}"\n'
    )
    events = load_settings(path, {}).events
    found = look(kept.model_copy(update={"events": events}), tmp_path)
    assert found.weak_event_secrets == ("esb",)
    assert found.event_secrets_in_settings == ("zaken",)
    assert found.open_to_others["key"] == (str(short),)


def test_how_a_database_is_reached_is_read_of_url_and_environment(kept: Settings, tmp_path: Path) -> None:
    def link(url: str, **names: str) -> tuple[str, str]:
        found = look(with_changes(kept, [f'database.url="{url}"']), tmp_path, None, **names).database_link
        return found.host, found.ssl_mode

    assert link("postgresql://db.example.org/hotspots") == ("db.example.org", "")
    assert link("postgresql://db/hotspots?sslmode=verify-full") == ("db", "verify-full")
    assert link("postgresql:///hotspots", PGHOST="db", PGSSLMODE="disable") == ("db", "disable")
    assert look(kept, tmp_path, SSLKEYLOGFILE="/tmp/keys").debugging == ("SSLKEYLOGFILE",)  # noqa: S108


def test_what_stands_in_the_database_is_found(kept: Settings, tmp_path: Path, database: Database) -> None:
    def read() -> SafetyFacts:
        return look(kept, tmp_path, database)

    before = read()
    assert before.schema == before.newest_schema
    assert (before.postgresql is None) == database.is_sqlite
    assert (before.demo_accounts, before.administrators_without_second_step, before.tokens) == ((), (), ())
    assert (before.last_restore, before.is_retention_confirmed, before.reached_over) == (None, False, None)

    long_ago = NOW - timedelta(days=200)
    add = partial(add_user, database, full_name="", password=None, created_by="test", now=long_ago)
    safe = add(name="veilig", role=Role.BEHEERDER)
    add(name="los", role=Role.BEHEERDER)
    add_demo_users(database, gebieden=["Centrum"], now=NOW)
    scopes, ends = [Right.READ_HOTSPOTS], NOW + timedelta(days=30)
    for name in ("weg", "blijft"):
        gone, _ = add_token(database, name=name, scopes=scopes, expires_at=ends, created_by="t", now=NOW)
        if name == "weg":
            revoke_token(database, token_id=gone, now=NOW)
    note_connection(database, "http")
    with database.writing() as connection:
        connection.execute(insert(second_factors).values(user_id=safe, secret=b"x", set_at=NOW, last_step=0))
        connection.execute(update(users).where(users.c.id == safe).values(signed_in_at=NOW))
        connection.execute(insert(feeds).values(id="f", user_id=safe, created_at=long_ago))
        shared = {"created_at": NOW, "actor_id": "a", "created_by": "A.", "expires_at": ends}
        connection.execute(insert(embeds).values(id="m", **shared))
        connection.execute(insert(embeds).values(id="n", revoked_at=NOW, **shared))
        write_fact(connection, CHOICE, "pdok-grijs")
        add_line(connection, "back-up terugzetten", now=long_ago)
        add_line(connection, "back-up terugzetten", now=NOW, status=STATUS_ERROR)
        confirmed = {"actor_id": "a", "confirmed_by": "A.", "periods": {}, "due": {}}
        connection.execute(insert(retention_confirmations).values(at=NOW, **confirmed))
    after = read()
    assert after.administrators_without_second_step == ("beheerder", "los")
    assert after.unused_accounts == ("los",)
    assert after.demo_accounts == ("beheerder", "gebiedsteam", "lezer", "oov", "privacy")
    assert after.tokens == (TokenFacts("blijft", ends, NOW),)
    assert (after.map_ends, after.feeds_made) == ((ends,), (long_ago,))
    assert (after.last_restore, after.is_retention_confirmed) == (long_ago, True)
    assert (after.reached_over, after.basemap) == ("http", "pdok-grijs")

    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert (read().schema, read().tokens) == ("0001", ())
    assert "other_schema" in {one.code for one in check_safety(read(), kept).unsafe}


def test_without_a_database_the_rest_is_looked_at_and_none_is_made(kept: Settings, tmp_path: Path) -> None:
    absent = Database(f"sqlite:///{tmp_path}/absent.sqlite")
    assert look(kept, tmp_path, absent).schema is None
    assert not (tmp_path / "absent.sqlite").exists()
    (tmp_path / "none.sqlite").write_bytes(b"no database at all, but as long as the head of one" * 20)
    assert look(kept, tmp_path, Database(f"sqlite:///{tmp_path}/none.sqlite")).database_problem
