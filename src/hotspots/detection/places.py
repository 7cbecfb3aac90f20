"""Places: the reports of each, what they show by themselves, and what each is compared with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.detection.concentration import Surroundings, SurroundingsIndex, p_over_looks
from hotspots.detection.false_alarms import repeats_earlier
from hotspots.detection.place_type import PlaceType, place_types
from hotspots.detection.rules import PlaceFigures, Rule, failed_rules, figures_per_place
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
    """The reports of all places, place after place."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table
        self._columns: dict[str, NDArray[Any]] = {}

    def column(self, name: str) -> NDArray[Any]:
        """Give one column, taken out of the table once."""
        if name not in self._columns:
            self._columns[name] = self.table[name].to_numpy()
        return self._columns[name]


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
        return self.members.table.iloc[self.start : self.end]

    @property
    def points(self) -> NDArray[np.float64]:
        """Its reports in metres; shape (n, 2)."""
        return np.column_stack([self.values("x"), self.values("y")])

    def values(self, name: str) -> NDArray[Any]:
        """Give one column of its reports; much faster than all of them, where there are many places."""
        return self.members.column(name)[self.start : self.end]


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


AssessedPlaces = list[tuple[Place, Assessment]]


def describe_places(members: pd.DataFrame, context: DetectionContext) -> list[Place]:
    """Count what the reports of each place show by themselves.

    Parameters
    ----------
    members
        The reports of all places: as :class:`Place` has them, and place (0, 1, 2, … without gaps). With a
        column text (``false_alarms.plain_text``), reports that say the same in the same words count once too.
    context
        The peildatum and the rules.
    """
    if members.empty:
        return []
    settings = context.settings.detection
    members = members.sort_values(["place", "report_id"], ignore_index=True)
    repeats = repeats_earlier(members, min_words=settings.min_same_words)
    members["is_duplicate"] = members["is_duplicate"].to_numpy() | repeats
    radius_m = context.settings.geocoding.address_radius_m
    types = place_types(members, settings, address_radius_m=radius_m)
    centres = _centres(members, types)
    place = members["place"].to_numpy()
    away = np.hypot(*(members[["x", "y"]].to_numpy() - centres[place]).T)
    radii = pd.Series(away).groupby(place).quantile(settings.radius_share).tolist()
    figures = figures_per_place(members, burst=timedelta(hours=settings.burst_hours))
    ends = np.cumsum(np.bincount(place)).tolist()
    moments = members["moment"].to_numpy(dtype="datetime64[us]")
    first, last = (ufunc.reduceat(moments, [0, *ends[:-1]]) for ufunc in (np.minimum, np.maximum))
    kept = Members(members)
    return [
        Place(
            kept,
            start,
            end,
            figures[number],
            types[number],
            centres[number],
            radii[number],
            first[number],
            last[number],
            failed_rules(figures[number], as_of=context.as_of, settings=settings),
        )
        for number, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True))
    ]


def reports_of(places: Sequence[Place]) -> pd.DataFrame:
    """Give the reports of places under each other; faster than one place after another, if there are many."""
    parts = []
    for members in {id(place.members): place.members for place in places}.values():
        own = [np.arange(place.start, place.end) for place in places if place.members is members]
        parts.append(members.table.iloc[np.concatenate(own)])
    return pd.concat(parts)


def report_ids_of(assessed: AssessedPlaces) -> NDArray[np.int64]:
    """Give the ids of all reports of places, place after place."""
    return np.concatenate([np.zeros(0, np.int64), *(place.values("report_id") for place, _ in assessed)])


def _centres(members: pd.DataFrame, types: Sequence[PlaceType]) -> NDArray[np.float64]:
    """The middle of each place; of a dwelling the median, so that reports beside it don't count."""
    per_place = members.groupby("place")[["x", "y"]]
    is_woning = np.array([one.soort is Soort.WONING for one in types])
    return np.where(is_woning[:, None], per_place.median().to_numpy(), per_place.mean().to_numpy())
