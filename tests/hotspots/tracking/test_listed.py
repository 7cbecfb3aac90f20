"""What is on the list is decided once: of a hotspot in hand and in a query, for every trend and status."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, update

from hotspots.access.rights import EVERYTHING
from hotspots.model import Status, Trend
from hotspots.settings import Settings
from hotspots.store.run_tables import hotspot_states, hotspots
from hotspots.tracking.hotspots import count_hotspots, count_listed, read_hotspots
from hotspots.tracking.listed import ListCounts, count_list, is_candidate, is_listed, is_new
from hotspots.tracking.selection import Selection


@pytest.mark.parametrize("trend", Trend)
@pytest.mark.parametrize("status", Status)
def test_a_hotspot_and_a_query_say_the_same(
    told: Connection, story_settings: Settings, trend: Trend, status: Status
) -> None:
    changes = told.begin_nested()  # the story is that of other tests too
    told.execute(update(hotspot_states).values(trend=trend.value))
    told.execute(update(hotspots).values(status=status.value))
    everything = Selection(EVERYTHING)
    known = read_hotspots(told, story_settings, everything)
    expected = trend is not Trend.BEEINDIGD and status not in (Status.GESLOTEN, Status.GEEN_HOTSPOT)
    assert {is_listed(spot) for spot in known} == {expected}
    assert {is_new(spot) for spot in known} == {expected and trend is Trend.NIEUW}
    assert {is_candidate(spot) for spot in known} == {expected and status is Status.KANDIDAAT}
    listed = replace(everything, is_listed=True)
    assert count_hotspots(told, story_settings, listed) == len(known) * expected
    assert len(read_hotspots(told, story_settings, listed, sort=["nummer"])) == len(known) * expected
    assert count_listed(told, story_settings, everything) == count_list(known)
    changes.rollback()


def test_each_notion_is_counted_apart(told: Connection, story_settings: Settings) -> None:
    assert count_listed(told, story_settings, Selection(EVERYTHING)) == ListCounts(5, 2, 4)
