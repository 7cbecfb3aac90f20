"""Real events of other cities through import and the weekly run: by a mapping file and settings, no code.

None of these sources knows who reported, and none has texts: what is judged is where and when.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from hotspots.geography.projection import Projection
from hotspots.intake.import_reports import import_reports
from hotspots.intake.known_reports import load_reports
from hotspots.settings import MunicipalitySettings, PrivacySettings, Settings, SourcesSettings
from hotspots.store.database import Database
from hotspots.store.run_tables import detections
from hotspots.weekly.weekly_run import run_week
from hotspots.weekly.weeks import window_of

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("files_read_here")


@dataclass(frozen=True)
class Source:
    """A file of events, how to read it, and how many places of its last half year are plausible."""

    file: str
    zone: str
    crs: str  # projected system of the city
    as_of: date
    columns: str
    at_least: int
    at_most: int
    coordinates: str = "EPSG:4326"
    date_format: str = "iso"
    only: str = ""  # rows that hold this, where the file is long

    @property
    def mapping(self) -> str:
        """Its mapping file."""
        return (
            f'number_repeats = true\n[file]\ndelimiter = ","\n[columns]\n{self.columns}\n'
            f'[dates]\nformats = ["{self.date_format}"]\ntimezone = "{self.zone}"\n'
            f'[categories]\ndefault = "personen"\n[coordinates]\ncrs = "{self.coordinates}"\n'
        )


SOURCES = {
    # thefts, many a day in the shopping streets of one centre and in the malls around it
    "vancouver": Source(
        "events/vancouver_thefts.csv",
        "America/Vancouver",
        "EPSG:32610",
        date(2020, 12, 27),
        'id = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "X", "Y"]\n'
        'reported_at = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE"]\nx = "X"\ny = "Y"',
        at_least=60,
        at_most=140,
        coordinates="EPSG:32610",
        date_format="%Y %m %d %H %M",
    ),
    # assaults, some forty a day over a city of 2.7 million
    "chicago": Source(
        "events/chicago_aggravated_assaults.csv",
        "America/Chicago",
        "EPSG:26971",
        date(2019, 12, 29),
        'id = ["date", "longitude", "latitude"]\nreported_at = "date"\nx = "longitude"\ny = "latitude"',
        at_least=1,
        at_most=12,
        only="2019-",
    ),
    # burglaries seldom come back to one address so often
    "cincinnati": Source(
        "events/cincinnati_burglary.csv",
        "America/New_York",
        "EPSG:32616",
        date(2018, 12, 30),
        'id = "incident_no"\nreported_at = "offense_date"\nx = "longitude"\ny = "latitude"',
        at_least=0,
        at_most=3,
        only="2018-",
    ),
    "chicago burglaries": Source(
        "reference/chicago_be.csv",
        "America/Chicago",
        "EPSG:26971",
        date(2016, 12, 25),
        'id = ["X", "Y", "date"]\nreported_at = "date"\nx = "X"\ny = "Y"',
        at_least=0,
        at_most=4,
        coordinates="EPSG:26971",
    ),
    # a thousand shootings a year among 8 million people: nowhere eight in half a year
    "new york": Source(
        "events/nyc_shootings.csv",
        "America/New_York",
        "EPSG:32618",
        date(2019, 12, 29),
        'id = "incident_key"\nreported_at = "occur_date"\nx = "longitude"\ny = "latitude"',
        at_least=0,
        at_most=0,
    ),
    # coordinates in thousandths of a degree, a hundred metres apart: a point stands for blocks
    "memphis": Source(
        "reference/memphis_robberies.csv",
        "America/Chicago",
        "EPSG:32136",
        date(2019, 12, 29),
        'id = "uid"\nreported_at = "date"\nx = "lon"\ny = "lat"',
        at_least=0,
        at_most=0,
    ),
}


@pytest.fixture
def folder(tmp_path: Path, migrated_sqlite: Path) -> Path:
    """A folder with an empty database."""
    shutil.copyfile(migrated_sqlite, tmp_path / "events.sqlite")
    return tmp_path


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_flagged_among_real_events_is_plausible(
    name: str, folder: Path, shared_data: Callable[[str], Path]
) -> None:
    source = SOURCES[name]
    header, *rows = shared_data(source.file).read_text(encoding="utf-8-sig").splitlines()
    (folder / "events.csv").write_text("\n".join([header, *(row for row in rows if source.only in row)]))
    (folder / "events.toml").write_text(source.mapping)
    settings = Settings(
        municipality=MunicipalitySettings(name=name, code="", timezone=source.zone, crs=source.crs),
        sources=SourcesSettings(folder=folder),
        privacy=PrivacySettings(reporter_key=SecretStr("a key for tests only, never for real reporters")),
    )
    database = Database(f"sqlite:///{folder / 'events.sqlite'}")
    imported = import_reports(database, settings, folder / "events.csv", "events", now=NOW)
    assert imported.counts.new >= 0.99 * imported.counts.read
    assert imported.counts.located >= 0.9 * imported.counts.read
    summary = run_week(database, settings, as_of=source.as_of, now=NOW)
    assert source.at_least <= summary.signalled_count <= source.at_most
    start, end = window_of(source.as_of, settings)
    with database.reading() as connection:
        reports = load_reports(connection, window_start=start, window_end=end, known_at=end)
        places = pd.DataFrame(connection.execute(select(detections)).mappings().all())
    database.close()
    if places.empty:
        return
    signalled = places[places["signalled"]]
    projection = Projection(source.crs)
    x, y = (np.asarray(part) for part in projection.to_metres(reports["lon"], reports["lat"]))
    centres = np.column_stack(projection.to_metres(signalled["lon"], signalled["lat"]))
    edge_m = settings.detection.strip_half_width_m
    half_m = [edge_m + found.get("lengthM", 0) / 2 for found in signalled["evidence"]]
    reach_m = np.maximum(half_m, settings.detection.max_radius_m)
    near = np.array(
        [
            (np.hypot(x - centre[0], y - centre[1]) <= reach).sum()
            for centre, reach in zip(centres, reach_m, strict=True)
        ]
    )
    assert (near >= 0.9 * signalled["report_count"]).all()  # every place lies on its own reports
    assert (signalled["report_count"] >= 2 * signalled["expected"]).all()
    assert signalled["reporter_count"].isna().all()
    assert all("niet te beoordelen" in " ".join(reasons) for reasons in signalled["redenen"])
    assert places.loc[~places["signalled"], "suppressed_because"].str.startswith("Niet gesignaleerd").all()
