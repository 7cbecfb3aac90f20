"""A process in the root folder of an image, as a container runs it: alone, and without rights.

Namespaces of its own for mounts, processes and messages; the network is that of this machine. Run as a
program it makes the mounts, gives up all rights, and becomes what it was asked to run.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
DEVICES = ("null", "zero", "full", "random", "urandom")
OF_MACHINE = ("/etc/hosts", "/etc/resolv.conf")


def contained(
    root: Path,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: str,
    user: str,
    read: Mapping[str, Path],
    written: Mapping[str, Path],
) -> list[str]:
    """The command line that runs a command so.

    Parameters
    ----------
    read, written
        What is mounted, by its place in the container; of the first nothing can be changed.
    """
    order = {
        "root": str(root),
        "command": list(command),
        "environment": dict(environment),
        "folder": folder,
        "user": [int(part) for part in user.split(":")],
        "read": {
            place: str(path) for place, path in {**{name: Path(name) for name in OF_MACHINE}, **read}.items()
        },
        "written": {place: str(path) for place, path in written.items()},
    }
    return [
        *("unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child"),
        *(sys.executable, "-I", __file__, json.dumps(order)),
    ]


def _become(order: Mapping[str, Any]) -> None:
    root = Path(order["root"])
    for place, source in (order["read"] | order["written"]).items():
        target = root / place.lstrip("/")
        if Path(source).is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
    for name in DEVICES:
        root.joinpath("dev", name).touch()
    root.joinpath("dev/shm").mkdir(exist_ok=True)

    _mount("--bind", root, root)
    _mount("-o", "remount,bind,ro,nosuid", root)
    for name in DEVICES:
        _mount("--bind", f"/dev/{name}", root / "dev" / name)
    _mount("-t", "proc", "-o", "nosuid,nodev,noexec", "proc", root / "proc")
    for name in ("tmp", "dev/shm"):
        _mount("-t", "tmpfs", "-o", "nosuid,nodev,noexec,mode=1777", "tmpfs", root / name)
    for place, source in (order["read"] | order["written"]).items():
        target = root / place.lstrip("/")
        _mount("--bind", source, target)
        _mount("-o", f"remount,bind,nosuid,nodev,{'rw' if place in order['written'] else 'ro'}", target)

    os.chroot(root)
    os.chdir(order["folder"])
    user, group = order["user"]
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    control = ctypes.CDLL(None).prctl
    if control(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError("can't give up new rights")
    # that it ends with `unshare` was forgotten with the account that it had
    if control(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0):
        raise OSError("can't ask to end with its parent")
    os.execve(order["command"][0], order["command"], order["environment"])


def _mount(*words: str | Path) -> None:
    subprocess.run(["mount", *words], check=True)


if __name__ == "__main__":
    _become(json.loads(sys.argv[1]))
