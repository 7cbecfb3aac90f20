"""A map per buurt: classes that occur, what is not told hatched, small, and the same in words."""

from xml.etree import ElementTree as ET

import geopandas as gpd
import pytest
import shapely

from hotspots.colours import TEXT_CONTRAST, contrast
from hotspots.geography.projection import Projection
from hotspots.geography.shipped_areas import shipped_areas
from hotspots.publishing.buurt_map import COLOURS, NOT_TOLD, BuurtMap, draw_buurt_map
from hotspots.settings import shipped

SVG = "{http://www.w3.org/2000/svg}"
MOST_BYTES = 60_000


def row_of_areas(names: str) -> gpd.GeoDataFrame:
    """Squares beside each other, each named by one letter."""
    shapes = [shapely.box(5.6 + 0.1 * place, 50.8, 5.7 + 0.1 * place, 50.9) for place in range(len(names))]
    columns = {"buurtcode": list(names), "buurtnaam": [f"Buurt <{name}>" for name in names]}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")


def shown_of(figures: dict[str, float | None], names: str = "ABCD", **options: object) -> BuurtMap:
    return draw_buurt_map(row_of_areas(names), figures, name="m", title="Meldingen & meer", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("figures", "step", "expected"),
    [
        pytest.param({"A": 0, "B": 0}, 1, ["geen"], id="nothing"),
        pytest.param({"A": 1, "B": None}, 1, ["1 of meer", NOT_TOLD], id="one"),
        pytest.param({"A": 1, "B": 3, "C": 0}, 1, ["geen", "1", "2 of meer"], id="few"),
        pytest.param({"A": 3, "B": 130}, 1, ["1 tot en met 19", "100 of meer"], id="only those that occur"),
        pytest.param(
            {"A": 5, "B": 10, "C": 60}, 5, ["5", "10 tot en met 15", "50 of meer"], id="rounded to 5"
        ),
    ],
)
def test_the_legend_has_the_classes_that_occur(
    figures: dict[str, float | None], step: int, expected: list[str]
) -> None:
    assert [entry.words for entry in shown_of(figures, step=step).legend] == expected


def test_rates_have_classes_that_join() -> None:
    shown = shown_of({"A": 0.4, "B": 2.4, "C": 12.34, "D": 0}, decimals=1)
    assert [entry.words for entry in shown.legend] == ["geen", "minder dan 2", "2 tot 5", "10 of meer"]
    assert shown.rows[0] == ("Buurt <C>", "12,3")


def test_the_drawing_names_each_buurt_and_hatches_what_is_not_told() -> None:
    shown = shown_of({"A": 12, "B": None}, names="ABC", marks={"A", "C"}, mark_words="een plek")
    drawing = ET.fromstring(shown.svg)  # noqa: S314  # our own
    assert drawing.get("role") == "img"
    titles = [title.text for title in drawing.iter(f"{SVG}title")]
    assert titles == ["Meldingen & meer", "Buurt <A>: 12 meldingen; een plek", f"Buurt <B>: {NOT_TOLD}"]
    shapes = {path.get("class"): path.get("fill") for path in drawing.iter(f"{SVG}path")}
    assert shapes["kn"] == "url(#m-arcering)"
    assert [path.get("class") for path in drawing.iter(f"{SVG}path")].count("ruit") == 1
    assert shown.rows == [("Buurt <A>", "12"), ("Buurt <B>", NOT_TOLD)]
    description = drawing.findtext(f"{SVG}desc")
    assert description == f"Het meest in Buurt <A> (12). Van 1 buurt {NOT_TOLD}."
    assert "style=" not in shown.svg


def test_a_map_with_addresses_is_a_group_of_links() -> None:
    shown = shown_of({"A": 12, "B": 1}, names="AB", links={"A": "/?buurt=A&x=1"})
    drawing = ET.fromstring(shown.svg)  # noqa: S314  # our own
    assert drawing.get("role") == "group"
    assert [(link.get("href"), link.get("aria-label")) for link in drawing.iter(f"{SVG}a")] == [
        ("/?buurt=A&x=1", "Buurt <A>: 12 meldingen")
    ]


def test_the_drawing_of_a_city_is_small_and_its_outlines_do_not_gape() -> None:
    areas = shipped_areas(shipped("geodata/GM0935_buurten.csv"), Projection("EPSG:28992"))
    assert areas is not None
    figures: dict[str, float | None] = {code: place for place, code in enumerate(areas["buurtcode"])}
    shown = draw_buurt_map(areas, figures, name="m", title="Meldingen")
    assert len(shown.svg) < MOST_BYTES
    assert shown.svg.count('class="k') > len(areas)
    file = ET.fromstring(shown.as_file())  # noqa: S314  # our own
    words = [text.text for text in file.iter(f"{SVG}text")]
    assert words[0] == "Meldingen"
    assert words[-len(shown.legend) :] == [entry.words for entry in shown.legend]


def test_without_figures_or_areas_there_is_an_empty_map() -> None:
    shown = shown_of({})
    assert (shown.rows, shown.legend) == ([], [])
    ET.fromstring(shown.as_file())  # noqa: S314  # our own


@pytest.mark.parametrize("key", sorted(COLOURS))
def test_figures_can_be_read_on_their_class(key: str) -> None:
    assert contrast(*COLOURS[key]) >= TEXT_CONTRAST
