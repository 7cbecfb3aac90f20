"""What is sent twice is done once and gets the same answer: forms, and requests with a key of their own."""

import hashlib
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update

from api.http.sent_once import SentOnceMiddleware
from hotspots.store.case_tables import api_tokens, comments, hotspot_events, sent_forms, users
from hotspots.store.database import Database

NUMBER = "HS-2023-001"
PAGE = f"/hotspots/{NUMBER}"


def form_of(client: TestClient, action: str, page: str = PAGE) -> str:
    """The token of the form on a page that is sent to an address."""
    text = client.get(page).text
    found = re.search(rf'<form[^>]* action="{re.escape(action)}"[^>]*>\s*<input[^>]* value="(\w+)"', text)
    assert found is not None
    return found[1]


def count(database: Database, table: Any) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.fixture
def oov(client: TestClient, sessions: Callable[[str], str], three_weeks: Any) -> TestClient:
    """A client in a session of OOV, of which a redirect is told and not followed."""
    client.cookies.set("hotspots_sessie", sessions("oov"))
    client.follow_redirects = False
    return client


def test_a_form_that_is_sent_twice_is_done_once_and_answered_the_same(
    oov: TestClient, database: Database
) -> None:
    fields = {"csrf": form_of(oov, f"{PAGE}/opmerking"), "tekst": "Wie belt?"}
    answers = [oov.post(f"{PAGE}/opmerking", data=fields) for _ in range(3)]
    assert [(answer.status_code, answer.headers["location"]) for answer in answers] == [
        (303, f"{PAGE}?gedaan=opmerking")
    ] * 3
    assert count(database, comments) == 1
    # what is typed in the same form after going back is another comment, and so is the same in a new one
    oov.post(f"{PAGE}/opmerking", data=fields | {"tekst": "Ik bel."})
    oov.post(f"{PAGE}/opmerking", data=fields | {"csrf": form_of(oov, f"{PAGE}/opmerking")})
    assert count(database, comments) == 3


def test_forms_that_come_at_the_same_moment_are_one(oov: TestClient, database: Database) -> None:
    fields = {"csrf": form_of(oov, f"{PAGE}/opmerking"), "tekst": "Wie belt?"}
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: oov.post(f"{PAGE}/opmerking", data=fields).status_code, range(6)))
    assert answers == [303] * 6
    assert (count(database, comments), count(database, sent_forms)) == (1, 1)


class TestOnSqlite:
    """What the database has no part in."""

    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        """SQLite only."""
        return sqlite_url

    def test_what_was_refused_can_be_sent_again_and_changes_are_never_made_half(
        self, oov: TestClient, database: Database
    ) -> None:
        fields = {"csrf": form_of(oov, f"{PAGE}/opmerking"), "tekst": " "}
        assert [oov.post(f"{PAGE}/opmerking", data=fields).status_code for _ in range(2)] == [400, 400]
        assert (count(database, sent_forms), count(database, hotspot_events)) == (0, 0)

    def test_a_secret_that_is_shown_once_is_shown_again_to_a_double_click_and_kept_nowhere_in_the_open(
        self, client: TestClient, sessions: Callable[[str], str], database: Database
    ) -> None:
        client.cookies.set("hotspots_sessie", sessions("beheerder"))
        path = "/beheer/tokens"
        fields = {"csrf": form_of(client, path, path), "naam": "GIS", "recht": "hotspots.lezen"}
        first, second = (client.post(path, data=fields) for _ in range(2))
        secrets = [re.findall(r"hs_[\w-]+", answer.text) for answer in (first, second)]
        assert secrets[0] == secrets[1] != []
        assert count(database, api_tokens) == 1
        nonce = second.headers["content-security-policy"].split("'nonce-")[1].split("'")[0]
        assert f'nonce="{nonce}"' in second.text
        with database.reading() as connection:
            kept: bytes = connection.execute(select(sent_forms.c.answer)).scalar_one()
        assert secrets[0][0].encode() not in kept

    def test_a_password_in_a_form_cannot_be_guessed_by_a_hash_that_is_kept(
        self, oov: TestClient, database: Database
    ) -> None:
        typed = dict.fromkeys(("nieuw", "nogmaals"), "vier losse woorden kelder")
        typed = {"oud": "correct horse battery"} | typed
        csrf = form_of(oov, "/account/wachtwoord", "/account")
        assert oov.post("/account/wachtwoord", data={"csrf": csrf} | typed).status_code == 303
        content = urlencode(typed).encode()
        with database.reading() as connection:
            kept = connection.execute(select(sent_forms.c.id, sent_forms.c.digest)).one()
        assert hashlib.sha256(content).hexdigest() not in kept

    def test_what_was_answered_is_not_told_again_to_who_lost_rights_since(
        self, oov: TestClient, database: Database
    ) -> None:
        fields = {"csrf": form_of(oov, f"{PAGE}/opmerking"), "tekst": "Wie belt?"}
        assert oov.post(f"{PAGE}/opmerking", data=fields).status_code == 303
        fewer: list[dict[str, object]] = [{"granted": []}, {"role": "lezer"}]
        for values in fewer:
            with database.writing() as connection:
                connection.execute(update(users).where(users.c.name == "oov").values(values))
            assert oov.post(f"{PAGE}/opmerking", data=fields).status_code == 409
        assert count(database, comments) == 1

    def test_a_form_of_another_or_that_was_changed_is_no_form_of_ours(
        self, oov: TestClient, database: Database
    ) -> None:
        token = form_of(oov, f"{PAGE}/opmerking")
        other = "1" if token[0] == "0" else "0"
        for changed in ("", token[:-1], other + token[1:], token[:128] + "0" * 32 + token[160:]):
            answer = oov.post(f"{PAGE}/opmerking", data={"csrf": changed, "tekst": "x"})
            is_csrf = changed[:128] == token[:128]  # the session's own, without what makes the form one
            assert answer.status_code == (303 if is_csrf else 403)
        assert count(database, sent_forms) == 0

    def test_what_was_done_but_not_answered_is_not_done_again(
        self, oov: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As when the service dies after what it did was stored, and before it answered."""
        monkeypatch.setattr(SentOnceMiddleware, "_end", lambda *_: None)
        monkeypatch.setattr("api.http.sent_once.WAIT_S", 0.2)
        fields = {"csrf": form_of(oov, f"{PAGE}/opmerking"), "tekst": "Wie belt?"}
        assert oov.post(f"{PAGE}/opmerking", data=fields).status_code == 303
        again = oov.post(f"{PAGE}/opmerking", data=fields, headers={"Accept": "text/html"})
        assert again.status_code == 409
        assert "Kijk eerst of het is opgeslagen" in again.text
        assert count(database, comments) == 1

    def test_a_change_that_fails_leaves_no_claim(
        self, oov: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As when the service dies before what it did was stored: it can be sent again."""

        def fail(*_: object, **__: object) -> None:
            raise RuntimeError("the machine is gone")

        fields = {"csrf": form_of(oov, f"{PAGE}/opmerking"), "tekst": "Wie belt?"}
        with monkeypatch.context() as patch:
            patch.setattr("hotspots.casework.dossier.record_change", fail)
            assert oov.post(f"{PAGE}/opmerking", data=fields).status_code == 500
        assert (count(database, comments), count(database, sent_forms)) == (0, 0)
        assert oov.post(f"{PAGE}/opmerking", data=fields).status_code == 303
        assert count(database, comments) == 1
