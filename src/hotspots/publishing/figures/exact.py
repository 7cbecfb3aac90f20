"""Figures for who may know of every place in an area: exact, of every part that can be chosen."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from hotspots.intake.report_times import load_times
from hotspots.model import CLUSTERING_PRECISIONS
from hotspots.publishing.figures.areas import with_rates
from hotspots.publishing.figures.choice import Scope, period_of, screened
from hotspots.publishing.figures.of_year import Figures
from hotspots.publishing.figures.streets import busiest_streets
from hotspots.settings import Settings
from hotspots.statistics.alarms import WEEKS_PER_YEAR, alarms_of_week, ears_c1
from hotspots.statistics.hot_hours import hot_hours, hours_of_week, times_of_hours
from hotspots.statistics.monthly_figures import monthly_figures, year_before
from hotspots.statistics.place_concentration import Concentration, concentration
from hotspots.store.columns import Kind, read_columns
from hotspots.store.report_tables import moment_of, reports
from hotspots.wording import day as day_in_words

WEEKS_SHOWN = 53
LEVEL = 0.01
"""How rare a week must be to be an alarm, as of the command."""


def read_exact_figures(connection: Connection, settings: Settings, scope: Scope) -> Figures:
    """Count the reports of a place and year, up to the last day that counts."""
    municipality = settings.municipality
    weeks = _weeks_to_read(settings, scope)
    last_week = _last_week(scope.until)
    first = min(date(scope.year - 1, 1, 1), last_week - timedelta(weeks=weeks) + timedelta(days=1))
    every = load_times(
        connection,
        start=municipality.midnight(first),
        end=municipality.midnight(scope.until + timedelta(days=1)),
    )
    every = every[every["category"].isin(screened(scope.choice))]
    buurten = pd.Index(scope.codes)
    place = pd.Series(buurten.get_indexer(every["buurtcode"].cat.categories), dtype="int64")
    codes = every["buurtcode"].cat.codes.to_numpy()
    buurt = np.where(codes >= 0, place.to_numpy()[codes] if len(place) else -1, -1)
    is_here = np.ones(len(every), dtype=np.bool_) if scope.is_whole else buurt >= 0
    day = _local_days(every["moment"], municipality.timezone)
    in_year = day >= np.datetime64(date(scope.year, 1, 1))
    last_year = (day >= np.datetime64(date(scope.year - 1, 1, 1))) & (
        day <= np.datetime64(year_before(scope.until))
    )
    months = monthly_figures(
        every.loc[is_here, ["moment", "category"]],
        as_of=scope.until,
        timezone=municipality.timezone,
        known_since=scope.first_day,
    )
    months["count"] = months["count"].astype("float64").mask(_is_before_all(months["month"], scope))
    is_known_before = scope.first_day is not None and scope.first_day <= date(scope.year - 1, 1, 1)
    counts = [
        np.bincount(buurt[period & (buurt >= 0)], minlength=len(buurten)).astype(np.float64)
        for period in (in_year, last_year)
    ]
    if not is_known_before:
        counts[1][:] = np.nan
    hours, usual = (
        times_of_hours(
            hours_of_week(every.loc[part & in_year & every["has_hour"], "moment"], municipality.zone)
        )
        for part in (is_here, np.ones(len(every), dtype=np.bool_))
    )
    total = int((is_here & in_year).sum())
    timed = int(hours.to_numpy().sum())
    weekly, alarms = _weeks(every, day, buurt, is_here, last_week, weeks, settings, scope)
    return Figures(
        scope,
        months=months,
        weeks=weekly,
        alarms=alarms,
        hours=hours if timed else None,
        hour_share=timed / total if total else None,
        hot_hours=None
        if scope.is_whole or not timed
        else hot_hours(
            hours, usual, hours=settings.detection.hot_hours, level=settings.detection.max_hot_hours_p
        ),
        gebieden=_area_lines(settings, scope, counts, "gebied"),
        buurten=_area_lines(settings, scope, counts, "buurt"),
        streets=busiest_streets(connection, settings, scope),
        concentration=_concentration(connection, settings, scope),
        notes=_notes(scope, months),
    )


def _is_before_all(months: pd.Series, scope: Scope) -> pd.Series:
    """Whether a month was over before the first report: nobody knows how many there were."""
    first = scope.first_day
    first_known = 1 if first is None or first.year < scope.year else first.month
    return months.between(1, first_known - 1)


def _area_lines(
    settings: Settings, scope: Scope, counts: list[NDArray[np.float64]], level: str
) -> pd.DataFrame:
    table = scope.areas[["buurtcode", "buurtnaam", "gebied", "inhabitants"]].assign(
        count=counts[0], count_last_year=counts[1]
    )
    if level == "buurt":
        rows = table.rename(columns={"buurtcode": "code", "buurtnaam": "name"})
    else:
        # reports of a buurt whose inhabitants are unknown count, but not in the rate of its gebied
        table["counted_in_rate"] = table["count"].where(table["inhabitants"].notna())
        grouped = table.groupby("gebied", sort=True)
        rows = pd.DataFrame(
            {
                "name": list(grouped.groups),
                "count": grouped["count"].sum().to_numpy(),
                "count_last_year": grouped["count_last_year"].sum(min_count=1).to_numpy(),
                "inhabitants": grouped["inhabitants"].sum(min_count=1).to_numpy(),
                "counted_in_rate": grouped["counted_in_rate"].sum().to_numpy(),
            }
        ).assign(code=lambda rows: rows["name"])
    days = (
        (scope.until - date(scope.year, 1, 1)).days + 1,
        (year_before(scope.until) - date(scope.year - 1, 1, 1)).days + 1,
    )
    rows = with_rates(
        rows.reset_index(drop=True), days=days, min_inhabitants=settings.statistics.rate_min_inhabitants
    )
    return rows.sort_values(["count", "name"], ascending=[False, True], ignore_index=True)


def _weeks(
    every: pd.DataFrame,
    day: NDArray[np.datetime64],
    buurt: NDArray[np.int64],
    is_here: NDArray[np.bool_],
    last: date,
    weeks: int,
    settings: Settings,
    scope: Scope,
) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """The last weeks, and the alarms of the very last."""
    if weeks < 1:
        return None, None
    week = weeks - 1 - (np.datetime64(last) - day).astype("int64") // 7
    is_counted = is_here & (week >= 0) & (week < weeks)
    totals = np.bincount(week[is_counted], minlength=weeks)
    bounds = ears_c1(totals, level=LEVEL)
    enough = totals >= settings.statistics.alarm_min_reports
    ends = [last - timedelta(weeks=weeks - 1 - number) for number in range(weeks)]
    table = pd.DataFrame(
        {"week_end": ends, "count": totals, "bound": bounds, "is_alarm": (totals > bounds) & enough}
    )
    shown = table.tail(WEEKS_SHOWN).reset_index(drop=True)
    if weeks <= 7:
        return shown, None
    names = screened(scope.choice)
    category = pd.Index(names).get_indexer(pd.Index(every["category"].astype("object")))
    is_counted &= buurt >= 0
    number = (buurt * len(names) + category) * weeks + week
    size = len(scope.codes) * len(names)
    counts = np.bincount(number[is_counted], minlength=size * weeks).reshape(size, weeks)
    has_any = np.flatnonzero(counts.any(axis=1))
    series = pd.MultiIndex.from_product([scope.codes, names], names=["buurtcode", "category"])
    judged = alarms_of_week(
        pd.DataFrame(counts[has_any], index=series[has_any]), settings=settings.statistics, level=LEVEL
    )
    raised = judged[judged["is_alarm"]].reset_index()
    called = dict(zip(scope.areas["buurtcode"], scope.areas["buurtnaam"], strict=True))
    return shown, raised.assign(name=raised["buurtcode"].map(called))


def _concentration(connection: Connection, settings: Settings, scope: Scope) -> Concentration | None:
    """Over the cells in which there ever was a report."""
    moment = moment_of(reports)
    start, end = period_of(settings, scope)
    # of more than one buurt not the column itself: SQLite would look up each row of all years by its index
    buurt = reports.c.buurtcode if len(scope.codes) == 1 else func.coalesce(reports.c.buurtcode, "")
    query = (
        select(func.count().filter(moment >= start, moment < end))
        .where(
            reports.c.is_counted,
            reports.c.category.in_(screened(scope.choice)),
            reports.c.cell.is_not(None),
            reports.c.precision.in_(list(map(str, CLUSTERING_PRECISIONS))),
            *(() if scope.is_whole else (buurt.in_(scope.codes),)),
        )
        .group_by(reports.c.cell)
    )
    counts = read_columns(connection, query, {"count": Kind.INTEGER})["count"]
    return concentration(counts) if counts.any() else None


def _weeks_to_read(settings: Settings, scope: Scope) -> int:
    """Whole weeks with reports, up to the look-back of the alarm."""
    if scope.first_day is None:
        return 0
    longest = round(WEEKS_PER_YEAR * settings.statistics.alarm_years_back)
    longest += settings.statistics.alarm_half_window_weeks + 2
    return max(0, min(((_last_week(scope.until) - scope.first_day).days + 1) // 7, longest))


def _last_week(until: date) -> date:
    """The last day of the last whole week."""
    return until - timedelta(days=until.isoweekday() % 7)


def _local_days(moments: pd.Series, timezone: str) -> NDArray[np.datetime64]:
    local = moments.dt.tz_convert(timezone).dt.tz_localize(None)
    return np.asarray(local, dtype="datetime64[D]")


def _notes(scope: Scope, months: pd.DataFrame) -> tuple[str, ...]:
    notes = [f"De cijfers tellen tot en met {day_in_words(scope.until)}, vorig jaar tot dezelfde dag."]
    if months["count_last_year"].isna().any() and scope.first_day is not None:
        notes.append(
            f"Meldingen zijn bekend vanaf {day_in_words(scope.first_day)}: van daarvoor is er geen "
            "vergelijking (–)."
        )
    return tuple(notes)
