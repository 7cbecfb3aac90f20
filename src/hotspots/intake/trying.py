"""What a mapping makes of the first rows of a file: what each is read as, where it lies, what is refused."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hotspots.errors import UnreadableFileError
from hotspots.files.rows import NO_ROW
from hotspots.intake.coarse_points import Coarseness
from hotspots.intake.locator import LONGEST_COORDINATE, Locator
from hotspots.intake.plausible_times import plausible_until, why_implausible
from hotspots.intake.reporter_identity import written_reporters
from hotspots.intake.scrubbing import names_a_person
from hotspots.intake.sources.mapping import SourceMapping
from hotspots.intake.sources.reading import Reading, RowReader
from hotspots.intake.sources.sampling import Sample
from hotspots.intake.without_persons import forget_texts, without_persons
from hotspots.settings import Settings

OUTSIDE = "ligt buiten de gemeente (de ingelezen buurten)"
MOST_POINTS = 1000
NAMELESS = "niet getoond"


@dataclass(frozen=True)
class TriedRow:
    """A row as it is read."""

    reading: Reading  # without persons
    written: Mapping[str, str]  # by column: of the times and coordinates, as they stand there
    lon: float | None
    lat: float | None
    buurtcode: str | None
    is_outside: bool


@dataclass(frozen=True)
class Trial:
    """What a mapping makes of the first rows of a file."""

    rows: Sequence[TriedRow] = ()
    refused: Sequence[tuple[int, str]] = ()  # row number and reason, in Dutch
    notes: Counter[str] = field(default_factory=Counter)
    problem: str = ""  # in Dutch: why the file as a whole can't be read by it

    @property
    def points(self) -> list[tuple[float, float, str | None]]:
        """Where the first of them lie: longitude, latitude and the code of the buurt."""
        return [
            (row.lon, row.lat, row.buurtcode)
            for row in self.rows
            if row.lon is not None and row.lat is not None and not row.is_outside
        ][:MOST_POINTS]


def try_mapping(
    connection: Connection, settings: Settings, sample: Sample, mapping: SourceMapping, *, now: datetime
) -> Trial:
    """Read the first rows of a file by a mapping, as an import would; nothing is kept."""
    zone = ZoneInfo(mapping.dates.timezone or settings.municipality.timezone)
    reader = RowReader(mapping, zone, written_reporters(settings), longest_text=settings.intake.longest_text)
    try:
        reader.check_columns(sample.columns)
        readings, unread = reader.read_all(sample.rows)
        reader.times.require_one_order("bestand")
    except UnreadableFileError as error:
        return Trial(problem=error.dutch)
    locator = Locator(connection, settings, mapping.coordinates, reader.notes)
    locator.coarseness = Coarseness(readings, settings.intake)
    try:
        cleaned = without_persons(readings, locator.names)
    finally:
        forget_texts()
    located = locator.locate(cleaned)
    latest, first_year = plausible_until(settings.intake, now)
    rows, refused = [], [(row.row_number, row.reason) for row in unread]
    shown = _shown_columns(mapping)
    for place, reading in enumerate(cleaned.each()):
        lon, lat = _point(located, place)
        source_id = NAMELESS if names_a_person(reading.source_id) else reading.source_id
        outside = bool(located["is_outside"][place])
        why = OUTSIDE if outside else ""
        if reading.reported_at > latest or reading.reported_at.year < first_year:
            why = why_implausible(reading.reported_at, settings.intake, now=now) or why
        if why:
            refused.append((reading.row_number, why))
        has_point = abs(reading.x) < LONGEST_COORDINATE and abs(reading.y) < LONGEST_COORDINATE
        cells = reading.row.cells
        written = {column: cells.get(column, "") for column in shown[has_point]}
        rows.append(
            TriedRow(
                reading._replace(row=NO_ROW, source_id=source_id),
                written,
                lon,
                lat,
                located["buurtcode"][place],
                outside,
            )
        )
    return Trial(rows, sorted(refused), reader.notes)


def _shown_columns(mapping: SourceMapping) -> dict[bool, list[str]]:
    """Of which columns it is shown what stood there: of a point only when it is one."""
    named = mapping.columns.named()
    times, points = list(named["reported_at"]), [*named.get("x", ()), *named.get("y", ())]
    return {False: times, True: times + points}


def _point(located: Mapping[str, Any], place: int) -> tuple[float | None, float | None]:
    lon, lat = float(located["lon"][place]), float(located["lat"][place])
    return (lon, lat) if lon == lon and lat == lat else (None, None)
