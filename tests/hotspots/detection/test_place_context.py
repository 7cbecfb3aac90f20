"""Context of a place on the list: the hours in which it stands out, the class of its cell, in words."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from hotspots.detection.explanations import CELL_STORIES, context_reasons
from hotspots.detection.exposure import study_cells_of
from hotspots.detection.place_context import PlaceContext, PlaceContextIndex
from hotspots.geography.cells import cells_of
from hotspots.settings import DetectionSettings, Settings
from hotspots.statistics.hot_hours import HotHours
from hotspots.statistics.trends import EmergingClass

AS_OF = date(2023, 12, 31)  # a Sunday
HERE = (5.6915, 50.8492)
RNG = np.random.default_rng(3)
TOWN = (HERE[0] + RNG.uniform(-0.03, 0.03, 3000), HERE[1] + RNG.uniform(-0.02, 0.02, 3000))


def reports_of(days_ago: list[int], hours: list[int], lon: list[float], lat: list[float]) -> pd.DataFrame:
    """Reports at local hours of winter days."""
    day = pd.to_datetime([AS_OF - timedelta(days=ago) for ago in days_ago])
    local = day + pd.to_timedelta(hours, unit="h")
    return pd.DataFrame(
        {
            "report_id": range(len(day)),
            "moment": local.tz_localize("Europe/Amsterdam").tz_convert("UTC"),
            "has_hour": True,
            "day": day,
            "cell": cells_of(lon, lat, resolution=10),
        }
    )


def everyday(count: int) -> tuple[list[int], list[int], list[float], list[float]]:
    """Reports all over town, at all hours of the past 80 days."""
    days, hours = RNG.integers(0, 80, count).tolist(), RNG.integers(0, 24, count).tolist()
    return days, hours, TOWN[0][:count].tolist(), TOWN[1][:count].tolist()


def index_of(reports: pd.DataFrame, settings: Settings | None = None) -> PlaceContextIndex:
    chosen = settings or Settings()
    cells = study_cells_of(*TOWN, chosen.cells.resolution)
    return PlaceContextIndex(reports, as_of=AS_OF, study_cells=cells, settings=chosen)


@pytest.fixture(scope="module")
def town() -> pd.DataFrame:
    """200 everyday reports, and 14 at one place: at night, in the last ten weeks."""
    days, hours, lon, lat = everyday(200)
    return reports_of(
        days + [5 * number for number in range(14)],
        hours + [22 + number % 2 for number in range(14)],
        lon + [HERE[0]] * 14,
        lat + [HERE[1]] * 14,
    )


def test_a_place_of_late_evenings_says_at_which_hours_and_that_its_cell_came_up(town: pd.DataFrame) -> None:
    context = index_of(town).of(town.tail(14)["report_id"].to_numpy(), *HERE)
    assert context.hours is not None
    assert (context.hours.days, context.hours.count) == ("elke dag", 14)
    assert context.hours.first_hour <= 22
    assert context.emerging_class == EmergingClass.CONSECUTIVE
    assert context.evidence["hotHours"]["share"] == 1.0
    assert context.evidence["emergingClass"] == "consecutive"
    uren, omgeving = context_reasons(context, report_count=14)
    assert uren.startswith("Uren: 14 van de 14 meldingen vallen tussen ")
    assert "sinds kort en zonder onderbreking drukker" in omgeving


HOURLESS = [
    # of the 14 reports at the place: without an hour, whether hours are named, and what is said
    (0, True, "Uren: 14 van de 14 meldingen vallen tussen"),
    (1, True, "Uren: 13 van de 13 meldingen met een uur vallen tussen"),
    (4, True, "Uren: 10 van de 10 meldingen met een uur vallen tussen"),
    (7, True, "Uren: 7 van de 7 meldingen met een uur vallen tussen"),
    (8, False, "Uren: van 8 van de 14 meldingen is het uur niet bekend."),
    (13, False, "Uren: van 13 van de 14 meldingen is het uur niet bekend."),
    (14, False, "Uren: van alle 14 meldingen is het uur niet bekend."),
]


@pytest.mark.parametrize(("hourless", "knows", "said"), HOURLESS)
def test_reports_of_which_only_the_day_is_known_name_no_hours(
    town: pd.DataFrame, hourless: int, knows: bool, said: str
) -> None:
    reports = town.copy()
    reports.loc[reports.index[len(town) - hourless :], "has_hour"] = False
    context = index_of(reports).of(reports.tail(14)["report_id"].to_numpy(), *HERE)
    assert context.knows_hours is knows
    assert (context.hours is not None) is knows
    assert context.evidence.get("hourless", 0) == hourless
    sentence, *_ = context_reasons(context, report_count=14)
    assert sentence.startswith(said)


def test_a_town_without_hours_has_no_usual_hours_to_differ_from(town: pd.DataFrame) -> None:
    context = index_of(town.assign(has_hour=False)).of(town.tail(14)["report_id"].to_numpy(), *HERE)
    assert context.hours is None
    assert context.emerging_class == EmergingClass.CONSECUTIVE  # of which days are enough


def test_a_place_elsewhere_at_all_hours_says_nothing(town: pd.DataFrame) -> None:
    context = index_of(town).of(
        town.head(30)["report_id"].to_numpy(), float(TOWN[0][2500]), float(TOWN[1][2500])
    )
    assert context == PlaceContext(None, EmergingClass.NONE)
    assert context.evidence == {"hotHours": None, "emergingClass": "none"}
    assert context_reasons(context, report_count=30) == []


def test_reports_of_the_place_that_do_not_count_are_left_out(town: pd.DataFrame) -> None:
    index = index_of(town.iloc[:-4])
    context = index.of(town.tail(14)["report_id"].to_numpy(), *HERE)
    assert context.hours is not None
    assert context.hours.count == 10
    assert index.of(town.tail(4)["report_id"].to_numpy(), *HERE).hours is None


@pytest.mark.parametrize("weeks", [4, 5])
def test_a_window_too_short_for_classes_has_none(town: pd.DataFrame, weeks: int) -> None:
    detection = DetectionSettings(look_back_weeks=weeks, min_duration_days=21)
    context = index_of(town, Settings(detection=detection)).of(town.tail(14)["report_id"].to_numpy(), *HERE)
    assert context.hours is not None
    assert (context.emerging_class == EmergingClass.NONE) == (weeks == 4)


def test_one_village_of_one_cell_has_nothing_to_compare_with() -> None:
    reports = reports_of([1, 8, 15], [12] * 3, [HERE[0]] * 3, [HERE[1]] * 3)
    index = PlaceContextIndex(
        reports, as_of=AS_OF, study_cells=np.zeros(0, dtype=np.int64), settings=Settings()
    )
    assert index.of(reports["report_id"].to_numpy(), *HERE) == PlaceContext(None, EmergingClass.NONE)


def test_hours_on_some_days_name_the_days() -> None:
    hours = HotHours("in het weekend", 22, 3, 9, 0.75, 0.114, 0.001)
    (said,) = context_reasons(PlaceContext(hours, EmergingClass.NONE), report_count=12)
    assert said.startswith("Uren: 9 van de 12 meldingen vallen in het weekend tussen 22 en 3 uur; ")
    assert said.endswith("van alle meldingen in de stad is dat 11%.")


def test_every_class_but_none_has_words_of_its_own() -> None:
    assert {*CELL_STORIES, EmergingClass.NONE} == {*EmergingClass}
    assert len({*CELL_STORIES.values()}) == len(CELL_STORIES)
