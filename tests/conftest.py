"""What tests share: settings, a real database of each kind, a browser, the real command, the shared data.

A test that needs PostgreSQL, Chromium, Spectral or the shared data skips, with the reason, where these are
absent. With ``--require-all`` a want of a program is a failure instead: continuous integration installs them.
"""

import gc
import json
import logging
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

import argon2
import hypothesis
import psycopg
import pytest
import structlog
from playwright.sync_api import Browser, sync_playwright
from pydantic import SecretStr
from sqlalchemy import create_engine, insert, make_url
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from hotspots.files import layered_files, sent_rows
from hotspots.files.kinds import require_plain_file
from hotspots.operations.logs import LOUD
from hotspots.settings import JobsSettings, MunicipalitySettings, PrivacySettings, Settings
from hotspots.store import database as store_database
from hotspots.store.case_tables import users
from hotspots.store.database import Database
from jobs.command import main
from tests.made_schemas import made_once
from tests.whole_answers import in_one_go

ROOT = Path(__file__).parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"
CONFIGURATION = '[municipality]\nname = "Maastricht"\ncode = "GM0935"\n'
MAASTRICHT = MunicipalitySettings(name="Maastricht", code="GM0935")
REPORTER_KEY = "a key for tests only, never for real reporters"

# files and databases of tests, and of what they start, live in memory where there is room: on a disk, making
# a database takes ten times as long
MEMORY = Path("/dev/shm")  # noqa: S108  # every name in it is made by tempfile
ROOM = 4 << 30
if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
    tempfile.tempdir = os.environ["TMPDIR"] = str(MEMORY)

# after a hundred thousand new objects, not seven hundred: looking for garbage took a quarter of the time
gc.set_threshold(100_000, 20, 20)

# a log that nobody set up shows the frames of an error without drawings of all their variables: these took
# seconds for each error
structlog.dev.ConsoleRenderer.get_active().exception_formatter = structlog.dev.plain_traceback

# a machine that is busy makes no example wrong
hypothesis.settings.register_profile("hotspots", deadline=None)
hypothesis.settings.load_profile("hotspots")

LONG = {
    "test_attacker",
    "test_every_page",
    "test_faults",
    "test_over_the_year",
    "test_walk",
    "test_admin_walk",
    "test_whole_chain",
}
"""Modules with tests that take more than some seconds each."""

RunCommand = Callable[..., "subprocess.CompletedProcess[str]"]

Filling = Callable[[Database], None]
"""Writes what a test begins with; a function of a module, so that it is known again."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--require-all`` and what sets the size of a test."""
    parser.addoption(
        "--require-all",
        action="store_true",
        help="fail, instead of skip, tests that want PostgreSQL, Chromium or Spectral where these are absent",
    )
    parser.addoption(
        "--cases-per-operation",
        type=int,
        default=2,
        help="how many right and wrong requests to make up for each operation of the API and each role",
    )
    parser.addoption(
        "--full-year", action="store_true", help="attack a year as that of the demo, not a small one"
    )
    parser.addoption("--seed-of-year", type=int, default=11, help="seed of the simulated year to attack")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let each of several processes compile its own share of the test modules first.

    All collect in the same order: each would compile all of them, at the same moments.
    """
    own = getattr(session.config, "workerinput", None)
    if own is None or session.config.args != session.config.getini("testpaths"):
        return
    modules = sorted((ROOT / "tests").rglob("test_*.py"))
    for path in modules[int(own["workerid"].removeprefix("gw")) :: own["workercount"]]:
        import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what takes long begin first: else one worker may be at it when the others are done."""
    items.sort(key=lambda item: item.path.stem not in LONG)


def pytest_collection_finish() -> None:
    """Leave all that was imported and collected out of the search for garbage."""
    gc.collect()
    gc.freeze()


