"""The weekly report as a page, and the end of the mails that tell of it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdf
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from hotspots.access.signed_links import load_signing_key
from hotspots.publishing.subscriptions import UNSUBSCRIBE, subscribe
from hotspots.settings import ServiceSettings, Settings
from hotspots.store.case_tables import access_log, subscriptions
from hotspots.store.database import Database
from hotspots.store.operation_tables import processing_log
from hotspots.store.run_tables import hotspots

NOW = datetime(2023, 12, 4, 7, tzinfo=UTC)
CENTRE = "/rapport?week=2023-W48&gebied=Wijk+00+Centrum"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the library asks each database, and `test_matrix` every route on both."""
    return sqlite_url


@pytest.fixture
def service_settings(service_settings: Settings, tmp_path: Path) -> Settings:
    """With a key for links in the test's own folder."""
    service = ServiceSettings(signing_key_file=tmp_path / "signing.key")
    return service_settings.model_copy(update={"service": service})


@pytest.mark.usefixtures("five_places")
def test_the_report_holds_what_its_reader_may_know(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    for role, numbers in (
        ("oov", {"HS-2023-001", "HS-2023-007"}),
        ("gebiedsteam", {"HS-2023-001", "HS-2023-007"}),
        ("lezer", {"HS-2023-001"}),  # 007 was a dwelling once
    ):
        client.cookies.set("hotspots_sessie", sessions(role))
        page = client.get(CENTRE)
        assert page.status_code == 200
        assert set(re.findall(r"HS-\d{4}-\d{3}", page.text)) == numbers
        assert ("Wat wordt van wie gevraagd" in page.text) is (role != "lezer")
        whole = client.get("/rapport?week=2023-W48")
        assert whole.status_code == (403 if role == "gebiedsteam" else 200)
        assert ("HS-2023-004" in whole.text) is (role == "oov")  # a dwelling
        client.cookies.clear()


@pytest.mark.usefixtures("five_places")
def test_the_report_leads_to_its_places_and_a_place_back_to_the_report(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    for role in ("oov", "gebiedsteam", "lezer"):
        client.cookies.set("hotspots_sessie", sessions(role))
        report = client.get(CENTRE).text
        assert 'href="/hotspots/HS-2023-001"' in report
        assert 'href="/?peildatum=2023-12-03&amp;gebied=Wijk+00+Centrum"' in report
        assert f'href="{CENTRE.replace("&", "&amp;")}"' in client.get("/hotspots/HS-2023-001").text
    pdf = client.get(f"{CENTRE}&vorm=pdf").content
    links = {
        annotation.get_object()["/A"]["/URI"]
        for page in pypdf.PdfReader(BytesIO(pdf)).pages
        for annotation in page.get("/Annots", [])
    }
    assert "http://testserver/hotspots/HS-2023-001" in links


@pytest.mark.usefixtures("five_places")
def test_the_report_is_a_pdf_too_and_a_wrong_week_is_told(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    client.cookies.set("hotspots_sessie", sessions("oov"))
    pdf = client.get(f"{CENTRE}&vorm=pdf")
    assert pdf.content.startswith(b"%PDF")
    assert 'filename="weekrapport-2023-W48-wijk-00-centrum.pdf"' in pdf.headers["content-disposition"]
    assert client.get("/rapport?week=48").status_code == 400
    assert client.get("/rapport?week=2022-W48").status_code == 404
    assert client.get("/rapport?gebied=Nergens").status_code == 404


@pytest.mark.usefixtures("five_places")
def test_a_pdf_with_dwellings_is_logged_as_taken_along_by_whom(
    client: TestClient, sessions: Callable[[str], str], database: Database
) -> None:
    client.cookies.set("hotspots_sessie", sessions("oov"))
    whole = "/rapport?week=2023-W48"
    assert client.get(whole).status_code == client.get(f"{whole}&vorm=pdf").status_code == 200
    with database.reading() as connection:
        query = select(access_log.c.actor, access_log.c.taken_as, hotspots.c.number).join(
            hotspots, hotspots.c.id == access_log.c.hotspot_id
        )
        lines = {tuple(row) for row in connection.execute(query)}
        purposes = connection.execute(select(processing_log.c.name)).scalars().all()
    assert ("Iemand van oov", "pdf", "HS-2023-004") in lines
    assert purposes.count("lijst uitvoeren") == 1


@pytest.mark.usefixtures("fill")
def test_a_link_in_a_mail_ends_it_in_one_click_and_not_by_being_followed(
    client: TestClient, service_settings: Settings, database: Database, sessions: Callable[[str], str]
) -> None:
    sessions("oov")
    subscribe(database, name="oov", address="oov@example.org", now=NOW)

    def ended_at() -> Any:
        with database.reading() as connection:
            return connection.execute(select(subscriptions.c.ended_at)).scalar_one()

    with database.reading() as connection:
        identity = connection.execute(select(subscriptions.c.id)).scalar_one().replace("-", "")
    address = "/mail-stoppen/" + load_signing_key(service_settings.service).sign(UNSUBSCRIBE, identity)
    assert "Stop met deze mail" in client.get(address).text
    assert client.post(address[:-1]).status_code == 404
    assert ended_at() is None
    # as a mail program sends it: from elsewhere, without a session
    one_click = {"List-Unsubscribe": "One-Click"}
    answer = client.post(address, data=one_click, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, "geen mail meer" in answer.text) == (200, True)
    assert ended_at() is not None
