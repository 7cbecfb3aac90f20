"""A municipality that tells one system what happens, and the places of its list."""

from collections.abc import Callable, Iterator

import pytest

from hotspots.settings import EventsSettings, Settings
from hotspots.store.database import Database
from tests.event_receiver import Receiver, receiving
from tests.event_telling import Telling


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A system that takes events."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def telling(database: Database, settings: Settings, receiver: Receiver) -> Telling:
    """A municipality that tells what happens, with short pauses."""
    quick = EventsSettings(pauses_s=(10, 60), jitter=0.5)
    return Telling(database, settings.model_copy(update={"events": quick}), receiver)


@pytest.fixture
def spots(placed: Callable[..., str], telling: Telling) -> list[str]:
    """Two places of the last run."""
    ids = [placed(), placed()]
    telling.run_with_all()
    return ids
