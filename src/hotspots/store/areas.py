"""Reading and writing the areas, and the buurt of every report when they change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import shapely
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from hotspots.geography.areas import AreaIndex
from hotspots.geography.gebieden import gebied_of
from hotspots.geography.projection import WGS84, Projection
from hotspots.settings import Settings, shipped
from hotspots.store.metadata import read_origin, write_origin
from hotspots.store.place_tables import areas
from hotspots.store.readings import once
from hotspots.store.report_tables import report_locations, reports

if TYPE_CHECKING:
    import geopandas as gpd

ORIGIN = "areas imported"
"""Name of the fact that says where the areas are from."""


def load_areas(connection: Connection, gebieden: Mapping[str, Sequence[str]]) -> "gpd.GeoDataFrame":
    """Read the areas, with the team area (gebied) of each.

    Parameters
    ----------
    gebieden
        Which buurten or wijken form a team area, from the settings.

    Returns
    -------
    GeoDataFrame
        In EPSG:4326, one row per buurt: buurtcode, buurtnaam, wijkcode, wijknaam, gebied, inhabitants (NaN
        if unknown), gemeentecode, gemeentenaam, is_approximate and geometry. Empty if none are stored.
    """
    rows = connection.execute(select(areas).order_by(areas.c.buurtcode)).all()
    teams = tuple((name, tuple(codes)) for name, codes in gebieden.items())
    return _table_of(tuple(map(tuple, rows)), teams).copy(deep=False)


@lru_cache(maxsize=2)
def _table_of(
    rows: tuple[tuple[Any, ...], ...], teams: tuple[tuple[str, tuple[str, ...]], ...]
) -> "gpd.GeoDataFrame":
    """The table of areas that changed since they were last read; every page with a map reads them."""
    import geopandas as gpd
    import pandas as pd

    gebieden = dict(teams)
    table = pd.DataFrame(rows, columns=[column.name for column in areas.columns])
    table["inhabitants"] = table["inhabitants"].astype("float64")
    named = zip(table["buurtcode"], table["wijkcode"], table["wijknaam"], strict=True)
    table["gebied"] = [gebied_of(*each, gebieden) for each in named]
    shapes = shapely.from_wkb(table.pop("geometry").to_numpy(dtype=object))
    return gpd.GeoDataFrame(table, geometry=shapes, crs=WGS84)


def gebieden_of_buurten(connection: Connection, gebieden: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The team area (gebied) of each buurt, by its code."""
    query = select(areas.c.buurtcode, areas.c.wijkcode, areas.c.wijknaam)
    rows = once(connection, "wijken", lambda: connection.execute(query).all())
    return {row.buurtcode: gebied_of(*row, gebieden) for row in rows}


def names_of_gebieden(connection: Connection, gebieden: Mapping[str, Sequence[str]]) -> list[str]:
    """The names of all team areas, sorted."""
    return sorted(set(gebieden_of_buurten(connection, gebieden).values()))


def replace_areas(connection: Connection, frame: "gpd.GeoDataFrame") -> int:
    """Put these areas in the place of all stored ones, and find the buurt of every report again.

    A report that lies in none of the new areas stays, without a buurt.

    Returns
    -------
    int
        How many reports got another buurt.
    """
    connection.execute(delete(areas))
    columns = [column.name for column in areas.columns if column.name != "geometry"]
    table = frame[columns].astype(object).where(frame[columns].notna(), None)
    rows = table.to_dict("records")
    for row, wkb in zip(rows, shapely.to_wkb(frame.geometry.to_numpy()), strict=True):
        row["geometry"] = wkb
    connection.execute(insert(areas), rows)
    return find_buurten(connection, AreaIndex(frame))


def note_areas(connection: Connection, *, file_name: str, now: datetime) -> None:
    """Record from which file the areas are, and since when."""
    write_origin(connection, ORIGIN, file_name=file_name, now=now)


def areas_origin(connection: Connection) -> tuple[str, datetime] | None:
    """From which file the areas are, and since when; None if they came with the software."""
    return read_origin(connection, ORIGIN)


def fill_with_shipped(connection: Connection, settings: Settings) -> int:
    """Fill an empty table of areas with those that ship for this municipality, if any.

    Returns
    -------
    int
        How many areas were written; 0 if there were areas already or none ship.
    """
    stored = connection.execute(select(func.count()).select_from(areas)).scalar_one()
    if stored or not settings.municipality.code:
        return 0
    from hotspots.geography.shipped_areas import shipped_areas

    centres = shipped(f"geodata/{settings.municipality.code}_buurten.csv")
    frame = shipped_areas(centres, Projection(settings.municipality.crs))
    if frame is None:
        return 0
    replace_areas(connection, frame)
    return len(frame)


def find_buurten(connection: Connection, index: AreaIndex, *, among: Sequence[int] | None = None) -> int:
    """Find the buurt of reports again, of all by default; gives how many got another one."""
    located = select(
        reports.c.id, reports.c.buurtcode, report_locations.c.lon, report_locations.c.lat
    ).join_from(reports, report_locations)
    if among is not None:
        located = located.where(reports.c.id.in_(among))
    rows = connection.execute(located.where(report_locations.c.lon.is_not(None))).all()
    if not rows:
        return 0
    found = index.locate([row.lon for row in rows], [row.lat for row in rows])
    changed = [
        {"report": row.id, "found": code}
        for row, code in zip(rows, found, strict=True)
        if row.buurtcode != code
    ]
    if changed:
        connection.execute(
            update(reports).where(reports.c.id == bindparam("report")).values(buurtcode=bindparam("found")),
            changed,
        )
    return len(changed)
