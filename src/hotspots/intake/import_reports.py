"""Importing reports: read by the mapping, locate, and store new and changed ones; the same file twice changes
nothing.

The whole import is one transaction: when it is cut off, nothing of it is there, and the same command does it
again from the start.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from hotspots.errors import MappingError
from hotspots.files.spreadsheets import safe_cell, safe_row
from hotspots.geocoding.locating import address_key, locate_addresses
from hotspots.geocoding.register import AddressRegister
from hotspots.geocoding.register_store import load_register
from hotspots.geography.areas import AreaIndex
from hotspots.geography.cells import cells_of
from hotspots.geography.projection import WGS84, Projection
from hotspots.intake.address_fields import HOUSE_PARTS
from hotspots.intake.rejects import RefusedRows
from hotspots.intake.reporter_key import ReporterKey, erased_among, load_reporter_key, lock_imports
from hotspots.intake.reports import (
    ImportCounts,
    Incoming,
    add_rejects,
    finish_import,
    start_import,
    stored_ids,
    upsert_reports,
)
from hotspots.intake.scrubbing import scrub, scrub_address, scrub_file_name
from hotspots.intake.sources.files import Row, kind_of_file, opened_rows
from hotspots.intake.sources.mapping import CoordinatesMapping, SourceMapping, load_mapping
from hotspots.intake.sources.reading import Reading, Refusal, RowReader, read_rows
from hotspots.model import Category, Precision
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.store.audit import processing_with
from hotspots.store.database import Database
from hotspots.store.removals import removed_before

ROWS_PER_BATCH = 5000
SHOWN_READINGS = 10
DEFAULT_POINT_M, DEFAULT_POINT_DEGREES = 1.0, 1e-5
"""A point this near to one of the source's default points is that point."""
LONGEST_COORDINATE = 1e7

Progress = Callable[[int, int], None]
"""Told how many bytes have been read, and of how many."""


@dataclass
class ImportResult:
    """What an import did; `read` is the sum of the five counts after it.

    Attributes
    ----------
    columns
        The columns of the file; of JSON, the paths in the first rows.
    fields
        Which columns each field is read from, as the mapping says.
    categories
        How often each category of the source occurred, and what it counts as.
    notes
        What had to be interpreted, and how often.
    readings
        The first ten readings, with addresses and numbers as they are kept.
    rejects_path
        Where the refused rows are, None if there are none or no file was asked for.
    """

    counts: ImportCounts = field(default_factory=ImportCounts)
    columns: list[str] = field(default_factory=list)
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    categories: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    readings: list[Reading] = field(default_factory=list)
    rejects_path: Path | None = None

    def as_json(self) -> dict[str, Any]:
        """The counts under the names of the contract."""
        counts = self.counts
        return {
            "read": counts.read,
            "new": counts.new,
            "updated": counts.updated,
            "unchanged": counts.unchanged,
            "otherCategory": counts.other_category,
            "rejected": counts.rejected,
            "located": counts.located,
            "rejectsFile": None if self.rejects_path is None else str(self.rejects_path),
        }


def import_reports(
    database: Database,
    settings: Settings,
    path: Path,
    source: str,
    *,
    now: datetime,
    dry_run: bool = False,
    rejects_path: Path | None = None,
    on_progress: Progress = lambda _read, _total: None,
    before_commit: Callable[[Connection], None] = lambda _: None,
) -> ImportResult:
    """Import a file of reports.

    Parameters
    ----------
    path
        The file; read as a stream, however large.
    source
        Its name: `<sources.folder>/<source>.toml` says what its columns mean.
    now
        The time of the import, aware.
    dry_run
        Do everything, keep nothing.
    rejects_path
        Where to write refused rows: rijnummer, reden, and what ``rejects`` keeps of the row.
    before_commit
        What is kept together with the reports, or not at all.

    Raises
    ------
    SourceError
        If the mapping or the file can't be used at all.
    StoreError
        If the database can't be used, or keeps reporters under another key.
    """
    mapping = _mapping_for(path, settings, source)
    kind_of_file(path)  # an absent or empty file is told before anything is done
    zone = ZoneInfo(mapping.dates.timezone or settings.municipality.timezone)
    reader = RowReader(mapping, zone, parents=_parents(path, mapping))
    result = ImportResult(fields=mapping.columns.named(), categories=reader.categories, notes=reader.notes)
    with (
        processing_with(database, "meldingen inlezen", now=now) as add_line,
        database.writing() as connection,
    ):
        lock_imports(connection)
        key = load_reporter_key(connection, settings.privacy, is_kept=not dry_run)
        locator = Locator(connection, settings, mapping.coordinates, result.notes)
        removed_until = removed_before(connection, "reports")
        refusals = RefusedRows(mapping, reader, locator.is_a_place)
        import_id = start_import(connection, source, scrub_file_name(path.name), _sha256(path), now)
        with opened_rows(path, mapping) as rows, _rejects_file(rejects_path) as rejects:
            result.columns = rows.columns
            if rows.columns:
                reader.check_columns(rows.columns)
            for batch in _batches(read_rows(reader, rows.rows)):
                result.columns = result.columns or list(
                    dict.fromkeys(name for row in batch for name in row.cells)
                )
                refused = _store(
                    connection, batch, source, import_id, locator, key, now, result, removed_until, refusals
                )
                add_rejects(connection, import_id, refused)
                rejects.write(refused, rows.columns)
                on_progress(rows.read_bytes, rows.total_bytes)
            on_progress(rows.total_bytes, rows.total_bytes)
        finish_import(connection, import_id, result.counts, now)
        if not dry_run:
            add_line(connection)
        before_commit(connection)
        if dry_run:
            connection.rollback()
    if rejects_path is not None and result.counts.rejected:
        result.rejects_path = rejects_path
    return result


