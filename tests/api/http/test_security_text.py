"""`/.well-known/security.txt` says whom to tell of a leak, to everyone, where the settings say whom."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from api.http.security_text import PATH, security_text
from api.main import create_app
from hotspots.settings import ServiceSettings, Settings, SignInSettings, with_changes

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
WITH_CONTACT = ["service.security_contact=cert@gemeente.example.nl"]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: it reads nothing."""
    return sqlite_url


@pytest.fixture
def open_to(service_settings: Settings) -> Callable[[list[str]], TestClient]:
    """A client of a service with changed settings, where reading asks signing in."""

    def make(changes: list[str]) -> TestClient:
        closed = service_settings.model_copy(update={"sign_in": SignInSettings(required=True)})
        return TestClient(create_app(with_changes(closed, changes)))

    return make


def test_everyone_is_told_and_the_former_place_leads_there(
    open_to: Callable[[list[str]], TestClient],
) -> None:
    policy = "service.security_policy=https://gemeente.example.nl/beveiliging"
    client = open_to([*WITH_CONTACT, policy, 'service.address="https://hotspots.example.nl"'])
    answer = client.get(PATH)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    ends = datetime.fromisoformat(fields.pop("Expires"))
    assert datetime.now(UTC) < ends < datetime.now(UTC) + timedelta(days=365)
    assert fields == {
        "Contact": "mailto:cert@gemeente.example.nl",
        "Preferred-Languages": "nl, en",
        "Canonical": "https://hotspots.example.nl/.well-known/security.txt",
        "Policy": "https://gemeente.example.nl/beveiliging",
    }
    moved = client.get("/security.txt", follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (301, PATH)
    assert client.head(PATH).status_code == 200


def test_without_a_contact_there_is_nothing(open_to: Callable[[list[str]], TestClient]) -> None:
    client = open_to([])
    assert [client.get(path).status_code for path in (PATH, "/security.txt")] == [404, 404]


def test_it_ends_within_a_year_at_the_begin_of_a_day_and_names_no_place_that_is_not_encrypted() -> None:
    settings = with_changes(Settings(), ["service.security_contact=https://gemeente.example.nl/melden"])
    text = security_text(settings, address="http://hotspots.example.nl", now=NOW)
    assert text.splitlines() == [
        "Contact: https://gemeente.example.nl/melden",
        "Expires: 2026-08-29T00:00:00Z",
        "Preferred-Languages: nl, en",
    ]


@pytest.mark.parametrize("value", ["http://gemeente.example.nl", "niemand", "a@b.nl\nContact: x@y.nl"])
def test_a_contact_that_can_not_be_one_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match=re.escape("security_contact")):
        ServiceSettings(security_contact=value)
