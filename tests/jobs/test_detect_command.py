"""`hotspots detect` and `hotspots replay`: which days they do a run for."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hotspots.intake.reporter_identity import NOBODY


@pytest.mark.parametrize(
    "arguments",
    [("detect", "--as-of", "2199-01-06"), ("replay", "--from", "2023-12-01", "--to", "2199-01-06")],
    ids=["a run", "a period"],
)
def test_a_day_after_today_is_refused_in_one_line(run_command: Any, arguments: tuple[str, ...]) -> None:
    run_command("db", "upgrade")
    (line,) = run_command(*arguments, "--json", code=1).stderr.splitlines()
    assert "wanted a day up to today" in line
    assert "found 2199-01-06" in line
    run_command("report", "--week", "2023-W48", "--output", "reports", code=1)  # not one run was done


def test_a_run_as_of_today_is_done(run_command: Any) -> None:
    run_command("db", "upgrade")
    assert '"asOf"' in run_command("detect", "--json").stdout


@pytest.mark.parametrize("written", ["Anoniem", "", "-", "n.v.t.", "Melding@Voorbeeldstad.example"])
def test_a_word_for_unknown_hides_no_hotspot(
    run_command: Any, shared_data: Callable[[str], Path], tmp_path: Path, written: str
) -> None:
    case = shared_data("../cases/02-placeholder-reporter/reports.csv").parent
    configuration = (case / "config.toml").read_text(encoding="utf-8")
    configuration += '[intake]\nunknown_reporters = ["melding@voorbeeldstad.example"]\n'
    delivery = tmp_path / "reports.csv"
    text = (case / "reports.csv").read_text(encoding="utf-8")
    assert text.count(";Anoniem\n") > 5
    delivery.write_text(text.replace(";Anoniem\n", f";{written}\n"), encoding="utf-8")
    run_command("db", "upgrade", configuration=configuration)
    run_command("areas", "import", case / "areas.geojson")
    run_command("addresses", "import", case / "register.csv")
    done = json.loads(run_command("reports", "import", delivery, "--source", "melddesk", "--json").stdout)
    assert (NOBODY in done.get("notes", {})) is bool(written)
    run_command("detect", "--as-of", "2023-12-17")
    run_command("export", "hotspots", "--format", "csv", "--output", "o.csv")
    exported = (tmp_path / "o.csv").read_text(encoding="utf-8-sig")
    (hotspot,) = csv.DictReader(exported.splitlines(), delimiter=";")
    assert hotspot["nummer"] == "HS-2023-488"  # drawn from the reports of the case
