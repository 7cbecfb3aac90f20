"""The study: what a year gives, what a variant changes, and how many years become one row."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from hotspots.access.rights import EVERYTHING
from hotspots.evaluation import in_memory_runs as following
from hotspots.evaluation import study
from hotspots.evaluation.baselines import BASELINES
from hotspots.evaluation.city import city_of_municipality, write_addresses
from hotspots.evaluation.in_memory_runs import follow_year, settings_for
from hotspots.evaluation.simulation import SimulatedYear, simulate_year, write_melddesk
from hotspots.evaluation.study import (
    VARIANTS,
    Case,
    YearResult,
    cases,
    recall_per_scale,
    run_cases,
    simulated,
    summarise,
    summarise_baselines,
    summarise_scales,
)
from hotspots.geocoding.address_file import read_address_file
from hotspots.geocoding.register_store import replace_addresses
from hotspots.intake.import_reports import import_reports
from hotspots.settings import Settings, shipped
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.selection import Selection
from hotspots.weekly.weekly_run import run_week

SETTINGS = Settings()
SUNDAYS = [date(2023, 6, 25), date(2023, 12, 31)]


@pytest.fixture(scope="module")
def base() -> SimulatedYear:
    """The year that each variant changes."""
    return simulated(Case("base", "centre", 0, 1), SETTINGS)


@pytest.fixture
def two_weeks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two weekly runs instead of 52."""
    monkeypatch.setattr(following, "weeks_between", lambda *_: SUNDAYS)


def result(number: int, *, matched: int, truth: int, false: tuple[str, ...] = ()) -> YearResult:
    return YearResult(
        case=Case("base", "centre", number, 1),
        report_count=2000,
        truth_count=truth,
        matched_count=matched,
        false_kinds=false,
        missed=(),
        split_count=0,
        glued_count=0,
        neutral_count=0,
        errors_m=(4.0,) * matched,
        soort_right=(True,) * matched,
        indicatie_right=(True, *(False,) * (matched - 1)),
        delays_days=tuple(range(matched)),
        of_baselines={"other": (matched - 1, truth, 4)},
        permuted_p=(0.01 if number == 0 else 0.5,),
    )


def test_years_become_one_row() -> None:
    row = summarise([result(0, matched=16, truth=16), result(1, matched=12, truth=16, false=("faded",) * 4)])
    assert row["f1"] == pytest.approx(2 * 28 / (28 + 32 + 4), abs=1e-4)
    assert (row["recall"], row["precision"]) == (0.875, 0.875)
    assert row["falsePerYear"] == 2
    assert row["falseKinds"] == {"faded": 4}
    assert row["soortRight"] == 1
    assert row["indicatieRight"] == pytest.approx(2 / 28, abs=1e-4)
    assert row["medianErrorM"] == 4
    assert row["permutedSignificant"] == 0.5
    assert row["f1Low"] <= row["f1"] <= row["f1High"]


def test_baselines_are_counted_over_the_same_years() -> None:
    row = summarise_baselines([result(0, matched=16, truth=16)])["other"]
    assert row == {"f1": round(30 / 35, 4), "recall": 0.9375, "precision": round(15 / 19, 4), "false": 4}


def test_quiet_years_without_anything_found_have_no_f1() -> None:
    row = summarise([result(0, matched=0, truth=0)])
    assert np.isnan(row["f1"])
    assert row["falsePerYear"] == 0


def test_cases_go_over_the_shapes_in_turn() -> None:
    assert [case.shape for case in cases("base", 4, seed=1)] == ["centre", "towers", "villages", "centre"]


