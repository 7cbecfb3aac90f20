"""An installation of the image: a folder of data, its secrets and settings, and what is run with them."""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.deployment.engines import ACCOUNT, Engine
from tests.deployment.images import FOLDER

OF_SECRETS = {
    "HOTSPOTS_DATABASE_URL_FILE": "database_url",
    "HOTSPOTS_SIGN_IN_CLIENT_SECRET_FILE": "client_secret",
    "HOTSPOTS_PRIVACY_REPORTER_KEY_FILE": "reporter_key",
    "HOTSPOTS_SERVICE_SIGNING_KEY_FILE": "signing_key",
    "HOTSPOTS_JOBS_BACKUP_KEY_FILE": "backup_key",
}
"""As in compose.yaml and kubernetes/hotspots.yaml."""


@dataclass
class Installation:
    """One place where the software runs.

    Parameters
    ----------
    folder
        Where its data and logs are kept.
    socket
        The folder with the socket of the database server.
    environment, read, written
        Its variables, and what is mounted, by the place in the container; of `read` nothing can be
        changed.
    """

    engine: Engine
    folder: Path
    socket: Path
    environment: dict[str, str] = field(default_factory=dict)
    read: dict[str, Path] = field(default_factory=dict)
    written: dict[str, Path] = field(default_factory=dict)

    @classmethod
    def made(
        cls, engine: Engine, folder: Path, socket: Path, secrets: Path, settings: Path
    ) -> "Installation":
        """Make the folder of the data, and mount what compose.yaml mounts."""
        data = folder / "data"
        data.mkdir(parents=True)
        os.chown(data, ACCOUNT, ACCOUNT)
        data.chmod(0o700)
        of_secrets = {f"/run/secrets/{name}": secrets / name for name in OF_SECRETS.values()}
        return cls(
            engine,
            folder,
            socket,
            {variable: f"/run/secrets/{name}" for variable, name in OF_SECRETS.items()},
            {"/etc/hotspots/hotspots.toml": settings, **of_secrets},
            {"/var/lib/hotspots": data, "/run/postgresql": socket},
        )

    @property
    def data(self) -> Path:
        """The folder in which it writes."""
        return self.folder / "data"

    def line(self, command: Sequence[str]) -> list[str]:
        """The command line of a command in it."""
        return self.engine.line(command, environment=self.environment, read=self.read, written=self.written)

    def run(self, command: Sequence[str], *, said: str = "", fine: Sequence[int] = (0,)) -> str:
        """Run a command to its end; gives what it wrote."""
        ended = subprocess.run(
            self.line(command), input=said, capture_output=True, text=True, check=False, timeout=300
        )
        if ended.returncode not in fine:
            raise SystemExit(
                f"{' '.join(command[-4:])} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}"
            )
        return ended.stdout

    def hotspots(self, *words: str, said: str = "", fine: Sequence[int] = (0,)) -> Any:
        """Give a command of the software; gives the object that it shows with ``--json``."""
        told = self.run(["/opt/hotspots/bin/hotspots", *words, "--json"], said=said, fine=fine)
        return json.loads(told) if told.strip() else {}

    @contextmanager
    def running(self, *words: str) -> Iterator[Path]:
        """Run the service or the scheduler meanwhile, and stop it as an engine does; gives its log."""
        log = self.folder / f"{words[0]}.log"
        with log.open("wb") as output:
            started = subprocess.Popen(
                self.line(["/opt/hotspots/bin/hotspots", *words]), stdout=output, stderr=subprocess.STDOUT
            )
            try:
                yield log
                if started.poll() is not None:
                    raise SystemExit(
                        f"{words[0]} ended by itself:\n{log.read_text(encoding='utf-8')[-3000:]}"
                    )
                _stop(started)
                code = started.wait(60)
                if code not in (0, 143):
                    raise SystemExit(
                        f"wanted {words[0]} to end when told to, found {code}:\n{log.read_text()[-3000:]}"
                    )
            finally:
                if started.poll() is None:
                    started.kill()
                    started.wait()


def _stop(started: "subprocess.Popen[bytes]") -> None:
    """Send SIGTERM to what was started, as an engine does; `unshare` only waits for it."""
    children = Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text(encoding="utf-8").split()
    is_unshare = Path(f"/proc/{started.pid}/comm").read_text(encoding="utf-8").strip() == "unshare"
    subprocess.run(["kill", "-TERM", *(children if is_unshare else [str(started.pid)])], check=True)


def make_secrets(folder: Path) -> Path:
    """Make the secrets as deploy.sh does, with that of the provider."""
    folder.mkdir(mode=0o700)
    folder.joinpath("client_secret").write_text("a secret of the trial\n", encoding="utf-8")
    subprocess.run(["sh", FOLDER / "make-secrets.sh", folder], check=True)
    folder.chmod(0o755)  # mounted by path: each file is for its owner only
    return folder


def write_settings(path: Path, *, issuer: str, port: int) -> Path:
    """The example of docs/deployment, with the provider and port of the trial."""
    text = (FOLDER / "hotspots.example.toml").read_text(encoding="utf-8")
    text = text.replace("https://login.example.org", issuer).replace(
        "[service]\n", f"[service]\nport = {port}\n"
    )
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
    return path


def wait_for(what: str, is_there: Any, *, seconds: float = 120) -> None:
    """Wait until something is there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError, httpx2.TransportError):
            if is_there():
                return
        time.sleep(0.3)
    raise SystemExit(f"waited {seconds:.0f} s for {what}, in vain")
