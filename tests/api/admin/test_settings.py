"""`/beheer/instellingen`: settings with their reasons, changed with why, and never a secret."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.admin.setting_words import FIXED, SECTIONS
from hotspots.access.admin_changes import Kind, read_changes
from hotspots.access.passwords import csrf_token
from hotspots.settings import MailSettings, Settings
from hotspots.settings.file import SECRETS
from hotspots.settings.stored import STORABLE
from hotspots.store.database import Database
from hotspots.store.stored_settings import read_stored, write_stored

PATH = "/beheer/instellingen"
HTML = {"Accept": "text/html"}
Post = Callable[..., Any]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: pages read and write through functions that are tested on both."""
    return sqlite_url


@pytest.fixture
def service_settings(service_settings: Settings) -> Settings:
    """The name of the municipality and the mail server are set by the server."""
    mail = MailSettings(password=SecretStr("geheim van de server"))
    return service_settings.model_copy(update={"mail": mail})


@pytest.fixture
def post(client: TestClient, sessions: Callable[[str], str]) -> Post:
    """Sign in as the administrator; gives what changes fields of a page of settings as they stand there."""
    token = sessions("beheerder")
    client.cookies.set("hotspots_sessie", token)

    def send(slug: str, changes: dict[str, str], *, reason: str = "Nieuwe huisstijl") -> Any:
        page = client.get(f"{PATH}/{slug}").text
        inputs = re.findall(r'<input id="([^"]+)" name="[^"]+"[^>]*? value="([^"]*)"([^>]*)>', page)
        chosen = re.findall(r'<select id="([^"]+)".*?value="([^"]+)" selected', page, re.DOTALL)
        fields = {name: value for name, value, rest in inputs if "disabled" not in rest} | dict(chosen)
        (state,) = re.findall(r'name="stand" value="(\w+)"', page) or [""]
        data = {"csrf": csrf_token(token), "reden": reason, "stand": state} | fields | changes
        return client.post(f"{PATH}/{slug}", data=data, headers=HTML, follow_redirects=False)

    return send


def stored(database: Database) -> dict[str, Any]:
    with database.reading() as connection:
        return read_stored(connection)


def test_every_setting_that_can_be_stored_stands_on_one_page_and_none_twice() -> None:
    named = [key for section in SECTIONS.values() for key in section.settings]
    assert sorted(named) == sorted(STORABLE)
    assert {fixed.key for fixed in FIXED} >= set(SECRETS)


def test_a_colour_holds_at_once_and_the_history_tells_who_and_why(
    client: TestClient, post: Post, database: Database
) -> None:
    saved = post("kleuren", {"service.colour": "#103010"})
    assert saved.headers["location"] == f"{PATH}/kleuren?gedaan=1"
    page = client.get(saved.headers["location"]).text
    assert "Opgeslagen. Dit geldt vanaf nu." in page
    assert "--huis:#103010" in page
    assert "Standaard: #154273" in page
    assert stored(database) == {"service.colour": "#103010"}
    with database.reading() as connection:
        (line,) = read_changes(connection, kind=Kind.SETTING)
    assert (line.about, line.actor, line.reason) == (
        "service.colour",
        "Iemand van beheerder",
        "Nieuwe huisstijl",
    )
    assert post("kleuren", {}).headers["location"] == f"{PATH}/kleuren?gedaan=0"
    post("kleuren", {"terug-service.colour": "ja"})
    assert stored(database) == {}


