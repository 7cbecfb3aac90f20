"""The pages for people: this week, and the map of a week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field, model_validator
from sqlalchemy import Connection

from api.http.dependencies import AsOf, Filters, Name, ReadConnection, ServiceSettings
from api.http.sign_in import Now, ReaderVisibility
from api.pages.kept_figures import give_kept, note_mark
from api.pages.map_sheet import Weeks, make_sheet, visible_gebieden, weeks_beside
from api.pages.maps import SCRIPTS, draw_map
from api.pages.own_areas import areas_to_choose, buurten_within
from api.pages.picture_choices import picture_choices
from api.pages.public_account import share_address
from api.pages.rendering import reader_of, render
from api.pages.week_groups import Changes, Group, GroupName, changes, grouped, sections
from hotspots.access.rights import Actor, Visibility, visibility_of
from hotspots.casework.tasks import Task, read_tasks
from hotspots.geography.projection import Projection
from hotspots.model import Aard, Trend
from hotspots.publishing.cell_counts import read_cell_counts
from hotspots.publishing.symbols import View
from hotspots.publishing.weekly_map import build_weekly_map
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.tracking.attention_places import read_attention_places
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import count_hotspots, read_hotspots, read_ids
from hotspots.tracking.listed import DONE, is_listed
from hotspots.tracking.own_areas import OWN
from hotspots.tracking.runs import latest_run, read_as_of_dates
from hotspots.tracking.search import find_by_text, find_on_map, similar_names
from hotspots.tracking.selection import Selection
from hotspots.wording import week, week_code

MAP_LIMIT = 500
"""Most hotspots on one map; more are unreadable, and heavy for a browser."""

SHOWN_LAYERS = ("hotspots", "gebieden", "aandacht")
"""The layers of the weekly map that are shown unless the address says otherwise."""

Text = Annotated[str, Field(min_length=1, max_length=120)]

router = APIRouter(include_in_schema=False)


def without_empty(values: Any) -> Any:
    """Leave out empty values, as a form sends every field."""
    if not isinstance(values, dict):
        return values
    kept = {
        name: [item for item in value if item != ""] if isinstance(value, list) else value
        for name, value in values.items()
    }
    return {name: value for name, value in kept.items() if value not in ("", [])}


class MapForm(Filters):
    """Query parameters from the form above the map."""

    weergave: View = View.TREND
    lagen: Annotated[str, Field(min_length=1, max_length=400)] | None = None
    _drop_empty = model_validator(mode="before")(without_empty)

    def selection(self, visibility: Visibility, peildatum: date | None = None) -> Selection:
        """The selection for a reader: what is on the list, unless something else is asked for by name."""
        chosen = super().selection(visibility, peildatum)
        is_of_the_past = Trend.BEEINDIGD in self.trend or not set(DONE).isdisjoint(self.status)
        return replace(chosen, is_listed=not is_of_the_past)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that are shown."""
        return SHOWN_LAYERS if self.lagen is None else tuple(self.lagen.split(","))


class WeekForm(AsOf):
    """Query parameters from the form above the list of the week."""

    gebied: Name | None = None
    aard: list[Aard] = Field(default_factory=list)
    zoek: Text | None = None
    toon: GroupName | None = None
    _drop_empty = model_validator(mode="before")(without_empty)

    def address(self, **changed: object) -> str:
        """The address of the page with this choice and these changes."""
        values = self.model_dump(mode="json") | changed
        query = urlencode({name: value for name, value in values.items() if value}, doseq=True)
        return f"/?{query}" if query else "/"


@dataclass(frozen=True)
class WeekList:
    """The hotspots of a week as a reader chose them."""

    peildatum: date | None
    peildatums: Sequence[date]
    everything: Sequence[Hotspot]
    hits: Mapping[str, str] | None  # of a search: why each was found, by id
    chosen: Sequence[Hotspot]
    left_out: Sequence[Hotspot]  # for what they are about
    tasks: Mapping[str, Task]
    groups: Sequence[Group]
    shown: Sequence[Hotspot]

    @property
    def is_latest(self) -> bool:
        """Whether there is no later week."""
        return not self.peildatums or self.peildatum == self.peildatums[0]


def week_title(peildatum: date | None) -> str:
    """What the page of a week is called."""
    return "Hotspots deze week" if peildatum is None else f"Hotspots in {week(peildatum)}"


