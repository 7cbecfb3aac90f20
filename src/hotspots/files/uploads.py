"""Files that someone sends by a page, kept apart until they are imported or thrown away.

A file stands in a folder of its own that only the service can enter, under a name in which only letters,
digits and a few marks are left. It is read by the importer and by nothing else. After a day the next file
that is sent, or the job of the night, throws it away.
"""

import json
import re
import secrets
import shutil
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from hotspots.errors import NotFoundError, StoreError
from hotspots.files.private_files import FOLDER_MODE, make_private_folder, write_privately

KEPT_FOR = timedelta(days=1)
MAX_NAME = 100
ABOUT = ".about.json"

_TOKEN = re.compile(r"[0-9a-f]{32}")
_UNSAFE = re.compile(r"[^\w.() -]+")
_OF_A_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|(com|lpt)[0-9¹²³])\s*(\.|$)")
"""Names that stand for a device on Windows, whatever their ending."""


@dataclass(frozen=True)
class Upload:
    """A file that was sent."""

    token: str  # by which its owner finds it again
    path: Path
    source: str  # with whose mapping it is to be read; empty: not chosen yet
    sent_at: datetime


def keep_upload(
    folder: Path, content: bytes, *, file_name: str, source: str, owner: str, now: datetime
) -> Upload:
    """Keep a file; older ones that nobody came back for are thrown away.

    Raises
    ------
    StoreError
        If it can't be written.
    """
    token = secrets.token_hex(16)
    own = folder / token
    try:
        make_private_folder(folder)
        throw_away_old(folder, now=now)
        own.mkdir(mode=FOLDER_MODE)
        about = {"owner": owner, "source": source, "sentAt": now.isoformat(), "name": safe_name(file_name)}
        write_privately(own / ABOUT, json.dumps(about).encode())
        path = own / safe_name(file_name)
        write_privately(path, content)
    except OSError as error:
        shutil.rmtree(own, ignore_errors=True)
        raise StoreError(
            f"can't keep a file in '{folder}' ({error.strerror}): make room, or name another folder"
        ) from None
    return Upload(token, path, source, now)


def find_upload(folder: Path, token: str, *, owner: str) -> Upload:
    """Find a file again.

    Raises
    ------
    NotFoundError
        If there is none by this token, or it is of somebody else.
    """
    own = folder / token
    if _TOKEN.fullmatch(token) and (own / ABOUT).is_file():
        about = json.loads((own / ABOUT).read_text(encoding="utf-8"))
        path = own / about["name"]
        if about["owner"] == owner and path.is_file():
            return Upload(token, path, about["source"], datetime.fromisoformat(about["sentAt"]))
    raise NotFoundError("wanted a file that was sent a day ago at most, found none")


def choose_source(upload: Upload, source: str) -> Upload:
    """Have a file read with the mapping of another source.

    Raises
    ------
    StoreError
        If that can't be written.
    """
    path = upload.path.parent / ABOUT
    try:
        about = json.loads(path.read_text(encoding="utf-8")) | {"source": source}
        write_privately(path, json.dumps(about).encode())
    except OSError as error:
        raise StoreError(f"can't write '{path}' ({error.strerror}): send the file again") from None
    return replace(upload, source=source)


def drop_upload(upload: Upload) -> None:
    """Throw a file away."""
    shutil.rmtree(upload.path.parent, ignore_errors=True)


def safe_name(name: str) -> str:
    """What is left of a file's name: no folder, no mark with a meaning elsewhere, not hidden, not endless.

    Examples
    --------
    >>> safe_name("../../etc/week 47.csv"), safe_name("a<b>.csv"), safe_name(".csv"), safe_name("")
    ('week 47.csv', 'a_b_.csv', 'csv', 'levering')
    >>> safe_name("C:\\\\export\\\\NUL.csv")
    '_NUL.csv'
    """
    last = re.split(r"[/\\]", name)[-1]
    safe = _UNSAFE.sub("_", last).strip(". ")[-MAX_NAME:].strip(". ") or "levering"
    return f"_{safe}" if _OF_A_DEVICE.match(safe) else safe


def throw_away_old(folder: Path, *, now: datetime, dry_run: bool = False) -> int:
    """Throw away files that were sent longer than a day ago, or only count them; gives how many."""
    count = 0
    for own in folder.iterdir() if folder.is_dir() else ():
        if _TOKEN.fullmatch(own.name) and now.timestamp() - own.stat().st_mtime > KEPT_FOR.total_seconds():
            count += 1
            if not dry_run:
                shutil.rmtree(own, ignore_errors=True)
    return count
