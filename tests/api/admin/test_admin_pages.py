"""The administrator's pages without a browser: what they show, what their forms do, and what they refuse."""

import multiprocessing
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, insert, null, select, update

from api.main import create_app
from hotspots.access.access_changes import read_access_changes
from hotspots.access.accounts import confirm_rights, list_users
from hotspots.access.machine_tokens import list_tokens
from hotspots.access.passwords import csrf_token
from hotspots.access.rights import Actor, Right, Role
from hotspots.access.sessions import sign_in
from hotspots.geocoding.register_store import replace_addresses
from hotspots.operations.job_alerts import raise_alert
from hotspots.operations.job_requests import pause_job
from hotspots.settings import PreviewSettings, ServiceSettings, Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.case_tables import access_log
from hotspots.store.database import Database
from hotspots.store.operation_tables import job_runs
from hotspots.store.place_tables import areas, location_fixes
from hotspots.store.report_tables import imports, rejects, reports
from hotspots.store.run_tables import rule_previews

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
HTML = {"Accept": "text/html"}
PAYLOAD = '"><script>alert(1)</script>'
HEAD = "meldingnummer;meldtijd;hoofdcategorie;omschrijving;straatnaam;huisnummer;woonplaats;rd_x;rd_y;melder"
WEEK = [
    *(f"M{n};2023-11-{n:02} 21:00;Overlast drugs;Dealen;;;;176500;317500;m{n}" for n in range(1, 10)),
    "M10;vorige week;Overlast drugs;Dealen;;;;;;",
    ";2023-11-10 21:00;Overlast drugs;Dealen;;;;;;",
    "M11;2023-11-11 21:00;Afval;Zak;;;;;;",
    "M12;2023-11-12 21:00;Overlast personen;Geschreeuw;Nergensstraat;4;Maastricht;;;",
]
Post = Callable[..., Any]
NEW = {"naam": "Agent", "volledige_naam": "A. Agent", "rol": "gebiedsteam", "organisatie": "politie"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: pages read and write through functions that are tested on both."""
    return sqlite_url


@pytest.fixture
def service_settings(service_settings: Settings, tmp_path: Path) -> Settings:
    """Uploads of at most a megabyte, in the test's own folder; previews of two weeks."""
    own = ServiceSettings(uploads=tmp_path / "uploads", max_upload_mb=1)
    return service_settings.model_copy(update={"service": own, "preview": PreviewSettings(weeks=2)})


@pytest.fixture
def post(client: TestClient, sessions: Callable[[str], str]) -> Post:
    """Sign in as the administrator; gives what sends a form of our own page."""
    token = sessions("beheerder")
    client.cookies.set("hotspots_sessie", token)

    def send(path: str, fields: dict[str, Any] | None = None, file: tuple[str, bytes] | None = None) -> Any:
        data = {"csrf": csrf_token(token)} | (fields or {})
        files = None if file is None else {"bestand": file}
        return client.post(path, data=data, files=files, headers=HTML, follow_redirects=False)

    return send


def week(*more: str) -> bytes:
    return ("\n".join([HEAD, *WEEK, *more]) + "\n").encode()


def count(database: Database, table: Any) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


class TestUpload:
    UPLOAD = "/beheer/imports/levering"

    def test_a_file_is_shown_first_and_imported_only_when_that_is_asked(
        self, client: TestClient, post: Post, database: Database, service_settings: Settings
    ) -> None:
        sent = post(self.UPLOAD, {"bron": "melddesk"}, ("../week 47.csv", week()))
        assert sent.status_code == 303
        address = sent.headers["location"]
        shown = client.get(address).text
        assert "<dt>nieuw</dt><dd>10</dd>" in shown
        assert "<dt>geweigerd</dt><dd>2</dd>" in shown
        assert "<dt>gelezen</dt><dd>13</dd>" in shown
        assert "geen leesbare tijd van melden: &#39;vorige week&#39;" in shown
        assert "Dealen" not in shown  # no text of a report
        assert count(database, reports) == count(database, imports) == 0
        done = post(address, {"doe": "importeren"})
        assert done.status_code == 303
        page = client.get(done.headers["location"]).text
        assert "De levering is geïmporteerd." in page
        assert "week 47.csv" in page
        assert "De aantallen tellen op" in page
        assert count(database, reports) == 10
        assert list(service_settings.service.uploads.iterdir()) == []
        assert client.get(address).status_code == 404

    def test_it_is_kept_where_only_the_service_can_read_and_can_be_thrown_away(
        self, post: Post, database: Database, service_settings: Settings
    ) -> None:
        address = post(self.UPLOAD, {"bron": "melddesk"}, ("../../x.csv", week())).headers["location"]
        (folder,) = service_settings.service.uploads.iterdir()
        assert {path.name for path in folder.iterdir()} == {"x.csv", ".about.json"}
        assert folder.stat().st_mode & 0o077 == 0
        assert post(address, {"doe": "weggooien"}).headers["location"] == "/beheer/imports"
        assert not folder.exists()
        assert count(database, imports) == 0

    def test_a_file_of_somebody_else_does_not_exist(
        self,
        client: TestClient,
        post: Post,
        database: Database,
        settings: Settings,
    ) -> None:
        address = post(self.UPLOAD, {"bron": "melddesk"}, ("x.csv", week())).headers["location"]
        post(
            "/beheer/gebruikers",
            {"naam": "tweede", "rol": "beheerder", "wachtwoord": "correct horse battery"},
        )
        confirm_rights(database, name="tweede", by=None, now=datetime.now(UTC))
        other = sign_in(
            database,
            settings.sign_in,
            name="tweede",
            password="correct horse battery",
            now=datetime.now(UTC),
        )
        client.cookies.clear()
        client.cookies.set("hotspots_sessie", other)
        assert client.get(address).status_code == 404

    @pytest.mark.parametrize(
        ("source", "file", "status", "words"),
        [
            pytest.param("melddesk", ("x.csv", b""), 400, "Kies een bestand", id="an empty file"),
            pytest.param("niets", ("x.csv", b"a;b"), 400, "Kies een bron", id="a source that is not there"),
            pytest.param("../melddesk", ("x.csv", b"a;b"), 400, "Kies een bron", id="a source elsewhere"),
            pytest.param("melddesk", ("x.csv", b"x" * 1_010_000), 400, "te groot", id="just too large"),
            pytest.param("melddesk", ("x.csv", b"x" * 1_300_000), 413, "te groot", id="far too large"),
        ],
    )
    def test_what_can_not_be_kept_is_refused_in_words(
        self,
        post: Post,
        service_settings: Settings,
        source: str,
        file: tuple[str, bytes],
        status: int,
        words: str,
    ) -> None:
        answer = post(self.UPLOAD, {"bron": source}, file)
        assert answer.status_code == status
        assert words in answer.text
        assert not service_settings.service.uploads.exists()

    def test_a_file_that_the_source_can_not_read_says_so_and_names_no_folder(
        self, client: TestClient, post: Post, tmp_path: Path
    ) -> None:
        address = post(self.UPLOAD, {"bron": "melddesk"}, ("x.json", b'[{"a": 1}]')).headers["location"]
        answer = client.get(address)
        assert answer.status_code == 400
        assert "Dit bestand kan zo niet worden gelezen" in answer.text
        assert "Dit is een JSON-bestand; deze bron levert csv." in answer.text
        assert str(tmp_path) not in answer.text
        assert post(address, {"doe": "importeren"}).status_code == 400

    @pytest.mark.usefixtures("post")
    def test_without_the_token_of_our_own_page_nothing_is_kept(
        self, client: TestClient, service_settings: Settings
    ) -> None:
        files = {"bestand": ("x.csv", week())}
        forged = client.post(self.UPLOAD, data={"bron": "melddesk", "csrf": "x"}, files=files)
        assert forged.status_code == 403
        headers = {"Sec-Fetch-Site": "cross-site"}
        assert (
            client.post(self.UPLOAD, data={"bron": "melddesk"}, files=files, headers=headers).status_code
            == 403
        )
        assert not service_settings.service.uploads.exists()


@pytest.mark.parametrize(
    "path",
    [
        "/beheer/adressen",
        "/beheer/regels",
        "/beheer/regels/1",
        "/beheer/adressen/ongedaan",
        "/beheer/gebieden/bestand",
        "/beheer/gebieden/bestand/x",
        "/beheer/gebieden/ophalen",
        "/beheer/gebieden/samenstellen",
        "/beheer/adresbestand/bestand",
        "/beheer/adresbestand/bestand/x",
        "/beheer/adresbestand/ophalen",
        "/beheer/ondergrond",
        "/beheer/gebruikers",
        "/beheer/gebruikers/x",
        "/beheer/tokens",
        "/beheer/tokens/x",
        "/beheer/imports/levering/x",
    ],
)
def test_no_form_does_anything_without_the_token_of_our_own_page(
    client: TestClient, post: Post, path: str
) -> None:
    assert client.post(path, data={"naam": "x"}).status_code == 403
    assert client.post(path, data={"csrf": csrf_token("another session")}).status_code == 403


def test_refused_rows_come_as_csv_in_which_no_formula_works(
    client: TestClient, post: Post, database: Database
) -> None:
    with database.writing() as connection:
        line = {
            "source": "melddesk",
            "file_name": "x.csv",
            "file_sha256": "",
            "started_at": datetime.now(UTC),
        }
        import_id = connection.execute(insert(imports).values(line).returning(imports.c.id)).scalar_one()
        row = {"import_id": import_id, "row_number": 3, "source_id": "=HYPERLINK(1)", "reason": "@SUM(1)"}
        connection.execute(insert(rejects).values(row))
    answer = client.get(f"/beheer/imports/{import_id}/geweigerd.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text == "\ufeffrijnummer;kenmerk;reden\r\n3;'=HYPERLINK(1);'@SUM(1)\r\n"


def test_before_there_is_anything_every_page_says_why_it_is_empty(client: TestClient, post: Post) -> None:
    for path, words in (
        ("/beheer", "Er is nog geen ronde geweest."),
        ("/beheer/imports", "Er is nog niets geïmporteerd."),
        ("/beheer/taken", "Er heeft nog geen taak vanzelf gelopen."),
        ("/beheer/adressen", "Er wacht geen adres"),
        ("/beheer/regels", "Er is nog niets geprobeerd."),
        ("/beheer/tokens", "Er is nog geen token."),
    ):
        assert words in client.get(path).text, path


@pytest.mark.usefixtures("three_weeks")
def test_the_overview_says_first_what_needs_doing(client: TestClient, post: Post) -> None:
    page = client.get("/beheer").text
    assert "dingen vragen actie" in page or "ding vraagt actie" in page
    assert page.index("De ronde van") < page.index("Er is geen adressenbestand") < page.index("Laatste ronde")
    assert '<a href="/beheer" aria-current="page">' in page


def test_the_overview_shows_the_alerts_of_the_last_week_and_counts_what_is_left_out(
    client: TestClient, post: Post, database: Database
) -> None:
    assert "<p>Geen.</p>" in client.get("/beheer").text
    now = datetime.now(UTC)
    with database.writing() as connection:
        for number in range(22):
            about = now - timedelta(hours=number)
            raise_alert(connection, "inbox", "odd", about=about, message=f"{number} {PAYLOAD}", now=now)
    page = client.get("/beheer").text
    assert page.count("Leveringen uit de inbox inlezen: ongewone aantallen") == 20
    assert "En nog 2 eerdere." in page
    assert "<script>alert(1)" not in page


def test_how_a_delivery_was_read_stands_with_its_import_and_on_the_overview(
    client: TestClient, post: Post, database: Database
) -> None:
    rows = [row.replace("M", "00", 1) if row.startswith("M") else row for row in WEEK]
    content = "\n".join([HEAD.replace("melder", "Tabaksblat"), *rows, ""]).encode()
    address = post(TestUpload.UPLOAD, {"bron": "melddesk"}, ("week.csv", content)).headers["location"]
    done = post(address, {"doe": "importeren"})
    zeros = "12 keer: kenmerk met nullen ervoor: gelezen zonder die nullen"
    for page in (client.get(done.headers["location"]).text, client.get("/beheer").text):
        assert "Kolommen die ontbreken: <code>huisletter</code>" in page
        assert "<code>melder</code>" in page
        assert zeros in page
        assert "Tabaksblat" not in page
        assert "Dealen" not in page
        assert "ontbreken kolommen uit het bronbestand: huisletter, huisnummertoevoeging, melder" in page
    overview = client.get("/beheer").text
    assert "15&nbsp;% geweigerd, 90&nbsp;% met een plek, van 0&nbsp;% is de melder bekend." in overview
    assert "is veel anders gelezen dan het er staat" in overview


def test_of_an_import_that_was_as_agreed_and_of_an_old_one_that_is_said(
    client: TestClient, post: Post, database: Database
) -> None:
    line = {"source": "melddesk", "file_name": "w.csv", "file_sha256": "0" * 64, "started_at": NOW}
    with database.writing() as connection:
        connection.execute(insert(imports), [line | {"told": {}}, line | {"told": null()}])
    assert (
        "Alles is gelezen zoals het er staat, en er ontbreekt geen kolom."
        in client.get("/beheer/imports/1").text
    )
    assert "Dat is van deze import niet bewaard." in client.get("/beheer/imports/2").text


def test_jobs_show_their_last_run_with_what_went_wrong(
    client: TestClient, post: Post, database: Database
) -> None:
    now = datetime.now(UTC)
    line = {
        "started_at": now - timedelta(minutes=3),
        "finished_at": now,
        "outcome": "failed",
        "counts": {"files": 2},
    }
    with database.writing() as connection:
        connection.execute(insert(job_runs).values(job="inbox", message="disk full", **line))
    for path in ("/beheer", "/beheer/taken", "/beheer/taken/inbox"):
        page = client.get(path).text
        assert "mislukt" in page
        assert "De schijf is vol." in page
        assert "disk full" not in page  # the words of the program stand in the file of the run
        assert "3 minuten" in page
    assert "bestanden: 2" in client.get("/beheer/taken/inbox").text
    assert "disk full" in client.get("/beheer/taken/inbox/1/regels").text


def test_areas_show_their_buurten_and_whether_the_borders_are_approximate(
    client: TestClient, post: Post, database: Database
) -> None:
    page = client.get("/beheer/gebieden").text
    assert "44 buurten in 7 gebieden" in page
    assert "benadering" not in page
    assert "BU09350000" in page
    assert "Ze zijn met de software meegekomen." in page
    with database.writing() as connection:
        connection.execute(update(areas).values(is_approximate=True))
    assert "44 van 44 grenzen zijn een benadering" in client.get("/beheer/gebieden").text


class TestAddresses:
    @pytest.fixture(autouse=True)
    def imported(self, post: Post) -> None:
        """One report at an address that the register does not have, as the register is empty."""
        address = post("/beheer/imports/levering", {"bron": "melddesk"}, ("x.csv", week())).headers[
            "location"
        ]
        post(address, {"doe": "importeren"})

    def test_each_reading_is_logged(self, client: TestClient, database: Database) -> None:
        page = client.get("/beheer/adressen").text
        assert "Nergensstraat 4, Maastricht" in page
        assert "1 adres wacht" in page
        with database.reading() as connection:
            rows = connection.execute(select(access_log.c.right_used, access_log.c.report_count)).all()
        assert [tuple(row) for row in rows] == [("adressen.herstellen", 1)]

    def test_each_address_that_can_be_meant_is_a_button(
        self, client: TestClient, post: Post, database: Database
    ) -> None:
        houses = [("Nergensstraat", 4, "6211AC", 5.6879), ("Nergensstraat", 4, "6229AD", 5.7299)]
        table = pd.DataFrame(houses, columns=["street", "house_number", "postcode", "lon"])
        table = table.assign(house_letter="", house_suffix="", town="Maastricht", lat=50.8485)
        with database.writing() as connection:
            replace_addresses(connection, table)
        page = client.get("/beheer/adressen").text
        assert ">Nergensstraat 4, 6211AC Maastricht</button>" in page
        key = re.findall(r'name="sleutel" value="([^"]+)"', page)[0]
        answer = post("/beheer/adressen", {"sleutel": key, "kandidaat": "2"})
        assert "1 melding heeft nu een plek" in client.get(answer.headers["location"]).text

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            pytest.param({"adres": " "}, "Kies een suggestie", id="nothing"),
            pytest.param({"adres": "Onbekendweg 1"}, "Dit is niet één adres", id="an unknown address"),
            pytest.param({"kandidaat": "7"}, "staat niet meer in de lijst", id="an unknown suggestion"),
            pytest.param({"doe": "punt", "lon": "x", "lat": ""}, "Klik op de kaart", id="no point"),
            pytest.param(
                {"doe": "punt", "lon": "5,69", "lat": "50,85", "straalM": "5000"}, "1 tot 1000", id="too wide"
            ),
            pytest.param(
                {"doe": "punt", "lon": "4,9", "lat": "52,37", "straalM": "25"}, "buiten", id="elsewhere"
            ),
            pytest.param({"doe": "geen", "reden": "zomaar"}, "Kies waarom", id="no reason"),
        ],
    )
    def test_what_can_not_be_placed_is_told_in_words_and_stays_as_typed(
        self, client: TestClient, post: Post, database: Database, fields: dict[str, str], words: str
    ) -> None:
        key = re.findall(r'name="sleutel" value="([^"]+)"', client.get("/beheer/adressen").text)[0]
        answer = post("/beheer/adressen", {"sleutel": key, **fields})
        assert answer.status_code in {400, 409}
        assert words in answer.text
        for name in {"adres", "lon", "lat", "straalM"} & fields.keys():
            assert re.search(f'name="{name}"[^>]* value="{fields[name]}"', answer.text), name
        assert count(database, location_fixes) == 0

    def test_a_point_or_a_reason_ends_the_waiting_and_is_taken_back(
        self, client: TestClient, post: Post, database: Database
    ) -> None:
        page = client.get("/beheer/adressen").text
        key = re.findall(r'name="sleutel" value="([^"]+)"', page)[0]
        point = {"doe": "punt", "lon": "5,6879", "lat": "50,8485", "straalM": "200"}
        for fields, words in (
            (point, "1 melding heeft nu een plek"),
            ({"doe": "geen", "reden": "TOO_WIDE"}, "1 melding blijft zonder plek"),
        ):
            answer = post("/beheer/adressen", {"sleutel": key, **fields})
            page = client.get(answer.headers["location"]).text
            assert words in page
            assert "Er wacht geen adres" in page
            answer = post("/beheer/adressen/ongedaan", {"sleutel": key})
            page = client.get(answer.headers["location"]).text
            assert "1 melding ligt weer zoals daarvoor" in page
            assert "1 adres wacht" in page
        assert count(database, location_fixes) == 0
        assert post("/beheer/adressen/ongedaan", {"sleutel": key}).status_code == 409

    def test_without_a_script_one_searches_and_chooses_from_what_is_found(
        self, client: TestClient, post: Post, database: Database
    ) -> None:
        key = re.findall(r'name="sleutel" value="([^"]+)"', client.get("/beheer/adressen").text)[0]
        found = post("/beheer/adressen", {"sleutel": key, "doe": "zoek", "adres": "Mariab"})
        assert 'name="adres" value="Mariaberg"' in found.text
        assert count(database, location_fixes) == 0
        answer = post("/beheer/adressen", {"sleutel": key, "adres": "Mariaberg"})
        assert "geplaatst=1" in answer.headers["location"]

    def test_what_is_skipped_comes_back(self, client: TestClient, post: Post) -> None:
        assert post("/beheer/adressen", {"overgeslagen": "9" * 4400, "doe": "punt"}).status_code == 400
        page = client.get("/beheer/adressen?overgeslagen=1").text
        assert "Dit waren ze allemaal." in page
        assert 'href="/beheer/adressen"' in page


