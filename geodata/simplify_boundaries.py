"""Make the boundaries that ship for a municipality from the official file of CBS.

python geodata/simplify_boundaries.py FILE OUTPUT.geojson [--municipality GM0935] [--tolerance-m 5]

FILE is the CBS Wijk- en buurtkaart (GeoPackage or GeoJSON). Buurten that share a border share it in the
output too: gaps and overlaps are closed first, then all borders are simplified as one coverage
(Visvalingam-Whyatt).
"""

import argparse
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from hotspots.geography.area_files import read_area_file
from hotspots.geography.geojson import shapes_of

RD = "EPSG:28992"
DEGREES = 1e-5
"""Precision of what is written: about a metre."""


def simplified(areas: gpd.GeoDataFrame, *, tolerance_m: float) -> gpd.GeoDataFrame:
    """The areas with fewer corners, in degrees; borders that are shared stay shared.

    Raises
    ------
    SystemExit
        If the result has gaps or overlaps.
    """
    closed = shapely.coverage_clean(areas.to_crs(RD).geometry.to_numpy())
    fewer = shapely.coverage_simplify(closed, tolerance_m)
    if not shapely.coverage_is_valid(fewer):
        raise SystemExit("the simplified boundaries have gaps or overlaps: take a smaller --tolerance-m")
    return areas.assign(geometry=gpd.GeoSeries(list(fewer), crs=RD).to_crs("EPSG:4326"))


def collection(areas: gpd.GeoDataFrame) -> dict[str, object]:
    """A GeoJSON FeatureCollection (RFC 7946) with the columns that `hotspots areas import` reads."""
    names = ["buurtcode", "buurtnaam", "wijkcode", "wijknaam", "gemeentecode", "gemeentenaam"]
    features = [
        {
            "type": "Feature",
            "properties": {
                **{name: row[name] for name in names},
                "aantal_inwoners": None if np.isnan(row["inhabitants"]) else int(row["inhabitants"]),
            },
            "geometry": shape,
        }
        for (_, row), shape in zip(
            areas.iterrows(), shapes_of(list(areas.geometry), precision=DEGREES), strict=True
        )
    ]
    return {"type": "FeatureCollection", "features": features}


def main() -> None:
    """Read the arguments, write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path, help="the official boundaries")
    parser.add_argument("output", type=Path, help="the GeoJSON to write")
    parser.add_argument("--municipality", default="", help="keep the buurten of this code")
    parser.add_argument("--tolerance-m", type=float, default=6.0, help="how far a border may move (6)")
    given = parser.parse_args()
    areas = read_area_file(given.file, municipality_code=given.municipality).areas
    written = collection(simplified(areas, tolerance_m=given.tolerance_m))
    lines = ",\n".join(
        json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in written["features"]
    )
    given.output.write_text(f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
