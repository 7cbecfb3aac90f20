"""The year as files of its page: by the same rights, in four kinds, and logged."""

import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import docx
import pandas as pd
import pypdf
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from hotspots.access.rights import Role
from hotspots.store.database import Database
from hotspots.store.operation_tables import processing_log

KINDS = ("pdf", "docx", "csv", "xlsx")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the library asks each database, and `test_matrix` every route on both."""
    return sqlite_url


def table(answer: Any) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(answer.content), sep=";", encoding="utf-8-sig")


@pytest.mark.usefixtures("five_places")
def test_each_kind_of_file_is_given_and_logged(
    client: TestClient, sessions: Callable[[str], str], database: Database
) -> None:
    client.cookies.set("hotspots_sessie", sessions("oov"))
    files = {kind: client.get(f"/jaar/2023/download?vorm={kind}") for kind in KINDS}
    for kind, answer in files.items():
        assert answer.status_code == 200, answer.text
        assert f'filename="jaarcijfers-2023-gemeente-gm0935.{kind}"' in answer.headers["content-disposition"]
    assert pypdf.PdfReader(io.BytesIO(files["pdf"].content)).pages
    assert (
        docx.Document(io.BytesIO(files["docx"].content)).paragraphs[0].text == "Jaarcijfers 2023, Maastricht"
    )
    in_book = pd.read_excel(io.BytesIO(files["xlsx"].content), engine="openpyxl")
    assert list(in_book["naam"]) == list(table(files["csv"])["naam"])
    with database.reading() as connection:
        names = list(connection.execute(select(processing_log.c.name)).scalars())
    assert names.count("lijst uitvoeren") == len(files)
    period = client.get("/jaar/download?van=2023-10-01&tot=2023-12-31&vorm=csv")
    assert (
        'filename="cijfers-2023-10-01-2023-12-31-gemeente-gm0935.csv"'
        in period.headers["content-disposition"]
    )


@pytest.mark.usefixtures("five_places")
def test_a_file_tells_each_role_what_the_account_of_its_page_does(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    whole = {}
    for role in Role:
        client.cookies.set("hotspots_sessie", sessions(role))
        whole[role] = table(client.get("/jaar/2023/download?vorm=csv")).iloc[0]
        if role in {Role.LEZER, Role.OOV}:
            pdf = pypdf.PdfReader(io.BytesIO(client.get("/jaar/2023/download?vorm=pdf").content))
            text = " ".join(page.extract_text() for page in pdf.pages)
            assert ("Mogelijk woning" in text) is (role is Role.OOV)
        client.cookies.clear()
    # of the seven places, what was a dwelling in any week is hidden from a reader
    assert {role: int(row["nieuwePlekken"]) for role, row in whole.items()} == {
        Role.LEZER: 3,
        Role.BEHEERDER: 3,
        Role.GEBIEDSTEAM: 3,
        Role.OOV: 7,
        Role.PRIVACY: 7,
    }
    for role in (Role.LEZER, Role.BEHEERDER):
        assert whole[role][["woningen", "maatregelen", "dagenTotBesluit"]].isna().all()


@pytest.mark.usefixtures("five_places")
def test_the_page_offers_what_it_shows_as_files(client: TestClient, sessions: Callable[[str], str]) -> None:
    client.cookies.set("hotspots_sessie", sessions("oov"))
    for page, query in (
        ("/jaar/2023", "/jaar/2023/download?vorm="),
        ("/jaar/2023?buurt=BU09350000", "/jaar/2023/download?buurt=BU09350000&vorm="),
        ("/jaar?van=2023-10-01&tot=2023-12-31", "/jaar/download?van=2023-10-01&tot=2023-12-31&vorm="),
    ):
        links = re.findall(r'<a href="([^"]*/download\?[^"]*)" download>', client.get(page).text)
        assert [unescape(link) for link in links] == [f"{query}{kind}" for kind in KINDS]
        assert client.get(f"{query}csv").status_code == 200


@pytest.mark.usefixtures("five_places")
def test_what_there_is_no_year_or_kind_of_is_told(client: TestClient, sessions: Callable[[str], str]) -> None:
    client.cookies.set("hotspots_sessie", sessions("oov"))
    assert client.get("/jaar/1999/download?vorm=csv").status_code == 404
    for wrong in ("/jaar/2023/download?vorm=exe", "/jaar/download?van=2023-01-01", "/jaar/x/download"):
        assert client.get(wrong).status_code == 400, wrong
    assert client.get("/jaar/2023/download?gebied=Nergens").status_code == 404
