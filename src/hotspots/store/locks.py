"""Locks on work in the database, so that two processes never do the same at once."""

import os
import socket
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import (
    Connection,
    delete,
    false,
    insert,
    select,
    update,
)
from sqlalchemy.exc import (
    IntegrityError,
)

from hotspots.errors import LockedError
from hotspots.store.tables import locks


def acquire_lock(connection: Connection, name: str, *, now: datetime, lease: timedelta) -> str:
    """Take the lock on some work, so that two processes never do it at once; give the owner's name.

    The lock of a process that can be seen from here is free as soon as that is gone, and not before, also
    when its lease has run out: a clock that is set an hour ahead must not make two of one. Of a process
    elsewhere the lease decides.

    Raises
    ------
    LockedError
        If another process holds the lock.
    """
    owner = f"{_this_process()}:{os.urandom(4).hex()}"
    values = {"owner": owner, "expires_at": now + lease}
    holder = connection.execute(select(locks.c.owner).where(locks.c.name == name)).scalar()
    is_gone = None if holder is None else _is_gone(holder)
    is_free = (
        locks.c.expires_at <= now if is_gone is None else locks.c.owner == holder if is_gone else false()
    )
    taken = connection.execute(update(locks).where(locks.c.name == name, is_free).values(values))
    if taken.rowcount == 0:
        try:
            with connection.begin_nested():
                connection.execute(insert(locks).values(name=name, **values))
        except IntegrityError:
            found = connection.execute(select(locks).where(locks.c.name == name)).one()
            raise LockedError(
                f"'{name}' is being done by {found.owner!r}; wait for it to finish: if it died unseen, until "
                f"{found.expires_at:%Y-%m-%d %H:%M} UTC"
            ) from None
    HELD.add(owner)
    return owner


def renew_lock(connection: Connection, name: str, owner: str, *, now: datetime, lease: timedelta) -> None:
    """Start the lease of a held lock again, as its work takes longer.

    Raises
    ------
    LockedError
        If the lease had run out and another process took the lock.
    """
    held = update(locks).where(locks.c.name == name, locks.c.owner == owner)
    if connection.execute(held.values(expires_at=now + lease)).rowcount == 0:
        raise LockedError(f"'{name}' took longer than its lease and was taken over; this run stops")


def release_lock(connection: Connection, name: str, owner: str) -> None:
    """Give a lock back; does nothing when it was lost to another process."""
    HELD.discard(owner)
    connection.execute(delete(locks).where(locks.c.name == name, locks.c.owner == owner))


HELD: set[str] = set()
"""The owners of locks that this process holds."""


def _this_process() -> str:
    """Host, boot, process namespace, process id and start: no other process is ever called so."""
    boot = _read("/proc/sys/kernel/random/boot_id")[:8]
    try:
        namespace = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        namespace = 0
    return f"{socket.gethostname()[:40]}:{boot}:{namespace}:{os.getpid()}:{_start_of(os.getpid())}"


def _is_gone(owner: str) -> bool | None:
    """Whether an owner of a lock is dead; None if that can't be seen from here."""
    parts, ours = owner.split(":"), _this_process().split(":")
    if len(parts) != len(ours) + 1 or parts[:3] != ours[:3] or not parts[1]:
        return None
    if parts[3:5] == ours[3:5]:
        return owner not in HELD  # this process itself, that failed to give it back
    return _start_of(int(parts[3])) != parts[4]


def _start_of(process: int) -> str:
    """When a process of this machine started, in ticks since its boot; empty if it is not there."""
    # the name of the program, between brackets, may hold blanks
    fields = _read(f"/proc/{process}/stat").rpartition(")")[2].split()
    return "" if not fields or fields[0] == "Z" else fields[19]


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
