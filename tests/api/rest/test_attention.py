"""`/v1/aandachtsplekken` and the pages that show them: for who may know of dwellings in the area."""

import pytest
from fastapi.testclient import TestClient


@pytest.mark.usefixtures("with_attention")
def test_attention_places_are_listed_with_what_became_of_places_like_them(client: TestClient) -> None:
    answer = client.get("/v1/aandachtsplekken").json()
    assert answer["totaalAantal"] == 1
    [place] = answer["aandachtsplekken"]
    assert (place["nummer"], place["aandeel"], place["eigenVerleden"]) == ("HS-2023-702", 0.4, True)
    assert place["uitleg"] == (
        "5 meldingen van 4 melders in 3 weken. Van zulke plekken werd 4 op de 10 binnen zes weken een "
        "hotspot (3 tot 5)."
    )
    for page in ("/", "/kaart"):
        assert place["uitleg"] in client.get(page).text


@pytest.mark.usefixtures("with_attention")
def test_it_is_no_hotspot_and_of_no_week_before(client: TestClient) -> None:
    assert client.get("/v1/hotspots/HS-2023-702").status_code == 404
    assert client.get("/v1/aandachtsplekken?peildatum=2023-01-01").json()["totaalAantal"] == 0
