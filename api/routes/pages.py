"""The pages for people: this week, and the map of a week."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

import pandas as pd
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field, model_validator
from sqlalchemy import Connection

from api.dependencies import AsOf, Filters, Name, Reading, ServiceSettings
from api.maps import SCRIPTS, draw_map, measure_line
from api.pages import reader_of, render
from api.sign_in import Now, Sees
from api.week_groups import Changes, GroupName, changes, grouped, is_listed
from hotspots.hotspot import Hotspot
from hotspots.model import Soort
from hotspots.projection import Projection
from hotspots.rights import Actor, Sight
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.store.cell_counts import read_cell_counts
from hotspots.store.dossier import Plan, read_measures_in_force
from hotspots.store.hotspots import Selection, count_hotspots, latest_peildatum, read_hotspots
from hotspots.store.search import find_by_text
from hotspots.store.tasks import read_tasks
from hotspots.store.weeks import read_peildatums
from hotspots.symbols import View
from hotspots.weekly_map import build_weekly_map, cells_by_buurt
from hotspots.wording import day, week

MAP_LIMIT = 500
"""More on one map is unreadable, and heavy for a browser."""

LAYERS = ("hotspots", "gebieden", "cellen", "maatregelen")
"""The layers of the weekly map; the first two are shown unless the address says otherwise."""

Text = Annotated[str, Field(min_length=1, max_length=120)]

router = APIRouter(include_in_schema=False)


def without_empty(values: Any) -> Any:
    """Leave out what was not filled in: a form sends every field."""
    if not isinstance(values, dict):
        return values
    kept = {
        name: [item for item in value if item != ""] if isinstance(value, list) else value
        for name, value in values.items()
    }
    return {name: value for name, value in kept.items() if value not in ("", [])}


class MapForm(Filters):
    """What the form above the map sends."""

    weergave: View = View.TREND
    lagen: Text | None = None
    _drop_empty = model_validator(mode="before")(without_empty)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that are shown."""
        wanted = LAYERS[:2] if self.lagen is None else tuple(self.lagen.split(","))
        return tuple(layer for layer in LAYERS if layer in wanted)


class WeekForm(AsOf):
    """What the form above the week's list sends."""

    gebied: Name | None = None
    zoek: Text | None = None
    toon: GroupName | None = None
    _drop_empty = model_validator(mode="before")(without_empty)

    def address(self, **changed: object) -> str:
        """The address of the page with this choice, some of it changed."""
        values = self.model_dump(mode="json") | changed
        query = urlencode({name: str(value) for name, value in values.items() if value})
        return f"/?{query}" if query else "/"


@router.get("/", response_model=None)
def get_week(
    request: Request,
    form: Annotated[WeekForm, Query()],
    connection: Reading,
    settings: ServiceSettings,
    sight: Sees,
    now: Now,
) -> Response:
    """What is new, grew and went quiet this week, and what is asked of the reader; in one gebied or all."""
    peildatum = latest_peildatum(connection, form.peildatum)
    everything = read_hotspots(
        connection, settings, Selection(sight, peildatum=peildatum, gebied=form.gebied)
    )
    projection = Projection(settings.municipality.crs)
    found = None if form.zoek is None else find_by_text(connection, projection, everything, form.zoek)
    if found is not None and len(found) == 1 and next(iter(found.values())).startswith("nummer"):
        (number,) = (spot.nummer for spot in everything if spot.id in found)
        return RedirectResponse(f"/hotspots/{number}", status_code=303)
    peildatums = read_peildatums(connection)
    is_latest = not peildatums or peildatum == peildatums[0]
    actor = reader_of(request) if is_latest else None  # what is asked is asked now
    today = now.astimezone(settings.municipality.zone).date()
    tasks = read_tasks(connection, actor=actor, hotspots=everything, today=today)
    chosen = everything if found is None else [spot for spot in everything if spot.id in found]
    groups = grouped(chosen, tasks, actor)
    if found is not None:
        shown = chosen
    elif form.toon is not None:
        shown = [spot for group in groups if group.name is form.toon for spot in group.hotspots]
    else:
        shown = [spot for spot in chosen if is_listed(spot)]
    areas = load_areas(connection, settings.areas.gebieden)
    picture = build_weekly_map(
        connection, settings, shown[:MAP_LIMIT], peildatum=peildatum, area_name=form.gebied, areas=areas
    )
    return render(
        request,
        "week.html",
        title="Hotspots deze week" if peildatum is None else f"Hotspots in {week(peildatum)}",
        peildatum=peildatum,
        peildatums=peildatums,
        is_latest=is_latest,
        form=form,
        gebieden=visible_gebieden(areas, sight),
        groups=groups,
        tasks=tasks,
        found=found,
        shown=picture,
        drawn=draw_map(picture, settings.map, projection),
        scripts=SCRIPTS,
        elsewhere=_count_elsewhere(connection, settings, sight, form, everything),
        changes=_changes(connection, settings, sight, form, everything, peildatum),
        map_url=_map_address(form),
    )


