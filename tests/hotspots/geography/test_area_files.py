"""Areas: read from files as they come, and derived from centres."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from hotspots.errors import AreasError
from hotspots.geography.approximate_areas import approximate_areas
from hotspots.geography.area_files import read_area_file
from hotspots.geography.areas import AreaIndex
from hotspots.geography.projection import Projection
from hotspots.geography.shipped_areas import shipped_areas
from hotspots.settings import shipped

pytestmark = pytest.mark.usefixtures("files_read_here")

Rings = list[list[list[float]]]

RD = Projection("EPSG:28992")

SQUARE: Rings = [[[5.0, 51.0], [5.1, 51.0], [5.1, 51.1], [5.0, 51.1], [5.0, 51.0]]]
NEXT_SQUARE: Rings = [[[5.1, 51.0], [5.2, 51.0], [5.2, 51.1], [5.1, 51.1], [5.1, 51.0]]]


def areas_of(path: Path, municipality_code: str = "") -> gpd.GeoDataFrame:
    """The areas that a file holds."""
    return read_area_file(path, municipality_code=municipality_code).areas


def write_geojson(path: Path, *features: tuple[Mapping[str, object], Rings]) -> Path:
    """Write polygons with their properties."""
    collection = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": properties,
                "geometry": {"type": "Polygon", "coordinates": rings},
            }
            for properties, rings in features
        ],
    }
    path.write_text(json.dumps(collection))
    return path


def test_cbs_columns_are_recognised_whatever_their_case(tmp_path: Path) -> None:
    properties: dict[str, object] = {
        "BUURTCODE": "BU1",
        "Buurtnaam": "Oost",
        "WIJKCODE": "WK1",
        "WIJKNAAM": "Wijk 1",
        "GEMEENTECODE": "GM1",
        "GEMEENTENAAM": "Stad",
        "AANTAL_INWONERS": 1200,
    }
    areas = areas_of(write_geojson(tmp_path / "a.geojson", (properties, SQUARE)))
    row = areas.iloc[0]
    assert (row.buurtcode, row.buurtnaam, row.wijkcode, row.wijknaam) == ("BU1", "Oost", "WK1", "Wijk 1")
    assert (row.gemeentecode, row.gemeentenaam, row.inhabitants) == ("GM1", "Stad", 1200)
    assert not row.is_approximate


def test_a_suppressed_number_of_inhabitants_is_unknown(tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "a.geojson", ({"buurtcode": "BU1", "aantal_inwoners": -99997}, SQUARE))
    assert np.isnan(areas_of(path)["inhabitants"].iloc[0])


@pytest.mark.parametrize("name", ["AantalInwoners", "aantal_inwoners", "inwoners"])
def test_inhabitants_are_read_by_the_names_that_cbs_and_people_give_them(tmp_path: Path, name: str) -> None:
    rows = [
        ({"buurtcode": f"BU{number}", name: value}, SQUARE) for number, value in enumerate([1200, -99995])
    ]
    found = areas_of(write_geojson(tmp_path / "a.geojson", *rows))["inhabitants"].tolist()
    assert found[0] == 1200
    assert np.isnan(found[1])


def test_the_latest_year_of_inhabitants_is_taken(tmp_path: Path) -> None:
    properties: dict[str, object] = {
        "buurtcode": "BU1",
        "aantal_inwoners_2024": 1,
        "aantal_inwoners_2025": 2,
        "aantal_inwoners_bron": 3,
    }
    areas = areas_of(write_geojson(tmp_path / "a.geojson", (properties, SQUARE)))
    assert areas["inhabitants"].tolist() == [2]


def test_a_file_without_dutch_columns_needs_only_a_code(tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "a.geojson", ({"id": 7, "name": "Downtown"}, SQUARE))
    row = areas_of(path).iloc[0]
    assert (row.buurtcode, row.buurtnaam, row.wijkcode) == ("7", "Downtown", "7")


def test_one_area_may_even_lack_a_code(tmp_path: Path) -> None:
    areas = areas_of(write_geojson(tmp_path / "a.geojson", ({"x": 1}, SQUARE)))
    assert areas["buurtcode"].tolist() == ["1"]


def test_more_areas_without_codes_are_refused(tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "a.geojson", ({"x": 1}, SQUARE), ({"x": 2}, NEXT_SQUARE))
    with pytest.raises(AreasError, match=r"wanted a code for each area .* found none in row 1"):
        areas_of(path)


def test_rows_with_one_code_become_one_area(tmp_path: Path) -> None:
    path = write_geojson(
        tmp_path / "a.geojson", ({"buurtcode": "BU1"}, SQUARE), ({"buurtcode": "BU1"}, NEXT_SQUARE)
    )
    areas = areas_of(path)
    assert areas["buurtcode"].tolist() == ["BU1"]
    assert areas.geometry.iloc[0].equals(shapely.box(5.0, 51.0, 5.2, 51.1))


def test_of_a_national_file_only_the_own_municipality_is_kept(tmp_path: Path) -> None:
    path = write_geojson(
        tmp_path / "a.geojson",
        ({"buurtcode": "BU1", "gemeentecode": "GM1"}, SQUARE),
        ({"buurtcode": "BU2", "gemeentecode": "GM2"}, NEXT_SQUARE),
    )
    assert areas_of(path, municipality_code="GM2")["buurtcode"].tolist() == ["BU2"]
    with pytest.raises(AreasError, match=r"wanted areas of municipality 'GM3', found only GM1, GM2"):
        areas_of(path, municipality_code="GM3")


def test_metres_announced_as_degrees_are_refused(tmp_path: Path) -> None:
    ring: Rings = [[[176000, 318000], [177000, 318000], [177000, 319000], [176000, 318000]]]
    path = write_geojson(tmp_path / "a.geojson", ({"buurtcode": "BU1"}, ring))
    with pytest.raises(AreasError, match="the file says WGS 84 but holds metres"):
        areas_of(path)


def test_another_coordinate_system_is_converted(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    frame = gpd.GeoDataFrame(
        {"buurtcode": ["BU1"]}, geometry=[shapely.box(155000, 463000, 156000, 464000)], crs="EPSG:28992"
    )
    frame.to_file(path, layer="buurten_2025")
    west, south, _, _ = areas_of(path).total_bounds
    assert west == pytest.approx(5.3872, abs=1e-3)
    assert south == pytest.approx(52.1552, abs=1e-3)


@pytest.mark.parametrize("content", ["", "not json", "{}"], ids=["empty", "text", "no features"])
def test_a_file_that_holds_no_boundaries_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(content)
    with pytest.raises(AreasError) as caught:
        areas_of(path)
    assert "\n" not in str(caught.value)
    assert "a.geojson" in str(caught.value)


def test_points_instead_of_polygons_are_refused_with_their_row(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    gpd.GeoDataFrame({"buurtcode": ["A"]}, geometry=[shapely.Point(5, 51)], crs="EPSG:4326").to_file(path)
    with pytest.raises(AreasError, match="wanted a polygon for each area, found a Point in row 1"):
        areas_of(path)


def test_areas_from_centres_hold_their_own_centres_and_say_they_are_approximate() -> None:
    path = shipped("geodata/GM0935_buurten.csv")
    areas = approximate_areas(path, RD)
    assert len(areas) == 44
    assert areas["is_approximate"].all()
    index = AreaIndex(areas)
    assert index.locate([5.6915], [50.8492]).tolist() == ["BU09350000"]  # centre of Binnenstad
    assert areas.geometry.is_valid.all()
    areas_m = areas.to_crs(28992)
    assert areas_m.union_all().area == pytest.approx(areas_m.area.sum(), rel=1e-6)  # no overlap


def test_the_shipped_areas_leave_out_nothing_of_the_real_municipality(
    shared_data: Callable[[str], Path],
) -> None:
    real = areas_of(shared_data("geo/maastricht_buurten.geojson"), municipality_code="GM0935")
    assert len(real) == 44
    assert real["inhabitants"].sum() == 125245
    assert real.to_crs(28992).area.sum() == pytest.approx(6012.8e4, rel=1e-3)  # 6,012.8 ha
    derived_m = approximate_areas(shipped("geodata/GM0935_buurten.csv"), RD).to_crs(28992).union_all()
    real_m = real.to_crs(28992).union_all()
    assert derived_m.intersection(real_m).area / real_m.area > 0.99


def test_the_shipped_boundaries_are_the_real_ones_with_fewer_corners_and_shared_borders(
    shared_data: Callable[[str], Path],
) -> None:
    path = shipped("geodata/GM0935_buurten.geojson")
    assert path.stat().st_size <= 80_000
    ours = shipped_areas(path.with_suffix(".csv"), RD)
    assert ours is not None
    assert not ours["is_approximate"].any()
    assert shapely.coverage_is_valid(ours.geometry.to_numpy())
    real = areas_of(shared_data("geo/maastricht_buurten.geojson"), municipality_code="GM0935")
    named = ["buurtcode", "buurtnaam", "wijkcode", "wijknaam", "gemeentecode", "gemeentenaam"]
    assert ours[named].equals(real[named])
    assert ours["inhabitants"].equals(real["inhabitants"])
    moved_m = shapely.hausdorff_distance(
        ours.to_crs(28992).geometry.to_numpy(), real.to_crs(28992).geometry.to_numpy()
    )
    assert moved_m.max() < 10


def test_a_municipality_without_boundaries_gets_areas_from_its_centres(tmp_path: Path) -> None:
    centres = tmp_path / "GM0935_buurten.csv"
    assert shipped_areas(centres, RD) is None
    shutil.copy(shipped("geodata/GM0935_buurten.csv"), centres)
    areas = shipped_areas(centres, RD)
    assert areas is not None
    assert areas["is_approximate"].all()


def test_a_code_that_looks_like_a_day_stays_the_code_that_it_is(tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "a.geojson", ({"buurtcode": "2023/02/30"}, SQUARE))
    assert areas_of(path)["buurtcode"].tolist() == ["2023/02/30"]


def test_a_hole_without_a_shell_is_no_area(tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "a.geojson", ({"buurtcode": "BU1"}, [[], *SQUARE]))
    with pytest.raises(AreasError, match="wanted a polygon for each area, found no geometry in row 1"):
        areas_of(path)
