"""Between which values a setting may lie when people change it on a page or by command.

A settings file may go further, where the field of the setting lets it: who edits that has the server at hand.
"""

import math
from collections.abc import Mapping
from typing import Any

from annotated_types import Ge, Gt, Le, Lt

from hotspots.errors import SettingsError
from hotspots.settings.sections import CalendarSettings
from hotspots.settings.tree import Settings

RETENTION = "retention."
LONGER_AT_MOST = 2
"""A period of retention is made at most so many times as long as the shipped one."""

MOST: Mapping[str, float] = {
    "_days": 3660,
    "_weeks": 520,
    "_hours": 8784,
    "_m": 100_000,
    "": 1_000_000,
}
"""The greatest number by how a setting ends, where its field has none: more is a slip, and breaks a run."""

LONGEST_TEXT = 200

LONGEST_EVENT_DAYS = 62
"""Days of an event never make a hotspot: one of years, by a slip in the year, would end all signalling."""


def bounds_of(key: str) -> tuple[float | None, float | None]:
    """The least and the greatest value that the setting itself names, None where it names none.

    Examples
    --------
    >>> bounds_of("retention.text_days"), bounds_of("mail.port"), bounds_of("map.nearby_m")
    ((1, 730), (1, 65535), (0, None))
    """
    section, _, name = key.partition(".")
    of_section: Any = Settings.model_fields[section].annotation
    field = of_section.model_fields[name]
    least: Any = None
    most: Any = None
    for mark in field.metadata:
        match mark:
            case Ge(ge=value) | Gt(gt=value):
                least = value
            case Le(le=value) | Lt(lt=value):
                most = value
    if key.startswith(RETENTION):
        most = field.default * LONGER_AT_MOST
    return least, most


def most_of(key: str) -> float:
    """The greatest value of a number that people may give it.

    Examples
    --------
    >>> most_of("retention.text_days"), most_of("map.nearby_m")
    (730, 100000)
    """
    most = bounds_of(key)[1]
    return next(cap for ending, cap in MOST.items() if key.endswith(ending)) if most is None else most


def require_within(key: str, value: Any) -> None:
    """Refuse a number beyond its bounds, and text that is no line of text.

    Raises
    ------
    SettingsError
        Naming the setting, what was wanted and what was found.
    """
    if isinstance(value, Mapping):
        for part in (*value, *value.values()):
            require_within(key, part)
    elif isinstance(value, list | tuple):
        for part in value:
            require_within(key, part)
    elif isinstance(value, str) and (len(value) > LONGEST_TEXT or not (value.isprintable() or not value)):
        raise SettingsError(
            f"{key}: wanted at most {LONGEST_TEXT} characters on one line, found {len(value)}"
        )
    elif isinstance(value, int | float) and not isinstance(value, bool):
        most = most_of(key)
        if not math.isfinite(value) or value > most:
            raise SettingsError(f"{key}: wanted a number of at most {most:g}, found {value:g}")


def require_short_events(calendar: CalendarSettings) -> None:
    """Refuse events that are no events any more.

    Raises
    ------
    SettingsError
        Naming the first, and how long it is.
    """
    for event in calendar.events:
        days = (event.last - event.first).days + 1
        if days > LONGEST_EVENT_DAYS:
            raise SettingsError(
                f"calendar.events: wanted events of at most {LONGEST_EVENT_DAYS} days, found "
                f"'{event.name}' of {days}"
            )
