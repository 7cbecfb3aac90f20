"""`/privacy/stukken`: papers to read, to fill in and to take along."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from hotspots.access.passwords import csrf_token


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.mark.usefixtures("three_weeks")
def test_a_question_is_answered_on_the_page_and_stands_in_every_paper_that_asks_it(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    token = sessions("privacy")
    client.cookies.set("hotspots_sessie", token)
    listed = client.get("/privacy/stukken").text
    assert "Van de 2 vragen wachten er nog 2" not in listed
    assert listed.count(">DOCX<") == 6
    page = client.get("/privacy/stukken/iama").text
    assert "In 2023 waren er" in page
    assert page.count("Nog te beantwoorden.") == page.count("<textarea")
    sent = {"csrf": csrf_token(token), "antwoord": "Bij de <ombudsman>."}
    done = client.post("/privacy/stukken/iama/klacht", data=sent).text
    assert "Het antwoord is bewaard." in done
    assert "Bij de &lt;ombudsman&gt;.</textarea>" in done
    assert client.post("/privacy/stukken/iama/niets", data=sent).status_code == 404
    wrong = client.post(
        "/privacy/stukken/algoritmeregister/register-begin",
        data={"csrf": csrf_token(token), "antwoord": "ooit"},
    )
    assert wrong.status_code == 409
    assert "Schrijf een jaar en een maand, zoals 2026-01." in wrong.text
    assert ">ooit</textarea>" in wrong.text


@pytest.mark.usefixtures("three_weeks")
def test_papers_are_taken_along_and_who_may_not_answer_sees_no_form(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    client.cookies.set("hotspots_sessie", sessions("oov"))
    assert "<textarea" not in client.get("/privacy/stukken/dpia").text
    file = client.get("/privacy/stukken/dpia/download")
    assert file.content.startswith(b"PK")
    assert 'filename="dpia.docx"' in file.headers["content-disposition"]
    record = client.get("/privacy/stukken/algoritmeregister/download?vorm=json").json()
    assert record["organization"] == "Gemeente Maastricht"
    assert client.get("/privacy/stukken/dpia/download?vorm=json").status_code == 404
    assert client.get("/privacy/stukken/niets").status_code == 404
