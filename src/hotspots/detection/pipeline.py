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

from hotspots.detection.assessment import Look, Place, Texts, Verdict, judge, reports_of, see
from hotspots.detection.clustering import NOISE, REACH, PeakClusterer
from hotspots.detection.concentration import (
    AddressDensity,
    SurroundingsIndex,
    count_tiles,
    log_likelihood_ratio,
    recurrence_interval_days,
)
from hotspots.detection.explanations import (
    context_reasons,
    reasons,
)
from hotspots.detection.false_alarms import (
    is_at_default_coordinate,
    is_duplicate,
)
from hotspots.detection.indication import NOT_READ, Indication, indication_of, shipped_indicators
from hotspots.detection.outline import coarsened, hulls_of, outline_of
from hotspots.detection.place_context import ContextIndex, study_cells_of
from hotspots.detection.place_type import PlaceType
from hotspots.detection.rules import PlaceFigures
from hotspots.geography.projection import Projection
from hotspots.model import CLUSTERING_PRECISIONS, DETECTIONS, MEMBERS, REPORTS, Category, Soort
from hotspots.settings import Settings

DAYTIME = (5, 22)
"""Hours that are not night, both included."""

COUNTED = ["report_id", "moment", "day", "lon", "lat", "x", "y"]
"""What is kept of the reports that places are compared with."""

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
    counted = located.loc[~(located["is_duplicate"] | is_default), COUNTED]
    register = tuple(np.asarray(part, np.float64).tobytes() for part in exposure_lon_lat)
    del exposure_lon_lat  # there may be millions
    addresses = _address_index(settings.municipality.crs, *register)
    has_places = any(event.areas for event in settings.calendar.events)
    wijk_of_buurt = dict(zip(areas["buurtcode"], areas["wijkcode"], strict=True)) if has_places else {}
    look = Look(
        as_of=as_of,
        settings=settings,
        **_around(counted, addresses, settings),
        looks=addresses.looks(LOOK_REACH_M)
        if len(addresses)
        else count_tiles(counted[["x", "y"]].to_numpy(), LOOK_REACH_M),
        wijk_of_buurt=wijk_of_buurt,
    )
    default, elsewhere = located[is_default], located[~is_default]
    del located  # of a million reports each table counts
    at_default = see(_numbered(default, default.groupby(["x", "y"]).ngroup(), settings), look)
    judged = judge(at_default, texts, look)
    bandwidth_m, *narrower_m = settings.detection.bandwidths_m
    seen = see(_members(elsewhere, bandwidth_m, settings, flank=settings.detection.flank), look)
    del elsewhere
    found = judge(seen, texts, look)
    for narrow_m in narrower_m:
        found = _parted(found, narrow_m, texts, look)
    judged += found
    signalled = [(place, verdict) for place, verdict in judged if verdict.signalled]
    if signalled:
        is_rest = ~counted["report_id"].isin(_reports_of(signalled))
        again = replace(look, **_around(counted[is_rest], addresses, settings))
        judged = _joined(_judged_again(judged, counted[~is_rest], texts, again), texts, look)
    rows = _rows(judged, look, projection)
    if any(verdict.signalled for _, verdict in judged):
        study_cells = study_cells_of(*register, settings.cells.resolution)
        index = ContextIndex(counted, as_of=as_of, study_cells=study_cells, settings=settings)
        rows = [
            _with_context(row, place, index) if row["signalled"] else row
            for row, (place, _) in zip(rows, judged, strict=True)
        ]
    return _tables(rows, judged)


Judged = list[tuple[Place, Verdict]]


def _parted(judged: Judged, bandwidth_m: float, texts: Texts, look: Look) -> Judged:
    """Look with a narrower kernel for cores in places too wide to be one; keep these if one is signalled.

    In a busy centre a hotspot may be glued to others, and to the reports between them.
    """
    is_wide = [
        not verdict.signalled and place.radius_m > look.settings.detection.max_radius_m
        for place, verdict in judged
    ]
    if not any(is_wide):
        return judged
    wide = [pair for pair, is_one in zip(judged, is_wide, strict=True) if is_one]
    reports = reports_of([place for place, _ in wide]).reset_index(drop=True)
    # texts were read of some only, and are read again
    reports = reports.drop(columns=["place", "written", "text"], errors="ignore")
    # what says again what was said elsewhere in the whole does not do so in its part
    reports["is_duplicate"] = is_duplicate(reports)
    members = _members(reports, bandwidth_m, look.settings, flank=look.settings.detection.core)
    tried = judge(see(members, look), texts, look)
    whole = _without(wide, _reports_of([pair for pair in tried if pair[1].signalled]))
    parts = _without(tried, _reports_of(whole))
    return [pair for pair, is_one in zip(judged, is_wide, strict=True) if not is_one] + whole + parts


def _without(judged: Judged, report_ids: NDArray[np.int64]) -> Judged:
    """The places that have none of these reports."""
    place = np.repeat(np.arange(len(judged)), [place.end - place.start for place, _ in judged])
    has_any = set(place[np.isin(_reports_of(judged), report_ids)].tolist())
    return [pair for number, pair in enumerate(judged) if number not in has_any]


