"""`/beheer/imports`: past imports and refused rows; uploading a file, previewing and importing it."""

import csv
import io
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from api.admin.delivery_map import map_of
from api.admin.mapping_words import CATEGORIES, FIELDS, address_in_words
from api.admin.sections import AdminRequest, Asked, Sent
from api.http.dependencies import PageParameters, ReadConnection, ServiceDatabase, ServiceSettings
from api.http.forms import Form
from api.http.sent_files import SentFile, file_problem, keep_sent, read_sent_file
from api.http.sent_once import reserve
from api.http.sign_in import Now, WhoAsks
from hotspots.access.rights import Right, require
from hotspots.errors import NotFoundError, SourceError, UndoError
from hotspots.files.spreadsheets import safe_cell
from hotspots.files.uploads import Upload, choose_source, drop_upload, find_upload
from hotspots.intake.scrubbing import scrub
from hotspots.intake.sources.mapping import source_names
from hotspots.intake.sources.proposing import fitting
from hotspots.intake.sources.sampling import take_sample
from hotspots.intake.undoing import look_at_undoing, undo_import
from hotspots.operations.delivery_flaws import flaws_of_import
from hotspots.operations.health_checks import finding_of
from hotspots.operations.health_figures import (
    ImportFigures,
    count_imports,
    count_reasons,
    read_imports,
    read_rejects,
)
from hotspots.operations.next_round import next_round
from hotspots.privacy.announcements import read_announcement, removal_of_new
from hotspots.settings import Settings
from hotspots.wording import day_and_time

if TYPE_CHECKING:
    from hotspots.intake.import_reports import ImportResult

UPLOAD_PATH = "/beheer/imports/levering"
SHOWN_REJECTS = 50
LONGEST_REASON = 500
SHOWN_CATEGORIES = 30

router = APIRouter(prefix="/beheer/imports", include_in_schema=False)

ImportId = Annotated[int, Path(alias="import", ge=1, le=2**53)]
Token = Annotated[str, Path(max_length=40)]


async def read_delivery(who: WhoAsks) -> SentFile:
    """Read a form with one file, after checking that the sender may import."""
    return await read_sent_file(who, right=Right.IMPORT_REPORTS, page="/beheer/imports")


@router.get("")
def get_imports(asked: Asked, page: PageParameters, connection: ReadConnection) -> HTMLResponse:
    """Show the imports, latest first, with the form to upload a file."""
    asked.require(Right.READ_OPERATIONS)
    total = count_imports(connection)
    imports = read_imports(connection, offset=page.offset, limit=page.pagina_grootte)
    has_more = page.offset + page.pagina_grootte < total
    return _imports_page(asked, imports=imports, total=total, page=page.pagina, has_more=has_more)


@router.post("/levering")
def post_delivery(
    request: Request,
    delivery: Annotated[SentFile, Depends(read_delivery)],
    settings: ServiceSettings,
    database: ServiceDatabase,
    now: Now,
) -> Response:
    """Set an uploaded file aside, and show what importing it would do."""
    require(delivery.sender, Right.IMPORT_REPORTS, None)
    source = delivery.fields.get("bron", "")
    problem = file_problem(delivery, settings)
    if not problem and source and source not in source_names(settings.sources):
        problem = "Kies een bron uit de lijst."
    if problem:
        asked = AdminRequest(request, delivery.sender, database, settings, now)
        with database.reading() as connection:
            imports, total = read_imports(connection, limit=50), count_imports(connection)
        return _imports_page(
            asked, status_code=400, problem=problem, imports=imports, total=total, page=1, has_more=False
        )
    upload = keep_sent(delivery, settings, source=source, now=now)
    if not source and not (name := _only_source(settings, upload)):
        return RedirectResponse(f"/beheer/bronnen/nieuw/{upload.token}", status_code=303)
    if not source:
        choose_source(upload, name)
    return RedirectResponse(f"{UPLOAD_PATH}/{upload.token}", status_code=303)


