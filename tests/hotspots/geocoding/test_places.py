"""Places by name: stops, squares and buurten, from a gazetteer file."""

from pathlib import Path

import pytest

from hotspots.errors import AddressesError
from hotspots.geocoding.places import NamedPlace, PlaceIndex, read_gazetteer
from hotspots.model import Precision

METRE = 1 / 111_195


def at(
    name: str, north_m: float, precision: Precision = Precision.KRUISING, radius_m: float = 40
) -> NamedPlace:
    """A place so many metres north of the equator."""
    return NamedPlace(name, 5.69, north_m * METRE, radius_m, precision)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Ons Dorp, Station", id="as in the file"),
        pytest.param("station", id="without the town, small letters"),
        pytest.param("bushalte Station", id="with its kind"),
        pytest.param("de bushalte Station", id="with an article and its kind"),
        pytest.param("Elders, Station", id="after a comma"),
    ],
)
def test_a_stop_is_found_by_name(text: str) -> None:
    found = PlaceIndex([at("Ons Dorp, Station", 0)], reach_m=75).find(text)
    assert found is not None
    assert (found.name, found.precision) == ("Ons Dorp, Station", Precision.KRUISING)


def test_two_sides_of_a_stop_are_one_place_in_the_middle() -> None:
    found = PlaceIndex([at("Markt", 0), at("Markt", 20)], reach_m=75).find("Markt")
    assert found is not None
    assert found.spot is not None
    assert found.spot.lat == pytest.approx(10 * METRE)
    assert found.spot.radius_m == pytest.approx(50, abs=1)


def test_places_of_one_name_far_apart_are_several() -> None:
    found = PlaceIndex([at("Kiosk", 0), at("Kiosk", 2000)], reach_m=75).find("Kiosk")
    assert found is not None
    assert found.spot is None
    assert len(found.several) == 2


def test_a_large_place_is_no_point() -> None:
    found = PlaceIndex([at("Stadspark", 0, radius_m=400)], reach_m=75).find("Stadspark")
    assert found is not None
    assert found.precision is not Precision.BUURT


def test_a_buurt_stays_a_buurt() -> None:
    found = PlaceIndex([at("Zuiderbuurt", 0, Precision.BUURT, 600)], reach_m=75).find("buurt Zuiderbuurt")
    assert found is not None
    assert found.precision is Precision.BUURT


def test_an_unknown_name_is_nowhere() -> None:
    assert PlaceIndex([at("Markt", 0)], reach_m=75).find("Marktplein") is None
    assert PlaceIndex([], reach_m=75).find("Markt") is None


def test_a_gazetteer_is_read(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_text("name;lon;lat;radius_m\nMarkt;5.69;50.85;\nPark; 5.7;50.86;150\n", encoding="utf-8")
    assert read_gazetteer(path, radius_m=40) == [
        NamedPlace("Markt", 5.69, 50.85, 40),
        NamedPlace("Park", 5.7, 50.86, 150),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("naam;lon;lat\n", "lacks name", id="another header"),
        pytest.param(
            "name;lon;lat\nMarkt;5,69;50.85\n", "line 2: wanted numbers, found '5,69'", id="a comma"
        ),
        pytest.param("name;lon;lat\nMarkt;;\n", "line 2: wanted numbers", id="no point"),
        pytest.param("name;lon;lat\nMarkt;176000;318000\n", "point in degrees", id="metres"),
        pytest.param("name;lon;lat\n ;5.69;50.85\n", "wanted a name", id="no name"),
    ],
)
def test_a_gazetteer_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "places.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AddressesError, match=message):
        read_gazetteer(path, radius_m=40)


def test_an_absent_gazetteer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AddressesError, match=r"geocoding\.gazetteer"):
        read_gazetteer(tmp_path / "none.csv", radius_m=40)
