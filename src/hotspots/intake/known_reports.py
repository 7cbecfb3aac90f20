"""The reports of a window as they were known at a moment, read by columns."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals
from sqlalchemy import Column, Connection, Select, Table, and_, func, select

from hotspots.model import SCREENED
from hotspots.store.columns import Kind, read_columns, time_column
from hotspots.store.report_tables import moment_of, report_locations, report_versions, reports

_KINDS: Mapping[str, Kind] = {
    "report_id": Kind.INTEGER,
    "category": Kind.WORD,
    "moment": Kind.TIME,
    "has_hour": Kind.BOOLEAN,
    "reporter_id": Kind.FLOAT,
    "lon": Kind.FLOAT,
    "lat": Kind.FLOAT,
    "precision": Kind.WORD,
    "radius_m": Kind.FLOAT,
    "address_key": Kind.TEXT,
    "buurtcode": Kind.WORD,
    "cell": Kind.INTEGER,
}


@dataclass(frozen=True)
class KnownWindow:
    """The reports of a window as they were known when it ended, from :func:`load_reports`."""

    reports: pd.DataFrame
    start: datetime
    end: datetime


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
        Satisfies ``model.REPORTS``, by report_id; cell is 0 where none is kept.
    """
    return load_columns(
        connection, _KINDS, window_start=window_start, window_end=window_end, known_at=known_at
    )


def load_columns(
    connection: Connection,
    columns: Collection[str],
    *,
    window_start: datetime,
    window_end: datetime,
    known_at: datetime,
    among: KnownWindow | None = None,
) -> pd.DataFrame:
    """Read only some columns of what :func:`load_reports` gives, besides report_id.

    What lies in a window that was read already is taken from it, if that was known at the same moment.
    """
    kinds = {name: kind for name, kind in _KINDS.items() if name == "report_id" or name in columns}
    if among is not None and among.end == known_at and window_start < among.end:
        return _with_known(connection, kinds, among, window_start, window_end)
    window = (window_start, window_end)
    now = _located(connection, reports, reports.c.id, report_locations, window, kinds)
    now = now.join_from(reports, report_locations).where(reports.c.known_from < known_at)
    then = _located(connection, report_versions, report_versions.c.report_id, report_versions, window, kinds)
    then = then.where(report_versions.c.known_from < known_at, report_versions.c.known_until >= known_at)
    parts = [read_columns(connection, query, kinds) for query in (now, then)]
    parts = [part for part in parts if len(part["report_id"])] or parts[:1]
    table = pd.DataFrame(
        {name: _joined([part.pop(name) for part in parts], kind) for name, kind in kinds.items()}, copy=False
    )
    if table["report_id"].is_monotonic_increasing:
        return table
    return table.sort_values("report_id", ignore_index=True)


def _with_known(
    connection: Connection,
    kinds: Mapping[str, Kind],
    among: KnownWindow,
    window_start: datetime,
    window_end: datetime,
) -> pd.DataFrame:
    moment = among.reports["moment"]
    known = among.reports.loc[(moment >= window_start) & (moment < window_end), list(kinds)]
    if window_start >= among.start:
        return known.reset_index(drop=True)
    before = load_columns(
        connection,
        kinds,
        window_start=window_start,
        window_end=min(window_end, among.start),
        known_at=among.end,
    )
    columns = {
        name: union_categoricals([_of_objects(part[name]) for part in (before, known)], sort_categories=True)
        if kind is Kind.WORD
        else pd.concat([before[name], known[name]], ignore_index=True)
        for name, kind in kinds.items()
    }
    return pd.DataFrame(columns).sort_values("report_id", ignore_index=True)


def _of_objects(words: "pd.Series[Any]") -> pd.Categorical:
    """The same with categories of one type, whatever they were joined from."""
    categories = pd.Index(words.cat.categories, dtype=object)
    return pd.Categorical.from_codes(words.cat.codes.to_numpy(), categories)


def _joined(parts: list[Any], kind: Kind) -> Any:
    if kind is Kind.WORD:
        return parts[0] if len(parts) == 1 else union_categoricals(parts, sort_categories=True)
    values = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return pd.Series(values).dt.tz_localize("UTC") if kind is Kind.TIME else values


def _located(
    connection: Connection,
    table: Table,
    report_id: Column[Any],
    places: Table,
    window: tuple[datetime, datetime],
    kinds: Collection[str],
) -> Select[Any]:
    """Select columns from a table with what is known of reports, and their places."""
    moment = moment_of(table)
    column = {
        "report_id": report_id,
        "category": table.c.category,
        "moment": time_column(connection, moment),
        "has_hour": table.c.has_hour,
        "reporter_id": table.c.reporter_id,
        "lon": places.c.lon,
        "lat": places.c.lat,
        "precision": table.c.precision,
        "radius_m": table.c.radius_m,
        "address_key": places.c.address_key,
        "buurtcode": table.c.buurtcode,
        "cell": func.coalesce(table.c.cell, 0),
    }
    return select(*[column[name] for name in kinds]).where(
        table.c.is_counted,
        table.c.category.in_(SCREENED),
        places.c.lon.is_not(None),
        and_(moment >= window[0], moment < window[1]),
    )
