"""No page of the administrator or the privacy officer shows an English word or a word of code."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert

from api.admin.sections import SECTIONS
from api.privacy.sections import SECTIONS as PRIVACY_SECTIONS
from hotspots.access.access_changes import OPERATOR
from hotspots.access.admin_changes import read_changes
from hotspots.intake.import_reports import import_reports
from hotspots.operations.job_alerts import raise_alert
from hotspots.operations.job_requests import pause_job, request_job
from hotspots.operations.timetable import TIMETABLE
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.operation_tables import job_runs
from tests.test_words import english_words, hard_words

HEAD = "meldingnummer;meldtijd;hoofdcategorie;omschrijving;straatnaam;huisnummer;woonplaats;rd_x;rd_y;melder"
DELIVERY = f"""{HEAD}
M1;2023-11-11 21:00;Overlast drugs;Dealen;;;;176500;317500;m1
M2;2023-11-12 21:00;Overlast personen;Geschreeuw;Nergensstraat;4;Maastricht;;;
M3;vorige week;Overlast drugs;Dealen;;;;;;
"""
COUNTS: dict[str, dict[str, int]] = {
    "inbox": {"files": 3, "refusedFiles": 1, "read": 9, "otherCategory": 2, "rejected": 4},
    "signalen": {"imports": 1, "read": 9},
    "geocode": {"tried": 1, "byRegister": 1, "byOnline": 1, "asked": 1, "left": 1},
    "weekly": {"runs": 1, "passedOver": 1, "signalled": 3, "newHotspots": 1, "sharedReporters": 1},
    "reports": {"reports": 1, "refusedMails": 1},
    "notices": {"mails": 1},
    "retention": {"texts": 1, "notSignalled": 1, "tracesLeft": 1, "unconfirmed": 1},
    "backup": {"rows": 100, "bytes": 100, "removed": 1},
    "integrity": {"problems": 1},
}
MESSAGES = (
    "stopped by an unexpected error; see the log",
    "OSError: [Errno 28] No space left on device",
    "the database is not sound: a foreign key of '…'",
    "wanted something that nobody foresaw, found '…'",
)
ALERTS = (
    (
        "odd",
        "12 of 30 rows were refused; 2 of 3 files were refused as a whole: see the folder refused",
    ),
    (
        "odd",
        "melddesk, import 1 ('x.csv'): first delivery, without column(s) huisletter; and 3 more",
    ),
    ("odd", "3 reports in the week to 2023-12-03, where 30 is usual: is something not delivered?"),
    ("late", "planned for 2023-12-04 05:30 UTC, and not done at 2023-12-04 08:30"),
    (
        "failed",
        "the last work began 2023-12-04 05:30 UTC, and the clock is 99 days after it: wanted at most 35",
    ),
)
LINES = [
    {"at": "2023-12-04T05:30:00Z", "level": level, "event": event, "told": {"problem": "nobody knows"}}
    for level, event in (
        ("info", "job started"),
        ("warning", "weekly run passed over"),
        ("error", "something else went wrong"),
    )
]
MEANT = {"json", "signalering"}
"""The name of a kind of file; and what the page says that it stops."""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: pages read through functions that are tested on both."""
    return sqlite_url


@pytest.fixture
def client(
    client: TestClient, database: Database, service_settings: Settings, three_weeks: Any, tmp_path: Path
) -> TestClient:
    """A service in which everything went wrong that can."""
    file = tmp_path / "levering.csv"
    file.write_text(DELIVERY, encoding="utf-8")
    now = datetime.now(UTC)
    import_reports(database, service_settings, file, "melddesk", now=now)
    with database.writing() as connection:
        about = {"started_at": now - timedelta(hours=1), "finished_at": now, "lines": LINES, "input": {}}
        rows = [
            about | {"job": job, "counts": COUNTS[job], "outcome": "failed", "message": message}
            for job in TIMETABLE
            for message in MESSAGES
        ]
        connection.execute(insert(job_runs), rows)
        connection.execute(
            insert(job_runs).values(about | {"job": "gone", "counts": {"x": 1}, "outcome": "died"})
        )
        for number, (kind, message) in enumerate(ALERTS):
            moment = now - timedelta(minutes=number)
            raise_alert(connection, "inbox", kind, about=moment, message=message, now=now)  # type: ignore[arg-type]
        request_job(connection, job="weekly", by=OPERATOR, at=now)
        pause_job(connection, job="backup", by=OPERATOR, at=now, reason="Andere schijf")
        assert read_changes(connection)
    return client


def test_every_page_of_both_desks_is_in_dutch(
    client: TestClient, sessions: Callable[[str], str], database: Database
) -> None:
    paths = {
        "beheerder": [section.path for section in SECTIONS]
        + [f"/beheer/taken/{job}" for job in TIMETABLE]
        + ["/beheer/taken/gone", "/beheer/imports/1", "/beheer/taken/inbox/1", "/beheer/taken/weekly/16"],
        "privacy": [section.path for section in PRIVACY_SECTIONS],
    }
    found = set()
    for role, of_role in paths.items():
        client.cookies.set("hotspots_sessie", sessions(role))
        for path in of_role:
            answer = client.get(path, headers={"Accept": "text/html"})
            assert answer.status_code == 200, path
            for text in texts_of(answer.text):
                words = (hard_words(text) | english_words(text)) - MEANT
                found |= {f"{path}: '{word}' in: {text}" for word in words}
    assert sorted(found) == []


def test_what_is_shown_is_found_and_what_a_program_is_called_is_not() -> None:
    page = "<p title='One error'>Twee <b>files</b> <code>hotspots jobs</code></p><p lang=en>Three</p>"
    assert list(texts_of(page)) == ["One error", "Twee", "files"]
    assert english_words("De taak 'weekly' failed: no room") == {"weekly", "failed"}


def texts_of(page: str) -> Iterator[str]:
    """What a reader sees or hears of a page, but commands, addresses and what is said to be English."""
    reader = _Reader()
    reader.feed(page)
    yield from (" ".join(text.split()) for text in reader.texts if text.strip())


class _Reader(HTMLParser):
    unread = frozenset({"code", "pre", "script", "style"})
    without_end = frozenset({"input", "br", "meta", "link", "img", "hr", "progress", "rect", "path"})

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.skipped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if not self.skipped:
            self.texts += [
                str(given[name]) for name in ("aria-label", "title", "alt", "placeholder") if given.get(name)
            ]
        if tag not in self.without_end and (self.skipped or tag in self.unread or given.get("lang") == "en"):
            self.skipped.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.skipped and self.skipped[-1] == tag:
            self.skipped.pop()

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            self.texts.append(re.sub(r"https?://\S+", "", data))
