"""`hotspots statistics`: what the reports say over time, beside the hotspots."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import numpy as np
import pandas as pd
import shapely
import typer

from hotspots.access.rights import EVERYTHING
from hotspots.errors import StatisticError
from hotspots.geocoding.register_store import load_address_points
from hotspots.geography.cells import cell_centre, cells_of
from hotspots.geography.projection import Projection
from hotspots.intake.known_reports import load_reports
from hotspots.intake.report_times import first_moment, load_moments
from hotspots.model import CLUSTERING_PRECISIONS, Trend
from hotspots.settings import Settings, StatisticsSettings, load_settings
from hotspots.statistics.alarms import WEEKS_PER_YEAR, alarms_of_week, weekly_counts
from hotspots.statistics.displacement import displacement_difference, e_test
from hotspots.statistics.emerging import emerging_cells
from hotspots.statistics.monthly_figures import monthly_figures
from hotspots.statistics.near_repeat import chains, knox_table, longest_first
from hotspots.statistics.space_time_scan import (
    Cluster,
    recurrence_interval_days,
    space_time_permutation_scan,
)
from hotspots.store.database import Database
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.selection import Selection
from hotspots.weekly.weeks import window_of
from jobs.commands import Commands, add_group
from jobs.terminal import AsJson, day_or_today, opened, progress, show

Day = Annotated[
    str | None, typer.Option(metavar="DATE", help="Last day that counts, as 2023-12-31; by default today.")
]
Pair = Annotated[str, typer.Option(metavar="BEFORE,AFTER", help="Reports before and after, as 207,110.")]

SEED = 1
"""Seed of the permutations, so that the same reports give the same p."""


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    on_time: Commands = {"alarms": alarms, "monthly": monthly}
    on_place: Commands = {"near-repeat": near_repeat, "emerging": emerging, "scan": scan}
    add_group(app, "statistics", **on_time, **on_place, effect=effect)


def alarms(
    as_of: Day = None,
    level: Annotated[
        float, typer.Option(min=0.0001, max=0.2, help="How rare a week must be to be an alarm.")
    ] = 0.01,
    as_json: AsJson = False,
) -> None:
    """Show which buurten had more reports in the last seven days than is usual there, per category.

    Compares with the same weeks of earlier years where there is a year of reports, else with the seven weeks
    before. An alarm needs at least three reports. It is a reason to look, not a finding.
    """
    with opened() as (settings, database):
        last = day_or_today(as_of, settings)
        end = _midnight_after(last, settings)
        with database.reading() as connection:
            first = first_moment(connection)
            weeks = _weeks_known(first, end, settings.statistics)
            moments = load_moments(connection, start=end - timedelta(weeks=weeks), end=end)
        counts = weekly_counts(moments, as_of=last, weeks=weeks, timezone=settings.municipality.timezone)
        judged = alarms_of_week(counts, settings=settings.statistics, level=level)
    raised = judged[judged["is_alarm"]].reset_index()
    rows = [
        {
            "buurtcode": row["buurtcode"],
            "category": row["category"],
            "observed": int(row["observed"]),
            "expected": round(float(row["expected"]), 2),
            "p": _number(row["p"], 5),
            "adjustedP": _number(row["q"], 5),
        }
        for row in raised.to_dict("records")
    ]
    result = {
        "lastDay": last,
        "weeks": weeks,
        "method": str(judged["method"].iloc[0]) if len(judged) else "none",
        "series": len(judged),
        "alarms": rows,
    }
    _show(result, "alarms", as_json)


def monthly(as_of: Day = None, as_json: AsJson = False) -> None:
    """Show reports per category and month against the same days of last year, with a 95 % interval.

    The interval is that of the ratio of both rates; a change is only called one where it excludes 1. Reports
    without a location count too.
    """
    with opened() as (settings, database):
        last = day_or_today(as_of, settings)
        start = settings.municipality.midnight(date(last.year - 1, 1, 1))
        with database.reading() as connection:
            first = first_moment(connection)
            moments = load_moments(connection, start=start, end=_midnight_after(last, settings))
        known_since = settings.municipality.local_day(first) if first else last
        table = monthly_figures(
            moments, as_of=last, timezone=settings.municipality.timezone, known_since=known_since
        )
    rows = [
        {
            "category": row["category"],
            "month": int(row["month"]) or "year",
            "first": row["first"],
            "last": row["last"],
            "count": int(row["count"]),
            "lastYear": _number(row["count_last_year"], 0),
            "changePercent": _number(row["change_percent"], 1),
            "ratio": _number(row["ratio"], 3),
            "lower": _number(row["lower"], 3),
            "upper": _number(row["upper"], 3),
            "isChange": bool(row["is_change"]),
        }
        for row in table.to_dict("records")
    ]
    _show({"lastDay": last, "knownSince": known_since, "figures": rows}, "figures", as_json)


def near_repeat(
    as_of: Day = None,
    within_m: Annotated[
        float, typer.Option(min=1, max=100_000, help="How near two reports of a chain are, at most.")
    ] = 100,
    within_days: Annotated[
        int, typer.Option(min=1, max=3660, help="How many days they are apart, at most.")
    ] = 14,
    permutations: Annotated[
        int, typer.Option(min=19, max=999_999, help="How often the days are shuffled.")
    ] = 199,
    buurt: Annotated[str, typer.Option(metavar="CODE", help="Only reports in this buurt.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show whether reports follow each other in space and time more closely than chance, and the chains.

    Knox's table over the look-back window: pairs per band of metres and days, with the ratio to what is
    expected. A chain is a series of reports that each follow another nearby and soon.
    """
    with opened() as (settings, database):
        last = day_or_today(as_of, settings)
        reports = _window(database, settings, last)
    if buurt:
        reports = reports[reports["buurtcode"] == buurt]
    x, y = Projection(settings.municipality.crs).to_metres(reports["lon"], reports["lat"])
    day = _days_ago(reports, last, settings)
    table = knox_table(
        x,
        y,
        day,
        rng=np.random.default_rng(SEED),
        space_edges_m=settings.statistics.near_repeat_metres,
        day_edges=settings.statistics.near_repeat_days,
        permutations=permutations,
    )
    bands = [
        {
            "metres": f"{table.space_edges_m[row]:g}-{table.space_edges_m[row + 1]:g}",
            "days": f"{table.day_edges[column]:g}-{table.day_edges[column + 1]:g}",
            "pairs": int(table.observed[row, column]),
            "expected": round(float(table.expected[row, column]), 2),
            "ratio": _number(table.ratio[row, column], 3),
            "p": round(float(table.p_permutation[row, column]), 4),
        }
        for row, column in np.ndindex(table.observed.shape)
    ]
    labels = chains(x, y, day, within_m=within_m, within_days=within_days)
    sizes = [len(rows) for rows in longest_first(labels)]
    result = {
        "lastDay": last,
        "reports": len(reports),
        "chains": len(sizes),
        "longest": max(sizes, default=0),
        "reportsInChains": sum(sizes),
        "bands": bands,
    }
    _show(result, "bands", as_json)


