"""Tables of every kind that comes in: CSV in its encodings, packed, and workbooks."""

import datetime as dt
import gzip
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from hotspots.errors import UnreadableFileError
from hotspots.files.delimited import ENCODED_TWICE, MAYBE_ENCODED_TWICE, REPLACED_BYTE
from hotspots.files.rows import BrokenRow, Row
from hotspots.files.tables import first_columns, one_column, opened_table
from hotspots.files.workbooks import HIDDEN_SHEET


def read(path: Path, **options: Any) -> tuple[list[str], list[dict[str, str]], dict[str, int]]:
    with opened_table(path, **options) as rows:
        found = [dict(row.cells) if isinstance(row, Row) else {"reden": row.reason} for row in rows.rows]
        return rows.columns, found, dict(rows.notes)


def written(folder: Path, content: str | bytes, name: str = "in.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def workbook(folder: Path, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path = folder / "in.xlsx"
    book.save(path)
    return path


MOMENT = dt.datetime(2023, 3, 14, 21, 35)  # noqa: DTZ001  # a cell has no zone
PLACE = "Crème-Noëlplein"


def test_one_stray_byte_changes_its_own_value_only(tmp_path: Path) -> None:
    content = f"nr;plaats\n1;{PLACE}\n".encode() + b"2;caf\xe9\n"
    _, rows, notes = read(written(tmp_path, content))
    assert rows == [{"nr": "1", "plaats": PLACE}, {"nr": "2", "plaats": "caf\ufffd"}]
    assert notes == {REPLACED_BYTE: 1}


def test_a_byte_that_is_nothing_in_cp1252_changes_its_own_value_only(tmp_path: Path) -> None:
    content = f"nr;plaats\n1;{PLACE}\n2;é".encode("cp1252") + b"\x81\n"
    _, rows, notes = read(written(tmp_path, content))
    assert [row["plaats"] for row in rows] == [PLACE, "é\ufffd"]
    assert notes[REPLACED_BYTE] == 1


def test_the_encoding_is_told_when_it_is_not_the_first(tmp_path: Path) -> None:
    _, rows, notes = read(written(tmp_path, f"nr;plaats\n1;{PLACE}\n".encode("cp1252")))
    assert rows == [{"nr": "1", "plaats": PLACE}]
    assert notes == {"tekens gelezen als cp1252, niet als utf-8-sig": 1}


def test_a_text_in_another_encoding_than_is_named_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, f"nr;plaats\n1;{PLACE}, {PLACE}\n".encode("cp1252"))
    with pytest.raises(UnreadableFileError, match="in none of the encodings utf-8"):
        read(path, encodings=["utf-8"])


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"], ids=["semicolon", "comma", "tab", "bar"])
def test_the_delimiter_is_that_of_the_header(tmp_path: Path, delimiter: str) -> None:
    path = written(tmp_path, delimiter.join(["nr", "a", "b"]) + "\n" + delimiter.join(["1", '"x;,|"', "y"]))
    assert read(path)[1] == [{"nr": "1", "a": "x;,|", "b": "y"}]


@pytest.mark.parametrize("first", ["sep=,", '"sep=,"', "SEP=,", "\ufeffsep=,"])
def test_a_line_that_only_tells_the_delimiter_is_understood(tmp_path: Path, first: str) -> None:
    assert read(written(tmp_path, f"{first}\r\nnr,a\r\n1,x\r\n"), delimiter=";")[1] == [{"nr": "1", "a": "x"}]


def test_a_line_end_in_the_header_loses_no_column(tmp_path: Path) -> None:
    columns, rows, _ = read(written(tmp_path, 'nr;"huis\nnummer";b\n1;2;3\n'))
    assert columns == ["nr", "huis\nnummer", "b"]
    assert rows == [{"nr": "1", "huis\nnummer": "2", "b": "3"}]


def test_a_quote_too_many_costs_its_own_row_in_any_list(tmp_path: Path) -> None:
    _, rows, _ = read(written(tmp_path, 'nr;a\n1;"open\n2;b\n3;"c"\n'))
    assert [row.get("a", "refused") for row in rows] == ["refused", "b", "c"]


