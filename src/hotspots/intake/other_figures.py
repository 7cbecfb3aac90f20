"""Figures of others beside ours: a table of source, category, period, area and a count or a share.

Police registrations and the Veiligheidsmonitor publish such tables, with a row per figure or with the years
in columns. A figure that the source leaves open stays open; one that can't be read is refused with its row.
Detection never reads them.
"""

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from hotspots.errors import FiguresError, UnreadableFileError
from hotspots.files.reading_process import DEFAULT_LIMITS
from hotspots.files.rows import BrokenRow, Rows
from hotspots.files.tables import first_columns, opened_table
from hotspots.files.values import number
from hotspots.settings import ReadingSettings
from hotspots.statistics.years_in_columns import COUNT, SHARE
from hotspots.store.batches import in_batches, is_among
from hotspots.store.figure_tables import other_figures

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "category": ("categorie", "soort", "soort misdrijf", "delict", "onderwerp", "indicator", "category"),
    "period": ("periode", "perioden", "jaar", "maand", "period"),
    "area": (
        "gebied",
        "gebiedcode",
        "buurtcode",
        "wijkcode",
        "gemeentecode",
        "regio",
        "regio's",
        "wijken en buurten",
    ),
    COUNT: ("aantal", "waarde", "geregistreerde misdrijven (aantal)", "count"),
    SHARE: ("aandeel", "percentage", "share"),
}
"""Names of columns, whatever their capitals; without a period, the years are columns."""

MAX_REFUSED = 1000
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_PERIODS = [
    re.compile(rf"{_YEAR}(?:JJ00)?\*?"),
    re.compile(rf"{_YEAR}(?:-?(?:KW|Q|K)0?)(?P<quarter>[1-4])\*?", re.IGNORECASE),
    re.compile(rf"{_YEAR}(?:-|MM)(?P<month>0[1-9]|1[0-2])\*?"),
]
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3}|,\d{3})+")
_OPEN = frozenset({"", ".", "-", "–", "x", "n.b.", "onbekend"})
"""What tables have where there is no figure."""


class Figure(NamedTuple):
    """One figure of others; `value` is None where the source gives none."""

    category: str
    unit: str
    first: date
    last: date
    area: str
    value: float | None


@dataclass
class FiguresFile:
    """What a file of figures came to.

    Attributes
    ----------
    figures
        Once for each category, unit, period and area.
    refused
        Number and reason of rows that hold a figure that can't be read, in Dutch.
    """

    read: int = 0
    figures: list[Figure] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


def read_figures(
    path: Path, *, areas: Mapping[str, str], sheet: str = "", limits: ReadingSettings = DEFAULT_LIMITS
) -> FiguresFile:
    """Read a table of figures.

    Parameters
    ----------
    path
        CSV, XLSX or ODS with columns as in :data:`COLUMNS`.
    areas
        Code of each area by its code and its name, in small letters; without an area a figure is of all.

    Raises
    ------
    FiguresError
        If the file can't be read, or lacks a category, a value, or periods.
    """
    try:
        with opened_table(path, sheet=sheet, limits=limits) as rows:
            return _read(path, rows, areas)
    except UnreadableFileError as error:
        raise FiguresError(str(error)) from None


def _read(path: Path, rows: Rows, areas: Mapping[str, str]) -> FiguresFile:
    found = first_columns(COLUMNS, rows.header, path.name)
    years = [name for name in rows.header if re.fullmatch(_YEAR, name.strip())]
    has_value = {COUNT, SHARE} & found.keys()
    if "category" not in found or not (years if "period" not in found else has_value):
        raise FiguresError(
            "wanted the columns categorie;periode;gebied;aantal (or aandeel), or a category and a column for "
            f"each year, found '{';'.join(rows.header)}' in '{path}'"
        )
    result, seen = FiguresFile(), dict[tuple[object, ...], int]()
    for row in rows.rows:
        result.read += 1
        if isinstance(row, BrokenRow):
            result.refused.append((row.number, row.reason))
            continue
        try:
            figures = list(_figures(row.cells, found, years, areas))
            _require_once(figures, row.number, seen)
        except _FigureError as error:
            result.refused.append((row.number, str(error)))
        else:
            result.figures += figures
    return result


def _require_once(figures: Sequence[Figure], row_number: int, seen: dict[tuple[object, ...], int]) -> None:
    for figure in figures:
        earlier = seen.setdefault(tuple(figure[:-1]), row_number)
        if earlier != row_number:
            raise _FigureError(f"staat ook in rij {earlier}, met dezelfde periode en hetzelfde gebied")


class _FigureError(Exception):
    """Why a row holds no figure, in Dutch."""


def _figures(
    cells: Mapping[str, str], found: Mapping[str, str], years: Sequence[str], areas: Mapping[str, str]
) -> Iterator[Figure]:
    category = cells.get(found["category"], "").strip()
    if not category:
        raise _FigureError("de categorie is leeg")
    area = _area_of(cells.get(found.get("area", ""), "").strip(), areas)
    if "period" in found:
        period = cells.get(found["period"], "").strip()
        values = [(period, unit, found[unit]) for unit in (COUNT, SHARE) if unit in found]
    else:
        unit = SHARE if any("%" in cells.get(year, "") for year in years) else COUNT
        values = [(year.strip(), unit, year) for year in years]
    for period, unit, column in values:
        first, last = period_of(period)
        yield Figure(
            category, unit, first, last, area, _value_of(cells.get(column, "").strip(), unit, column)
        )


