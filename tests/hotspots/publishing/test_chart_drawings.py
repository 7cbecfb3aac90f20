from datetime import date, timedelta
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from hotspots.publishing.chart_drawings import (
    Drawing,
    concentration_drawing,
    hours_drawing,
    months_drawing,
    rows_drawing,
    weeks_drawing,
    years_drawing,
)
from hotspots.publishing.chart_files import picture, standalone
from hotspots.statistics.hot_hours import WEEKDAYS

SVG = "{http://www.w3.org/2000/svg}"
MONTHS = pd.DataFrame(
    {
        "month": [1, 2, 3, 0],
        "count": [12.0, 40.0, 3.0, 55.0],
        "count_last_year": [10.0, 10.0, np.nan, 20.0],
        "least_by_chance": [3.0, 3.0, np.nan, 9.0],
        "most_by_chance": [22.0, 22.0, np.nan, 36.0],
    }
)


def drawings() -> list[Drawing]:
    """One of each kind, with a figure that isn't told and a name that is markup."""
    weeks = pd.DataFrame(
        {
            "week_end": [date(2023, 1, 7) + timedelta(weeks=number) for number in range(10)],
            "count": [2, 3, 1, 2, 4, 2, 3, 2, 9, 3],
            "bound": [np.nan] * 7 + [4.5] * 3,
            "is_alarm": [False] * 8 + [True, False],
        }
    )
    hours = pd.DataFrame(np.arange(168).reshape(7, 24), index=WEEKDAYS)
    curve = pd.DataFrame(
        {"share_of_places": [0, 0.2, 1], "share_of_reports": [0, 0.8, 1], "by_chance": [0, 0.4, 1]}
    )
    rows = pd.DataFrame({"name": ["<b>Wyck</b> & 'omgeving'", "Mariaberg"], "value": [7.0, np.nan]})
    return [
        months_drawing(MONTHS, year=2023),
        weeks_drawing(weeks),
        hours_drawing(hours),
        concentration_drawing(curve),
        years_drawing(
            [("<b>Wyck</b> & 'drugs'", [None, 40.0, 20.0], ["", "40", "20"])],
            years=[2021, 2022, 2023],
            title="Cijfers van anderen",
        ),
        rows_drawing(rows, title="Meldingen per gebied", name="gebieden"),
    ]


@pytest.mark.parametrize("drawing", drawings(), ids=lambda drawing: drawing.name)
def test_a_drawing_says_what_it_is_and_holds_only_what_is_drawn(drawing: Drawing) -> None:
    root = ET.fromstring(drawing.svg)  # noqa: S314  # it is our own
    assert root.get("role") == "img"
    labels = {element.get("id"): element.text for element in root if element.get("id")}
    assert [labels[each] for each in root.get("aria-labelledby", "").split()] == [
        drawing.title,
        drawing.description,
    ]
    kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert kinds <= {"svg", "title", "desc", "g", "rect", "polyline", "path", "text"}
    assert not any("style" in element.attrib for element in root.iter())  # the policy of pages refuses it


@pytest.mark.parametrize("drawing", drawings(), ids=lambda drawing: drawing.name)
def test_words_lie_within_the_drawing_and_can_be_read_on_a_phone(drawing: Drawing) -> None:
    root = ET.fromstring(drawing.svg)  # noqa: S314
    _, _, width, height = map(float, root.get("viewBox", "").split())
    assert float(root.get("font-size", "0")) * 358 / width >= 10.5  # a phone of 390 pixels with its margins
    for element in root.iter(f"{SVG}text"):
        if element.get("x") is None or element.get("font-size"):
            continue
        size = 6.2 * len(element.text or "")
        start = (
            float(element.get("x", "0"))
            - {"end": 1, "middle": 0.5}.get(element.get("text-anchor", ""), 0) * size
        )
        assert start >= -2
        assert start + size <= width + 2
        assert 0 < float(element.get("y", "0")) <= height


