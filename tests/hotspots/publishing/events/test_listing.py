"""The events of a subscriber as people read them: in order, and without the numbers of hidden places."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from hotspots.access.rights import EVERYTHING, NO_PERSONS
from hotspots.publishing.events.listing import EventState, read_events
from hotspots.store.event_tables import events
from tests.event_telling import Telling

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_what_waits_comes_in_its_order_and_a_hidden_place_has_no_number(
    telling: Telling, placed: Callable[..., str]
) -> None:
    place, dwelling = placed(), placed(soort="woning")
    telling.run_with_all()
    telling.subscribe()
    telling.queue(place, dwelling, None)

    def read(state: EventState, **chosen: Any) -> list[Any]:
        with telling.database.reading() as connection:
            return read_events(connection, telling.settings, subscriber_id=telling.id, state=state, **chosen)

    all_of_it = read(EventState.WAITING, visibility=EVERYTHING)
    assert [line.is_about_place for line in all_of_it] == [True, True, False]
    assert all(line.number for line in all_of_it[:2])
    hidden = read(EventState.WAITING, visibility=NO_PERSONS)
    assert [line.number for line in hidden] == [all_of_it[0].number, None, None]
    with telling.database.writing() as connection:
        connection.execute(update(events).values(state="dead", ended_at=telling.now))
    assert [line.id for line in read(EventState.DEAD, visibility=EVERYTHING, limit=2)] == [
        line.id for line in reversed(all_of_it)
    ][:2]
    assert read(EventState.WAITING, visibility=EVERYTHING) == []
