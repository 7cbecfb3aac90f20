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

pytestmark = pytest.mark.usefixtures("files_read_here")

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
        pytest.param(
            [PLAIN, 'Markt,3,"'],
            "",
            'row 1: een aanhalingsteken (") in deze regel sluit niet',
            id="a quote that never closes",
        ),
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
        pytest.param(f"{PLAIN}\n".encode("utf-16"), r"written in UTF-16 .* save it as UTF-8", id="UTF-16"),
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


SAME = [
    "Markt;3;;;6211AB;Ons Dorp;155000;463000",
    "Kade;12;a;2;6211AC;Ons Dorp;155010;463020",
    "Steeg;7;;bis;6211AD;Ons Dorp;155020;463040",
]
HEADER = "straat;huisnummer;huisletter;huisnummertoevoeging;postcode;woonplaats;rd_x;rd_y"
WHOLE = [HEADER, *SAME]


def with_cells(row: int, **cells: str) -> list[str]:
    """The good register with cells of one row, from 1, written otherwise."""
    names = HEADER.split(";")
    values = dict(zip(names, SAME[row - 1].split(";"), strict=True)) | cells
    return [HEADER, *SAME[: row - 1], ";".join(values.values()), *SAME[row:]]


def quoted(line: str) -> str:
    return ";".join(f'"{cell}"' for cell in line.split(";"))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("\n".join(WHOLE), id="plain"),
        pytest.param("\r\n".join(WHOLE) + "\r\n", id="line ends of Windows"),
        pytest.param("\n".join(map(quoted, WHOLE)), id="all quoted"),
        pytest.param("\ufeff" + "\n".join(WHOLE), id="a byte order mark"),
        pytest.param("sep=;\n" + "\n".join(WHOLE), id="a line that tells the delimiter"),
        pytest.param("\n".join(WHOLE).replace(";", "\t"), id="tabs"),
        pytest.param("\n".join(WHOLE).replace(";", ","), id="commas"),
        pytest.param("\n".join(WHOLE).upper().replace("BIS", "bis").replace("12;A", "12;a"), id="capitals"),
        pytest.param("\n".join([*WHOLE[:2], "", ";;;;;;;", *WHOLE[2:]]), id="rows without a value"),
        pytest.param("\n".join(with_cells(2, huisnummer="12.0", huisnummertoevoeging="2.0")), id="decimals"),
        pytest.param(
            "\n".join(with_cells(2, huisnummer="12,0", huisnummertoevoeging="2,0")), id="decimals, Dutch"
        ),
        pytest.param("\n".join(with_cells(2, huisnummer="'12")), id="an apostrophe before it"),
        pytest.param("\n".join(with_cells(2, huisnummer='="12"')), id="a formula around it"),
        pytest.param("\n".join(with_cells(2, rd_x="155.010,00", rd_y="463.020,00")), id="thousands, Dutch"),
        pytest.param("\n".join(with_cells(2, postcode="6211 ac")), id="a postcode in small letters"),
        pytest.param("\n".join(f"{line};{at}" for at, line in enumerate(WHOLE)), id="another column"),
    ],
)
def test_a_register_that_was_written_otherwise_is_the_same_register(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.csv").write_bytes(content.encode())
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(content.encode()))
    expected = read_address_file(written(tmp_path, *WHOLE, name="good.csv")).table
    for name in ("a.csv", "a.csv.gz"):
        found = read_address_file(tmp_path / name)
        table = found.table.assign(**{name: found.table[name].str.title() for name in ("street", "town")})
        assert table.to_dict("records") == expected.to_dict("records")
        assert found.refused.empty


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"huisnummer": "1-feb"}, "huisnummer '1-feb' is een datum: een spreadsheet maakte die ervan"),
        ({"huisnummer": "5-mrt-24"}, "huisnummer '5-mrt-24' is een datum: een spreadsheet maakte die ervan"),
        ({"huisnummer": "Mar-05"}, "huisnummer 'Mar-05' is een datum: een spreadsheet maakte die ervan"),
        (
            {"huisnummer": "2024-05-03"},
            "huisnummer '2024-05-03' is een datum: een spreadsheet maakte die ervan",
        ),
        (
            {"huisnummertoevoeging": "2-jan"},
            "toevoeging '2-jan' is een datum: een spreadsheet maakte die ervan",
        ),
        ({"huisletter": "10:00"}, "huisletter '10:00' is een tijd: een spreadsheet maakte die ervan"),
        ({"huisnummer": "1,2E+03"}, "huisnummer '1,2E+03' is een getal dat een spreadsheet heeft afgerond"),
        ({"huisnummer": "12.5"}, "huisnummer '12.5' is een getal met cijfers achter de komma"),
        ({"huisnummer": "12-14"}, "geen huisnummer"),
        ({"huisnummer": "-3"}, "geen huisnummer"),
        ({"huisnummer": "#N/B"}, "geen huisnummer"),
        ({"rd_x": "x"}, "geen bruikbaar punt"),
        ({"rd_x": "15,5E+99"}, "het punt ligt buiten het gebied van EPSG:28992"),
    ],
)
def test_what_a_spreadsheet_lost_is_refused_with_row_and_reason(
    tmp_path: Path, cells: dict[str, str], reason: str
) -> None:
    found = read_address_file(written(tmp_path, *with_cells(2, **cells)), crs="EPSG:28992")
    assert list(found.refused.itertuples(index=False, name=None)) == [(2, reason)]
    assert found.table["street"].tolist() == ["Markt", "Steeg"]


