"""`/hotspots/{number}/meldingen`: where, what and why each counts; as a file and in the API, and logged."""

import io
import re
from collections.abc import Callable
from datetime import date
from html import unescape

import openpyxl
import pandas as pd
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert, select, update

from hotspots.store.case_tables import access_log
from hotspots.store.database import Database
from hotspots.store.report_tables import report_locations, report_texts, reporters, reports

PAGE = "/hotspots/HS-2023-001/meldingen"
FORMULA = '=HYPERLINK("http://x")'


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite: how reports are read from PostgreSQL is shown elsewhere."""
    return sqlite_url


@pytest.fixture
def team(
    client: TestClient, database: Database, see: Callable[..., None], sessions: Callable[[str], str]
) -> TestClient:
    """A client of the gebiedsteam: two runs with three reports each, of which the last counts two.

    Each report has an address and a text, the last one a formula.
    """
    days = [date(2023, 11, number) for number in (1, 8, 15)]
    see(date(2023, 11, 19), report_days=days, count=3)
    see(date(2023, 11, 26), report_days=days, count=2)
    with database.writing() as connection:
        ids = list(connection.execute(select(reports.c.id).order_by(reports.c.id)).scalars())
        connection.execute(insert(reporters).values(id=1, hash="x"))
        # the last two of the last run are of one person on one day
        chosen = update(reports).where(reports.c.id.in_(ids[-2:]))
        same_day = select(reports.c.reported_at).where(reports.c.id == ids[-1]).scalar_subquery()
        connection.execute(chosen.values(reporter_id=1, reported_at=same_day))
        for number, report_id in enumerate(ids):
            place = {"street": "Marktlaan", "house_number": str(20 - number), "lon": 5.69, "lat": 50.85}
            connection.execute(insert(report_locations).values(report_id=report_id, **place))
            text = FORMULA if report_id == ids[-1] else f"tekst {number}"
            connection.execute(insert(report_texts).values(report_id=report_id, text=text))
    client.cookies.set("hotspots_sessie", sessions("gebiedsteam"))
    return client


def logged(database: Database) -> list[tuple[str, int, str | None]]:
    with database.reading() as connection:
        rows = connection.execute(select(access_log).order_by(access_log.c.id)).all()
    return [(row.right_used, row.report_count, row.taken_as) for row in rows]


def test_the_page_tells_address_text_and_why_one_does_not_count(team: TestClient, database: Database) -> None:
    page = unescape(team.get(PAGE).text)
    assert "Van 6 meldingen tellen er 2 mee in de cijfers van 26 november 2023." in page
    assert "1 melding: van dezelfde melder op dezelfde dag en plek: telt niet nog eens mee." in page
    assert page.count("Telt niet mee: ") == 4
    assert "Marktlaan 20 " in page
    assert FORMULA in page
    assert logged(database) == [("punten.lezen", 6, None), ("teksten.lezen", 6, None)]
    numbers = [int(found) for found in re.findall(r"<p>Marktlaan (\d+) ", page)]
    by_address = [
        int(found) for found in re.findall(r"<p>Marktlaan (\d+) ", team.get(f"{PAGE}?sorteer=adres").text)
    ]
    assert by_address == sorted(numbers)
    assert numbers != by_address
    assert team.get(f"{PAGE}?sorteer=melder").status_code == 400


def test_as_a_file_it_is_the_same_table_and_the_log_says_that_it_left(
    team: TestClient, database: Database
) -> None:
    csv = pd.read_csv(
        io.BytesIO(team.get(f"{PAGE}/download?vorm=csv&sorteer=adres").content), sep=";", encoding="utf-8-sig"
    )
    assert [*csv["adres"]] == [f"Marktlaan {number}" for number in range(15, 21)]
    assert csv["teltMee"].value_counts().to_dict() == {"nee": 4, "ja": 2}
    assert f"'{FORMULA}" in set(csv["tekst"])
    book = openpyxl.load_workbook(io.BytesIO(team.get(f"{PAGE}/download?vorm=xlsx").content))
    sheet, notes = book.worksheets
    rows = list(sheet.iter_rows(min_row=2))
    assert (len(rows), rows[0][2].is_date, sheet.freeze_panes) == (6, True, "A2")
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n", "d"}
    assert FORMULA in {cell.value for row in rows for cell in row}
    assert "Van 6 meldingen tellen er 2 mee" in str([cell.value for row in notes.iter_rows() for cell in row])
    assert [kind for _, _, kind in logged(database)] == ["csv", "csv", "xlsx", "xlsx"]
    assert team.get(f"{PAGE}/download?vorm=gpkg").status_code == 404


def test_the_api_has_the_same_with_figures_that_add_up(team: TestClient, database: Database) -> None:
    path = "/v1/hotspots/HS-2023-001/meldingen"
    answer = team.get(f"{path}?paginaGrootte=2&pagina=2&sort=tijdstip").json()
    assert len(answer["meldingen"]) == 2
    assert sum(answer["tellingen"].values()) == answer["totaalAantal"] == 6
    figures = (answer["tellingen"]["telt mee"], answer["aantalMeldingen"], answer["sindsdienVeranderd"])
    assert figures == (2, 2, 0)
    table = team.get(path, headers={"Accept": "text/csv"})
    frame = pd.read_csv(io.BytesIO(table.content), sep=";", encoding="utf-8-sig")
    assert (len(frame), int(frame["adres"].notna().sum())) == (6, 6)
    assert [kind for _, _, kind in logged(database)] == [None, None, "csv", "csv"]
    assert team.get(f"{path}?sort=melder").status_code == 400
