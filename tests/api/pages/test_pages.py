"""The pages for people, without a browser: what they say, and how forms reach them."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert, select, update

from hotspots.publishing.disclosure import Level
from hotspots.store.database import Database
from hotspots.store.operation_tables import facts
from hotspots.store.report_tables import reports
from hotspots.store.run_tables import detection_reports, hotspot_states, hotspots
from tests.published_quarters import publish_quarters

HTML = {"Accept": "text/html"}
PAGES = ["/", "/kaart", "/hotspots/HS-2023-001"]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: pages read through the same functions as the API, which is tested on both."""
    return sqlite_url


@pytest.mark.usefixtures("three_weeks")
def test_the_first_page_groups_the_hotspots_of_the_last_week(client: TestClient) -> None:
    page = client.get("/").text
    assert "<h1>Hotspots in week 48 van 2023</h1>" in page
    new, grown, quiet = (page.index(f'<h2 id="{name}"') for name in ("nieuw", "toegenomen", "stil"))
    assert new < page.index('href="/hotspots/HS-2023-002"') < grown
    assert grown < page.index('href="/hotspots/HS-2023-003"') < quiet
    assert quiet < page.index('href="/hotspots/HS-2023-001"')


@pytest.mark.usefixtures("three_weeks")
def test_an_earlier_week_is_shown_as_it_was(client: TestClient) -> None:
    page = client.get("/?peildatum=2023-11-19").text
    assert "Hotspots in week 46 van 2023" in page
    assert "HS-2023-001" in page
    assert "HS-2023-002" not in page


@pytest.mark.usefixtures("three_weeks")
def test_a_gebied_shows_only_its_own(client: TestClient) -> None:
    page = client.get("/?gebied=Wijk+00+Centrum").text
    assert "HS-2023-001" in page
    assert "HS-2023-003" not in page
    assert "/kaart?gebied=Wijk+00+Centrum" in page


@pytest.mark.usefixtures("three_weeks")
def test_a_form_may_send_empty_fields(client: TestClient) -> None:
    query = "peildatum=2023-12-03&gebied=&trend=&soort=woning&indicatie=&status="
    page = client.get(f"/kaart?{query}")
    assert page.status_code == 200
    assert "HS-2023-002" in page.text
    assert "HS-2023-003" not in page.text
    assert '<option value="woning" selected>' in page.text


@pytest.mark.usefixtures("three_weeks")
@pytest.mark.parametrize(
    ("address", "number", "hidden"),
    [
        ("/?aard=drugs", "003", "3 andere plekken ziet u nu niet."),
        ("/kaart?aard=drugs", "003", "3 andere plekken ziet u nu niet."),
        ("/kaart?aard=personen&soort=woning", "002", "Er is geen andere plek."),
        ("/?aard=personen&zoek=Villapark", "002", "Er is geen andere plek."),
        ("/?aard=drugs&zoek=Villapark", None, "1 andere plek ziet u nu niet."),
        ("/?aard=drugs&aard=gemengd", "003", "3 andere plekken ziet u nu niet."),
        ("/?aard=gemengd", None, "4 andere plekken ziet u nu niet."),
    ],
)
def test_a_choice_of_what_reports_are_about_says_how_many_places_it_hides(
    client: TestClient, address: str, number: str | None, hidden: str
) -> None:
    page = client.get(address).text
    shown = re.findall(r'data-nummer="HS-2023-(\d+)"', page)
    assert shown == ([] if number is None else [number])
    assert hidden in page
    [back] = map(unescape, re.findall(r'<a class="geen-druk" href="([^"]+)">Toon alle plekken', page))
    assert "aard" not in back
    assert set(shown) <= set(re.findall(r"data-nummer=\"HS-2023-(\d+)\"", client.get(back).text))


@pytest.mark.usefixtures("three_weeks")
def test_two_kinds_are_either_of_them_and_stay_so_from_the_list_to_the_map(client: TestClient) -> None:
    page = unescape(client.get("/?aard=drugs&aard=onbekend").text)
    assert "U koos ‘vooral drugs’ of ‘niet bekend’." in page
    assert len(set(re.findall(r'data-nummer="HS-2023-(\d+)"', page))) > 1
    assert 'href="/kaart?aard=drugs&aard=onbekend"' in page
    assert "/?aard=drugs&aard=onbekend&toon=nieuw" in page


@pytest.mark.usefixtures("three_weeks")
def test_the_card_of_this_week_says_what_was_reported_most(client: TestClient) -> None:
    card = client.get("/").text.partition('id="HS-2023-003"')[2].partition("</article>")[0]
    assert "Het vaakst gemeld: dealen en gebruik. Laatste melding" in card


@pytest.mark.usefixtures("three_weeks")
def test_what_reports_are_about_is_told_in_words_also_that_it_is_unknown(client: TestClient) -> None:
    card = client.get("/kaart").text.partition('id="HS-2023-003"')[2].partition("</article>")[0]
    assert '<span class="label">vooral drugs</span>' in card
    known, unknown = (client.get(f"/hotspots/HS-2023-{number}").text for number in ("003", "001"))
    assert "De meldingen gaan vooral over drugs (70%). Het vaakst gemeld: dealen en gebruik." in known
    assert "Het is niet bekend of de meldingen vooral over drugs of over personen gaan." in unknown