@pytest.mark.parametrize(
    ("lines", "refused"),
    [
        ([*WHOLE[:2], "Kade;12;a", WHOLE[3]], {2: "de regel heeft 3 kolommen, verwacht 8 (afgebroken?)"}),
        ([*WHOLE[:2], WHOLE[2] + ";9", WHOLE[3]], {2: "de regel heeft 9 kolommen, verwacht 8 (afgebroken?)"}),
        (
            [*WHOLE[:2], WHOLE[2] + ";9;8", WHOLE[3]],
            {2: "de regel heeft 10 kolommen, verwacht 8 (afgebroken?)"},
        ),
        (
            [*WHOLE[:2], 'Kade;12;"a;2;6211AC;Ons Dorp;155010;463020', WHOLE[3]],
            {2: 'een aanhalingsteken (") in deze regel sluit niet: haal het weg of verdubbel het'},
        ),
    ],
    ids=["too short", "too long", "far too long", "an open quote"],
)
def test_a_broken_row_costs_no_other_row(tmp_path: Path, lines: list[str], refused: dict[int, str]) -> None:
    found = read_address_file(written(tmp_path, *lines))
    assert dict(found.refused.itertuples(index=False, name=None)) == refused
    assert found.table["street"].tolist() == ["Markt", "Steeg"]
    assert found.read == 3


def test_one_stray_byte_changes_only_its_own_value(tmp_path: Path) -> None:
    text = "\n".join([HEADER, *(line.replace("Ons Dorp", "Súdwest") for line in SAME)])
    (tmp_path / "a.csv").write_bytes(text.encode().replace(b"Kade", b"K\xe9de"))
    found = read_address_file(tmp_path / "a.csv")
    assert found.table["street"].tolist() == ["Markt", "K\ufffdde", "Steeg"]
    assert set(found.table["town"]) == {"Súdwest"}
    assert any("vervangen" in note for note in found.notes)


@pytest.mark.parametrize("twice", ["postcode", "POSTCODE", " Postcode "])
def test_a_column_that_stands_twice_is_refused(tmp_path: Path, twice: str) -> None:
    lines = [f"{HEADER};{twice}", *(f"{line};9999ZZ" for line in SAME)]
    with pytest.raises(AddressesError, match="has the column 'postcode' 2 times"):
        read_address_file(written(tmp_path, *lines))


def test_what_was_written_otherwise_is_told(tmp_path: Path) -> None:
    found = read_address_file(
        written(tmp_path, *with_cells(2, huisnummer="12.0", huisnummertoevoeging="2.0"))
    )
    assert found.notes == (
        "geheel getal dat met decimalen geschreven is (12.0): gelezen als geheel getal: 2",
    )


def test_an_address_that_stands_again_on_the_same_point_is_refused_and_one_elsewhere_is_not(
    tmp_path: Path,
) -> None:
    first = "Markt,3,,,6211AB,Ons Dorp,Ons Dorp,Limburg,50.85,5.69"
    found = read_address_file(written(tmp_path, PLAIN, first, first, first.replace("50.85", "50.86")))
    assert list(found.refused.itertuples(index=False, name=None)) == [(2, "staat er al, op hetzelfde punt")]
    assert found.table["lat"].tolist() == [50.85, 50.86]
