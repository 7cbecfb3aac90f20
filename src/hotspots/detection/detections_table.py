"""The tables that detection gives: places with their figures, reasons and outlines, and their reports."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.detection.assessment import refusal_of
from hotspots.detection.columns import Columns
from hotspots.detection.concentration import log_likelihood_ratio, recurrence_interval_days
from hotspots.detection.explanations import context_reasons, reasons
from hotspots.detection.indication import NOT_READ, Indication, indication_of, shipped_indicators
from hotspots.detection.outline import coarsened, hulls_of, outline_of
from hotspots.detection.place_context import PlaceContextIndex
from hotspots.detection.places import Assessment, DetectionContext, Judged, Place
from hotspots.detection.rules import PlaceFigures
from hotspots.geography.projection import Projection
from hotspots.model import DETECTIONS, MEMBERS, Category
from hotspots.settings import DetectionSettings

Row = dict[str, Any]

REFUSED_BY = "refusedBy"
"""Where the evidence of a place that is not signalled says what keeps it off the list."""


def rows_of(assessed: Sequence[Judged], context: DetectionContext) -> list[Row]:
    """Give the rows of ``model.DETECTIONS``, without the number of the place.

    The centre and outline of a place that is no dwelling show squares instead of points (``outline``). A
    place that is not signalled gets a plain outline, and no indication from its texts.
    """
    if not assessed:
        return []
    detection = context.settings.detection
    projection = Projection(context.settings.municipality.crs)
    centres = np.array([_shown_centre(place, detection) for place, _ in assessed])
    lon, lat = projection.to_degrees(*centres.T)
    outlines = projection.geometries_to_degrees(_outlines(assessed, detection))
    return [
        _row(place, assessment, _indication(place, assessment, detection), context)
        | {"lon": float(lon[number]), "lat": float(lat[number]), "geometry": outlines[number]}
        for number, (place, assessment) in enumerate(assessed)
    ]


def with_context(row: Row, place: Place, index: PlaceContextIndex) -> Row:
    """Add what the reports of a place show of hours and weeks."""
    around = index.of(place.values("report_id"), row["lon"], row["lat"])
    sentences = context_reasons(around, report_count=row["report_count"])
    return row | {
        "redenen": [*row["redenen"], *sentences],
        "evidence": row["evidence"] | around.evidence,
    }


def by_score(rows: Sequence[Row], judged: Sequence[Judged]) -> tuple[list[Row], pd.DataFrame]:
    """Number rows (:func:`rows_of`) by falling score, and make ``model.MEMBERS`` of the places' reports."""
    order = sorted(
        range(len(rows)),
        key=lambda number: (-rows[number]["score"], rows[number]["lon"], rows[number]["lat"]),
    )
    reports = [judged[number][0].values("report_id") for number in order]
    duplicates = [judged[number][0].values("is_duplicate") for number in order]
    members = pd.DataFrame(
        {
            "place": np.repeat(np.arange(len(order)), [len(one) for one in reports]),
            "report_id": np.concatenate([np.zeros(0, dtype=np.int64), *reports]),
            "is_duplicate": np.concatenate([np.zeros(0, dtype=np.bool_), *duplicates]),
        }
    )
    MEMBERS.check(members)
    return [{"place": place, **rows[number]} for place, number in enumerate(order)], members


def table_of(rows: Sequence[Row]) -> pd.DataFrame:
    """Make ``model.DETECTIONS`` of rows."""
    places = pd.DataFrame({name: [row[name] for row in rows] for name in DETECTIONS.columns})
    if rows:
        for name in ("first_report", "last_report"):
            places[name] = pd.to_datetime(places[name], utc=True).dt.as_unit("us")
    else:
        places = _empty(places)
    DETECTIONS.check(places)
    return places


def _shown_centre(place: Place, detection: DetectionSettings) -> NDArray[np.float64]:
    if place.is_woning:
        return place.centre
    squares = coarsened(place.points, grid_m=detection.outline_grid_m)
    return np.asarray(squares.mean(axis=0), dtype=np.float64)


def _outlines(assessed: Sequence[Judged], detection: DetectionSettings) -> NDArray[Any]:
    """Outlines in metres; plain ones, made all at once, of what is not signalled."""
    is_plain = np.array([not assessment.signalled for _, assessment in assessed])
    outlines = np.empty(len(assessed), dtype=object)
    plain = [place for place, assessment in assessed if not assessment.signalled]
    if plain:
        points = np.concatenate([place.points for place in plain])
        outlines[is_plain] = hulls_of(
            points, np.array([place.end - place.start for place in plain]), detection
        )
    for number in np.flatnonzero(~is_plain).tolist():
        place = assessed[number][0]
        outlines[number] = outline_of(place.points, detection, is_exact=place.is_woning)
    return outlines


