"""Which hotspots a selection holds; the story is that of conftest."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import shapely
from sqlalchemy import Connection, select

from hotspots.access.rights import EVERYTHING, NO_PERSONS, Visibility
from hotspots.settings import Settings
from hotspots.store.run_tables import hotspot_states, hotspots
from hotspots.tracking.selection import (
    SORTABLE,
    Selection,
    buurten_of,
    list_order,
    ordering,
    select_states,
    status_at,
    visible_now,
    visible_then_and_now,
)

FIRST, SECOND, THIRD = date(2024, 3, 3), date(2024, 3, 10), date(2024, 3, 17)
CENTRUM, OOST = (Visibility(frozenset({name}), frozenset({name})) for name in ("Centrum", "Team Oost"))


def selected(
    connection: Connection, settings: Settings, visibility: Visibility = EVERYTHING, **wanted: Any
) -> str:
    query = select_states(connection, settings, Selection(visibility, **wanted))
    return "".join(sorted(row.hotspot_id for row in connection.execute(query)))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, "abcdef"),
        ({"soort": ["woning"]}, "d"),
        ({"soort": ["woning", "gebied"]}, "abcdef"),
        ({"trend": ["nieuw"]}, "ce"),
        ({"trend": ["stil", "beeindigd"]}, "af"),
        ({"indicatie": ["veiligheid"]}, "c"),
        ({"status": ["in aanpak"]}, "b"),
        ({"status": ["kandidaat"]}, "acdef"),
        ({"status": ["kandidaat"], "trend": ["nieuw"], "soort": ["gebied"]}, "ce"),
        ({"buurt": "BU1"}, "ae"),
        ({"buurt": "WK1"}, ""),
        ({"gebied": "Centrum"}, "abef"),
        ({"gebied": "BU1"}, ""),
        ({"gebied": "Oost"}, ""),
        ({"area": "Team Oost"}, "cd"),
        ({"area": "BU1"}, "ae"),
        ({"area": "WK1"}, "abef"),
        ({"area": "nowhere"}, ""),
        ({"ids": ["a", "c", "unknown"]}, "ac"),
        ({"ids": []}, ""),
        ({"bbox": (5.690, 50.850, 5.692, 50.850)}, "abc"),
        ({"bbox": (5.6901, 50.849, 5.6999, 50.8505)}, "bcf"),
        ({"bbox": (5.68, 50.8505, 5.71, 50.86)}, "d"),
        ({"inside": shapely.box(5.6895, 50.8495, 5.6915, 50.8515)}, "abd"),
        ({"inside": shapely.Polygon([(5.6895, 50.8495), (5.6915, 50.8495), (5.6895, 50.8505)])}, "a"),
        ({"inside": shapely.Polygon()}, ""),
    ],
    ids=repr,
)
def test_a_selection_holds_what_fits_all_that_it_names(
    told: Connection, story_settings: Settings, wanted: dict[str, Any], expected: str
) -> None:
    assert selected(told, story_settings, **wanted) == expected


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (None, "abcdef"),
        (date(2024, 4, 1), "abcdef"),
        (THIRD, "abcdef"),
        (date(2024, 3, 16), "abdf"),
        (SECOND, "abdf"),
        (FIRST, "a"),
        (date(2024, 3, 2), ""),
    ],
)
def test_a_day_shows_what_the_last_run_until_then_knew(
    told: Connection, story_settings: Settings, as_of: date | None, expected: str
) -> None:
    assert selected(told, story_settings, as_of=as_of) == expected


def test_inside_a_shape_is_where_it_lay_at_that_day(told: Connection, story_settings: Settings) -> None:
    everywhere = shapely.box(5, 50, 6, 51)
    assert selected(told, story_settings, as_of=SECOND, inside=everywhere) == "abdf"
    assert selected(told, story_settings, inside=everywhere) == "abcdef"


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ((None, None), "abcdef"),
        ((datetime(2023, 9, 1, tzinfo=UTC), None), "abcdef"),
        ((datetime(2023, 9, 1, 0, 0, 1, tzinfo=UTC), None), "abcde"),
        ((datetime(2024, 3, 1, 20, 0, 1, tzinfo=UTC), None), ""),
        ((None, datetime(2023, 6, 1, tzinfo=UTC)), "f"),
        ((None, datetime(2023, 5, 31, tzinfo=UTC)), ""),
        ((datetime(2023, 9, 2, tzinfo=UTC), datetime(2024, 1, 2, 20, tzinfo=UTC)), "abcde"),
        ((datetime(2023, 9, 2, tzinfo=UTC), datetime(2024, 1, 2, 19, tzinfo=UTC)), ""),
    ],
)
def test_a_period_holds_what_had_reports_before_its_end_and_after_its_start(
    told: Connection,
    story_settings: Settings,
    period: tuple[datetime | None, datetime | None],
    expected: str,
) -> None:
    assert selected(told, story_settings, period=period) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        # before any run all is new
        (datetime(2024, 3, 1, tzinfo=UTC), "abcdef"),
        # the second run and the third say the same of f; b has that too, but people worked on it
        (datetime(2024, 3, 11, 5, tzinfo=UTC), "abcde"),
        (datetime(2024, 3, 18, 4, 59, 59, tzinfo=UTC), "abcde"),
        # since the third run only b was worked on
        (datetime(2024, 3, 18, 5, tzinfo=UTC), "b"),
        (datetime(2024, 3, 18, 9, tzinfo=UTC), ""),
        # f was not there yet
        (datetime(2024, 3, 11, 4, 59, 59, tzinfo=UTC), "abcdef"),
    ],
)
def test_changed_is_what_a_run_or_people_changed_since_a_moment(
    told: Connection, story_settings: Settings, moment: datetime, expected: str
) -> None:
    assert selected(told, story_settings, changed_since=moment) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        # b was decided upon after the last run; f merged in it, which is told as quiet
        (datetime(2024, 3, 18, 5, tzinfo=UTC), "b"),
        (datetime(2024, 3, 18, 9, tzinfo=UTC), ""),
        (datetime(2024, 3, 15, 8, tzinfo=UTC), "abcf"),
    ],
)
def test_work_on_a_case_is_no_change_to_who_may_not_read_it_but_its_status_is(
    told: Connection, story_settings: Settings, moment: datetime, expected: str
) -> None:
    assert selected(told, story_settings, NO_PERSONS, changed_since=moment) == expected


def test_that_people_worked_is_not_told_where_cases_are_not_read(
    told: Connection, story_settings: Settings
) -> None:
    # since its return on 15 March nothing of a changed but in the run: only those who read cases know of it
    here = {"changed_since": datetime(2024, 3, 15, 8, 59, tzinfo=UTC), "as_of": SECOND, "ids": ["a"]}
    assert selected(told, story_settings, CENTRUM, **here) == "a"
    assert selected(told, story_settings, NO_PERSONS, **here) == ""


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (date(2024, 3, 9), "kandidaat"),
        (SECOND, "in verificatie"),
        (date(2024, 3, 11), "veiligheid"),
        (date(2024, 3, 16), "veiligheid"),
        (THIRD, "in aanpak"),
        (date(2024, 4, 1), "in aanpak"),
        (None, "in aanpak"),
    ],
)
def test_a_status_is_that_of_the_end_of_the_local_day_and_of_now_after_the_last_run(
    told: Connection, story_settings: Settings, as_of: date | None, expected: str
) -> None:
    status = status_at(told, story_settings, as_of)
    query = select(status).select_from(hotspot_states.join(hotspots, hotspots.c.id == "b"))
    at = hotspot_states.c.hotspot_id == "b", hotspot_states.c.run_id == 3
    assert told.execute(query.where(*at)).scalar_one() == expected
    found = selected(told, story_settings, as_of=as_of, status=[expected])
    assert ("b" in found) is (as_of is None or as_of >= SECOND)


def test_a_hotspot_that_nobody_worked_on_is_a_candidate(told: Connection, story_settings: Settings) -> None:
    assert selected(told, story_settings, as_of=SECOND, status=["kandidaat"]) == "adf"


def test_without_a_run_nothing_is_selected(empty: Connection, story_settings: Settings) -> None:
    assert selected(empty, story_settings) == ""
    assert selected(empty, story_settings, as_of=FIRST, status=["kandidaat"]) == ""


@pytest.mark.parametrize(
    ("visibility", "as_of", "expected"),
    [
        (EVERYTHING, SECOND, "abdf"),
        (NO_PERSONS, None, "abcf"),
        (NO_PERSONS, SECOND, "abf"),
        (CENTRUM, None, "abef"),
        # the dwelling lay in Centrum then, and lies in Oost now: neither team finds it in the past
        (CENTRUM, SECOND, "abf"),
        (OOST, SECOND, ""),
        (OOST, None, "cd"),
        (OOST, THIRD, "cd"),
        (Visibility(frozenset(), frozenset()), None, ""),
    ],
)
def test_one_finds_what_one_may_know_of_then_and_now(
    told: Connection, story_settings: Settings, visibility: Visibility, as_of: date | None, expected: str
) -> None:
    assert selected(told, story_settings, visibility, as_of=as_of) == expected


def test_who_may_know_of_everything_needs_no_condition(told: Connection, story_settings: Settings) -> None:
    column = hotspot_states.c.hotspot_id
    assert visible_now(told, story_settings, EVERYTHING, column) == []
    assert visible_then_and_now(told, story_settings, EVERYTHING, SECOND) == []
    assert len(visible_now(told, story_settings, NO_PERSONS, column)) == 1
    assert len(visible_then_and_now(told, story_settings, NO_PERSONS, None)) == 1


@pytest.mark.parametrize(
    ("name", "also_codes", "expected"),
    [
        ("Centrum", True, ["BU1", "BU2"]),
        ("Team Oost", False, ["BU3"]),
        ("Oost", True, []),
        ("WK1", True, ["BU1", "BU2"]),
        ("WK1", False, []),
        ("BU3", True, ["BU3"]),
        ("BU3", False, []),
    ],
)
def test_the_buurten_of_an_area(
    told: Connection, story_settings: Settings, name: str, also_codes: bool, expected: list[str]
) -> None:
    assert buurten_of(told, story_settings, name, also_codes=also_codes) == expected


def test_codes_count_as_areas_unless_said_otherwise(told: Connection, story_settings: Settings) -> None:
    assert buurten_of(told, story_settings, "BU1") == ["BU1"]


def test_lists_begin_with_what_is_signalled_then_by_score_then_by_id(
    told: Connection, story_settings: Settings
) -> None:
    query = select_states(told, story_settings, Selection(EVERYTHING)).order_by(*list_order())
    assert [row.hotspot_id for row in told.execute(query)] == ["c", "b", "e", "d", "a", "f"]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("score", "fdecba"),
        ("-score", "acbedf"),
        ("aantalMeldingen", "efdbac"),
        ("-aantalMeldingen", "cfdbae"),
        ("eersteSignalering", "afdbec"),
        ("-eersteSignalering", "ecfdba"),
    ],
)
def test_a_sort_key_rises_and_falls_after_a_minus(
    told: Connection, story_settings: Settings, key: str, expected: str
) -> None:
    query = select_states(told, story_settings, Selection(EVERYTHING))
    order = ordering(key), hotspot_states.c.hotspot_id.desc()
    assert "".join(row.hotspot_id for row in told.execute(query.order_by(*order))) == expected


def test_what_can_be_sorted_by_is_never_empty() -> None:
    assert len(SORTABLE) == 10
    columns = [*hotspot_states.c, hotspots.c.number]
    assert not any(column.nullable for column in columns if column.name in SORTABLE.values())


def test_a_moment_counts_to_the_second(told: Connection, story_settings: Settings) -> None:
    touched = datetime(2024, 3, 15, 9, tzinfo=UTC)
    assert selected(told, story_settings, changed_since=touched, ids=["f"]) == ""
    assert selected(told, story_settings, changed_since=touched - timedelta(seconds=1), as_of=SECOND) == "ab"
    assert selected(told, story_settings, changed_since=touched, as_of=SECOND) == "b"
