"""Of which place and year figures are told, and whether their reader may know them exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import shapely
from sqlalchemy import Connection

from hotspots.access.rights import Visibility
from hotspots.errors import ChoiceError, ForbiddenError
from hotspots.intake.report_times import first_and_last_moment
from hotspots.model import SCREENED, Category
from hotspots.publishing.month_figures import may_know_all
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.tracking.own_areas import OWN, read_own_area
from hotspots.tracking.runs import latest_run
from hotspots.wording import listed

if TYPE_CHECKING:
    import geopandas as gpd


@dataclass(frozen=True)
class Choice:
    """What a reader asks: None is everything, or the last year."""

    gebied: str | None = None
    buurt: str | None = None
    categorie: Category | None = None
    jaar: int | None = None


@dataclass(frozen=True)
class Scope:
    """What figures are of.

    Attributes
    ----------
    place
        What it is called.
    areas
        The buurten in it, with their gebied.
    is_whole
        Whether it is the whole municipality: then reports without a buurt count too.
    year, until
        The year, and the last day of it that counts; before its first day where nothing is known of it.
    first_day
        From which reports are known; None without any.
    years
        Those that can be chosen, the last first.
    is_exact
        Whether the reader may know of every place in it.
    gebieden
        Those that can be chosen.
    """

    choice: Choice
    place: str
    areas: "gpd.GeoDataFrame"
    is_whole: bool
    year: int
    until: date
    first_day: date | None
    years: Sequence[int]
    is_exact: bool
    gebieden: Sequence[str]

    @property
    def codes(self) -> list[str]:
        """The codes of its buurten."""
        return list(self.areas["buurtcode"])

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of its year."""
        return self.first_day is None or self.until < max(self.first_day, date(self.year, 1, 1))


def find_scope(connection: Connection, settings: Settings, visibility: Visibility, choice: Choice) -> Scope:
    """Find what a choice is of, for a reader.

    Raises
    ------
    ChoiceError
        If there is no such gebied, buurt or year.
    ForbiddenError
        If it lies where the reader may know of no place.
    """
    areas = load_areas(connection, settings.areas.gebieden)
    reach = visibility.gebieden
    within = areas if reach is None else areas[areas["gebied"].isin(reach)]
    if reach is not None and within.empty:
        raise ForbiddenError("wanted figures, found no area whose places the reader may know of")
    names = [settings.municipality.name or "De gemeente"] if reach is None else sorted(set(within["gebied"]))
    chosen = within
    if choice.gebied is not None:
        own = None
        if choice.gebied.startswith(OWN):
            own = read_own_area(connection, visibility.reader_id, choice.gebied)
            is_in = [False] * len(areas) if own is None else shapely.intersects(areas.geometry, own[1])
        else:
            is_in = areas["gebied"] == choice.gebied
        chosen = _within(areas[is_in], within, "gebied", choice.gebied, "is geen gebied van deze gemeente")
        names = [f"de buurten van {own[0]}" if own else choice.gebied]
    if choice.buurt is not None:
        found = areas[areas["buurtcode"] == choice.buurt]
        found = _within(found, within, "buurt", choice.buurt, "is geen code van een buurt van deze gemeente")
        if choice.buurt not in set(chosen["buurtcode"]):
            raise ChoiceError(
                f"wanted a buurt in '{choice.gebied}', found '{choice.buurt}'",
                "buurt",
                "ligt niet in het gekozen gebied",
            )
        chosen, names = found, [str(found["buurtnaam"].iloc[0])]
    is_whole = reach is None and choice.gebied is None and choice.buurt is None
    ends = first_and_last_moment(connection)
    first, last = map(settings.municipality.local_day, ends) if ends else (None, None)
    latest = latest_run(connection) or last or date(1900, 1, 1)
    year = latest.year if choice.jaar is None else choice.jaar
    return Scope(
        choice,
        listed(names),
        chosen,
        is_whole,
        year,
        min(latest, date(year, 12, 31)),
        first,
        list(range(latest.year, (first or latest).year - 1, -1)),
        may_know_all(connection, settings, visibility, None if is_whole else list(chosen["buurtcode"])),
        sorted(set(within["gebied"])),
    )


def screened(choice: Choice) -> tuple[str, ...]:
    """The categories of a choice."""
    return SCREENED if choice.categorie is None else (str(choice.categorie),)


def period_of(settings: Settings, scope: Scope) -> tuple[datetime, datetime]:
    """From when to when the reports of its year count."""
    midnight = settings.municipality.midnight
    return midnight(date(scope.year, 1, 1)), midnight(scope.until + timedelta(days=1))


def _within(
    found: "gpd.GeoDataFrame", within: "gpd.GeoDataFrame", parameter: str, value: str, dutch: str
) -> "gpd.GeoDataFrame":
    if found.empty:
        raise ChoiceError(f"wanted a {parameter} of the municipality, found '{value}'", parameter, dutch)
    reached = found[found["buurtcode"].isin(within["buurtcode"])]
    if reached.empty:
        raise ForbiddenError(f"wanted the figures of '{value}', where the reader may know of no place")
    return reached
