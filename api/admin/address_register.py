"""`/beheer/adresbestand`: the address register, and another one in its place."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.admin.kept_files import NO_ANSWER, find_kept, keep_fetched, origin_of
from api.admin.sections import AdminRequest, Asked, Sent
from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.forms import Form
from api.http.sent_files import SentFile, file_problem, keep_sent, read_sent_file
from api.http.sent_once import reserve
from api.http.sign_in import Now, WhoAsks
from hotspots.access.rights import Right
from hotspots.errors import AddressesError, DownloadError, LockedError
from hotspots.files.private_files import temporary_folder
from hotspots.files.uploads import Upload, drop_upload
from hotspots.geocoding.register_store import addresses_origin, count_addresses
from hotspots.operations.register_imports import (
    Asked as AskedImport,
)
from hotspots.operations.register_imports import (
    begin_register_import,
    read_register_import,
    start_register_import,
)
from hotspots.operations.replacing import ADDRESSES, addresses_from, download_addresses, put_addresses
from hotspots.store.areas import load_areas

SECTION = "/beheer/adresbestand"
UPLOAD_PATH = f"{SECTION}/bestand"
KIND = "adressen"
"""Of the files that are kept here."""

SHOWN_REFUSED = 50
SHOWN_ROWS = 10
COLUMNS = ("street", "house_number", "house_letter", "house_suffix", "postcode", "town", "lon", "lat")

router = APIRouter(prefix=SECTION, include_in_schema=False)

Token = Annotated[str, Path(max_length=40)]
Municipality = Annotated[str, Query(max_length=80)]


async def read_addresses(who: WhoAsks) -> SentFile:
    """Read a form with a file of addresses."""
    return await read_sent_file(who, right=Right.MANAGE_AREAS, page=SECTION)


@router.get("")
def get_register(asked: Asked) -> HTMLResponse:
    """Show how many addresses there are and from where, and the last import."""
    asked.require(Right.MANAGE_AREAS)
    return _page(asked)


@router.post("/bestand")
def post_addresses(
    request: Request,
    sent: Annotated[SentFile, Depends(read_addresses)],
    settings: ServiceSettings,
    database: ServiceDatabase,
    now: Now,
) -> Response:
    """Set a file of addresses aside, and show what it would change."""
    asked = AdminRequest(request, sent.sender, database, settings, now)
    problem = file_problem(sent, settings)
    if problem:
        return _page(asked, problem=problem, status=400)
    upload = keep_sent(sent, settings, source=KIND, now=now)
    return RedirectResponse(_address(upload, sent.fields.get("gemeente", "").strip()[:80]), status_code=303)


@router.post("/ophalen")
def post_fetch(sent: Sent) -> Response:
    """Fetch the addresses from PDOK, set them aside, and show what they would change."""
    sent.require(Right.MANAGE_AREAS)
    reserve(sent.request, sent.database)
    with sent.database.reading() as connection:
        areas = load_areas(connection, sent.settings.areas.gebieden)
    with temporary_folder() as folder:
        try:
            download_addresses(sent.settings.pdok.addresses, folder / ADDRESSES, sent.settings, areas)
        except AddressesError as error:
            return _page(sent, problem=error.dutch, status=409)
        except DownloadError:
            return _page(sent, problem=NO_ANSWER, status=409)
        upload = keep_fetched(sent, folder / ADDRESSES, kind=KIND)
    return RedirectResponse(_address(upload, ""), status_code=303)


@router.get("/bestand/{token}")
def get_preview(asked: Asked, token: Token, gemeente: Municipality = "") -> HTMLResponse:
    """Show what another register would change; nothing is changed."""
    asked.require(Right.MANAGE_AREAS)
    return _preview(asked, find_kept(asked, token, kind=KIND), gemeente)


@router.post("/bestand/{token}")
def post_decision(sent: Sent, token: Token, form: Form) -> Response:
    """Begin to put the addresses in the place of the present ones, or throw them away."""
    sent.require(Right.MANAGE_AREAS)
    reserve(sent.request, sent.database)
    upload = find_kept(sent, token, kind=KIND)
    if form.get("doe") != "invoeren":
        drop_upload(upload)
        return RedirectResponse(SECTION, status_code=303)
    wanted = AskedImport(
        upload,
        origin_of(upload, sent.settings.pdok.addresses),
        form.get("gemeente", "")[:80],
        sent.actor,
        accept_changes=form.get("toch") == "ja",
    )
    try:
        begin_register_import(sent.database, sent.settings, wanted, now=sent.now)
    except LockedError:
        return _page(sent, problem="Er wordt al een adressenbestand ingevoerd. Wacht daarop.", status=409)
    start_register_import(sent.settings, wanted, begun_at=sent.now)
    return RedirectResponse(SECTION, status_code=303)


def _address(upload: Upload, municipality: str) -> str:
    more = f"?{urlencode({'gemeente': municipality})}" if municipality else ""
    return f"{UPLOAD_PATH}/{upload.token}{more}"


def _page(asked: AdminRequest, *, problem: str = "", status: int = 200) -> HTMLResponse:
    with asked.database.reading() as connection:
        last = read_register_import(connection, asked.settings, now=asked.now)
        response = asked.page(
            "address_register.html",
            section=SECTION,
            status_code=status,
            title="Adressenbestand",
            total=count_addresses(connection),
            origin=addresses_origin(connection),
            last=last,
            municipality=asked.settings.municipality.name,
            max_mb=asked.settings.service.max_upload_mb,
            problem=problem,
        )
    if last is not None and last.state == "running":
        response.headers["Refresh"] = "3"
    return response


def _preview(asked: AdminRequest, upload: Upload, municipality: str) -> HTMLResponse:
    values: dict[str, Any] = {"changes": None, "harm": [], "problem": ""}
    try:
        with asked.database.reading() as connection:
            areas = load_areas(connection, asked.settings.areas.gebieden)
        register = addresses_from(str(upload.path), asked.settings, areas, municipality=municipality)
        values["changes"], values["harm"] = put_addresses(
            asked.database,
            asked.settings,
            register,
            name=origin_of(upload, asked.settings.pdok.addresses),
            now=asked.now,
            by=asked.actor,
            dry_run=True,
        )
        contents = register.contents
        values |= {
            "contents": contents,
            "outside": register.outside,
            "refused": contents.refused.head(SHOWN_REFUSED).to_dict("records"),
            "rows": contents.table[list(COLUMNS)].head(SHOWN_ROWS).to_dict("records"),
        }
    except AddressesError as error:
        values["problem"] = error.dutch
    return asked.page(
        "register_preview.html",
        section=SECTION,
        status_code=409 if values["problem"] else 200,
        title="Wat dit adressenbestand verandert",
        file=origin_of(upload, "PDOK"),
        municipality=municipality,
        shown=SHOWN_REFUSED,
        **values,
    )
