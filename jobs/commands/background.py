"""`hotspots background …`: what maps show under the hotspots."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import geopandas as gpd
import typer
from rich.progress import Progress

from hotspots.errors import BackgroundError, DownloadError
from hotspots.files.feature_download import FeatureService, Wanted, is_url
from hotspots.files.private_files import temporary_folder
from hotspots.geography.background_files import KINDS, read_background_file
from hotspots.geography.cut_layers import Box, box_around
from hotspots.geography.projection import Projection
from hotspots.publishing.background import choose_background
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.store.background import Imported, Kind, Origin, note_imported, read_imported, replace_background
from hotspots.store.database import Database
from jobs.commands import add_group
from jobs.terminal import AsJson, opened, progress, show

Source = Annotated[
    str,
    typer.Argument(
        metavar="FILE|URL", help="GeoPackage or GeoJSON, or the address of an OGC API - Features collection."
    ),
]
KindOption = Annotated[
    str, typer.Option("--kind", metavar="|".join(KINDS), help="What all of it is, where that can't be told.")
]
Attribution = Annotated[
    str, typer.Option("--attribution", metavar="TEXT", help="Whose data they are; stands on every map.")
]


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    add_group(app, "background", import_=import_background, remove=remove, show=show_background)


def import_background(
    file: Source, attribution: Attribution = "", kind: KindOption = "", as_json: AsJson = False
) -> None:
    """Import roads, water, green, buildings or railways to draw under the hotspots, such as NWB or TOP10NL.

    The columns of OpenStreetMap tell what each feature is, else the name of the layer or collection, else
    --kind. Only what lies in and around the municipality is kept. It replaces what was imported of the same
    kinds; other kinds stay.
    """
    if kind and kind not in KINDS:
        raise BackgroundError(f"wanted --kind {', '.join(KINDS)}, found '{kind}'")
    with opened() as (settings, database):
        with (
            progress(quiet=as_json) as bar,
            local_file(file, database, settings, bar) as (path, name, box),
        ):
            frame = read_background_file(
                path,
                Projection(settings.municipality.crs),
                box,
                limits=settings.reading,
                name=name,
                kind=kind,
            )
        with database.writing() as connection:
            before = read_imported(connection)
            count = replace_background(
                connection, Origin.FILE, frame, kinds=[Kind(one) for one in set(frame["kind"])]
            )
            sources = before.attribution.split("; ") if before else []
            told = "; ".join(dict.fromkeys([*sources, attribution] if attribution else sources))
            note_imported(connection, Imported(file if is_url(file) else Path(file).name, told))
    show(
        {"features": count, **frame["kind"].value_counts().sort_index().to_dict(), "attribution": told},
        as_json,
    )


def remove(as_json: AsJson = False) -> None:
    """Remove what was imported; maps show the streets of the address register again."""
    with opened() as (_, database), database.writing() as connection:
        was = read_imported(connection)
        replace_background(
            connection, Origin.FILE, gpd.GeoDataFrame({"kind": [], "name": [], "size_m": []}, geometry=[])
        )
        note_imported(connection, None)
    show({"removed": was.file if was else None}, as_json)


def show_background(as_json: AsJson = False) -> None:
    """Tell what maps show under the hotspots now."""
    with opened() as (settings, database), database.reading() as connection:
        chosen = choose_background(connection, settings.map)
    show({"kind": chosen.kind, "origin": str(chosen.origin), "attribution": chosen.attribution}, as_json)


@contextmanager
def local_file(
    source: str, database: Database, settings: Settings, bar: Progress
) -> Iterator[tuple[Path, str, Box | None]]:
    """Give a file (fetched, if it is the address of a collection), its name, and the box that is wanted."""
    task = bar.add_task(f"reading {source}", total=None)
    with database.reading() as connection:
        box = box_around(load_areas(connection, settings.areas.gebieden))
    with temporary_folder() as folder:
        path, name = Path(source), Path(source).stem
        if is_url(source):
            path = folder / "features.geojson"
            with closing(FeatureService(source, settings.pdok)) as service:
                if not service.collection:
                    raise DownloadError(
                        f"{source}: wanted the address of one collection, found that of a service, which has "
                        f"{', '.join(service.collections()[:10])}"
                    )
                name = service.collection
                service.download(
                    [name], path, Wanted(box=box), on_progress=lambda count: bar.update(task, completed=count)
                )
        yield path, name, box
    bar.update(task, total=1, completed=1)
