"""`hotspots report`: which report is asked for, and what it ends with."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.report_tables import imports, reports
from tests.conftest import RunCommand

NOW = datetime(2024, 1, 8, 6, tzinfo=UTC)


@pytest.fixture
def filled(settings: Settings, sqlite_url: str) -> dict[str, str]:
    """A database with one report, in March 2023."""
    database = Database(sqlite_url)
    database.upgrade()
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        line = insert(imports).values(source="x", file_name="", file_sha256="", started_at=NOW)
        import_id = connection.execute(line.returning(imports.c.id)).scalar_one()
        connection.execute(
            insert(reports).values(
                source="x",
                source_id="1",
                category="personen",
                is_counted=True,
                reported_at=datetime(2023, 3, 3, 20, tzinfo=UTC),
                precision="adres",
                buurtcode="BU09350000",
                known_from=NOW,
                content_hash="",
                first_import_id=import_id,
                last_import_id=import_id,
            )
        )
    database.close()
    return {"DATABASE_URL": sqlite_url}


def test_a_year_is_written_as_four_files_for_their_owner_only(
    run_command: RunCommand, filled: dict[str, str], tmp_path: Path
) -> None:
    done = run_command("report", "--year", "2023", "--output", "jaar", "--json", settings=filled)
    told = json.loads(done.stdout)
    assert (told["reports"], told["hotspots"], told["isOver"]) == (1, 0, False)
    files = [tmp_path / file for file in told["files"]]
    assert [file.name for file in files] == [
        f"jaarcijfers-2023-gemeente-gm0935.{kind}" for kind in ("pdf", "docx", "csv", "xlsx")
    ]
    assert {file.stat().st_mode & 0o077 for file in files} == {0}


REFUSED = {
    "nothing asked": ((), 2, "wanted --week 2023-W48, or --year 2023"),
    "two things asked": (("--year", "2023", "--week", "2023-W10"), 2, "wanted --week 2023-W48"),
    "half a period": (("--from", "2023-04-01"), 2, "wanted both --from and --till"),
    "a period that ends before it begins": (("--from", "2023-04-01", "--till", "2023-03-01"), 2, "last day"),
    "no day": (("--from", "1 april", "--till", "2023-03-01"), 2, "wanted a day such as 2023-04-01"),
    "no year": (("--year", "12"), 2, "greater than or equal to 1901"),
    "a year without data": (("--year", "2019"), 1, "there are no reports or runs of 2019: they are from"),
    "no such area": (("--year", "2023", "--area", "Nergens"), 1, "there is no area 'Nergens'"),
}


@pytest.mark.parametrize("asked", list(REFUSED))
def test_what_cannot_be_told_is_said_in_one_line(
    run_command: RunCommand, filled: dict[str, str], asked: str
) -> None:
    arguments, code, words = REFUSED[asked]
    done = run_command("report", *arguments, "--output", "jaar", settings=filled, code=code)
    assert words in " ".join(done.stderr.replace("│", " ").split())
    if code == 1:
        assert done.stderr.count("\n") == 1