class TestRules:
    @pytest.mark.usefixtures("post")
    def test_the_form_has_every_rule_with_its_value_and_reason(self, client: TestClient) -> None:
        page = client.get("/beheer/regels").text
        assert re.search(r'name="min_reports" type="number" step="1" min="2" value="8"', page)
        assert "Acht meldingen in een half jaar is er een per drie weken" in page

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            pytest.param({"min_reports": "8"}, "Verander eerst een regel", id="nothing changed"),
            pytest.param({"min_reports": "veel"}, "Deze waarden kunnen niet", id="no number"),
            pytest.param({"min_reports": "0"}, "Deze waarden kunnen niet", id="out of range"),
            pytest.param({"min_duration_days": "900"}, "Deze waarden kunnen niet", id="does not fit another"),
            pytest.param({"min_reports": "7"}, "Er zijn nog geen meldingen", id="no reports"),
        ],
    )
    def test_what_can_not_be_tried_is_told_in_words_and_starts_nothing(
        self, post: Post, database: Database, fields: dict[str, str], words: str
    ) -> None:
        answer = post("/beheer/regels", fields)
        assert answer.status_code == 409
        assert words in answer.text
        assert f'value="{fields["min_reports"]}"' in answer.text if "min_reports" in fields else True
        assert count(database, rule_previews) == 0

    def test_a_preview_is_done_in_a_process_of_its_own_and_its_outcome_stays(
        self, client: TestClient, post: Post
    ) -> None:
        address = post("/beheer/imports/levering", {"bron": "melddesk"}, ("x.csv", week())).headers[
            "location"
        ]
        post(address, {"doe": "importeren"})
        asked = post("/beheer/regels", {"min_reports": "2", "min_days": "2", "max_p": "0,2"})
        assert asked.status_code == 303
        place = asked.headers["location"]
        assert "weken gedaan" in client.get(place).text
        assert "Er loopt al een proef" in post("/beheer/regels", {"min_reports": "3"}).text
        for process in multiprocessing.active_children():
            process.join(timeout=300)
        page = client.get(place).text
        assert "plekken erbij" in page
        tried = re.findall(r'<td class="rechts"><strong>([^<]+)</strong></td>', page)
        assert tried == ["2", "2", "0,2"]
        assert "Stel deze regels voor" in page
        assert "Woningen tellen hier niet mee" in page  # an administrator may not know of them
        # nor of single reports: no point, count or week of a place
        assert re.search("Per buurt.*Geen", page, re.DOTALL)  # these rules find no place in two weeks
        assert not re.search(r"50\.8\d+, 5\.\d+|Meeste meldingen", page)

    def test_a_preview_that_is_stopped_says_so(
        self, client: TestClient, post: Post, database: Database
    ) -> None:
        now = datetime.now(UTC)
        days = {"first": now.date(), "last": now.date(), "asked_at": now, "beat_at": now}
        with database.writing() as connection:
            connection.execute(
                insert(rule_previews).values(
                    id=1, asked_by="B", changes=["detection.min_reports=6"], done=3, total=52, **days
                )
            )
        assert "3 van 52 weken" in client.get("/beheer/regels").text
        assert post("/beheer/regels/1").status_code == 303
        assert "Deze proef is gestopt." in client.get("/beheer/regels/1").text


