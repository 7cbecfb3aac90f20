"""The pages for people: this week, the map of a week, and one hotspot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

import pandas as pd
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import model_validator

from api.dependencies import AsOf, Filters, Name, Reading, ServiceSettings
from api.maps import SCRIPTS, draw_map
from api.pages import render
from api.sign_in import Sees
from hotspots.hotspot import Hotspot
from hotspots.model import Soort, Trend
from hotspots.projection import Projection
from hotspots.rights import Sight
from hotspots.store.areas import load_areas
from hotspots.store.hotspots import (
    Selection,
    count_hotspots,
    latest_peildatum,
    read_hotspot,
    read_hotspots,
    read_lineage,
    read_weekly_counts,
)
from hotspots.store.weeks import read_peildatums
from hotspots.weekly_map import build_weekly_map
from hotspots.wording import INDICATIES, SOORTEN, count, day, number, week

MAP_LIMIT = 500
"""More on one map is unreadable, and heavy for a browser."""

MIN_BARS = 26

BAR_HEIGHT = 84
"""Of the tallest bar, in the units of the drawing."""

router = APIRouter(include_in_schema=False)


def _without_empty(values: Any) -> Any:
    # a form sends every field, also those in which nothing was chosen
    if not isinstance(values, dict):
        return values
    kept = {
        name: [item for item in value if item != ""] if isinstance(value, list) else value
        for name, value in values.items()
    }
    return {name: value for name, value in kept.items() if value not in ("", [])}


class MapForm(Filters):
    """What the form above the map sends."""

    _drop_empty = model_validator(mode="before")(_without_empty)


class WeekForm(AsOf):
    """What the form above the week's list sends."""

    gebied: Name | None = None
    _drop_empty = model_validator(mode="before")(_without_empty)


@dataclass(frozen=True)
class Group:
    """Hotspots of a week that have the same in common."""

    name: str
    title: str
    explanation: str
    hotspots: Sequence[Hotspot]


@dataclass(frozen=True)
class Bar:
    """One week in the chart of a hotspot."""

    monday: date
    count: int
    height: float


@dataclass(frozen=True)
class LineageLine:
    """One split or merge."""

    kind: str
    origin: str
    target: str
    day: date


