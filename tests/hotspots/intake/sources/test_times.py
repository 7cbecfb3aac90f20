"""Which order of day and month a file has: proven, told, or refused."""

from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from hotspots.errors import UnreadableFileError
from hotspots.intake.sources.times import UNPROVEN_DAY_FIRST, UNPROVEN_MONTH_FIRST, TimeReader

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
