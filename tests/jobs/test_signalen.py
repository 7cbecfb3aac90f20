"""Signalen as a source: what is asked, that nothing is passed over, and what is done when it is busy."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from pydantic import SecretStr, ValidationError
from pytest_httpserver import HTTPServer
from sqlalchemy import func, select
from werkzeug import Request, Response

from hotspots.errors import SourceError, StoreError
from hotspots.intake.sources.signalen import ATTEMPTS, MAX_PAUSE_S, SignalenClient
from hotspots.settings import DatabaseSettings, JobsSettings, Settings, SignalenSettings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.operation_tables import job_runs
from hotspots.store.report_tables import imports, report_locations, report_versions, reports
from jobs.scheduler import JOBS, keep_timetable
from jobs.signalen import import_from_signalen
from tests.signalen_server import PATH, SignalenServer, signal

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
START = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def server(httpserver: HTTPServer) -> SignalenServer:
    """A Signalen with seven signals, one an hour."""
    found = SignalenServer([signal(number, START + timedelta(hours=number)) for number in range(1, 8)])
    httpserver.expect_request(PATH).respond_with_handler(found)
    return found


@pytest.fixture
def ready(settings: Settings, database: Database, tmp_path: Path, httpserver: HTTPServer) -> Settings:
    """Settings that name the server, with two signals a page."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    signalen = SignalenSettings(url=httpserver.url_for(""), token=SecretStr("a-token"), page_size=2)
    return settings.model_copy(update={"signalen": signalen, "jobs": JobsSettings(inbox=tmp_path / "inbox")})


def do(
    database: Database, settings: Settings, heartbeat: Callable[[], None] = lambda: None
) -> dict[str, int]:
    done = import_from_signalen(database, settings, clock=lambda: NOW, heartbeat=heartbeat)
    return {name: count for name, count in done.counts.items() if count}


def client(settings: Settings, pauses: list[float]) -> SignalenClient:
    return SignalenClient(settings.signalen, sleep=pauses.append, now=lambda: NOW)


def stored(database: Database) -> list[int]:
    with database.reading() as connection:
        return sorted(int(name) for name in connection.execute(select(reports.c.source_id)).scalars())


def test_the_answers_of_the_tests_are_those_of_the_real_schema(
    server: SignalenServer, ready: Settings, shared_data: Callable[[str], Path]
) -> None:
    body = [
        page.signals for page in client(ready, []).pages(None)
    ]  # through the client, so that what it reads is what is checked
    listed = json.loads(shared_data("samples/signalen_private_signals_list.schema.json").read_text())
    detail = json.loads(shared_data("samples/signalen_private_signal_detail.schema.json").read_text())
    links = {name: {"href": None} for name in ("self", "next", "previous")} | {"self": {"href": "x"}}
    for signals in body:
        jsonschema_rs.validate(listed, {"_links": links, "count": 7, "results": signals})
        for one in signals:
            jsonschema_rs.validate(detail, one)


def test_all_pages_are_read_and_stored(database: Database, server: SignalenServer, ready: Settings) -> None:
    assert do(database, ready) == {"imports": 1, "read": 7, "new": 7}
    assert stored(database) == list(range(1, 8))
    with database.reading() as connection:
        found = connection.execute(select(func.count()).where(report_locations.c.lon.is_not(None))).scalar()
    assert found == 7
    assert server.requests[0] == {"ordering": "updated_at,id", "page": "1", "page_size": "2"}


def test_the_next_time_only_what_changed_is_asked_for(
    database: Database, server: SignalenServer, ready: Settings
) -> None:
    do(database, ready)
    server.requests.clear()
    assert do(database, ready) == {}
    assert server.requests == [
        {
            "ordering": "updated_at,id",
            "page": "1",
            "page_size": "2",
            "updated_after": "2024-01-01T06:55:00+00:00",
        }
    ]
    server.signals[0] = signal(1, NOW, text="Nog steeds")
    server.signals.append(signal(8, NOW))
    assert do(database, ready) == {"imports": 1, "read": 2, "new": 1, "updated": 1}
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(report_versions)).scalar() == 1
        assert connection.execute(select(func.count()).select_from(imports)).scalar() == 2


def test_a_signal_that_became_visible_late_is_not_passed_over(
    database: Database, server: SignalenServer, ready: Settings
) -> None:
    do(database, ready)
    server.signals.append(signal(9, START + timedelta(hours=7) - timedelta(minutes=2)))
    assert do(database, ready) == {"imports": 1, "read": 1, "new": 1}


def test_nothing_is_passed_over_when_signals_change_while_they_are_read(
    database: Database, server: SignalenServer, ready: Settings
) -> None:
    def change(number: int) -> None:
        # the first of the list moves to its end, and all others a place forward
        server.signals[0] = signal(server.signals[0]["id"], NOW + timedelta(minutes=number))
        server.signals.sort(key=lambda one: one["updated_at"])

    server.on_request = lambda number: change(number) if number <= 3 else None
    do(database, ready)
    assert stored(database) == list(range(1, 8))


def test_more_signals_of_one_moment_than_go_on_a_page_are_all_read(
    database: Database, server: SignalenServer, ready: Settings
) -> None:
    server.signals = [signal(number, START) for number in range(7)] + [signal(8, NOW)]
    do(database, ready)
    assert stored(database) == [*range(7), 8]


