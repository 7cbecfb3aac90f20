"""Values as spreadsheets and data frames write them: read as the value, or as none, never as another."""

import pytest

from hotspots.files.values import (
    AS_DECIMAL,
    AS_TEXT,
    AS_THOUSANDS,
    DATE,
    ERROR,
    ERROR_VALUE,
    FRACTION,
    LEADING_ZEROS,
    ROUNDED,
    TIME_OF_DAY,
    House,
    Number,
    Value,
    code,
    house,
    house_part,
    number,
    report_number,
)

REPORT_NUMBERS = {
    "20230012": Value("20230012"),
    "2023-0012": Value("2023-0012"),
    "SIA-123.45": Value("SIA-123.45"),
    "20230012.0": Value("20230012", AS_DECIMAL),
    "20230012,00": Value("20230012", AS_DECIMAL),
    "00020230012": Value("20230012", LEADING_ZEROS),
    "0": Value("0"),
    "'0012": Value("12", AS_TEXT),
    '="0012"': Value("12", AS_TEXT),
    "20230012\u00a0": Value("20230012"),
    "20\u00a0230\u00a0012": Value("20230012", AS_THOUSANDS),
    "12 345": Value("12345", AS_THOUSANDS),
    "1 23": Value("1 23"),
    "2023 001": Value("2023 001"),
    "\ufeff20230012": Value("20230012"),
    "2,02301E+11": Value(problem=ROUNDED),
    "2.02301e+11": Value(problem=ROUNDED),
    "2E+11": Value(problem=ROUNDED),
    "2.023e11": Value(problem=ROUNDED),
    "12E3": Value("12E3"),
    "2023-01-12 00:00:00": Value(problem=DATE),
    "#N/B": Value(note=ERROR_VALUE),
    "#REF!": Value(note=ERROR_VALUE),
    "": Value(),
}


@pytest.mark.parametrize(("written", "expected"), REPORT_NUMBERS.items())
def test_a_report_number_is_read_back_or_refused(written: str, expected: Value) -> None:
    assert report_number(written) == expected


HOUSE_PARTS = {
    "12": Value("12"),
    "12a": Value("12a"),
    "12 bis": Value("12 bis"),
    "2-1": Value("2-1"),
    "7-20": Value("7-20"),
    "12E3": Value("12E3"),
    "1 t/m 7": Value("1 t/m 7"),
    **dict.fromkeys(("nan", "None", "NULL", "<NA>", "\\N", "N/A"), Value()),
    **dict.fromkeys(("1.5", "1,10", "20.1", ",5", "0.1"), Value(problem=FRACTION)),
    "12.0": Value("12", AS_DECIMAL),
    "12,0": Value("12", AS_DECIMAL),
    "12.00": Value("12", AS_DECIMAL),
    "'12": Value("12", AS_TEXT),
    "12\u00a0A": Value("12 A"),
    "1-feb": Value(problem=DATE),
    "1-Feb": Value(problem=DATE),
    "01-feb-24": Value(problem=DATE),
    "Jul-20": Value(problem=DATE),
    "jul.-20": Value(problem=DATE),
    "2-1-2024": Value(problem=DATE),
    "2/1/2024": Value(problem=DATE),
    "02.01.2024": Value(problem=DATE),
    "2-1-24": Value(problem=DATE),
    "2024-01-02": Value(problem=DATE),
    "2024-01-02 00:00:00": Value(problem=DATE),
    "2024-01-02T00:00:00": Value(problem=DATE),
    "1. Feb": Value("1. Feb"),
    "07:20:00": Value(problem=TIME_OF_DAY),
    "1,20E+04": Value(problem=ROUNDED),
    "1.2e+04": Value(problem=ROUNDED),
    "#WAARDE!": Value(note=ERROR_VALUE),
}


@pytest.mark.parametrize(("written", "expected"), HOUSE_PARTS.items())
def test_a_part_of_a_house_is_read_back_or_refused(written: str, expected: Value) -> None:
    assert house_part(written) == expected


def test_an_error_value_in_one_part_of_a_house_makes_it_no_house() -> None:
    assert house("20", "", "#N/B").number == ""
    assert house("20", "", "#N/B").problem == f"toevoeging '#N/B' {ERROR}"


def test_one_part_that_is_no_value_makes_the_others_useless() -> None:
    assert house("20", "", "1.0") == House("20", "", "1", (AS_DECIMAL,))
    assert house("20", "A", "2-jan") == House(problem=f"toevoeging '2-jan' {DATE}")
    assert house("1-feb", "", "") == House(problem=f"huisnummer '1-feb' {DATE}")


NUMBERS = {
    "176543.21": (176543.21, 0.01),
    "176543,21": (176543.21, 0.01),
    "176.543,21": (176543.21, 0.01),
    "176 543,21": (176543.21, 0.01),
    "1'234'567": (1234567, 1),
    "5.690": (5.69, 0.01),
    "176500": (176500, 1),
    "1,765E+05": (176500, 100),
    "1.765e+05": (176500, 100),
    "-5.69": (-5.69, 0.01),
}


@pytest.mark.parametrize(("written", "expected"), NUMBERS.items())
def test_a_number_is_read_with_how_precisely_it_was_written(
    written: str, expected: tuple[float, float]
) -> None:
    found = number(written)
    assert (found.value, found.step) == pytest.approx(expected)


@pytest.mark.parametrize("written", ["", "x", "inf", "nan", "1e999", "12a"])
def test_what_is_no_number_is_none(written: str) -> None:
    found = number(written)
    assert found.value != found.value


def test_an_error_value_is_no_number_and_told() -> None:
    assert number("#DEEL/0!").note == ERROR_VALUE
    assert number("5").note == Number().note == ""


def test_the_zeros_of_a_code_count() -> None:
    assert [code(text).text for text in ("0935", "935.0", "BU09350101")] == ["0935", "935", "BU09350101"]
    assert code("9,3501E+07").problem == ROUNDED
