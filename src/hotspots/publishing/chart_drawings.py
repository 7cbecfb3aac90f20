"""Charts as SVG text, drawn once for page, file and report, each with the table of what it shows.

A drawing is 400 units wide with text of 12, so that it can be read on a phone as it is.
Its colours are variables of the style sheet, so that it follows a dark page, each with the colour that is
printed: :func:`hotspots.publishing.chart_files.standalone` fills those in for a file, an image or Typst.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from html import escape
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.statistics.hot_hours import WEEKDAYS
from hotspots.wording import count, listed, number, percentage, short_month, week_code

T = TypeVar("T")
Floats = NDArray[np.float64]

WIDTH = 400
_LEFT, _RIGHT, _TOP = 38, 396, 12
_INK, _SOFT, _LINE = "var(--inkt, #1c2733)", "var(--zacht, #4b5866)", "var(--lijn, #d5dbe1)"
_BAR, _ALARM, _GROUND = "var(--huis-tekst, #154273)", "var(--fout, #a3141b)", "var(--grond, #ffffff)"
_FONTS = "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"
_LONGEST_NAME, _LONGEST_LINE = 20, 56


@dataclass(frozen=True)
class Drawing:
    """One chart, and what it shows as a table.

    Attributes
    ----------
    name
        Part of the ids in the drawing and of file names: once on a page.
    title, description
        Dutch: what it is, and what it shows for who can't see it.
    svg
        For a page, as it is.
    table
        What it shows, with Dutch heads; NaN where a figure is unknown or not told.
    """

    name: str
    title: str
    description: str
    svg: str
    table: pd.DataFrame


@dataclass
class _Canvas:
    """The parts of a drawing, and its scale from a value of 0 to `highest`."""

    base: float
    highest: float
    parts: list[str] = field(default_factory=list)

    def y(self, value: float) -> float:
        return self.base - (self.base - _TOP) * value / self.highest

    def rectangle(self, x: float, y: float, width: float, height: float, colour: str, more: str = "") -> None:
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"{more}/>'
        )

    def line(self, points: Sequence[tuple[float, float]], colour: str, more: str = "") -> None:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}"{more}/>')

    def text(self, x: float, y: float, words: str, anchor: str = "start", colour: str = _INK) -> None:
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'
        )

    def axis(self, *, is_share: bool = False) -> None:
        for tick in _ticks(self.highest):
            self.line([(_LEFT, self.y(tick)), (_RIGHT, self.y(tick))], _LINE)
            words = percentage(tick) if is_share else number(tick)
            self.text(_LEFT - 5, self.y(tick) + 4, words, "end", _SOFT)

    def legend(self, y: float, entries: Iterable[tuple[str, str]]) -> float:
        """Add signs with their words below a chart, and give where it ends."""
        x = float(_LEFT)
        for sign, words in entries:
            width = 26 + 6.6 * len(words)
            if x > _LEFT and x + width > WIDTH:
                x, y = float(_LEFT), y + 18
            self.parts.append(f'<g transform="translate({x:.1f} {y:.1f})">{_SIGNS[sign]}</g>')
            self.text(x + 20, y + 4, words)
            x += width + 8
        return y + 14

    def close(self, height: float, name: str, title: str, description: str) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
            f'aria-labelledby="{name}-titel {name}-beschrijving" font-family="{_FONTS}" font-size="12">'
            f'<title id="{name}-titel">{escape(title)}</title>'
            f'<desc id="{name}-beschrijving">{escape(description)}</desc>{"".join(self.parts)}</svg>'
        )


_SIGNS = {
    "bar": f'<rect x="2" y="-6" width="12" height="12" fill="{_BAR}"/>',
    "then": f'<path d="M0 0H16" stroke="{_INK}" stroke-width="2.5"/>',
    "band": f'<rect x="1" y="-6" width="14" height="12" fill="{_SOFT}" fill-opacity=".3" stroke="{_SOFT}"/>',
    "line": f'<path d="M0 0H16" stroke="{_BAR}" stroke-width="2"/>',
    "dashes": f'<path d="M0 0H16" stroke="{_SOFT}" stroke-width="1.5" stroke-dasharray="4 3"/>',
    "alarm": f'<path d="M8 -6L14 5H2Z" fill="{_ALARM}"/>',
    "more": f'<text x="8" y="7" text-anchor="middle" font-size="18" font-weight="700" fill="{_INK}">*</text>',
}


def months_drawing(
    figures: pd.DataFrame,
    *,
    year: int,
    subject: str = "Meldingen",
    name: str = "maanden",
) -> Drawing:
    """Draw the months of a year as bars, with those of the year before and what chance explains.

    Parameters
    ----------
    figures
        Rows of one category from :func:`hotspots.statistics.monthly_figures.monthly_figures`; month 0 is left
        out. NaN in ``count`` or ``count_last_year``: not told.
    """
    months = figures[figures["month"] > 0].sort_values("month")
    now, then = (months[column].to_numpy(dtype="float64") for column in ("count", "count_last_year"))
    low, high = (months[column].to_numpy(dtype="float64") for column in ("least_by_chance", "most_by_chance"))
    is_more, is_less = now > high, now < low
    names = [short_month(date(year, month, 1)) for month in months["month"]]
    canvas = _Canvas(190, _nice(np.concatenate([now, then, high])))
    canvas.axis()
    step = (_RIGHT - _LEFT) / 12
    for place, name_of_month in enumerate(names):
        left = _LEFT + (int(months["month"].iloc[place]) - 1) * step
        if not math.isnan(high[place]):
            top, bottom = canvas.y(high[place]), canvas.y(low[place])
            more = f' fill-opacity=".3" stroke="{_SOFT}" stroke-width=".8"'
            canvas.rectangle(left + 2, top, step - 4, max(bottom - top, 1), _SOFT, more)
        if not math.isnan(now[place]):
            top = canvas.y(now[place])
            canvas.rectangle(left + 8, top, step - 16, canvas.base - top, _BAR)
            if is_more[place] or is_less[place]:
                canvas.parts.append(
                    f'<text x="{left + step / 2:.1f}" y="{max(top + 5, 16):.1f}" text-anchor="middle" '
                    f'font-size="18" font-weight="700" fill="{_INK}">*</text>'
                )
        if not math.isnan(then[place]):
            height = canvas.y(then[place])
            canvas.line([(left + 3, height), (left + step - 3, height)], _GROUND, ' stroke-width="4.5"')
            canvas.line([(left + 3, height), (left + step - 3, height)], _INK, ' stroke-width="2.5"')
        canvas.text(left + step / 2, canvas.base + 16, name_of_month, "middle")
    has_before = not np.isnan(then).all()
    entries = [("bar", str(year)), *([("then", str(year - 1))] if has_before else [])]
    if not np.isnan(high).all():
        entries.append(("band", f"gelijk aan {year - 1}, op toeval na"))
    if (is_more | is_less).any():
        entries.append(("more", "anders dan toeval verklaart"))
    end = canvas.legend(canvas.base + 36, entries)
    title = f"{subject} per maand, {year}{f' naast {year - 1}' if has_before else ''}"
    told = [f"Meer dan toeval verklaart in {listed(_chosen(names, is_more))}."] if is_more.any() else []
    told += [f"Minder dan toeval verklaart in {listed(_chosen(names, is_less))}."] if is_less.any() else []
    if not told and not np.isnan(high).all():
        told = ["In geen maand is het verschil groter dan toeval verklaart."]
    description = " ".join([f"Staven: {_range(names, now)}.", *told, "De cijfers staan in de tabel."])
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.where(then > 0, 100 * (now - then) / then, np.nan)
    columns = {
        "Maand": names,
        str(year): now,
        str(year - 1): then,
        "Verschil in %": np.round(change, 1),
        "Toeval vanaf": low,
        "Toeval tot en met": high,
        "Groter dan toeval": _yes(is_more | is_less, ~np.isnan(high)),
    }
    svg = canvas.close(end, name, title, description)
    return Drawing(name, title, description, svg, pd.DataFrame(columns))


def weeks_drawing(weeks: pd.DataFrame, *, title: str = "Meldingen per week", name: str = "weken") -> Drawing:
    """Draw the weeks as a line, with a sign at each alarm.

    Parameters
    ----------
    weeks
        ``week_end`` (date), ``count``, ``bound`` (above it is an alarm; NaN where there is none) and
        ``is_alarm``, oldest first.
    """
    counts, bounds = (weeks[column].to_numpy(dtype="float64") for column in ("count", "bound"))
    is_alarm = weeks["is_alarm"].to_numpy(dtype=bool)
    ends: list[date] = list(weeks["week_end"])
    canvas = _Canvas(170, _nice(np.concatenate([counts, bounds])))
    canvas.axis()
    step = (_RIGHT - _LEFT) / max(len(ends), 1)
    xs = [_LEFT + (place + 0.5) * step for place in range(len(ends))]
    known = [(x, canvas.y(value)) for x, value in zip(xs, bounds, strict=True) if not math.isnan(value)]
    if known:
        canvas.line(known, _SOFT, ' stroke-width="1.5" stroke-dasharray="4 3"')
    canvas.line(
        [(x, canvas.y(value)) for x, value in zip(xs, counts, strict=True)], _BAR, ' stroke-width="2"'
    )
    for x, value in zip(_chosen(xs, is_alarm), counts[is_alarm], strict=True):
        canvas.parts.append(
            f'<g transform="translate({x - 8:.1f} {canvas.y(value) - 8:.1f})">{_SIGNS["alarm"]}</g>'
        )
    last_label = -math.inf
    for x, end in zip(xs, ends, strict=True):
        if end.day <= 7 and x - last_label > 26 and x < _RIGHT - 12:
            canvas.text(x, canvas.base + 16, short_month(end), "middle")
            last_label = x
    entries = [("line", "meldingen")]
    entries += [("dashes", "grens van een alarm")] if known else []
    entries += [("alarm", "alarm")] if is_alarm.any() else []
    end_of_legend = canvas.legend(canvas.base + 36, entries)
    codes = [week_code(end) for end in ends]
    alarms = _chosen(codes, is_alarm)
    description = (
        f"Lijn: {_range(codes, counts)}. "
        + (f"Alarm in {listed(alarms)}." if alarms else "Geen week met een alarm.")
        + " De cijfers staan in de tabel."
    )
    table = pd.DataFrame(
        {
            "Week": codes,
            "Tot en met": ends,
            "Meldingen": counts,
            "Grens van een alarm": np.round(bounds, 1),
            "Alarm": _yes(is_alarm, ~np.isnan(bounds)),
        }
    )
    return Drawing(name, title, description, canvas.close(end_of_legend, name, title, description), table)


def hours_drawing(
    times: pd.DataFrame, *, title: str = "Meldingen per weekdag en uur", name: str = "uren"
) -> Drawing:
    """Draw a cell for each hour of the week, darker where there are more reports.

    Parameters
    ----------
    times
        Counts of 7 days by 24 hours, from :func:`hotspots.statistics.hot_hours.hot_times`.
    """
    counts = times.to_numpy(dtype="float64")
    highest = max(float(counts.max()), 1.0)
    canvas = _Canvas(_TOP + 7 * 22, highest)
    step = (_RIGHT - 28) / 24
    for row, (weekday, values) in enumerate(zip(WEEKDAYS, counts, strict=True)):
        y = _TOP + row * 22
        canvas.text(22, y + 15, weekday, "end")
        for hour, value in enumerate(values):
            shade = 0.12 + 0.88 * value / highest if value else 0
            more = f' fill-opacity="{shade:.2f}" stroke="{_LINE}" stroke-width=".7"'
            canvas.rectangle(28 + hour * step, y, step, 22, _BAR, more)
    for hour in range(0, 24, 3):
        canvas.text(28 + (hour + 0.5) * step, canvas.base + 15, str(hour), "middle")
    canvas.text(28, canvas.base + 34, "uur van de dag", colour=_SOFT)
    x = 200.0
    for share in (0, 0.5, 1):
        shade = 0.12 + 0.88 * share
        more = f' fill-opacity="{shade if share else 0:.2f}" stroke="{_LINE}"'
        canvas.rectangle(x, canvas.base + 24, 14, 14, _BAR, more)
        canvas.text(x + 19, canvas.base + 35, number(round(share * highest)))
        x += 60
    row, hour = (int(place) for place in np.unravel_index(int(counts.argmax()), counts.shape))
    most = (
        f"De meeste op {WEEKDAYS[row]} van {hour} tot {hour + 1} uur: "
        f"{count(int(counts.max()), 'melding', 'meldingen')}."
        if counts.any()
        else "Er zijn geen meldingen."
    )
    description = f"Vak per weekdag en uur. {most} De cijfers staan in de tabel."
    table = pd.DataFrame(counts, columns=[str(hour) for hour in range(24)]).assign(Dag=list(WEEKDAYS))
    table = table[["Dag", *table.columns[:-1]]]
    svg = canvas.close(canvas.base + 44, name, title, description)
    return Drawing(name, title, description, svg, table)


def concentration_drawing(
    curve: pd.DataFrame,
    *,
    title: str = "Welk deel van de plekken heeft welk deel van de meldingen",
    name: str = "plekken",
) -> Drawing:
    """Draw which share of the places, the busiest first, has which share of the reports.

    Parameters
    ----------
    curve
        ``share_of_places`` rising from 0 to 1, ``share_of_reports``, and ``by_chance``: the same if each
        report had fallen on a place by lot.
    """
    places, reports, by_chance = (
        curve[column].to_numpy(dtype="float64")
        for column in ("share_of_places", "share_of_reports", "by_chance")
    )
    canvas = _Canvas(190, 1.0)
    canvas.axis(is_share=True)
    width = _RIGHT - _LEFT
    for values, colour, more in (
        (by_chance, _SOFT, ' stroke-width="1.5" stroke-dasharray="4 3"'),
        (reports, _BAR, ' stroke-width="2.5"'),
    ):
        points = [
            (_LEFT + width * x, canvas.y(y)) for x, y in zip(places, values, strict=True) if not math.isnan(y)
        ]
        canvas.line(points, colour, more)
    for share in (0, 0.2, 0.4, 0.6, 0.8, 1):
        canvas.text(
            _LEFT + width * share, canvas.base + 16, percentage(share), "end" if share == 1 else "middle"
        )
    canvas.text(_LEFT, canvas.base + 33, "deel van de plekken, de drukste eerst", colour=_SOFT)
    end = canvas.legend(canvas.base + 50, [("line", "meldingen"), ("dashes", "als het lot ze verdeelde")])
    at_fifth, lot = (float(np.interp(0.2, places, values)) for values in (reports, by_chance))
    description = (
        f"Lijn: de drukste 20% van de plekken heeft {percentage(at_fifth)} van de meldingen; als het lot ze "
        f"verdeelde, was dat {percentage(lot)}. De cijfers staan in de tabel."
    )
    wanted = np.arange(0.05, 1.0001, 0.05)
    table = pd.DataFrame(
        {
            "Deel van de plekken in %": np.round(100 * wanted),
            "Deel van de meldingen in %": np.round(100 * np.interp(wanted, places, reports), 1),
            "Door het lot in %": np.round(100 * np.interp(wanted, places, by_chance), 1),
        }
    )
    return Drawing(name, title, description, canvas.close(end, name, title, description), table)


def rows_drawing(
    rows: pd.DataFrame, *, title: str, name: str, unit: str = "Meldingen", decimals: int = 0
) -> Drawing:
    """Draw a bar for each named row, with its figure.

    Parameters
    ----------
    rows
        ``name`` and ``value`` (NaN: unknown or not told), in the order in which they are drawn.
    """
    values = rows["value"].to_numpy(dtype="float64")
    names = list(map(str, rows["name"]))
    canvas = _Canvas(0, _nice(values))
    # names that don't fit beside the bars stand above them
    is_above = any(len(name) > _LONGEST_NAME for name in names)
    start, step, room = (2.0, 40, WIDTH - 56) if is_above else (150.0, 22, WIDTH - 150 - 52)
    for row, (called, value) in enumerate(zip(names, values, strict=True)):
        y = 4 + row * step
        if is_above:
            canvas.text(start, y + 13, _shortened(called))
            y += 17
        else:
            canvas.text(start - 6, y + 14, called, "end")
        if math.isnan(value):
            canvas.text(start + 5, y + 14, "–", colour=_SOFT)
            continue
        width = room * value / canvas.highest
        canvas.rectangle(start, y + 2, width, 16, _BAR)
        canvas.text(start + width + 5, y + 14, number(value, decimals))
    canvas.line([(start, 2), (start, 4 + len(names) * step)], _SOFT)
    known = ~np.isnan(values)
    description = f"Staaf per regel: {_range(names, values, decimals)}. De cijfers staan in de tabel."
    if not known.any():
        description = "Er is van geen regel een cijfer."
    table = pd.DataFrame({"Naam": names, unit: values})
    svg = canvas.close(8 + max(len(names), 1) * step, name, title, description)
    return Drawing(name, title, description, svg, table)


def years_drawing(
    rows: Sequence[tuple[str, Sequence[float | None], Sequence[str]]],
    *,
    years: Sequence[int],
    title: str,
    name: str = "jaren",
) -> Drawing:
    """Draw a bar per year for each row, of several sources under each other.

    Each row has a scale of its own, as sources count in ways of their own: only the course can be compared.

    Parameters
    ----------
    rows
        What it is called, its values (None: no figure) and those as people write them.
    """
    canvas = _Canvas(0, 1)
    step, high, room = 78, 34, (WIDTH - 4) / max(len(years), 1)
    for row, (called, values, cells) in enumerate(rows):
        top = 2 + row * step
        canvas.text(2, top + 13, _shortened(called))
        base = top + 32 + high
        most = max((value for value in values if value is not None), default=0) or 1
        for place, (value, words) in enumerate(zip(values, cells, strict=True)):
            middle = 2 + room * (place + 0.5)
            if value is None:
                canvas.text(middle, base - 4, "–", "middle", _SOFT)
                continue
            height = high * value / most
            canvas.rectangle(middle - room * 0.3, base - height, room * 0.6, height, _BAR)
            canvas.text(middle, base - height - 4, words, "middle")
        canvas.line([(2, base), (WIDTH - 2, base)], _SOFT)
    end = 2 + len(rows) * step + 14
    for place, year in enumerate(years):
        canvas.text(2 + room * (place + 0.5), end - 8, str(year), "middle", _SOFT)
    description = (
        f"Per regel een staaf per jaar, van {years[0]} tot en met {years[-1]}. Elke regel heeft een "
        "eigen schaal: vergelijk alleen het verloop. De cijfers staan in de tabel."
    )
    table = pd.DataFrame(
        {"Onderwerp en bron": [called for called, _, _ in rows]}
        | {str(year): [values[at] for _, values, _ in rows] for at, year in enumerate(years)}
    )
    return Drawing(name, title, description, canvas.close(end, name, title, description), table)


def _nice(values: Floats) -> float:
    """A round number that is at least the highest of these, and 4."""
    highest = max(float(np.nanmax(values, initial=0.0)), 4.0)
    size: float = 10 ** math.floor(math.log10(highest))
    return next(step * size for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * size >= highest)


def _ticks(highest: float) -> list[float]:
    return [
        share * highest
        for share in ((0, 0.25, 0.5, 0.75, 1) if highest % 4 == 0 or highest == 1 else (0, 0.5, 1))
    ]


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_LINE else f"{name[: _LONGEST_LINE - 1].rstrip()}…"


def _range(names: Sequence[str], values: Floats, decimals: int = 0) -> str:
    """The lowest and the highest, in words."""
    known = np.flatnonzero(~np.isnan(values))
    if not len(known):
        return "er zijn geen cijfers"
    least, most = (int(known[place]) for place in (values[known].argmin(), values[known].argmax()))
    if least == most:
        return f"{names[most]} {number(values[most], decimals)}"
    return (
        f"van {number(values[least], decimals)} ({names[least]}) tot "
        f"{number(values[most], decimals)} ({names[most]})"
    )


def _chosen(values: Sequence[T], chosen: NDArray[np.bool_]) -> list[T]:
    return [value for value, is_chosen in zip(values, chosen, strict=True) if is_chosen]


def _yes(values: NDArray[np.bool_], known: NDArray[np.bool_]) -> list[str]:
    return [
        ("ja" if value else "nee") if is_known else "" for value, is_known in zip(values, known, strict=True)
    ]
