"""Pictures of a period by a button: which places are on them, by which rights, and what they are called."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.pages.picture_choices import period_named
from hotspots.access.rights import Role
from hotspots.store.case_tables import access_log
from hotspots.store.database import Database
from hotspots.store.operation_tables import processing_log

Ask = Callable[..., Any]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite: which hotspots stood on the list is asked of each database by the account of a year."""
    return sqlite_url


def texts(answer: Any) -> str:
    """What is written on a picture, in a line."""
    assert answer.status_code == 200, answer.text
    return " ".join(re.findall(r"<text[^>]*>([^<]*)<", answer.text))


@pytest.mark.usefixtures("three_weeks")
@pytest.mark.parametrize(
    ("query", "title", "count"),
    [
        ("periode=2023-W47", "Hotspots Maastricht, week 47 van 2023", 3),
        ("periode=2023-Q4", "Hotspots Maastricht, vierde kwartaal van 2023", 4),
        ("periode=2023", "Hotspots Maastricht, 2023", 4),
        ("van=2023-11-13&tot=2023-11-20", "13 november 2023 tot en met 20 november 2023", 1),
        ("periode=zelf&van=2023-11-26&tot=2023-11-26", "Hotspots Maastricht, 26 november 2023", 3),
        ("periode=2023&buurt=BU09350100&van=&tot=", "Hotspots Villapark, 2023", None),
        ("", "Hotspots Maastricht, week 48 van 2023", 4),
    ],
)
def test_a_picture_of_a_period_has_what_stood_on_the_list_in_it(
    client: TestClient, query: str, title: str, count: int | None
) -> None:
    answer = client.get(f"/kaart/plaatje?{query}&vorm=svg".replace("?&", "?"))
    written = texts(answer)
    assert title in written
    if count is not None:
        assert f"{count} plek" in written
    assert re.fullmatch(
        r'attachment; filename="hotspots-[a-z0-9-]+-2023-\d\d-\d\d-2023-\d\d-\d\d\.svg"',
        answer.headers["content-disposition"],
    )


@pytest.mark.usefixtures("three_weeks")
def test_of_a_week_it_is_the_list_of_that_week(client: TestClient) -> None:
    written = texts(client.get("/kaart/plaatje?periode=2023-W47&vorm=svg"))
    assert "Stand van 26 november 2023. 3 plekken." in written
    quarter = texts(client.get("/kaart/plaatje?periode=2023-Q4&vorm=svg"))
    assert "Op de lijst in deze periode" in quarter


@pytest.mark.usefixtures("three_weeks")
@pytest.mark.parametrize(
    "query", ["periode=2023-13", "periode=zelf", "van=2023-11-01", "van=2023-12-01&tot=2023-11-01"]
)
def test_what_is_no_period_is_refused_with_how_to_ask(client: TestClient, query: str) -> None:
    answer = client.get(f"/kaart/plaatje?{query}")
    assert answer.status_code == 400
    assert "eerste en een laatste dag" in answer.text


@pytest.mark.usefixtures("three_weeks")
def test_a_period_without_a_round_or_an_unknown_area_shows_nothing_of_another(client: TestClient) -> None:
    answer = client.get("/kaart/plaatje?periode=2019")
    assert (answer.status_code, "Er was geen ronde in deze periode: 2019." in answer.text) == (404, True)
    for area in ("gebied=Nergens", "buurt=BU99999999"):
        assert "0 plekken" in texts(client.get(f"/kaart/plaatje?periode=2023&vorm=svg&{area}")), area


@pytest.mark.usefixtures("three_weeks")
def test_a_picture_shows_a_dwelling_to_who_may_know_of_it_and_its_taking_is_logged(
    closed: TestClient,
    asking: Callable[[TestClient], Ask],
    sessions: Callable[[str], str],
    database: Database,
) -> None:
    ask = asking(closed)
    seen = {
        role: texts(ask(sessions(role), "GET", "/kaart/plaatje?periode=2023&vorm=svg"))
        for role in (Role.LEZER, Role.OOV)
    }
    assert ("3 plekken" in seen[Role.LEZER], "4 plekken" in seen[Role.OOV]) == (True, True)
    with database.reading() as connection:
        taken = list(connection.execute(select(access_log.c.taken_as)).scalars())
        done = list(connection.execute(select(processing_log.c.name)).scalars())
    assert taken == ["svg"]
    assert done.count("kaart maken") == 2


@pytest.mark.usefixtures("three_weeks")
@pytest.mark.parametrize("path", ["/", "/kaart?buurt=BU09350100", "/?gebied=Wijk+01+Buitenwijk+Zuidwest"])
def test_a_button_on_the_page_makes_it_with_the_choice_of_the_page(client: TestClient, path: str) -> None:
    page = client.get(path).text
    form = page.partition('action="/kaart/plaatje"')[2].partition("</form>")[0]
    assert re.findall(r'name="periode">\s*<option value="([^"]+)"', form) == ["2023-W48"]
    offered = re.findall(r'<option value="(2023[^"]*)"', form)
    assert offered == ["2023-W48", "2023-Q4", "2023"]
    assert ('value="BU09350100" selected' in form) is ("buurt=" in path)
    assert ('name="gebied" value="Wijk 01 Buitenwijk Zuidwest"' in form) is ("gebied=" in path)
    for value in offered:
        assert client.get(f"/kaart/plaatje?periode={value}").content.startswith(b"\x89PNG")


@pytest.mark.usefixtures("three_weeks")
def test_a_hotspot_has_a_picture_of_its_own_by_a_link(client: TestClient) -> None:
    page = client.get("/hotspots/HS-2023-001").text
    link = re.findall(r'href="(/hotspots/HS-2023-001/download\?[^"]*svg)"', page)[0]
    written = texts(client.get(link.replace("&amp;", "&")))
    assert re.search(r"Hotspot .*\(HS-2023-001\), week 48 van 2023", written)


@pytest.mark.usefixtures("three_weeks")
def test_the_year_has_its_picture_by_a_link(client: TestClient) -> None:
    page = client.get("/jaar/2023").text
    (link,) = re.findall(r'href="(/kaart/plaatje[^"]*svg)"', page)
    assert "Hotspots Maastricht, 2023" in texts(client.get(link.replace("&amp;", "&")))


def test_a_period_has_a_name() -> None:
    assert period_named("2023-W48").words == "27 november 2023 tot en met 3 december 2023"
    with pytest.raises(ValueError, match="2023-W99"):
        period_named("2023-W99")
