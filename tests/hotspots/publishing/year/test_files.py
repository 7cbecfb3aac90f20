"""The year as files: the same figures in each, readable aloud, and never more than its reader may know."""

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import docx
import openpyxl
import pypdf
import pytest
from docx.oxml.ns import qn
from sqlalchemy import Connection, insert

from hotspots.access.rights import EVERYTHING, NO_PERSONS, Actor, Role, Sharing, Visibility
from hotspots.casework.duidingen import Written, write_duiding
from hotspots.files.written_tables import write_csv, write_xlsx
from hotspots.publishing.month_figures import ReportTable
from hotspots.publishing.year.account import YearAccount, read_year_account
from hotspots.publishing.year.document import (
    Section,
    YearDocument,
    build_year_document,
    read_year_extras,
)
from hotspots.publishing.year.files import year_notes, year_pdf, year_stem, year_table
from hotspots.publishing.year.period import Period
from hotspots.publishing.year.word_file import year_docx
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.report_tables import imports, reports

CENTRE, WYCK = "BU09350000", "BU09350002"
NOW = datetime(2024, 1, 8, 6, tzinfo=UTC)
EVIL = '=HYPERLINK("http://x") #import "x" $x^2$ <script> & {{7*7}}'


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind: the account is read from each in its own tests."""
    return sqlite_url


@pytest.fixture
def read(database: Database, settings: Settings) -> Iterator[Any]:
    """Give an account and its document; 40 reports in 2023 and 20 in 2022, most in the centre."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        reported(connection, 2022, {CENTRE: 15, WYCK: 5})
        reported(connection, 2023, {CENTRE: 38, WYCK: 2})
    with database.reading() as connection:

        def of(visibility: Visibility = EVERYTHING, **asked: Any) -> tuple[YearAccount, YearDocument]:
            account = read_year_account(
                connection,
                settings,
                period=asked.pop("period", Period.of_year(2023)),
                visibility=visibility,
                cases=None if visibility == EVERYTHING else frozenset(),
                today=date(2024, 1, 8),
                **asked,
            )
            return account, build_year_document(connection, settings, account)

        yield of


def reported(connection: Connection, year: int, counts: dict[str, int]) -> None:
    """Store so many reports of a year per buurt, spread over its months."""
    line = insert(imports).values(source="x", file_name="", file_sha256="", started_at=NOW)
    import_id = connection.execute(line.returning(imports.c.id)).scalar_one()
    rows = [
        {
            "source": "x",
            "source_id": f"{year} {code} {number}",
            "category": "personen",
            "is_counted": True,
            "reported_at": datetime(year, number % 12 + 1, 3, 20, tzinfo=UTC),
            "precision": "adres",
            "buurtcode": code,
            "known_from": NOW,
            "content_hash": "",
            "first_import_id": import_id,
            "last_import_id": import_id,
        }
        for code, count in counts.items()
        for number in range(count)
    ]
    connection.execute(insert(reports), rows)


def tags(reader: pypdf.PdfReader) -> list[tuple[str, str]]:
    """The kind and the alternative text of each tag of a PDF, in reading order."""
    found: list[tuple[str, str]] = []

    def walk(node: Any) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append((str(node["/S"]), str(node.get("/Alt", ""))))
            walk(node.get("/K", []))

    walk(reader.root_object["/StructTreeRoot"]["/K"])  # type: ignore[index]
    return found


def test_the_pdf_can_be_read_aloud(read: Any) -> None:
    _, document = read()
    content = year_pdf(document)
    assert content == year_pdf(document)
    reader = pypdf.PdfReader(io.BytesIO(content))
    assert b"pdfuaid" in content
    root: Any = reader.root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "nl"
    assert reader.metadata is not None
    assert reader.metadata.title == document.title == "Jaarcijfers 2023, Maastricht"
    found = tags(reader)
    kinds = [kind for kind, _ in found]
    assert kinds.count("/H1") == 1
    assert kinds.count("/H2") == len(document.sections)
    assert kinds.count("/Table") == sum(len(section.tables) for section in document.sections)
    assert "/TH" in kinds
    pictures = [picture for section in document.sections for picture in section.pictures]
    told = [words for kind, words in found if kind == "/Figure"]
    assert {picture.words for picture in pictures} <= set(told)
    assert all(told)
    text = " ".join(" ".join(page.extract_text().split()) for page in reader.pages)
    assert document.sections[0].sentences[0] in text


def test_the_docx_has_headings_tables_with_heads_texts_of_pictures_and_its_language(read: Any) -> None:
    _, document = read()
    made = docx.Document(io.BytesIO(year_docx(document)))
    headings = [
        (paragraph.style.name, paragraph.text)
        for paragraph in made.paragraphs
        if paragraph.style is not None and paragraph.style.name.startswith("Heading")
    ]
    assert headings == [
        ("Heading 1", document.title),
        *(("Heading 2", section.heading) for section in document.sections),
    ]
    wanted = [table for section in document.sections for table in section.tables]
    for table, content in zip(made.tables, wanted, strict=True):
        cells = [[cell.text for cell in row.cells] for row in table.rows]
        assert cells == [list(row) for row in (content.head, *content.rows)]
    body = made.element.body
    assert len(list(body.iter(qn("w:tblHeader")))) == len(wanted)
    pictures = [picture for section in document.sections for picture in section.pictures]
    assert [shape.get("descr") for shape in body.iter(qn("wp:docPr"))] == [
        picture.words for picture in pictures
    ]
    assert {lang.get(qn("w:val")) for lang in made.styles.element.iter(qn("w:lang"))} == {"nl-NL"}
    assert (made.core_properties.language, made.core_properties.title) == ("nl-NL", document.title)