def _only_source(settings: Settings, upload: Upload) -> str:
    """The one source whose files look like this; empty if there is none, or more than one."""
    try:
        found = fitting(settings.sources, take_sample(upload.path, limits=settings.reading))
    except SourceError:  # the page of the sources says what is wrong with it
        return ""
    return found[0] if len(found) == 1 else ""


@router.get("/levering/{token}")
def get_delivery(asked: Asked, token: Token) -> Response:
    """Show what importing a file would do, by a dry run."""
    asked.require(Right.IMPORT_REPORTS)
    upload = find_upload(asked.settings.service.uploads, token, owner=asked.actor.id)
    if not upload.source:
        return RedirectResponse(f"/beheer/bronnen/nieuw/{token}", status_code=303)
    return _shown(asked, upload)


@router.post("/levering/{token}")
def post_decision(sent: Sent, token: Token, form: Form) -> Response:
    """Import an uploaded file, or discard it."""
    sent.require(Right.IMPORT_REPORTS)
    reserve(sent.request, sent.database)  # the file is gone when it is done
    upload = find_upload(sent.settings.service.uploads, token, owner=sent.actor.id)
    if form.get("doe") == "importeren" and upload.source:
        from hotspots.intake.import_reports import import_reports

        try:
            import_reports(sent.database, sent.settings, upload.path, upload.source, now=sent.now)
        except SourceError:
            return _shown(sent, upload)
        drop_upload(upload)
        with sent.database.reading() as connection:
            (latest,) = read_imports(connection, limit=1)
        return RedirectResponse(f"/beheer/imports/{latest.id}?gedaan=1", status_code=303)
    drop_upload(upload)
    return RedirectResponse("/beheer/imports", status_code=303)


@router.get("/{import}")
def get_import(
    asked: Asked, import_id: ImportId, connection: ReadConnection, gedaan: bool = False
) -> HTMLResponse:
    """Show one import: its counts, how it was read, and the refused rows."""
    return _import_page(asked, connection, import_id, is_fresh=gedaan)


@router.post("/{import}/terugdraaien")
def post_undo(sent: Sent, import_id: ImportId, form: Form) -> Response:
    """Take back what an import did."""
    sent.require(Right.IMPORT_REPORTS)
    reason, problem = form.get("reden", "").strip(), ""
    if not reason:
        problem = "Schrijf op waarom u deze levering terugdraait."
    elif len(reason) > LONGEST_REASON:
        problem = f"Schrijf in hoogstens {LONGEST_REASON} tekens waarom u deze levering terugdraait."
    else:
        try:
            with sent.database.writing() as connection:
                undo_import(connection, import_id, by=sent.actor, at=sent.now, reason=reason)
        except UndoError as error:
            problem = error.dutch
    if not problem:
        return RedirectResponse(f"/beheer/imports/{import_id}", status_code=303)
    with sent.database.reading() as connection:
        return _import_page(sent, connection, import_id, reason=reason, problem=problem, status_code=409)


def _import_page(
    asked: AdminRequest,
    connection: Connection,
    import_id: int,
    *,
    is_fresh: bool = False,
    reason: str = "",
    problem: str = "",
    status_code: int = 200,
) -> HTMLResponse:
    line = _read_import(asked, connection, import_id)
    return asked.page(
        "import.html",
        section="/beheer/imports",
        title=f"Import {import_id}",
        status_code=status_code,
        problem=problem,
        reason=reason,
        longest_reason=LONGEST_REASON,
        undoing=look_at_undoing(connection, import_id),
        line=line,
        findings=[finding_of(flaw) for flaw in flaws_of_import(connection, import_id, asked.settings.health)],
        reasons=count_reasons(connection, import_id),
        rejects=read_rejects(connection, import_id, limit=SHOWN_REJECTS),
        shown=SHOWN_REJECTS,
        is_fresh=is_fresh,
        changes=next_round(connection, asked.settings, asked.now),
        when_it_goes=_when_it_goes(asked, connection, import_id) if line.past_periods else "",
    )


