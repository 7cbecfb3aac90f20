"""The weekly map with its lists, as shared by `/kaart` and a map in a file."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import Connection

from api.pages.maps import DrawnMap, draw_map, layer_name, measure_line
from hotspots.access.rights import Actor, Visibility
from hotspots.casework.measures import read_measures_in_force
from hotspots.geography.projection import Projection
from hotspots.model import Soort
from hotspots.publishing.cell_counts import CellCount, read_cell_counts
from hotspots.publishing.context import ContextLayer, read_context_layers
from hotspots.publishing.symbols import View
from hotspots.publishing.weekly_map import BuurtCells, WeeklyMap, build_weekly_map, cells_by_buurt
from hotspots.settings import Settings
from hotspots.tracking.attention_places import AttentionPlaceRecord
from hotspots.tracking.hotspot import Hotspot
from hotspots.wording import day, week

if TYPE_CHECKING:
    import geopandas as gpd


@dataclass(frozen=True)
class BuurtLine:
    """One buurt in the list beside the map."""

    name: str
    gebied: str
    count: int


@dataclass(frozen=True)
class ContextLines:
    """The places of one kind in the list beside the map: what each is called, and in which buurt."""

    layer: str
    title: str
    mark: str
    places: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Sheet:
    """A drawn weekly map, and the same content as lists."""

    shown: WeeklyMap
    drawn: DrawnMap
    cells: Sequence[BuurtCells]
    measures: Sequence[tuple[Hotspot, Sequence[str]]]
    buurten: Sequence[BuurtLine]
    context: Sequence[ContextLines] = ()
    attention: Sequence[AttentionPlaceRecord] = ()


@dataclass(frozen=True)
class Weeks:
    """The weeks of the slider, oldest first, and the index of the present one."""

    all: Sequence[tuple[str, str]]
    position: int


def make_sheet(
    connection: Connection,
    settings: Settings,
    hotspots: Sequence[Hotspot],
    *,
    visibility: Visibility,
    actor: Actor | None,
    peildatum: date | None,
    area_name: str | None = None,
    codes: Collection[str] | None = None,
    view: View = View.TREND,
    areas: "gpd.GeoDataFrame | None" = None,
    counted: Sequence[CellCount] | None = None,
    links: bool = True,
    outlines_in: str = "",
    background_in: str = "",
    context_in: str = "",
    attention: Sequence[AttentionPlaceRecord] = (),
) -> Sheet:
    """Draw the hotspots of a week, with its cells, buurten and measures.

    Parameters
    ----------
    visibility
        Of the reader, for cells and buurten.
    actor
        Reader whose right to read cases decides on measures; None shows no measures.
    area_name
        Name of the mapped area; None is everything.
    codes
        Codes of the buurten whose cells are shown; None for all.
    areas
        The areas, if already read.
    counted
        The reports per cell, if already read.
    links
        Whether hotspots link to their page.
    outlines_in
        Name of the script constant with the outlines of the buurten; if empty, they are in this map.
    background_in
        Name of the script constant with the tiles of the background; if empty, they are asked for.
    context_in
        Name of the script constant with the places beside the hotspots; if empty, they are in this map.
    attention
        Attention places that the reader may know of; never on a map for others.
    """
    if counted is None:
        counted = read_cell_counts(connection, settings, visibility=visibility, peildatum=peildatum)
    measures = (
        {}
        if peildatum is None
        else read_measures_in_force(connection, actor=actor, hotspots=hotspots, on=peildatum)
    )
    shown = build_weekly_map(
        connection,
        settings,
        hotspots,
        peildatum=peildatum,
        area_name=area_name,
        cells=[cell for cell in counted if codes is None or cell.buurtcode in codes],
        measures=measures,
        view=view,
        context=read_context_layers(connection, settings.context),
        areas=areas,
    )
    projection = Projection(settings.municipality.crs)
    return Sheet(
        shown=shown,
        drawn=draw_map(
            shown,
            projection,
            links=links,
            outlines_in=outlines_in,
            background_in=background_in,
            context_in=context_in,
            attention=attention,
        ),
        cells=cells_by_buurt(shown),
        measures=[
            (spot, [measure_line(plan) for plan in measures[spot.id]])
            for spot in hotspots
            if spot.id in measures
        ],
        buurten=_buurten(shown.areas, hotspots, visibility),
        context=[_context_lines(layer, shown.areas) for layer in shown.context],
        attention=attention,
    )


def weeks_beside(peildatums: Sequence[date], chosen: date) -> Weeks:
    """Give the weeks of a slider.

    Parameters
    ----------
    peildatums
        Latest first.
    """
    oldest_first = list(reversed(peildatums))
    labelled = [(each.isoformat(), f"{week(each)} ({day(each)})") for each in oldest_first]
    return Weeks(labelled, oldest_first.index(chosen))


def visible_gebieden(areas: pd.DataFrame, visibility: Visibility) -> list[str]:
    """The gebieden in which a reader may know of any hotspot."""
    known = sorted(set(areas["gebied"].tolist()))
    return [name for name in known if any(visibility.shows(soort, name) for soort in Soort)]


def _buurten(areas: pd.DataFrame, hotspots: Sequence[Hotspot], visibility: Visibility) -> list[BuurtLine]:
    counts = Counter(spot.buurtcode for spot in hotspots)
    visible = set(visible_gebieden(areas, visibility))
    lines = [
        BuurtLine(str(name), str(gebied), counts[code])
        for code, name, gebied in zip(areas["buurtcode"], areas["buurtnaam"], areas["gebied"], strict=True)
        if gebied in visible
    ]
    return sorted(lines, key=lambda line: (line.gebied, line.name))


def _context_lines(layer: ContextLayer, areas: "gpd.GeoDataFrame") -> ContextLines:
    middles = [shape.representative_point() for _, shape in layer.places]
    found, of_area = areas.sindex.query(middles, predicate="within")
    buurten = dict(zip(found.tolist(), areas["buurtnaam"].to_numpy()[of_area].tolist(), strict=True))
    return ContextLines(
        layer_name(layer.kind),
        layer.plural,
        layer.mark,
        [(name, str(buurten.get(at, "buiten de buurten"))) for at, (name, _) in enumerate(layer.places)],
    )