class TestUsers:
    def test_somebody_is_invited_by_a_link_that_is_shown_once_and_chooses_a_password(
        self, client: TestClient, post: Post, database: Database, settings: Settings, own_gebieden: list[str]
    ) -> None:
        page = post("/beheer/gebruikers", NEW | {"gebied": own_gebieden, "recht": ["punten.lezen"]})
        assert page.status_code == 200
        (link,) = re.findall(r"http://testserver(/nieuw-wachtwoord/[\w.-]+)", page.text)
        assert "nadat een andere beheerder dit bevestigt" in page.text
        account = next(one for one in list_users(database) if one.name == "agent")
        assert account.gebieden == tuple(own_gebieden)
        assert (account.granted, set(account.asked)) == (
            (),
            {Right.READ_EXACT_POINTS, Right.READ_DWELLINGS, Right.READ_CASES},
        )
        assert account.invited_until is not None
        assert timedelta(days=6) < account.invited_until - datetime.now(UTC) <= timedelta(days=7)
        users_page = client.get("/beheer/gebruikers?toon=uitgenodigd").text
        assert link not in users_page
        assert "1 gebruiker<" in users_page
        own = client.get(f"/beheer/gebruikers/{account.id}").text
        assert "nog geen wachtwoord gekozen" in own
        assert "ook woningen zien, en plekken met één melder" in own  # what it may, in words
        password = "vier losse woorden kelder"
        chosen = client.post(link, data={"nieuw": password, "nogmaals": password})
        assert "Uw nieuwe wachtwoord is bewaard." in chosen.text
        confirm_rights(database, name="agent", by=None, now=datetime.now(UTC))
        assert sign_in(database, settings.sign_in, name="agent", password=password, now=datetime.now(UTC))
        assert client.get(link).status_code == 410
        kinds = [change.kind for change in read_access_changes(database, about_id=account.id)]
        assert "uitnodiging gemaakt" in kinds

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            pytest.param(
                {"gebied": []}, "Een gebiedsteam heeft een organisatie en een gebied nodig", id="no area"
            ),
            pytest.param({"gebied": ["Elders"]}, "Zo kan het niet", id="an area that is not there"),
            pytest.param({"rol": "baas"}, "Kies een rol", id="a role that is not there"),
            pytest.param(
                {"rol": "lezer", "naam": "beheerder"}, "Deze naam is er al", id="a name that is taken"
            ),
            pytest.param(
                {"rol": "lezer", "naam": "a" * 121}, "1 tot 120 tekens", id="a name that is too long"
            ),
            pytest.param({"rol": "lezer", "wachtwoord": "kort"}, "12 tot 256 tekens", id="a short password"),
            pytest.param(
                {"rol": "lezer", "wachtwoord": "aaaaaaaaaaaaaa"}, "te makkelijk", id="an easy password"
            ),
        ],
    )
    def test_who_can_not_be_added_is_told_why_and_what_was_typed_stays(
        self, post: Post, database: Database, change: dict[str, Any], words: str
    ) -> None:
        answer = post("/beheer/gebruikers", NEW | change)
        assert answer.status_code == 409
        assert words in answer.text
        assert 'value="A. Agent"' in answer.text
        assert [account.name for account in list_users(database)] == ["beheerder"]

    def test_a_person_gets_another_role_another_password_and_no_access(
        self, post: Post, database: Database, settings: Settings
    ) -> None:
        post("/beheer/gebruikers", {"naam": "lees", "rol": "lezer", "wachtwoord": "correct horse battery"})
        account = next(one for one in list_users(database) if one.name == "lees")
        path = f"/beheer/gebruikers/{account.id}"
        assert "De wijziging geldt vanaf nu." in post(path, {"doe": "wijzigen", "rol": "oov"}).text
        changed = post(path, {"doe": "wachtwoord"}).text
        (password,) = re.findall(r"nieuwe wachtwoord is <code>([^<]+)</code>", changed)
        assert "hotspots users confirm lees" in changed
        assert "Een ander dan wie het vroeg" in post(path, {"doe": "bevestigen"}).text
        confirm_rights(database, name="lees", by=None, now=datetime.now(UTC))
        assert sign_in(database, settings.sign_in, name="lees", password=password, now=datetime.now(UTC))
        assert "kan niet meer aanmelden" in post(path, {"doe": "blokkeren"}).text
        account = next(one for one in list_users(database) if one.name == "lees")
        assert (str(account.role), account.is_disabled) == ("oov", True)
        assert "kan weer aanmelden" in post(path, {"doe": "toelaten"}).text

    def test_an_administrator_can_not_shut_himself_out(self, post: Post, database: Database) -> None:
        (own,) = list_users(database)
        path = f"/beheer/gebruikers/{own.id}"
        for fields in ({"doe": "blokkeren"}, {"doe": "wijzigen", "rol": "lezer"}):
            answer = post(path, fields)
            assert answer.status_code == 409
            assert "Uw eigen rol en toegang" in answer.text
        assert list_users(database)[0].role == "beheerder"


