"""Values rewritten by spreadsheets, data frames and a GIS: read as the value or refused, never as another.

Excel and LibreOffice are modelled by what they are known to do with what is typed into or opened from a CSV;
pandas and workbooks are the real ones.
"""

import io
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from hotspots.files.rows import Row
from hotspots.files.tables import opened_table
from hotspots.files.values import code, house_part, number, postcode, report_number
from hotspots.intake.sources.times import TimeReader

pytestmark = pytest.mark.usefixtures("files_read_here")

ZONE = ZoneInfo("Europe/Amsterdam")
Writer = Callable[[str], str]

MONTHS_NL = ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"]
MONTHS_EN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def excel(decimal: str, months: list[str]) -> Writer:
    """A cell as Excel saves it again in CSV after it opened it: numbers and dates are taken for such."""
    thousands = "." if decimal == "," else ","

    def written(text: str) -> str:
        plain = text.strip()
        if re.fullmatch(r"\d+", plain):
            return _general(float(plain), decimal)
        if re.fullmatch(rf"\d+\{decimal}\d+", plain):
            return _general(float(plain.replace(decimal, ".")), decimal)
        if re.fullmatch(r"\d+[eE]\d{1,3}", plain):
            return f"{float(plain):.2E}".replace(".", decimal)
        if re.fullmatch(rf"\d{{1,3}}(\{thousands}\d{{3}})+", plain):
            return _general(float(plain.replace(thousands, "")), decimal)
        if found := re.fullmatch(r"(\d{1,2})[-/](\d{1,2})", plain):
            first, second = int(found[1]), int(found[2])
            day, month = (first, second) if decimal == "," else (second, first)
            if 1 <= month <= 12 and 1 <= day <= 28:
                return f"{day}-{months[month - 1]}"
        return plain

    return written


def _general(value: float, decimal: str) -> str:
    """The number format 'General': eleven figures at most, more in scientific notation."""
    if abs(value) >= 1e11:
        mantissa, exponent = f"{value:.5E}".split("E")
        shown = mantissa.rstrip("0").rstrip(".")
        return f"{shown}E{exponent}".replace(".", decimal)
    return (str(int(value)) if value.is_integer() else f"{value:.10g}").replace(".", decimal)


def pandas_with_gaps(text: str) -> str:
    """A cell of a column with blanks that pandas read and wrote again: whole numbers became floats.

    A column with 12E3 among other house numbers has letters too, and stays text.
    """
    if "E" in text:
        return text
    frame = pd.read_csv(io.StringIO(f"n;waarde\n1;{text}\n2;\n"), sep=";", decimal=".")
    return frame.to_csv(sep=";", index=False).splitlines()[1].partition(";")[2]


def qgis(text: str) -> str:
    """A cell of a layer that QGIS took for a real number."""
    return f"{float(text):.15g}" if re.fullmatch(r"\d+(\.\d+)?", text) else text


def libreoffice(text: str) -> str:
    """A cell as LibreOffice in Dutch saves it with two decimals shown."""
    return f"{float(text):.2f}".replace(".", ",") if re.fullmatch(r"\d{1,15}", text) else text


WRITERS: dict[str, Writer] = {
    "Excel in Dutch": excel(",", MONTHS_NL),
    "Excel in English": excel(".", MONTHS_EN),
    "LibreOffice": libreoffice,
    "pandas": pandas_with_gaps,
    "QGIS": qgis,
}
each_writer = pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
quickly = tuned(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

report_numbers = st.one_of(
    st.integers(1, 10**14).map(str),
    st.from_regex(
        r"(20[0-9][0-9]-[0-9]{3,6}|[A-Z]{2,3}-?[0-9]{3,8}|[1-9][0-9]E[1-9]|[0-9]{1,2}-[0-9]{1,2})",
        fullmatch=True,
    ),
)
house_numbers = st.one_of(
    st.integers(1, 9999).map(str),
    st.from_regex(r"([1-9][0-9]{0,2}[a-cA-C]|[1-9][0-9]?-[1-9][0-9]?|[1-9][0-9]?E[1-9])", fullmatch=True),
)


@each_writer
@quickly
@given(text=report_numbers)
def test_a_report_number_is_that_number_or_none(writer: Writer, text: str) -> None:
    assert report_number(writer(text)).text in {text, ""}


@each_writer
@quickly
@given(text=house_numbers)
def test_a_house_number_is_that_number_or_none(writer: Writer, text: str) -> None:
    assert house_part(writer(text)).text in {text, ""}


@each_writer
@quickly
@given(text=st.from_regex(r"[1-9][0-9]{3} ?[A-Z]{2}|[1-9][0-9]{4}|[1-9][0-9]{3}", fullmatch=True))
def test_a_postcode_is_that_postcode_or_none(writer: Writer, text: str) -> None:
    assert postcode(writer(text)).text in {text, ""}


@each_writer
@quickly
@given(text=st.from_regex(r"(BU|WK|GM)[0-9]{4,8}|[1-9][0-9]{3,7}", fullmatch=True))
def test_a_code_is_that_code_or_none(writer: Writer, text: str) -> None:
    assert code(writer(text)).text in {text, ""}


@each_writer
@quickly
@given(value=st.one_of(st.integers(10_000, 620_000), st.decimals("3", "53.6", places=6)))
def test_a_coordinate_is_that_number_or_coarser_and_tells_so(writer: Writer, value: object) -> None:
    written = writer(str(value))
    found = number(written)
    assert found.value == pytest.approx(float(str(value)), abs=found.step)


@quickly
@given(moment=st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001
@pytest.mark.parametrize(
    "form",
    ["%d-%m-%Y %H:%M", "%d-%m-%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M"],
)
def test_a_time_is_that_time(form: str, moment: datetime) -> None:
    formats = ["%Y-%m-%d %H:%M", "%d-%m-%Y %H:%M", "%d-%m-%Y %H:%M:%S", "%d/%m/%Y %H:%M"]
    reader = TimeReader(formats, ZONE, Counter())
    read = reader.read(moment.strftime(form))
    local = moment.replace(microsecond=0, second=moment.second if "%S" in form else 0)
    assert read is not None
    # in UTC: Python holds a time that the clock skips equal to none of another zone
    assert read.at in {local.replace(tzinfo=ZONE, fold=fold).astimezone(UTC) for fold in (0, 1)}


@tuned(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(st.integers(1, 10**16), st.integers(1, 999)), min_size=1, max_size=5))
def test_numbers_in_a_workbook_are_those_numbers_or_none(tmp_path: Path, rows: list[tuple[int, int]]) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in [("nr", "huisnummer"), *rows]:
        book.active.append(row)
    book.save(tmp_path / "in.xlsx")
    with opened_table(tmp_path / "in.xlsx") as table:
        found = [row.cells for row in table.rows if isinstance(row, Row)]
    for (source_id, house), cells in zip(rows, found, strict=True):
        assert report_number(cells["nr"]).text in {str(source_id), ""}
        assert house_part(cells["huisnummer"]).text == str(house)