def test_reading_begins_on_the_day_that_is_set(
    database: Database, server: SignalenServer, ready: Settings
) -> None:
    since = ready.model_copy(update={"signalen": ready.signalen.model_copy(update={"since": "2024-01-01"})})
    server.signals.insert(0, signal(99, START - timedelta(days=2)))
    do(database, since)
    assert server.requests[0]["updated_after"] == "2023-12-31T22:55:00+00:00"
    assert 99 not in stored(database)


def test_the_mark_moves_only_with_what_was_stored(
    database: Database, server: SignalenServer, ready: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.signalen.PAGES_PER_IMPORT", 1)

    def fail_on_the_third() -> None:
        if len(server.requests) == 3:
            raise StoreError("no room")

    with pytest.raises(StoreError):
        do(database, ready, fail_on_the_third)
    assert stored(database) == [1, 2, 3]
    server.requests.clear()
    do(database, ready)
    assert server.requests[0]["updated_after"] == "2024-01-01T02:55:00+00:00"
    assert stored(database) == list(range(1, 8))
    assert not (ready.jobs.inbox / ".signalen").exists()


def test_what_is_read_is_kept_outside_the_inbox_in_which_others_write(
    database: Database, server: SignalenServer, ready: Settings, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "signals.json").write_text("kept")
    ready.jobs.inbox.mkdir()
    (ready.jobs.inbox / ".signalen").symlink_to(tmp_path / "elsewhere")
    do(database, ready)
    assert stored(database) == list(range(1, 8))
    assert [path.read_text() for path in (tmp_path / "elsewhere").iterdir()] == ["kept"]


@pytest.mark.parametrize(
    ("failures", "pauses"),
    [
        ([(429, {"Retry-After": "7"})], [7]),
        ([(503, {"Retry-After": "Tue, 02 Jan 2024 08:00:30 GMT"})], [30]),
        ([(500, {}), (502, {}), (504, {})], [1, 2, 4]),
        ([(429, {"Retry-After": "soon"})], [1]),
    ],
    ids=["so many seconds", "until a moment", "longer each time", "nonsense"],
)
def test_when_it_is_busy_or_broken_it_is_asked_again_after_a_pause(
    server: SignalenServer, ready: Settings, failures: list[tuple[int, dict[str, str]]], pauses: list[float]
) -> None:
    server.failures = list(failures)
    waited: list[float] = []
    assert len(next(client(ready, waited).pages(None)).signals) == 2
    assert waited == pauses


def test_asked_to_stop_while_it_is_busy_nobody_waits_for_it(
    database: Database, database_url: str, httpserver: HTTPServer, ready: Settings
) -> None:
    def be_busy(_request: Request) -> Response:
        stop.set()
        return Response("busy", 503, {"Retry-After": "100"})

    stop = threading.Event()
    httpserver.expect_request(PATH).respond_with_handler(be_busy)
    own = ready.model_copy(update={"database": DatabaseSettings(url=database_url)})
    keep_timetable(stop, clock=lambda: NOW, load=lambda: own, jobs=[JOBS["signalen"]])
    with database.reading() as connection:
        (line,) = connection.execute(select(job_runs)).all()
    assert (line.outcome, len(httpserver.log)) == ("failed", 1)
    assert "asked to stop" in line.message


@pytest.mark.parametrize(
    ("failures", "message"),
    [
        ([(500, {})] * ATTEMPTS, "found status 500, 5 times"),
        ([(429, {"Retry-After": str(int(MAX_PAUSE_S) + 1)})], "come back after 301 s"),
        ([(401, {})], r"found status 401: look at signalen\.token"),
        ([(404, {})], "found status 404"),
        ([(302, {"Location": "http://elsewhere.example/"})], "found status 302"),
        ([(200, {})], "wanted JSON, found 'busy'"),
    ],
    ids=[
        "it keeps failing",
        "it asks for hours",
        "the token expired",
        "no such path",
        "elsewhere",
        "no JSON",
    ],
)
def test_what_does_not_pass_is_told(
    server: SignalenServer, ready: Settings, failures: list[tuple[int, dict[str, str]]], message: str
) -> None:
    server.failures = list(failures)
    with pytest.raises(SourceError, match=message):
        list(client(ready, []).pages(None))


def test_one_that_is_not_there_is_told_without_its_token(ready: Settings) -> None:
    absent = ready.signalen.model_copy(update={"url": "http://127.0.0.1:9"})
    with pytest.raises(SourceError, match=r"can't be reached .*ConnectError.*5 times") as raised:
        list(SignalenClient(absent, sleep=lambda _: None).pages(None))
    assert "a-token" not in str(raised.value)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the database decides nothing here
@pytest.mark.parametrize(
    "answer",
    [
        [],
        {"results": []},
        {"results": 3, "_links": {"next": {"href": None}}},
        {"results": [{}], "_links": {"next": {"href": None}}},
        {"results": [{"id": 1, "updated_at": "2024-01-01"}], "_links": {"next": {"href": None}}},
        {"results": [], "_links": {"next": {"href": "x"}}},
    ],
    ids=["a list", "no links", "no list", "no id", "no zone", "an empty page before another"],
)
def test_another_answer_is_refused(httpserver: HTTPServer, ready: Settings, answer: Any) -> None:
    httpserver.expect_request(PATH).respond_with_json(answer)
    with pytest.raises(SourceError, match="wanted"):
        list(client(ready, []).pages(None))


def test_a_token_is_not_sent_where_it_can_be_overheard() -> None:
    with pytest.raises(ValidationError, match="begins with https://"):
        SignalenSettings(url="http://signalen.example.nl")
