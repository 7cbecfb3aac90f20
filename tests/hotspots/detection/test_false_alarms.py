"""Guards one by one: duplicates, one text, default coordinates, peaks and the busiest period."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.detection.false_alarms import (
    in_busiest,
    in_crowds,
    in_peaks,
    is_at_default_coordinate,
    is_duplicate,
    is_on_event,
    largest_same_text,
    plain_text,
    repeats_earlier,
    shared_coordinate,
)
from hotspots.settings import DetectionSettings

RULES = DetectionSettings()
NAN = float("nan")
THREE_DAYS = timedelta(days=3)


def days_of(numbers: list[float]) -> "np.ndarray[tuple[int], np.dtype[np.datetime64]]":
    start = np.datetime64("2023-01-01T12", "s")
    return start + (np.array(numbers) * 86_400).astype("timedelta64[s]")


@pytest.mark.parametrize(
    ("change", "is_again"),
    [
        ({}, True),
        ({"x": 10.3}, True),  # the same metre
        ({"x": 14.0}, False),
        ({"day": pd.Timestamp("2023-03-02")}, False),
        ({"reporter_id": 2.0}, False),
        ({"reporter_id": NAN}, False),
    ],
    ids=["the same", "within a metre", "elsewhere", "another day", "somebody else", "nobody known"],
)
def test_the_same_reporter_place_and_day_is_a_duplicate(change: dict[str, object], is_again: bool) -> None:
    first = {"report_id": 1, "reporter_id": 1.0, "x": 10.0, "y": 5.0, "day": pd.Timestamp("2023-03-01")}
    later = first | {"report_id": 2} | change
    assert is_duplicate(pd.DataFrame([first, later])).tolist() == [False, is_again]
    assert is_duplicate(pd.DataFrame([later, first])).tolist() == [is_again, False]


def test_two_unknown_reporters_are_not_the_same_one() -> None:
    row = {"reporter_id": NAN, "x": 1.0, "y": 1.0, "day": pd.Timestamp("2023-03-01")}
    table = pd.DataFrame([row | {"report_id": number} for number in (1, 2)])
    assert not is_duplicate(table).any()


@pytest.mark.parametrize(
    ("reporters", "texts", "expected"),
    [
        ((1.0, 1.0), ("weer veel herrie", "andere tekst hier"), True),
        ((1.0, 2.0), ("weer veel herrie", "weer veel herrie"), False),
        ((NAN, 2.0), ("weer veel herrie", "weer veel herrie"), True),
        ((1.0, NAN), ("weer veel herrie", "weer veel herrie"), True),
        ((NAN, NAN), ("weer veel herrie", "weer veel herrie"), True),
        ((NAN, NAN), ("weer herrie", "weer herrie"), False),
        ((NAN, NAN), ("", ""), False),
    ],
    ids=["reporter", "two known", "first unknown", "second unknown", "both", "two words", "no text"],
)
def test_a_report_repeats_another_by_reporter_or_by_text_where_one_is_unknown(
    reporters: tuple[float, float], texts: tuple[str, str], expected: bool
) -> None:
    table = pd.DataFrame(
        {
            "place": 0,
            "report_id": [1, 2],
            "reporter_id": reporters,
            "text": texts,
            "day": [pd.Timestamp("2023-03-01")] * 2,
        }
    )
    assert repeats_earlier(table, min_words=3).tolist() == [False, expected]
    assert repeats_earlier(table.iloc[::-1], min_words=3).tolist() == [expected, False]
    assert not repeats_earlier(table.assign(place=[0, 1]), min_words=3).any()
    next_day = table.assign(day=pd.to_datetime(["2023-03-01", "2023-03-02"]))
    assert not repeats_earlier(next_day, min_words=3).any()


def test_capitals_and_punctuation_do_not_make_another_text() -> None:
    texts = [
        "Ze staan er WEER!",
        "ze staan er weer",
        "Ze  staan er, weer.",
        "ze staan er weer?",
        "heel iets anders",
    ]
    table = pd.DataFrame({"text": [plain_text(text) for text in texts], "is_duplicate": False})
    alike = largest_same_text(table, RULES)
    assert (alike.report_count, alike.share) == (4, 0.8)
    assert largest_same_text(table.iloc[1:], RULES).share == 0  # three may be chance
    assert largest_same_text(table.assign(is_duplicate=[True, *[False] * 4]), RULES).share == 0


@pytest.mark.parametrize(("text", "share"), [("weer veel herrie", 1.0), ("weer herrie", 0.0)])
def test_a_text_of_two_words_is_the_same_by_chance(text: str, share: float) -> None:
    assert largest_same_text(pd.DataFrame({"text": [text] * 4, "is_duplicate": False}), RULES).share == share


def test_an_event_holds_its_first_and_last_day() -> None:
    days = pd.Series(pd.date_range("2023-02-17", "2023-02-22"))
    inside = is_on_event(
        days, [(date(2023, 2, 18), date(2023, 2, 20)), (date(2023, 2, 22), date(2023, 2, 22))]
    )
    assert inside.tolist() == [False, True, True, True, False, True]


@pytest.mark.parametrize(
    ("postcodes", "expected"),
    [
        (["6211AA", "6212BB", "6213CC", "6214DD"], True),
        (["6211AA", "6211AA", "6211AA", "6212BB", "6213CC"], False),  # 60 % at one address
        (["6211AA", "6211AA", "6212BB", "6213CC"], True),
        (["6211AA", "6211AA", "6212BB", "6212BB"], False),  # two postcodes: a corner
        (["6211AA", "6212BB", "6213CC"], True),
        (["6211AA", "6212BB"], False),  # too few to tell
        (["6211AA"] * 8, False),  # a tower
    ],
    ids=["all differ", "mostly one", "half one", "two", "three", "two reports", "one"],
)
def test_postcodes_from_all_over_town_make_a_default(postcodes: list[str], expected: bool) -> None:
    rows = [{"x": 1.0, "y": 2.0, "address_key": f"{code} {number}"} for number, code in enumerate(postcodes)]
    elsewhere = {"x": 500.0, "y": 2.0, "address_key": "6299ZZ 1"}
    unnamed = {"x": 1.0, "y": 2.0, "address_key": None}
    found = is_at_default_coordinate(pd.DataFrame([*rows, elsewhere, unnamed]), RULES)
    assert found.tolist() == [expected] * len(rows) + [False, expected]


@pytest.mark.parametrize(("count", "expected"), [(3, True), (2, False)])
def test_three_reports_alone_make_a_default(count: int, expected: bool) -> None:
    rows = [{"x": 1.0, "y": 2.0, "address_key": f"621{number}AA 1"} for number in range(count)]
    assert is_at_default_coordinate(pd.DataFrame(rows), RULES).tolist() == [expected] * count


def shared(
    reporters: list[float],
    addresses: Sequence[str | None],
    x: list[float] | None = None,
    again: list[bool] | None = None,
) -> bool:
    table = pd.DataFrame(
        {
            "x": x or [0.0] * len(reporters),
            "y": 0.0,
            "reporter_id": reporters,
            "address_key": addresses,
            "is_duplicate": again or [False] * len(reporters),
        }
    )
    return shared_coordinate(table, RULES) is not None


def test_a_coordinate_is_shared_by_ever_other_people_or_addresses() -> None:
    once, again = [float(number) for number in range(10)], [float(number % 4) for number in range(10)]
    nothing: list[str | None] = [None] * 10
    assert shared(once, nothing)
    assert not shared(again, nothing)
    assert not shared([1.0, 2.0, *[NAN] * 8], nothing)  # two known say nothing
    assert shared([1.0, 2.0, 3.0, *[NAN] * 7], nothing)
    assert shared(again, [f"6211AA {number}" for number in range(10)])
    assert not shared(once, ["6211AA 1"] * 10)
    assert shared(once, nothing, x=[0.0] * 5 + [20.0, 30.0, 40.0, 50.0, 60.0])
    assert not shared(once, nothing, x=[0.0] * 4 + [20.0, 30.0, 40.0, 50.0, 60.0, 70.0])  # most beside it
    twice = [*once[:6], *once[:4]]  # who says the same again does not report more often
    assert not shared(twice, nothing)
    assert shared(twice, nothing, again=[False] * 6 + [True] * 4)


def test_three_named_addresses_decide_before_the_reporters_do() -> None:
    again = [1.0, 1.0, 2.0, 2.0]
    assert shared(again, ["A 1", "B 2", "C 3", ""])
    assert not shared(again, ["A 1", "B 2", "", ""])
    assert not shared([1.0, 2.0, 3.0, 4.0, 5.0], ["A 1"] * 3 + ["B 2", "C 3"])  # 60 % name one address
    assert shared([1.0, 2.0, 3.0, 4.0], ["", "", "", ""])


@pytest.mark.parametrize(
    ("reporters", "expected"),
    [([1.0, 2, 3, 4, 5, 6, 7, 7], True), ([1.0, 2, 3, 4, 5, 6, 6], False), ([1.0, 2, 3], True)],
    ids=["three quarters report once", "five in seven do", "three are enough to tell"],
)
def test_from_three_quarters_of_reports_by_people_who_report_once_it_is_shared(
    reporters: list[float], expected: bool
) -> None:
    assert shared(reporters, [None] * len(reporters)) == expected


def test_what_is_on_a_shared_coordinate_is_counted_apart_from_what_is_beside_it() -> None:
    table = pd.DataFrame(
        {
            "x": [0.0] * 4 + [0.04, 9.0, 9.0],
            "y": 0.0,
            "reporter_id": [1.0, 2, 3, 4, 5, 5, 5],
            "address_key": None,
            "is_duplicate": False,
        }
    )
    found = shared_coordinate(table, RULES)
    assert found is not None
    assert (found.report_count, found.elsewhere_count, found.reporter_count) == (5, 2, 5)


def test_a_crowd_lasts_half_a_day_longer_than_its_reports_on_both_sides() -> None:
    crowd = [60.0, 60.1, 60.2, 60.3, 60.4, 61.0]
    own = days_of([59.49, 59.5, 60.7, 61.5, 61.51])
    assert in_crowds(own, days_of(crowd), RULES).tolist() == [False, True, True, True, False]


@pytest.mark.parametrize(("background", "is_crowd"), [(34, True), (44, False)])
def test_six_reports_are_a_crowd_where_that_is_no_chance(background: int, is_crowd: bool) -> None:
    # 40 and 50 reports in half a year: six in three days have a chance of 6e-5 and 2e-4
    quiet = [3.5 * number for number in range(background)]
    crowd = [170 + 0.1 * number for number in range(6)]
    assert in_crowds(days_of([170.2]), days_of([*quiet, *crowd]), RULES).tolist() == [is_crowd]


def test_two_crowds_are_both_recognised() -> None:
    crowds = [60 + number / 10 for number in range(8)] + [90 + number / 10 for number in range(7)]
    own = days_of([60.2, 75, 90.2])
    assert in_crowds(own, days_of(crowds), RULES).tolist() == [True, False, True]


def test_reports_during_a_crowd_around_the_place_are_recognised() -> None:
    own = days_of([0, 30, 59.6, 60.5, 63, 90])

    def crowded(others: list[float]) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        return in_crowds(own, days_of(others), RULES)

    quiet, crowd = [*np.arange(1.0, 180, 15)], [60 + number / 10 for number in range(10)]
    assert crowded([*quiet, *crowd]).tolist() == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]
    assert not crowded(quiet).any()
    assert not crowded(crowd[:5]).any()  # five reports are no crowd
    assert not crowded([number / 4 for number in range(720)]).any()  # always busy
    assert not crowded([]).any()


def test_peaks_are_taken_out_from_high_to_low() -> None:
    moments = days_of([0, 10, 10.5, 11, 11.5, 12, 40, 41, 42, 42.5, 90])
    inside = in_peaks(moments, period=THREE_DAYS, min_count=4)
    assert inside.tolist() == [False, *[True] * 9, False]
    assert in_peaks(moments, period=THREE_DAYS, min_count=5).tolist() == [False, *[True] * 5, *[False] * 5]
    assert not in_peaks(moments, period=THREE_DAYS, min_count=6).any()


@given(st.lists(st.floats(0, 180), max_size=40))
def test_peaks_do_not_depend_on_the_order_and_hold_at_least_four(numbers: list[float]) -> None:
    moments = days_of(numbers)
    inside = in_peaks(moments, period=THREE_DAYS, min_count=4)
    back = in_peaks(moments[::-1], period=THREE_DAYS, min_count=4)[::-1]
    assert inside.tolist() == back.tolist()
    assert inside.sum() == 0 or inside.sum() >= 4
    rest = np.sort(moments[~inside])
    assert all((rest[3:] - rest[:-3]) >= np.timedelta64(THREE_DAYS))


def test_the_busiest_period_is_one() -> None:
    moments = days_of([50, 0, 1, 30, 31, 32, 33])
    assert in_busiest(moments, period=timedelta(days=21)).tolist() == [True] + [False] * 2 + [True] * 4
    assert in_busiest(moments[:0], period=THREE_DAYS).tolist() == []
    edge = days_of([30, 31, 51, 90])
    assert in_busiest(edge, period=timedelta(days=21)).tolist() == [True, True, False, False]
