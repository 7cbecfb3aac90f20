"""Content negotiation: the media type of a resource that a client prefers."""

import re
from collections.abc import Sequence

from fastapi import HTTPException, Request

JSON = "application/json"
GEOJSON = "application/geo+json"
CSV = "text/csv"
HTML = "text/html"
AVAILABLE = (JSON, GEOJSON)

_WEIGHT = re.compile(r"0?\.\d+|0\.?|1(\.0*)?", re.ASCII)
"""From 0 to 1 (RFC 9110, 12.4.2); anything else is no wish."""


def chosen_type(request: Request, available: Sequence[str] = AVAILABLE) -> str:
    """Choose the media type that the Accept header prefers; without a preference, the first available one.

    Raises
    ------
    HTTPException
        406 if the client accepts none of them.
    """
    accepted = _accepted(", ".join(request.headers.getlist("accept")) or "*/*")
    ranked = [(_quality(kind, accepted), -number, kind) for number, kind in enumerate(available)]
    quality, _, best = max(ranked)
    if quality <= 0:
        raise HTTPException(406, not_available(available))
    return best


def not_available(available: Sequence[str]) -> str:
    """The message for a client that accepts none of the available types."""
    *others, last = available
    kinds = f"{', '.join(others)} of {last}" if others else last
    return f"Dit bestaat alleen als {kinds}."


def _accepted(header: str) -> dict[str, float]:
    qualities: dict[str, float] = {}
    for part in header.split(","):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        written = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        qualities[kind] = float(written) if _WEIGHT.fullmatch(written) else 0.0
    return qualities


def _quality(kind: str, accepted: dict[str, float]) -> float:
    # the most specific range counts, whatever its quality
    ranges = (kind, f"{kind.split('/')[0]}/*", "*/*")
    return next((accepted[name] for name in ranges if name in accepted), 0.0)
