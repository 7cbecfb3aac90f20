"""Real point events for evaluation, read through a mapping file: place and time, nothing else."""

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from hotspots.errors import UnreadableFileError
from hotspots.geography.projection import Projection
from hotspots.intake.reporter_identity import written_reporters
from hotspots.intake.sources.files import opened_rows
from hotspots.intake.sources.mapping import SourceMapping
from hotspots.intake.sources.reading import RowReader, read_rows
from hotspots.settings import Settings


def read_events(path: Path, mapping: SourceMapping, settings: Settings) -> pd.DataFrame:
    """Read every row with a time and coordinates, of whatever category.

    Parameters
    ----------
    path
        A file of the source, as for ``hotspots reports import``.
    settings
        Give the time zone and the projected coordinate system.

    Returns
    -------
    DataFrame
        x, y (metres in the system of the municipality), day (local, naive midnight), moment (aware UTC),
        has_hour, and id: an event may stand in more than one row.

    Raises
    ------
    UnreadableFileError
        If no row has both.
    """
    zone = ZoneInfo(mapping.dates.timezone or settings.municipality.timezone)
    reader = RowReader(mapping, zone, written_reporters(settings))
    with opened_rows(path, mapping, limits=settings.reading) as rows:
        if rows.columns:
            reader.check_columns(rows.columns)
        read = [
            (
                reading.x,
                reading.y,
                reading.occurred_at or reading.reported_at,
                reading.has_hour,
                reading.source_id,
            )
            for read in read_rows(reader, rows.rows)
            for reading in read.readings.each()
            if np.isfinite(reading.x) and reading.x != 0
        ]
    if not read:
        raise UnreadableFileError(
            f"{path}: wanted rows with a time and coordinates, found none",
            "Er staat geen rij met een tijd en een plek in.",
        )
    table = pd.DataFrame(read, columns=["x", "y", "moment", "has_hour", "id"])
    lon, lat = Projection(mapping.coordinates.crs).to_degrees(table["x"], table["y"])
    table["x"], table["y"] = Projection(settings.municipality.crs).to_metres(lon, lat)
    table["moment"] = pd.to_datetime(table["moment"], utc=True)
    table["day"] = table["moment"].dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    inside: pd.DataFrame = table[np.isfinite(table["x"].to_numpy())]
    return inside.reset_index(drop=True)