class Locator:
    """Finds the point of each reading: its own coordinates if they can be right, else its address.

    Own coordinates are recognised by where they fall, not by what the column is called: as announced, with
    the two swapped, and in WGS 84 or the system of the municipality where another was announced. The first
    that lies inside the areas counts; if none does, the first in the region where the system of the
    municipality is used, which is a place outside. What lies nowhere there is no place at all.
    """

    def __init__(
        self,
        connection: Connection,
        settings: Settings,
        coordinates: CoordinatesMapping,
        notes: Counter[str],
    ) -> None:
        areas = load_areas(connection, settings.areas.gebieden)
        self._index = AreaIndex(areas)
        self._has_areas = len(areas) > 0
        self._register: AddressRegister = load_register(
            connection, gazetteer=settings.geocoding.gazetteer, crs=settings.municipality.crs
        )
        self._coordinates = coordinates
        self._crs = settings.municipality.crs
        self._region = Projection(self._crs).area_of_use
        self._resolution = settings.cells.resolution
        self._notes = notes

    def locate(self, readings: Sequence[Reading]) -> pd.DataFrame:
        """Give for each reading: lon, lat, precision, radius_m, address_key, found, why_not_better,
        located_by, cell, buurtcode, is_outside."""
        x = np.array([reading.x for reading in readings], dtype=np.float64)
        y = np.array([reading.y for reading in readings], dtype=np.float64)
        lon, lat, why = self._own(x, y)
        is_own = np.isfinite(lon)
        table = pd.DataFrame(
            {
                "lon": lon,
                "lat": lat,
                "precision": np.where(is_own, str(Precision.ADRES), str(Precision.GEEN)),
                "radius_m": np.where(is_own, self._coordinates.radius_m, np.nan),
                "address_key": [
                    address_key(
                        reading.postcode, reading.house_number, reading.house_letter, reading.house_suffix
                    )
                    for reading in readings
                ],
                "found": np.where(is_own, "eigen coördinaten", ""),
                "why_not_better": why,
                "located_by": np.where(is_own, "bron", ""),
            }
        )
        self._by_address(table, readings, ~is_own)
        located = np.isfinite(table["lon"].to_numpy())
        buurt = np.full(len(table), None, dtype=object)
        buurt[located] = self._index.locate(table["lon"][located], table["lat"][located])
        table["buurtcode"] = buurt
        table["is_outside"] = located & self._has_areas & pd.isna(buurt)
        cells = np.full(len(table), None, dtype=object)
        cells[located] = cells_of(
            table["lon"][located], table["lat"][located], resolution=self._resolution
        ).tolist()
        table["cell"] = cells
        return table

    def is_a_place(self, x: float, y: float) -> bool:
        """Whether coordinates lie where the system of the municipality is used, or are 0, 0."""
        point = np.array([x]), np.array([y])
        found = any(
            self._is_in_region(*(Projection(crs).to_degrees(*pair) if crs != WGS84 else pair))[0]
            for crs, swapped, _ in self._readings_of_coordinates()
            for pair in [point[::-1] if swapped else point]
        )
        return found or (x, y) == (0, 0)

    def _own(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.object_]]:
        why = np.full(len(x), "", dtype=object)
        given = np.isfinite(x) & np.isfinite(y)
        is_zero = given & (np.abs(x) < 1e-9) & (np.abs(y) < 1e-9)
        is_default = np.zeros(len(x), dtype=bool)
        for default_x, default_y in self._coordinates.default_points:
            in_metres = max(abs(default_x), abs(default_y)) > 360
            tolerance = DEFAULT_POINT_M if in_metres else DEFAULT_POINT_DEGREES
            is_default |= given & (np.hypot(x - default_x, y - default_y) <= tolerance)
        why[is_zero] = "de coördinaten zijn 0, 0"
        why[is_default] = "de coördinaten zijn een standaardpunt van de bron"
        usable = given & ~is_zero & ~is_default
        lon, lat = self._recognised(x, y, usable)
        nowhere = usable & ~np.isfinite(lon)
        why[nowhere] = [
            f"de coördinaten {_shown_point(one, other)}liggen nergens in het gebied van {self._crs}"
            for one, other in zip(x[nowhere], y[nowhere], strict=True)
        ]
        if nowhere.any():
            note = f"coördinaten die nergens in het gebied van {self._crs} liggen: niet gebruikt"
            self._notes[note] += int(nowhere.sum())
        return lon, lat, why

    def _recognised(
        self, x: NDArray[np.float64], y: NDArray[np.float64], usable: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        lon, lat = np.full(len(x), np.nan), np.full(len(x), np.nan)
        outside_lon, outside_lat = lon.copy(), lat.copy()
        left = usable
        for crs, swapped, note in self._readings_of_coordinates():
            if not left.any():
                break
            first, second = (y, x) if swapped else (x, y)
            candidate = Projection(crs).to_degrees(first, second) if crs != WGS84 else (first, second)
            fits = left & self._is_inside(*candidate)
            lon[fits], lat[fits] = candidate[0][fits], candidate[1][fits]
            if note and fits.any():
                self._notes[note] += int(fits.sum())
            left = left & ~fits
            outside = left & ~np.isfinite(outside_lon) & self._is_in_region(*candidate)
            outside_lon[outside], outside_lat[outside] = candidate[0][outside], candidate[1][outside]
        lon[left], lat[left] = outside_lon[left], outside_lat[left]
        return lon, lat

    def _readings_of_coordinates(self) -> Iterator[tuple[str, bool, str]]:
        systems = list(dict.fromkeys([self._coordinates.crs, WGS84, self._crs]))
        for crs in systems:
            for swapped in (False, True):
                notes = []
                if crs != self._coordinates.crs:
                    notes.append(f"coördinaten in {crs} waar {self._coordinates.crs} was aangekondigd")
                if swapped:
                    notes.append("coördinaten verwisseld (x en y, of lengte en breedte)")
                yield crs, swapped, " en ".join(notes)

    def _is_in_region(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
        west, south, east, north = self._region
        # a region over the date line has its west east of its east
        is_between = (lon >= west) & (lon <= east) if west <= east else (lon >= west) | (lon <= east)
        return is_between & (lat >= south) & (lat <= north)

    def _is_inside(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
        if not self._has_areas:
            return self._is_in_region(lon, lat)
        finite = np.isfinite(lon) & np.isfinite(lat)
        inside = np.zeros(len(lon), dtype=bool)
        inside[finite] = [code is not None for code in self._index.locate(lon[finite], lat[finite])]
        return inside

    def _by_address(
        self, table: pd.DataFrame, readings: Sequence[Reading], is_wanted: NDArray[np.bool_]
    ) -> None:
        rows = np.flatnonzero(is_wanted)
        if not len(rows):
            return
        queries = pd.DataFrame(
            [
                (
                    readings[row].street,
                    readings[row].house_number,
                    readings[row].house_letter,
                    readings[row].house_suffix,
                    readings[row].postcode,
                    readings[row].town,
                    readings[row].address,
                )
                for row in rows.tolist()
            ],
            columns=[
                *("street", "house_number", "house_letter", "house_suffix", "postcode", "town", "free_text")
            ],
            index=rows,
        )
        has_address = (queries != "").any(axis=1)
        found = locate_addresses(queries[has_address], self._register)
        for name in ("lon", "lat", "precision", "radius_m", "found", "located_by"):
            table.loc[found.index, name] = found[name]
        named = found["address_key"] != ""
        table.loc[found.index[named], "address_key"] = found.loc[named, "address_key"]
        own = table.loc[rows, "why_not_better"]
        by_address = found["why_not_better"].reindex(rows).fillna("er is geen adres")
        table.loc[rows, "why_not_better"] = [
            "; ".join(filter(None, (first, second))) for first, second in zip(own, by_address, strict=True)
        ]


def _shown_point(x: float, y: float) -> str:
    """The point as it is told; what is too large for a coordinate may be a number of a person."""
    return f"({x:.15g}, {y:.15g}) " if max(abs(x), abs(y)) < LONGEST_COORDINATE else ""


def _store(
    connection: Connection,
    batch: Sequence[Reading | Refusal],
    source: str,
    import_id: int,
    locator: Locator,
    key: ReporterKey,
    now: datetime,
    result: ImportResult,
    removed_until: datetime | None,
    refusals: RefusedRows,
) -> list[Refusal]:
    refused = [row for row in batch if isinstance(row, Refusal)]
    delivered = [row for row in batch if isinstance(row, Reading)]
    readings = [_with_kept_id(reading, key) for reading in delivered]
    shown = readings[: SHOWN_READINGS - len(result.readings)]
    result.readings += [_without_persons(reading) for reading in shown]
    result.counts.read += len(batch)
    # also as delivered: what was erased by a version that kept every id as it came
    ids = {reading.source_id for reading in (*readings, *delivered)}
    erased = erased_among(connection, key, source, sorted(ids))
    staying = [
        reading
        for reading, as_it_came in zip(readings, delivered, strict=True)
        if not erased & {reading.source_id, as_it_came.source_id}
    ]
    result.counts.unchanged += len(readings) - len(staying)  # they stay as they are: without who made them
    readings = staying
    known = stored_ids(connection, source, [reading.source_id for reading in readings])
    kept = []
    for reading in readings:
        if reading.category is Category.OTHER and reading.source_id not in known:
            result.counts.other_category += 1
        else:
            kept.append(reading)
    incoming = []
    if removed_until is not None:
        kept, gone = _split(kept, removed_until)
        refused += gone
    if kept:
        cleaned = [_without_persons(reading) for reading in kept]
        located = locator.locate(cleaned).to_dict("records")
        for reading, clean, place in zip(kept, cleaned, located, strict=True):
            if place.pop("is_outside"):
                refused.append(
                    Refusal(
                        reading.row_number,
                        reading.cells,
                        "ligt buiten de gemeente (de ingelezen buurten)",
                        reading.source_id,
                    )
                )
            else:
                content_hash = _content_hash(reading, key)
                incoming.append(_incoming(clean, place, key, content_hash))
    upsert_reports(connection, source, import_id, incoming, now=now, counts=result.counts)
    result.counts.rejected += len(refused)
    return sorted((refusals.cleaned(row) for row in refused), key=lambda row: row.row_number)


def _with_kept_id(reading: Reading, key: ReporterKey) -> Reading:
    source_id = key.id_of(reading.source_id)
    return reading if source_id == reading.source_id else replace(reading, source_id=source_id)


def _without_persons(reading: Reading) -> Reading:
    """The reading with its address as it is kept: what is located and corrected later is the same."""
    changed: dict[str, Any] = {
        name: cleaned
        for name, clean in _ADDRESS.items()
        if (value := getattr(reading, name)) and (cleaned := clean(value)) != value
    }
    return replace(reading, **changed) if changed else reading


_scrubbed_street = lru_cache(maxsize=8192)(scrub_address)
# of streets and towns, of which there are not many

_ADDRESS: dict[str, Callable[[str], str]] = {
    "street": _scrubbed_street,
    "address": scrub_address,
    "town": _scrubbed_street,
    **HOUSE_PARTS,
}
"""Parts of an address, and what keeps of each what belongs to it."""

_scrubbed_name = lru_cache(maxsize=4096)(scrub)
# of categories and statuses, of which there are few


def _split(readings: Sequence[Reading], removed_until: datetime) -> tuple[list[Reading], list[Refusal]]:
    """What can be kept, and what is from before reports were removed: it is counted already."""
    kept, gone = [], []
    for reading in readings:
        if max(reading.reported_at, reading.occurred_at or reading.reported_at) >= removed_until:
            kept.append(reading)
        else:
            reason = f"ouder dan de bewaartermijn: van voor {removed_until:%d-%m-%Y} is alles verwijderd"
            gone.append(Refusal(reading.row_number, reading.cells, reason, reading.source_id))
    return kept, gone


def _incoming(reading: Reading, place: Mapping[Any, Any], key: ReporterKey, content_hash: str) -> Incoming:
    place = {str(name): None if value is None or value != value else value for name, value in place.items()}
    has_point = place["lon"] is not None
    return Incoming(
        source_id=reading.source_id,
        report={
            "category": str(reading.category),
            "main_category": _scrubbed_name(reading.main_category)[:200] or None,
            "subcategory": _scrubbed_name(reading.subcategory)[:200] or None,
            "status": _scrubbed_name(reading.status)[:60] or None,
            "is_counted": reading.is_counted,
            "reported_at": reading.reported_at,
            "occurred_at": reading.occurred_at,
            "precision": place["precision"],
            "radius_m": place["radius_m"],
            "cell": place["cell"],
            "buurtcode": place["buurtcode"],
        },
        location={
            "lon": place["lon"],
            "lat": place["lat"],
            "located_by": place["located_by"] if has_point else None,
            "street": (reading.street or reading.address)[:200] or None,
            "house_number": reading.house_number or None,
            "house_letter": reading.house_letter or None,
            "house_suffix": reading.house_suffix or None,
            "postcode": reading.postcode or None,
            "town": reading.town[:120] or None,
            "address_key": place["address_key"] or None,
            "found": place["found"] or None,
            "why_not_better": place["why_not_better"] or None,
        },
        text=scrub(reading.text),
        reporter_hash=key.hash_of(reading.reporter),
        changed_at=reading.changed_at,
        content_hash=content_hash,
    )


def _content_hash(reading: Reading, key: ReporterKey) -> str:
    # what the source tells, with the reporter as hash: never the row number, nor where we found it. Keyed, so
    # that nobody with the database alone can try out what a text may have been after it is removed
    parts = [
        reading.reported_at.isoformat(),
        "" if reading.occurred_at is None else reading.occurred_at.isoformat(),
        str(reading.category),
        reading.main_category,
        reading.subcategory,
        reading.status,
        str(reading.is_counted),
        reading.text,
        key.first.hash_of(reading.reporter) or "",
        *(reading.street, reading.house_number, reading.house_letter, reading.house_suffix),
        *(reading.postcode, reading.town, reading.address, repr(reading.x), repr(reading.y)),
    ]
    return key.sealed(hashlib.sha256("\x1f".join(parts).encode()).hexdigest())


def _mapping_for(path: Path, settings: Settings, source: str) -> SourceMapping:
    mapping = load_mapping(settings.sources, source)
    if mapping.otherwise and kind_of_file(path) != mapping.file.format:
        other = load_mapping(settings.sources, mapping.otherwise)
        if other.otherwise:
            raise MappingError(f"'{mapping.otherwise}' can't name another mapping ('{other.otherwise}')")
        return other
    return mapping


def _parents(path: Path, mapping: SourceMapping) -> frozenset[str]:
    """The ids that rows name as their parent; a pass of its own, as a parent comes before its children."""
    column = mapping.columns.parent
    if not column:
        return frozenset()
    with opened_rows(path, mapping) as rows:
        cells = (row.cells for row in rows.rows if isinstance(row, Row))
        return frozenset(filter(None, (one.get(column, "").strip() for one in cells)))


def _batches(rows: Iterable[Reading | Refusal]) -> Iterator[list[Reading | Refusal]]:
    """Rows in batches in which no id occurs twice, so that the later row of two with one id comes later."""
    batch: list[Reading | Refusal] = []
    ids: set[str] = set()
    for row in rows:
        source_id = row.source_id if isinstance(row, Reading) else ""
        if len(batch) >= ROWS_PER_BATCH or source_id in ids:
            yield batch
            batch, ids = [], set()
        batch.append(row)
        if source_id:
            ids.add(source_id)
    if batch:
        yield batch


class _RejectsWriter:
    def __init__(self, file: IO[str] | None) -> None:
        self._file = file
        self._writer: Any = None

    @property
    def has_rows(self) -> bool:
        return self._writer is not None

    def write(self, refused: Sequence[Refusal], columns: Sequence[str]) -> None:
        if self._file is None or not refused:
            return
        if self._writer is None:
            names = columns or sorted({name for row in refused for name in row.cells})
            self._writer = csv.DictWriter(
                self._file, ["rijnummer", "reden", *names], delimiter=";", extrasaction="ignore"
            )
            self._writer.writerow({name: safe_cell(name) for name in self._writer.fieldnames})
        for row in refused:
            self._writer.writerow(safe_row({**row.cells, "rijnummer": row.row_number, "reden": row.reason}))


@contextmanager
def _rejects_file(path: Path | None) -> Iterator[_RejectsWriter]:
    """A file that is only there when it is whole, and only when a row was refused."""
    if path is None:
        yield _RejectsWriter(None)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)  # what is in it is for who corrects the source
        with part.open("w", encoding="utf-8-sig", newline="") as file:
            writer = _RejectsWriter(file)
            yield writer
        if writer.has_rows:
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
