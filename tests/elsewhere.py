"""Makes an interpreter like one that is not on Linux: without modules, files and calls that only Unix has.

Called before anything else, as by a ``.pth`` file, it holds for all processes of an environment. Run with
JSON it does commands of `hotspots` one after the other, and tells how each ended. Paths keep their form.
"""

import builtins
import io
import json
import os
import select
import sys
from importlib.abc import MetaPathFinder
from typing import Any, NoReturn

MODULES = ("fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty")
FOLDERS = ("/proc", "/dev/shm", "/sys")  # noqa: S108  # what is not there
CALLS = (
    *("O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "chown", "fork"),
    *("forkpty", "getegid", "geteuid", "getgid", "getloadavg", "getuid", "mkfifo", "nice", "pread"),
    *("pwrite", "sched_getaffinity", "setsid"),
)


class _Absent(MetaPathFinder):
    def find_spec(self, name: str, *_: Any) -> None:
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)


def leave_out() -> None:
    """Leave out what only Unix has, in this process."""
    for name in MODULES:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, _Absent())
    for name in CALLS:
        if hasattr(os, name):
            delattr(os, name)
    os.supports_dir_fd.clear()
    for name in ("poll", "epoll"):
        if hasattr(select, name):
            delattr(select, name)
    for module, name in ((builtins, "open"), (io, "open"), (os, "open"), (os, "listdir"), (os, "scandir")):
        setattr(module, name, _refusing(getattr(module, name)))
    for name in ("stat", "lstat", "readlink"):
        setattr(os, name, _refusing(getattr(os, name)))


def _refusing(call: Any) -> Any:
    def open_what_is_there(path: Any = ".", *arguments: Any, **named: Any) -> Any:
        if not isinstance(path, int) and os.fsdecode(path).startswith(FOLDERS):
            _refuse(path)
        return call(path, *arguments, **named)

    return open_what_is_there


def _refuse(path: Any) -> NoReturn:
    raise FileNotFoundError(2, "No such file or directory", os.fsdecode(path))


def main() -> None:
    """Do commands, each as its process would."""
    leave_out()
    from jobs.command import main as do

    for arguments in json.loads(sys.argv[1]):
        sys.argv[1:] = arguments
        code: Any = None
        try:
            do()
        except SystemExit as error:
            code = error.code
        sys.stdout.write(f"ended {code or 0}\n")


if __name__ == "__main__":
    main()
