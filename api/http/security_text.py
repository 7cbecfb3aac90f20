"""`/.well-known/security.txt`: whom to tell of a leak in this installation (RFC 9116)."""

from datetime import UTC, datetime, time, timedelta

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import PlainTextResponse, RedirectResponse

from api.http.addresses import service_address
from api.http.dependencies import ServiceSettings
from api.http.sign_in import Now, limit_address
from hotspots.settings import Settings

PATH = "/.well-known/security.txt"

HOLDS = timedelta(days=180)
"""How long what it says may be believed; at most a year (RFC 9116, 2.5.5)."""

router = APIRouter(include_in_schema=False, dependencies=[Depends(limit_address)])


@router.get(PATH)
def get_security_text(request: Request, settings: ServiceSettings, now: Now) -> PlainTextResponse:
    """Tell everyone whom to write to; nothing where the settings name nobody."""
    _require_contact(settings)
    return PlainTextResponse(security_text(settings, address=service_address(request, settings), now=now))


@router.get("/security.txt")
def get_former_place(settings: ServiceSettings) -> RedirectResponse:
    """Lead to it from where it was before there was a standard (RFC 9116, 3)."""
    _require_contact(settings)
    return RedirectResponse(PATH, status_code=301)


def security_text(settings: Settings, *, address: str, now: datetime) -> str:
    """The lines of it, the same all day.

    Parameters
    ----------
    address
        Of the service; one without encryption is not named, as nobody could trust what is read there.
    """
    contact = settings.service.security_contact
    ends = datetime.combine(now.astimezone(UTC).date(), time(), UTC) + HOLDS
    lines = {
        "Contact": contact if contact.startswith("https://") else f"mailto:{contact}",
        "Expires": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Preferred-Languages": "nl, en",
    }
    if address.startswith("https://"):
        lines["Canonical"] = address + PATH
    if settings.service.security_policy:
        lines["Policy"] = settings.service.security_policy
    return "".join(f"{name}: {value}\n" for name, value in lines.items())


def _require_contact(settings: Settings) -> None:
    if not settings.service.security_contact:
        raise HTTPException(404)