def miss(request: pytest.FixtureRequest, what: str, hint: str) -> NoReturn:
    """Skip a test for want of a program, or fail it when all must run."""
    message = f"{what} is not installed here: {hint}"
    if request.config.getoption("--require-all"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hash passwords in little time and memory: that it takes much is no part of what is tested."""
    with pytest.MonkeyPatch.context() as patch:
        cheap = partial(argon2.PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(argon2, "PasswordHasher", cheap)
        yield


@pytest.fixture(scope="session", autouse=True)
def schemas_made_once() -> Iterator[None]:
    """Run the migrations for the first empty SQLite database, not for each."""
    with made_once():
        yield


@pytest.fixture(scope="session", autouse=True)
def answers_in_one_go() -> Iterator[None]:
    """Hand each request of a test client over to the service's thread once, not seven times."""
    with in_one_go():
        yield


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    """Compile a statement for the first database of a kind, not for each: it took a quarter of a test.

    SQLAlchemy keeps what it compiled per engine, and by its dialect; those of one kind are set up alike.
    """
    with pytest.MonkeyPatch.context() as patch:
        for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
            patch.setattr(dialect, "__eq__", lambda one, other: type(one) is type(other))
            patch.setattr(dialect, "__hash__", lambda one: hash(type(one)))
        kept: dict[str, LRUCache[Any, Any]] = {"compiled_cache": LRUCache(4000)}
        patch.setattr(store_database, "create_engine", partial(create_engine, execution_options=kept))
        yield


@pytest.fixture
def files_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read files in this process: one of their own takes longer to start than to read a small file.

    For tests of what is read. Those of files that do harm, and of the reading itself, have the real one.
    """

    @contextmanager
    def read(
        reader: Callable[..., Iterator[Any]], path: Path, arguments: dict[str, Any], **_: Any
    ) -> Iterator[Iterator[Any]]:
        require_plain_file(path)
        yield (json.loads(json.dumps(message)) for message in reader(path, **arguments))

    for module in (layered_files, sent_rows):
        monkeypatch.setattr(module, "read_apart", read)


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Give the path of a shared data file by name, such as ``geo/maastricht_buurten.geojson``."""

    def find(name: str) -> Path:
        path = SHARED_DATA / name
        if not path.exists():
            pytest.skip(f"../shared/data/{name} is not here: it is no part of the repository")
        return path

    return find


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of Maastricht, GM0935, with a reporter key; all else by default, but where backups go."""
    return Settings(
        jobs=JobsSettings(backups=tmp_path / "backups", backup_key_file=tmp_path / "backup.key"),
        municipality=MAASTRICHT,
        privacy=PrivacySettings(reporter_key=SecretStr(REPORTER_KEY)),
    )


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An upgraded empty SQLite database, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.sqlite"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    return path


@pytest.fixture
def logging_kept() -> Iterator[None]:
    """What a test sets up to log goes with it: a stream of the test is closed afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, warnings.showwarning
    levels = {name: logging.getLogger(name).level for name in LOUD}
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:], root.level, warnings.showwarning = before
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


@pytest.fixture
def filling() -> Filling | None:
    """What fills the database that a test begins with, if anything: once, and the tests get copies."""
    return None


@pytest.fixture(scope="session")
def template(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, Filling | None], str]:
    """Give an upgraded database of a kind (sqlite, postgresql) to be copied, empty or filled."""
    made: dict[tuple[str, Filling], str] = {}

    def fill(kind: str, filling: Filling) -> str:
        empty = str(request.getfixturevalue(f"migrated_{kind}"))
        if kind == "sqlite":
            name = str(tmp_path_factory.mktemp("filled") / "filled.sqlite")
            shutil.copyfile(empty, name)
            database = Database(f"sqlite:///{name}")
        else:
            name = f"filled_{len(made)}"
            request.getfixturevalue("administer")(f"CREATE DATABASE {name} TEMPLATE {empty}")
            database = Database(request.getfixturevalue("postgresql")(name))
        filling(database)
        database.close()
        return name

    def give(kind: str, filling: Filling | None) -> str:
        if filling is None:
            return str(request.getfixturevalue(f"migrated_{kind}"))
        if (kind, filling) not in made:
            made[kind, filling] = fill(kind, filling)
        return made[kind, filling]

    return give


@pytest.fixture
def sqlite_url(
    template: Callable[[str, Filling | None], str], filling: Filling | None, tmp_path: Path
) -> str:
    """The URL of an upgraded SQLite database: for a `database_url` where one kind will do."""
    path = tmp_path / "database.sqlite"
    shutil.copyfile(template("sqlite", filling), path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgresql(request: pytest.FixtureRequest) -> Iterator[Callable[[str], str]]:
    """Start a PostgreSQL server for this session; give the URL of a database by name."""
    with_programs = _find_postgresql()
    if with_programs is None:
        miss(request, "PostgreSQL", "apt-get install postgresql")
    # not under pytest's own folder: that one is closed to the user postgres, and too long for a socket
    folder = Path(tempfile.mkdtemp(prefix="hotspots-pg-"))
    account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    prefix = ["runuser", "-u", "postgres", "--"] if account else []
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)

    def run(program: str, *arguments: str) -> None:
        # output to a file: a server that inherits a pipe would keep it open for ever
        log = folder.with_suffix(".log")
        with log.open("a") as output:
            command = [*prefix, str(with_programs / program), "-D", str(folder / "data"), *arguments]
            ended = subprocess.run(command, stdout=output, stderr=output, check=False, cwd="/")
        if ended.returncode:
            pytest.fail(f"{program} ended with {ended.returncode}:\n{log.read_text()}", pytrace=False)

    run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
    fast = "-c jit=off -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off"
    run("pg_ctl", "--wait", "start", "-o", f"-c listen_addresses= -k {folder} {fast}")
    try:
        yield lambda name: f"postgresql://postgres@/{name}?host={folder}"
    finally:
        run("pg_ctl", "--wait", "--mode=immediate", "stop")
        shutil.rmtree(folder)
        folder.with_suffix(".log").unlink()


