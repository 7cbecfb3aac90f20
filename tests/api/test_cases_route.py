"""The case of a hotspot over HTTP: who may what and where, versions, and what is wrong in Dutch."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.main import create_app
from hotspots.rights import GRANTED, SCOPES, Right, Role
from hotspots.settings import Settings, SignInSettings
from hotspots.store.accounts import add_token, add_user, sign_in
from hotspots.store.database import Database
from hotspots.store.tables import areas
from hotspots.store.workflow_tables import access_log, hotspot_events

OWN, OTHER, DWELLING = "HS-2023-001", "HS-2023-003", "HS-2023-002"
PASSWORD = "correct horse battery"

Ask = Callable[..., Any]

# what each role gets for a hotspot in the own area, in no area, and of a dwelling in the own area
READ_CASE = {"lezer": "403 403 404", "gebiedsteam": "200 404 200", "oov": "200 200 200"} | {
    "beheerder": "403 403 404",
    "privacy": "200 200 200",
}
READ_SHARED = READ_CASE | {"lezer": "200 200 404", "beheerder": "200 200 404"}
TOUCH = READ_CASE | {"privacy": "403 403 403"}
BY_NAME = TOUCH
MANAGE = {"lezer": "403", "gebiedsteam": "403", "oov": "403", "beheerder": "200", "privacy": "403"}
LEARN = MANAGE | {"oov": "200", "privacy": "200"}
LOG = MANAGE | {"beheerder": "403", "privacy": "200"}

VERDICT = {"oordeel": "leefbaarheid", "reden": "Voetballende jongeren."}
ENRICHMENT = {"tekst": "Bekend bij ons.", "delen": "gebiedsteam"}
MEASURE = {"soort": "gesprek", "omschrijving": "Praten.", "eigenaar": "Trajekt", "begin": "2024-01-01"}

ROUTES: list[tuple[str, str, dict[str, Any] | None, dict[str, str], int]] = [
    # method, path, body, expected per role, what "200" stands for
    ("GET", "/hotspots/{id}/dossier", None, READ_CASE, 200),
    ("GET", "/hotspots/{id}/verificaties", None, READ_CASE, 200),
    ("GET", "/hotspots/{id}/verrijkingen", None, READ_SHARED, 200),
    ("GET", "/hotspots/{id}/opmerkingen", None, READ_CASE, 200),
    ("GET", "/hotspots/{id}/maatregelen", None, READ_CASE, 200),
    ("GET", "/hotspots/{id}/historie", None, READ_CASE, 200),
    ("GET", "/hotspots/{id}/punten", None, BY_NAME, 200),
    ("GET", "/hotspots/{id}/teksten", None, BY_NAME, 200),
    ("PUT", "/hotspots/{id}/status", {"status": "in verificatie"}, TOUCH, 200),
    ("PUT", "/hotspots/{id}/toewijzing", {"persoon": "A. Agent"}, TOUCH, 200),
    ("POST", "/hotspots/{id}/verificaties", VERDICT, TOUCH, 201),
    ("POST", "/hotspots/{id}/verrijkingen", ENRICHMENT, TOUCH, 201),
    ("POST", "/hotspots/{id}/opmerkingen", {"tekst": "Wie belt?"}, TOUCH, 201),
    # nothing was decided yet, so who may is told that it can't be done now
    ("POST", "/hotspots/{id}/maatregelen", MEASURE, TOUCH, 409),
    ("PUT", "/hotspots/{id}/maatregelen/1", MEASURE, TOUCH, 409),
    ("GET", "/gebruikers", None, MANAGE, 200),
    ("PUT", "/gebruikers/niemand/blokkade", {"geblokkeerd": True}, MANAGE, 404),
    ("GET", "/tokens", None, MANAGE, 200),
    ("POST", "/tokens", {"naam": "GIS", "rechten": ["hotspots.lezen"]}, MANAGE, 201),
    ("DELETE", "/tokens/niets", None, MANAGE, 404),
    ("GET", "/inzage", None, LOG, 200),
    ("GET", "/leren", None, LEARN, 200),
    ("GET", "/termijnen", None, dict.fromkeys(Role, "200"), 200),
]


@pytest.fixture
def sessions(database: Database, settings: Settings, three_weeks: object) -> Callable[[str], str]:
    """Make a user of a role, the gebiedsteam with two own areas, and sign in; gives the session's token."""

    def enter(role: str) -> str:
        is_team = role == Role.GEBIEDSTEAM
        now = datetime.now(UTC)
        add_user(
            database,
            name=role,
            full_name=f"Iemand van {role}",
            role=Role(role),
            password=PASSWORD,
            created_by="test",
            now=now,
            organisation="politie" if is_team else "OOV",
            gebieden=gebieden_of(database) if is_team else [],
            granted=GRANTED,
        )
        return sign_in(database, settings.sign_in, name=role, password=PASSWORD, now=now)

    return enter


