"""The order of the stages: from the reports of a window to the places in it, each with its evidence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import KDTree

from hotspots.detection.address_density import count_tiles
from hotspots.detection.assessment import (
    Assessed,
    Texts,
    assess,
    false_alarms_in,
    is_near,
    refusals_in,
    report_ids_of,
    signalled_in,
)
from hotspots.detection.attention import Candidates, are_recent, attention_candidates
from hotspots.detection.attention_model import shipped_model
from hotspots.detection.concentration import SurroundingsIndex
from hotspots.detection.detections_table import Row, by_score, rows_of, table_of, with_context
from hotspots.detection.exposure import Exposure
from hotspots.detection.false_alarms import is_at_default_coordinate, is_duplicate
from hotspots.detection.place_context import PlaceContextIndex
from hotspots.detection.places import DetectionContext, Judged, Members, Place, Places, describe_places
from hotspots.detection.refused_places import RefusedPlace, Sampling, choose_refused
from hotspots.detection.shared_reporters import without_shared_reporters
from hotspots.detection.wide_places import Known, looks_for_wide, with_wide_places
from hotspots.geography.cells import with_cells
from hotspots.geography.points import spot_of
from hotspots.geography.projection import Projection
from hotspots.model import CLUSTERING_PRECISIONS, REPORTS
from hotspots.settings import DetectionSettings, Settings

SURELY_M = 1.0
"""So much farther is looked, as a point of several reports moves by less when one of them is left out."""

MONDAY_BEFORE_1970 = 3
"""So many days before the first of January of 1970 was a Monday."""

COUNTED = ["report_id", "reporter_id", "moment", "has_hour", "day", "week", "x", "y", "cell"]
"""What is kept of the reports that places are compared with."""


@dataclass(frozen=True)
class FoundPlaces:
    """The places of a window.

    Attributes
    ----------
    rows
        A row of ``model.DETECTIONS`` for each, by falling score: those that are signalled, and those that
        nearly are (``near_share``).
    members
        ``model.MEMBERS``, by place and report_id.
    refused
        How many places are not signalled, by what keeps them off the list: among them those in ``rows``.
    early
        Places that may become a hotspot, by falling chance.
    chosen
        Those that stand among the signalled without saying so.
    """

    rows: Sequence[Row]
    members: pd.DataFrame
    refused: Mapping[str, int]
    early: Sequence["EarlyPlace"]
    chosen: tuple[RefusedPlace, ...] = ()

    @cached_property
    def places(self) -> pd.DataFrame:
        """The rows as one table: ``model.DETECTIONS``."""
        return table_of(self.rows)


@dataclass(frozen=True)
class EarlyPlace:
    """A place that is no hotspot, and how likely it becomes one.

    Attributes
    ----------
    row
        A row of ``model.DETECTIONS``, without the number of the place.
    report_ids
        Its reports.
    recent_count
        How many of them came in the recent days.
    features
        What the chance was computed from, in the order of ``attention.FEATURES``.
    chance
        As the model gives it; what people are told is the share of places like it.
    """

    row: Row
    report_ids: Sequence[int]
    recent_count: int
    features: Sequence[float]
    chance: float


def find_places(
    reports: pd.DataFrame,
    *,
    as_of: date,
    areas: gpd.GeoDataFrame,
    exposure: Exposure,
    settings: Settings,
    texts: Texts,
    sampling: Sampling | None = None,
    known: Known = tuple,
) -> FoundPlaces:
    """Find the places with enough reports to be looked at, and say of each whether it is signalled and why.

    Parameters
    ----------
    reports
        ``model.REPORTS``: the reports of the window as known at its end, in any order.
    as_of
        The peildatum.
    areas
        As :func:`hotspots.store.areas.load_areas` gives them.
    exposure
        Where people live; without addresses where no register is known.
    settings
        All thresholds.
    texts
        Gives the texts of reports; asked only for those of places that are looked at closely.
    sampling
        Chooses refused places that stand among the signalled without saying so; without it none do.
    known
        Gives the reports of the hotspots of the runs before; asked where a wide place has been as it is all
        the time, which then stays if it is one of these.
    """
    REPORTS.check(reports)
    detection = settings.detection
    located = located_precisely(without_shared_reporters(reports, settings), settings)
    is_default = is_at_default_coordinate(located, detection)
    counted = located[COUNTED][~(located["is_duplicate"].to_numpy() | is_default)]
    points = np.column_stack([counted["x"].to_numpy(), counted["y"].to_numpy()])
    addresses = exposure.addresses
    has_places = any(event.areas for event in settings.calendar.events)
    wijk_of_buurt = dict(zip(areas["buurtcode"], areas["wijkcode"], strict=True)) if has_places else {}
    context = DetectionContext(
        as_of=as_of,
        settings=settings,
        surroundings=SurroundingsIndex(points, addresses, detection),
        report_ids=counted["report_id"].to_numpy(),
        moments=counted["moment"].to_numpy(dtype="datetime64[s]"),
        looks=addresses.looks(detection.look_radius_m)
        if len(addresses)
        else count_tiles(points, detection.look_radius_m),
        wijk_of_buurt=wijk_of_buurt,
    )
    default = located.iloc[np.flatnonzero(is_default)]
    elsewhere = located[~is_default] if len(default) else located
    del located  # with a million reports each table counts
    at_default = _described(default, spot_of(default["x"], default["y"]), context)
    bandwidth_m, *narrower_m = detection.bandwidths_m
    labels = _labels(elsewhere, bandwidth_m, detection, flank=detection.flank)
    described = _described(elsewhere, labels, context, with_early=settings.attention.most_per_gebied > 0)
    del labels
    assessed = _looked_at(described, texts, context)
    for narrow_m in narrower_m:
        assessed = _parted(assessed, narrow_m, texts, context)
    assessed = _looked_at(at_default, texts, context) + assessed
    listed = signalled_in(assessed)
    if listed:
        is_listed = np.isin(context.report_ids, report_ids_of(listed))
        assessed = _assessed_again(assessed, is_listed, texts, context)
        listed = _joined(signalled_in(assessed), texts, context)
    if looks_for_wide(len(elsewhere) + len(default), detection):
        is_false = elsewhere["report_id"].isin(false_alarms_in(assessed))
        listed = with_wide_places(
            listed,
            elsewhere[~is_false],
            counted[~counted["report_id"].isin(elsewhere["report_id"][is_false])],
            addresses,
            texts,
            known,
            context,
        )
    refused = refusals_in(assessed)
    chosen: list[RefusedPlace] = []
    if sampling is not None:
        chosen = choose_refused(assessed, report_ids_of(listed), texts, context, sampling)
        listed = listed + [one.shown for one in chosen]
        refused = _without_chosen(refused, chosen)
    taken = frozenset[int]().union(*(one.reports for one in chosen))
    # after a sample is drawn, as it must not stand among these too
    early = _early(described, listed, context)
    unlisted = [
        pair
        for part in assessed
        for pair in part.closely
        if not pair[1].signalled
        and is_near(*pair, context)
        and taken.isdisjoint(pair[0].values("report_id").tolist() if taken else ())
    ]
    rows = rows_of(listed + unlisted, context)
    if listed:
        index = PlaceContextIndex(counted, as_of=as_of, study_cells=exposure.study_cells, settings=settings)
        rows[: len(listed)] = [
            with_context(row, place, index) for row, (place, _) in zip(rows, listed, strict=False)
        ]
    return FoundPlaces(*by_score(rows, listed + unlisted), refused, early, tuple(chosen))


def _without_chosen(refused: Mapping[str, int], chosen: Sequence[RefusedPlace]) -> dict[str, int]:
    """The counts of places that are not signalled, without those that stand among the signalled."""
    left = Counter(refused)
    left.subtract(str(one.refused_by) for one in chosen)
    return {reason: left[reason] for reason in refused if left[reason] > 0}


def without(context: DetectionContext, left_out: NDArray[np.bool_]) -> DetectionContext:
    """Give the context without some of the reports that places are compared with."""
    return replace(
        context,
        surroundings=context.surroundings.without(left_out),
        report_ids=context.report_ids[~left_out],
        moments=context.moments[~left_out],
    )


def _looked_at(places: Places | None, texts: Texts, context: DetectionContext) -> list[Assessed]:
    """What comes of the places with enough reports to be looked at."""
    if places is None:
        return []
    is_large = places.end - places.start >= context.settings.detection.min_reports
    return assess(places if is_large.all() else places.take(np.flatnonzero(is_large)), texts, context)


def _parted(
    assessed: list[Assessed], bandwidth_m: float, texts: Texts, context: DetectionContext
) -> list[Assessed]:
    """Look with a narrower kernel for cores in places too wide to be one; keep these if one is signalled.

    In a busy centre a hotspot may be glued to others, and to the reports between them.
    """
    detection = context.settings.detection
    is_wide = [
        ~part.is_signalled & (part.places.radii_m[part.numbers] > detection.max_radius_m) for part in assessed
    ]
    wide = [part.only(chosen) for part, chosen in zip(assessed, is_wide, strict=True) if chosen.any()]
    if not wide:
        return assessed
    reports = pd.concat([part.places.reports(part.numbers) for part in wide], ignore_index=True)
    # texts were read of some only, and are read again
    reports = reports.drop(columns=["place", "written", "text"], errors="ignore")
    # a report that repeats one elsewhere in the whole does not repeat it in its part
    reports["is_duplicate"] = is_duplicate(reports)
    labels = _labels(reports, bandwidth_m, detection, flank=detection.core)
    tried = _looked_at(_described(reports, labels, context), texts, context)
    in_cores = report_ids_of(signalled_in(tried))
    whole = [part.without(in_cores) for part in wide]
    in_whole = np.concatenate([part.places.report_ids(part.numbers) for part in whole])
    narrow = [part.only(~chosen) for part, chosen in zip(assessed, is_wide, strict=True)]
    return narrow + whole + [part.without(in_whole) for part in tried]


def _joined(listed: list[Judged], texts: Texts, context: DetectionContext) -> list[Judged]:
    """Join signalled places that touch and whose centres are as near as those of one hotspot in two weeks.

    A square with a quiet middle has a peak at either side; a team that goes there sees one place. Two
    dwellings are two, and a dwelling is not the square in front of it.
    """
    settings = context.settings
    places = [number for number, (place, _) in enumerate(listed) if not place.is_woning]
    if len(places) < 2:
        return listed
    max_apart_m = settings.tracking.max_shift_m
    touch_m = settings.detection.kernel_bandwidths * settings.detection.bandwidths_m[0]
    centres = np.array([listed[number][0].centre for number in places])
    near = KDTree(centres).query_pairs(max_apart_m, output_type="ndarray")
    apart_m = np.hypot(*(centres[near[:, 0]] - centres[near[:, 1]]).T)
    now = {number: listed[number] for number in places}
    for first, second in near[np.lexsort([*near.T, apart_m])].tolist():
        one, other = now[places[first]], now[places[second]]
        is_near_by = one is not other and np.hypot(*(one[0].centre - other[0].centre)) <= max_apart_m
        if not is_near_by or _gap_m(one[0], other[0]) > touch_m:
            continue
        both = pd.concat([one[0].reports, other[0].reports]).assign(place=0)
        joined = signalled_in(_looked_at(describe_places(Members.of(both), context), texts, context))
        if joined:
            now = {
                number: joined[0] if pair is one or pair is other else pair for number, pair in now.items()
            }
    together = {id(pair): pair for pair in now.values()}
    return [pair for number, pair in enumerate(listed) if number not in now] + list(together.values())


def _gap_m(one: Place, other: Place) -> float:
    """How far apart the nearest reports of two places lie."""
    distance_m, _ = KDTree(one.points).query(other.points)
    return float(np.min(distance_m))


def _assessed_again(
    assessed: list[Assessed], is_listed: NDArray[np.bool_], texts: Texts, context: DetectionContext
) -> list[Assessed]:
    """Assess anew the places that only their surroundings kept off the list, where less lies around now.

    Parameters
    ----------
    is_listed
        Of each report that places are compared with, whether it is one of a signalled place.
    """
    again = without(context, is_listed)
    listed = KDTree(context.surroundings.reports[is_listed])
    reach_m = context.surroundings.reach_m
    result: list[Assessed] = []
    for part in assessed:
        crowded = np.flatnonzero(part.is_only_crowded)
        distance, _ = listed.query(part.places.centres[part.numbers[crowded]], distance_upper_bound=reach_m)
        is_changed = np.zeros(len(part), dtype=np.bool_)
        is_near_by = distance <= part.within_m[crowded] + SURELY_M
        is_changed[crowded[np.isfinite(distance) & is_near_by]] = True
        result.append(part.only(~is_changed))
        result += assess(part.places.take(part.numbers[is_changed]), texts, again)
    return result


def _early(places: Places | None, listed: list[Judged], context: DetectionContext) -> list[EarlyPlace]:
    """Those of these places of which places like them became a hotspot often enough to tell."""
    settings = context.settings.attention
    if places is None or not settings.most_per_gebied:
        return []
    found = attention_candidates(places, report_ids_of(listed), settings, context)
    model = shipped_model()
    chances = model.chances(found.features)
    shares = np.array([model.shares[number].share for number in model.classes(chances).tolist()])
    # those of which the own past may say more are kept too
    chosen = np.flatnonzero(shares >= settings.min_share / 2)
    return _told_early(found.take(chosen), chances[chosen], context)


def _told_early(
    found: Candidates, chances: NDArray[np.float64], context: DetectionContext
) -> list[EarlyPlace]:
    rows = rows_of(found.judged, context)
    places = [
        EarlyPlace(row, tuple(place.values("report_id").tolist()), *figures)
        for row, (place, _), *figures in zip(
            rows,
            found.judged,
            found.recent_counts.tolist(),
            found.features.tolist(),
            chances.tolist(),
            strict=True,
        )
    ]
    return sorted(places, key=lambda one: (-one.chance, one.row["lon"], one.row["lat"]))


def _labels(
    located: pd.DataFrame, bandwidth_m: float, detection: DetectionSettings, *, flank: float
) -> NDArray[np.int64]:
    """Which place each report is of, if it is of any."""
    # imported here, as most pages and commands find no places, and scikit-learn costs them half a second
    from hotspots.detection.clustering import NOISE, PeakClusterer

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
        labels = clusterer.fit(
            np.column_stack([located["x"], located["y"]]), sample_weight=is_counted
        ).labels_
    return labels


def _described(
    located: pd.DataFrame, label: NDArray[np.int64], context: DetectionContext, *, with_early: bool = False
) -> Places | None:
    """The places of labels from 0 on with enough reports to be looked at, in their order; None without any.

    With those of few reports of which some are recent enough to become a hotspot.
    """
    rows = np.flatnonzero(label >= 0)
    place = label[rows]
    sizes = np.bincount(place)
    counts = ~located["is_duplicate"].to_numpy(dtype=bool)[rows]
    is_chosen = sizes >= context.settings.detection.min_reports
    if with_early:
        attention = context.settings.attention
        recent = place[counts & are_recent(located["day"].to_numpy()[rows], attention, context.as_of)]
        is_chosen |= (sizes >= attention.min_reports) & (np.bincount(recent, minlength=len(sizes)) > 0)
    is_chosen &= np.bincount(place[counts], minlength=len(sizes)) > 0
    if not is_chosen.any():
        return None
    is_member = is_chosen[place]
    number = np.cumsum(is_chosen) - 1
    return describe_places(Members(located, rows[is_member], number[place[is_member]]), context)


def located_precisely(reports: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Give the reports that are located precisely, with metres, local day and week, night and duplicates."""
    precise = reports["precision"].isin([str(value) for value in CLUSTERING_PRECISIONS])
    located = reports if precise.all() else reports[precise]
    if not located["report_id"].is_monotonic_increasing:
        located = located.sort_values("report_id")
    located = located.reset_index(drop=True)
    x, y = Projection(settings.municipality.crs).to_metres(located["lon"], located["lat"])
    has_hour = located["has_hour"].to_numpy(dtype=bool)
    local = located["moment"].dt.tz_convert(settings.municipality.timezone).dt.tz_localize(None).to_numpy()
    whole_day = local.astype("datetime64[D]")
    day, hour = whole_day.astype(local.dtype), (local - whole_day).astype("timedelta64[h]").astype(np.int64)
    is_night = (hour >= settings.detection.night_begins_hour) | (hour < settings.detection.night_ends_hour)
    if not has_hour.all():
        # where only the day is known, noon is never further than half a day from when it was
        noon = pd.Series(day + np.timedelta64(12, "h")).dt.tz_localize(settings.municipality.timezone)
        located["moment"] = located["moment"].where(has_hour, noon.dt.tz_convert("UTC"))
    days_since_monday = (whole_day.astype(np.int64) + MONDAY_BEFORE_1970) % 7
    located = located.assign(
        x=x,
        y=y,
        day=day,
        is_night=is_night & has_hour,
        week=day - days_since_monday.astype("timedelta64[D]"),
    )
    known = located["cell"].to_numpy() if "cell" in located else np.zeros(len(located), dtype=np.int64)
    located["cell"] = with_cells(known, located["lon"], located["lat"], resolution=settings.cells.resolution)
    return located.assign(is_duplicate=is_duplicate(located))
