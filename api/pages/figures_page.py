"""`/cijfers`: months, weeks, hours, areas and streets of a year, as charts and tables to take along."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field, model_validator

from api.http.files import answer_content
from api.http.sign_in import Now, Reader, Reading
from api.pages.downloads import PNG, Taker, answer_table
from api.pages.duiding_view import written_beside
from api.pages.kept_figures import give_kept, note_mark
from api.pages.own_areas import areas_to_choose
from api.pages.rendering import reader_of, render
from api.pages.week_and_map import without_empty
from api.rest.figures import FiguresQuery, read_chosen
from hotspots.access.rights import Visibility
from hotspots.casework.duidingen import read_duidingen
from hotspots.errors import NotFoundError
from hotspots.files.written_tables import Written
from hotspots.publishing.buurt_map import BuurtMap, draw_buurt_map
from hotspots.publishing.chart_files import picture, standalone
from hotspots.publishing.disclosure import ROUND_TO
from hotspots.publishing.figures.beside import OF_OTHERS, FiguresBeside, other_figures_beside
from hotspots.publishing.figures.of_year import SUBJECTS, Figures
from hotspots.publishing.taken_along import Kind, log_taken
from hotspots.store.areas import load_areas
from hotspots.tracking.own_areas import OWN
from hotspots.wording import day, number, percentage

SVG = "image/svg+xml"
CATEGORIES = {"personen": "personen", "drugs": "drugs"}

router = APIRouter(prefix="/cijfers", include_in_schema=False, dependencies=[Depends(note_mark)])


class FiguresForm(FiguresQuery):
    """Query parameters from the form above the figures."""

    _drop_empty = model_validator(mode="before")(without_empty)


class PartQuery(FiguresForm):
    """Which part of the figures is taken along, and as what."""

    onderdeel: Annotated[str, Field(min_length=1, max_length=40)]
    vorm: Literal["svg", "png", "csv", "xlsx"] = "csv"


@router.get("")
def get_figures(
    request: Request, query: Annotated[FiguresForm, Query()], reader: Reader, now: Now
) -> HTMLResponse:
    """Show the figures of a place and year, as far as the reader may know."""
    connection, settings, visibility = reader
    figures = _kept(request, visibility, query, lambda: read_chosen(connection, settings, visibility, query))
    scope = figures.scope
    areas = load_areas(connection, settings.areas.gebieden)
    of_gebied = areas if visibility.gebieden is None else areas[areas["gebied"].isin(visibility.gebieden)]
    if query.gebied in scope.gebieden:
        of_gebied = of_gebied[of_gebied["gebied"] == query.gebied]
    about: dict[str, Any] = {
        "van": date(scope.year, 1, 1),
        "tot": date(scope.year, 12, 31),
        "gebied": query.gebied,
        "buurt": query.buurt,
        "categorie": query.categorie,
    }
    actor, today = reader_of(request), settings.municipality.local_day(now)
    return render(
        request,
        "figures.html",
        duidingen=read_duidingen(connection, settings, visibility=visibility, reader=actor, **about),
        written=written_beside(connection, settings, actor, **about),
        beside=_beside(reader, query, scope.year, today),
        title=f"Cijfers van {scope.year}" if not figures.scope.is_empty else "Cijfers",
        figures=figures,
        scope=scope,
        query=query,
        drawings=figures.drawings,
        tables=figures.tables,
        gebieden=areas_to_choose(connection, scope.gebieden, actor),
        buurten=dict(sorted(zip(of_gebied["buurtcode"], of_gebied["buurtnaam"], strict=True), key=_name)),
        categories=CATEGORIES,
        download=_download_address(query),
        summary=summary(figures),
        hot_words=_hot_words(figures),
        maps=_maps(figures),
        cell=cell,
        is_number=is_number,
        chance_count=_by_chance(figures),
        percentage=percentage,
    )


def _beside(reader: Reader, query: FiguresQuery, year: int, today: date) -> FiguresBeside:
    """Read the figures of others beside ours, of five years until the one that is shown."""
    connection, settings, visibility = reader
    return other_figures_beside(
        connection,
        settings,
        visibility=visibility,
        today=today,
        until=year if year < today.year else None,
        gebied=query.gebied,
        buurt=query.buurt,
        categorie=query.categorie,
        is_beside=True,
    )


@router.get("/download")
def get_part(query: Annotated[PartQuery, Query()], taking: Taker) -> Response:
    """Give one chart as a drawing or picture, or its table."""
    settings = taking.settings
    with taking.database.reading() as connection:
        figures = _kept(
            taking.request,
            taking.visibility,
            query,
            lambda: read_chosen(connection, settings, taking.visibility, query),
        )
        scope = figures.scope
        table = figures.tables.get(query.onderdeel)
        drawing = figures.drawings.get(query.onderdeel)
        if query.onderdeel == OF_OTHERS:
            reader = Reading(connection, settings, taking.visibility)
            beside = _beside(reader, query, scope.year, settings.municipality.local_day(taking.now))
            drawing = beside.drawing if beside.has_others else None
            table = None if drawing is None else drawing.table
        if table is None or (query.vorm in ("svg", "png") and drawing is None):
            raise NotFoundError(f"wanted a part of the figures, found '{query.onderdeel}'")
        place = None if scope.is_whole else scope.place
        notes = taking.notes(
            connection,
            what=drawing.title if drawing else f"Cijfers: {query.onderdeel}",
            choice=choice_in_words(query, figures),
            peildatum=scope.until,
        )
    stem = taking.file_stem(f"cijfers-{query.onderdeel}-{scope.year}", None, place)
    if query.categorie and query.categorie not in query.onderdeel and scope.is_exact:
        stem = f"{stem}-{query.categorie}"
    if drawing is not None and query.vorm in ("svg", "png"):
        is_svg = query.vorm == "svg"
        drawn = standalone(drawing.svg).encode() if is_svg else picture(drawing)
        response = answer_content(drawn, media_type=SVG if is_svg else PNG, name=f"{stem}.{query.vorm}")
        kind = Kind.PNG
    else:
        kind = Kind(query.vorm)
        response = answer_table(taking, kind, _written(query.onderdeel, table), stem=stem, notes=notes)
    log_taken(taking.database, actor=taking.actor, persons={}, kind=kind, now=taking.now)
    return response


def summary(figures: Figures) -> str | None:
    """Give what the year comes to so far, beside the year before, in a sentence; None of rounded figures."""
    scope = figures.scope
    if figures.months is None:
        return None
    category = figures.categories[0]
    rows = figures.months[(figures.months["category"] == category) & (figures.months["month"] == 0)]
    line = rows.iloc[0]
    now, then = int(line["count"]), line["count_last_year"]
    subject = SUBJECTS[category].lower()
    sentence = f"Tot en met {day(scope.until)} {'kwam' if now == 1 else 'kwamen'} er {number(now)} "
    sentence += f"{subject if now != 1 else subject.replace('meldingen', 'melding')} binnen"
    if then != then:
        return f"{sentence}."
    change = line["change_percent"]
    words = "" if change != change else f": {number(abs(change))}% {'meer' if change > 0 else 'minder'}"
    meaning = (
        "Dat verschil is groter dan toeval verklaart."
        if line["is_change"]
        else "Dat verschil kan toeval zijn."
    )
    return f"{sentence}, in dezelfde dagen van {scope.year - 1} {number(then)}{words}. {meaning}"


def choice_in_words(query: FiguresQuery, figures: Figures) -> str:
    """Say what was chosen."""
    about = "" if query.categorie is None else f", over {query.categorie}"
    return f"{figures.scope.place}, {figures.scope.year}{about}"


def cell(value: object) -> str:
    """Give what a cell of a table says."""
    if isinstance(value, date):
        return day(value)
    if isinstance(value, str):
        return value or "–"
    known = float(value)  # type: ignore[arg-type]  # a number, else
    return "–" if known != known else number(known, 0 if known == int(known) else 1).replace("-", "−")


def is_number(values: "pd.Series[Any]") -> bool:
    """Whether a column of a table is of numbers."""
    return pd.api.types.is_numeric_dtype(values)


def _kept(
    request: Request, visibility: Visibility, query: FiguresForm, read: Callable[[], Figures]
) -> Figures:
    # an area of one's own is for its owner only
    whose = visibility.reader_id if (query.gebied or "").startswith(OWN) else None
    return give_kept(request, (query.choice, visibility, whose), read)


def _name(entry: tuple[str, str]) -> str:
    return entry[1]


def _download_address(query: FiguresQuery) -> str:
    chosen = query.address("/cijfers/download")
    return f"{chosen}{'&' if '?' in chosen else '?'}"


def _hot_words(figures: Figures) -> str | None:
    found = figures.hot_hours
    if found is None:
        return None
    return (
        f"Het is hier vooral raak {found.days} van {found.first_hour} tot {found.end_hour} uur: "
        f"{percentage(found.share)} van de meldingen, in de hele gemeente {percentage(found.usual_share)}."
    )


def _maps(figures: Figures) -> list[BuurtMap]:
    """A map of the counts per buurt, where there is more than one."""
    rows, scope = figures.buurten, figures.scope
    if rows is None or len(rows) < 2:
        return []
    told: dict[str, float | None] = {
        str(code): None if value != value else float(value)
        for code, value in zip(rows["code"], rows["count"], strict=True)
    }
    if not any(told.values()):
        return []
    title = f"{figures.subject} per buurt, {scope.year}"
    step = 1 if scope.is_exact else ROUND_TO
    return [draw_buurt_map(scope.areas, told, name="buurtkaart", title=title, step=step)]


def _by_chance(figures: Figures) -> int:
    """How many buurten change by chance alone more than it explains, about."""
    rows = figures.buurten
    return 0 if rows is None else round(int(rows["is_change"].notna().sum()) / 20)


def _written(name: str, table: pd.DataFrame) -> Written:
    rows = [
        [None if value is None or value != value else value for value in row]
        for row in table.astype("object").to_numpy().tolist()
    ]
    return Written(name, [str(column) for column in table.columns], [list(map(_whole, row)) for row in rows])


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value == int(value) else value
