"""Reading the settings: one TOML file, and the environment, which wins over it.

A file names only what differs from the defaults. Every setting ``section.key`` can be set with the
environment variable ``HOTSPOTS_SECTION_KEY``; a secret that others give also by a file that holds it, which
``HOTSPOTS_SECTION_KEY_FILE`` names.
"""

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from hotspots.errors import SettingsError
from hotspots.settings.secret_keys import lines_of, require_key, strongest_of
from hotspots.settings.section import Section
from hotspots.settings.tree import Settings, naming

DEFAULT_PATH = Path("config/hotspots.toml")
PATH_VARIABLE = "HOTSPOTS_CONFIG"
PREFIX = "HOTSPOTS_"
SECRETS = (
    "privacy.reporter_key",
    "service.signing_key",
    "mail.password",
    "sign_in.client_secret",
    "signalen.token",
)

OWN_KEYS = ("privacy.reporter_key", "service.signing_key")
"""Secrets that are made here, and not given by others."""

GIVEN_AS_FILE = ("database.url", "mail.password", "sign_in.client_secret", "signalen.token")
"""What a file may give, by ``HOTSPOTS_SECTION_KEY_FILE``; for keys that are made here there is a setting."""

_WRITTEN_AS_TOML = {
    "gebieden",
    "events",
    "role_of",
    "kinds",
    "proxies",
    "embed_hosts",
    "clients",
    "alert_command",
    "alert_mail",
    "accepted",
    "pauses_s",
    "subscriptions",
}


