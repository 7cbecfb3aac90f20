"""GeoJSON and GeoPackage, read by GDAL in a process of its own that knows no other kind and no network.

GDAL opens whatever it takes a file for, whatever it is called: a list of other sources to fetch, a script, a
database with views that never end. So a file must begin as one of the two kinds does, and only the drivers of
that kind are there.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyogrio

from hotspots.files.geojson_or_geopackage import is_geopackage
from hotspots.files.reading_process import Reader, read_apart
from hotspots.settings import ReadingSettings

TABLES = ("geopandas", "pandas", "pyarrow", "pyproj")
"""What pyogrio imports where it finds it, and takes most of the time in which a reader starts."""

GEOJSON, GEOPACKAGE = ("GeoJSON", "GeoJSONSeq"), ("GPKG",)
_SAFELY = {
    "OGR_SQLITE_PRAGMA": "trusted_schema=OFF,cell_size_check=ON",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
    "GDAL_HTTP_PROXY": "127.0.0.1:9",  # nobody
    "PROJ_NETWORK": "OFF",
}


@contextmanager
def layers_read_apart(
    reader: Reader,
    path: Path,
    arguments: Mapping[str, Any],
    *,
    limits: ReadingSettings,
    without: Sequence[str] = (),
) -> Iterator[Iterator[Any]]:
    """Give what a reader makes of a file of layers in a process of its own.

    Parameters
    ----------
    without
        Packages that are not there for the reader, such as :data:`TABLES`.

    Raises
    ------
    UnreadableFileError
        If it is of another kind, or ended its reader.
    HotspotsError
        What the reader raises.
    """
    known = GEOPACKAGE if is_geopackage(path) else GEOJSON
    others = [name for name in pyogrio.list_drivers() if name not in known]
    environment = _SAFELY | {"OGR_SKIP": ",".join(others)}
    with read_apart(
        reader, path, arguments, limits=limits, environment=environment, without=without
    ) as messages:
        yield messages