def test_a_packed_table_is_read_and_a_broken_one_told(tmp_path: Path) -> None:
    content = gzip.compress(("nr;a\n" + "1;x\n" * 50_000).encode())
    assert len(read(written(tmp_path, content, "in.csv.gz"))[1]) == 50_000
    with pytest.raises(UnreadableFileError, match=r"is a broken \.gz"):
        read(written(tmp_path, content[:-20], "cut.csv.gz"))


def test_a_column_that_stands_twice_is_not_picked_at_will() -> None:
    assert one_column("melder", ["nr", "Melder "], "in.csv") == "Melder "
    assert one_column("melder", ["nr"], "in.csv") is None
    with pytest.raises(UnreadableFileError, match=r"'in\.csv' has the column 'rd_x' 2 times: wanted it once"):
        one_column("rd_x", ["rd_x", "nr", "RD_X"], "in.csv")
    assert first_columns({"street": ("straatnaam", "straat"), "town": ("plaats",)}, ["Straat"], "in.csv") == {
        "street": "Straat"
    }


def test_cells_of_a_workbook_are_the_texts_that_a_csv_would_have(tmp_path: Path) -> None:
    row = [202301000001, MOMENT, MOMENT.date(), 176560.5, True, "20-1", None]
    path = workbook(tmp_path, Meldingen=[list("abcdefg"), row, [None] * 7, [2.02301e17, dt.time(21, 35)]])
    _, rows, _ = read(path)
    assert [list(found.values()) for found in rows] == [
        ["202301000001", "2023-03-14 21:35:00", "2023-03-14", "176560.5", "true", "20-1", ""],
        ["2.02301e+17", "21:35:00", "", "", "", "", ""],
    ]