@router.get("/")
def get_week(
    request: Request,
    form: Annotated[WeekForm, Query()],
    connection: Reading,
    settings: ServiceSettings,
    sight: Sees,
) -> HTMLResponse:
    """What is new, grew and went quiet this week, in one gebied or all."""
    peildatum = latest_peildatum(connection, form.peildatum)
    selection = Selection(sight, peildatum=peildatum, gebied=form.gebied)
    hotspots = read_hotspots(connection, settings, selection)
    areas = load_areas(connection, settings.areas.gebieden)
    chosen = {"peildatum": form.peildatum, "gebied": form.gebied}
    query = urlencode({name: str(value) for name, value in chosen.items() if value})
    return render(
        request,
        "week.html",
        title="Hotspots deze week" if peildatum is None else f"Hotspots in {week(peildatum)}",
        peildatum=peildatum,
        peildatums=read_peildatums(connection),
        gebied=form.gebied,
        gebieden=visible_gebieden(areas, sight),
        groups=grouped(hotspots),
        map_url="/kaart" + (f"?{query}" if query else ""),
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
    selection = form.selection(sight)
    shown = build_weekly_map(
        connection,
        settings,
        read_hotspots(connection, settings, selection, limit=MAP_LIMIT),
        peildatum=latest_peildatum(connection, form.peildatum),
        area_name=form.gebied,
    )
    return render(
        request,
        "map.html",
        title=shown.title,
        shown=shown,
        drawn=draw_map(shown, settings.map, Projection(settings.municipality.crs)),
        scripts=SCRIPTS,
        filters=form,
        total=count_hotspots(connection, settings, selection),
        peildatums=read_peildatums(connection),
        gebieden=visible_gebieden(shown.areas, sight),
    )


@router.get("/hotspots/{number}")
def get_hotspot(
    request: Request,
    number: Annotated[str, Path(max_length=60)],
    form: Annotated[WeekForm, Query()],
    connection: Reading,
    settings: ServiceSettings,
    sight: Sees,
) -> HTMLResponse:
    """One hotspot: why it is on the list, its figures, its weeks, where it came from."""
    hotspot = read_hotspot(connection, settings, number, sight=sight, peildatum=form.peildatum)
    counts = read_weekly_counts(connection, settings, hotspot.id, peildatum=form.peildatum)
    weekly = {monday.date(): int(value) for monday, value in counts.items()}  # type: ignore[attr-defined]
    shown = build_weekly_map(
        connection,
        settings,
        [hotspot],
        peildatum=latest_peildatum(connection, form.peildatum),
        area_name=hotspot.nummer,
    )
    return render(
        request,
        "hotspot.html",
        title=hotspot.nummer,
        hotspot=hotspot,
        figures=figures(hotspot),
        bars=bars(weekly, until=shown.peildatum or hotspot.laatste_melding),
        total=sum(weekly.values()),
        highest=max(weekly.values(), default=0),
        lineage=[LineageLine(*line) for line in read_lineage(connection, settings, hotspot.id, sight=sight)],
        shown=shown,
        drawn=draw_map(shown, settings.map, Projection(settings.municipality.crs), links=False),
        scripts=SCRIPTS,
    )


def visible_gebieden(areas: pd.DataFrame, sight: Sight) -> list[str]:
    """The gebieden in which a reader may know of anything."""
    known = sorted(set(areas["gebied"]))
    return [name for name in known if any(sight.shows(soort, name) for soort in Soort)]


def grouped(hotspots: Sequence[Hotspot]) -> list[Group]:
    """A week's hotspots by what is to be known of them first; what has ended is left out."""
    others = (Trend.AANHOUDEND, Trend.AFNEMEND, Trend.WISSELEND)

    def of(*trends: Trend) -> list[Hotspot]:
        return [hotspot for hotspot in hotspots if hotspot.trend in trends]

    return [
        Group("nieuw", "Nieuw", "Voor het eerst gesignaleerd in de afgelopen weken.", of(Trend.NIEUW)),
        Group("toegenomen", "Toegenomen", "Meer meldingen dan in de weken ervoor.", of(Trend.TOENEMEND)),
        Group("stil", "Stil geworden", "Al een aantal weken geen nieuwe melding.", of(Trend.STIL)),
        Group("verder", "Verder", "Was er al, en is niet duidelijk toegenomen.", of(*others)),
    ]


def bars(weekly: dict[date, int], *, until: date) -> list[Bar]:
    """A bar per week to the week of a day, the tallest for the most reports; none without reports.

    A short history starts with empty weeks, so that a bar is never wider than a week in half a year.
    """
    highest = max(weekly.values(), default=0)
    if not highest:
        return []
    last = max(max(weekly), until - timedelta(days=until.weekday()))
    first = min(min(weekly), last - timedelta(weeks=MIN_BARS - 1))
    mondays = [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]
    counts = [weekly.get(monday, 0) for monday in mondays]
    return [
        Bar(monday, value, round(BAR_HEIGHT * value / highest, 1))
        for monday, value in zip(mondays, counts, strict=True)
    ]


def figures(hotspot: Hotspot) -> list[tuple[str, str]]:
    """The figures of a hotspot in words, in the order of the page."""
    melders = "onbekend" if hotspot.aantal_melders is None else number(hotspot.aantal_melders)
    chance = None if hotspot.p_waarde is None else hotspot.p_waarde * 100
    lines = [
        ("Meldingen in de periode", number(hotspot.aantal_meldingen)),
        ("Verschillende dagen", number(hotspot.aantal_dagen)),
        ("Verschillende weken", number(hotspot.aantal_weken)),
        ("Bekende melders", melders),
        ("Duur", count(hotspot.duur_dagen, "dag", "dagen")),
        ("Verwacht op grond van de omgeving", number(hotspot.verwacht, 1)),
        ("Kans dat toeval dit geeft", "–" if chance is None else _percentage(chance)),
        ("Score", number(hotspot.score, 2)),
        ("Soort", SOORTEN[hotspot.soort]),
        ("Indicatie", INDICATIES[hotspot.indicatie]),
        ("Eerste melding", day(hotspot.eerste_melding)),
        ("Laatste melding", day(hotspot.laatste_melding)),
        ("Eerste signalering", day(hotspot.eerste_signalering)),
        ("Laatste signalering", day(hotspot.laatste_signalering)),
        ("Gebied", hotspot.gebied or "onbekend"),
    ]
    if hotspot.herhalingsinterval is not None:
        interval = count(round(hotspot.herhalingsinterval), "dag", "dagen")
        lines.insert(7, ("Door toeval hooguit eens in", interval))
    return lines


def _percentage(value: float) -> str:
    return "minder dan 0,01 %" if value < 0.01 else f"{number(value, 2)} %"
