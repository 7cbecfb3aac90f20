"""Nothing goes before a person confirmed the periods, and then only what was announced the night before."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from hotspots.access.rights import Actor
from hotspots.privacy import announcements
from hotspots.privacy.announcements import (
    ANNOUNCED,
    confirm_periods,
    read_announcement,
    removal_of_new,
    remove_announced,
)
from hotspots.privacy.erasures import read_erasures
from hotspots.privacy.reporters import Reported, erase_reporter
from hotspots.privacy.retention import KINDS, Removed, remove_rows
from hotspots.settings import RetentionSettings, Settings
from hotspots.store.confirmed_periods import read_confirmation
from hotspots.store.database import Database
from hotspots.store.metadata import read_fact
from hotspots.store.operation_tables import retention_confirmations
from hotspots.store.report_tables import imports, report_texts, reports
from tests.hotspots.privacy.conftest import PLACED, count

OFFICER = Actor("7", "P. de Vries", None)
DAY = timedelta(days=1)
NIGHT = datetime(2025, 3, 12, 2, tzinfo=UTC)  # a year and a week after the reports; 03:00 local


@pytest.fixture
def own(settings: Settings) -> Settings:
    return settings.model_copy(update={"jobs": settings.jobs.model_copy(update={"nightly_time": "03:00"})})


def counted(removed: Removed) -> dict[str, int]:
    return {kind: number for kind, number in removed.counts.items() if number}


def test_nothing_goes_and_nothing_is_announced_before_a_person_confirms(
    database: Database, own: Settings, filled: str
) -> None:
    removed, told = remove_announced(database, own, now=NIGHT + 900 * DAY)
    assert (counted(removed), told) == ({}, None)
    assert count(database, report_texts) == 9
    with database.reading() as connection:
        assert removal_of_new(connection, own, NIGHT) is None


def test_what_goes_is_announced_a_day_ahead_with_the_import_that_it_came_from(
    database: Database, own: Settings, filled: str
) -> None:
    confirmation, told = confirm_periods(database, own, by=OFFICER, now=NIGHT - timedelta(hours=4))
    assert (confirmation.by, confirmation.periods["text_days"]) == ("P. de Vries", 365)
    assert "session_days" not in confirmation.periods
    assert told.goes_at == NIGHT + DAY, "it stands announced for a day, and not four hours"
    ((import_id, texts),) = told.by_import["texts"].items()
    assert (told.counts["texts"], texts, told.by_import["reports"]) == (9, 9, {})
    with database.reading() as connection:
        assert import_id in connection.execute(select(imports.c.id)).scalars().all()
        assert read_announcement(connection) == told
        due = connection.execute(select(retention_confirmations.c.due)).scalar_one()
        assert due["texts"] == 9
    assert counted(remove_announced(database, own, now=NIGHT)[0]) == {}
    removed, after = remove_announced(database, own, now=NIGHT + DAY)
    assert counted(removed) == {"texts": 9}
    assert removed.is_wiped
    assert after is not None
    assert (after.goes_at, after.total) == (NIGHT + 2 * DAY, 0)
    again, same = remove_announced(database, own, now=NIGHT + DAY)
    assert (counted(again), same) == ({}, after), "after a kill between this and the ledger it is done once"
    listed = read_erasures(own)
    assert listed is not None
    assert [(one.at, one.days["text_days"], one.last_import) for one in listed] == [
        (NIGHT + DAY, 365, told.last_import)
    ]


def test_what_came_in_since_the_announcement_stays_until_it_was_announced_too(
    database: Database, own: Settings, filled: str
) -> None:
    _, told = confirm_periods(database, own, by=OFFICER, now=NIGHT - timedelta(hours=4))
    with database.writing() as connection:
        row: dict[str, Any] = {"source": "melddesk", "file_name": "", "file_sha256": "", "started_at": NIGHT}
        late = connection.execute(insert(imports).values(row).returning(imports.c.id)).scalar_one()
        some = select(reports.c.id).order_by(reports.c.id).limit(4)
        connection.execute(
            update(reports).where(reports.c.id.in_(some)).values(first_import_id=late, last_import_id=late)
        )
        assert removal_of_new(connection, own, NIGHT) == NIGHT + 2 * DAY
    removed, after = remove_announced(database, own, now=told.goes_at)
    assert counted(removed) == {"texts": 5}
    assert after is not None
    assert (after.goes_at, after.by_import["texts"]) == (NIGHT + 2 * DAY, {late: 4})
    assert counted(remove_announced(database, own, now=after.goes_at)[0]) == {"texts": 4}


def test_a_shorter_period_holds_once_it_is_confirmed_and_a_longer_one_at_once(
    database: Database, own: Settings, filled: str
) -> None:
    longer = RetentionSettings(text_days=500)
    long = own.model_copy(update={"retention": longer})
    confirm_periods(database, long, by=OFFICER, now=NIGHT - DAY)
    nights = [NIGHT, NIGHT + DAY, NIGHT + 2 * DAY]
    for night in nights[:2]:
        removed, told = remove_announced(database, own, now=night)
        assert told is not None
        assert (counted(removed), told.total) == ({}, 0), "365 days are not confirmed"
    confirm_periods(database, own, by=OFFICER, now=nights[1] + timedelta(hours=8))
    _, told = remove_announced(database, own, now=nights[2])
    assert told is not None
    assert told.counts["texts"] == 9
    assert counted(remove_announced(database, long, now=told.goes_at)[0]) == {}, "it was made longer since"
    assert count(database, report_texts) == 9


def test_a_process_that_dies_in_the_middle_leaves_all_as_it_was_announced(
    database: Database, own: Settings, filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, told = confirm_periods(database, own, by=OFFICER, now=NIGHT - timedelta(hours=4))

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(announcements, "_announce", die)
        with pytest.raises(KeyboardInterrupt):
            remove_announced(database, own, now=told.goes_at)
    assert count(database, report_texts) == 9
    with database.reading() as connection:
        assert read_announcement(connection) == told
    assert counted(remove_announced(database, own, now=told.goes_at)[0]) == {"texts": 9}


def test_the_periods_of_before_an_upgrade_are_taken_over_by_the_first_night(
    database: Database, own: Settings, filled: str
) -> None:
    with database.writing() as connection:
        row = {"at": PLACED, "actor_id": "upgrade", "confirmed_by": "in gebruik", "periods": {}, "due": {}}
        connection.execute(insert(retention_confirmations).values(row))
    _, told = remove_announced(database, own, now=NIGHT)
    assert told is not None
    assert told.counts["texts"] == 9
    with database.reading() as connection:
        confirmation = read_confirmation(connection)
    assert confirmation is not None
    assert (confirmation.at, confirmation.by, confirmation.periods["text_days"]) == (
        PLACED,
        "in gebruik",
        365,
    )
    assert counted(remove_announced(database, own, now=told.goes_at)[0]) == {"texts": 9}


def test_an_erasure_waits_for_no_confirmation(database: Database, own: Settings, filled: str) -> None:
    with database.reading() as connection:
        source = connection.execute(select(reports.c.source).limit(1)).scalar_one()
    erased = erase_reporter(database, own, Reported(reporter="anna", source=source), now=NIGHT)
    assert erased.counts["texts"] == 3


def test_an_announcement_names_no_file_and_no_person(database: Database, own: Settings, filled: str) -> None:
    confirm_periods(database, own, by=OFFICER, now=NIGHT)
    with database.reading() as connection:
        stored = json.loads(read_fact(connection, ANNOUNCED) or "{}")
    assert set(stored) == {
        *("at", "goes_at", "days", "last_import", "counts", "by_import", "dwellings", "files"),
    }


def test_the_kinds_that_are_told_are_those_that_are_counted(database: Database, own: Settings) -> None:
    with database.writing() as connection:
        assert tuple(remove_rows(connection, own, now=NIGHT).counts) == KINDS
