"""The seal of a backup: with a key of its own, over the whole file: nobody else can change or make one.

It stands after the last page of the file, which SQLite leaves alone: a backup stays one file that SQLite
opens. What is sealed besides is of which schema and version it is, and how many bytes it has.
"""

import hashlib
import hmac
import json
import os
import re
import shutil
from pathlib import Path

from hotspots import __version__
from hotspots.errors import StoreError
from hotspots.files.key_files import key_of_file

MARK = b"\nhotspots backup 1 "
"""Before the seal; what it says, and the code by the key, follow."""

LONGEST = 1024
"""So many bytes a seal has at most."""

SQLITE_HEADER = b"SQLite format 3\x00"

_CODE = hashlib.sha256
_CODE_LENGTH = 64  # as hexadecimal digits


def load_backup_key(path: Path, *, is_made: bool) -> bytes:
    """Give the key of backups; ``is_made`` says whether it is made when it is absent.

    Raises
    ------
    StoreError
        If the file can't be used, holds a weak key, or is absent and not to be made.
    """
    if not is_made and not path.exists():
        raise StoreError(
            f"can't check the backup: there is no key of backups '{path}'. Put the key of when it was made "
            "there ([jobs] backup_key_file), or say --unsigned: that trusts whoever could write the file"
        )
    return key_of_file(path, what="key of backups")


def seal(path: Path, key: bytes, *, schema: str) -> None:
    """Put a seal after a file."""
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        told = json.dumps({"bytes": size, "schema": schema, "version": __version__}, sort_keys=True)
        file.write(MARK + told.encode() + b" ")
        file.flush()
        code = _code_of(path, key, size + len(MARK) + len(told) + 1)
        file.write(code.encode())


def copy_unsealed(path: Path, copy: Path, key: bytes | None) -> None:
    """Copy a backup without its seal, which is checked on the copy: nobody can exchange the file in between.

    Without a key any file is copied.

    Raises
    ------
    StoreError
        If it has no seal, or one by another key or of another content.
    OSError
        If it can't be read or copied.
    """
    with path.open("rb") as file:
        if file.read(len(SQLITE_HEADER)) != SQLITE_HEADER:
            raise StoreError(f"'{path}' is no whole backup: file is not a database")
    shutil.copyfile(path, copy)
    with copy.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - LONGEST))
        end = file.read()
        start = end.rfind(MARK)
        if start < 0 or _said_bytes(end[start:]) != size - len(end) + start:
            if key is not None:
                raise StoreError(
                    f"the backup '{path}' has no seal: it was made by an earlier version or with --unsigned, "
                    "or was changed. Restore another one, or say --unsigned: that trusts whoever could write "
                    "the file"
                )
            return
        if key is not None and not hmac.compare_digest(
            _code_of(copy, key, size - _CODE_LENGTH).encode(), end[-_CODE_LENGTH:]
        ):
            raise StoreError(
                f"the seal of the backup '{path}' is not by this key, or the file was changed after it was "
                "made: restore another one, put the right key in [jobs] backup_key_file, or say --unsigned: "
                "that trusts whoever could write the file"
            )
        file.truncate(size - len(end) + start)


def _said_bytes(found: bytes) -> int | None:
    """How many bytes a seal says that come before it; None if it is none."""
    told = re.fullmatch(rb'\{"bytes": (\d{1,18}), [^\n]*\} [0-9a-f]{64}', found.removeprefix(MARK))
    return int(told[1]) if told else None


def _code_of(path: Path, key: bytes, size: int) -> str:
    """The code by the key of the first so many bytes of a file."""
    code = hmac.new(key, digestmod=_CODE)
    with path.open("rb") as file:
        while size > 0 and (part := file.read(min(size, 1 << 20))):
            code.update(part)
            size -= len(part)
    return code.hexdigest()
