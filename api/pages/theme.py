"""Colours that are not in the style sheet: of the municipality, and of symbols on a map."""

from functools import cache

from hotspots.colours import tint_for
from hotspots.publishing.symbols import INDICATIE_STYLES, STATUS_STYLES, TREND_STYLES
from hotspots.settings import ServiceSettings

DARK_GROUND = "#12181f"
"""The background in dark mode, as in the style sheet."""


def style_variables(settings: ServiceSettings) -> str:
    """Give the colours as CSS variables, for light and dark mode."""
    return _variables(settings.colour, settings.accent)


@cache
def _variables(colour: str, accent: str) -> str:
    named = {"huis-tekst": colour} | {
        f"{kind}-{value.value.replace(' ', '-')}": style.colour
        for kind, styles in (("t", TREND_STYLES), ("s", STATUS_STYLES), ("i", INDICATIE_STYLES))
        for value, style in styles.items()
    }
    light = "".join(f"--{name}:{value};" for name, value in named.items())
    dark = "".join(f"--{name}:{tint_for(DARK_GROUND, value)};" for name, value in named.items())
    fixed = f"--huis:{colour};--accent:{accent};"
    return f":root{{{fixed}{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
