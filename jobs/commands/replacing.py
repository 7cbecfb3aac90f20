"""Putting areas and addresses, from a file or a service, in the place of all that are stored."""

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from rich.progress import Progress, TaskID

from hotspots.errors import AddressesError, AreasError, DownloadError
from hotspots.files.feature_download import FeatureService, Wanted, is_url
from hotspots.files.private_files import temporary_folder
from hotspots.geocoding.address_file import GPKG_LAYERS, LAYERED, AddressFile, read_address_file
from hotspots.geocoding.register_changes import RegisterChanges, compare_register
from hotspots.geocoding.register_store import draw_streets, replace_addresses
from hotspots.geography.area_files import AreaFile, read_area_file
from hotspots.geography.areas import AreaIndex
from hotspots.settings import Settings
from hotspots.store.area_changes import AreaChanges, compare_areas
from hotspots.store.areas import note_areas, replace_areas
from hotspots.store.database import Database
from jobs.terminal import console

if TYPE_CHECKING:
    import geopandas as gpd

AcceptChanges = Annotated[
    bool, typer.Option("--accept-changes", help="Import also what would harm what is stored.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")]

Box = tuple[float, float, float, float]


def tell(notes: Iterable[str]) -> None:
    """Write what was not read as it was written, a line each, to stderr."""
    for note in notes:
        console.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)


def areas_from(source: str, settings: Settings, bar: Progress) -> AreaFile:
    """Read areas from a file, or from the collections buurten and wijken of a service.

    Raises
    ------
    HotspotsError
        If they can't be fetched or read.
    """
    task = bar.add_task(f"reading {source}", total=None)
    municipality = settings.municipality
    with temporary_folder() as folder:
        path, wijken = Path(source), None
        if is_url(source):
            path, wijken = _download_areas(source, folder, settings, _shown(bar, task))
        found = read_area_file(
            path,
            municipality_code=municipality.code,
            crs=municipality.crs,
            wijken=wijken,
            limits=settings.reading,
        )
    bar.update(task, total=1, completed=1)
    return found


def _download_areas(
    source: str, folder: Path, settings: Settings, on_progress: Callable[[int], None]
) -> tuple[Path, Path | None]:
    """The files of the areas, and of the wijken that name them where the service has these."""
    code = settings.municipality.code
    wanted = Wanted({"gemeentecode": code} if code else {})
    path, wijken = folder / "areas.geojson", folder / "wijken.geojson"
    with closing(FeatureService(source, settings.pdok)) as service:
        name = service.collection or _one_with(service, "buurt")
        if not service.download([name], path, wanted, on_progress=on_progress):
            raise DownloadError(f"{source}: wanted areas of municipality '{code}', found none")
        if "buurt" not in name or not _has_wijken(service):
            return path, None
        return path, wijken if service.download(["wijken"], wijken, wanted) else None


def _has_wijken(service: FeatureService) -> bool:
    try:
        return "wijken" in service.collections()
    except DownloadError:
        tell(["the service does not tell its collections: wijken are called by their code"])
        return False


def put_areas(
    database: Database,
    settings: Settings,
    found: AreaFile,
    *,
    name: str,
    accept_changes: bool = False,
    dry_run: bool = False,
) -> tuple[AreaChanges, list[str]]:
    """Put areas in the place of those that are stored, unless that would harm; gives changes and harm.

    Raises
    ------
    AreasError
        If it would harm and that was not accepted; nothing is changed.
    """
    with database.reading() if dry_run else database.writing() as connection:
        changes = compare_areas(connection, found.areas, settings)
        harm = ([found.elsewhere] if found.elsewhere else []) + changes.harm(settings.replacing)
        if dry_run:
            return changes, harm
        if harm and not accept_changes:
            raise AreasError(
                f"{name}: {'; '.join(harm)}. Nothing is changed: take another file, or say --accept-changes"
            )
        replace_areas(connection, found.areas)
        origin = name if is_url(name) else Path(name).name
        note_areas(connection, file_name=origin, now=datetime.now(UTC))
    return changes, harm


