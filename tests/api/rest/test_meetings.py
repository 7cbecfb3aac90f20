"""`/v1/overleggen`: beginning a meeting, what became of each place, and ending it."""

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., Any]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the library's meetings are tested on both."""
    return sqlite_url


@pytest.mark.usefixtures("five_places")
def test_a_meeting_is_begun_told_and_ended(ask: Ask, sessions: Callable[[str], str]) -> None:
    team = sessions("gebiedsteam")
    begun = ask(team, "POST", "/overleggen", {})
    assert begun.status_code == 201
    meeting = begun.json()
    numbers = [place["nummer"] for place in meeting["plekken"]]
    assert len(numbers) == 3
    assert meeting["afgerond"] is None
    body = {"oordeel": "leefbaarheid", "reden": "Voetbal."}
    assert ask(team, "POST", f"/hotspots/{numbers[0]}/verificaties", body).status_code == 201
    path = f"/overleggen/{meeting['id']}"
    assert ask(team, "PUT", f"{path}/plekken/{numbers[1]}/overgeslagen").status_code == 204
    assert ask(team, "PUT", f"{path}/plekken/HS-2023-004/overgeslagen").status_code == 404
    told = ask(team, "GET", path).json()
    assert [place["stand"] for place in told["plekken"]] == ["besproken", "overgeslagen", "open"]
    assert told["plekken"][0]["wijzigingen"][-1]["reden"] == "Voetbal."
    assert told["plekken"][1]["overgeslagenDoor"] == "Iemand van gebiedsteam"
    assert ask(team, "GET", "/overleggen").json()["totaalAantal"] == 1
    assert ask(team, "PUT", f"{path}/afgerond").status_code == 204
    assert ask(team, "GET", "/overleggen").json()["totaalAantal"] == 0
    assert ask(team, "GET", path).json()["afgerond"] is not None
    assert ask(sessions("lezer"), "POST", "/overleggen", {}).status_code == 403
    assert ask(team, "POST", "/overleggen", {"gebied": "Nergens"}).status_code == 409
