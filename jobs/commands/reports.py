"""`hotspots reports`: the reports of the municipality."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hotspots.importing import ImportResult, import_reports
from jobs.terminal import AsJson, console, opened, progress, show

SHOWN_CATEGORIES = 30


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    reports = typer.Typer(help="The reports of the municipality.", no_args_is_help=True)
    reports.command("import")(import_file)
    app.add_typer(reports, name="reports")


def import_file(
    file: Annotated[Path, typer.Argument(help="The export: CSV, JSON or a zip, as the mapping says.")],
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
    if dry_run and not as_json:
        _show_understanding(result)
    show({**result.as_json(), **({"dryRun": True} if dry_run else {})}, as_json)


def _show_understanding(result: ImportResult) -> None:
    """Tell what was understood of the file, for a person who sets up a mapping."""
    console.print(f"columns: {', '.join(result.columns) or '(JSON: by path)'}", markup=False)
    console.print("categories (as in the file -> as counted: rows):")
    for (name, category), count in result.categories.most_common(SHOWN_CATEGORIES):
        console.print(f"  {name or '(none)'} -> {category}: {count}", markup=False)
    for note, count in result.notes.most_common():
        console.print(f"note: {note}: {count}", markup=False)
    console.print("the first readings:")
    for reading in result.readings:
        # no text and no reporter: this may end in a log or on a screen that others see
        console.print(
            f"  row {reading.row_number}: {reading.source_id}, {reading.reported_at.isoformat()}, "
            f"{reading.category}, x={reading.x:g}, y={reading.y:g}, "
            f"{reading.street} {reading.house_number} {reading.postcode}",
            markup=False,
        )
