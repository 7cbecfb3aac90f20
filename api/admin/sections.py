"""What the administrator's pages share: their sections, by right, and how they are rendered."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.pages.rendering import render
from hotspots.access.rights import Actor, Right, may
from hotspots.wording import count, number


@dataclass(frozen=True)
class Section:
    """One of the pages below `/beheer`."""

    path: str
    label: str
    right: Right


SECTIONS: tuple[Section, ...] = (
    Section("/beheer", "Overzicht", Right.READ_OPERATIONS),
    Section("/beheer/imports", "Imports", Right.READ_OPERATIONS),
    Section("/beheer/taken", "Taken", Right.READ_OPERATIONS),
    Section("/beheer/adressen", "Onduidelijke adressen", Right.REVIEW_ADDRESSES),
    Section("/beheer/regels", "Regels proberen", Right.TRY_RULES),
    Section("/beheer/gebieden", "Gebieden", Right.READ_OPERATIONS),
    Section("/beheer/gebruikers", "Gebruikers", Right.MANAGE_USERS),
    Section("/beheer/tokens", "Tokens", Right.MANAGE_TOKENS),
)
"""In the order of the menu beside the pages."""


def render_section(
    request: Request, actor: Actor, template: str, *, section: str, status_code: int = 200, **values: Any
) -> HTMLResponse:
    """Give a page of the administrator.

    Parameters
    ----------
    template
        Name of the file in `api/templates/beheer`.
    section
        Path of the section it belongs to.
    """
    response = render(
        request,
        f"beheer/{template}",
        sections=[entry for entry in SECTIONS if may(actor, entry.right, None)],
        section=section,
        moment=_local(request),
        duration=duration,
        may=lambda right: may(actor, Right(right), None),
        **values,
    )
    response.status_code = status_code
    return response


def duration(length: timedelta | None) -> str:
    """How long something took, in words.

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


def _local(request: Request) -> Callable[[datetime | None], str]:
    zone = request.app.state.settings.municipality.zone

    def moment(value: datetime | None) -> str:
        return "nooit" if value is None else f"{value.astimezone(zone):%d-%m-%Y %H:%M}"

    return moment
