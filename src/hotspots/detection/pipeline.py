"""The order of the stages: from the reports of a window to the places in it, each with its evidence."""

from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree

from hotspots.detection.assessment import Texts, assess
from hotspots.detection.clustering import NOISE, PeakClusterer
from hotspots.detection.concentration import AddressDensity, SurroundingsIndex, count_tiles
from hotspots.detection.detections_table import rows_of, tables_of, with_context
from hotspots.detection.false_alarms import is_at_default_coordinate, is_duplicate
from hotspots.detection.place_context import PlaceContextIndex, study_cells_of
from hotspots.detection.places import (
    AssessedPlaces,
    DetectionContext,
    Place,
    describe_places,
    report_ids_of,
    reports_of,
)
from hotspots.detection.shared_reporters import without_shared_reporters
from hotspots.geography.points import spot_of
from hotspots.geography.projection import Projection
from hotspots.model import CLUSTERING_PRECISIONS, REPORTS
from hotspots.settings import DetectionSettings, Settings

COUNTED = ["report_id", "moment", "has_hour", "day", "lon", "lat", "x", "y"]
"""What is kept of the reports that places are compared with."""


def find_places(
    reports: pd.DataFrame,
    *,
    as_of: date,
    areas: gpd.GeoDataFrame,
    exposure_lon_lat: tuple[NDArray[np.float64], NDArray[np.float64]],
    settings: Settings,
    texts: Texts,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find the places with enough reports to be looked at, and say of each whether it is signalled and why.

    Parameters
    ----------
    reports
        ``model.REPORTS``: the reports of the window as known at its end, in any order.
    as_of
        The peildatum.
    areas
        As :func:`hotspots.store.areas.load_areas` gives them.
    exposure_lon_lat
        Longitude and latitude of every address of the register; empty without one.
    settings
        All thresholds.
    texts
        Gives the texts of reports; asked only for those of places that are looked at.

    Returns
    -------
    places : DataFrame
        ``model.DETECTIONS``, by falling score.
    members : DataFrame
        ``model.MEMBERS``, by place and report_id.
    """
    REPORTS.check(reports)
    detection = settings.detection
    located = _located(without_shared_reporters(reports, settings), settings)
    is_default = is_at_default_coordinate(located, detection)
    counted = located.loc[~(located["is_duplicate"] | is_default), COUNTED]
    register = tuple(np.asarray(part, np.float64).tobytes() for part in exposure_lon_lat)
    del exposure_lon_lat  # there may be millions
    addresses = _address_index(settings.municipality.crs, *register)
    has_places = any(event.areas for event in settings.calendar.events)
    wijk_of_buurt = dict(zip(areas["buurtcode"], areas["wijkcode"], strict=True)) if has_places else {}
    context = DetectionContext(
        as_of=as_of,
        settings=settings,
        **_compared_reports(counted, addresses, detection),
        looks=addresses.looks(detection.look_radius_m)
        if len(addresses)
        else count_tiles(counted[["x", "y"]].to_numpy(), detection.look_radius_m),
        wijk_of_buurt=wijk_of_buurt,
    )
    default, elsewhere = located[is_default], located[~is_default]
    del located  # with a million reports each table counts
    at_default = _numbered(default, spot_of(default["x"], default["y"]), detection)
    bandwidth_m, *narrower_m = detection.bandwidths_m
    members = _members(elsewhere, bandwidth_m, detection, flank=detection.flank)
    del elsewhere
    assessed = assess(describe_places(members, context), texts, context)
    for narrow_m in narrower_m:
        assessed = _parted(assessed, narrow_m, texts, context)
    assessed = assess(describe_places(at_default, context), texts, context) + assessed
    signalled = [(place, assessment) for place, assessment in assessed if assessment.signalled]
    if signalled:
        is_rest = ~counted["report_id"].isin(report_ids_of(signalled))
        again = replace(context, **_compared_reports(counted[is_rest], addresses, detection))
        assessed = _joined(_assessed_again(assessed, counted[~is_rest], texts, again), texts, context)
    rows = rows_of(assessed, context)
    if any(assessment.signalled for _, assessment in assessed):
        study_cells = study_cells_of(*register, settings.cells.resolution)
        index = PlaceContextIndex(counted, as_of=as_of, study_cells=study_cells, settings=settings)
        rows = [
            with_context(row, place, index) if row["signalled"] else row
            for row, (place, _) in zip(rows, assessed, strict=True)
        ]
    return tables_of(rows, assessed)


def _parted(
    assessed: AssessedPlaces, bandwidth_m: float, texts: Texts, context: DetectionContext
) -> AssessedPlaces:
    """Look with a narrower kernel for cores in places too wide to be one; keep these if one is signalled.

    In a busy centre a hotspot may be glued to others, and to the reports between them.
    """
    detection = context.settings.detection
    is_wide = [
        not assessment.signalled and place.radius_m > detection.max_radius_m for place, assessment in assessed
    ]
    if not any(is_wide):
        return assessed
    wide = [pair for pair, is_one in zip(assessed, is_wide, strict=True) if is_one]
    reports = reports_of([place for place, _ in wide]).reset_index(drop=True)
    # texts were read of some only, and are read again
    reports = reports.drop(columns=["place", "written", "text"], errors="ignore")
    # a report that repeats one elsewhere in the whole does not repeat it in its part
    reports["is_duplicate"] = is_duplicate(reports)
    members = _members(reports, bandwidth_m, detection, flank=detection.core)
    tried = assess(describe_places(members, context), texts, context)
    whole = _without(wide, report_ids_of([pair for pair in tried if pair[1].signalled]))
    parts = _without(tried, report_ids_of(whole))
    return [pair for pair, is_one in zip(assessed, is_wide, strict=True) if not is_one] + whole + parts


def _without(assessed: AssessedPlaces, report_ids: NDArray[np.int64]) -> AssessedPlaces:
    """The places that have none of these reports."""
    place = np.repeat(np.arange(len(assessed)), [place.end - place.start for place, _ in assessed])
    has_any = set(place[np.isin(report_ids_of(assessed), report_ids)].tolist())
    return [pair for number, pair in enumerate(assessed) if number not in has_any]


def _joined(assessed: AssessedPlaces, texts: Texts, context: DetectionContext) -> AssessedPlaces:
    """Join signalled places that touch and whose centres are as near as those of one hotspot in two weeks.

    A square with a quiet middle has a peak at either side; a team that goes there sees one place. Two
    dwellings are two, and a dwelling is not the square in front of it.
    """
    settings = context.settings
    places = [
        number
        for number, (place, assessment) in enumerate(assessed)
        if assessment.signalled and not place.is_woning
    ]
    if len(places) < 2:
        return assessed
    max_apart_m = settings.tracking.max_shift_m
    touch_m = settings.detection.kernel_bandwidths * settings.detection.bandwidths_m[0]
    centres = np.array([assessed[number][0].centre for number in places])
    near = KDTree(centres).query_pairs(max_apart_m, output_type="ndarray")
    apart_m = np.hypot(*(centres[near[:, 0]] - centres[near[:, 1]]).T)
    now = {number: assessed[number] for number in places}
    for first, second in near[np.lexsort([*near.T, apart_m])].tolist():
        one, other = now[places[first]], now[places[second]]
        is_near = one is not other and np.hypot(*(one[0].centre - other[0].centre)) <= max_apart_m
        if not is_near or _gap_m(one[0], other[0]) > touch_m:
            continue
        both = reports_of([one[0], other[0]]).assign(place=0)
        joined = assess(describe_places(both, context), texts, context)[0]
        if joined[1].signalled:
            now = {number: joined if pair is one or pair is other else pair for number, pair in now.items()}
    together = {id(pair): pair for pair in now.values()}
    return [pair for number, pair in enumerate(assessed) if number not in now] + list(together.values())


def _gap_m(one: Place, other: Place) -> float:
    """How far apart the nearest reports of two places lie."""
    distance_m, _ = KDTree(one.points).query(other.points)
    return float(np.min(distance_m))


def _assessed_again(
    assessed: AssessedPlaces, left_out: pd.DataFrame, texts: Texts, context: DetectionContext
) -> AssessedPlaces:
    """Assess anew the places that only their surroundings kept off the list, where less lies around now."""
    crowded = np.array([number for number, pair in enumerate(assessed) if pair[1].is_only_crowded], int)
    if not len(crowded):
        return assessed
    centres = np.array([assessed[number][0].centre for number in crowded.tolist()])
    distance, _ = KDTree(left_out[["x", "y"]].to_numpy()).query(
        centres, distance_upper_bound=context.surroundings.reach_m
    )
    crowded = crowded[np.isfinite(distance)].tolist()
    anew = assess([assessed[number][0] for number in crowded], texts, context)
    changed = dict(zip(crowded, anew, strict=True))
    return [changed.get(number, pair) for number, pair in enumerate(assessed)]


def _compared_reports(
    counted: pd.DataFrame, addresses: AddressDensity, detection: DetectionSettings
) -> dict[str, Any]:
    """What the context knows of the reports that places are compared with."""
    return {
        "surroundings": SurroundingsIndex(counted[["x", "y"]].to_numpy(), addresses, detection),
        "report_ids": counted["report_id"].to_numpy(),
        "moments": counted["moment"].to_numpy(dtype="datetime64[s]"),
    }


@lru_cache(maxsize=2)
def _address_index(crs: str, lon: bytes, lat: bytes) -> AddressDensity:
    """The index of one register; kept, as fifty-two weekly runs compare with the same addresses."""
    return AddressDensity(np.column_stack(Projection(crs).to_metres(np.frombuffer(lon), np.frombuffer(lat))))


def _members(
    located: pd.DataFrame, bandwidth_m: float, detection: DetectionSettings, *, flank: float
) -> pd.DataFrame:
    """The reports of the places among these that have enough of them to be looked at."""
    is_counted = ~located["is_duplicate"].to_numpy(dtype=bool)
    labels = np.full(len(located), NOISE)
    if is_counted.any():
        clusterer = PeakClusterer(
            bandwidth_m=bandwidth_m,
            kernel_bandwidths=detection.kernel_bandwidths,
            link_bandwidths=detection.link_bandwidths,
            same_peak=detection.same_peak,
            flank=flank,
        )
        labels = clusterer.fit(located[["x", "y"]].to_numpy(), sample_weight=is_counted).labels_
    return _numbered(located[labels != NOISE], labels[labels != NOISE], detection)


def _numbered(reports: pd.DataFrame, label: ArrayLike, detection: DetectionSettings) -> pd.DataFrame:
    """The reports of labels with enough of them; place is 0, 1, 2, … in the order of the labels."""
    labels, place, sizes = np.unique(np.asarray(label), return_inverse=True, return_counts=True)
    is_counted = np.zeros(len(labels), dtype=bool)
    is_counted[place[~reports["is_duplicate"].to_numpy()]] = True
    is_large = (sizes >= detection.min_reports) & is_counted
    number = np.cumsum(is_large) - 1
    return reports.assign(place=number[place])[is_large[place]]


def _located(reports: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """The reports that are located precisely, with metres, local day and week, night and duplicates."""
    precise = reports["precision"].isin([str(value) for value in CLUSTERING_PRECISIONS])
    located = reports[precise].sort_values("report_id", ignore_index=True)
    x, y = Projection(settings.municipality.crs).to_metres(located["lon"], located["lat"])
    local = located["moment"].dt.tz_convert(settings.municipality.timezone).dt.tz_localize(None)
    day, hour = local.dt.normalize(), local.dt.hour
    is_night = (hour >= settings.detection.night_begins_hour) | (hour < settings.detection.night_ends_hour)
    has_hour = located["has_hour"]
    if not has_hour.all():
        # where only the day is known, noon is never further than half a day from when it was
        noon = (day + pd.Timedelta(hours=12)).dt.tz_localize(settings.municipality.timezone)
        located["moment"] = located["moment"].where(has_hour, noon.dt.tz_convert("UTC"))
    located = located.assign(
        x=x,
        y=y,
        day=day,
        is_night=is_night & has_hour,
        week=day - pd.to_timedelta(day.dt.day_of_week, unit="D"),
    )
    return located.assign(is_duplicate=is_duplicate(located))