@pytest.mark.usefixtures("three_weeks")
def test_a_wrong_choice_is_told_in_words(client: TestClient) -> None:
    page = client.get("/kaart?soort=huis", headers=HTML)
    assert page.status_code == 400
    assert "soort.0: moet een van deze zijn" in page.text


@pytest.mark.usefixtures("three_weeks")
def test_the_list_beside_the_map_has_what_the_map_has(client: TestClient) -> None:
    page = client.get("/kaart").text
    for number in ("001", "002", "003", "004"):
        assert f'data-nummer="HS-2023-{number}"' in page
        assert f'"nummer": "HS-2023-{number}"' in page
    assert "buurten: CBS" in page


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (slice(None), "Meldingen per weekdag en uur; hoe sterker de kleur, hoe meer."),
        (slice(1, None), "Van 1 van de {} meldingen is het uur niet bekend; die staan er niet in."),
        (slice(0), "Van {0} van de {0} meldingen is het uur niet bekend. Daarom staat hier niet"),
    ],
    ids=["all hours are known", "one is not", "none is"],
)
@pytest.mark.usefixtures("three_weeks")
def test_the_chart_of_hours_says_of_how_many_reports_it_is_not_known(
    client: TestClient, database: Database, known: slice, said: str
) -> None:
    own = (
        select(detection_reports.c.report_id)
        .join(hotspot_states, hotspot_states.c.detection_id == detection_reports.c.detection_id)
        .join(hotspots, hotspots.c.id == hotspot_states.c.hotspot_id)
        .where(hotspots.c.number == "HS-2023-001")
        .distinct()
    )
    with database.writing() as connection:
        ids = sorted(connection.execute(own).scalars())
        connection.execute(update(reports).values(has_hour=False))
        connection.execute(update(reports).where(reports.c.id.in_(ids[known])).values(has_hour=True))
    page = client.get("/hotspots/HS-2023-001").text
    assert said.format(len(ids)) in page
    assert ('class="uurtabel"' in page) is bool(ids[known])


@pytest.mark.usefixtures("three_weeks")
def test_a_hotspot_has_its_reasons_figures_weeks_and_origin(client: TestClient) -> None:
    page = client.get("/hotspots/HS-2023-001").text
    came, computed, left = (
        page.index(f"<li>{said}</li>")
        for said in (
            "Er kwamen 12 meldingen op 9 dagen; verwacht was hooguit 3.",
            "12 meldingen.",
            "Sinds 26-11-2023 niet meer.",
        )
    )
    assert came < left < page.index("Hoe is dit berekend?") < computed
    assert "Score" not in page
    assert "Bekende melders</a></dt><dd>5</dd>" in page
    assert "Verwacht op grond van de omgeving</a></dt><dd>2,5</dd>" in page
    assert "Kans dat toeval dit geeft</a></dt><dd>0,04 %</dd>" in page
    assert "<td>week 44 van 2023</td><td>30 oktober 2023</td>" in page
    assert "afgesplitst van" not in page
    split = client.get("/hotspots/HS-2023-004").text
    assert '<a href="/hotspots/HS-2023-004">buurt onbekend (HS-2023-004)</a> is afgesplitst van' in split


@pytest.mark.usefixtures("three_weeks")
def test_a_place_that_went_quiet_is_spoken_of_in_the_past(client: TestClient) -> None:
    assert "Waarom kwam deze plek op de lijst?" in client.get("/hotspots/HS-2023-001").text
    assert "Waarom staat deze plek op de lijst?" in client.get("/hotspots/HS-2023-002").text


def test_who_may_share_is_led_from_the_map_to_that_with_the_same_choice(
    client: TestClient, sessions: Callable[[str], str], three_weeks: Any
) -> None:
    with three_weeks.database.writing() as connection:
        publish_quarters(connection, 2023, {(Level.GEMEENTE, ""): [10, 15, 20]})
    assert "Deel een kaart" not in client.get("/kaart").text
    client.cookies.set("hotspots_sessie", sessions("oov"))
    page = client.get("/kaart?gebied=Wijk+00+Centrum&peildatum=2023-11-26").text
    (address,) = re.findall(r'href="(/inbedden\?[^"]+)"', page)
    form = client.get(unescape(address)).text
    assert '<option value="Wijk 00 Centrum" selected>' in form
    assert '<option value="2023-Q3" selected>' in form  # the last that was published by then


@pytest.mark.usefixtures("three_weeks")
def test_this_week_leads_to_the_reports_of_ones_own_areas(
    client: TestClient, sessions: Callable[[str], str], own_gebieden: list[str]
) -> None:
    assert "/rapport" not in client.get("/").text
    client.cookies.set("hotspots_sessie", sessions("gebiedsteam"))
    for path in ("/", "/kaart"):  # which count the places of these areas only
        [subtitle] = re.findall(r'<p class="onderkop">(Stand van [^<]+?)\. ', unescape(client.get(path).text))
        assert subtitle.endswith(f", {' en '.join(sorted(own_gebieden))}")
    addresses = [unescape(found) for found in re.findall(r'href="(/rapport[^"]+)"', client.get("/").text)]
    assert len(addresses) == 3 * len(own_gebieden)  # to read, as PDF, and its places
    assert {client.get(address).status_code for address in addresses} == {200}


