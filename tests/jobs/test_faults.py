"""A little of the measurement of faults: a few random kills and each other fault, on both databases.

``make bench BENCH=faults`` does it at full size.
"""

import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from hotspots.operations.backup import back_up
from hotspots.store.database import Database
from hotspots.store.operation_tables import facts

ROOT = Path(__file__).parents[2]
FAULTS: dict[str, Any] = runpy.run_path(str(ROOT / "tests" / "benchmarks" / "faults.py"))


def test_a_backup_with_less_in_it_than_that_of_an_undisturbed_run_is_another_state(
    sqlite_url: str, tmp_path: Path
) -> None:
    trial = FAULTS["Trial"](None, tmp_path, sqlite_url, tmp_path)
    database = Database(sqlite_url)
    back_up(database, tmp_path / "backups" / "hotspots-1.sqlite", key=None)
    with database.writing() as connection:
        connection.execute(insert(facts).values(name="later", value="x"))
    back_up(database, tmp_path / "backups" / "hotspots-2.sqlite", key=None)
    database.close()
    wanted = trial.state()
    (tmp_path / "backups" / "hotspots-2.sqlite").unlink()
    assert {name for name, value in trial.state().items() if value != wanted[name]} == {"last backup"}


def undisturbed_and_the_same(*arguments: str) -> str:
    """Measure; everything must end in the state of an undisturbed run."""
    ended = subprocess.run(
        [
            *(sys.executable, ROOT / "tests" / "benchmarks" / "faults.py"),
            *("--seed", "11", "--command-kills", "0", *arguments),
        ],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout.splitlines()[-1]


def test_what_is_killed_locked_out_or_read_in_parts_ends_as_undisturbed_and_of_two_schedulers_one_works() -> (
    None
):
    told = undisturbed_and_the_same(
        *("--databases", "sqlite", "--jobs", "inbox", "weekly", "--since", "2023-10-01"),
        *("--faults", "kill", "half a file", "locked", "two runners"),
        *("--kills", "2", "--trials", "1", "--runner-kills", "2"),
    )
    assert told.startswith("6 of 6 the same")


@pytest.mark.postgresql
def test_work_goes_on_where_it_was_after_the_server_was_restarted(postgresql: Callable[[str], str]) -> None:
    told = undisturbed_and_the_same(
        *("--databases", "postgresql", "--jobs", "signalen", "--faults", "restart", "--trials", "1"),
        *("--since", "2023-10-22"),
    )
    assert told.startswith("1 of 1 the same")
