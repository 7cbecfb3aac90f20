"""The public map: rounded reports per buurt and quarter, and which buurten have a hotspot.

Everything on it has passed :mod:`hotspots.publishing.disclosure`; it has no exact counts and no places.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from hotspots.access.rights import NO_PERSONS
from hotspots.errors import NotFoundError
from hotspots.model import Status, Trend
from hotspots.publishing.disclosure import ROUND_TO, THRESHOLD, is_shareable
from hotspots.publishing.public_figures import PublicFigures, read_public_figures
from hotspots.publishing.weekly_map import describe_source
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.runs import is_simulated, latest_run
from hotspots.tracking.samples import statuses_that_leave
from hotspots.tracking.selection import Selection
from hotspots.tracking.signalling import stopped_sentence
from hotspots.wording import count, day, listed, lower_first, number, quarter

if TYPE_CHECKING:
    import geopandas as gpd

_OVER = (Trend.STIL, Trend.BEEINDIGD)
_NO_HOTSPOT = (Status.GEEN_HOTSPOT, Status.GESLOTEN)


@dataclass(frozen=True)
class PublicBuurt:
    """The public data of one buurt."""

    code: str
    name: str
    figure: int | None  # reports in the quarter, rounded; None: not disclosed
    has_hotspot: bool

    @property
    def figure_text(self) -> str:
        """The figure in words."""
        return "niet getoond" if self.figure is None else f"ongeveer {number(self.figure)}"


@dataclass(frozen=True)
class PublicMap:
    """A public map, before it is drawn."""

    peildatum: date | None
    quarter: tuple[date, date] | None
    buurten: Sequence[PublicBuurt]  # those of the gebied, or all; sorted by name
    figure: int | None  # of the gebied, or of the municipality
    areas: "gpd.GeoDataFrame"  # all buurten, for the surroundings
    municipality: str
    gebied: str | None
    is_simulated: bool
    stopped: str = ""  # that signalling is stopped, in a sentence

    @property
    def place(self) -> str:
        """The name of the mapped area."""
        return self.gebied or self.municipality

    @property
    def title(self) -> str:
        """The title above the map."""
        place = f" in {self.place}" if self.place else ""
        return f"Meldingen van overlast{place}"

    @property
    def subtitle(self) -> str:
        """The period."""
        if self.quarter is None:
            return "Er zijn nog geen cijfers die gedeeld kunnen worden"
        return quarter(self.quarter[0]).capitalize()

    @property
    def source(self) -> str:
        """The source, the date, and how the figures were made fit to share."""
        what = "meldingen van overlast personen en drugs"
        return describe_source(what, self.areas, is_simulated=self.is_simulated)

    @property
    def rounding(self) -> str:
        """How the figures were made fit to share."""
        return f"Afgerond op {ROUND_TO}; minder dan {THRESHOLD} meldingen of melders wordt niet getoond"

    @property
    def with_hotspot(self) -> list[str]:
        """Names of the buurten with a hotspot."""
        return [buurt.name for buurt in self.buurten if buurt.has_hotspot]

    @property
    def hotspot_sentence(self) -> str:
        """A sentence that names the buurten with a hotspot."""
        if self.peildatum is None:
            return ""
        when = f"Stand van {day(self.peildatum)}"
        if not self.with_hotspot:
            return f"{when}: geen buurt met een plek met herhaalde overlast die gedeeld kan worden."
        names = listed(self.with_hotspot)
        return f"{when}: herhaalde overlast op een plek in {names}."

    @property
    def sentence(self) -> str:
        """What it shows, ready for a letter."""
        if self.quarter is None:
            return ""
        place = f" in {self.place}" if self.place else ""
        when = f"In het {quarter(self.quarter[0])}"
        if self.figure is None:
            told = f"{when} waren er{place} te weinig meldingen van overlast om een aantal te noemen."
        else:
            reports = count(self.figure, "melding", "meldingen")
            told = f"{when} waren er{place} ongeveer {reports} van overlast van personen en drugs."
        most = [f"{buurt.name} (ongeveer {buurt.figure})" for buurt in self._disclosed[:3]]
        told += f" De meeste waren in {listed(most)}." if len(self._disclosed) > 1 else ""
        return f"{told} {self.hotspot_sentence}".strip()

    @property
    def _disclosed(self) -> list[PublicBuurt]:
        return sorted(
            (buurt for buurt in self.buurten if buurt.figure is not None),
            key=lambda buurt: (-(buurt.figure or 0), buurt.name),
        )

    @property
    def alternative(self) -> str:
        """The content of the picture in words, for readers who can't see it."""
        disclosed = self._disclosed
        parts = [f"Kaart: {lower_first(self.title)}, {lower_first(self.subtitle)}."]
        if self.figure is not None:
            parts.append(f"In totaal ongeveer {count(self.figure, 'melding', 'meldingen')}.")
        if disclosed:
            most = listed([f"{buurt.name} (ongeveer {buurt.figure})" for buurt in disclosed[:5]])
            parts.append(f"De meeste in {most}.")
        absent = len(self.buurten) - len(disclosed)
        if absent:
            parts.append(f"Van {count(absent, 'buurt', 'buurten')} wordt het aantal niet getoond.")
        return " ".join([*parts, self.hotspot_sentence]).strip()


def build_public_map(
    connection: Connection, settings: Settings, *, gebied: str | None, peildatum: date | None
) -> PublicMap:
    """Read the public data of one gebied or all, and of one week or the latest.

    Raises
    ------
    NotFoundError
        If there is no such gebied.
    """
    areas = load_areas(connection, settings.areas.gebieden)
    shown = areas if gebied is None else areas[areas["gebied"] == gebied]
    if gebied is not None and shown.empty:
        raise NotFoundError(f"there is no gebied '{gebied}'")
    latest = latest_run(connection, peildatum)
    figures = read_public_figures(connection, latest or peildatum)
    places: Sequence[Hotspot] = ()
    if latest is not None:
        decided = statuses_that_leave(connection, settings)
        places = read_hotspots(connection, settings, Selection(NO_PERSONS, as_of=latest, status=decided))
    with_hotspot = _buurten_with_hotspot(places, figures, settings.detection.min_reports)
    disclosed = figures.buurten if figures else {}
    rows = [
        PublicBuurt(code, name, disclosed.get(code), code in with_hotspot)
        for name, code in sorted(zip(shown["buurtnaam"], shown["buurtcode"], strict=True))
    ]
    return PublicMap(
        peildatum=latest,
        quarter=(figures.first_day, figures.last_day) if figures else None,
        buurten=tuple(rows),
        figure=figures.of_area(gebied) if figures else None,
        areas=areas,
        municipality=settings.municipality.name,
        gebied=gebied,
        is_simulated=is_simulated(connection),
        stopped=stopped_sentence(connection, settings),
    )


def _buurten_with_hotspot(
    places: Sequence[Hotspot], figures: PublicFigures | None, min_reports: int
) -> set[str]:
    if figures is None:
        return set()
    return {
        place.buurtcode
        for place in places
        if place.buurtcode is not None
        and place.trend not in _OVER
        and place.status not in _NO_HOTSPOT
        and is_shareable(place, figures.buurten.get(place.buurtcode), min_reports=min_reports)
    }
