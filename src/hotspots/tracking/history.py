"""What a hotspot was over its life: its reports, its weeks, its splits and merges, and why it was flagged."""

from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Date, String, bindparam, func, or_, select

from hotspots.access.rights import Visibility
from hotspots.settings import Settings
from hotspots.store.readings import once
from hotspots.store.report_tables import moment_of, reports
from hotspots.store.run_tables import (
    detection_reports,
    detections,
    hotspot_lineage,
    hotspot_states,
    hotspots,
    removed_hotspot_weeks,
    runs,
)
from hotspots.tracking.runs import latest_run
from hotspots.tracking.selection import visible_now


def read_weekly_counts(
    connection: Connection, settings: Settings, id_or_number: str, *, as_of: date | None = None
) -> "pd.Series[int]":
    """Count the reports of a hotspot per week, over its whole life until a day; also those removed since.

    Returns
    -------
    Series
        Counts, indexed by the Monday (local) of each week from its first report to its last, without gaps.
    """
    until = latest_run(connection, as_of)
    if until is None:
        return pd.Series(dtype="int64")
    times = read_report_times(connection, id_or_number, as_of=as_of)["moment"]
    removed = connection.execute(_REMOVED, {"named": id_or_number, "until": until})
    gone = {pd.Timestamp(monday): int(count) for monday, count in removed}
    if times.empty and not gone:
        return pd.Series(dtype="int64")
    days = times.dt.tz_convert(settings.municipality.timezone).dt.tz_localize(None).dt.normalize()
    mondays = days - pd.to_timedelta(days.dt.day_of_week, unit="D")
    counts = mondays.value_counts().add(pd.Series(gone, dtype="int64"), fill_value=0)
    counts = counts.astype("int64").sort_index()
    weeks = pd.date_range(counts.index[0], counts.index[-1], freq="7D")
    per_week: pd.Series[int] = counts.reindex(weeks, fill_value=0)
    return per_week


def read_report_times(
    connection: Connection, id_or_number: str, *, as_of: date | None = None
) -> pd.DataFrame:
    """Read the times of all reports that a hotspot had until a day, but those removed for age.

    Returns
    -------
    DataFrame
        ``moment`` (aware UTC), and ``has_hour``: whether more than the local day of it is known.
    """
    asked = {"named": id_or_number, "until": as_of or date.max}
    rows = once(
        connection, ("times of reports", *asked.values()), lambda: connection.execute(_TIMES, asked).all()
    )
    return pd.DataFrame(
        {
            "moment": pd.to_datetime(pd.Series([row[0] for row in rows], dtype=object), utc=True),
            "has_hour": pd.Series([row[1] for row in rows], dtype=bool),
        }
    )


def read_lineage(
    connection: Connection, settings: Settings, hotspot_id: str, *, visibility: Visibility
) -> list[tuple[str, str, str, date]]:
    """Read the splits and merges of a hotspot: kind, number it came from, number it went to, as_of.

    A line that names a hotspot of which the reader may not know is left out.
    """
    visible = [condition for end in _ENDS for condition in visible_now(connection, settings, visibility, end)]
    rows = connection.execute(_LINEAGE.where(*visible), {"named": hotspot_id})
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def read_evidence(connection: Connection, hotspot_id: str, *, as_of: date | None = None) -> dict[str, Any]:
    """The figures on which a hotspot was last decided, at or before a day; empty if none are kept."""
    query = (
        select(detections.c.evidence, hotspot_states.c.p_value)
        .join(hotspot_states, hotspot_states.c.detection_id == detections.c.id)
        .join(runs, runs.c.id == hotspot_states.c.run_id)
        .where(hotspot_states.c.hotspot_id == hotspot_id)
        .order_by(runs.c.as_of.desc())
        .limit(1)
    )
    if as_of is not None:
        query = query.where(runs.c.as_of <= as_of)
    row = connection.execute(query).first()
    told = dict(row.evidence or {}) if row is not None else {}
    if row is not None and row.p_value is None:  # nobody is told what it was compared with
        told.pop("surroundings", None)
    return told


_NAMED, _UNTIL = bindparam("named", type_=String), bindparam("until", type_=Date)
_IS_NAMED = or_(hotspots.c.id == _NAMED, hotspots.c.number == _NAMED)

# said once, as to say them takes longer than to ask them of one hotspot
_TIMES = select(moment_of(reports), reports.c.has_hour).where(
    reports.c.id.in_(
        select(detection_reports.c.report_id)
        .join(hotspot_states, hotspot_states.c.detection_id == detection_reports.c.detection_id)
        .join(hotspots, hotspots.c.id == hotspot_states.c.hotspot_id)
        .join(runs, runs.c.id == hotspot_states.c.run_id)
        .where(_IS_NAMED, runs.c.as_of <= _UNTIL)
        .distinct()
    )
)
_REMOVED = (
    select(removed_hotspot_weeks.c.monday, func.sum(removed_hotspot_weeks.c.report_count))
    .join(hotspots, hotspots.c.id == removed_hotspot_weeks.c.hotspot_id)
    .where(_IS_NAMED, removed_hotspot_weeks.c.known_on <= _UNTIL)
    .group_by(removed_hotspot_weeks.c.monday)
)
_ORIGIN, _TARGET = hotspots.alias("origin"), hotspots.alias("target")
_ENDS = (hotspot_lineage.c.from_id, hotspot_lineage.c.to_id)
_LINEAGE = (
    select(hotspot_lineage.c.kind, _ORIGIN.c.number, _TARGET.c.number, runs.c.as_of)
    .join(_ORIGIN, _ORIGIN.c.id == hotspot_lineage.c.from_id)
    .join(_TARGET, _TARGET.c.id == hotspot_lineage.c.to_id)
    .join(runs, runs.c.id == hotspot_lineage.c.run_id)
    .where(or_(*(end == _NAMED for end in _ENDS)))
    .order_by(runs.c.as_of, _ORIGIN.c.number, _TARGET.c.number)
)
