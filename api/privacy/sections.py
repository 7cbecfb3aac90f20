"""Shared by the pages of the privacy officer: the sections with their rights, and what makes a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import Depends, Request

from api.admin.sections import AdminRequest, Section
from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.forms import Sender
from api.http.sign_in import Now, SignedIn
from hotspots.access.rights import Right

SECTIONS: tuple[Section, ...] = (
    Section("/privacy", "Overzicht", Right.READ_ACCESS_LOG),
    Section("/privacy/inzage", "Wie las wat", Right.READ_ACCESS_LOG),
    Section("/privacy/verzoeken", "Verzoeken", Right.HANDLE_REQUESTS),
    Section("/privacy/bewaren", "Wat er is en weggaat", Right.READ_OPERATIONS),
    Section("/privacy/stukken", "Stukken", Right.READ_LEARNING),
    Section("/privacy/toets", "Jaarlijkse toets", Right.READ_LEARNING),
    Section("/privacy/stoppen", "Zoeken stoppen", Right.STOP_SIGNALLING),
)
"""The sections, in the order of the menu."""


@dataclass(frozen=True)
class PrivacyRequest(AdminRequest):
    """A request for a page below `/privacy`; its templates lie in `api/templates/privacy`."""

    folder: ClassVar[str] = "privacy"
    menu: ClassVar[Sequence[Section]] = SECTIONS


async def find_asked(
    request: Request, actor: SignedIn, database: ServiceDatabase, settings: ServiceSettings, now: Now
) -> PrivacyRequest:
    """The dependency of routes that show a page."""
    return PrivacyRequest(request, actor, database, settings, now)


async def find_sent(
    request: Request, sender: Sender, database: ServiceDatabase, settings: ServiceSettings, now: Now
) -> PrivacyRequest:
    """The dependency of routes that handle a form."""
    return PrivacyRequest(request, sender, database, settings, now)


Asked = Annotated[PrivacyRequest, Depends(find_asked)]
Sent = Annotated[PrivacyRequest, Depends(find_sent)]