def read_week(
    connection: Connection,
    settings: Settings,
    visibility: Visibility,
    form: WeekForm,
    *,
    actor: Actor | None,
    now: datetime,
) -> WeekList:
    """Read the hotspots of a week, with the tasks of the reader, and choose as the form says."""
    peildatum = latest_run(connection, form.peildatum)
    everything = read_hotspots(
        connection, settings, Selection(visibility, as_of=peildatum, gebied=form.gebied)
    )
    hits = None if form.zoek is None else find_by_text(connection, settings, everything, form.zoek)
    peildatums = read_as_of_dates(connection)
    is_latest = not peildatums or peildatum == peildatums[0]
    doing = actor if is_latest else None  # tasks are of now, so not shown for earlier weeks
    today = settings.municipality.local_day(now)
    tasks = read_tasks(connection, actor=doing, hotspots=everything, today=today)
    found = everything if hits is None else [spot for spot in everything if spot.id in hits]
    chosen = [spot for spot in found if not form.aard or spot.aard in form.aard]
    groups = grouped(chosen, tasks, doing)
    if hits is not None:
        shown = chosen
    elif form.toon is not None:
        shown = [spot for group in groups if group.name is form.toon for spot in group.hotspots]
    else:
        shown = [spot for spot in chosen if is_listed(spot)]
    left_out = [spot for spot in found if form.aard and spot.aard not in form.aard]
    return WeekList(peildatum, peildatums, everything, hits, chosen, left_out, tasks, groups, shown)


@router.get("/", response_model=None)
def get_week(
    request: Request,
    form: Annotated[WeekForm, Query()],
    connection: ReadConnection,
    settings: ServiceSettings,
    visibility: ReaderVisibility,
    now: Now,
) -> Response:
    """Show what is new, grew and went quiet this week, and the reader's tasks, in one gebied or all."""
    found = read_week(connection, settings, visibility, form, actor=reader_of(request), now=now)
    peildatum, peildatums, everything = found.peildatum, found.peildatums, found.everything
    hits, shown, groups = found.hits, found.shown, found.groups
    if hits is not None and len(hits) == 1 and next(iter(hits.values())).startswith("nummer"):
        (number,) = (spot.nummer for spot in everything if spot.id in hits)
        return RedirectResponse(f"/hotspots/{number}", status_code=303)
    projection = Projection(settings.municipality.crs)
    areas = load_areas(connection, settings.areas.gebieden)
    gebieden = visible_gebieden(areas, visibility)
    choosable = areas_to_choose(connection, gebieden, reader_of(request))
    picture = build_weekly_map(
        connection,
        settings,
        shown[:MAP_LIMIT],
        peildatum=peildatum,
        area_name=choosable.get(form.gebied or "", form.gebied),
        areas=areas,
    )
    is_whole = form.toon is None and hits is None and not form.aard
    attention = (
        read_attention_places(
            connection, settings, visibility=visibility, as_of=peildatum, gebied=form.gebied
        )
        if is_whole
        else []
    )
    spot = None if form.zoek is None else find_on_map(connection, settings, form.zoek)
    if spot is not None:
        picture = replace(picture, view_box=spot.box)
    meant: list[str] = []
    if form.zoek is not None and not hits and spot is None:
        meant = similar_names(connection, settings, everything, form.zoek)
    return render(
        request,
        "week.html",
        title=week_title(peildatum),
        peildatum=peildatum,
        peildatums=peildatums,
        is_latest=found.is_latest,
        form=form,
        gebieden=gebieden,
        choosable=choosable,
        groups=groups,
        sections=sections(groups),
        tasks=found.tasks,
        found=None if hits is None else {spot.id: hits[spot.id] for spot in found.chosen},
        hidden=sum(hits is not None or is_listed(spot) for spot in found.left_out),
        spot=spot,
        meant=meant,
        shown=picture,
        attention=attention,
        drawn=draw_map(picture, projection, attention=attention),
        scripts=SCRIPTS,
        elsewhere=_count_elsewhere(connection, settings, visibility, form, everything),
        changes=_changes(connection, settings, visibility, form, everything, peildatum),
        map_url=_map_address(form),
        reports=_report_addresses(reader_of(request), form, peildatum),
        download=download_address(request),
        pictures=picture_choices(areas, gebieden, peildatum, peildatums),
    )


