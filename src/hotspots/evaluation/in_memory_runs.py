"""Weekly runs over a simulated year in memory, without a database: detection, then tracking week by week."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.detection.pipeline import find_places
from hotspots.evaluation.scoring import Found
from hotspots.evaluation.simulation import SimulatedYear, detection_table, texts_of
from hotspots.geography.projection import Projection
from hotspots.settings import MunicipalitySettings, Settings
from hotspots.tracking.identity import KnownHotspot, SignalledPlace, middle_of, recognise
from hotspots.weekly.weekly_run import weeks_between, window_of


@dataclass
class Followed:
    """A hotspot that weekly runs signalled, as it last was."""

    hotspot_id: str
    x: float
    y: float
    soort: str
    indicatie: str
    first_signalled: date
    last_signalled: date
    reports: frozenset[int]  # of the last run that signalled it
    all_reports: frozenset[int]
    is_merged: bool = False
    centres: tuple[tuple[float, float], ...] = ()  # in the runs that signalled it


def settings_for(year: SimulatedYear, settings: Settings) -> Settings:
    """The settings as they are for the city of a simulated year: its projected system."""
    municipality = MunicipalitySettings(
        name="", code="", timezone=settings.municipality.timezone, crs=year.city.crs
    )
    return settings.model_copy(update={"municipality": municipality})


def detect_once(year: SimulatedYear, settings: Settings, *, as_of: date) -> list[Found]:
    """What one run as of a date signals."""
    places, members = _run(year, detection_table(year), settings, as_of)
    return [
        Found(
            place.x,
            place.y,
            place.all_reports,
            place.soort,
            place.indicatie,
            place.first_signalled,
        )
        for place in _signalled(places, members, settings, as_of)
    ]


def follow_year(
    year: SimulatedYear,
    settings: Settings,
    *,
    reports: pd.DataFrame | None = None,
    on_week: Callable[[date], None] = lambda _: None,
    shift_days: int = 0,
) -> list[Found]:
    """Do the weekly runs of a year and give every hotspot they signalled, each once.

    Parameters
    ----------
    year
        The simulated year.
    settings
        With the projected system of its city (:func:`settings_for`).
    reports
        What to look at instead of :func:`detection_table` of the year.
    on_week
        Told each peildatum when it is done.
    shift_days
        Runs are as of Sunday plus so many days.
    """
    table = detection_table(year) if reports is None else reports
    known: dict[str, Followed] = {}
    for sunday in weeks_between(date(year.year, 1, 8), date(year.year, 12, 31)):
        as_of = date.fromordinal(sunday.toordinal() + shift_days)
        places, members = _run(year, table, settings, as_of)
        _track(known, _signalled(places, members, settings, as_of), settings)
        on_week(as_of)
    return [
        Found(spot.x, spot.y, spot.all_reports, spot.soort, spot.indicatie, spot.first_signalled)
        for spot in known.values()
    ]


def _run(
    year: SimulatedYear, table: pd.DataFrame, settings: Settings, as_of: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    start, end = window_of(as_of, settings)
    inside = (table["moment"] >= start) & (table["moment"] < end) & (table["reported_at"] < end)
    return find_places(
        table[inside].reset_index(drop=True),
        as_of=as_of,
        areas=year.city.areas,
        exposure_lon_lat=exposure_of(year),
        settings=settings,
        texts=texts_of(year),
    )


def exposure_of(year: SimulatedYear) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude and latitude of every address of the city."""
    addresses = year.city.addresses
    return addresses["lon"].to_numpy(), addresses["lat"].to_numpy()


def _signalled(
    places: pd.DataFrame, members: pd.DataFrame, settings: Settings, as_of: date
) -> list[Followed]:
    signalled = places[places["signalled"]]
    x, y = Projection(settings.municipality.crs).to_metres(signalled["lon"], signalled["lat"])
    own = members.groupby("place")["report_id"]
    return [
        Followed(
            "",
            float(x[number]),
            float(y[number]),
            str(signalled["soort"].iloc[number]),
            str(signalled["indicatie"].iloc[number]),
            as_of,
            as_of,
            frozenset(own.get_group(place).tolist()),
            frozenset(own.get_group(place).tolist()),
        )
        for number, place in enumerate(signalled["place"].tolist())
    ]


def _track(known: dict[str, Followed], signalled: list[Followed], settings: Settings) -> None:
    """Recognise this week's places as hotspots of before, and add the new ones."""
    recognition = recognise(
        [
            KnownHotspot(key, *middle_of(spot.centres), spot.reports, spot.is_merged)
            for key, spot in known.items()
        ],
        [SignalledPlace(number, spot.x, spot.y, spot.reports) for number, spot in enumerate(signalled)],
        max_shift_m=settings.tracking.max_shift_m,
    )
    for line in recognition.lineage:
        if line.kind == "merge":
            known[line.hotspot_id].is_merged = True
    for number, spot in enumerate(signalled):
        key = recognition.hotspot_of_place.get(number)
        if key is None:
            spot.hotspot_id = f"{len(known):06d}"
        else:
            before = known[key]
            spot.hotspot_id = key
            spot.first_signalled = before.first_signalled
            spot.all_reports = before.all_reports | spot.reports
            spot.centres = before.centres
        spot.centres = (*spot.centres, (spot.x, spot.y))
        known[spot.hotspot_id] = spot
