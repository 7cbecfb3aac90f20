"""The order of the stages: from the reports of a window to the places in it, each with its evidence."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.clustering import NOISE, PeakClusterer
from hotspots.concentration import (
    AddressIndex,
    SurroundingsIndex,
    count_tiles,
    recurrence_interval_days,
)
from hotspots.context import ContextIndex, study_cells_of
from hotspots.evidence import (
    context_reasons,
    reasons,
)
from hotspots.guards import (
    is_at_default_coordinate,
    is_duplicate,
)
from hotspots.indication import Indication, indication_of, shipped_indicators
from hotspots.judging import Look, Place, Verdict, judge, see
from hotspots.kind import Kind
from hotspots.model import CLUSTERING_PRECISIONS, DETECTIONS, MEMBERS, REPORTS, Category, Soort
from hotspots.outline import outline_of
from hotspots.projection import Projection
from hotspots.rules import PlaceFigures
from hotspots.settings import Settings

Texts = Callable[[Iterable[int]], Mapping[int, str]]
"""Gives the texts of reports by their ids."""

DAYTIME = (5, 22)
"""Hours that are not night, both included."""

LOOK_REACH_M = 40.0
"""Places of this radius tile the city when independent looks are counted."""


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
        ``model.AREAS``.
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
    projection = Projection(settings.municipality.crs)
    located = _prepared(reports, projection, settings)
    is_default = is_at_default_coordinate(located)
    counted = located[~(located["is_duplicate"] | is_default)]
    register = tuple(np.asarray(part, np.float64).tobytes() for part in exposure_lon_lat)
    addresses = _address_index(settings.municipality.crs, *register)
    has_places = any(event.areas for event in settings.calendar.events)
    wijk_of_buurt = dict(zip(areas["buurtcode"], areas["wijkcode"], strict=True)) if has_places else {}
    look = Look(
        as_of=as_of,
        settings=settings,
        surroundings=_surroundings(counted, addresses, settings),
        looks=addresses.looks(LOOK_REACH_M)
        if len(addresses)
        else count_tiles(counted[["x", "y"]].to_numpy(), LOOK_REACH_M),
        wijk_of_buurt=wijk_of_buurt,
    )
    at_defaults = [
        place
        for _, place in located[is_default].groupby(["x", "y"], sort=True)
        if len(place) >= settings.detection.min_reports
    ]
    judged = _judged(at_defaults, texts, look)
    left = located[~is_default]
    for bandwidth_m in settings.detection.bandwidths_m:
        tried = _judged(_places(left, bandwidth_m, settings), texts, look)
        is_last = bandwidth_m == settings.detection.bandwidths_m[-1]
        kept = [(place, verdict) for place, verdict in tried if verdict.signalled or is_last]
        judged += kept
        left = left[~left["report_id"].isin(_members_of(kept))]
    signalled = [(place, verdict) for place, verdict in judged if verdict.signalled]
    if signalled:
        rest = counted[~counted["report_id"].isin(_members_of(signalled))]
        again = replace(look, surroundings=_surroundings(rest, addresses, settings))
        judged = [
            (place, judge(place, again) if verdict.is_only_crowded else verdict) for place, verdict in judged
        ]
    rows = [_row(place, verdict, look.looks, settings, projection) for place, verdict in judged]
    if signalled:
        study_cells = study_cells_of(*register, settings.cells.resolution)
        index = ContextIndex(counted, as_of=as_of, study_cells=study_cells, settings=settings)
        rows = [
            _with_context(row, place, index) if row["signalled"] else row
            for row, (place, _) in zip(rows, judged, strict=True)
        ]
    return _tables(rows)


Judged = list[tuple[Place, Verdict]]


def _judged(places: list[pd.DataFrame], texts: Texts, look: Look) -> Judged:
    """See and judge places; their texts are read at once."""
    written = texts([number for place in places for number in place["report_id"].tolist()])
    seen = [see(place, written, as_of=look.as_of, settings=look.settings.detection) for place in places]
    return [(place, judge(place, look)) for place in seen]


def _with_context(row: dict[str, Any], place: Place, index: ContextIndex) -> dict[str, Any]:
    """Add what the reports of a place tell of hours and weeks."""
    context = index.of(place.reports, row["lon"], row["lat"])
    sentences = context_reasons(context, report_count=row["report_count"])
    return row | {
        "redenen": [*row["redenen"], *sentences],
        "evidence": row["evidence"] | context.evidence,
    }


def _surroundings(counted: pd.DataFrame, addresses: AddressIndex, settings: Settings) -> SurroundingsIndex:
    return SurroundingsIndex(
        counted[["x", "y"]].to_numpy(), addresses, surroundings_m=settings.detection.surroundings_m
    )


def _members_of(judged: Judged) -> set[int]:
    return {report for place, _ in judged for report in place.reports["report_id"].tolist()}


@lru_cache(maxsize=2)
def _address_index(crs: str, lon: bytes, lat: bytes) -> AddressIndex:
    """The index of one register; kept, as fifty-two weekly runs compare with the same addresses."""
    return AddressIndex(np.column_stack(Projection(crs).to_metres(np.frombuffer(lon), np.frombuffer(lat))))


def _places(located: pd.DataFrame, bandwidth_m: float, settings: Settings) -> list[pd.DataFrame]:
    """The places among these reports that have enough of them to be looked at."""
    clusterer = PeakClusterer(
        bandwidth_m=bandwidth_m,
        link_m=settings.detection.link_bandwidths * bandwidth_m,
        same_peak=settings.detection.same_peak,
        flank=settings.detection.flank,
    )
    weights = (~located["is_duplicate"]).astype(np.float64)
    labels = clusterer.fit(located["x"], located["y"], weights).labels_
    members = located[labels != NOISE].assign(label=labels[labels != NOISE])
    sizes = members["label"].value_counts()
    members = members[members["label"].isin(sizes.index[sizes >= settings.detection.min_reports])]
    return [place for _, place in members.groupby("label", sort=True)]


def _prepared(reports: pd.DataFrame, projection: Projection, settings: Settings) -> pd.DataFrame:
    precise = reports["precision"].isin([str(value) for value in CLUSTERING_PRECISIONS])
    located = reports[precise].sort_values("report_id", ignore_index=True)
    x, y = projection.to_metres(located["lon"], located["lat"])
    local = located["moment"].dt.tz_convert(settings.municipality.timezone).dt.tz_localize(None)
    day, is_night = local.dt.normalize(), ~local.dt.hour.between(*DAYTIME)
    located = located.assign(
        x=x, y=y, day=day, is_night=is_night, week=day - pd.to_timedelta(day.dt.day_of_week, unit="D")
    )
    return located.assign(is_duplicate=is_duplicate(located))


def _row(
    place: Place, verdict: Verdict, looks: int, settings: Settings, projection: Projection
) -> dict[str, Any]:
    """A row of ``model.DETECTIONS``, with its members."""
    reports, figures, kind, compared = place.reports, place.figures, place.kind, verdict.compared
    lon, lat = projection.to_degrees([place.centre[0]], [place.centre[1]])
    outline = outline_of(reports["x"].to_numpy(), reports["y"].to_numpy())
    indication = indication_of(
        place.written,
        shipped_indicators(),
        drugs_share=float((reports["category"] == str(Category.DRUGS)).mean()),
        night_share=float(reports["is_night"].mean()),
        is_woning=kind.soort is Soort.WONING,
    )
    return {
        "members": reports["report_id"].tolist(),
        "signalled": verdict.signalled,
        "suppressed_because": verdict.suppressed_because,
        "soort": str(kind.soort),
        "soort_certainty": kind.certainty,
        "indicatie": str(indication.indicatie),
        "indicatie_certainty": float(indication.certainty),
        "lon": float(lon[0]),
        "lat": float(lat[0]),
        "geometry": projection.geometry_to_degrees(outline),
        "report_count": figures.report_count,
        "day_count": figures.day_count,
        "week_count": figures.week_count,
        "reporter_count": float(figures.reporter_count) if figures.reporter_count else np.nan,
        "duration_days": figures.duration_days,
        "first_report": reports["moment"].min(),
        "last_report": reports["moment"].max(),
        "expected": round(compared.expected, 3),
        "p_value": verdict.p_value,
        "recurrence_interval_days": recurrence_interval_days(verdict.p_value),
        "score": round(_score(figures, compared.expected), 4),
        "redenen": reasons(figures, compared, verdict.p_value, kind, indication, settings.detection),
        "evidence": _evidence(
            figures, compared, looks, kind, indication, place.radius_m, [str(rule) for rule in place.failed]
        ),
    }


def _score(figures: PlaceFigures, expected: float) -> float:
    """The logarithm of Poisson's likelihood ratio against the expectation: more and denser is higher."""
    observed = figures.report_count
    return float(max(observed * np.log(observed / expected) - (observed - expected), 0.0))


