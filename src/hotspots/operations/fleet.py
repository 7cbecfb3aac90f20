"""A fleet: a folder with the settings files of many municipalities, one each, and what is wrong with a file.

What one municipality has wrong is kept beside its name, so that it stops no other.
"""

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from hotspots.errors import HotspotsError, SettingsError
from hotspots.settings import Settings, environment_name, load_settings

_SEARCH_PATH = re.compile(r"search_path\s*=\s*([^\s,]+)")
_POSTGRESQL_PORT = 5432


@dataclass(frozen=True)
class Member:
    """One municipality of a fleet: where its settings are, and nothing secret of what is in them."""

    name: str  # of the file, without its ending
    path: Path
    code: str = ""
    municipality: str = ""
    reports: Path = Path()  # where its weekly reports go
    problem: str | None = None  # why nothing can be done with it


@dataclass(frozen=True)
class _Read:
    """A settings file that was read, and what must be its own: what it is called by, and a mark of it."""

    member: Member
    own: dict[str, str]


def read_fleet(folder: Path, *, apart: Sequence[str] = ()) -> list[Member]:
    """Read the settings files of a folder: ``*.toml``, in order of their names.

    Parameters
    ----------
    apart
        Settings besides `database.url` and `municipality.code` that no two may share for this work, such as
        ``jobs.inbox``.

    Raises
    ------
    SettingsError
        If there is no such folder, or no settings file in it.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except OSError as error:
        raise SettingsError(
            f"wanted a folder with a settings file of each municipality, found '{folder}' ({error.strerror})"
        ) from None
    if not paths:
        raise SettingsError(
            f"wanted a settings file of each municipality in '{folder}', such as gm0935.toml, found none"
        )
    read = [_read(path, folder) for path in paths]
    shared = dict(_shared(read, ("database.url", "municipality.code", *apart)))
    return [
        replace(one.member, problem=shared[one.member.name]) if one.member.name in shared else one.member
        for one in read
    ]


def chosen(members: Sequence[Member], only: Iterable[str]) -> list[Member]:
    """The municipalities with these codes, or whose files are called so; all when none is named.

    Raises
    ------
    SettingsError
        If one is not among them.
    """
    names: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        for name in {member.code.casefold(), member.name.casefold()} - {""}:
            names[name].append(member)
    wanted: set[str] = set()
    for word in only:
        found = names.get(word.casefold())
        if not found:
            close = get_close_matches(word.casefold(), names, n=1, cutoff=0.5)
            nearest = names[close[0]][0] if close else None
            hint = f"; did you mean '{nearest.code or nearest.name}'?" if nearest else ""
            raise SettingsError(
                f"wanted the code of one of {len(members)} municipalities, found '{word}'{hint}"
            )
        wanted.update(member.name for member in found)
    return [member for member in members if not wanted or member.name in wanted]


def _read(path: Path, folder: Path) -> _Read:
    member = Member(path.stem, path.absolute())
    if not path.resolve().is_relative_to(folder.resolve()):
        problem = f"wanted a settings file in '{folder}', found a link to one elsewhere: put the file itself"
        return _Read(replace(member, problem=problem), {})
    try:
        settings = load_settings(path)
        if not settings.municipality.code:
            raise SettingsError(f"{path}: wanted municipality.code, such as 'GM0935', found none")
        own = {"municipality.code": settings.municipality.code.casefold(), **_own(settings)}
    except HotspotsError as error:
        return _Read(replace(member, problem=str(error)), {})
    filled = replace(
        member,
        code=settings.municipality.code,
        municipality=settings.municipality.name,
        reports=settings.jobs.reports,
    )
    return _Read(filled, own)


def _own(settings: Settings) -> dict[str, str]:
    """Marks of what each municipality has for itself; of a key only its hash."""
    key = settings.privacy.reporter_key.get_secret_value()
    key_file = _place(settings.privacy.reporter_key_file)
    return {
        "database.url": _database(settings.database.url),
        "jobs.inbox": _place(settings.jobs.inbox),
        "privacy.reporter_key_file": hashlib.sha256(key.encode()).hexdigest() if key else key_file,
    }


def _shared(read: Sequence[_Read], settings: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Name and problem of those that share with another what must be their own."""
    for setting in reversed(settings):  # the first setting is told, as it is the worst
        of: dict[str, list[Member]] = defaultdict(list)
        for one in read:
            if setting in one.own:
                of[one.own[setting]].append(one.member)
        for members in of.values():
            for member in members[: len(members) if len(members) > 1 else 0]:
                other = next(other for other in members if other is not member)
                yield member.name, _told(setting, other)


def _told(setting: str, other: Member) -> str:
    variable = environment_name(setting)
    why = (
        f"{variable} is set, which wins over every file: unset it"
        if variable in os.environ
        else "give each its own"
    )
    return f"wanted a {setting} of its own, found that '{other.path.name}' has the same: {why}"


def _database(url: str) -> str:
    """What two URLs of the same database have in common."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return url  # the one who opens it refuses it
    if parsed.drivername.startswith("sqlite"):
        if parsed.database in (None, "", ":memory:"):
            raise SettingsError("wanted a database that lasts, found one in memory: name a file")
        return _place(Path(str(parsed.database)))
    host = str(parsed.host or _query(parsed, "host") or "localhost").casefold()
    port = parsed.port or _query(parsed, "port") or _POSTGRESQL_PORT
    path = _SEARCH_PATH.search(_query(parsed, "options"))
    schema = path[1] if path else "public"
    return f"postgresql://{host}:{port}/{parsed.database}/{schema}"


def _query(url: URL, name: str) -> str:
    value = url.query.get(name, "")
    return value if isinstance(value, str) else value[-1]


def _place(path: Path) -> str:
    """The same for two names of one file, also where one is a link."""
    try:
        status = path.stat()
    except OSError:
        return str(path.resolve())
    return f"{status.st_dev}:{status.st_ino}"
