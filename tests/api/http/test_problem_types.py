"""Every problem that the code raises has a kind with a page, and every kind is raised."""

import re
from http import HTTPStatus
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.http.errors import ANSWERS
from api.http.problem_types import LIST_PATH, OF_STATUS, PLAIN, PROBLEM_TYPES

ROOT = Path(__file__).parents[3]
_RAISED = re.compile(r"\bHTTPException\(\s*(\d{3})\b|(?<!class )\b(\w+Error)\(")
PAGE = {"Accept": "text/html"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the pages read nothing."""
    return sqlite_url


@pytest.fixture(scope="module")
def raised() -> set[str]:
    """What the code raises: names of errors, and statuses of `HTTPException`."""
    sources = [path for folder in ("api", "src", "jobs") for path in (ROOT / folder).rglob("*.py")]
    return {
        status or error
        for path in sources
        for status, error in _RAISED.findall(path.read_text(encoding="utf-8"))
    }


def test_every_problem_that_is_raised_has_its_kind_and_every_kind_is_raised(raised: set[str]) -> None:
    statuses = {int(found) for found in raised if found.isdigit()}
    assert statuses >= {400, 403, 404, 406, 412, 413, 428, 429}
    assert statuses <= set(OF_STATUS)
    by_name = {kind for error, kind in ANSWERS if error.__name__ in raised}
    assert [error.__name__ for error, kind in ANSWERS[:-1] if kind not in by_name] == []
    # the last stands for every other error
    made = by_name | {ANSWERS[-1][1]} | {OF_STATUS[status] for status in statuses}
    assert [slug for slug, kind in PROBLEM_TYPES.items() if kind not in made] == []


def test_kinds_stand_in_order_of_status_and_that_of_a_status_has_it() -> None:
    statuses = [kind.status for kind in PROBLEM_TYPES.values()]
    assert statuses == sorted(statuses)
    assert all(kind.status == status for status, kind in OF_STATUS.items())
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", slug) for slug in PROBLEM_TYPES)
    assert all(kind.meaning.endswith(".") and kind.action.endswith(".") for kind in PROBLEM_TYPES.values())


def test_each_kind_has_a_page_for_everyone_and_the_list_leads_to_it(closed: TestClient) -> None:
    listed = closed.get(LIST_PATH, headers=PAGE)
    assert listed.status_code == 200
    assert re.findall(rf'href="({LIST_PATH}/[^"]+)"', listed.text) == [
        kind.path for kind in PROBLEM_TYPES.values()
    ]
    for kind in (PROBLEM_TYPES["niet-gevonden"], PROBLEM_TYPES["stap-kan-niet"]):
        page = closed.get(kind.path, headers=PAGE)
        assert page.status_code == 200
        assert f"<h1>{kind.title}</h1>" in page.text
        assert kind.action.split("`")[0] in page.text
    assert closed.get(f"{LIST_PATH}/bestaat-niet", headers=PAGE).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "slug"),
    [
        ("GET", "/v1/hotspots/HS-1900-001", "niet-gevonden"),
        ("GET", "/v1/hotspots?paginaGrootte=900", "ongeldig-verzoek"),
        ("GET", "/v1/zaken", "niet-aangemeld"),
        ("GET", "/v1/nergens", "niet-gevonden"),
        ("GET", "/ogc/collections/nergens", "niet-gevonden"),
    ],
)
def test_the_type_of_a_problem_is_the_address_of_its_page(
    client: TestClient, method: str, path: str, slug: str
) -> None:
    problem = client.request(method, path).json()
    kind = PROBLEM_TYPES[slug]
    assert problem["type"] == f"http://testserver/problemen/{slug}"
    assert (problem["title"], problem["status"]) == (kind.title, kind.status)
    assert kind.title in client.get(problem["type"], headers=PAGE).text


def test_a_problem_of_which_the_status_says_all_is_plain(client: TestClient) -> None:
    answer = client.delete("/v1/hotspots")
    assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert (answer.json()["type"], answer.json()["title"]) == (PLAIN, "Methode niet toegestaan")
