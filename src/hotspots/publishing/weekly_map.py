"""The content of a map of one week: hotspots, buurten, title."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from hotspots.casework.measures import Plan
from hotspots.geography.geojson import shape_texts
from hotspots.geography.projection import Projection
from hotspots.model import Indicatie, Trend
from hotspots.publishing.background import NONE, Background, Ground, choose_background, read_ground
from hotspots.publishing.cell_counts import CellCount
from hotspots.publishing.context import ContextLayer
from hotspots.publishing.disclosure import quarter_of
from hotspots.publishing.symbols import SYMBOLS, Symbol, View
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.runs import is_simulated
from hotspots.tracking.signalling import stopped_sentence
from hotspots.wording import TRENDS, day, lower_first, quarter, week

if TYPE_CHECKING:
    import geopandas as gpd

OUTLINE_TOLERANCE_M = 8.0
"""Precision of outlines: a pixel at the scale of a neighbourhood."""


_SPREAD = 0.3
"""Hotspots that reach over a smaller share of the area are in a small part of it."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class WeeklyMap:
    """A map of one week, before it is drawn."""

    peildatum: date | None
    hotspots: Sequence[Hotspot]
    areas: "gpd.GeoDataFrame"  # as store.areas.load_areas gives them
    municipality: str
    is_simulated: bool
    area_name: str | None = None
    cells: Sequence[CellCount] = ()
    measures: Mapping[str, Sequence[Plan]] = field(default_factory=dict)  # in force, by id of the hotspot
    view: View = View.TREND  # what the symbols show
    background: Background = NONE
    ground: Ground | None = None  # what a picture draws under the rest
    context: Sequence[ContextLayer] = ()  # what is shown beside the hotspots
    view_box: tuple[float, float, float, float] | None = None  # what is looked at, if not its hotspots
    codes: Collection[str] | None = None  # of the buurten that it is about, if not of all
    period: tuple[date, date] | None = None  # of the places that were on the list in these days
    place: str | None = None  # how the one hotspot is called that it is of
    stopped: str = ""  # that signalling is stopped, in a sentence

    @property
    def title(self) -> str:
        """The title above the map."""
        if self.place is not None:
            return f"Hotspot {self.place}" + (f", {week(self.peildatum)}" if self.peildatum else "")
        where = self.area_name or self.municipality
        of_where = f" {where}" if where else ""
        when = "" if self.peildatum is None else week(self.peildatum)
        if self.period is not None:
            when = period_in_words(*self.period)
        return f"Hotspots{of_where}" + (f", {when}" if when else "")

    @property
    def cell_period(self) -> str:
        """The period of the cells in words: the window of the run, or a quarter."""
        quarters = {cell.quarter for cell in self.cells if cell.quarter is not None}
        return "de periode waarover is gekeken" if not quarters else f"het {quarter(min(quarters)[0])}"

    @property
    def subtitle(self) -> str:
        """The peildatum in words."""
        if self.peildatum is None:
            return "Er is nog geen ronde geweest"
        if self.period is not None:
            return f"Op de lijst in deze periode, stand van {day(self.peildatum)}"
        return f"Stand van {day(self.peildatum)}"

    @property
    def source(self) -> str:
        """The source of the data, and their limits."""
        source = describe_source("meldingen van overlast", self.areas, is_simulated=self.is_simulated)
        ground = lower_first(self.background.attribution)
        parts = [source, *([f"ondergrond: {ground}"] if ground else [])]
        parts += [f"{layer.plural}: {layer.attribution}" for layer in self.context if layer.attribution]
        return "; ".join(parts)

    @property
    def signs(self) -> list[Symbol]:
        """The symbols on this map, in the order of the legend."""
        present = {sign_of(hotspot, self.view) for hotspot in self.hotspots}
        return [symbol for value, symbol in SYMBOLS[self.view].items() if value in present]

    @property
    def indications(self) -> list[str]:
        """What the hotspots on this map suggest, in the order of the legend."""
        present = {hotspot.indicatie for hotspot in self.hotspots}
        return [each.value for each in Indicatie if each in present and each is not Indicatie.ONBEPAALD]

    @property
    def trends(self) -> list[Trend]:
        """The trends on this map, in the order of the legend."""
        present = {hotspot.trend for hotspot in self.hotspots}
        return [trend for trend in TRENDS if trend in present]


