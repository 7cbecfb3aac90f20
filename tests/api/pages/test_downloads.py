"""What a page shows as a file: the same places, by the same rights, opened as people will, and logged."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pandas as pd
import pyogrio
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from playwright.sync_api import Browser, expect
from sqlalchemy import select, update

from api.pages.rendering import templates
from hotspots.access.rights import Role
from hotspots.publishing.taken_along import PICTURES, Kind
from hotspots.store.case_tables import access_log
from hotspots.store.database import Database
from hotspots.store.operation_tables import processing_log
from hotspots.store.run_tables import hotspot_states, hotspots
from hotspots.tracking.hotspot import PROPERTY_NAMES
from tests.parquet_columns import columns_in

Ask = Callable[..., Any]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite: how hotspots are read from PostgreSQL is shown elsewhere."""
    return sqlite_url


TABLES = (Kind.CSV, Kind.XLSX, Kind.GEOJSON, Kind.GPKG, Kind.PARQUET)


def opened(answer: Any, kind: Kind) -> pd.DataFrame:
    """The table in a file, read by what people will open it with."""
    content = io.BytesIO(answer.content)
    if kind is Kind.CSV:
        return pd.read_csv(content, sep=";", encoding="utf-8-sig")
    if kind is Kind.XLSX:
        return pd.read_excel(content, engine="openpyxl")
    if kind is Kind.PARQUET:
        return pd.DataFrame(columns_in(content))
    with TemporaryDirectory() as folder:  # GDAL knows a file by its name too
        path = Path(folder) / f"taken.{kind}"
        path.write_bytes(answer.content)
        return pd.DataFrame(pyogrio.read_dataframe(path))


def taken(client: TestClient, path: str, kind: Kind) -> list[str]:
    """The numbers of the hotspots in a file, sorted."""
    join = "&" if "?" in path else "?"
    answer = client.get(f"{path}{join}vorm={kind}")
    assert answer.status_code == 200, answer.text
    frame = opened(answer, kind)
    return sorted(frame["nummer"]) if len(frame) else []


def shown(client: TestClient, page: str) -> list[str]:
    """The numbers of the cards on a page, sorted."""
    return sorted(set(re.findall(r'data-nummer="(HS-\d{4}-\d{3})"', client.get(page).text)))


CHOICES = [
    "",
    "peildatum=2023-11-26",
    "toon=nieuw",
    "toon=afgerond",
    "zoek=Jekerkwartier",
    "aard=drugs",
    "gebied=Wijk+01+Buitenwijk+Zuidwest",
]
MAP_CHOICES = [
    "",
    "trend=nieuw",
    "trend=nieuw&trend=toenemend",
    "soort=woning",
    "indicatie=veiligheid&peildatum=2023-11-26",
    "aard=drugs&weergave=status&lagen=hotspots",
    "bbox=5.0,50.0,5.68,51.0",
    "status=gesloten",
]


@pytest.mark.usefixtures("three_weeks")
@pytest.mark.parametrize(("page", "choices"), [("/", CHOICES), ("/kaart", MAP_CHOICES)], ids=["week", "map"])
def test_a_file_has_the_places_that_the_page_shows_whatever_was_chosen(
    client: TestClient, page: str, choices: list[str]
) -> None:
    for choice in choices:
        on_page = shown(client, f"{page}?{choice}")
        assert taken(client, f"{page.rstrip('/')}/download?{choice}", Kind.CSV) == on_page, choice


@pytest.mark.usefixtures("three_weeks")
@pytest.mark.parametrize("kind", TABLES)
def test_each_kind_has_the_same_places(client: TestClient, kind: Kind) -> None:
    assert taken(client, "/kaart/download?soort=gebied", kind) == [f"HS-2023-00{key}" for key in (1, 3, 4)]
    assert taken(client, "/download?zoek=HS-2023-003", kind) == ["HS-2023-003"]
    assert taken(client, "/hotspots/HS-2023-002/download", kind) == ["HS-2023-002"]


