"""Rows of files of every kind, whole and broken: what can't be read is told, and costs no other row."""

import csv
import io
import json
import random
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from hotspots.errors import UnreadableFileError
from hotspots.files.delimited import MAX_CHARACTERS, MAX_LINES
from hotspots.files.rows import BrokenRow, Row, Rows
from hotspots.intake.sources.files import opened_rows
from hotspots.intake.sources.mapping import SourceMapping

pytestmark = pytest.mark.usefixtures("files_read_here")

OPEN_QUOTE = 'een aanhalingsteken (") in deze regel sluit niet: haal het weg of verdubbel het'


def mapping(**changes: Any) -> SourceMapping:
    return SourceMapping.model_validate(
        {"columns": {"id": "nr", "reported_at": "tijd"}, "file": {"format": "csv", **changes}}
    )


@contextmanager
def opened(folder: Path, content: bytes, **changes: Any) -> Iterator[Rows]:
    path = folder / "export"
    path.write_bytes(content)
    with opened_rows(path, mapping(**changes)) as rows:
        yield rows


def read(folder: Path, content: str | bytes, **changes: Any) -> list[Row | BrokenRow]:
    data = content.encode() if isinstance(content, str) else content
    with opened(folder, data, **changes) as rows:
        return list(rows.rows)


def told(rows: list[Row | BrokenRow]) -> list[tuple[int, str]]:
    """The number of each row with its text, or why it is refused."""
    return [(row.number, row.cells["tekst"] if isinstance(row, Row) else row.reason) for row in rows]


def export(*texts: str) -> str:
    """An export of three columns, a row per text, as written."""
    return "nr;tekst;tijd\r\n" + "".join(f"M{n};{text};t{n}\r\n" for n, text in enumerate(texts, start=1))


LINES_TOO_MANY = '"' + "regel\n" * MAX_LINES + '"'
QUOTES = {
    "a quoted text with a delimiter": (['"een; twee"', "b"], [(1, "een; twee"), (2, "b")]),
    "a quoted text over lines": (['"een\r\ntwee;\n\ndrie"', "b"], [(1, "een\r\ntwee;\n\ndrie"), (2, "b")]),
    "doubled quotes": (['"hij zei ""ja"""', "b"], [(1, 'hij zei "ja"'), (2, "b")]),
    "a quote inside a text": (['fiets van 28"', "b"], [(1, 'fiets van 28"'), (2, "b")]),
    "quotes inside quotes that are not doubled": (['"hij zei "ja" toch"'], [(1, 'hij zei ja" toch"')]),
    "one too many, no other quote after it": (['"open', "b", "c"], [(1, OPEN_QUOTE), (2, "b"), (3, "c")]),
    "one too many before a quoted text": (['"open', "b", '"c"'], [(1, OPEN_QUOTE), (2, "b"), (3, "c")]),
    "one too many before an empty quoted text": (
        ['"open', '""', '"c"'],
        [(1, OPEN_QUOTE), (2, ""), (3, "c")],
    ),
    "one too many before quoted lines": (['"open', '"b\nc"'], [(1, OPEN_QUOTE), (2, "b\nc")]),
    "one too many before an inch sign": (['"open', 'b 28"', "c"], [(1, OPEN_QUOTE), (2, 'b 28"'), (3, "c")]),
    "two in a row": (['"open', '"ook', "c"], [(1, OPEN_QUOTE), (2, OPEN_QUOTE), (3, "c")]),
    "one too many in the last row": (["a", '"open'], [(1, "a"), (2, OPEN_QUOTE)]),
}
"""Texts of consecutive rows, and what comes out."""


@pytest.mark.parametrize(("texts", "expected"), QUOTES.values(), ids=QUOTES)
def test_a_quote_too_many_costs_its_own_row_only(
    tmp_path: Path, texts: list[str], expected: list[tuple[int, str]]
) -> None:
    assert told(read(tmp_path, export(*texts))) == expected


def test_a_text_of_more_lines_than_any_report_is_refused_line_by_line(tmp_path: Path) -> None:
    found = told(read(tmp_path, export(LINES_TOO_MANY, "b")))
    assert found[0] == (1, OPEN_QUOTE)
    assert found[-1][1] == "b"
    assert len(found) == MAX_LINES + 2


