"""How well a hotspot map forecasts: the share of next month's events that it catches in a small area.

The hit rate is the share n/N of the next period's events in the cells that were flagged; the predictive
accuracy index PAI = (n/N) / (a/A) [1]_ divides it by the share a/A of the area flagged; the prediction
efficiency index PEI [2]_ divides the PAI by the best PAI possible with the same area. A plain count of last
month is hard to beat, so every table has it.

References
----------
.. [1] S. Chainey, L. Tompson, S. Uhlig (2008), doi:10.1057/palgrave.sj.8350066.
.. [2] J. Hunt (2016), Do crime hot spots move?, doi:10.13140/RG.2.2.17063.09126.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from hotspots.detection.exposure import Exposure
from hotspots.detection.pipeline import find_places
from hotspots.errors import StatisticError
from hotspots.evaluation.baselines import kernel_density
from hotspots.geography.projection import WGS84, Projection
from hotspots.model import Category, Precision
from hotspots.settings import Settings

Floats = NDArray[np.float64]

AREA_SHARES = (0.01, 0.02, 0.05)
PERIOD_DAYS = 28
CELL_M = 150.0
KDE_BANDWIDTH_M = 200.0
HALF_YEAR_DAYS = 182


@dataclass(frozen=True)
class ForecastScore:
    """The score of one forecast at one share of the area."""

    hit_rate: float
    pai: float
    pei: float


def forecast_scores(observed: ArrayLike, order: ArrayLike) -> list[ForecastScore]:
    """Score a ranking of cells of equal area for the first cell flagged, the first two, and so on.

    Parameters
    ----------
    observed
        Events per cell in the period that was forecast.
    order
        Forecast per cell: the highest is flagged first, ties in the order of the cells.

    Raises
    ------
    StatisticError
        If nothing was observed.

    Examples
    --------
    >>> [(score.pai, score.pei) for score in forecast_scores([6, 3, 0], [3, 2, 1])]
    [(2.0, 1.0), (1.5, 1.0), (1.0, 1.0)]
    """
    events = np.asarray(observed, dtype=np.float64)
    forecast = np.asarray(order, dtype=np.float64)
    if events.shape != forecast.shape or events.ndim != 1:
        raise StatisticError(f"wanted as many forecasts as cells, found {forecast.shape} and {events.shape}")
    if events.sum() <= 0:
        raise StatisticError("wanted events in the period that was forecast, found none")
    caught = np.cumsum(events[np.argsort(-forecast, kind="stable")])
    best = np.cumsum(np.sort(events)[::-1])
    area = np.arange(1, len(events) + 1) / len(events)
    hit_rate = caught / events.sum()
    return [
        ForecastScore(
            float(hit_rate[cell]), float(hit_rate[cell] / area[cell]), float(caught[cell] / best[cell])
        )
        for cell in range(len(events))
    ]


@dataclass(frozen=True)
class Grid:
    """Square cells, in metres, wherever anything was ever reported."""

    columns_rows: NDArray[np.int64]
    cell_m: float

    @property
    def centres(self) -> Floats:
        """The centre of each cell."""
        return self.columns_rows.astype(np.float64) * self.cell_m + self.cell_m / 2

    def count(self, events: pd.DataFrame) -> Floats:
        """Events (x, y) per cell; those outside the grid are not counted."""
        cells = np.floor(events[["x", "y"]].to_numpy() / self.cell_m).astype(np.int64)
        both = np.concatenate([self.columns_rows, cells])
        number = np.unique(both, axis=0, return_inverse=True)[1]
        own, of_event = number[: len(self.columns_rows)], number[len(self.columns_rows) :]
        counts = np.bincount(of_event, minlength=int(number.max(initial=0)) + 1)
        return counts[own].astype(np.float64)


Forecast = Callable[[pd.DataFrame, date, Grid, Settings], Floats]
"""Scores each cell of a grid from the events (x, y, day) before a date."""


def _counted(events: pd.DataFrame, start: date, grid: Grid, days: int) -> Floats:
    return grid.count(_since(events, start, days))


def _kernel_half_year(events: pd.DataFrame, start: date, grid: Grid, _: Settings) -> Floats:
    points = _since(events, start, HALF_YEAR_DAYS)[["x", "y"]].to_numpy()
    return kernel_density(grid.centres, points, np.ones(len(points)), bandwidth_m=KDE_BANDWIDTH_M)


def hotspot_places(events: pd.DataFrame, start: date, grid: Grid, settings: Settings) -> Floats:
    """Cells of the hotspots that a weekly run signals, before all other cells.

    Within and beyond hotspots the count of half a year decides, then that of the last month. All that is
    known of an event is where and when, so the rules on reporters do not apply.
    """
    end = start - timedelta(days=1)
    recent = _since(events, start, settings.detection.look_back_weeks * 7)
    nowhere = np.zeros(0)
    found = find_places(
        _as_reports(recent, settings),
        as_of=end,
        areas=gpd.GeoDataFrame({"buurtcode": []}, geometry=[], crs=WGS84),
        exposure=Exposure.of(nowhere, nowhere, settings),
        settings=settings,
        texts=lambda _: {},
    )
    signalled = found.places["place"][found.places["signalled"]]
    inside = recent.loc[found.members["report_id"][found.members["place"].isin(signalled)]]
    half_year, month = (_counted(events, start, grid, days) for days in (HALF_YEAR_DAYS, PERIOD_DAYS))
    return grid.count(inside) + half_year + month / max(float(month.max()), 1) / 2


def _as_reports(events: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Events as a table of reports: at noon, by unknown reporters."""
    lon, lat = Projection(settings.municipality.crs).to_degrees(events["x"], events["y"])
    noon = (events["day"] + pd.Timedelta(hours=12)).dt.tz_localize(settings.municipality.timezone)
    moment = noon.dt.tz_convert("UTC")
    return pd.DataFrame(
        {
            "report_id": events.index.to_numpy(),
            "category": str(Category.PERSONEN),
            "moment": moment,
            "has_hour": False,
            "reported_at": moment,
            "reporter_id": np.nan,
            "lon": lon,
            "lat": lat,
            "precision": str(Precision.ADRES),
            "radius_m": 10.0,
            "address_key": None,
            "buurtcode": None,
        },
        index=events.index,
    )


