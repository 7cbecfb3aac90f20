"""`hotspots changes`: who changed what of the installation, as the page /beheer/geschiedenis."""

import json
from datetime import UTC, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from hotspots.access.admin_changes import AdminChange, read_changes
from hotspots.access.admin_changes import Kind as Subject
from jobs.terminal import AsJson, opened, parse_day, show, write_output


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    app.command("changes")(changes)


def changes(
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="KIND", help=f"Only these: {', '.join(Subject)}."),
    ] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="DATE", help="From this day on.")] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Until and with this day.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most so many.")] = 1_000,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write them as JSON lines.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell who changed what of the installation: from what to what and why, the last change first."""
    if kind is not None and kind not in list(Subject):
        raise typer.BadParameter(f"wanted one of {', '.join(Subject)}, found '{kind}'", param_hint="--kind")
    with opened() as (settings, database), database.reading() as connection:
        midnight = settings.municipality.midnight
        found = read_changes(
            connection,
            kind=None if kind is None else Subject(kind),
            since=None if since is None else midnight(parse_day(since)),
            until=None if until is None else midnight(parse_day(until) + timedelta(days=1)),
            limit=limit,
        )
    lines = [_as_json(change) for change in found]
    if output is not None:
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        write_output(output, text.encode())
        show({"changes": len(lines), "output": str(output)}, as_json)
    elif as_json:
        show({"changes": lines}, as_json)
    else:
        show({f"{line['at']} {line['kind']} {line['about']}": line["by"] for line in lines}, as_json)


def _as_json(change: AdminChange) -> dict[str, Any]:
    return {
        "id": change.id,
        "at": change.at.astimezone(UTC).isoformat(),
        "by": change.actor,
        "kind": change.kind,
        "about": change.about,
        "before": change.before,
        "after": change.after,
        "reason": change.reason,
    }
