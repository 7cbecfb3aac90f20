"""What is on its way out is marked beside its route, told to who asks for it, and described as such."""

from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient

from api.http.answers import answer_document
from api.http.deprecation import NOTICE, Deprecation, deprecated
from api.http.paging import Document
from api.main import create_app
from api.rest.routes import Routes
from hotspots.settings import Settings

SINCE, ENDS = date(2026, 1, 1), date(2027, 1, 1)
router = Routes()


class Old(Document):
    """Iets ouds."""

    naam: str
    oude_naam: str


@router.reads("/oud", "getOud", "Iets ouds", Old)
@deprecated(Deprecation(SINCE, ENDS, successor="/v1/nieuw"))
def get_old(request: Request) -> Response:
    """Geeft iets ouds."""
    return answer_document(request, Old(naam="a", oude_naam="b"))


@router.reads("/deels", "getDeels", "Met een oud veld", Old)
@deprecated(Deprecation(SINCE, ENDS, fields=frozenset({"oudeNaam"})))
def get_partly(request: Request) -> Response:
    """Geeft iets met een oud veld."""
    return answer_document(request, Old(naam="a", oude_naam="b"))


@router.put("/deels", operation_id="putDeels", summary="Met een oude parameter")
@deprecated(Deprecation(SINCE, ENDS, parameters=frozenset({"oud"})))
def put_partly(oud: int = 0) -> Old:
    """Neemt een oude parameter."""
    return Old(naam=str(oud), oude_naam="b")


@router.get("/verwijzing", operation_id="getVerwijzing", summary="Met een verwijzing")
@deprecated(Deprecation(SINCE, ENDS))
def get_linked() -> Response:
    """Verwijst."""
    return Response(headers={"Link": '</v1/x>; rel="next"'})


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: these routes read nothing."""
    return sqlite_url


@pytest.fixture
def client(service_settings: Settings) -> TestClient:
    """A client of a service with the routes above."""
    app = create_app(service_settings)
    api: FastAPI = app.state.api
    api.include_router(router)
    return TestClient(app)


def test_who_asks_for_it_is_told_since_when_until_when_and_what_comes_in_its_place(
    client: TestClient,
) -> None:
    for answer in (client.get("/v1/oud"), client.head("/v1/oud"), client.get("/v1/oud?x=1&x=2")):
        assert answer.headers["deprecation"] == "@1767225600"
        assert parsedate_to_datetime(answer.headers["sunset"]).date() == ENDS
        assert answer.headers["sunset"].endswith(" GMT")
        assert answer.headers["link"].split(", ") == [
            '</v1#verouderd>; rel="deprecation"; type="text/html"',
            '</v1#verouderd>; rel="sunset"',
            '</v1/nieuw>; rel="successor-version"',
        ]
    assert "deprecation" not in client.get("/v1/buurten").headers


def test_its_links_go_after_those_of_the_answer(client: TestClient) -> None:
    assert client.get("/v1/verwijzing").headers["link"].startswith('</v1/x>; rel="next", </v1#verouderd>')


def test_of_a_parameter_only_who_sends_it_is_told(client: TestClient) -> None:
    assert "deprecation" in client.put("/v1/deels?oud=1").headers
    assert "deprecation" not in client.put("/v1/deels").headers
    assert "deprecation" in client.get("/v1/deels").headers, "it gives the old field"


def test_the_description_calls_it_so(client: TestClient) -> None:
    description: dict[str, Any] = client.get("/v1/openapi.json").json()
    old, partly = description["paths"]["/oud"]["get"], description["paths"]["/deels"]
    assert old["deprecated"] is True
    assert {"Deprecation", "Sunset", "Link"} <= set(old["responses"]["200"]["headers"])
    assert (old["x-verouderd"]["sinds"], old["x-verouderd"]["tot"]) == ("2026-01-01", "2027-01-01")
    assert "deprecated" not in {*partly["get"], *partly["put"]}
    assert partly["put"]["parameters"][0]["deprecated"] is True
    fields = description["components"]["schemas"]["Old"]["properties"]
    assert [name for name, field in fields.items() if field.get("deprecated")] == ["oudeNaam"]
    # nothing else is, unless it is marked in the code
    marked = [
        operation["operationId"]
        for path in description["paths"].values()
        for operation in path.values()
        if operation.get("deprecated")
    ]
    assert marked == ["getOud", "getVerwijzing"]


def test_a_shorter_notice_than_was_promised_is_refused() -> None:
    assert Deprecation(SINCE, SINCE + NOTICE).is_whole
    with pytest.raises(ValueError, match="wanted 365 days or more between 2026-01-01"):
        Deprecation(SINCE, SINCE + NOTICE - timedelta(days=1))
