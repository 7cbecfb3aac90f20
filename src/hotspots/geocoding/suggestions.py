"""What somebody may mean who begins to write where something is: addresses, streets, buurten, named places.

Streets and addresses are of the register. Places are those of the gazetteer, of what is shown beside hotspots
(schools and the like) and of the background (parks and squares). Each has a name that is understood when it
comes back: a park or a school has its kind behind it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import shapely
from sqlalchemy import ColumnElement, Connection, Table, select

from hotspots.geocoding.places import NamedPlace, read_gazetteer
from hotspots.geocoding.register import COLUMNS, AddressRegister
from hotspots.geocoding.register_store import load_buurten
from hotspots.geocoding.spelling import fold
from hotspots.geography.projection import Projection
from hotspots.settings import Settings
from hotspots.store.background import Kind
from hotspots.store.place_tables import addresses, background_features, context_places

FEWEST_LETTERS = 2
MOST_STREETS = 20
"""Streets of which houses or the middle are looked up."""

_HOUSE = re.compile(r"(?P<street>.*[^\d\s,])[\s,]+(?P<number>\d{1,5})[\s-]*(?P<addition>\w{0,6})(?:\s*,.*)?")
_BACKGROUND = {Kind.GREEN: "groen", Kind.WATER: "water", Kind.BUILDING: "gebouw"}


@dataclass(frozen=True)
class Suggestion:
    """What may be meant: its name, what it is (Dutch), and a point with the radius within which it lies."""

    name: str
    kind: str
    lon: float
    lat: float
    radius_m: float


def suggest(connection: Connection, settings: Settings, text: str, *, limit: int) -> list[Suggestion]:
    """Give what may be meant by the beginning of a name or an address, the likeliest first."""
    wanted = _folded(text)
    if len(wanted) < FEWEST_LETTERS:
        return []
    found = [
        *_of_register(connection, settings, wanted),
        *_named(connection, settings, wanted),
        *(
            Suggestion(place.name, kind, place.lon, place.lat, place.radius_m)
            for kind, places in _listed(connection, settings)
            for place in places
            if wanted in _folded(place.name)
        ),
    ]
    ordered = sorted(
        found, key=lambda one: (not _folded(one.name).startswith(wanted), len(one.name), one.name)
    )
    return list({one.name: one for one in reversed(ordered)}.values())[::-1][:limit]


def named_place(
    connection: Connection, settings: Settings, name: str, *, is_whole: bool
) -> Suggestion | None:
    """Give the one park, school or the like that is called so.

    Parameters
    ----------
    is_whole
        Whether the name has its kind behind it, as :func:`suggest` gives it.
    """
    wanted = _folded(name)
    found = [
        place
        for place in _named(connection, settings, wanted if not is_whole else _plain(wanted))
        if wanted in ({_folded(place.name)} if is_whole else {_plain(_folded(place.name))})
    ]
    return found[0] if len(found) == 1 else None


def _folded(text: str) -> str:
    return " ".join(fold(text).split())


def _plain(name: str) -> str:
    """A name without its kind."""
    return re.sub(r" \([^()]*\)$", "", name)


# -- the register ----------------------------------------------------------------------------------------


def _of_register(connection: Connection, settings: Settings, wanted: str) -> Iterator[Suggestion]:
    """Houses if a number was written, and else streets."""
    house = _HOUSE.fullmatch(wanted)
    name = house["street"] if house else wanted.partition(",")[0]
    names = connection.execute(select(addresses.c.street).distinct()).scalars().all()
    matching = sorted(
        (street for street in names if name in _folded(street)),
        key=lambda street: (not _folded(street).startswith(name), len(street), street),
    )[:MOST_STREETS]
    if not matching:
        return
    query = select(*[addresses.c[column] for column in COLUMNS]).where(addresses.c.street.in_(matching))
    if house:
        query = query.where(addresses.c.house_number == int(house["number"]))
    rows = connection.execute(query.order_by(addresses.c.id)).all()
    if not rows:
        return
    table = pd.DataFrame([tuple(row) for row in rows], columns=list(COLUMNS))
    register = AddressRegister(table, settings=settings.geocoding)
    index = register.index
    if house is None:
        for street in range(len(index.street_names)):
            spot = index.spot_of(index.addresses_of_street(street))
            radius_m = max(spot.radius_m, settings.geocoding.min_coarse_radius_m)
            yield Suggestion(index.street_label(street), "straat", spot.lon, spot.lat, radius_m)
        return
    for number, label in enumerate(register.labels.tolist()):
        if _folded(index.addition_names[index.addition[number]]).startswith(house["addition"]):
            radius_m = settings.geocoding.address_radius_m + float(index.spread_m[number])
            yield Suggestion(label, "adres", float(index.lon[number]), float(index.lat[number]), radius_m)


def _listed(connection: Connection, settings: Settings) -> Iterator[tuple[str, list[NamedPlace]]]:
    """What the matching of addresses knows by name as well."""
    geocoding = settings.geocoding
    if geocoding.gazetteer:
        yield "plek", read_gazetteer(Path(geocoding.gazetteer), radius_m=geocoding.place_radius_m)
    yield "buurt", load_buurten(connection, settings.municipality.crs)


# -- parks, schools and the like -------------------------------------------------------------------------


def _named(connection: Connection, settings: Settings, wanted: str) -> Iterator[Suggestion]:
    """Places of which the name has this in it, each with its kind; of one name and kind all are one place."""
    projection = Projection(settings.municipality.crs)
    kinds = {name: kind.word for name, kind in settings.context.kinds.items()}
    of_background = background_features.c.kind.in_([str(kind) for kind in _BACKGROUND])
    for table, among, words in (
        (context_places, context_places.c.name != "", kinds),
        (background_features, of_background, {str(kind): word for kind, word in _BACKGROUND.items()}),
    ):
        for kind, name, shapes in _shapes(connection, table, among, wanted):
            whole = projection.geometry_to_metres(shapely.union_all(shapes))
            middle = whole.representative_point()
            radius_m = float(shapely.hausdorff_distance(middle, shapely.envelope(whole)))
            if radius_m <= settings.geocoding.max_point_radius_m:  # else they are several
                lon, lat = projection.to_degrees([middle.x], [middle.y])
                word = words.get(kind, kind)
                called = name if _folded(name).endswith(f"({word})") else f"{name} ({word})"
                least_m = settings.geocoding.min_coarse_radius_m
                yield Suggestion(called, word, float(lon[0]), float(lat[0]), max(radius_m, least_m))


def _shapes(
    connection: Connection, table: Table, among: ColumnElement[bool], wanted: str
) -> Iterator[tuple[str, str, Any]]:
    columns = table.c
    names = connection.execute(select(columns.name).where(among, columns.name != "").distinct()).scalars()
    matching = sorted(name for name in names if wanted in _folded(name) or _plain(wanted) in _folded(name))
    if not matching:
        return
    rows = connection.execute(
        select(columns.kind, columns.name, columns.geometry)
        .where(among, columns.name.in_(matching[:MOST_STREETS]))
        .order_by(columns.kind, columns.name, columns.id)
    ).all()
    together: dict[tuple[str, str], list[bytes]] = {}
    for kind, name, wkb in rows:
        together.setdefault((kind, name), []).append(wkb)
    for (kind, name), wkbs in together.items():
        yield kind, name, shapely.from_wkb(wkbs)
