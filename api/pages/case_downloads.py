"""The tables of `/triage` and `/niet-gesignaleerd` as files, by their filter and with their rights."""

import json
from typing import IO, Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from api.http.files import answer_file
from api.http.paging import dump_all
from api.http.sign_in import SignedIn
from api.http.tables import table_of
from api.pages.downloads import (
    File,
    Taken,
    Taker,
    answer_logged,
    answer_table,
    choice_in_words,
    make_file,
    pictured_map,
)
from api.pages.not_signalled import REASONS, NotSignalledForm
from api.pages.triage_page import TriageForm
from api.rest.case_documents import OpenCaseDocument
from api.rest.not_signalled import NotSignalledDocument
from hotspots.access.rights import Right, require_somewhere, touches_persons, visibility_of
from hotspots.casework.open_cases import read_open_cases
from hotspots.geography.geojson import shapes_of
from hotspots.publishing.exports import MEDIA_TYPES, Format
from hotspots.publishing.taken_along import PICTURES, Kind, Passing
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.not_signalled import only, reach_of, read_not_signalled, with_names
from hotspots.tracking.runs import latest_run
from hotspots.tracking.selection import Selection

router = APIRouter(include_in_schema=False)

TABLES = (Kind.CSV, Kind.XLSX)


class TriageDownload(TriageForm):
    """Query parameters of the open cases as a file."""

    vorm: Kind = Kind.CSV


class NotSignalledDownload(NotSignalledForm):
    """Query parameters of what was nearly signalled as a file."""

    vorm: Kind = Kind.CSV


@router.get("/triage/download")
def get_triage_file(form: Annotated[TriageDownload, Query()], taking: Taker, actor: SignedIn) -> Response:
    """Give the open cases of the filter as the table, or their places as a map."""
    require_somewhere(actor, Right.DECIDE)
    settings, visibility = taking.settings, visibility_of(actor)
    today = settings.municipality.local_day(taking.now)
    with taking.database.reading() as connection:
        found = read_open_cases(connection, settings, form.selection(visibility), actor=actor, today=today)
        rows = form.chosen(found)
        peildatum = latest_run(connection)
        named = taking.with_name(connection, form)
        choice = choice_in_words(named, otherwise="alle open zaken")
        notes = taking.notes(connection, what="Triage", choice=choice, peildatum=peildatum)
        stem = taking.file_stem("zaken", peildatum)
        spots = read_hotspots(
            connection, settings, Selection(visibility, ids=[row.hotspot_id for row in rows])
        )
        if form.vorm in TABLES:
            passing = Passing.on(connection)
            list(passing.through(spots))
            table = table_of("zaken", OpenCaseDocument, [OpenCaseDocument.of(row) for row in rows])
            response = answer_table(taking, form.vorm, table, stem=stem, notes=notes)
            file = File(response, form.vorm, passing.found)
        else:
            pictured = None
            if form.vorm in PICTURES:
                pictured = pictured_map(taking, connection, spots, peildatum, form.gebied, buurt=form.buurt)
            file = make_file(taking, connection, form.vorm, Taken(spots, stem, notes, pictured))
    return answer_logged(taking, file)


@router.get("/niet-gesignaleerd/download")
def get_not_signalled_file(
    form: Annotated[NotSignalledDownload, Query()], taking: Taker, actor: SignedIn
) -> Response:
    """Give what was nearly signalled as a table or as GeoJSON."""
    settings, visibility = taking.settings, reach_of(actor)
    with taking.database.reading() as connection:
        near = read_not_signalled(connection, settings, visibility=visibility)
        chosen = only(near, gebied=form.gebied, buurt=form.buurt, reason=form.reden)
        places = with_names(connection, settings, chosen)
        peildatum = latest_run(connection)
        parts = [form.gebied, form.buurt, form.reden and REASONS[form.reden]]
        notes = taking.notes(
            connection,
            what="Net niet op de lijst",
            choice="; ".join(filter(None, parts)) or "alles",
            peildatum=peildatum,
        )
    stem = taking.file_stem("niet-gesignaleerd", peildatum, form.gebied)
    if form.vorm is Kind.GEOJSON:
        shapes = shapes_of([place.geometry for place in places])
        features = [
            {
                "type": "Feature",
                "geometry": shape,
                "properties": properties,
            }
            for properties, shape in zip(dump_all(NotSignalledDocument, places), shapes, strict=True)
        ]
        content = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()

        def write(output: IO[bytes]) -> None:
            output.write(content)

        response = answer_file(write, media_type=MEDIA_TYPES[Format.GEOJSON], name=f"{stem}.geojson")
    else:
        table = table_of("niet-gesignaleerd", NotSignalledDocument, places)
        response = answer_table(taking, form.vorm, table, stem=stem, notes=notes)
    # they are no hotspots, so the log has one line for all of them
    persons = [p.report_count for p in places if touches_persons(p.soort, p.reporter_count)]
    return answer_logged(taking, File(response, form.vorm, {None: sum(persons)} if persons else {}))
