"""Zips and gzips that come in, opened such that what is packed can't be more than its size makes likely."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from hotspots.errors import UnreadableFileError

MAX_DIRECTORY_BYTES = 4_000_000
"""Of the list of what is in a zip: ten thousands of names."""

ALWAYS_UNPACKED_BYTES = 20_000_000
"""So much may come out of any file: a small one, of one line many times, packs better than any other."""


@contextmanager
def opened_zip(path: Path, *, max_times: int | None = None) -> Iterator[zipfile.ZipFile]:
    """Open a zip.

    Parameters
    ----------
    max_times
        How many times its own size all that is in it may be; without it, that is not looked at.

    Raises
    ------
    UnreadableFileError
        If it is broken (also when that shows while it is read), has a password, or holds too much.
    """
    try:
        with path.open("rb") as raw, zipfile.ZipFile(cast(IO[bytes], _ReadInParts(raw))) as archive:
            locked = [member.filename for member in archive.infolist() if member.flag_bits & 1]
            if locked:
                raise UnreadableFileError(
                    f"'{path}' has a password on {locked[0]}: wanted a zip without a password",
                    "Deze zip heeft een wachtwoord. Lever hem zonder wachtwoord.",
                )
            unpacked = sum(member.file_size for member in archive.infolist())
            if max_times is not None and unpacked > most_unpacked(path, max_times):
                raise _too_much(path, max_times)
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UnreadableFileError(
            f"'{path}' is a broken zip ({error}): fetch it again", "Deze zip is kapot: haal hem opnieuw op."
        ) from None
    except NotImplementedError as error:
        raise UnreadableFileError(
            f"'{path}' can't be unpacked ({error}): wanted a plain zip", "Deze zip kan niet uitgepakt worden."
        ) from None


def opened_gzip(path: Path, *, max_times: int) -> IO[bytes]:
    """Open a gzip, from which no more comes than so many times its size.

    Raises
    ------
    UnreadableFileError
        While it is read, when there is more.
    """
    return cast(IO[bytes], _Unpacked(path, max_times))


def most_unpacked(path: Path, max_times: int) -> int:
    """How much may come out of a file, in bytes."""
    return max(ALWAYS_UNPACKED_BYTES, max_times * path.stat().st_size)


class _Unpacked(gzip.GzipFile):
    def __init__(self, path: Path, max_times: int) -> None:
        super().__init__(path)
        self._path, self._times, self._most = path, max_times, most_unpacked(path, max_times)

    def read(self, size: int | None = -1) -> bytes:
        """Read, but not beyond what may come out."""
        return self._within(super().read(self._most + 1 if size is None or size < 0 else size))

    def read1(self, size: int = -1) -> bytes:
        """Read what is there."""
        return self._within(super().read1(size))

    def readline(self, size: int | None = -1) -> bytes:
        """Read a line."""
        return self._within(super().readline(self._most + 1 if size is None or size < 0 else size))

    def _within(self, data: bytes) -> bytes:
        if self.tell() > self._most:
            raise _too_much(self._path, self._times)
        return data


class _ReadInParts:
    """A file of which nobody reads more at once than the list of a zip may be long."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes, or to the end."""
        most = MAX_DIRECTORY_BYTES + 1
        data = self._raw.read(most if size < 0 else min(size, most))
        if len(data) == most:
            raise zipfile.BadZipFile(f"its list of files takes more than {MAX_DIRECTORY_BYTES} bytes")
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)


def _too_much(path: Path, max_times: int) -> UnreadableFileError:
    most = most_unpacked(path, max_times) // 1_000_000
    return UnreadableFileError(
        f"'{path}' unpacks to more than {most} MB: wanted at most {max_times} times its size "
        "(reading.max_unpacked_times); unpack it, and look at what it is",
        "Dit bestand wordt te groot bij het uitpakken. Lever het in delen.",
    )
