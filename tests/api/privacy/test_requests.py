"""`/privacy/verzoeken`: a request from its coming in to the answer, and no person in any address."""

import io
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import docx
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import insert, select, update

from hotspots.intake.reporter_key import load_reporter_key
from hotspots.privacy.requests import read_request, read_steps
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.operation_tables import subject_requests
from hotspots.store.report_tables import report_texts, reporters, reports

PAGE = "/privacy/verzoeken"
PHONE = "06-12345678"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: what is looked up and erased is tested on both."""
    return sqlite_url


@pytest.fixture
def officer(
    client: TestClient,
    three_weeks: object,
    sessions: Callable[[str], str],
    database: Database,
    service_settings: Settings,
) -> TestClient:
    """The privacy officer, and one report of who has a telephone number."""
    with database.writing() as connection:
        key = load_reporter_key(connection, service_settings.privacy)
        who = insert(reporters).values(hash=key.hash_of("+31612345678")).returning(reporters.c.id)
        number = connection.execute(who).scalar_one()
        report_id = connection.execute(select(reports.c.id).order_by(reports.c.id).limit(1)).scalar_one()
        connection.execute(update(reports).where(reports.c.id == report_id).values(reporter_id=number))
        connection.execute(insert(report_texts).values(report_id=report_id, text="<b>Herrie</b> elke avond"))
    client.cookies.set("hotspots_sessie", sessions("privacy"))
    return client


def send(client: TestClient, page: str, action: str, **fields: str) -> Response:
    csrf = re.findall(r'name="csrf" value="([^"]+)"', client.get(page).text)[0]
    return client.post(action, data={"csrf": csrf} | fields)


def test_a_request_is_answered_from_start_to_end(officer: TestClient, database: Database) -> None:
    today = datetime.now(UTC).date()
    made = send(officer, PAGE, PAGE, soort="wissen", ontvangen=(today - timedelta(days=25)).isoformat())
    page = str(made.url.path)
    assert re.fullmatch(rf"{PAGE}/\d+", page)
    assert "Zoek wat er is" not in officer.get(page).text
    checked = send(officer, page, f"{page}/persoon", hoe="paspoort aan de balie")
    assert "Zoek wat er is" in checked.text
    sought = {"op": "telefoonnummer", "waarde": PHONE}
    found = send(officer, page, f"{page}/zoeken", **sought)
    assert "&lt;b&gt;Herrie" in found.text
    assert PHONE not in str(found.url)
    letter = send(officer, page, f"{page}/bestand", vorm="docx", **sought)
    assert docx.Document(io.BytesIO(letter.content)).tables
    record = send(officer, page, f"{page}/bestand", vorm="json", **sought)
    assert len(json.loads(record.content)["meldingen"]) == 1
    assert send(officer, page, f"{page}/wissen", **sought).status_code == 409
    erased = send(officer, page, f"{page}/wissen", zeker="ja", **sought)
    assert "Dit blijft, en daarom:" in erased.text
    with database.reading() as connection:
        assert connection.execute(select(report_texts)).all() == []
    closed = send(officer, page, f"{page}/antwoord", uitkomst="gegevens gewist")
    assert "gewist, op telefoonnummer" in closed.text
    assert f'href="{page}"' in officer.get(PAGE).text
    assert PHONE not in officer.get(page).text


def test_a_term_that_is_over_is_told(officer: TestClient, database: Database) -> None:
    received = datetime.now(UTC).date() - timedelta(days=70)
    send(officer, PAGE, PAGE, soort="inzage", ontvangen=received.isoformat(), kenmerk="Z-1")
    text = officer.get(PAGE).text
    assert "dagen te laat" in text
    with database.reading() as connection:
        assert connection.execute(select(subject_requests.c.reference)).scalar_one() == "Z-1"


def test_a_form_that_is_sent_twice_makes_one_request(officer: TestClient, database: Database) -> None:
    csrf = re.findall(r'name="csrf" value="([^"]+)"', officer.get(PAGE).text)[0]
    fields = {"csrf": csrf, "soort": "inzage", "ontvangen": date.today().isoformat()}  # noqa: DTZ011
    assert {officer.post(PAGE, data=fields).status_code for _ in range(2)} == {200}
    with database.reading() as connection:
        assert len(connection.execute(select(subject_requests.c.id)).all()) == 1


def test_a_search_a_letter_and_an_erasure_that_are_sent_twice_are_one_step(
    officer: TestClient, database: Database
) -> None:
    today = datetime.now(UTC).date()
    made = send(officer, PAGE, PAGE, soort="wissen", ontvangen=today.isoformat())
    page = str(made.url.path)
    send(officer, page, f"{page}/persoon", hoe="paspoort aan de balie")
    sought = {"op": "telefoonnummer", "waarde": PHONE, "vorm": "docx", "zeker": "ja"}
    for action, step in (("zoeken", "opgezocht"), ("bestand", "bestand gemaakt"), ("wissen", "gewist")):
        csrf = re.findall(r'name="csrf" value="([^"]+)"', officer.get(page).text)[0]
        first, second = (
            officer.post(f"{page}/{action}", data={"csrf": csrf} | sought, follow_redirects=False)
            for _ in range(2)
        )
        assert (first.status_code, second.status_code) == (200, 200)
        assert len(first.content) == len(second.content)
        with database.reading() as connection:
            steps = read_steps(connection, read_request(connection, int(page.rsplit("/", 1)[1])))
        assert sum(str((one.after or {})["stap"]).startswith(step) for one in steps) == 1, action


@pytest.mark.parametrize(
    ("action", "fields", "said"),
    [
        ("", {"soort": "iets", "ontvangen": "2024-01-01"}, "Kies wat iemand vraagt"),
        ("", {"soort": "inzage", "ontvangen": "2999-01-01"}, "niet later dan vandaag"),
        ("/1/zoeken", {"op": "adres", "waarde": "Nergens 1"}, "Stel eerst vast wie het vraagt"),
        ("/1/antwoord", {"uitkomst": "afgewezen"}, "waarom u het verzoek afwijst"),
    ],
    ids=["a kind", "a day to come", "who asks", "why it is refused"],
)
def test_what_is_missing_is_asked_in_a_sentence(
    officer: TestClient, action: str, fields: dict[str, str], said: str
) -> None:
    send(officer, PAGE, PAGE, soort="inzage", ontvangen="2024-01-01")
    sent = send(officer, PAGE, PAGE + action, **fields)
    assert (sent.status_code, said in sent.text) == (409, True)