def emerging(as_of: Day = None, as_json: AsJson = False) -> None:
    """Show which cells of the grid are hot week by week over the look-back window.

    Every cell with an address or a report belongs to the study area. A cell without reports is never hot.
    """
    with opened() as (settings, database):
        last = day_or_today(as_of, settings)
        reports = _window(database, settings, last)
        with database.reading() as connection:
            lon, lat = load_address_points(connection)
    resolution = settings.cells.resolution
    table = emerging_cells(
        cells_of(reports["lon"], reports["lat"], resolution=resolution),
        _days_ago(reports, last, settings) // 7,
        np.unique(cells_of(lon, lat, resolution=resolution)),
        settings.detection,
    )
    hot = table[table["emerging_class"] != "none"].sort_values("z", ascending=False, kind="stable")
    rows = [
        {
            "cell": f"{number:x}",
            "class": row["emerging_class"],
            "z": round(float(row["z"]), 2),
            "reports": int(row["report_count"]),
        }
        for number, row in zip(hot.index.tolist(), hot.to_dict("records"), strict=True)
    ]
    _show({"lastDay": last, "studyCells": len(table), "cells": rows}, "cells", as_json)


def scan(
    as_of: Day = None,
    weeks: Annotated[
        int | None,
        typer.Option(
            min=2, max=36_500, help="Length of the study period; by default as far as detection looks back."
        ),
    ] = None,
    first_day: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="First day of the study period, instead of --weeks."),
    ] = None,
    last_day: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Its last day, instead of --as-of.")
    ] = None,
    max_radius_m: Annotated[float, typer.Option(min=1, max=100_000, help="How large a circle may be.")] = 150,
    max_duration: Annotated[
        str,
        typer.Option(
            metavar="NUMBER UNIT", help="How long a cluster lasts at most, as '6 weeks' or '10 days'."
        ),
    ] = "6 weeks",
    permutations: Annotated[
        int, typer.Option(min=19, max=999_999, help="How often weeks or days are shuffled.")
    ] = 999,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Another seed shuffles otherwise.")] = SEED,
    as_json: AsJson = False,
) -> None:
    """Scan for circles that lately have more reports than their own past and the city's present explain.

    Kulldorff's space-time permutation scan does not use the rules of detection, so it is a second opinion on
    the list. It compares per week, or per day if --max-duration is in days. A cluster is shown by the grid
    cell of its centre, with the hotspots on the list in it. A place that is always busy is no cluster.
    """
    if (as_of and last_day) or (weeks and first_day):
        raise typer.BadParameter("wanted --as-of or --to, and --weeks or --from, not both")
    longest, days = _duration(max_duration)
    with opened() as (settings, database), progress(quiet=as_json) as bar:
        last = day_or_today(last_day or as_of, settings)
        if first_day:
            length = (last - day_or_today(first_day, settings)).days + 1
        else:
            length = 7 * (weeks or settings.detection.look_back_weeks)
        periods = length // days
        if periods < 2:
            raise typer.BadParameter(f"wanted a study period of two times {days} days, found {length} days")
        first = last - timedelta(days=periods * days - 1)
        end = _midnight_after(last, settings)
        with database.reading() as connection:
            reports = load_reports(
                connection,
                window_start=settings.municipality.midnight(first),
                window_end=end,
                known_at=end,
            )
            hotspots = read_hotspots(connection, settings, Selection(EVERYTHING, as_of=last))
        reports = reports[reports["precision"].isin([str(value) for value in CLUSTERING_PRECISIONS])]
        projection = Projection(settings.municipality.crs)
        task = bar.add_task("permutations", total=permutations)
        scanned = space_time_permutation_scan(
            *projection.to_metres(reports["lon"], reports["lat"]),
            periods - 1 - _days_ago(reports, last, settings) // days,
            rng=np.random.default_rng(seed),
            max_periods=longest,
            max_radius_m=max_radius_m,
            first_period=0,
            last_period=periods - 1,
            permutations=permutations,
            on_progress=lambda done: bar.update(task, completed=done),
        )
    listed = [hotspot for hotspot in hotspots if hotspot.trend is not Trend.BEEINDIGD]
    result = {
        "firstDay": first,
        "lastDay": last,
        "reports": len(reports),
        "permutations": permutations,
        "clusters": [
            {
                **_centre_of(cluster, projection, settings),
                "firstDay": first + timedelta(days=cluster.first_period * days),
                "lastDay": last,
                "observed": cluster.observed,
                "expected": round(cluster.expected, 2),
                "logLikelihoodRatio": round(cluster.statistic, 3),
                "p": _number(cluster.p, 5),
                "recurrenceDays": round(recurrence_interval_days(cluster.p, days_between_runs=7)),
                "hotspots": " ".join(_numbers_inside(cluster, listed, projection)),
            }
            for cluster in scanned.clusters
        ],
    }
    _show(result, "clusters", as_json)


