"""Looking up and erasing what is held of who made a request, each with its step in the same transaction.

What a person gave to be found by is used here and kept nowhere.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from hotspots.access.rights import Actor, Right, require
from hotspots.errors import NotFoundError, SubjectError
from hotspots.privacy.reporters import Erased, Handling, Reported, erase_reporter, export_reporter
from hotspots.privacy.requests import handling_of
from hotspots.privacy.residents import erase_resident, export_resident
from hotspots.settings import Settings
from hotspots.store.audit import processing
from hotspots.store.database import Database

MAX_VALUE = 200
"""The longest number, address or telephone number, in characters."""


class SoughtBy(StrEnum):
    """What a person gave to be found by; Dutch, as every output names it."""

    NUMBER = "meldingnummer"
    PHONE = "telefoonnummer"
    MAIL = "mailadres"
    ADDRESS = "adres"


@dataclass(frozen=True)
class Sought:
    """By what a person is looked up."""

    by: SoughtBy
    value: str
    source: str | None = None  # of a number; None: any

    @property
    def reported(self) -> Reported:
        """The same for who reported."""
        if self.by is SoughtBy.NUMBER:
            return Reported(number=self.value, source=self.source)
        return Reported(reporter=self.value)


def look_up(
    database: Database,
    settings: Settings,
    request_id: int,
    sought: Sought,
    *,
    by: Actor,
    now: datetime,
    taken_as: str | None = None,
) -> dict[str, Any]:
    """What is held of a person, JSON-able; that nothing was found is a step too.

    Parameters
    ----------
    taken_as
        The kind of file that is made of it; None: it is read on the spot.

    Raises
    ------
    ForbiddenError
        If the actor does not handle requests.
    NotFoundError, SubjectError
        If nothing is found, or it can't be told what is meant.
    """
    step = "opgezocht" if taken_as is None else f"bestand gemaakt ({taken_as})"
    handling = _handling(database, request_id, f"{step}, op {sought.by}", sought, by=by, now=now)
    with processing(database, "gegevens van een betrokkene geven", now=now):
        if sought.by is SoughtBy.ADDRESS:
            return export_resident(database, settings, sought.value, now=now, handling=handling)
        try:
            return export_reporter(database, settings, sought.reported, now=now, handling=handling)
        except NotFoundError:
            with database.writing() as connection:
                handling.also(connection, {"meldingen": 0})
            raise


def erase(
    database: Database, settings: Settings, request_id: int, sought: Sought, *, by: Actor, now: datetime
) -> Erased:
    """Erase what is held of a person; gives how much, and what stays and why.

    Raises
    ------
    ForbiddenError, NotFoundError, SubjectError
        As :func:`look_up`; or if the request asks for no such thing.
    """
    step = f"gewist, op {sought.by}"
    handling = _handling(database, request_id, step, sought, by=by, now=now, is_erasing=True)
    with processing(database, "gegevens van een betrokkene wissen", now=now):
        if sought.by is SoughtBy.ADDRESS:
            return erase_resident(database, settings, sought.value, now=now, handling=handling)
        return erase_reporter(database, settings, sought.reported, now=now, handling=handling)


def _handling(
    database: Database,
    request_id: int,
    step: str,
    sought: Sought,
    *,
    by: Actor,
    now: datetime,
    is_erasing: bool = False,
) -> Handling:
    require(by, Right.HANDLE_REQUESTS, None)
    if not sought.value.strip() or len(sought.value) > MAX_VALUE:
        raise SubjectError(
            f"wanted 1 to {MAX_VALUE} characters",
            f"Schrijf op wat de persoon opgaf, in hooguit {MAX_VALUE} tekens.",
        )
    with database.reading() as connection:
        request, handling = handling_of(connection, request_id, step, by=by, now=now)
    if is_erasing and not request.may_erase:
        raise SubjectError(
            f"{request.label} asks for access only",
            "In dit verzoek vraagt iemand alleen om inzage.",
        )
    return handling
