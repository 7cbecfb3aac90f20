"""The order of the stages: from the reports of a window to the places in it, each with its evidence."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.clustering import NOISE, PeakClusterer
from hotspots.concentration import (
    AddressIndex,
    Surroundings,
    SurroundingsIndex,
    count_tiles,
    p_of_place,
    recurrence_interval_days,
)
from hotspots.context import ContextIndex, study_cells_of
from hotspots.evidence import (
    Rest,
    context_reasons,
    reasons,
    why_not,
    why_not_alike,
    why_not_concentrated,
    why_not_event,
    why_not_one_address,
    why_not_shared_coordinate,
    why_not_without_peaks,
    why_not_without_reporter,
)
from hotspots.guards import (
    in_busiest,
    in_peaks,
    is_at_default_coordinate,
    is_duplicate,
    is_on_event,
    largest_same_text,
    plain_text,
    says_again,
    shared_coordinate,
)
from hotspots.indication import Indication, indication_of, shipped_indicators
from hotspots.kind import Kind, kind_of
from hotspots.model import CLUSTERING_PRECISIONS, DETECTIONS, MEMBERS, REPORTS, Category, Soort
from hotspots.outline import outline_of
from hotspots.projection import Projection
from hotspots.rules import PlaceFigures, failed_rules, figures_of
from hotspots.settings import DetectionSettings, Settings

Texts = Callable[[Iterable[int]], Mapping[int, str]]
"""Gives the texts of reports by their ids."""

DAYTIME = (5, 22)
"""Hours that are not night, both included."""

REST_WEEKS = 3
"""Without its peaks, a place still has reports in this many weeks."""

MIN_SERIES = 4
"""Fewer reports by one person are no series."""

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
    look = _Look(
        as_of=as_of,
        settings=settings,
        surroundings=_surroundings(counted, addresses, settings),
        looks=addresses.looks(LOOK_REACH_M)
        if len(addresses)
        else count_tiles(counted[["x", "y"]].to_numpy(), LOOK_REACH_M),
        texts=texts,
        wijk_of_buurt=wijk_of_buurt,
    )
    judged = [
        _judged(place, look)
        for _, place in located[is_default].groupby(["x", "y"], sort=True)
        if len(place) >= settings.detection.min_reports
    ]
    left = located[~is_default]
    for bandwidth_m in settings.detection.bandwidths_m:
        tried = [_judged(place, look) for place in _places(left, bandwidth_m, settings)]
        is_last = bandwidth_m == settings.detection.bandwidths_m[-1]
        kept = [place for place in tried if place.row["signalled"] or is_last]
        judged += kept
        left = left[~left["report_id"].isin(_members_of(kept))]
    signalled = [place for place in judged if place.row["signalled"]]
    if signalled:
        rest = counted[~counted["report_id"].isin(_members_of(signalled))]
        again = replace(look, surroundings=_surroundings(rest, addresses, settings))
        judged = [_judged(place.reports, again) if place.is_only_crowded else place for place in judged]
        judged = _with_context(
            judged,
            ContextIndex(
                counted,
                as_of=as_of,
                study_cells=study_cells_of(*register, settings.cells.resolution),
                settings=settings,
            ),
        )
    return _tables([place.row for place in judged])


@dataclass(frozen=True)
class _Look:
    """What every place is judged with."""

    as_of: date
    settings: Settings
    surroundings: SurroundingsIndex
    looks: int
    texts: Texts
    wijk_of_buurt: Mapping[str, str]


@dataclass(frozen=True)
class _Judged:
    """A place with its row of the table of detections."""

    reports: pd.DataFrame
    row: dict[str, Any]
    is_only_crowded: bool
    """Whether it is not signalled only because of what lies around it.

    Places that are signalled say nothing of the level around others, so it is judged again without them, as
    in the sequential scan of Zhang, Assunção and Kulldorff (2010, doi:10.1155/2010/642379).
    """


def _with_context(judged: list[_Judged], index: ContextIndex) -> list[_Judged]:
    """Add to every place that is signalled what its reports tell of hours and weeks."""

    def told(place: _Judged) -> _Judged:
        row = place.row
        context = index.of(place.reports, row["lon"], row["lat"])
        sentences = context_reasons(context, report_count=row["report_count"])
        return replace(
            place,
            row=row
            | {
                "redenen": [*row["redenen"], *sentences],
                "evidence": row["evidence"] | context.evidence,
            },
        )

    return [told(place) if place.row["signalled"] else place for place in judged]


def _surroundings(counted: pd.DataFrame, addresses: AddressIndex, settings: Settings) -> SurroundingsIndex:
    return SurroundingsIndex(
        counted[["x", "y"]].to_numpy(), addresses, surroundings_m=settings.detection.surroundings_m
    )


def _members_of(places: list[_Judged]) -> set[int]:
    return {report for place in places for report in place.row["members"]}


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


def _judged(reports: pd.DataFrame, look: _Look) -> _Judged:
    settings, as_of = look.settings, look.as_of
    detection = settings.detection
    written = look.texts(reports["report_id"].tolist())
    place = reports.assign(
        text=[plain_text(written.get(number, "")) for number in reports["report_id"].tolist()]
    )
    place = place.assign(is_duplicate=place["is_duplicate"] | says_again(place))
    figures = figures_of(place, burst=timedelta(hours=detection.burst_hours))
    x, y = place["x"].to_numpy(), place["y"].to_numpy()
    kind = kind_of(x, y, place["address_key"])
    centre = _centre(x, y, kind)
    radius_m = float(np.quantile(np.hypot(x - centre[0], y - centre[1]), 0.9))
    compared = look.surroundings.around(centre, radius_m, figures.report_count)
    p_value = p_of_place(figures.report_count, compared.expected, look.looks)
    indication = indication_of(
        list(written.values()),
        shipped_indicators(),
        drugs_share=float((place["category"] == str(Category.DRUGS)).mean()),
        night_share=float(place["is_night"].mean()),
        is_woning=kind.soort is Soort.WONING,
    )
    is_concentrated = (
        radius_m <= detection.max_radius_m
        and p_value <= detection.max_p
        and figures.report_count >= detection.min_ratio * compared.expected
    )
    failed = failed_rules(figures, as_of=as_of, settings=detection)
    rest = _rest_without_peaks(place, figures, compared, detection)
    others = _rest_without_largest_reporter(place, compared, detection)
    alike = largest_same_text(place)
    shared = shared_coordinate(place, max_one_report_share=detection.max_one_report_share)
    event_reason = _why_event(place, figures, look)
    because = None
    if failed:
        because = why_not(failed, figures, as_of, detection)
    elif not figures.reporters_are_known and kind.soort is Soort.WONING and not kind.elsewhere_count:
        because = why_not_one_address(figures)
    elif not figures.reporters_are_known and alike.share > detection.max_same_text_share:
        because = why_not_alike(alike, figures)
    elif shared is not None:
        because = why_not_shared_coordinate(shared)
    elif not is_concentrated:
        because = why_not_concentrated(figures, compared, radius_m, detection)
    elif not rest.is_enough:
        because = why_not_without_peaks(rest, figures)
    elif not others.is_enough:
        because = why_not_without_reporter(others, figures)
    elif event_reason is not None:
        because = event_reason
    projection = Projection(settings.municipality.crs)
    lon, lat = projection.to_degrees([centre[0]], [centre[1]])
    row = {
        "members": place["report_id"].tolist(),
        "signalled": because is None,
        "suppressed_because": because,
        "soort": str(kind.soort),
        "soort_certainty": kind.certainty,
        "indicatie": str(indication.indicatie),
        "indicatie_certainty": float(indication.certainty),
        "lon": float(lon[0]),
        "lat": float(lat[0]),
        "geometry": projection.geometry_to_degrees(outline_of(x, y)),
        "report_count": figures.report_count,
        "day_count": figures.day_count,
        "week_count": figures.week_count,
        "reporter_count": float(figures.reporter_count) if figures.reporter_count else np.nan,
        "duration_days": figures.duration_days,
        "first_report": place["moment"].min(),
        "last_report": place["moment"].max(),
        "expected": round(compared.expected, 3),
        "p_value": p_value,
        "recurrence_interval_days": recurrence_interval_days(p_value),
        "score": round(_score(figures, compared.expected), 4),
        "redenen": reasons(figures, compared, p_value, kind, indication, detection),
        "evidence": _evidence(
            figures, compared, look.looks, kind, indication, radius_m, [str(rule) for rule in failed]
        ),
    }
    return _Judged(reports, row, is_only_crowded=not failed and not is_concentrated)


def _rest_without_peaks(
    place: pd.DataFrame, figures: PlaceFigures, compared: Surroundings, detection: DetectionSettings
) -> Rest:
    """Judge what remains without the days in which most was reported."""
    counted = place[~place["is_duplicate"]]
    moments = counted["moment"].to_numpy(dtype="datetime64[s]")
    peaks = in_peaks(
        moments,
        period=timedelta(hours=detection.burst_hours),
        min_count=detection.peak_share * figures.report_count,
    )
    without_peaks = _rest(counted, peaks, compared, detection, REST_WEEKS)
    episode = timedelta(days=detection.episode_days)
    busiest = in_busiest(moments, period=episode)
    if not without_peaks.is_enough or busiest.sum() <= detection.episode_share * figures.report_count:
        return without_peaks
    share = 1 - detection.episode_days / (7 * detection.look_back_weeks)
    scaled = replace(
        compared,
        expected_by_addresses=share * compared.expected_by_addresses,
        expected_by_level=share * compared.expected_by_level,
    )
    return _rest(counted, busiest, scaled, detection, 1)


def _rest_without_largest_reporter(
    place: pd.DataFrame, compared: Surroundings, detection: DetectionSettings
) -> Rest:
    """Judge what the others reported: strays around one neighbour's series do not make it shared."""
    counted = place[~place["is_duplicate"]]
    per_reporter = counted["reporter_id"].value_counts()
    if per_reporter.empty or per_reporter.iloc[0] < MIN_SERIES:
        return Rest(len(counted), 0, is_enough=True)
    of_largest = (counted["reporter_id"] == per_reporter.index[0]).to_numpy()
    return _rest(counted, of_largest, compared, detection, 1)


