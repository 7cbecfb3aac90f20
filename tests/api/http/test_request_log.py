"""An id for every request, and a line in the log about its answer, without personal data."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from hotspots.store.database import Database

ID = "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"
NAME, PHONE, BSN, WORD = "Vaanderaan", "06-12345678", "111222333", "geheim-wachtwoord-17"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the library asks each database, and `test_matrix` every route on both."""
    return sqlite_url


def test_an_id_that_is_sane_is_kept(client: TestClient) -> None:
    assert client.get("/v1/hotspots", headers={"X-Request-Id": ID}).headers["x-request-id"] == ID


@pytest.mark.parametrize("given", [None, "", NAME, BSN, "a" * 65, "0123456789abcdef\t", "<script>"])
def test_another_id_is_replaced_by_a_new_one(client: TestClient, given: str | None) -> None:
    answers = [client.get("/", headers={"X-Request-Id": given} if given else {}) for _ in range(2)]
    first, second = (answer.headers["x-request-id"] for answer in answers)
    assert re.fullmatch("[0-9a-f]{32}", first)
    assert first != second


@pytest.mark.parametrize(
    "path", ["/v1/hotspots/HS-1999-001", "/v1/nergens", "/v1/hotspots?pagina=x", "/ogc/x"]
)
def test_problem_details_name_the_request(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"X-Request-Id": ID})
    assert answer.json()["requestId"] == ID


def test_a_page_about_a_fault_of_ours_names_the_request(client: TestClient, database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE hotspot_states")
    answer = client.get("/", headers={"X-Request-Id": ID, "Accept": "text/html"})
    assert answer.status_code >= 500
    assert f"kenmerk als u om hulp vraagt: {ID}" in answer.text


@pytest.mark.usefixtures("three_weeks")
def test_nothing_planted_in_requests_is_in_the_log(
    hotspots_command: Path, environment: dict[str, str], database: Database, database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "hotspots.toml").write_text(
        "[service]\nport = 0\n[sign_in]\nrequired = false\nopen_because = 'a test'\n"
    )
    variables = environment | {"HOTSPOTS_DATABASE_URL": database_url}
    with subprocess.Popen(
        [hotspots_command, "serve"], cwd=tmp_path, env=variables, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            serving = next(line for line in process.stderr if line.startswith("serving on"))
            address = serving.split()[2].rstrip(",")
            with httpx2.Client(base_url=address, headers={"X-Request-Id": ID}) as client:
                client.get(
                    "/v1/hotspots", params={"q": NAME, "gebied": f"{NAME} {PHONE}", "bbox": "5.1,50,5.2,51"}
                )
                client.get("/hotspots/HS-2023-001")
                client.get(f"/{NAME}/{BSN}", headers={"X-Request-Id": f"{NAME}.{BSN}"})
                client.get("/v1/hotspots", headers={"Authorization": f"Bearer {NAME}.{WORD}"})
                client.post("/aanmelden", data={"naam": NAME, "wachtwoord": WORD})
                client.post("/v1/aanmelden", json={"naam": NAME})
                client.request(NAME.upper(), "/")
                with database.engine.begin() as connection:
                    connection.exec_driver_sql("DROP TABLE hotspot_states")
                assert client.get("/v1/hotspots", params={"gebied": NAME}).status_code == 500
        finally:
            process.terminate()
        lines = process.communicate(timeout=20)[1].splitlines()
    told: list[dict[str, Any]] = [json.loads(line) for line in lines]
    for planted in (NAME, PHONE, BSN, WORD, "HS-2023-001", "127.0.0.1", "50,5.2"):
        assert planted.casefold() not in "\n".join(lines).casefold()
    requests = [line for line in told if line["event"] == "request"]
    assert len(requests) == 8
    assert {line["requestId"] for line in told} > {ID}
    assert requests[1] == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "route": "/hotspots/{number}",
        "status": 200,
        "bytes": requests[1]["bytes"],
        "seconds": requests[1]["seconds"],
        "requestId": ID,
        "timestamp": requests[1]["timestamp"],
    }
    refused = [(line["event"], line["error"]) for line in told if line["event"].endswith("refused")]
    assert refused == [("request refused", "SignInError"), ("sign-in refused", "SignInError")]
    (fault,) = [line for line in told if line["level"] == "error"]
    assert fault["requestId"] == ID
    assert fault["error"] in {"OperationalError", "ProgrammingError"}
    assert "tracking/hotspots.py" in fault["exception"]
