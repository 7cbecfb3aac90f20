"""Many at once: readers all get their answer, and who changes the same hotspot overwrites nothing unseen."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from hotspots.access.passwords import csrf_token

READERS = 80
"""More than there are threads and connections together."""

PEOPLE = 20
CASE = "/v1/hotspots/HS-2023-001"

pytestmark = pytest.mark.usefixtures("three_weeks")


def ask(
    service: str, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
) -> tuple[int, str, dict[str, str]]:
    """Status, text and headers of an answer over a connection of its own."""
    connection = HTTPConnection(urlsplit(service).netloc, timeout=120)
    sent = {"Content-Type": "application/json"} if body is not None else {}
    connection.request(
        method, path, None if body is None else json.dumps(body), headers=sent | (headers or {})
    )
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text, {name.lower(): value for name, value in answer.getheaders()}


def test_readers_that_come_all_at_once_all_get_their_answer(served: str) -> None:
    with ThreadPoolExecutor(READERS) as pool:
        answers = list(pool.map(lambda _: ask(served, "GET", "/v1/hotspots"), range(READERS)))
    assert Counter(status for status, _, _ in answers) == {200: READERS}
    assert len({text for _, text, _ in answers}) == 1


@pytest.fixture
def signed_in(sessions: Callable[[str], str], add_colleague: Callable[..., str]) -> dict[str, str]:
    """The headers of a page of OOV, which has as many colleagues as change at once."""
    for number in range(PEOPLE):
        add_colleague(f"Persoon {number}")
    token = sessions("oov")
    return {"Cookie": f"hotspots_sessie={token}", "X-CSRF-Token": csrf_token(token)}


def test_of_twenty_changes_at_once_each_is_kept_or_refused_and_the_history_is_whole(
    served: str, signed_in: dict[str, str]
) -> None:
    def change(person: int) -> tuple[int, str]:
        status, text, _ = ask(
            served,
            "PUT",
            f"{CASE}/toewijzing",
            {"persoon": f"Persoon {person}"},
            signed_in | {"If-Match": '"v1"'},
        )
        return status, text

    with ThreadPoolExecutor(PEOPLE) as pool:
        answers = list(pool.map(change, range(PEOPLE)))
    assert Counter(status for status, _ in answers) == {200: 1, 412: PEOPLE - 1}
    kept = next(json.loads(text) for status, text in answers if status == 200)
    history = json.loads(ask(served, "GET", f"{CASE}/historie", headers=signed_in)[1])["historie"]
    assert [(event["versie"], event["werd"]["assigned_to"]) for event in history] == [(2, kept["persoon"])]


def test_who_reads_again_after_a_refusal_gets_through_and_each_change_follows_on_the_one_before(
    served: str, signed_in: dict[str, str]
) -> None:
    def persist(person: int) -> int:
        for attempt in range(1, 200):
            tag = ask(served, "GET", f"{CASE}/dossier", headers=signed_in)[2]["etag"]
            body = {"persoon": f"Persoon {person}"}
            status, text, _ = ask(served, "PUT", f"{CASE}/toewijzing", body, signed_in | {"If-Match": tag})
            if status == 200:
                return attempt
            assert status == 412, text
        raise AssertionError(f"person {person} never got through")

    with ThreadPoolExecutor(PEOPLE) as pool:
        list(pool.map(persist, range(PEOPLE)))
    history = json.loads(ask(served, "GET", f"{CASE}/historie", headers=signed_in)[1])["historie"]
    assert [event["versie"] for event in history] == list(range(2, PEOPLE + 2))
    assert {event["werd"]["assigned_to"] for event in history} == {f"Persoon {n}" for n in range(PEOPLE)}
    before = [event["was"]["assigned_to"] for event in history]
    assert before == [None, *(event["werd"]["assigned_to"] for event in history[:-1])]
