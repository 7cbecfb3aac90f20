"""Layout of charts: the weeks of a hotspot with its measures, and its hours; templates draw the SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from hotspots.casework.measures import Measure
from hotspots.statistics.hot_hours import hot_times
from hotspots.wording import month

MIN_BARS = 26
BAR_WIDTH = 12
BAR_HEIGHT = 84
"""Height of the tallest bar, in units of the drawing."""

BASE = 96
"""The baseline of the bars."""

STRIP = 18
"""Height of the strip of a measure."""


@dataclass(frozen=True)
class Bar:
    """One week in the chart of a hotspot."""

    monday: date
    count: int
    height: float


@dataclass(frozen=True)
class Strip:
    """A measure below the bars, from its first to its last week."""

    label: str
    x: float
    width: float
    y: float


@dataclass(frozen=True)
class WeeksChart:
    """The chart of the weeks of a hotspot."""

    bars: Sequence[Bar]
    strips: Sequence[Strip]
    months: Sequence[tuple[float, str]]

    @property
    def width(self) -> int:
        """Of the drawing."""
        return len(self.bars) * BAR_WIDTH

    @property
    def height(self) -> int:
        """Of the drawing."""
        return BASE + 22 + STRIP * len(self.strips)

    @property
    def total(self) -> int:
        """The total number of reports."""
        return sum(bar.count for bar in self.bars)

    @property
    def highest(self) -> int:
        """The most reports in one week."""
        return max((bar.count for bar in self.bars), default=0)


def weeks_chart(weekly: Mapping[date, int], measures: Sequence[Measure], *, until: date) -> WeeksChart:
    """Lay out a bar per week up to the week of a day, with the measures as strips below."""
    drawn = bars(weekly, until=until)
    strips: list[Strip] = []
    if drawn:
        first, end = drawn[0].monday, drawn[-1].monday + timedelta(weeks=1)
        for measure in measures:
            begins = max(measure.plan.starts_on, first)
            ends = min(measure.plan.ends_on or end, end)
            if measure.is_withdrawn or begins >= end or ends < first:
                continue
            x = (begins - first).days / 7 * BAR_WIDTH
            width = max(3.0, (ends - begins).days / 7 * BAR_WIDTH)
            y = BASE + 26 + STRIP * len(strips)  # below the names of the months
            strips.append(Strip(str(measure.plan.kind), round(x, 1), round(width, 1), y))
    months = [
        (number * BAR_WIDTH, month(bar.monday)[:3]) for number, bar in enumerate(drawn) if bar.monday.day <= 7
    ]
    return WeeksChart(drawn, strips, months)


def bars(weekly: Mapping[date, int], *, until: date) -> list[Bar]:
    """Lay out a bar per week up to the week of a day, scaled to the most reports; none without reports.

    A short history is padded with empty weeks, so that bars are never wider than in a chart of half a year.
    """
    highest = max(weekly.values(), default=0)
    if not highest:
        return []
    last = max(max(weekly), until - timedelta(days=until.weekday()))
    first = min(min(weekly), last - timedelta(weeks=MIN_BARS - 1))
    mondays = [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]
    counts = [weekly.get(monday, 0) for monday in mondays]
    return [
        Bar(monday, value, round(BAR_HEIGHT * value / highest, 1))
        for monday, value in zip(mondays, counts, strict=True)
    ]


PARTS_OF_DAYS = {"doordeweeks": slice(0, 5), "weekend": slice(5, 7)}
"""The rows of a coarse chart of hours: weekdays from Monday."""

LEVELS = {"weinig": 0.0, "soms": 0.1, "vaak": 0.25}
"""How often a part of the day is named in a coarse chart: from which share of the reports on."""

PARTS_OF_DAY = ("nacht (0-6)", "ochtend (6-12)", "middag (12-18)", "avond (18-24)")
"""The columns of a coarse chart of hours, each of six hours."""


@dataclass(frozen=True)
class HourRow:
    """One weekday, or some: the reports in each part of the day, and the shade of each."""

    name: str
    counts: Sequence[int]  # where it is coarse the number of a level of LEVELS
    shades: Sequence[float]


@dataclass(frozen=True)
class HoursChart:
    """The hours of the reports of a place.

    Attributes
    ----------
    rows
        One per weekday, or two where it is coarse; none without reports, or where too few hours are known.
    report_count, hourless_count
        Reports, and those of which only the day is known: they are not in the rows.
    columns
        Names of the hours, or of the parts of the day where it is coarse.
    """

    rows: Sequence[HourRow]
    report_count: int
    hourless_count: int
    columns: Sequence[str] = tuple(map(str, range(24)))

    @property
    def is_coarse(self) -> bool:
        """Whether it has parts of the day, in words."""
        return len(self.columns) < 24

    def words(self, value: int) -> str:
        """What a cell says."""
        return list(LEVELS)[value] if self.is_coarse else str(value)

    @property
    def column_width(self) -> int:
        """Of the drawing: all columns together are as wide as 24 hours."""
        return 24 * 22 // len(self.columns)


def hours_chart(
    times: pd.DataFrame, zone: ZoneInfo, *, min_hour_share: float, is_coarse: bool = False
) -> HoursChart:
    """Count reports per weekday and hour.

    Parameters
    ----------
    times
        From ``tracking.history.read_report_times``.
    zone
        Local time zone.
    min_hour_share
        Where a smaller share of the reports has an hour, there are no rows.
    is_coarse
        Whether the reader may not know of single reports. The chart then says in words how often it is in
        parts of the week and day: counts that grow would tell when the new reports were.
    """
    has_hour = times["has_hour"]
    known, total = int(has_hour.sum()), len(times)
    columns = PARTS_OF_DAY if is_coarse else HoursChart.columns
    if not known or known < min_hour_share * total:
        return HoursChart([], total, total - known, columns)
    table = hot_times(times["moment"][has_hour], zone)
    if is_coarse:
        parts = table.to_numpy().reshape(7, len(columns), -1).sum(axis=2)
        sums = {name: parts[days].sum(axis=0).tolist() for name, days in PARTS_OF_DAYS.items()}
        least = list(LEVELS.values())
        rows = [
            (name, [sum(value / known >= share for share in least) - 1 for value in row])
            for name, row in sums.items()
        ]
    else:
        rows = list(zip(table.index.tolist(), table.to_numpy().tolist(), strict=True))
    highest = max(value for _, counts in rows for value in counts)
    return HoursChart(
        [
            HourRow(
                str(name),
                counts,
                [round(0.15 + 0.85 * value / highest, 2) if value else 0 for value in counts],
            )
            for name, counts in rows
        ],
        total,
        total - known,
        columns,
    )
