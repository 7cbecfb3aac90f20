"""Whether geopandas reads a GeoParquet as the GeoPackage with the same hotspots.

``make bench BENCH=geoparquet`` (``--hotspots 1000``): geopandas asks for pyarrow, which is not among our own
packages, as pandas makes other columns of text where it is; so it is installed in an environment of its own,
``var/geoparquet``, and asked there. Wants the package index.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import shapely

from hotspots.publishing.exports import Format, write_hotspots
from tests.hotspots.publishing.test_exports import UNKNOWN, hotspot

ENVIRONMENT = Path("var/geoparquet")
COMPARE = """
import sys
import geopandas as gpd
import pandas as pd
from geopandas.testing import assert_geodataframe_equal
read, package = gpd.read_parquet(sys.argv[1]), gpd.read_file(sys.argv[2])
for name in read.columns:
    if name.startswith(("eerste", "laatste")):
        read[name] = pd.to_datetime(read[name]).astype(package[name].dtype)
    elif name != "geometry" and package[name].isna().all():
        package[name] = package[name].astype(read[name].dtype)
assert_geodataframe_equal(read, package, check_less_precise=False)
assert read.crs == package.crs and list(read.total_bounds) == list(package.total_bounds)
print(f"{len(read)} hotspots equal, in {read.crs.to_string()}")
"""


def main() -> None:
    """Write both, and have them compared."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hotspots", type=int, default=1000)
    count = parser.parse_args().hotspots
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        packages = ("geopandas", "pyarrow")
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
    many = [
        hotspot(
            id=str(key),
            nummer=f"HS-2023-{key:04}",
            geometry=shapely.Point(5.6 + key / 1e4, 50.8).buffer(1e-3),
        )
        for key in range(count - 1)
    ]
    with tempfile.TemporaryDirectory() as name:
        paths = [Path(name) / f"hotspots.{kind}" for kind in (Format.PARQUET, Format.GPKG)]
        for path in paths:
            write_hotspots([*many, UNKNOWN], path, Format(path.suffix[1:]))
            print(f"{path.suffix[1:]}: {path.stat().st_size / 1000:.0f} kB")
        subprocess.run([str(python), "-c", COMPARE, *map(str, paths)], check=True)


if __name__ == "__main__":
    main()
