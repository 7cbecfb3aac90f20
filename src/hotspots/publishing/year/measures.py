"""The measures that began in a period, and what they did, judging by reports."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from math import sqrt
from statistics import NormalDist

from sqlalchemy import Connection

from hotspots.access.rights import Visibility
from hotspots.casework.effect import Begun, Effect, read_effects
from hotspots.casework.measures import read_begun
from hotspots.casework.workflow import MeasureKind
from hotspots.publishing.year.period import Period
from hotspots.publishing.year.places import KnownPlace
from hotspots.settings import Settings
from hotspots.statistics.displacement import CONFIDENCE, DisplacementDifference

MOST_REPORTS_AT_ONCE = 20_000
"""In a period with more reports the effect is computed only when it is asked for: it takes seconds."""


MOST_AT_ONCE = 100
"""Of more measures the effect is not computed: one looks at a gebied, or at a shorter period."""


@dataclass(frozen=True)
class TakenMeasure:
    """A measure that began in a period, and its effect if that was asked for."""

    id: int
    hotspot_id: str
    number: str  # of the hotspot
    buurtcode: str | None
    kind: MeasureKind
    starts_on: date
    ends_on: date | None
    effect: Effect | None = None


@dataclass(frozen=True)
class PooledEffect:
    """What the first measures at several places did together; negative is fewer reports.

    The sum of the weighted displacement differences, of one measure a place, so that no report counts twice;
    its variance is the sum of theirs. Places that have their control in common make it a little too sure.
    """

    place_count: int
    difference: float
    lower: float
    upper: float

    @property
    def is_change(self) -> bool:
        """Whether chance does not explain it."""
        return self.upper < 0 or self.lower > 0


@dataclass(frozen=True)
class Measures:
    """The measures that began in a period, were not withdrawn, and are at places the reader may know of.

    Attributes
    ----------
    rows
        By their first day.
    has_effects
        Whether their effects were asked for.
    """

    rows: Sequence[TakenMeasure]
    has_effects: bool

    @property
    def taken(self) -> int:
        """How many."""
        return len(self.rows)

    @property
    def are_too_many(self) -> bool:
        """Whether they are too many to say of each what it did."""
        return self.taken > MOST_AT_ONCE

    @property
    def place_count(self) -> int:
        """At how many hotspots."""
        return len({row.hotspot_id for row in self.rows})

    @cached_property
    def by_kind(self) -> Mapping[MeasureKind, int]:
        """How many of each kind that occurs, the commonest first."""
        counts = Counter(row.kind for row in self.rows)
        order = list(MeasureKind)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], order.index(item[0]))))

    @cached_property
    def measured(self) -> Sequence[TakenMeasure]:
        """Those of which the effect can be told."""
        return [row for row in self.rows if row.effect is not None and row.effect.outcome is not None]

    @property
    def helped(self) -> int:
        """Of how many chance does not explain that there were fewer reports."""
        return sum(outcome.upper < 0 for outcome in self._outcomes)

    @property
    def worsened(self) -> int:
        """Of how many chance does not explain that there were more reports."""
        return sum(outcome.lower > 0 for outcome in self._outcomes)

    @property
    def unsure(self) -> int:
        """Of how many the difference may be chance."""
        return len(self.measured) - self.helped - self.worsened

    @cached_property
    def pooled(self) -> PooledEffect | None:
        """What they did together; None if it can be told of no place."""
        first_of = {row.hotspot_id: row for row in reversed(self.measured)}
        outcomes = [row.effect.outcome for row in first_of.values() if row.effect and row.effect.outcome]
        if not outcomes:
            return None
        difference = sum(outcome.difference for outcome in outcomes)
        error = sqrt(sum(outcome.standard_error**2 for outcome in outcomes))
        margin = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * error
        return PooledEffect(len(outcomes), difference, difference - margin, difference + margin)

    @property
    def _outcomes(self) -> list[DisplacementDifference]:
        return [row.effect.outcome for row in self.measured if row.effect and row.effect.outcome]


def read_taken(
    connection: Connection,
    settings: Settings,
    *,
    visibility: Visibility,
    period: Period,
    until: date,
    known: Collection[KnownPlace],
    with_effects: bool,
) -> Measures:
    """Read the measures that began in a period, as they stand now.

    Parameters
    ----------
    until
        What begins after this day is a plan.
    known
        Hotspots that the reader may know of, and of which they may read the case.
    """
    buurt_of = {place.hotspot_id: place.buurtcode for place in known}
    began = read_begun(connection, first=period.first, last=min(period.last, until))
    rows = [row for row in began if row.hotspot_id in buurt_of]
    with_effects = with_effects and len(rows) <= MOST_AT_ONCE
    begun = (
        [Begun(row.id, row.hotspot_id, row.starts_on, row.ends_on) for row in rows] if with_effects else []
    )
    effects = {
        effect.measure_id: effect
        for effect in read_effects(connection, settings, begun, visibility=visibility)
    }
    taken = [
        TakenMeasure(
            id=row.id,
            hotspot_id=row.hotspot_id,
            number=row.number,
            buurtcode=buurt_of[row.hotspot_id],
            kind=MeasureKind(row.kind),
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            effect=effects.get(row.id),
        )
        for row in rows
    ]
    return Measures(taken, with_effects)
