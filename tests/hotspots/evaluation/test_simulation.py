"""Simulated years: their size, their truth by rule, and that each row is accounted for."""

from datetime import date
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from hotspots.evaluation.city import (
    SHAPES,
    City,
    build_city,
    city_of_municipality,
    write_addresses,
)
from hotspots.evaluation.definition import first_day_met, least_concentrated
from hotspots.evaluation.export_lines import MELDDESK_COLUMNS
from hotspots.evaluation.simulation import (
    SimulatedYear,
    detection_table,
    draw_quiet_plan,
    simulate_year,
    texts_of,
    write_melddesk,
)
from hotspots.model import REPORTS
from hotspots.settings import DetectionSettings, shipped

ZONE = ZoneInfo("Europe/Amsterdam")
RULES = DetectionSettings()


@pytest.fixture(scope="module")
def city() -> City:
    """A compact city."""
    return build_city("centre", np.random.default_rng(7))


@pytest.fixture(scope="module")
def year(city: City) -> SimulatedYear:
    """A year in it."""
    return simulate_year(city, year=2023, rng=np.random.default_rng(8))


def test_a_year_has_the_size_and_shape_of_2023(year: SimulatedYear) -> None:
    screened = year.reports["category"].isin(["personen", "drugs"])
    assert 1700 <= screened.sum() <= 2700
    planted = year.places[year.places["kind"] == "hotspot"]
    assert len(planted) == 16
    assert (planted["soort"] == "woning").sum() == 2
    assert (planted["indicatie"] == "leefbaarheid").sum() == 7
    assert len(year.hotspots) >= 14


def test_the_former_years_stay_as_they_were(year: SimulatedYear) -> None:
    """Figures of before are compared with: the same seed gives the same reports, to the last letter."""
    written = year.reports[list(MELDDESK_COLUMNS)].to_csv(index=False)
    assert sha256(written.encode()).hexdigest()[:16] == "6664cf1d736eb9df"


def test_every_row_is_accounted_for(year: SimulatedYear) -> None:
    fates = year.reports["fate"].value_counts()
    assert set(fates.index) <= {"counted", "unlocated", "other", "rejected", "repeated"}
    assert len(detection_table(year)) == fates["counted"]
    assert year.reports["report_id"].is_unique


def test_the_same_seed_gives_the_same_year(city: City, year: SimulatedYear) -> None:
    again = simulate_year(city, year=2023, rng=np.random.default_rng(8))
    pd.testing.assert_frame_equal(year.reports, again.reports)
    pd.testing.assert_frame_equal(year.places, again.places)


def test_decoys_never_meet_the_definition(year: SimulatedYear) -> None:
    decoys = year.places[year.places["kind"] != "hotspot"]
    assert decoys["first_met"].isna().all()
    assert {"one reporter", "default geocode", "almost", "faded"} <= set(decoys["kind"])


def test_reports_satisfy_the_table_of_detection(year: SimulatedYear) -> None:
    table = detection_table(year)
    REPORTS.check(table)
    assert {"buurtcode", "buurtnaam", "wijkcode", "gebied", "inhabitants"} <= set(year.city.areas.columns)
    assert table["buurtcode"].notna().mean() > 0.99
    texts = texts_of(year)(table["report_id"].tolist()[:5])
    assert all(texts.values())


def test_the_export_has_the_layout_of_melddesk(year: SimulatedYear, tmp_path: Path) -> None:
    write_melddesk(year, tmp_path / "export.csv")
    read = pd.read_csv(tmp_path / "export.csv", sep=";", dtype=str, keep_default_na=False)
    assert tuple(read.columns) == MELDDESK_COLUMNS
    assert len(read) == len(year.reports)
    assert read["meldtijd"].str.match(r"2023-\d\d-\d\d \d\d:\d\d$").mean() > 0.95
    assert (read["melder"] == "").mean() > 0.02


def test_a_quiet_year_has_decoys_only(city: City) -> None:
    rng = np.random.default_rng(9)
    quiet = simulate_year(city, year=2022, rng=rng, plan=draw_quiet_plan(rng))
    assert len(quiet.hotspots) == 0
    assert len(quiet.places) > 10


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_has_streets_with_addresses_inside_its_areas(shape: str) -> None:
    assert shape in SHAPES
    city = build_city(next(name for name in SHAPES if name == shape), np.random.default_rng(3))
    assert len(city.addresses) > 10_000
    assert set(city.addresses["buurtcode"]) == set(city.areas["buurtcode"])
    in_towers = (city.addresses["tower"] >= 0).mean()
    assert (in_towers > 0.15) == (shape == "towers")


def test_a_city_stands_on_the_centres_of_a_municipality(tmp_path: Path) -> None:
    path = shipped("geodata/GM0935_buurten.csv")
    city = city_of_municipality(path, np.random.default_rng(1), name="Maastricht")
    assert len(city.areas) == 44
    assert city.addresses["lon"].between(5.6, 5.8).all()
    write_addresses(city, tmp_path / "addresses.csv")
    header = (tmp_path / "addresses.csv").read_text().splitlines()[0]
    assert header == (
        "straat,huisnummer,huisletter,huisnummertoevoeging,postcode,woonplaats,gemeente,provincie,lat,lon"
    )


def table_of(days: list[str], persons: list[int]) -> pd.DataFrame:
    moments = pd.to_datetime(pd.Series(days)).dt.tz_localize("UTC") + pd.Timedelta(hours=20)
    return pd.DataFrame({"moment": moments, "person": persons})


WEEKLY = [str(day.date()) for day in pd.date_range("2023-01-02", periods=10, freq="7D")]


def test_the_definition_is_met_on_the_day_of_the_eighth_report() -> None:
    reports = table_of(WEEKLY, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    assert first_day_met(reports, RULES, ZONE) == date(2023, 2, 20)


def test_the_definition_is_met_later_where_the_surroundings_explain_more() -> None:
    reports = table_of(WEEKLY, list(range(10)))
    assert first_day_met(reports, RULES, ZONE, least_reports=10) == date(2023, 3, 6)
    assert first_day_met(reports, RULES, ZONE, least_reports=11) is None


def test_the_busier_the_surroundings_the_more_reports_make_a_place_stand_out() -> None:
    needed = [least_concentrated(expected, 1500) for expected in (0.1, 1.0, 3.0, 10.0)]
    assert needed == sorted(needed)
    assert needed[0] <= RULES.min_reports < needed[2]


@pytest.mark.parametrize(
    ("days", "persons"),
    [
        pytest.param(WEEKLY, [0] * 10, id="one reporter"),
        pytest.param(WEEKLY, [0] * 7 + [1, 2, 3], id="one reporter gives most"),
        pytest.param(["2023-01-02"] * 10, list(range(10)), id="one night"),
        pytest.param(WEEKLY[:7], list(range(7)), id="too few"),
        pytest.param([WEEKLY[0]] * 6 + WEEKLY[:5], list(range(11)), id="most in one burst"),
        pytest.param([WEEKLY[0]] * 5 + WEEKLY[4:7], [0] * 5 + [1, 2, 3], id="repeats of one person on a day"),
    ],
)
def test_the_definition_is_not_met_by(days: list[str], persons: list[int]) -> None:
    assert first_day_met(table_of(days, persons), RULES, ZONE) is None
