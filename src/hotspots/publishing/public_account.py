"""What everyone may know of a year and of the stand: made of what was published, and of nothing else.

The figures of a year are sums of the published figures of its quarters, which were rounded and suppressed
one by one (:mod:`hotspots.publishing.public_figures`). A sum of what everybody knows tells nothing more;
where one of the quarters is suppressed there is no sum. Nothing is counted anew, so nothing changes when a
report comes late or is removed. Of hotspots it is only told in which buurten there is one, as on the public
map: no numbers, no decisions and no measures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import Connection

from hotspots.publishing.buurt_map import NOT_TOLD
from hotspots.publishing.chart_drawings import Drawing, rows_drawing
from hotspots.publishing.disclosure import ROUND_TO, THRESHOLD
from hotspots.publishing.public_figures import (
    QUARTERS,
    PublicFigures,
    add_up,
    published_quarters,
    read_published,
)
from hotspots.publishing.public_map import PublicMap, build_public_map
from hotspots.settings import Settings
from hotspots.statistics.monthly_figures import rate_ratio
from hotspots.wording import count, day, listed, number, quarter

if TYPE_CHECKING:
    import geopandas as gpd

WEEKS = 4
"""The stand is compared with that of so many weeks before."""

SHOWN_QUARTERS = 8
"""So many quarters stand beside each other in the stand."""

_MOST_OFF = ROUND_TO // 2
"""A rounded figure is at most this far from the count."""


@dataclass(frozen=True)
class QuarterFigure:
    """The public figure of one quarter; None: not told."""

    first_day: date
    figure: int | None

    @property
    def name(self) -> str:
        """The quarter in a table."""
        return f"{(self.first_day.month + 2) // 3}e kwartaal {self.first_day.year}"

    @property
    def words(self) -> str:
        """The figure as it is written."""
        return NOT_TOLD if self.figure is None else f"ongeveer {number(self.figure)}"


@dataclass(frozen=True)
class PublicLine:
    """One buurt in a public year."""

    code: str
    name: str
    quarters: Sequence[int | None]
    figure: int | None  # of the year: the sum, if each quarter is told


@dataclass(frozen=True)
class PublicYear:
    """What everyone may know of a year."""

    year: int
    gebied: str | None
    municipality: str
    is_simulated: bool
    quarters: Sequence[QuarterFigure]  # those that were published, of the whole area
    figure: int | None
    before: int | None  # of the same quarters of the year before
    lines: Sequence[PublicLine]  # by name
    map_then: PublicMap | None  # the public map of the last week of the year
    areas: "gpd.GeoDataFrame"

    @property
    def place(self) -> str:
        """The name of the area."""
        return self.gebied or self.municipality

    @property
    def title(self) -> str:
        """What it is called."""
        where = f" in {self.place}" if self.place else ""
        return f"Overlast in {self.year}{where}"

    @property
    def is_whole(self) -> bool:
        """Whether every quarter was published."""
        return len(self.quarters) == QUARTERS

    @property
    def period(self) -> str:
        """Over which quarters it is."""
        if self.is_whole:
            return f"heel {self.year}"
        return "het " + listed([quarter(each.first_day) for each in self.quarters])

    @property
    def sentences(self) -> list[str]:
        """What the year came to, and how that compares, in words."""
        if not self.quarters:
            return [f"Over {self.year} zijn er geen cijfers die gedeeld kunnen worden."]
        if self.figure is None:
            return [f"Over {self.period} wordt het totaal niet getoond: een deel is te klein om te delen."]
        reports = count(self.figure, "melding", "meldingen")
        told = [f"Over {self.period} kwamen er ongeveer {reports} van overlast door personen en drugs."]
        if self.before is not None:
            told.append(self._compared(self.figure, self.before))
        if self.map_then is not None and self.map_then.hotspot_sentence:
            told.append(self.map_then.hotspot_sentence)
        return told

    @property
    def rounding(self) -> str:
        """How the figures were made fit to share."""
        return (
            f"Per kwartaal afgerond op {ROUND_TO} en dan opgeteld. Minder dan {THRESHOLD} meldingen of "
            "melders in een kwartaal wordt niet getoond; dan is er ook geen jaartotaal"
        )

    def _compared(self, now: int, before: int) -> str:
        then = f"In {self.year - 1} waren dat er ongeveer {number(before)}"
        off = _MOST_OFF * len(self.quarters)
        high, low = max(now, before) - off, min(now, before) + off
        if high <= low or not rate_ratio(high, low).is_change:
            return f"{then}; dat verschil kan toeval zijn, of door het afronden komen."
        share = round(100 * abs(now - before) / before)
        return f"{then}: dit jaar ongeveer {share}% {'meer' if now > before else 'minder'}."


@dataclass(frozen=True)
class PublicStand:
    """What everyone may know of how it stands now."""

    map: PublicMap
    before: date | None  # of the run that it is compared with
    came: Sequence[str]  # names of buurten that have a hotspot since
    went: Sequence[str]
    quarters: Sequence[QuarterFigure]  # the last ones, of the whole area

    @property
    def title(self) -> str:
        """What it is called."""
        where = f" in {self.map.place}" if self.map.place else ""
        return f"Overlast nu{where}"

    @property
    def changes(self) -> list[str]:
        """What came and went, in words."""
        if self.before is None:
            return []
        since = f"sinds {day(self.before)}"
        if not self.came and not self.went:
            return [f"Daarin is {since} niets veranderd."]
        told = []
        if self.came:
            told.append(f"Erbij {since}: {listed(self.came)}.")
        if self.went:
            told.append(f"Niet meer {since}: {listed(self.went)}.")
        return told


def read_public_year(
    connection: Connection, settings: Settings, *, year: int, gebied: str | None = None
) -> PublicYear:
    """Add up what was published of a year, for one gebied or all.

    Raises
    ------
    NotFoundError
        If there is no such gebied.
    """
    then = build_public_map(connection, settings, gebied=gebied, peildatum=date(year, 12, 31))
    is_of_year = then.peildatum is not None and then.peildatum.year == year
    published = _quarters_of(connection, year)
    earlier = [
        figures
        for figures in _quarters_of(connection, year - 1)
        if figures.first_day.month in {each.first_day.month for each in published}
    ]
    lines = []
    for buurt in then.buurten:
        quarters = [figures.buurten.get(buurt.code) for figures in published]
        lines.append(PublicLine(buurt.code, buurt.name, quarters, add_up(quarters)))
    of_area = [QuarterFigure(figures.first_day, figures.of_area(gebied)) for figures in published]
    return PublicYear(
        year=year,
        gebied=gebied,
        municipality=then.municipality,
        is_simulated=then.is_simulated,
        quarters=of_area,
        figure=add_up([each.figure for each in of_area]),
        before=add_up([figures.of_area(gebied) for figures in earlier])
        if len(earlier) == len(published)
        else None,
        lines=lines,
        map_then=then if is_of_year else None,
        areas=then.areas,
    )


def read_public_stand(
    connection: Connection, settings: Settings, *, gebied: str | None = None
) -> PublicStand:
    """Read what everyone may know of now, and what changed in it.

    Raises
    ------
    NotFoundError
        If there is no such gebied.
    """
    now = build_public_map(connection, settings, gebied=gebied, peildatum=None)
    before = None
    if now.peildatum is not None:
        then = build_public_map(
            connection, settings, gebied=gebied, peildatum=now.peildatum - timedelta(weeks=WEEKS)
        )
        before = then if then.peildatum is not None and then.quarter is not None else None
    return PublicStand(
        map=now,
        before=None if before is None else before.peildatum,
        came=[] if before is None else [name for name in now.with_hotspot if name not in before.with_hotspot],
        went=[] if before is None else [name for name in before.with_hotspot if name not in now.with_hotspot],
        quarters=[] if now.quarter is None else read_quarters(connection, gebied, until=now.quarter[1]),
    )


def read_quarters(connection: Connection, gebied: str | None, *, until: date) -> list[QuarterFigure]:
    """Read the last published quarters of an area, oldest first; None: the whole municipality."""
    since = date(until.year - SHOWN_QUARTERS // QUARTERS, 1, 1)
    published = read_published(connection, since=since, until=until)
    return [QuarterFigure(each.first_day, each.of_area(gebied)) for each in published][-SHOWN_QUARTERS:]


def year_before(quarters: Sequence[QuarterFigure]) -> QuarterFigure | None:
    """The quarter a year before the last of these, if it is among them."""
    if not quarters:
        return None
    wanted = quarters[-1].first_day.replace(year=quarters[-1].first_day.year - 1)
    return next((each for each in quarters if each.first_day == wanted), None)


def quarters_drawing(quarters: Sequence[QuarterFigure]) -> Drawing:
    """Draw public quarters as bars."""
    values = [float("nan") if each.figure is None else float(each.figure) for each in quarters]
    rows = pd.DataFrame({"name": [each.name for each in quarters], "value": values})
    return rows_drawing(rows, title="Meldingen per kwartaal, afgerond", name="kwartalen")


def published_years(connection: Connection) -> list[int]:
    """The years of which a quarter was published, latest first."""
    return sorted({quarter.first_day.year for quarter in published_quarters(connection)}, reverse=True)


def _quarters_of(connection: Connection, year: int) -> list[PublicFigures]:
    return read_published(connection, since=date(year, 1, 1), until=date(year, 12, 31))
