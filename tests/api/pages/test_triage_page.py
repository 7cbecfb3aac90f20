"""`/triage`: the table with its filter in the address, many cases to somebody at once, one form to decide."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from hotspots.store.case_tables import hotspot_events
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspots
from tests.accessibility import check

PASSWORD = "correct horse battery"

Ask = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("three_weeks")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the queries are those of the library, which are tested on each database."""
    return sqlite_url


@pytest.fixture
def send(client: TestClient, asking: Callable[[TestClient], Ask], sessions: Callable[[str], str]) -> Ask:
    """Send a request as OOV."""
    ask, token = asking(client), sessions("oov")
    return lambda method, path, form=None: ask(token, method, path, None, None, form)


def numbers(text: str) -> list[str]:
    """The cases of the table, in its order."""
    return re.findall(r'name="zaak" value="HS-2023-(\d+):', text)


def versions(database: Database) -> dict[str, int]:
    with database.reading() as connection:
        return dict(connection.execute(select(hotspots.c.number, hotspots.c.version)).all())


def test_the_filter_and_the_order_stand_in_the_address_and_every_link_keeps_them(send: Ask) -> None:
    assert sorted(numbers(send("GET", "/triage").text)) == ["001", "002", "003", "004"]
    text = send("GET", "/triage?soort=gebied&sort=-naam&toon=aan-niemand").text
    assert sorted(numbers(text)) == ["001", "003", "004"]
    assert '<option value="-naam" selected>' in text
    for link in ("sort=naam", "toon=te-laat"):
        found = [address for address in re.findall(r'href="/triage\?([^"]*)"', text) if link in address]
        assert found
        assert all("soort=gebied" in address for address in found)
    assert "/triage/HS-2023-001?soort=gebied" in text
    assert 'action="/triage/toewijzen?soort=gebied' in text
    assert numbers(send("GET", "/triage?sort=nummer").text) == ["001", "002", "003", "004"]
    assert numbers(send("GET", "/triage?sort=-nummer").text) == ["004", "003", "002", "001"]
    assert numbers(send("GET", "/triage?zoek=hs-2023-003").text) == ["003"]
    assert numbers(send("GET", "/triage?status=gesloten").text) == []
    assert send("GET", "/triage?sort=kleur").status_code == 400


def test_chosen_cases_go_to_one_person_and_those_that_changed_meanwhile_stay_chosen(
    send: Ask, database: Database, add_colleague: Callable[..., str]
) -> None:
    agent = add_colleague("A. Agent")
    with database.writing() as connection:  # what another adviser did after the page was opened
        other = hotspots.c.number == "HS-2023-003"
        connection.execute(update(hotspots).where(other).values(version=2, assigned_organisation="OOV"))
    answer = send(
        "POST",
        "/triage/toewijzen?sort=nummer",
        {
            "zaak": ["HS-2023-001:1", "HS-2023-003:1", "HS-2023-004:1"],
            "aan": f"persoon:{agent}",
            "uiterlijk": "2024-02-01",
        },
    )
    assert answer.status_code == 409
    assert "2 zaken zijn toegewezen. Bij 1 zaak lukte het niet" in answer.text
    ticked = re.findall(r'value="(HS-2023-\d+:\d+)" aria-label="[^"]*" checked', answer.text)
    assert ticked == ["HS-2023-003:2"]  # as it is now, so that sending it again is meant
    assert "1-2-2024" in answer.text
    with database.reading() as connection:
        query = select(hotspots.c.number, hotspots.c.assigned_user_id, hotspots.c.assigned_organisation)
        kept = {row.number: tuple(row[1:]) for row in connection.execute(query)}
    assert kept["HS-2023-001"] == kept["HS-2023-004"] == (agent, None)
    assert kept["HS-2023-003"] == (None, "OOV")
    done = send("POST", "/triage/toewijzen", {"zaak": "HS-2023-003:2", "aan": f"persoon:{agent}"})
    assert done.url.query == b"gedaan=1"
    assert "1 zaak is toegewezen" in done.text


LACKING: list[dict[str, str]] = [
    {"aan": "niemand"},
    {"zaak": "HS-2023-001:1"},
    {"zaak": "HS-2023-001:1", "aan": "iets:anders"},
    {"zaak": "HS-2023-001:1", "aan": "niemand", "uiterlijk": "morgen"},
    {"zaak": "HS-2023-001:een", "aan": "niemand"},
]
"""No case, nobody chosen, another kind of choice, no day, no version."""


def test_what_is_lacking_is_asked_again_and_changes_nothing(send: Ask, database: Database) -> None:
    for form in LACKING:
        answer = send("POST", "/triage/toewijzen", form)
        assert answer.status_code == 400, form
        assert 'role="alert"' in answer.text
    assert set(versions(database).values()) == {1}


