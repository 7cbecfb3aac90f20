"""`/duidingen`: written by a form, kept as typed when refused, shown as text, corrected and withdrawn."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect
from sqlalchemy import update

from hotspots.access.rights import Actor, Role
from hotspots.intake.other_figures import Figure, replace_figures
from hotspots.publishing.embeds import EmbedKind, add_embed
from hotspots.settings import Settings
from hotspots.store.case_tables import users
from hotspots.store.database import Database
from tests.accessibility import check

PASSWORD = "correct horse battery"
TEXT = "Kermis <script>alert('x')</script> op het plein."
FORM = {
    "tekst": TEXT,
    "van": "2023-04-01",
    "tot": "2023-06-30",
    "delen": "gebiedsteam",
    "waar": "gebied:Wijk 00 Centrum",
}
FIGURES = ("/jaar/2023?gebied=Wijk+00+Centrum", "/cijfers?jaar=2023&gebied=Wijk+00+Centrum")
Ask = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("five_places")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the queries are those of the library."""
    return sqlite_url


@pytest.fixture
def people(
    closed: TestClient, asking: Callable[[TestClient], Ask], sessions: Callable[[str], str]
) -> Callable[..., Any]:
    """Send a form, or ask for a page without one, as somebody of a role."""
    ask, known = asking(closed), dict[str, str]()

    def send(role: str, path: str, form: dict[str, str] | None = None) -> Any:
        if role not in known:
            known[role] = sessions(role)
        return ask(known[role], "GET" if form is None else "POST", path, None, None, form)

    return send


def ids(text: str) -> list[str]:
    return re.findall(r'id="duiding-([0-9a-f-]{36})"', text)


def test_what_is_written_stands_in_the_list_as_text_for_who_may_read_it(people: Callable[..., Any]) -> None:
    assert people("gebiedsteam", "/duidingen", FORM).status_code == 200
    listed = people("oov", "/duidingen?van=2023-06-01&gebied=Wijk+00+Centrum").text
    [made] = ids(listed)
    assert "<script>alert(" not in listed
    assert TEXT in unescape(listed)
    assert "Wijk 00 Centrum, 1 april 2023 tot en met 30 juni 2023" in listed
    assert ids(people("oov", "/duidingen?van=2023-07-01").text) == []
    reader = people("lezer", "/duidingen").text
    assert ids(reader) == []
    assert "Schrijf een duiding" not in reader
    assert people("lezer", f"/duidingen/{made}").status_code == 404


def test_a_form_that_is_refused_comes_back_as_typed(people: Callable[..., Any]) -> None:
    for change, sentence, status in (
        ({"tot": "2023-03-01"}, "De periode eindigt voordat zij begint.", 400),
        ({"waar": ""}, "over de hele gemeente schrijft OOV", 403),
        ({"waar": "gebied:Nergens"}, "Dit gebied of deze buurt is er niet.", 409),
    ):
        answer = people("gebiedsteam", "/duidingen", FORM | change)
        assert (answer.status_code, sentence.lower() in answer.text.lower()) == (status, True), change
        assert TEXT in unescape(answer.text)
        assert 'value="2023-04-01"' in answer.text
    assert ids(people("gebiedsteam", "/duidingen").text) == []


def test_the_own_organisation_corrects_and_withdraws_and_others_see_no_form(
    people: Callable[..., Any],
) -> None:
    people("gebiedsteam", "/duidingen", FORM)
    [made] = ids(people("gebiedsteam", "/duidingen").text)
    path = f"/duidingen/{made}"
    assert 'action="/duidingen/' in people("gebiedsteam", path).text
    assert 'action="/duidingen/' not in people("oov", path).text
    better = FORM | {"tekst": "Kermis en een feest."}
    people("gebiedsteam", path, better | {"versie": "1"})
    page = people("oov", path).text
    assert page.index("Kermis en een feest.") < page.index("Wat er eerder stond") < page.index("Kermis &lt;")
    late = people("gebiedsteam", path, better | {"versie": "1", "tekst": "Toch niet."})
    assert (late.status_code, "Iemand anders heeft deze duiding gewijzigd" in late.text) == (409, True)
    assert "Toch niet." in late.text
    people("gebiedsteam", f"{path}/intrekken", {"versie": "2"})
    assert ids(people("oov", "/duidingen").text) == []
    gone = people("oov", path).text
    assert "is ingetrokken op" in gone
    assert "Kermis en een feest." in gone
    assert people("gebiedsteam", f"{path}/intrekken", {"versie": "3"}).status_code == 404


def shared(text: str) -> set[str]:
    """Which of the texts a page has: each says with whom it is shared."""
    return set(re.findall(r"voor (eigen organisatie|oov|gebiedsteam|iedereen)<", text))


