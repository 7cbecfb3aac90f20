"""Between which values a setting may lie, for forms: what its field says, and the longest periods."""

from typing import Any

from annotated_types import Ge, Gt, Le, Lt

from hotspots.settings.tree import Settings

RETENTION = "retention."
LONGER_AT_MOST = 2
"""A period is made at most so many times as long as the shipped one on a page or by command; a file may."""


def bounds_of(key: str) -> tuple[float | None, float | None]:
    """The least and the greatest value of a number, None where there is none.

    Examples
    --------
    >>> bounds_of("retention.text_days"), bounds_of("mail.port"), bounds_of("map.nearby_m")
    ((1, 730), (1, 65535), (0, None))
    """
    section, _, name = key.partition(".")
    field: Any = type(getattr(Settings(), section)).model_fields[name]
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