def test_the_table_adds_up_and_has_the_figures_of_the_document(read: Any) -> None:
    account, document = read()
    output = io.BytesIO()
    write_csv(output, year_table(account))
    rows = list(csv.DictReader(io.StringIO(output.getvalue().decode("utf-8-sig")), delimiter=";"))
    whole = [row for row in rows if row["niveau"] == "geheel"]
    assert (whole[0]["meldingen"], whole[0]["meldingenJaarEerder"]) == ("40", "20")
    for level in ("gebied", "buurt"):
        parts = [row for row in rows if row["niveau"] == level]
        assert sum(int(row["meldingen"]) for row in parts) == 40
    told = next(section for section in document.sections if section.heading == "Meldingen")
    assert told.tables[0].rows[0] == ("Bekeken meldingen", "40")
    assert [picture.title for picture in told.pictures] == ["Meldingen per maand, 2023 naast 2022"]
    book = io.BytesIO()
    write_xlsx(book, year_table(account), notes=year_notes(account, document))
    opened = openpyxl.load_workbook(book)
    assert opened.worksheets[0]["A2"].value == "geheel"
    notes = {row[0].value: row[1].value for row in opened["toelichting"].iter_rows()}
    assert notes["In een paar zinnen"] == account.sentence


def test_who_may_not_know_of_every_place_gets_no_exact_count_in_any_file(read: Any) -> None:
    account, document = read(NO_PERSONS)
    headings = [section.heading for section in document.sections]
    assert not {"Hoe lang het duurde", "Aanpak"} & set(headings)
    (picture,) = [picture for section in document.sections for picture in section.pictures]
    assert picture.title.endswith("per buurt, 2023")  # and no chart of months
    heads = {head for section in document.sections for table in section.tables for head in table.head}
    assert not {"Woningen", "Maatregelen", "Verschil"} & heads
    whole = dict(zip(year_table(account).header, next(iter(year_table(account).rows)), strict=True))
    assert whole["meldingen"] in {None, 40}
    hidden = ("woningen", "maatregelen", "verhouding", "personen", "binnengekomen", "dagenTotBesluit")
    assert [whole[name] for name in hidden] == [None] * len(hidden)
    assert document.caution.startswith("Voor wie een account heeft.")


def test_who_has_no_area_here_gets_files_without_counts(read: Any) -> None:
    nowhere = frozenset({"Nergens"})
    account, document = read(Visibility(nowhere, nowhere))
    assert not account.is_exact
    assert account.reports.counted is None
    assert year_pdf(document).startswith(b"%PDF")
    assert next(iter(year_table(account).rows))


def test_a_period_has_its_days_in_its_title_and_its_name(read: Any) -> None:
    period = Period(date(2023, 4, 1), date(2023, 9, 30))
    _, document = read(period=period, buurt=CENTRE)
    assert document.title == "Cijfers van 1 april 2023 tot en met 30 september 2023, Binnenstad"
    assert year_stem(period, "x") == "cijfers-2023-04-01-2023-09-30-x"
    assert "Per buurt" not in [section.heading for section in document.sections]  # it is the whole


def test_text_of_people_does_nothing_in_any_file(read: Any) -> None:
    account, document = read()
    section = Section(EVIL, [EVIL], tables=[ReportTable(EVIL, (EVIL, "x"), [(EVIL, "1")])])
    evil = replace(document, title=EVIL, sections=[section])
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(year_pdf(evil))).pages)
    assert "{{7*7}}" in text
    assert "$x^2$" in text
    with zipfile.ZipFile(io.BytesIO(year_docx(evil))) as parts:
        assert "<script>" not in parts.read("word/document.xml").decode()
    output = io.BytesIO()
    write_csv(output, year_table(replace(account, area_name=EVIL)))
    assert ";'=HYPERLINK" in output.getvalue().decode().replace('"', "")


def test_what_partners_say_stands_in_it_for_who_may_read_their_sharing_class(
    read: Any, database: Database, settings: Settings
) -> None:
    agent = Actor("1", "A. Agent", Role.OOV, "gemeente")
    for sharing in (Sharing.OOV, Sharing.TEAM):
        written = Written(f"Voor {sharing}.", date(2023, 5, 1), date(2023, 5, 31), sharing, buurtcode=CENTRE)
        write_duiding(database, settings, written, actor=agent, now=NOW)
    account, _ = read()
    told = {}
    with database.reading() as connection:
        for name, reader in (("team", frozenset({Sharing.TEAM, Sharing.EVERYONE})), ("nobody", None)):
            more = read_year_extras(
                connection,
                settings,
                account,
                visibility=EVERYTHING,
                reader=reader,
                today=date(2024, 1, 8),
            )
            document = build_year_document(connection, settings, account, more=more)
            told[name] = [
                sentence
                for section in document.sections
                if section.heading.startswith("Duiding")
                for sentence in section.sentences
            ]
    said = "Binnenstad, 1 mei 2023 tot en met 31 mei 2023: Voor gebiedsteam. (gemeente)"
    assert told == {"team": [said], "nobody": []}
