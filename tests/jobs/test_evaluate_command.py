"""`hotspots evaluate`: figures on simulated years, on real events, and under other rules."""

import inspect
import json
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from hotspots.evaluation import in_memory_runs as following
from hotspots.evaluation import injected_study, study
from hotspots.evaluation.baselines import BASELINES
from hotspots.evaluation.city import city_of_municipality
from hotspots.evaluation.simulation import SimulatedYear, simulate_year, write_melddesk
from hotspots.evaluation.study import Case, simulated
from hotspots.settings import Settings, shipped
from jobs.commands import evaluation
from jobs.commands.injected import injected

RunCommand = Callable[..., "subprocess.CompletedProcess[str]"]

VANCOUVER = """
[file]
delimiter = ","
[columns]
id = ["TYPE", "YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "X", "Y"]
reported_at = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE"]
x = "X"
y = "Y"
[dates]
formats = ["%Y %m %d %H %M"]
timezone = "America/Vancouver"
[categories]
default = "personen"
[coordinates]
crs = "EPSG:32610"
"""


EVENTS = """
[file]
delimiter = ","
[columns]
id = "id"
reported_at = "day"
x = "x"
y = "y"
[dates]
formats = ["iso"]
[categories]
default = "personen"
[coordinates]
crs = "EPSG:28992"
"""
SCALES = ["dwelling", "up to 50 m", "50 to 120 m", "120 to 300 m", "street"]


