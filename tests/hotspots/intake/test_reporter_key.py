"""The keys of reporters: rotated without losing who is the same, also when that is cut off."""

import csv
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError
from sqlalchemy import select, update

from hotspots.errors import SettingsError, StoreError
from hotspots.intake import reporter_key
from hotspots.intake.import_reports import import_reports
from hotspots.intake.reporter_key import (
    ReporterKey,
    load_reporter_key,
    require_reporter_key,
    rotate_reporter_key,
)
from hotspots.settings import PrivacySettings, Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.operation_tables import facts
from hotspots.store.report_tables import reporters, reports

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a key file."""
    return settings.model_copy(update={"privacy": PrivacySettings(reporter_key_file=tmp_path / "key")})


@pytest.fixture
def imported(database: Database, own: Settings, tmp_path: Path) -> Callable[..., dict[str, int]]:
    """Import reports of given reporters; gives the counts."""
    with database.writing() as connection:
        fill_with_shipped(connection, own)

    def run(*who: str) -> dict[str, int]:
        path = tmp_path / "export.csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(["meldingnummer", "meldtijd", "hoofdcategorie", "omschrijving", "melder"])
            writer.writerows(
                [f"M-{number}", "2023-03-14 21:35", "Overlast drugs", "Herrie.", reporter]
                for number, reporter in enumerate(who)
            )
        return dict(vars(import_reports(database, own, path, "melddesk", now=NOW).counts))

    return run


def same_reporters(database: Database) -> list[int | None]:
    """Which reporter each report is of, in their order."""
    with database.reading() as connection:
        return list(connection.execute(select(reports.c.reporter_id).order_by(reports.c.id)).scalars())


def test_a_rotation_changes_every_hash_and_no_reporter(
    database: Database, own: Settings, imported: Callable[..., dict[str, int]]
) -> None:
    imported("anna", "bert", "anna", "")
    before = same_reporters(database)
    with database.reading() as connection:
        hashes = set(connection.execute(select(reporters.c.hash)).scalars())
    rotated = rotate_reporter_key(database, own.privacy)
    assert (rotated.reporters, rotated.key_count) == (2, 2)
    with database.reading() as connection:
        assert hashes.isdisjoint(connection.execute(select(reporters.c.hash)).scalars())
    assert same_reporters(database) == before
    # the same export changes nothing, and a known reporter is known again
    assert imported("anna", "bert", "anna", "") | {"located": 0} == {
        "read": 4,
        "new": 0,
        "updated": 0,
        "unchanged": 4,
        "other_category": 0,
        "rejected": 0,
        "located": 0,
        "with_reporter": 3,
    }
    imported("anna", "bert", "anna", "", "Bert ")
    assert same_reporters(database) == [*before, before[1]]


def test_keys_are_readable_by_their_owner_only(
    database: Database, own: Settings, imported: Callable[..., dict[str, int]]
) -> None:
    imported("anna")
    for _ in range(3):
        rotate_reporter_key(database, own.privacy)
    path = own.privacy.reporter_key_file
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text().split()) == 4
    imported("anna", "anna")
    assert len(set(same_reporters(database))) == 1


def test_the_older_key_alone_is_refused_after_a_rotation(
    database: Database, own: Settings, imported: Callable[..., dict[str, int]]
) -> None:
    imported("anna")
    path = own.privacy.reporter_key_file
    old = path.read_bytes()
    rotate_reporter_key(database, own.privacy)
    path.write_bytes(old)
    with pytest.raises(StoreError, match="were hashed with key"):
        imported("anna")


@pytest.mark.parametrize("moment", ["before the database changed", "after the database changed"])
def test_a_rotation_that_is_cut_off_is_not_done_or_is_completed(
    database: Database,
    own: Settings,
    imported: Callable[..., dict[str, int]],
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    imported("anna", "bert")
    path = own.privacy.reporter_key_file
    old = path.read_bytes()
    if moment.startswith("before"):

        def stop(*_: object) -> int:
            raise KeyboardInterrupt

        monkeypatch.setattr(reporter_key, "_rehash", stop)
        with pytest.raises(KeyboardInterrupt):
            rotate_reporter_key(database, own.privacy)
        monkeypatch.undo()
        assert path.read_bytes() == old
    else:
        rotate_reporter_key(database, own.privacy)
        path.rename(path.with_name("key.next"))
        path.write_bytes(old)
    assert imported("anna", "bert")["unchanged"] == 2
    rotate_reporter_key(database, own.privacy)
    assert imported("anna", "bert", "anna")["new"] == 1
    assert len(set(same_reporters(database))) == 2


def test_a_key_in_the_settings_is_not_rotated(database: Database, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"the key stands in privacy\.reporter_key"):
        rotate_reporter_key(database, settings.privacy)
    empty = PrivacySettings(reporter_key_file=tmp_path / "key")
    with pytest.raises(StoreError, match="nothing to rotate"):
        rotate_reporter_key(database, empty)


def test_keys_after_each_other_can_stand_in_the_settings_too(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "key"
    one, two = b"the first key of this test, of a good length", b"the second key of this test, just as long"
    path.write_bytes(one + b"\n" + two + b"\n")
    with database.reading() as connection:
        of_file = load_reporter_key(
            connection, PrivacySettings(reporter_key_file=path), is_kept=False
        ).hash_of("anna")
        given = PrivacySettings(reporter_key=SecretStr((one + b"\n" + two).decode()))
        assert load_reporter_key(connection, given, is_kept=False).hash_of("anna") == of_file
    assert of_file != ReporterKey(one).hash_of("anna")


WEAK = {
    "an empty file": b"",
    "only blanks": b" \n\t\n",
    "a word": b"secret\n",
    "a byte too few": b"0123456789abcdef0123456789abcde",
    "zeros": b"0" * 64,
    "a word again and again": b"wachtwoord" * 4,
    "two short ones": b"first\nsecond\n",
}
STRONG = b"8f1f0b2e64c94a1d9d7c53e0a6b4f7a2"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the database decides nothing here
@pytest.mark.parametrize("written", WEAK.values(), ids=WEAK)
def test_a_file_with_a_weak_key_is_refused_and_nothing_is_imported(
    database: Database, own: Settings, imported: Callable[..., dict[str, int]], written: bytes
) -> None:
    own.privacy.reporter_key_file.write_bytes(written)
    for look in (lambda: imported("anna"), lambda: require_reporter_key(own.privacy)):
        with pytest.raises(
            StoreError, match=r"wanted a reporter key in .* of 32 random bytes or more, found"
        ):
            look()
    assert same_reporters(database) == []


def test_a_strong_key_and_one_that_is_not_made_yet_are_in_order(own: Settings) -> None:
    require_reporter_key(own.privacy)
    own.privacy.reporter_key_file.write_bytes(STRONG + b"\n")
    require_reporter_key(own.privacy)
    require_reporter_key(PrivacySettings(reporter_key=SecretStr(STRONG.decode())))


def test_a_word_in_the_settings_is_for_trying_out_only(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    trial = PrivacySettings(reporter_key=SecretStr("voorbeeld"))
    with database.writing() as connection:
        assert load_reporter_key(connection, trial).hash_of("anna") is not None
    assert "is too weak" in "".join(capsys.readouterr())
    with pytest.raises(SettingsError, match=r"in privacy\.reporter_key of 32 random bytes"):
        require_reporter_key(trial)


@pytest.mark.parametrize("given", ["        ", "abc", "abcdefgh", "abcdefghi\nabc", "\n\n"])
def test_a_key_of_a_few_letters_is_none_in_the_settings_either(given: str) -> None:
    with pytest.raises(ValidationError, match="wanted a key of 32 random bytes"):
        PrivacySettings(reporter_key=SecretStr(given))


def test_a_short_key_of_an_earlier_version_becomes_safe_by_a_rotation(
    database: Database,
    own: Settings,
    imported: Callable[..., dict[str, int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own.privacy.reporter_key_file.write_bytes(b"short")
    with monkeypatch.context() as earlier:
        earlier.setattr(reporter_key, "require_key", lambda _key, **_: None)
        imported("anna", "bert", "anna")
    before = same_reporters(database)
    rotate_reporter_key(database, own.privacy)
    require_reporter_key(own.privacy)
    assert imported("anna", "bert", "anna")["unchanged"] == 3
    assert same_reporters(database) == before


def test_reports_of_an_earlier_version_are_not_taken_for_changed(
    database: Database, own: Settings, imported: Callable[..., dict[str, int]]
) -> None:
    imported("anna")
    key = ReporterKey(own.privacy.reporter_key_file.read_bytes().strip())
    with database.writing() as connection:
        kept = connection.execute(select(reports.c.content_hash)).scalar_one()
        assert len(kept) == 64
        # as that version left it: hashed without the key, and nothing said about it
        connection.execute(facts.delete().where(facts.c.name == reporter_key.SEALED))
        connection.execute(update(reports).values(content_hash="a" * 64))
    with database.writing() as connection:
        load_reporter_key(connection, own.privacy)
    with database.reading() as connection:
        assert connection.execute(select(reports.c.content_hash)).scalar_one() == key.sealed("a" * 64)
        assert connection.execute(select(facts.c.value).where(facts.c.name == reporter_key.SEALED)).scalar()


@given(st.lists(st.binary(min_size=1, max_size=8), min_size=1, max_size=4), st.text(min_size=1, max_size=20))
def test_a_later_key_never_brings_two_reporters_together(keys: list[bytes], name: str) -> None:
    key = ReporterKey(keys[0], tuple(keys[1:]))
    first, other = key.hash_of(name), key.hash_of(name + "x")
    assert first is None or first != other
    if first is not None:
        base = key.first.hash_of(name)
        assert base is not None
        assert key.brought_up(base) == first
