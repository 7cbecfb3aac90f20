"""Readings without what points at a person: texts and addresses as they are kept.

They are cleaned column by column, each different value once: streets, statuses and house numbers come by time
and again.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from operator import attrgetter

from hotspots.intake.address_fields import HOUSE_PARTS, is_lost
from hotspots.intake.scrubbing import scrub, scrub_address, scrub_street
from hotspots.intake.sources.reading import Reading

UNREADABLE_SUFFIX = "de toevoeging is niet te lezen"


def without_persons(readings: Sequence[Reading], places: frozenset[str]) -> list[Reading]:
    """The readings as they are kept, which is what is located and corrected later.

    Parameters
    ----------
    places
        Names in small letters that are no persons in a text.
    """
    changes: list[dict[str, str]] = [{} for _ in readings]
    for name, clean in _CLEANED.items():
        _note_changes(changes, name, list(map(attrgetter(name), readings)), clean)
    for row, reading in enumerate(readings):
        if _is_lost(reading.house_suffix) or _is_lost(reading.house_letter):
            changes[row] |= {"house_number": "", "unread": UNREADABLE_SUFFIX}
    for has_number in (True, False):
        streets = [
            one.street if any(map(str.isdigit, one.house_number)) == has_number else "" for one in readings
        ]
        _note_changes(changes, "street", streets, partial(_scrubbed_street, has_number=has_number))
    _note_changes(changes, "text", [one.text for one in readings], lambda text: _scrubbed_text(text, places))
    return [
        reading._replace(**changed) if changed else reading  # type: ignore[arg-type]  # only of texts
        for reading, changed in zip(readings, changes, strict=True)
    ]


def forget_texts() -> None:
    """Forget the texts that came by: a service that runs for months has no use for what was written."""
    _scrubbed_text.cache_clear()


def _note_changes(
    changes: Sequence[dict[str, str]], name: str, values: Sequence[str], clean: Callable[[str], str]
) -> None:
    """Note for each row what a value becomes, where that is another."""
    cleaned = {value: new for value in set(values) if value and (new := clean(value)) != value}
    if cleaned:
        for changed, value in zip(changes, values, strict=True):
            if value in cleaned:
                changed[name] = cleaned[value]


_scrubbed_street = lru_cache(maxsize=8192)(scrub_street)
# of streets and towns, of which there are not many

_scrubbed_name = lru_cache(maxsize=4096)(scrub)
# of categories and statuses, of which there are few

_scrubbed_text = lru_cache(maxsize=4096)(scrub)
# of what programs, and people in a hurry, write the same time and again

_is_lost = lru_cache(maxsize=4096)(is_lost)

ADDRESS: Mapping[str, Callable[[str], str]] = {
    "address": scrub_address,
    "town": partial(_scrubbed_street, has_number=True),
    **{name: lru_cache(maxsize=4096)(clean) for name, clean in HOUSE_PARTS.items()},
}
"""Parts of an address besides its street, and what keeps of each what belongs to it."""

_CLEANED: Mapping[str, Callable[[str], str]] = {
    **ADDRESS,
    **dict.fromkeys(("main_category", "subcategory", "status"), _scrubbed_name),
}
