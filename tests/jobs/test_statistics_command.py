"""`hotspots statistics`: on a simulated year in a real database."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from hotspots.errors import StatisticError
from hotspots.evaluation.city import city_of_municipality
from hotspots.evaluation.simulation import simulate_year, write_melddesk
from hotspots.geography.cells import cell_centre, cells_of
from hotspots.intake.import_reports import import_reports
from hotspots.settings import load_settings, shipped
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from jobs.commands import statistics

Command = Callable[..., dict[str, Any]]

LAST = "2023-12-31"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the settings, and a database with a simulated 2023."""
    folder = tmp_path_factory.mktemp("statistics")
    (folder / "hotspots.toml").write_text(
        '[municipality]\nname = "Maastricht"\ncode = "GM0935"\n'
        f'[database]\nurl = "sqlite:///{folder}/reports.sqlite"\n'
        f'[privacy]\nreporter_key_file = "{folder}/reporter.key"\n'
    )
    rng = np.random.default_rng(5)
    city = city_of_municipality(shipped("geodata/GM0935_buurten.csv"), rng, name="Maastricht")
    write_melddesk(simulate_year(city, year=2023, rng=rng), folder / "reports.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOTSPOTS_CONFIG", str(folder / "hotspots.toml"))
        settings = load_settings()
    database = Database(settings.database.url)
    database.upgrade()
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    import_reports(
        database, settings, folder / "reports.csv", "melddesk", now=datetime(2024, 1, 1, tzinfo=UTC)
    )
    database.close()
    return folder


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command as ``--json`` and give its answer."""
    monkeypatch.setenv("HOTSPOTS_CONFIG", str(folder / "hotspots.toml"))

    def command(function: Callable[..., None], **options: Any) -> dict[str, Any]:
        function(**options, as_json=True)
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return answer

    return command


def test_months_add_up_to_the_year_and_last_year_is_unknown(run: Command) -> None:
    answer = run(statistics.monthly, as_of=LAST)
    of_all = [row for row in answer["figures"] if row["category"] == "alle"]
    assert [row["month"] for row in of_all] == [*range(1, 13), "year"]
    assert sum(row["count"] for row in of_all[:-1]) == of_all[-1]["count"] > 1000
    assert {row["lastYear"] for row in of_all} == {None}
    assert not any(row["isChange"] for row in of_all)


def test_alarms_of_a_week_are_buurten_with_many_reports(run: Command) -> None:
    answer = run(statistics.alarms, as_of=LAST, level=0.2)
    assert answer["method"] == "EARS C1"
    assert answer["series"] > 0
    assert answer["alarms"]
    for alarm in answer["alarms"]:
        assert alarm["observed"] >= 3
        assert alarm["observed"] > alarm["expected"]


def test_near_repeats_are_found_where_hotspots_were_planted(run: Command) -> None:
    answer = run(statistics.near_repeat, as_of=LAST, within_m=100, within_days=14, permutations=19)
    first = answer["bands"][0]
    assert (first["metres"], first["days"]) == ("0-0.1", "0-7")
    assert first["pairs"] > first["expected"]
    assert 3 <= answer["longest"] <= answer["reportsInChains"] <= answer["reports"]
    of_one = run(statistics.near_repeat, as_of=LAST, permutations=19, buurt="BU09350000")
    assert 0 < of_one["reports"] < answer["reports"]


def test_hot_cells_have_reports(run: Command) -> None:
    answer = run(statistics.emerging, as_of=LAST)
    assert answer["cells"]
    assert answer["studyCells"] > len(answer["cells"])
    assert all(cell["reports"] > 0 for cell in answer["cells"])


def test_a_scan_finds_the_clusters_of_lately_and_names_the_hotspots_in_them(run: Command) -> None:
    answer = run(statistics.scan, as_of=LAST, permutations=99)
    assert (answer["firstDay"], answer["lastDay"], answer["permutations"]) == ("2023-07-03", LAST, 99)
    strongest = answer["clusters"][0]
    assert strongest["observed"] >= 2
    assert strongest["observed"] > strongest["expected"]
    assert strongest["firstDay"] >= "2023-11-20"
    assert strongest["lastDay"] == LAST
    assert strongest["radiusM"] <= 150
    # the p is given with five digits, the interval comes from all
    likelier = next(cluster for cluster in answer["clusters"] if cluster["p"] >= 0.001)
    assert likelier["recurrenceDays"] == pytest.approx(7 / likelier["p"], rel=0.01)
    ratios = [cluster["logLikelihoodRatio"] for cluster in answer["clusters"]]
    assert ratios == sorted(ratios, reverse=True)
    numbers = {number for cluster in answer["clusters"] for number in cluster["hotspots"].split()}
    assert numbers == set()  # no weekly run was done


def test_a_scan_compares_per_day_or_per_week_within_the_days_asked_for(run: Command) -> None:
    weekly = run(statistics.scan, last_day=LAST, weeks=12, max_duration="2 weeks", permutations=19)
    daily = run(
        statistics.scan, first_day="2023-10-09", last_day=LAST, max_duration="14 days", permutations=19
    )
    assert weekly["firstDay"] == daily["firstDay"] == "2023-10-09"
    assert weekly["reports"] == daily["reports"]
    assert {cluster["firstDay"] for cluster in weekly["clusters"]} <= {"2023-12-18", "2023-12-25"}
    assert {cluster["firstDay"] for cluster in daily["clusters"]} - {"2023-12-18", "2023-12-25"}


def test_a_scan_shows_a_centre_by_its_cell(run: Command) -> None:
    cluster = run(statistics.scan, as_of=LAST, permutations=19)["clusters"][0]
    (cell,) = cells_of([cluster["lon"]], [cluster["lat"]], resolution=10).tolist()
    assert f"{cell:x}" == cluster["cell"]
    assert cell_centre(cell) == pytest.approx((cluster["lon"], cluster["lat"]), abs=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"as_of": LAST, "last_day": LAST}, "--as-of or --to", id="two last days"),
        pytest.param({"weeks": 8, "first_day": "2023-10-01"}, "--weeks or --from", id="two first days"),
        pytest.param({"max_duration": "a month"}, "such as '6 weeks'", id="a duration without a number"),
        pytest.param({"first_day": LAST, "last_day": LAST}, "a study period of two times", id="one day"),
    ],
)
def test_a_scan_of_no_clear_period_is_wrong_usage(
    run: Command, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(typer.BadParameter, match=message):
        run(statistics.scan, **options)


def test_the_effect_is_that_of_wheeler_and_ratcliffe(run: Command) -> None:
    answer = run(
        statistics.effect,
        treated="207,110",
        control="308,318",
        around_treated="178,157",
        around_control="150,140",
        days="1,1",
    )
    assert answer["difference"] == -118
    assert (answer["standardError"], answer["z"]) == (pytest.approx(39.598, abs=5e-4), -2.98)


def test_without_a_control_the_e_test_compares_both_counts(run: Command) -> None:
    answer = run(statistics.effect, treated="6,2", control=None, days="1,1")
    assert answer == {"p": pytest.approx(0.1749, abs=5e-5)}


def test_too_few_reports_give_an_error_and_no_effect(run: Command) -> None:
    with pytest.raises(StatisticError, match="too few"):
        run(
            statistics.effect,
            treated="3,1",
            control="4,4",
            around_treated="0,0",
            around_control="0,0",
            days="1,1",
        )


def test_people_get_a_table(folder: Path, run: Command, capsys: pytest.CaptureFixture[str]) -> None:
    del folder, run
    statistics.monthly(as_of="2023-02-28")
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split()[:3] == ["category", "month", "first"]
    assert len(lines) == 3 + 3 * 3
    assert "nan" not in "".join(lines)


def test_what_is_no_day_or_pair_is_wrong_usage(run: Command) -> None:
    with pytest.raises(typer.BadParameter, match="wanted a day such as"):
        run(statistics.monthly, as_of="31-12-2023")
    with pytest.raises(typer.BadParameter, match="two whole numbers"):
        run(
            statistics.effect,
            treated="207",
            control="1,1",
            around_treated="0,0",
            around_control="0,0",
            days="1,1",
        )


def test_without_reports_there_is_nothing_to_compare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configuration = tmp_path / "hotspots.toml"
    configuration.write_text(
        f'[municipality]\nname = "Leeg"\n[database]\nurl = "sqlite:///{tmp_path}/x.sqlite"\n'
    )
    monkeypatch.setenv("HOTSPOTS_CONFIG", str(configuration))
    database = Database(load_settings().database.url)
    database.upgrade()
    database.close()
    with pytest.raises(StatisticError, match="import reports first"):
        statistics.alarms(as_of=LAST)
    with pytest.raises(StatisticError, match="three cells or more"):
        statistics.emerging(as_of=LAST)
    statistics.monthly(as_of=LAST)
    statistics.near_repeat(as_of=LAST, permutations=19)
