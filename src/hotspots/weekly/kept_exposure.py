"""Where people live and in which streets, as a weekly run asks it: kept on disk beside the database.

Making it reads, projects and sorts every address, which takes longer than the rest of a run where there are
millions. So it is kept, named by the register that it was made from, and mapped into memory.
"""

import hashlib
from pathlib import Path

from sqlalchemy import URL, Connection

from hotspots.detection.address_density import AddressDensity
from hotspots.detection.exposure import Exposure
from hotspots.files.kept_arrays import KeptArrays, kept, path_of, read_arrays
from hotspots.geocoding.register_store import (
    load_address_points,
    load_address_streets,
    register_version,
)
from hotspots.geocoding.street_index import StreetIndex
from hotspots.geography.point_grid import PointGrid
from hotspots.settings import Settings
from hotspots.store.database import sqlite_file

FOLDER = "register"
"""Name of the folder in which it is kept."""

FORM = 2
"""Another one when what is kept, or how it is made, changes."""


def load_exposure(connection: Connection, settings: Settings) -> Exposure:
    """Give the addresses of the register by where they are."""
    named = _named(connection, settings)
    if named is None:
        return Exposure.of(*load_address_points(connection), settings)
    content = kept(*named, lambda: _made(connection, settings))
    looks = {float(reach_m): count for reach_m, count in content.facts["looks"].items()}
    return Exposure(AddressDensity(_grid_of(content), looks), content.arrays["study_cells"])


def load_streets(connection: Connection, settings: Settings) -> StreetIndex | None:
    """Give the streets of the register by where they are, if that is kept."""
    named = _named(connection, settings)
    content = None if named is None else read_arrays(path_of(*named))
    if content is None:
        return None
    return StreetIndex(_grid_of(content), *(content.arrays[name] for name in ("street", "names", "ends")))


def register_folder(url: URL) -> Path | None:
    """Where what is made from the register is kept: beside the database, or where that of a server would be.

    None for a database in memory.
    """
    if url.get_backend_name() != "sqlite":
        return Path("var") / FOLDER
    file = sqlite_file(url)
    return None if file is None else file.parent / FOLDER


def _named(connection: Connection, settings: Settings) -> tuple[Path, str, str] | None:
    """Where what is made from the register is kept: the folder, and both parts of the name of the file."""
    version = register_version(connection)
    folder = register_folder(connection.engine.url)
    if version is None or folder is None:
        return None
    crs, resolution = settings.municipality.crs, settings.cells.resolution
    deciding = f"{FORM} {crs} {resolution} {_looked_at_m(settings)} {version}"
    name = hashlib.sha256(deciding.encode()).hexdigest()[:24]
    return folder, _prefix(connection.engine.url), name


def _prefix(url: URL) -> str:
    """The beginning of the names of the files of a database: others may have theirs in the same folder."""
    return hashlib.sha256(url.render_as_string().encode()).hexdigest()[:12] + "-"


def _looked_at_m(settings: Settings) -> tuple[float, ...]:
    """The sizes of places, small and wide, of which is counted how many fit."""
    return settings.detection.look_radius_m, *settings.detection.wide_radii_m


def _made(connection: Connection, settings: Settings) -> KeptArrays:
    exposure = Exposure.of(*load_address_points(connection), settings)
    grid = exposure.addresses.grid
    streets = StreetIndex.of(grid, *load_address_streets(connection))
    return KeptArrays(
        {
            "key": grid.key,
            "x": grid.x,
            "y": grid.y,
            "study_cells": exposure.study_cells,
            "street": streets.street,
            "names": streets.names,
            "ends": streets.ends,
        },
        {
            "grid": [grid.cell_m, grid.first_row, grid.first_column, grid.width],
            "looks": {str(reach_m): exposure.addresses.looks(reach_m) for reach_m in _looked_at_m(settings)},
        },
    )


def _grid_of(content: KeptArrays) -> PointGrid:
    arrays = content.arrays
    return PointGrid(arrays["key"], arrays["x"], arrays["y"], *content.facts["grid"])
