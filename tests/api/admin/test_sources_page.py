"""From a file of an unknown layout to its import on pages alone, and back: mapping, preview, undoing."""

import html
import io
import re
import tomllib
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st
from sqlalchemy import func, select

from hotspots.access.admin_changes import read_changes
from hotspots.access.passwords import csrf_token
from hotspots.intake.sources.mapping import SourceMapping, read_mapping
from hotspots.settings import ServiceSettings, Settings, SourcesSettings
from hotspots.store.database import Database
from hotspots.store.report_tables import report_locations, reports

HTML = {"Accept": "text/html"}
UPLOAD = "/beheer/imports/levering"
Post = Callable[..., Any]

BY_HAND = """
description = "Zaaksysteem"

[columns]
id = "Zaaknr."
reported_at = ["Datum melding", "Tijd"]
category = "Soort overlast"
text = "Toelichting"
reporter = "Naam indiener"
address = "Straat + nr"
postcode = "PC"
x = "X"
y = "Y"

[dates]
formats = ["iso"]

[categories.values]
"Overlast drugs" = "drugs"
Jongerenoverlast = "personen"

[coordinates]
crs = "EPSG:28992"
"""


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    book, content = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(content)
    return content.getvalue()


ZAKEN = workbook(
    [
        [
            *("Zaaknr.", "Datum melding", "Tijd", "Soort overlast", "Toelichting", "Straat + nr", "PC", "X"),
            *("Y", "Naam indiener"),
        ],
        *(
            [
                *(f"Z{n}", date(2023, 11, n + 1), f"2{n % 4}:15"),
                ("Overlast drugs", "Jongerenoverlast", "Afval")[n % 3],
                f"Mevrouw De Wit van nummer {n} ziet weer dealers",
                *(f"Markt {n + 1}", "6211 CK", 176500 + n, 317500 + n, f"Truus Wit{n}"),
            ]
            for n in range(9)
        ),
    ]
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: pages read and write through functions that are tested on both."""
    return sqlite_url


@pytest.fixture
def service_settings(service_settings: Settings, tmp_path: Path) -> Settings:
    """Uploads and mappings in the test's own folders."""
    return service_settings.model_copy(
        update={
            "service": ServiceSettings(uploads=tmp_path / "uploads", max_upload_mb=1),
            "sources": SourcesSettings(folder=tmp_path / "bronnen"),
        }
    )


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


def token_of(client: TestClient, page: str, action: str) -> str:
    """The token of the form on a page that is sent to an address."""
    form = client.get(page).text.partition(f'action="{action}"')[2]
    return form.partition('name="csrf" value="')[2].partition('"')[0]


def filled_in(page: str) -> dict[str, Any]:
    """What a browser would send of the form of a mapping, as it stands."""
    form = page[page.index('<form class="formulier breder bronvorm"') :]
    fields: dict[str, Any] = {
        name: html.unescape(value)
        for name, value in re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', form)
        if name not in ("csrf", "datum")
    }
    fields["datum"] = [
        html.unescape(value) for value in re.findall(r'name="datum" value="([^"]+)" checked', form)
    ]
    for name, options in re.findall(r'<select[^>]*?name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', options)
        first = re.search(r'<option(?: value="([^"]*)")?>([^<]*)', options)
        found = chosen or first
        assert found is not None
        fields[name] = html.unescape(found[2] if found[1] is None else found[1])
    return fields


def test_a_workbook_with_names_of_its_own_is_mapped_previewed_imported_and_taken_back(
    client: TestClient, post: Post, database: Database, service_settings: Settings
) -> None:
    sent = post(UPLOAD, {"bron": ""}, ("zaken week 47.xlsx", ZAKEN))
    address = sent.headers["location"]
    assert address.startswith("/beheer/bronnen/nieuw/")
    page = client.get(address).text
    for shown in ("Zaaknr.", "Z4", "2023-11-05", "Markt 5", "176504", "niet getoond"):
        assert shown in page
    assert "woensdag 1 november 2023 om 20:15" in page
    assert "50,8" in page
    assert "Hotspots.drawPoints(" in page
    assert "Dezelfde plekken per buurt" in page
    for person in ("Truus", "De Wit", "dealers"):
        assert person not in page
    fields = filled_in(page) | {"naam": "zaken ", "omschrijving": "Zaaksysteem"}
    saved = post(address, fields | {"doe": "bewaar"})
    assert saved.status_code == 303
    folder = service_settings.sources.folder
    assert read_mapping(folder / "zaken.toml") == SourceMapping.model_validate(tomllib.loads(BY_HAND))
    preview = client.get(saved.headers["location"]).text
    assert "<dt>nieuw</dt><dd>6</dd>" in preview
    assert "<dt>andere categorie</dt><dd>3</dd>" in preview
    assert "De eerste 6 plekken van deze levering." in preview
    assert "overlast door drugs" in preview
    assert 'lang="en"' not in preview
    done = post(saved.headers["location"], {"doe": "importeren"})
    import_page = done.headers["location"].partition("?")[0]
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(reports)).scalar_one() == 6
        assert connection.execute(select(func.count(report_locations.c.lon))).scalar_one() == 6
    # the same layout again is known by itself
    again = post(UPLOAD, {"bron": ""}, ("zaken week 48.xlsx", ZAKEN)).headers["location"]
    assert again.startswith("/beheer/imports/levering/")
    assert "6 meldingen gaan weg" in client.get(import_page).text
    unexplained = post(f"{import_page}/terugdraaien", {"reden": " "})
    assert unexplained.status_code == 409
    assert "Schrijf op waarom" in unexplained.text
    too_long = post(f"{import_page}/terugdraaien", {"reden": "lang " * 101})
    assert too_long.status_code == 409
    assert "Schrijf in hoogstens 500 tekens waarom" in too_long.text
    assert "lang " * 100 in too_long.text  # it stands there still, to be made shorter
    undo = {"csrf": token_of(client, import_page, f"{import_page}/terugdraaien"), "reden": "verkeerde week"}
    clicks = [post(f"{import_page}/terugdraaien", undo) for _ in range(2)]
    assert [click.status_code for click in clicks] == [303, 303]
    assert "Deze levering is teruggedraaid" in client.get(import_page).text
    assert "al teruggedraaid" in post(f"{import_page}/terugdraaien", {"reden": "nog eens"}).text
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(reports)).scalar_one() == 0
        told = [(one.kind, one.about, one.actor, one.reason) for one in read_changes(connection)]
    assert told == [
        ("levering", "import 1, bron zaken", "Iemand van beheerder", "verkeerde week"),
        ("bron", "zaken", "Iemand van beheerder", None),
    ]


