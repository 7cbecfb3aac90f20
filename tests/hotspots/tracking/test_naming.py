"""A hotspot is named by the run that gives it its number, and called so for as long as that is right."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely
from sqlalchemy import Connection, delete, insert, select, update

from hotspots.geocoding.register_store import load_address_points, load_address_streets
from hotspots.geocoding.street_index import StreetIndex
from hotspots.geography.point_grid import PointGrid
from hotspots.geography.projection import Projection
from hotspots.settings import GeocodingSettings, MunicipalitySettings, Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.place_tables import addresses, areas
from hotspots.store.run_tables import hotspots
from hotspots.tracking.naming import name_hotspots

LON, LAT = 5.6915, 50.8492
STEP = 1e-4
"""About seven metres to the east."""

Name = Callable[..., str | None]


def add_street(connection: Connection, street: str, *, lon: float, lat: float = LAT, count: int = 12) -> None:
    parts = {"street": street, "lat": lat, **dict.fromkeys(("house_letter", "house_suffix"), "")}
    for number in range(count):
        values = parts | {"house_number": number + 1, "lon": lon + number * STEP}
        connection.execute(insert(addresses).values(values))


def state(*, lon: float = LON, lat: float = LAT, soort: str = "gebied", **more: Any) -> dict[str, Any]:
    shape = shapely.Point(lon, lat).buffer(3e-4)
    values = {"hotspot_id": "h", "soort": soort, "is_signalled": True, "buurtcode": "BU09350000"}
    return values | {"lon": lon, "lat": lat, "geometry": shapely.to_wkb(shape)} | more


@pytest.fixture
def settings() -> Settings:
    return Settings(municipality=MunicipalitySettings(name="Maastricht", code="GM0935"))


@pytest.fixture
def name(empty: Connection, settings: Settings) -> Name:
    """Name one hotspot after a run in which it stood so; gives its name."""
    fill_with_shipped(empty, settings)
    number = {"number": "HS-2024-001", "year": 2024, "sequence": 1}
    empty.execute(insert(hotspots).values(id="h", status="kandidaat", **number))

    def after(
        *, is_latest: bool = True, settings: Settings = settings, stepped: bool = True, **values: Any
    ) -> str | None:
        steps = {"h"} if stepped else ()
        name_hotspots(empty, settings, [state(**values)], is_latest=is_latest, stepped=steps)
        found: str | None = empty.execute(select(hotspots.c.place_name)).scalar_one()
        return found

    return after


@pytest.fixture
def buurt(empty: Connection, name: Name) -> str:
    """The name of the buurt of the place."""
    assert name is not None  # its areas are there
    query = select(areas.c.buurtnaam).where(areas.c.buurtcode == "BU09350000")
    return str(empty.execute(query).scalar_one())


def test_it_is_called_after_its_street_and_its_buurt(empty: Connection, name: Name, buurt: str) -> None:
    add_street(empty, "Marktlaan", lon=LON)
    assert name() == f"Marktlaan, {buurt}"


def test_without_a_register_it_is_called_after_its_buurt_and_later_after_its_street(
    empty: Connection, name: Name, buurt: str
) -> None:
    assert name() == buurt
    assert name(buurtcode=None, is_signalled=False) == buurt
    add_street(empty, "Marktlaan", lon=LON)
    assert name() == f"Marktlaan, {buurt}"


def test_outside_every_buurt_that_is_said(empty: Connection, name: Name) -> None:
    empty.execute(delete(areas))
    assert name() == "buurt onbekend"


def test_its_name_stays_while_its_street_is_near_and_changes_when_it_moved_away(
    empty: Connection, name: Name, buurt: str
) -> None:
    add_street(empty, "Marktlaan", lon=LON)
    add_street(empty, "Grote Gracht", lon=LON + 12 * STEP)
    first = name()
    assert first == f"Marktlaan, {buurt}"
    # most of the doors within are of the other street now, but some are not
    assert name(lon=LON + 14 * STEP) == first
    assert name(lon=LON + 24 * STEP) == f"Grote Gracht, {buurt}"


def test_the_name_for_who_is_told_in_steps_changes_at_a_step_only(
    empty: Connection, name: Name, buurt: str
) -> None:
    add_street(empty, "Marktlaan", lon=LON)
    add_street(empty, "Grote Gracht", lon=LON + 40 * STEP)
    first, there = name(stepped=False), LON + 50 * STEP
    told = select(hotspots.c.told_name)
    assert empty.execute(told).scalar_one() == first
    assert name(lon=there, stepped=False) == f"Grote Gracht, {buurt}"
    assert empty.execute(told).scalar_one() == first
    assert name(lon=there) == empty.execute(told).scalar_one() == f"Grote Gracht, {buurt}"


def test_a_run_of_the_past_names_only_what_has_no_name(empty: Connection, name: Name, buurt: str) -> None:
    add_street(empty, "Marktlaan", lon=LON)
    add_street(empty, "Grote Gracht", lon=LON + 40 * STEP)
    first = name()
    assert name(lon=LON + 50 * STEP, is_latest=False) == first
    # nor does one that is off the list get another
    assert name(lon=LON + 50 * STEP, is_signalled=False) == first
    assert name(lon=LON + 50 * STEP) == f"Grote Gracht, {buurt}"


def test_a_dwelling_is_called_after_a_street_that_hides_it_in_its_buurt(
    empty: Connection, name: Name, buurt: str
) -> None:
    add_street(empty, "Marktlaan", lon=LON, count=10)
    assert name(soort="woning") == f"Marktlaan e.o., {buurt}"
    empty.execute(update(hotspots).values(place_name=None))
    empty.execute(delete(addresses).where(addresses.c.house_number == 10))
    # in another buurt the street goes on
    add_street(empty, "Marktlaan", lon=LON + 400 * STEP, lat=LAT + 0.02, count=30)
    assert name(soort="woning") == buurt


def test_an_area_that_becomes_a_dwelling_is_called_after_no_corner(
    empty: Connection, name: Name, buurt: str
) -> None:
    add_street(empty, "Marktlaan", lon=LON - 11 * STEP)
    for number in range(12):
        add_street(empty, "Grote Gracht", lon=LON + STEP, lat=LAT + (number + 1) * STEP / 2, count=1)
    corner = name()
    assert corner == f"hoek Grote Gracht / Marktlaan, {buurt}"
    street = name(soort="woning")
    assert street == f"Marktlaan e.o., {buurt}"
    assert name() == street, "nor back again, as both are right"


def test_it_is_called_after_a_place_of_the_gazetteer(
    name: Name, buurt: str, settings: Settings, tmp_path: Any
) -> None:
    (tmp_path / "places.csv").write_text(f"name;lon;lat\nMosae Forum;{LON};{LAT}\n")
    geocoding = GeocodingSettings(gazetteer=str(tmp_path / "places.csv"))
    known = settings.model_copy(update={"geocoding": geocoding})
    assert name(settings=known) == f"Mosae Forum, {buurt}"
    assert name(settings=known, soort="woning") == buurt, "which is no name of a dwelling"


def test_of_a_place_that_was_removed_only_the_buurt_is_named(
    empty: Connection, name: Name, buurt: str
) -> None:
    add_street(empty, "Marktlaan", lon=LON)
    empty.execute(update(hotspots).values(place_removed_on=date(2024, 3, 1)))
    assert name() == buurt


def test_addresses_found_by_where_they_are_give_the_same_names_as_the_database(
    empty: Connection, name: Name, settings: Settings
) -> None:
    for number in range(12):
        add_street(empty, f"Straat {number}", lon=LON + 4 * number * STEP, lat=LAT + number * STEP)
    points = np.column_stack(Projection(settings.municipality.crs).to_metres(*load_address_points(empty)))
    streets = StreetIndex.of(PointGrid.of(*points.T, cell_m=50.0), *load_address_streets(empty))
    places = {f"h{at}": LON + at * STEP for at in range(0, 60, 7)}
    for number, hotspot in enumerate(places):
        values = {"number": f"HS-2024-1{number}", "year": 2024, "sequence": 100 + number}
        empty.execute(insert(hotspots).values(id=hotspot, status="kandidaat", **values))
    found = []
    for given in (None, streets):
        empty.execute(update(hotspots).values(place_name=None))
        states = [state(hotspot_id=hotspot, lon=lon) for hotspot, lon in places.items()]
        name_hotspots(empty, settings, states, is_latest=True, streets=given)
        found.append(empty.execute(select(hotspots.c.place_name).order_by(hotspots.c.id)).scalars().all())
    assert found[0] == found[1]
    assert len(set(found[0])) > 5
