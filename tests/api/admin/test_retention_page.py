"""The administrator or privacy officer confirms the periods, and sees a day ahead what goes."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from hotspots.access.passwords import csrf_token
from hotspots.access.rights import Actor
from hotspots.privacy.announcements import ANNOUNCED, confirm_periods, remove_announced
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.metadata import write_fact
from hotspots.store.operation_tables import retention_confirmations
from hotspots.wording import short_day
from tests.api.admin.test_admin_pages import HEAD

Post = Callable[..., Any]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def service_settings(service_settings: Settings, tmp_path: Path) -> Settings:
    """Uploads in the test's own folder."""
    own = service_settings.service.model_copy(update={"uploads": tmp_path / "uploads"})
    return service_settings.model_copy(update={"service": own})


@pytest.fixture
def post(client: TestClient, sessions: Callable[[str], str]) -> Post:
    """Sign in as the administrator; gives what sends a form of our own page."""
    token = sessions("beheerder")
    client.cookies.set("hotspots_sessie", token)

    def send(path: str, fields: dict[str, Any], content: bytes | None = None) -> Any:
        files = None if content is None else {"bestand": ("week.csv", content)}
        data = {"csrf": csrf_token(token)} | fields
        return client.post(path, data=data, files=files, follow_redirects=False)

    return send


def mark_in(page: str) -> str:
    return page.partition('name="termijnen" value="')[2].partition('"')[0]


def test_periods_are_seen_confirmed_once_and_kept_with_who_and_what_was_past_them(
    client: TestClient,
    database: Database,
    post: Post,
    service_settings: Settings,
) -> None:
    with database.writing() as connection:
        fill_with_shipped(connection, service_settings)
    old = f"{HEAD}\nO1;2020-03-01 21:00;Overlast drugs;Dealen;;;;176500;317500;oud\n".encode()
    seen = post("/beheer/imports/levering", {"bron": "melddesk"}, content=old).headers["location"]
    preview = client.get(seen).text
    assert "De melding zelf: 1 rij is voorbij de termijn, 0 binnen een maand." in preview
    assert "Er gaat nog niets weg: de bewaartermijnen zijn nog niet bevestigd." in preview
    result = client.get(post(seen, {"doe": "importeren"}).headers["location"]).text
    assert "De melding zelf: 1 rij is voorbij de termijn" in result
    warning = "De bewaartermijnen zijn nog niet bevestigd; er wordt niets verwijderd."
    assert warning in client.get("/beheer").text
    page = client.get("/beheer/bewaren").text
    assert warning in page
    assert post("/beheer/bewaren", {"termijnen": "andere"}).status_code == 409
    assert post("/beheer/bewaren", {"termijnen": mark_in(page)}).status_code == 303
    with database.reading() as connection:
        row = connection.execute(select(retention_confirmations)).one()
    assert (row.actor_id != "", row.periods["report_days"], row.due["reports"], row.due["texts"]) == (
        True,
        1095,
        1,
        1,
    )
    for path in ("/beheer", "/beheer/bewaren"):
        page = client.get(path).text
        assert warning not in page
        assert 'meldingen: uit <a href="/beheer/imports/1">import 1</a> (1)' in page, path
    assert "Wat voorbij de termijn is, gaat weg op" in client.get("/beheer/imports/1").text


@pytest.mark.parametrize("total", [0, 3])
def test_a_removal_that_has_not_run_since_its_moment_is_told_as_that(
    client: TestClient,
    database: Database,
    sessions: Callable[[str], str],
    service_settings: Settings,
    total: int,
) -> None:
    by = Actor("p", "Petra Visser", None)
    _, told = confirm_periods(database, service_settings, by=by, now=datetime.now(UTC) - timedelta(days=5))
    client.cookies.set("hotspots_sessie", sessions("privacy"))
    at = f"{short_day(told.goes_at.astimezone(service_settings.municipality.zone))} "
    late = f"Sinds {at}", "is er niets weggehaald.", "taak die dat doet</a> is daarna nog niet goed gelopen."
    fact = {**asdict(told), "counts": {"texts": total}, "at": str(told.at), "goes_at": str(told.goes_at)}
    with database.writing() as connection:
        write_fact(connection, ANNOUNCED, json.dumps(fact))
    for path in ("/privacy", "/privacy/bewaren", "/beheer/bewaren"):
        page = client.get(path).text
        assert all(words in page for words in late), path
        assert f"Op {at}" not in page, path
        assert ("Als die taak weer loopt, gaat er niets weg" in page) is (total == 0), path
    remove_announced(database, service_settings, now=datetime.now(UTC))
    page = client.get("/privacy").text
    assert "is er niets weggehaald" not in page
    assert re.search(r"<p>Op [^<]+ gaat er niets weg\.</p>", page)


def test_a_dwelling_that_goes_is_counted_only_for_who_may_know_of_dwellings(
    client: TestClient, sessions: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    due: dict[str, Any] = dict.fromkeys(
        ("texts", "locations", "answers", "reports", "notSignalled", "previews", "caseTexts", "accessLog"), 0
    ) | dict.fromkeys(
        ("processingLog", "requests", "meetings", "accounts", "jobs", "rejects", "fileNames"), 0
    )
    monkeypatch.setattr("api.admin.retention.count_due", lambda *_, **__: due | {"dwellings": 77_707})
    for role, is_told in (("oov", True), ("beheerder", False), ("privacy", False)):
        client.cookies.set("hotspots_sessie", sessions(role))
        assert ("77.707" in client.get("/beheer/bewaren").text) is is_told, role


def test_a_privacy_officer_may_confirm_and_others_only_look(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    for role, expected in (("oov", 403), ("privacy", 303)):
        token = sessions(role)
        client.cookies.set("hotspots_sessie", token)
        page = client.get("/beheer/bewaren").text
        assert ("Bevestig deze termijnen" in page) is (expected == 303)
        fields = {"csrf": csrf_token(token), "termijnen": mark_in(page)}
        answer = client.post("/beheer/bewaren", data=fields, follow_redirects=False)
        assert answer.status_code == expected, role
