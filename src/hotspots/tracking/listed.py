"""What is on the list, new on it, or a candidate: one definition of each, for every page, file and answer."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, and_

from hotspots.model import Status, Trend
from hotspots.tracking.hotspot import Hotspot

DONE = (Status.GESLOTEN, Status.GEEN_HOTSPOT)
"""Where a hotspot stands that people are done with."""


def is_listed(hotspot: Hotspot) -> bool:
    """Whether a hotspot is on the list of its week: not ended, closed or judged no hotspot."""
    return hotspot.trend is not Trend.BEEINDIGD and hotspot.status not in DONE


def is_new(hotspot: Hotspot) -> bool:
    """Whether a hotspot is on the list, and came there in the last weeks (``[tracking] new_for_weeks``)."""
    return is_listed(hotspot) and hotspot.trend is Trend.NIEUW


def is_candidate(hotspot: Hotspot) -> bool:
    """Whether a hotspot is on the list, and nobody gave a verdict or began to verify it."""
    return is_listed(hotspot) and hotspot.status is Status.KANDIDAAT


def are_listed(states: FromClause, status: ColumnElement[str]) -> ColumnElement[bool]:
    """The same as :func:`is_listed` of rows of ``hotspot_states`` and their status, in a query."""
    return and_(states.c.trend != Trend.BEEINDIGD.value, status.not_in([str(done) for done in DONE]))


@dataclass(frozen=True)
class ListCounts:
    """How many hotspots are on the list, new on it, and candidates."""

    listed: int
    new: int
    candidates: int


def count_list(hotspots: Iterable[Hotspot]) -> ListCounts:
    """Count the hotspots of one week."""
    known = list(hotspots)
    return ListCounts(*(sum(map(holds, known)) for holds in (is_listed, is_new, is_candidate)))
