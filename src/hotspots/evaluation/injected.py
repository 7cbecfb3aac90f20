"""Hotspots of every scale planted among real events: the background is real, the truth about them known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from hotspots.errors import StatisticError
from hotspots.evaluation.definition import first_day_met, least_concentrated
from hotspots.evaluation.place_shapes import SCALES, PlaceShape, Scale, draw_shape, footprint_of
from hotspots.evaluation.rhythms import OF_ANY_LENGTH, Rhythm, draw_days, grown_part
from hotspots.evaluation.year_draft import EDGE_M
from hotspots.geography.projection import Projection
from hotspots.model import REPORTS, Category, Indicatie, Precision, Soort
from hotspots.settings import Settings

Floats = NDArray[np.float64]

PERIOD_WEEKS = 52
PERIOD = timedelta(weeks=PERIOD_WEEKS)
APART_M, LEAST_APART_M = 900.0, 500.0
"""Wanted, and least distance between the centres of planted places."""

NEAR_EVENTS_M = 60.0
"""Places are planted about this far from some event: where people are."""

REPORT_COUNTS = dict.fromkeys(SCALES, (25, 61)) | {Scale.DWELLING: (12, 31), Scale.SMALL: (15, 41)}
"""Least number of reports of a place, and one more than the most."""

WEEKS = (12, 37)
REPORTERS_SHARE = 0.8
"""Number of people among whom the reporters of a place are, as a share of its reports; at least eight."""


@dataclass(frozen=True)
class InjectedPeriod:
    """Real events with planted places among them.

    Attributes
    ----------
    reports
        :data:`hotspots.model.REPORTS`: events from half a year before the period on, each by a reporter of
        its own, and the reports of the planted places.
    places
        As ``SimulatedYear.places``, all of them hotspots, with ``scale``, ``form`` and ``rhythm``; kilometres
        apart as far as the events allow.
    report_places
        Number of the planted place of each report (-1 for none), by report_id.
    """

    first: date
    last: date
    reports: pd.DataFrame
    places: pd.DataFrame
    report_places: "pd.Series[int]"


def periods_of(events: pd.DataFrame, most: int) -> list[date]:
    """Give the first days of the last periods of 52 weeks, the oldest first, at most this many.

    Parameters
    ----------
    events
        :func:`hotspots.evaluation.events.read_events`.

    Raises
    ------
    StatisticError
        If the events do not cover one period.

    Examples
    --------
    >>> days = pd.date_range("2018-01-01", "2019-12-31")
    >>> [str(day) for day in periods_of(pd.DataFrame({"day": days}), 9)]
    ['2018-01-03', '2019-01-02']
    """
    first, last = events["day"].min().date(), events["day"].max().date()
    end = last + timedelta(days=1)
    number = min((end - first + timedelta(days=7)) // PERIOD, most)
    if number < 1:
        raise StatisticError(f"wanted events over {PERIOD_WEEKS} weeks or more, found {first} to {last}")
    return [end - back * PERIOD for back in range(number, 0, -1)]


def inject(
    events: pd.DataFrame,
    first: date,
    settings: Settings,
    rng: np.random.Generator,
    *,
    per_scale: int,
    scales: Sequence[Scale] = SCALES,
) -> InjectedPeriod:
    """Plant places among the events of a period of 52 weeks.

    Parameters
    ----------
    events
        :func:`hotspots.evaluation.events.read_events`.
    first
        First day of the period.
    settings
        Give the time zone, the projected system and the definition of a hotspot.
    per_scale
        How many places of each scale; they take the rhythms in turn.

    Raises
    ------
    StatisticError
        If there is no room for so many places.
    """
    start = pd.Timestamp(first)
    look_back = pd.Timedelta(weeks=settings.detection.look_back_weeks)
    known = events[(events["day"] >= start - look_back) & (events["day"] < start + PERIOD)]
    own = known[known["day"] >= start]
    if len(own) == 0:
        raise StatisticError(f"wanted events in the 52 weeks from {first}, found none")
    spots = own[["x", "y"]].to_numpy(dtype=np.float64)
    kinds = [
        (scale, OF_ANY_LENGTH[(number + turn) % len(OF_ANY_LENGTH)])
        for turn, scale in enumerate(scales)
        for number in range(per_scale)
    ]
    centres = _centres(spots, len(kinds), rng)
    planted, rows = [], []
    for place, ((scale, rhythm), centre) in enumerate(zip(kinds, centres, strict=True)):
        shape = draw_shape(scale, rng)
        reports, length = _reports_of(shape, rhythm, first, rng)
        reports["person"] += place * 1000
        reports[["x", "y"]] += centre
        planted.append(reports.assign(place=place))
        met = _first_met(reports, spots, settings)
        rows.append(_truth(place, shape, rhythm, centre, reports, length, met))
    table, report_places = _as_reports(known, pd.concat(planted, ignore_index=True), settings)
    places = pd.DataFrame(rows)
    last = first + PERIOD - timedelta(days=1)
    return InjectedPeriod(first, last, table, places, report_places)


def _centres(spots: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Points near events, far from each other: nearer where there is no room."""
    apart_m = APART_M
    while apart_m >= LEAST_APART_M:
        chosen: list[Floats] = []
        for _ in range(400 * count):
            centre = spots[rng.integers(len(spots))] + rng.normal(0, NEAR_EVENTS_M, 2)
            if all(np.hypot(*(centre - other)) > apart_m for other in chosen):
                chosen.append(centre)
            if len(chosen) == count:
                return np.array(chosen)
        apart_m -= 100
    raise StatisticError(
        f"wanted room for {count} places {LEAST_APART_M:.0f} m from each other among the events, found it "
        f"for {len(chosen)}: plant fewer"
    )