def _evidence(
    figures: PlaceFigures,
    compared: Any,
    looks: int,
    kind: Kind,
    indication: Indication,
    radius_m: float,
    failed: list[str],
) -> dict[str, Any]:
    return {
        "figures": {
            "reports": figures.report_count,
            "duplicates": figures.duplicate_count,
            "days": figures.day_count,
            "weeks": figures.week_count,
            "durationDays": figures.duration_days,
            "reporters": figures.reporter_count,
            "reportsOfKnownReporters": figures.known_reporter_reports,
            "largestReporterShare": round(figures.largest_reporter_share, 4),
            "largestBurst": figures.largest_burst,
        },
        "failedRules": failed,
        "surroundings": {
            "expectedByAddresses": _or_none(compared.expected_by_addresses),
            "expectedByLevel": _or_none(compared.expected_by_level),
            "addresses": _or_none(compared.address_count),
            "looks": looks,
        },
        "addressShare": kind.address_share,
        "radiusM": round(radius_m, 1),
        "hits": dict(sorted(indication.hits.items())),
    }


def _or_none(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None


def _tables(found: list[dict[str, Any]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    ordered = sorted(found, key=lambda row: (-row["score"], row["lon"], row["lat"]))
    members = pd.DataFrame(
        [(place, report) for place, row in enumerate(ordered) for report in sorted(row["members"])],
        columns=["place", "report_id"],
        dtype=np.int64,
    )
    names = [name for name in DETECTIONS.columns if name != "place"]
    places = pd.DataFrame({name: [row[name] for row in ordered] for name in names})
    places.insert(0, "place", np.arange(len(ordered), dtype=np.int64))
    if ordered:
        for name in ("first_report", "last_report"):
            places[name] = pd.to_datetime(places[name], utc=True)
    else:
        places = _empty(places)
    DETECTIONS.check(places)
    MEMBERS.check(members)
    return places, members


def _empty(places: pd.DataFrame) -> pd.DataFrame:
    kinds = {"integer": "int64", "float": "float64", "text": "str", "boolean": "bool", "object": "object"}
    return places.astype(
        {name: kinds.get(column.kind, "datetime64[us, UTC]") for name, column in DETECTIONS.columns.items()}
    )