@dataclass(frozen=True)
class Register:
    """Addresses that were read, and the part of them that is of the municipality.

    Attributes
    ----------
    contents
        What was read.
    is_inside
        Whether each lies in the areas; empty without areas.
    is_cut
        Whether only those inside are stored.
    """

    contents: AddressFile
    is_inside: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
    is_cut: bool

    @property
    def outside(self) -> int:
        """How many are left out, as they lie outside the areas."""
        return int((~self.is_inside).sum()) if self.is_cut else 0


def addresses_from(
    source: str,
    settings: Settings,
    areas: "gpd.GeoDataFrame",
    bar: Progress,
    *,
    municipality: str = "",
    sheet: str = "",
) -> Register:
    """Read addresses from a file, or from collections of a service; of all but CSV only those in the areas.

    Raises
    ------
    HotspotsError
        If they can't be fetched or read.
    """
    task = bar.add_task(f"reading {source}", total=None)
    west, south, east, north = areas.total_bounds.tolist() if len(areas) else (0.0,) * 4
    box = (west, south, east, north) if len(areas) else None
    with temporary_folder() as folder:
        path = Path(source)
        if is_url(source):
            path = _download_addresses(source, folder, settings, box, _shown(bar, task))
        found = read_address_file(
            path,
            municipality=municipality,
            box=box,
            crs=settings.municipality.crs,
            sheet=sheet,
            limits=settings.reading,
        )
    table = found.table
    is_inside = np.array(
        [code is not None for code in AreaIndex(areas).locate(table["lon"], table["lat"])]
        if len(areas)
        else [],
        dtype=bool,
    )
    bar.update(task, total=1, completed=1)
    is_cut = len(is_inside) > 0 and path.suffix.lower() in LAYERED
    if is_cut and not is_inside.any():
        raise AddressesError(
            f"{source}: wanted addresses within the areas, found none. {found.elsewhere}".strip()
        )
    return Register(found, is_inside, is_cut)


def _download_addresses(
    source: str, folder: Path, settings: Settings, box: Box | None, on_progress: Callable[[int], None]
) -> Path:
    if box is None:
        raise AddressesError(
            f"{source}: wanted areas to fetch the addresses of, found none: import these first"
        )
    path = folder / "addresses.geojson"
    with closing(FeatureService(source, settings.pdok)) as service:
        names = [service.collection] if service.collection else service.collections()
        wanted = names if service.collection else [name for name in GPKG_LAYERS if name in names]
        if not wanted:
            raise DownloadError(
                f"{source}: wanted collections {', '.join(GPKG_LAYERS)}, found {', '.join(names)}"
            )
        if not service.download(wanted, path, Wanted(box=box), on_progress=on_progress):
            raise DownloadError(f"{source}: wanted addresses within the areas, found none")
    return path


def put_addresses(
    database: Database,
    settings: Settings,
    register: Register,
    *,
    name: str,
    accept_changes: bool = False,
    dry_run: bool = False,
) -> tuple[RegisterChanges, list[str]]:
    """Put addresses in the place of those that are stored, unless that would harm; gives changes and harm.

    Raises
    ------
    AddressesError
        If it would harm and that was not accepted; nothing is changed.
    """
    contents = register.contents
    table = contents.table
    if register.is_cut:
        table = table[register.is_inside]
    with database.reading() if dry_run else database.writing() as connection:
        changes = compare_register(
            connection,
            table,
            settings,
            is_outside=[] if register.is_cut else (~register.is_inside).tolist(),
            rounded_share=contents.rounded_share,
        )
        harm = ([contents.elsewhere] if contents.elsewhere else []) + changes.harm(settings.replacing)
        if dry_run:
            return changes, harm
        if harm and not accept_changes:
            raise AddressesError(
                f"{name}: {'; '.join(harm)}. Nothing is changed: take another file, or say --accept-changes"
            )
        replace_addresses(connection, table)
        draw_streets(connection, settings, table)
    return changes, harm


def _one_with(service: FeatureService, word: str) -> str:
    """The collection with a word in its name."""
    names = service.collections()
    found = [name for name in names if word in name.lower()]
    if len(found) != 1:
        raise DownloadError(
            f"{service.address}: wanted one collection with '{word}' in its name, found {', '.join(names)}: "
            "name it, as …/collections/NAME"
        )
    return found[0]


def _shown(bar: Progress, task: TaskID) -> Callable[[int], None]:
    return lambda count: bar.update(task, completed=count)
