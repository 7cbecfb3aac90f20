"""Reading reports as they were known at a moment."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Select, and_, func, select

from hotspots.model import Category
from hotspots.store.tables import report_locations, report_texts, report_versions, reports

SCREENED = (str(Category.PERSONEN), str(Category.DRUGS))

IDS_PER_QUERY = 5000
"""Both databases take this many values in one statement."""

_COLUMNS = (
    "report_id",
    "category",
    "moment",
    "reported_at",
    "reporter_id",
    "lon",
    "lat",
    "precision",
    "radius_m",
    "address_key",
    "buurtcode",
)


def load_reports(
    connection: Connection, *, window_start: datetime, window_end: datetime, known_at: datetime
) -> pd.DataFrame:
    """Read the screened, counted and located reports of a window, as they were known at a moment.

    Parameters
    ----------
    window_start, window_end
        Aware times; the moment of the nuisance (else of the report) lies in [start, end).
    known_at
        What came in or changed from this moment on is left out, and what it replaced is put back.

    Returns
    -------
    DataFrame
        Satisfies ``model.REPORTS``, by report_id.
    """
    now = _as_known_now(window_start, window_end).where(reports.c.known_from < known_at)
    then = _as_known_before(window_start, window_end).where(
        report_versions.c.known_from < known_at, report_versions.c.known_until >= known_at
    )
    rows = [*connection.execute(now).all(), *connection.execute(then).all()]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(_COLUMNS)
    values: dict[str, Sequence[Any]] = dict(zip(_COLUMNS, columns, strict=True))
    frame = pd.DataFrame(
        {
            "report_id": np.asarray(values["report_id"], dtype=np.int64),
            "category": pd.Series(values["category"], dtype="category").astype("str"),
            "moment": _times(values["moment"]),
            "reported_at": _times(values["reported_at"]),
            "reporter_id": np.asarray(values["reporter_id"], dtype=np.float64),
            "lon": np.asarray(values["lon"], dtype=np.float64),
            "lat": np.asarray(values["lat"], dtype=np.float64),
            "precision": pd.Series(values["precision"], dtype="str"),
            "radius_m": np.asarray(values["radius_m"], dtype=np.float64),
            "address_key": pd.Series(values["address_key"], dtype="object"),
            "buurtcode": pd.Series(values["buurtcode"], dtype="object"),
        }
    )
    return frame.sort_values("report_id", ignore_index=True)


def load_texts(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Read the texts of reports; a report without a text is absent."""
    wanted = sorted({int(report_id) for report_id in ids})
    found: dict[int, str] = {}
    for chunk in _chunks(wanted):
        query = select(report_texts.c.report_id, report_texts.c.text).where(
            report_texts.c.report_id.in_(chunk)
        )
        found |= {row.report_id: row.text for row in connection.execute(query)}
    return found


def _as_known_now(start: datetime, end: datetime) -> Select[Any]:
    moment = func.coalesce(reports.c.occurred_at, reports.c.reported_at)
    return (
        select(
            reports.c.id,
            reports.c.category,
            moment,
            reports.c.reported_at,
            reports.c.reporter_id,
            report_locations.c.lon,
            report_locations.c.lat,
            reports.c.precision,
            reports.c.radius_m,
            report_locations.c.address_key,
            reports.c.buurtcode,
        )
        .join_from(reports, report_locations)
        .where(
            reports.c.is_counted,
            reports.c.category.in_(SCREENED),
            report_locations.c.lon.is_not(None),
            and_(moment >= start, moment < end),
        )
    )


def _as_known_before(start: datetime, end: datetime) -> Select[Any]:
    versions = report_versions.c
    moment = func.coalesce(versions.occurred_at, versions.reported_at)
    return select(
        versions.report_id,
        versions.category,
        moment,
        versions.reported_at,
        versions.reporter_id,
        versions.lon,
        versions.lat,
        versions.precision,
        versions.radius_m,
        versions.address_key,
        versions.buurtcode,
    ).where(
        versions.is_counted,
        versions.category.in_(SCREENED),
        versions.lon.is_not(None),
        and_(moment >= start, moment < end),
    )


def _times(values: Sequence[datetime]) -> "pd.Series[pd.Timestamp]":
    return pd.Series(pd.to_datetime(list(values), utc=True), dtype="datetime64[us, UTC]")


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), IDS_PER_QUERY):
        yield ids[start : start + IDS_PER_QUERY]
