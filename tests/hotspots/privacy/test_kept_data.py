"""What is kept at a glance, and what left the house."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert

from hotspots.access.access_log import log_access
from hotspots.access.rights import Actor, Right, Role
from hotspots.privacy.kept_data import read_kept
from hotspots.privacy.left_house import read_left
from hotspots.privacy.retention import KINDS, cutoffs
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.operation_tables import job_runs

NOW = datetime(2024, 3, 11, 9, tzinfo=UTC)
ADVISOR = Actor("o", "O. Adviseur", Role.OOV)


@pytest.mark.usefixtures("filled")
def test_each_kind_tells_how_much_since_when_what_goes_and_what_went(
    database: Database, settings: Settings
) -> None:
    with database.writing() as connection:
        for days, count in ((1, 0), (2, 5), (3, 7)):  # what went last, and how much
            at = NOW - timedelta(days=days)
            done = {"job": "retention", "outcome": "done", "started_at": at, "counts": {"texts": count}}
            connection.execute(insert(job_runs).values(**done))
    with database.reading() as connection:
        kept = {line.kind: line for line in read_kept(connection, settings, now=NOW)}
        soon = datetime(2024, 12, 20, tzinfo=UTC)  # of reports of January to March 2024
        later = {line.kind: line for line in read_kept(connection, settings, now=soon)}
    assert list(kept) == list(KINDS)
    assert set(cutoffs(settings, NOW)) <= set(kept)
    texts = kept["texts"]
    assert (texts.total, texts.past, texts.within_month) == (9, 0, 0)
    assert texts.oldest is not None
    assert texts.oldest < date(2024, 3, 4)
    assert (texts.last_removal, texts.last_count) == (NOW - timedelta(days=2), 5)
    assert later["texts"].past < later["texts"].within_month == 9
    assert kept["reports"].last_removal is None


def test_a_file_with_many_dwellings_left_once_and_in_its_week(database: Database, settings: Settings) -> None:
    with database.writing() as connection:
        for at in (NOW, NOW, NOW - timedelta(weeks=1), NOW - timedelta(weeks=9)):
            log_access(
                connection, actor=ADVISOR, right=Right.READ_DWELLINGS, report_count=3, now=at, taken_as="csv"
            )
        log_access(connection, actor=ADVISOR, right=Right.READ_TEXTS, report_count=3, now=NOW)
    with database.reading() as connection:
        left = {line.kind: line.weeks for line in read_left(connection, settings, now=NOW, weeks=3)}
    assert left["filesOfPersons"] == (0, 1, 1)
    assert left["files"] == (0, 0, 0)