@pytest.mark.usefixtures("three_weeks")
@pytest.mark.parametrize(
    "page", ["/?gebied=&zoek=plein&toon=", "/kaart?trend=nieuw", "/hotspots/HS-2023-001"]
)
def test_the_links_of_a_page_lead_to_every_kind_of_file_with_its_choice(
    client: TestClient, page: str
) -> None:
    links = re.findall(r'<a href="([^"]*/download\?[^"]*)" download>', client.get(page).text)
    kinds = {link.rpartition("vorm=")[2]: link.replace("&amp;", "&") for link in reversed(links)}
    assert set(kinds) == set(Kind)
    for link in (kinds["csv"], kinds["xlsx"]):
        answer = client.get(link)
        assert answer.status_code == 200, link
        assert answer.headers["content-disposition"].startswith("attachment; filename="), link
        assert ("zoek=plein" in link, "trend=nieuw" in link) == ("zoek" in page, "trend" in page)


@pytest.mark.usefixtures("three_weeks")
def test_a_workbook_has_real_dates_and_numbers_and_says_what_it_is(client: TestClient) -> None:
    answer = client.get("/kaart/download?vorm=xlsx&trend=toenemend&gebied=")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet, notes = book.worksheets
    header = [cell.value for cell in sheet[1]]
    row = dict(zip(header, sheet[2], strict=True))
    assert tuple(header) == PROPERTY_NAMES
    assert (row["eersteMelding"].is_date, row["aantalMeldingen"].value, row["lon"].value) == (True, 30, 5.72)
    assert sheet.freeze_panes == "A2"
    told = {name.value: text.value for name, text in notes.iter_rows()}
    assert told["Wat"] == "Weekkaart, week 48 van 2023"
    assert told["Stand"] == "3 december 2023"
    assert told["Keuze"] == "trend: neemt toe"
    assert told["Gemaakt door"] == "niet aangemeld"
    assert told["Rechten"] == "Alle plekken in alle gebieden, ook woningen en plekken met één melder."


@pytest.mark.usefixtures("three_weeks")
def test_a_picture_is_of_what_is_chosen(client: TestClient) -> None:
    sizes = set()
    for path in ("/kaart/download", "/kaart/download?weergave=status", "/hotspots/HS-2023-003/download"):
        answer = client.get(f"{path}{'&' if '?' in path else '?'}vorm=png")
        assert answer.headers["content-type"] == "image/png"
        image = Image.open(io.BytesIO(answer.content))
        assert (image.format, image.width) == ("PNG", 1500)
        sizes.add(len(answer.content))
    assert len(sizes) == 3


@pytest.mark.usefixtures("three_weeks")
def test_no_name_that_people_gave_is_a_formula_in_any_file(client: TestClient, database: Database) -> None:
    with database.writing() as connection:
        chosen = update(hotspots).where(hotspots.c.number == "HS-2023-003")
        connection.execute(chosen.values(given_name="=1+1", is_general_name=True))
        connection.execute(update(hotspot_states).values(redenen=["@SUM(1)"]))
    path = "/hotspots/HS-2023-003/download"
    row = opened(client.get(path), Kind.CSV).iloc[0]
    assert (row["naam"], row["redenen"]) == ("'=1+1", "'@SUM(1)")
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{path}?vorm=xlsx").content))
    assert {cell.data_type for row in book.worksheets[0].iter_rows() for cell in row} <= {"s", "n", "d"}


