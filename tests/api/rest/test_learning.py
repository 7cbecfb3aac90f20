"""Samples in the service: none is told before its verdict, and what they teach is told after it."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert

from api.main import create_app
from hotspots.settings import Settings
from hotspots.settings.sections import SamplesSettings
from hotspots.store.database import Database
from hotspots.store.run_tables import sample_frames, samples
from tests.api.conftest import FIRST, Filler

OUTPUTS = [
    *("/", "/kaart", "/kaart?status=kandidaat", "/hotspots/HS-2023-001", "/rapport?gebied=Wijk+00+Centrum"),
    *("/niet-gesignaleerd", "/leren", "/v1/hotspots", "/v1/hotspots/feed", "/v1/hotspots/HS-2023-001"),
    *(f"/v1/hotspots/HS-2023-001/{name}" for name in ("onderbouwing", "weken", "herkomst", "dossier")),
    *(f"/v1/hotspots/HS-2023-001/{name}" for name in ("historie", "verificaties", "punten", "teksten")),
    *("/v1/rondes", "/v1/trends", "/v1/leren", "/v1/niet-gesignaleerd", "/v1/termijnen", "/v1/zaken"),
    *("/ogc/collections/hotspots/items", "/ogc/collections/cellen/items", "/triage", "/metrics", "/gezond"),
]
VARYING = ("nonce", "csrf", "<!--", "seconds", "requestId", "uur")
"""What stands in lines that differ each time."""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the matrix asks PostgreSQL."""
    return sqlite_url


@pytest.fixture
def service_settings(service_settings: Settings) -> Settings:
    """Samples are drawn."""
    return service_settings.model_copy(
        update={"samples": SamplesSettings(near_share=0.1, told_after_weeks=0, goal_found=0.8)}
    )


def make_sample(database: Database, hotspot_id: str) -> None:
    how = {"as_of": FIRST, "stratum": "near", "refused_by": "omgeving", "buurtcode": "BU09350000"}
    chance = {"probability": 0.1}
    with database.writing() as connection:
        connection.execute(insert(samples).values(hotspot_id=hotspot_id, **how, **chance))


def answers(
    client: TestClient, asking: Callable[..., Any], tokens: dict[str, str]
) -> dict[tuple[str, str], str]:
    """What each role is told at each address, without what differs each time."""
    ask, told = asking(client), {}
    for role, token in tokens.items():
        for path in OUTPUTS:
            answer = ask(token, "GET", path)
            lines = filter(str.strip, answer.text.splitlines())
            kept = [line for line in lines if not any(word in line for word in VARYING)]
            told[role, path] = "\n".join(kept) if path != "/metrics" else ""
    return told


def test_that_a_candidate_is_a_sample_changes_no_output_of_any_role_before_the_decision(
    service_settings: Settings,
    asking: Callable[..., Any],
    sessions: Callable[[str], str],
    five_places: Filler,
    database: Database,
) -> None:
    tokens = {role: sessions(role) for role in ("gebiedsteam", "oov", "lezer", "privacy")}
    with TestClient(create_app(service_settings)) as client:
        before = answers(client, asking, tokens)
    make_sample(database, five_places.ids[1])
    with TestClient(create_app(service_settings)) as client:
        after = answers(client, asking, tokens)
    differing = {
        key: set(text.splitlines()) ^ set(after[key].splitlines())
        for key, text in before.items()
        if after[key] != text
    }
    assert differing == {}
    assert len(before) == 4 * len(OUTPUTS)


def test_what_samples_teach_is_told_with_the_goals_and_a_sample_once_it_is_decided_on(
    client: TestClient,
    asking: Callable[..., Any],
    sessions: Callable[[str], str],
    five_places: Filler,
    database: Database,
) -> None:
    make_sample(database, five_places.ids[1])
    frame = {"as_of": FIRST, "stratum": "near", "refused_by": "omgeving", "buurtcode": "BU09350000"}
    with database.writing() as connection:
        connection.execute(insert(sample_frames).values(**frame, probability=0.1, seed="x", place_count=12))
    ask, oov, administrator = asking(client), sessions("oov"), sessions("beheerder")
    waiting = ask(administrator, "GET", "/v1/leren").json()
    assert waiting["wachtendeSteekproeven"] == 1
    assert "1 steekproef wacht nog op een besluit" in ask(administrator, "GET", "/leren").text
    assert ask(oov, "GET", "/v1/leren").json()["wachtendeSteekproeven"] is None
    assert "wacht nog" not in ask(oov, "GET", "/leren").text
    assert not ask(oov, "GET", "/v1/hotspots/HS-2023-001").json()["steekproef"]
    for version, status in enumerate(("in verificatie", "leefbaarheid"), start=1):
        body, tag = {"status": status, "reden": "Bekend."}, {"If-Match": f'"v{version}"'}
        assert ask(oov, "PUT", "/v1/hotspots/HS-2023-001/status", body, tag).status_code == 200
    told = ask(oov, "GET", "/v1/hotspots/HS-2023-001").json()
    assert told["steekproef"]
    assert (
        told["redenen"][0] == "Deze plek stond als steekproef op de lijst: het systeem signaleerde haar niet."
    )
    assert told["redenen"][0] in ask(oov, "GET", "/hotspots/HS-2023-001").text
    learned = ask(oov, "GET", "/v1/leren").json()
    assert learned["leren"] == []  # the system never signalled it
    assert learned["doelen"] == {"precisie": None, "gevonden": 0.8}
    whole = learned["gemist"][0]
    assert (whole["nietGesignaleerd"], whole["beoordeeld"], whole["bevestigd"]) == (12, 1, 1)
    assert whole["gemistLaag"] < whole["gemist"] == whole["gemistHoog"] == 1
    assert {line["onderwerp"] for line in learned["gemist"]} == {"alles", "reden", "buurt", "seizoen"}
    page = ask(oov, "GET", "/leren").text
    assert "Van de 12 plekken die zo groot werden als een kandidaat" in page
    assert "Binnenstad" in page


def test_who_decides_tries_no_rules_while_samples_are_drawn(
    client: TestClient, asking: Callable[..., Any], sessions: Callable[[str], str], five_places: Filler
) -> None:
    ask = asking(client)
    assert ask(sessions("oov"), "GET", "/beheer/regels").status_code == 403
    assert ask(sessions("beheerder"), "GET", "/beheer/regels").status_code == 200
