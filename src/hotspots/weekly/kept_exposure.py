"""Where people live, as a weekly run compares places with it: kept on disk beside the database.

Making it reads, projects and sorts every address, which takes longer than the rest of a run where there are
millions. So it is kept, named by the register that it was made from, and mapped into memory.
"""

import hashlib
from pathlib import Path

from sqlalchemy import URL, Connection

from hotspots.detection.address_density import AddressDensity
from hotspots.detection.exposure import Exposure
from hotspots.files.kept_arrays import KeptArrays, kept
from hotspots.geocoding.register_store import load_address_points, register_version
from hotspots.geography.point_grid import PointGrid
from hotspots.settings import Settings

FOLDER = "register"
"""Name of the folder in which it is kept."""

FORM = 1
"""Another one when what is kept, or how it is made, changes."""


def load_exposure(connection: Connection, settings: Settings) -> Exposure:
    """Give the addresses of the register by where they are."""
    version = register_version(connection)
    folder = register_folder(connection.engine.url)
    if version is None or folder is None:
        return Exposure.of(*load_address_points(connection), settings)
    crs, resolution = settings.municipality.crs, settings.cells.resolution
    deciding = f"{FORM} {crs} {resolution} {settings.detection.look_radius_m} {version}"
    name = hashlib.sha256(deciding.encode()).hexdigest()[:24]
    content = kept(folder, _prefix(connection.engine.url), name, lambda: _made(connection, settings))
    arrays = content.arrays
    grid = PointGrid(arrays["key"], arrays["x"], arrays["y"], *content.facts["grid"])
    looks = {float(reach_m): count for reach_m, count in content.facts["looks"].items()}
    return Exposure(AddressDensity(grid, looks), arrays["study_cells"])


def register_folder(url: URL) -> Path | None:
    """Where what is made from the register is kept: beside the database, or where that of a server would be.

    None for a database in memory.
    """
    if url.get_backend_name() != "sqlite":
        return Path("var") / FOLDER
    return Path(str(url.database)).parent / FOLDER if url.database not in (None, "", ":memory:") else None


def _prefix(url: URL) -> str:
    """The beginning of the names of the files of a database: others may have theirs in the same folder."""
    return hashlib.sha256(url.render_as_string().encode()).hexdigest()[:12] + "-"


def _made(connection: Connection, settings: Settings) -> KeptArrays:
    exposure = Exposure.of(*load_address_points(connection), settings)
    grid, reach_m = exposure.addresses.grid, settings.detection.look_radius_m
    return KeptArrays(
        {"key": grid.key, "x": grid.x, "y": grid.y, "study_cells": exposure.study_cells},
        {
            "grid": [grid.cell_m, grid.first_row, grid.first_column, grid.width],
            "looks": {str(reach_m): exposure.addresses.looks(reach_m)},
        },
    )
