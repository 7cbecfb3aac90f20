"""Shared by the administrator's pages: the sections with their rights, and rendering."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.forms import Sender
from api.http.sign_in import Now, SignedIn
from api.pages.rendering import render
from hotspots.access.rights import Actor, Right, may, require
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.wording import count, number, short_day


@dataclass(frozen=True)
class Section:
    """One of the pages below `/beheer`."""

    path: str
    label: str
    right: Right


SECTIONS: tuple[Section, ...] = (
    Section("/beheer", "Overzicht", Right.READ_OPERATIONS),
    Section("/beheer/imports", "Imports", Right.READ_OPERATIONS),
    Section("/beheer/bronnen", "Bronnen", Right.IMPORT_REPORTS),
    Section("/beheer/taken", "Taken", Right.READ_OPERATIONS),
    Section("/beheer/adressen", "Onduidelijke adressen", Right.REVIEW_ADDRESSES),
    Section("/beheer/regels", "Regels", Right.TRY_RULES),
    Section("/beheer/instellingen", "Instellingen", Right.CHANGE_SETTINGS),
    Section("/beheer/gebieden", "Gebieden", Right.READ_OPERATIONS),
    Section("/beheer/adresbestand", "Adressenbestand", Right.MANAGE_AREAS),
    Section("/beheer/bewaren", "Bewaartermijnen", Right.READ_OPERATIONS),
    Section("/beheer/ondergrond", "Ondergrond", Right.CHOOSE_BACKGROUND),
    Section("/beheer/gebruikers", "Gebruikers", Right.MANAGE_USERS),
    Section("/beheer/tokens", "Tokens", Right.MANAGE_TOKENS),
    Section("/beheer/gebeurtenissen", "Gebeurtenissen", Right.MANAGE_EVENTS),
    Section("/beheer/veiligheid", "Veiligheid", Right.READ_OPERATIONS),
    Section("/beheer/geschiedenis", "Geschiedenis", Right.READ_OPERATIONS),
    Section("/privacy/stukken", "Stukken", Right.READ_LEARNING),
    Section("/privacy/toets", "Jaarlijkse toets", Right.READ_LEARNING),
    Section("/privacy/stoppen", "Zoeken stoppen", Right.STOP_SIGNALLING),
)
"""The sections, in the order of the menu."""


@dataclass(frozen=True)
class AdminRequest:
    """A request for a page below `/beheer`: the actor, and what the answer is made with."""

    folder: ClassVar[str] = "beheer"
    menu: ClassVar[Sequence[Section]] = SECTIONS

    request: Request
    actor: Actor
    database: Database
    settings: Settings
    now: datetime

    def require(self, right: Right) -> None:
        """Raise unless the actor has a right.

        Raises
        ------
        ForbiddenError
            Naming the actor and the right.
        """
        require(self.actor, right, None)

    def page(self, template: str, *, section: str, status_code: int = 200, **values: Any) -> HTMLResponse:
        """Render a page with the menu of its sections.

        Parameters
        ----------
        template
            Name of the file in the folder of templates.
        section
            Path of its section.
        """
        response = render(
            self.request,
            f"{self.folder}/{template}",
            sections=[entry for entry in self.menu if may(self.actor, entry.right, None)],
            section=section,
            moment=self._local,
            duration=duration,
            may=lambda right: may(self.actor, Right(right), None),
            **values,
        )
        response.status_code = status_code
        return response

    def _local(self, value: datetime | None) -> str:
        zone = self.settings.municipality.zone
        if value is None:
            return "nooit"
        local = value.astimezone(zone)
        return f"{short_day(local)} {local:%H:%M}"


async def find_asked(
    request: Request, actor: SignedIn, database: ServiceDatabase, settings: ServiceSettings, now: Now
) -> AdminRequest:
    """The dependency of routes that show a page."""
    return AdminRequest(request, actor, database, settings, now)


async def find_sent(
    request: Request, sender: Sender, database: ServiceDatabase, settings: ServiceSettings, now: Now
) -> AdminRequest:
    """The dependency of routes that handle a form."""
    return AdminRequest(request, sender, database, settings, now)


Asked = Annotated[AdminRequest, Depends(find_asked)]
Sent = Annotated[AdminRequest, Depends(find_sent)]


def duration(length: timedelta | None) -> str:
    """Give a duration in Dutch words.

    Examples
    --------
    >>> duration(timedelta(seconds=2.34)), duration(timedelta(minutes=75)), duration(None)
    ('2,3 s', '75 minuten', '–')
    """
    if length is None:
        return "–"
    seconds = length.total_seconds()
    if seconds < 60:
        return f"{number(seconds, 1)} s"
    return count(round(seconds / 60), "minuut", "minuten")
