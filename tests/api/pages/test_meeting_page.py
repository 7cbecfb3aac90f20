"""`/overleg`: from what waits to the summary; after a reload or a lost session; two people at one place."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, select

from hotspots.store.case_tables import meetings, sessions, verdicts
from hotspots.store.database import Database

PASSWORD = "correct horse battery"

pytestmark = pytest.mark.usefixtures("five_places")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the library's meetings are tested on both."""
    return sqlite_url


class Visitor:
    """Somebody with a browser of their own."""

    def __init__(self, client: TestClient, token: str) -> None:
        self.client = client
        self.token = token
        self.page: Any = None

    def get(self, path: str) -> str:
        self._be()
        self.page = self.client.get(path)
        return str(self.page.text)

    def send(self, action: str, *, status: int = 200, **fields: str) -> str:
        """Send the form of the page that is open, with these fields."""
        self._be()
        form = re.search(
            rf'<form(?=[^>]*method="post")[^>]* action="[^"]*{action}".*?</form>', self.page.text, re.DOTALL
        )
        assert form is not None, action
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
        path = re.findall(r'action="([^"]*)"', form[0])[0]
        self.page = self.client.post(path, data=hidden | fields)
        assert self.page.status_code == status
        return str(self.page.text)

    @property
    def address(self) -> str:
        """The path of the page that is open."""
        return str(self.page.url.path)

    def _be(self) -> None:
        self.client.cookies.clear()
        self.client.cookies.set("hotspots_sessie", self.token)


@pytest.fixture
def team(client: TestClient, sessions: Callable[[str], str]) -> Visitor:
    """A member of a gebiedsteam, of the police."""
    return Visitor(client, sessions("gebiedsteam"))


@pytest.fixture
def oov(client: TestClient, sessions: Callable[[str], str]) -> Visitor:
    """An adviser of OOV."""
    return Visitor(client, sessions("oov"))


def test_a_team_goes_through_its_places_and_the_summary_is_what_was_said(
    team: Visitor, database: Database
) -> None:
    assert "3 plekken wachten op het oordeel van uw organisatie" in team.get("/overleg")
    first = team.send("/overleg")
    assert "Plek 1 van 3" in first
    assert "Wat vindt uw organisatie (politie)?" in first
    meeting = team.address.rsplit("/", 1)[0]
    numbers = [team.address.rsplit("/", 1)[1]]
    second = team.send(
        "/oordeel",
        oordeel="leefbaarheid",
        opmerking="Voetballende jongeren.",
        wie="organisatie:politie",
        uiterlijk="2024-02-01",
    )
    assert f"Opgeslagen: {numbers[0]}." in second
    assert "Plek 2 van 3" in second
    numbers.append(team.address.rsplit("/", 1)[1])
    third = team.send("/overslaan")
    assert f"Overgeslagen: {numbers[1]}." in third
    numbers.append(team.address.rsplit("/", 1)[1])
    assert "Plek 3 van 3" in team.get(meeting)  # a reload or another browser goes on where it was
    summary = team.send("/oordeel", oordeel="geen hotspot")
    assert team.address == f"{meeting}/samenvatting"
    assert "Besproken (2)" in summary
    assert "Overgeslagen (1)" in summary
    assert "oordeelde: leefbaarheid." in summary
    assert "Voetballende jongeren." in summary
    assert summary.count("1 februari 2024") == 1  # beside who goes on with it, and not said twice
    assert "Besproken in het overleg van" not in summary
    assert all(number in summary for number in numbers)
    with database.reading() as connection:
        reasons = connection.execute(select(verdicts.c.reason).order_by(verdicts.c.id)).scalars().all()
    assert reasons[0] == "Voetballende jongeren."
    assert reasons[1].startswith("Besproken in het overleg van ")
    assert "afgerond om" in team.send("/afronden")
    assert "nog loopt" not in team.get("/overleg")