def _area_of(text: str, areas: Mapping[str, str]) -> str:
    if not text:
        return ""
    if text.casefold() not in areas:
        raise _FigureError(f"gebied '{text}' is geen gebied, buurt of wijk van deze gemeente")
    return areas[text.casefold()]


def period_of(text: str) -> tuple[date, date]:
    """First and last day of a year, a quarter or a month.

    Examples
    --------
    >>> [str(day) for text in ("2023", "2023-Q2", "2023MM02") for day in period_of(text)]
    ['2023-01-01', '2023-12-31', '2023-04-01', '2023-06-30', '2023-02-01', '2023-02-28']
    """
    for pattern in _PERIODS:
        if (match := pattern.fullmatch(text)) is None:
            continue
        parts = match.groupdict()
        year = int(parts["year"])
        if parts.get("quarter"):
            start, end = 3 * int(parts["quarter"]) - 2, 3 * int(parts["quarter"])
        elif parts.get("month"):
            start = end = int(parts["month"])
        else:
            start, end = 1, 12
        return date(year, start, 1), date(year, end, calendar.monthrange(year, end)[1])
    raise _FigureError(f"periode '{text}' is geen jaar (2023), kwartaal (2023-Q2) of maand (2023-05)")


def _value_of(text: str, unit: str, column: str) -> float | None:
    if text.casefold() in _OPEN:
        return None
    is_percentage = text.endswith("%")
    if unit == COUNT and _THOUSANDS.fullmatch(text):  # a count has no decimals, so these are no decimals
        return float(re.sub("[.,]", "", text))
    read = number(text.removesuffix("%").strip())
    if read.problem or not isfinite(read.value) or read.value < 0:
        raise _FigureError(f"{column} '{text}' {read.problem or 'is geen getal van 0 of meer'}")
    if unit == COUNT:
        if is_percentage or read.value != int(read.value):
            raise _FigureError(f"{column} '{text}' is geen geheel getal")
        return read.value
    value = read.value / 100 if is_percentage or column.casefold() == "percentage" else read.value
    if value > 1:
        raise _FigureError(f"{column} '{text}' is geen deel van 0 tot 1; schrijf een percentage met %")
    return value


def replace_figures(
    connection: Connection, source: str, figures: Iterable[Figure], *, now: datetime
) -> tuple[int, int]:
    """Store figures of a source, in the place of those of the same category, unit, period and area.

    Returns
    -------
    tuple
        How many are new, and how many were there.
    """
    columns = [other_figures.c[name] for name in Figure._fields[:-1]]
    of_source = connection.execute(
        select(other_figures.c.id, *columns).where(other_figures.c.source == source)
    )
    known = {tuple(row[1:]): row[0] for row in of_source}
    rows = [figure._asdict() | {"source": source, "imported_at": now} for figure in figures]
    same = [known[key] for row in rows if (key := tuple(row[name] for name in Figure._fields[:-1])) in known]
    for batch in in_batches(same):
        connection.execute(delete(other_figures).where(is_among(connection, other_figures.c.id, batch)))
    if rows:
        connection.execute(insert(other_figures), rows)
    return len(rows) - len(same), len(same)


def remove_figures(connection: Connection, source: str, *, category: str = "") -> int:
    """Remove the figures of a source, or of one of its categories; gives how many.

    Raises
    ------
    FiguresError
        If there are none.
    """
    chosen = [other_figures.c.source == source]
    if category:
        chosen.append(other_figures.c.category == category)
    count = connection.execute(delete(other_figures).where(*chosen)).rowcount
    if not count:
        column = other_figures.c.category if category else other_figures.c.source
        query = select(column).distinct().order_by(column)
        if category:
            query = query.where(other_figures.c.source == source)
        known = ", ".join(f"'{name}'" for name in connection.execute(query).scalars()) or "none"
        raise FiguresError(
            f"wanted figures of '{category or source}' to remove, found none: there are {known}"
        )
    return count


def read_whole_years(connection: Connection, *, source: str = "", area: str = "") -> "pd.DataFrame":
    """Read the figures of whole years, as :mod:`~hotspots.statistics.years_in_columns` takes them.

    Parameters
    ----------
    source
        Only of this source; "" is of all.
    area
        Code of a wijk or buurt; "" is the whole municipality.
    """
    import pandas as pd

    query = select(other_figures).where(other_figures.c.area == area)
    if source:
        query = query.where(other_figures.c.source == source)
    table = pd.DataFrame(connection.execute(query).mappings().all(), columns=other_figures.columns.keys())
    is_whole = [
        (first.month, last.month) == (1, 12)
        for first, last in zip(table["first"], table["last"], strict=True)
    ]
    table = table[pd.Series(is_whole, index=table.index, dtype=bool)]
    return table.assign(year=[day.year for day in table["first"]])


def names_of_areas(table: "gpd.GeoDataFrame") -> dict[str, str]:
    """Code of each buurt, wijk and of the municipality by its code and its name, in small letters."""
    known: dict[str, str] = {}
    for code, name in (
        ("gemeentecode", "gemeentenaam"),
        ("wijkcode", "wijknaam"),
        ("buurtcode", "buurtnaam"),
    ):
        for value, called in zip(table[code], table[name], strict=True):
            own = "" if code == "gemeentecode" else value
            for text in (value, called):
                if isinstance(text, str) and text:
                    known.setdefault(text.casefold(), own)
    return known
