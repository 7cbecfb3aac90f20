"""The case of a hotspot over HTTP: who may what and where, versions, and what is wrong in Dutch."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from hotspots.access.machine_tokens import add_token, list_tokens
from hotspots.access.rights import SCOPES, Right
from hotspots.store.case_tables import access_log, hotspot_events
from hotspots.store.database import Database

OWN, OTHER, DWELLING = "HS-2023-001", "HS-2023-003", "HS-2023-002"

Ask = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("three_weeks")

VERDICT = {"oordeel": "leefbaarheid", "reden": "Voetballende jongeren."}


class TestVersions:
    def test_a_change_asks_for_the_version_that_was_seen(
        self, sessions: Callable[[str], str], ask: Ask
    ) -> None:
        token = sessions("oov")
        tag = ask(token, "GET", f"/hotspots/{OWN}/dossier").headers["etag"]
        assert tag == '"v1"'
        moved = ask(token, "PUT", f"/hotspots/{OWN}/status", {"status": "in verificatie"}, {"If-Match": tag})
        assert (moved.status_code, moved.headers["etag"]) == (200, '"v2"')
        assert moved.json()["versie"] == 2
        body = {"status": "leefbaarheid", "reden": "Ja."}
        stale = ask(token, "PUT", f"/hotspots/{OWN}/status", body, {"If-Match": tag})
        assert stale.status_code == 412
        assert stale.json()["detail"].startswith("Iemand anders heeft dit intussen gewijzigd.")

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the database decides nothing here
    @pytest.mark.parametrize("tag", ["*", "v1", 'W/"v1"', '"v1", "v2"', "", '"v99999999999999999999"'])
    def test_a_strange_tag_changes_nothing(
        self, sessions: Callable[[str], str], ask: Ask, database: Database, tag: str
    ) -> None:
        body = {"status": "in verificatie"}
        answer = ask(sessions("oov"), "PUT", f"/hotspots/{OWN}/status", body, {"If-Match": tag})
        assert answer.status_code == 412
        with database.reading() as connection:
            assert connection.execute(select(hotspot_events)).all() == []

    def test_without_a_tag_nothing_is_changed(
        self, client: TestClient, sessions: Callable[[str], str], database: Database
    ) -> None:
        client.cookies.set("hotspots_sessie", sessions("oov"))
        headers = {"X-CSRF-Token": client.get("/sessie").json()["csrf"]}
        answer = client.put(f"/v1/hotspots/{OWN}/toewijzing", json={"persoon": "A"}, headers=headers)
        with database.reading() as connection:
            assert connection.execute(select(hotspot_events)).all() == []
        assert answer.status_code == 428
        assert answer.json()["title"] == "If-Match ontbreekt"

    def test_who_is_not_signed_in_is_told_that_before_anything_of_a_version(self, ask: Ask) -> None:
        for tag in ({"If-Match": ""}, {"If-Match": '"strange"'}, {"If-Match": '"v1"'}):
            answer = ask(None, "PUT", "/hotspots/HS-2023-001/status", {"status": "in verificatie"}, tag)
            assert answer.status_code == 401


def test_a_better_name_is_read_everywhere_stands_in_the_history_and_is_taken_back(
    sessions: Callable[[str], str], ask: Ask
) -> None:
    team, path = sessions("gebiedsteam"), f"/hotspots/{OWN}"
    before = ask(team, "GET", path).json()["naam"]
    named = ask(team, "PUT", f"{path}/naam", {"naam": "Achter het plein"}, {"If-Match": '"v1"'})
    assert (named.status_code, named.headers["etag"]) == (200, '"v2"')
    assert ask(team, "GET", path).json()["naam"] == "Achter het plein"
    (event,) = ask(team, "GET", f"{path}/historie").json()["historie"]
    assert (event["was"], event["werd"]) == ({"naam": None}, {"naam": "Achter het plein"})
    for wrong in ("Plein 12", "Achter het plein", "…"):
        refused = ask(team, "PUT", f"{path}/naam", {"naam": wrong}, {"If-Match": '"v2"'})
        assert refused.status_code == 409
        assert refused.headers["content-type"] == "application/problem+json"
        assert "een naam mag geen huisnummer zijn" in refused.json()["detail"]
    for body in ({}, {"naam": 12}, {"naam": "x" * 81}):
        answer = ask(team, "PUT", f"{path}/naam", body, {"If-Match": '"v2"'})
        assert [problem["naam"] for problem in answer.json()["invalidParams"]] == ["naam"]
    assert ask(team, "PUT", f"{path}/naam", {"naam": None}, {"If-Match": '"v2"'}).status_code == 200
    assert ask(team, "GET", path).json()["naam"] == before


def test_a_machine_links_a_case_elsewhere_once_and_people_read_where_it_is_and_take_it_away(
    sessions: Callable[[str], str], ask: Ask, client: TestClient, database: Database
) -> None:
    now = datetime.now(UTC)
    _, machine = add_token(
        database,
        name="Zaaksysteem",
        scopes=[Right.READ_HOTSPOTS, Right.LINK],
        expires_at=now + timedelta(days=1),
        created_by="beheerder",
        organisation="gemeente",
        now=now,
    )
    oov, path = sessions("oov"), f"/hotspots/{OWN}/koppelingen"
    link = {"systeem": "Zaken", "kenmerk": "<b>Z-7</b>", "url": "https://zaken.example.org/7?a=1&b=2"}
    headers = {"Authorization": f"Bearer {machine}"}
    first, again = (client.post(f"/v1{path}", json=link, headers=headers) for _ in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    assert first.json() | link == first.json()
    assert (first.json()["door"], first.json()["organisatie"]) == ("Zaaksysteem", "gemeente")
    assert client.get(f"/v1{path}", headers=headers).status_code == 403
    [listed] = ask(oov, "GET", path).json()["koppelingen"]
    assert listed == first.json()
    assert ask(oov, "GET", f"/hotspots/{OWN}/dossier").json()["koppelingen"] == [listed]
    [event] = ask(oov, "GET", f"/hotspots/{OWN}/historie").json()["historie"]
    assert event["werd"] == {"koppeling": listed["id"]} | link
    client.cookies.set("hotspots_sessie", oov)
    page = client.get(f"/hotspots/{OWN}", headers={"Accept": "text/html"}).text
    assert (
        'href="https://zaken.example.org/7?a=1&amp;b=2" rel="external noopener noreferrer nofollow"' in page
    )
    assert "&lt;b&gt;Z-7&lt;/b&gt;" in page
    assert "zette erbij waar de plek in een ander systeem staat" in page
    refused = ask(oov, "POST", path, link | {"url": "https://jan:geheim@zaken.example.org"})
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    assert refused.json()["detail"].startswith("In het adres mag geen naam, wachtwoord of sleutel staan")
    wrong = ask(oov, "POST", path, {"systeem": "", "kenmerk": "7" * 121, "adres": "x"}).json()
    assert {problem["naam"] for problem in wrong["invalidParams"]} == {"systeem", "kenmerk", "url", "adres"}
    assert ask(oov, "DELETE", f"{path}/{listed['id']}").status_code == 204
    assert ask(oov, "DELETE", f"{path}/{listed['id']}").status_code == 404
    assert ask(oov, "GET", path).json()["totaalAantal"] == 0


@pytest.mark.parametrize(
    ("role", "path", "name"),
    [
        ("oov", f"/hotspots/{OWN}/opmerkingen", "opmerkingen"),
        ("oov", f"/hotspots/{OWN}/historie", "historie"),
        ("privacy", "/inzage", "inzage"),
        ("beheerder", "/gebruikers", "gebruikers"),
    ],
)
def test_lists_are_paged_with_links_and_totals(
    sessions: Callable[[str], str], ask: Ask, role: str, path: str, name: str
) -> None:
    token = sessions("oov")
    for text in ("Eén", "Twee", "Drie"):
        ask(token, "POST", f"/hotspots/{OWN}/opmerkingen", {"tekst": text})
        ask(token, "GET", f"/hotspots/{OWN}/punten")
    if role != "oov":
        token = sessions(role)
        sessions("lezer")
    total = 3
    first = ask(token, "GET", f"{path}?paginaGrootte=2")
    assert first.json()["totaalAantal"] == total
    assert len(first.json()[name]) == 2
    assert '>; rel="next"' in first.headers["link"]
    second = ask(token, "GET", first.json()["_links"]["next"]["href"].removeprefix("/v1"))
    assert [*first.json()[name], *second.json()[name]] == ask(token, "GET", path).json()[name]
    again = ask(token, "GET", path, None, {"If-None-Match": ask(token, "GET", path).headers["etag"]})
    assert (again.status_code, again.text) == (304, "")


class TestForgery:
    def test_a_change_from_another_site_lacks_the_token_of_our_page(
        self, client: TestClient, sessions: Callable[[str], str], database: Database
    ) -> None:
        client.cookies.set("hotspots_sessie", sessions("oov"))
        for headers in ({}, {"X-CSRF-Token": "guess"}, {"X-CSRF-Token": ""}):
            answer = client.post(f"/v1/hotspots/{OWN}/opmerkingen", json={"tekst": "Hallo"}, headers=headers)
            assert answer.status_code == 403
        with database.reading() as connection:
            assert connection.execute(select(hotspot_events)).all() == []

    @pytest.mark.parametrize(
        "extra", [{"organisatie": "OOV"}, {"besluit": True}, {"door": "Iemand anders"}, {"isFinal": True}]
    )
    def test_fields_that_are_not_asked_are_refused(
        self, sessions: Callable[[str], str], ask: Ask, extra: dict[str, object]
    ) -> None:
        answer = ask(sessions("gebiedsteam"), "POST", f"/hotspots/{OWN}/verificaties", VERDICT | extra)
        assert answer.status_code == 400
        assert [
            problem["reden"].startswith("bestaat niet") for problem in answer.json()["invalidParams"]
        ] == [True]

    @pytest.mark.parametrize("number", [True, "1", "een", 1.5])
    def test_what_is_no_number_is_not_taken_for_one(
        self, sessions: Callable[[str], str], ask: Ask, number: object
    ) -> None:
        body = {"tekst": "Bekend bij ons.", "delen": "oov", "vervangt": number}
        answer = ask(sessions("oov"), "POST", f"/hotspots/{OWN}/verrijkingen", body)
        assert answer.status_code == 400
        assert [problem["naam"] for problem in answer.json()["invalidParams"]] == ["vervangt"]

    def test_deep_json_is_refused(self, client: TestClient, sessions: Callable[[str], str]) -> None:
        client.cookies.set("hotspots_sessie", sessions("oov"))
        headers = {
            "X-CSRF-Token": client.get("/sessie").json()["csrf"],
            "Content-Type": "application/json",
        }
        body = "[" * 10_000
        answer = client.post(f"/v1/hotspots/{OWN}/opmerkingen", content=body, headers=headers)
        assert answer.status_code == 400

    def test_a_verdict_of_a_partner_is_never_the_decision(
        self, sessions: Callable[[str], str], ask: Ask
    ) -> None:
        token = sessions("gebiedsteam")
        ask(token, "PUT", f"/hotspots/{OWN}/status", {"status": "in verificatie"})
        body = {"status": "geen hotspot", "reden": "Wij vinden van niet."}
        refused = ask(token, "PUT", f"/hotspots/{OWN}/status", body, {"If-Match": '"v2"'})
        assert refused.status_code == 403


def test_every_reading_of_points_is_logged_with_who_and_what(
    sessions: Callable[[str], str], ask: Ask, database: Database
) -> None:
    assert ask(sessions("gebiedsteam"), "GET", f"/hotspots/{OWN}/punten").status_code == 200
    with database.reading() as connection:
        row = connection.execute(select(access_log)).one()
    assert (row.actor, row.right_used, row.report_count) == ("Iemand van gebiedsteam", "punten.lezen", 6)
    log = ask(sessions("privacy"), "GET", "/inzage").json()["inzage"]
    assert [(entry["door"], entry["aantalMeldingen"]) for entry in log] == [("Iemand van gebiedsteam", 6)]


class TestBearer:
    @pytest.fixture
    def bearer(self, database: Database) -> Callable[..., dict[str, str]]:
        """Make a token with these scopes and areas; gives the header."""

        def make(*scopes: Right, gebieden: list[str] | None = None, days: int = 9) -> dict[str, str]:
            now = datetime.now(UTC)
            _, token = add_token(
                database,
                name="GIS",
                scopes=scopes,
                expires_at=now + timedelta(days=days),
                created_by="test",
                now=now,
                organisation="OOV",
                gebieden=gebieden,
            )
            return {"Authorization": f"Bearer {token}"}

        return make

    def test_a_machine_reads_what_its_scopes_say_and_nothing_else(
        self, client: TestClient, bearer: Callable[..., dict[str, str]]
    ) -> None:
        headers = bearer(Right.READ_HOTSPOTS, Right.READ_CASES)
        assert client.get(f"/v1/hotspots/{OTHER}/dossier", headers=headers).status_code == 200
        assert client.get(f"/v1/hotspots/{OTHER}/punten", headers=headers).status_code == 403
        assert client.get("/v1/tokens", headers=headers).status_code == 403

    def test_a_machine_bound_to_an_area_sees_nothing_elsewhere(
        self, client: TestClient, bearer: Callable[..., dict[str, str]], own_gebieden: list[str]
    ) -> None:
        headers = bearer(Right.READ_CASES, gebieden=own_gebieden)
        assert client.get(f"/v1/hotspots/{OWN}/dossier", headers=headers).status_code == 200
        assert client.get(f"/v1/hotspots/{OTHER}/dossier", headers=headers).status_code == 404

    def test_with_all_scopes_a_machine_still_does_not_decide(
        self, client: TestClient, bearer: Callable[..., dict[str, str]]
    ) -> None:
        headers = bearer(*SCOPES) | {"If-Match": '"v1"'}
        for status in ("in verificatie", "gesloten"):
            body = {"status": status, "reden": "Automatisch."}
            assert client.put(f"/v1/hotspots/{OWN}/status", json=body, headers=headers).status_code == 403

    @pytest.mark.parametrize("token", ["hs_guess", "guess", "a.b.c"])
    def test_another_token_is_refused_even_where_reading_is_open(
        self, client: TestClient, token: str
    ) -> None:
        answer = client.get("/v1/hotspots", headers={"Authorization": f"Bearer {token}"})
        # a wrong token is told, rather than taken for nobody
        assert answer.status_code == 401

    def test_a_stolen_token_is_of_no_use_once_it_is_revoked(
        self, client: TestClient, sessions: Callable[[str], str], ask: Ask
    ) -> None:
        keeper = sessions("beheerder")
        made = ask(keeper, "POST", "/tokens", {"naam": "GIS", "rechten": ["hotspots.lezen"]}).json()
        client.cookies.clear()
        headers = {"Authorization": f"Bearer {made['token']}"}
        path = "/v1/hotspots"
        assert client.get(path, headers=headers).status_code == 200
        assert ask(keeper, "DELETE", f"/tokens/{made['id']}").status_code == 204
        client.cookies.clear()
        assert client.get(path, headers=headers).status_code == 401

    @pytest.mark.parametrize(
        "right",
        [
            "woningen.lezen",
            "dossiers.lezen",
            "punten.lezen",
            "teksten.lezen",
            "inzage.lezen",
            "status.wijzigen",
        ],
    )
    def test_nobody_gives_a_token_a_right_that_they_lack(
        self, sessions: Callable[[str], str], ask: Ask, database: Database, right: str
    ) -> None:
        wanted = {"naam": "GIS", "rechten": ["hotspots.lezen", right]}
        assert ask(sessions("beheerder"), "POST", "/tokens", wanted).status_code == 403
        assert list_tokens(database) == []

    def test_a_token_that_ended_is_of_no_use(self, client: TestClient, database: Database) -> None:
        now = datetime.now(UTC)
        _, token = add_token(
            database,
            name="GIS",
            scopes=[Right.READ_CASES],
            expires_at=now - timedelta(seconds=1),
            created_by="test",
            now=now - timedelta(days=9),
        )
        headers = {"Authorization": f"Bearer {token}"}
        assert client.get(f"/v1/hotspots/{OWN}/dossier", headers=headers).status_code == 401

    def test_a_token_counts_in_its_header_only_and_a_session_in_its_cookie_only(
        self, client: TestClient, bearer: Callable[..., dict[str, str]], sessions: Callable[[str], str]
    ) -> None:
        token, session = bearer(Right.READ_CASES)["Authorization"].removeprefix("Bearer "), sessions("oov")
        path = f"/v1/hotspots/{OWN}/dossier"
        for query in (f"token={token}", f"access_token={token}", f"hotspots_sessie={session}"):
            assert client.get(f"{path}?{query}").status_code == 401
        assert client.get(path, headers={"Authorization": f"Bearer {session}"}).status_code == 401
        assert client.get(path, headers={"Authorization": f"Basic {token}"}).status_code == 401
        client.cookies.set("hotspots_sessie", token)
        assert client.get(path).status_code == 401

    def test_who_is_blocked_is_out_at_once(self, sessions: Callable[[str], str], ask: Ask) -> None:
        taken, keeper = sessions("oov"), sessions("beheerder")
        assert ask(taken, "GET", f"/hotspots/{OWN}/dossier").status_code == 200
        assert ask(keeper, "PUT", "/gebruikers/oov/blokkade", {"geblokkeerd": True}).status_code == 204
        answer = ask(None, "GET", f"/hotspots/{OWN}/dossier", None, {"Cookie": f"hotspots_sessie={taken}"})
        assert answer.status_code == 401


class TestOnce:
    def test_a_request_with_a_key_is_done_once_and_the_key_is_of_that_request(
        self, sessions: Callable[[str], str], ask: Ask
    ) -> None:
        token, path = sessions("oov"), f"/hotspots/{OWN}/opmerkingen"
        key = {"Idempotency-Key": "0f8b2c6e-41d9"}
        first, again = (ask(token, "POST", path, {"tekst": "Wie belt?"}, key) for _ in range(2))
        assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
        assert first.headers["etag"] == again.headers["etag"] == '"v2"'
        assert ask(token, "POST", path, {"tekst": "Ik bel."}, key).status_code == 409
        other = sessions("gebiedsteam")
        assert ask(other, "POST", path, {"tekst": "Wij bellen."}, key).status_code == 201
        assert ask(token, "POST", path, {"tekst": " "}, {"Idempotency-Key": "a"}).status_code == 409
        assert ask(token, "POST", path, {"tekst": "Goed."}, {"Idempotency-Key": "a"}).status_code == 201
        for strange in ("", "x" * 201):
            assert ask(token, "POST", path, {"tekst": "x"}, {"Idempotency-Key": strange}).status_code == 400
        listed = ask(token, "GET", path).json()["opmerkingen"]
        assert [each["tekst"] for each in listed] == ["Wie belt?", "Wij bellen.", "Goed."]

    def test_who_wrote_a_comment_withdraws_it(self, sessions: Callable[[str], str], ask: Ask) -> None:
        writer, other, path = sessions("oov"), sessions("gebiedsteam"), f"/hotspots/{OWN}/opmerkingen"
        ask(writer, "POST", path, {"tekst": "Wie belt?"})
        [listed] = ask(other, "GET", path).json()["opmerkingen"]
        assert ask(other, "DELETE", f"{path}/{listed['id']}").status_code == 404
        assert ask(writer, "DELETE", f"{path}/{listed['id']}").status_code == 204
        [listed] = ask(other, "GET", path).json()["opmerkingen"]
        assert (listed["tekst"], listed["ingetrokken"]) == (None, True)
        assert "Wie belt" not in ask(other, "GET", f"/hotspots/{OWN}/historie").text
