"""Files that are made to break whoever reads them: small, and each of a kind that breaks some reader.

A builder writes one file into a folder and gives its path.
"""

# ruff: noqa: E501, S608  # XML and SQL, as they stand in the files

import gzip
import sqlite3
import struct
import zipfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

GOOD = '{"id": "1", "at": "2023-05-01T10:00:00Z"}'
ROW = b"id;at\n1;2023-05-01T10:00:00Z\n"
_SHEET = (
    '<?xml version="1.0"?>{}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "{}<sheetData>{}</sheetData></worksheet>"
)
_WORKBOOK = (
    '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>'
)
_RELATION = '<Relationship Id="{}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"/>'
_RELATIONS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_ODS = (
    '<?xml version="1.0"?>{}<office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="a">{}</table:table></office:spreadsheet></office:body></office:document-content>'
)
_ODS_ROW = "<table:table-row {}><table:table-cell office:value-type='string' {}><text:p>id</text:p></table:table-cell></table:table-row>"
LAUGHS = (
    "<!DOCTYPE l [<!ENTITY a '"
    + "ha" * 20
    + "'>"
    + "".join(f"<!ENTITY {chr(98 + at)} '{f'&{chr(97 + at)};' * 10}'>" for at in range(9))
    + "]>"
)

Builder = Callable[[Path], Path]