@pytest.mark.usefixtures("two_weeks")
def test_a_year_is_followed_scored_and_compared() -> None:
    case = Case("base", "centre", 0, 1, baselines={"HDBSCAN": BASELINES["HDBSCAN"]})
    (first,), (again,) = (run_cases([case], SETTINGS) for _ in range(2))
    assert first == again
    assert first.matched_count >= 5
    assert first.matched_count + len(first.missed) == first.truth_count
    assert first.of_baselines["HDBSCAN"][1] == first.truth_count
    assert len(first.errors_m) == len(first.delays_days) == first.matched_count
    scales = summarise_scales([first])
    assert sum(row["found"] for row in scales.values()) == first.matched_count
    assert sum(row["counted"] for row in scales.values()) == first.truth_count
    recall = recall_per_scale([first], "HDBSCAN")
    found = sum(round(recall[scale] * row["counted"]) for scale, row in scales.items())
    assert found == first.of_baselines["HDBSCAN"][0]


def test_dates_dealt_out_anew_give_a_p(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "DEALS", 40)
    case = Case("base", "villages", 0, 3)
    dealt = study._permuted_p(simulated(case, SETTINGS), case)
    assert len(dealt) == study.DEALS
    assert all(1 / (1 + study.PERMUTATIONS) <= p <= 1 for p in dealt)
    # nothing but chance is left, so that each p is as likely as another
    assert stats.kstest(dealt, "uniform").pvalue > 0.01


def test_a_year_of_chance_alone_has_nothing_planted() -> None:
    year = simulated(Case("chance", "towers", 1, 1), SETTINGS)
    assert set(year.reports["source"]) <= {"background", "default geocode"}
    assert not (year.places["report_count"] > 0).any()


@pytest.mark.parametrize("name", ["halved", "doubled", "no-reporters", "postcode", "quiet"])
def test_a_variant_changes_what_it_says(name: str, base: SimulatedYear) -> None:
    other = simulated(Case(name, "centre", 0, 1), SETTINGS)

    def counted(year: SimulatedYear) -> int:
        return int((year.reports["fate"] == "counted").sum())

    ratio = counted(other) / counted(base)
    assert {"halved": 0.4, "doubled": 1.7}.get(name, 0.8) < ratio
    assert ratio < {"halved": 0.6, "doubled": 2.3}.get(name, 1.2)
    known = other.reports["melder"] != ""
    assert known.any() == (name != "no-reporters")
    coarse = (other.reports["precision"] == "postcode").mean()
    assert (coarse > 0.08) == (name == "postcode")
    assert (len(other.hotspots) == 0) == (name == "quiet")
    assert VARIANTS[name].shift_days == 0


def test_what_the_study_sees_is_what_a_weekly_run_on_the_imported_file_sees(
    settings: Settings, migrated_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The study skips the database; through the whole chain the same places must come out."""
    rng = np.random.default_rng(11)
    city = city_of_municipality(shipped("geodata/GM0935_buurten.csv"), rng, name="Maastricht")
    year = simulate_year(city, year=2023, rng=rng)
    as_of = date(2023, 7, 30)
    monkeypatch.setattr(following, "weeks_between", lambda *_: [as_of])
    found = follow_year(year, settings_for(year, settings))
    write_melddesk(year, tmp_path / "reports.csv")
    write_addresses(city, tmp_path / "addresses.csv")

    shutil.copyfile(migrated_sqlite, tmp_path / "hotspots.sqlite")
    database = Database(f"sqlite:///{tmp_path / 'hotspots.sqlite'}")
    now = datetime(2024, 1, 1, tzinfo=UTC)
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        replace_addresses(connection, read_address_file(tmp_path / "addresses.csv").table)
    import_reports(database, settings, tmp_path / "reports.csv", "melddesk", now=now)
    run_week(database, settings, as_of=as_of, now=now)
    with database.reading() as connection:
        stored = read_hotspots(connection, settings, Selection(EVERYTHING), offset=0, limit=100)
    database.close()

    assert len(stored) == len(found) >= 3
    lon, lat = city.projection.to_degrees([place.x for place in found], [place.y for place in found])
    # an import keeps seven decimals and its own errors of a metre; the places are the same
    assert sorted(spot.lon for spot in stored) == pytest.approx(sorted(lon.tolist()), abs=2e-5)
    assert sorted(spot.lat for spot in stored) == pytest.approx(sorted(lat.tolist()), abs=2e-5)