@pytest.mark.usefixtures("three_weeks")
def test_unknown_figures_are_named_unknown(client: TestClient) -> None:
    page = client.get("/hotspots/HS-2023-002").text
    assert "Bekende melders</a></dt><dd>onbekend</dd>" in page
    assert "Kans dat toeval dit geeft</a></dt><dd>–</dd>" in page
    assert "Hoe vaak toeval dit hooguit geeft" not in page


@pytest.mark.usefixtures("three_weeks")
@pytest.mark.parametrize(
    "text", ["{{ 7 * 7 }}", "{% for x in 'abc' %}{{ loop.index }}{% endfor %}", "{# gone #}"]
)
def test_what_looks_like_a_template_is_never_filled_in_on_the_server(
    client: TestClient, see: Callable[..., None], text: str
) -> None:
    see(date(2023, 12, 10), redenen=(f"Op {text}",))
    for path in ("/", "/kaart", "/hotspots/HS-2023-001"):
        page = client.get(path, params={} if "hotspots" in path else {"gebied": text}).text
        if "hotspots" in path:
            assert page.count(text.replace("'", "\\u0027")) >= 1  # in the map
        else:
            assert page.count(text.replace("'", "&#39;")) >= 2  # in the title, and in the name of the map


def test_before_the_first_run_the_pages_say_so(client: TestClient) -> None:
    assert "Er is nog geen ronde geweest" in client.get("/").text
    assert "Er is nog geen ronde geweest" in client.get("/kaart").text


@pytest.mark.usefixtures("three_weeks")
def test_simulated_data_say_so_on_every_page(client: TestClient, database: Database) -> None:
    for address in [*PAGES, "/nergens"]:
        assert "Gesimuleerde gegevens" not in client.get(address, headers=HTML).text
    with database.writing() as connection:
        connection.execute(insert(facts).values(name="simulated", value="demo"))
    for address in [*PAGES, "/nergens"]:
        assert "Gesimuleerde gegevens" in client.get(address, headers=HTML).text


@pytest.mark.usefixtures("three_weeks")
def test_a_place_is_given_a_better_name_and_what_is_refused_is_said(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    client.cookies.set("hotspots_sessie", sessions("oov"))
    csrf = client.get("/sessie").json()["csrf"]

    def send(name: str, version: int) -> str:
        fields = {"csrf": csrf, "naam": name, "versie": str(version)}
        return client.post("/hotspots/HS-2023-001/naam", data=fields).text

    refused = send("Kerkstraat 12", 1)
    assert "een naam mag geen huisnummer zijn" in refused
    assert 'value="Kerkstraat 12"' in refused
    given = send("Achter <b>de kerk</b>", 1)
    assert "De naam is opgeslagen." in given
    name = "Achter &lt;b&gt;de kerk&lt;/b&gt;"
    assert f"<title>{name} (HS-2023-001)" in given
    assert f'<h1>{name} <span class="waar">HS-2023-001, Binnenstad</span></h1>' in given
    assert f"gaf de plek de naam ‘{name}’." in given
    week = client.get("/").text
    assert f'<a href="/hotspots/HS-2023-001">{name} <span class="waar">HS-2023-001</span></a>' in week
    assert "<b>de kerk" not in week + given
    assert "<h1>Binnenstad <span" in send("", 2)


@pytest.mark.usefixtures("three_weeks")
def test_a_search_moves_the_map_and_after_a_slip_asks_what_was_meant(client: TestClient) -> None:
    assert '<a href="/?zoek=Binnenstad">Binnenstad</a>?' in client.get("/?zoek=Binenstad").text
    page = client.get("/?zoek=Binnenstad").text
    assert "De kaart toont Binnenstad." in page
    assert 'href="/hotspots/HS-2023-001"' in page
    assert "Bedoelt u" not in page
    assert "Bedoelt u" not in client.get("/?zoek=Nergens").text


@pytest.mark.usefixtures("five_places")
def test_the_week_begins_with_what_waits_and_shows_each_place_once(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    client.cookies.set("hotspots_sessie", sessions("gebiedsteam"))
    page = client.get("/").text
    groups = re.findall(r'<section class="groep" aria-labelledby="([^"]+)"', page)
    assert groups[0] == "oordeel"
    cards = re.findall(r'<article class="kaartje" id="([^"]+)"', page)
    assert len(cards) == len(set(cards)) == 3
    client.cookies.set("hotspots_sessie", sessions("oov"))
    page = client.get("/").text
    groups = re.findall(r'<section class="groep" aria-labelledby="([^"]+)"', page)
    assert groups == ["nieuw", "toegenomen", "te-laat"]
    assert "2 van de 7 staan hierboven." in page
    cards = re.findall(r'<article class="kaartje" id="([^"]+)"', page)
    assert len(cards) == len(set(cards)) == 7
