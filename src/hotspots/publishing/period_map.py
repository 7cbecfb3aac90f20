"""The map of a period: the places that stood on the list at any time in it, as they stood at its end."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from hotspots.access.rights import Visibility
from hotspots.errors import NotFoundError
from hotspots.publishing.symbols import View
from hotspots.publishing.weekly_map import WeeklyMap, build_weekly_map
from hotspots.publishing.year.period import Period
from hotspots.publishing.year.places import Where, read_listed
from hotspots.settings import Settings
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.runs import latest_run
from hotspots.tracking.samples import statuses_that_leave
from hotspots.tracking.selection import Selection

if TYPE_CHECKING:
    import geopandas as gpd

MOST_PLACES = 500
"""Most hotspots on one picture: more are unreadable."""


def build_period_map(
    connection: Connection,
    settings: Settings,
    *,
    visibility: Visibility,
    period: Period,
    codes: Collection[str] | None = None,
    own_area: str | None = None,
    area_name: str | None = None,
    view: View = View.TREND,
    areas: "gpd.GeoDataFrame | None" = None,
) -> WeeklyMap:
    """Read the places of a period that a reader may know of, and what a picture of them shows.

    Parameters
    ----------
    codes
        Codes of the buurten that it is about; None for all.
    own_area
        An area of the reader's own that it is about.

    Raises
    ------
    NotFoundError
        If there was no run in the period.
    """
    latest = latest_run(connection, period.last)
    if latest is None or latest < period.first:
        raise NotFoundError(f"there was no run from {period.first} to {period.last}")
    where = Where(None if codes is None or own_area else tuple(codes), own_area)
    listed = read_listed(connection, settings, visibility=visibility, period=period, where=where)
    selection = Selection(
        visibility, as_of=latest, ids=sorted(listed), status=statuses_that_leave(connection, settings)
    )
    return build_weekly_map(
        connection,
        settings,
        read_hotspots(connection, settings, selection, limit=MOST_PLACES),
        peildatum=latest,
        area_name=area_name,
        view=view,
        areas=areas,
        for_picture=True,
        codes=codes,
        period=(period.first, period.last),
    )
