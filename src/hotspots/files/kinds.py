"""Kinds of files, known by their first bytes and not by their names; what to do about those never read.

People are sent a PDF, a compressed file or *Unicode text* where an export in CSV was agreed.
"""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from hotspots.errors import UnreadableFileError
from hotspots.files.archives import opened_zip

_START_BYTES = 512
_CSV_UTF8 = "open it and save it as 'CSV UTF-8'"
_ZIP = b"PK\x03\x04"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BY_START = {
    b"\xd0\xcf\x11\xe0": (
        "an old Excel spreadsheet (.xls)",
        _CSV_UTF8,
        "Dit is een oude Excel-werkmap (.xls). Sla hem op als .xlsx, of als 'CSV UTF-8'.",
    ),
    b"\x1f\x8b": (
        "compressed with gzip",
        "unpack it first",
        "Dit bestand is ingepakt met gzip. Pak het eerst uit.",
    ),
    b"7z\xbc\xaf": ("a 7-Zip archive", "unpack it first", "Dit is een 7-Zip-archief. Pak het eerst uit."),
    b"%PDF": ("a PDF", "ask for the export itself", "Dit is een PDF. Vraag om de export zelf."),
}
_WEB_PAGE = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_BINARY_WORKBOOK = "xl/workbook.bin"
_WORKBOOKS = {"xl/workbook.xml", "content.xml"}
"""What a zip holds that is an Excel or an OpenDocument workbook."""


@dataclass(frozen=True)
class OtherKind:
    """What a file is, and what to do with it: both as the end of a sentence."""

    what: str
    to_do: str
    dutch: str  # a whole sentence


def require_plain_file(path: Path) -> None:
    """Refuse what is no file with an end, such as a folder, a pipe or a device.

    Raises
    ------
    UnreadableFileError
        If it is another thing, or is not there.
    """
    try:
        is_plain = S_ISREG(path.stat().st_mode)
    except OSError as error:
        raise UnreadableFileError(
            f"can't read '{path}' ({error.strerror})", "Het bestand kan niet geopend worden."
        ) from None
    if not is_plain:
        raise UnreadableFileError(
            f"'{path}' is no plain file: wanted one on a disk, no folder, pipe or device",
            "Dit is geen gewoon bestand.",
        )


def other_kind(path: Path) -> OtherKind | None:
    """Tell that a file is of a kind that is never read, such as a PDF; None if it is nothing like that.

    Raises
    ------
    OSError
        If it can't be read.
    """
    start = _start_of(path)
    for mark, kind in _BY_START.items():
        if start.startswith(mark):
            return OtherKind(*kind)
    if _WEB_PAGE.match(start.removeprefix(codecs.BOM_UTF8)):
        return OtherKind(
            "a web page, such as a message of an error or a page to sign in",
            "ask the source for the export again",
            "Dit is een webpagina, bijvoorbeeld een foutmelding of een inlogscherm. Vraag de bron opnieuw om "
            "de export.",
        )
    if _BINARY_WORKBOOK in _members_of(path, start):
        return OtherKind(
            "an Excel spreadsheet (.xlsb)",
            _CSV_UTF8,
            "Dit is een binaire Excel-werkmap (.xlsb). Sla hem op als .xlsx, of als 'CSV UTF-8'.",
        )
    return None


def is_workbook(path: Path) -> bool:
    """Whether a file is a workbook of Excel (.xlsx) or OpenDocument (.ods), by what it holds.

    Raises
    ------
    OSError
        If it can't be read.
    """
    return not _WORKBOOKS.isdisjoint(_members_of(path, _start_of(path)))


def is_zip(path: Path) -> bool:
    """Whether a file begins as a zip does; a workbook is one too.

    Raises
    ------
    OSError
        If it can't be read.
    """
    return _start_of(path).startswith(_ZIP)


def _members_of(path: Path, start: bytes) -> set[str]:
    if not start.startswith(_ZIP):
        return set()
    try:
        with opened_zip(path) as archive:
            return set(archive.namelist())
    except (UnreadableFileError, ValueError):
        return set()  # whoever reads it as a zip says what is wrong with it


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