@router.get("/{import}/geweigerd.csv")
def get_rejects(asked: Asked, import_id: ImportId, connection: ReadConnection) -> Response:
    """The refused rows of an import as CSV: number, id and reason; never the row itself."""
    _read_import(asked, connection, import_id)
    output = io.StringIO()
    writer = csv.writer(output, delimiter=";", lineterminator="\r\n")
    writer.writerow(["rijnummer", "kenmerk", "reden"])
    for row in read_rejects(connection, import_id):
        writer.writerow([row.row_number, safe_cell(row.source_id or ""), safe_cell(row.reason)])
    name = f"geweigerd-import-{import_id}.csv"
    return Response(
        "\N{ZERO WIDTH NO-BREAK SPACE}" + output.getvalue(),  # byte order mark: spreadsheets then read UTF-8
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _read_import(asked: AdminRequest, connection: Connection, import_id: int) -> ImportFigures:
    asked.require(Right.READ_OPERATIONS)
    imports = read_imports(connection, import_id=import_id)
    if not imports:
        raise NotFoundError(f"there was no import {import_id}")
    return imports[0]


def _imports_page(asked: AdminRequest, **values: Any) -> HTMLResponse:
    return asked.page(
        "imports.html",
        section="/beheer/imports",
        title="Imports",
        sources=source_names(asked.settings.sources),
        max_mb=asked.settings.service.max_upload_mb,
        **values,
    )


def _shown(asked: AdminRequest, upload: Upload) -> HTMLResponse:
    from hotspots.intake.import_reports import import_reports

    rejects_path = upload.path.parent / ".geweigerd.csv"
    result, problem = None, None
    try:
        result = import_reports(
            asked.database,
            asked.settings,
            upload.path,
            upload.source,
            now=asked.now,
            dry_run=True,
            rejects_path=rejects_path,
        )
    except SourceError as error:
        problem = error
    shown = map_of(asked.database, asked.settings, result.points) if result else None
    return asked.page(
        "delivery.html",
        section="/beheer/imports",
        status_code=200 if result else 400,
        title="Levering bekijken",
        upload=upload,
        problem=problem,
        map=shown,
        drawn=None if shown is None else shown.drawn,
        field_names=FIELDS,
        kinds=CATEGORIES,
        result=result,
        when_it_goes=_when(asked) if result and result.past_periods else "",
        understood=_understood(result) if result else None,
        rejects=_first_rejects(rejects_path) if result and result.counts.rejected else [],
        shown=SHOWN_REJECTS,
    )


def _when(asked: AdminRequest) -> str:
    with asked.database.reading() as connection:
        return _when_it_goes(asked, connection)


def _when_it_goes(asked: AdminRequest, connection: Connection, import_id: int | None = None) -> str:
    """When what an import brought goes that is past its period, in words; None: of one that is done now."""
    goes_at = removal_of_new(connection, asked.settings, asked.now)
    if goes_at is None:
        return "Er gaat nog niets weg: de bewaartermijnen zijn nog niet bevestigd."
    told = read_announcement(connection)
    if told is not None and import_id is not None and import_id <= told.last_import:
        if not any(import_id in of_kind for of_kind in told.by_import.values()):
            return "Daarvan gaat er nu niets weg."
        goes_at = told.goes_at
    goes = day_and_time(goes_at, asked.settings.municipality.zone)
    return f"Wat voorbij de termijn is, gaat weg op {goes}."


def _understood(result: "ImportResult") -> dict[str, Any]:
    return {
        "fields": result.fields,
        "absent": result.absent_columns,
        "unused": result.unused_columns,
        "categories": [
            (scrub(name), category, total)
            for (name, category), total in result.categories.most_common(SHOWN_CATEGORIES)
        ],
        "notes": result.notes.most_common(),
        "rows": [(reading, address_in_words(reading)) for reading in result.readings],
    }


def _first_rejects(path: FilePath) -> list[tuple[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, delimiter=";")
        return [(row["rijnummer"], row["reden"]) for row, _ in zip(rows, range(SHOWN_REJECTS), strict=False)]