def _joined(judged: Judged, texts: Texts, look: Look) -> Judged:
    """Join signalled places that touch and whose centres are as near as those of one hotspot in two weeks.

    A square of which the middle is quiet has a peak at either side; a team that goes there sees one place.
    Two dwellings are two, and a dwelling is not the square in front of it.
    """
    places = [
        number
        for number, (place, verdict) in enumerate(judged)
        if verdict.signalled and place.kind.soort is Soort.GEBIED
    ]
    if len(places) < 2:
        return judged
    max_apart_m = look.settings.tracking.max_shift_m
    touch_m = REACH * look.settings.detection.bandwidths_m[0]
    centres = np.array([judged[number][0].centre for number in places])
    near = KDTree(centres).query_pairs(max_apart_m, output_type="ndarray")
    apart_m = np.hypot(*(centres[near[:, 0]] - centres[near[:, 1]]).T)
    now = {number: judged[number] for number in places}
    for first, second in near[np.lexsort([*near.T, apart_m])].tolist():
        one, other = now[places[first]], now[places[second]]
        is_near = one is not other and np.hypot(*(one[0].centre - other[0].centre)) <= max_apart_m
        if not is_near or _gap_m(one[0], other[0]) > touch_m:
            continue
        both = reports_of([one[0], other[0]]).assign(place=0)
        joined = judge(see(both, look), texts, look)[0]
        if joined[1].signalled:
            now = {number: joined if pair is one or pair is other else pair for number, pair in now.items()}
    together = {id(pair): pair for pair in now.values()}
    return [pair for number, pair in enumerate(judged) if number not in now] + list(together.values())


def _gap_m(one: Place, other: Place) -> float:
    """How far the nearest reports of two places lie apart."""
    here, there = (np.column_stack([place.values("x"), place.values("y")]) for place in (one, other))
    distance_m, _ = KDTree(here).query(there)
    return float(np.min(distance_m))


def _judged_again(judged: Judged, left_out: pd.DataFrame, texts: Texts, look: Look) -> Judged:
    """Judge anew what was not signalled only because of what lies around it, where that is less now."""
    crowded = np.array([number for number, (_, verdict) in enumerate(judged) if verdict.is_only_crowded], int)
    if not len(crowded):
        return judged
    centres = np.array([judged[number][0].centre for number in crowded.tolist()])
    distance, _ = KDTree(left_out[["x", "y"]].to_numpy()).query(
        centres, distance_upper_bound=look.surroundings.reach_m
    )
    crowded = crowded[np.isfinite(distance)].tolist()
    anew = judge([judged[number][0] for number in crowded], texts, look)
    changed = dict(zip(crowded, anew, strict=True))
    return [changed.get(number, pair) for number, pair in enumerate(judged)]


def _with_context(row: dict[str, Any], place: Place, index: ContextIndex) -> dict[str, Any]:
    """Add what the reports of a place tell of hours and weeks."""
    context = index.of(place.reports, row["lon"], row["lat"])
    sentences = context_reasons(context, report_count=row["report_count"])
    return row | {
        "redenen": [*row["redenen"], *sentences],
        "evidence": row["evidence"] | context.evidence,
    }


def _around(counted: pd.DataFrame, addresses: AddressDensity, settings: Settings) -> dict[str, Any]:
    """What a look knows of the reports that places are compared with."""
    return {
        "surroundings": SurroundingsIndex(
            counted[["x", "y"]].to_numpy(), addresses, surroundings_m=settings.detection.surroundings_m
        ),
        "report_ids": counted["report_id"].to_numpy(),
        "moments": counted["moment"].to_numpy(dtype="datetime64[s]"),
    }


def _reports_of(judged: Judged) -> NDArray[np.int64]:
    reports = [place.values("report_id") for place, _ in judged]
    return np.concatenate([np.zeros(0, dtype=np.int64), *reports])


@lru_cache(maxsize=2)
def _address_index(crs: str, lon: bytes, lat: bytes) -> AddressDensity:
    """The index of one register; kept, as fifty-two weekly runs compare with the same addresses."""
    return AddressDensity(np.column_stack(Projection(crs).to_metres(np.frombuffer(lon), np.frombuffer(lat))))


def _members(located: pd.DataFrame, bandwidth_m: float, settings: Settings, *, flank: float) -> pd.DataFrame:
    """The reports of the places among these that have enough of them to be looked at."""
    clusterer = PeakClusterer(
        bandwidth_m=bandwidth_m,
        link_m=settings.detection.link_bandwidths * bandwidth_m,
        same_peak=settings.detection.same_peak,
        flank=flank,
    )
    weights = (~located["is_duplicate"]).astype(np.float64)
    labels = clusterer.fit(located["x"], located["y"], weights).labels_
    return _numbered(located[labels != NOISE], labels[labels != NOISE], settings)


