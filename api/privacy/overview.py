"""`/privacy`: what waits for the privacy officer."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.privacy.sections import Asked
from hotspots.access.rights import Right
from hotspots.privacy.announcements import read_announcement
from hotspots.store.confirmed_periods import read_confirmation, shortened

router = APIRouter(prefix="/privacy", include_in_schema=False)


@router.get("")
def get_desk(asked: Asked) -> HTMLResponse:
    """Show what is to be confirmed, and what goes next."""
    asked.require(Right.READ_ACCESS_LOG)
    with asked.database.reading() as connection:
        confirmation, told = read_confirmation(connection), read_announcement(connection)
    return asked.page(
        "overview.html",
        section="/privacy",
        title="Privacy",
        confirmation=confirmation,
        is_to_be_confirmed=confirmation is None or bool(shortened(confirmation, asked.settings)),
        told=told,
    )
