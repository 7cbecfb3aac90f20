"""Every parser and importer, given what nobody would write; `make bench BENCH=fuzz` gives much more."""

import runpy
import warnings
from pathlib import Path
from typing import Any

import pytest

FUZZ: dict[str, Any] = runpy.run_path(str(Path(__file__).parent / "benchmarks" / "fuzz.py"))


SLOW = {"address package", "areas file"}
"""What reads files of which each takes a quarter of a second to make and to read."""


@pytest.mark.parametrize("name", FUZZ["targets"]())
def test_whatever_is_read_gives_an_answer_or_an_error_of_ours(name: str) -> None:
    with warnings.catch_warnings(action="ignore"):  # of GDAL and pandas about what they are given
        result = FUZZ["search"](
            FUZZ["targets"]()[name], seconds=0, examples=4 if name in SLOW else 10, number=1
        )
    assert result.faults == []
    assert result.inputs > 0
