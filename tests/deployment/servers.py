"""The servers beside an installation: PostgreSQL on a socket, as in compose.yaml, and a provider."""

import logging
import os
import pwd
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

with warnings.catch_warnings(record=True):  # it uses a module of Authlib that insists on its end
    from oidc_provider_mock import User, run_server_in_thread

ROLES = {
    "Hotspots-Lezer": "lezer",
    "Hotspots-Team": "gebiedsteam",
    "Hotspots-OOV": "oov",
    "Hotspots-Beheer": "beheerder",
    "Hotspots-Privacy": "privacy",
}
"""What a role is called at the provider, as in hotspots.example.toml."""


def programs_of_postgresql() -> Path | None:
    """The folder with initdb of the newest PostgreSQL on this machine, if it is 15 or newer."""
    found = {int(path.parts[4]): path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")}
    return found[max(found)] if found and max(found) >= 15 else None


@dataclass(frozen=True)
class Postgres:
    """A server that listens on a socket only."""

    socket: Path
    password: str

    def connect(self, name: str = "hotspots") -> psycopg.Connection:
        """Connect as the account of the installation."""
        return psycopg.connect(
            host=str(self.socket), user="hotspots", password=self.password, dbname=name, autocommit=True
        )

    def counts(self, name: str = "hotspots") -> dict[str, int]:
        """How many rows each table has."""
        with self.connect(name) as connection:
            names = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
            counted = {}
            for (table,) in sorted(names):
                row = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()  # noqa: S608
                counted[table] = row[0] if row else 0
            return counted


@contextmanager
def postgres(programs: Path, folder: Path, password: Path) -> Iterator[Postgres]:
    """A server below a folder, made as the image of PostgreSQL does, with the password of a file."""
    account = pwd.getpwnam("postgres")
    data, socket = folder / "data", folder / "socket"
    for path in (folder, data, socket):
        path.mkdir(exist_ok=True)
        os.chown(path, account.pw_uid, account.pw_gid)
    folder.chmod(0o755)
    kept = folder / "password"
    shutil.copyfile(password, kept)
    os.chown(kept, account.pw_uid, account.pw_gid)
    as_postgres: list[str | Path] = ["runuser", "-u", "postgres", "--"]
    how = ["--auth-local=scram-sha-256", "--auth-host=scram-sha-256", "--username=hotspots", "--no-sync"]
    subprocess.run(
        [*as_postgres, programs / "initdb", *how, f"--pwfile={kept}", "--encoding=UTF8", data],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
    )
    options = f"-k {socket} -c listen_addresses='' -c fsync=off"
    control = [*as_postgres, programs / "pg_ctl", "--silent", "--wait", f"--pgdata={data}"]
    subprocess.run(
        [*control, "start", f"--options={options}", f"--log={folder / 'log'}"], check=True, cwd="/"
    )
    try:
        server = Postgres(socket, password.read_text(encoding="utf-8").strip())
        for name in ("hotspots", "elsewhere"):
            with server.connect("postgres") as connection:
                connection.execute(f'CREATE DATABASE "{name}"')
        yield server
    finally:
        subprocess.run([*control, "stop", "--mode=fast"], check=False, cwd="/")


@contextmanager
def provider() -> Iterator[str]:
    """A provider that knows somebody of each role, called as the role, and `niemand`, who has none."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it tells of each request
    users = [
        User(sub=role, claims={"name": role.title(), "roles": [name], "gebieden": ["Wijk 00 Centrum"]})
        for name, role in ROLES.items()
    ]
    with run_server_in_thread(
        user_claims=[*users, User(sub="niemand", claims={"name": "Niemand"})]
    ) as server:
        yield f"http://localhost:{server.server_port}"