def gebieden_of(database: Database) -> list[str]:
    """The default areas of the centre and of Mariaberg."""
    with database.reading() as connection:
        query = select(areas.c.wijknaam).where(areas.c.buurtcode.in_(["BU09350000", "BU09350100"]))
        return sorted(set(connection.execute(query).scalars()))


@pytest.fixture
def ask(client: TestClient) -> Ask:
    """Send a request with a session's cookie and all that a page of ours would add; gives the answer."""

    def send(
        token: str | None, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Any:
        client.cookies.clear()
        own = {}
        if token is not None:
            client.cookies.set("hotspots_sessie", token)
            own["X-CSRF-Token"] = client.get("/sessie").json()["csrf"]
        if method == "PUT":
            own["If-Match"] = '"v1"'
        return client.request(method, f"/v1{path}", json=body, headers=own | (headers or {}))

    return send


@pytest.mark.parametrize("role", Role)
def test_every_route_gives_each_role_what_was_agreed_in_the_own_area_elsewhere_and_of_a_dwelling(
    client: TestClient, sessions: Callable[[str], str], ask: Ask, role: Role
) -> None:
    token = sessions(role)
    versions = {OWN: 1, OTHER: 1, DWELLING: 1}
    wrong = []
    for method, path, body, per_role, success in ROUTES:
        expected = per_role[role].split()
        for number, wanted in zip((OWN, OTHER, DWELLING), expected, strict=False):
            headers = {"If-Match": f'"v{versions[number]}"'}
            answer = ask(token, method, path.replace("{id}", number), body, headers)
            if method != "GET" and answer.status_code < 300 and "{id}" in path:
                versions[number] += 1
            if answer.status_code != (success if wanted == "200" else int(wanted)):
                wrong.append((method, path, number, wanted, answer.status_code, answer.text[:100]))
    assert wrong == []


def test_every_route_that_needs_signing_in_is_in_the_matrix(client: TestClient) -> None:
    document = client.get("/v1/openapi.json").json()
    found = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if {"dossiers", "beheer"} & set(operation["tags"])
    }
    tested = {
        (
            method,
            path.replace("maatregelen/1", "maatregelen/{maatregel}")
            .replace("/niemand/", "/{naam}/")
            .replace("/niets", "/{id}"),
        )
        for method, path, *_ in ROUTES
    }
    assert tested == found


@pytest.mark.parametrize(("method", "path", "body"), [route[:3] for route in ROUTES])
def test_without_signing_in_there_is_nothing(
    three_weeks: object, ask: Ask, method: str, path: str, body: object
) -> None:
    answer = ask(None, method, path.replace("{id}", OWN), body)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["title"] == "Niet aangemeld"


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

    def test_deep_json_is_refused(self, client: TestClient, sessions: Callable[[str], str]) -> None:
        client.cookies.set("hotspots_sessie", sessions("oov"))
        headers = {
            "X-CSRF-Token": client.get("/sessie").json()["csrf"],
            "Content-Type": "application/json",
        }
        body = "[" * 100_000
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


@pytest.mark.usefixtures("three_weeks")
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
        self, client: TestClient, bearer: Callable[..., dict[str, str]], database: Database
    ) -> None:
        headers = bearer(Right.READ_CASES, gebieden=gebieden_of(database))
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


@pytest.mark.usefixtures("three_weeks")
class TestRequired:
    @pytest.fixture
    def closed(self, service_settings: Settings) -> Iterator[TestClient]:
        """A client of a service for which everybody must sign in."""
        required = service_settings.model_copy(update={"sign_in": SignInSettings(required=True)})
        with TestClient(create_app(required), raise_server_exceptions=False) as client:
            yield client

    READING = ("/v1/hotspots", f"/v1/hotspots/{DWELLING}", "/v1/rondes", "/v1/gebieden", "/", "/kaart")

    @pytest.mark.parametrize("path", READING)
    def test_nobody_reads_anything(self, closed: TestClient, path: str) -> None:
        assert closed.get(path).status_code == 401

    @pytest.mark.parametrize("role", Role)
    def test_only_who_may_read_everything_gets_the_lists(
        self, closed: TestClient, sessions: Callable[[str], str], role: Role
    ) -> None:
        closed.cookies.set("hotspots_sessie", sessions(role))
        expected = 200 if role is Role.OOV else 403
        assert {closed.get(path).status_code for path in self.READING} == {expected}

    def test_the_form_and_the_health_stay_open(self, closed: TestClient) -> None:
        assert closed.get("/aanmelden").status_code == 200
        assert closed.get("/gezond").status_code == 200
