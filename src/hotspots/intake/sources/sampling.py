"""The first rows of a file of which nobody told the layout, and how such a file has to be opened."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hotspots.errors import UnreadableFileError
from hotspots.files.contents import Part, parts_of
from hotspots.files.kinds import is_utf16, is_workbook
from hotspots.files.rows import BrokenRow, Row
from hotspots.files.tables import ENCODINGS, opened_table
from hotspots.files.values import MISSING
from hotspots.intake.sources.date_forms import chosen_forms
from hotspots.intake.sources.files import kind_of_file, opened_rows
from hotspots.intake.sources.mapping import ColumnsMapping, FileMapping, JoinMapping, SourceMapping
from hotspots.settings import ReadingSettings

SAMPLE_ROWS = 1000
MOST_CELLS = 300_000
"""Of the rows of a sample together: short JSON may unfold to much."""

UNMAPPED = ColumnsMapping(id="", reported_at="")
_KEYS = ("id", "_id")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


@dataclass(frozen=True)
class Sample:
    """The first rows of a file, by the names of its columns."""

    file: FileMapping
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    joins: tuple[JoinMapping, ...] = ()
    sheets: tuple[str, ...] = ()  # of a workbook in which more than one has rows
    repeated: frozenset[str] = frozenset()  # columns of which the name stands there twice: can't be named
    is_whole: bool = True  # these are all of its rows
    is_workbook: bool = False  # for which delimiter and encodings mean nothing

    def written(self, column: str) -> list[str]:
        """What stands in a column; empty in a row that lacks it."""
        return [row.cells.get(column, "") for row in self.rows]

    def values(self, column: str) -> list[str]:
        """The values of a column, without those that stand for nothing."""
        found = map(str.strip, self.written(column))
        return [value for value in found if value.casefold() not in MISSING]


def take_sample(
    path: Path,
    *,
    limits: ReadingSettings,
    file: FileMapping | None = None,
    joins: Sequence[JoinMapping] = (),
    sheet: str = "",
) -> Sample:
    """Read the first rows of a file.

    Parameters
    ----------
    file, joins
        How to open it; by default as it looks itself.
    sheet
        Of a workbook in which more than one has rows; by default the first.

    Raises
    ------
    UnreadableFileError
        If it can't be read, or its first line is a report and no names of columns.
    """
    sheets: tuple[str, ...] = ()
    if file is None:
        file, joins, sheets = _recognised(path, limits, sheet)
    mapping = SourceMapping(file=file, joins=tuple(joins), columns=UNMAPPED)
    with opened_rows(path, mapping, limits=limits) as rows:
        first, is_whole = _first_rows(rows.rows)
        columns = list(rows.columns) or list(dict.fromkeys(name for row in first for name in row.columns))
        twice = frozenset(key for key, name in zip(columns, rows.header, strict=False) if key != name)
    _require_names(columns)
    repeated = twice | _also_first(twice)
    return Sample(file, tuple(columns), first, tuple(joins), sheets, repeated, is_whole, is_workbook(path))


def count_values(
    path: Path, sample: Sample, columns: Sequence[str], *, limits: ReadingSettings
) -> Counter[tuple[str, ...]]:
    """How often each combination of values of some columns stands in all of a file.

    Raises
    ------
    UnreadableFileError
        As :func:`take_sample`.
    """
    if sample.is_whole:
        return _counted(sample.rows, columns)
    mapping = SourceMapping(file=sample.file, joins=sample.joins, columns=UNMAPPED)
    with opened_rows(path, mapping, limits=limits) as rows:
        return _counted(rows.rows, columns)


def _first_rows(rows: Iterable[Row | BrokenRow]) -> tuple[tuple[Row, ...], bool]:
    """The first rows that can be read, and whether these are all."""
    first: list[Row] = []
    cells = 0
    for row in rows:
        if len(first) == SAMPLE_ROWS or cells > MOST_CELLS:
            return tuple(first), False
        if isinstance(row, Row):
            first.append(row)
            cells += len(row.columns)
    return tuple(first), True


def _counted(rows: Iterable[Row | BrokenRow], columns: Sequence[str]) -> Counter[tuple[str, ...]]:
    found = (row.cells for row in rows if isinstance(row, Row))
    return Counter(tuple(cells.get(column, "").strip() for column in columns) for cells in found)


def _recognised(
    path: Path, limits: ReadingSettings, sheet: str
) -> tuple[FileMapping, tuple[JoinMapping, ...], tuple[str, ...]]:
    kind = kind_of_file(path)
    if kind == "csv" and is_workbook(path):
        names = tuple(part.name for part in parts_of(path, encodings=ENCODINGS, limits=limits))
        several = names if len(names) > 1 else ()
        chosen = sheet if sheet in several else several[0] if several else ""
        return FileMapping(sheet=chosen), (), several
    if kind == "csv":
        encodings = ("utf-16",) if is_utf16(path) else ENCODINGS
        with opened_table(path, encodings=encodings, limits=limits) as rows:
            return FileMapping(encodings=encodings, delimiter=rows.delimiter), (), ()
    parts = parts_of(path, encodings=ENCODINGS, limits=limits)
    if kind == "json" or (parts and parts[0].kind == "pages"):
        lists = tuple(part.name for part in parts[:1]) or FileMapping().records
        return FileMapping(format="json", records=lists), (), ()
    if not parts:
        raise UnreadableFileError(
            f"'{path}' is a zip without CSV or JSON files: wanted the files of an export",
            "In deze zip staat geen CSV- of JSON-bestand.",
        )
    return *_joined(parts), ()


def _joined(parts: Sequence[Part]) -> tuple[FileMapping, tuple[JoinMapping, ...]]:
    """The file with a row per report, which names the rows of most others, and how these are joined to it."""
    joins = {part.name: _joins_of(part, parts) for part in parts}
    main = max(parts, key=lambda part: (len(joins[part.name]), len(part.columns)))
    file = FileMapping(format="zip", main=main.name, delimiter=main.delimiter or ",")
    return file, tuple(joins[main.name])


def _joins_of(main: Part, parts: Sequence[Part]) -> list[JoinMapping]:
    joins = []
    for other in parts:
        key = next((key for key in _KEYS if key in other.columns), "")
        if other is main or not key or other.delimiter != main.delimiter:
            continue
        stem = Path(other.name).stem.casefold()
        by = [name for name in main.columns if name.endswith("_id") and _is_called(name, stem)]
        if by:
            prefix = f"{_singular(stem)}."
            joins.append(JoinMapping(file=other.name, by=by[0], key=key, prefix=prefix))
    return joins


def _is_called(column: str, stem: str) -> bool:
    """Whether a column such as ``category_assignment_id`` names rows of a file such as ``categories``."""
    return column.removesuffix("_id").partition("_")[0] == _singular(stem).partition("_")[0]


def _singular(stem: str) -> str:
    """One of what a file is called after.

    Examples
    --------
    >>> _singular("categories"), _singular("statuses"), _singular("locations"), _singular("melder")
    ('category', 'status', 'location', 'melder')
    """
    for many, one in (("ies", "y"), ("uses", "us"), ("s", "")):
        if stem.endswith(many):
            return stem.removesuffix(many) + one
    return stem


def _also_first(twice: frozenset[str]) -> frozenset[str]:
    return frozenset(name.rpartition(" (")[0] for name in twice)


def _require_names(columns: Sequence[str]) -> None:
    """Refuse a file of which the first line is a report: it would be repeated as names of columns."""
    dated = [name for name in columns if chosen_forms([name], is_called_date=False)]
    counted = [name for name in columns if _NUMBER.fullmatch(name) and len(name) > 1]
    if dated or len(counted) > 1 or any("@" in name for name in columns):
        raise UnreadableFileError(
            "the first line looks like a report, not like names of columns: wanted a header",
            "De eerste regel lijkt een melding. Zet er een regel met de namen van de kolommen boven.",
        )
