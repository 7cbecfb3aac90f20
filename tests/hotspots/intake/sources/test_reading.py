"""How single values and rows of a source are read."""

from collections import Counter
from datetime import UTC, datetime
from math import isnan
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.errors import UnreadableFileError
from hotspots.files.values import number
from hotspots.intake.reporter_identity import WrittenReporters
from hotspots.intake.sources.mapping import SourceMapping
from hotspots.intake.sources.reading import Reading, Refusal, RowReader
from hotspots.intake.sources.times import TimeReader, parsed_time
from hotspots.settings import IntakeSettings

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def reader(**changes: object) -> RowReader:
    """Reads id, time and category of a small source."""
    mapping = {
        "columns": {"id": "nr", "reported_at": "tijd", "category": "soort", "status": "status"},
        "dates": {"formats": ["%Y-%m-%d %H:%M", "iso", "%d-%m-%Y %H:%M", "excel"]},
        "categories": {"values": {"Overlast drugs": "drugs"}},
        **changes,
    }
    return RowReader(
        SourceMapping.model_validate(mapping), AMSTERDAM, WrittenReporters(IntakeSettings(), str(AMSTERDAM))
    )


def read(row: dict[str, str], **changes: object) -> Reading:
    found = reader(**changes).read(1, row)
    assert isinstance(found, Reading)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-03-14 21:35", "2023-03-14T20:35:00+00:00"),
        ("2023-07-14 21:35", "2023-07-14T19:35:00+00:00"),
        ("14-03-2023 21:35", "2023-03-14T20:35:00+00:00"),
        ("2023-03-14T21:35:00Z", "2023-03-14T21:35:00+00:00"),
        ("2023-03-14T21:35:00+05:00", "2023-03-14T16:35:00+00:00"),
        ("44999.9", "2023-03-14T20:36:00+00:00"),
        ("44999,9", "2023-03-14T20:36:00+00:00"),
    ],
)
def test_times_are_read_in_every_format_of_the_mapping(text: str, expected: str) -> None:
    assert read({"nr": "1", "tijd": text}).reported_at.isoformat() == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gisteren",
        "0001-01-01 00:00",
        "9999-12-31T23:59:59-08:00",
        "2023-13-01 10:00",
        "2023-02-30 10:00",
        "12",
        "12,5",
        "vrijdag 30 feb 2023",
    ],
)
def test_a_row_without_a_readable_time_is_refused_with_what_was_found(text: str) -> None:
    found = reader().read(7, {"nr": "1", "tijd": text})
    assert isinstance(found, Refusal)
    assert found.row_number == 7
    assert found.reason == f"geen leesbare tijd van melden: {repr(text) if text else 'leeg'}"


@pytest.mark.parametrize(
    "text",
    ["KLANT-77", "4711", "00471101", "06-87654321", "06 98 76 54 32", "111.222.333", "Jan", "mail Jan 12"],
)
def test_what_is_not_meant_as_a_time_is_not_repeated(text: str) -> None:
    found = reader().read(7, {"nr": "1", "tijd": text})
    assert isinstance(found, Refusal)
    assert found.reason == f"geen leesbare tijd van melden: een tekst van {len(text)} tekens"


def test_a_row_without_an_id_is_refused() -> None:
    found = reader().read(3, {"nr": "  ", "tijd": "2023-03-14 21:35"})
    assert isinstance(found, Refusal)
    assert found.reason == "geen kenmerk: 'nr' is leeg"


def test_the_hour_that_occurs_twice_is_read_as_the_first_and_told() -> None:
    rows = reader()
    found = rows.read(1, {"nr": "1", "tijd": "2023-10-29 02:30"})
    assert isinstance(found, Reading)
    assert found.reported_at == datetime(2023, 10, 29, 0, 30, tzinfo=UTC)
    assert list(rows.notes) == ["tijd in het uur dat twee keer voorkomt: gelezen als het eerste (zomertijd)"]


