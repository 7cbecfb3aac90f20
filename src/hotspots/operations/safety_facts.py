"""The facts by which is judged whether an installation is safe; nothing shows the secrets among them.

Files are looked at by their own rights, whatever the folders above them let through: these change more often
than anyone looks.
"""

import re
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, func, make_url, select

from hotspots.access.accounts import has_demo_users
from hotspots.access.rights import Role
from hotspots.errors import SettingsError, StoreError
from hotspots.files.descriptors import HAS_ACCOUNTS
from hotspots.operations.certificates import Certificate
from hotspots.operations.health_figures import count_dead_letters
from hotspots.settings import Settings, secrets_in
from hotspots.settings.secret_keys import lines_of, strongest_of, weakness_of
from hotspots.store.audit import STATUS_OK
from hotspots.store.background import CHOICE
from hotspots.store.case_tables import api_tokens, feeds, second_factors, users
from hotspots.store.confirmed_periods import read_confirmation
from hotspots.store.database import Database, sqlite_file
from hotspots.store.metadata import read_fact, write_fact
from hotspots.store.operation_tables import processing_log
from hotspots.store.run_tables import embeds
from hotspots.store.schema_versions import known_schemas, schema_of

REACHED_OVER = "signed in over"
"""Name of the fact that says whether the last who signed in did so over an encrypted connection."""

RESTORED = "back-up terugzetten"
"""The processing that says that a backup was restored, or tried."""

Scheme = Literal["http", "https"]

_OTHERS = stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWOTH

