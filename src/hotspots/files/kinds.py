"""Files of another kind than is read here, known by their first bytes, with what to do about it.

People are sent a spreadsheet, a compressed file or *Unicode text* where an export in CSV was agreed.
"""

import codecs
import zipfile
from dataclasses import dataclass
from pathlib import Path

_START_BYTES = 512
_CSV_UTF8 = "open it and save it as 'CSV UTF-8'"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BY_START = {
    b"\xd0\xcf\x11\xe0": ("an old Excel spreadsheet (.xls)", _CSV_UTF8),
    b"\x1f\x8b": ("compressed with gzip", "unpack it first"),
    b"7z\xbc\xaf": ("a 7-Zip archive", "unpack it first"),
    b"%PDF": ("a PDF", "ask for the export itself"),
}
_BY_MEMBER = {
    "xl/workbook.xml": ("an Excel spreadsheet (.xlsx)", _CSV_UTF8),
    "xl/workbook.bin": ("an Excel spreadsheet (.xlsb)", _CSV_UTF8),
    "content.xml": ("an OpenDocument spreadsheet (.ods)", _CSV_UTF8),
}


@dataclass(frozen=True)
class OtherKind:
    """What a file is, and what to do with it: both as the end of a sentence."""

    what: str
    to_do: str


def other_kind(path: Path) -> OtherKind | None:
    """Tell that a file is a spreadsheet, a compressed file or a PDF; None if it is nothing like that.

    Raises
    ------
    OSError
        If it can't be read.
    """
    start = _start_of(path)
    for mark, kind in _BY_START.items():
        if start.startswith(mark):
            return OtherKind(*kind)
    if not start.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError):
        return None  # whoever reads it as a zip says what is wrong with it
    return next((OtherKind(*kind) for name, kind in _BY_MEMBER.items() if name in names), None)


def is_utf16(path: Path) -> bool:
    """Whether a text is written in UTF-16 or UTF-32, as by its mark, or by a zero in every other byte.

    Raises
    ------
    OSError
        If it can't be read.
    """
    start = _start_of(path)
    return start.startswith(_UTF_16) or start.count(0) > len(start) / 3


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_START_BYTES)
