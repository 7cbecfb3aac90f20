"""Arrays that took long to make, kept in a file from which they are mapped into memory.

A file is written whole or not at all, for its owner only; one that is absent, cut off or of another form is
made anew. It is named by what it was made from, so it is never wrong and never changed.
"""

import json
import mmap
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotspots.files.private_files import make_private_folder, new_private_file

FORM = b"hotspots arrays 1\n"
ALIGNED = 64
"""Bytes: arrays begin at a multiple of this."""


@dataclass(frozen=True)
class KeptArrays:
    """Arrays by name, and facts about them that JSON can hold."""

    arrays: Mapping[str, NDArray[Any]]
    facts: Mapping[str, Any]


def kept(folder: Path, prefix: str, name: str, make: Callable[[], KeptArrays]) -> KeptArrays:
    """Give arrays from the file that keeps them, or make and keep them.

    Parameters
    ----------
    folder
        Where the file lies; made if need be. Where it can't be written, nothing is kept.
    prefix, name
        Together the name of the file. Others with the same prefix are of what is no longer so, and removed.
    """
    path = path_of(folder, prefix, name)
    found = read_arrays(path)
    if found is not None:
        return found
    made = make()
    with suppress(OSError):
        make_private_folder(folder)
        write_arrays(path, made)
        for other in folder.glob(f"{prefix}*.arrays"):
            if other != path:
                other.unlink(missing_ok=True)
    return made


def path_of(folder: Path, prefix: str, name: str) -> Path:
    """Give the file that keeps what :func:`kept` makes."""
    return folder / f"{prefix}{name}.arrays"


def write_arrays(path: Path, content: KeptArrays) -> None:
    """Write arrays to a file, in the place of an earlier one.

    Raises
    ------
    OSError
        If it can't be written.
    """
    offset, places = 0, {}
    for name, values in content.arrays.items():
        places[name] = (values.dtype.str, values.shape, offset)
        offset += -(-values.nbytes // ALIGNED) * ALIGNED
    about = json.dumps({"facts": dict(content.facts), "arrays": places, "size": offset}).encode()
    head = FORM + f"{len(about):012d}\n".encode() + about
    with new_private_file(path) as new:
        new.file.write(head.ljust(_start_of(len(about)), b" "))
        for values in content.arrays.values():
            new.file.write(np.ascontiguousarray(values).data)
            new.file.write(bytes(-values.nbytes % ALIGNED))


def read_arrays(path: Path) -> KeptArrays | None:
    """Map the arrays of a file into memory; None if it is not there, or not whole."""
    try:
        with path.open("rb") as file:
            if file.read(len(FORM)) != FORM:
                return None
            size = int(file.read(13))
            about = json.loads(file.read(size))
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        start = _start_of(size)
        if len(content) != start + about["size"]:
            return None
        arrays = {
            name: np.frombuffer(
                content, dtype=kind, count=int(np.prod(shape)), offset=start + offset
            ).reshape(shape)
            if np.prod(shape)
            else np.zeros(shape, dtype=kind)
            for name, (kind, shape, offset) in about["arrays"].items()
        }
        return KeptArrays(arrays, about["facts"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _start_of(size: int) -> int:
    """Where the arrays begin in a file that says this much about them."""
    return -(-(len(FORM) + 13 + size) // ALIGNED) * ALIGNED