FORECASTS: Mapping[str, Forecast] = {
    "count of last month": lambda events, start, grid, _: _counted(events, start, grid, PERIOD_DAYS),
    "count of half a year": lambda events, start, grid, _: _counted(events, start, grid, HALF_YEAR_DAYS),
    "KDE of half a year": _kernel_half_year,
    "hotspots": hotspot_places,
}
"""The forecasts by name; the first is the baseline."""


def evaluate_forecasts(
    x: Floats,
    y: Floats,
    days: "pd.Series[pd.Timestamp]",
    *,
    settings: Settings,
    periods: int = 6,
    on_period: Callable[[date], None] = lambda _: None,
) -> pd.DataFrame:
    """Forecast each of the last periods of 28 days from the events before it, and score the forecasts.

    The area is all cells in which anything was ever reported.

    Parameters
    ----------
    x, y, days
        Events in metres, and their local days (naive midnights).
    periods
        How many to forecast; those with less than half a year of events before them are left out.
    on_period
        Called with the first day of each period that is done.

    Returns
    -------
    DataFrame
        forecast, area_share, hit_rate, pai, pei: means over the periods; period_count, event_count.

    Raises
    ------
    StatisticError
        If there is less than half a year before the last period.
    """
    events = pd.DataFrame({"x": x, "y": y, "day": days.to_numpy()})
    events = events[np.isfinite(events["x"]) & np.isfinite(events["y"])].reset_index(drop=True)
    starts = list(_starts(events["day"], periods))
    if not starts:
        raise StatisticError(
            f"wanted events over {HALF_YEAR_DAYS + PERIOD_DAYS} days or more, found "
            f"{(events['day'].max() - events['day'].min()).days if len(events) else 0}"
        )
    grid = Grid(np.unique(np.floor(events[["x", "y"]].to_numpy() / CELL_M).astype(np.int64), axis=0), CELL_M)
    rows = []
    for start in starts:
        first = pd.Timestamp(start)
        coming = events[(events["day"] >= first) & (events["day"] < first + pd.Timedelta(days=PERIOD_DAYS))]
        observed = grid.count(coming)
        if observed.sum() > 0:
            rows += _scored(events[events["day"] < first], start, grid, observed, settings)
        on_period(start)
    scored = pd.DataFrame(rows)
    means = scored.groupby(["forecast", "area_share"], sort=False)[["hit_rate", "pai", "pei"]].mean()
    counts = scored.groupby(["forecast", "area_share"], sort=False)["event_count"].agg(["size", "sum"])
    means["period_count"], means["event_count"] = counts["size"], counts["sum"]
    return means.reset_index()


def _scored(
    before: pd.DataFrame, start: date, grid: Grid, observed: Floats, settings: Settings
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name, forecast in FORECASTS.items():
        scores = forecast_scores(observed, forecast(before, start, grid, settings))
        for share in AREA_SHARES:
            at = scores[max(round(share * len(observed)), 1) - 1]
            named: dict[str, object] = {"forecast": name, "area_share": share}
            rows.append(named | vars(at) | {"event_count": int(observed.sum())})
    return rows


def _starts(days: "pd.Series[pd.Timestamp]", periods: int) -> Iterator[date]:
    if not len(days):
        return
    first, last = days.min().date(), days.max().date()
    for number in range(periods, 0, -1):
        start = last + timedelta(days=1 - number * PERIOD_DAYS)
        if start - timedelta(days=HALF_YEAR_DAYS) >= first:
            yield start


def _since(events: pd.DataFrame, start: date, days: int) -> pd.DataFrame:
    recent: pd.DataFrame = events[events["day"] >= pd.Timestamp(start) - pd.Timedelta(days=days)]
    return recent
