"""What stands out among readings of exact data, for the privacy officer to ask about: never a verdict."""

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from hotspots.access.access_log import Access
from hotspots.access.rights import Right
from hotspots.settings import AccessSettings
from hotspots.store.case_tables import access_log, api_tokens

HOUR = timedelta(hours=1)

_OF_ONE_PLACE = frozenset({str(Right.READ_EXACT_POINTS), str(Right.READ_TEXTS)})


class Oddity(StrEnum):
    """Why a reading stands out; Dutch, as every output names it."""

    MANY = "veel plekken in een uur"
    ELSEWHERE = "buiten het eigen gebied"
    NIGHT = "in de nacht"


def machines_of(connection: Connection) -> frozenset[str]:
    """The ids of machines, which work at night."""
    return frozenset(connection.execute(select(api_tokens.c.id)).scalars())


def mark_readings(
    connection: Connection, rows: Sequence[Access], settings: AccessSettings, zone: ZoneInfo
) -> dict[int, tuple[Oddity, ...]]:
    """Why each of these readings stands out, by id, with what the same persons read just before them."""
    if not rows:
        return {}
    first, last = min(row.at for row in rows), max(row.at for row in rows)
    columns = (access_log.c.at, access_log.c.actor_id, access_log.c.hotspot_id, access_log.c.right_used)
    stored = connection.execute(
        select(access_log.c.id, *columns)
        .where(access_log.c.at > first - HOUR, access_log.c.at <= last)
        .where(access_log.c.actor_id.in_(sorted({row.actor_id for row in rows})))
    )
    busy = busy_readings(
        ((row.id, row.at, row.actor_id, _place(row.at, row.hotspot_id, row.right_used)) for row in stored),
        many=settings.many_places,
    )
    machines = machines_of(connection)
    return {row.id: _oddities(row, busy, machines, settings, zone) for row in rows}


def busy_readings(readings: Iterable[tuple[int, datetime, str, str]], *, many: int) -> set[int]:
    """The readings with which somebody came to so many places within an hour.

    Parameters
    ----------
    readings
        Id, moment, person and place, in any order.
    """
    busy = set()
    within: Mapping[str, deque[tuple[datetime, str]]] = defaultdict(deque)
    counts: Mapping[str, Counter[str]] = defaultdict(Counter)
    for number, at, person, place in sorted(readings, key=lambda reading: (reading[1], reading[0])):
        lately, count = within[person], counts[person]
        lately.append((at, place))
        count[place] += 1
        while lately[0][0] <= at - HOUR:
            _, gone = lately.popleft()
            count[gone] -= 1
            if not count[gone]:
                del count[gone]
        if len(count) >= many:
            busy.add(number)
    return busy


def _place(at: datetime, hotspot_id: str | None, right: str) -> str:
    """The place of a reading; a file of a list is one, however many stand in it."""
    return str(hotspot_id) if right in _OF_ONE_PLACE else f"file of {at.isoformat()}"


def _oddities(
    row: Access, busy: Collection[int], machines: Collection[str], settings: AccessSettings, zone: ZoneInfo
) -> tuple[Oddity, ...]:
    own = row.own_gebieden or ()
    is_elsewhere = bool(own) and row.gebied is not None and row.gebied not in own
    is_at_night = row.actor_id not in machines and settings.is_night(row.at.astimezone(zone).hour)
    marks = {
        Oddity.MANY: row.id in busy,
        Oddity.ELSEWHERE: is_elsewhere,
        Oddity.NIGHT: is_at_night,
    }
    return tuple(oddity for oddity, is_so in marks.items() if is_so)
