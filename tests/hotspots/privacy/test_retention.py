"""Retention removes what is over, keeps figures right, leaves no trace; one person's data can go before."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import delete, func, insert, literal, select, update
from sqlalchemy.exc import DBAPIError

from hotspots.access.accounts import add_user
from hotspots.access.rights import Actor, Role, Sharing
from hotspots.access.signed_links import SigningKey
from hotspots.casework.cases import CaseAccess
from hotspots.casework.dossier import comment, enrich, read_comments, read_enrichments
from hotspots.casework.history import read_history
from hotspots.errors import ExpiredError, NotFoundError, RemovedError
from hotspots.intake.report_times import first_moment, load_moments
from hotspots.intake.reporter_key import load_reporter_key
from hotspots.model import Status
from hotspots.privacy import wiping
from hotspots.privacy.data_subjects import erase_reporter, erase_user, export_reporter, export_user
from hotspots.privacy.expired_places import PLACE_REMOVED
from hotspots.privacy.redaction import redact
from hotspots.privacy.retention import remove_expired
from hotspots.privacy.wiping import wipe
from hotspots.publishing.embeds import add_embed, find_embed
from hotspots.settings import DetectionSettings, RetentionSettings, Settings
from hotspots.store.case_tables import (
    REMOVED_PERSON,
    REMOVED_TEXT,
    access_log,
    api_tokens,
    comments,
    hotspot_events,
    measures,
    redactions,
    users,
)
from hotspots.store.database import Database
from hotspots.store.removals import require_kept
from hotspots.store.tables import (
    detection_reports,
    detections,
    erased_reports,
    geocoding_cache,
    hotspot_states,
    hotspots,
    job_alerts,
    job_runs,
    location_fixes,
    metadata,
    processing_log,
    report_locations,
    report_texts,
    report_versions,
    reporters,
    reports,
    rule_previews,
)
from hotspots.tracking.history import read_weekly_counts

BytesOf = Callable[[Database], bytes]

SECRET = "Zwartepietstraat zevenenveertig"  # what is looked for in the files afterwards
PLACED = datetime(2024, 3, 4, tzinfo=UTC)  # the day after the run that `placed` leaves


def years_after(years: float) -> datetime:
    return PLACED + timedelta(days=365 * years)


@pytest.fixture
def filled(database: Database, settings: Settings, placed: Callable[..., str]) -> str:
    """A hotspot of nine reports by three reporters, each with text and place; gives its id."""
    hotspot_id = placed()
    with database.writing() as connection:
        key = load_reporter_key(connection, settings.privacy)
        who = [
            connection.execute(
                insert(reporters).values(hash=key.hash_of(name)).returning(reporters.c.id)
            ).scalar_one()
            for name in ("anna", "bert", "cor")
        ]
        for number, report_id in enumerate(
            connection.execute(select(reports.c.id).order_by(reports.c.id)).scalars().all()
        ):
            connection.execute(
                update(reports)
                .where(reports.c.id == report_id)
                .values(reporter_id=who[number % 3], buurtcode="BU09350000", cell=12345)
            )
            connection.execute(insert(report_texts).values(report_id=report_id, text=f"{SECRET} {number}"))
            connection.execute(
                insert(report_locations).values(
                    report_id=report_id, lon=5.69, lat=50.85, street=SECRET, house_number="47"
                )
            )
    return hotspot_id


def count(database: Database, table: Any) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_nothing_goes_before_its_time(database: Database, settings: Settings, filled: str) -> None:
    removed = remove_expired(database, settings, now=PLACED + timedelta(days=300))
    assert removed.total == 0
    assert removed.is_wiped is None


def test_texts_go_first_then_places_then_reports(
    database: Database, settings: Settings, filled: str, bytes_of: BytesOf
) -> None:
    assert SECRET.encode() in bytes_of(database)
    assert remove_expired(database, settings, now=years_after(1)).counts["texts"] == 9
    assert (count(database, report_texts), count(database, report_locations)) == (0, 9)
    removed = remove_expired(database, settings, now=years_after(2))
    assert removed.counts["locations"] == 9
    assert removed.is_wiped
    assert (count(database, report_locations), count(database, reports)) == (0, 9)
    assert SECRET.encode() not in bytes_of(database)
    with database.reading() as connection:
        assert set(connection.execute(select(reports.c.cell)).scalars()) == {None}
    removed = remove_expired(database, settings, now=years_after(3))
    assert removed.counts["reports"] == 9
    assert (count(database, reports), count(database, reporters), count(database, detection_reports)) == (
        0,
        0,
        0,
    )


def test_a_report_that_came_with_a_time_in_the_future_goes_as_long_after_its_delivery(
    database: Database, settings: Settings, filled: str
) -> None:
    far = datetime(2042, 3, 1, tzinfo=UTC)
    with database.writing() as connection:
        one = select(func.min(reports.c.id)).scalar_subquery()
        mistaken = update(reports).where(reports.c.id == one)
        connection.execute(mistaken.values(reported_at=far, occurred_at=far, known_from=far))
    assert remove_expired(database, settings, now=PLACED + timedelta(days=364)).counts["texts"] == 8
    assert remove_expired(database, settings, now=years_after(1)).counts["texts"] == 1
    assert remove_expired(database, settings, now=years_after(3)).counts["reports"] == 9
    assert count(database, reports) == 0


def test_where_addresses_were_found_to_be_goes_with_the_places(
    database: Database, settings: Settings, filled: str, bytes_of: BytesOf
) -> None:
    answer = {"query": "x", "lon": 5.69, "lat": 50.85, "address_key": "", "found": "Zwanenzang 3"}
    with database.writing() as connection:
        connection.execute(delete(reports))
        fix = {"precision": "adres", "radius_m": 5, "fixed_at": PLACED, "fixed_by": "J. Jansen"}
        connection.execute(insert(location_fixes).values({**answer, **fix}))
        connection.execute(insert(geocoding_cache).values({**answer, "service": "pdok", "asked_at": PLACED}))
    removed = remove_expired(database, settings, now=years_after(2.1))
    assert (removed.total, removed.counts["answers"], removed.is_wiped) == (2, 2, True)
    assert b"Zwanenzang 3" not in bytes_of(database)


def test_figures_stay_as_they_were_when_reports_go(
    database: Database, settings: Settings, filled: str
) -> None:
    def figures() -> Any:
        with database.reading() as connection:
            weekly = read_weekly_counts(connection, settings, filled)
            earlier = read_weekly_counts(connection, settings, filled, as_of=date(2024, 2, 1))
            moments = load_moments(connection, start=years_after(-1), end=years_after(1))
            per_day = moments.groupby([moments["moment"].dt.date, "category", "buurtcode"]).size()
            states = connection.execute(select(hotspot_states.c.report_count, hotspot_states.c.redenen)).all()
            first = first_moment(connection)
            assert first is not None
            return weekly.to_dict(), earlier.to_dict(), per_day.to_dict(), states, first.date()

    before = figures()
    assert sum(before[0].values()) == 9
    # in two parts: what went before is added up with what goes now
    half = datetime(2024, 1, 6, tzinfo=UTC) + timedelta(days=settings.retention.report_days)
    first = remove_expired(database, settings, now=half).counts["reports"]
    assert 0 < first < 9
    assert figures() == before
    assert remove_expired(database, settings, now=years_after(4)).counts["reports"] == 9 - first
    assert figures() == before


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


def test_places_that_were_not_signalled_go_with_their_evidence(
    database: Database, settings: Settings, filled: str
) -> None:
    with database.writing() as connection:
        row = dict(connection.execute(select(detections)).mappings().one())
        row |= {"place": 1, "signalled": False, "suppressed_because": "Van één melder."}
        del row["id"]
        connection.execute(insert(detections), row)
    assert remove_expired(database, settings, now=years_after(1.1)).counts["notSignalled"] == 1
    assert count(database, detections) == 1


def test_of_an_old_dwelling_only_the_buurt_stays(
    database: Database, settings: Settings, placed: Callable[..., str]
) -> None:
    hotspot_id = placed(soort="woning")
    placed()  # a later run, which knows of the first only what it stored
    with database.writing() as connection:
        connection.execute(
            update(hotspots).where(hotspots.c.id == hotspot_id).values(status=str(Status.GESLOTEN))
        )
        connection.execute(
            insert(hotspot_states).from_select(
                [column.name for column in hotspot_states.c],
                select(
                    *(column + 1 if column.name == "run_id" else column for column in hotspot_states.c)
                ).where(hotspot_states.c.hotspot_id == hotspot_id),
            )
        )
    assert remove_expired(database, settings, now=years_after(2.5)).counts["dwellings"] == 0
    assert remove_expired(database, settings, now=years_after(3.1)).counts["dwellings"] == 1
    with database.reading() as connection:
        rows = connection.execute(
            select(hotspot_states).where(hotspot_states.c.hotspot_id == hotspot_id)
        ).all()
        places = connection.execute(
            select(detections.c.lon).where(detections.c.id.in_([row.detection_id for row in rows]))
        ).scalars()
        assert len(rows) == 2
        for row in rows:
            assert (row.lon, row.lat) != (5.69, 50.85)
            assert row.report_count == 9
            assert PLACE_REMOVED in row.redenen
        assert set(places) == {rows[0].lon}
    assert remove_expired(database, settings, now=years_after(3.2)).counts["dwellings"] == 0


def test_an_old_place_of_one_reporter_is_handled_as_a_dwelling(
    database: Database, settings: Settings, placed: Callable[..., str]
) -> None:
    ids = [placed(), placed(), placed()]
    with database.writing() as connection:
        for hotspot_id, count_of_reporters in zip(ids, (1, None, 2), strict=True):
            connection.execute(
                update(hotspot_states)
                .where(hotspot_states.c.hotspot_id == hotspot_id)
                .values(reporter_count=count_of_reporters)
            )
        connection.execute(update(hotspots).values(status=str(Status.GESLOTEN)))
        last = select(func.max(hotspot_states.c.run_id)).scalar_subquery()
        connection.execute(update(hotspot_states).values(run_id=last))
    assert remove_expired(database, settings, now=years_after(3.1)).counts["dwellings"] == 1
    with database.reading() as connection:
        left = connection.execute(select(hotspot_states.c.reporter_count).where(hotspot_states.c.lon == 5.69))
        assert set(left.scalars()) == {None, 2}


def test_a_preview_of_other_rules_shows_no_dwelling_for_longer_and_goes(
    database: Database, settings: Settings, filled: str
) -> None:
    def place(*, is_dwelling: bool, last: str) -> dict[str, Any]:
        weeks = {"weeks_now": ["2023-06-04"], "weeks_proposed": [last]}
        rest = {"buurtcode": "BU09350000", "soort": "woning", "most_reports": 9}
        return {"lon": 5.6901, "lat": 50.8501, "is_dwelling": is_dwelling, **rest, **weeks}

    places = [
        place(is_dwelling=True, last="2023-07-02"),
        place(is_dwelling=True, last="2024-03-03"),
        place(is_dwelling=False, last="2023-07-02"),
    ]
    asked = {"asked_at": PLACED, "asked_by": "J. Jansen", "changes": [], "beat_at": PLACED}
    with database.writing() as connection:
        connection.execute(
            insert(rule_previews).values(
                {**asked, "first": date(2023, 3, 5), "last": date(2024, 3, 3), "done": 52, "total": 52}
                | {"places": places}
            )
        )
    short = settings.model_copy(update={"retention": RetentionSettings(dwelling_days=200)})
    assert remove_expired(database, short, now=PLACED).counts["previews"] == 1
    with database.reading() as connection:
        kept = connection.execute(select(rule_previews.c.places)).scalar_one()
    assert [one["lon"] == 5.6901 for one in kept] == [False, True, True]
    assert kept[0] | {"lon": 0, "lat": 0} == places[0] | {"lon": 0, "lat": 0}
    assert remove_expired(database, short, now=PLACED).counts["previews"] == 0
    assert remove_expired(database, settings, now=years_after(1.1)).counts["previews"] == 1
    assert count(database, rule_previews) == 0


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


def test_what_people_wrote_goes_after_the_case_was_closed(
    database: Database, settings: Settings, filled: str, oov: Actor, bytes_of: BytesOf
) -> None:
    enrich(CaseAccess(database, settings, oov, filled, PLACED), SECRET, sharing=Sharing.OOV)
    comment(CaseAccess(database, settings, oov, filled, PLACED), SECRET)
    now = years_after(2.1)
    assert remove_expired(database, settings, now=now).counts["caseTexts"] == 0, "the case is open"
    with database.writing() as connection:
        connection.execute(update(hotspots).values(status=str(Status.GESLOTEN)))
    assert remove_expired(database, settings, now=now).counts["caseTexts"] == 4, "two texts, two events"
    assert [line.text for line in read_comments(CaseAccess(database, settings, oov, filled, PLACED))] == [
        REMOVED_TEXT
    ]
    shared = read_enrichments(CaseAccess(database, settings, oov, filled, PLACED))
    assert [line.text for line in shared] == [REMOVED_TEXT]
    history = read_history(CaseAccess(database, settings, oov, filled, PLACED))
    assert [event.kind for event in history] == ["verrijken", "opmerking plaatsen"]
    assert {event.actor for event in history} == {REMOVED_PERSON}
    for trace in (SECRET, oov.name):
        assert trace.encode() not in bytes_of(database)
    assert count(database, redactions) == 4
    assert remove_expired(database, settings, now=now).counts["caseTexts"] == 0


def test_nothing_else_can_be_put_in_the_place_of_a_text(
    database: Database, settings: Settings, filled: str, oov: Actor
) -> None:
    comment(CaseAccess(database, settings, oov, filled, PLACED), SECRET)
    for values in ({"text": "Iets anders."}, {"text": REMOVED_TEXT, "organisation": "iemand"}):
        with pytest.raises(DBAPIError, match="comments is only added to"), database.writing() as connection:
            redact(connection, comments, [1], values, now=PLACED, reason="test")
    with pytest.raises(DBAPIError, match="comments is only added to"), database.writing() as connection:
        connection.execute(update(comments).values(text=REMOVED_TEXT))  # not written down first
    with database.writing() as connection:
        connection.execute(
            insert(access_log).values(
                at=PLACED, actor_id="o", actor="O", organisation="", right_used="x", report_count=1
            )
        )
        connection.execute(
            insert(redactions).values(at=PLACED, table_name="access_log", before=PLACED, reason="test")
        )
    with pytest.raises(DBAPIError, match="access_log is only added to"), database.writing() as connection:
        connection.execute(access_log.delete())  # of that moment itself: it is not over


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


def test_readers_in_the_way_are_told_and_the_next_time_succeeds(
    database: Database, settings: Settings, filled: str
) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL waits for its readers, for some seconds")
    other = Database(database.engine.url.render_as_string(hide_password=False))
    with other.reading() as connection:
        connection.execute(select(func.count()).select_from(reports)).scalar_one()
        assert not wipe(database, wait_s=0)
    other.close()
    assert wipe(database)


def test_a_wipe_that_was_in_the_way_of_readers_is_done_the_next_time(
    database: Database, settings: Settings, filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        for kind in ("sqlite", "postgresql"):
            patched.setattr(wiping, f"_wipe_{kind}", lambda _database, _wait_s: False)
        assert remove_expired(database, settings, now=years_after(1)).is_wiped is False
        assert not erase_reporter(database, settings, reporter="anna", source="test", now=PLACED).is_wiped
    told = remove_expired(database, settings, now=years_after(1), dry_run=True)
    assert (told.total, told.is_wiped) == (0, None)
    again = remove_expired(database, settings, now=years_after(1))
    assert (again.total, again.is_wiped) == (0, True)
    assert remove_expired(database, settings, now=years_after(1)).is_wiped is None


def test_what_the_planner_noted_of_removed_values_goes_too(
    database: Database, settings: Settings, filled: str, bytes_of: BytesOf
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite notes nothing of values unless told to")
    autocommit = {"isolation_level": "AUTOCOMMIT"}
    with database.engine.connect().execution_options(**autocommit) as connection:
        connection.exec_driver_sql("ANALYZE")
        query = "SELECT count(*) FROM pg_stats WHERE most_common_vals::text LIKE %s"
        noted = connection.exec_driver_sql(query, (f"%{SECRET}%",))
        assert noted.scalar_one() > 0
    assert remove_expired(database, settings, now=years_after(2)).is_wiped
    assert SECRET.encode() not in bytes_of(database)


class TestReporter:
    def test_gets_what_is_kept_of_the_reports_and_no_others(
        self, database: Database, settings: Settings, filled: str
    ) -> None:
        assert filled
        told = export_reporter(database, settings, reporter=" Anna", source="test", now=PLACED)
        assert [report["text"] for report in told["meldingen"]] == [f"{SECRET} {n}" for n in (0, 3, 6)]
        assert count(database, access_log) == 1
        with pytest.raises(NotFoundError, match="no report is known of this reporter"):
            export_reporter(database, settings, reporter="dirk", source="test", now=PLACED)
        with pytest.raises(NotFoundError, match="no report of source 'other'"):
            export_reporter(database, settings, reporter="anna", source="other", now=PLACED)

    def test_is_erased_and_still_counts_as_one(
        self, database: Database, settings: Settings, filled: str, bytes_of: BytesOf
    ) -> None:
        with database.reading() as connection:
            digest = load_reporter_key(connection, settings.privacy).hash_of("anna")
            query = select(reports.c.reporter_id).order_by(reports.c.id)
            before = list(connection.execute(query).scalars())
            numbers = connection.execute(
                select(reports.c.source_id).where(reports.c.reporter_id == before[0])
            ).scalars()
            sought = [str(digest), *map(str, numbers), f"{SECRET} 0", f"{SECRET} 3"]
        erased = erase_reporter(database, settings, reporter="anna", source="test", now=PLACED)
        assert (erased.counts["reports"], erased.counts["texts"], erased.counts["addresses"]) == (3, 3, 3)
        with database.reading() as connection:
            after = list(connection.execute(query).scalars())
            weekly = read_weekly_counts(connection, settings, filled)
        assert after[0] not in before
        assert [after.index(value) for value in after] == [before.index(value) for value in before]
        assert weekly.sum() == 9
        assert count(database, erased_reports) == 3
        assert erased.is_wiped
        found = bytes_of(database)
        assert [text for text in sought if text.encode() in found] == []
        with pytest.raises(NotFoundError):
            export_reporter(database, settings, reporter="anna", source="test", now=PLACED)

    def test_leaves_no_address_but_those_that_others_name_too(
        self, database: Database, settings: Settings, filled: str, bytes_of: BytesOf
    ) -> None:
        assert filled
        own, earlier, shared = "6211ZZ 49 BIS", "6211ZZ 47 BIS", "6211YY 3"
        with database.writing() as connection:
            ids = connection.execute(select(reports.c.id).order_by(reports.c.id)).scalars().all()
            for report_id, key, street in (
                *((ids[0], own, "Zwartehondstraat"), (ids[3], own, "Zwartehondstraat")),
                *((ids[6], shared, "Zwanenzang"), (ids[1], shared, "Zwanenzang")),
            ):
                at = {"address_key": key, "street": street, "house_number": "49", "found": street}
                places = update(report_locations).where(report_locations.c.report_id == report_id)
                connection.execute(places.values(at))
            versioned = [column for column in reports.c if column.name in report_versions.c]
            old = select(*versioned[1:], reports.c.id, reports.c.known_from, literal(earlier))
            names = [*(column.name for column in versioned[1:]), "report_id", "known_until", "address_key"]
            connection.execute(insert(report_versions).from_select(names, old.where(reports.c.id == ids[0])))
            for query, key in (
                *(("zwartehondstraat|49||||", own), ("zwartehondstraat|47|bis|||", earlier)),
                ("zwanenzang|49||||", shared),
            ):
                found = {"query": query, "lon": 5.69, "lat": 50.85, "address_key": key, "found": query}
                fix = {"precision": "adres", "radius_m": 5, "fixed_at": PLACED, "fixed_by": "x"}
                connection.execute(insert(location_fixes).values({**found, **fix}))
                connection.execute(
                    insert(geocoding_cache).values({**found, "service": "pdok", "asked_at": PLACED})
                )
        erased = erase_reporter(database, settings, reporter="anna", source="test", now=PLACED)
        with database.reading() as connection:
            named = select(report_locations.c.address_key).order_by(report_locations.c.report_id)
            keys = list(connection.execute(named).scalars())
            fixes = list(connection.execute(select(location_fixes.c.query)).scalars())
            version = connection.execute(select(report_versions.c.address_key)).scalar_one()
        assert keys[0] == keys[3] != own, "one address stays one"
        assert version.split()[0] == keys[0].split()[0], "and one postcode"
        assert version != keys[0]
        assert keys[6] == keys[1] == shared
        assert "inbox" in erased.kept["bestanden"]
        assert "1 adressen" in erased.kept["adressen van anderen"]
        assert fixes == ["zwanenzang|49||||"]
        assert count(database, geocoding_cache) == 1
        stored = bytes_of(database).lower()
        for trace in (own, earlier, "Zwartehondstraat"):
            assert trace.lower().encode() not in stored, trace


class TestUser:
    def test_is_told_everything_and_then_erased_but_for_the_access_log(
        self, database: Database, settings: Settings, filled: str
    ) -> None:
        user_id = add_user(
            database,
            name="jansen",
            full_name="J. Jansen",
            role=Role.OOV,
            password="a long enough one",
            created_by="test",
            now=PLACED,
            organisation="OOV",
        )
        actor = Actor(user_id, "J. Jansen", Role.OOV, "OOV")
        add_embed(database, settings, actor=actor, gebied=None, peildatum=None, days=7, now=PLACED)
        comment(CaseAccess(database, settings, actor, filled, PLACED), "Ik ga er langs.")
        with database.writing() as connection:
            connection.execute(
                insert(access_log).values(
                    at=PLACED,
                    actor_id=user_id,
                    actor="J. Jansen",
                    organisation="OOV",
                    right_used="punten.lezen",
                    report_count=9,
                )
            )
            asked = {"asked_at": PLACED, "asked_by": "J. Jansen", "changes": [], "beat_at": PLACED}
            week = {"first": date(2023, 3, 5), "last": date(2024, 3, 3), "done": 0, "total": 52}
            connection.execute(insert(rule_previews).values({**asked, **week}))
            by = {"created_at": PLACED, "created_by": "J. Jansen"}
            token = {"id": "1", "name": "een koppeling", "token_hash": "x", "scopes": [], "organisation": ""}
            connection.execute(insert(api_tokens).values({**token, **by, "expires_at": PLACED}))
            measure = {"hotspot_id": filled, "kind": "toezicht", "description": "x", "owner": "J. Jansen"}
            period = {"starts_on": date(2024, 3, 4), "is_withdrawn": False}
            connection.execute(insert(measures).values({**measure, **period, **by}))
        told = export_user(database, name="Jansen", now=PLACED)
        assert told["account"]["full_name"] == "J. Jansen"
        assert "password_hash" not in told["account"]
        assert [line["text"] for line in told["comments"]] == ["Ik ga er langs."]
        assert len(told["access_log"]) == 1
        assert [row["asked_by"] for row in told["rule_previews"]] == ["J. Jansen"]
        assert [row["kind"] for row in told["measures"]] == ["toezicht"]
        assert [row["name"] for row in told["api_tokens"]] == ["een koppeling"]
        assert "token_hash" not in told["api_tokens"][0]
        assert len(told["embeds"]) == 1
        erased = erase_user(database, name="jansen", now=PLACED)
        assert erased.counts["account"] == 1
        assert "1 regels" in erased.kept["inzagelog"]
        assert count(database, users) == 0
        with database.reading() as connection:
            row = connection.execute(select(comments)).one()
            event = connection.execute(select(hotspot_events)).one()
        assert (row.text, row.given_by, row.actor_id) == ("Ik ga er langs.", REMOVED_PERSON, REMOVED_PERSON)
        assert (event.actor, event.organisation) == (REMOVED_PERSON, "OOV")
        for table in metadata.sorted_tables:
            if table is not access_log:
                with database.reading() as connection:
                    rows = connection.execute(select(table)).all()
                assert not any("J. Jansen" in str(row) or user_id in str(row) for row in rows), table.name
        with pytest.raises(NotFoundError):
            export_user(database, name="jansen", now=PLACED)

    def test_leaves_no_trace_of_the_account(self, database: Database, bytes_of: BytesOf) -> None:
        add_user(
            database,
            name="geheimenaam",
            full_name="Gerritje Geheimenaam",
            role=Role.OOV,
            password="a long enough one",
            created_by="test",
            now=PLACED,
            organisation="OOV",
        )
        assert b"geheimenaam" in bytes_of(database).lower()
        assert erase_user(database, name="geheimenaam", now=PLACED).is_wiped
        assert b"geheimenaam" not in bytes_of(database).lower()
