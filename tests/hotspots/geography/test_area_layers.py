"""Files of boundaries in the layouts of others: layers, columns, geometries and codes."""

import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from hotspots.errors import AreasError
from hotspots.geography.area_files import AreaFile, read_area_file
from hotspots.geography.projection import Projection

pytestmark = pytest.mark.usefixtures("files_read_here")

RD = "EPSG:28992"
WEST, EAST = shapely.box(176000, 317000, 177000, 318000), shapely.box(177000, 317000, 178000, 318000)
OLD = {"gemeentecode": "GM0001", "gemeentenaam": "Voorbeeldstad"}
BUURTEN: list[dict[str, Any]] = [
    {"buurtcode": "BU00010000", "buurtnaam": "Buurt 0", "wijkcode": "WK000100", **OLD},
    {"buurtcode": "BU00010101", "buurtnaam": "Buurt 1", "wijkcode": "WK000101", **OLD},
]
WIJKEN: list[dict[str, Any]] = [
    {"wijkcode": "WK000100", "wijknaam": "Wijk A", **OLD},
    {"wijkcode": "WK000101", "wijknaam": "Wijk B", **OLD},
]
GEMEENTEN: list[dict[str, Any]] = [OLD]


def package(path: Path, **layers: list[dict[str, Any]]) -> Path:
    """Write layers in this order, all in RD."""
    for name, rows in layers.items():
        shapes = [WEST, EAST] if len(rows) == 2 else [shapely.union(WEST, EAST)]
        gpd.GeoDataFrame(rows, geometry=shapes, crs=RD).to_file(path, layer=name)
    return path


def geojson(path: Path, properties: Mapping[str, Any], geometry: Mapping[str, Any]) -> Path:
    """Write one feature."""
    feature = {"type": "Feature", "properties": dict(properties), "geometry": dict(geometry)}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def wijken_of(found: AreaFile) -> list[tuple[str, str]]:
    return list(zip(found.areas["wijkcode"], found.areas["wijknaam"], strict=True))


def without(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name not in names} for row in rows]


def renamed(rows: list[dict[str, Any]], **names: str) -> list[dict[str, Any]]:
    return [{names.get(name, name): value for name, value in row.items()} for row in rows]


NAMED = [("WK000100", "Wijk A"), ("WK000101", "Wijk B")]
CODED = [("WK000100", "WK000100"), ("WK000101", "WK000101")]
WHOLE = [row | {"wijknaam": "Voorbeeldstad"} for row in BUURTEN]
SAME = [row | {"wijknaam": "Centrum"} for row in BUURTEN]
EMPTY = [row | {"wijknaam": ""} for row in BUURTEN]
OWN = [row | {"wijknaam": name} for row, name in zip(BUURTEN, ("Een", "Twee"), strict=True)]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        pytest.param(
            {"buurten": BUURTEN, "wijken": WIJKEN, "gemeenten": GEMEENTEN}, NAMED, id="as CBS has it"
        ),
        pytest.param(
            {"gemeenten": GEMEENTEN, "wijken": WIJKEN, "buurten": BUURTEN}, NAMED, id="another order"
        ),
        pytest.param(
            {"gemeenten_2024": GEMEENTEN, "wijken_2024": WIJKEN, "buurten_2024": BUURTEN}, NAMED, id="years"
        ),
        pytest.param({"CBS_Wijken": WIJKEN, "CBS_Buurten": BUURTEN}, NAMED, id="capitals"),
        pytest.param({"buurten": EMPTY, "wijken": WIJKEN}, NAMED, id="a column that is empty"),
        pytest.param({"buurten": WHOLE, "wijken": WIJKEN}, NAMED, id="the municipality as the name of all"),
        pytest.param({"buurten": WHOLE}, CODED, id="that, and no other layer"),
        pytest.param({"buurten": BUURTEN}, CODED, id="no names anywhere"),
        pytest.param(
            {"buurten": BUURTEN, "wijken": without(WIJKEN, "wijknaam")}, CODED, id="wijken without names"
        ),
        pytest.param(
            {"buurten": OWN, "wijken": WIJKEN}, [("WK000100", "Een"), ("WK000101", "Twee")], id="own names"
        ),
        pytest.param(
            {"buurten": SAME},
            [("WK000100", "Centrum (WK000100)"), ("WK000101", "Centrum (WK000101)")],
            id="one name for two wijken",
        ),
        pytest.param(
            {"buurten": without(BUURTEN, "wijkcode"), "wijken": WIJKEN}, NAMED, id="no wijkcode: of the code"
        ),
        pytest.param(
            {
                "buurten": renamed(BUURTEN, buurtcode="BU_CODE", buurtnaam="BU_NAAM", wijkcode="WK_CODE"),
                "wijken": renamed(WIJKEN, wijkcode="WK_CODE", wijknaam="WK_NAAM"),
            },
            NAMED,
            id="BU_CODE and WK_NAAM",
        ),
        pytest.param(
            {"buurten": BUURTEN, "wijken": WIJKEN[:1]}, [NAMED[0], CODED[1]], id="half of the wijken"
        ),
    ],
)
def test_each_wijk_is_one_gebied_by_its_own_name(
    tmp_path: Path, layers: dict[str, list[dict[str, Any]]], expected: list[tuple[str, str]]
) -> None:
    found = read_area_file(package(tmp_path / "a.gpkg", **layers), municipality_code="GM0001", crs=RD)
    assert wijken_of(found) == expected
    assert found.elsewhere == ""


