"""`hotspots figures`: police registrations and the Veiligheidsmonitor, as the table of a safety plan."""

import json
from pathlib import Path

from tests.conftest import RunCommand

PLAN = """Soort;2019;2020;2021;2022;2023
Overlast verward persoon;410;455;.;250;290
Drugshandel;100;90;80;75;63
"""


def test_five_years_come_back_to_the_digit_with_blanks_and_the_change(
    run_command: RunCommand, tmp_path: Path
) -> None:
    (tmp_path / "politie.csv").write_text(PLAN, encoding="utf-8")
    run_command("db", "upgrade")
    told = run_command("figures", "import", "politie.csv", "--source", "politie", "--json")
    assert json.loads(told.stdout) == {"read": 2, "new": 10, "replaced": 0, "rejected": 0, "refused": {}}
    again = run_command("figures", "import", "politie.csv", "--source", "politie", "--json")
    assert json.loads(again.stdout)["replaced"] == 10
    figures = json.loads(run_command("figures", "years", "--json").stdout)["figures"]
    assert {row["category"]: (list(row["years"].values()), row["change"]) for row in figures} == {
        "Drugshandel": ([100, 90, 80, 75, 63], "↓ 16 %"),
        "Overlast verward persoon": ([410, 455, None, 250, 290], "↑ 16 %"),
    }
    lines = run_command("figures", "years").stdout.splitlines()
    assert lines[0].split() == ["2019", "2020", "2021", "2022", "2023"]
    assert lines[1].split() == ["Drugshandel", "(politie)", "100", "90", "80", "75", "63", "↓", "16", "%"]


def test_a_row_that_is_no_figure_is_told_with_its_reason(run_command: RunCommand, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("categorie;periode;aantal\nVuil;ooit;3\nVuil;2023;4\n", encoding="utf-8")
    run_command("db", "upgrade")
    told = run_command("figures", "import", "x.csv", "--source", "politie")
    assert "row 1" in told.stdout
    assert "periode 'ooit' is geen jaar (2023), kwartaal (2023-Q2) of maand (2023-05)" in told.stdout


def test_figures_of_a_source_are_removed_and_a_source_that_is_not_there_is_told(
    run_command: RunCommand, tmp_path: Path
) -> None:
    (tmp_path / "politie.csv").write_text(PLAN + "Veilig;;;;34,25 %;37 %\n", encoding="utf-8")
    run_command("db", "upgrade")
    run_command("figures", "import", "politie.csv", "--source", "politie")
    lines = run_command("figures", "years").stdout.splitlines()
    assert lines[-1].split()[-5:] == ["34.25%", "37.00%", "↑", "3", "procentpunt"]
    told = run_command("figures", "remove", "--source", "politie", "--category", "Veilig", "--json")
    assert json.loads(told.stdout) == {"removed": 5}
    wrong = run_command("figures", "remove", "--source", "Politie", code=1)
    assert "wanted figures of 'Politie' to remove, found none: there are 'politie'" in wrong.stderr
    run_command("figures", "remove", "--source", "politie")
    assert "found none" in run_command("figures", "years", code=1).stderr
