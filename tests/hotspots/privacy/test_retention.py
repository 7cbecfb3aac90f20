"""Everything whose period is over goes in one go, which a dry run tells without doing it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Table, insert, select, update

from hotspots.access.rights import Actor, Sharing
from hotspots.access.signed_links import SigningKey
from hotspots.casework.cases import CaseAccess
from hotspots.casework.dossier import comment, enrich
from hotspots.casework.duidingen import Written, write_duiding
from hotspots.errors import ExpiredError, RemovedError
from hotspots.model import Status
from hotspots.privacy.retention import NAMELESS_ALERT, count_rows, remove_expired, remove_rows
from hotspots.publishing.embeds import add_embed, find_embed
from hotspots.settings import DetectionSettings, RetentionSettings, Settings
from hotspots.store.attention_tables import attention_places, attention_reports, attention_states
from hotspots.store.case_tables import REMOVED_PERSON, access_log, users
from hotspots.store.database import Database
from hotspots.store.operation_tables import job_alerts, job_runs, processing_log
from hotspots.store.place_tables import geocoding_cache
from hotspots.store.removals import require_kept
from hotspots.store.report_tables import imports, rejects, report_texts, reports
from hotspots.store.run_tables import detections, hotspot_states, hotspots, rule_previews, runs
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


@pytest.fixture
def past_of_all_kinds(database: Database, settings: Settings, filled: str, oov: Actor) -> Database:
    """A closed case of a dwelling, with a name that people gave it, and something of every other kind."""
    comment(CaseAccess(database, settings, oov, filled, PLACED), "Een opmerking.")
    enrich(CaseAccess(database, settings, oov, filled, PLACED), "Een tekst.", sharing=Sharing.OOV)
    period = (PLACED.date(), PLACED.date())
    write_duiding(database, settings, Written("Kermis.", *period, Sharing.OOV), actor=oov, now=PLACED)
    with database.writing() as connection:
        run = connection.execute(select(runs.c.id)).scalar_one()
        detection = dict(connection.execute(select(detections)).mappings().one())
        report_ids = connection.execute(select(reports.c.id).order_by(reports.c.id).limit(2)).scalars().all()
        import_id = connection.execute(select(imports.c.id).limit(1)).scalar_one()
        connection.execute(update(hotspot_states).values(soort="woning"))
        connection.execute(update(hotspots).values(status=str(Status.GESLOTEN), given_name="Het hofje"))
        connection.execute(update(imports).values(file_name="van Jansen.csv"))
        del detection["id"]
        shown = {column.name: detection.get(column.name, "x") for column in attention_states.c}
        rows: dict[Table, list[dict[str, Any]]] = {
            detections: [detection | {"place": 1, "signalled": False}],
            attention_places: [{"id": "a", "number": "2024-0777", "year": 2024, "sequence": 777}],
            attention_states: [
                shown
                | {"run_id": run, "attention_id": "a", "first_shown": PLACED.date(), "recent_count": 1}
                | {"not_yet": "x", "chance": 0.1, "became_count": 1, "looked_at_count": 9, "is_own": False}
            ],
            attention_reports: [
                {"run_id": run, "attention_id": "a", "report_id": report_id} for report_id in report_ids
            ],
            geocoding_cache: [
                {"service": "x", "query": "x", "found": "x", "address_key": "x", "asked_at": PLACED}
            ],
            rejects: [{"import_id": import_id, "row_number": 1, "reason": "x"}],
            job_runs: [{"job": "weekly", "started_at": PLACED, "counts": {}}],
            rule_previews: [
                {"asked_at": asked_at, "asked_by": "x", "changes": [], "beat_at": PLACED, "places": places}
                | {"first": PLACED.date(), "last": PLACED.date(), "done": 1, "total": 1}
                for asked_at, places in ((PLACED, []), (years_after(3), [OLD_DWELLING]))
            ],
            users: [
                {"id": name, "name": name, "full_name": full_name, "role": "oov", "is_disabled": True}
                | {
                    "gebieden": [],
                    "granted": [],
                    "organisation": "OOV",
                    "created_at": PLACED,
                    "created_by": "x",
                    "subject": subject,
                }
                for name, full_name, subject in (
                    *(("a", "A", None), ("b", "B", "issuer#1"), ("c", REMOVED_PERSON, "issuer#2")),
                )
            ],
        }
        for table, some in rows.items():
            connection.execute(insert(table), some)
    return database


OLD_DWELLING = {
    "buurtcode": "BU09350000",
    "soort": "woning",
    "most_reports": 9,
    "lon": 5.6901,
    "lat": 50.8501,
    "is_dwelling": True,
    "weeks_now": ["2023-06-04"],
    "weeks_proposed": [],
}


def test_what_is_counted_is_what_is_removed(past_of_all_kinds: Database, settings: Settings) -> None:
    moments = [years_after(years) for years in (0.9, 1.05, 2.1, 3.05, 5.5)]
    with past_of_all_kinds.reading() as connection:
        counted = [count_rows(connection, settings, now=moment) for moment in moments]
    removed = []
    with past_of_all_kinds.writing() as connection:
        for moment in moments:
            with connection.begin_nested() as trial:
                removed.append(remove_rows(connection, settings, now=moment).counts)
                trial.rollback()
    assert counted == removed
    assert [sum(counts.values()) for counts in counted] == [11, 18, 35, 46, 46]


def test_of_the_past_of_all_kinds_something_of_each_is_counted_while_another_writes(
    past_of_all_kinds: Database, settings: Settings
) -> None:
    with past_of_all_kinds.writing(), past_of_all_kinds.reading() as connection:
        counted = count_rows(connection, settings, now=years_after(5.5))
    assert {kind for kind, total in counted.items() if not total} == {"meetings", "accessLog", "requests"}
    assert (counted["notSignalled"], counted["caseTexts"]) == (2, 5), "reports of a place go as reports"