def test_wijken_without_a_name_are_told(tmp_path: Path) -> None:
    found = read_area_file(package(tmp_path / "a.gpkg", buurten=BUURTEN))
    assert found.notes == ("2 wijken have no name: called by their code",)


def test_the_layers_of_the_official_file_give_the_names(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("../cases/01-boundaries-without-wijknaam/wijkenbuurten.gpkg")
    assert sorted(set(wijken_of(read_area_file(path, municipality_code="GM0001")))) == NAMED


SQUARE = [[5.69, 50.84], [5.7, 50.84], [5.7, 50.85], [5.69, 50.85], [5.69, 50.84]]
BOWTIE = [[5.69, 50.84], [5.7, 50.85], [5.7, 50.84], [5.69, 50.85], [5.69, 50.84]]
POLYGON = {"type": "Polygon", "coordinates": [SQUARE]}
HIGH = {"type": "MultiPolygon", "coordinates": [[[[*xy, 51.2] for xy in SQUARE]]]}


@pytest.mark.parametrize(
    "properties",
    [
        {
            "neighbourhood_code": "N1",
            "neighbourhood_name": "Old Town",
            "district_code": "D1",
            "district": "Centre",
        },
        {
            "neighborhood_code": "N1",
            "neighborhood": "Old Town",
            "district_code": "D1",
            "district_name": "Centre",
        },
        {"stadtteil_nr": "N1", "stadtteil_name": "Old Town", "bezirk_nr": "D1", "bezirk": "Centre"},
        {"Stadtteilnummer": "N1", "Stadtteil": "Old Town", "Bezirk_Nr": "D1", "Bezirk_Name": "Centre"},
        {"BU_CODE": "N1", "BU_NAAM": "Old Town", "WK_CODE": "D1", "WK_NAAM": "Centre"},
        {"buurt_code": "N1", "buurt_naam": "Old Town", "wijk_code": "D1", "wijk_naam": "Centre"},
    ],
    ids=["English", "American", "German", "German with capitals", "CBS before 2020", "with lines"],
)
def test_columns_of_others_are_recognised(tmp_path: Path, properties: dict[str, Any]) -> None:
    row = read_area_file(geojson(tmp_path / "a.geojson", properties, POLYGON)).areas.iloc[0]
    assert (row.buurtcode, row.buurtnaam, row.wijkcode, row.wijknaam) == ("N1", "Old Town", "D1", "Centre")


@pytest.mark.parametrize(
    ("geometry", "area_m2"),
    [
        pytest.param(POLYGON, 783_000, id="a polygon"),
        pytest.param(HIGH, 783_000, id="a multipolygon with heights"),
        pytest.param({"type": "GeometryCollection", "geometries": [POLYGON]}, 783_000, id="a collection"),
        pytest.param({"type": "Polygon", "coordinates": [SQUARE[::-1]]}, 783_000, id="clockwise"),
        pytest.param(
            {"type": "Polygon", "coordinates": [BOWTIE]}, 391_500, id="a polygon that crosses itself"
        ),
    ],
)
def test_geometries_of_others_become_areas(tmp_path: Path, geometry: dict[str, Any], area_m2: float) -> None:
    found = read_area_file(geojson(tmp_path / "a.geojson", {"buurtcode": "B"}, geometry), crs=RD)
    shape = found.areas.geometry.iloc[0]
    assert shape.is_valid
    assert not shape.has_z
    assert Projection(RD).geometry_to_metres(shape).area == pytest.approx(area_m2, rel=0.01)
    is_wrong = geometry.get("coordinates") == [BOWTIE]
    assert found.notes == (("1 polygons cross themselves, the first in row 1",) if is_wrong else ())


@pytest.mark.parametrize(
    ("geometry", "found"),
    [
        pytest.param({"type": "Point", "coordinates": [5.69, 50.84]}, "a Point", id="point"),
        pytest.param({"type": "LineString", "coordinates": SQUARE}, "a LineString", id="line"),
        pytest.param({"type": "MultiPoint", "coordinates": SQUARE}, "a MultiPoint", id="points"),
        pytest.param({"type": "Polygon", "coordinates": []}, "an empty Polygon", id="empty"),
        pytest.param(
            {
                "type": "GeometryCollection",
                "geometries": [POLYGON, {"type": "Point", "coordinates": [5, 50]}],
            },
            "a GeometryCollection",
            id="a collection with a point",
        ),
        pytest.param(
            {"type": "Polygon", "coordinates": [[[5.69, 50.84], [5.7, 50.84], [5.69, 50.84], [5.69, 50.84]]]},
            "none",
            id="a polygon without a surface",
        ),
    ],
)
def test_what_is_no_area_is_refused_with_its_row(
    tmp_path: Path, geometry: dict[str, Any], found: str
) -> None:
    with pytest.raises(AreasError, match=f"found {found} in row 1"):
        read_area_file(geojson(tmp_path / "a.geojson", {"buurtcode": "B"}, geometry))


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        (
            {"buurtcode": "BU9350101"},
            "wanted a buurtcode of BU and 8 digits, found 'BU9350101' in row 1: a zero is",
        ),
        ({"buurtcode": "9,35E+06"}, "found '9,35E\\+06' in row 1: a spreadsheet rounded it"),
        ({"buurtcode": "BU9350101.0"}, "found 'BU9350101' in row 1"),
        ({"buurtcode": "B", "wijkcode": "WK93501"}, "wanted a wijkcode of WK and 6 digits, found 'WK93501'"),
        (
            {"buurtcode": "B", "gemeentecode": "GM935"},
            "wanted a gemeentecode of GM and 4 digits, found 'GM935'",
        ),
        ({"buurtcode": "B" * 21}, "wanted a buurtcode of at most 20 characters"),
        ({"buurtcode": "B", "buurtnaam": "N" * 121}, "wanted a buurtnaam of at most 120 characters"),
    ],
)
def test_codes_that_can_not_be_are_refused(tmp_path: Path, properties: dict[str, Any], message: str) -> None:
    with pytest.raises(AreasError, match=message):
        read_area_file(geojson(tmp_path / "a.geojson", properties, POLYGON))