def _numbered(reports: pd.DataFrame, label: ArrayLike, settings: Settings) -> pd.DataFrame:
    """The reports of labels with enough of them; place is 0, 1, 2, … in the order of the labels."""
    labels, place, sizes = np.unique(np.asarray(label), return_inverse=True, return_counts=True)
    is_counted = np.zeros(len(labels), dtype=bool)
    is_counted[place[~reports["is_duplicate"].to_numpy()]] = True
    is_large = (sizes >= settings.detection.min_reports) & is_counted
    number = np.cumsum(is_large) - 1
    return reports.assign(place=number[place])[is_large[place]]


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


def _rows(judged: Judged, look: Look, projection: Projection) -> list[dict[str, Any]]:
    """The rows of ``model.DETECTIONS``.

    Of a place that is no dwelling, centre and outline tell squares, not points (``outline``).
    What is only as busy as its surroundings gets a plain outline, and no indication from its texts: there may
    be very many of these.
    """
    if not judged:
        return []
    lon, lat = projection.to_degrees(*np.array([_told_centre(place) for place, _ in judged]).T)
    outlines = projection.geometries_to_degrees(_outlines(judged))
    return [
        _row(place, verdict, _indication(place, verdict), look)
        | {"lon": float(lon[number]), "lat": float(lat[number]), "geometry": outlines[number]}
        for number, (place, verdict) in enumerate(judged)
    ]


def _told_centre(place: Place) -> NDArray[np.float64]:
    if place.kind.soort is Soort.WONING:
        return place.centre
    return np.asarray(coarsened(_points_of(place)).mean(axis=0), dtype=np.float64)


def _points_of(place: Place) -> NDArray[np.float64]:
    return np.column_stack([place.values("x"), place.values("y")])


def _outlines(judged: Judged) -> NDArray[Any]:
    """Outlines in metres; plain ones, made all at once, where there may be very many."""
    is_plain = np.array([verdict.is_only_crowded for _, verdict in judged])
    outlines = np.empty(len(judged), dtype=object)
    plain = [place for place, verdict in judged if verdict.is_only_crowded]
    if plain:
        points = np.concatenate([_points_of(place) for place in plain])
        outlines[is_plain] = hulls_of(points, np.array([place.end - place.start for place in plain]))
    for number in np.flatnonzero(~is_plain).tolist():
        place = judged[number][0]
        outlines[number] = outline_of(_points_of(place), is_exact=place.kind.soort is Soort.WONING)
    return outlines


def _indication(place: Place, verdict: Verdict) -> Indication:
    if verdict.is_only_crowded:
        return NOT_READ
    reports = place.reports
    return indication_of(
        reports["written"].tolist(),
        shipped_indicators(),
        drugs_share=float((reports["category"] == str(Category.DRUGS)).mean()),
        night_share=float(reports["is_night"].mean()),
        is_woning=place.kind.soort is Soort.WONING,
    )


def _row(place: Place, verdict: Verdict, indication: Indication, look: Look) -> dict[str, Any]:
    """A row of ``model.DETECTIONS`` but for what is said of its position."""
    figures, kind, compared = place.figures, place.kind, verdict.compared
    return {
        "signalled": verdict.signalled,
        "suppressed_because": verdict.suppressed_because,
        "soort": str(kind.soort),
        "soort_certainty": kind.certainty,
        "indicatie": str(indication.indicatie),
        "indicatie_certainty": float(indication.certainty),
        "report_count": figures.report_count,
        "day_count": figures.day_count,
        "week_count": figures.week_count,
        "reporter_count": float(figures.reporter_count) if figures.reporter_count else np.nan,
        "duration_days": figures.duration_days,
        "first_report": place.first_report,
        "last_report": place.last_report,
        "expected": round(compared.expected, 3),
        "p_value": verdict.p_value,
        "recurrence_interval_days": recurrence_interval_days(verdict.p_value),
        "score": round(log_likelihood_ratio(figures.report_count, compared.expected), 4),
        "redenen": reasons(figures, compared, verdict.p_value, kind, indication, look.settings.detection),
        "evidence": _evidence(
            figures,
            compared,
            look.looks,
            kind,
            indication,
            place.radius_m,
            [str(rule) for rule in place.failed],
        ),
    }


def _evidence(
    figures: PlaceFigures,
    compared: Any,
    looks: int,
    kind: PlaceType,
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


def _tables(rows: list[dict[str, Any]], judged: Judged) -> tuple[pd.DataFrame, pd.DataFrame]:
    order = sorted(
        range(len(rows)),
        key=lambda number: (-rows[number]["score"], rows[number]["lon"], rows[number]["lat"]),
    )
    reports = [np.sort(judged[number][0].values("report_id")) for number in order]
    members = pd.DataFrame(
        {
            "place": np.repeat(np.arange(len(order)), [len(one) for one in reports]),
            "report_id": np.concatenate([np.zeros(0, dtype=np.int64), *reports]),
        }
    )
    names = [name for name in DETECTIONS.columns if name != "place"]
    places = pd.DataFrame({name: [rows[number][name] for number in order] for name in names})
    places.insert(0, "place", np.arange(len(order), dtype=np.int64))
    if order:
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
