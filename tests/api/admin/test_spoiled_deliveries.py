"""Deliveries spoiled in twenty ways, at each door: refused or told in one plain line, and nothing made worse.

By the command in English, by the inbox in its report, by the page in Dutch.
"""

import html
import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from hotspots.access.passwords import csrf_token
from hotspots.intake.import_reports import import_reports
from hotspots.settings import JobsSettings, ServiceSettings, Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.report_tables import report_locations, report_texts, reports
from jobs.inbox import empty_inbox
from tests.conftest import REPORTER_KEY, RunCommand

NOW = datetime(2024, 1, 2, tzinfo=UTC)
HEADER = "meldingnummer;meldtijd;hoofdcategorie;subcategorie;omschrijving;straatnaam;huisnummer;huisletter;"
HEADER += "huisnummertoevoeging;postcode;woonplaats;rd_x;rd_y;melder"


def row(number: int, time: str = "2023-03-14 21:35", x: str = "176207.4", y: str = "317791.2") -> str:
    """A row of a delivery that is right, with a point in town."""
    return f"{number};{time};Overlast drugs;Dealen;Er wordt gedeald;;;;;;;{x};{y};melder-{number}"


def delivery(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows, ""])


RIGHT = delivery(*(row(n, x=f"17620{n}.4") for n in range(1, 7)))


def workbook(**sheets: Sequence[Sequence[object]]) -> bytes:
    book, content = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for values in rows:
            sheet.append(values)
    book.save(content)
    return content.getvalue()


