"""Attention places in weekly runs: shown before they are hotspots, by the number that they keep."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from hotspots.access.rights import EVERYTHING, NO_PERSONS, Visibility
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.attention_tables import attention_places, attention_reports, attention_states
from hotspots.store.database import Database
from hotspots.tracking.attention_places import AttentionPlaceRecord, read_attention_places
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.selection import Selection
from hotspots.weekly.weekly_run import replay, run_week
from tests.hotspots.weekly.test_weekly_run import MARKET, NOW, report_weekly

FIRST = date(2023, 3, 6)
SUNDAYS = [FIRST + timedelta(days=6, weeks=number) for number in range(9)]


@pytest.fixture
def grown(database: Database, settings: Settings) -> Database:
    """A place with two reports a week, by five people in turn, and its weekly runs."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        report_weekly(connection, MARKET, first=FIRST, weeks=9)
    list(replay(database, settings, first=SUNDAYS[0], last=SUNDAYS[-1], now=NOW))
    return database


def shown_on(database: Database, settings: Settings, as_of: date) -> list[AttentionPlaceRecord]:
    with database.reading() as connection:
        return read_attention_places(connection, settings, visibility=EVERYTHING, as_of=as_of)


def rows_of(database: Database) -> list[tuple[object, ...]]:
    tables = (attention_places, attention_states, attention_reports)
    with database.reading() as connection:
        return [tuple(row) for table in tables for row in connection.execute(select(table))]


def test_a_place_is_shown_before_it_is_a_hotspot_and_keeps_its_number(
    grown: Database, settings: Settings
) -> None:
    per_week = [[place.nummer for place in shown_on(grown, settings, day)] for day in SUNDAYS]
    with grown.reading() as connection:
        [hotspot] = read_hotspots(connection, settings, Selection(EVERYTHING))
    before = per_week[: SUNDAYS.index(hotspot.eerste_signalering)]
    assert sum(bool(numbers) for numbers in before) >= 2, "shown two weeks before"
    assert {number for numbers in before for number in numbers} == {hotspot.nummer}
    assert not any(per_week[len(before) :]), "what is a hotspot is none any more"
    [early] = shown_on(grown, settings, SUNDAYS[len(before) - 1])
    assert (early.id, early.sinds) == (hotspot.id, SUNDAYS[per_week.index([hotspot.nummer])])


def test_it_says_what_became_of_places_like_it_to_who_may_know_of_dwellings_there(
    grown: Database, settings: Settings
) -> None:
    first = next(day for day in SUNDAYS if shown_on(grown, settings, day))
    [place] = shown_on(grown, settings, first)
    assert place.uitleg.startswith(f"{2 * (SUNDAYS.index(first) + 1)} meldingen van ")
    assert "op de 10 binnen zes weken een hotspot" in place.uitleg
    assert place.aandeel_van <= place.aandeel <= place.aandeel_tot
    assert not place.eigen_verleden
    for visibility, count in (
        (NO_PERSONS, 0),
        (Visibility(gebieden=None, dwellings=frozenset({"elsewhere"})), 0),
        (Visibility(gebieden=frozenset(), dwellings=frozenset({str(place.gebied)})), 1),
    ):
        with grown.reading() as connection:
            read = read_attention_places(connection, settings, visibility=visibility, as_of=first)
        assert len(read) == count


def test_running_again_changes_nothing_and_none_is_shown_where_a_setting_says_so(
    grown: Database, settings: Settings
) -> None:
    before = rows_of(grown)
    run_week(grown, settings, as_of=SUNDAYS[3], now=NOW)
    assert rows_of(grown) == before
    list(replay(grown, settings, first=SUNDAYS[0], last=SUNDAYS[-1], now=NOW))
    assert rows_of(grown) == before
    none = settings.model_copy(
        update={"attention": settings.attention.model_copy(update={"most_per_gebied": 0})}
    )
    run_week(grown, none, as_of=SUNDAYS[3], now=NOW)
    assert shown_on(grown, settings, SUNDAYS[3]) == []
