"""`hotspots addresses`: the address register of the municipality."""

from pathlib import Path
from typing import Annotated

import typer

from hotspots.geocoding.address_file import read_address_file
from hotspots.store.addresses import replace_addresses
from hotspots.store.areas import load_areas
from jobs.terminal import AsJson, opened, progress, show


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    addresses = typer.Typer(help="The address register of the municipality.", no_args_is_help=True)
    addresses.command("import")(import_file)
    app.add_typer(addresses, name="addresses")


def import_file(
    file: Annotated[
        Path, typer.Argument(help="CSV (also .csv.gz), NLExtract CSV, or PDOK's bag-light.gpkg.")
    ],
    municipality: Annotated[
        str, typer.Option(metavar="NAME", help="Keep only addresses of this municipality.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Import the address register: it replaces the one that is there, in one step.

    Addresses locate reports without coordinates, and say how many reports a place could be expected to have.
    """
    with opened() as (settings, database), progress(quiet=as_json) as bar:
        task = bar.add_task(f"reading {file.name}", total=2)
        with database.reading() as connection:
            areas = load_areas(connection, settings.areas.gebieden)
        west, south, east, north = areas.total_bounds.tolist() if len(areas) else (0.0,) * 4
        box = (west, south, east, north) if len(areas) else None
        found = read_address_file(file, municipality=municipality, box=box)
        bar.update(task, advance=1, description="writing addresses")
        with database.writing() as connection:
            count = replace_addresses(connection, found.table)
        bar.advance(task)
    show(
        {
            "read": found.read,
            "addresses": count,
            "otherMunicipality": found.other_municipality,
            "refused": len(found.refused),
        },
        as_json,
    )
