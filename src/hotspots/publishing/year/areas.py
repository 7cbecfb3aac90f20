"""What an account is about, what its reader may know there, and what it came to per gebied and buurt."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
import shapely
from sqlalchemy import Connection

from hotspots.access.rights import Visibility
from hotspots.errors import NotFoundError
from hotspots.model import Indicatie
from hotspots.publishing.disclosure import Level
from hotspots.publishing.month_figures import may_know_all
from hotspots.publishing.year.before import Before
from hotspots.publishing.year.measures import Measures
from hotspots.publishing.year.places import (
    DWELLINGS,
    Decision,
    FoundPlace,
    Where,
    count_decisions,
    count_suggestions,
)
from hotspots.publishing.year.reports import NO_BUURT, NOT_TOLD, ReportCounts, Screened, ToldCounts
from hotspots.settings import Settings
from hotspots.statistics.monthly_figures import RateRatio
from hotspots.store.areas import load_areas
from hotspots.tracking.hotspot import UNKNOWN_BUURT
from hotspots.tracking.own_areas import OWN, read_own_area
from hotspots.wording import listed

MOST_NAMES = 3
"""So many gebieden of a reader are named; more are called theirs."""


@dataclass(frozen=True)
class Asked:
    """What an account is about, and what its reader may know there.

    Attributes
    ----------
    name, codes
        In words, and the buurten; None: the whole municipality, and where the buurt is unknown.
    is_exact
        Whether the reader may know of every place there.
    told
        Which told figure is that of all of it; None: there is none.
    areas
        buurtcode, buurtnaam and gebied of the buurten, by code.
    is_known
        Whether the reader may know of any place in what was asked for.
    """

    where: Where
    name: str | None
    codes: tuple[str, ...] | None
    is_exact: bool
    told: tuple[Level, str] | None
    areas: pd.DataFrame
    is_known: bool = True

    @property
    def is_own_area(self) -> bool:
        """Whether it is an area that the reader made."""
        return self.where.own_area is not None


@dataclass(frozen=True)
class AreaLine:
    """What a period came to in one gebied or buurt; None is what the reader is not told."""

    code: str  # of a buurt; empty: unknown; of a gebied its name
    name: str
    gebied: str
    reports: int | None
    reports_before: int | None
    ratio: RateRatio | None
    found: int
    found_before: int | None
    by_decision: Mapping[Decision, int]
    suggested: Mapping[Indicatie, int]
    dwellings: int | None  # sure or possible, of those found
    measures: int | None


def resolve_area(
    connection: Connection, settings: Settings, visibility: Visibility, gebied: str | None, buurt: str | None
) -> Asked:
    """Say what an account is about: the whole municipality, all areas of the reader, or what is asked for.

    Raises
    ------
    NotFoundError
        If there is no such gebied or buurt.
    """
    areas = load_areas(connection, settings.areas.gebieden)
    reach = _reach(visibility)
    own_area, name, shown, told = None, None, areas, None
    if gebied is not None and gebied.startswith(OWN):
        own = read_own_area(connection, visibility.reader_id, gebied)
        if own is None:
            raise NotFoundError(f"there is no area '{gebied}' of this reader")
        own_area, name = gebied, own[0]
        shown = areas[areas.geometry.intersects(shapely.make_valid(own[1]))]
    elif gebied is not None:
        shown, name, told = areas[areas["gebied"] == gebied], gebied, (Level.GEBIED, gebied)
        if shown.empty:
            raise NotFoundError(f"there is no gebied '{gebied}'")
    elif reach is not None and buurt is None:
        shown = areas[areas["gebied"].isin(reach)]
        name = _name_of(sorted(set(shown["gebied"])))
    else:
        told = (Level.GEMEENTE, "")
    if buurt is not None:
        shown = shown[shown["buurtcode"] == buurt]
        if shown.empty:
            raise NotFoundError(f"there is no buurt '{buurt}'" + (f" in '{gebied}'" if gebied else ""))
        told = (Level.BUURT, buurt)
        name = str(shown["buurtnaam"].iloc[0])
    is_whole = gebied is None and buurt is None and reach is None
    codes = None if is_whole or (own_area and buurt is None) else tuple(shown["buurtcode"])
    if reach is not None and not set(shown["gebied"]) <= reach:
        told = None
    exact = (
        visibility.sees_reports_everywhere
        if own_area
        else may_know_all(connection, settings, visibility, codes)
    )
    table = pd.DataFrame(shown[["buurtcode", "buurtnaam", "gebied"]])
    is_own_or_all = own_area is not None or (gebied is None and buurt is None)
    is_known = is_own_or_all or reach is None or not reach.isdisjoint(shown["gebied"])
    return Asked(Where(codes, own_area), name, codes, exact, told, table, is_known)


def _reach(visibility: Visibility) -> frozenset[str] | None:
    """The gebieden of which a reader knows places; None is everywhere."""
    if visibility.gebieden is None or visibility.dwellings is None:
        return None
    return visibility.gebieden | visibility.dwellings


def _name_of(gebieden: Sequence[str]) -> str:
    if not gebieden or len(gebieden) > MOST_NAMES:
        return "uw gebieden"
    return listed(gebieden)


def screened_in(counts: ReportCounts, told: ToldCounts, asked: Asked) -> Screened:
    """Give the reports that an account is about, as far as they are told."""
    if asked.is_own_area:  # reports are counted by buurt
        return NOT_TOLD
    if asked.is_exact:
        return counts.screened(asked.codes)
    return NOT_TOLD if asked.told is None else Screened(told.of(*asked.told))


@dataclass(frozen=True)
class Lines:
    """Makes the lines of a table per gebied and per buurt."""

    asked: Asked
    counts: ReportCounts
    told: ToldCounts
    rows: Sequence[FoundPlace]
    measures: Measures | None
    before: Before

    def of_gebieden(self) -> list[AreaLine]:
        """A line for each gebied, by name."""
        codes = self.asked.areas.groupby("gebied")["buurtcode"].apply(list)
        lines = [
            self._line(str(gebied), str(gebied), str(gebied), Level.GEBIED, buurten)
            for gebied, buurten in sorted(codes.items())
        ]
        return [*lines, *self._unknown(Level.GEBIED)]

    def of_buurten(self) -> list[AreaLine]:
        """A line for each buurt, by gebied and name."""
        table = self.asked.areas.sort_values(["gebied", "buurtnaam", "buurtcode"])
        names = (table[name].tolist() for name in ("buurtcode", "buurtnaam", "gebied"))
        lines = [
            self._line(code, name, gebied, Level.BUURT, [code])
            for code, name, gebied in zip(*names, strict=True)
        ]
        return [*lines, *self._unknown(Level.BUURT)]

    def _unknown(self, level: Level) -> list[AreaLine]:
        """What is in no known buurt, if there is any."""
        if self.asked.codes is not None or self.asked.is_own_area:
            return []
        known = set(self.asked.areas["buurtcode"])
        codes = {NO_BUURT, *self.counts.per_buurt, *(row.buurtcode or NO_BUURT for row in self.rows)} - known
        line = self._line(NO_BUURT, UNKNOWN_BUURT, "", level, sorted(codes))
        return [line] if line.reports or line.found or line.found_before or line.measures else []

    def _line(self, code: str, name: str, gebied: str, level: Level, codes: Sequence[str]) -> AreaLine:
        wanted = frozenset(codes)
        rows = [row for each in wanted for row in self._rows_of[each]]
        reports = self._reports(self.counts, self.told, level, code, codes)
        before = self._reports(self.before.counts, self.before.told, level, code, codes)
        return AreaLine(
            code=code,
            name=name,
            gebied=gebied,
            reports=reports,
            reports_before=before,
            ratio=self.before.ratio(reports, before) if self.asked.is_exact else None,
            found=len(rows),
            found_before=None
            if self.before.found is None
            else sum(self._found_before[each] for each in wanted),
            by_decision=count_decisions(rows),
            suggested=count_suggestions(rows),
            dwellings=sum(row.judged in DWELLINGS for row in rows) if self.asked.is_exact else None,
            measures=None if self.measures is None else sum(self._measures_of[each] for each in wanted),
        )

    def _reports(
        self,
        counts: ReportCounts | None,
        told: ToldCounts,
        level: Level,
        code: str,
        codes: Sequence[str],
    ) -> int | None:
        if self.asked.is_own_area or counts is None:
            return None
        if self.asked.is_exact:
            return sum(counts.per_buurt[each] for each in codes)
        return told.of(level, code)

    @cached_property
    def _rows_of(self) -> Mapping[str, list[FoundPlace]]:
        rows: defaultdict[str, list[FoundPlace]] = defaultdict(list)
        for row in self.rows:
            rows[row.buurtcode or NO_BUURT].append(row)
        return rows

    @cached_property
    def _found_before(self) -> Counter[str]:
        return Counter(row.buurtcode or NO_BUURT for row in self.before.found or ())

    @cached_property
    def _measures_of(self) -> Counter[str]:
        rows = () if self.measures is None else self.measures.rows
        return Counter(row.buurtcode or NO_BUURT for row in rows)