def _indication(place: Place, assessment: Assessment, detection: DetectionSettings) -> Indication:
    if not assessment.signalled:
        return NOT_READ
    return indication_in(place, detection, is_woning=place.is_woning)


def indication_in(reports: Columns, detection: DetectionSettings, *, is_woning: bool) -> Indication:
    """Read what the reports of a place suggest: has_hour, is_night, category and written (their texts)."""
    has_hour, is_night = np.asarray(reports["has_hour"]), np.asarray(reports["is_night"])
    knows_hours = has_hour.mean() >= detection.min_hour_share
    return indication_of(
        reports["written"].tolist(),
        shipped_indicators(detection),
        detection,
        drugs_share=float((reports["category"] == str(Category.DRUGS)).mean()),
        night_share=float(is_night[has_hour].mean()) if knows_hours and has_hour.any() else 0.0,
        is_woning=is_woning,
    )


def _row(place: Place, assessment: Assessment, indication: Indication, context: DetectionContext) -> Row:
    """A row of ``model.DETECTIONS`` without its position."""
    figures, kind, compared = place.figures, place.place_type, assessment.compared
    detection, p_value = context.settings.detection, assessment.p_value
    return {
        "signalled": assessment.signalled,
        "suppressed_because": assessment.suppressed_because,
        "soort": str(kind.soort),
        "soort_certainty": kind.certainty,
        "indicatie": str(indication.indicatie),
        "indicatie_certainty": float(indication.certainty),
        **figures_as_columns(figures),
        "first_report": _aware(place.first_report),
        "last_report": _aware(place.last_report),
        "expected": round(compared.expected, 3),
        "p_value": p_value,
        "recurrence_interval_days": recurrence_interval_days(p_value, smallest_p=detection.smallest_p),
        "score": round(log_likelihood_ratio(figures.report_count, compared.expected), 4),
        "redenen": reasons(figures, compared, p_value, kind, indication, detection, extent=place.extent),
        "evidence": _evidence(place, assessment, indication, context),
    }


def _aware(moment: np.datetime64) -> datetime:
    """A time in UTC as Python has it."""
    naive: datetime = moment.astype("datetime64[us]").item()
    return naive.replace(tzinfo=UTC)


def _evidence(
    place: Place, assessment: Assessment, indication: Indication, context: DetectionContext
) -> dict[str, Any]:
    figures, compared = place.figures, assessment.compared
    refused: dict[str, Any] = {}
    if not assessment.signalled:
        refused = {REFUSED_BY: str(refusal_of(place, assessment, context.settings.detection))}
    return {
        "figures": figures_as_evidence(figures),
        "failedRules": [str(rule) for rule in place.failed],
        "surroundings": {
            "expectedByAddresses": _or_none(compared.expected_by_addresses),
            "expectedByLevel": _or_none(compared.expected_by_level),
            "addresses": _or_none(compared.address_count),
            "looks": context.looks,
        },
        "addressShare": place.place_type.address_share,
        "radiusM": round(place.radius_m, 1),
        **({"lengthM": place.extent.length_m, "isLine": place.extent.is_line} if place.extent else {}),
        "hits": dict(sorted(indication.hits.items())),
        **refused,
    }


def figures_as_columns(figures: PlaceFigures) -> Row:
    """The figures of a place that have columns of their own; no number of reporters where none is known."""
    return {
        "report_count": figures.report_count,
        "day_count": figures.day_count,
        "week_count": figures.week_count,
        "reporter_count": float(figures.reporter_count) if figures.reporter_count else np.nan,
        "duration_days": figures.duration_days,
    }


def figures_as_evidence(figures: PlaceFigures) -> dict[str, Any]:
    """The figures of a place as they are kept beside it."""
    return {
        "reports": figures.report_count,
        "duplicates": figures.duplicate_count,
        "days": figures.day_count,
        "weeks": figures.week_count,
        "durationDays": figures.duration_days,
        "reporters": figures.reporter_count,
        "reportsOfKnownReporters": figures.known_reporter_reports,
        "largestReporterShare": round(figures.largest_reporter_share, 4),
        "largestBurst": figures.largest_burst,
    }


def _or_none(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None


def _empty(places: pd.DataFrame) -> pd.DataFrame:
    kinds = {"integer": "int64", "float": "float64", "text": "str", "boolean": "bool", "object": "object"}
    return places.astype(
        {name: kinds.get(column.kind, "datetime64[us, UTC]") for name, column in DETECTIONS.columns.items()}
    )
