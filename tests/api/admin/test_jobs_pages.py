"""The week at a glance, the jobs and the history: what they tell, and what their forms do, once."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert, select, update

from hotspots.access.accounts import add_user
from hotspots.access.admin_changes import Kind, record_change
from hotspots.access.passwords import csrf_token
from hotspots.access.rights import Actor, Role
from hotspots.operations.job_requests import pause_job, paused_jobs, take_request
from hotspots.operations.job_runs import start_run
from hotspots.store.database import Database
from hotspots.store.operation_tables import job_requests, job_runs
from hotspots.store.report_tables import imports
from hotspots.store.run_tables import runs

HTML = {"Accept": "text/html"}
WEEKLY = "/beheer/taken/weekly"
ANN = Actor("1", "A. Beheer", Role.BEHEERDER)
ABOUT = {"version": "", "settings_hash": "", "runner": ""}

Send = Callable[..., Any]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: pages read and write through functions that are tested on both."""
    return sqlite_url


@pytest.fixture
def send(client: TestClient, sessions: Callable[[str], str]) -> Send:
    """Sign in as the administrator; gives what sends a form of our own page."""
    token = sessions("beheerder")
    client.cookies.set("hotspots_sessie", token)

    def send(path: str, **fields: str) -> Any:
        return client.post(
            path, data={"csrf": csrf_token(token)} | fields, headers=HTML, follow_redirects=False
        )

    return send


def asked(database: Database) -> list[tuple[str, str | None]]:
    with database.reading() as connection:
        return [(row.job, row.outcome) for row in connection.execute(select(job_requests)).all()]


def test_an_empty_installation_says_that_nothing_was_done_and_which_steps_lead_to_a_list(
    client: TestClient, send: Send, database: Database
) -> None:
    page = client.get("/beheer").text
    assert "Alles loopt" not in page
    assert page.count("nog te doen") == 5  # the borders ship with the software
    order = (
        "grenzen",
        "adressenbestand",
        "bron wordt gelezen",
        "eerste levering",
        "bewaartermijnen",
        "eerste ronde",
    )
    places = [page.index(f"{words}") for words in order]
    assert places == sorted(places)
    links = re.findall(r'<a href="([^"]+)"', page[page.index('id="stappen"') : page.index('id="deze-week"')])
    assert [client.get(link).status_code for link in links] == 6 * [200]
    assert "De lijst verandert bij de ronde van maandag" in page
    assert "op een tweede persoon" not in page
    about = {"full_name": "T. Weede", "password": None, "created_by": "A. Beheer", "by": ANN}
    add_user(database, name="tweede", role=Role.PRIVACY, now=datetime.now(UTC), **about)  # type: ignore[arg-type]
    assert (
        '1 <a href="/beheer/gebruikers">gebruiker met rechten die op een tweede' in client.get("/beheer").text
    )
    assert "Doe de ronde nu" in page


def test_the_round_is_asked_for_once_from_the_overview_and_its_progress_is_told(
    client: TestClient, send: Send, database: Database
) -> None:
    answer = send(f"{WEEKLY}/nu", terug="/beheer")
    assert (answer.status_code, answer.headers["location"]) == (303, "/beheer")
    assert send(f"{WEEKLY}/nu", terug="https://example.org").headers["location"] == WEEKLY
    assert asked(database) == [("weekly", None)]
    waiting = client.get("/beheer").text
    assert "De ronde is gevraagd." in waiting
    assert "Dit begint zo." in waiting
    assert "data-voortgang" in waiting
    assert "Doe de ronde nu" not in waiting
    with database.writing() as connection:
        now = datetime.now(UTC)
        take_request(
            connection, "weekly", start_run(connection, "weekly", planned_for=None, now=now, **ABOUT)
        )
    for path in ("/beheer", WEEKLY):
        assert "Loopt nu, sinds" in client.get(path).text
    assert "Dit duurt erg lang." not in client.get(WEEKLY).text
    with database.writing() as connection:  # its process may have died
        connection.execute(update(job_runs).values(started_at=now - timedelta(minutes=20)))
    assert "Dit duurt erg lang." in client.get(WEEKLY).text


def test_after_a_minute_without_a_scheduler_the_page_says_so_and_what_to_do(
    client: TestClient, send: Send, database: Database
) -> None:
    send(f"{WEEKLY}/nu")
    with database.writing() as connection:
        long_ago = datetime.now(UTC) - timedelta(minutes=2)
        connection.execute(update(job_requests).values(asked_at=long_ago))
    page = client.get(WEEKLY).text
    assert "niemand begint eraan" in page
    assert "<code>hotspots schedule</code>" in page
    with database.writing() as connection:  # which is busy with something else
        start_run(connection, "inbox", planned_for=None, now=datetime.now(UTC), **ABOUT)
    assert "wacht tot een andere taak klaar is: leveringen uit de inbox inlezen" in client.get(WEEKLY).text


def test_a_job_is_paused_with_a_reason_and_resumed_and_both_stand_in_the_history(
    client: TestClient, send: Send, database: Database
) -> None:
    refused = send("/beheer/taken/backup/pauze", reden=" ")
    assert refused.status_code == 409
    assert "Schrijf waarom" in refused.text
    assert send("/beheer/taken/backup/pauze", reden="Andere schijf").status_code == 303
    page = client.get("/beheer/taken/backup").text
    assert "Waarom: Andere schijf" in page
    assert "na de pauze" in client.get("/beheer/taken").text
    now = send("/beheer/taken/backup/nu")
    assert now.status_code == 409
    assert "Deze taak is gepauzeerd. Hervat haar eerst." in now.text
    assert "is gepauzeerd sinds" in client.get("/beheer").text
    assert send("/beheer/taken/backup/hervat", reden="De schijf is er").status_code == 303
    with database.reading() as connection:
        assert not paused_jobs(connection)
    history = client.get("/beheer/geschiedenis?soort=taak&van=&tot=").text
    assert history.index("De schijf is er") < history.index("Andere schijf")
    assert "gepauzeerd: nee" in history
    assert asked(database) == []


