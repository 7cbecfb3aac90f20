"""Shared by the pages of the privacy officer: the sections with their rights, and what makes a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import Depends

from api.admin.sections import AdminRequest, Section
from api.admin.sections import Asked as AdminAsked
from api.admin.sections import Sent as AdminSent
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


async def find_asked(asked: AdminAsked) -> PrivacyRequest:
    """The dependency of routes that show a page."""
    return PrivacyRequest(**vars(asked))


async def find_sent(sent: AdminSent) -> PrivacyRequest:
    """The dependency of routes that handle a form."""
    return PrivacyRequest(**vars(sent))


Asked = Annotated[PrivacyRequest, Depends(find_asked)]
Sent = Annotated[PrivacyRequest, Depends(find_sent)]
