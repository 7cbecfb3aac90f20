"""Whether a file is GeoJSON or a GeoPackage of plain tables, asked here and in the process that reads it.

The process that reads it imports this, and so it imports no settings: these take as long as its reader.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from hotspots.errors import UnreadableFileError
from hotspots.files.kinds import require_plain_file

_DATABASE = b"SQLite format 3\0"
_OTHERS = {
    b"PK": "a ZIP archive: unpack it, and write a shapefile as GeoPackage",
    b"\x00\x00\x27\x0a": "an ESRI Shapefile: write it as GeoPackage",
    b"<": "XML, such as GML, KML or VRT: write it as GeoPackage",
}
_HOW = "(in QGIS: Export, Save Features As)"
_IN_DUTCH = "Dit is geen GeoJSON of GeoPackage."
_START_BYTES = 1024


def is_geopackage(path: Path) -> bool:
    """Whether a file is a GeoPackage by its first bytes, or JSON.

    Raises
    ------
    UnreadableFileError
        If it is neither.
    """
    require_plain_file(path)
    try:
        with path.open("rb") as file:
            start = file.read(_START_BYTES)
    except OSError as error:
        raise UnreadableFileError(
            f"can't read '{path}' ({error.strerror})", "Het bestand kan niet geopend worden."
        ) from None
    if start.startswith(_DATABASE):
        return True
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x1e")
    if text.startswith((b"{", b"[")):
        return False
    other = next((f"it is {what} {_HOW}" for mark, what in _OTHERS.items() if text.startswith(mark)), "")
    found = other or "it begins as neither does"
    raise UnreadableFileError(f"can't read '{path}' as GeoPackage or GeoJSON: {found}", _IN_DUTCH)


def why_not(error: Exception) -> str:
    """What GDAL says is wrong, without its advice to name another driver."""
    return str(error).partition("; It might help")[0].splitlines()[0]


def require_tables(path: Path) -> None:
    """Refuse a GeoPackage of which a layer is computed when it is read, in the process that reads it.

    Raises
    ------
    UnreadableFileError
        If it has views or virtual tables in the place of its layers or lists, or is no whole database.
    """
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        ) as database:
            database.execute("PRAGMA trusted_schema=OFF")
            computed = {
                str(name).casefold(): str(name)
                for name, sql in database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
                if " ".join(str(sql).upper().split()[:2]) in ("CREATE VIEW", "CREATE TEMP", "CREATE VIRTUAL")
            }
            lists = [name for name in computed if name.startswith("gpkg_")]
            layers = [] if lists else database.execute("SELECT table_name FROM gpkg_contents").fetchall()
            wrong = lists or [name for (name,) in layers if str(name).casefold() in computed]
    except sqlite3.Error as error:
        raise UnreadableFileError(
            f"wanted a GeoPackage, found '{path}', which can't be read: {error}", _IN_DUTCH
        ) from None
    if wrong:
        raise UnreadableFileError(
            f"wanted a GeoPackage of tables, found '{path}', of which '{wrong[0]}' is a view or a virtual "
            f"table: write it as a table {_HOW}",
            "In deze GeoPackage staat een laag die geen gewone tabel is.",
        )
