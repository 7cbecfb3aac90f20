"""`/beheer/bronnen`: the sources of reports; a file of a new layout made a source by choosing on a page."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.admin.delivery_map import map_of
from api.admin.mapping_form import (
    Counting,
    asked_categories,
    asked_columns,
    asked_forms,
    counting,
    mapping_of,
    systems_for,
    with_proposed_categories,
)
from api.admin.mapping_words import CATEGORIES, FIELDS, WEEKDAYS, address_in_words, system_name
from api.admin.sections import AdminRequest, Asked, Sent
from api.http.files import answer_content
from api.http.forms import Form
from api.http.sent_once import reserve
from hotspots.access.accounts import list_users
from hotspots.access.rights import Right
from hotspots.errors import MappingError, NotFoundError, SourceError, StoreError
from hotspots.files.uploads import Upload, choose_source, find_upload
from hotspots.intake.sources.date_forms import DATE_FORMS
from hotspots.intake.sources.mapping import SourceMapping, load_mapping, source_names
from hotspots.intake.sources.mapping_files import (
    current_text,
    is_own,
    require_name,
    restore_version,
    save_mapping,
    tell_untold,
    untold,
    version_of,
    versions_of,
)
from hotspots.intake.sources.proposing import fitting, propose
from hotspots.intake.sources.sampling import Sample, take_sample
from hotspots.intake.trying import Trial, TriedRow, try_mapping
from hotspots.wording import day

SECTION = "/beheer/bronnen"
SHOWN_ROWS = 5
SHOWN_REFUSED = 20
NO_FOLDER = (
    "De map met bronnen kan niet worden geschreven. Vraag wie de software beheert om de map van "
    "[sources] folder schrijfbaar te maken."
)

router = APIRouter(prefix=SECTION, include_in_schema=False)

Token = Annotated[str, Path(max_length=40)]
Name = Annotated[str, Path(max_length=60)]
Number = Annotated[int, Path(ge=1, le=9999)]


@router.get("")
def get_sources(asked: Asked) -> HTMLResponse:
    """Show the sources, of the municipality and those that ship."""
    asked.require(Right.IMPORT_REPORTS)
    _complete_history(asked)
    sources = asked.settings.sources
    return asked.page(
        "sources.html",
        section=SECTION,
        title="Bronnen",
        sources=[
            (name, _described(asked, name), is_own(sources, name), len(versions_of(sources, name)))
            for name in source_names(sources)
        ],
    )


@router.get("/nieuw/{token}")
def get_new(
    asked: Asked,
    token: Token,
    van: Annotated[str, Query(max_length=60)] = "",
    werkblad: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """Show the columns of a file, with what each seems to be."""
    asked.require(Right.IMPORT_REPORTS)
    upload = find_upload(asked.settings.service.uploads, token, owner=asked.actor.id)
    try:
        sample, count, mapping = _begin(asked, upload, van, werkblad)
    except SourceError as error:
        return _unreadable(asked, upload, error)
    return _mapping_page(asked, upload, sample, count, mapping, van=van, is_first=not van)


@router.post("/nieuw/{token}")
def post_new(sent: Sent, token: Token, form: Form) -> Response:
    """Show how the file is read by what was chosen, save it as a source, or read it as a source there is."""
    sent.require(Right.IMPORT_REPORTS)
    upload = find_upload(sent.settings.service.uploads, token, owner=sent.actor.id)
    if form.get("doe") == "kies":
        reserve(sent.request, sent.database)
        return _read_as(sent, upload, form.get("bron", ""))
    van, sheet = form.get("van", ""), form.get("werkblad", "")
    try:
        sample, count, base = _begin(sent, upload, van, sheet)
    except SourceError as error:
        return _unreadable(sent, upload, error)
    if sheet and sheet != form.get("wasWerkblad", sheet):  # another sheet has other columns
        return _mapping_page(sent, upload, sample, count, base, van=van, is_first=True)
    try:
        mapping = mapping_of(sample, base, sent.request.state.fields)
    except MappingError as error:
        return _mapping_page(sent, upload, sample, count, base, van=van, problem=error.dutch, typed=form)
    if form.get("doe") != "bewaar":
        return _mapping_page(sent, upload, sample, count, mapping, van=van, typed=form)
    problem = _save(sent, form, van, mapping)
    if problem:
        return _mapping_page(sent, upload, sample, count, mapping, van=van, problem=problem, typed=form)
    return _read_as(sent, upload, form["naam"].strip())


@router.get("/{name}.toml")
def get_file(asked: Asked, name: Name) -> Response:
    """The mapping file of a source, to take along."""
    asked.require(Right.IMPORT_REPORTS)
    return _file(current_text(asked.settings.sources, name), f"{name}.toml")


@router.get("/{name}/versies/{number}.toml")
def get_version(asked: Asked, name: Name, number: Number) -> Response:
    """An earlier version of a mapping file, to take along."""
    asked.require(Right.IMPORT_REPORTS)
    version = version_of(asked.settings.sources, name, number)
    return _file(version.text, f"{name}-versie-{number}.toml")


@router.get("/{name}")
def get_source(asked: Asked, name: Name, gedaan: bool = False) -> HTMLResponse:
    """Show how the files of a source are read, and the versions that were saved."""
    asked.require(Right.IMPORT_REPORTS)
    _complete_history(asked)
    return _source_page(asked, name, message="De bron is bewaard." if gedaan else "")


@router.post("/{name}/terug")
def post_back(sent: Sent, name: Name, form: Form) -> Response:
    """Let an earlier version of a mapping count again."""
    sent.require(Right.IMPORT_REPORTS)
    number = form.get("versie", "")
    if not number.isdecimal() or len(number) > 4:
        raise NotFoundError(f"there is no version '{number}' of '{name}'")
    try:
        with sent.database.writing() as connection:
            restore_version(
                connection,
                sent.settings.sources,
                name,
                int(number),
                by=sent.actor,
                at=sent.now,
            )
    except (MappingError, StoreError) as error:
        problem = error.dutch if isinstance(error, MappingError) else NO_FOLDER
        return _source_page(sent, name, problem=problem, status_code=409)
    return RedirectResponse(f"{SECTION}/{name}?gedaan=1", status_code=303)


def _begin(
    asked: AdminRequest, upload: Upload, van: str, sheet: str
) -> tuple[Sample, Counting, SourceMapping]:
    """The first rows of a file, and the mapping to begin with: of a source there is, else a proposal."""
    limits, sources = asked.settings.reading, asked.settings.sources
    if van:
        if van not in source_names(sources):
            raise NotFoundError(f"there is no source '{van}'")
        base = load_mapping(sources, van)
        sample = take_sample(upload.path, limits=limits, file=base.file, joins=base.joins)
        return sample, counting(upload.path, sample, limits=limits), base
    sample = take_sample(upload.path, limits=limits, sheet=sheet)
    count = counting(upload.path, sample, limits=limits)
    mapping = propose(sample, crs=asked.settings.municipality.crs).mapping
    rows, _ = asked_categories(count, mapping)
    return sample, count, with_proposed_categories(mapping, rows)


def _mapping_page(
    asked: AdminRequest,
    upload: Upload,
    sample: Sample,
    count: Counting,
    mapping: SourceMapping,
    *,
    van: str,
    problem: str = "",
    is_first: bool = False,
    typed: Mapping[str, str] | None = None,
) -> HTMLResponse:
    settings, given = asked.settings, typed or {}
    categories, left_out = asked_categories(count, mapping)
    with asked.database.reading() as connection:
        trial = (
            try_mapping(connection, settings, sample, mapping, now=asked.now)
            if mapping.columns.id and mapping.columns.reported_at
            else Trial()
        )
    columns = asked_columns(sample, mapping)
    shown = map_of(asked.database, settings, trial.points)
    return asked.page(
        "mapping.html",
        section=SECTION,
        title="Bron maken",
        status_code=400 if problem else 200,
        problem=problem,
        upload=upload,
        van=van,
        fits=[] if van else fitting(settings.sources, sample),
        is_first=is_first,
        name=given.get("naam", van),
        description=mapping.description,
        columns=[
            (column, _typed_field(given, column.place, column.field) if problem else column.field)
            for column in columns
        ],
        left_out_columns=len(sample.columns) - len(columns),
        field_names=FIELDS,
        sheets=sample.sheets,
        sheet=sample.file.sheet,
        forms=asked_forms(sample, mapping),
        zone=mapping.dates.timezone,
        own_zone=settings.municipality.timezone,
        systems=[
            (crs, system_name(crs)) for crs in systems_for(settings.municipality.crs, mapping.coordinates.crs)
        ],
        system=mapping.coordinates.crs,
        radius=f"{mapping.coordinates.radius_m:g}".replace(".", ","),
        categories=categories,
        left_out=left_out,
        kinds=CATEGORIES,
        rest=mapping.categories.default,
        trial=trial,
        shown_rows=[_in_words(asked, row, mapping) for row in trial.rows[:SHOWN_ROWS]],
        refused=trial.refused[:SHOWN_REFUSED],
        map=shown,
        drawn=None if shown is None else shown.drawn,
    )


def _typed_field(typed: Mapping[str, str], place: int, otherwise: str) -> str:
    """What was chosen for a column: it stays on the page when something else was wrong."""
    return typed.get(f"veld-{place}", "") if typed else otherwise


def _in_words(asked: AdminRequest, row: TriedRow, mapping: SourceMapping) -> dict[str, Any]:
    """One row: what stood there, and what it is read as."""
    named, reading = mapping.columns.named(), row.reading
    local = reading.reported_at.astimezone(asked.settings.municipality.zone)
    point = ""
    if row.lon is not None and row.lat is not None:
        point = f"{row.lat:.5f} noord, {row.lon:.5f} oost".replace(".", ",")
    return {
        "row": reading.row_number,
        "id": reading.source_id,
        "written_time": " ".join(row.written.get(column, "") for column in named.get("reported_at", ())),
        "time": f"{WEEKDAYS[local.weekday()]} {day(local)}"
        + (f" om {local:%H:%M}" if reading.has_hour else ""),
        "kind": CATEGORIES[reading.category],
        "address": address_in_words(reading),
        "written_point": " en ".join(
            filter(
                None, (row.written.get(column, "") for name in ("x", "y") for column in named.get(name, ()))
            )
        ),
        "point": point,
        "is_outside": row.is_outside,
        "buurt": row.buurtcode or "",
    }


def _save(sent: AdminRequest, form: Mapping[str, str], van: str, mapping: SourceMapping) -> str:
    """Save a mapping under the name that was typed; gives what is wrong, in Dutch."""
    name, sources = form.get("naam", "").strip(), sent.settings.sources
    try:
        require_name(name)
        if name != van and name in source_names(sources):
            return f"Er is al een bron {name}. Kies een andere naam, of pas die bron aan."
        with sent.database.writing() as connection:
            save_mapping(connection, sources, name, mapping, by=sent.actor, at=sent.now)
    except MappingError as error:
        return error.dutch
    except StoreError:
        return NO_FOLDER
    return ""


def _read_as(sent: AdminRequest, upload: Upload, name: str) -> Response:
    """Go on to what importing the file as a source would do."""
    if name not in source_names(sent.settings.sources):
        raise NotFoundError(f"there is no source '{name}'")
    choose_source(upload, name)
    return RedirectResponse(f"/beheer/imports/levering/{upload.token}", status_code=303)


def _unreadable(asked: AdminRequest, upload: Upload, error: SourceError) -> HTMLResponse:
    return asked.page(
        "unreadable.html",
        section=SECTION,
        status_code=400,
        title="Dit bestand kan niet worden gelezen",
        upload=upload,
        problem=error.dutch,
    )


def _source_page(
    asked: AdminRequest, name: str, *, message: str = "", problem: str = "", status_code: int = 200
) -> HTMLResponse:
    sources = asked.settings.sources
    text = current_text(sources, name)
    mapping, wrong = None, ""
    try:
        mapping = load_mapping(sources, name)
    except MappingError as error:
        wrong = error.dutch
    people = {user.id: user.full_name or user.name for user in list_users(asked.database)}
    return asked.page(
        "source.html",
        section=SECTION,
        status_code=status_code,
        title=f"Bron {name}",
        name=name,
        mapping=mapping,
        wrong=wrong,
        field_names=FIELDS,
        kinds=CATEGORIES,
        forms=[DATE_FORMS.get(form, form) for form in mapping.dates.formats] if mapping else [],
        system=system_name(mapping.coordinates.crs) if mapping else "",
        is_own=is_own(sources, name),
        versions=[
            (version, people.get(version.saved_by, version.saved_by), version.text == text)
            for version in versions_of(sources, name)
        ],
        message=message,
        problem=problem,
    )


def _complete_history(asked: AdminRequest) -> None:
    """Write in the history what a process that was killed saved."""
    with asked.database.reading() as connection:
        is_complete = not untold(connection, asked.settings.sources)
    if not is_complete:
        with asked.database.writing() as connection:
            tell_untold(connection, asked.settings.sources)


def _described(asked: AdminRequest, name: str) -> str:
    try:
        return load_mapping(asked.settings.sources, name).description
    except MappingError as error:
        return error.dutch


def _file(text: str, name: str) -> Response:
    return answer_content(text.encode(), media_type="application/toml; charset=utf-8", name=name)
