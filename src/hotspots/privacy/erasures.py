"""The list of what was erased, kept beside the backups: so that a restore doesn't bring it back.

It holds keyed hashes and moments only: without the key of the reporters nobody can tell who is on it.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Literal

from hotspots.errors import StoreError
from hotspots.files.descriptors import ADDED_FILE
from hotspots.files.private_files import FILE_MODE, make_private_folder
from hotspots.settings import Settings

Kind = Literal["report", "user", "dwelling", "retention"]


@dataclass(frozen=True)
class Erasure:
    """One report, user or place of a dwelling that was erased, or all whose period was over at a moment."""

    kind: Kind
    at: datetime
    hash: str = ""  # by the first key of the reporters, so that it stays the same after a rotation
    source: str = ""  # of a report
    days: Mapping[str, int] = field(default_factory=dict)  # of the periods that held; empty: the settings'
    last_import: int | None = None  # what came later was not removed then


def erasures_file(settings: Settings) -> Path:
    """Where the list is: in the folder of the backups, as one is nothing without the other."""
    return settings.jobs.backups / "erasures.jsonl"


def add_erasures(settings: Settings, erasures: Sequence[Erasure]) -> None:
    """Write to the list, before what it says is kept: better listed and not done than the other way round.

    Raises
    ------
    StoreError
        If it can't be written; then nothing may be erased.
    """
    path = erasures_file(settings)
    lines = [json.dumps(asdict(one) | {"at": one.at.isoformat()}) + "\n" for one in erasures]
    try:
        make_private_folder(path.parent)
        with os.fdopen(os.open(path, ADDED_FILE, FILE_MODE), "r+b") as file:
            _drop_half_a_line(file)
            file.write("".join(lines).encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreError(
            f"can't write the list of erasures '{path}' ({error.strerror}): nothing was erased, as a restore "
            "would bring it back"
        ) from None


def read_erasures(settings: Settings) -> list[Erasure] | None:
    """What was erased, in the order of the list; None if there is no list.

    Raises
    ------
    StoreError
        If a line can't be read.
    """
    path = erasures_file(settings)
    erasures: list[Erasure] = []
    try:
        if not path.exists():
            return None
        whole = path.read_bytes().decode().splitlines(keepends=True)
        for line in whole:
            if line.endswith("\n"):  # else its erasure was cut off, and not done
                found = json.loads(line)
                at = datetime.fromisoformat(found["at"])
                days, last = found.get("days", {}), found.get("last_import")
                erasures.append(Erasure(found["kind"], at, found["hash"], found["source"], dict(days), last))
    except OSError as error:
        raise StoreError(f"can't read the list of erasures '{path}' ({error.strerror})") from None
    except (ValueError, LookupError, TypeError, AttributeError):
        raise StoreError(
            f"can't read line {len(erasures) + 1} of the list of erasures '{path}': put a whole copy there"
        ) from None
    return erasures


def _drop_half_a_line(file: IO[bytes]) -> None:
    """Leave out the end of a write that was cut off."""
    size = file.seek(0, os.SEEK_END)
    if size:
        file.seek(size - 1)
        if file.read(1) != b"\n":
            file.seek(0)
            file.truncate(file.read().rfind(b"\n") + 1)
        file.seek(0, os.SEEK_END)
