"""The benchmarks fit the code that they measure; what they give is for `make bench`."""

import runpy
from pathlib import Path

BENCHMARKS = Path(__file__).parent / "benchmarks"


def test_the_parts_of_a_weekly_run_that_are_timed_are_there() -> None:
    parts = runpy.run_path(str(BENCHMARKS / "weekly.py"))["PARTS"]
    assert [name for name, (module, function) in parts.items() if not hasattr(module, function)] == []
