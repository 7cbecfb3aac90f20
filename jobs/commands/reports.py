"""`hotspots reports`: the reports of the municipality."""

from datetime import UTC, datetime
from math import isfinite
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any

import typer

from hotspots.intake.import_reports import ImportResult, import_reports
from hotspots.intake.scrubbing import scrub
from hotspots.intake.undoing import undo_import
from hotspots.operations.delivery_flaws import Flaw, flaws_of_import
from hotspots.operations.next_round import NextRound, next_round
from hotspots.privacy.announcements import when_it_goes
from hotspots.settings import Settings
from hotspots.store.database import Database
from jobs.commands import add_group
from jobs.terminal import AsJson, opened, progress, show, tell

SHOWN_CATEGORIES = 30

_address_parts = attrgetter(
    "street", "house_number", "house_letter", "house_suffix", "postcode", "town", "address"
)


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    add_group(app, "reports", import_=import_file, undo=undo_delivery)


def import_file(
    file: Annotated[
        Path,
        typer.Argument(help="The export: CSV, XLSX, ODS, JSON, JSON Lines or a zip, as the mapping says."),
    ],
    source: Annotated[
        str, typer.Option(metavar="NAME", help="Which mapping to read it with: config/sources/NAME.toml.")
    ],
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show what would happen and what was understood; change nothing."),
    ] = False,
    rejects: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write refused rows here, with row number and reason (CSV)."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import reports: new ones are added, changed ones updated, the rest is left.

    Importing the same file again changes nothing. Rows without an id or a readable time, or outside the
    municipality, are refused and written to the rejects file; by default FILE with .rejects.csv after it.
    """
    refused = rejects or (None if dry_run else file.with_name(file.name + ".rejects.csv"))
    with opened() as (settings, database), progress(quiet=as_json) as bar:
        task = bar.add_task(f"reading {file.name}", total=None)
        result = import_reports(
            database,
            settings,
            file,
            source,
            now=datetime.now(UTC),
            dry_run=dry_run,
            rejects_path=refused,
            on_progress=lambda read, total: bar.update(task, completed=read, total=total),
        )
        flaws = () if dry_run else _flaws(database, settings, result)
        goes = when_it_goes(database, settings, result, datetime.now(UTC))
        with database.reading() as connection:
            following = next_round(connection, settings, datetime.now(UTC))
    understood = _understood(result) if dry_run else {}
    if dry_run and not as_json:
        _show(understood, result)
    elif not as_json:
        _tell_how_it_was_read(result)
        for flaw in flaws:
            tell(f"attention: {flaw.alert}")
    if goes and not as_json:
        _tell_what_is_past(result, goes)
    attention = {"attention": [flaw.alert for flaw in flaws]} if flaws and as_json else {}
    counts = {name: value for name, value in result.as_json().items() if as_json or name not in result.told}
    show(
        {
            **counts,
            **(goes if as_json else {}),
            **attention,
            **({"dryRun": True} if dry_run else {"listChanges": _list_changes(following, as_json)}),
            **(understood if as_json else {}),
        },
        as_json,
    )


def undo_delivery(
    number: Annotated[
        int, typer.Argument(min=1, max=10**9, metavar="IMPORT", help="The number of the import.")
    ],
    reason: Annotated[str, typer.Option(help="Why: it stands in the history.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be taken back; change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Undo an import: the reports that it brought go, those that it changed are as they were before.

    Refused when a later import touched these reports: undo that one first.
    """
    with opened() as (_, database), database.writing() as connection:
        done = undo_import(connection, number, by=None, at=datetime.now(UTC), reason=reason)
        if dry_run:
            connection.rollback()
    result = {"import": number, "removed": done.removed, "restored": done.restored}
    show(result | ({"dryRun": True} if dry_run else {}), as_json)


def _list_changes(following: NextRound, as_json: bool) -> Any:
    """When what was imported shows on the list: not before the next weekly run."""
    if as_json:
        return following.as_json()
    return "when the weekly run is resumed" if following.at is None else f"{following.at:%Y-%m-%d %H:%M} UTC"


def _tell_what_is_past(result: ImportResult, goes: dict[str, Any]) -> None:
    counts = "; ".join(
        f"{_NAMES[kind]}: {counts['past']}, within a month: {counts['withinMonth']}"
        for kind, counts in result.past_periods.items()
        if any(counts.values())
    )
    when = (
        f"what is past its period goes in the removal of {goes['goesAt']}"
        if goes["confirmed"]
        else "nothing goes yet, as nobody confirmed the periods ('hotspots privacy confirm-retention')"
    )
    tell(f"rows past their period: {counts}: {when}")


_NAMES = {"texts": "texts", "locations": "places", "reports": "reports"}


def _flaws(database: Database, settings: Settings, result: ImportResult) -> tuple[Flaw, ...]:
    with database.reading() as connection:
        return flaws_of_import(connection, result.id, settings.health)


def _understood(result: ImportResult) -> dict[str, Any]:
    """How the file was read, for a person who sets up a mapping."""
    return {
        "columns": {name: list(columns) for name, columns in result.fields.items()},
        "absentColumns": result.absent_columns,
        "unusedColumns": result.unused_columns,
        "categories": [
            {"name": scrub(name), "countedAs": category, "rows": count}
            for (name, category), count in result.categories.most_common(SHOWN_CATEGORIES)
        ],
        "notes": dict(result.notes.most_common()),
        "firstReadings": [
            # no text and no reporter, as this may end up in a log or on a screen that others see
            {
                "row": reading.row_number,
                "id": reading.source_id,
                "reportedAt": reading.reported_at.isoformat(),
                "category": str(reading.category),
                "x": reading.x if isfinite(reading.x) else None,
                "y": reading.y if isfinite(reading.y) else None,
                "address": " ".join(filter(None, _address_parts(reading))),
            }
            for reading in result.readings
        ],
    }


def _tell_how_it_was_read(result: ImportResult) -> None:
    if result.other_mapping:
        tell(f"read by mapping: {result.other_mapping}")
    for column in result.absent_columns:
        tell(f"absent column: {column}")
    for note, count in result.notes.most_common():
        tell(f"note: {note}: {count}")


def _show(understood: dict[str, Any], result: ImportResult) -> None:
    absent = set(result.absent_columns)
    tell("columns (field <- column of the file):")
    for name, columns in understood["columns"].items():
        marked = [f"{column} (absent)" if column in absent else column for column in columns]
        tell(f"  {name} <- {', '.join(marked)}")
    tell(f"  not used: {', '.join(understood['unusedColumns']) or 'none'}")
    tell("categories (as in the file -> counted as: rows):")
    for one in understood["categories"]:
        tell(f"  {one['name'] or '(none)'} -> {one['countedAs']}: {one['rows']}")
    for note, count in result.notes.most_common():
        tell(f"note: {note}: {count}")
    tell("the first readings:")
    for reading in understood["firstReadings"]:
        place = "no coordinates" if reading["x"] is None else f"x={reading['x']:.15g}, y={reading['y']:.15g}"
        what = f"{reading['id']}, {reading['reportedAt']}, {reading['category']}"
        tell(f"  row {reading['row']}: {what}, {place}, {reading['address'] or 'no address'}")