def test_a_line_longer_than_any_report_is_refused_and_reading_goes_on(tmp_path: Path) -> None:
    found = told(read(tmp_path, export("x" * (3 * MAX_CHARACTERS), "b")))
    assert found == [(1, "de regel is langer dan 1.000.000 tekens"), (2, "b")]


@pytest.mark.parametrize("cut", [1, 4, 9, 14])
def test_a_row_that_is_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    whole = 'nr;tijd;tekst\nM1;t1;a\nM2;t2;"lange tekst"'
    found = read(tmp_path, whole[:-cut])
    assert [type(row) for row in found] == [Row, BrokenRow]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_every_end_of_line_is_read(tmp_path: Path, newline: str) -> None:
    assert told(read(tmp_path, newline.join(["nr;tekst", "M1;a", "", ";", "M2;b"]))) == [(1, "a"), (2, "b")]


@tuned(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.sampled_from('ab;" \n\r,'), max_size=20), min_size=1, max_size=10))
def test_what_a_writer_of_csv_writes_is_read_back(tmp_path: Path, texts: list[str]) -> None:
    rows = [[str(n), text, *"tuvw", "x"] for n, text in enumerate(texts)]
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=";").writerows([["nr", "tekst", *"tuvw", "tijd"], *rows])
    found = read(tmp_path, file.getvalue())
    assert [(row.cells["nr"], row.cells["tekst"]) for row in found if isinstance(row, Row)] == [
        (row[0], row[1]) for row in rows
    ]


@pytest.mark.parametrize("seed", range(20))
def test_quotes_strewn_over_an_export_lose_no_row_silently(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    texts = [rng.choice(["plat", '"goed"', '"open', 'inch"', '"', '"a" b', '"x;y"', '""']) for _ in range(60)]
    found = read(tmp_path, export(*texts))
    assert [row.number for row in found] == list(range(1, 61))
    assert all(row.cells["nr"] == f"M{row.number}" for row in found if isinstance(row, Row))
    refused = [texts[row.number - 1] for row in found if isinstance(row, BrokenRow)]
    assert refused == [text for text in texts if text in {'"open', '"'}]


JSON_PROBLEMS = {
    "another object": (
        {"detail": "Niet ingelogd"},
        "wanted a list under 'results' or a list at the top, found an object with 'detail'",
    ),
    "the list is an object": ({"results": {"id": 1}}, "found an object with 'results'"),
    "an empty object": ({}, "found nothing like it"),
}


@pytest.mark.parametrize(("content", "message"), JSON_PROBLEMS.values(), ids=JSON_PROBLEMS)
@pytest.mark.parametrize("as_zip", [False, True], ids=["a file", "a zip of pages"])
def test_json_without_records_where_the_mapping_says_is_refused(
    tmp_path: Path, content: dict[str, Any], message: str, *, as_zip: bool
) -> None:
    data = json.dumps(content).encode()
    if as_zip:
        data = zipped({"1.json": json.dumps({"results": [{"id": 1}]}).encode(), "2.json": data})
    with pytest.raises(UnreadableFileError) as caught:
        read(tmp_path, data, format="json")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ([], []),
        ({"count": 0, "results": []}, []),
        ([{"id": 1, "at": {"x": 5.5}}], [{"id": "1", "at.x": "5.5"}]),
        ({"results": [{"id": 1}, {"id": 2}]}, [{"id": "1"}, {"id": "2"}]),
        ([3, "x", None], [{"": "3"}, {"": "x"}, {"": ""}]),
    ],
    ids=["an empty list", "an empty page", "a list at the top", "a page", "records that are no objects"],
)
def test_records_of_json_are_rows(tmp_path: Path, content: Any, expected: list[dict[str, str]]) -> None:
    found = read(tmp_path, json.dumps(content), format="json")
    assert [row.cells for row in found if isinstance(row, Row)] == expected
    assert [row.number for row in found] == list(range(1, len(expected) + 1))