@pytest.mark.parametrize(
    ("slug", "changes", "words"),
    [
        pytest.param("kleuren", {"service.colour": "#ffff00"}, "witte letters zijn er niet goed", id="light"),
        pytest.param("kleuren", {"service.accent": "rood"}, "Deze kleur kan niet", id="no colour"),
        pytest.param(
            "bewaren", {"retention.text_days": "0"}, "heel getal in van 1 tot en met 730", id="too short"
        ),
        pytest.param("bewaren", {"retention.text_days": "731"}, "van 1 tot en met 730", id="too long"),
        pytest.param(
            "bewaren", {"retention.text_days": "30"}, "Deze termijnen kunnen niet samen", id="at odds"
        ),
        pytest.param("ronde", {"jobs.weekly_time": "02:30"}, "Deze tijd kan niet", id="a lost hour"),
        pytest.param("termijnen", {"workflow.plan_days": "9" * 30}, "tot en met 3660", id="a slip"),
        pytest.param("ronde", {"jobs.weekly_day": "maandag"}, "kies een van de", id="no day"),
        pytest.param(
            "termijnen", {"workflow.plan_days": "veel"}, "vul een heel getal in van 1", id="no number"
        ),
        pytest.param("mail", {"jobs.alert_mail": "jan"}, "Zo kan er geen mail", id="no address"),
        pytest.param("kaart", {"context.kinds-5-kind": "bieb"}, "Deze woorden kunnen niet", id="half a kind"),
        pytest.param(
            "agenda", {"calendar.events-0-name": "Fair"}, "Dit evenement kan niet", id="no day of it"
        ),
    ],
)
def test_what_cannot_be_is_refused_in_dutch_and_what_was_typed_stays(
    post: Post, database: Database, slug: str, changes: dict[str, str], words: str
) -> None:
    answer = post(slug, changes)
    assert answer.status_code == 409
    assert words in answer.text
    assert "wanted" not in answer.text
    if slug not in ("ronde", "mail"):
        assert all(f'value="{value}"' in answer.text for value in changes.values())
    assert stored(database) == {}


def test_a_form_of_before_another_change_overwrites_nothing(
    client: TestClient, post: Post, database: Database
) -> None:
    (before,) = re.findall(r'name="stand" value="(\w+)"', client.get(f"{PATH}/kleuren").text)
    post("kleuren", {"service.colour": "#103010"})
    late = post("kleuren", {"service.accent": "#ffffff", "stand": before})
    assert late.status_code == 409
    assert "Iemand anders veranderde dit intussen" in late.text
    assert stored(database) == {"service.colour": "#103010"}


def test_nor_does_one_of_before_a_change_that_this_service_did_not_see_yet(
    client: TestClient, post: Post, database: Database
) -> None:
    client.app.state.live_settings.look_every_s = 3600  # type: ignore[attr-defined]  # the app of the client
    client.get(PATH)
    with database.writing() as connection:
        write_stored(connection, {"service.colour": "#103010"}, at=datetime(2024, 1, 2, tzinfo=UTC))
    late = post("kleuren", {"service.accent": "#ffffff"})
    assert late.status_code == 409
    assert "Iemand anders veranderde dit intussen" in late.text
    assert 'value="#103010"' in late.text
    assert stored(database) == {"service.colour": "#103010"}


def test_without_a_reason_nothing_is_saved(post: Post, database: Database) -> None:
    answer = post("kleuren", {"service.colour": "#103010"}, reason=" ")
    assert "Schrijf waarom u dit verandert." in answer.text
    assert stored(database) == {}


def test_events_are_added_changed_and_taken_away(client: TestClient, post: Post, database: Database) -> None:
    row = "calendar.events-0-"
    post("agenda", {f"{row}name": "Carnaval", f"{row}first": "2024-02-11", f"{row}areas": "BU09350000"})
    event = {"name": "Carnaval", "first": "2024-02-11", "last": "2024-02-11", "areas": ["BU09350000"]}
    assert stored(database) == {"calendar.events": [event]}
    post("agenda", {f"{row}last": "2024-02-13"})
    assert stored(database)["calendar.events"][0]["last"] == "2024-02-13"
    assert 'value="BU09350000"' in client.get(f"{PATH}/agenda").text
    post("agenda", {f"{row}{name}": "" for name in ("name", "first", "last", "areas")})
    assert stored(database) == {}


def test_what_the_server_sets_is_shown_and_cannot_be_changed(
    client: TestClient, post: Post, database: Database
) -> None:
    page = client.get(f"{PATH}/gemeente").text
    assert re.search(r'name="municipality.name" type="text" value="Maastricht" disabled', page)
    assert "Dit staat vast in het bestand met instellingen van de server." in page
    post("mail", {"mail.host": "elders.example.org", "mail.sender": "a@example.org"})
    assert "mail.host" not in stored(database)


@pytest.mark.usefixtures("post")
def test_a_secret_is_never_shown_only_whether_it_is_there(client: TestClient) -> None:
    page = client.get(PATH).text
    assert re.search(r"Wachtwoord van de mailserver</th><td>ingesteld</td><td>in het bestand", page)
    assert re.search(r"Toegang tot Signalen</th><td>niet ingesteld</td>", page)
    pages = page + "".join(client.get(f"{PATH}/{slug}").text for slug in SECTIONS)
    assert "geheim van de server" not in pages