def effect(
    treated: Pair,
    control: Annotated[
        str | None,
        typer.Option(metavar="BEFORE,AFTER", help="The same of a like place without a measure."),
    ] = None,
    around_treated: Pair = "0,0",
    around_control: Pair = "0,0",
    days: Annotated[
        str, typer.Option(metavar="BEFORE,AFTER", help="Length of both periods, if they differ.")
    ] = "1,1",
    as_json: AsJson = False,
) -> None:
    """Weigh what a measure changed against a control place, and whether nuisance moved around it.

    Gives the weighted displacement difference with its 95 % interval; with periods of unequal length, per
    day. Refuses when there are too few reports to tell. Without a control it only tests whether both counts
    of the place have the same rate (E-test), which says nothing about the cause.

    Example: hotspots statistics effect --treated 207,110 --control 308,318 --around-treated 178,157
    --around-control 150,140
    """
    before, after = _pair(days)
    if control is None:
        show({"p": round(e_test(*_pair(treated), times=(before, after)), 6)}, as_json)
        return
    result = displacement_difference(
        _pair(control),
        _pair(treated),
        _pair(around_control),
        _pair(around_treated),
        times=(before, after),
        min_count=load_settings().statistics.effect_min_reports,
    )
    show(
        {
            "difference": round(result.difference, 4),
            "standardError": round(result.standard_error, 4),
            "z": round(result.z, 4),
            "p": round(result.p, 6),
            "lower": round(result.lower, 4),
            "upper": round(result.upper, 4),
        },
        as_json,
    )


