"""Hotspots as files: the contract names, safe in a spreadsheet, the same bytes for the same input."""

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from arro3.core import DataType
from arro3.io import read_parquet

from hotspots.errors import StoreError
from hotspots.model import Aard, Indicatie, Soort, Soortoordeel, Status, Trend
from hotspots.publishing.exports import Format, hotspots_csv, write_hotspots
from hotspots.tracking.hotspot import PROPERTY_NAMES, Hotspot
from tests.parquet_columns import columns_in


def hotspot(**changes: Any) -> Hotspot:
    """A hotspot of which only what matters is given."""
    values: dict[str, Any] = {
        "id": "b2f0c1f4-5b8f-5c0e-9f5e-0d1c2b3a4e5f",
        "nummer": "HS-2023-001",
        "status": Status.KANDIDAAT,
        "soort": Soort.GEBIED,
        "indicatie": Indicatie.ONBEPAALD,
        "trend": Trend.NIEUW,
        "eerste_melding": date(2023, 3, 6),
        "laatste_melding": date(2023, 5, 26),
        "eerste_signalering": date(2023, 5, 28),
        "laatste_signalering": date(2023, 6, 4),
        "aantal_meldingen": 24,
        "aantal_dagen": 22,
        "aantal_weken": 12,
        "aantal_melders": 5,
        "duur_dagen": 81,
        "verwacht": 2.25,
        "p_waarde": 0.0001,
        "herhalingsinterval": 10000.0,
        "score": 7.5,
        "naam": "Marktlaan e.o., Binnenstad",
        "aandeel_drugs": 0.625,
        "aard": Aard.DRUGS,
        "subcategorieen": ("dealen", "drank- en drugsoverlast"),
        "lon": -5.69,
        "lat": 50.85,
        "buurtcode": "BU09350000",
        "buurtnaam": "Binnenstad",
        "gebied": "Centrum",
        "redenen": ("24 meldingen op 22 dagen.", "Zo'n 5 melders; meer dan verwacht."),
        "soort_oordeel": Soortoordeel.GEBIED,
        "soort_zekerheid": 0.97,
        "geometry": shapely.Point(5.69, 50.85).buffer(0.001),
    }
    return Hotspot(**(values | changes))


UNKNOWN = hotspot(
    id="c",
    nummer="HS-2023-002",
    aantal_melders=None,
    verwacht=None,
    p_waarde=None,
    herhalingsinterval=None,
    buurtcode=None,
    buurtnaam=None,
    gebied=None,
    redenen=(),
)


def test_csv_has_the_contract_names_and_joins_the_reasons() -> None:
    rows = list(csv.reader(io.StringIO(hotspots_csv([hotspot(), UNKNOWN])), delimiter=";"))
    assert tuple(rows[0]) == PROPERTY_NAMES
    known, unknown = (dict(zip(rows[0], row, strict=True)) for row in rows[1:])
    assert known["redenen"] == "24 meldingen op 22 dagen. | Zo'n 5 melders; meer dan verwacht."
    assert (known["eersteMelding"], known["aantalMelders"], known["verwacht"]) == ("2023-03-06", "5", "2.25")
    assert known["lon"] == "-5.69"  # a number, not a formula
    assert {unknown[name] for name in ("aantalMelders", "verwacht", "pWaarde", "buurtcode", "redenen")} == {
        ""
    }


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_spreadsheet_takes_no_text_for_a_formula(start: str) -> None:
    text = f"{start}HYPERLINK(1)"
    written = hotspots_csv([hotspot(buurtnaam=text, redenen=(text,))])
    row = next(csv.DictReader(io.StringIO(written, newline=""), delimiter=";"))
    assert (row["buurtnaam"], row["redenen"]) == (f"'{text}", f"'{text}")


