"""Which team area (gebied) a buurt belongs to."""

from collections.abc import Mapping, Sequence


def gebied_of(buurtcode: str, wijkcode: str, wijknaam: str, gebieden: Mapping[str, Sequence[str]]) -> str:
    """Name the team area of a buurt: as configured by buurt or wijk, else the wijk itself.

    Examples
    --------
    >>> gebied_of("BU1", "WK1", "Centrum", {})
    'Centrum'
    >>> gebied_of("BU1", "WK1", "Centrum", {"Team Noord": ["WK1"], "Team Kade": ["BU1"]})
    'Team Kade'
    """
    for code in (buurtcode, wijkcode):
        for name, codes in gebieden.items():
            if code in codes:
                return name
    return wijknaam or wijkcode
