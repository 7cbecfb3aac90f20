"""`docs/api.md`: its examples run as they stand against the service."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EXAMPLES = re.findall(
    r"```(?!text)(\w+)\n(.*?)```", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.DOTALL
)
INTERPRETERS = {"bash": ["bash", "-eu", "-c"], "python": [sys.executable, "-c"], "r": ["Rscript", "-e"]}

pytestmark = pytest.mark.usefixtures("three_weeks")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: a client sees no difference."""
    return sqlite_url


def test_there_are_examples_in_each_language() -> None:
    assert {language for language, _ in EXAMPLES} == set(INTERPRETERS)


def test_examples_run_and_print_hotspots(served: str, tmp_path: Path) -> None:
    printed: dict[str, list[str]] = {}
    for language, text in EXAMPLES:
        command = INTERPRETERS[language]
        if shutil.which(command[0]) is None and language == "r":
            continue  # not every machine has R; .ci/run installs it
        ended = subprocess.run(
            [*command, text],
            cwd=tmp_path,
            env=os.environ | {"SERVICE": served},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 0, f"{text}\n{ended.stderr}"
        printed.setdefault(language, []).append(ended.stdout)
    places = json.loads((tmp_path / "hotspots.geojson").read_text(encoding="utf-8"))
    assert len(places["features"]) == 4
    assert json.loads(printed["bash"][0])["hotspots"][0].keys() == {"nummer", "redenen"}
    assert "HS-2023-001" in printed["bash"][1]
    assert [line.split()[0] for line in printed["python"][0].splitlines()] == [
        "HS-2023-003",
        "HS-2023-002",
        "HS-2023-004",
        "HS-2023-001",
    ]
    assert "dtype: float64" in printed["python"][1]
    assert all("HS-2023-001" in text for text in printed.get("r", []))