@pytest.mark.parametrize("role", [Role.LEZER, Role.GEBIEDSTEAM, Role.OOV])
def test_what_a_page_hides_no_file_has_and_dwellings_in_one_are_logged(
    closed: TestClient,
    asking: Callable[[TestClient], Ask],
    sessions: Callable[[str], str],
    five_places: Any,
    database: Database,
    role: Role,
) -> None:
    ask, token = asking(closed), sessions(role)
    by_number = {f"HS-2023-{key:03}": hotspot_id for key, hotspot_id in five_places.ids.items()}
    paths = {
        "/download?": TABLES,
        "/download?peildatum=2023-11-19&": [Kind.CSV],
        "/download?toon=verder&": [Kind.XLSX],
        "/kaart/download?": [Kind.GPKG, Kind.PARQUET],
    }
    persons = {"HS-2023-002", "HS-2023-004", "HS-2023-006", "HS-2023-007"}
    for path, kinds in paths.items():
        page = ask(token, "GET", path.replace("/download", "" if "kaart" in path else "/"))
        visible = set(re.findall(r'data-nummer="(HS-\d{4}-\d{3})"', page.text))
        for kind in kinds:
            before = _logged(database)
            answer = ask(token, "GET", f"{path}vorm={kind}")
            assert set(opened(answer, kind)["nummer"]) == visible, (path, kind)
            logged = _logged(database)[len(before) :]
            wanted = sorted(by_number[number] for number in visible & persons)
            assert [(one.hotspot_id, one.taken_as) for one in logged] == [(each, kind) for each in wanted]
            assert {(one.actor, one.right_used) for one in logged} <= {
                (f"Iemand van {role}", "woningen.lezen")
            }
        assert visible, path
    hidden = [number for number in by_number if ask(token, "GET", f"/hotspots/{number}").status_code == 404]
    assert bool(hidden) == (role is not Role.OOV)
    for number in hidden:
        for kind in Kind:
            assert ask(token, "GET", f"/hotspots/{number}/download?vorm={kind}").status_code == 404
        assert ask(token, "GET", f"/hotspots/{number}/weken/download").status_code == 404
    with database.reading() as connection:
        names = connection.execute(select(processing_log.c.name)).scalars().all()
    assert "lijst uitvoeren" in names


def _logged(database: Database) -> list[Any]:
    with database.reading() as connection:
        return list(connection.execute(select(access_log).order_by(access_log.c.id)))


@pytest.mark.usefixtures("three_weeks")
def test_weeks_and_the_lists_beside_the_map_are_tables(client: TestClient) -> None:
    for kind in (Kind.CSV, Kind.XLSX):
        weeks = opened(client.get(f"/hotspots/HS-2023-001/weken/download?vorm={kind}"), kind)
        assert weeks["aantalMeldingen"].sum() == 6
        assert [*weeks["week"]] == ["2023-W44", "2023-W45", "2023-W46"]
        buurten = opened(client.get(f"/kaart/download?lijst=buurten&vorm={kind}"), kind)
        assert (len(buurten), buurten["hotspots"].sum()) == (44, 2)
        cells = opened(client.get(f"/kaart/download?lijst=vakken&vorm={kind}"), kind)
        assert [*cells.columns] == ["buurt", "aantallen", "vakkenMetWeinig"]
    assert client.get("/kaart/download?lijst=buurten&vorm=gpkg").status_code == 404


