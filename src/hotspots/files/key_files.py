"""Files that hold one secret key: made when there is none, for their owner only, and never a weak one."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from hotspots.errors import StoreError
from hotspots.files.private_files import make_private_folder, temporary_folder, write_privately
from hotspots.settings.secret_keys import require_key


def key_of_file(path: Path, *, what: str) -> bytes:
    """Give the key of a file, which is made when it is absent; ``what`` says which key it is.

    Raises
    ------
    StoreError
        If the file can't be read or written, or holds a weak key.
    """
    try:
        if not path.exists():
            _make(path)
        key = path.read_bytes().strip()
    except OSError as error:
        raise StoreError(f"can't use the {what} '{path}' ({error.strerror})") from None
    try:
        require_key(key, what=f"a {what} in '{path}'")
    except ValueError as error:
        raise StoreError(str(error)) from None
    return key


def _make(path: Path) -> None:
    make_private_folder(path.parent)
    with temporary_folder(beside=path) as folder:
        write_privately(folder / "key", secrets.token_hex(32).encode())
        with suppress(FileExistsError):  # of two that make it at once, the first stays
            os.link(folder / "key", path)