def test_a_source_is_changed_with_its_versions_kept_and_put_back(
    client: TestClient, post: Post, service_settings: Settings
) -> None:
    folder = service_settings.sources.folder
    folder.mkdir()
    by_hand = (
        BY_HAND.replace("[coordinates]", 'afval = "other"\n\n[coordinates]')
        + '\n[counting]\nnot_when_status = ["dubbel"]\n'
    )
    (folder / "zaken.toml").write_text(by_hand)
    token = post(UPLOAD, {"bron": "zaken"}, ("x.xlsx", ZAKEN)).headers["location"].rpartition("/")[2]
    address = f"/beheer/bronnen/nieuw/{token}"
    fields = filled_in(client.get(f"{address}?van=zaken").text)
    assert post(address, fields | {"doe": "bewaar"}).status_code == 303
    before = SourceMapping.model_validate(tomllib.loads(by_hand))
    assert read_mapping(folder / "zaken.toml") == before  # what the page doesn't ask stays
    kinds = {fields[f"catnaam-{n}"]: f"cat-{n}" for n in range(9) if f"catnaam-{n}" in fields}
    post(address, fields | {"doe": "bewaar", kinds["Afval"]: "personen", "straal": "25,5"})
    changed = read_mapping(folder / "zaken.toml")
    post(address, fields | {"doe": "bewaar", "rest": "drugs"})
    with_default = read_mapping(folder / "zaken.toml").categories
    assert (with_default.default, with_default.values["afval"]) == ("drugs", "other")
    assert changed.categories.values["afval"] == "personen"
    assert changed.coordinates.radius_m == 25.5
    page = client.get("/beheer/bronnen/zaken").text
    assert "eerder, met de hand" in page
    assert "deze telt nu" in page
    assert client.get("/beheer/bronnen/zaken/versies/1.toml").text == by_hand
    assert client.get("/beheer/bronnen/zaken.toml").text == (folder / "zaken.toml").read_text()
    back = {"csrf": token_of(client, "/beheer/bronnen/zaken", "/beheer/bronnen/zaken/terug"), "versie": "1"}
    versions = len(list((folder / "versions" / "zaken").iterdir()))
    clicks = [post("/beheer/bronnen/zaken/terug", back) for _ in range(2)]
    assert [click.status_code for click in clicks] == [303, 303]
    assert len(list((folder / "versions" / "zaken").iterdir())) == versions + 1
    assert (folder / "zaken.toml").read_text() == by_hand
    assert post("/beheer/bronnen/zaken/terug", {"versie": "99"}).status_code == 404
    (folder / "versions" / "zaken" / "0001.toml").write_bytes(b"\xff[")  # somebody broke it by hand
    broken = post("/beheer/bronnen/zaken/terug", {"versie": "1"})
    assert (broken.status_code, "De instelling van deze bron klopt niet" in broken.text) == (409, True)
    assert "zaken" in client.get("/beheer/bronnen").text
    for path in ("/beheer/bronnen/niets", "/beheer/bronnen/..%2Fx", "/beheer/bronnen/niets.toml"):
        assert client.get(path).status_code == 404


