"""How large and deep a body may be, and how many requests one may make."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from starlette.routing import Mount

from api.http.limits import MAX_BODY, MAX_DEPTH, SIGN_IN_COST, RateLimiter, depth
from api.main import create_app
from hotspots.access.machine_tokens import add_token
from hotspots.access.rights import Right
from hotspots.settings import ServiceSettings, Settings
from hotspots.store.case_tables import hotspot_events
from hotspots.store.database import Database

COMMENTS = "/v1/hotspots/HS-2023-001/opmerkingen"
NINE = datetime(2024, 3, 4, 9, 0, 20, tzinfo=UTC)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: limits are the same on every database."""
    return sqlite_url


@pytest.fixture
def bearer(database: Database) -> Callable[[datetime], dict[str, str]]:
    """Make a token that may comment, at a moment; gives the header."""

    def make(now: datetime) -> dict[str, str]:
        _, token = add_token(
            database,
            name="GIS",
            scopes=[Right.READ_HOTSPOTS, Right.COMMENT],
            expires_at=now + timedelta(days=9),
            created_by="test",
            now=now,
        )
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    return make


@pytest.mark.usefixtures("three_weeks")
class TestBody:
    @pytest.fixture
    def send(self, client: TestClient, bearer: Callable[[datetime], dict[str, str]]) -> Callable[..., Any]:
        """Send a body that is to become a comment, whole or in parts."""
        headers = bearer(datetime.now(UTC))
        return lambda body: client.post(COMMENTS, content=body, headers=headers)

    def test_the_longest_text_fits_also_when_each_character_is_escaped(
        self, send: Callable[..., Any]
    ) -> None:
        body = json.dumps({"tekst": "\N{SNOWMAN}" * 4000})
        assert len(body) > 24_000
        assert send(body).status_code == 201

    @pytest.mark.parametrize("in_parts", [False, True], ids=["announced", "in parts, not announced"])
    def test_a_body_that_is_too_large_is_refused(
        self, send: Callable[..., Any], database: Database, in_parts: bool
    ) -> None:
        whole = b'{"tekst": "Wie belt?"' + b" " * MAX_BODY + b"}"
        body = (whole[start : start + 1000] for start in range(0, len(whole), 1000)) if in_parts else whole
        answer = send(body)
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["title"] == "Verzoek te groot"
        assert answer.json()["detail"] == "Hoogstens 65536 bytes."
        assert answer.headers["api-version"]
        with database.reading() as connection:
            assert connection.execute(select(hotspot_events)).all() == []

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param('{"tekst": ' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}", id="one too deep"),
            pytest.param("[" * 60_000, id="never closed"),
            pytest.param('{"a":' * 10_000 + "1" + "}" * 10_000, id="objects"),
        ],
    )
    def test_a_body_that_is_nested_too_deep_is_refused(self, send: Callable[..., Any], body: str) -> None:
        answer = send(body)
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] == "De JSON is te diep genest: hoogstens 20 niveaus."

    def test_brackets_in_a_text_are_no_depth(self, send: Callable[..., Any]) -> None:
        assert send(json.dumps({"tekst": '"[{' * 50 + "\\"})).status_code == 201

    def test_what_is_no_json_is_told_in_dutch(self, send: Callable[..., Any]) -> None:
        [problem] = send('{"tekst": ').json()["invalidParams"]
        assert problem["reden"] == "is geen geldige JSON"


nested = st.recursive(
    st.none() | st.text() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def true_depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(true_depth, value.values()), default=0)
    return 1 + max(map(true_depth, value), default=0) if isinstance(value, list) else 0


@given(nested, st.booleans())
def test_the_depth_is_that_of_the_value(value: object, ascii_only: bool) -> None:
    assert depth(json.dumps(value, ensure_ascii=ascii_only).encode()) == true_depth(value)


