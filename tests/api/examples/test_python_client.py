"""A typed client is generated from the description of the service, and the example program works with it."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from hotspots.access.machine_tokens import add_token
from hotspots.access.rights import Right
from hotspots.store.database import Database

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "python_client"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: a client sees no difference."""
    return sqlite_url


@pytest.fixture
def run(tmp_path: Path, client_generator: Path, served: str) -> Callable[..., str]:
    """Run Python with the generator and what it made within reach; gives what it printed."""

    def start(*arguments: str, **variables: str) -> str:
        within_reach = os.pathsep.join(map(str, (tmp_path, client_generator)))
        ended = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": within_reach, "SERVICE": served} | variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    return start


@pytest.mark.usefixtures("three_weeks")
def test_a_client_is_generated_and_the_example_lists_reads_judges_once_and_is_refused(
    run: Callable[..., str], served: str, database: Database, tmp_path: Path
) -> None:
    (tmp_path / "openapi.json").write_bytes(httpx2.get(f"{served}/v1/openapi.json").content)
    told = run(
        *("-m", "openapi_python_client", "generate", "--path", "openapi.json", "--meta", "none"),
        *("--config", str(EXAMPLE / "config.yaml"), "--output-path", "hotspots_client"),
    )
    assert "Warning" not in told
    now = datetime.now(UTC)
    _, token = add_token(
        database,
        name="voorbeeld",
        scopes=[Right.READ_HOTSPOTS, Right.READ_DWELLINGS, Right.READ_CASES, Right.JUDGE],
        expires_at=now + timedelta(days=1),
        created_by="test",
        now=now,
        organisation="politie",
    )
    lines = run(str(EXAMPLE / "example.py"), TOKEN=token).splitlines()
    assert [line.split()[0] for line in lines] == ["listed", "read", "judged", "judged", "refused"]
    numbers = lines[0].split()[1:]
    assert len(numbers) == len(set(numbers)) == 4
    assert lines[1].split()[1] == numbers[0]
    # the second time nothing happened: the same version
    assert lines[2] == lines[3]
    assert "refused 404 Niet gevonden: Dit bestaat niet" in lines[4]
    assert lines[4].endswith(f"See {served}/problemen/niet-gevonden")


def test_what_the_readme_installs_is_what_is_tested() -> None:
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    [wanted] = [line for line in (EXAMPLE / "generator.txt").read_text().splitlines() if "openapi" in line]
    assert wanted in readme
