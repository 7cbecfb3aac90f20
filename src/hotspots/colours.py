"""Colours as people see them: the contrast of two, and a tint that can be read on a dark ground.

Contrast is that of WCAG 2.1 (https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio): 4.5 is enough for text.
"""

TEXT_CONTRAST = 4.5
"""What text needs at least against what is behind it."""

WANTED_CONTRAST = 6.0
"""What a tint has against a dark ground."""


def contrast(one: str, other: str) -> float:
    """The contrast of two colours written as ``#rrggbb``, 1 to 21.

    Examples
    --------
    >>> contrast("#ffffff", "#000000"), round(contrast("#154273", "#ffffff"), 1)
    (21.0, 10.2)
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def tint_for(ground: str, colour: str) -> str:
    """The colour, mixed with just so much white that it can be read on a dark ground.

    Examples
    --------
    >>> tint_for("#12181f", "#154273")
    '#8199b3'
    """
    channels = _channels(colour)
    for step in range(101):
        share = step / 100
        mixed = "#" + "".join(f"{round(value + (255 - value) * share):02x}" for value in channels)
        if contrast(mixed, ground) >= WANTED_CONTRAST:
            return mixed
    return "#ffffff"


def _luminance(colour: str) -> float:
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (value / 255 for value in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return red, green, blue