def test_a_job_that_is_off_can_not_be_asked_for(send: Send, database: Database) -> None:
    assert send("/beheer/taken/signalen/nu").status_code == 409
    assert asked(database) == []


def test_a_run_tells_what_it_worked_on_and_its_lines_and_gives_them_as_a_file(
    client: TestClient, send: Send, database: Database
) -> None:
    now = datetime.now(UTC)
    line = {"at": now.isoformat(), "level": "warning", "event": "something new", "told": {"problem": "=1+1"}}
    with database.writing() as connection:
        row = {
            "job": "inbox",
            "started_at": now,
            "finished_at": now,
            "outcome": "done",
            "counts": {"files": 1},
        }
        more = {"input": {"sources": ["melddesk"], "imports": [7]}, "lines": [line]}
        connection.execute(insert(job_runs).values(row | more))
    page = client.get("/beheer/taken/inbox/1").text
    assert '<a href="/beheer/imports/7">import 7</a>' in page
    assert "Waarschuwing van het programma" in page
    assert "something new" not in page
    file = client.get("/beheer/taken/inbox/1/regels").text
    assert "something new;problem: =1+1" in file
    assert client.get("/beheer/taken/weekly/1").status_code == 404


@pytest.mark.usefixtures("three_weeks")
def test_the_week_tells_what_came_in_since_the_round_per_source_and_what_was_refused(
    client: TestClient, send: Send, database: Database
) -> None:
    line = {"file_name": "w.csv", "file_sha256": "0" * 64, "read": 10, "new": 7, "rejected": 3}
    with database.writing() as connection:
        last = max(connection.execute(select(runs.c.finished_at)).scalars())
        before, after = last - timedelta(hours=1), last + timedelta(hours=1)
        told = {"notes": {"kenmerk met nullen ervoor": 4}}
        rows = [
            line | {"id": 100 + number, "source": source, "started_at": moment, "told": told}
            for number, (source, moment) in enumerate(
                [("melddesk", before), ("melddesk", after), ("melddesk", after), ("andere", after)]
            )
        ]
        connection.execute(insert(imports), rows)
    page = client.get("/beheer").text
    assert "melddesk: 2 leveringen, 20 rijen: 14 nieuw" in page
    assert "andere: 1 levering, 10 rijen: 7 nieuw" in page
    assert '3 rijen geweigerd in <a href="/beheer/imports/101#geweigerd">' in page
    assert '4 keer anders gelezen in <a href="/beheer/imports/103">' in page
    assert "/beheer/imports/100#geweigerd" not in page


def test_the_history_is_chosen_by_kind_and_day_paged_and_taken_along(
    client: TestClient, send: Send, database: Database
) -> None:
    with database.writing() as connection:
        for day in (1, 2, 3):
            at = datetime(2024, 1, day, 12, tzinfo=UTC)
            values = {"detection.min_reports": 7 + day}
            record_change(connection, kind=Kind.RULES, about=f"=regels {day}", by=ANN, at=at, after=values)
        pause_job(connection, job="inbox", by=ANN, at=datetime(2024, 1, 2, 13, tzinfo=UTC), reason="Werk")
    chosen = "soort=regels&van=2024-01-02&tot=2024-01-02"
    page = client.get(f"/beheer/geschiedenis?{chosen}").text
    assert "=regels 2" in page
    assert "=regels 1" not in page
    assert "Werk" not in page
    assert "Minste aantal meldingen: 9" in page
    first = client.get("/beheer/geschiedenis?paginaGrootte=2").text
    assert "Oudere" in first
    assert "=regels 1" not in first
    file = client.get(f"/beheer/geschiedenis/download?{chosen}&vorm=csv").text.splitlines()
    assert file[0].lstrip("\ufeff") == "moment;wie;soort;waarvan;eerst;daarna;waarom"
    assert file[1:] == ["2024-01-02 13:00:00;A. Beheer;regels;'=regels 2;;Minste aantal meldingen: 9;"]


def test_that_somebody_asked_what_is_kept_is_told_to_the_privacy_officer_only(
    client: TestClient, sessions: Callable[[str], str], database: Database
) -> None:
    with database.writing() as connection:
        record_change(connection, kind=Kind.REQUEST, about="verzoek 7", by=ANN, at=datetime.now(UTC))
    for role, is_told in (("beheerder", False), ("oov", False), ("privacy", True)):
        client.cookies.set("hotspots_sessie", sessions(role))
        for path in (
            "/beheer/geschiedenis",
            "/beheer/geschiedenis?soort=verzoek",
            "/beheer/geschiedenis/download",
        ):
            assert ("verzoek 7" in client.get(path).text) == is_told, (role, path)


def test_who_may_not_run_jobs_sees_no_button_and_is_refused(
    client: TestClient, sessions: Callable[[str], str], database: Database
) -> None:
    token = sessions("privacy")
    client.cookies.set("hotspots_sessie", token)
    for path in ("/beheer", "/beheer/taken", WEEKLY):
        page = client.get(path).text
        assert "nu</button>" not in page
        assert "Nu doen" not in page
    answer = client.post(f"{WEEKLY}/nu", data={"csrf": csrf_token(token)}, headers=HTML)
    assert answer.status_code == 403
    assert asked(database) == []
