"""The explanation of how a place gets on the list is a page, and each term of the pages leads into it."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.pages import shipped_document
from api.pages.shipped_document import read_document
from hotspots.wording import AARDEN, INDICATIES, SOORTEN, STATUSES, TRENDS

HOW_LISTED = "zo-komt-een-plek-op-de-lijst"
TEMPLATES = Path(shipped_document.__file__).parents[1] / "templates"


def test_headings_terms_and_first_cells_have_an_anchor() -> None:
    document = read_document(HOW_LISTED)
    assert document.title == "Zo komt een plek op de lijst"
    assert {"de-vijf-vragen", "geconcentreerd", "kans-op-toeval", "nieuw", "beëindigd"} <= document.anchors
    assert '<li id="gedeeld"><strong>Gedeeld' in document.content
    assert '<td id="stil">stil</td>' in document.content
    assert ".md" not in re.findall('href="([^"]*)"', document.content)


@pytest.mark.usefixtures("three_weeks")
def test_every_term_on_a_page_leads_to_its_explanation(client: TestClient) -> None:
    anchors = read_document(HOW_LISTED).anchors
    linked: set[str] = set()
    for path in ("/", "/kaart", "/hotspots/HS-2023-001", "/hotspots/HS-2023-002"):
        linked |= set(re.findall(f'href="/uitleg/{HOW_LISTED}#([^"]+)"', client.get(path).text))
    written = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
    linked |= set(re.findall(rf'{HOW_LISTED}#([^"{{]+)"', written))
    assert len(linked) > 10
    assert linked <= anchors


def test_every_word_on_a_card_is_explained() -> None:
    content = read_document(HOW_LISTED).content
    words = {*TRENDS.values(), *STATUSES.values(), *AARDEN.values(), *SOORTEN.values(), *INDICATIES.values()}
    assert sorted(word for word in words if word not in content) == []


@pytest.mark.usefixtures("three_weeks")
def test_anyone_may_read_how_a_place_gets_on_the_list(client: TestClient) -> None:
    page = client.get(f"/uitleg/{HOW_LISTED}")
    assert page.status_code == 200
    assert '<h2 id="wat-de-lijst-niet-zegt">' in page.text


def test_html_in_a_document_is_shown_as_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "some.md"
    file.write_text(
        "# A title\n\nText <script>run()</script> [there](javascript:run()) and [here](other.md).\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(shipped_document, "shipped", lambda _: file)
    content = read_document("one of this test").content
    assert "<script" not in content
    assert "href" not in content
    assert "&lt;script&gt;" in content
