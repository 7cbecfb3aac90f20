"""Blind samples: places that were not signalled and stand among those to verify. Told once people decided.

Until then nothing tells one from a candidate. So while any may be among them, lists tell of nothing undecided
what the system computed of its surroundings, and what leaves the house tells of nothing undecided at all.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, select

from hotspots.detection.concentration import log_likelihood_ratio
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.case_tables import hotspot_events
from hotspots.store.run_tables import hotspots, samples

UNDECIDED = (Status.KANDIDAAT, Status.IN_VERIFICATIE)
"""Where a sample stands that nobody may know of."""

DECIDED = tuple(status for status in Status if status not in UNDECIDED)
"""Where a hotspot stands on which people decided."""

CONFIRMED = (Status.VEILIGHEID, Status.LEEFBAARHEID, Status.IN_AANPAK, Status.NAZORG)
"""Where a hotspot stands that people found to be one."""

WAS_SAMPLE = "Deze plek stond als steekproef op de lijst: het systeem signaleerde haar niet."
"""What is told of a sample after the decision."""

_JUDGING = ("Geconcentreerd: ", "Omgeving: ")
"""How the reasons begin that compare a place with its surroundings."""


def is_told_sample(hotspot_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a hotspot was a sample, and people decided on it at any time."""
    decided = exists().where(
        hotspot_events.c.hotspot_id == samples.c.hotspot_id,
        hotspot_events.c.status.in_([str(status) for status in DECIDED]),
    )
    return exists().where(samples.c.hotspot_id == hotspot_id, decided)


def count_waiting(connection: Connection) -> int:
    """How many samples people did not decide on yet; for none who may verify."""
    waiting = select(func.count()).select_from(samples).where(~is_told_sample(samples.c.hotspot_id))
    return int(connection.execute(waiting).scalar_one())


def are_drawn(connection: Connection, settings: Settings) -> bool:
    """Whether samples may stand among what people have not decided on."""
    if settings.samples.is_on:
        return True
    undecided = (
        select(samples.c.hotspot_id)
        .join(hotspots, hotspots.c.id == samples.c.hotspot_id)
        .where(hotspots.c.status.in_([str(status) for status in UNDECIDED]))
    )
    return connection.execute(undecided.limit(1)).first() is not None


def statuses_that_leave(connection: Connection, settings: Settings) -> tuple[str, ...]:
    """The statuses of which is told outside the house: empty for all, as long as no samples are drawn."""
    return tuple(str(status) for status in DECIDED) if are_drawn(connection, settings) else ()


def blinded(state: Mapping[str, Any]) -> dict[str, Any]:
    """A row of ``hotspot_states`` without what the system computed of the surroundings of the place.

    Its score is that of its reports where one is expected, so that the order of the list says no more.
    """
    return {
        **state,
        "expected": None,
        "p_value": None,
        "recurrence_interval_days": None,
        "score": round(log_likelihood_ratio(max(state["report_count"], 1), 1.0), 4),
        "redenen": [reason for reason in state["redenen"] if not reason.startswith(_JUDGING)],
    }
