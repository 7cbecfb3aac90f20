"""What is wrong with a delivery, by itself and against earlier ones; and what is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotspots.files.delimited import REPLACED_BYTE
from hotspots.files.values import AS_DECIMAL
from hotspots.intake.coarse_points import ROUNDED
from hotspots.intake.plausible_times import ALL_AT_MIDNIGHT
from hotspots.intake.reports import OLDER_VERSION, SAME_NUMBER
from hotspots.intake.sources.times import WITHOUT_HOUR
from hotspots.operations.delivery_flaws import flaws_of, new_flaws
from hotspots.operations.health_checks import check_health
from hotspots.operations.health_figures import Delivery, ImportFigures
from hotspots.operations.logs import without_quotes
from hotspots.settings import HealthSettings, Settings
from tests.hotspots.operations.test_health_checks import FINE

AT = datetime(2024, 3, 4, 5, tzinfo=UTC)
LIMITS = HealthSettings()


def imported(
    absent: tuple[str, ...] = (),
    notes: dict[str, int] | None = None,
    *,
    rows: int = 100,
    located: int | None = None,
    with_reporter: int | None = 90,
    **others: Any,
) -> ImportFigures:
    """A delivery of the desk of which every row is new: 90 of 100 with a reporter, all with a place."""
    told = {"absentColumns": list(absent), "notes": notes or {}}
    kept = {name: value for name, value in told.items() if value} | others
    placed = rows if located is None else located
    return ImportFigures(
        7, "melddesk", "week.csv", AT, AT, rows, rows, 0, 0, 0, 0, placed, with_reporter, kept
    )


RIGHT = imported()
WITHOUT_MELDER = imported(("melder",))


def codes(last: ImportFigures, *earlier: ImportFigures) -> list[str]:
    return [flaw.code for flaw in flaws_of(Delivery(last, earlier), LIMITS)]


def test_a_delivery_as_the_others_were_has_no_flaw() -> None:
    assert codes(RIGHT) == codes(RIGHT, RIGHT, RIGHT) == []


@pytest.mark.parametrize(
    ("last", "earlier", "expected"),
    [
        pytest.param(WITHOUT_MELDER, (RIGHT,), ["columns_lost"], id="a column that the last one had"),
        pytest.param(
            WITHOUT_MELDER, (WITHOUT_MELDER, RIGHT), ["columns_lost"], id="a column that an earlier one had"
        ),
        pytest.param(WITHOUT_MELDER, (), ["columns_absent"], id="a column of a first delivery"),
        pytest.param(WITHOUT_MELDER, (WITHOUT_MELDER,), [], id="a column that never was there"),
        pytest.param(
            WITHOUT_MELDER,
            (replace(RIGHT, told=None),),
            ["columns_absent"],
            id="a column of which nothing is known before",
        ),
        pytest.param(
            WITHOUT_MELDER,
            (replace(RIGHT, read=0),),
            ["columns_absent"],
            id="a column that an empty file had",
        ),
        pytest.param(
            WITHOUT_MELDER,
            (imported(mapping="other"),),
            ["columns_absent"],
            id="a column of files that are read otherwise",
        ),
        pytest.param(
            replace(imported(("a.b",), rows=9), file_name="week.json"),
            (RIGHT,),
            [],
            id="a path that few records lack",
        ),
        pytest.param(
            replace(imported(("a.b",), rows=10), file_name="week.JSONL"),
            (RIGHT,),
            ["columns_lost"],
            id="a path that many records lack",
        ),
        pytest.param(imported(with_reporter=0), (RIGHT,), ["reporters_lost"], id="no reporter is known"),
        pytest.param(imported(with_reporter=1), (RIGHT,), [], id="one reporter is known"),
        pytest.param(
            imported(with_reporter=0, rows=11), (RIGHT,), [], id="too few reports to miss reporters"
        ),
        pytest.param(
            imported(with_reporter=0), (imported(with_reporter=0),), [], id="reporters that were never known"
        ),
        pytest.param(
            imported(with_reporter=0),
            (imported(with_reporter=None),),
            [],
            id="reporters that were not counted before",
        ),
        pytest.param(imported(located=74), (RIGHT,), ["places_lost"], id="a quarter lost its place"),
        pytest.param(imported(located=75), (RIGHT,), [], id="just less than a quarter lost its place"),
        pytest.param(imported(located=0, rows=9), (RIGHT,), [], id="too few reports to miss places"),
        pytest.param(imported(located=0), (), [], id="places of a first delivery"),
        pytest.param(imported(notes={REPLACED_BYTE: 1}), (), ["bytes_replaced"], id="one byte"),
        pytest.param(imported(notes={ALL_AT_MIDNIGHT: 1}), (), ["hours_lost"], id="only midnight"),
        pytest.param(imported(notes={ROUNDED: 100}), (), ["points_rounded"], id="all points rounded"),
        pytest.param(imported(notes={ROUNDED: 5}), (), [], id="some points rounded"),
        pytest.param(imported(notes={AS_DECIMAL: 6}), (RIGHT,), ["read_otherwise"], id="new decimals"),
        pytest.param(
            imported(notes={AS_DECIMAL: 6}),
            (imported(notes={AS_DECIMAL: 50}), RIGHT),
            ["read_otherwise"],
            id="decimals of late",
        ),
        pytest.param(
            imported(notes={AS_DECIMAL: 60}), (imported(notes={AS_DECIMAL: 50}),), [], id="always decimals"
        ),
        pytest.param(imported(notes={AS_DECIMAL: 5}), (), [], id="a few decimals"),
        pytest.param(
            imported(notes={WITHOUT_HOUR: 100}), (RIGHT,), ["read_otherwise"], id="days where hours were"
        ),
        pytest.param(imported(notes={SAME_NUMBER: 80}), (RIGHT,), ["read_otherwise"], id="one number"),
        pytest.param(imported(notes={OLDER_VERSION: 80}), (RIGHT,), [], id="an older file again"),
    ],
)
def test_each_way_to_spoil_a_delivery_is_its_own_flaw(
    last: ImportFigures, earlier: tuple[ImportFigures, ...], expected: list[str]
) -> None:
    assert codes(last, *earlier) == expected


def test_a_delivery_that_is_right_again_has_no_flaw_whatever_was_before() -> None:
    assert codes(RIGHT, WITHOUT_MELDER, imported(notes={ROUNDED: 100})) == []


def test_only_what_begins_is_new() -> None:
    def new(*deliveries: ImportFigures) -> list[str]:
        last, *earlier = deliveries
        return [flaw.code for flaw in new_flaws(Delivery(last, tuple(earlier)), LIMITS)]

    both = imported(("melder", "rd_x"), {ROUNDED: 100})
    assert new(WITHOUT_MELDER, RIGHT) == ["columns_lost"]
    assert new(WITHOUT_MELDER, WITHOUT_MELDER, RIGHT) == []
    assert new(both, WITHOUT_MELDER, RIGHT) == ["columns_lost", "points_rounded"]
    assert new(WITHOUT_MELDER, RIGHT, WITHOUT_MELDER, RIGHT) == ["columns_lost"]


SPOILT = imported(
    ("melder", "rd_x"),
    {REPLACED_BYTE: 2, ALL_AT_MIDNIGHT: 1, ROUNDED: 99, AS_DECIMAL: 40},
    located=10,
    with_reporter=0,
)


def test_an_alert_says_what_and_what_to_do_and_loses_nothing_in_a_mail() -> None:
    flaws = flaws_of(Delivery(SPOILT, (RIGHT,)), LIMITS)
    assert len(flaws) == 7
    assert all(": " in flaw.alert and without_quotes(flaw.alert) == flaw.alert for flaw in flaws)
    assert flaws[0].alert == (
        "without column(s) melder, rd_x, which earlier deliveries had: have it exported with them, or put "
        "their new names in config/sources/melddesk.toml, and import it again"
    )


def test_every_flaw_is_a_finding_with_something_to_do() -> None:
    spoilt = replace(SPOILT, started_at=FINE.at)
    found = check_health(replace(FINE, deliveries=(Delivery(spoilt, (RIGHT,)),)), Settings())
    assert [finding.code for finding in found] == [
        "columns_lost",
        "reporters_lost",
        "places_lost",
        "bytes_replaced",
        "hours_lost",
        "points_rounded",
        "read_otherwise",
    ]
    assert found[0].problem == (
        "In de levering van bron 'melddesk' ('week.csv') ontbreken de kolommen melder en rd_x; "
        "eerdere leveringen hadden die wel."
    )


def test_a_source_that_stopped_long_ago_needs_nothing_while_another_is_read() -> None:
    def found(*ages: timedelta) -> list[str]:
        deliveries = [Delivery(replace(WITHOUT_MELDER, started_at=FINE.at - age), (RIGHT,)) for age in ages]
        figures = replace(FINE, deliveries=(Delivery(RIGHT), *deliveries))
        return [finding.code for finding in check_health(figures, Settings())]

    assert found(timedelta(weeks=7), timedelta(weeks=9)) == ["columns_lost"]
