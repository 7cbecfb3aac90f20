"""`/beheer/veiligheid`: what is unsafe, and to whom that is told."""

import re
import tomllib
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from hotspots.settings import Settings, SignInSettings
from hotspots.store.database import Database
from hotspots.store.metadata import read_fact
from tests.api.conftest import PASSWORD
from tests.conftest import ROOT
from tests.test_words import english_words, hard_words

SAFETY_WORDS = ROOT / "src/hotspots/operations/safety_words.toml"
HTML = {"Accept": "text/html"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database will do."""
    return sqlite_url


def test_all_is_told_to_who_looks_after_it_and_to_others_what_helps_nobody_in(
    service_settings: Settings, sessions: Callable[[str], str]
) -> None:
    pages = {}
    with TestClient(create_app(service_settings)) as client:
        for role in ("beheerder", "privacy", "oov"):
            client.cookies.set("hotspots_sessie", sessions(role))
            pages[role] = client.get("/beheer/veiligheid", headers=HTML).text
            overview = client.get("/beheer", headers=HTML).text
            assert ("niet veilig</a> in deze installatie" in overview) == (role != "oov")
    for role in ("beheerder", "privacy"):
        assert "Iedereen die bij de dienst kan, leest alle lijsten en kaarten" in pages[role]
        assert "<code>open_reading</code>" in pages[role]
    assert "leest alle lijsten en kaarten" not in pages["oov"]
    assert "open_reading" not in pages["oov"]
    assert "Niemand heeft bevestigd hoe lang gegevens worden bewaard." in pages["oov"]
    assert "Een deel is alleen te zien voor een beheerder" in pages["oov"]


def test_all_that_can_be_told_is_plain_dutch() -> None:
    found = set()
    for words in tomllib.loads(SAFETY_WORDS.read_text(encoding="utf-8")).values():
        for text in words["nl"].values():
            plain = re.sub(r"`[^`]+`|\{\w+\}", "", text)
            found |= {f"'{word}' in: {text}" for word in hard_words(plain) | english_words(plain)}
    assert sorted(found) == []


def test_over_what_people_sign_in_is_remembered(
    service_settings: Settings, database: Database, sessions: Callable[[str], str]
) -> None:
    closed = service_settings.model_copy(update={"sign_in": SignInSettings()})
    sessions("beheerder")  # makes the account
    sent = {"naam": "beheerder", "wachtwoord": PASSWORD}

    def signed_in_over(base: str) -> str | None:
        with TestClient(create_app(closed), base_url=base) as client:
            assert client.post("/aanmelden", data=sent, follow_redirects=False).status_code == 303
        with database.reading() as connection:
            return read_fact(connection, "signed in over")

    assert signed_in_over("http://127.0.0.1:8000") is None  # on this machine nobody listens in
    assert signed_in_over("http://hotspots.example.nl") == "http"
    assert signed_in_over("https://hotspots.example.nl") == "https"
