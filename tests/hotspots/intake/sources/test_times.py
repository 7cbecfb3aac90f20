"""Which order of day and month a file has: proven, told, or refused."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from hotspots.errors import UnreadableFileError
from hotspots.intake.sources.times import UNPROVEN_DAY_FIRST, UNPROVEN_MONTH_FIRST, TimeReader, parsed_time

DAY_FIRST, MONTH_FIRST = "%d-%m-%Y", "%m/%d/%Y"


def notes_of(form: str, *texts: str) -> dict[str, int]:
    reader = TimeReader((form,), ZoneInfo("Europe/Amsterdam"), Counter())
    for text in texts:
        reader.read(text)
    reader.require_one_order("week.csv")
    return dict(reader.notes)


@pytest.mark.parametrize(
    ("form", "texts", "told"),
    [
        (DAY_FIRST, ("04-02-2023", "05-02-2023"), {UNPROVEN_DAY_FIRST: 2}),
        (MONTH_FIRST, ("04/02/2023",), {UNPROVEN_MONTH_FIRST: 1}),
        (DAY_FIRST, ("04-02-2023", "14-02-2023"), {}),
        (DAY_FIRST, ("04-04-2023",), {}),
        (DAY_FIRST, ("2023-04-02 10:00",), {}),
    ],
    ids=["day first", "month first", "one that proves it", "the same either way", "no such date"],
)
def test_an_order_that_no_date_proves_is_told(
    form: str, texts: tuple[str, ...], told: dict[str, int]
) -> None:
    assert notes_of(form, *texts) == told


def test_one_date_that_proves_the_other_order_refuses_the_file() -> None:
    with pytest.raises(UnreadableFileError, match="with the month first \\(such as '02-14-2023'\\)"):
        notes_of(DAY_FIRST, "04-02-2023", "02-14-2023")


@pytest.mark.parametrize(
    "text", ["2023-11-20 21.35", "2023-11-20T21,5", "2023-11-20 21:35.5", "2023-11-20 2135.5"]
)
def test_figures_after_an_hour_or_minute_are_no_parts_of_a_second(text: str) -> None:
    assert parsed_time(text, "iso") is None
    assert parsed_time("2023-11-20 21.35", "%Y-%m-%d %H.%M") == datetime(2023, 11, 20, 21, 35)  # noqa: DTZ001
