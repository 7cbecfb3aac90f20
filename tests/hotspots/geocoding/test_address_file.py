"""Address registers are read from CSV in several layouts, and from PDOK's bag-light GeoPackage."""

import gzip
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from hotspots.errors import AddressesError
from hotspots.geocoding.address_file import read_address_file

PLAIN = "straat,huisnummer,huisletter,huisnummertoevoeging,postcode,woonplaats,gemeente,provincie,lat,lon"
NLEXTRACT = (
    "openbareruimte;huisnummer;huisletter;huisnummertoevoeging;postcode;woonplaats;gemeente;provincie;"
    "object_id;object_type;nevenadres;x;y;lon;lat"
)
LON, LAT = 5.3872, 52.1552
"""About RD 155000, 463000."""


def written(folder: Path, *lines: str, name: str = "addresses.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_plain_csv_is_read(tmp_path: Path) -> None:
    found = read_address_file(
        written(tmp_path, PLAIN, "Markt,3,a,02,6211 ab,Ons Dorp,Ons Dorp,Limburg,50.85,5.69")
    )
    assert found.read == 1
    assert found.table.iloc[0].to_dict() == {
        "street": "Markt",
        "street_short": "",
        "house_number": 3,
        "house_letter": "a",
        "house_suffix": "02",
        "postcode": "6211AB",
        "town": "Ons Dorp",
        "lon": 5.69,
        "lat": 50.85,
    }


def test_a_compressed_csv_is_read(tmp_path: Path) -> None:
    path = tmp_path / "addresses.csv.gz"
    path.write_bytes(gzip.compress(f"{PLAIN}\nMarkt,3,,,6211AB,Ons Dorp,X,Y,50.85,5.69\n".encode()))
    assert read_address_file(path).table["street"].tolist() == ["Markt"]


def test_a_csv_of_nlextract_is_read(tmp_path: Path) -> None:
    row = "Markt;3;;bis;6211AB;Ons Dorp;Ons Dorp;Limburg;0935010000001;VBO;f;176200;317800;5.6879;50.8485"
    found = read_address_file(written(tmp_path, NLEXTRACT, row)).table.iloc[0]
    assert (found["street"], found["house_suffix"], found["lon"]) == ("Markt", "bis", 5.6879)


def test_a_csv_of_nlextract_with_rd_only_is_converted(tmp_path: Path) -> None:
    row = "Markt;3;;;6211AB;Ons Dorp;Ons Dorp;Utrecht;1;VBO;f;155000,0;463000,0;;"
    found = read_address_file(written(tmp_path, NLEXTRACT, row)).table.iloc[0]
    assert found["lon"] == pytest.approx(LON, abs=1e-3)
    assert found["lat"] == pytest.approx(LAT, abs=1e-3)


def test_rows_that_cannot_be_used_are_refused_with_their_number(tmp_path: Path) -> None:
    rows = [
        "Markt,3,,,6211AB,Ons Dorp,X,Y,50.85,5.69",
        ",3,,,6211AB,Ons Dorp,X,Y,50.85,5.69",
        "Markt,,,,6211AB,Ons Dorp,X,Y,50.85,5.69",
        "Markt,0,,,6211AB,Ons Dorp,X,Y,50.85,5.69",
        "Markt,3b,,,6211AB,Ons Dorp,X,Y,50.85,5.69",
        "Markt,3,,,6211AB,Ons Dorp,X,Y,,",
        "Markt,3,,,6211AB,Ons Dorp,X,Y,0,0",
        "Markt,3,,,6211AB,Ons Dorp,X,Y,317800,176200",
    ]
    found = read_address_file(written(tmp_path, PLAIN, *rows))
    assert len(found.table) == 1
    assert list(found.refused.itertuples(index=False, name=None)) == [
        (2, "geen straat"),
        (3, "geen huisnummer"),
        (4, "geen huisnummer"),
        (5, "geen huisnummer"),
        (6, "geen bruikbaar punt"),
        (7, "geen bruikbaar punt"),
        (8, "geen bruikbaar punt"),
    ]


def test_one_municipality_is_picked(tmp_path: Path) -> None:
    rows = ["Markt,3,,,6211AB,A,Hier,L,50.85,5.69", "Markt,4,,,6211AB,A,Daar,L,50.85,5.69"]
    found = read_address_file(written(tmp_path, PLAIN, *rows), municipality="hier")
    assert found.table["house_number"].tolist() == [3]
    assert found.other_municipality == 1


@pytest.mark.parametrize(
    ("lines", "municipality", "message"),
    [
        pytest.param([], "", "wanted a header", id="empty"),
        pytest.param(["a,b", "1,2"], "", "lacks straat, huisnummer, lon and lat, or x and y", id="columns"),
        pytest.param(
            ["straat,huisnummer", "Markt,3"], "", "lacks lon and lat, or x and y: found", id="no point"
        ),
        pytest.param([PLAIN], "", "holds no address", id="no rows"),
        pytest.param(
            [PLAIN, "Markt,3,,,6211AB,A,Hier,L,50.85,5.69"],
            "Daar",
            "no address in 'Daar': found Hier",
            id="other",
        ),
        pytest.param(
            ["straat,huisnummer,lon,lat", "Markt,3,5,50"], "Hier", "names no municipality", id="no names"
        ),
        pytest.param([PLAIN, 'Markt,3,"'], "", "as CSV", id="a quote that never closes"),
    ],
)
def test_a_file_that_is_no_register_is_refused_in_one_line(
    tmp_path: Path, lines: list[str], municipality: str, message: str
) -> None:
    path = tmp_path / "addresses.csv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    with pytest.raises(AddressesError) as caught:
        read_address_file(path, municipality=municipality)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["absent.csv", "absent.gpkg"])
