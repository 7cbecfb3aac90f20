"""What other areas would change: for the reports, and for the settings and accounts that name areas."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, func, select

from hotspots.geography.areas import AreaIndex
from hotspots.geography.gebieden import gebied_of
from hotspots.geography.points import TOLERANCE_M
from hotspots.geography.projection import Projection
from hotspots.settings import ReplacingSettings, Settings
from hotspots.store.areas import areas_origin, load_areas
from hotspots.store.case_tables import api_tokens, subscriptions, users
from hotspots.store.report_tables import report_locations, reports
from hotspots.store.run_tables import hotspot_states

if TYPE_CHECKING:
    import geopandas as gpd

MOSTLY_APART = 0.1
"""Two shapes of one area that share less than this of the smaller are two places."""

SHOWN = 5
"""So many codes or names are told; the rest as a number."""


class Harm(str):
    """What a person has to accept first: in English, and in Dutch for a page."""

    dutch: str

    def __new__(cls, text: str, dutch: str) -> "Harm":
        """Make it of both."""
        harm = super().__new__(cls, text)
        harm.dutch = dutch
        return harm


@dataclass(frozen=True)
class Surface:
    """What lies between areas, and in two of them.

    Attributes
    ----------
    uncovered_share
        Share of the surface of the stored areas that is in none of the others.
    overlap_share
        Share of the surface that is in two.
    overlap_m2, holes_m2
        Surface in two areas, and in holes between them.
    """

    uncovered_share: float
    overlap_share: float
    overlap_m2: float
    holes_m2: float


@dataclass(frozen=True)
class AreaChanges:
    """What other areas would change.

    Attributes
    ----------
    is_first
        Whether there are no areas yet, or only those of the same municipality that came with the software.
    stored, kept
        How many areas there are, and how many there would be.
    new, gone, renamed
        Codes that come, go, and get another name.
    reports, moved, lost
        Located reports with a buurt; those that get another one or get one; those that lose theirs.
    unknown_codes, gone_codes
        Codes in the settings that none of these areas has, and those of them that the stored ones have.
    gone_gebieden, named_gebieden, naming
        Gebieden that go, those of them that accounts, tokens or subscriptions name, and what these are
        called (Dutch).
    unnamed
        How many areas lose the name of their buurt or wijk, and would be called by a code.
    redrawn, displaced
        Codes of areas of which the border moves, and how many would lie apart from where they lie under the
        same code.
    hotspots
        How many hotspots on the list get another buurt, or none.
    is_coarser
        Whether wijken or gemeenten would replace buurten.
    surface
        What of the surface lies in none of these areas, or in two.
    """

    is_first: bool
    stored: int
    kept: int
    new: tuple[str, ...]
    gone: tuple[str, ...]
    renamed: tuple[str, ...]
    reports: int
    moved: int
    lost: int
    unknown_codes: tuple[str, ...]
    gone_codes: tuple[str, ...]
    gone_gebieden: tuple[str, ...]
    named_gebieden: tuple[str, ...]
    naming: tuple[str, ...]
    unnamed: int
    redrawn: tuple[str, ...]
    displaced: int
    hotspots: int
    is_coarser: bool
    surface: Surface

    def harm(self, limits: ReplacingSettings) -> list[Harm]:
        """What a person has to accept first; empty if nothing."""
        found = []
        if self.surface.overlap_share > limits.max_lost_share:
            share = f"{self.surface.overlap_share:.0%}"
            found.append(
                Harm(
                    f"{share} of the surface lies in two areas",
                    f"{share} van het gebied ligt in twee buurten",
                )
            )
        lost_share = self.lost / self.reports if self.reports else 0.0
        if lost_share > (1 - limits.min_kept_share if self.is_first else limits.max_lost_share):
            found.append(
                Harm(
                    f"{self.lost} of {self.reports} reports would lose their buurt",
                    f"{self.lost} van {self.reports} meldingen liggen dan in geen buurt meer",
                )
            )
        if self.is_first:
            return found
        if self.kept < limits.min_kept_share * self.stored:
            found.append(
                Harm(
                    f"{self.kept} areas would replace {self.stored}",
                    f"er zijn nu {self.stored} buurten, en dan {self.kept}",
                )
            )
        if self.is_coarser:
            found.append(
                Harm(
                    "wijken or gemeenten would replace buurten",
                    "in de plaats van buurten komen wijken of gemeenten",
                )
            )
        if self.surface.uncovered_share > limits.max_lost_share:
            share = f"{self.surface.uncovered_share:.0%}"
            found.append(
                Harm(
                    f"{share} of the municipality would lie in no area",
                    f"{share} van de gemeente ligt dan in geen buurt meer",
                )
            )
        if self.displaced > limits.max_lost_share * self.kept:
            found.append(
                Harm(
                    f"{self.displaced} areas would lie elsewhere than those of the same code",
                    f"{self.displaced} buurten liggen dan op een andere plek dan nu met dezelfde code",
                )
            )
        if self.unnamed > limits.max_lost_share * self.kept:
            found.append(
                Harm(
                    f"{self.unnamed} areas would lose the name of their buurt or wijk",
                    f"{self.unnamed} buurten verliezen hun naam of die van hun wijk",
                )
            )
        if self.gone_codes:
            found.append(
                Harm(
                    f"the settings name codes that would be gone: {few(self.gone_codes)}",
                    "de instellingen noemen codes die er dan niet meer zijn: "
                    f"{few(self.gone_codes, 'en nog')}",
                )
            )
        if self.named_gebieden:
            found.append(
                Harm(
                    "accounts, tokens or subscriptions name gebieden that would be gone: "
                    f"{few(self.named_gebieden)}",
                    "gebruikers, tokens of abonnementen horen bij gebieden die er dan niet meer zijn: "
                    f"{few(self.named_gebieden, 'en nog')}",
                )
            )
        return found

    def as_json(self) -> dict[str, Any]:
        """The figures, for who looks before it is done."""
        return {
            "new": len(self.new),
            "gone": len(self.gone),
            "renamed": len(self.renamed),
            "redrawn": len(self.redrawn),
            "hotspotsMoved": self.hotspots,
            "reportsMoved": self.moved + self.lost,
            "reportsLost": self.lost,
            "unknownCodes": list(self.unknown_codes),
            "goneGebieden": list(self.gone_gebieden),
            "overlapHa": round(self.surface.overlap_m2 / 10_000, 1),
            "holesHa": round(self.surface.holes_m2 / 10_000, 1),
        }


def compare_areas(connection: Connection, areas: "gpd.GeoDataFrame", settings: Settings) -> AreaChanges:
    """Compare areas (as :func:`hotspots.store.areas.load_areas` gives them) with those that are stored."""
    gebieden = settings.areas.gebieden
    stored = load_areas(connection, gebieden)
    before = dict(zip(stored["buurtcode"], stored["buurtnaam"], strict=True))
    after = dict(zip(areas["buurtcode"], areas["buurtnaam"], strict=True))
    index = AreaIndex(areas)
    count, moved, lost = _reports(connection, index)
    known, known_before = _codes(areas), _codes(stored)
    unknown = {code for code in _codes_in_settings(settings) if code not in known}
    names = {
        gebied_of(*row, gebieden)
        for row in zip(areas["buurtcode"], areas["wijkcode"], areas["wijknaam"], strict=True)
    }
    gone = set(stored["gebied"]) - names
    named = naming_gebieden(connection, gone)
    shared = _shared_shares(stored, areas)
    return AreaChanges(
        is_first=_is_first(stored, areas, are_shipped=areas_origin(connection) is None),
        stored=len(stored),
        kept=len(areas),
        new=tuple(sorted(after.keys() - before.keys())),
        gone=tuple(sorted(before.keys() - after.keys())),
        renamed=tuple(sorted(code for code in after.keys() & before.keys() if after[code] != before[code])),
        reports=count,
        moved=moved,
        lost=lost,
        unknown_codes=tuple(sorted(unknown)),
        gone_codes=tuple(sorted(unknown & known_before)),
        gone_gebieden=tuple(sorted(gone)),
        named_gebieden=tuple(sorted({gebied for gebied, _ in named})),
        naming=tuple(dict.fromkeys(who for _, who in named)),
        unnamed=_unnamed(stored, areas),
        redrawn=tuple(code for code, share in shared.items() if share < 1 - settings.replacing.redrawn_share),
        displaced=_displaced(stored, areas),
        hotspots=_hotspots(connection, index),
        is_coarser=_kind(stored) == "BU" and _kind(areas) in ("WK", "GM"),
        surface=_surface(stored, areas, Projection(settings.municipality.crs)),
    )


def few(names: Iterable[str], and_more: str = "") -> str:
    """Names in a line, the first few of them; ``and_more`` is how Dutch says that there are others.

    Examples
    --------
    >>> few(["BU1", "BU2"]), few("abcdefgh"), few("abcdefgh", "en nog")
    ('BU1, BU2', 'a, b, c, d, e and 3 more', 'a, b, c, d, e en nog 3')
    """
    all_names = list(names)
    more = len(all_names) - SHOWN
    rest = f" {and_more} {more}" if and_more else f" and {more} more"
    return ", ".join(all_names[:SHOWN]) + (rest if more > 0 else "")


def _is_first(stored: "gpd.GeoDataFrame", areas: "gpd.GeoDataFrame", *, are_shipped: bool) -> bool:
    if not are_shipped:
        return False
    named = set(areas["gemeentecode"]) - {""}
    return stored.empty or not named or bool(named & set(stored["gemeentecode"]))


def _codes(areas: "gpd.GeoDataFrame") -> set[str]:
    return set(areas["buurtcode"]) | set(areas["wijkcode"])


def _codes_in_settings(settings: Settings) -> set[str]:
    of_gebieden = {code for codes in settings.areas.gebieden.values() for code in codes}
    return of_gebieden | {code for event in settings.calendar.events for code in event.areas}


def naming_gebieden(connection: Connection, gebieden: Collection[str]) -> list[tuple[str, str]]:
    """Who or what names each of some gebieden: the gebied, and what that is called (Dutch)."""
    queries = (
        ("gebruiker ", select(users.c.full_name, users.c.gebieden).where(~users.c.is_disabled)),
        ("token ", select(api_tokens.c.name, api_tokens.c.gebieden).where(api_tokens.c.revoked_at.is_(None))),
        (
            "abonnement van ",
            select(users.c.full_name, subscriptions.c.gebieden)
            .join_from(subscriptions, users)
            .where(subscriptions.c.ended_at.is_(None)),
        ),
    )
    return sorted(
        (gebied, f"{kind}{name}")
        for kind, query in queries
        for name, named in connection.execute(query)
        for gebied in named or ()
        if gebied in gebieden
    )


def _reports(connection: Connection, index: AreaIndex) -> tuple[int, int, int]:
    """How many located reports have a buurt, get another one, and lose theirs."""
    query = select(reports.c.buurtcode, report_locations.c.lon, report_locations.c.lat).join_from(
        reports, report_locations
    )
    rows = connection.execute(query.where(report_locations.c.lon.is_not(None))).all()
    found = index.locate([row.lon for row in rows], [row.lat for row in rows])
    pairs = [(row.buurtcode, code) for row, code in zip(rows, found, strict=True)]
    had = sum(before is not None for before, _ in pairs)
    lost = sum(before is not None and now is None for before, now in pairs)
    return had, sum(before != now for before, now in pairs) - lost, lost


def _hotspots(connection: Connection, index: AreaIndex) -> int:
    """How many hotspots of the last run get another buurt, or none."""
    last = select(func.max(hotspot_states.c.run_id)).scalar_subquery()
    states = hotspot_states.c
    rows = connection.execute(
        select(states.buurtcode, states.lon, states.lat).where(states.run_id == last)
    ).all()
    found = index.locate([row.lon for row in rows], [row.lat for row in rows])
    return sum(row.buurtcode != code for row, code in zip(rows, found, strict=True))


def _kind(areas: "gpd.GeoDataFrame") -> str:
    """The letters with which all codes begin: BU for buurten, WK for wijken; empty if they differ."""
    kinds = set(areas["buurtcode"].str[:2])
    return kinds.pop() if len(kinds) == 1 else ""


def _unnamed(stored: "gpd.GeoDataFrame", areas: "gpd.GeoDataFrame") -> int:
    """How many areas that have names would be called by a code."""
    before = stored.set_index("buurtcode")
    count = 0
    for code, buurt, wijkcode, wijk in zip(
        *(areas[name] for name in ("buurtcode", "buurtnaam", "wijkcode", "wijknaam")), strict=True
    ):
        if code in before.index:
            was = before.loc[code]
            loses_buurt = buurt == code and was["buurtnaam"] != code
            count += bool(loses_buurt or (wijk == wijkcode and was["wijknaam"] != was["wijkcode"]))
    return count


def _displaced(stored: "gpd.GeoDataFrame", areas: "gpd.GeoDataFrame") -> int:
    one, other = _pairs(stored, areas)[1:]
    smaller = np.minimum(shapely.area(one), shapely.area(other))
    return int((shapely.area(shapely.intersection(one, other)) < MOSTLY_APART * smaller).sum())


def _shared_shares(stored: "gpd.GeoDataFrame", areas: "gpd.GeoDataFrame") -> dict[str, float]:
    """Of each area that stays, the share of its surface then and now together that is in both."""
    codes, one, other = _pairs(stored, areas)
    both = shapely.area(shapely.intersection(one, other))
    whole = shapely.area(one) + shapely.area(other) - both
    shares = np.divide(both, whole, out=np.ones_like(both), where=whole > 0)
    return dict(zip(codes, shares.tolist(), strict=True))


def _pairs(
    stored: "gpd.GeoDataFrame", areas: "gpd.GeoDataFrame"
) -> tuple[list[str], NDArray[Any], NDArray[Any]]:
    """The codes of areas that stay, sorted, with their shapes as stored and as they would be."""
    before = stored.set_index("buurtcode").geometry
    after = areas.set_index("buurtcode").geometry
    codes = before.index.intersection(after.index).sort_values()
    one, other = (shapes.loc[codes].make_valid().to_numpy() for shapes in (before, after))
    return [str(code) for code in codes], one, other


def _surface(stored: "gpd.GeoDataFrame", areas: "gpd.GeoDataFrame", projection: Projection) -> Surface:
    shapes = projection.geometries_to_metres(areas.geometry.to_numpy())
    whole = _united(shapes)
    if not whole.area:
        return Surface(0.0, 0.0, 0.0, 0.0)
    overlap = max(float(shapely.area(shapes).sum()) - whole.area, 0.0)
    parts = [part for part in shapely.get_parts(whole) if isinstance(part, shapely.Polygon)]
    holes = sum(shapely.Polygon(ring).area for part in parts for ring in part.interiors)
    uncovered = 0.0
    if not stored.empty:
        before = projection.geometries_to_metres(stored.geometry.to_numpy())
        earlier = shapely.union_all(shapely.make_valid(before))
        uncovered = shapely.difference(earlier, whole).area / earlier.area
    return Surface(uncovered, overlap / whole.area, overlap, holes)


def _united(shapes: NDArray[Any]) -> BaseGeometry:
    """All areas as one shape; in a tenth of the time where neighbours have the same corners on their border,
    as those of CBS do."""
    if shapely.is_valid(shapes).all() and shapely.coverage_is_valid(shapes, gap_width=TOLERANCE_M):
        whole: BaseGeometry = shapely.coverage_union_all(shapes)
    else:
        whole = shapely.union_all(shapely.make_valid(shapes), grid_size=TOLERANCE_M)
    return whole