@pytest.mark.parametrize(
    ("written", "read"), [(7.0, "7"), ("7.0", "7"), (" A  1 ", "A 1"), ("BU00010101.0", "BU00010101")]
)
def test_a_code_that_a_spreadsheet_wrote_otherwise_is_the_code(
    tmp_path: Path, written: object, read: str
) -> None:
    path = geojson(tmp_path / "a.geojson", {"buurtcode": written}, POLYGON)
    assert read_area_file(path).areas["buurtcode"].tolist() == [read]


def test_the_municipality_of_a_cbs_code_is_known_from_the_code(tmp_path: Path) -> None:
    path = geojson(tmp_path / "a.geojson", {"buurtcode": "BU15350101"}, POLYGON)
    with pytest.raises(AreasError, match="wanted areas of municipality 'GM0935', found only GM1535"):
        read_area_file(path, municipality_code="GM0935")


def test_one_code_for_two_areas_of_other_names_is_refused(tmp_path: Path) -> None:
    rows = [BUURTEN[0], BUURTEN[0] | {"buurtnaam": "Buurt 9"}]
    with pytest.raises(AreasError, match="found 'BU00010000' for 'Buurt 0' and 'Buurt 9'"):
        read_area_file(package(tmp_path / "a.gpkg", buurten=rows))


def test_layers_of_which_none_is_that_of_buurten_are_refused(tmp_path: Path) -> None:
    path = package(tmp_path / "a.gpkg", gemeenten=GEMEENTEN, provincies=GEMEENTEN)
    with pytest.raises(AreasError, match="wanted one layer with buurten, found gemeenten, provincies"):
        read_area_file(path)


def test_a_layer_may_have_the_name_of_its_service_before_it(tmp_path: Path) -> None:
    layers = {"wijkenbuurten:cbs_wijken_2023": WIJKEN, "wijkenbuurten:cbs_buurten_2023": BUURTEN}
    assert len(read_area_file(package(tmp_path / "a.gpkg", **layers)).areas) == len(BUURTEN)


def test_a_column_that_stands_twice_but_for_capitals_is_refused(tmp_path: Path) -> None:
    path = geojson(
        tmp_path / "a.geojson", {"buurtcode": "A", "BuurtCode": "1"}, shapely.geometry.mapping(WEST)
    )
    with pytest.raises(AreasError, match="'buurtcode' once, found 'buurtcode' and 'BuurtCode'"):
        read_area_file(path)