def zipped(**files: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


@dataclass(frozen=True)
class Spoiled:
    """A delivery, what refuses it in English and in Dutch, or else what is told of it."""

    content: str | bytes
    english: str = ""
    dutch: str = ""
    told: str = ""
    rejected: int = 0

    @property
    def data(self) -> bytes:
        return self.content.encode() if isinstance(self.content, str) else self.content


MONTH_FIRST = ("01/05/2023 21:35", "03/14/2023 21:35", "04/02/2023 21:35")
SPOILED = {
    "empty but for a line end": Spoiled("\n", "has no header", "De eerste regel heeft geen kolomnamen."),
    "only half a header": Spoiled(HEADER[:20], "wanted the column", "ontbreekt"),
    "another header": Spoiled(
        "a;b;c\n1;2;3\n", "wanted the column(s) meldingnummer", "De kolom meldingnummer"
    ),
    "commas for semicolons": Spoiled(RIGHT.replace(";", ","), "wanted the column(s)", "scheidingsteken"),
    "a column twice": Spoiled(
        delivery(row(1) + ";1;2", header=f"{HEADER};rd_x;RD_Y"), "has the column 'rd_", "staat er 2 keer in"
    ),
    "the month first": Spoiled(
        delivery(*(row(n, time) for n, time in enumerate(MONTH_FIRST))), "month first", "de maand eerst"
    ),
    "a PDF": Spoiled(b"%PDF-1.7\n1 0 obj", "is a PDF", "Dit is een PDF."),
    "a page with an error": Spoiled("<!DOCTYPE html>\n<p>502", "is a web page", "Dit is een webpagina"),
    "an old workbook": Spoiled(b"\xd0\xcf\x11\xe0" + bytes(600), "old Excel", "oude Excel-werkmap"),
    "UTF-16": Spoiled(RIGHT.encode("utf-16"), "UTF-16", "UTF-16"),
    "JSON where CSV was agreed": Spoiled('[{"id": 1}]', "is a json file", "JSON-bestand"),
    "a zip": Spoiled(zipped(**{"x.csv": RIGHT}), "is a zip file", "Dit is een zip"),
    "half a workbook": Spoiled(
        workbook(M=[HEADER.split(";"), row(1).split(";")])[:2000], "is a zip file", "Dit is een zip"
    ),
    "two filled sheets": Spoiled(
        workbook(A=[HEADER.split(";")], B=[["toelichting"]]), "has 2 sheets", "2 gevulde werkbladen"
    ),
    "gzip": Spoiled(b"\x1f\x8b\x08" + bytes(30), "compressed with gzip", "gzip"),
    "numbers rounded to one": Spoiled(
        re.sub(r"^\d;", "2,02301E+11;", RIGHT, flags=re.MULTILINE), rejected=6, told="afgerond"
    ),
    "a stray byte": Spoiled(
        delivery(row(101, x="176201.4") + "é", row(102, x="176202.4")).encode() + b"\xff;;;\n",
        told="bytes die in deze codering niets zijn",
        rejected=1,
    ),
    "reports of the future": Spoiled(delivery(row(1, "2031-01-01 10:00")), rejected=1, told="na het moment"),
    "reports of 1900": Spoiled(delivery(row(1, "1900-01-01 00:00")), rejected=1, told="jaar geleden"),
    "a column less": Spoiled(
        "\n".join(line.rpartition(";")[0] for line in RIGHT.splitlines()) + "\n", told="melder"
    ),
    "rounded points": Spoiled(
        delivery(
            *(row(n, x=f"176{n - 100}00", y="317800") for n in range(105, 108)),
            *(row(n, x="176300", y=f"31{n}00") for n in range(776, 780)),
        ),
        told="afgerond",
    ),
    "rows that share a number": Spoiled(
        delivery(row(9, x="176201.4"), row(9, x="176299.4")),
        told="kenmerk dat eerder in dit bestand staat",
    ),
    "a row cut off": Spoiled(RIGHT[:-40], rejected=1, told="kolommen, verwacht 14"),
}
each = pytest.mark.parametrize("spoiled", SPOILED.values(), ids=SPOILED)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: what is stored goes through functions that are tested on both."""
    return sqlite_url


@pytest.fixture
def service_settings(service_settings: Settings, tmp_path: Path) -> Settings:
    """The inbox and uploads in the folder of the test."""
    own = ServiceSettings(uploads=tmp_path / "uploads")
    jobs = JobsSettings(inbox=tmp_path / "inbox")
    return service_settings.model_copy(update={"service": own, "jobs": jobs})


@pytest.fixture
def stored(database: Database, service_settings: Settings, tmp_path: Path) -> Callable[[], list[object]]:
    """Import a delivery that is right; gives what asks for what of it is stored."""
    path = tmp_path / "right.csv"
    path.write_text(RIGHT, encoding="utf-8")
    with database.writing() as connection:
        fill_with_shipped(connection, service_settings)
    import_reports(database, service_settings, path, "melddesk", now=NOW)

    def ask() -> list[object]:
        query = (
            select(*(reports.c[name] for name in ("source_id", "reporter_id", "precision", "radius_m")))
            .add_columns(report_locations.c.lon, report_locations.c.lat, report_texts.c.text)
            .join_from(reports, report_locations)
            .join(report_texts, report_texts.c.report_id == reports.c.id)
            .where(reports.c.source_id.in_([str(n) for n in range(1, 7)]))
            .order_by(reports.c.source_id)
        )
        with database.reading() as connection:
            return [tuple(found) for found in connection.execute(query)]

    return ask


@each
def test_by_the_command(
    spoiled: Spoiled,
    stored: Callable[[], list[object]],
    database_url: str,
    run_command: RunCommand,
    tmp_path: Path,
) -> None:
    before = stored()
    (tmp_path / "in.csv").write_bytes(spoiled.data)
    ended = run_command(
        *("reports", "import", "in.csv", "--source", "melddesk", "--json"),
        settings={"DATABASE_URL": database_url, "PRIVACY_REPORTER_KEY": REPORTER_KEY},
        code=1 if spoiled.english else 0,
    )
    if spoiled.english:
        (line,) = ended.stderr.splitlines()
        assert line.startswith("hotspots: ")
        assert spoiled.english in line
    else:
        counts = json.loads(ended.stdout)
        rejects = tmp_path / "in.csv.rejects.csv"
        told = ended.stdout + (rejects.read_text(encoding="utf-8-sig") if rejects.exists() else "")
        assert counts["rejected"] == spoiled.rejected
        assert spoiled.told in told
    assert stored() == before


@each
def test_by_the_inbox(
    spoiled: Spoiled,
    stored: Callable[[], list[object]],
    database: Database,
    service_settings: Settings,
) -> None:
    before = stored()
    inbox = service_settings.jobs.inbox
    inbox.mkdir()
    (inbox / "in.csv").write_bytes(spoiled.data)
    os.utime(inbox / "in.csv", (1_700_000_000, 1_700_000_000))
    empty_inbox(database, service_settings, clock=lambda: NOW, heartbeat=lambda: None)
    (report,) = [*inbox.glob("*/*.report.json")]
    told = report.read_text(encoding="utf-8")
    if spoiled.english:
        assert spoiled.english in json.loads(told)["error"]
        assert report.parent.name == "refused"
    else:
        rejects = "".join(path.read_text(encoding="utf-8-sig") for path in inbox.glob("*/*.rejects.csv"))
        assert json.loads(told)["rejected"] == spoiled.rejected
        assert spoiled.told in told + rejects
    assert stored() == before


@each
def test_by_the_page(
    spoiled: Spoiled,
    stored: Callable[[], list[object]],
    client: TestClient,
    sessions: Callable[[str], str],
) -> None:
    before = stored()
    token = sessions("beheerder")
    client.cookies.set("hotspots_sessie", token)
    form = {"bron": "melddesk", "csrf": csrf_token(token)}
    sent = client.post(
        "/beheer/imports/levering",
        data=form,
        files={"bestand": ("in.csv", spoiled.data)},
        follow_redirects=False,
    )
    address = sent.headers["location"]
    page = client.get(address, headers={"Accept": "text/html"})
    assert page.status_code == (400 if spoiled.dutch else 200)
    assert html.escape(spoiled.dutch or spoiled.told) in page.text
    client.post(address, data={**form, "doe": "importeren"}, follow_redirects=False)
    assert stored() == before
