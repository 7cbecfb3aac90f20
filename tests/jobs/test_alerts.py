"""Alerts: when a job failed, is late or did something odd, somebody is told, once."""

import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from hotspots.errors import StoreError
from hotspots.operations.health_checks import check_health
from hotspots.operations.health_figures import read_health_figures
from hotspots.operations.job_alerts import Alert
from hotspots.operations.timetable import TIMETABLE
from hotspots.settings import JobsSettings, MailSettings, PrivacySettings, ServiceSettings, Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.operation_tables import job_alerts
from hotspots.store.report_tables import imports, reports
from hotspots.store.run_tables import runs
from jobs.alerts import note_late, tell_alerts
from jobs.runner import Clock, Counts, Job, JobResult, run_job
from jobs.scheduler import JOBS, do_what_is_due
from tests.mailbox import Mailbox

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)  # a Tuesday
MONDAY = datetime(2024, 1, 1, 5, 30, tzinfo=UTC)
WEEK = timedelta(weeks=1)


def job(problem: Exception | None = None, name: str = "weekly", counts: Counts | None = None) -> Job:
    def work(
        database: Database, settings: Settings, *, clock: Clock, heartbeat: Callable[[], None]
    ) -> Counts:
        if problem is not None:
            raise problem
        return counts or {}

    return Job(name, work, TIMETABLE[name])


def alerts(database: Database) -> list[tuple[str, str]]:
    with database.reading() as connection:
        rows = connection.execute(select(job_alerts).order_by(job_alerts.c.id))
        return [(row.kind, row.message) for row in rows]


def run(database: Database, settings: Settings, it: Job, now: datetime) -> JobResult:
    return run_job(it, database, settings, clock=lambda: now)


def test_a_failure_is_told_once_and_again_after_it_went_well(database: Database, settings: Settings) -> None:
    full = job(StoreError("no room"), "inbox")
    for minutes in range(0, 200, 10):
        run(database, settings, full, NOW + timedelta(minutes=minutes))
    assert alerts(database) == [("failed", "no room")]
    run(database, settings, job(name="inbox"), NOW + timedelta(minutes=200))
    run(database, settings, full, NOW + timedelta(minutes=210))
    assert alerts(database) == [("failed", "no room")] * 2


def test_a_job_that_was_not_done_hours_after_its_time_is_late_once(
    database: Database, settings: Settings
) -> None:
    run(database, settings, job(), MONDAY)
    for hours in (1, 3, 30):
        note_late(
            database, settings, "weekly", TIMETABLE["weekly"], now=MONDAY + WEEK + timedelta(hours=hours)
        )
    assert alerts(database) == [
        ("late", "planned for 2024-01-08 05:30 UTC, and not done at 2024-01-08 08:30")
    ]


def test_a_job_in_time_and_one_that_is_new_are_not_late(database: Database, settings: Settings) -> None:
    note_late(database, settings, "weekly", TIMETABLE["weekly"], now=NOW)
    run(database, settings, job(), MONDAY)
    note_late(database, settings, "weekly", TIMETABLE["weekly"], now=MONDAY + WEEK + timedelta(minutes=119))
    assert alerts(database) == []


def test_what_was_done_while_the_clock_was_ahead_hides_no_failure_and_no_lateness(
    database: Database, settings: Settings
) -> None:
    full, well = job(StoreError("no room"), "inbox"), job(name="inbox")
    for now in (NOW, NOW + timedelta(weeks=20)):
        run(database, settings, well, now)
    for days in (1, 2):
        run(database, settings, full, NOW + timedelta(days=days))
        run(database, settings, well, NOW + timedelta(days=days, hours=5))
    note_late(database, settings, "inbox", TIMETABLE["inbox"], now=NOW + timedelta(days=3))
    assert [kind for kind, _ in alerts(database)] == ["failed", "failed", "late"]