def _pair(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"\s*(\d{1,9})\s*,\s*(\d{1,9})\s*", text, re.ASCII)
    if match is None:
        raise typer.BadParameter(f"wanted two whole numbers such as 207,110, found '{text}'")
    return int(match[1]), int(match[2])


def _duration(text: str) -> tuple[int, int]:
    """Parse a duration: the number of periods, and the days per period."""
    match = re.fullmatch(r"([1-9]\d{0,3})\s*(day|week|d|w)s?", text.strip())
    if match is None:
        raise typer.BadParameter(f"wanted a duration such as '6 weeks' or '10 days', found '{text}'")
    return int(match[1]), 7 if match[2].startswith("w") else 1


def _centre_of(cluster: Cluster, projection: Projection, settings: Settings) -> dict[str, Any]:
    """The location of a circle as a cell of the grid, because its exact centre is an address."""
    centre = projection.to_degrees([cluster.x_m], [cluster.y_m])
    (cell,) = cells_of(*centre, resolution=settings.cells.resolution).tolist()
    lon, lat = cell_centre(cell)
    return {
        "cell": f"{cell:x}",
        "lon": round(lon, 5),
        "lat": round(lat, 5),
        "radiusM": round(cluster.radius_m),
    }


def _numbers_inside(cluster: Cluster, hotspots: Sequence[Hotspot], projection: Projection) -> Iterator[str]:
    """The numbers of the hotspots that overlap a circle."""
    centre = shapely.Point(cluster.x_m, cluster.y_m)
    for hotspot in hotspots:
        if shapely.dwithin(projection.geometry_to_metres(hotspot.geometry), centre, cluster.radius_m):
            yield hotspot.nummer


def _midnight_after(day: date, settings: Settings) -> datetime:
    return settings.municipality.midnight(day + timedelta(days=1))


def _weeks_known(first: datetime | None, end: datetime, settings: StatisticsSettings) -> int:
    """Whole weeks with reports, up to the look-back of the alarm."""
    if first is None:
        raise StatisticError("wanted reports to compare the last week with, found none: import reports first")
    longest = round(WEEKS_PER_YEAR * settings.alarm_years_back) + settings.alarm_half_window_weeks + 2
    return max(0, min((end - first).days // 7, longest))


def _window(database: Database, settings: Settings, last: date) -> pd.DataFrame:
    start, end = window_of(last, settings)
    with database.reading() as connection:
        return load_reports(connection, window_start=start, window_end=end, known_at=end)


def _days_ago(reports: pd.DataFrame, last: date, settings: Settings) -> "np.ndarray[Any, np.dtype[np.int64]]":
    local = reports["moment"].dt.tz_convert(settings.municipality.timezone).dt.tz_localize(None)
    return np.asarray((pd.Timestamp(last) - local.dt.normalize()).dt.days, dtype=np.int64)


def _number(value: Any, digits: int) -> float | int | None:
    """Round a number; None for NaN and infinity, which JSON does not have."""
    number = float(value)
    if not np.isfinite(number):
        return None
    return round(number, digits) if digits else round(number)


def _show(result: Mapping[str, Any], rows_of: str, as_json: bool) -> None:
    """Print one JSON object, or the figures followed by a table of the rows."""
    if as_json:
        show(result, as_json)
        return
    rows: Sequence[Mapping[str, Any]] = result[rows_of]
    show({name: value for name, value in result.items() if name != rows_of}, as_json)
    if not rows:
        sys.stdout.write(f"{rows_of}: none\n")
        return
    table = [
        list(rows[0]),
        *(["-" if value is None else str(value) for value in row.values()] for row in rows),
    ]
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    for line in table:
        padded = "  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True))
        sys.stdout.write(f"{padded}\n")