@pytest.fixture
def events_of_a_year(tmp_path: Path) -> Path:
    """Four hundred events, evenly over 366 days and 5 by 5 km."""
    rng = np.random.default_rng(1)
    days = np.datetime64("2023-01-01") + rng.permutation(np.arange(400) * 366 // 400)
    x, y = rng.integers(174_000, 179_000, 400), rng.integers(315_000, 320_000, 400)
    rows = [f"{number},{days[number]},{x[number]},{y[number]}" for number in range(400)]
    (tmp_path / "events.csv").write_text("\n".join(["id,day,x,y", *rows]))
    return tmp_path / "events.csv"


@pytest.fixture(scope="module")
def year() -> SimulatedYear:
    """A simulated year on the buurten of Maastricht."""
    rng = np.random.default_rng(5)
    city = city_of_municipality(shipped("geodata/GM0935_buurten.csv"), rng, name="Maastricht")
    return simulate_year(city, year=2023, rng=rng)


def test_detection_gives_the_figures_of_ours_and_of_the_baselines(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # a few Sundays instead of 51: what the command shows does not depend on how many there are
    monkeypatch.setattr(following, "weeks_between", lambda *_: [date(2023, 8, 27), date(2023, 12, 31)])
    # of the other methods those that take long are done by tests/hotspots/evaluation/test_baselines.py
    slow = ("OPTICS", "prospective scan")
    quick = {name: baseline for name, baseline in BASELINES.items() if not name.startswith(slow)}
    monkeypatch.setattr(evaluation, "BASELINES", quick)
    # nor on how often dates are dealt out, and both times the years are the same
    monkeypatch.setattr(study, "DEALS", 3)
    monkeypatch.setattr(study, "PERMUTATIONS", 19)
    made: dict[tuple[str, int], SimulatedYear] = {}

    def simulated_once(case: Case, settings: Settings) -> SimulatedYear:
        key = (case.variant, case.number)
        if key not in made:
            made[key] = simulated(case, settings)
        return made[key]

    monkeypatch.setattr(study, "simulated", simulated_once)
    (tmp_path / "hotspots.toml").write_text('[municipality]\nname = "Maastricht"\n')
    monkeypatch.setenv("HOTSPOTS_CONFIG", str(tmp_path / "hotspots.toml"))
    evaluation.detection(years=1, seed=4, difficulty="former", workers=1, as_json=True)
    result = json.loads(capsys.readouterr().out)
    assert result["planted"] == result["found"] + len(result["missed"])
    assert result["f1"] > 0.5
    assert result["shapes"].keys() == {"centre"}
    assert set(result["peers"]) == set(quick)
    assert set(quick) > {"DBSCAN 30 m + rules", "KDE peaks", "DBSCAN 30 m", "Gi* 50 m", "HDBSCAN"}
    assert result["quiet"]["planted"] == 0
    assert sum(scale["found"] for scale in result["scales"].values()) == result["found"]
    assert result["peers"]["KDE peaks"]["recallPerScale"].keys() == result["scales"].keys()
    named = ["sklearn.cluster.DBSCAN:min_samples=8", "DBSCAN:eps=30,min_samples=12"]
    evaluation.detection(years=1, seed=4, method=named, difficulty="former", workers=1, as_json=False)
    shown = capsys.readouterr().out
    assert shown.splitlines()[1].startswith("hotspots ")
    rows = {line[:45].strip(): line[45:] for line in shown.splitlines()}
    assert rows.keys() >= {*result["peers"], *(f"{name} + rules" for name in named)}
    assert rows["DBSCAN:eps=30,min_samples=12 + rules"] == rows["DBSCAN 30 m + rules"]
    assert shown.count("missed: ") == len(result["missed"])


def test_the_harder_years_are_those_that_figures_are_given_of() -> None:
    for command in (evaluation.detection, evaluation.robustness):
        assert inspect.signature(command).parameters["difficulty"].default == "harder"


def test_a_method_that_does_not_exist_is_refused_in_one_line(run_command: RunCommand) -> None:
    refused = run_command("evaluate", "detection", "--method", "DBSCN", code=1).stderr
    assert "did you mean 'DBSCAN'?" in refused
    assert refused.count("\n") == 1


@pytest.mark.usefixtures("files_read_here")
def test_rules_show_what_would_go(run_command: RunCommand, year: SimulatedYear, tmp_path: Path) -> None:
    write_melddesk(year, tmp_path / "reports.csv")
    # most reports have coordinates: no register is needed to see what another rule does
    run_command("db", "upgrade")
    imported = json.loads(
        run_command("reports", "import", "reports.csv", "--source", "melddesk", "--json").stdout
    )
    fates = year.reports["fate"].value_counts()
    assert imported["read"] == len(year.reports)
    assert imported["new"] == fates["counted"] + fates["unlocated"]

    period = ("--from", "2023-10-29", "--to", "2023-11-05")
    asked = ("evaluate", "rules", "--set", "detection.min_reports=20", *period)
    result = json.loads(run_command(*asked, "--json").stdout)
    assert result["comes"] == []
    assert len(result["goes"]) > 0
    assert [week["asOf"] for week in result["weeks"]] == ["2023-10-29", "2023-11-05"]
    assert all(week["proposed"] < week["current"] for week in result["weeks"])
    shown = run_command(*asked).stdout
    assert shown.count("\n- ") == len(result["goes"])


def test_a_rule_that_does_not_exist_is_refused(run_command: RunCommand) -> None:
    run_command("db", "upgrade")
    refused = run_command("evaluate", "rules", "--set", "detection.min_report=4", code=1)
    assert "min_reports" in refused.stderr
    refused = run_command("evaluate", "rules", "--set", "detection.min_reports=8", code=1)
    assert "differs from the present one" in refused.stderr


@pytest.mark.usefixtures("files_read_here")
def test_forecast_on_real_events(
    run_command: RunCommand, shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    events = shared_data("events/vancouver_thefts.csv")
    (tmp_path / "thefts.toml").write_text(VANCOUVER)
    configuration = '[municipality]\ntimezone = "America/Vancouver"\ncrs = "EPSG:32610"\n'
    result = json.loads(
        run_command(
            "evaluate",
            "forecast",
            events,
            "--mapping",
            tmp_path / "thefts.toml",
            "--json",
            configuration=configuration,
        ).stdout
    )
    assert result["events"] > 21_000
    by_name = {(row["forecast"], row["area_share"]): row for row in result["forecasts"]}
    assert by_name["hotspots", 0.01]["pai"] > 15
    assert by_name["hotspots", 0.01]["pai"] > by_name["KDE of half a year", 0.01]["pai"]


def test_forecast_wants_one_mapping(run_command: RunCommand) -> None:
    assert "--source NAME or --mapping FILE" in run_command("evaluate", "forecast", "x.csv", code=2).stderr


def test_places_planted_among_events_are_counted_per_scale(
    monkeypatch: pytest.MonkeyPatch,
    events_of_a_year: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    every_second_month = [date(2023, month, 25) for month in range(2, 13, 2)]
    monkeypatch.setattr(injected_study, "weeks_between", lambda *_: every_second_month)
    (tmp_path / "events.toml").write_text(EVENTS)
    (tmp_path / "hotspots.toml").write_text('[municipality]\nname = "Maastricht"\n')
    monkeypatch.setenv("HOTSPOTS_CONFIG", str(tmp_path / "hotspots.toml"))

    def shown(*, as_json: bool) -> str:
        injected(
            events_of_a_year,
            mapping=tmp_path / "events.toml",
            places=1,
            method=["DBSCAN:eps=75,min_samples=12"],
            others=False,
            workers=1,
            as_json=as_json,
        )
        return capsys.readouterr().out

    result = json.loads(shown(as_json=True))
    assert [place["scale"] for place in result["places"]] == SCALES
    assert result["scales"].keys() == {*SCALES, "all"}
    assert result["scales"]["all"]["found"] == result["list"]["found"] >= 2
    methods = {"DBSCAN:eps=75,min_samples=12", "DBSCAN:eps=75,min_samples=12 + rules"}
    assert result["methods"].keys() == result["methodsSameLength"].keys() == methods
    assert len(result["elsewhere"]) == result["list"]["elsewhere"]
    table = shown(as_json=False)
    assert all(f"{scale} " in table for scale in SCALES)
    assert all(f"\n{name} " in table for name in methods)


def test_injected_wants_one_mapping_and_events_over_a_year(run_command: RunCommand, tmp_path: Path) -> None:
    assert "--source NAME or --mapping FILE" in run_command("evaluate", "injected", "x.csv", code=2).stderr
    (tmp_path / "events.toml").write_text(EVENTS)
    (tmp_path / "short.csv").write_text(
        "id,day,x,y\n1,2023-01-02,176000,317000\n2,2023-03-02,176000,317000\n"
    )
    asked = ("evaluate", "injected", tmp_path / "short.csv", "--mapping", tmp_path / "events.toml")
    refused = run_command(*asked, code=1).stderr
    assert "wanted events over 52 weeks or more, found 2023-01-02 to 2023-03-02" in refused
