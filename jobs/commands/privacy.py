"""`hotspots privacy`: what is kept no longer, the key of reporters, and the rights of one person."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from hotspots.access.access_changes import OPERATOR
from hotspots.errors import StoreError
from hotspots.files.private_files import write_privately
from hotspots.intake.reporter_key import rotate_reporter_key
from hotspots.privacy.announcements import Announcement, confirm_periods, read_announcement
from hotspots.privacy.data_subjects import erase_user, export_user
from hotspots.privacy.reporters import Reported, erase_reporter, export_reporter
from hotspots.privacy.retention import remove_expired
from hotspots.privacy.wiping import wipe
from hotspots.store.audit import processing, read_processings
from hotspots.store.confirmed_periods import read_confirmation
from jobs.commands import add_group
from jobs.retention import remove_files, remove_what_was_announced
from jobs.terminal import AsJson, console, opened, show

NAME_LENGTH = 200
"""The longest name of who confirms."""


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    add_group(
        app,
        "privacy",
        retention=retention,
        confirm_retention=confirm_retention,
        rotate_key=rotate_key,
        subject=subject,
        log=log,
    )


def retention(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be removed; remove nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remove what was announced a day ago, and announce what goes next; the timetable does it every night.

    Nothing goes before a person confirmed the periods of [retention] with 'hotspots privacy
    confirm-retention'. With --dry-run it shows all that is past its period now, announced or not.
    """
    now = datetime.now(UTC)
    with opened() as (settings, database):
        if dry_run:
            removed = remove_expired(database, settings, now=now, dry_run=True)
            result: dict[str, Any] = {**removed.counts, **remove_files(settings, now=now, dry_run=True)}
            result["dryRun"] = True
            with database.reading() as connection:
                told = read_announcement(connection)
                is_confirmed = read_confirmation(connection) is not None
        else:
            with processing(database, "bewaartermijnen toepassen", now=now):
                counts, told, is_wiped = remove_what_was_announced(database, settings, now=now)
            result = dict(counts)
            is_confirmed = told is not None
            if is_wiped is not None:
                result["tracesLeft"] = not is_wiped
    result |= {"confirmed": is_confirmed, **_told(told)}
    if not is_confirmed and not as_json:
        console.print(
            "nobody confirmed the periods, so nothing that was brought in is removed: "
            "run 'hotspots privacy confirm-retention --by NAME'",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    show(result, as_json)


def confirm_retention(
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who decided it: kept with the moment.")],
    as_json: AsJson = False,
) -> None:
    """Confirm the periods of [retention] as they are now: from then on what is past them is removed.

    Look first at 'hotspots privacy retention --dry-run'. What goes is announced a day ahead. After a period
    was made shorter the longer one holds until this is done again.
    """
    if not by.strip() or len(by) > NAME_LENGTH:
        raise typer.BadParameter(f"wanted a name of 1 to {NAME_LENGTH} characters", param_hint="--by")
    with opened() as (settings, database):
        actor = replace(OPERATOR, name=by.strip())
        confirmation, told = confirm_periods(database, settings, by=actor, now=datetime.now(UTC))
    result = {"confirmedBy": confirmation.by, "confirmedAt": confirmation.at.isoformat()}
    show(result | {"periods": dict(confirmation.periods)} | _told(told), as_json)


def _told(told: Announcement | None) -> dict[str, Any]:
    """What goes next, and when."""
    announced = {} if told is None else {kind: count for kind, count in told.counts.items() if count}
    return {"goesAt": None if told is None else told.goes_at.isoformat(), "announced": announced}


def rotate_key(as_json: AsJson = False) -> None:
    """Put a new key after the ones there are, and hash all reporters again with it.

    Reporters stay distinct, so no result changes. The key file must keep the older keys, but on their own
    these no longer open anything in the database. Make a copy of the key file afterwards.
    """
    with opened() as (settings, database):
        rotated = rotate_reporter_key(database, settings.privacy)
        is_wiped = wipe(database)
    show(
        {
            "reporters": rotated.reporters,
            "keys": rotated.key_count,
            "fingerprint": rotated.fingerprint,
            "tracesLeft": not is_wiped,
        },
        as_json,
    )


def subject(
    reporter: Annotated[
        str | None, typer.Option(metavar="ID", help="A reporter, by the id in the source.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="With --reporter: of which source.")
    ] = None,
    user: Annotated[
        str | None, typer.Option(metavar="NAME", help="A user, by the name to sign in with.")
    ] = None,
    export: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all that is kept about this person (JSON).")
    ] = None,
    erase: Annotated[
        bool, typer.Option("--erase", help="Erase this person; after --export, if both.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give one person what is kept about them, or erase it: who reported, or who used the software.

    Counts and hotspots stay right. The file is readable by its owner only.
    """
    if (reporter is None) == (user is None):
        raise typer.BadParameter("wanted either --reporter with --source, or --user")
    if (reporter is None) != (source is None):
        raise typer.BadParameter("wanted --source with --reporter, and only there")
    if export is None and not erase:
        raise typer.BadParameter("wanted --export FILE, --erase or both")
    now = datetime.now(UTC)
    result: dict[str, Any] = {}
    sought = Reported(reporter=reporter, source=source)
    with opened() as (settings, database):
        if export is not None:
            with processing(database, "gegevens van een betrokkene geven", now=now):
                if user is None:
                    record = export_reporter(database, settings, sought, now=now)
                else:
                    record = export_user(database, name=user, now=now)
            _write_text(export, json.dumps(record, ensure_ascii=False, indent=1) + "\n")
            result["export"] = str(export)
        if erase:
            with processing(database, "gegevens van een betrokkene wissen", now=now):
                if user is None:
                    erased = erase_reporter(database, settings, sought, now=now)
                else:
                    erased = erase_user(database, settings, name=user, now=now)
            result |= {**erased.counts, "kept": erased.kept, "tracesLeft": not erased.is_wiped}
    show(result, as_json)


def log(
    output: Annotated[Path, typer.Option("--output", metavar="FILE", help="JSON lines, one per processing.")],
    days: Annotated[int, typer.Option(min=1, max=36_500, help="Of how many days back.")] = 31,
    as_json: AsJson = False,
) -> None:
    """Write the processing log in the shape of Logboek Dataverwerkingen, for the log of the organisation."""
    now = datetime.now(UTC)
    with opened() as (_, database), database.reading() as connection:
        lines = read_processings(connection, since=now - timedelta(days=days), until=now)
    _write_text(output, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    show({"lines": len(lines), "output": str(output)}, as_json)


def _write_text(path: Path, text: str) -> None:
    try:
        write_privately(path, text.encode())
    except OSError as error:
        raise StoreError(f"can't write '{path}' ({error.strerror}): name another file") from None
