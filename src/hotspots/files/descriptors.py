"""Open files and folders on every system: locks, owners and ways of opening, also where some are absent.

Windows has no locks on what is open that end with a process, opens no folder, knows no accounts by number,
and changes the ends of lines of a descriptor unless told not to.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from time import time

try:
    import fcntl
except ImportError:  # Windows
    HAS_LOCKS = False
else:
    HAS_LOCKS = True
"""Whether the lock of a process on what it has open ends with that process."""

_NEVER_FOLLOWED = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)
_AS_IT_IS = getattr(os, "O_BINARY", 0)

NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NEVER_FOLLOWED | _AS_IT_IS
READ_FILE = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _NEVER_FOLLOWED | _AS_IT_IS
"""A pipe would be waited for without ``O_NONBLOCK``."""
ADDED_FILE = os.O_RDWR | os.O_CREAT | os.O_APPEND | _NEVER_FOLLOWED | _AS_IT_IS
FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _NEVER_FOLLOWED

OPENS_FOLDERS = hasattr(os, "O_DIRECTORY") and os.open in os.supports_dir_fd
"""Whether a folder can be opened, and what is in it named by that."""

HAS_ACCOUNTS = hasattr(os, "geteuid")
"""Whether a file says which account it is of, and what others may do with it."""

_OWN_PROCESS = Path("/proc/self/fd")
_ABANDONED_S = 24 * 3600
"""No work takes longer: so old is what a process left behind that can't have locked it."""


def unnamed_file_flag() -> int:
    """The flag by which a file has no name until it gets one; 0 where files can't be made so."""
    can_be_named = HAS_LOCKS and OPENS_FOLDERS and _OWN_PROCESS.exists()
    return getattr(os, "O_TMPFILE", 0) if can_be_named else 0


def name_unnamed(descriptor: int, folder: Path, name: str) -> None:
    """Give a file without a name one in a folder; raises OSError if it can't be."""
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # with a folder to link in, Python asks the system to follow the link that stands for a descriptor
        os.link(_OWN_PROCESS / str(descriptor), name, dst_dir_fd=at)
    finally:
        os.close(at)


def lock(descriptor: int) -> None:
    """Lock an open file or folder until it is closed, however the process ends."""
    if HAS_LOCKS:
        with suppress(OSError):  # where no file can be locked, nobody finds its lock free
            fcntl.flock(descriptor, fcntl.LOCK_EX)


def open_abandoned(path: Path) -> tuple[int | None, os.stat_result] | None:
    """Open, and lock, what is of this account and nobody is at work with; None if that can't be said.

    The descriptor is to be closed when it has been dealt with; it is None where there are no locks, and where
    only its age tells that nobody is at work with it.
    """
    if not HAS_LOCKS:
        with suppress(OSError):
            status = path.lstat()
            return (None, status) if time() - status.st_mtime > _ABANDONED_S else None
        return None
    try:
        descriptor = os.open(path, READ_FILE)
    except OSError:  # gone by now, a link, or of another account
        return None
    with suppress(OSError):  # it is in use
        status = os.fstat(descriptor)
        if status.st_uid == own_account():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor, status
    os.close(descriptor)
    return None


def own_account() -> int:
    """The number of this account as files have it; on Windows all have 0."""
    return os.geteuid() if HAS_ACCOUNTS else 0


def set_mode(descriptor: int | None, path: Path, mode: int) -> None:
    """Say who may do what with an open folder, or with that of a path where none can be opened."""
    if descriptor is None:
        path.chmod(stat.S_IMODE(mode))
    else:
        os.fchmod(descriptor, stat.S_IMODE(mode))
