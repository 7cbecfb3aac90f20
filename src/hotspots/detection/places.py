"""Places: the reports of each, what they show by themselves, and what each is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.detection.concentration import Surroundings, SurroundingsIndex, p_over_looks
from hotspots.detection.false_alarms import repeats_earlier
from hotspots.detection.place_type import PlaceType, TypeColumns, medians, place_types
from hotspots.detection.rules import FigureColumns, PlaceFigures, Rule, failing, figures_per_place
from hotspots.model import Soort
from hotspots.settings import Settings


@dataclass(frozen=True)
class DetectionContext:
    """What every place is assessed with."""

    as_of: date
    settings: Settings
    surroundings: SurroundingsIndex
    report_ids: NDArray[np.int64]  # of the reports that the surroundings hold, in their order
    moments: NDArray[np.datetime64]
    looks: int  # how many places without overlap were looked at
    wijk_of_buurt: Mapping[str, str]

    def p_value(self, compared: Surroundings, observed: int) -> float:
        """Give the chance that the surroundings alone give so many reports at any of the places looked at."""
        return p_over_looks(compared.chance(observed), self.looks)


class Members:
    """The reports of all places, place after place: columns, each taken out of a table when first asked for.

    Parameters
    ----------
    table
        Reports in any order, also others than theirs.
    rows
        Which rows of the table are of a place.
    place
        The place of each of these: 0, 1, 2, … without gaps.
    """

    def __init__(self, table: pd.DataFrame, rows: NDArray[np.int64], place: NDArray[np.int64]) -> None:
        order = np.lexsort([table["report_id"].to_numpy()[rows], place])
        self._table, self._rows = table, rows[order]
        self._columns: dict[str, NDArray[Any]] = {"place": place[order]}

    @classmethod
    def of(cls, table: pd.DataFrame) -> "Members":
        """Take all rows of a table that has a column place."""
        return cls(table, np.arange(len(table)), table["place"].to_numpy(dtype=np.int64))

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, name: object) -> bool:
        return name in self._columns or name in self._table.columns

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Give one column."""
        if name not in self._columns:
            column = self._table[name]
            is_time = isinstance(column.dtype, pd.DatetimeTZDtype)  # which would become an object per time
            values = column.to_numpy(dtype="datetime64[us]" if is_time else None)
            self._columns[name] = values[self._rows]
        return self._columns[name]

    def also_duplicate(self, again: NDArray[np.bool_]) -> None:
        """Take some reports as duplicates, too."""
        self._columns["is_duplicate"] = self["is_duplicate"] | again

    def reports(self, rows: slice | NDArray[np.int64]) -> pd.DataFrame:
        """Give some rows with all columns."""
        own = {name: self[name][rows] for name in ("place", "is_duplicate")}
        return self._table.iloc[self._rows[rows]].assign(**own)


@dataclass(frozen=True)
class Extent:
    """How far a wide place reaches: a stretch of street, or an area.

    Attributes
    ----------
    length_m
        From one end to the other, in tens of metres.
    is_line
        Whether it lies along a line, as a street does.
    """

    length_m: int
    is_line: bool


@dataclass(frozen=True)
class Place:
    """The reports of a place and what they show by themselves, whatever lies around them."""

    members: Members
    start: int  # which rows of the members are this place's
    end: int
    figures: PlaceFigures
    place_type: PlaceType
    centre: NDArray[np.float64]
    radius_m: float  # nine in ten reports lie within it
    first_report: np.datetime64
    last_report: np.datetime64
    failed: list[Rule]
    extent: Extent | None = None  # of a wide place

    @property
    def is_woning(self) -> bool:
        """Whether it is a dwelling."""
        return self.place_type.soort is Soort.WONING

    @property
    def reports(self) -> pd.DataFrame:
        """Its reports.

        They have the columns of ``model.REPORTS`` and x, y (metres), day, week, is_night, is_duplicate (also
        within the place); the moment is noon where only the day is known.
        """
        return self.members.reports(slice(self.start, self.end))

    def __getitem__(self, name: str) -> NDArray[Any]:
        """The same as :meth:`values`: for tests of false alarms, a place is a table of its reports."""
        return self.values(name)

    def __contains__(self, name: object) -> bool:
        return name in self.members

    @property
    def points(self) -> NDArray[np.float64]:
        """Its reports in metres; shape (n, 2)."""
        return np.column_stack([self.values("x"), self.values("y")])

    def values(self, name: str) -> NDArray[Any]:
        """Give one column of its reports; much faster than all of them, where there are many places."""
        return self.members[name][self.start : self.end]


@dataclass(frozen=True)
class Assessment:
    """What came of a place among its surroundings.

    Attributes
    ----------
    compared
        What it was compared with.
    p_value
        The chance that the surroundings alone give this anywhere in the city.
    suppressed_because
        The sentence that says why it is not signalled; None if it is.
    is_only_crowded
        Whether only the surroundings keep it from being signalled. Signalled places say nothing of the level
        around others, so it is assessed again without them, as in the sequential scan of Zhang, Assunção and
        Kulldorff (2010, doi:10.1155/2010/642379).
    """

    compared: Surroundings
    p_value: float
    suppressed_because: str | None
    is_only_crowded: bool

    @property
    def signalled(self) -> bool:
        """Whether the place is signalled."""
        return self.suppressed_because is None


