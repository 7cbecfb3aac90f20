"""A running service follows what is stored, and keeps what it had when that can't be."""

from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from api.main import create_app
from hotspots.settings import ServiceSettings, Settings
from hotspots.store.database import Database
from hotspots.store.stored_settings import write_stored

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)


@pytest.fixture
def client(service_settings: Settings, three_weeks: object) -> TestClient:
    """A client of a service that looks at each request."""
    app = create_app(service_settings)
    app.state.live_settings.look_every_s = 0
    return TestClient(app)


def store(database: Database, key: str, value: object) -> None:
    with database.writing() as connection:
        write_stored(connection, {key: value}, at=NOW)


def test_a_page_that_was_shown_before_follows_at_the_next_request(
    client: TestClient, database: Database
) -> None:
    assert "#154273" in client.get("/").text
    store(database, "service.colour", "#103010")
    assert "#103010" in client.get("/").text
    store(database, "service.colour", None)
    assert ServiceSettings().colour in client.get("/").text


def test_what_cannot_be_leaves_the_settings_as_they_were_and_is_logged_once(
    client: TestClient, database: Database
) -> None:
    store(database, "service.colour", "#103010")
    client.get("/")
    store(database, "retention.text_days", 1)
    with capture_logs() as logs:
        assert "#103010" in client.get("/").text
        assert client.get("/").status_code == 200
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["settings stay as they were"]
