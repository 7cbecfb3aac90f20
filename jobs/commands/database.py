"""`hotspots db …`: the database itself."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hotspots.errors import StoreError
from hotspots.files.private_files import temporary_folder
from hotspots.geocoding.register_store import draw_streets_of_earlier_versions
from hotspots.operations.backup import TableSum, back_up, copy_database
from hotspots.operations.backup_seal import load_backup_key
from hotspots.operations.integrity import check_database
from hotspots.privacy.restored import restore_backup
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.audit import processing
from hotspots.store.database import Database
from jobs.commands import add_group
from jobs.terminal import AsJson, opened, progress, show


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    add_group(
        app,
        "db",
        upgrade=upgrade,
        copy=copy,
        backup=backup,
        restore=restore,
        rehearse=rehearse,
        check=check,
    )


def upgrade(as_json: AsJson = False) -> None:
    """Create the database, or bring it to this version. Safe to repeat.

    The database is the one that HOTSPOTS_DATABASE_URL or [database] url names, by default SQLite under var/.
    A new one gets the areas that ship for [municipality] code, if any.
    """
    with opened() as (settings, database):
        database.upgrade()
        with database.writing() as connection:
            shipped = fill_with_shipped(connection, settings)
            draw_streets_of_earlier_versions(connection, settings)
        show(
            {
                "database": database.engine.url.render_as_string(hide_password=True),
                "schema": "up to date",
                "shippedAreas": shipped,
            },
            as_json,
        )


def copy(
    to: Annotated[str, typer.Option("--to", metavar="URL", help="An empty database, SQLite or PostgreSQL.")],
    as_json: AsJson = False,
) -> None:
    """Copy everything to another database, between SQLite and PostgreSQL too; all of it, or nothing.

    Counts and checksums of every table are compared before it is kept. It can be used meanwhile, but what is
    written after the copy began is not in it: stop `hotspots schedule` and the service for a move.
    """
    with (
        _at_work("database overzetten", "copying", "copied", quiet=as_json) as (_, database, on_table),
        closing(Database(to)) as target,
    ):
        sums = copy_database(database, target, on_table=on_table)
        shown = target.engine.url.render_as_string(hide_password=True)
    show({"to": shown, **_figures(sums)}, as_json)


def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it; an existing file is replaced.")],
    unsigned: Annotated[
        bool,
        typer.Option(
            "--unsigned",
            help="Without seal, also of a database that somebody changed: nobody can tell whose it is.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a verified backup to one file, as of one moment, also while the service runs.

    It is an SQLite file, of PostgreSQL too, sealed with the key of [jobs] backup_key_file. It holds what the
    database holds, so protect it alike; the key of the reporters and that of backups are not in it.
    """
    with _at_work("back-up maken", "backing up", "read", quiet=as_json) as (settings, database, on_table):
        key = None if unsigned else load_backup_key(settings.jobs.backup_key_file, is_made=True)
        sums = back_up(database, file, key=key, on_table=on_table)
    told = {"file": str(file), "bytes": file.stat().st_size, "sealed": not unsigned}
    show({**told, **_figures(sums)}, as_json)


def restore(
    file: Annotated[Path, typer.Argument(help="A backup, of this version or an earlier one.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Also when the database holds data, which is lost.")
    ] = False,
    unsigned: Annotated[
        bool,
        typer.Option(
            "--unsigned", help="Also without a seal by our key: trusts whoever could write the file."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the database, of either kind, and verify it; the old stays until all of it is there.

    All sessions and tokens end. Accounts keep the stricter of what they were and are, and what was erased
    since stays erased. Without the former database all accounts wait for 'hotspots users confirm'.
    """
    with _at_work("back-up terugzetten", "restoring", "restored", quiet=as_json) as (
        settings,
        database,
        on_table,
    ):
        key = None if unsigned else load_backup_key(settings.jobs.backup_key_file, is_made=False)
        sums, ended = restore_backup(
            file,
            database,
            settings,
            key=key,
            replace=replace,
            now=datetime.now(UTC),
            on_table=on_table,
        )
    figures = {"file": str(file), **_figures(sums), "sealed": not unsigned}
    counts = {
        "sessionsEnded": ended.sessions,
        "tokensEnded": ended.tokens,
        "mapsEnded": ended.maps,
        "erasedAgain": ended.erased,
    }
    if as_json:
        show({**figures, **counts, "accounts": ended.accounts, "told": ended.told}, as_json)
        return
    show({**figures, **counts, **{name: "; ".join(said) for name, said in ended.accounts.items()}}, as_json)
    for line in ended.told:
        show({"note": line}, as_json)


def rehearse(
    file: Annotated[
        Path | None, typer.Argument(help="A backup; by default the last one in [jobs] backups.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Try whether a backup can be restored: beside the database, which stays as it is; then throw that away.

    A backup that was never restored is none: `hotspots check` tells when the last was, here or tried.
    """
    with (
        _at_work("back-up terugzetten", "restoring", "restored", quiet=as_json) as (settings, _, on_table),
        temporary_folder() as folder,
    ):
        chosen = file or _last_backup(settings.jobs.backups)
        key = load_backup_key(settings.jobs.backup_key_file, is_made=False)
        with closing(Database(f"sqlite:///{folder / 'rehearsal.sqlite'}")) as trial:
            sums, _ended = restore_backup(
                chosen, trial, settings, key=key, replace=False, now=datetime.now(UTC), on_table=on_table
            )
            problems = check_database(trial)
        if problems:
            raise StoreError(f"the backup '{chosen}' is not sound: {'; '.join(problems)}")
    show({"file": str(chosen), **_figures(sums)}, as_json)


def check(as_json: AsJson = False) -> None:
    """Check that the database is sound: its file, its references, and what must add up."""
    with opened() as (_settings, database):
        problems = check_database(database)
    if problems:
        raise StoreError(f"the database is not sound: {'; '.join(problems)}")
    show({"problems": 0}, as_json)


def _last_backup(folder: Path) -> Path:
    found = sorted(folder.glob("hotspots-*.sqlite"))
    if not found:
        raise StoreError(f"there is no backup in '{folder}': make one with 'hotspots db backup', and name it")
    return found[-1]


@contextmanager
def _at_work(
    activity: str, doing: str, done: str, *, quiet: bool
) -> Iterator[tuple[Settings, Database, Callable[[str, int], None]]]:
    """Open the settings and the database for a logged activity, with a function to call after each table."""
    with (
        opened() as (settings, database),
        processing(database, activity, now=datetime.now(UTC)),
        progress(quiet=quiet) as bar,
    ):
        task = bar.add_task(doing, total=None)
        yield settings, database, lambda name, _rows: bar.update(task, description=f"{done} {name}")


def _figures(sums: Mapping[str, TableSum]) -> dict[str, object]:
    return {"tables": len(sums), "rows": sum(table.rows for table in sums.values()), "verified": True}
