"""The list of what was erased: whole lines, keyed hashes only, for its owner only."""

from pathlib import Path

import pytest
from sqlalchemy import select

from hotspots.errors import StoreError
from hotspots.privacy.data_subjects import erase_user
from hotspots.privacy.erasures import Erasure, add_erasures, erasures_file, read_erasures
from hotspots.privacy.reporters import Reported, erase_reporter
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.report_tables import erased_reports, reports
from tests.hotspots.access.agents import add_agent
from tests.hotspots.privacy.conftest import PLACED, count

ONE = Erasure("report", PLACED, "ab" * 32, "melddesk")
OTHER = Erasure("retention", PLACED)


def test_what_is_listed_is_read_in_that_order(settings: Settings) -> None:
    assert read_erasures(settings) is None
    add_erasures(settings, [ONE])
    add_erasures(settings, [OTHER, ONE])
    assert read_erasures(settings) == [ONE, OTHER, ONE]
    assert erasures_file(settings).stat().st_mode & 0o777 == 0o600


def test_a_line_that_was_cut_off_counts_for_nothing_and_is_in_nobodys_way(settings: Settings) -> None:
    add_erasures(settings, [ONE])
    with erasures_file(settings).open("a") as file:
        file.write('{"kind": "user", "at": "2024')
    assert read_erasures(settings) == [ONE]
    add_erasures(settings, [OTHER])
    assert read_erasures(settings) == [ONE, OTHER]


@pytest.mark.parametrize(
    "line", ["no JSON", "[]", "{}", '{"kind": "user", "at": "x", "hash": "", "source": ""}', "1"]
)
def test_a_line_that_can_not_be_read_is_told(settings: Settings, line: str) -> None:
    add_erasures(settings, [ONE])
    with erasures_file(settings).open("a") as file:
        file.write(line + "\n")
    with pytest.raises(StoreError, match="can't read line 2 of the list of erasures"):
        read_erasures(settings)


def test_it_names_nobody(database: Database, settings: Settings, filled: str) -> None:
    assert filled
    user_id = add_agent(database)
    with database.reading() as connection:
        numbers = list(connection.execute(select(reports.c.source_id)).scalars())
    erase_reporter(database, settings, Reported(reporter="anna", source="test"), now=PLACED)
    erase_user(database, settings, name="agent", now=PLACED)
    assert [one.kind for one in read_erasures(settings) or ()] == ["report"] * 3 + ["user"]
    written = erasures_file(settings).read_text()
    assert not any(plain in written for plain in ("anna", "agent", user_id, *numbers))


def test_what_can_not_be_listed_is_not_erased(
    database: Database, settings: Settings, filled: str, tmp_path: Path
) -> None:
    assert filled
    (tmp_path / "backups").touch()
    with pytest.raises(StoreError, match=r"can't write the list of erasures .*: nothing was erased"):
        erase_reporter(database, settings, Reported(reporter="anna", source="test"), now=PLACED)
    assert count(database, erased_reports) == 0