def test_what_can_not_be_saved_is_told_in_words_and_what_was_chosen_stays(
    client: TestClient, post: Post, service_settings: Settings
) -> None:
    csv = "nr;dag;soort;straat\n" + "".join(f"{n};0{n}-02-2023;Overlast drugs;Markt\n" for n in range(1, 6))
    address = post(UPLOAD, {"bron": ""}, ("x.csv", csv.encode("latin-1"))).headers["location"]
    page = client.get(address).text
    fields = filled_in(page) | {"naam": "zaken"}
    assert "met de dag eerst" in page  # no date here proves the order
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"naam": "Nieuw Systeem"}, "kleine letters"),
        ({"naam": "melddesk"}, "Er is al een bron melddesk"),
        ({"veld-0": ""}, "Kies welke kolom dit is: nummer van de melding."),
        ({"veld-2": "street"}, "Kies er één."),
        ({"veld-2": "x"}, "Kies twee kolommen voor de coördinaten"),
        ({"datum": []}, "Kies hoe de datums geschreven zijn"),
        ({"tijdzone": "Mars/Olympus"}, "Deze tijdzone bestaat niet"),
        ({"stelsel": "EPSG:99"}, "Dit stelsel van coördinaten"),
        ({"stelsel": "+init=/etc/passwd:1"}, "Dit stelsel van coördinaten"),
        ({"straal": "ver"}, "Schrijf de afstand als een getal"),
        ({"straal": "1e999"}, "of deze afstand kan niet"),
    ]
    for change, words in wrong:
        answer = post(address, fields | change | {"doe": "bewaar"})
        assert answer.status_code == 400, change
        assert words in html.unescape(answer.text), change
    folder = service_settings.sources.folder
    assert not folder.exists()
    folder.mkdir()
    (folder / "stuk.toml").write_bytes(b"\xff\xfe")
    assert client.get("/beheer/bronnen/stuk").status_code == 200
    shown = post(address, fields | {"veld-3": "", "doe": "lees"}).text
    assert filled_in(shown)["veld-3"] == ""
    assert post(address, {"doe": "kies", "bron": "../x"}).status_code == 404


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"1;14-03-2023 21:35;Jansen\n", "De eerste regel lijkt een melding", id="no header"),
        pytest.param(b"%PDF-1.7\n1 0 obj", "Dit is een PDF", id="a PDF"),
    ],
)  # fmt: skip
def test_a_file_of_which_no_source_can_be_made_says_so(
    client: TestClient, post: Post, content: bytes, words: str
) -> None:
    address = post(UPLOAD, {"bron": ""}, ("x.csv", content)).headers["location"]
    answer = client.get(address)
    assert answer.status_code == 400
    assert words in answer.text
    assert "Jansen" not in answer.text


def test_whatever_a_file_is_called_and_holds_the_form_of_its_columns_is_inert(
    client: TestClient, post: Post
) -> None:
    evil = "</script><script>alert(1)</script>"
    csv = f"id;datum;{evil.replace(';', '')};soort\n" + "".join(
        f"{n};2023-03-14;{evil};{evil}${{x}}\n" for n in range(3)
    )
    address = post(UPLOAD, {"bron": ""}, ("x.csv", csv.encode())).headers["location"]
    page = client.get(address).text
    assert "<script>alert" not in page


@tuned(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["veld-0", "veld-1", "veld-2", "naam", "datum", "tijdzone", "stelsel", "straal",
                         "cat-0", "catnaam-0", "van", "werkblad", "doe", "omschrijving"]),
        st.text(max_size=40) | st.sampled_from(["id", "reported_at", "category", "x", "iso", "bewaar", "nan",
                                                "-1", "1e999", "../x", "personen"]),
        max_size=6,
    )
)  # fmt: skip
def test_no_answer_of_the_form_breaks_it(
    client: TestClient, post: Post, service_settings: Settings, sent: dict[str, str]
) -> None:
    if not hasattr(test_no_answer_of_the_form_breaks_it, "address"):
        csv = b"nr;dag;soort\n1;2023-03-14;Overlast drugs\n"
        address = post(UPLOAD, {"bron": ""}, ("x.csv", csv)).headers["location"]
        test_no_answer_of_the_form_breaks_it.address = address  # type: ignore[attr-defined]
    answer = post(test_no_answer_of_the_form_breaks_it.address, sent)  # type: ignore[attr-defined]
    assert answer.status_code in (200, 303, 400, 404, 409), sent
    folder = service_settings.sources.folder
    assert all(
        path.parent == folder
        for path in folder.parent.rglob("*.toml")
        if path.parent.name != "versions" and "versions" not in path.parts
    )