_TELLING = ("PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "PYTHONVERBOSE", "SSLKEYLOGFILE")
"""Variables by which a process tells or keeps what passes through it."""


@dataclass(frozen=True)
class TokenFacts:
    """A token of a machine that was not revoked."""

    name: str
    ends_at: datetime
    used_at: datetime  # last; made, if never


@dataclass(frozen=True)
class DatabaseLink:
    """How the database is reached: empty for SQLite, or a socket of this machine."""

    host: str = ""
    ssl_mode: str = ""


@dataclass(frozen=True)
class SafetyFacts:
    """What was found of an installation at a moment; as by default, nothing is unsafe."""

    at: datetime
    reached_over: str | None = None
    database_link: DatabaseLink = field(default_factory=DatabaseLink)
    demo_accounts: tuple[str, ...] = ()
    passwords: Mapping[str, tuple[str, str]] = field(default_factory=dict, repr=False)
    """Account and password by the setting that holds them; empty: none."""
    weak_keys: tuple[str, ...] = ()
    shared_keys: tuple[str, ...] = ()
    keys_beside_data: tuple[str, ...] = ()
    debugging: tuple[str, ...] = ()
    open_to_others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    changeable_by_others: tuple[str, ...] = ()
    newest_backup: datetime | None = None
    last_restore: datetime | None = None
    database_problem: str = ""
    schema: str | None = None
    newest_schema: str = ""
    python: tuple[int, int] = (3, 14)
    postgresql: int | None = None
    old_packages: tuple[str, ...] = ()
    administrators_without_second_step: tuple[str, ...] = ()
    unused_accounts: tuple[str, ...] = ()
    tokens: tuple[TokenFacts, ...] = ()
    map_ends: tuple[datetime, ...] = ()
    feeds_made: tuple[datetime, ...] = ()
    basemap: str = "own"
    is_retention_confirmed: bool | None = None
    weak_event_secrets: tuple[str, ...] = ()
    event_secrets_in_settings: tuple[str, ...] = ()
    dead_letters: int = 0
    certificates: tuple[Certificate, ...] = ()


@dataclass(frozen=True)
class _DatabaseFacts:
    problem: str = ""
    schema: str | None = None
    postgresql: int | None = None
    reached_over: str | None = None
    demo_accounts: tuple[str, ...] = ()
    last_restore: datetime | None = None
    administrators: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    tokens: tuple[TokenFacts, ...] = ()
    map_ends: tuple[datetime, ...] = ()
    feeds_made: tuple[datetime, ...] = ()
    basemap: str | None = None
    is_retention_confirmed: bool | None = None
    dead_letters: int = 0


def read_safety_facts(
    database: Database,
    settings: Settings,
    *,
    settings_path: Path,
    environment: Mapping[str, str],
    now: datetime,
    certificates: tuple[Certificate, ...] = (),
) -> SafetyFacts:
    """Look at settings, files, keys and the database; a database that can't be read is one of the facts."""
    kept = _read_database(database, settings, now)
    keys = _keys(settings)
    url = make_url(settings.database.url)
    link = _link(settings, environment)
    return SafetyFacts(
        at=now,
        reached_over=kept.reached_over,
        database_link=link,
        demo_accounts=kept.demo_accounts,
        passwords={
            "[database] url": (url.username or "", url.password or ""),
            "[mail] password": (settings.mail.user, settings.mail.password.get_secret_value()),
            "[sign_in] client_secret": (
                settings.sign_in.client_id,
                settings.sign_in.client_secret.get_secret_value(),
            ),
        },
        weak_keys=tuple(name for name, lines in keys.items() if weakness_of(strongest_of(lines)) is not None),
        shared_keys=_shared(keys),
        keys_beside_data=_keys_beside_data(settings),
        debugging=(
            *(name for name in _TELLING if environment.get(name)),
            *(("python -X dev",) if sys.flags.dev_mode and not environment.get("PYTHONDEVMODE") else ()),
        ),
        open_to_others=_open_to_others(settings, settings_path),
        changeable_by_others=tuple(
            str(path) for path in _decisive(settings, settings_path) if _has_mode(path, _OTHERS_WRITE)
        ),
        newest_backup=_newest_backup(settings.jobs.backups),
        last_restore=kept.last_restore,
        database_problem=kept.problem,
        schema=kept.schema,
        newest_schema=known_schemas()[-1],
        python=(sys.version_info.major, sys.version_info.minor),
        postgresql=kept.postgresql,
        old_packages=_old_packages(),
        administrators_without_second_step=kept.administrators,
        unused_accounts=kept.unused,
        tokens=kept.tokens,
        map_ends=kept.map_ends,
        feeds_made=kept.feeds_made,
        basemap=kept.basemap or settings.map.basemap,
        is_retention_confirmed=kept.is_retention_confirmed,
        weak_event_secrets=tuple(
            one.name
            for one in settings.events.subscriptions
            if not one.secrets() or any(weakness_of(secret) is not None for secret in one.secrets())
        ),
        event_secrets_in_settings=_event_secrets_in(settings, settings_path),
        dead_letters=kept.dead_letters,
        certificates=certificates,
    )


def note_connection(database: Database, scheme: Scheme) -> None:
    """Remember over what somebody signed in, where that differs from the last time."""
    with database.reading() as connection:
        if read_fact(connection, REACHED_OVER) == scheme:
            return
    with database.writing() as connection:
        write_fact(connection, REACHED_OVER, scheme)


def _read_database(database: Database, settings: Settings, now: datetime) -> _DatabaseFacts:
    if database.is_absent:
        return _DatabaseFacts()
    try:
        with database.connected() as connection:
            schema = schema_of(connection)
            version = connection.dialect.server_version_info
        postgresql = None if database.is_sqlite or not version else int(version[0])
        if schema != known_schemas()[-1]:  # its tables are others
            return _DatabaseFacts(schema=schema, postgresql=postgresql)
        with database.reading() as connection:
            return _read_rows(connection, settings, now, schema, postgresql)
    except StoreError as error:
        return _DatabaseFacts(problem=str(error))


def _read_rows(
    connection: Connection, settings: Settings, now: datetime, schema: str | None, postgresql: int | None
) -> _DatabaseFacts:
    accounts = connection.execute(
        select(users, second_factors.c.user_id.label("step"))
        .outerjoin(second_factors, second_factors.c.user_id == users.c.id)
        .where(~users.c.is_disabled)
        .order_by(users.c.name)
    ).all()
    unused = now - timedelta(days=settings.sign_in.unused_days)
    shown = has_demo_users(connection)
    tokens = connection.execute(
        select(api_tokens).where(api_tokens.c.revoked_at.is_(None)).order_by(api_tokens.c.name)
    )
    restored = select(func.max(processing_log.c.ended_at)).where(
        processing_log.c.name == RESTORED, processing_log.c.status == STATUS_OK
    )
    return _DatabaseFacts(
        schema=schema,
        postgresql=postgresql,
        reached_over=read_fact(connection, REACHED_OVER),
        demo_accounts=tuple(row.name for row in accounts if shown and row.created_by == "hotspots demo"),
        last_restore=connection.execute(restored).scalar(),
        administrators=tuple(
            row.name
            for row in accounts
            if row.role == Role.BEHEERDER and row.subject is None and row.step is None
        ),
        unused=tuple(
            row.name
            for row in accounts
            if settings.sign_in.unused_days and (row.signed_in_at or row.created_at) < unused
        ),
        tokens=tuple(TokenFacts(row.name, row.expires_at, row.used_at or row.created_at) for row in tokens),
        map_ends=tuple(
            connection.execute(select(embeds.c.expires_at).where(embeds.c.revoked_at.is_(None))).scalars()
        ),
        feeds_made=tuple(connection.execute(select(feeds.c.created_at)).scalars()),
        basemap=read_fact(connection, CHOICE),
        is_retention_confirmed=read_confirmation(connection) is not None,
        dead_letters=count_dead_letters(connection),
    )


def _link(settings: Settings, environment: Mapping[str, str]) -> DatabaseLink:
    url = make_url(settings.database.url)
    if url.get_backend_name() == "sqlite":
        return DatabaseLink()

    def asked(name: str) -> str:
        value = url.query.get(name, "")
        return value if isinstance(value, str) else value[0]

    host = url.host or asked("host") or environment.get("PGHOST", "")
    return DatabaseLink(host, asked("sslmode") or environment.get("PGSSLMODE", ""))


def _key_files(settings: Settings) -> dict[str, Path]:
    """The files of keys that are in use."""
    files = {}
    if not settings.privacy.reporter_key.get_secret_value():
        files["[privacy] reporter_key"] = settings.privacy.reporter_key_file
    if not settings.service.signing_key.get_secret_value():
        files["[service] signing_key"] = settings.service.signing_key_file
    return files | {"[jobs] backup_key": settings.jobs.backup_key_file}


def _keys(settings: Settings) -> dict[str, list[bytes]]:
    """The keys by the setting that gives them, as far as they are made and this account may read them."""
    found = {
        "[privacy] reporter_key": lines_of(settings.privacy.reporter_key.get_secret_value()),
        "[service] signing_key": lines_of(settings.service.signing_key.get_secret_value()),
    }
    for name, path in _key_files(settings).items():
        with suppress(OSError):
            found[name] = lines_of(path.read_bytes()) or [b""]
    return {name: lines for name, lines in found.items() if lines}


def _shared(keys: Mapping[str, list[bytes]]) -> tuple[str, ...]:
    return tuple(
        name
        for name, lines in keys.items()
        if any(other != name and set(lines) & set(others) for other, others in keys.items())
    )


def _keys_beside_data(settings: Settings) -> tuple[str, ...]:
    """Keys in the folder of the data that they protect: who takes the one takes the other."""
    backups = settings.jobs.backups.absolute()
    data = {backups}
    if (file := sqlite_file(make_url(settings.database.url))) is not None:
        data.add(file.absolute().parent)
    beside = []
    for name, path in _key_files(settings).items():
        protected = {backups} if name == "[jobs] backup_key" else data
        folder = path.absolute().parent
        if path.exists() and (folder in protected or backups in folder.parents):
            beside.append(str(path))
    return tuple(beside)


def _open_to_others(settings: Settings, settings_path: Path) -> dict[str, tuple[str, ...]]:
    """What any account of the machine may read, enter or change, by what it holds."""
    jobs = settings.jobs
    file = sqlite_file(make_url(settings.database.url))
    kinds: dict[str, Iterable[Path]] = {
        "database": ()
        if file is None
        else (file.with_name(f"{file.name}{end}") for end in ("", "-wal", "-shm")),
        "settings": (settings_path,) if _holds_secrets(settings_path) else (),
        "key": (
            *_key_files(settings).values(),
            *(one.secret_file for one in settings.events.subscriptions if one.secret_file is not None),
        ),
        "backups": (jobs.backups, *_files_in(jobs.backups)),
        "deliveries": (jobs.inbox, settings.service.uploads),
        "reports": (jobs.reports,),
    }
    return {
        kind: tuple(str(path) for path in paths if _has_mode(path, _OTHERS)) for kind, paths in kinds.items()
    }


def _decisive(settings: Settings, settings_path: Path) -> Iterator[Path]:
    """Files that say what is done: who can change them can have anything done."""
    yield settings_path
    yield settings.sources.folder
    yield from _files_in(settings.sources.folder)
    for part in settings.jobs.alert_command:
        if part.startswith("/"):
            yield Path(part)


def _files_in(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except OSError:
        return []


def _has_mode(path: Path, bits: int) -> bool:
    """Whether others have these rights; Windows tells none of them, and counts all as given."""
    try:
        return HAS_ACCOUNTS and bool(path.stat().st_mode & bits)
    except OSError:
        return False


def _holds_secrets(path: Path) -> bool:
    try:
        return bool(secrets_in(path))
    except SettingsError:
        return False


def _event_secrets_in(settings: Settings, path: Path) -> tuple[str, ...]:
    """The subscriptions whose secret stands in the settings file itself."""
    try:
        if "events.subscriptions" not in secrets_in(path):
            return ()
    except SettingsError:
        return ()
    return tuple(one.name for one in settings.events.subscriptions if one.secret.get_secret_value())


def _newest_backup(folder: Path) -> datetime | None:
    moments = []
    for path in _files_in(folder):
        if path.suffix == ".sqlite":
            with suppress(OSError):
                moments.append(path.stat().st_mtime)
    return datetime.fromtimestamp(max(moments), UTC) if moments else None


@cache
def _old_packages() -> tuple[str, ...]:
    """Packages that are older than this software is made for; nothing where it isn't installed by a tool."""
    try:
        wanted = metadata.requires("hotspots") or []
    except metadata.PackageNotFoundError:
        return ()
    return tuple(sorted(told for line in wanted if (told := _too_old(line)) is not None))


def _too_old(requirement: str) -> str | None:
    parts = re.match(r"^([\w.-]+)(?:\[[^]]*\])?\s*\(?([^;)]*)(;.*)?$", requirement)
    if parts is None or "extra ==" in (parts[3] or ""):
        return None
    least = re.search(r"[>=]=\s*([\d.]+)", parts[2])
    try:
        found = metadata.version(parts[1])
    except metadata.PackageNotFoundError:
        return None
    is_old = least is not None and _numbers(found) < _numbers(least[1])
    return f"{parts[1]} {found} < {least[1]}" if least is not None and is_old else None


def _numbers(version: str) -> tuple[int, ...]:
    known = [int(part) for part in re.findall(r"\d+", version)[:4]]
    return tuple(known + [0] * (4 - len(known)))
