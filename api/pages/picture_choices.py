"""What can be chosen for a picture beside a page: weeks, quarters, years, other days, and buurten."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING

from hotspots.publishing.disclosure import quarter_of
from hotspots.publishing.weekly_map import period_in_words
from hotspots.publishing.year.period import Period
from hotspots.wording import last_day_of, quarter_code, week, week_code

if TYPE_CHECKING:
    import geopandas as gpd

OTHER_DAYS = "zelf"
"""The value of the choice of a first and a last day."""

MOST_QUARTERS, MOST_YEARS = 8, 5
"""How many quarters and years can be chosen; others by their first and last day."""


@dataclass(frozen=True)
class PictureChoices:
    """What can be chosen for a picture: periods and buurten, each by its value in an address."""

    periods: Sequence[tuple[str, str]]
    buurten: Sequence[tuple[str, str]]


def picture_choices(
    areas: "gpd.GeoDataFrame", gebieden: Sequence[str], peildatum: date | None, peildatums: Sequence[date]
) -> PictureChoices | None:
    """What can be chosen for a picture beside a week; None when there was no run."""
    if peildatum is None or not peildatums:
        return None
    quarters = dict.fromkeys(map(quarter_of, peildatums))
    years = dict.fromkeys(day.year for day in peildatums)
    periods = [(week_code(peildatum), week(peildatum))]
    for first, last in list(quarters)[:MOST_QUARTERS]:
        periods.append((quarter_code(first), period_in_words(first, last)))
    periods += [(str(year), str(year)) for year in list(years)[:MOST_YEARS]]
    named = zip(
        areas["buurtcode"].tolist(), areas["buurtnaam"].tolist(), areas["gebied"].tolist(), strict=True
    )
    buurten = [(code, name) for code, name, gebied in named if gebied in gebieden]
    buurten.sort(key=itemgetter(1))
    return PictureChoices([*periods, (OTHER_DAYS, "andere dagen, namelijk")], buurten)


def period_named(name: str) -> Period:
    """Give the period of a name: a week, a quarter or a year.

    Raises
    ------
    ValueError
        If it is the name of none.

    Examples
    --------
    >>> [period_named(name).words for name in ("2023-W48", "2023-Q4", "2023")]
    ['27 november 2023 tot en met 3 december 2023', '1 oktober 2023 tot en met 31 december 2023', '2023']
    """
    if found := re.fullmatch(r"(\d{4})-Q([1-4])", name):
        return Period(*quarter_of(date(int(found[1]), int(found[2]) * 3, 1)))
    if re.fullmatch(r"\d{4}", name):
        return Period.of_year(int(name))
    sunday = last_day_of(name)
    return Period(sunday - timedelta(days=6), sunday)