def test_a_token_is_made_shown_once_and_revoked(client: TestClient, post: Post, database: Database) -> None:
    assert "Kies minstens één recht." in post("/beheer/tokens", {"naam": "GIS"}).text
    made = post("/beheer/tokens", {"naam": "GIS", "recht": ["hotspots.lezen"], "dagen": "30"})
    (secret,) = re.findall(r"<code>(hs_[^<]+)</code>", made.text)
    assert secret not in client.get("/beheer/tokens").text
    (token,) = list_tokens(database)
    assert (token.expires_at - token.created_at).days == 30
    assert post(f"/beheer/tokens/{token.id}").status_code == 303
    assert "ingetrokken op" in client.get("/beheer/tokens").text
    # what no machine gets can't be chosen, nor sent
    assert "gebruikers.beheren" not in client.get("/beheer/tokens").text
    assert post("/beheer/tokens", {"naam": "x", "recht": ["gebruikers.beheren"]}).status_code == 409


def test_no_text_of_others_becomes_a_script(client: TestClient, post: Post, database: Database) -> None:
    row = f"{PAYLOAD};{PAYLOAD};Overlast drugs;x;;;;;;"
    quoted = '"' + PAYLOAD.replace('"', '""') + '"'
    written = f"M98;2023-11-12 21:00;Overlast personen;x;{quoted};4;{quoted};;;"
    address = post(
        "/beheer/imports/levering", {"bron": "melddesk"}, (f"{PAYLOAD}.csv", week(row, written))
    ).headers["location"]
    pages = {address: client.get(address).text}
    place = post(address, {"doe": "importeren"}).headers["location"]
    post(
        "/beheer/gebruikers",
        {"naam": PAYLOAD, "volledige_naam": PAYLOAD, "rol": "lezer", "organisatie": PAYLOAD},
    )
    post("/beheer/tokens", {"naam": PAYLOAD, "recht": ["hotspots.lezen"], "organisatie": PAYLOAD})
    now = datetime.now(UTC)
    with database.writing() as connection:
        failed = {"started_at": now, "finished_at": now, "outcome": "failed", "counts": {PAYLOAD: 1}}
        connection.execute(insert(job_runs).values(job="inbox", message=PAYLOAD, **failed))
        by = Actor("x", PAYLOAD, Role.BEHEERDER)
        pause_job(connection, job="inbox", by=by, at=now, reason=PAYLOAD)
    user = next(one for one in list_users(database) if one.name != "beheerder")
    paths = [place, "/beheer", "/beheer/imports", "/beheer/taken", "/beheer/taken/inbox", "/beheer/adressen"]
    paths += ["/beheer/geschiedenis", "/beheer/gebruikers", f"/beheer/gebruikers/{user.id}", "/beheer/tokens"]
    pages |= {path: client.get(path).text for path in paths}
    pages["a rule"] = post("/beheer/regels", {"min_reports": PAYLOAD}).text
    pages["a user"] = post("/beheer/gebruikers", {"naam": PAYLOAD, "rol": PAYLOAD}).text
    for name, page in pages.items():
        assert "<script>alert" not in page, name
        assert "script" in page, name  # it is there, as text


def test_who_is_not_signed_in_goes_to_the_form_and_a_gebiedsteam_sees_no_menu(
    service_settings: Settings, sessions: Callable[[str], str], database: Database
) -> None:
    with database.writing() as connection:
        fill_with_shipped(connection, service_settings)
    with TestClient(create_app(service_settings), raise_server_exceptions=False) as client:
        answer = client.get("/beheer", headers=HTML, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/aanmelden?naar=/beheer")
        client.cookies.set("hotspots_sessie", sessions("gebiedsteam"))
        assert client.get("/beheer", headers=HTML).status_code == 403
        assert 'href="/beheer"' not in client.get("/", headers=HTML).text
        client.cookies.set("hotspots_sessie", sessions("oov"))
        page = client.get("/beheer", headers=HTML).text
        assert 'href="/beheer/regels"' in page
        assert 'href="/beheer/gebruikers"' not in page
