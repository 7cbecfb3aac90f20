"""`/beheer/ondergrond`: what maps show under the hotspots."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.admin.sections import AdminRequest, Asked, Sent
from api.http.forms import Form
from hotspots.access.rights import Right
from hotspots.errors import BackgroundError
from hotspots.files.tile_file import readable_tiles
from hotspots.publishing.background import choose, choose_background
from hotspots.store.background import CHOICE, read_imported
from hotspots.store.metadata import read_fact

router = APIRouter(prefix="/beheer/ondergrond", include_in_schema=False)


@router.get("")
def get_background(asked: Asked) -> HTMLResponse:
    """Show what maps have under them, and the choices."""
    asked.require(Right.CHOOSE_BACKGROUND)
    return _page(asked)


@router.post("")
def post_background(sent: Sent, form: Form) -> Response:
    """Choose another background, for every map from now on."""
    sent.require(Right.CHOOSE_BACKGROUND)
    try:
        with sent.database.writing() as connection:
            choose(connection, form.get("ondergrond", ""))
    except BackgroundError:
        return _page(sent, problem="Kies een van de mogelijkheden.", status=409)
    return RedirectResponse("/beheer/ondergrond", status_code=303)


def _page(asked: AdminRequest, *, problem: str = "", status: int = 200) -> HTMLResponse:
    tiles = asked.settings.map.tiles
    with asked.database.reading() as connection:
        return asked.page(
            "background.html",
            section="/beheer/ondergrond",
            status_code=status,
            title="Ondergrond",
            now_shown=choose_background(connection, asked.settings.map),
            chosen=read_fact(connection, CHOICE) or asked.settings.map.basemap,
            imported=read_imported(connection),
            lost_tiles="" if readable_tiles(tiles) else tiles,
            problem=problem,
        )
