"""Readings without what points at a person: texts and addresses as they are kept.

They are cleaned column by column, each different value once: streets, statuses and house numbers come by time
and again.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from hotspots.files.values import each_once
from hotspots.intake.address_fields import HOUSE_PARTS, is_lost
from hotspots.intake.scrubbing import REMEMBERED, scrub, scrub_address, scrub_street
from hotspots.intake.sources.reading import Readings

UNREADABLE_SUFFIX = "de toevoeging is niet te lezen"


def without_persons(readings: Readings, places: frozenset[str]) -> Readings:
    """The readings as they are kept, which is what is located and corrected later.

    Parameters
    ----------
    places
        Names in small letters that are no persons in a text.
    """
    kept: dict[str, Sequence[Any]] = {
        name: each_once(clean, getattr(readings, name)) for name, clean in _CLEANED.items()
    }
    kept["street"] = each_once(_kept_street, zip(readings.street, readings.house_number, strict=True))
    kept["text"] = each_once(partial(_kept_text, places=places), readings.text)
    lost = each_once(_is_lost, zip(readings.house_suffix, readings.house_letter, strict=True))
    if any(lost):
        kept["unread"] = readings.unread
        for name, instead in (("house_number", ""), ("unread", UNREADABLE_SUFFIX)):
            kept[name] = [instead if is_lost else one for one, is_lost in zip(kept[name], lost, strict=True)]
    return readings._replace(**kept)


def forget_texts() -> None:
    """Forget the texts that came by: a service that runs for months has no use for what was written."""
    _scrubbed_text.cache_clear()


def _kept_street(written: tuple[str, str]) -> str:
    street, house_number = written
    return street and _scrubbed_street(street, has_number=any(map(str.isdigit, house_number)))


def _kept_text(text: str, places: frozenset[str]) -> str:
    if len(text) <= REMEMBERED:
        return text and scrub(text, places)
    return _scrubbed_text(text, places)


def _is_lost(parts: tuple[str, str]) -> bool:
    return any(map(_is_suffix_lost, parts))


_scrubbed_street = lru_cache(maxsize=8192)(scrub_street)
# of streets and towns, of which there are not many

_scrubbed_name = lru_cache(maxsize=4096)(scrub)
# of categories and statuses, of which there are few

_scrubbed_text = lru_cache(maxsize=4096)(scrub)
# of what programs, and people in a hurry, write the same time and again

_is_suffix_lost = lru_cache(maxsize=4096)(is_lost)

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