def test_metres_that_are_called_degrees_are_told_with_the_numbers(tmp_path: Path) -> None:
    path = geojson(tmp_path / "a.geojson", {"buurtcode": "A"}, shapely.geometry.mapping(WEST))
    with pytest.raises(AreasError, match=r"wanted lon/lat degrees, found x \d+..\d+ and y \d+..\d+"):
        read_area_file(path, crs=RD)


def test_two_layers_of_buurten_are_refused(tmp_path: Path) -> None:
    path = package(tmp_path / "a.gpkg", buurten_2015=BUURTEN, buurten_2024=BUURTEN)
    with pytest.raises(AreasError, match="wanted one layer with buurten, found buurten_2015, buurten_2024"):
        read_area_file(path)


def test_a_zipped_shapefile_is_refused_with_what_to_do(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"code": ["A", "B"]}, geometry=[WEST, EAST], crs=RD)
    frame.to_file(tmp_path / "buurten.shp")
    with zipfile.ZipFile(tmp_path / "buurten.zip", "w") as archive:
        for file in tmp_path.glob("buurten.*"):
            if file.suffix != ".zip":
                archive.write(file, file.name)
    with pytest.raises(AreasError, match="a ZIP archive: unpack it"):
        read_area_file(tmp_path / "buurten.zip")
    with pytest.raises(AreasError, match="an ESRI Shapefile: write it as GeoPackage"):
        read_area_file(tmp_path / "buurten.shp")


def in_crs(path: Path, crs: str, labelled: str, *, swapped: bool = False) -> Path:
    """Write the two buurten in one system, and say that it is another."""
    frame = gpd.GeoDataFrame(BUURTEN, geometry=[WEST, EAST], crs=RD).to_crs(crs)
    shapes: list[BaseGeometry] = list(frame.geometry)
    if swapped:
        shapes = [shapely.transform(shape, lambda xy: xy[:, ::-1]) for shape in shapes]
    gpd.GeoDataFrame(BUURTEN, geometry=shapes, crs=labelled).to_file(path, layer="buurten")
    return path


@pytest.mark.parametrize(
    ("crs", "labelled", "swapped", "why"),
    [
        pytest.param(
            "EPSG:4326", "EPSG:4326", True, "latitude and longitude are swapped", id="degrees swapped"
        ),
        pytest.param(RD, RD, True, "x and y are swapped", id="RD swapped"),
        pytest.param("EPSG:31370", RD, False, "2 of 2 outside", id="Belgian Lambert as RD"),
        pytest.param("EPSG:32631", RD, False, "2 of 2 outside", id="UTM as RD"),
        pytest.param("EPSG:25832", RD, False, "2 of 2 outside", id="ETRS89 UTM 32 as RD"),
        pytest.param("EPSG:4326", RD, False, "the numbers are of EPSG:4326", id="degrees as RD"),
        pytest.param("EPSG:3857", RD, False, "2 of 2 outside", id="Web Mercator as RD"),
        pytest.param("EPSG:32631", "EPSG:32633", False, "2 of 2 outside", id="another zone"),
        pytest.param("EPSG:32631", "EPSG:32631", False, "", id="UTM"),
        pytest.param("EPSG:31370", "EPSG:31370", False, "", id="Belgian Lambert"),
        pytest.param("EPSG:4258", "EPSG:4258", False, "", id="ETRS89 degrees"),
    ],
)
def test_areas_that_lie_elsewhere_are_told(
    tmp_path: Path, crs: str, labelled: str, swapped: bool, why: str
) -> None:
    path = in_crs(tmp_path / "a.gpkg", crs, labelled, swapped=swapped)
    try:
        told = read_area_file(path, crs=RD).elsewhere
    except AreasError as error:  # where the system does not reach at all
        told = str(error)
    assert (why in told) if why else told == ""


def test_areas_across_the_antimeridian_are_cut_there(tmp_path: Path) -> None:
    ring = [[179.9, -17], [-179.9, -17], [-179.9, -16.9], [179.9, -16.9], [179.9, -17]]
    path = geojson(tmp_path / "a.geojson", {"id": "F"}, {"type": "Polygon", "coordinates": [ring]})
    found = read_area_file(path, crs="EPSG:3460")
    assert found.elsewhere == ""
    parts = shapely.get_parts(found.areas.geometry.iloc[0])
    assert sorted(part.bounds[::2] for part in parts) == [(-180.0, -179.9), (179.9, 180.0)]