Judged = tuple[Place, Assessment]


@dataclass(frozen=True)
class Places:
    """Places by columns: a row for each, and where its reports stand; shape (k,) or (k, 2)."""

    members: Members
    start: NDArray[np.int64]  # which rows of the members are those of each place
    end: NDArray[np.int64]
    figures: FigureColumns
    types: TypeColumns
    centres: NDArray[np.float64]
    radii_m: NDArray[np.float64]
    first_report: NDArray[np.datetime64]
    last_report: NDArray[np.datetime64]
    failing: NDArray[np.bool_]  # a row for each rule

    def __len__(self) -> int:
        return len(self.start)

    def place(self, number: int) -> Place:
        """Give one place; only of those that need a closer look."""
        return Place(
            self.members,
            int(self.start[number]),
            int(self.end[number]),
            self.figures.of(number),
            self.types.of(number),
            self.centres[number],
            float(self.radii_m[number]),
            self.first_report[number],
            self.last_report[number],
            [rule for rule, fails in zip(Rule, self.failing[:, number].tolist(), strict=True) if fails],
        )

    def take(self, numbers: NDArray[np.int64]) -> "Places":
        """Give some of the places."""
        return Places(
            self.members,
            self.start[numbers],
            self.end[numbers],
            self.figures.take(numbers),
            self.types.take(numbers),
            self.centres[numbers],
            self.radii_m[numbers],
            self.first_report[numbers],
            self.last_report[numbers],
            self.failing[:, numbers],
        )

    def rows(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Which rows of the members are those of some places, place after place."""
        sizes = self.end[numbers] - self.start[numbers]
        first = np.repeat(self.start[numbers] - (np.cumsum(sizes) - sizes), sizes)
        return np.asarray(first + np.arange(len(first)), dtype=np.int64)

    def report_ids(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the ids of the reports of some places, place after place."""
        return np.asarray(self.members["report_id"][self.rows(numbers)], dtype=np.int64)

    def reports(self, numbers: NDArray[np.int64]) -> pd.DataFrame:
        """Give the reports of some places; place is 0, 1, 2, … in their order."""
        sizes = self.end[numbers] - self.start[numbers]
        table = self.members.reports(self.rows(numbers))
        return table.assign(place=np.repeat(np.arange(len(numbers)), sizes))


def describe_places(members: Members, context: DetectionContext) -> Places:
    """Count what the reports of each place show by themselves.

    Parameters
    ----------
    members
        The reports of all places, at least one: as :class:`Place` has them. With a column text
        (``false_alarms.plain_text``), reports that say the same in the same words count once too.
    context
        The peildatum and the rules.
    """
    settings = context.settings.detection
    members.also_duplicate(repeats_earlier(members, min_words=settings.min_same_words))
    radius_m = context.settings.geocoding.address_radius_m
    types = place_types(members, settings, address_radius_m=radius_m)
    centres = _centres(members, types)
    place = members["place"]
    away = np.hypot(members["x"] - centres[place, 0], members["y"] - centres[place, 1])
    figures = figures_per_place(members, burst=settings.burst, episode=settings.episode)
    end = np.cumsum(np.bincount(place))
    start = np.concatenate([np.zeros(1, dtype=np.int64), end[:-1]])
    radii = _quantiles(away, place, start, end, settings.radius_share)
    moments = members["moment"].astype("datetime64[us]", copy=False)
    first, last = (ufunc.reduceat(moments, start) for ufunc in (np.minimum, np.maximum))
    return Places(
        members,
        start,
        end,
        figures,
        types,
        centres,
        radii,
        first,
        last,
        failing(figures, as_of=context.as_of, settings=settings),
    )


def _quantiles(
    values: NDArray[np.float64],
    place: NDArray[np.int64],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    share: float,
) -> NDArray[np.float64]:
    """The value of each place below which this share of its values lies, linear between two."""
    ordered = values[np.lexsort([values, place])]
    at = share * (end - start - 1)
    low = start + at.astype(np.int64)
    return np.asarray(ordered[low] + (ordered[np.minimum(low + 1, end - 1)] - ordered[low]) * (at % 1))


def _centres(members: Members, types: TypeColumns) -> NDArray[np.float64]:
    """The middle of each place; of a dwelling the median, so that reports beside it don't count."""
    place, points = members["place"], np.column_stack([members["x"], members["y"]])
    # the members stand by place: their groups need no sorting
    middles = pd.DataFrame(points).groupby(place, sort=False).mean().to_numpy(copy=True)
    at_dwelling = types.is_woning[place]
    if at_dwelling.any():
        middles[types.is_woning] = medians(points[at_dwelling], place[at_dwelling])
    return middles
