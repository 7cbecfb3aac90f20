"""What reports show of a place that people put on the list: the figures of a run, without a judgement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from hotspots.detection.assessment import Texts
from hotspots.detection.detections_table import Row, figures_as_columns, figures_as_evidence, indication_in
from hotspots.detection.explanations import facts
from hotspots.detection.false_alarms import is_duplicate, plain_text, repeats_earlier
from hotspots.detection.pipeline import located_precisely
from hotspots.detection.place_type import place_types
from hotspots.detection.rules import figures_of
from hotspots.detection.shared_reporters import without_shared_reporters
from hotspots.model import Indicatie, Soort
from hotspots.settings import Settings

NO_REPORTS = "In de periode waarover is gekeken, zijn hier geen meldingen."


@dataclass(frozen=True)
class PutPlace:
    """Where people put a place."""

    hotspot_id: str
    geometry: BaseGeometry  # in degrees
    is_dwelling: bool  # as people say
    put_at: datetime  # aware


@dataclass(frozen=True)
class CountedPlace:
    """What a run counts there.

    Attributes
    ----------
    row
        Columns of ``model.DETECTIONS``, without the number of the place; the outline as people gave it.
    members
        report_id and is_duplicate of its reports.
    """

    hotspot_id: str
    row: Row
    members: pd.DataFrame


def count_put_places(
    places: Sequence[PutPlace], reports: pd.DataFrame, *, settings: Settings, texts: Texts
) -> list[CountedPlace]:
    """Count the reports near each place, in the order of the places.

    Parameters
    ----------
    places
        Where people put them.
    reports
        ``model.REPORTS`` of the window of the run.
    texts
        Asked for the reports near them.
    """
    if not places:
        return []
    located = located_precisely(_around(places, without_shared_reporters(reports, settings)), settings)
    lon, lat = located["lon"].to_numpy(), located["lat"].to_numpy()
    return [
        _counted(place, located[shapely.intersects_xy(place.geometry, lon, lat)], settings, texts)
        for place in places
    ]


def _around(places: Iterable[PutPlace], reports: pd.DataFrame) -> pd.DataFrame:
    """The reports in the boxes around places: few, of perhaps a million."""
    lon, lat = reports["lon"].to_numpy(), reports["lat"].to_numpy()
    inside = np.zeros(len(reports), dtype=np.bool_)
    for place in places:
        west, south, east, north = place.geometry.bounds
        inside |= (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return reports[inside]


def _counted(place: PutPlace, reports: pd.DataFrame, settings: Settings, texts: Texts) -> CountedPlace:
    middle = place.geometry.centroid
    row = _nothing(place) | {"lon": middle.x, "lat": middle.y, "geometry": place.geometry}
    if reports.empty:
        return CountedPlace(place.hotspot_id, row, reports[["report_id", "is_duplicate"]])
    detection = settings.detection
    ids = reports["report_id"].tolist()
    found = texts(ids)
    written = [found.get(number, "") for number in ids]
    members = reports.assign(place=0, written=written, text=[plain_text(text) for text in written])
    members["is_duplicate"] = is_duplicate(members)  # not of what lies outside
    members["is_duplicate"] |= repeats_earlier(members, min_words=detection.min_same_words)
    figures = figures_of(members, burst=detection.burst, episode=detection.episode)
    types = place_types(members, detection, address_radius_m=settings.geocoding.address_radius_m)
    kind = types.of(0)
    points_at_one = kind.soort is Soort.WONING and figures.report_count >= detection.min_named_addresses
    soort = Soort.WONING if place.is_dwelling or points_at_one else Soort.GEBIED
    indication = indication_in(members, detection, is_woning=soort is Soort.WONING)
    row |= {
        "soort": str(soort),
        "soort_certainty": kind.certainty if kind.soort is soort else 0.5,
        "indicatie": str(indication.indicatie),
        "indicatie_certainty": float(indication.certainty),
        **figures_as_columns(figures),
        "first_report": members["moment"].min(),
        "last_report": members["moment"].max(),
        "redenen": facts(figures, kind, indication, detection),
        "evidence": {"figures": figures_as_evidence(figures), "hits": dict(sorted(indication.hits.items()))},
    }
    return CountedPlace(place.hotspot_id, row, members[["report_id", "is_duplicate"]])


def _nothing(place: PutPlace) -> Row:
    """The row of a place without a report: it is of the moment at which people put it there."""
    put_at = pd.Timestamp(place.put_at).tz_convert("UTC")
    return {
        "signalled": False,
        "suppressed_because": None,
        "soort": str(Soort.WONING if place.is_dwelling else Soort.GEBIED),
        "soort_certainty": 0.5,
        "indicatie": str(Indicatie.ONBEPAALD),
        "indicatie_certainty": 0.5,
        "report_count": 0,
        "day_count": 0,
        "week_count": 0,
        "reporter_count": 0.0,  # nobody may see who was the first to report
        "duration_days": 0,
        "first_report": put_at,
        "last_report": put_at,
        "expected": np.nan,
        "p_value": np.nan,
        "recurrence_interval_days": np.nan,
        "score": 0.0,
        "redenen": [NO_REPORTS],
        "evidence": {"figures": {"reports": 0}},
    }
