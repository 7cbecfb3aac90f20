"""Reporters stored by the former rule, each spelling one of its own, and what an import makes of them."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hotspots.errors import NotFoundError
from hotspots.intake.import_reports import ImportResult, import_reports
from hotspots.intake.reporter_identity import NOBODY, Reporter, WrittenReporters
from hotspots.intake.reporter_key import rotate_reporter_key
from hotspots.intake.stored_reporters import FORGOTTEN, ONE_SPELLING, TOGETHER
from hotspots.privacy.reporters import Reported, erase_reporter, export_reporter
from hotspots.settings import IntakeSettings, PrivacySettings, Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.metadata import remove_fact
from hotspots.store.report_tables import report_versions, reporters, reports

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
SPELLINGS = ("0612345678", "06-12345678", "+31612345678", "612345678.0", "J. Jansen 06-12345678")
Import = Callable[..., ImportResult]


@pytest.fixture
def own(settings: Settings, database: Database, tmp_path: Path) -> Settings:
    """Settings with a key file, of a database with areas."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    return settings.model_copy(update={"privacy": PrivacySettings(reporter_key_file=tmp_path / "key")})


@pytest.fixture
def imported(database: Database, own: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Import:
    """Import one report of each of these reporters, perhaps by the former rule on who they are."""

    def as_written(_: WrittenReporters, cells: Iterable[str]) -> Reporter:
        return Reporter(next(iter(cells), "").strip())

    def run(*who: str, former: bool = False, settings: Settings | None = None) -> ImportResult:
        path = tmp_path / "export.csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(["meldingnummer", "meldtijd", "hoofdcategorie", "omschrijving", "melder"])
            writer.writerows(
                [f"M-{number}", "2023-03-14 21:35", "Overlast drugs", "Herrie.", reporter]
                for number, reporter in enumerate(who, 1)
            )
        with monkeypatch.context() as patch:
            if former:
                patch.setattr(WrittenReporters, "_first", as_written)
                patch.setattr(WrittenReporters, "spellings", lambda *_: iter(()))
            result = import_reports(database, settings or own, path, "melddesk", now=NOW)
        if former:  # that version knew nothing of this
            with database.writing() as connection:
                remove_fact(connection, ONE_SPELLING)
        return result

    return run


def same_reporters(database: Database) -> list[int | None]:
    with database.reading() as connection:
        return list(connection.execute(select(reports.c.reporter_id).order_by(reports.c.id)).scalars())


def rows_of(database: Database) -> tuple[int, int]:
    """How many reporters there are, and earlier versions of reports."""
    with database.reading() as connection:
        counts = (
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (reporters, report_versions)
        )
        return next(counts), next(counts)


def unchanged(result: ImportResult) -> bool:
    return result.counts.unchanged == result.counts.read


def test_the_same_file_again_changes_no_report_and_makes_one_of_all_spellings(
    database: Database, imported: Import
) -> None:
    imported(*SPELLINGS, "Anoniem", "anna", former=True)
    assert len(set(same_reporters(database))) == 7
    again = imported(*SPELLINGS, "Anoniem", "anna")
    assert unchanged(again)
    who = same_reporters(database)
    assert len(set(who[:5])) == 1
    assert who[5] is None
    assert who[6] not in (None, who[0])
    assert rows_of(database) == (2, 0)
    # '+31612345678' is spelled as it is hashed now: four others were
    assert (again.notes[TOGETHER], again.notes[FORGOTTEN]) == (4, 1)
    assert again.told["notes"][NOBODY] == 1
    third = imported(*SPELLINGS, "Anoniem", "anna")
    assert unchanged(third)
    assert third.notes == Counter({NOBODY: 1})
    assert same_reporters(database) == who


@pytest.mark.parametrize(
    "spelling", [*SPELLINGS[:4], "tel:+31612345678", "0031612345678", "+31 (0)6 12345678"]
)
def test_a_new_report_in_another_spelling_is_of_the_reporter_that_is_stored(
    database: Database, imported: Import, spelling: str
) -> None:
    imported(spelling, former=True)
    stored = same_reporters(database)
    imported(spelling, "06 12 34 56 78")
    assert same_reporters(database) == stored * 2
    assert rows_of(database) == (1, 0)


@pytest.mark.parametrize("again", ["0612345678.0", "+31 6 12345678", "06/12345678", "Jansen (06-12345678)"])
def test_a_report_whose_reporter_is_only_spelled_otherwise_did_not_change(
    database: Database, imported: Import, again: str
) -> None:
    imported("0612345678")
    assert unchanged(imported(again))
    assert rows_of(database) == (1, 0)


def test_what_comes_again_as_somebody_else_is_a_change(database: Database, imported: Import) -> None:
    imported("0612345678", "-")
    assert imported("0687654321", "anna").counts.updated == 2
    assert rows_of(database) == (3, 2)


def test_a_mailbox_that_the_settings_name_later_is_forgotten_at_the_next_import(
    database: Database, own: Settings, imported: Import
) -> None:
    imported("Melding@gemeente.example", "melding@gemeente.example", "anna")
    assert None not in same_reporters(database)
    named = IntakeSettings(unknown_reporters=("melding@gemeente.example",))
    later = own.model_copy(update={"intake": named})
    result = imported("melding@gemeente.example", settings=later)
    assert unchanged(result)
    assert same_reporters(database)[:2] == [None, None]
    assert result.notes[FORGOTTEN] == 1


def test_what_was_known_of_a_report_before_it_changed_follows(database: Database, imported: Import) -> None:
    imported("06-12345678", former=True)
    imported("anna", former=True)
    imported("anna", "0612345678")
    with database.reading() as connection:
        before = connection.execute(select(report_versions.c.reporter_id)).scalar_one()
    assert before == same_reporters(database)[1]


def test_reporters_are_brought_together_after_a_rotation_too(
    database: Database, own: Settings, imported: Import
) -> None:
    imported("06-12345678", former=True)
    rotate_reporter_key(database, own.privacy)
    assert unchanged(imported("06-12345678"))
    imported("06-12345678", "+31612345678")
    assert len(set(same_reporters(database))) == 1


def test_one_person_is_found_and_erased_in_whatever_spelling(
    database: Database, own: Settings, imported: Import
) -> None:
    imported("06-12345678", "0612345678", "anna", former=True)
    export = partial(export_reporter, database, own, now=NOW)
    assert len(export(Reported(reporter="+31 6 12345678"))["meldingen"]) == 2
    erased = erase_reporter(database, own, Reported(reporter="tel:0612345678", source="melddesk"), now=NOW)
    assert erased.counts["reports"] == 2
    with pytest.raises(NotFoundError, match="no report is known of this reporter"):
        export(Reported(reporter="06-12345678"))