def period_in_words(first: date, last: date) -> str:
    """Call a period by its name: a year, a quarter, a week, or else its first and last day.

    Examples
    --------
    >>> period_in_words(date(2023, 1, 1), date(2023, 12, 31))
    '2023'
    >>> period_in_words(date(2023, 10, 1), date(2023, 12, 31))
    'vierde kwartaal van 2023'
    >>> period_in_words(date(2023, 4, 1), date(2023, 9, 30))
    '1 april 2023 tot en met 30 september 2023'
    """
    if (first, last) == (date(first.year, 1, 1), date(first.year, 12, 31)):
        return str(first.year)
    if (first, last) == quarter_of(first):
        return quarter(first)
    if first.weekday() == 0 and (last - first).days == 6:
        return week(last)
    return day(first) if first == last else f"{day(first)} tot en met {day(last)}"


def sign_of(hotspot: Hotspot, view: View) -> str:
    """The trend, status or indication of a hotspot, which chooses its symbol."""
    if view is View.TREND:
        return str(hotspot.trend)
    return str(hotspot.status if view is View.STATUS else hotspot.indicatie)


def build_weekly_map(
    connection: Connection,
    settings: Settings,
    hotspots: Sequence[Hotspot],
    *,
    peildatum: date | None,
    area_name: str | None = None,
    cells: Sequence[CellCount] = (),
    measures: Mapping[str, Sequence[Plan]] | None = None,
    view: View = View.TREND,
    context: Sequence[ContextLayer] = (),
    areas: "gpd.GeoDataFrame | None" = None,
    for_picture: bool = False,
    codes: Collection[str] | None = None,
    period: tuple[date, date] | None = None,
    place: str | None = None,
) -> WeeklyMap:
    """Make the map of a week from its hotspots; reads the areas unless they are given.

    For a picture it also reads what is drawn under the hotspots; pages ask for that as they need it. A
    picture shows the whole of the area that it is about (the buurten of these codes, or all), unless its
    hotspots are in a small part of that, or it is of one `place`.
    """
    shown = WeeklyMap(
        peildatum=peildatum,
        hotspots=hotspots,
        areas=load_areas(connection, settings.areas.gebieden) if areas is None else areas,
        municipality=settings.municipality.name,
        is_simulated=is_simulated(connection),
        stopped=stopped_sentence(connection, settings),
        area_name=area_name,
        cells=cells,
        measures=measures or {},
        view=view,
        context=context,
        background=choose_background(connection, settings.map),
        codes=codes,
        period=period,
        place=place,
    )
    box = _box_of_picture(shown) if for_picture else None
    if box is None:
        return shown
    shown = replace(shown, view_box=box)
    return replace(shown, ground=read_ground(connection, settings.map, shown.background, _wider(box)))


def _box_of_picture(shown: WeeklyMap) -> Box | None:
    """The whole area that a map is about, or its hotspots where they are in a small part of it."""
    if shown.place is not None:
        return bounds(shown)
    about = shown.areas if shown.codes is None else shown.areas[shown.areas["buurtcode"].isin(shown.codes)]
    shapes = list(about.geometry)
    if "is_approximate" in about and about["is_approximate"].any():
        # how far such an area reaches is made up; where its middle lies is not
        shapes = list(about.geometry.representative_point())
    places = [hotspot.geometry for hotspot in shown.hotspots]
    whole, own = bounds_of([*shapes, *places]), bounds_of(places)
    if whole is None or own is None or not shapes:
        return bounds(shown)
    share = max((own[2] - own[0]) / (whole[2] - whole[0]), (own[3] - own[1]) / (whole[3] - whole[1]))
    # of one area the surroundings are the picture; of many places close together, those
    return whole if share >= _SPREAD or len(places) == 1 else own


