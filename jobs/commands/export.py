"""`hotspots export …`: hotspots as files for other software."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hotspots.access.rights import EVERYTHING, NO_PERSONS
from hotspots.model import Aard
from hotspots.publishing.exports import Format, write_hotspots
from hotspots.store.audit import processing
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.listed import count_list
from hotspots.tracking.samples import statuses_that_leave
from hotspots.tracking.selection import Selection
from jobs.commands import add_group
from jobs.terminal import AsJson, opened, show

OutputFormat = Annotated[Format, typer.Option("--format", help="Kind of file.")]
OutputFile = Annotated[Path, typer.Option("--output", metavar="FILE", help="An existing file is replaced.")]

WithoutDwellings = Annotated[
    bool,
    typer.Option(
        "--without-dwellings", help="Leave out what points at persons: dwellings, and places of one reporter."
    ),
]

OfAard = Annotated[
    list[Aard] | None,
    typer.Option("--aard", help="Only what the reports are mainly about; may be given several times."),
]


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    add_group(app, "export", hotspots=export_hotspots)


def export_hotspots(
    output: OutputFile,
    kind: OutputFormat = Format.GEOJSON,
    without_dwellings: WithoutDwellings = False,
    aard: OfAard = None,
    as_json: AsJson = False,
) -> None:
    """Write all tracked hotspots, also the ended ones, as they stood after the last run; or those of a kind.

    GeoJSON, CSV (`;`, UTF-8, reasons joined by ` | `, [export] decimal_sign), XLSX, GeoPackage (layer
    `hotspots`) or GeoParquet (1.1); coordinates are lon/lat WGS 84.
    """
    visibility = NO_PERSONS if without_dwellings else EVERYTHING
    with opened() as (settings, database):
        with processing(database, "lijst uitvoeren", now=datetime.now(UTC)):
            with database.reading() as connection:
                hotspots = read_hotspots(
                    connection,
                    settings,
                    Selection(visibility, aard=aard or (), status=statuses_that_leave(connection, settings)),
                )
            write_hotspots(hotspots, output, kind, decimal_sign=settings.export.decimal_sign)
        counts = vars(count_list(hotspots))
        show({"hotspots": len(hotspots), **counts, "format": kind.value, "output": str(output)}, as_json)
