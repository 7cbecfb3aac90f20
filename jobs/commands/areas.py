"""`hotspots areas …`: the boundaries of the municipality."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from hotspots.geography.area_files import AreaFile
from hotspots.operations.composed_gebieden import Wanted, compose_gebied
from hotspots.settings import load_settings
from hotspots.store.area_changes import AreaChanges
from jobs.commands import add_group
from jobs.commands.replacing import AcceptChanges, DryRun, areas_from, put_areas, tell_notes
from jobs.terminal import AsJson, opened, progress, show

Areas = Annotated[
    str,
    typer.Argument(
        metavar="FILE|URL", help="GeoJSON or GeoPackage, or the address of an OGC API - Features collection."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    add_group(app, "areas", import_=import_areas, compose=compose)


def import_areas(
    file: Areas, accept_changes: AcceptChanges = False, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Replace all areas by those in FILE or at URL, such as the CBS Wijk- en buurtkaart.

    The areas together are the municipality: a report located outside them is refused. Columns of CBS are used
    where present: buurtcode, buurtnaam, wijkcode, wijknaam, gemeentecode, gemeentenaam, aantal_inwoners;
    names of wijken also from layer wijken. Of a national file only the areas of [municipality] code are kept.
    Every report gets its buurt anew. Areas that lie elsewhere or would harm what is stored are refused.
    """
    with opened() as (settings, database):
        with progress(quiet=as_json) as bar:
            found = areas_from(file, settings, bar)
        changes, harm = put_areas(
            database, settings, found, name=file, accept_changes=accept_changes, dry_run=dry_run
        )
    tell_notes(found.notes)
    show(_figures(found, changes, harm if dry_run else None), as_json)


def compose(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the gebied, as it is to be called.")],
    codes: Annotated[
        list[str] | None,
        typer.Argument(metavar="CODE...", help="Of buurten and wijken; none takes the gebied away."),
    ] = None,
    formerly: Annotated[str, typer.Option(metavar="NAME", help="What it is called now, to rename it.")] = "",
    accept_changes: AcceptChanges = False,
    as_json: AsJson = False,
) -> None:
    """Form the area of a gebiedsteam of buurten and wijken, rename it, or take it away.

    It is stored in the database, and counts at once, unless the settings file or environment sets
    [areas] gebieden. A wijk in no gebied is one itself.
    """
    with opened() as (settings, database):
        known = settings.areas.gebieden
        wanted = Wanted(name, codes or [], formerly or (name if name in known else ""))
        gebieden = compose_gebied(
            database,
            load_settings(),
            wanted,
            by=None,
            now=datetime.now(UTC),
            accept_changes=accept_changes,
        )
    show({"gebieden": {each: list(its) for each, its in gebieden.items()}}, as_json)


def _figures(found: AreaFile, changes: AreaChanges, harm: list[str] | None) -> dict[str, Any]:
    inhabitants = found.areas["inhabitants"].sum(min_count=1)
    figures = {
        "areas": len(found.areas),
        "wijken": found.areas["wijkcode"].nunique(),
        "inhabitants": None if inhabitants != inhabitants else int(inhabitants),
        **changes.as_json(),
    }
    return figures if harm is None else {**figures, "wouldBeRefused": harm}
