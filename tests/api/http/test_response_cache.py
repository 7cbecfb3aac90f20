"""Answers that are given again: to the same question, with the same visibility, until something changes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, update

from api.http.answers import Answer
from api.http.response_cache import ResponseCache
from hotspots.access.rights import Actor, Role
from hotspots.casework.cases import CaseAccess
from hotspots.casework.steps import move
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.change_mark import ChangeMark
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspots

LIST = "/v1/hotspots"
OOV = Actor("1", "O. Adviseur", Role.OOV, "OOV")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the library asks each database, and `test_matrix` every route on both."""
    return sqlite_url


@contextmanager
def statements(client: TestClient) -> Iterator[list[str]]:
    """The statements on hotspots while something is asked."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "hotspot_states" in statement:
            found.append(statement)

    engine = client.app.state.database.engine  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.usefixtures("three_weeks")
class TestTheSameQuestion:
    @pytest.mark.parametrize("path", [LIST, f"{LIST}/HS-2023-001", "/ogc/collections/hotspots/items"])
    def test_the_second_answer_is_the_first_without_looking_for_hotspots(
        self, client: TestClient, path: str
    ) -> None:
        first = client.get(path)
        with statements(client) as found:
            second = client.get(path)
            not_changed = client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert found == []
        assert (second.content, second.headers["etag"]) == (first.content, first.headers["etag"])
        assert second.headers.get("link") == first.headers.get("link")
        assert (not_changed.status_code, not_changed.content) == (304, b"")

    def test_what_was_made_by_settings_of_before_is_not_given_again(
        self, client: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        state = client.app.state  # type: ignore[attr-defined]
        marks, mark = state.response_cache.change_mark, state.response_cache.change_mark.mark

        def change_settings() -> object:  # between the moment they are read and the mark is asked
            monkeypatch.setattr(marks, "mark", mark)
            for each in state.live_settings.states:
                each.settings = each.settings.model_copy()
            marks.renew()
            return mark()

        monkeypatch.setattr(marks, "mark", change_settings)
        client.get(LIST)
        with statements(client) as found:
            client.get(LIST)
        assert found != []

    def test_another_kind_page_or_day_is_another_question(self, client: TestClient) -> None:
        given = [
            client.get(f"{LIST}{query}", headers={"Accept": accept}).text
            for query in ("", "?paginaGrootte=1", "?peildatum=2023-11-19")
            for accept in ("application/json", "application/geo+json")
        ]
        assert len(set(given)) == 6

    def test_what_people_do_is_seen_at_once(
        self, client: TestClient, database: Database, settings: Settings
    ) -> None:
        path = f"{LIST}/HS-2023-001"
        before = client.get(path)
        assert before.json()["status"] == "kandidaat"
        hotspot_id = before.json()["id"]
        move(
            CaseAccess(database, settings, OOV, hotspot_id, datetime(2023, 12, 4, tzinfo=UTC)),
            Status.IN_VERIFICATIE,
            expected_version=1,
        )
        after = client.get(path, headers={"If-None-Match": before.headers["etag"]})
        assert (after.status_code, after.json()["status"]) == (200, "in verificatie")

    def test_a_change_past_the_service_is_seen_at_once(self, client: TestClient, database: Database) -> None:
        client.get(LIST)
        with database.writing() as connection:
            connection.execute(update(hotspots).values(status="gesloten"))
        assert {found["status"] for found in client.get(LIST).json()["hotspots"]} == {"gesloten"}

    def test_a_wrong_question_is_refused_each_time(self, client: TestClient) -> None:
        for _ in range(2):
            assert client.get(f"{LIST}?pagina=nul").status_code == 400
            assert client.get(f"{LIST}/HS-1900-001").status_code == 404


def test_nobody_gets_what_was_answered_to_someone_with_another_sight(
    closed: TestClient,
    asking: Callable[[TestClient], Callable[..., Any]],
    sessions: Callable[[str], str],
    five_places: Any,  # writes the hotspots
) -> None:
    ask = asking(closed)
    tokens = {role: sessions(role) for role in ("oov", "lezer", "gebiedsteam", "privacy", "beheerder")}
    totals = {
        role: [ask(token, "GET", LIST).json()["totaalAantal"] for _ in range(2)]
        for role, token in tokens.items()
    }
    assert totals == {
        "oov": [7, 7],
        "lezer": [3, 3],
        "gebiedsteam": [3, 3],
        "privacy": [7, 7],
        "beheerder": [3, 3],
    }
    assert ask(None, "GET", LIST).status_code == 401


def test_what_was_not_asked_the_longest_goes_first_when_there_are_too_many(database: Database) -> None:
    kept = ResponseCache(ChangeMark(database), max_bytes=3500)
    answers = {name: Answer(b"x" * 100, "text/plain", {}) for name in "abcd"}
    for name in "abc":
        kept.keep("now", name, answers[name])
    assert kept.find("now", "a") is answers["a"]
    kept.keep("now", "d", answers["d"])
    assert [name for name in "abcd" if kept.find("now", name)] == ["a", "c", "d"]
    assert kept.find("later", "a") is None
    kept.keep("later", "b", answers["b"])
    assert [name for name in "abcd" if kept.find("later", name)] == ["b"]
