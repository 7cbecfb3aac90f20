"""Folders in which others write too: what is done there goes by the opened folder, and follows no link.

A path is looked up anew each time, and who can write in a folder can put a link in the place of anything in
it, also between a check and what follows from it. A folder that was opened stays the one it was.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Self

from hotspots.errors import StoreError
from hotspots.files.private_files import FILE_MODE, FOLDER_MODE

_IN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe would be waited for
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class OpenFolder:
    """A folder that was opened; a name in it is never a path."""

    def __init__(self, descriptor: int, path: Path) -> None:
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
        return cls(os.open(path, _IN_FOLDER), path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)

    def folder(self, name: str) -> "OpenFolder":
        """Open a folder in it; raises OSError if there is none, or it is a link."""
        return OpenFolder(os.open(name, _IN_FOLDER, dir_fd=self.descriptor), self._path / name)

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
                os.mkdir(name, FOLDER_MODE, dir_fd=self.descriptor)
            if not self._is_own_folder(name):
                self.move(name, self, self.free_name(f"{name.lstrip('.')}_"))
                os.mkdir(name, FOLDER_MODE, dir_fd=self.descriptor)
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
        os.mkdir(name, FOLDER_MODE, dir_fd=self.descriptor)
        made = self.folder(name)
        os.fchmod(made.descriptor, stat.S_IMODE(os.fstat(self.descriptor).st_mode))
        return made

    def entries(self) -> Iterator[tuple[str, os.stat_result]]:
        """What is in it, with what it is itself; links are not followed."""
        with os.scandir(self.descriptor) as found:
            names = [entry.name for entry in found]
        for name in names:
            if (status := self.status(name)) is not None:
                yield name, status

    def status(self, name: str) -> os.stat_result | None:
        """What a name stands for, itself if it is a link; None if for nothing."""
        try:
            return os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def read(self, name: str) -> bytes:
        """What stands in a file; raises OSError if there is none that can be read, or it is no file."""
        with os.fdopen(os.open(name, _READ_FILE, dir_fd=self.descriptor), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise FileNotFoundError(2, "no file", name)
            return file.read()

    def is_readable(self, name: str) -> bool:
        """Whether this account may read a file."""
        try:
            os.close(os.open(name, _READ_FILE, dir_fd=self.descriptor))
        except PermissionError:
            return False
        return True

    def write(self, name: str, content: bytes) -> None:
        """Write a new file for its owner only; raises OSError if the name stands for something."""
        with os.fdopen(os.open(name, _NEW_FILE, FILE_MODE, dir_fd=self.descriptor), "wb") as file:
            file.write(content)

    def move(self, name: str, target: "OpenFolder", new_name: str) -> None:
        """Move something, itself if it is a link, in the place of what is called so."""
        os.rename(name, new_name, src_dir_fd=self.descriptor, dst_dir_fd=target.descriptor)

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
        os.unlink(name, dir_fd=self.descriptor)

    def remove_folder(self, name: str) -> None:
        """Remove a folder, if it is empty."""
        with suppress(OSError):
            os.rmdir(name, dir_fd=self.descriptor)

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

    def _is_own_folder(self, name: str) -> bool:
        status = self.status(name)
        if status is None or not stat.S_ISDIR(status.st_mode):
            return False
        trusted = {0, os.geteuid()}
        if os.geteuid() == 0:  # a command by hand, in the folder of the account of the service
            trusted.add(os.fstat(self.descriptor).st_uid)
        if status.st_uid not in trusted:
            return False
        if status.st_mode & _OTHERS_WRITE and status.st_uid == os.geteuid():
            with self.folder(name) as opened:
                os.fchmod(opened.descriptor, stat.S_IMODE(status.st_mode) & ~_OTHERS_WRITE)
        return True


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
