"""The mapping files that are made here: each saved version stays, and an earlier one can be put back.

The file that counts is ``<folder>/<name>.toml``, as when it is written by hand. What it was stands beside it,
in ``<folder>/versions/<name>/0001.toml`` and on. A version is written whole before its file is replaced, and
who saved it stands in its first line: the history that a killed process couldn't write is completed later.
"""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from hotspots.access.access_changes import OPERATOR
from hotspots.access.admin_changes import Kind, read_changes, record_change
from hotspots.access.rights import Actor
from hotspots.errors import MappingError, NotFoundError, StoreError
from hotspots.files.private_files import make_private_folder, write_privately
from hotspots.intake.sources.mapping import SourceMapping, mapping_of_text
from hotspots.intake.sources.mapping_text import toml_of
from hotspots.settings import SourcesSettings, shipped
from hotspots.store.locks import lock_until_end

VERSIONS = "versions"
LONGEST_NAME = 60
"""Characters of the name of a source, as it stands with each report."""

NOT_A_NAME = frozenset(
    {"nieuw", "con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)
"""What a page is called, and what Windows takes for a device: such a file can't be taken along there."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_SAVED = re.compile(r"# Version (\d+), saved at (\S+) by (\S+)\n")


@dataclass(frozen=True)
class MappingVersion:
    """One saved version of a mapping."""

    name: str
    number: int
    text: str  # without its first line, which says who saved it
    saved_at: datetime | None = None  # None: it stood there before the first one that was saved here
    saved_by: str = ""  # the id of an account

    @property
    def digest(self) -> str:
        """What is the same for the same text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def require_name(name: str) -> str:
    """The name of a source, as it may be.

    Raises
    ------
    MappingError
        If it has other signs than small letters, digits, ``-`` and ``_``, is too long, or has a meaning.
    """
    if name in NOT_A_NAME:
        raise MappingError(
            f"wanted a name that means nothing else, found '{name}'",
            f"De naam {name} kan niet: die heeft al een andere betekenis. Kies een andere naam.",
        )
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise MappingError(
            f"wanted a name of small letters, digits, '-' and '_', at most {LONGEST_NAME}, found '{name}'",
            "Geef de bron een naam van kleine letters, cijfers, '-' en '_', zonder spaties.",
        )
    return name


def current_text(settings: SourcesSettings, name: str) -> str:
    """The text of the mapping file that counts: of the municipality, or else the one that ships.

    Raises
    ------
    NotFoundError
        If there is no such source.
    """
    if _NAME.fullmatch(name):
        for folder in (settings.folder, shipped("config/sources")):
            path = folder / f"{name}.toml"
            if path.is_file():
                # what can't be read is shown as such: that it is no mapping is told by who reads it as one
                return _without_line(path.read_text(encoding="utf-8-sig", errors="replace"))
    raise NotFoundError(f"there is no mapping file for source '{name}'")


def is_own(settings: SourcesSettings, name: str) -> bool:
    """Whether a source has a file of the municipality itself."""
    return (settings.folder / f"{name}.toml").is_file()


def versions_of(settings: SourcesSettings, name: str) -> list[MappingVersion]:
    """The saved versions of a mapping, the latest first."""
    folder = settings.folder / VERSIONS / name
    if not _NAME.fullmatch(name) or not folder.is_dir():
        return []
    found = (_read_version(name, path) for path in folder.glob("*.toml") if path.stem.isdecimal())
    return sorted(found, key=lambda version: -version.number)


def version_of(settings: SourcesSettings, name: str, number: int) -> MappingVersion:
    """One saved version.

    Raises
    ------
    NotFoundError
        If there is none of this number.
    """
    found = next((one for one in versions_of(settings, name) if one.number == number), None)
    if found is None:
        raise NotFoundError(f"there is no version {number} of the mapping of source '{name}'")
    return found


def save_mapping(
    connection: Connection,
    settings: SourcesSettings,
    name: str,
    mapping: SourceMapping | str,
    *,
    by: Actor | None,
    at: datetime,
    reason: str = "",
) -> MappingVersion:
    """Save a mapping, or the text of one, as the next version; the same text again changes nothing.

    Raises
    ------
    MappingError
        If the name or the mapping can't be used.
    StoreError
        If the folder can't be written.
    """
    require_name(name)
    text = mapping if isinstance(mapping, str) else toml_of(mapping)
    text = _without_line(text)
    mapping_of_text(text, called=f"{name}.toml")
    tell_untold(connection, settings)
    before = versions_of(settings, name)
    if is_own(settings, name):
        stood = current_text(settings, name)
        if stood == text and before:
            return (
                before[0]
                if before[0].text == text
                else _saved(connection, settings, name, text, by, at, reason)
            )
        if not any(version.text == stood for version in before):
            _keep(settings, MappingVersion(name, _next(before), stood))  # written by hand: it stays too
    return _saved(connection, settings, name, text, by, at, reason)


def restore_version(
    connection: Connection,
    settings: SourcesSettings,
    name: str,
    number: int,
    *,
    by: Actor | None,
    at: datetime,
    reason: str = "",
) -> MappingVersion:
    """Let an earlier version count again, as a new version.

    Raises
    ------
    NotFoundError
        If there is no such version.
    """
    earlier = version_of(settings, name, number)
    return save_mapping(
        connection, settings, name, earlier.text, by=by, at=at, reason=reason or f"versie {number} teruggezet"
    )


def tell_untold(connection: Connection, settings: SourcesSettings) -> None:
    """Finish what a killed process began: a version that counts is told, one that never did goes.

    Nobody else saves one until this transaction ends: half of what they do looks the same.

    Raises
    ------
    StoreError
        If the folder can't be written.
    """
    lock_until_end(connection, "mapping files")
    for version in untold(connection, settings):
        is_what_counts = (
            is_own(settings, version.name) and current_text(settings, version.name) == version.text
        )
        if version.saved_at is not None and is_what_counts:
            actor = Actor(version.saved_by, version.saved_by, None)
            _record(connection, version, _before(settings, version), actor, version.saved_at, "")
            continue
        try:
            _path_of(settings, version).unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(_path_of(settings, version), error) from None


def untold(connection: Connection, settings: SourcesSettings) -> list[MappingVersion]:
    """The last saved version of each mapping, where it stands in no line of the history.

    Earlier ones counted: their lines went after their period, or with a database that was put back.
    """
    root = settings.folder / VERSIONS
    saved = [
        versions[0]
        for folder in (sorted(root.iterdir()) if root.is_dir() else ())
        if (versions := versions_of(settings, folder.name)) and versions[0].saved_at is not None
    ]
    if not saved:
        return []
    told = {
        (change.about, (change.after or {}).get("versie"))
        for change in read_changes(connection, kind=Kind.SOURCE)
    }
    return [version for version in saved if (version.name, version.number) not in told]


def _saved(
    connection: Connection,
    settings: SourcesSettings,
    name: str,
    text: str,
    by: Actor | None,
    at: datetime,
    reason: str,
) -> MappingVersion:
    saved_by = (by or OPERATOR).id
    version = MappingVersion(name, _next(versions_of(settings, name)), text, at, saved_by)
    _record(connection, version, _before(settings, version), by, at, reason)
    _keep(settings, version)
    _write(settings.folder / f"{name}.toml", text)
    return version


def _record(
    connection: Connection,
    version: MappingVersion,
    before: MappingVersion | None,
    by: Actor | None,
    at: datetime,
    reason: str,
) -> None:
    record_change(
        connection,
        kind=Kind.SOURCE,
        about=version.name,
        by=by,
        at=at,
        before=None if before is None else _told(before),
        after=_told(version),
        reason=reason or None,
    )


def _told(version: MappingVersion) -> dict[str, Any]:
    return {"versie": version.number, "sha256": version.digest}


def _before(settings: SourcesSettings, version: MappingVersion) -> MappingVersion | None:
    earlier = (one for one in versions_of(settings, version.name) if one.number < version.number)
    return next(earlier, None)


def _next(versions: list[MappingVersion]) -> int:
    return max((version.number for version in versions), default=0) + 1


def _keep(settings: SourcesSettings, version: MappingVersion) -> None:
    line = ""
    if version.saved_at is not None:
        line = f"# Version {version.number}, saved at {version.saved_at.isoformat()} by {version.saved_by}\n"
    _write(_path_of(settings, version), line + version.text)


def _path_of(settings: SourcesSettings, version: MappingVersion) -> Path:
    return settings.folder / VERSIONS / version.name / f"{version.number:04}.toml"


def _write(path: Path, text: str) -> None:
    try:
        make_private_folder(path.parent)
        write_privately(path, text.encode())
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"can't write '{path}' ({error.strerror}): let this account write in sources.folder, or name another "
        "folder there"
    )


def _read_version(name: str, path: Path) -> MappingVersion:
    text = path.read_text(encoding="utf-8", errors="replace")
    version = MappingVersion(name, int(path.stem), _without_line(text))
    told = _SAVED.match(text)
    if told is None:
        return version
    return replace(version, saved_at=datetime.fromisoformat(told[2]), saved_by=told[3])


def _without_line(text: str) -> str:
    return _SAVED.sub("", text, count=1) if _SAVED.match(text) else text
