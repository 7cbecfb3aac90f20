"""`/cijfers`: each chart with its table, and as a file to take along."""

import csv
import io
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page
from sqlalchemy import event, select, update

from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.operation_tables import processing_log
from hotspots.store.report_tables import reports
from tests.two_years import write_two_years

CENTRE = "gebied=Wijk+00+Centrum"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: what is counted is tested on both in the library."""
    return sqlite_url


@pytest.fixture
def counted(database: Database, settings: Settings) -> Any:
    """Two years of reports, as a table."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        return write_two_years(connection, settings, count=600)


def test_the_page_says_what_it_counts_and_what_chance_explains(client: TestClient, counted: Any) -> None:
    page = client.get("/cijfers").text
    moments = counted["moment"].dt.tz_convert("Europe/Amsterdam")
    now = (moments.dt.year == 2023).sum()
    assert f"Tot en met 30 november 2023 kwamen er {now} meldingen binnen" in page
    assert "toeval" in page
    for name in ("maanden", "maanden-drugs", "weken", "uren", "gebieden", "buurten", "straten", "plekken"):
        assert f'aria-labelledby="{name}-titel {name}-beschrijving"' in page
        for kind in ("svg", "png", "csv", "xlsx"):
            assert f"/cijfers/download?onderdeel={name}&amp;vorm={kind}" in page
    assert 'style="' not in page.partition("<main")[2]


@pytest.mark.usefixtures("counted")
def test_a_choice_is_kept_in_the_form_and_in_what_is_taken_along(client: TestClient) -> None:
    page = client.get(f"/cijfers?{CENTRE}&buurt=&categorie=drugs&jaar=2022").text
    assert '<option value="Wijk 00 Centrum" selected>' in page
    assert '<option value="2022" selected>' in page
    assert "meldingen over drugs" in page
    chosen = "/cijfers/download?gebied=Wijk+00+Centrum&amp;categorie=drugs&amp;jaar=2022&amp;onderdeel="
    assert chosen in page
    assert "Mariaberg" not in page  # of another gebied


@pytest.mark.usefixtures("counted")
def test_every_part_on_the_page_can_be_taken_along_and_is_logged(
    client: TestClient, database: Database
) -> None:
    page = client.get(f"/cijfers?{CENTRE}").text
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/cijfers/download[^"]+)"', page)]
    assert len(links) > 20
    for link in links:
        if link.endswith("png") and "=maanden&" not in link:
            continue  # drawn from the same text
        answer = client.get(link)
        assert answer.status_code == 200, link
        name = re.findall(r'filename="([^"]+)"', answer.headers["content-disposition"])[0]
        kind = link.rpartition("=")[2]
        assert re.fullmatch(rf"cijfers-[a-z-]+-2023-wijk-00-centrum\.{kind}", name)
        if kind == "svg":
            assert "var(" not in answer.text
            assert ET.fromstring(answer.text).get("role") == "img"  # noqa: S314
        elif kind == "png":
            assert answer.content[:8] == b"\x89PNG\r\n\x1a\n"
    with database.reading() as connection:
        told = set(connection.execute(select(processing_log.c.name)).scalars())
    assert {"lijst uitvoeren", "kaart maken"} <= told


def test_the_table_taken_along_has_the_figures_of_the_page(client: TestClient, counted: Any) -> None:
    text = client.get("/cijfers/download?onderdeel=buurten&vorm=csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    year = counted[counted["moment"].dt.tz_convert("Europe/Amsterdam").dt.year == 2023]
    expected = year["buurtcode"].value_counts()
    assert {row["Code"]: int(row["2023"]) for row in rows if row["2023"] != "0"} == expected.to_dict()


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize("part", ["niets", "alarmen&vorm=svg", "../../etc"], ids=str)
def test_a_part_that_is_not_there_is_not_found(client: TestClient, part: str) -> None:
    assert client.get(f"/cijfers/download?onderdeel={part}").status_code == 404


@pytest.mark.usefixtures("counted")
def test_a_team_sees_its_gebieden_and_is_refused_another(client: TestClient, sessions: Any) -> None:
    client.cookies.set("hotspots_sessie", sessions("gebiedsteam"))
    page = client.get("/cijfers").text
    assert '<option value="Wijk 00 Centrum">' in page
    assert "Wijk 04 Buitenwijk Oost" not in page
    assert client.get("/cijfers?gebied=Wijk+04+Buitenwijk+Oost").status_code == 403
    assert client.get("/cijfers/download?onderdeel=maanden&buurt=BU09350400").status_code == 403


def test_figures_are_read_once_until_something_changes(
    client: TestClient, database: Database, counted: Any
) -> None:
    engine = client.app.state.database.engine  # type: ignore[attr-defined]
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_rest: asked.append(statement))

    def looked(path: str) -> bool:
        asked.clear()
        assert client.get(path).status_code == 200
        return any("count(*)" in statement and "cell" in statement for statement in asked)

    assert looked("/cijfers")
    assert not looked("/cijfers")
    assert not looked("/cijfers/download?onderdeel=maanden&vorm=svg")
    assert looked("/cijfers?jaar=2022")
    total = f"{(counted['moment'].dt.tz_convert('Europe/Amsterdam').dt.year == 2023).sum() - 1} meldingen"
    assert total not in client.get("/cijfers").text
    with database.writing() as connection:
        connection.execute(update(reports).where(reports.c.source_id == "599").values(is_counted=False))
    assert total in client.get("/cijfers").text


def test_without_reports_the_page_says_so(client: TestClient) -> None:
    page = client.get("/cijfers").text
    assert "Er zijn nog geen meldingen." in page
    assert "<svg" not in page.partition("<main")[2]


@pytest.mark.chromium
@pytest.mark.usefixtures("counted")
def test_charts_fit_a_phone_and_are_chosen_by_keyboard(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/cijfers")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    sizes = page.evaluate(
        "[...document.querySelectorAll('.tekening > svg')].map(svg => svg.clientWidth / 400 * 12)"
    )
    assert len(sizes) > 5
    assert min(sizes) >= 10  # pixels of text
    page.locator("#kies-gebied").focus()
    page.keyboard.type("Wijk 00")
    page.locator(".filters button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/cijfers?jaar=2023&gebied=Wijk+00+Centrum**")
