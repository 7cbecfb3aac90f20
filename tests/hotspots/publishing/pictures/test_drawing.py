"""Pictures of maps: every place is named, nothing lies on anything else, and only what occurs is told of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO
from itertools import combinations
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.text import Text

from hotspots.model import Aard, Indicatie, Soort, Soortoordeel, Status, Trend
from hotspots.publishing.background import Ground
from hotspots.publishing.pictures.drawing import (
    draw_picture,
    draw_public_picture,
    drawn_paper,
    drawn_public_paper,
)
from hotspots.publishing.pictures.labels import LABEL
from hotspots.publishing.pictures.paper import STYLE, Paper
from hotspots.publishing.public_map import PublicBuurt, PublicMap
from hotspots.publishing.symbols import View
from hotspots.publishing.weekly_map import WeeklyMap, period_in_words
from hotspots.store.background import Features
from hotspots.tracking.hotspot import Hotspot

LONG = "Burgemeester van Oppenstraat hoek Onze-Lieve-Vrouwewalplantsoen"
WEST, SOUTH, STEP = 5.64, 50.82, 0.02


def areas(side: int = 4, *, is_approximate: bool = False) -> gpd.GeoDataFrame:
    """A square of buurten of 1.4 by 2.2 km."""
    squares = [(row, column) for row in range(side) for column in range(side)]
    return gpd.GeoDataFrame(
        {
            "buurtcode": [f"BU{row}{column}" for row, column in squares],
            "buurtnaam": [f"Sint Maartenspoort {row}{column}" for row, column in squares],
            "gebied": ["Noord"] * len(squares),
            "is_approximate": [is_approximate] * len(squares),
        },
        geometry=[
            shapely.box(
                WEST + column * STEP, SOUTH + row * STEP, WEST + (column + 1) * STEP, SOUTH + (row + 1) * STEP
            )
            for row, column in squares
        ],
        crs="EPSG:4326",
    )


def places(number: int, *, spread: float, long_names: bool = False, **changes: Any) -> list[Hotspot]:
    """Hotspots around the middle, over this share of the square."""
    chance = np.random.default_rng(7)
    at = (WEST + 2 * STEP, SOUTH + 2 * STEP) + chance.uniform(-2, 2, (number, 2)) * STEP * spread
    return [
        Hotspot.model_construct(
            id=f"id{order}",
            nummer=f"HS-2023-{order:03}",
            naam=f"{LONG if long_names else 'Marktlaan e.o.'} {order}, Binnenstad",
            buurtnaam="Binnenstad",
            trend=list(Trend)[order % len(Trend)],
            status=Status.KANDIDAAT,
            soort=Soort.GEBIED,
            indicatie=Indicatie.ONBEPAALD,
            soort_oordeel=Soortoordeel.GEBIED,
            aard=Aard.ONBEKEND if hasattr(Aard, "ONBEKEND") else next(iter(Aard)),
            lon=float(lon),
            lat=float(lat),
            geometry=shapely.Point(lon, lat).buffer(0.0005, quad_segs=2),
            **changes,
        )
        for order, (lon, lat) in enumerate(at)
    ]


def shown(hotspots: Sequence[Hotspot], **changes: Any) -> WeeklyMap:
    values: dict[str, Any] = {
        "peildatum": date(2023, 12, 3),
        "hotspots": hotspots,
        "areas": areas(),
        "municipality": "Maastricht",
        "is_simulated": True,
    }
    return WeeklyMap(**(values | changes))


def public(figures: Sequence[int | None], **changes: Any) -> PublicMap:
    own = areas()
    buurten = [
        PublicBuurt(code, name, figure, has_hotspot=(figure or 0) >= 30)
        for code, name, figure in zip(own["buurtcode"], own["buurtnaam"], figures, strict=False)
    ]
    values: dict[str, Any] = {
        "peildatum": date(2023, 12, 3),
        "quarter": (date(2023, 7, 1), date(2023, 9, 30)),
        "buurten": buurten,
        "figure": 100,
        "areas": own,
        "municipality": "Maastricht",
        "gebied": None,
        "is_simulated": False,
    }
    return PublicMap(**(values | changes))


@dataclass(frozen=True)
class Written:
    """One text of a picture, and its box as the renderer of that kind of file draws it, in pixels."""

    text: str
    box: shapely.Polygon
    is_label: bool


def written(paper: Paper, kind: str) -> list[Written]:
    """All texts of a picture but the arrow to the north."""
    figure = paper.figure
    if kind == "svg":  # it draws at 72 dots per inch
        figure.dpi = 72
        renderer: Any = RendererSVG(*figure.bbox.size, StringIO())  # type: ignore[no-untyped-call]
    else:
        renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    texts: list[Any] = figure.findobj(Text)
    return [
        Written(
            text.get_text(),
            shapely.box(*text.get_window_extent(renderer).extents),
            str(text.get_gid() or "").startswith(LABEL),
        )
        for text in texts
        if text.get_text() not in ("", "N")
    ]


def overlapping(texts: Sequence[Written]) -> list[tuple[str, str]]:
    """Texts that lie on each other; the boxes of two lines below each other may touch."""
    return [
        (one.text, other.text)
        for one, other in combinations(texts, 2)
        if one.box.intersection(other.box).area > 0.02 * min(one.box.area, other.box.area)
    ]


@pytest.mark.parametrize(
    ("number", "spread", "long_names"),
    [
        (1, 1.0, False),
        (7, 1.0, False),
        (16, 0.3, True),
        (40, 0.5, False),
        (100, 0.9, False),
        (100, 0.05, True),
    ],
    ids=["one", "seven", "sixteen with long names", "forty", "a hundred", "a hundred in one street"],
)
def test_every_hotspot_is_named_once_and_nothing_lies_on_anything(
    number: int, spread: float, long_names: bool
) -> None:
    hotspots = places(number, spread=spread, long_names=long_names)
    with mpl.rc_context(STYLE):
        paper = drawn_paper(shown(hotspots))
        paper.write()
        for kind in ("png", "svg"):
            _is_readable(paper, written(paper, kind), hotspots)


def _is_readable(paper: Paper, texts: Sequence[Written], hotspots: Sequence[Hotspot]) -> None:
    figure = shapely.box(0, 0, *paper.figure.bbox.size)
    assert not [each.text for each in texts if not figure.covers(each.box)]
    assert not overlapping(texts)
    labels = [each for each in texts if each.is_label]
    frame = shapely.box(*paper.axes.get_window_extent().extents)
    assert not [each.text for each in labels if not frame.covers(each.box)]
    reach = 3.0 * paper.figure.dpi / 72  # of a sign, without its points
    middles = paper.axes.transData.transform([(spot.lon, spot.lat) for spot in hotspots])
    signs = [shapely.box(x - reach, y - reach, x + reach, y + reach) for x, y in middles]
    assert not [each.text for each in labels for sign in signs if each.box.intersects(sign)]
    on_map = [each.text for each in labels]
    in_list = " ".join(line for _, line in paper.listed)
    for spot in hotspots:
        assert (spot.short_label in on_map) != (spot.naam in in_list), spot.naam
    assert all(on_map.count(on_sign) == 1 for on_sign, _ in paper.listed)


@pytest.mark.parametrize("is_approximate", [False, True], ids=["official borders", "approximate borders"])
def test_every_buurt_of_a_public_map_is_named_with_its_figure(is_approximate: bool) -> None:
    figures = [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 75, None, None, 300]
    own = areas(is_approximate=is_approximate)
    with mpl.rc_context(STYLE):
        paper = drawn_public_paper(public(figures, areas=own))
        paper.write()
        texts = written(paper, "png")
    told = {each.text for each in texts if each.is_label} | {line for _, line in paper.listed}
    for name, figure in zip(own["buurtnaam"], figures, strict=True):
        words = name.replace(" ", r"\s")
        number = rf"(\n|: ){figure}$" if figure else r"(: niet getoond)?$"
        assert [text for text in told if re.search(words + number, text)], name
    assert not overlapping(texts)
    drawn = draw_public_picture(public(figures, areas=own), "svg").decode()
    assert ("buurtgrens, bij benadering" in drawn) is is_approximate
    assert ("buurtgrenzen bij benadering" in drawn) is is_approximate


def test_the_legend_has_only_what_occurs() -> None:
    only_new = draw_picture(shown(places(3, spread=0.5)), "svg").decode()
    assert ">nieuw<" in only_new
    assert ">stil<" not in only_new
    few = draw_public_picture(public([5, 10, 15]), "svg").decode()
    assert "5 of 10" in few
    assert "15 tot 25" in few
    assert not re.search("60 of meer|30 tot 55|niet getoond<|herhaalde overlast", few)
    hidden = draw_public_picture(public([5, None, 60]), "svg").decode()
    assert all(words in hidden for words in ("60 of meer", "niet getoond", "herhaalde overlast"))


def test_a_title_stands_in_a_picture_once_or_beside_it() -> None:
    map_ = shown(places(2, spread=0.5), area_name="Wijk 02 Buitenwijk West")
    title = "Hotspots Wijk 02 Buitenwijk West, week 48 van 2023"
    assert re.findall(r"<text[^>]*>([^<]*Hotspots[^<]*)<", draw_picture(map_, "svg").decode()) == [title]
    without = draw_picture(map_, "svg", with_title=False).decode()
    assert not re.search(r"<text[^>]*>[^<]*(Hotspots|Stand van)", without)
    assert "Gesimuleerde gegevens" in without
    assert "Bron: meldingen" in without


def test_a_long_title_is_broken_and_whole() -> None:
    name = "Gebiedsteam Buitenwijk Zuidwest, Centrum en de dorpen aan de overkant van de rivier"
    with mpl.rc_context(STYLE):
        paper = drawn_paper(shown(places(1, spread=0.1), area_name=name))
        paper.write()
        texts = written(paper, "png")
    bold = [each.text for each in texts if each.text in f"Hotspots {name}, week 48 van 2023"]
    assert " ".join(bold) == f"Hotspots {name}, week 48 van 2023"


def test_a_picture_of_a_period_says_which() -> None:
    map_ = shown(places(2, spread=0.5), period=(date(2023, 1, 1), date(2023, 12, 31)))
    drawn = draw_picture(map_, "svg").decode()
    assert "Hotspots Maastricht, 2023" in drawn
    assert "Op de lijst in deze periode, stand van 3 december 2023" in drawn
    assert period_in_words(date(2023, 11, 27), date(2023, 12, 3)) == "week 48 van 2023"


def test_a_city_without_official_borders_shows_its_built_up_ground_and_its_river() -> None:
    river = shapely.box(WEST + 0.035, SOUTH, WEST + 0.043, SOUTH + 4 * STEP)
    street = shapely.LineString([(WEST + 0.01, SOUTH + 0.01), (WEST + 0.03, SOUTH + 0.02)])
    ground = Ground(Features(("water", "straat"), ("Maas", "Brusselsestraat"), np.array([river, street])))
    map_ = shown(places(2, spread=0.5), areas=areas(is_approximate=True), ground=ground)
    drawn = draw_picture(map_, "svg").decode()
    assert ">Maas<" in drawn
    assert "buurtgrens, bij benadering" in drawn
    for colour in ("#cfe0ee", "#ecebe6", "#d0d6dc"):  # water, built up, street
        assert colour in drawn


@pytest.mark.parametrize("view", list(View), ids=str)
def test_the_same_map_gives_the_same_file(view: View) -> None:
    map_ = shown(places(5, spread=0.5), view=view)
    kind = "png" if view is View.TREND else "svg"
    assert draw_picture(map_, kind) == draw_picture(map_, kind)


def test_a_text_is_drawn_as_it_is() -> None:
    naam = "<script>$x^2$ & {{7*7}}, Binnenstad"
    spots = [spot.model_copy(update={"naam": naam}) for spot in places(1, spread=0.1)]
    drawn = draw_picture(shown(spots), "svg").decode()
    assert "&lt;script&gt;$x^2$ &amp; {{7*7}}" in drawn
    assert "<script>" not in drawn


def test_a_map_without_anything_is_a_picture_too() -> None:
    assert draw_picture(shown([], areas=areas().iloc[:0]), "png").startswith(b"\x89PNG")
    assert b"</svg>" in draw_picture(shown([]), "svg")