def test_the_hour_that_does_not_exist_is_read_an_hour_later_and_told() -> None:
    rows = reader()
    found = rows.read(1, {"nr": "1", "tijd": "2023-03-26 02:30"})
    assert isinstance(found, Reading)
    assert found.reported_at.astimezone(AMSTERDAM).strftime("%H:%M") == "03:30"
    assert len(rows.notes) == 1


def test_a_date_in_five_columns_is_joined() -> None:
    columns = {"id": "nr", "reported_at": ["Y", "M", "D", "h", "m"]}
    row = {"nr": "1", "Y": "2020", "M": "7", "D": "4", "h": "9", "m": "5"}
    found = read(row, columns=columns, dates={"formats": ["%Y %m %d %H %M"]})
    assert found.reported_at == datetime(2020, 7, 4, 7, 5, tzinfo=UTC)


def test_rows_without_an_own_id_are_numbered_in_order() -> None:
    rows = reader(columns={"id": ["a", "b"], "reported_at": "tijd"}, number_repeats=True)
    row = {"a": "x", "b": "y", "tijd": "2023-03-14 21:35"}
    found = [rows.read(number, row) for number in (1, 2, 3)]
    assert [reading.source_id for reading in found] == ["x/y", "x/y#2", "x/y#3"]


def test_categories_are_matched_whatever_their_case_and_the_rest_is_other() -> None:
    found = [
        read({"nr": "1", "tijd": "2023-03-14 21:35", "soort": soort})
        for soort in ("overlast  DRUGS", "Afval", "")
    ]
    assert [reading.category.value for reading in found] == ["drugs", "other", "other"]


def test_cancelled_reports_and_parents_are_kept_but_not_counted() -> None:
    rows = reader(counting={"not_when_status": ["geannuleerd"]})
    rows.parents = frozenset({"2"})
    time = "2023-03-14 21:35"
    found = [
        rows.read(1, {"nr": "1", "tijd": time, "status": "Geannuleerd"}),
        rows.read(2, {"nr": "2", "tijd": time}),
        rows.read(3, {"nr": "3", "tijd": time}),
    ]
    assert [reading.is_counted for reading in found if isinstance(reading, Reading)] == [False, False, True]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("176543,21", 176543.21),
        ("176.543,21", 176543.21),
        ("176 543", 176543.0),
        ("5.6915", 5.6915),
        ("1.176.543", 1176543.0),
        ("-3", -3.0),
    ],
)
def test_numbers_are_read_with_comma_or_point(text: str, expected: float) -> None:
    assert number(text).value == expected


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_none(text: str) -> None:
    found = number(text).value
    assert isnan(found) or abs(found) < float("inf")


@given(st.datetimes(min_value=datetime(1960, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_a_time_written_in_a_format_is_read_back(moment: datetime) -> None:
    text = moment.strftime("%d-%m-%Y %H:%M:%S")
    assert parsed_time(text, "%d-%m-%Y %H:%M:%S") == moment.replace(microsecond=0)


@pytest.mark.parametrize(
    ("early", "later", "is_refused"),
    [
        ("2023-05-{:02d} 21:35", "{:02d}/03/2023 21:35", True),
        ("2023-05-{:02d} 21:35:00", "{:02d}-03-2023 21:35", True),
        ("{:02d}-05-2023 21:35", "{:02d}-03-2023 21:35", False),
        ("2023-05-{:02d} 21:35", "2023-03-{:02d} 21:35", False),
    ],
)
def test_a_file_of_which_a_spreadsheet_exchanged_half_of_the_dates_is_refused(
    early: str, later: str, is_refused: bool
) -> None:
    times = TimeReader(("%Y-%m-%d %H:%M", "%d-%m-%Y %H:%M", "%d/%m/%Y %H:%M"), AMSTERDAM, Counter())
    for day in range(1, 5):
        assert times.read(early.format(day))
        assert times.read(later.format(day + 12))
    if is_refused:
        with pytest.raises(UnreadableFileError, match="exchanged day and month"):
            times.require_one_order("reports.csv")
    else:
        times.require_one_order("reports.csv")