def load_settings(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings file and the environment (that of the process); called once, at an entry point.

    Without a path: the file that ``HOTSPOTS_CONFIG`` names, else `config/hotspots.toml`. The fields that
    count as set in each section are those of the environment, and those to which the file gives another value
    than the one that ships: over the others lies what is stored (:mod:`hotspots.settings.stored`).

    Raises
    ------
    SettingsError
        If the file is absent or no TOML, or names a setting that does not exist or has an impossible value.
    """
    variables = os.environ if environment is None else environment
    chosen = path or settings_file(variables)
    values = _read_toml(chosen)
    named = _named_in(values)
    for section, key, value in _read_environment(variables):
        table = values.setdefault(section, {})
        if not isinstance(table, dict):
            raise SettingsError(f"{chosen}: wanted a table [{section}], found {table!r}")
        table[key] = value
        named.setdefault(section, set()).add(key)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(f"{chosen}: {first_problem(error)}") from None
    return naming(settings, named)


def settings_file(environment: Mapping[str, str] | None = None) -> Path:
    """The file that is read: the one that ``HOTSPOTS_CONFIG`` names, else `config/hotspots.toml`."""
    variables = os.environ if environment is None else environment
    return Path(variables.get(PATH_VARIABLE) or DEFAULT_PATH)


def secrets_in(path: Path) -> tuple[str, ...]:
    """Which secrets a settings file holds: keys, passwords and tokens, also within the URL of a database.

    Raises
    ------
    SettingsError
        If the file is absent or no TOML.
    """
    values = _read_toml(path)
    url = str(_given(values, "database.url"))
    found = [name for name in SECRETS if _given(values, name)]
    subscriptions = _given(values, "events.subscriptions") or ()
    if any(isinstance(one, dict) and one.get("secret") for one in subscriptions):
        found.append("events.subscriptions")
    return (*found, "database.url") if re.search(r"://[^/@]*:[^/@]+@|password=", url) else tuple(found)


def with_changes(settings: Settings, changes: Iterable[str]) -> Settings:
    """Give settings in which some are changed, written as ``section.key=value``.

    Raises
    ------
    SettingsError
        If a change is not of that form, or names a setting or a value that can't be.
    """
    values = settings.model_dump()
    for change in changes:
        name, equals, value = (part.strip() for part in change.partition("="))
        section, dot, key = name.partition(".")
        if not (equals and dot and key):
            raise SettingsError(f"wanted a change such as 'detection.min_reports=6', found '{change}'")
        values.setdefault(section, {})[key] = _parsed(value)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(first_problem(error)) from None


def without_secrets(settings: Settings) -> Settings:
    """Settings for a process elsewhere that needs none: every section with a secret as by default."""
    sections = {name.partition(".")[0] for name in (*SECRETS, "database.url", "events.subscriptions")}
    plain = Settings()
    return settings.model_copy(update={section: getattr(plain, section) for section in sections})


def known_keys() -> list[str]:
    """All settings as ``section.key``, in the order of the file."""
    return [
        f"{section}.{key}"
        for section, field in Settings.model_fields.items()
        for key in _model_of(field.annotation).model_fields
    ]


def environment_name(key: str) -> str:
    """The environment variable of a setting: ``database.url`` gives ``HOTSPOTS_DATABASE_URL``."""
    return PREFIX + key.replace(".", "_").upper()


def shipped(relative: str) -> Path:
    """The path of a file that comes with the software, such as ``config/sources/melddesk.toml``.

    It stands in the installed package, or in the checkout when the package is installed in place.
    """
    package = Path(__file__).parents[1]
    installed = package / "shipped" / relative
    return installed if installed.exists() else package.parents[1] / relative


def first_problem(error: ValidationError) -> str:
    """What is wrong with settings, in one line: the first of all problems, without a secret."""
    problem = error.errors()[0]
    location = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        known = [*known_keys(), *Settings.model_fields]
        return f"setting '{location}' does not exist{_nearest(location, known)}"
    is_shown = (
        location not in SECRETS
        and not location.endswith(".secret")
        and not isinstance(problem["input"], (dict, BaseModel))
    )
    found = f", found {problem['input']!r}" if is_shown else ""
    message = problem["msg"].removeprefix("Value error, ")
    return f"{location}: {message}" if ", found " in message else f"{location}: {message}{found}"


def _given(values: Mapping[str, Any], name: str) -> Any:
    section, _, key = name.partition(".")
    table = values.get(section)
    return table.get(key, "") if isinstance(table, dict) else ""


def _named_in(values: Mapping[str, Any]) -> dict[str, set[str]]:
    """The keys of each section to which a file gives another value than the one that ships."""
    usual = _shipped_values()
    return {
        section: {key for key, value in table.items() if value != usual.get(section, {}).get(key, usual)}
        for section in Settings.model_fields
        if isinstance(table := values.get(section, {}), dict)
    }


@cache
def _shipped_values() -> Mapping[str, Any]:
    return _read_toml(shipped("config/hotspots.toml"))


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"can't read the settings file '{path}' ({error.strerror}): write one (it may be empty), "
            f"or name another with {PATH_VARIABLE}"
        ) from None
    try:
        return tomllib.loads(text.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from None


def _read_environment(variables: Mapping[str, str]) -> Iterator[tuple[str, str, Any]]:
    names = {environment_name(key): key for key in known_keys()}
    files = {environment_name(key) + "_FILE": key for key in GIVEN_AS_FILE}
    for name, text in sorted(variables.items()):
        if not name.startswith(PREFIX) or name == PATH_VARIABLE:
            continue
        if name in files:
            section, key = files[name].split(".")
            yield section, key, _secret_in(Path(text), name, variables)
            continue
        if name not in names:
            raise SettingsError(f"environment variable {name} is not a setting{_nearest(name, names)}")
        if names[name] in OWN_KEYS:
            _require_key(text, name)
        section, key = names[name].split(".")
        yield section, key, _parsed(text) if key in _WRITTEN_AS_TOML else text


def _secret_in(path: Path, name: str, variables: Mapping[str, str]) -> str:
    """What the only line of a file says: secrets are handed to containers so."""
    if name.removesuffix("_FILE") in variables:
        raise SettingsError(f"{name} and {name.removesuffix('_FILE')} are both set: leave one of them out")
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no text"
        raise SettingsError(f"can't read the file '{path}' that {name} names ({why})") from None
    if not secret or "\n" in secret:
        raise SettingsError(f"wanted one line in the file '{path}' that {name} names, found none or more")
    return secret


def _require_key(text: str, name: str) -> None:
    try:
        require_key(strongest_of(lines_of(text)), what=f"a key in {name}")
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _parsed(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _nearest(name: str, known: Mapping[str, str] | list[str]) -> str:
    close = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean '{close[0]}'?" if close else "; see config/hotspots.toml for those that do"


def _model_of(annotation: Any) -> type[Section]:
    if not (isinstance(annotation, type) and issubclass(annotation, Section)):
        raise TypeError(f"every field of Settings is a Section, found {annotation!r}")
    return annotation
