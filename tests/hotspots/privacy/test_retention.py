"""Everything whose period is over goes in one go, which a dry run tells without doing it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import insert, select

from hotspots.access.rights import Actor
from hotspots.access.signed_links import SigningKey
from hotspots.errors import ExpiredError, RemovedError
from hotspots.privacy.retention import NAMELESS_ALERT, remove_expired
from hotspots.publishing.embeds import add_embed, find_embed
from hotspots.settings import DetectionSettings, RetentionSettings, Settings
from hotspots.store.case_tables import REMOVED_PERSON, access_log, users
from hotspots.store.database import Database
from hotspots.store.operation_tables import job_alerts, job_runs, processing_log
from hotspots.store.removals import require_kept
from hotspots.store.report_tables import report_texts
from tests.hotspots.privacy.conftest import PLACED, count, years_after

BytesOf = Callable[[Database], bytes]


def test_nothing_goes_before_its_time(database: Database, settings: Settings, filled: str) -> None:
    removed = remove_expired(database, settings, now=PLACED + timedelta(days=300))
    assert removed.total == 0
    assert removed.is_wiped is None


def test_a_dry_run_tells_the_same_and_removes_nothing(
    database: Database, settings: Settings, filled: str
) -> None:
    told = remove_expired(database, settings, now=years_after(5), dry_run=True)
    assert told.counts["texts"] == 9
    assert count(database, report_texts) == 9
    assert remove_expired(database, settings, now=years_after(5)).counts == told.counts


def test_a_week_whose_reports_are_gone_is_not_run_again(
    database: Database, settings: Settings, filled: str
) -> None:
    start = datetime(2023, 9, 3, 22, tzinfo=UTC)

    def ask() -> None:
        with database.reading() as connection:
            require_kept(connection, window_start=start, as_of=date(2024, 3, 3))

    ask()
    remove_expired(database, settings, now=years_after(1))
    with pytest.raises(
        RemovedError, match="removed after its period: the list of that week stands as it was"
    ):
        ask()


def test_accounts_that_are_disabled_and_maps_that_are_over_go(
    database: Database, settings: Settings, oov: Actor
) -> None:
    person = {"full_name": "J. Jansen", "role": "oov", "organisation": "OOV", "gebieden": ["Centrum"]}
    row = {**person, "granted": ["teksten.lezen"], "created_at": PLACED, "created_by": "x"}
    with database.writing() as connection:
        for name, is_disabled, subject in (
            *(("blocked", True, None), ("elsewhere", True, "issuer#1"), ("used", False, None)),
        ):
            own = {"id": name, "name": name, "is_disabled": is_disabled, "subject": subject}
            connection.execute(insert(users).values(row | own))
    shared = add_embed(database, settings, actor=oov, gebied=None, peildatum=None, days=7, now=PLACED)
    assert remove_expired(database, settings, now=PLACED + timedelta(days=36)).total == 0
    later = PLACED + timedelta(days=38)
    assert remove_expired(database, settings, now=later).counts["sessions"] == 1
    key = SigningKey(b"a key for tests only")
    with database.reading() as connection, pytest.raises(ExpiredError, match="is over"):
        find_embed(connection, key, shared.token(key), now=later)
    assert remove_expired(database, settings, now=years_after(1.1)).counts["accounts"] == 2
    with database.reading() as connection:
        left = connection.execute(select(users).order_by(users.c.id)).all()
    assert [(one.id, one.full_name) for one in left] == [
        ("elsewhere", REMOVED_PERSON),  # else it could sign in as somebody new
        ("used", "J. Jansen"),
    ]
    assert (left[0].is_disabled, left[0].subject, left[0].granted) == (True, "issuer#1", [])
    assert remove_expired(database, settings, now=years_after(1.1)).counts["accounts"] == 0


def test_logs_go_after_their_period(database: Database, settings: Settings, filled: str) -> None:
    with database.writing() as connection:
        connection.execute(
            insert(access_log).values(
                at=PLACED, actor_id="o", actor="O", organisation="", right_used="x", report_count=1
            )
        )
        connection.execute(insert(job_runs).values(job="weekly", started_at=PLACED, counts={}))
        alert = {"job": "weekly", "kind": "odd", "about": PLACED, "raised_at": PLACED, "message": "x"}
        connection.execute(insert(job_alerts).values(alert))
        connection.execute(
            insert(processing_log).values(
                trace_id="0" * 32,
                span_id="0" * 16,
                name="x",
                activity="x",
                started_at=PLACED,
                ended_at=PLACED,
                status=1,
            )
        )
    removed = remove_expired(database, settings, now=years_after(3.1))
    assert (removed.counts["accessLog"], removed.counts["jobs"], removed.counts["processingLog"]) == (1, 2, 1)


def test_periods_that_can_not_be_are_refused() -> None:
    with pytest.raises(ValidationError, match="text_days <= location_days <= report_days"):
        RetentionSettings(text_days=800)
    with pytest.raises(ValidationError, match="is shorter than the weekly run looks back"):
        Settings(retention=RetentionSettings(text_days=200))
    Settings(retention=RetentionSettings(text_days=200), detection=DetectionSettings(look_back_weeks=20))


def test_an_alert_about_a_delivery_loses_the_name_of_the_file_when_the_import_does(
    database: Database, settings: Settings
) -> None:
    told = {"job": "inbox", "kind": "odd", "message": "melddesk, import 1 ('van Jansen.csv'): lost"}
    with database.writing() as connection:
        for days, job in ((0, "inbox"), (1, "weekly"), (80, "inbox")):
            about = PLACED + timedelta(days=days)
            connection.execute(
                insert(job_alerts).values({**told, "job": job, "about": about, "raised_at": about})
            )
    for _ in range(2):
        remove_expired(database, settings, now=PLACED + timedelta(days=settings.retention.reject_days + 2))
        with database.reading() as connection:
            messages = connection.execute(select(job_alerts.c.message).order_by(job_alerts.c.id)).scalars()
            assert messages.all() == [NAMELESS_ALERT, told["message"], told["message"]]
