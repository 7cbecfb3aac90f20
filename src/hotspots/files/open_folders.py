"""Folders in which others write too: what is done there goes by the opened folder, and follows no link.

A path is looked up anew each time, and who can write in a folder can put a link in the place of anything in
it, also between a check and what follows from it. A folder that was opened stays the one it was. On a system
that opens no folders (Windows) all goes by its path.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Self

from hotspots.errors import StoreError
from hotspots.files import descriptors
from hotspots.files.private_files import FILE_MODE, FOLDER_MODE

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class OpenFolder:
    """A folder that was opened; a name in it is never a path."""

    def __init__(self, descriptor: int | None, path: Path) -> None:
        self.descriptor = descriptor
        self._path = path

    @classmethod
    def at(cls, path: Path) -> Self:
        """Open a folder.

        Raises
        ------
        OSError
            If there is none, or it is a link.
        """
        return cls(_open_folder(path), path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)

    def folder(self, name: str) -> "OpenFolder":
        """Open a folder in it; raises OSError if there is none, or it is a link."""
        return OpenFolder(_open_folder(self.named(name), self.descriptor), self._path / name)

    def own_folder(self, name: str) -> "OpenFolder":
        """Open a folder in it that is of this account, and in which nobody else writes; makes it if need be.

        Whatever else is called so is given another name: a file, a link, a folder of another account.

        Raises
        ------
        StoreError
            If it can't be made.
        """
        try:
            with suppress(FileExistsError):
                os.mkdir(self.named(name), FOLDER_MODE, dir_fd=self.descriptor)
            if not self._is_own_folder(name):
                self.move(name, self, self.free_name(f"{name.lstrip('.')}_"))
                os.mkdir(self.named(name), FOLDER_MODE, dir_fd=self.descriptor)
            return self.folder(name)
        except OSError as error:
            raise StoreError(
                f"can't make '{name}' in '{self._path}' a folder of this account ({error.strerror}): "
                "let this account write there"
            ) from None

    def new_folder(self, name: str) -> "OpenFolder":
        """Make a folder in it that is as open as this one; what is called so gets another name."""
        if self.status(name) is not None:
            self.move(name, self, self.free_name(f"{name}_"))
        os.mkdir(self.named(name), FOLDER_MODE, dir_fd=self.descriptor)
        made = self.folder(name)
        descriptors.set_mode(made.descriptor, self._path / name, self._own_status().st_mode)
        return made

    def entries(self) -> Iterator[tuple[str, os.stat_result]]:
        """What is in it, with what it is itself; links are not followed."""
        with os.scandir(self._path if self.descriptor is None else self.descriptor) as found:
            names = [entry.name for entry in found]
        for name in names:
            if (status := self.status(name)) is not None:
                yield name, status

    def status(self, name: str) -> os.stat_result | None:
        """What a name stands for, itself if it is a link; None if for nothing."""
        try:
            return os.stat(self.named(name), dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def read(self, name: str) -> bytes:
        """What stands in a file; raises OSError if there is none that can be read, or it is no file."""
        with os.fdopen(
            os.open(self.named(name), descriptors.READ_FILE, dir_fd=self.descriptor), "rb"
        ) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise FileNotFoundError(2, "no file", name)
            return file.read()

    def is_readable(self, name: str) -> bool:
        """Whether this account may read a file."""
        try:
            os.close(self._opened(name))
        except PermissionError:
            return False
        return True

    def write(self, name: str, content: bytes) -> None:
        """Write a new file for its owner only; raises OSError if the name stands for something."""
        with os.fdopen(self._made(name), "wb") as file:
            file.write(content)

    def move(self, name: str, target: "OpenFolder", new_name: str) -> None:
        """Move something, itself if it is a link, in the place of what is called so."""
        source, goal = self.named(name), target.named(new_name)
        os.replace(source, goal, src_dir_fd=self.descriptor, dst_dir_fd=target.descriptor)

    def move_beside(self, name: str, target: "OpenFolder", wanted: str) -> None:
        """Move a file to a folder in which others write meanwhile, in the place of nothing of theirs."""
        while True:
            new_name = target.free_name(wanted)
            with suppress(FileExistsError):
                target.write(new_name, b"")  # who comes first has the name
                self.move(name, target, new_name)
                return

    def remove(self, name: str) -> None:
        """Remove a file, or a link itself; raises OSError if it can't be."""
        os.unlink(self.named(name), dir_fd=self.descriptor)

    def remove_folder(self, name: str) -> None:
        """Remove a folder, if it is empty."""
        with suppress(OSError):
            os.rmdir(self.named(name), dir_fd=self.descriptor)

    def free_name(self, wanted: str, *endings: str, before: str = "") -> str:
        """A name that stands for nothing, and does so with these endings too."""
        for number in count(1):
            name = f"{before}{wanted}" if number == 1 else f"{before}{number}-{wanted}"
            if all(self.status(f"{name}{ending}") is None for ending in ("", *endings)):
                return name
        raise AssertionError("there are always more numbers")

    def path_of(self, name: str) -> Path:
        """A path that leads through the opened folder, as long as it is open; for other processes too."""
        opened = Path(f"/proc/{os.getpid()}/fd/{self.descriptor}")
        return (opened if opened.exists() else self._path) / name

    def named(self, name: str) -> str | Path:
        """What stands for a name in it, to be given to the system with the descriptor."""
        return self._path / name if self.descriptor is None else name

    def _own_status(self) -> os.stat_result:
        return self._path.stat() if self.descriptor is None else os.fstat(self.descriptor)

    def _opened(self, name: str) -> int:
        return os.open(self.named(name), descriptors.READ_FILE, dir_fd=self.descriptor)

    def _made(self, name: str) -> int:
        return os.open(self.named(name), descriptors.NEW_FILE, FILE_MODE, dir_fd=self.descriptor)

    def _is_own_folder(self, name: str) -> bool:
        status = self.status(name)
        if status is None or not stat.S_ISDIR(status.st_mode):
            return False
        this = descriptors.own_account()
        trusted = {0, this}
        if this == 0:  # a command by hand, in the folder of the account of the service
            trusted.add(self._own_status().st_uid)
        if status.st_uid not in trusted:
            return False
        if status.st_mode & _OTHERS_WRITE and status.st_uid == this:
            with self.folder(name) as opened:
                mode = status.st_mode & ~_OTHERS_WRITE
                descriptors.set_mode(opened.descriptor, self._path / name, mode)
        return True


def _open_folder(path: str | Path, within: int | None = None) -> int | None:
    """Open a folder; None where none can be opened."""
    if descriptors.OPENS_FOLDERS:
        return os.open(path, descriptors.FOLDER, dir_fd=within)
    if not stat.S_ISDIR(os.lstat(path).st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    return None


@contextmanager
def opened_if_there(path: Path) -> Iterator[OpenFolder | None]:
    """Open a folder; None if there is none.

    Raises
    ------
    StoreError
        If it is a link or a file, or can't be opened.
    """
    try:
        folder = OpenFolder.at(path)
    except FileNotFoundError:
        yield None
        return
    except OSError as error:
        found = "a link" if path.is_symlink() else f"'{error.strerror}'"
        raise StoreError(
            f"wanted a folder '{path}', found {found}: name the folder itself, and let this account read it"
        ) from None
    with folder:
        yield folder