def test_csv_is_utf8_and_keeps_quotes_and_line_ends(tmp_path: Path) -> None:
    text = 'regel 1\nregel "2"; café'
    write_hotspots([hotspot(redenen=(text,))], tmp_path / "h.csv", Format.CSV)
    content = (tmp_path / "h.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    row = next(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert row["redenen"] == text


def test_geojson_is_read_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "h.geojson"
    write_hotspots([hotspot(), UNKNOWN], path, Format.GEOJSON)
    collection = json.loads(path.read_text(encoding="utf-8"))
    assert [feature["properties"]["nummer"] for feature in collection["features"]] == [
        "HS-2023-001",
        "HS-2023-002",
    ]
    properties = collection["features"][0]["properties"]
    assert tuple(properties) == PROPERTY_NAMES
    assert properties["redenen"] == ["24 meldingen op 22 dagen.", "Zo'n 5 melders; meer dan verwacht."]
    frame = gpd.read_file(path)
    assert frame.crs == "EPSG:4326"
    assert frame.geometry.is_valid.all()


def test_rings_of_geojson_run_as_rfc_7946_has_them(tmp_path: Path) -> None:
    ring = shapely.Point(5.69, 50.85).buffer(0.001)
    write_hotspots(
        [hotspot(geometry=ring.difference(ring.buffer(-0.0005)))], tmp_path / "a.geojson", Format.GEOJSON
    )
    feature = json.loads((tmp_path / "a.geojson").read_text())["features"][0]
    shell, hole = (shapely.LinearRing(each) for each in feature["geometry"]["coordinates"])
    assert (shell.is_ccw, hole.is_ccw) == (True, False)


def test_geopackage_has_typed_columns(tmp_path: Path) -> None:
    path = tmp_path / "h.gpkg"
    write_hotspots([hotspot(), UNKNOWN], path, Format.GPKG)
    assert pyogrio.list_layers(path).tolist() == [["hotspots", "MultiPolygon"]]
    info = pyogrio.read_info(path, layer="hotspots")
    assert tuple(info["fields"]) == PROPERTY_NAMES
    types = dict(zip(info["fields"], info["dtypes"], strict=True))
    assert (types["eersteMelding"], types["aantalMeldingen"], types["score"]) == (
        "datetime64[D]",
        "int32",
        "float64",
    )
    assert info["crs"] == "EPSG:4326"
    frame = gpd.read_file(path)
    assert frame["nummer"].tolist() == ["HS-2023-001", "HS-2023-002"]
    assert str(frame["laatsteSignalering"].iloc[0])[:10] == "2023-06-04"
    assert frame["aantalMelders"].tolist()[0] == 5
    assert frame[["aantalMelders", "verwacht", "buurtcode"]].iloc[1].isna().all()
    assert frame.geometry.iloc[0].covers(shapely.Point(5.69, 50.85))


def test_geoparquet_has_the_columns_of_a_geopackage_and_says_what_its_shapes_are(tmp_path: Path) -> None:
    """Read by another library than geopandas asks for: `make bench BENCH=geoparquet` reads it by that."""
    path, package = tmp_path / "h.parquet", tmp_path / "h.gpkg"
    for each, kind in ((path, Format.PARQUET), (package, Format.GPKG)):
        write_hotspots([hotspot(), UNKNOWN], each, kind)
    read = read_parquet(path)
    told = json.loads(read.schema.metadata_str["geo"])
    columns = columns_in(path)
    assert [*columns] == [*PROPERTY_NAMES, "geometry"]
    assert [
        read.schema.field(name).type
        for name in ("eersteMelding", "aantalMelders", "score", "steekproef", "naam")
    ] == [
        DataType.date32(),
        DataType.int32(),
        DataType.float64(),
        DataType.bool(),
        DataType.utf8(),
    ]
    frame = gpd.read_file(package)
    for name in PROPERTY_NAMES:
        if name.startswith(("eerste", "laatste")):
            assert columns[name] == [*frame[name].dt.date], name
        else:
            assert columns[name] == [None if pd.isna(value) else value for value in frame[name]], name
    shapes = shapely.from_wkb(columns["geometry"])
    assert shapely.equals_exact(shapes, frame.geometry.to_numpy()).all()
    column = told["columns"]["geometry"]
    assert (told["version"], told["primary_column"], column["encoding"]) == ("1.1.0", "geometry", "WKB")
    assert (column["geometry_types"], column["crs"]["id"]["code"]) == (["MultiPolygon"], 4326)
    assert column["bbox"] == pytest.approx([*frame.total_bounds])


def test_geoparquet_without_what_writes_it_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotspots.publishing.geoparquet.can_write_geoparquet", lambda: False)
    with pytest.raises(StoreError, match=r"say pip install 'hotspots\[parquet\]', or choose"):
        write_hotspots([hotspot()], tmp_path / "h.parquet", Format.PARQUET)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", list(Format))
def test_the_same_hotspots_give_the_same_bytes(tmp_path: Path, kind: Format) -> None:
    first, again = tmp_path / "a" / "h", tmp_path / "b" / "h"
    for path in (first, again):
        write_hotspots([hotspot(), UNKNOWN], path.with_suffix(f".{kind}"), kind)
    assert first.with_suffix(f".{kind}").stat().st_mode & 0o777 == 0o600, "it may name dwellings"
    written = first.with_suffix(f".{kind}").read_bytes()
    assert written == again.with_suffix(f".{kind}").read_bytes()
    assert len(written) > 500


def test_a_workbook_has_dates_and_numbers_and_every_text_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "h.xlsx"
    write_hotspots([hotspot(naam="=1+1"), UNKNOWN], path, Format.XLSX, notes=[("Keuze", "alles")])
    sheet, notes = openpyxl.load_workbook(path).worksheets
    names = [str(cell.value) for cell in sheet[1]]
    known, unknown = (dict(zip(names, row, strict=True)) for row in (sheet[2], sheet[3]))
    assert tuple(names) == PROPERTY_NAMES
    assert known["laatsteMelding"].is_date
    assert (known["aantalMeldingen"].value, known["verwacht"].value, known["lon"].value) == (24, 2.25, -5.69)
    assert (known["naam"].data_type, known["naam"].value) == ("s", "=1+1")
    assert known["subcategorieen"].value == "dealen | drank- en drugsoverlast"
    assert (unknown["aantalMelders"].value, unknown["redenen"].value) == (None, None)
    assert [cell.value for cell in notes[1]] == ["Keuze", "alles"]


@pytest.mark.parametrize("kind", [Format.GPKG, Format.PARQUET])
def test_a_file_of_very_many_hotspots_is_written_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Format
) -> None:
    monkeypatch.setattr("hotspots.publishing.exports._AT_ONCE", 2)
    many = [hotspot(id=str(key), nummer=f"HS-2023-{key:03}") for key in range(1, 6)]
    paths = [tmp_path / f"{name}.{kind}" for name in "ab"]
    for path in paths:
        write_hotspots(iter(many), path, kind)
    table = gpd.read_file(paths[0]) if kind is Format.GPKG else columns_in(paths[0])
    assert [*table["nummer"]] == [spot.nummer for spot in many]
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("kind", list(Format))
def test_without_hotspots_there_is_an_empty_file_with_its_columns(tmp_path: Path, kind: Format) -> None:
    path = tmp_path / f"h.{kind}"
    write_hotspots([], path, kind)
    if kind is Format.CSV:
        assert path.read_text(encoding="utf-8-sig").strip() == ";".join(PROPERTY_NAMES)
    elif kind is Format.XLSX:
        assert tuple(pd.read_excel(path, engine="openpyxl").columns) == PROPERTY_NAMES
    elif kind is Format.PARQUET:
        assert columns_in(path)["nummer"] == []
    else:
        assert len(gpd.read_file(path)) == 0
    if kind is Format.GPKG:
        assert tuple(pyogrio.read_info(path)["fields"]) == PROPERTY_NAMES


@pytest.mark.parametrize("kind", list(Format))
def test_an_existing_file_is_replaced_as_a_whole(tmp_path: Path, kind: Format) -> None:
    path = tmp_path / f"h.{kind}"
    write_hotspots([hotspot(), UNKNOWN], path, kind)
    write_hotspots([UNKNOWN], path, kind)
    assert b"HS-2023-001" not in path.read_bytes()
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_file_that_can_not_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError, match=r"can't write '.*h\.csv'"):
        write_hotspots([], tmp_path / "file" / "h.csv", Format.CSV)


def test_a_csv_is_one_that_a_dutch_spreadsheet_opens_rightly(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    write_hotspots([hotspot()], path, Format.CSV, decimal_sign=",")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfid;nummer;")
    row = next(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")), delimiter=";"))
    written = hotspot()
    assert (row["lon"], row["lat"]) == (
        str(written.lon).replace(".", ","),
        str(written.lat).replace(".", ","),
    )
    assert row["aantalMeldingen"] == str(written.aantal_meldingen)