def _rest(
    counted: pd.DataFrame,
    left_out: NDArray[np.bool_],
    compared: Surroundings,
    detection: DetectionSettings,
    min_weeks: int,
) -> Rest:
    if not left_out.any():
        return Rest(len(counted), 0, is_enough=True)
    rest = counted[~left_out]
    p_value = p_of_place(len(rest), compared.expected, 1)
    is_enough = p_value <= detection.max_rest_p and rest["week"].nunique() >= min_weeks
    return Rest(len(rest), int(left_out.sum()), is_enough=bool(is_enough))


def _centre(x: NDArray[np.float64], y: NDArray[np.float64], kind: Kind) -> NDArray[np.float64]:
    if kind.soort is Soort.GEBIED:
        return np.array([x.mean(), y.mean()])
    return np.array([np.median(x), np.median(y)])


def _score(figures: PlaceFigures, expected: float) -> float:
    """The logarithm of Poisson's likelihood ratio against the expectation: more and denser is higher."""
    observed = figures.report_count
    return float(max(observed * np.log(observed / expected) - (observed - expected), 0.0))


def _why_event(place: pd.DataFrame, figures: PlaceFigures, look: _Look) -> str | None:
    detection, on_event, names = look.settings.detection, np.zeros(len(place), dtype=bool), []
    for event in look.settings.calendar.events:
        inside = is_on_event(place["day"], [(event.first, event.last)])
        if event.areas:
            inside &= place["buurtcode"].isin(_buurten_in(event.areas, look.wijk_of_buurt)).to_numpy()
        if inside.any():
            names.append(event.name)
        on_event |= inside
    if not on_event.any():
        return None
    rest = place[~on_event]
    if (~rest["is_duplicate"]).any():
        without = figures_of(rest, burst=timedelta(hours=detection.burst_hours))
        if not failed_rules(without, as_of=look.as_of, settings=detection):
            return None
    return why_not_event(names, int(on_event.sum()), figures)


def _buurten_in(codes: Iterable[str], wijk_of_buurt: Mapping[str, str]) -> set[str]:
    wanted = set(codes)
    return {buurt for buurt, wijk in wijk_of_buurt.items() if wijk in wanted} | wanted


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