@pytest.fixture(scope="session")
def administer(postgresql: Callable[[str], str]) -> Iterator[Callable[[str], None]]:
    """Do a statement as the administrator of the PostgreSQL server."""
    with psycopg.connect(postgresql("postgres"), autocommit=True) as connection:
        yield lambda statement: connection.execute(statement.encode()).close()


@pytest.fixture(scope="session")
def new_postgresql(
    postgresql: Callable[[str], str], administer: Callable[[str], None]
) -> Callable[[str], AbstractContextManager[str]]:
    """Copy a PostgreSQL database, given by name; a context that gives the URL of the copy."""
    left: list[str] = []

    @contextmanager
    def copy(template: str) -> Iterator[str]:
        while left:
            administer(f"DROP DATABASE {left.pop()} WITH (FORCE)")
        name = f"test_{uuid4().hex}"
        # copying files takes half of the time of copying blocks through the log
        administer(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        yield postgresql(name)
        # dropped later: the server waits a tenth of a second for who has only just left
        left.append(name)

    return copy


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: Callable[[str], str], administer: Callable[[str], None]) -> str:
    """The name of an upgraded empty PostgreSQL database, to be used as template."""
    name = "migrated"
    administer(f"CREATE DATABASE {name}")
    database = Database(postgresql(name))
    database.upgrade()
    database.close()
    return name


_KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(params=_KINDS)
def blank_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table; SQLite and PostgreSQL."""
    yield from _new_database(request, tmp_path, template=None)


@pytest.fixture(params=_KINDS)
def database_url(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    template: Callable[[str, Filling | None], str],
    filling: Filling | None,
) -> Iterator[str]:
    """The URL of an upgraded database, empty or filled, also for other processes; SQLite and PostgreSQL."""
    yield from _new_database(request, tmp_path, template=template(request.param, filling))


@pytest.fixture
def make_database(request: pytest.FixtureRequest) -> Callable[..., AbstractContextManager[str]]:
    """Make a database of a kind (sqlite, postgresql), blank or a copy; a context that gives its URL."""

    @contextmanager
    def make(kind: str, folder: Path, copied_from: str | None = None) -> Iterator[str]:
        folder.mkdir(parents=True, exist_ok=True)
        name = copied_from and make_url(copied_from).database
        if kind == "sqlite":
            if name:
                shutil.copyfile(name, folder / "database.sqlite")
            yield f"sqlite:///{folder / 'database.sqlite'}"
            return
        with request.getfixturevalue("new_postgresql")(name or "template0") as url:
            yield url

    return make


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An upgraded database, empty or filled; SQLite and PostgreSQL."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def add_colleague(database: Database) -> Callable[..., str]:
    """Add an account without a password, of OOV unless told otherwise; gives its id."""

    def add(
        full_name: str,
        role: str = "oov",
        organisation: str = "OOV",
        gebieden: Iterable[str] = (),
        login: str = "",
    ) -> str:
        user_id = str(uuid4())
        with database.writing() as connection:
            connection.execute(
                insert(users).values(
                    id=user_id,
                    name=login or full_name.casefold().replace(" ", "-"),
                    full_name=full_name,
                    role=role,
                    organisation=organisation,
                    gebieden=sorted(gebieden),
                    granted=[],
                    is_disabled=False,
                    created_at=datetime(2023, 1, 2, tzinfo=UTC),
                    created_by="test",
                )
            )
        return user_id

    return add


@pytest.fixture
def bytes_of() -> Callable[[Database], bytes]:
    """Give everything that stands in the files of a database, also what was removed and is still there.

    Of SQLite the file and its log; of PostgreSQL the files of this one database, after a checkpoint: a dump
    would never show a row that is removed. The log of its server is of all databases, and left out.
    """

    def read(database: Database) -> bytes:
        if database.is_sqlite:
            path = Path(str(database.engine.url.database))
            return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("CHECKPOINT")
            folder = connection.exec_driver_sql("SHOW data_directory").scalar_one()
            query = "SELECT oid FROM pg_database WHERE datname = current_database()"
            number = connection.exec_driver_sql(query).scalar_one()
            files = sorted((Path(folder) / "base" / str(number)).iterdir())
            return b"".join(file.read_bytes() for file in files if file.is_file())

    return read


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest) -> Path:
    """The Chromium that is installed on this machine, that without windows first: it takes less time."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        miss(request, "Chromium", "apt-get install chromium-headless-shell")
    return Path(found)


