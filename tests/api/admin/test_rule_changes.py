"""`/beheer/regels`: what other rules give in words and on a map, asking for them, and a second person."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert

from hotspots.access.admin_changes import read_changes
from hotspots.access.passwords import csrf_token
from hotspots.settings import DetectionSettings, Settings
from hotspots.store.database import Database
from hotspots.store.run_tables import rule_previews
from hotspots.store.stored_settings import read_stored

HTML = {"Accept": "text/html"}
SUNDAY = date(2023, 12, 3)
Send = Callable[..., Any]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: pages read and write through functions that are tested on both."""
    return sqlite_url


@pytest.fixture
def send(client: TestClient, sessions: Callable[[str], str], preview: int) -> Send:
    """Send a form of our own page as a role, or without fields open one: ``send("oov", path, doe="…")``."""
    tokens = {role: sessions(role) for role in ("beheerder", "oov")}

    def as_role(role: str, path: str, **fields: str) -> Any:
        client.cookies.set("hotspots_sessie", tokens[role])
        if not fields:
            return client.get(path, headers=HTML)
        data = {"csrf": csrf_token(tokens[role])} | fields
        return client.post(path, data=data, headers=HTML, follow_redirects=False)

    return as_role


@pytest.fixture
def preview(database: Database, own_gebieden: list[str]) -> int:
    """A preview that was done: with fewer reports a square comes, and a dwelling goes."""
    now = datetime.now(UTC)
    place = {"buurtcode": "BU09350000", "most_reports": 7, "lon": 5.69317, "lat": 50.84934}
    square = {
        **place,
        "soort": "gebied",
        "is_dwelling": False,
        "weeks_now": [],
        "weeks_proposed": [SUNDAY.isoformat()],
        "name": "Marktlaan e.o., Binnenstad",
        "because": "Niet gesignaleerd, omdat het aantal meldingen te klein is: 7, nodig zijn er 8.",
    }
    dwelling = square | {
        "soort": "woning",
        "is_dwelling": True,
        "weeks_now": [SUNDAY.isoformat()],
        "weeks_proposed": [],
        "name": "Tongersestraat, Binnenstad",
        "because": "Niet gesignaleerd, omdat te weinig mensen melden: 2, nodig zijn er 3.",
    }
    values = {"first": SUNDAY, "last": SUNDAY, "asked_at": now, "beat_at": now, "done": 1, "total": 1}
    with database.writing() as connection:
        line = insert(rule_previews).values(
            id=1,
            asked_by="B",
            changes=["detection.min_reports=6"],
            outcome="done",
            places=[square, dwelling],
            **values,
        )
        connection.execute(line)
    return 1


def stored(database: Database) -> dict[str, Any]:
    with database.reading() as connection:
        return read_stored(connection)


def test_who_may_know_of_dwellings_reads_why_each_place_comes_or_goes_and_sees_it_on_a_map(
    send: Send,
) -> None:
    page = send("oov", "/beheer/regels/1").text
    assert "Marktlaan e.o., Binnenstad komt erbij, omdat de plek aan deze regels voldoet." in page
    assert "Nu staat zij niet op de lijst, omdat het aantal meldingen te klein is: 7" in page
    assert "Tongersestraat, Binnenstad valt weg, omdat te weinig mensen melden: 2, nodig zijn er 3." in page
    assert "proefkaart" in page
    assert '"laag": "bij-erbij"' in page


def test_an_administrator_reads_of_buurten_only(send: Send) -> None:
    page = send("beheerder", "/beheer/regels/1").text
    assert "Binnenstad: 1 plek erbij." in page
    assert '"laag": "bij-buurten"' in page
    for told in ("Marktlaan", "Tongersestraat", "50.84934, 5.69317", "nodig zijn er"):
        assert told not in page


def test_what_the_server_sets_can_be_tried_and_not_asked_for(
    send: Send, client: TestClient, service_settings: Settings
) -> None:
    own = service_settings.model_copy(update={"detection": DetectionSettings(min_reports=9)})
    client.app.state.live_settings.own = own  # type: ignore[attr-defined]  # the app of the client
    page = send("oov", "/beheer/regels/1").text
    assert "De server legt Minste aantal meldingen vast." in page
    assert "Stel deze regels voor" not in page
    asked = send("oov", "/beheer/regels/voorstellen", proef="1", reden="x")
    assert "Deze regels kunnen niet" in asked.text


