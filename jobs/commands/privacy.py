"""`hotspots privacy`: what is kept no longer, the key of reporters, and the rights of one person."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from hotspots.intake.reporter_key import rotate_reporter_key
from hotspots.privacy.announcements import Announcement, confirm_periods, read_announcement
from hotspots.privacy.data_subjects import erase_user, export_user
from hotspots.privacy.kept_data import read_kept
from hotspots.privacy.left_house import read_left
from hotspots.privacy.reporters import Reported, erase_reporter, export_reporter
from hotspots.privacy.requests import (
    Asked,
    Outcome,
    SubjectRequest,
    answer_request,
    extend,
    note_identity,
    open_request,
    read_request,
    read_requests,
)
from hotspots.privacy.residents import erase_resident, export_resident
from hotspots.privacy.retention import remove_expired
from hotspots.privacy.subject_file import make_letter
from hotspots.privacy.wiping import wipe
from hotspots.store.audit import processing, read_processings
from hotspots.store.confirmed_periods import read_confirmation
from jobs.commands import add_group
from jobs.retention import remove_files, remove_what_was_announced
from jobs.terminal import AsJson, By, opened, operator, show, tell, write_output


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    add_group(
        app,
        "privacy",
        retention=retention,
        confirm_retention=confirm_retention,
        rotate_key=rotate_key,
        subject=subject,
        requests=requests,
        add_request=add_request,
        change_request=change_request,
        log=log,
        kept=kept,
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
        tell(
            "nobody confirmed the periods, so nothing that was brought in is removed: "
            "run 'hotspots privacy confirm-retention --by NAME'"
        )
    show(result, as_json)


def confirm_retention(by: By, as_json: AsJson = False) -> None:
    """Confirm the periods of [retention] as they are now: from then on what is past them is removed.

    Look first at 'hotspots privacy retention --dry-run'. What goes is announced a day ahead. After a period
    was made shorter the longer one holds until this is done again.
    """
    actor = operator(by)
    with opened() as (settings, database):
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
        str | None, typer.Option(metavar="NAME", help="Of --reporter or --number: of which source.")
    ] = None,
    number: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Who made one report, by its number in the source.")
    ] = None,
    address: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Who lives at an address: street, number, postcode.")
    ] = None,
    user: Annotated[
        str | None, typer.Option(metavar="NAME", help="A user, by the name to sign in with.")
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write all that is kept about this person: JSON, or a .docx letter."
        ),
    ] = None,
    erase: Annotated[
        bool, typer.Option("--erase", help="Erase this person; after --export, if both.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give one person what is kept about them, or erase it: a reporter, resident or user of the software.

    Counts and hotspots stay right. The file is readable by its owner only; a letter is for who reported or
    lives at an address. What a person asks is kept with 'hotspots privacy add-request'.
    """
    if sum(each is not None for each in (reporter, number, address, user)) != 1:
        raise typer.BadParameter("wanted one of --reporter, --number, --address and --user")
    if (reporter is not None and source is None) or (source is not None and reporter is number is None):
        raise typer.BadParameter("wanted --source with --reporter, and only there or with --number")
    if export is None and not erase:
        raise typer.BadParameter("wanted --export FILE, --erase or both")
    is_letter = export is not None and export.suffix.lower() == ".docx"
    if is_letter and user is not None:
        raise typer.BadParameter("wanted a JSON file for a user", param_hint="--export")
    now = datetime.now(UTC)
    result: dict[str, Any] = {}
    sought = Reported(reporter=reporter, number=number, source=source)
    with opened() as (settings, database):
        if export is not None:
            with processing(database, "gegevens van een betrokkene geven", now=now):
                if user is not None:
                    record = export_user(database, name=user, now=now)
                elif address is not None:
                    record = export_resident(database, settings, address, now=now)
                else:
                    record = export_reporter(database, settings, sought, now=now)
            text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
            write_output(export, make_letter(record, settings) if is_letter else text.encode())
            result["export"] = str(export)
        if erase:
            with processing(database, "gegevens van een betrokkene wissen", now=now):
                if user is not None:
                    erased = erase_user(database, settings, name=user, now=now)
                elif address is not None:
                    erased = erase_resident(database, settings, address, now=now)
                else:
                    erased = erase_reporter(database, settings, sought, now=now)
            result |= {**erased.counts, "kept": erased.kept, "tracesLeft": not erased.is_wiped}
    show(result, as_json)


