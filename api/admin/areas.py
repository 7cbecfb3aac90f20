"""`/beheer/gebieden`: the buurten, other borders in their place, and the gebieden composed of them."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.admin.kept_files import NO_ANSWER, find_kept, keep_fetched, origin_of
from api.admin.sections import AdminRequest, Asked, Sent
from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.forms import Choices, Form
from api.http.live_settings import note_stored, own_settings
from api.http.sent_files import SentFile, file_problem, keep_sent, read_sent_file
from api.http.sent_once import reserve
from api.http.sign_in import Now, WhoAsks
from api.pages.maps import SCRIPTS, draw_map, outline_script
from hotspots.access.rights import Right, may
from hotspots.errors import AreasError, ComposingError, DownloadError, NotFoundError
from hotspots.files.private_files import temporary_folder, write_privately
from hotspots.files.uploads import Upload, drop_upload
from hotspots.geography.area_files import AreaFile
from hotspots.geography.projection import Projection
from hotspots.operations.composed_gebieden import KEY, Wanted, compose_gebied, version_of
from hotspots.operations.replacing import AREAS, WIJKEN, download_areas, put_areas, read_areas
from hotspots.publishing.context import ContextLayer
from hotspots.publishing.weekly_map import WeeklyMap, bounds_of, build_weekly_map
from hotspots.settings.stored import where_set
from hotspots.store.area_changes import AreaChanges
from hotspots.store.areas import areas_origin, load_areas

if TYPE_CHECKING:
    import geopandas as gpd

SECTION = "/beheer/gebieden"
UPLOAD_PATH = f"{SECTION}/bestand"
KIND = "gebieden"
"""Of the files that are kept here."""

MOST_DRAWN = 400
"""Buurten of one kind of change that a map shows."""

router = APIRouter(prefix=SECTION, include_in_schema=False)

Token = Annotated[str, Path(max_length=40)]
Name = Annotated[str, Query(max_length=120)]


async def read_borders(who: WhoAsks) -> SentFile:
    """Read a form with a file of borders."""
    return await read_sent_file(who, right=Right.MANAGE_AREAS, page=SECTION)


@router.get("")
def get_areas(asked: Asked, gedaan: Annotated[str, Query(max_length=20)] = "") -> HTMLResponse:
    """Show the areas, their buurten and inhabitants, and the source of their borders."""
    asked.require(Right.READ_OPERATIONS)
    return _areas_page(asked, done=_DONE.get(gedaan, ""))


@router.post("/bestand")
def post_borders(
    request: Request,
    sent: Annotated[SentFile, Depends(read_borders)],
    settings: ServiceSettings,
    database: ServiceDatabase,
    now: Now,
) -> Response:
    """Set a file of borders aside, and show what they would change."""
    asked = AdminRequest(request, sent.sender, database, settings, now)
    problem = file_problem(sent, settings)
    if problem:
        return _areas_page(asked, problem=problem, status=400)
    upload = keep_sent(sent, settings, source=KIND, now=now)
    return RedirectResponse(f"{UPLOAD_PATH}/{upload.token}", status_code=303)


@router.post("/ophalen")
def post_fetch(sent: Sent) -> Response:
    """Fetch the borders from PDOK, set them aside, and show what they would change."""
    sent.require(Right.MANAGE_AREAS)
    if not sent.settings.municipality.code:
        return _areas_page(sent, problem=NO_CODE, status=409)
    reserve(sent.request, sent.database)
    with temporary_folder() as folder:
        try:
            download_areas(sent.settings.pdok.areas, folder, sent.settings)
        except DownloadError:
            return _areas_page(sent, problem=NO_ANSWER, status=409)
        upload = keep_fetched(sent, folder / AREAS, kind=KIND)
        if (folder / WIJKEN).is_file():
            write_privately(upload.path.with_name(WIJKEN), (folder / WIJKEN).read_bytes())
    return RedirectResponse(f"{UPLOAD_PATH}/{upload.token}", status_code=303)


NO_CODE = "Geef eerst bij de instellingen de code van uw gemeente, zoals GM0935. Of stuur een bestand."


@router.get("/bestand/{token}")
def get_preview(asked: Asked, token: Token) -> HTMLResponse:
    """Show what other borders would change; nothing is changed."""
    asked.require(Right.MANAGE_AREAS)
    return _preview(asked, find_kept(asked, token, kind=KIND))


@router.post("/bestand/{token}")
def post_decision(sent: Sent, token: Token, form: Form) -> Response:
    """Put the borders in the place of the present ones, or throw them away."""
    sent.require(Right.MANAGE_AREAS)
    reserve(sent.request, sent.database)
    upload = find_kept(sent, token, kind=KIND)
    done = ""
    if form.get("doe") == "invoeren":
        try:
            put_areas(
                sent.database,
                sent.settings,
                read_areas(upload.path, sent.settings),
                name=origin_of(upload, sent.settings.pdok.areas),
                now=sent.now,
                by=sent.actor,
                accept_changes=form.get("toch") == "ja",
            )
        except AreasError as error:
            return _preview(sent, upload, problem=error.dutch)
        done = "?gedaan=buurten"
    drop_upload(upload)
    return RedirectResponse(f"{SECTION}{done}", status_code=303)


@router.get("/samenstellen")
def get_composing(asked: Asked, gebied: Name = "") -> HTMLResponse:
    """Show one gebied with its buurten and wijken, or a new one, to choose others."""
    asked.require(Right.MANAGE_AREAS)
    if gebied and gebied not in asked.settings.areas.gebieden:
        with asked.database.reading() as connection:
            areas = load_areas(connection, asked.settings.areas.gebieden)
        codes = set(areas["buurtcode"][areas["gebied"] == gebied])
        if not codes:
            raise NotFoundError(f"there is no gebied '{gebied}'")
        return _composing_page(asked, name=gebied, codes=codes)
    codes = set(asked.settings.areas.gebieden.get(gebied, ()))
    return _composing_page(asked, name=gebied, formerly=gebied, codes=codes)


@router.post("/samenstellen")
def post_gebied(sent: Sent, form: Form, choices: Choices) -> Response:
    """Keep a gebied as it was composed, or take it away."""
    sent.require(Right.MANAGE_AREAS)
    goes = form.get("doe") == "weghalen"
    codes = [] if goes else choices.get("code", [])
    name, formerly = form.get("naam", ""), form.get("was", "")
    wanted = Wanted(formerly if goes else name, codes, formerly, form.get("versie", ""))
    try:
        compose_gebied(
            sent.database,
            own_settings(sent.request),
            wanted,
            by=sent.actor,
            now=sent.now,
            accept_changes=form.get("toch") == "ja",
        )
    except ComposingError as error:
        return _composing_page(
            sent, name=name, formerly=formerly, codes=set(choices.get("code", [])), refused=error, goes=goes
        )
    note_stored(sent.request)
    return RedirectResponse(f"{SECTION}?gedaan={'weg' if goes else 'gebied'}", status_code=303)


_DONE = {
    "buurten": "De nieuwe grenzen gelden nu. Elke melding heeft opnieuw een buurt gekregen.",
    "gebied": "Het gebied is bewaard. Het geldt nu voor iedereen.",
    "weg": "Het gebied is weg. Zijn buurten horen weer bij hun wijk.",
}


def _areas_page(asked: AdminRequest, *, done: str = "", problem: str = "", status: int = 200) -> HTMLResponse:
    settings = asked.settings
    with asked.database.reading() as connection:
        areas = load_areas(connection, settings.areas.gebieden)
        origin = areas_origin(connection)
    grouped = [
        (str(name), part.sort_values("buurtcode").to_dict("records"))
        for name, part in areas.drop(columns="geometry").groupby("gebied")
    ]
    return asked.page(
        "areas.html",
        section=SECTION,
        status_code=status,
        title="Gebieden",
        gebieden=grouped,
        composed=settings.areas.gebieden,
        set_by=where_set(own_settings(asked.request), KEY),
        may_manage=may(asked.actor, Right.MANAGE_AREAS, None),
        count_of_areas=len(areas),
        approximate_count=int(areas["is_approximate"].sum()),
        inhabitants=areas["inhabitants"].sum(min_count=1),
        origin=origin,
        max_mb=settings.service.max_upload_mb,
        code=settings.municipality.code,
        done=done,
        problem=problem,
    )


# -- other borders ---------------------------------------------------------------------------------------


def _preview(asked: AdminRequest, upload: Upload, *, problem: str = "") -> HTMLResponse:
    values: dict[str, Any] = {"changes": None, "harm": []}
    try:
        found = read_areas(upload.path, asked.settings)
        changes, values["harm"] = put_areas(
            asked.database,
            asked.settings,
            found,
            name=origin_of(upload, asked.settings.pdok.areas),
            now=asked.now,
            by=asked.actor,
            dry_run=True,
        )
        values |= {"changes": changes} | _drawn(asked, found, changes)
    except AreasError as error:
        problem = problem or error.dutch
    return asked.page(
        "areas_preview.html",
        section=SECTION,
        status_code=409 if problem else 200,
        title="Wat deze grenzen veranderen",
        file=origin_of(upload, "PDOK"),
        problem=problem,
        **values,
    )


def _drawn(asked: AdminRequest, found: AreaFile, changes: AreaChanges) -> dict[str, Any]:
    """The buurten that come, go, move or are called otherwise, by name and on a map."""
    with asked.database.reading() as connection:
        stored = load_areas(connection, asked.settings.areas.gebieden)
        groups = [
            (mark, f"krijgt {words}" if mark in "≠a" else words, heading, _named(areas, codes))
            for mark, words, heading, areas, codes in (
                ("+", "komt erbij", "Buurten die erbij komen", found.areas, changes.new),
                ("−", "gaat weg", "Buurten die weggaan", stored, changes.gone),
                ("≠", "een andere grens", "Buurten met een andere grens", found.areas, changes.redrawn),
                ("a", "een andere naam", "Buurten met een andere naam", found.areas, changes.renamed),
            )
        ]
        layers = [
            ContextLayer(
                f"verandering-{number}",
                heading,
                mark,
                [(f"{name} ({code}) {words}", shape) for code, name, shape in buurten[:MOST_DRAWN]],
            )
            for number, (mark, words, heading, buurten) in enumerate(groups)
            if buurten
        ]
        base = stored if len(stored) else found.areas.assign(gebied="")
        picture = build_weekly_map(connection, asked.settings, [], peildatum=None, areas=base, context=layers)
    return {
        "groups": [(mark, heading, [name for _, name, _ in buurten]) for mark, _, heading, buurten in groups],
        "areas_count": len(found.areas),
        **_map(asked, replace(picture, view_box=bounds_of(list(found.areas.geometry)))),
    }


def _named(areas: "gpd.GeoDataFrame", codes: Collection[str]) -> list[tuple[str, str, Any]]:
    part = areas[areas["buurtcode"].isin(codes)]
    return list(zip(part["buurtcode"], part["buurtnaam"], part.geometry, strict=True))


def _map(asked: AdminRequest, picture: WeeklyMap, *more: str) -> dict[str, Any]:
    projection = Projection(asked.settings.municipality.crs)
    return {
        "drawn": draw_map(picture, projection, links=False, name="buurten", max_zoom=17),
        "scripts": [*SCRIPTS, *more],
    }


# -- composing -------------------------------------------------------------------------------------------


def _composing_page(
    asked: AdminRequest,
    *,
    name: str,
    codes: Collection[str],
    formerly: str = "",
    refused: ComposingError | None = None,
    goes: bool = False,
) -> HTMLResponse:
    settings = asked.settings
    gebieden: Mapping[str, Collection[str]] = settings.areas.gebieden
    with asked.database.reading() as connection:
        areas = load_areas(connection, settings.areas.gebieden)
        picture = build_weekly_map(connection, settings, [], peildatum=None, areas=areas.iloc[:0])
    projection = Projection(settings.municipality.crs)
    wijken = [
        (str(code), str(part["wijknaam"].iloc[0]), part.drop(columns="geometry").to_dict("records"))
        for code, part in areas.groupby("wijkcode")
    ]
    picture = replace(picture, view_box=bounds_of(list(areas.geometry)))
    return asked.page(
        "compose.html",
        section=SECTION,
        status_code=409 if refused else 200,
        title="Gebied samenstellen",
        name=name,
        formerly=formerly,
        is_composed=formerly in gebieden,
        codes=codes,
        wijken=wijken,
        version=version_of(settings.areas.gebieden),
        set_by=where_set(own_settings(asked.request), KEY),
        problem=refused.dutch if refused else "",
        is_acceptable=refused is not None and refused.is_acceptable,
        goes=goes,
        shapes=outline_script(areas, projection, "buurtvormen"),
        shape_codes=list(areas["buurtcode"]),
        **_map(asked, picture, "/static/gebieden.js"),
    )
