"""What a page shows, as a file to take along: by the same choice and rights, and logged.

A page offers these with the macro ``downloads`` of its template. A list of its own is taken along by
:func:`make_file` (places) or :func:`answer_table` (any other table), by its filter and with its rights.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy import Connection

from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.files import answer_content, answer_file
from api.http.sign_in import Now, ReaderVisibility
from api.pages.hotspot_page import Number, PageForm
from api.pages.map_sheet import make_sheet
from api.pages.own_areas import buurten_within, name_of_area
from api.pages.rendering import reader_of
from api.pages.week_and_map import MAP_LIMIT, MapForm, WeekForm, read_week, week_title
from api.pages.week_groups import GroupName
from hotspots.access.rights import Actor, Visibility
from hotspots.errors import NotFoundError
from hotspots.files.written_tables import CSV_TYPE, XLSX_TYPE, Written, write_csv, write_xlsx
from hotspots.publishing.exports import MEDIA_TYPES, Format, write_into
from hotspots.publishing.file_names import file_name, file_name_of_all
from hotspots.publishing.geoparquet import can_write_geoparquet
from hotspots.publishing.symbols import View
from hotspots.publishing.taken_along import PICTURES, Kind, Passing, log_taken, notes_on
from hotspots.publishing.weekly_map import WeeklyMap, build_weekly_map
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.store.database import Database
from hotspots.tracking.history import read_weekly_counts
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import iterate_hotspots, read_hotspot
from hotspots.tracking.runs import is_simulated, latest_run
from hotspots.tracking.search import find_on_map
from hotspots.tracking.selection import Selection
from hotspots.tracking.signalling import stopped_sentence
from hotspots.wording import AARDEN, INDICATIES, SOORTEN, STATUSES, TRENDS, day, week

if TYPE_CHECKING:
    import geopandas as gpd

PNG, SVG = "image/png", "image/svg+xml"
PICTURE_TYPES = {Kind.PNG: PNG, Kind.SVG: SVG}

Form = TypeVar("Form", bound=BaseModel)

router = APIRouter(include_in_schema=False)


class MapList(StrEnum):
    """The lists beside the map; in Dutch, as in the address."""

    HOTSPOTS = "hotspots"
    BUURTEN = "buurten"
    VAKKEN = "vakken"


class WeekDownload(WeekForm):
    """Query parameters of the list of the week as a file."""

    vorm: Kind = Kind.CSV


class MapDownload(MapForm):
    """Query parameters of the map as a file."""

    vorm: Kind = Kind.CSV
    lijst: MapList = MapList.HOTSPOTS


class PlaceDownload(PageForm):
    """Query parameters of one hotspot as a file."""

    vorm: Kind = Kind.CSV


class Taking(NamedTuple):
    """Who takes something along, and from where."""

    request: Request
    database: Database
    settings: Settings
    visibility: Visibility
    now: datetime

    @property
    def actor(self) -> Actor | None:
        """The reader; None if anonymous."""
        return reader_of(self.request)

    def with_name(self, connection: Connection, form: Form) -> Form:
        """Give a filter with its area by name, to tell of what is taken along."""
        gebied = name_of_area(connection, getattr(form, "gebied", None), self.visibility)
        return form.model_copy(update={"gebied": gebied})

    def notes(
        self, connection: Connection, *, what: str, choice: str, peildatum: date | None
    ) -> list[tuple[str, str]]:
        """What is said of a file on its second sheet."""
        return notes_on(
            what=what,
            choice=choice,
            state="Er is nog geen ronde geweest" if peildatum is None else day(peildatum),
            actor=self.actor,
            visibility=self.visibility,
            municipality=self.settings.municipality,
            now=self.now,
            is_simulated=is_simulated(connection),
            stopped=stopped_sentence(connection, self.settings),
        )

    def file_stem(self, what: str, peildatum: date | None, area: str | None = None) -> str:
        """How a file is called, without its kind."""
        where = file_name_of_all(self.settings.municipality) if area is None else file_name(area)
        return "-".join(filter(None, (what, where, str(peildatum or ""))))


async def find_taking(
    request: Request,
    database: ServiceDatabase,
    settings: ServiceSettings,
    visibility: ReaderVisibility,
    now: Now,
) -> Taking:
    """Collect what a file is made from."""
    return Taking(request, database, settings, visibility, now)


Taker = Annotated[Taking, Depends(find_taking)]


@dataclass(frozen=True)
class Taken:
    """The places that a page shows, and what is said of them.

    Parameters
    ----------
    hotspots
        Read once, and in order.
    pictured
        The map of these, for a picture.
    """

    hotspots: Iterable[Hotspot]
    stem: str
    notes: Sequence[tuple[str, str]]
    pictured: WeeklyMap | None = None


@dataclass(frozen=True)
class File:
    """A file with places, which is only given once it is logged."""

    response: Response
    kind: Kind
    persons: Mapping[str | None, int]  # reports of what points at persons, by the id of the hotspot


def make_file(taking: Taking, connection: Connection, kind: Kind, taken: Taken) -> File:
    """Make a file of a kind with the places of a page; only what the reader may know of is to be in it."""
    passing = Passing.on(connection)
    if kind is Kind.PARQUET and not can_write_geoparquet():
        raise NotFoundError("wanted GeoParquet, found no library that writes it")
    if kind in PICTURES:
        from hotspots.publishing.pictures.drawing import draw_picture

        assert taken.pictured is not None  # noqa: S101  # for the type checker
        shown = taken.pictured
        drawn = draw_picture(replace(shown, hotspots=list(passing.through(shown.hotspots))), kind)
        response = answer_content(drawn, media_type=PICTURE_TYPES[kind], name=f"{taken.stem}.{kind}")
    else:
        form = Format(kind)
        response = answer_file(
            lambda out: write_into(
                out,
                passing.through(taken.hotspots),
                form,
                decimal_sign=taking.settings.export.decimal_sign,
                notes=taken.notes,
            ),
            media_type=MEDIA_TYPES[form],
            name=f"{taken.stem}.{form}",
        )
    return File(response, kind, passing.found)


def answer_logged(taking: Taking, file: File) -> Response:
    """Answer with a file, after what it holds is logged; no other connection is to be open then."""
    log_taken(taking.database, actor=taking.actor, persons=file.persons, kind=file.kind, now=taking.now)
    return file.response


def answer_table(
    taking: Taking,
    kind: Kind,
    table: Written,
    *,
    stem: str,
    notes: Sequence[tuple[str, str]],
) -> Response:
    """Answer with any other table as CSV or XLSX; what of it is logged, its reader decides.

    Raises
    ------
    NotFoundError
        If it is asked for as what no table can be.
    """
    if kind is Kind.CSV:
        sign = taking.settings.export.decimal_sign
        return answer_file(
            lambda out: write_csv(out, table, decimal_sign=sign), media_type=CSV_TYPE, name=f"{stem}.csv"
        )
    if kind is not Kind.XLSX:
        raise NotFoundError(f"a table is taken along as csv or xlsx, not as '{kind}'")
    return answer_file(
        lambda out: write_xlsx(out, table, notes=notes, made=taking.now.date()),
        media_type=XLSX_TYPE,
        name=f"{stem}.xlsx",
    )


@router.get("/download")
def get_week_file(form: Annotated[WeekDownload, Query()], taking: Taker) -> Response:
    """Give the list of the week, or what was searched, as a file."""
    settings, visibility = taking.settings, taking.visibility
    with taking.database.reading() as connection:
        peildatum = latest_run(connection, form.peildatum)
        named = taking.with_name(connection, form)
        spots: Iterable[Hotspot]
        if form.zoek is None and form.toon is None:
            selection = Selection(
                visibility, as_of=peildatum, gebied=form.gebied, aard=form.aard, is_listed=True
            )
            spots = iterate_hotspots(connection, settings, selection)
        else:
            chosen = read_week(connection, settings, visibility, form, actor=taking.actor, now=taking.now)
            spots = chosen.shown
        notes = taking.notes(
            connection, what=week_title(peildatum), choice=choice_in_words(named), peildatum=peildatum
        )
        pictured = None
        if form.vorm in PICTURES:
            pictured = pictured_map(taking, connection, spots, peildatum, form.gebied)
            found = None if form.zoek is None else find_on_map(connection, settings, form.zoek)
            if found is not None:
                pictured = replace(pictured, view_box=found.box)
        stem = taking.file_stem("hotspots", peildatum, named.gebied)
        file = make_file(taking, connection, form.vorm, Taken(spots, stem, notes, pictured))
    return answer_logged(taking, file)


@router.get("/kaart/download")
def get_map_file(form: Annotated[MapDownload, Query()], taking: Taker) -> Response:
    """Give what the map shows as a file, or one of the lists beside it."""
    settings = taking.settings
    selection = form.selection(taking.visibility)
    with taking.database.reading() as connection:
        peildatum = latest_run(connection, form.peildatum)
        named = taking.with_name(connection, form)
        spots = iterate_hotspots(connection, settings, selection)
        title = "Weekkaart" if peildatum is None else f"Weekkaart, {week(peildatum)}"
        notes = taking.notes(connection, what=title, choice=choice_in_words(named), peildatum=peildatum)
        stem = taking.file_stem(form.lijst, peildatum, named.gebied)
        if form.lijst is not MapList.HOTSPOTS:
            table = _beside_the_map(taking, connection, form, list(spots), peildatum)
            return answer_table(taking, form.vorm, table, stem=stem, notes=notes)
        pictured = None
        if form.vorm in PICTURES:
            pictured = pictured_map(
                taking,
                connection,
                spots,
                peildatum,
                form.gebied,
                buurt=form.buurt,
                view=form.weergave,
            )
        file = make_file(taking, connection, form.vorm, Taken(spots, stem, notes, pictured))
    return answer_logged(taking, file)


@router.get("/hotspots/{number}/download")
def get_hotspot_file(number: Number, form: Annotated[PlaceDownload, Query()], taking: Taker) -> Response:
    """Give one hotspot as a file."""
    with taking.database.reading() as connection:
        hotspot = read_hotspot(
            connection, taking.settings, number, visibility=taking.visibility, as_of=form.peildatum
        )
        peildatum = latest_run(connection, form.peildatum)
        notes = taking.notes(connection, what=hotspot.label, choice=hotspot.nummer, peildatum=peildatum)
        pictured = None
        if form.vorm in PICTURES:
            pictured = pictured_map(taking, connection, [hotspot], peildatum, place=hotspot.label)
        taken = Taken([hotspot], f"{hotspot.nummer}-{peildatum}", notes, pictured)
        file = make_file(taking, connection, form.vorm, taken)
    return answer_logged(taking, file)


@router.get("/hotspots/{number}/weken/download")
def get_weeks_file(number: Number, form: Annotated[PlaceDownload, Query()], taking: Taker) -> Response:
    """Give the reports per week of one hotspot as a file."""
    with taking.database.reading() as connection:
        hotspot = read_hotspot(
            connection, taking.settings, number, visibility=taking.visibility, as_of=form.peildatum
        )
        until = hotspot.told_on or form.peildatum
        counts = read_weekly_counts(connection, taking.settings, hotspot.id, as_of=until)
        peildatum = latest_run(connection, form.peildatum)
        notes = taking.notes(
            connection,
            what=f"Meldingen per week van {hotspot.label}",
            choice=hotspot.nummer,
            peildatum=hotspot.told_on or peildatum,
        )
        found = Passing.on(connection)
        list(found.through([hotspot]))
    rows = [(f"{monday:%G-W%V}", monday.date(), int(count)) for monday, count in counts.items()]  # type: ignore[attr-defined]
    table = Written("weken", ("week", "maandag", "aantalMeldingen"), rows)
    stem = f"{hotspot.nummer}-weken-{peildatum}"
    response = answer_table(taking, form.vorm, table, stem=stem, notes=notes)
    return answer_logged(taking, File(response, form.vorm, found.found))


def choice_in_words(form: BaseModel, *, otherwise: str = "alles wat op de lijst staat") -> str:
    """The filter of a page in words, as the second sheet of a workbook has it; else what it is without one.

    Examples
    --------
    >>> choice_in_words(WeekForm(gebied="Wyck", zoek="plein"))
    'gebied: Wyck; gezocht: plein'
    >>> choice_in_words(MapForm())
    'alles wat op de lijst staat'
    """
    parts = []
    for name, values in form.model_dump().items():
        if name in _WORDS and values:
            title, words = _WORDS[name]
            many = values if isinstance(values, list) else [values]
            parts.append(f"{title}: {', '.join(str(words.get(value, value)) for value in many)}")
    return "; ".join(parts) or otherwise


_GROUPS: Mapping[Any, str] = {
    GroupName.OORDEEL: "wacht op u",
    GroupName.TE_LAAT: "te laat",
    GroupName.STIL: "stil geworden",
    GroupName.VERDER: "al langer op de lijst",
}
_WORDS: Mapping[str, tuple[str, Mapping[Any, str]]] = {
    "gebied": ("gebied", {}),
    "buurt": ("buurt", {}),
    "bbox": ("tussen de coördinaten", {}),
    "zoek": ("gezocht", {}),
    "toon": ("groep", _GROUPS),
    "trend": ("trend", TRENDS),
    "soort": ("soort", SOORTEN),
    "indicatie": ("indicatie", INDICATIES),
    "aard": ("meldingen over", AARDEN),
    "status": ("status", STATUSES),
}


def pictured_map(
    taking: Taking,
    connection: Connection,
    hotspots: Iterable[Hotspot],
    peildatum: date | None,
    gebied: str | None = None,
    *,
    buurt: str | None = None,
    view: View = View.TREND,
    place: str | None = None,
) -> WeeklyMap:
    """The map of the first hotspots, as many as the page shows, of a gebied, a buurt or one place."""
    areas = load_areas(connection, taking.settings.areas.gebieden)
    name, codes = pictured_area(connection, areas, taking.visibility, gebied, buurt)
    return build_weekly_map(
        connection,
        taking.settings,
        [hotspot for hotspot, _ in zip(hotspots, range(MAP_LIMIT), strict=False)],
        peildatum=peildatum,
        area_name=name,
        view=view,
        areas=areas,
        for_picture=True,
        codes=codes,
        place=place,
    )


def pictured_area(
    connection: Connection,
    areas: "gpd.GeoDataFrame",
    visibility: Visibility,
    gebied: str | None,
    buurt: str | None,
) -> tuple[str | None, set[str] | None]:
    """What the area of a picture is called, and the codes of its buurten: None for all, none if unknown."""
    if buurt is not None:
        own = areas[areas["buurtcode"] == buurt]
        return next(iter(own["buurtnaam"]), buurt), set(own["buurtcode"])
    return name_of_area(connection, gebied, visibility), buurten_within(connection, areas, gebied, visibility)


def _beside_the_map(
    taking: Taking,
    connection: Connection,
    form: MapDownload,
    hotspots: Sequence[Hotspot],
    peildatum: date | None,
) -> Written:
    """One of the lists beside the map, with the same content."""
    areas = load_areas(connection, taking.settings.areas.gebieden)
    codes = buurten_within(connection, areas, form.gebied, taking.visibility)
    sheet = make_sheet(
        connection,
        taking.settings,
        hotspots,
        visibility=taking.visibility,
        actor=None,
        peildatum=peildatum,
        codes=codes,
        areas=areas,
    )
    if form.lijst is MapList.BUURTEN:
        rows: list[tuple[Any, ...]] = [(line.name, line.gebied, line.count) for line in sheet.buurten]
        return Written(form.lijst, ("buurt", "gebied", "hotspots"), rows)
    rows = [(buurt.name, buurt.counts, buurt.few) for buurt in sheet.cells]
    return Written(form.lijst, ("buurt", "aantallen", "vakkenMetWeinig"), rows)
