"""`hotspots areas …`: the boundaries of the municipality."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from hotspots.errors import AreasError
from hotspots.files.feature_download import is_url
from hotspots.geography.area_files import AreaFile
from hotspots.settings import Settings
from hotspots.store.area_changes import AreaChanges, compare_areas
from hotspots.store.areas import note_areas, replace_areas
from hotspots.store.database import Database
from jobs.commands import add_group
from jobs.commands.replacing import AcceptChanges, DryRun, areas_from, tell
from jobs.terminal import AsJson, opened, progress, show

Areas = Annotated[
    str,
    typer.Argument(
        metavar="FILE|URL", help="GeoJSON or GeoPackage, or the address of an OGC API - Features collection."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    add_group(app, "areas", import_=import_areas)


def import_areas(
    file: Areas, accept_changes: AcceptChanges = False, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Replace all areas by those in FILE or at URL, such as the CBS Wijk- en buurtkaart.

    The areas together are the municipality: a report located outside them is refused. Columns of CBS are used
    where present: buurtcode, buurtnaam, wijkcode, wijknaam, gemeentecode, gemeentenaam, aantal_inwoners;
    names of wijken also from layer wijken. Of a national file only the areas of [municipality] code are kept.
    Every report gets its buurt anew. Areas that lie elsewhere or would harm what is stored are refused.
    """
    with opened() as (settings, database), progress(quiet=as_json) as bar:
        with areas_from(file, settings, bar) as found:
            changes = put_areas(
                database, settings, found, name=file, accept_changes=accept_changes, dry_run=dry_run
            )
        harm = changes.harm(settings.replacing) + ([found.elsewhere] if found.elsewhere else [])
        tell(found.notes)
    show(_figures(found, changes, harm if dry_run else None), as_json)


def put_areas(
    database: Database,
    settings: Settings,
    found: AreaFile,
    *,
    name: str,
    accept_changes: bool = False,
    dry_run: bool = False,
) -> AreaChanges:
    """Put areas in the place of those that are stored, unless that would harm; gives what changed.

    Raises
    ------
    AreasError
        If it would harm and that was not accepted; nothing is changed.
    """
    with database.reading() if dry_run else database.writing() as connection:
        changes = compare_areas(connection, found.areas, settings)
        harm = ([found.elsewhere] if found.elsewhere else []) + changes.harm(settings.replacing)
        if dry_run:
            return changes
        if harm and not accept_changes:
            raise AreasError(
                f"{name}: {'; '.join(harm)}. Nothing is changed: take another file, or say --accept-changes"
            )
        replace_areas(connection, found.areas)
        last = name.rstrip("/").rpartition("/")[2] if not is_url(name) else name
        note_areas(connection, file_name=last, now=datetime.now(UTC))
    return changes


def _figures(found: AreaFile, changes: AreaChanges, harm: list[str] | None) -> dict[str, Any]:
    inhabitants = found.areas["inhabitants"].sum(min_count=1)
    figures = {
        "areas": len(found.areas),
        "wijken": found.areas["wijkcode"].nunique(),
        "inhabitants": None if inhabitants != inhabitants else int(inhabitants),
        **changes.as_json(),
    }
    return figures if harm is None else {**figures, "wouldBeRefused": harm}
