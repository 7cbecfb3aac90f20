"""`hotspots detect` and `hotspots replay`: which days they do a run for."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    "arguments",
    [("detect", "--as-of", "2999-01-06"), ("replay", "--from", "2023-12-01", "--to", "2999-01-06")],
    ids=["a run", "a period"],
)
def test_a_day_after_today_is_refused_in_one_line(run_command: Any, arguments: tuple[str, ...]) -> None:
    run_command("db", "upgrade")
    (line,) = run_command(*arguments, "--json", code=1).stderr.splitlines()
    assert "wanted a day up to today" in line
    assert "found 2999-01-06" in line
    run_command("report", "--week", "2023-W48", "--output", "reports", code=1)  # not one run was done


def test_a_run_as_of_today_is_done(run_command: Any) -> None:
    run_command("db", "upgrade")
    assert '"asOf"' in run_command("detect", "--json").stdout