def opendocument(folder: Path, rows: list[list[str | float | dt.datetime]]) -> Path:
    """The least of an OpenDocument spreadsheet, as LibreOffice writes its cells."""

    def cell(value: str | float | dt.datetime) -> str:
        if isinstance(value, dt.datetime):
            return f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"/>'
        if isinstance(value, float):
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    names = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("office", "table", "text")
    )
    content = (
        f"<office:document-content {names}><office:body><office:spreadsheet>"
        f'<table:table table:name="Meldingen">{lines}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    path = folder / "in.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return path


def test_an_opendocument_spreadsheet_is_read_as_a_workbook_is(tmp_path: Path) -> None:
    path = opendocument(tmp_path, [["nr", "meldtijd", "huisnummer"], [2023001.0, MOMENT, "20-1"]])
    assert read(path)[1] == [{"nr": "2023001", "meldtijd": "2023-03-14 21:35:00", "huisnummer": "20-1"}]


def test_of_a_workbook_with_more_filled_sheets_one_is_named(tmp_path: Path) -> None:
    path = workbook(tmp_path, Uitleg=[["lees mij"]], Meldingen=[["nr"], [1]], Leeg=[])
    with pytest.raises(UnreadableFileError, match=r"has 2 sheets: .* found 'Uitleg', 'Meldingen'"):
        read(path)
    assert read(path, sheet="Meldingen")[1] == [{"nr": "1"}]
    with pytest.raises(UnreadableFileError, match="has no sheet 'meldingen': found 'Uitleg', 'Meldingen'"):
        read(path, sheet="meldingen")


def test_a_broken_workbook_is_one_clear_line(tmp_path: Path) -> None:
    whole = workbook(tmp_path, Meldingen=[["nr"], [1]]).read_bytes()
    with pytest.raises(UnreadableFileError, match="is a zip, or a workbook that is broken"):
        read(written(tmp_path, whole[: len(whole) // 2], "half.xlsx"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty: wanted a header and rows, found 0 bytes"),
        (b"\n\n", "has no header: wanted column names in its first line"),
        (b"%PDF-1.7", "is a PDF: wanted CSV, XLSX or ODS; ask for the export itself"),
        (b"<!DOCTYPE html>\n<title>502</title>", "is a web page.*ask the source for the export again"),
        (b"\xef\xbb\xbf\n <HTML lang='nl'><body>;;;", "is a web page"),
        (b"<?xml version='1.0'?><!-- x --><html xmlns='a'>", "is a web page"),
        ("nr;a\n1;b\n".encode("utf-16"), "is written in UTF-16"),
        (b"\xd0\xcf\x11\xe0 old", "is an old Excel spreadsheet"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(UnreadableFileError, match=message):
        read(written(tmp_path, content))


def test_a_broken_row_keeps_its_number(tmp_path: Path) -> None:
    with opened_table(written(tmp_path, "nr;a\n1;b\n2\n3;c\n")) as rows:
        assert [row.number for row in rows.rows if isinstance(row, BrokenRow)] == [2]


@pytest.mark.parametrize(
    "name", ["Melder", " melder ", "melder\u200b", "\ufeffmelder", "mel\u00adder", "\u00a0MELDER"]
)
def test_a_column_is_known_whatever_can_not_be_seen_in_its_name(name: str) -> None:
    assert one_column("melder", ["nr", name], "a.csv") == name


def test_a_hidden_sheet_is_passed_over_and_told(tmp_path: Path) -> None:
    path = workbook(tmp_path, Oud=[["nr"], [1]], Meldingen=[["nr"], [2]], Keuzes=[["nr"], [3]])
    book = openpyxl.load_workbook(path)
    book["Oud"].sheet_state, book["Keuzes"].sheet_state = "hidden", "veryHidden"
    book.save(path)
    assert read(path) == (["nr"], [{"nr": "2"}], {HIDDEN_SHEET: 2})
    assert read(path, sheet="Oud") == (["nr"], [{"nr": "1"}], {})


@pytest.mark.parametrize(
    ("written_as", "read_as", "told"),
    [
        ("Caf\u00c3\u00a9", "Café", ENCODED_TWICE),
        ("M\u00c3\u00bcller \u00e2\u20ac\u201c caf\u00c3\u00a9", "Müller – café", ENCODED_TWICE),
        ("\u00c3\u0081kos, 20 \u00c2\u00b0C", "Ákos, 20 °C", ENCODED_TWICE),
        ("\u00c5\u0178\u00c4\u00b1k, it\u00e2\u20ac\u2122s", "şık, it’s", ENCODED_TWICE),
        ("Café – München", "Café – München", None),
        ("CAFÉ Â", "CAFÉ Â", None),
        ("Caf\u00c3\u00a9 in München", "Caf\u00c3\u00a9 in München", MAYBE_ENCODED_TWICE),
    ],
)
def test_a_text_that_was_written_as_utf8_twice_is_read_once_and_told(
    tmp_path: Path, written_as: str, read_as: str, told: str | None
) -> None:
    _, rows, notes = read(written(tmp_path, f"nr;plaats\n1;{written_as}\n2;gewoon\n"))
    assert rows == [{"nr": "1", "plaats": read_as}, {"nr": "2", "plaats": "gewoon"}]
    assert notes == ({told: 1} if told else {})


def test_a_file_that_was_written_as_utf8_twice_in_one_part_only_is_left_and_told(tmp_path: Path) -> None:
    _, rows, notes = read(written(tmp_path, "nr;plaats\n1;Caf\u00c3\u00a9\n2;Café\n"))
    assert [row["plaats"] for row in rows] == ["Caf\u00c3\u00a9", "Café"]
    assert notes == {MAYBE_ENCODED_TWICE: 1}


def test_a_mark_of_byte_order_that_was_written_twice_is_no_part_of_the_header(tmp_path: Path) -> None:
    columns, _, notes = read(written(tmp_path, "\u00ef\u00bb\u00bfnr;plaats\n1;Caf\u00c3\u00a9\n"))
    assert columns == ["nr", "plaats"]
    assert notes == {ENCODED_TWICE: 2}
