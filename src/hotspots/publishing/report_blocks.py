"""What a weekly report says of new hotspots: what holds for several once, then a block for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.plain_reasons import plain_reasons
from hotspots.wording import day

SEVERAL = 3
"""What holds for so many of the blocks, or for all, is said once above them."""


@dataclass(frozen=True)
class Block:
    """One new hotspot."""

    title: str
    reasons: Sequence[str]  # but those that it shares with other blocks
    knowledge: Sequence[str]  # from partners, as far as it is shared with the audience


@dataclass(frozen=True)
class SharedReason:
    """What holds for several new hotspots: a sentence, and for which."""

    sentence: str
    places: str


def describe_new(
    places: Sequence[Hotspot], knowledge: Mapping[str, Sequence[str]]
) -> tuple[list[SharedReason], list[Block]]:
    """Give what holds for several new hotspots, once, and a block for each with the rest."""
    reasons = {
        place.id: [*plain_reasons(place), f"Op de lijst sinds {day(place.eerste_signalering)}."]
        for place in places
    }
    for_all = "alle plekken hieronder"
    where: dict[str, list[str]] = {}
    for place in places:
        for reason in dict.fromkeys(reasons[place.id]):
            where.setdefault(reason, []).append(place.label)
    several = {
        reason: labels
        for reason, labels in where.items()
        if len(labels) >= SEVERAL or len(labels) == len(places) > 1
    }
    shared = [
        SharedReason(reason, for_all if len(labels) == len(places) else "; ".join(labels))
        for reason, labels in several.items()
    ]
    blocks = [
        Block(
            place.label,
            [reason for reason in reasons[place.id] if reason not in several],
            knowledge.get(place.id, []),
        )
        for place in places
    ]
    return shared, blocks
