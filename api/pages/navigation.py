"""The main menu: the pages, and to whom each is shown.

A new page gets one line here.
"""

from dataclasses import dataclass

from hotspots.access.rights import Actor, Right, reachable_gebieden


@dataclass(frozen=True)
class Entry:
    """One page in the menu.

    Parameters
    ----------
    right
        The entry is shown to those who hold this right in any area; None shows it to everyone.
    """

    path: str
    label: str
    right: Right | None = None


ENTRIES: tuple[Entry, ...] = (
    Entry("/", "Deze week"),
    Entry("/kaart", "Weekkaart"),
    Entry("/stand", "Stand"),
    Entry("/cijfers", "Cijfers"),
    Entry("/jaar", "Jaar"),
    Entry("/overleg", "Overleg", Right.JUDGE),
    Entry("/triage", "Triage", Right.DECIDE),
    Entry("/niet-gesignaleerd", "Net niet op de lijst", Right.READ_UNSIGNALLED),
    Entry("/volgen", "Volgen", Right.READ_HOTSPOTS),
    Entry("/leren", "Leren", Right.READ_LEARNING),
    Entry("/inbedden", "Kaart delen", Right.SHARE_MAPS),
    Entry("/beheer", "Beheer", Right.READ_OPERATIONS),
    Entry("/privacy", "Privacy", Right.READ_ACCESS_LOG),
)
"""In the order of the menu."""


def entries_for(actor: Actor | None) -> list[Entry]:
    """Give the entries for an actor; None is an anonymous reader.

    Examples
    --------
    >>> [entry.path for entry in entries_for(None)][:2]
    ['/', '/kaart']
    """
    return [entry for entry in ENTRIES if entry.right is None or _holds(actor, entry.right)]


def _holds(actor: Actor | None, right: Right) -> bool:
    return reachable_gebieden(actor, right) != frozenset()