@pytest.mark.parametrize("drawing", drawings(), ids=lambda drawing: drawing.name)
def test_a_file_of_its_own_has_every_colour_and_a_ground(drawing: Drawing) -> None:
    assert "var(--" in drawing.svg
    printed = standalone(drawing.svg)
    assert "var(" not in printed
    root = ET.fromstring(printed)  # noqa: S314
    assert root.get("width") == "800"
    grounds = [rect.get("fill") for rect in root.iter(f"{SVG}rect")]
    assert grounds[0] == "#ffffff"


def test_a_month_beyond_chance_is_marked_in_drawing_words_and_table() -> None:
    drawing = months_drawing(MONTHS, year=2023)
    assert "Meer dan toeval verklaart in feb." in drawing.description
    assert drawing.table["Groter dan toeval"].tolist() == ["nee", "ja", ""]
    assert drawing.table["2023"].tolist() == [12, 40, 3]
    assert drawing.table["Verschil in %"].tolist()[:2] == [20, 300]
    assert "anders dan toeval verklaart" in drawing.svg


def test_the_bars_are_as_high_as_the_figures() -> None:
    root = ET.fromstring(months_drawing(MONTHS, year=2023).svg)  # noqa: S314
    bars = [
        float(rect.get("height", "0"))
        for rect in root.iter(f"{SVG}rect")
        if rect.get("fill", "").startswith("var(--huis-tekst") and float(rect.get("y", "0")) > 0
    ]
    assert bars == pytest.approx([178 * value / 40 for value in (12, 40, 3)], abs=0.1)


def test_a_figure_that_is_not_told_has_no_bar_and_no_number() -> None:
    drawing = drawings()[-1]
    root = ET.fromstring(drawing.svg)  # noqa: S314
    assert len(list(root.iter(f"{SVG}rect"))) == 1  # of two
    assert [text.text for text in root.iter(f"{SVG}text")][-1] == "–"


def test_a_long_name_stands_above_its_bar_and_is_whole() -> None:
    names = ["Wijk 02 Buitenwijk Noordwest", "Wijk 02 Buitenwijk Noordoost"]
    drawing = rows_drawing(pd.DataFrame({"name": names, "value": [7.0, 3.0]}), title="x", name="gebieden")
    root = ET.fromstring(drawing.svg)  # noqa: S314
    assert [text.text for text in root.iter(f"{SVG}text")][::2] == names


def test_nothing_to_draw_is_drawn_as_nothing() -> None:
    empty = pd.DataFrame({"name": pd.Series([], dtype="str"), "value": pd.Series([], dtype="float64")})
    assert "geen regel" in rows_drawing(empty, title="Niets", name="niets").description
    none = hours_drawing(pd.DataFrame(np.zeros((7, 24)), index=WEEKDAYS))
    assert "geen meldingen" in none.description


def test_a_picture_is_as_wide_as_asked() -> None:
    png = picture(drawings()[0], width_px=848)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20], "big") == pytest.approx(848, abs=2)


def test_each_row_of_years_has_a_scale_of_its_own_and_no_bar_without_a_figure() -> None:
    rows: list[tuple[str, list[float | None], list[str]]] = [
        ("Onze", [None, 10.0, 5.0], ["", "10", "5"]),
        ("Politie", [800.0, 0.0, 1600.0], ["800", "0", "1.600"]),
    ]
    drawing = years_drawing(rows, years=[2021, 2022, 2023], title="Naast elkaar")
    bars = ET.fromstring(drawing.svg).findall(f"{SVG}rect")  # noqa: S314
    highest = max(float(bar.get("height", "0")) for bar in bars)
    heights = [round(float(bar.get("height", "0")) / highest, 2) for bar in bars]
    assert heights == [1, 0.5, 0.5, 0, 1]
    assert drawing.table["2023"].tolist() == [5, 1600]
    assert list(drawing.table["2021"].isna()) == [True, False]


def test_a_year_before_of_which_nothing_is_known_is_not_named() -> None:
    unknown = MONTHS.assign(count_last_year=np.nan, least_by_chance=np.nan, most_by_chance=np.nan)
    drawing = months_drawing(unknown, year=2023)
    assert drawing.title == "Meldingen per maand, 2023"
    assert ">2022<" not in drawing.svg