def test_one_form_decides_gives_it_to_somebody_and_goes_on_to_the_next(
    send: Ask, database: Database, add_colleague: Callable[..., str]
) -> None:
    add_colleague("A. Agent")
    first = send("GET", "/triage/HS-2023-001?sort=nummer")
    assert "Sla over: naar" in first.text
    form = {
        "versie": "1",
        "besluit": "leefbaarheid",
        "reden": "Een gesprek helpt.",
        "aan": "organisatie:OOV",
        "verder": "1",
    }
    following = send("POST", "/triage/HS-2023-001?sort=nummer", form)
    assert (following.url.path, following.url.query) == ("/triage/HS-2023-002", b"sort=nummer")
    with database.reading() as connection:
        kinds = connection.execute(select(hotspot_events.c.kind).order_by(hotspot_events.c.version))
        assert list(kinds.scalars()) == ["verifiëren", "besluiten tot leefbaarheid", "toewijzen"]
    back = send("POST", "/triage/HS-2023-002?sort=nummer", {"versie": "1", "besluit": "in verificatie"})
    assert back.url.path == "/triage"
    assert "Uw besluit over" in back.text
    assert "al besloten" in send("GET", "/triage/HS-2023-001").text


def test_a_second_adviser_reads_what_the_first_did_and_keeps_what_was_typed(
    send: Ask, database: Database
) -> None:
    form = {"versie": "1", "besluit": "veiligheid", "reden": "Er wordt gedeald."}
    send("POST", "/triage/HS-2023-003", form)
    other = {"versie": "1", "besluit": "geen hotspot", "reden": "Dit moet blijven staan."}
    answer = send("POST", "/triage/HS-2023-003", other)
    assert answer.status_code == 409
    assert "Iemand van oov (OOV) besloot: veiligheid" in answer.text
    assert "Dit moet blijven staan." in answer.text
    assert versions(database)["HS-2023-003"] == 3


UNDECIDED: list[tuple[dict[str, str], str]] = [
    ({"besluit": "veiligheid"}, "Schrijf een reden op."),
    ({"reden": "Zonder besluit."}, "Kies wat u besluit"),
    ({"besluit": "veiligheid", "reden": "x", "aan": "organisatie:Stadsbeheer"}, "Kies iemand die"),
]


def test_a_decision_that_lacks_something_is_not_taken(send: Ask, database: Database) -> None:
    for form, sentence in UNDECIDED:
        answer = send("POST", "/triage/HS-2023-001", {"versie": "1"} | form)
        assert answer.status_code in (400, 409)
        assert sentence in answer.text
        assert form.get("reden", "") in answer.text
    assert set(versions(database).values()) == {1}


def test_the_page_of_a_place_offers_the_same_list_and_says_what_was_typed_once(
    send: Ask, database: Database, add_colleague: Callable[..., str]
) -> None:
    agent = add_colleague("A. Agent")
    with database.writing() as connection:
        connection.execute(update(hotspots).values(assigned_to="Jan van de balie"))
    page = send("GET", "/hotspots/HS-2023-001").text
    assert "Jan van de balie (vrije tekst van vroeger)" in page
    assert '<option value="Jan van de balie" selected>Jan van de balie (zoals nu)</option>' in page
    assert f'<option value="{agent}">A. Agent, OOV</option>' in page
    refused = send("POST", "/hotspots/HS-2023-001/toewijzing", {"versie": "1", "persoon": "Piet"})
    assert refused.status_code == 409
    assert "Kies iemand die of een organisatie die aan deze plek mag werken." in refused.text
    kept = {"versie": "1", "persoon": "Jan van de balie", "uiterlijk": "2024-02-01"}
    assert send("POST", "/hotspots/HS-2023-001/toewijzing", kept).status_code == 200
    assert "vrije tekst" in send("GET", "/triage?zoek=balie").text


@pytest.mark.chromium
def test_a_keyboard_alone_assigns_and_decides_on_a_laptop_and_a_phone(
    page: Page, sessions: Callable[[str], str], add_colleague: Callable[..., str]
) -> None:
    sessions("oov")
    add_colleague("A. Agent")
    page.goto("/aanmelden")
    page.get_by_label("Naam").fill("oov")
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Triage").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Triage")
    check(page, "triage")
    page.get_by_role("button", name="Kies alle 4").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox", name="Kies HS-2023-004")).to_be_checked()
    page.get_by_role("checkbox", name="Kies HS-2023-002").focus()
    page.keyboard.press("Space")
    page.get_by_label("Aan wie").focus()
    page.keyboard.type("A. Agent")
    page.get_by_label("Termijn").fill((date(2024, 1, 1) + timedelta(days=30)).isoformat())
    page.get_by_role("button", name="Wijs toe").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("3 zaken zijn toegewezen.")
    page.get_by_role("link", name="Besluit over HS-2023-002").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("HS-2023-002")
    check(page, "decide")
    page.get_by_role("radio", name="Leefbaarheid").focus()
    page.keyboard.press("Space")
    page.get_by_label("Reden").fill("Het gebiedsteam kan dit zelf.")
    page.get_by_role("button", name="Bewaar", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Uw besluit over HS-2023-002 is opgeslagen.")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
