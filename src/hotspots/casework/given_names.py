"""The better name that people give a place: plain text, without a house number, with a line of history."""

import re
from collections.abc import Iterable
from unicodedata import combining, normalize

from sqlalchemy import Connection, func, select, update

from hotspots.access.rights import Right
from hotspots.casework.cases import Case, CaseAccess, record_change
from hotspots.errors import PlaceNameError
from hotspots.geocoding.spelling import fold
from hotspots.model import Soort
from hotspots.settings import Settings
from hotspots.store.place_tables import addresses, areas
from hotspots.store.run_tables import hotspots

MAX_PLACE_NAME = 80
"""The longest name of a place, in characters: it has to fit on a card and a phone."""

NAMING = "naam geven"
"""The kind of this change in the history."""

_BLANK = frozenset("\u115f\u1160\u3164\uffa0")
"""Signs that Unicode calls letters and that nobody sees: the fillers of Hangul."""


def give_name(access: CaseAccess, name: str, *, expected_version: int) -> Case:
    """Give a place a better name than that of its streets; an empty one takes the given name back.

    The name of a dwelling is for who may see exact points, and the history says only that one was given,
    unless it is that of a street or buurt that hides the address.

    Raises
    ------
    NotFoundError, ForbiddenError, StaleError
        As :meth:`~hotspots.casework.cases.CaseAccess.changing`, with the right to enrich.
    PlaceNameError
        If the name is too long, no plain text, holds a number that is not part of the name of a street, or
        if there is no given name to take back.
    """
    wanted = normalize("NFC", " ".join(name.split()))  # é as one sign, however it was typed
    with access.changing(Right.ENRICH, expected_version) as opened:
        connection, settings, hotspot_id = opened.connection, opened.settings, opened.case.hotspot_id
        row = connection.execute(
            select(hotspots.c.given_name, hotspots.c.is_general_name).where(hotspots.c.id == hotspot_id)
        ).one()
        if wanted == (row.given_name or ""):
            raise PlaceNameError(f"wanted another name than the one it has, found {wanted!r}")
        if wanted:
            _require_fit(wanted, _streets(connection))
        is_general = wanted != "" and _is_general(connection, settings, wanted)
        values = {"given_name": wanted or None, "is_general_name": is_general if wanted else None}
        connection.execute(update(hotspots).where(hotspots.c.id == hotspot_id).values(values))

        def told(given: str | None, *, may_be_told: bool | None) -> dict[str, str | None]:
            is_told = given is None or may_be_told or opened.case.soort is not Soort.WONING
            return {"naam": given} if is_told else {}

        return record_change(
            opened,
            NAMING,
            before=told(row.given_name, may_be_told=row.is_general_name),
            after=told(wanted or None, may_be_told=is_general),
        )


def _require_fit(name: str, streets: Iterable[str]) -> None:
    is_plain = name.isprintable() and _BLANK.isdisjoint(name) and not any(map(combining, name))
    if len(name) > MAX_PLACE_NAME or not is_plain or not any(map(str.isalpha, name)):
        raise PlaceNameError(
            f"wanted as name a line of text of at most {MAX_PLACE_NAME} characters, found {len(name)}"
        )
    rest = name.casefold()
    for street in sorted(map(str.casefold, streets), key=len, reverse=True):
        if any(map(str.isnumeric, street)):
            rest = re.sub(rf"\b{re.escape(street)}\b", " ", rest)
    if any(map(str.isnumeric, rest)):
        raise PlaceNameError("wanted a name without a number, as it may be that of a house, found one")


def _is_general(connection: Connection, settings: Settings, name: str) -> bool:
    """Whether a name is that of a buurt, or of a street with enough addresses to hide one."""
    folded = fold(name)
    buurten = connection.execute(select(areas.c.buurtnaam)).scalars()
    counts = connection.execute(select(addresses.c.street, func.count()).group_by(addresses.c.street))
    return any(fold(buurt) == folded for buurt in buurten) or any(
        fold(street) == folded and count >= settings.naming.min_addresses for street, count in counts
    )


def _streets(connection: Connection) -> list[str]:
    return list(connection.execute(select(addresses.c.street).distinct()).scalars())
