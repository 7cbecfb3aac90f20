"""Harder years: hotspots of every scale that meet the definition, a background that clusters by itself."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import cKDTree

from hotspots.evaluation.city import City, build_city
from hotspots.evaluation.place_shapes import SCALES, Scale
from hotspots.evaluation.simulation import SimulatedYear, detection_table, draw_quiet_plan, simulate_year
from hotspots.model import REPORTS


@pytest.fixture(scope="module")
def city() -> City:
    """A compact city."""
    return build_city("centre", np.random.default_rng(7))


def harder(city: City, seed: int) -> SimulatedYear:
    return simulate_year(city, year=2023, rng=np.random.default_rng(seed), difficulty="harder")


@pytest.fixture(scope="module")
def years(city: City) -> list[SimulatedYear]:
    """Three harder years in it."""
    return [harder(city, seed) for seed in (1, 2, 3)]


@pytest.fixture(scope="module")
def hotspots(years: list[SimulatedYear]) -> pd.DataFrame:
    """What was planted in these years."""
    places = pd.concat([year.places for year in years], ignore_index=True)
    return places[places["kind"] == "hotspot"]


def test_hotspots_of_every_scale_are_planted_and_nearly_all_meet_the_definition(
    hotspots: pd.DataFrame,
) -> None:
    counts = hotspots["scale"].value_counts()
    assert counts.sum() == 48
    assert all(counts[str(scale)] >= 6 for scale in SCALES)
    assert hotspots["first_met"].notna().mean() > 0.9
    assert {"round", "line", "one address", "moving"} <= set(hotspots["form"])
    assert {"steady", "weekends", "alternating", "growing"} <= set(hotspots["rhythm"])


def test_reports_lie_within_the_radius_of_their_place(years: list[SimulatedYear]) -> None:
    for year in years:
        x, y = year.city.projection.to_metres(year.reports["lon"], year.reports["lat"])
        for place in year.places[year.places["kind"] == "hotspot"].to_dict("records"):
            own = (year.reports["place"] == place["place"]) & (year.reports["precision"] == "adres")
            distance = np.hypot(x[own.to_numpy()] - place["x"], y[own.to_numpy()] - place["y"])
            assert np.quantile(distance, 0.8) <= place["radius_m"] + 45


def test_the_same_seed_gives_the_same_year(city: City, years: list[SimulatedYear]) -> None:
    pd.testing.assert_frame_equal(harder(city, 1).reports, years[0].reports)


def test_some_reports_of_a_dwelling_name_the_address_of_a_neighbour(years: list[SimulatedYear]) -> None:
    for year in years:
        for place in year.places["place"][year.places["scale"] == str(Scale.DWELLING)]:
            own = year.reports[(year.reports["place"] == place) & (year.reports["huisnummer"] != "")]
            share = own.groupby(["straatnaam", "huisnummer"]).size().max() / len(own)
            assert 0.5 < share <= 1
    named = pd.concat([year.reports[year.reports["place"] >= 0] for year in years])
    assert named["huisnummer"].nunique() > 100


def test_the_background_clusters_by_itself(city: City, years: list[SimulatedYear]) -> None:
    """A report has more others within 60 m and two weeks than where its background is independent."""

    def pairs(year: SimulatedYear) -> float:
        table = year.reports[(year.reports["place"] < 0) & (year.reports["fate"] == "counted")]
        x, y = city.projection.to_metres(table["lon"], table["lat"])
        day = (table["moment"] - table["moment"].min()).dt.total_seconds().to_numpy() / 86_400
        near = cKDTree(np.column_stack([x, y])).query_pairs(60, output_type="ndarray")
        return float((np.abs(day[near[:, 0]] - day[near[:, 1]]) <= 14).mean())

    former = simulate_year(city, year=2023, rng=np.random.default_rng(1))
    assert np.mean([pairs(year) for year in years]) > 1.5 * pairs(former)


def test_decoys_do_not_meet_the_definition_and_reports_satisfy_detection(years: list[SimulatedYear]) -> None:
    for year in years:
        REPORTS.check(detection_table(year))
        decoys = year.places[year.places["kind"] != "hotspot"]
        assert decoys["first_met"].isna().all()
        assert len(decoys) > 8


def test_a_quiet_year_has_no_hotspots(city: City) -> None:
    rng = np.random.default_rng(9)
    plan = draw_quiet_plan(rng)
    quiet = simulate_year(city, year=2023, rng=rng, plan=plan, difficulty="harder")
    assert len(quiet.hotspots) == 0
    assert len(detection_table(quiet)) > 1000