@router.get("/kaart", dependencies=[Depends(note_mark)])
def get_map(
    request: Request,
    form: Annotated[MapForm, Query()],
    connection: ReadConnection,
    settings: ServiceSettings,
    visibility: ReaderVisibility,
) -> HTMLResponse:
    """Show the weekly map, with filters and the same content as a list."""
    peildatum = latest_run(connection, form.peildatum)
    selection = form.selection(visibility)
    hotspots = read_hotspots(connection, settings, selection, limit=MAP_LIMIT)
    areas = load_areas(connection, settings.areas.gebieden)
    gebieden = visible_gebieden(areas, visibility)
    choosable = areas_to_choose(connection, gebieden, reader_of(request))
    sheet = make_sheet(
        connection,
        settings,
        hotspots,
        visibility=visibility,
        actor=reader_of(request),
        peildatum=peildatum,
        area_name=choosable.get(form.gebied or "", form.gebied),
        codes=buurten_within(connection, areas, form.gebied, visibility),
        view=form.weergave,
        areas=areas,
        counted=give_kept(
            request,
            ("cells", peildatum, visibility),
            lambda: read_cell_counts(connection, settings, visibility=visibility, peildatum=peildatum),
        ),
        attention=read_attention_places(
            connection, settings, visibility=visibility, as_of=peildatum, gebied=form.gebied
        ),
    )
    is_all = len(hotspots) < MAP_LIMIT
    total = len(hotspots) if is_all else count_hotspots(connection, settings, selection)
    of_any_kind = count_hotspots(connection, settings, replace(selection, aard=())) if form.aard else total
    peildatums = read_as_of_dates(connection)
    weeks = None if peildatum is None else weeks_beside(peildatums, peildatum)
    return render(
        request,
        "map.html",
        title=sheet.shown.title,
        sheet=sheet,
        scripts=SCRIPTS,
        filters=form,
        layers=form.layers,
        total=total,
        hidden=of_any_kind - total,
        without_aard=str(request.url.remove_query_params("aard").replace(scheme="", netloc="")),
        is_listed=selection.is_listed,
        peildatums=peildatums,
        weeks=weeks,
        beside=_beside(weeks, request),
        gebieden=gebieden,
        choosable=choosable,
        share_url=share_address(reader_of(request), gebied=form.gebied, peildatum=form.peildatum)
        if peildatums
        else None,
        download=download_address(request),
        pictures=picture_choices(areas, gebieden, peildatum, peildatums),
    )


def download_address(request: Request) -> str:
    """The address of what a page shows as a file, with the same choice; the kind of file is to be added."""
    query = urlencode([pair for pair in request.query_params.multi_items() if pair[1]])
    return f"{request.url.path.rstrip('/')}/download?{query}{'&' if query else ''}vorm="


def _changes(
    connection: Connection,
    settings: Settings,
    visibility: Visibility,
    form: WeekForm,
    now: Sequence[Hotspot],
    peildatum: date | None,
) -> tuple[date, Changes] | None:
    """Compare with the run before; None if there was none, or only a part of the list is asked for."""
    if form.aard:  # a place may have become of another kind, and neither came nor went
        return None
    before = None if peildatum is None else latest_run(connection, peildatum - timedelta(days=1))
    if before is None:
        return None
    then = Selection(visibility, as_of=before, gebied=form.gebied)
    listed = read_ids(connection, settings, replace(then, is_listed=True))
    return before, changes(
        now, listed, lambda ids: read_hotspots(connection, settings, replace(then, ids=ids))
    )


def _count_elsewhere(
    connection: Connection,
    settings: Settings,
    visibility: Visibility,
    form: WeekForm,
    here: Sequence[Hotspot],
) -> int:
    """If nothing is listed here, count the hotspots that the reader may know of elsewhere."""
    if form.gebied is None or any(is_listed(spot) for spot in here):
        return 0
    elsewhere = read_hotspots(connection, settings, Selection(visibility, as_of=form.peildatum))
    return sum(is_listed(spot) for spot in elsewhere)


def _report_addresses(actor: Actor | None, form: WeekForm, peildatum: date | None) -> list[tuple[str, str]]:
    """The weekly reports that the reader may read for this choice: area and address."""
    if actor is None or peildatum is None:
        return []
    reach = visibility_of(actor).gebieden
    gebieden: Sequence[str | None] = [None] if reach is None else sorted(reach)
    if form.gebied is not None:
        is_own = form.gebied.startswith(OWN)  # of which there is no report
        gebieden = [form.gebied] if not is_own and (reach is None or form.gebied in reach) else []
    code = week_code(peildatum)
    return [
        (
            gebied or "hele gemeente",
            f"/rapport?{urlencode({'week': code} | ({'gebied': gebied} if gebied else {}))}",
        )
        for gebied in gebieden
    ]


def _map_address(form: WeekForm) -> str:
    chosen = {"peildatum": form.peildatum, "gebied": form.gebied, "aard": form.aard}
    query = urlencode({name: value for name, value in chosen.items() if value}, doseq=True)
    return "/kaart" + (f"?{query}" if query else "")


def _beside(weeks: Weeks | None, request: Request) -> tuple[str | None, str | None]:
    """The addresses of the previous and next week, with the same choice; None where there is none."""
    if weeks is None:
        return None, None

    def address(at: int) -> str | None:
        if not 0 <= at < len(weeks.all):
            return None
        peildatum, _ = weeks.all[at]
        return str(request.url.include_query_params(peildatum=peildatum).replace(scheme="", netloc=""))

    return address(weeks.position - 1), address(weeks.position + 1)