def _reports_of(
    shape: PlaceShape, rhythm: Rhythm, first: date, rng: np.random.Generator
) -> tuple[pd.DataFrame, int]:
    """x, y around (0, 0), moment (local, naive), day and person of each report; how many days they last."""
    count = int(rng.integers(*REPORT_COUNTS[shape.scale]))
    length = 7 * int(rng.integers(*WEEKS))
    begins = int(rng.integers(0, PERIOD.days - length + 1))
    day = draw_days(rhythm, first + timedelta(days=begins), length, count, rng)
    points = shape.points(grown_part(rhythm, day, length), rng)
    days = pd.Timestamp(first) + pd.to_timedelta(begins + day, unit="D")
    minutes = pd.to_timedelta(rng.integers(0, 24 * 60, count), unit="min")
    people = max(8, int(count * REPORTERS_SHARE))
    table = pd.DataFrame({"x": points[:, 0], "y": points[:, 1], "moment": days + minutes, "day": days})
    return table.assign(person=rng.integers(0, people, count)), length


def _first_met(reports: pd.DataFrame, spots: Floats, settings: Settings) -> date | None:
    """The first day on which the reports of a place meet the definition, also given the events around."""
    footprint = footprint_of(reports[["x", "y"]].to_numpy(), margin_m=EDGE_M)
    shapely.prepare(footprint)
    inside = int(shapely.contains_xy(footprint, spots).sum())
    half_year = settings.detection.look_back_weeks / PERIOD_WEEKS
    looks = len(np.unique(np.floor(spots / np.sqrt(footprint.area)), axis=0))
    zone = settings.municipality.zone
    return first_day_met(
        reports.assign(moment=_in_utc(reports["moment"], settings)),
        settings.detection,
        zone,
        least_reports=least_concentrated(inside * half_year, looks),
    )


def _truth(
    place: int,
    shape: PlaceShape,
    rhythm: Rhythm,
    centre: Floats,
    reports: pd.DataFrame,
    length: int,
    met: date | None,
) -> dict[str, object]:
    start = reports["day"].min().date()
    return {
        "place": place,
        "kind": "hotspot",
        "soort": str(Soort.WONING if shape.scale is Scale.DWELLING else Soort.GEBIED),
        "indicatie": str(Indicatie.VEILIGHEID),
        "scale": str(shape.scale),
        "form": shape.form,
        "rhythm": rhythm,
        "x": float(centre[0]),
        "y": float(centre[1]),
        "radius_m": shape.radius_m,
        "start": start,
        "end": reports["day"].max().date(),
        "weeks": length // 7,
        "report_count": len(reports),
        "first_met": pd.Timestamp(met) if met else pd.NaT,
    }


def _as_reports(
    events: pd.DataFrame, planted: pd.DataFrame, settings: Settings
) -> tuple[pd.DataFrame, "pd.Series[int]"]:
    """All as one table of reports in order of time, and the place of each."""
    both = pd.DataFrame(
        {
            "x": np.concatenate([events["x"], planted["x"]]),
            "y": np.concatenate([events["y"], planted["y"]]),
            "moment": pd.concat(
                [events["moment"], _in_utc(planted["moment"], settings)], ignore_index=True
            ).astype("datetime64[us, UTC]"),
            "has_hour": np.concatenate([events["has_hour"], np.ones(len(planted), dtype=bool)]),
            "place": np.concatenate([np.full(len(events), -1), planted["place"]]),
            # an event is reported by someone who reports nothing else
            "reporter_id": np.concatenate(
                [1e8 + np.arange(len(events)), planted["person"].to_numpy(dtype=np.float64)]
            ),
        }
    ).sort_values(["moment", "x", "y"], kind="stable", ignore_index=True)
    lon, lat = Projection(settings.municipality.crs).to_degrees(both["x"], both["y"])
    table = both.assign(
        report_id=np.arange(1, len(both) + 1),
        category=str(Category.PERSONEN),
        lon=lon,
        lat=lat,
        precision=str(Precision.ADRES),
        radius_m=10.0,
        address_key=None,
        buurtcode=None,
    )
    return table[list(REPORTS.columns)], table.set_index("report_id")["place"]


def _in_utc(moments: "pd.Series[pd.Timestamp]", settings: Settings) -> "pd.Series[pd.Timestamp]":
    zone = settings.municipality.zone
    return moments.dt.tz_localize(zone, ambiguous=True, nonexistent="shift_forward").dt.tz_convert("UTC")
