"""One number per notion: all pages, reports, files and answers count the list of a week alike, per reader."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from hotspots.model import Status
from hotspots.store.run_tables import hotspots
from hotspots.wording import week_code

WEEK = date(2023, 12, 3)
ATOM = "{http://www.w3.org/2005/Atom}"
LEAFLET = re.compile(r'"nummer": "HS-[0-9-]+"')


@pytest.fixture
def every_kind(fill: Any, seen: type[Any]) -> None:
    """A week with each trend and each status; one new place is a dwelling, and one was judged no hotspot."""
    first_signalled = WEEK - timedelta(weeks=2)
    fill.run(first_signalled, [seen(1)])
    places = [
        seen(1, trend="toenemend"),
        seen(2, trend="nieuw"),
        seen(3, trend="nieuw", soort="woning"),
        seen(4, trend="nieuw"),
        seen(5, trend="stil", is_signalled=False),
        seen(6, trend="beeindigd", is_signalled=False),
        seen(7),
        seen(8, trend="wisselend"),
    ]
    fill.run(WEEK, places)
    decided = {4: Status.GEEN_HOTSPOT, 7: Status.GESLOTEN, 8: Status.IN_VERIFICATIE}
    with fill.database.writing() as connection:
        for key, status in decided.items():
            own = hotspots.c.id == fill.ids[key]
            connection.execute(update(hotspots).where(own).values(status=status.value))


def group_sizes(page: str) -> dict[str, int]:
    """The counters of the page of the week, by their title."""
    found = re.findall(r'<span class="getal">(\d+)</span> ([^<]+)</a>', page)
    return {title.strip(): int(number) for number, title in found}


@pytest.mark.usefixtures("every_kind")
@pytest.mark.parametrize(("role", "listed", "new"), [("oov", 5, 2), ("lezer", 4, 1)])
def test_every_page_file_and_answer_gives_the_same_numbers(
    client: TestClient, sessions: Callable[[str], str], role: str, listed: int, new: int
) -> None:
    client.cookies.set("hotspots_sessie", sessions(role))

    def ask(address: str, kind: str = "application/json") -> Any:
        answer = client.get(address, headers={"Accept": kind})
        assert answer.status_code == 200, (address, answer.text)
        return json.loads(answer.text) if kind == "application/json" else answer.text

    of_week = f"peildatum={WEEK}"
    week = ask(f"/?{of_week}", "text/html")
    sizes = group_sizes(week)
    round_ = ask(f"/v1/rondes/{WEEK}")
    trends = ask("/v1/trends")["trends"][0]
    map_page = ask(f"/kaart?{of_week}", "text/html")
    feed = ET.fromstring(ask("/v1/hotspots/feed", "application/atom+xml"))  # noqa: S314  # our own
    entries = [
        {
            part.get("scheme", "").rpartition(":")[2]: part.get("term")
            for part in entry.iter(f"{ATOM}category")
        }
        for entry in feed.iter(f"{ATOM}entry")
    ]
    on_list = [entry for entry in entries if entry["opDeLijst"] == "ja"]
    told = {
        "the sentence of the week": int(re.search(r"(\d+) plekken op de lijst", week)[1]),  # type: ignore[index]
        "the cards of the week": len(set(re.findall(r'data-nummer="([^"]+)"', week))),
        "the groups of the week": sum(
            sizes[name] for name in ("nieuw", "toegenomen", "al langer op de lijst", "stil geworden")
        ),
        "the map": int(re.search(r"(\d+) plekken op de lijst", map_page)[1]),  # type: ignore[index]
        "the places on the map": len(set(LEAFLET.findall(map_page))),
        "the round": round_["aantalOpDeLijst"],
        "all rounds": ask("/v1/rondes")["rondes"][0]["aantalOpDeLijst"],
        "the trends": trends["aantalOpDeLijst"],
        "the sum of the trends": sum(trends["aantalPerTrend"].values()),
        "the list": ask(f"/v1/hotspots?opDeLijst=true&{of_week}")["totaalAantal"],
        "the layer": ask("/ogc/collections/hotspots/items?opDeLijst=true")["numberMatched"],
        "the feed": len(on_list),
    }
    if role == "oov":
        report = ask(f"/rapport?week={week_code(WEEK)}", "text/html")
        told["the report"] = int(re.search(r"(\d+) plekken met herhaalde overlast", report)[1])  # type: ignore[index]
    assert told == dict.fromkeys(told, listed)
    assert {
        "the group": sizes["nieuw"],
        "the round": round_["aantalNieuw"],
        "the trends": trends["aantalPerTrend"]["nieuw"],
        "the list": ask("/v1/hotspots?opDeLijst=true&trend=nieuw")["totaalAantal"],
        "the map": len(set(LEAFLET.findall(ask("/kaart?trend=nieuw", "text/html")))),
        "the feed": sum(entry["trend"] == "nieuw" for entry in on_list),
    } == dict.fromkeys(("the group", "the round", "the trends", "the list", "the map", "the feed"), new)
    candidates = ask("/v1/hotspots?opDeLijst=true&status=kandidaat")["totaalAantal"]
    on_map = len(set(LEAFLET.findall(ask("/kaart?status=kandidaat", "text/html"))))
    assert round_["aantalKandidaat"] == candidates == on_map == listed - 1


@pytest.mark.usefixtures("every_kind")
def test_what_is_done_is_on_the_map_only_when_asked_for(client: TestClient) -> None:
    def numbers(query: str) -> int:
        return len(set(LEAFLET.findall(client.get(f"/kaart{query}").text)))

    assert [numbers(query) for query in ("", "?trend=beeindigd", "?status=gesloten")] == [5, 1, 1]