@pytest.mark.parametrize(
    ("last_week", "is_odd"), [(10, False), (4, True), (0, True)], ids=["as usual", "less than half", "none"]
)
def test_half_the_usual_reports_is_odd(
    database: Database, settings: Settings, last_week: int, is_odd: bool
) -> None:
    put_reports(database, [10, 12, 8, 10, 11, 9, 10, 10, last_week])
    run(database, settings, job(), NOW)
    message = f"{last_week} reports in the week to 2023-12-31, where 10 is usual: is something not delivered?"
    found = [("odd", message)]
    assert alerts(database) == (found if is_odd else [])


def test_where_there_are_hardly_any_reports_none_is_not_odd(database: Database, settings: Settings) -> None:
    put_reports(database, [2, 3, 1, 2, 2, 2, 2, 2, 0])
    run(database, settings, job(), NOW)
    assert alerts(database) == []


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"read": 100, "rejected": 11}, "11 of 100 rows were refused"),
        ({"files": 3, "refusedFiles": 2}, "2 of 3 files were refused as a whole: see the folder refused"),
        ({"read": 10, "rejected": 9, "files": 2, "refusedFiles": 1}, "9 of 10 rows were refused; 1 of 2"),
        ({"read": 100, "rejected": 2, "files": 1, "refusedFiles": 0}, None),
    ],
    ids=["many rows", "a whole file", "both", "a few rows"],
)
def test_what_is_refused_is_odd(
    database: Database, settings: Settings, counts: dict[str, int], message: str | None
) -> None:
    run(database, settings, job(name="inbox", counts=counts), NOW)
    found = alerts(database)
    assert [kind for kind, _ in found] == ["odd"] * (message is not None)
    assert all(told.startswith(message or "") for _, told in found)


def test_a_delivery_that_is_no_export_of_its_source_is_told(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "week.csv").write_text("a,b\n1,2\n")
    os.utime(inbox / "week.csv", ((NOW - timedelta(hours=1)).timestamp(),) * 2)
    ready = settings.model_copy(update={"jobs": JobsSettings(inbox=inbox)})
    do_what_is_due(database, ready, clock=lambda: NOW, jobs=[JOBS["inbox"]])
    refused = "1 of 1 files were refused as a whole: see the folder refused of the inbox"
    assert alerts(database) == [("odd", f"{refused} (melddesk, 'week.csv')")]


HEADER = (
    "meldingnummer;meldtijd;hoofdcategorie;omschrijving;rd_x;rd_y;melder;subcategorie;straatnaam;huisnummer;"
    "huisletter;huisnummertoevoeging;postcode;woonplaats"
)


def delivery(week: int, *, header: str = HEADER, x: int = 176201) -> bytes:
    """Twenty reports of twenty people, an hour apart."""
    rows = [
        f"{week}-{n};2023-12-{week:02} {n:02}:15;Overlast drugs;Dealen;{x + 3 * n};{317511 + 7 * n};m{n}"
        + 7 * ";"
        for n in range(20)
    ]
    return "\n".join([header, *rows, ""]).encode()