@router.get("/kaart")
def get_map(
    request: Request,
    form: Annotated[MapForm, Query()],
    connection: Reading,
    settings: ServiceSettings,
    sight: Sees,
) -> HTMLResponse:
    """The weekly map, with filters and the same content as a list."""
    peildatum = latest_peildatum(connection, form.peildatum)
    selection = form.selection(sight)
    hotspots = read_hotspots(connection, settings, selection, limit=MAP_LIMIT)
    shown = build_weekly_map(
        connection,
        settings,
        hotspots,
        peildatum=peildatum,
        area_name=form.gebied,
        cells=read_cell_counts(connection, settings, sight=sight, peildatum=peildatum, gebied=form.gebied),
        measures=_measures(connection, reader_of(request), hotspots, peildatum),
        view=form.weergave,
    )
    peildatums = read_peildatums(connection)
    return render(
        request,
        "map.html",
        title=shown.title,
        shown=shown,
        drawn=draw_map(shown, settings.map, Projection(settings.municipality.crs)),
        scripts=SCRIPTS,
        filters=form,
        layers=form.layers,
        total=count_hotspots(connection, settings, selection),
        peildatums=peildatums,
        weeks=_weeks(peildatums, peildatum, request),
        gebieden=visible_gebieden(shown.areas, sight),
        cells=cells_by_buurt(shown),
        measures=[
            (spot, [measure_line(plan) for plan in shown.measures[spot.id]])
            for spot in hotspots
            if spot.id in shown.measures
        ],
        buurten=_buurten(shown.areas, hotspots, sight),
    )


def _measures(
    connection: Connection, actor: Actor | None, hotspots: Sequence[Hotspot], peildatum: date | None
) -> dict[str, list[Plan]]:
    if peildatum is None:
        return {}
    return read_measures_in_force(connection, actor=actor, hotspots=hotspots, on=peildatum)


def _changes(
    connection: Connection,
    settings: Settings,
    sight: Sight,
    form: WeekForm,
    now: Sequence[Hotspot],
    peildatum: date | None,
) -> tuple[date, Changes] | None:
    """What came and went since the run before; None if there was none."""
    before = None if peildatum is None else latest_peildatum(connection, peildatum - timedelta(days=1))
    if before is None:
        return None
    then = Selection(sight, peildatum=before, gebied=form.gebied)
    return before, changes(now, read_hotspots(connection, settings, then))


def _count_elsewhere(
    connection: Connection, settings: Settings, sight: Sight, form: WeekForm, here: Sequence[Hotspot]
) -> int:
    """How many hotspots the reader may know of where he did not ask for, when there is nothing here."""
    if form.gebied is None or any(is_listed(spot) for spot in here):
        return 0
    elsewhere = read_hotspots(connection, settings, Selection(sight, peildatum=form.peildatum))
    return sum(is_listed(spot) for spot in elsewhere)


def _map_address(form: WeekForm) -> str:
    chosen = {"peildatum": form.peildatum, "gebied": form.gebied}
    query = urlencode({name: str(value) for name, value in chosen.items() if value})
    return "/kaart" + (f"?{query}" if query else "")


@dataclass(frozen=True)
class Weeks:
    """What leads to other weeks: all of them for the slider, oldest first, and the two beside this one."""

    all: Sequence[tuple[str, str]]
    position: int
    earlier: str | None
    later: str | None


def _weeks(peildatums: Sequence[date], chosen: date | None, request: Request) -> Weeks | None:
    if chosen is None:
        return None
    oldest_first = list(reversed(peildatums))
    position = oldest_first.index(chosen)

    def address(at: int) -> str | None:
        if not 0 <= at < len(oldest_first):
            return None
        return str(request.url.include_query_params(peildatum=oldest_first[at]).replace(scheme="", netloc=""))

    told = [(each.isoformat(), f"{week(each)} ({day(each)})") for each in oldest_first]
    return Weeks(told, position, address(position - 1), address(position + 1))


@dataclass(frozen=True)
class BuurtLine:
    """One buurt, as the list beside the map tells it."""

    name: str
    gebied: str
    count: int


def _buurten(areas: pd.DataFrame, hotspots: Sequence[Hotspot], sight: Sight) -> list[BuurtLine]:
    counts = Counter(spot.buurtcode for spot in hotspots)
    visible = set(visible_gebieden(areas, sight))
    lines = [
        BuurtLine(str(name), str(gebied), counts[code])
        for code, name, gebied in areas[["buurtcode", "buurtnaam", "gebied"]].to_numpy().tolist()
        if gebied in visible
    ]
    return sorted(lines, key=lambda line: (line.gebied, line.name))


def visible_gebieden(areas: pd.DataFrame, sight: Sight) -> list[str]:
    """The gebieden in which a reader may know of anything."""
    known = sorted(set(areas["gebied"]))
    return [name for name in known if any(sight.shows(soort, name) for soort in Soort)]
