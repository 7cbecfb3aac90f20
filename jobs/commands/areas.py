"""`hotspots areas …`: the boundaries of the municipality."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hotspots.geography.area_files import read_area_file
from hotspots.store.areas import note_areas, replace_areas
from jobs.commands import add_group
from jobs.terminal import AsJson, opened, show

AreaFile = Annotated[Path, typer.Argument(metavar="FILE", help="GeoJSON or GeoPackage.")]


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    add_group(app, "areas", import_=import_areas)


def import_areas(file: AreaFile, as_json: AsJson = False) -> None:
    """Replace all areas by those in FILE, such as the CBS Wijk- en buurtkaart.

    The areas together are the municipality: a report located outside them is refused. Columns of CBS are used
    where present: buurtcode, buurtnaam, wijkcode, wijknaam, gemeentecode, gemeentenaam, aantal_inwoners. Of a
    national file only the areas of [municipality] code are kept. Every report gets its buurt anew.
    """
    with opened() as (settings, database):
        frame = read_area_file(file, municipality_code=settings.municipality.code)
        with database.writing() as connection:
            moved = replace_areas(connection, frame)
            note_areas(connection, file_name=file.name, now=datetime.now(UTC))
        inhabitants = frame["inhabitants"].sum(min_count=1)
        show(
            {
                "areas": len(frame),
                "wijken": frame["wijkcode"].nunique(),
                "inhabitants": None if inhabitants != inhabitants else int(inhabitants),
                "reportsMoved": moved,
            },
            as_json,
        )