class TestRateLimiter:
    def test_each_client_has_its_own_number_and_all_of_it_again_in_the_next_minute(self) -> None:
        limiter = RateLimiter(2)
        taken = [limiter.take("a", NINE), limiter.take("a", NINE + timedelta(seconds=10))]
        assert [(allowance.remaining, allowance.reset_s) for allowance in taken if allowance] == [
            (1, 40),
            (0, 30),
        ]
        third, other = limiter.take("a", NINE + timedelta(seconds=39)), limiter.take("b", NINE)
        assert third is not None
        assert other is not None
        assert (third.is_exceeded, other.is_exceeded) == (True, False)
        assert third.headers() == {
            "RateLimit-Limit": "2",
            "RateLimit-Remaining": "0",
            "RateLimit-Reset": "1",
            "Retry-After": "1",
        }
        again = limiter.take("a", NINE + timedelta(seconds=40))
        assert again is not None
        assert (again.remaining, again.is_exceeded) == (1, False)

    def test_without_a_limit_there_is_nothing_to_tell(self) -> None:
        assert RateLimiter(0).take("a", NINE) is None


class TestRates:
    LIMIT = 100

    @pytest.fixture
    def moment(self) -> list[datetime]:
        """The moment of the next requests, as its only element."""
        return [NINE]

    @pytest.fixture
    def limited(self, service_settings: Settings, moment: list[datetime]) -> Iterator[TestClient]:
        """A client of a service that allows 100 requests a minute, on a clock of our own."""
        service = ServiceSettings(requests_per_minute=self.LIMIT)
        app = create_app(service_settings.model_copy(update={"service": service}))
        parts = [route.app for route in app.routes if isinstance(route, Mount) and route.path == "/v1"]
        for part in (app, *parts):
            assert isinstance(part, FastAPI)
            part.state.clock = lambda: moment[0]
        with TestClient(app, raise_server_exceptions=False) as client:
            yield client

    def test_every_answer_tells_what_is_left_and_one_too_many_when_to_return(
        self, limited: TestClient, moment: list[datetime]
    ) -> None:
        paths = ("/v1/hotspots", "/", "/v1/hotspots/HS-1900-001", "/v1/openapi.json", "/ogc", "/v1/tokens")
        for number, path in enumerate(paths, start=1):
            headers = limited.get(path).headers
            assert headers["ratelimit-limit"] == "100"
            assert headers["ratelimit-remaining"] == str(self.LIMIT - number), path
            assert headers["ratelimit-reset"] == "40"
            assert "retry-after" not in headers
        for _ in range(self.LIMIT - len(paths)):
            limited.get("/v1/tokens")
        moment[0] += timedelta(seconds=25)
        refused = limited.get("/v1/hotspots")
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == refused.headers["ratelimit-reset"] == "15"
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["title"] == "Te veel verzoeken"
        assert "over 15 seconden" in limited.get("/", headers={"Accept": "text/html"}).text
        moment[0] += timedelta(seconds=15)
        assert limited.get("/v1/hotspots").status_code == 200

    def test_a_token_has_a_number_of_its_own_and_a_guessed_one_has_that_of_the_address(
        self, limited: TestClient, bearer: Callable[[datetime], dict[str, str]]
    ) -> None:
        first, second = bearer(NINE), bearer(NINE)
        for number in range(self.LIMIT):
            guess = {"Authorization": f"Bearer hs_guess{number}"}
            assert limited.get("/v1/hotspots", headers=guess).status_code == 401
        guess = {"Authorization": "Bearer hs_another"}
        assert limited.get("/v1/hotspots", headers=guess).status_code == 429
        assert limited.get("/v1/hotspots").status_code == 429
        for _ in range(self.LIMIT):
            answer = limited.get("/v1/hotspots", headers=first)
        assert (answer.status_code, answer.headers["ratelimit-remaining"]) == (200, "0")
        assert limited.get("/v1/hotspots", headers=first).status_code == 429
        assert limited.get("/v1/hotspots", headers=second).status_code == 200

    def test_attempts_to_sign_in_under_ever_other_names_run_out(self, limited: TestClient) -> None:
        answers = [
            limited.post("/aanmelden", data={"naam": f"naam{number}", "wachtwoord": "correct horse battery"})
            for number in range(self.LIMIT // SIGN_IN_COST + 1)
        ]
        assert [answer.status_code for answer in answers] == [401, 401, 429]

    def test_whoever_watches_over_the_service_is_not_limited(self, limited: TestClient) -> None:
        for _ in range(self.LIMIT + 5):
            answer = limited.get("/gezond")
        assert answer.status_code == 200
        assert "ratelimit-limit" not in answer.headers