def written(folder: Path, name: str, content: str | bytes) -> Path:
    """Write a file."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    return path


def zipped(folder: Path, name: str, members: Mapping[str, str | bytes]) -> Path:
    """Write a zip."""
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return folder / name


def json_with(value: str) -> Builder:
    """A document with this for the value of the first record, and a good one after it."""
    return lambda folder: written(folder, "a.json", f'[{{"id": {value}}}, {GOOD}]')


def lines_with(value: str) -> Builder:
    """The same as JSON Lines."""
    return lambda folder: written(folder, "a.jsonl", f'{GOOD}\n{{"id": {value}}}\n{GOOD}\n')


def xlsx(sheet: str = "", *, kind: str = "", dimension: str = "", strings: str = "") -> Builder:
    """A workbook of one sheet with these rows."""
    relations = _RELATION.format("r1", "worksheet", "worksheets/sheet1.xml")
    parts = {
        "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": _RELATIONS.format(_RELATION.format("r1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": _WORKBOOK,
        "xl/worksheets/sheet1.xml": _SHEET.format(kind, dimension, sheet),
    }
    if strings:
        relations += _RELATION.format("r2", "sharedStrings", "sharedStrings.xml")
        parts["xl/sharedStrings.xml"] = strings
    parts["xl/_rels/workbook.xml.rels"] = _RELATIONS.format(relations)
    return lambda folder: zipped(folder, "a.xlsx", parts)


def ods(rows: str, *, kind: str = "") -> Builder:
    """An OpenDocument spreadsheet of one sheet with these rows."""
    parts = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": _ODS.format(kind, rows),
        "META-INF/manifest.xml": '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
    }
    return lambda folder: zipped(folder, "a.ods", parts)


def _cell(at: str, text: str = "id") -> str:
    return f'<row r="{at.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}"><c r="{at}" t="inlineStr"><is><t>{text}</t></is></c></row>'


def _zip_of_lies(folder: Path) -> Path:
    """A zip that says of its only file that it is small."""
    path = zipped(folder, "a.zip", {"meldingen.csv": ROW + b"1;2\n" * 3_000_000})
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 40)
    path.write_bytes(bytes(data))
    return path


def _zip_that_overlaps(folder: Path) -> Path:
    """A zip in which many names point at the same content."""
    inner = zipped(folder, "inner.zip", {"meldingen.csv": ROW + b"1;2\n" * 200_000})
    data = inner.read_bytes()
    inner.unlink()
    begin = data.rindex(b"PK\x01\x02")
    entry = data[begin : data.rindex(b"PK\x05\x06")]
    entries = entry + b"".join(
        entry.replace(b"meldingen.csv", f"file{number:05d}.csv".encode()) for number in range(500)
    )
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 501, 501, len(entries), begin, 0)
    return written(folder, "a.zip", data[:begin] + entries + end)


def _zip_with_a_long_list(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        for number in range(15_000):
            archive.writestr(f"{number:0250d}.csv", b"")
    return folder / "a.zip"


def geopackage(*statements: str) -> Builder:
    """A GeoPackage with a layer of buurten, of which the table is made by these statements."""

    def build(folder: Path) -> Path:
        path = folder / "a.gpkg"
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as database:
            database.executescript(
                "PRAGMA application_id=1196444487; PRAGMA user_version=10300;"
                "CREATE TABLE gpkg_spatial_ref_sys(srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT, "
                "organization_coordsys_id INTEGER, definition TEXT, description TEXT);"
                "INSERT INTO gpkg_spatial_ref_sys VALUES('WGS 84', 4326, 'EPSG', 4326, 'GEOGCS[\"WGS 84\",DATUM[\"W\","
                'SPHEROID["W",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]\', \'\');'
                "CREATE TABLE gpkg_contents(table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT, description TEXT, "
                "last_change TEXT DEFAULT '2024-01-01T00:00:00Z', min_x REAL, min_y REAL, max_x REAL, max_y REAL, srs_id INTEGER);"
                "CREATE TABLE gpkg_geometry_columns(table_name TEXT PRIMARY KEY, column_name TEXT, geometry_type_name TEXT, "
                "srs_id INTEGER, z INTEGER, m INTEGER);"
                "INSERT INTO gpkg_contents(table_name, data_type, identifier, srs_id) VALUES('buurten','features','buurten',4326);"
                "INSERT INTO gpkg_geometry_columns VALUES('buurten','geom','POLYGON',4326,0,0);"
            )
            for statement in statements:
                database.executescript(statement)
            database.commit()
        return path

    return build


TABLE = "CREATE TABLE buurten(fid INTEGER PRIMARY KEY, geom BLOB, buurtcode TEXT, buurtnaam TEXT);"
ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c)"
_HEAD = "47500001e6100000"  # GP, version, little endian, EPSG:4326


def blob(wkb: str) -> str:
    """A row with this geometry, in hexadecimal."""
    return f"INSERT INTO buurten VALUES(1, X'{_HEAD}{wkb}', 'BU1', 'Een');"


def geojson_with(geometry: str) -> Builder:
    """One feature with this geometry."""
    text = (
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"buurtcode": "BU1"}, '
        f'"geometry": {geometry}}}]}}'
    )
    return lambda folder: written(folder, "a.geojson", text)


def named(name: str, content: str | bytes) -> Builder:
    """A file of this content."""
    return lambda folder: written(folder, name, content)


JSON: dict[str, Builder] = {
    "a number of 5,000 digits": json_with("9" * 5000),
    "a number of 200,000 digits": json_with("9" * 200_000),
    "an exponent of a milliard": json_with("1e999999999"),
    "a fraction of 100,000 digits": json_with("0." + "9" * 100_000),
    "lists 3,000 deep": json_with("[" * 3000 + "]" * 3000),
    "objects 3,000 deep": json_with('{"a":' * 3000 + "1" + "}" * 3000),
    "lists 50,000 deep, never closed": named("a.json", "[" * 50_000),
    "200,000 names in a record": json_with("{" + ",".join(f'"n{at}": 1' for at in range(200_000)) + "}"),
    "a long name before 20,000 values": json_with(f'{{"{"n" * 30_000}": [{",".join("1" * 20_000)}]}}'),
    "100,000 escapes": json_with('"' + "\\u0041" * 100_000 + '"'),
    "halves of characters": json_with('"' + "\\ud83d" * 50_000 + '"'),
    "a text of 3 MB": json_with('"' + "x" * 3_000_000 + '"'),
    "3,000 empty lists": named("a.json", "[" + ",".join(["[]"] * 3000) + "]"),
    "numbers that are none": json_with("NaN"),
    "zeros": named("a.json", b"[" + b"\0" * 1000),
}
LINES: dict[str, Builder] = {
    "a number of 5,000 digits": lines_with("9" * 5000),
    "lists 3,000 deep": lines_with("[" * 3000 + "]" * 3000),
    "a long name before many values": lines_with(f'{{"{"n" * 300_000}": [{",".join("1" * 100_000)}]}}'),
    "a line of 2 MB": lines_with('"' + "x" * 2_000_000 + '"'),
    "80,000 names": lines_with("{" + ",".join(f'"n{at}": 1' for at in range(80_000)) + "}"),
    "an exponent of a milliard": lines_with("1e999999999"),
}
ZIP: dict[str, Builder] = {
    "one line millions of times": lambda folder: zipped(
        folder, "a.zip", {"meldingen.csv": ROW + b"1;2\n" * 8_000_000}
    ),
    "a size that is a lie": _zip_of_lies,
    "500 names for one content": _zip_that_overlaps,
    "a list of 4.5 MB": _zip_with_a_long_list,
    "names with a way out": lambda folder: zipped(
        folder, "a.zip", {"../../meldingen.csv": ROW, "/etc/passwd": ROW}
    ),
    "a zip in a zip": lambda folder: zipped(
        folder, "a.zip", {"meldingen.csv": zipped(folder, "b.zip", {"meldingen.csv": ROW}).read_bytes()}
    ),
    "no end": lambda folder: written(
        folder, "a.zip", zipped(folder, "b.zip", {"meldingen.csv": ROW * 1000}).read_bytes()[:-40]
    ),
    "a header of a million columns": lambda folder: zipped(
        folder, "a.zip", {"meldingen.csv": b"id;at;" + b";" * 990_000}
    ),
}
WORKBOOKS: dict[str, Builder] = {
    "a cell in the last corner": xlsx(_cell("A1") + _cell("XFD1048576")),
    "a dimension of the whole sheet": xlsx(
        _cell("A1") + _cell("A2"), dimension='<dimension ref="A1:XFD1048576"/>'
    ),
    "a cell beyond the last corner": xlsx(_cell("A1") + _cell("ZZZZZZ99999999999")),
    "entities in entities": xlsx(_cell("A1", "&j;"), kind=LAUGHS),
    "entities in shared texts": xlsx(
        '<row r="1"><c r="A1" t="s"><v>0</v></c></row>',
        strings=f'<?xml version="1.0"?>{LAUGHS}<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&j;</t></si></sst>',
    ),
    "a million shared texts": xlsx(
        '<row r="1"><c r="A1" t="s"><v>0</v></c></row>',
        strings='<?xml version="1.0"?><sst count="99999999999" uniqueCount="99999999999" xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        + "<si><t>xxxxxxxxxxxxxxxxxxxxxxxxxx</t></si>" * 1_000_000
        + "</sst>",
    ),
    "one shared text of 100 kB, 20,000 times": xlsx(
        "".join(f'<row r="{at}"><c r="A{at}" t="s"><v>0</v></c></row>' for at in range(1, 20_000)),
        strings=f'<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{"x" * 100_000}</t></si></sst>',
    ),
    "a shared text that is not there": xlsx('<row r="1"><c r="A1" t="s"><v>4294967295</v></c></row>'),
    "elements 100,000 deep": xlsx("<row>" * 100_000),
    "a sheet of 30 MB of blanks": xlsx(_cell("A1") + " " * 30_000_000),
    "a row a milliard times": ods(_ODS_ROW.format('table:number-rows-repeated="1000000000"', "") * 2),
    "a cell a milliard times": ods(_ODS_ROW.format("", 'table:number-columns-repeated="1000000000"')),
    "rows and cells many times": ods(
        _ODS_ROW.format('table:number-rows-repeated="1048576"', 'table:number-columns-repeated="16384"')
    ),
    "a row minus one times": ods(_ODS_ROW.format('table:number-rows-repeated="-1"', "")),
    "entities in entities in ODS": ods(
        "<table:table-row><table:table-cell><text:p>&j;</text:p></table:table-cell></table:table-row>",
        kind=LAUGHS,
    ),
    "no sheet": lambda folder: zipped(folder, "a.xlsx", {"xl/workbook.xml": "<workbook/>"}),
}
CSV: dict[str, Builder] = {
    "a million columns": named("a.csv", b"id;at;" + b";" * 990_000 + b"\n1;2\n"),
    "a line without an end": named("a.csv", b"id;at\n" + b"x" * 5_000_000),
    "quotes that open and never close": named("a.csv", b"id;at\n" + b'"1;2\n' * 3000),
    "a quote that opens in each thousandth line": named(
        "a.csv", b"id;at\n" + (b'"1;2\n' + b"1;2\n" * 1001) * 30
    ),
    "quotes only": named("a.csv", b"id;at\n" + b'"' * 900_001 + b"\n1;2\n"),
    "zeros": named("a.csv", b"id;at\n1;\0\0\0\n" + b"\0" * 100_000),
    "carriage returns": named("a.csv", b"id;at\n" + b"\r" * 500_000 + b"1;2\n"),
    "delimiters only": named("a.csv", b"id;at\n" + b";" * 900_000 + b"\n1;2\n"),
    "bytes of no encoding": named("a.csv", b"id;at\n" + bytes(range(128, 256)) * 5000),
}
GZIP: dict[str, Builder] = {
    "25 MB of one letter": lambda folder: written(
        folder, "a.csv.gz", gzip.compress(b"straat;x\n" + b"x" * 25_000_000)
    ),
    "25 MB of lines": lambda folder: written(
        folder, "a.csv.gz", gzip.compress(b"straat;x\n" + b"x;y\n" * 7_000_000)
    ),
    "a gzip in a gzip": lambda folder: written(
        folder, "a.csv.gz", gzip.compress(gzip.compress(b"straat\n" * 1000))
    ),
    "no end": lambda folder: written(folder, "a.csv.gz", gzip.compress(b"straat;x\nx;y\n" * 1000)[:-20]),
    "rubbish after it": lambda folder: written(
        folder, "a.csv.gz", gzip.compress(b"straat;x\nx;y\n") + b"\xff" * 1000
    ),
}
LAYERS: dict[str, Builder] = {
    "a VRT that asks another machine": named(
        "a.geojson",
        '<OGRVRTDataSource><OGRVRTLayer name="buurten"><SrcDataSource relativeToVRT="0">/vsicurl/http://127.0.0.1:{port}/x.geojson'
        "</SrcDataSource><SrcLayer>buurten</SrcLayer></OGRVRTLayer></OGRVRTDataSource>",
    ),
    "a VRT after blanks": named("a.geojson", "\n\n  <OGRVRTDataSource></OGRVRTDataSource>"),
    "ESRI JSON": named(
        "a.geojson",
        '{"objectIdFieldName": "a", "geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": 4326}, "fields": [], "features": []}',
    ),
    "TopoJSON": named("a.json", '{"type": "Topology", "objects": {}, "arcs": []}'),
    "a service of features": named(
        "a.json", '{"links": [{"rel": "data", "href": "http://127.0.0.1:{port}/"}], "type": "OGCAPI"}'
    ),
    "KML": named(
        "a.geojson",
        '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><NetworkLink><Link><href>http://127.0.0.1:{port}/</href></Link></NetworkLink></kml>',
    ),
    "a shapefile": named("a.gpkg", b"\0\0\x27\x0a" + b"\0" * 100),
    "collections 10,000 deep": geojson_with(
        '{"type": "GeometryCollection", "geometries": [' * 10_000 + "]}" * 10_000
    ),
    "coordinates 10,000 deep": geojson_with(
        '{"type": "Polygon", "coordinates": ' + "[" * 10_000 + "]" * 10_000 + "}"
    ),
    "numbers without end": geojson_with(
        '{"type": "Polygon", "coordinates": [[[1e999999999, 1], [' + "9" * 100_000 + ", 2], [3, 3]]]}"
    ),
    "300,000 corners that cross": geojson_with(
        '{"type": "Polygon", "coordinates": [['
        + ",".join(f"[{at % 997}e-3,{at * 7919 % 991}e-3]" for at in range(300_000))
        + "]]}"
    ),
    "rubbish": named("a.gpkg", b"SQLite format 3\0" + b"\xff" * 4000),
    "a view that never ends": geopackage(
        f"CREATE VIEW buurten AS {ENDLESS} SELECT x AS fid, NULL AS geom, x AS buurtcode FROM c;"
    ),
    "a list of layers that never ends": geopackage(
        "ALTER TABLE gpkg_contents RENAME TO t;",
        f"CREATE VIEW gpkg_contents AS {ENDLESS} SELECT t.* FROM t, c;",
    ),
    "a virtual table": geopackage("CREATE VIRTUAL TABLE buurten USING fts5(geom, buurtcode);"),
    "a column that is computed for ever": geopackage(
        "CREATE TABLE buurten(fid INTEGER PRIMARY KEY, geom BLOB, buurtcode TEXT AS (hex(zeroblob(100000000)) || fid));"
        "INSERT INTO buurten(fid) VALUES(1), (2), (3), (4), (5), (6), (7), (8), (9);"
    ),
    "a trigger": geopackage(
        TABLE,
        f"CREATE TRIGGER t AFTER INSERT ON buurten BEGIN INSERT INTO gpkg_contents(table_name) {ENDLESS} SELECT x FROM c; END;",
    ),
    "a polygon that says that it has milliards of corners": geopackage(
        TABLE, blob("0103000000ffffff7fffffff7f")
    ),
    "collections 100,000 deep in a table": geopackage(TABLE, blob("010700000001000000" * 100_000)),
    "a blob of nothing": geopackage(
        TABLE, "INSERT INTO buurten VALUES(1, zeroblob(20000000), 'BU1', 'Een');"
    ),
    "a name of 10 MB": geopackage(
        TABLE, "INSERT INTO buurten VALUES(1, NULL, printf('%.*c', 10000000, 'x'), 'Een');"
    ),
}