def test_what_another_decided_in_between_is_told_and_nothing_is_overwritten(
    team: Visitor, oov: Visitor, database: Database
) -> None:
    team.get("/overleg")
    team.send("/overleg")
    place = team.address
    oov.get("/overleg")
    assert "Overleg dat nog loopt" in oov.page.text
    oov.get(place)
    team.send("/oordeel", oordeel="leefbaarheid", opmerking="Voetbal.")
    typed = 'Dealen bij de "fontein".'
    answer = oov.send("/oordeel", status=409, oordeel="veiligheid", opmerking=typed)
    assert "Iemand anders heeft deze plek gewijzigd" in answer
    assert "Iemand van gebiedsteam (politie) oordeelde: leefbaarheid." in answer
    assert "Dealen bij de &#34;fontein&#34;." in answer
    assert re.search(r'value="veiligheid"[^>]* checked', answer)
    with database.reading() as connection:
        assert connection.execute(select(verdicts.c.verdict)).scalars().all() == ["leefbaarheid"]
    oov.send("/oordeel", oordeel="veiligheid", opmerking=typed)  # knowing it
    assert "Iemand van oov (OOV) besloot: veiligheid." in team.get(place)
    number = place.rsplit("/", 1)[1]
    stand = team.client.get(place.rsplit("/", 1)[0] + "/stand").json()
    assert stand[number] == 4


def test_a_verdict_in_a_session_that_ended_is_there_after_signing_in(
    team: Visitor, database: Database
) -> None:
    team.get("/overleg")
    team.send("/overleg")
    place = team.address
    with database.writing() as connection:
        connection.execute(delete(sessions))
    page = team.send("/oordeel", oordeel="leefbaarheid", opmerking="Voetbal op het plein.")
    assert "Uw sessie was verlopen." in page
    form = {"naam": "gebiedsteam", "wachtwoord": PASSWORD, "naar": place}
    shown = team.client.post("/aanmelden", data=form).text
    assert "Plek 1 van 3" in shown
    assert "Voetbal op het plein." in shown
    assert re.search(r'value="leefbaarheid"[^>]* checked', shown)
    with database.reading() as connection:
        assert connection.execute(select(verdicts)).all() == []


def test_a_double_click_begins_one_meeting_and_gives_one_verdict(team: Visitor, database: Database) -> None:
    team.get("/overleg")
    start = team.page
    team.send("/overleg")
    first = team.page
    team.page = start
    team.send("/overleg")
    assert team.address == str(first.url.path)
    team.page = first
    team.send("/oordeel", oordeel="leefbaarheid")
    again = team.page
    team.page = first
    team.send("/oordeel", oordeel="leefbaarheid")
    assert team.address == str(again.url.path)
    with database.reading() as connection:
        assert len(connection.execute(select(meetings)).all()) == 1
        assert len(connection.execute(select(verdicts)).all()) == 1


def test_nothing_is_stored_without_a_choice_and_the_remark_stays(team: Visitor) -> None:
    team.get("/overleg")
    team.send("/overleg")
    answer = team.send("/oordeel", status=400, opmerking="Nog niet gekozen.")
    assert "Vul in: uw oordeel." in answer
    assert "Nog niet gekozen." in answer


def test_who_gives_no_verdict_has_no_meeting_of_their_own(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    reader = Visitor(client, sessions("lezer"))
    reader.get("/overleg")
    assert reader.page.status_code == 403
    assert 'href="/overleg"' not in reader.get("/")


def test_who_joins_sees_the_places_of_the_own_areas_alone(team: Visitor, oov: Visitor) -> None:
    oov.get("/overleg")
    oov.send("/overleg")
    meeting = oov.address.rsplit("/", 1)[0]
    assert "Plek 1 van 7" in oov.page.text
    own = {"HS-2023-001", "HS-2023-002", "HS-2023-007"}
    for path in ("/overleg", f"{meeting}/samenvatting", f"{meeting}/stand", f"/v1/overleggen/{meeting[9:]}"):
        assert set(re.findall(r"HS-\d{4}-\d{3}", team.get(path))) <= own
        assert team.page.status_code == 200
    assert "HS-2023-004" in oov.get(f"{meeting}/samenvatting")
    team.get(f"{meeting}/HS-2023-004")
    assert team.page.status_code == 404
    assert "van 3" in team.get(f"{meeting}/HS-2023-001")


def test_a_summary_fits_whatever_was_written(team: Visitor) -> None:
    team.get("/overleg")
    team.send("/overleg")
    meeting = team.address.rsplit("/", 1)[0]
    team.send("/oordeel", oordeel="leefbaarheid", opmerking="Er wordt gevoetbald. " * 150)
    summary = team.get(f"{meeting}/samenvatting")
    assert summary.count("Er wordt gevoetbald.") < 12
    assert "Niet aan bod gekomen (2)" in summary
    assert "Deze plekken blijven wachten." in summary