@pytest.mark.parametrize("page", FIGURES)
def test_beside_figures_each_reads_what_is_shared_with_them(
    people: Callable[..., Any], database: Database, page: str
) -> None:
    for sharing in ("eigen organisatie", "oov", "gebiedsteam", "iedereen"):
        people("gebiedsteam", "/duidingen", FORM | {"tekst": f"voor {sharing}", "delen": sharing})
    reads = {
        "lezer": {"iedereen"},
        "oov": {"oov", "gebiedsteam", "iedereen"},
        "gebiedsteam": {"eigen organisatie", "oov", "gebiedsteam", "iedereen"},
    }
    for role, wanted in (*reads.items(), *reads.items()):  # the second time from a cache, if there is one
        assert shared(people(role, page).text) == wanted, role
    with database.writing() as connection:
        connection.execute(
            update(users).where(users.c.name == "gebiedsteam").values(organisation="corporatie")
        )
    text = people("gebiedsteam", page).text
    assert shared(text) == {"gebiedsteam", "iedereen"}
    assert 'value="2023-01-01"' in text.partition('action="/duidingen"')[2], "the form is about these figures"


def test_nothing_public_has_a_duiding_of_any_class(
    people: Callable[..., Any], closed: TestClient, database: Database, service_settings: Settings
) -> None:
    secret = "Geheimzinnige kermis"
    for sharing in ("gebiedsteam", "iedereen"):
        people("oov", "/duidingen", FORM | {"tekst": secret, "delen": sharing, "waar": ""})
    oov = Actor("o", "O. Adviseur", Role.OOV, "OOV")
    key, now = closed.app.state.signing_key(), datetime.now(UTC)  # type: ignore[attr-defined]
    closed.cookies.clear()
    for kind, year in ((EmbedKind.KAART, None), (EmbedKind.STAND, None), (EmbedKind.JAAR, 2023)):
        embed = add_embed(
            database,
            service_settings,
            actor=oov,
            gebied=None,
            peildatum=None,
            days=7,
            now=now,
            soort=kind,
            jaar=year,
        )
        shown = closed.get(f"/inbedden/{embed.token(key)}")
        assert (shown.status_code, secret in shown.text) == (200, False), kind
    for path in ("/v1/duidingen", "/duidingen", "/jaar/2023", "/cijfers?jaar=2023", "/uitleg"):
        assert secret not in closed.get(path).text


def test_an_open_service_shows_nobody_in_particular_a_duiding(
    client: TestClient, people: Callable[..., Any]
) -> None:
    people("oov", "/duidingen", FORM | {"delen": "iedereen", "waar": ""})
    client.cookies.clear()
    for path in ("/jaar/2023", "/cijfers?jaar=2023"):
        shown = client.get(path)
        assert (shown.status_code, "Kermis" in shown.text) == (200, False)


def test_figures_of_others_stand_beside_ours_as_text(people: Callable[..., Any], database: Database) -> None:
    evil = "<img src=x onerror=alert(1)>"
    figures = [
        Figure(evil, "aantal", date(year, 1, 1), date(year, 12, 31), "", value)
        for year, value in ((2019, 410.0), (2020, 455.0), (2021, None), (2022, 250.0), (2023, 290.0))
    ]
    with database.writing() as connection:
        replace_figures(connection, f"politie {evil}", figures, now=datetime(2024, 2, 1, tzinfo=UTC))
    for path in ("/jaar/2023", "/cijfers?jaar=2023"):
        page = people("lezer", path).text
        assert evil not in page
        [row] = re.findall(r"<tr>[^\n]*politie [^\n]*", page)
        assert re.findall(r"<td[^>]*>([^<]*)</td>", row) == ["410", "455", "", "250", "290", "↑ 16 %"]
        assert 'id="anderen-titel"' in page  # the same as a chart
    part = "/cijfers/download?jaar=2023&onderdeel=anderen&vorm="
    drawn, table = (people("lezer", f"{part}{kind}") for kind in ("svg", "csv"))
    assert (drawn.status_code, evil in drawn.text, ">410</text>" in drawn.text) == (200, False, True)
    assert "410" in table.text


@pytest.mark.chromium
def test_a_duiding_is_written_beside_the_figures_in_a_browser(
    page: Page, sessions: Callable[[str], str], served: str, database: Database
) -> None:
    years = ((2019, 410.0), (2020, 455.0), (2021, None), (2022, 1250.0), (2023, 1450.0))
    figures = [
        Figure("Overlast verward persoon", "aantal", date(year, 1, 1), date(year, 12, 31), "", value)
        for year, value in years
    ]
    with database.writing() as connection:
        replace_figures(connection, "politie", figures, now=datetime(2024, 2, 1, tzinfo=UTC))
    page.context.add_cookies([{"name": "hotspots_sessie", "value": sessions("oov"), "url": served}])
    page.goto("/cijfers?jaar=2023&categorie=drugs")
    page.get_by_text("Schrijf een duiding").click()
    page.get_by_label("Wat ligt achter deze cijfers?").fill("Kermis op het plein.")
    check(page, "duiding-schrijven")
    page.get_by_role("button", name="Voeg toe").click()
    expect(page.get_by_text("Kermis op het plein.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/cijfers\?jaar=2023&categorie=drugs#duiding-"))
    expect(page.get_by_role("cell", name="↑ 16 %")).to_be_visible()
    check(page, "duiding-cijfers")
    page.get_by_role("link", name="De hele gemeente, overlast drugs").click()
    page.get_by_text("Verbeter deze duiding").click()
    check(page, "duiding-een")
    page.get_by_role("link", name="Andere duiding bij deze cijfers").click()
    check(page, "duiding-lijst")
    page.goto("/jaar/2023")
    expect(page.get_by_text("Kermis op het plein.")).to_be_visible()
    check(page, "duiding-jaar")