@pytest.fixture
def deliver(database: Database, settings: Settings, tmp_path: Path) -> Callable[[int, bytes], list[str]]:
    """Give what puts a delivery in the inbox on a day, does the job, and gives the findings about it."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    own = {
        "jobs": JobsSettings(inbox=inbox),
        "privacy": PrivacySettings(reporter_key_file=tmp_path / "key"),
    }
    ready = settings.model_copy(update=own)

    def do(day: int, content: bytes) -> list[str]:
        now = NOW + timedelta(days=day)
        (inbox / f"day {day}.csv").write_bytes(content)
        os.utime(inbox / f"day {day}.csv", ((now - timedelta(hours=1)).timestamp(),) * 2)
        run(database, ready, JOBS["inbox"], now)
        found = check_health(read_health_figures(database, ready, now=now), ready)
        about = ("columns_", "reporters_", "places_", "bytes_", "hours_", "points_", "read_", "many_rej")
        return [finding.code for finding in found if finding.code.startswith(about)]

    return do


def test_a_first_delivery_without_columns_of_its_mapping_is_told_also_when_its_import_was_cut_off(
    database: Database, deliver: Callable[[int, bytes], list[str]]
) -> None:
    renamed = delivery(1, header=HEADER.replace("melder", "aangever"))
    assert deliver(1, renamed) == ["columns_absent"]
    assert deliver(2, renamed) == ["columns_absent"]  # the same file is no other delivery
    assert [message for _, message in alerts(database)] == [
        f"melddesk, import {day} ('day {day}.csv'): first delivery, without column(s) melder: see whether "
        "the export calls them otherwise, and put those names in config/sources/melddesk.toml"
        for day in (1, 2)
    ]
    assert deliver(3, delivery(3)) == []


def test_a_column_that_a_delivery_lost_is_told_once_and_found_until_one_is_right(
    database: Database, deliver: Callable[[int, bytes], list[str]]
) -> None:
    renamed = HEADER.replace("melder", "aangever")
    assert deliver(1, delivery(1)) == []
    assert alerts(database) == []
    assert deliver(2, delivery(2, header=renamed)) == ["columns_lost", "reporters_lost"]
    [(kind, message)] = alerts(database)
    assert kind == "odd"
    assert message == (
        "melddesk, import 2 ('day 2.csv'): without column(s) melder, which earlier deliveries had: have it "
        "exported with them, or put their new names in config/sources/melddesk.toml, and import it again; "
        "melddesk, import 2 ('day 2.csv'): no report has a known reporter, where 100% had one: see how the "
        "export names its column of reporters, and import it again"
    )
    assert deliver(3, delivery(3, header=renamed)) == ["columns_lost", "reporters_lost"]
    assert len(alerts(database)) == 1
    assert deliver(4, delivery(4, header=HEADER.upper())) == []
    deliver(5, delivery(5, header=renamed))
    assert len(alerts(database)) == 2


@pytest.mark.parametrize(
    ("spoilt", "code", "told"),
    [
        (
            delivery(2).replace(b"Dealen", b"D\xe9\xff", 1).replace(b"Dealen", "Dëälen".encode()),
            "bytes_replaced",
            "('day 2.csv'): 2 byte(s) are no letters",
        ),
        (
            re.sub(rb" \d\d:15", b" 00:00", delivery(2)),
            "hours_lost",
            "melddesk, import 2 ('day 2.csv'): all of its times are midnight",
        ),
        (
            delivery(2).replace(b"2023-12-02 ", b"2-dec "),
            "many_rejected",
            "melddesk, import 2 ('day 2.csv'): 20 of 20 rows were refused: see why",
        ),
        (delivery(2, x=196201), "many_rejected", "20 of 20 rows were refused"),
        (
            delivery(2).replace(b";1762", b";").replace(b";3175", b";"),
            "places_lost",
            "0% of the reports have",
        ),
    ],
    ids=["a stray byte", "no hours", "no dates", "elsewhere", "no coordinates"],
)
def test_what_is_spoilt_on_its_way_is_told(
    database: Database,
    deliver: Callable[[int, bytes], list[str]],
    spoilt: bytes,
    code: str,
    told: str,
) -> None:
    assert deliver(1, delivery(1)) == []
    assert code in deliver(2, spoilt)
    [(kind, message)] = alerts(database)
    assert kind == "odd"
    assert told in message


def test_the_ledger_never_says_done_without_the_alert_that_goes_with_it(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StoreError("no room")

    odd = job(name="inbox", counts={"files": 1, "refusedFiles": 1})
    with monkeypatch.context() as patched:
        patched.setattr("jobs.alerts.raise_alert", fail)
        run(database, settings, odd, NOW)
    assert alerts(database) == []
    run(database, settings, odd, NOW)
    assert [kind for kind, _ in alerts(database)] == ["odd"]


def test_what_is_done_by_hand_is_told_to_nobody_else(database: Database, settings: Settings) -> None:
    run_job(job(StoreError("no room")), database, settings, clock=lambda: NOW, only_if_due=False)
    assert alerts(database) == []


def test_of_two_that_tell_at_once_one_does(database: Database, database_url: str, settings: Settings) -> None:
    run(database, settings, job(StoreError("no room")), NOW)
    told: list[str] = []

    def tell(_settings: Settings, found: Sequence[Alert]) -> bool:
        told.extend(alert.kind for alert in found)
        if len(told) == 1:  # while this one tells, the other comes
            tell_alerts(other, settings, now=NOW, tell=tell)
        return True

    other = Database(database_url)
    tell_alerts(database, settings, now=NOW, tell=tell)
    other.close()
    assert told == ["failed"]


def test_an_alert_is_told_until_it_was_heard(database: Database, settings: Settings) -> None:
    run(database, settings, job(StoreError("no room")), NOW)
    told: list[str] = []

    def tell(_settings: Settings, found: Sequence[Alert]) -> bool:
        told.extend(alert.kind for alert in found)
        return len(told) > 1

    for _ in range(3):
        tell_alerts(database, settings, now=NOW, tell=tell)
    assert told == ["failed", "failed"]


def test_what_was_not_told_is_told_before_a_job_can_end_the_process(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    run(database, settings, job(StoreError("no room")), NOW)
    jobs = JobsSettings(alert_command=("tee", str(tmp_path / "told")))

    def end_the_process(*_: object, **__: object) -> Counts:
        assert "no room" in (tmp_path / "told").read_text()
        raise SystemExit

    deadly = replace(job(name="inbox"), work=end_the_process)
    with pytest.raises(SystemExit):
        do_what_is_due(database, settings.model_copy(update={"jobs": jobs}), clock=lambda: NOW, jobs=[deadly])


def test_the_command_of_the_administrator_gets_the_alerts_on_its_input(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    program = f"import sys; open({str(tmp_path / 'told')!r}, 'w').write(sys.stdin.read())"
    jobs = JobsSettings(alert_command=(sys.executable, "-c", program))
    run(database, settings, job(StoreError("no room")), NOW)
    tell_alerts(database, settings.model_copy(update={"jobs": jobs}), now=NOW)
    [alert] = json.loads((tmp_path / "told").read_text())
    assert (alert["job"], alert["kind"], alert["message"]) == ("weekly", "failed", "no room")


@pytest.mark.parametrize("command", [("/no/such/program",), ("false",)], ids=["absent", "fails"])
def test_a_command_that_fails_is_tried_again(
    database: Database, settings: Settings, command: tuple[str, ...]
) -> None:
    run(database, settings, job(StoreError("no room")), NOW)
    broken = settings.model_copy(update={"jobs": JobsSettings(alert_command=command)})
    tell_alerts(database, broken, now=NOW)
    with database.reading() as connection:
        assert connection.execute(select(job_alerts.c.told_at)).scalar_one() is None


@pytest.fixture
def mailed(settings: Settings, mail_port: int) -> Settings:
    """Settings by which alerts are mailed to two people."""
    return settings.model_copy(
        update={
            "jobs": JobsSettings(alert_mail=("beheer@example.org", "oov@example.org")),
            "mail": MailSettings(host="127.0.0.1", port=mail_port, security="none", sender="h@example.org"),
            "service": ServiceSettings(address="https://hotspots.example.org"),
        }
    )


class TestMail:
    def test_an_alert_is_mailed_once_to_all_in_plain_words(
        self, database: Database, mailed: Settings, mailbox: Mailbox
    ) -> None:
        run(database, mailed, job(StoreError("can't read 'Jan.csv'"), "inbox"), NOW)
        for hours in range(3):
            tell_alerts(database, mailed, now=NOW + timedelta(hours=hours))
        [mail] = mailbox.received
        assert mail["To"] == "beheer@example.org, oov@example.org"
        assert mail["Subject"] == "Hotspots: taak 'inbox' is mislukt"
        text = mail.get_content()
        assert "Melding van het programma: can't read '…'" in text
        assert "https://hotspots.example.org/beheer" in text
        assert "Jan" not in text

    def test_alerts_of_one_look_are_one_mail(
        self, database: Database, mailed: Settings, mailbox: Mailbox
    ) -> None:
        run(database, mailed, job(StoreError("no room"), "inbox"), NOW)
        run(database, mailed, job(StoreError("no room")), NOW)
        tell_alerts(database, mailed, now=NOW)
        [mail] = mailbox.received
        assert mail["Subject"] == "Hotspots: taak 'inbox' is mislukt, en nog 1"

    def test_a_server_that_is_busy_is_asked_again_after_pauses_and_no_job_fails_by_it(
        self, database: Database, mailed: Settings, mailbox: Mailbox
    ) -> None:
        run(database, mailed, job(StoreError("no room")), NOW)
        mailbox.is_busy = True
        for seconds in range(0, 120, 20):  # as often as the timetable is looked at
            tell_alerts(database, mailed, now=NOW + timedelta(seconds=seconds))
        with database.reading() as connection:
            assert connection.execute(select(job_alerts.c.mail_attempts)).scalar_one() == 2
        mailbox.is_busy = False
        tell_alerts(database, mailed, now=NOW + timedelta(minutes=10))
        tell_alerts(database, mailed, now=NOW + timedelta(minutes=30))
        assert len(mailbox.received) == 1

    @pytest.mark.parametrize(
        "gone", [{"port": 1}, {"attempts": 1}], ids=["a server that is away", "one attempt only"]
    )
    def test_what_can_not_be_mailed_is_given_up_in_the_end_but_stands_in_the_list(
        self, database: Database, mailed: Settings, mailbox: Mailbox, gone: dict[str, int]
    ) -> None:
        mailbox.is_busy = True
        unheard = mailed.model_copy(update={"mail": mailed.mail.model_copy(update=gone)})
        run(database, unheard, job(StoreError("no room")), NOW)
        for hours in range(30):
            tell_alerts(database, unheard, now=NOW + timedelta(hours=hours))
        with database.reading() as connection:
            row = connection.execute(select(job_alerts)).one()
        assert (row.mailed_at, row.mail_attempts) == (None, unheard.mail.attempts)
        assert row.told_at is not None

    def test_a_command_that_fails_does_not_make_a_second_mail(
        self, database: Database, mailed: Settings, mailbox: Mailbox
    ) -> None:
        jobs = mailed.jobs.model_copy(update={"alert_command": ("false",)})
        run(database, mailed, job(StoreError("no room")), NOW)
        for _ in range(3):
            tell_alerts(database, mailed.model_copy(update={"jobs": jobs}), now=NOW)
        assert len(mailbox.received) == 1

    def test_two_schedulers_that_tell_at_once_send_one_mail(
        self, database: Database, database_url: str, mailed: Settings, mailbox: Mailbox
    ) -> None:
        run(database, mailed, job(StoreError("no room")), NOW)
        others = [Database(database_url) for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda other: tell_alerts(other, mailed, now=NOW), others))
        for other in others:
            other.close()
        assert len(mailbox.received) == 1

    def test_what_was_raised_long_before_mail_was_set_up_is_not_mailed(
        self, database: Database, mailed: Settings, mailbox: Mailbox
    ) -> None:
        run(database, mailed, job(StoreError("no room")), NOW - timedelta(days=2))
        tell_alerts(database, mailed, now=NOW)
        assert mailbox.received == []


def put_reports(database: Database, per_week: Sequence[int]) -> None:
    """Store so many reports in each of the weeks before this one, the oldest first."""
    with database.writing() as connection:
        line = insert(imports).values(source="x", file_name="", file_sha256="", started_at=NOW)
        import_id = connection.execute(line.returning(imports.c.id)).scalar_one()
        counts = dict.fromkeys(("report_count", "located_count", "signalled_count"), 0)
        moments = dict.fromkeys(("window_start", "window_end", "started_at", "finished_at"), NOW)
        run = {"as_of": date(2023, 12, 31), "version": "", "settings_hash": "", "result_hash": ""}
        connection.execute(insert(runs).values(**run, **moments, **counts))
        for ago, count in enumerate(reversed(per_week)):
            for number in range(count):
                connection.execute(
                    insert(reports).values(
                        source="x",
                        source_id=f"{ago}/{number}",
                        category="drugs",
                        is_counted=True,
                        reported_at=MONDAY - timedelta(days=3 + 7 * ago),
                        precision="geen",
                        known_from=NOW,
                        content_hash="",
                        first_import_id=import_id,
                        last_import_id=import_id,
                    )
                )