def test_an_absent_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(AddressesError, match="can't read"):
        read_address_file(tmp_path / name)


# -- bag-light.gpkg --------------------------------------------------------------------------------------


def layer(path: Path, name: str, *houses: tuple[str, int, str | None, str | None, str | None, float]) -> None:
    """Write a layer with the columns of PDOK's; houses: street, number, letter, suffix, postcode, metres."""
    rows: list[dict[str, Any]] = [
        {
            "identificatie": f"0935010000{at:06}",
            "openbare_ruimte_naam": street,
            "openbare_ruimte_naam_kort": street.replace("straat", "str"),
            "huisnummer": number,
            "huisletter": letter,
            "toevoeging": suffix,
            "postcode": postcode,
            "woonplaats_naam": "Ons Dorp",
            "geometry": Point(155_000 + east_m, 463_000),
        }
        for at, (street, number, letter, suffix, postcode, east_m) in enumerate(houses)
    ]
    frame = gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs="EPSG:28992")
    frame.rename_geometry("geom").to_file(path, layer=name)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Two houses, a caravan site, a mooring, a house far away, and a layer without addresses."""
    path = tmp_path / "bag-light.gpkg"
    layer(
        path,
        "verblijfsobject",
        ("Kerkstraat", 8, None, None, "6211AC", 0),
        ("Kerkstraat", 10, "a", "02", None, 20),
        ("Verreweg", 1, None, None, "9999AA", 50_000),
    )
    layer(path, "standplaats", ("Woonwagenpad", 1, None, None, "6211AD", 40))
    layer(path, "ligplaats", ("Havenkade", 2, "b", None, "6211AE", 60))
    layer(path, "pand", ("Niets", 1, None, None, "6211AF", 80))
    return path


def test_a_package_gives_houses_sites_and_moorings(package: Path) -> None:
    table = read_address_file(package).table
    assert table["street"].tolist() == ["Kerkstraat", "Kerkstraat", "Verreweg", "Woonwagenpad", "Havenkade"]
    assert table["street_short"].tolist()[0] == "Kerkstr"
    assert table["house_number"].tolist() == [8, 10, 1, 1, 2]
    assert table["house_letter"].tolist() == ["", "a", "", "", "b"]
    assert table["house_suffix"].tolist() == ["", "02", "", "", ""]
    assert table["postcode"].tolist() == ["6211AC", "", "9999AA", "6211AD", "6211AE"]
    assert table["lon"][0] == pytest.approx(LON, abs=1e-3)
    assert table["lat"][0] == pytest.approx(LAT, abs=1e-3)


def test_of_a_package_only_the_box_is_read(package: Path) -> None:
    found = read_address_file(package, box=(LON - 0.01, LAT - 0.01, LON + 0.01, LAT + 0.01))
    assert found.read == 4
    assert "Verreweg" not in set(found.table["street"])


def test_a_box_without_addresses_is_refused(package: Path) -> None:
    with pytest.raises(AddressesError, match="no address within the areas"):
        read_address_file(package, box=(4.0, 51.0, 4.1, 51.1))


def test_a_package_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.gpkg"
    layer(path, "pand", ("Niets", 1, None, None, "6211AF", 80))
    with pytest.raises(AddressesError, match="no layer verblijfsobject, standplaats, ligplaats: found pand"):
        read_address_file(path)


def test_a_package_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rubbish.gpkg"
    path.write_bytes(b"rubbish")
    with pytest.raises(AddressesError, match="as GeoPackage"):
        read_address_file(path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        pytest.param(
            f"{PLAIN}\n".encode("utf-16"), r"written in UTF-16 .* save it as 'CSV UTF-8'", id="UTF-16"
        ),
        pytest.param(
            b"\xd0\xcf\x11\xe0" + bytes(99), r"an old Excel spreadsheet \(.xls\)", id="a spreadsheet"
        ),
        pytest.param(
            gzip.compress(b"x"), "compressed with gzip: .* unpack it first", id="compressed, not named so"
        ),
    ],
)
def test_a_file_of_another_kind_is_named_with_what_to_do(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "addresses.csv"
    path.write_bytes(content)
    with pytest.raises(AddressesError, match=what):
        read_address_file(path)