def _wider(view: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """A view with its surroundings, as a sheet may show more than the hotspots."""
    west, south, east, north = view
    beside, above = (max(size / 2, 0.01) for size in (east - west, north - south))
    return west - beside, south - above, east + beside, north + above


@dataclass(frozen=True)
class BuurtCells:
    """The cells of one buurt, for a list."""

    name: str
    disclosed: Sequence[int]  # disclosed counts, highest first
    few: int  # number of cells with too few reports to disclose

    @property
    def counts(self) -> str:
        """The disclosed counts as a list."""
        return ", ".join(map(str, self.disclosed))


def cells_by_buurt(shown: WeeklyMap) -> list[BuurtCells]:
    """The cells of a map per buurt, sorted by name."""
    names = dict(zip(shown.areas["buurtcode"], shown.areas["buurtnaam"], strict=True))
    by_name: dict[str, list[int | None]] = {}
    for cell in shown.cells:
        by_name.setdefault(names.get(cell.buurtcode, "buiten de buurten"), []).append(cell.report_count)
    return [
        BuurtCells(name, sorted((n for n in counts if n is not None), reverse=True), counts.count(None))
        for name, counts in sorted(by_name.items())
    ]


def outlines(areas: "gpd.GeoDataFrame", projection: Projection) -> str:
    """The buurten as the text of GeoJSON with their names, at the precision of a map."""
    names = tuple(str(name) for name in areas["buurtnaam"])
    return _outlines(projection.crs, names, tuple(shapely.to_wkb(areas.geometry.to_numpy()).tolist()))


@lru_cache(maxsize=4)
def _outlines(crs: str, names: tuple[str, ...], wkbs: tuple[bytes, ...]) -> str:
    projection = Projection(crs)  # areas change once a year, and every page with a map has them
    shapes = [
        projection.geometry_to_degrees(
            shapely.simplify(projection.geometry_to_metres(shape), OUTLINE_TOLERANCE_M)
        )
        for shape in shapely.from_wkb(list(wkbs))
    ]
    return collection_text(
        feature_text(text, {"naam": name, "midden": _middle(shape)})
        for text, shape, name in zip(shape_texts(shapes, precision=1e-5), shapes, names, strict=True)
    )


def feature_text(shape: str, about: Mapping[str, Any]) -> str:
    """The text of a GeoJSON feature, of a shape that is text already."""
    return f'{{"type":"Feature","geometry":{shape},"properties":{json.dumps(about)}}}'


def collection_text(features: Iterable[str]) -> str:
    """The text of a GeoJSON collection of features that are text already.

    Examples
    --------
    >>> wyck = feature_text('{"type":"Point","coordinates":[5.7,50.8]}', {"naam": "Wyck"})
    >>> collection_text([wyck])[-59:]
    ',"coordinates":[5.7,50.8]},"properties":{"naam": "Wyck"}}]}'
    """
    return f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'


def _middle(shape: BaseGeometry) -> tuple[float, float]:
    inside = shape.representative_point()
    return round(inside.x, 5), round(inside.y, 5)


def name_of(areas: "gpd.GeoDataFrame", area: str) -> str:
    """What a buurt or wijk is called, by its code; a gebied as it is."""
    for column, name in (("buurtcode", "buurtnaam"), ("wijkcode", "wijknaam")):
        names = areas.loc[areas[column] == area, name]
        if len(names):
            return str(names.iloc[0])
    return area


def describe_source(what: str, areas: "gpd.GeoDataFrame", *, is_simulated: bool) -> str:
    """Describe the source of the data of a map, and their limits."""
    notes = [f"Bron: {what}; buurten: CBS"]
    if "is_approximate" in areas and bool(areas["is_approximate"].any()):
        notes.append("buurtgrenzen bij benadering")
    if is_simulated:
        notes.append("gesimuleerde gegevens")
    return "; ".join(notes)


def bounds(shown: WeeklyMap) -> tuple[float, float, float, float] | None:
    """West, south, east, north of the view: the hotspots, else the buurten; None if there are neither."""
    if shown.view_box is not None:
        return shown.view_box
    return bounds_of([hotspot.geometry for hotspot in shown.hotspots] or list(shown.areas.geometry))


def bounds_of(shapes: Sequence[BaseGeometry]) -> tuple[float, float, float, float] | None:
    """West, south, east, north of shapes; None if there are none."""
    if not shapes:
        return None
    west, south, east, north = shapely.total_bounds(list(shapes))
    return float(west), float(south), float(east), float(north)