Number = Annotated[int, typer.Argument(min=1, max=10**9, metavar="NUMBER", help="Of the request.")]
Handler = Annotated[str, typer.Option("--by", metavar="NAME", help="Who handles it: kept with the step.")]


def requests(as_json: AsJson = False) -> None:
    """List what people asked about their own data, with the day by which each is to be answered."""
    with opened() as (settings, database), database.reading() as connection:
        found = read_requests(connection)
    today = settings.municipality.local_day(datetime.now(UTC))
    rows = [_request_as_json(request, today) for request in found]
    show({"requests": rows, "overdue": sum(row["daysLeft"] < 0 for row in rows if row["open"])}, as_json)


def add_request(
    kind: Annotated[Asked, typer.Option(help="What is asked.")],
    by: Handler,
    received: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day it came in; without: today.")
    ] = None,
    reference: Annotated[str, typer.Option(metavar="TEXT", help="The case elsewhere; never a name.")] = "",
    as_json: AsJson = False,
) -> None:
    """Write down what somebody asks about their own data: its term of a month begins the day it came in."""
    now = datetime.now(UTC)
    with opened() as (settings, database):
        today = settings.municipality.local_day(now)
        with database.writing() as connection:
            request = open_request(
                connection,
                kind=kind,
                received_on=today if received is None else received.date(),
                reference=reference,
                by=operator(by),
                now=now,
                today=today,
            )
    show(_request_as_json(request, today), as_json)


def change_request(
    number: Number,
    by: Handler,
    identity: Annotated[
        str | None, typer.Option(metavar="TEXT", help="How it was checked who asks; never a name.")
    ] = None,
    extend_for: Annotated[
        str | None, typer.Option(metavar="REASON", help="Make the term two months longer, once.")
    ] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Close it: how it ended.")] = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="On the outcome; wanted with 'afgewezen'.")] = "",
    as_json: AsJson = False,
) -> None:
    """Write down a step of a request: who asks was checked, its term was extended, it was answered."""
    if identity is None and extend_for is None and outcome is None:
        raise typer.BadParameter("wanted --identity, --extend-for or --outcome")
    now, actor = datetime.now(UTC), operator(by)
    with opened() as (settings, database):
        with database.writing() as connection:
            if identity is not None:
                note_identity(connection, number, identity, by=actor, now=now)
            if extend_for is not None:
                extend(connection, number, extend_for, by=actor, now=now)
            if outcome is not None:
                answer_request(connection, number, outcome, note, by=actor, now=now)
            request = read_request(connection, number)
        today = settings.municipality.local_day(now)
    show(_request_as_json(request, today), as_json)


def _request_as_json(request: SubjectRequest, today: date) -> dict[str, Any]:
    return {
        "number": request.id,
        "kind": request.kind,
        "received": request.received_on.isoformat(),
        "due": request.due_on.isoformat(),
        "daysLeft": request.days_left(today),
        "open": request.is_open,
        "reference": request.reference,
        "identity": request.identity,
        "outcome": request.outcome,
    }


def log(
    output: Annotated[Path, typer.Option("--output", metavar="FILE", help="JSON lines, one per processing.")],
    days: Annotated[int, typer.Option(min=1, max=36_500, help="Of how many days back.")] = 31,
    as_json: AsJson = False,
) -> None:
    """Write the processing log in the shape of Logboek Dataverwerkingen, for the log of the organisation."""
    now = datetime.now(UTC)
    with opened() as (_, database), database.reading() as connection:
        lines = read_processings(connection, since=now - timedelta(days=days), until=now)
    write_output(output, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode())
    show({"lines": len(lines), "output": str(output)}, as_json)


def kept(
    weeks: Annotated[int, typer.Option(min=1, max=520, help="Of how many weeks what left the house.")] = 8,
    as_json: AsJson = False,
) -> None:
    """Show what is kept of each kind of data, since when, what goes and went, and what left the house."""
    now = datetime.now(UTC)
    with opened() as (settings, database), database.reading() as connection:
        lines = read_kept(connection, settings, now=now)
        left = read_left(connection, settings, now=now, weeks=weeks)
    rows = [
        {
            "kind": line.kind,
            "total": line.total,
            "oldest": None if line.oldest is None else line.oldest.isoformat(),
            "past": line.past,
            "withinMonth": line.within_month,
            "lastRemoval": None if line.last_removal is None else line.last_removal.isoformat(),
            "lastCount": line.last_count,
        }
        for line in lines
    ]
    show({"kept": rows, "left": {each.kind: list(each.weeks) for each in left}}, as_json)
