"""Mapping files that are saved here: every version stays, and a killed process leaves no half."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert

from hotspots.access.admin_changes import Kind, read_changes
from hotspots.access.rights import Actor, Role
from hotspots.errors import MappingError, NotFoundError, StoreError
from hotspots.files.private_files import write_privately
from hotspots.intake.sources.mapping import SourceMapping, load_mapping, source_names
from hotspots.intake.sources.mapping_files import (
    MappingVersion,
    current_text,
    restore_version,
    save_mapping,
    tell_untold,
    version_of,
    versions_of,
)
from hotspots.settings import SourcesSettings
from hotspots.store.case_tables import admin_changes, redactions
from hotspots.store.database import Database

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
BY = Actor("id-1", "B. Beheerder", Role.BEHEERDER)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the database holds the history, which is tested on both elsewhere."""
    return sqlite_url


@pytest.fixture
def sources(tmp_path: Path) -> SourcesSettings:
    """A folder that is not there yet."""
    return SourcesSettings(folder=tmp_path / "bronnen")


@pytest.fixture
def save(database: Database, sources: SourcesSettings) -> Callable[..., MappingVersion]:
    """Save a mapping as an administrator."""

    def one(name: str, text: str | SourceMapping) -> MappingVersion:
        with database.writing() as connection:
            return save_mapping(connection, sources, name, text, by=BY, at=NOW)

    return one


def text_of(column: str) -> str:
    return f'[columns]\nid = "{column}"\nreported_at = "dag"\n'


def history(database: Database) -> list[tuple[str, object, object]]:
    with database.reading() as connection:
        changes = read_changes(connection, kind=Kind.SOURCE)
    return [(one.about, (one.before or {}).get("versie"), (one.after or {}).get("versie")) for one in changes]


def test_each_version_stays_and_can_count_again(
    database: Database, sources: SourcesSettings, save: Callable[..., MappingVersion]
) -> None:
    save("zaken", text_of("a"))
    save("zaken", text_of("b"))
    save("zaken", text_of("b"))  # the same again
    assert load_mapping(sources, "zaken").columns.id == "b"
    with database.writing() as connection:
        restore_version(connection, sources, "zaken", 1, by=BY, at=NOW)
    assert current_text(sources, "zaken") == text_of("a")
    assert [(one.number, one.text, one.saved_by) for one in versions_of(sources, "zaken")] == [
        (3, text_of("a"), "id-1"),
        (2, text_of("b"), "id-1"),
        (1, text_of("a"), "id-1"),
    ]
    assert history(database) == [("zaken", 2, 3), ("zaken", 1, 2), ("zaken", None, 1)]
    assert "versions" not in source_names(sources)
    with pytest.raises(NotFoundError):
        version_of(sources, "zaken", 9)


def test_what_was_written_by_hand_stays_as_a_version_too(
    sources: SourcesSettings, save: Callable[..., MappingVersion]
) -> None:
    sources.folder.mkdir()
    by_hand = f"# with a reason\n{text_of('hand')}"
    (sources.folder / "zaken.toml").write_text(by_hand)
    save("zaken", text_of("a"))
    assert [(one.number, one.saved_at) for one in versions_of(sources, "zaken")] == [(2, NOW), (1, None)]
    assert version_of(sources, "zaken", 1).text == by_hand


@pytest.mark.parametrize(
    ("name", "why"),
    [
        *((name, "kleine letters") for name in ("../x", "Zaken", "", "a" * 61, "versions/x")),
        *((name, "andere betekenis") for name in ("nieuw", "con", "lpt1")),
    ],
)
def test_a_name_is_one_that_each_report_and_each_computer_can_have(
    name: str, why: str, save: Callable[..., MappingVersion]
) -> None:
    with pytest.raises(MappingError) as refused:
        save(name, text_of("a"))
    assert why in refused.value.dutch


def test_versions_outlast_their_lines_in_the_history(
    database: Database, sources: SourcesSettings, save: Callable[..., MappingVersion]
) -> None:
    save("zaken", text_of("a"))
    save("zaken", text_of("b"))
    (sources.folder / "versions" / "zaken" / "0001 kopie.toml").write_text("of somebody")
    with database.writing() as connection:
        over = {"at": NOW, "table_name": "admin_changes", "before": NOW + timedelta(days=1), "reason": "term"}
        connection.execute(insert(redactions).values(over))
        connection.execute(delete(admin_changes))
    with database.writing() as connection:
        tell_untold(connection, sources)
    assert [one.number for one in versions_of(sources, "zaken")] == [2, 1]
    assert history(database) == [("zaken", 1, 2)]


def test_what_is_no_mapping_or_can_not_be_written_changes_nothing(
    database: Database, sources: SourcesSettings, save: Callable[..., MappingVersion]
) -> None:
    with pytest.raises(MappingError, match="is missing"):
        save("zaken", '[colums]\nid = "a"\n')
    sources.folder.write_text("a file in the place of the folder")
    with pytest.raises(StoreError, match=r"sources\.folder"):
        save("zaken", text_of("a"))
    assert history(database) == []


@pytest.mark.parametrize("at", ["before the version", "before its file", "before the history"])
@pytest.mark.parametrize("is_known", [True, False], ids=["a source there was", "a new source"])
def test_of_a_killed_process_it_is_saved_or_not(
    database: Database,
    sources: SourcesSettings,
    save: Callable[..., MappingVersion],
    monkeypatch: pytest.MonkeyPatch,
    at: str,
    is_known: bool,
) -> None:
    name = "zaken" if is_known else "nieuwe"
    save("zaken", text_of("a"))

    class KilledError(Exception):
        """As if the process ended here."""

    writes = {"before the version": 0, "before its file": 1, "before the history": 2}[at]

    def killed(path: Path, content: bytes) -> None:
        nonlocal writes
        if not writes:
            raise KilledError
        writes -= 1
        write_privately(path, content)

    def save_half() -> None:
        with database.writing() as connection:
            save_mapping(connection, sources, name, text_of("b"), by=BY, at=NOW)
            raise KilledError

    monkeypatch.setattr("hotspots.intake.sources.mapping_files.write_privately", killed)
    with pytest.raises(KilledError):
        save_half()
    monkeypatch.undo()
    with database.writing() as connection:
        tell_untold(connection, sources)
    done, before = at == "before the history", 1 if is_known else 0
    assert len(versions_of(sources, name)) == before + done
    assert history(database)[0] == ((name, before or None, before + 1) if done else ("zaken", None, 1))
    if is_known or done:
        assert current_text(sources, name) == text_of("b" if done else "a")
