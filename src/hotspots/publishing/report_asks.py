"""Who is asked to do what in a weekly report: each request once, with its places below it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from hotspots.model import Status
from hotspots.store.run_tables import hotspots as hotspot_table
from hotspots.tracking.hotspot import Hotspot
from hotspots.wording import day

_ASKED: Mapping[Status, Sequence[tuple[str, str]]] = {
    Status.KANDIDAAT: [("Gebiedsteam", "nagaan wat hier bekend is, en of dit een hotspot is")],
    Status.IN_VERIFICATIE: [
        ("Gebiedsteam", "een oordeel geven, als uw organisatie dat nog niet deed"),
        ("OOV", "besluiten: veiligheid, leefbaarheid of geen hotspot"),
    ],
    Status.VEILIGHEID: [("OOV", "een plan van aanpak maken met de partners")],
    Status.LEEFBAARHEID: [("Gebiedsteam", "een plan van aanpak maken")],
    Status.IN_AANPAK: [("Wie de aanpak leidt", "kijken of de aanpak helpt")],
    Status.NAZORG: [("Wie de aanpak leidt", "nagaan of de plek rustig blijft")],
}


@dataclass(frozen=True)
class Ask:
    """What one party is asked to do, and where: the most urgent place first."""

    who: str
    what: str
    lines: Sequence[str]


def asks_of(connection: Connection, places: Sequence[Hotspot], latest: date) -> list[Ask]:
    """Give what is asked about these places, by who is asked and what."""
    terms = _terms(connection, [place.id for place in places])
    lines_of: dict[tuple[str, str], list[tuple[date, str]]] = {}
    for place in places:
        due, organisation = terms.get(place.id, (None, None))
        until = "" if due is None else f", uiterlijk {day(due)}"
        late = " – over de termijn" if due is not None and due < latest else ""
        by = f" (bij {organisation})" if organisation else ""
        for asked in _ASKED.get(place.status, ()):
            lines_of.setdefault(asked, []).append((due or date.max, f"{place.label}{by}{until}{late}"))
    requests = dict.fromkeys(asked for asks in _ASKED.values() for asked in asks)
    order = sorted(requests, key=lambda asked: [who for who, _ in requests].index(asked[0]))
    return [
        Ask(who, what, [line for _, line in sorted(lines_of[who, what])])
        for who, what in order
        if (who, what) in lines_of
    ]


def _terms(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[date | None, str | None]]:
    table = hotspot_table.c
    query = select(table.id, table.due_on, table.assigned_organisation).where(table.id.in_(list(ids)))
    return {row.id: (row.due_on, row.assigned_organisation) for row in connection.execute(query)}
