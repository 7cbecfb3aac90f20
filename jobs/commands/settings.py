"""`hotspots settings`: what holds, where each setting is set, and changing those that people change."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from hotspots.access.setting_changes import change_settings
from hotspots.errors import SettingsError
from hotspots.files.private_files import remove_left_behind
from hotspots.settings import Settings, known_keys, load_settings, with_changes
from hotspots.settings.file import SECRETS
from hotspots.settings.stored import named_in, value_of, where_set, written_value
from hotspots.store.database import Database
from hotspots.store.stored_settings import effective_settings, read_stored
from jobs.commands import Commands, add_group
from jobs.terminal import AsJson, Reason, operator, show

By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decided it: kept in the history.")]


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    commands: Commands = {"show": show_settings, "set": set_settings, "unset": unset_settings}
    add_group(app, "settings", **commands)


def show_settings(
    key: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY]...", help="Such as service.colour, or a section; all by default."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what holds, and where each is set: file, environment, stored, or nowhere (default).

    Of a secret it shows whether it is set, and never what it is.
    """
    with _own_and_database() as (own, database):
        effective = effective_settings(database, own)
        with database.reading() as connection:
            stored = read_stored(connection)
    chosen = [name for name in known_keys() if not key or name in key or name.partition(".")[0] in key]
    if not chosen:
        raise SettingsError(f"wanted a setting or a section of them, found '{', '.join(key or ())}'")
    rows = {name: _about(own, effective, stored, name) for name in chosen}
    if as_json:
        show(rows, as_json)
    else:
        show({name: f"{row['value']!s:<40}  {row['from']}" for name, row in rows.items()}, as_json)


def set_settings(
    change: Annotated[
        list[str],
        typer.Argument(
            metavar="KEY=VALUE...", help="Such as service.colour=#103010, in TOML without quotes."
        ),
    ],
    by: By,
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Store settings in the database: they hold at once, also for what runs, under file and environment.

    All are stored or none. Rules of [detection] want two people: 'hotspots rules'.
    """
    names = [each.partition("=")[0].strip() for each in change]
    with _own_and_database() as (own, database):
        proposed = with_changes(own, change)
        values = {name: written_value(proposed, name) for name in names}
        _store(database, own, values, by, reason, as_json)


def unset_settings(
    key: Annotated[list[str], typer.Argument(metavar="KEY...", help="Such as service.colour.")],
    by: By,
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Take stored settings back: what the file says holds again, or else the default."""
    with _own_and_database() as (own, database):
        with database.reading() as connection:
            absent = [name for name in key if name not in read_stored(connection)]
        if absent:
            raise SettingsError(
                f"wanted a setting that is stored, found '{absent[0]}': see 'hotspots settings show'"
            )
        _store(database, own, dict.fromkeys(key), by, reason, as_json)


@contextmanager
def _own_and_database() -> Iterator[tuple[Settings, Database]]:
    """The settings of file and environment: also where what is stored no longer fits them."""
    remove_left_behind()
    own = load_settings()
    with closing(Database(own.database.url)) as database:
        yield own, database


def _store(
    database: Database, own: Settings, values: Mapping[str, Any], by: str, reason: str, as_json: bool
) -> None:
    actor = operator(by)
    changed: Sequence[str] = change_settings(
        database, own, values, by=actor, reason=reason, now=datetime.now(UTC)
    )
    show({"changed": len(changed), "settings": ", ".join(changed) or "none"}, as_json)


def _about(own: Settings, effective: Settings, stored: Mapping[str, Any], key: str) -> dict[str, Any]:
    is_stored = key in stored and where_set(own, key) is None
    source = named_in(own, key) or ("stored" if is_stored else "default")
    if key in SECRETS:
        return {"value": "set" if value_of(effective, key).get_secret_value() else "not set", "from": source}
    if key == "database.url":
        return {"value": _without_password(own), "from": source}
    return {"value": written_value(effective, key), "from": source}


def _without_password(own: Settings) -> str:
    with closing(Database(own.database.url)) as database:
        return database.engine.url.render_as_string(hide_password=True)