@pytest.mark.usefixtures("fill")
def test_what_can_not_be_written_here_is_not_offered(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "vorm=parquet" in client.get("/kaart").text
    monkeypatch.setitem(templates.globals, "HAS_GEOPARQUET", False)
    monkeypatch.setattr("api.pages.downloads.can_write_geoparquet", lambda: False)
    assert "vorm=parquet" not in client.get("/kaart").text
    assert client.get("/kaart/download?vorm=parquet").status_code == 404


@pytest.mark.usefixtures("fill")
@pytest.mark.parametrize("kind", TABLES)
def test_before_the_first_run_there_is_an_empty_file(client: TestClient, kind: Kind) -> None:
    frame = opened(client.get(f"/download?vorm={kind}"), kind)
    assert len(frame) == 0


@pytest.mark.usefixtures("three_weeks")
def test_bad_choices_are_refused_in_dutch(client: TestClient) -> None:
    for path in ("/download?vorm=exe", "/kaart/download?trend=x", "/download?gebied=a&gebied=b&x=1"):
        assert client.get(path).status_code == 400, path


@pytest.mark.usefixtures("three_weeks")
def test_without_room_for_it_no_half_file_is_given(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    answer = client.get("/download?vorm=gpkg")
    assert (answer.status_code, "content-disposition" in answer.headers) == (503, False)


@pytest.mark.parametrize("kind", list(Kind))
def test_open_cases_are_taken_along_as_the_table_or_as_places(
    closed: TestClient,
    asking: Callable[[TestClient], Ask],
    sessions: Callable[[str], str],
    five_places: Any,  # writes the hotspots
    database: Database,
    kind: Kind,
) -> None:
    ask, token = asking(closed), sessions(Role.OOV)
    link = re.findall(r'href="(/triage/download[^"]*csv)"', ask(token, "GET", "/triage?soort=woning").text)[0]
    answer = ask(token, "GET", link.replace("&amp;", "&").replace("=csv", f"={kind}"))
    assert answer.status_code == 200
    persons = {five_places.ids[key] for key in (2, 4, 6)}
    assert {one.hotspot_id for one in _logged(database)} >= persons
    if kind not in PICTURES:
        numbers = {f"HS-2023-00{key}" for key in (2, 4, 6)}
        assert set(opened(answer, kind)["nummer"]) == numbers
    if kind is Kind.XLSX:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
        row = dict(zip((cell.value for cell in sheet[1]), sheet[2], strict=True))
        assert (row["uiterlijk"].is_date, row["teLaat"].value) == (True, True)


@pytest.mark.usefixtures("three_weeks")
def test_what_was_nearly_signalled_is_taken_along_as_a_table_or_map(
    closed: TestClient, asking: Callable[[TestClient], Ask], sessions: Callable[[str], str]
) -> None:
    ask, token = asking(closed), sessions(Role.OOV)
    columns = {"naam", "reden", "waarom", "aantalMeldingen", "gebied"}
    for kind in (Kind.CSV, Kind.XLSX):
        frame = opened(ask(token, "GET", f"/niet-gesignaleerd/download?vorm={kind}"), kind)
        assert columns <= set(frame.columns)
    assert ask(token, "GET", "/niet-gesignaleerd/download?vorm=geojson").json()["type"] == "FeatureCollection"
    assert ask(token, "GET", "/niet-gesignaleerd/download?vorm=gpkg").status_code == 404


@pytest.mark.chromium
@pytest.mark.usefixtures("three_weeks")
def test_on_a_phone_with_the_keyboard_alone_each_kind_is_saved_and_opens(
    browser: Browser, served: str, tmp_path: Path
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, base_url=served)
    page.goto("/kaart?soort=gebied")
    menu = page.locator("details.download").first
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    for kind in Kind:
        page.keyboard.press("Tab")
        expect(menu.get_by_role("link").nth(list(Kind).index(kind))).to_be_focused()
        with page.expect_download() as saving:
            page.keyboard.press("Enter")
        path = tmp_path / saving.value.suggested_filename
        saving.value.save_as(path)
        assert path.name == f"hotspots-gemeente-gm0935-2023-12-03.{kind}"
        if kind is Kind.PNG:
            assert Image.open(io.BytesIO(path.read_bytes())).format == "PNG"
        elif kind is Kind.SVG:
            assert "Hotspots Maastricht, week 48 van 2023" in path.read_text(encoding="utf-8")
        elif kind is Kind.XLSX:
            assert len(pd.read_excel(path, engine="openpyxl")) == 3
        elif kind is Kind.CSV:
            assert len(pd.read_csv(path, sep=";", encoding="utf-8-sig")) == 3
        elif kind is Kind.PARQUET:
            assert len(columns_in(path)["nummer"]) == 3
        else:
            assert len(pyogrio.read_dataframe(path)) == 3
    page.close()