def test_rules_hold_after_a_second_person_confirms_them_and_go_back_by_two(
    send: Send, database: Database
) -> None:
    asked = send("beheerder", "/beheer/regels/voorstellen", proef="1", reden="Wij zien te laat wat speelt.")
    assert asked.status_code == 303
    place = asked.headers["location"]
    waits = send("beheerder", place).text
    assert "Dit voorstel wacht op een tweede persoon." in waits
    assert "Bevestig deze regels" not in waits
    assert "Een ander bevestigt het" in send("beheerder", place, doe="bevestigen").text
    assert stored(database) == {}
    assert re.search(r"Minste aantal meldingen</th>.*8</td>.*<strong>6<", send("oov", place).text)
    assert send("oov", place, doe="bevestigen").status_code == 303
    assert stored(database) == {"detection.min_reports": 6}
    rules = send("oov", "/beheer/regels").text
    assert "Minste aantal meldingen van 8 naar 6" in rules
    assert "geldt nu" in rules
    assert 'name="min_reports" type="number" step="1" min="2" value="6"' in rules
    assert "Over dit voorstel is al besloten" in send("oov", place, doe="afwijzen").text
    back = send("oov", "/beheer/regels/voorstellen", versie="geleverd", reden="Te veel plekken.")
    assert send("beheerder", back.headers["location"], doe="bevestigen").status_code == 303
    assert stored(database) == {}


def test_a_double_click_on_a_proposal_or_its_confirmation_is_done_once(
    send: Send, database: Database
) -> None:
    def twice(role: str, page: str, path: str, **fields: str) -> str:
        form = send(role, page).text.partition(f'action="{path}"')[2]
        token = form.partition('name="csrf" value="')[2].partition('"')[0]
        first, again = (send(role, path, csrf=token, **fields) for _ in range(2))
        assert (again.status_code, again.headers["location"]) == (303, first.headers["location"])
        return str(first.headers["location"])

    asked = twice("beheerder", "/beheer/regels/1", "/beheer/regels/voorstellen", proef="1", reden="x")
    place = asked.partition("?")[0]
    twice("oov", place, place, doe="bevestigen")
    assert stored(database) == {"detection.min_reports": 6}
    with database.reading() as connection:
        assert len(read_changes(connection)) == 2


def test_a_trial_of_before_other_rules_is_not_shown_to_who_confirms(send: Send, database: Database) -> None:
    asked = send("beheerder", "/beheer/regels/voorstellen", proef="1", reden="x")
    assert "Bekijk de plekken die erbij komen" in send("oov", asked.headers["location"]).text
    send("oov", asked.headers["location"], doe="bevestigen")
    back = send("oov", "/beheer/regels/voorstellen", versie="geleverd", reden="x")
    send("beheerder", back.headers["location"], doe="bevestigen")
    again = send("beheerder", "/beheer/regels/voorstellen", proef="1", reden="x")
    assert "Dit is nog niet geprobeerd" in send("oov", again.headers["location"]).text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        pytest.param({"proef": "1", "reden": " "}, "Schrijf waarom", id="no reason"),
        pytest.param({"proef": "99", "reden": "x"}, "is er niet meer", id="no preview"),
        pytest.param({"versie": "7", "reden": "x"}, "is er niet meer", id="no version"),
        pytest.param({"versie": "geleverd", "reden": "x"}, "Deze regels kunnen niet", id="nothing changes"),
    ],
)
def test_what_cannot_be_asked_is_told_in_words(
    send: Send, database: Database, fields: dict[str, str], words: str
) -> None:
    answer = send("beheerder", "/beheer/regels/voorstellen", **fields)
    assert answer.status_code == 409
    assert words in answer.text
    assert stored(database) == {}


def test_what_is_asked_can_be_refused_or_withdrawn_and_one_waits_at_a_time(send: Send) -> None:
    place = send("beheerder", "/beheer/regels/voorstellen", proef="1", reden="x").headers["location"]
    assert "Er wacht een voorstel van Iemand van beheerder" in send("oov", "/beheer/regels").text
    again = send("oov", "/beheer/regels/voorstellen", proef="1", reden="y")
    assert "Er wacht al een voorstel" in again.text
    assert "Alleen wie het voorstel deed" in send("oov", place, doe="intrekken").text
    assert "Kies wat u met dit voorstel" in send("oov", place, doe="iets").text
    assert send("beheerder", place, doe="intrekken").status_code == 303
    assert "Ingetrokken door Iemand van beheerder" in send("oov", place).text
