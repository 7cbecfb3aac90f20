"""The one reader of every table that comes in, CSV or workbook, with one set of guarantees.

No row is lost: one that can't be read is told with its number. A broken row, a stray byte or a line end in a
quoted text costs no other row. Columns are found by name whatever their capitals, and a column that stands
twice is never picked at will.
"""

import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from hotspots.errors import UnreadableFileError
from hotspots.files.archives import opened_gzip
from hotspots.files.delimited import csv_rows, encoding_of
from hotspots.files.kinds import is_utf16, is_workbook, is_zip, other_kind, require_plain_file
from hotspots.files.reading_process import DEFAULT_LIMITS
from hotspots.files.rows import BrokenRow, Row, Rows, columns_of
from hotspots.files.sent_rows import rows_read_apart
from hotspots.files.workbooks import read_workbook
from hotspots.settings import ReadingSettings

ENCODINGS = ("utf-8-sig", "cp1252")
UTF16_IN_DUTCH = "Dit bestand is Unicode-tekst (UTF-16). Sla het op als 'CSV UTF-8'."


@contextmanager
def opened_table(
    path: Path,
    *,
    encodings: Sequence[str] = ENCODINGS,
    delimiter: str = "",
    sheet: str = "",
    limits: ReadingSettings = DEFAULT_LIMITS,
) -> Iterator[Rows]:
    """Open a CSV (also .csv.gz), XLSX or ODS, and give its rows as they are read.

    Parameters
    ----------
    encodings
        Of a CSV, tried in this order.
    delimiter
        Of a CSV; empty: the one that its header has.
    sheet
        Of a workbook with more than one filled sheet.
    limits
        What it may cost. A workbook is read in a process of its own.

    Raises
    ------
    UnreadableFileError
        If it can't be opened, is empty, of another kind, or broken as a whole.
    """
    with ExitStack() as stack:
        try:
            require_plain_file(path)
            rows = _opened(path, encodings, delimiter, sheet, limits, stack)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise _broken_gzip(path, error) from None
        except OSError as error:
            raise UnreadableFileError(
                f"can't read '{path}' ({error.strerror or error})", "Het bestand kan niet geopend worden."
            ) from None
        if path.suffix.lower() == ".gz":
            rows.rows = _unpacked(rows.rows, path)
        yield rows


def _opened(
    path: Path,
    encodings: Sequence[str],
    delimiter: str,
    sheet: str,
    limits: ReadingSettings,
    stack: ExitStack,
) -> Rows:
    size = path.stat().st_size
    if size == 0:
        raise UnreadableFileError(
            f"'{path}' is empty: wanted a header and rows, found 0 bytes", "Het bestand is leeg."
        )
    if is_workbook(path):
        return stack.enter_context(rows_read_apart(read_workbook, path, {"sheet": sheet}, limits=limits))
    is_packed = path.suffix.lower() == ".gz"
    if not is_packed:
        _require_csv(path, encodings)

    def opened() -> IO[bytes]:
        return opened_gzip(path, max_times=limits.max_unpacked_times) if is_packed else path.open("rb")

    encoding = encoding_of(opened, str(path), encodings)
    rows = csv_rows(stack.enter_context(opened()), path.name, size, encoding, delimiter)
    if encoding.name != encodings[0]:
        rows.notes[f"tekens gelezen als {encoding.name}, niet als {encodings[0]}"] += 1
    return rows


def _unpacked(rows: Iterator[Row | BrokenRow], path: Path) -> Iterator[Row | BrokenRow]:
    try:
        yield from rows
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _broken_gzip(path, error) from None


def _broken_gzip(path: Path, error: Exception) -> UnreadableFileError:
    return UnreadableFileError(
        f"'{path}' is a broken .gz ({error}): fetch it again",
        "Het .gz-bestand is kapot: haal het opnieuw op.",
    )


def one_column(wanted: str, header: Sequence[str], name: str) -> str | None:
    """The column of a header that a name means, None if it is absent.

    Raises
    ------
    UnreadableFileError
        If it stands there twice, as nobody can tell which is meant; capitals make no difference.
    """
    found = columns_of(wanted, header)
    if len(found) > 1:
        raise UnreadableFileError(
            f"'{name}' has the column '{wanted}' {len(found)} times: wanted it once; take the others out or "
            "give them another name",
            f"De kolom '{wanted}' staat er {len(found)} keer in. Laat er één over.",
        )
    return found[0] if found else None


def first_columns(names: Mapping[str, Sequence[str]], header: Sequence[str], name: str) -> dict[str, str]:
    """For each field the first of its names that a header has; absent fields are left out.

    Raises
    ------
    UnreadableFileError
        If one of these columns stands there twice.
    """
    found = {
        field: next(filter(None, (one_column(alias, header, name) for alias in aliases)), None)
        for field, aliases in names.items()
    }
    return {field: column for field, column in found.items() if column is not None}


def _require_csv(path: Path, encodings: Sequence[str]) -> None:
    if (other := other_kind(path)) is not None:
        raise UnreadableFileError(
            f"'{path}' is {other.what}: wanted CSV, XLSX or ODS; {other.to_do}", other.dutch
        )
    if is_zip(path):
        raise UnreadableFileError(
            f"'{path}' is a zip, or a workbook that is broken: wanted CSV, XLSX or ODS; unpack it, or "
            "fetch it again",
            "Dit is een zip, of een werkmap die kapot is. Pak het uit, of haal het opnieuw op.",
        )
    if is_utf16(path) and not any(map(is_utf16_name, encodings)):
        raise UnreadableFileError(
            f"'{path}' is written in UTF-16 ('Unicode text' in Excel): wanted {', '.join(encodings)}; "
            "save it as UTF-8",
            UTF16_IN_DUTCH,
        )


def is_utf16_name(encoding: str) -> bool:
    """Whether it is the name of an encoding of two or four bytes a letter."""
    return encoding.casefold().replace("_", "-").startswith(("utf-16", "utf16", "utf-32", "utf32"))
