"""Files and folders for their owner only, as what they hold touches persons.

Of a killed process nothing stays. A file has no name until it is whole, where the file system knows such
files. What has a name before that (a temporary folder, a file elsewhere) is locked by its process, and
removed by the next one that finds the lock free, or after a day on a system without locks. No link of another
account is followed.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import IO

from hotspots.files import descriptors

FILE_MODE = 0o600
FOLDER_MODE = 0o700

_UNFINISHED = ".hotspots-unfinished-"
"""How a file is called that is not whole yet."""

_TEMPORARY = "hotspots-temporary-"
"""How a temporary folder is called."""


@dataclass
class NewFile:
    """A file that is being written."""

    file: IO[bytes]
    is_wanted: bool = True  # if not, no file comes of it


def write_privately(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all, in the place of an earlier one.

    A link of this account or of root goes on leading to the file, as of a key that is kept elsewhere.

    Raises
    ------
    OSError
        If it can't be written.
    """
    with new_private_file(path.resolve() if _is_own_link(path) else path) as new:
        new.file.write(content)


@contextmanager
def new_private_file(path: Path) -> Iterator[NewFile]:
    """Give a file to write; it takes the place of an earlier one when all went well, else nothing stays.

    A link that stands there is replaced, and never followed.

    Raises
    ------
    OSError
        If it can't be written.
    """
    remove_left_behind(path.parent, _UNFINISHED)
    descriptor, name = _open_new(path.parent)
    file = os.fdopen(descriptor, "wb")
    try:
        new = NewFile(file)
        yield new
        file.flush()
        os.fsync(descriptor)
        if new.is_wanted:
            name = name or _with_a_name(descriptor, path.parent)
            if not descriptors.HAS_LOCKS:
                file.close()  # Windows gives nothing another name that is open
            (path.parent / name).replace(path)
            name = ""
    finally:
        try:
            file.close()
        finally:
            if name:
                (path.parent / name).unlink(missing_ok=True)


def make_private_folder(path: Path) -> None:
    """Make a folder, and those it lies in, that only their owner can enter; what is there stays as it is.

    Raises
    ------
    OSError
        If it can't be made.
    """
    for parent in reversed(path.parents):
        if not parent.exists():
            parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
    path.mkdir(mode=FOLDER_MODE, exist_ok=True)


@contextmanager
def temporary_folder(beside: Path | None = None) -> Iterator[Path]:
    """Give a folder for what lasts no longer than this work; removes those of processes that were killed.

    It lies beside a file that is to be made of what is in it, or where temporary files do.
    """
    root = beside.parent if beside else Path(tempfile.gettempdir())
    prefix = _UNFINISHED if beside else _TEMPORARY
    remove_left_behind(root, prefix)
    folder, descriptor = _locked_folder(root, prefix)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def remove_left_behind(folder: Path | None = None, prefix: str = _TEMPORARY) -> None:
    """Remove what a killed process left in a folder: what is called so, our own, and locked by nobody."""
    with suppress(OSError), os.scandir(folder or tempfile.gettempdir()) as entries:
        left = [Path(entry.path) for entry in entries if entry.name.startswith(prefix)]
        for path in left:
            _remove_if_free(path)


def _remove_if_free(path: Path) -> None:
    found = descriptors.open_abandoned(path)
    if found is None:
        return
    descriptor, status = found
    try:
        if stat.S_ISDIR(status.st_mode):
            shutil.rmtree(path, ignore_errors=True)
        elif stat.S_ISREG(status.st_mode):
            with suppress(OSError):  # it goes another time
                path.unlink(missing_ok=True)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _open_new(folder: Path) -> tuple[int, str]:
    """A new file and its name, which is empty where a file needs none."""
    if unnamed := descriptors.unnamed_file_flag():
        with suppress(OSError):  # told by the next try, if it is not about files without a name
            return os.open(folder, os.O_WRONLY | unnamed | os.O_CLOEXEC, FILE_MODE), ""
    name = f"{_UNFINISHED}{token_hex(8)}"
    descriptor = os.open(folder / name, descriptors.NEW_FILE, FILE_MODE)
    descriptors.lock(descriptor)
    return descriptor, name


def _with_a_name(descriptor: int, folder: Path) -> str:
    """Give a whole file its first name: only renaming puts it in the place of an earlier one."""
    name = f"{_UNFINISHED}{token_hex(8)}"
    descriptors.lock(descriptor)
    descriptors.name_unnamed(descriptor, folder, name)
    return name


def _locked_folder(root: Path, prefix: str) -> tuple[Path, int | None]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=root))
        if not (descriptors.OPENS_FOLDERS and descriptors.HAS_LOCKS):
            return folder, None
        descriptor = os.open(folder, descriptors.FOLDER)
        descriptors.lock(descriptor)
        if folder.is_dir():  # and not removed by another before it was locked
            return folder, descriptor
        os.close(descriptor)


def _is_own_link(path: Path) -> bool:
    return path.is_symlink() and path.lstat().st_uid in {0, descriptors.own_account()}
