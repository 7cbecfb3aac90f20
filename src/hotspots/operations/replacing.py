"""Putting areas and addresses, from a file or a service, in the place of all that are stored.

What is read is compared with what is stored first; what would harm is refused, unless a person accepts it.
All is stored in one transaction, or nothing, with a line in the history of the installation.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hotspots.access.admin_changes import Kind, record_change
from hotspots.access.rights import Actor
from hotspots.errors import AddressesError, AreasError, DownloadError
from hotspots.files.feature_download import FeatureService, Wanted, is_url
from hotspots.files.private_files import temporary_folder
from hotspots.geocoding.address_file import GPKG_LAYERS, LAYERED, AddressFile, read_address_file
from hotspots.geocoding.register_changes import RegisterChanges, compare_register
from hotspots.geocoding.register_store import draw_streets, note_addresses, replace_addresses
from hotspots.geography.area_files import AreaFile, read_area_file
from hotspots.geography.areas import AreaIndex
from hotspots.settings import Settings
from hotspots.store.area_changes import AreaChanges, Harm, compare_areas
from hotspots.store.areas import note_areas, replace_areas
from hotspots.store.database import Database

if TYPE_CHECKING:
    import geopandas as gpd

Box = tuple[float, float, float, float]
Progress = Callable[[int], None]
"""Called with how many features were fetched."""


def areas_from(source: str, settings: Settings, *, on_progress: Progress = lambda _: None) -> AreaFile:
    """Read areas from a file, or from the collections buurten and wijken of a service.

    Raises
    ------
    HotspotsError
        If they can't be fetched or read.
    """
    with temporary_folder() as folder:
        if not is_url(source):
            return read_areas(Path(source), settings)
        notes = download_areas(source, folder, settings, on_progress)
        found = read_areas(folder / AREAS, settings)
        return replace(found, notes=(*found.notes, *notes))


AREAS, WIJKEN = "buurten.geojson", "wijken.geojson"
"""What downloaded files are called; the second stands beside the first, where the service has it."""


def read_areas(path: Path, settings: Settings) -> AreaFile:
    """Read areas from a file, with the names of wijken from one beside it that was downloaded with it.

    Raises
    ------
    AreasError
        If it can't be read.
    """
    beside = path.with_name(WIJKEN)
    return read_area_file(
        path,
        municipality_code=settings.municipality.code,
        crs=settings.municipality.crs,
        wijken=beside if path.name == AREAS and beside.is_file() else None,
        limits=settings.reading,
    )


def download_areas(
    source: str, folder: Path, settings: Settings, on_progress: Progress = lambda _: None
) -> tuple[str, ...]:
    """Fetch the areas of the municipality, and the wijken that name them where the service has these.

    Returns
    -------
    tuple of str
        What was not as usual.

    Raises
    ------
    DownloadError
        If they can't be fetched.
    """
    code = settings.municipality.code
    wanted = Wanted({"gemeentecode": code} if code else {})
    with closing(FeatureService(source, settings.pdok)) as service:
        name = service.collection or _one_with(service, "buurt")
        if not service.download([name], folder / AREAS, wanted, on_progress=on_progress):
            raise DownloadError(f"{source}: wanted areas of municipality '{code}', found none")
        if "buurt" not in name:
            return ()
        try:
            has_wijken = "wijken" in service.collections()
        except DownloadError:
            return ("the service does not tell its collections: wijken are called by their code",)
        if has_wijken and not service.download(["wijken"], folder / WIJKEN, wanted):
            (folder / WIJKEN).unlink(missing_ok=True)
    return ()


def put_areas(
    database: Database,
    settings: Settings,
    found: AreaFile,
    *,
    name: str,
    now: datetime,
    by: Actor | None,
    accept_changes: bool = False,
    dry_run: bool = False,
) -> tuple[AreaChanges, list[Harm]]:
    """Put areas in the place of those that are stored, unless that would harm; gives changes and harm.

    Parameters
    ----------
    by
        Who does it; None is who runs the software.

    Raises
    ------
    AreasError
        If it would harm and that was not accepted; nothing is changed.
    """
    with database.reading() if dry_run else database.writing() as connection:
        changes = compare_areas(connection, found.areas, settings)
        harm = [*_elsewhere(found.elsewhere), *changes.harm(settings.replacing)]
        if dry_run:
            return changes, harm
        if harm and not accept_changes:
            raise AreasError(
                f"{name}: {'; '.join(harm)}. Nothing is changed: take another file, or say --accept-changes",
                "Deze grenzen veranderen meer dan er was. Kijk nog eens wat er verandert.",
            )
        replace_areas(connection, found.areas)
        origin = name if is_url(name) else Path(name).name
        note_areas(connection, file_name=origin, now=now)
        record_change(
            connection,
            kind=Kind.AREAS,
            about="buurten",
            by=by,
            at=now,
            before={"buurten": changes.stored},
            after={
                "bestand": origin,
                "buurten": changes.kept,
                "erbij": len(changes.new),
                "weg": len(changes.gone),
                "andere grens": len(changes.redrawn),
                "meldingen met een andere buurt": changes.moved + changes.lost,
            },
        )
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
    *,
    municipality: str = "",
    sheet: str = "",
    on_progress: Progress = lambda _: None,
) -> Register:
    """Read addresses from a file, or from collections of a service; of all but CSV only those in the areas.

    Raises
    ------
    HotspotsError
        If they can't be fetched or read.
    """
    box = _box_of(areas)
    with temporary_folder() as folder:
        path = Path(source)
        if is_url(source):
            path = folder / ADDRESSES
            download_addresses(source, path, settings, areas, on_progress)
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
    is_cut = len(is_inside) > 0 and path.suffix.lower() in LAYERED
    if is_cut and not is_inside.any():
        raise AddressesError(
            f"{source}: wanted addresses within the areas, found none. {found.elsewhere}".strip()
        )
    return Register(found, is_inside, is_cut)


ADDRESSES = "adressen.geojson"


def download_addresses(
    source: str,
    path: Path,
    settings: Settings,
    areas: "gpd.GeoDataFrame",
    on_progress: Progress = lambda _: None,
) -> None:
    """Fetch the addresses within the areas.

    Raises
    ------
    AddressesError
        If there are no areas.
    DownloadError
        If they can't be fetched, or there are none.
    """
    box = _box_of(areas)
    if box is None:
        raise AddressesError(
            f"{source}: wanted areas to fetch the addresses of, found none: import these first",
            "Er zijn nog geen buurten. Voer die eerst in.",
        )
    with closing(FeatureService(source, settings.pdok)) as service:
        names = [service.collection] if service.collection else service.collections()
        wanted = names if service.collection else [name for name in GPKG_LAYERS if name in names]
        if not wanted:
            raise DownloadError(
                f"{source}: wanted collections {', '.join(GPKG_LAYERS)}, found {', '.join(names)}"
            )
        if not service.download(wanted, path, Wanted(box=box), on_progress=on_progress):
            raise DownloadError(f"{source}: wanted addresses within the areas, found none")


def _box_of(areas: "gpd.GeoDataFrame") -> Box | None:
    if not len(areas):
        return None
    west, south, east, north = areas.total_bounds.tolist()
    return west, south, east, north


def put_addresses(
    database: Database,
    settings: Settings,
    register: Register,
    *,
    name: str,
    now: datetime,
    by: Actor | None,
    accept_changes: bool = False,
    dry_run: bool = False,
) -> tuple[RegisterChanges, list[Harm]]:
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
        harm = [*_elsewhere(contents.elsewhere), *changes.harm(settings.replacing)]
        if dry_run:
            return changes, harm
        if harm and not accept_changes:
            raise AddressesError(
                f"{name}: {'; '.join(harm)}. Nothing is changed: take another file, or say --accept-changes",
                "Dit adresbestand verandert meer dan er was. Kijk nog eens wat er verandert.",
            )
        replace_addresses(connection, table)
        draw_streets(connection, settings, table)
        origin = name if is_url(name) else Path(name).name
        note_addresses(connection, file_name=origin, now=now)
        record_change(
            connection,
            kind=Kind.ADDRESSES,
            about="adressenbestand",
            by=by,
            at=now,
            before={"adressen": changes.stored},
            after={"bestand": origin, "adressen": changes.kept, "geweigerd": len(contents.refused)},
        )
    return changes, harm


def _elsewhere(told: str) -> list[Harm]:
    return [Harm(told, "wat in het bestand staat, ligt niet waar deze gemeente ligt")] if told else []


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