@pytest.fixture(scope="session")
def find_program(request: pytest.FixtureRequest) -> Callable[[str, str], Path]:
    """Give the path of a program by name; the test is skipped, with a hint, where it is absent."""

    def find(name: str, hint: str) -> Path:
        # programs of the administrator are not on everybody's path
        found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
        if found is None:
            miss(request, name, hint)
        return Path(found)

    return find


@pytest.fixture(scope="session")
def spectral(request: pytest.FixtureRequest) -> Path:
    """The linter of OpenAPI descriptions, as `make spectral` installs it."""
    own = ROOT / "var" / "spectral" / "node_modules" / ".bin" / "spectral"
    found = own if own.exists() else shutil.which("spectral")
    if found is None:
        miss(request, "Spectral", "make spectral, which wants Node.js")
    return Path(found)


@pytest.fixture(scope="session")
def client_generator(request: pytest.FixtureRequest) -> Path:
    """The folder with the generator of API clients, as `make client-generator` installs it."""
    folder = ROOT / "var" / "client-generator"
    if not (folder / "openapi_python_client").exists():
        miss(request, "openapi-python-client", "make client-generator")
    return folder


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """A headless Chromium with an empty profile; per module, as its event loop would be in others' way."""
    quiet = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--no-first-run",
        "--disable-quic",
        "--disable-component-update",
        "--disable-sync",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=quiet)
        yield browser
        browser.close()


@pytest.fixture
def environment() -> dict[str, str]:
    """The environment for a real command: this process's, without settings from outside."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOTSPOTS_")}
    return kept | {"HOTSPOTS_PRIVACY_REPORTER_KEY": REPORTER_KEY, "PYTHONWARNINGS": "default"}


@pytest.fixture
def hotspots_command() -> Path:
    """The installed `hotspots` command, to start as a process of its own."""
    return Path(sys.executable).with_name("hotspots")


@pytest.fixture
def run_command(
    environment: dict[str, str], logging_kept: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> RunCommand:
    """Run a `hotspots` command in the test's temporary folder as its process would; give how that ended.

    It runs in this process, which is far quicker; see `hotspots_command` for one of its own.
    ``run_command("reports", "import", "x.csv", settings={"DATABASE_URL": url}, configuration="[cells]\\n…",
    code=1)``: ``settings`` become variables HOTSPOTS_…, ``configuration`` is the text of the settings file
    (Maastricht by default, kept between calls), ``code`` the exit code it must end with (0 by default).
    """

    def run(
        *arguments: str | Path,
        settings: dict[str, str] | None = None,
        configuration: str | None = None,
        code: int = 0,
    ) -> "subprocess.CompletedProcess[str]":
        file = tmp_path / "config" / "hotspots.toml"
        if configuration is not None or not file.exists():
            file.parent.mkdir(exist_ok=True)
            file.write_text(CONFIGURATION if configuration is None else configuration, encoding="utf-8")
        variables = {f"HOTSPOTS_{name}": value for name, value in (settings or {}).items()}
        command = ["hotspots", *map(str, arguments)]
        output, errors = (TextIOWrapper(BytesIO(), encoding="utf-8") for _ in range(2))
        with monkeypatch.context() as patch, redirect_stdout(output), redirect_stderr(errors):
            for name in os.environ.keys() - environment.keys():
                patch.delenv(name)
            for name, value in (environment | variables).items():
                patch.setenv(name, value)
            patch.chdir(tmp_path)
            patch.setattr("sys.argv", command)
            with pytest.raises(SystemExit) as ended:
                main()
        told = []
        for stream in (output, errors):
            stream.seek(0)
            told.append(stream.read())
        found = ended.value.code or 0
        shown = f"hotspots {' '.join(command)} ended with {found}\n"
        assert found == code, f"{shown}{told[0]}\n{told[1]}"
        return subprocess.CompletedProcess(command, code, *told)

    return run


def _find_postgresql() -> Path | None:
    """The folder of PostgreSQL's programs; Debian keeps them out of the path."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    found = shutil.which("pg_ctl")
    return Path(found).resolve().parent if found and shutil.which("initdb") else None


def _new_database(request: pytest.FixtureRequest, folder: Path, template: str | None) -> Iterator[str]:
    if request.param == "sqlite":
        path = folder / "database.sqlite"
        if template:
            shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
        return
    with request.getfixturevalue("new_postgresql")(template or "template0") as url:
        yield url
