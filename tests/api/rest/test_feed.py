"""What is new: the Atom feed, and the list of what changed since a moment."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient

from hotspots.access.rights import Actor, Role
from hotspots.casework.cases import CaseAccess
from hotspots.casework.dossier import comment
from hotspots.casework.steps import move, return_to_list
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.database import Database

ATOM = "{http://www.w3.org/2005/Atom}"
FEED = "/v1/hotspots/feed"
OOV = Actor("1", "O. Adviseur", Role.OOV, "OOV")


def entries(client: TestClient, query: str = "") -> list[dict[str, str]]:
    """The entries of the feed: the text of each element that has one."""
    answer = client.get(FEED + query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml"
    root = ET.fromstring(answer.content)  # noqa: S314  # our own
    found = root.findall(f"{ATOM}entry")
    return [{part.tag.removeprefix(ATOM): part.text or "" for part in entry} for entry in found]


@pytest.mark.usefixtures("new_places")
class TestFeed:
    def test_the_last_that_came_is_first_each_with_an_id_that_stays(
        self, client: TestClient, new_places: dict[int, str]
    ) -> None:
        found = entries(client)
        assert [entry["id"] for entry in found] == [f"urn:uuid:{new_places[key]}" for key in (3, 2, 1)]
        assert found[0]["title"] == "Villapark (HS-2023-003): meer adressen"
        assert found[0]["published"] == found[0]["updated"] == "2023-12-03T00:00:00Z"
        assert found[0]["summary"].startswith("Er kwamen 12 meldingen op 9 dagen; verwacht was")
        assert found[2]["updated"] == "2023-11-19T00:00:00Z"

    @pytest.mark.parametrize("query", ["", "?gebied=Wijk+00+Centrum"])
    def test_the_page_of_the_week_leads_to_the_feed_of_the_same_area(
        self, client: TestClient, query: str
    ) -> None:
        page = client.get(f"/{query}", headers={"Accept": "text/html"}).text
        link = r'<link rel="alternate" type="application/atom\+xml" title="([^"]*)" href="([^"]*)">'
        found = re.search(link, page)
        assert found is not None
        root = ET.fromstring(client.get(found[2]).content)  # noqa: S314  # our own
        assert root.findtext(f"{ATOM}title") == found[1]

    def test_it_is_a_whole_feed_that_leads_to_the_page_and_the_data(self, client: TestClient) -> None:
        root = ET.fromstring(client.get(f"{FEED}?gebied=Wijk+00+Centrum").content)  # noqa: S314  # our own
        address = "http://testserver/v1/hotspots/feed?gebied=Wijk+00+Centrum"
        assert root.tag == f"{ATOM}feed"
        assert root.findtext(f"{ATOM}id") == address
        assert root.findtext(f"{ATOM}title") == "Nieuwe hotspots Wijk 00 Centrum"
        assert root.findtext(f"{ATOM}updated") == "2023-11-26T00:00:00Z"
        assert root.findtext(f"{ATOM}author/{ATOM}name") == "Maastricht"
        assert root.findall(f"{ATOM}link")[0].attrib["href"] == address
        for link in root.findall(f"{ATOM}entry/{ATOM}link"):
            assert client.get(link.attrib["href"]).status_code == 200
        categories = root.findall(f"{ATOM}entry")[0].findall(f"{ATOM}category")
        assert {part.attrib["scheme"].split(":")[2]: part.attrib["term"] for part in categories} == {
            "soort": "gebied",
            "indicatie": "onbepaald",
            "aard": "onbekend",
            "status": "kandidaat",
            "trend": "aanhoudend",
            "opDeLijst": "ja",
            "gebied": "Wijk 00 Centrum",
        }

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("?gebied=Wijk+00+Centrum", ["002", "001"]),
            ("?buurt=BU09350100", ["003"]),
            ("?gebied=Nergens", []),
        ],
    )
    def test_an_area_has_a_feed_of_its_own(self, client: TestClient, query: str, expected: list[str]) -> None:
        assert [entry["title"].partition(")")[0][-3:] for entry in entries(client, query)] == expected

    def test_a_feed_that_is_known_already_is_not_sent_again(self, client: TestClient) -> None:
        first = client.get(FEED)
        again = client.get(FEED, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = client.get(f"{FEED}?buurt=BU09350100", headers={"If-None-Match": first.headers["etag"]})
        assert other.status_code == 200

    def test_what_returns_comes_up_again_under_the_same_id(
        self,
        client: TestClient,
        database: Database,
        service_settings: Settings,
        new_places: dict[int, str],
    ) -> None:
        before = entries(client)
        move(
            CaseAccess(database, service_settings, OOV, new_places[1], datetime(2023, 12, 4, 9, tzinfo=UTC)),
            Status.GESLOTEN,
            expected_version=1,
            reason="Stil.",
        )
        assert [entry["updated"] for entry in entries(client)] == [entry["updated"] for entry in before]
        with database.writing() as connection:
            now, ids = datetime(2023, 12, 10, 6, tzinfo=UTC), [new_places[1]]
            return_to_list(
                connection, service_settings, hotspot_ids=ids, reasons={ids[0]: "Weer meldingen."}, now=now
            )
        first = entries(client)[0]
        assert first["id"] == before[-1]["id"]
        assert (first["published"], first["updated"]) == (before[-1]["published"], "2023-12-10T06:00:00Z")

    def test_characters_that_xml_does_not_know_are_left_out(
        self, client: TestClient, see: Callable[..., None]
    ) -> None:
        see(date(2023, 12, 10), redenen=("Op Bel\x00 en \x0b<b>&\ufffe\U0001f4a9.",))
        assert entries(client)[-1]["summary"].startswith("Op Bel en <b>&\U0001f4a9. Er kwamen 12 ")


def test_before_the_first_run_the_feed_is_empty(client: TestClient) -> None:
    assert entries(client) == []


@pytest.mark.usefixtures("three_weeks")
class TestChangedSince:
    @staticmethod
    def numbers(client: TestClient, moment: str, more: str = "") -> list[str]:
        """The numbers of what changed since."""
        answer = client.get(f"/v1/hotspots?gewijzigdSinds={moment}&sort=nummer{more}")
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        found = [hotspot["nummer"][-3:] for hotspot in content["hotspots"]]
        assert content["totaalAantal"] == len(found)
        return found

    def test_only_what_a_later_run_saw_otherwise_is_given(self, client: TestClient) -> None:
        assert self.numbers(client, "2023-01-01T00:00:00Z") == ["001", "002", "003", "004"]
        since = self.numbers(client, "2023-11-26T12:00:00Z")
        assert since == ["001", "002", "003", "004"]  # a week later, with reports of that week
        assert self.numbers(client, "2023-12-03T00:00:00Z") == []
        assert self.numbers(client, "2023-11-26T12:00:00Z", "&peildatum=2023-11-26") == []
        assert self.numbers(client, "2023-11-26T12:00:00%2B01:00", "&soort=woning") == ["002"]

    def test_what_people_did_counts_too(
        self, client: TestClient, database: Database, service_settings: Settings
    ) -> None:
        comment(
            CaseAccess(database, service_settings, OOV, "HS-2023-003", datetime(2023, 12, 5, 9, tzinfo=UTC)),
            "Wie belt?",
        )
        assert self.numbers(client, "2023-12-05T08:59:59Z") == ["003"]
        assert self.numbers(client, "2023-12-05T09:00:00Z") == []

    @pytest.mark.parametrize("moment", ["gisteren", "2023-12-03", "2023-12-03T00:00:00", ""])
    def test_a_moment_without_a_time_zone_is_none(self, client: TestClient, moment: str) -> None:
        answer = client.get(f"/v1/hotspots?gewijzigdSinds={moment}")
        assert answer.status_code == 400
        [problem] = answer.json()["invalidParams"]
        assert problem["reden"].startswith("moet een tijdstip met tijdzone zijn zoals 2023-12-31T06:30:00Z")


@pytest.mark.usefixtures("one_that_stayed")
def test_what_stayed_the_same_is_not_given(client: TestClient) -> None:
    answer = client.get("/v1/hotspots?gewijzigdSinds=2023-11-26T12:00:00Z")
    assert [hotspot["nummer"] for hotspot in answer.json()["hotspots"]] == ["HS-2023-002"]
