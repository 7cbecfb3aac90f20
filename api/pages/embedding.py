"""Whether another site can show what is shared in a frame, and the code for that; else what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from hotspots.settings import ServiceSettings

_ON_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")

FRAME_HEIGHT = 900
"""Of a frame, in pixels: a map with its table closed."""


@dataclass(frozen=True)
class Obstacle:
    """Something for which a frame on another site stays empty."""

    missing: str
    setting: str  # by which it is mended, in ``[service]``


def frame_obstacles(settings: ServiceSettings) -> Sequence[Obstacle]:
    """What is missing before a frame on another site works; nothing if it does."""
    found = []
    address = urlsplit(settings.address)
    if not settings.address:
        found.append(
            Obstacle("Er is niet ingesteld op welk adres deze dienst van buiten te vinden is.", "address")
        )
    elif address.scheme != "https" and address.hostname not in _ON_THIS_MACHINE:
        words = "Het adres van deze dienst begint niet met https. Een veilige site toont haar dan niet."
        found.append(Obstacle(words, "address"))
    if not settings.embed_hosts:
        found.append(Obstacle("Er is nog geen site genoemd die mag tonen wat u deelt.", "embed_hosts"))
    return found


def frame_code(page: str, title: str) -> str:
    """Give the code that shows a page in a frame on another site.

    Examples
    --------
    >>> frame_code("https://h.example.org/inbedden/x", 'Kaart: "Wyck"')[:72]
    '<iframe src="https://h.example.org/inbedden/x" title="Kaart: &quot;Wyck&'
    """
    return (
        f'<iframe src="{escape(page)}" title="{escape(title)}" width="100%" height="{FRAME_HEIGHT}" '
        'loading="lazy" referrerpolicy="no-referrer"></iframe>'
    )