def zipped(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


WHOLE = zipped(
    {"1.json": json.dumps({"results": [{"id": n, "tekst": str(n) * 9} for n in range(99)]}).encode()}
)
BROKEN_ZIPS = {
    "cut in half": (WHOLE[: len(WHOLE) // 2], "is a broken zip (File is not a zip file): fetch it again"),
    "a zip's first bytes, then nonsense": (b"PK\x03\x04nonsense", "is a broken zip"),
    "damaged inside": (WHOLE[:60] + bytes(40) + WHOLE[100:], "is a broken zip"),
    "with a password": (
        WHOLE[:-22].replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01")
        + WHOLE[-22:],
        "has a password on 1.json",
    ),
    "packed in a way of later": (
        WHOLE[:-22].replace(
            b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x08", b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x63"
        )
        + WHOLE[-22:],
        "can't be unpacked (That compression method is not supported): wanted a plain zip",
    ),
    "without pages": (
        zipped({"lees mij.txt": b""}),
        "has no .json files: found 1 other file(s)",
    ),
}


@pytest.mark.parametrize(("data", "message"), BROKEN_ZIPS.values(), ids=BROKEN_ZIPS)
def test_a_zip_of_pages_that_cannot_be_read_is_an_error_of_one_line(
    tmp_path: Path, data: bytes, message: str
) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read(tmp_path, data, format="json")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["cut in half", "damaged inside", "with a password"])
def test_so_is_a_zip_of_tables(tmp_path: Path, name: str) -> None:
    data, message = BROKEN_ZIPS[name]
    with pytest.raises(UnreadableFileError) as caught:
        read(tmp_path, data, format="zip", main="1.json")
    assert message in str(caught.value)


def test_utf_16_is_read_where_the_mapping_names_it(tmp_path: Path) -> None:
    content = export("één", "twee").encode("utf-16")
    assert told(read(tmp_path, content, encodings=["utf-8", "utf-16"])) == [(1, "één"), (2, "twee")]
    with pytest.raises(UnreadableFileError, match="in none of the encodings utf-16"):
        read(tmp_path, content[2:], encodings=["utf-16"])  # without the mark that says in what order


@pytest.mark.parametrize("content", ['[{"id": 1}]', '{"id": 1}\n{"id": 1e-99999999999999999999}'])
def test_json_after_a_byte_order_mark_is_read_and_an_impossible_number_costs_its_line(
    tmp_path: Path, content: str
) -> None:
    found = read(tmp_path, f"\ufeff{content}", format="json")
    assert isinstance(found[0], Row)
    assert found[0].cells == {"id": "1"}
    assert [type(row) for row in found[1:]] == [BrokenRow] * (len(content.splitlines()) - 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'[{"id": 1}, {"id": 2},]', "no JSON in record 3 or after it"),
        (b'[{"id": 1,}]', "no JSON in record 1 or after it"),
        (b"[{'id': 1}]", "no JSON in record 1 or after it"),
        (b'[{"id": None}]', "no JSON in record 1 or after it"),
        (b'[{"id": 1}, {"id": "caf\xe9 of Jansen"}]', "holds bytes in record 2 that are no UTF-8"),
        (b'[{"id": 1}, {"id": 2', "no whole JSON from record 2 on"),
        (b'[{"id": 1},', "no whole JSON from record 2 on"),
        (b'[{"id": NaN}]', "holds NaN in record 1"),
        (b'[{"id": 1e-99999999999999999999}]', "holds a number in record 1 with an exponent"),
        (b'[{"id": 1}][{"id": 2}]', "goes on after the end"),
    ],
)
def test_json_that_is_none_is_told_by_what_is_wrong_with_it(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "reports.json"
    path.write_bytes(content)
    with opened_rows(path, mapping(format="json")) as rows, pytest.raises(UnreadableFileError) as refused:
        list(rows.rows)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "Jansen" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('[{"id": 1, "lat": 5, "lat": 6}, {"id": 2}]', "'lat' staat twee keer in deze melding"),
        ('{"id": 1, "lat": 5, "lat": 6}\n{"id": 2}', "'lat' staat twee keer in deze melding"),
        ('{"id": 1,\n{"id": 2}', "geen hele JSON: verwacht één melding per regel"),
        ('[{"id": ' + "[" * 3000 + "]" * 3000 + '}, {"id": 2}]', "deze melding is te diep genest"),
    ],
)
def test_a_record_of_json_that_can_not_be_read_costs_no_other(
    tmp_path: Path, content: str, reason: str
) -> None:
    path = tmp_path / "reports.json"
    path.write_text(content, encoding="utf-8")
    with opened_rows(path, mapping(format="json")) as rows:
        broken, whole = list(rows.rows)
    assert isinstance(broken, BrokenRow)
    assert broken.reason == reason
    assert isinstance(whole, Row)
    assert whole.cells["id"] == "2"
