"""`/v1/duidingen`: written once, changed on the version that was seen, and shared by class."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

NEW = {
    "tekst": "Kermis op het plein. <script>alert(1)</script>",
    "van": "2023-04-01",
    "tot": "2023-06-30",
    "delen": "gebiedsteam",
    "gebied": "Wijk 00 Centrum",
}

Ask = Callable[..., Any]


@pytest.fixture
def ask(closed: TestClient, asking: Callable[[TestClient], Ask]) -> Ask:
    """Ask as who has this session: `ask(token, method, path, body, headers)`."""
    return asking(closed)


@pytest.mark.usefixtures("five_places")
def test_a_duiding_is_written_once_for_a_key_corrected_and_withdrawn(
    ask: Ask, sessions: Callable[[str], str]
) -> None:
    team, oov = sessions("gebiedsteam"), sessions("oov")
    key = {"Idempotency-Key": "een"}
    first = ask(team, "POST", "/v1/duidingen", NEW, key)
    assert (first.status_code, first.headers["etag"]) == (201, '"v1"')
    assert ask(team, "POST", "/v1/duidingen", NEW, key).json() == first.json()
    listed = ask(oov, "GET", "/v1/duidingen?van=2023-06-30&categorie=drugs").json()
    assert listed["duidingen"] == [first.json()]
    assert ask(oov, "GET", "/v1/duidingen?tot=2023-03-31").json()["totaalAantal"] == 0
    path = f"/v1/duidingen/{first.json()['id']}"
    better = NEW | {"tekst": "Kermis en een feest."}
    assert ask(team, "PUT", path, better, {"If-Match": '"v1"'}).headers["etag"] == '"v2"'
    assert ask(team, "PUT", path, better, {"If-Match": '"v1"'}).status_code == 412
    assert ask(team, "DELETE", path, None, {"If-Match": '"v2"'}).status_code == 204
    assert ask(team, "GET", path).status_code == 404
    versions = ask(oov, "GET", f"{path}/historie").json()["versies"]
    assert [(one["tekst"], one["ingetrokken"]) for one in versions] == [
        (NEW["tekst"], False),
        ("Kermis en een feest.", False),
        ("Kermis en een feest.", True),
    ]


@pytest.mark.usefixtures("five_places")
def test_no_route_tells_a_reader_of_what_is_shared_with_others(
    ask: Ask, sessions: Callable[[str], str]
) -> None:
    team = sessions("gebiedsteam")
    made = {
        sharing: ask(team, "POST", "/v1/duidingen", NEW | {"tekst": f"voor {sharing}", "delen": sharing})
        for sharing in ("eigen organisatie", "oov", "gebiedsteam", "iedereen")
    }
    reads = {
        "lezer": {"iedereen"},
        "beheerder": {"iedereen"},
        "privacy": {"iedereen"},
        "oov": {"oov", "gebiedsteam", "iedereen"},
    }
    for role, wanted in reads.items():
        token = sessions(role)
        for accept in ("application/json", "text/csv"):
            text = ask(token, "GET", "/v1/duidingen", None, {"Accept": accept}).text
            assert {sharing for sharing in made if f"voor {sharing}" in text} == wanted, role
        for sharing, answer in made.items():
            path = f"/v1/duidingen/{answer.json()['id']}"
            found = ask(token, "GET", path)
            assert (found.status_code == 200) is (sharing in wanted), (role, sharing)
            if sharing not in wanted:
                for hidden in (found, ask(token, "GET", f"{path}/historie")):
                    assert hidden.status_code == 404
                    assert f"voor {sharing}" not in hidden.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the database decides nothing here
@pytest.mark.usefixtures("five_places")
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"tot": "2023-03-31"}, 400),
        ({"categorie": "other"}, 400),
        ({"delen": "niemand"}, 400),
        ({"buurt": "BU09350000"}, 400),
        ({"gebied": "Nergens"}, 409),
        ({"gebied": None}, 403),
        ({"gebied": "Wijk 06 Buitenwijk Zuidoost"}, 403),
    ],
    ids=["ends before", "no category", "no class", "two places", "no such place", "all", "of another team"],
)
def test_what_is_wrong_is_refused(
    ask: Ask, sessions: Callable[[str], str], change: dict[str, Any], status: int
) -> None:
    token = sessions("gebiedsteam")
    assert ask(token, "POST", "/v1/duidingen", NEW | change).status_code == status
    assert ask(token, "GET", "/v1/duidingen").json()["totaalAantal"] == 0
