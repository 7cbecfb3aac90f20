"""Telling other systems what happens, within seconds: a thread beside the timetable that holds up no job.

Each subscriber is served by a thread of its own, so that a slow one delays no other.
"""

import threading
from collections import Counter
from collections.abc import Callable, Hashable
from contextlib import closing
from datetime import datetime
from time import monotonic

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from hotspots.access.signed_links import load_signing_key
from hotspots.errors import HotspotsError, LockedError
from hotspots.operations.logs import without_quotes
from hotspots.publishing.events.deriving import is_anything_new, make_events
from hotspots.publishing.events.outgoing import subscribers_with_work
from hotspots.publishing.events.sending import send_to
from hotspots.publishing.events.subscribers import is_as_set, match_settings
from hotspots.settings import Settings
from hotspots.store.change_mark import ChangeMark
from hotspots.store.database import Database
from jobs.runner import Clock

LOOK_EVERY_S = 1.0
"""How often is looked whether something was written."""

TRY_EVERY_S = 5.0
"""How often is looked whether something is to be tried again."""


def has_events(connection: Connection, settings: Settings, *, now: datetime) -> bool:
    """Whether a subscriber is to be told something now."""
    return _is_to_be_made(connection, settings) or bool(subscribers_with_work(connection, now=now))


def send_what_waits(
    database: Database, settings: Settings, *, clock: Clock, stop: threading.Event | None = None
) -> Counter[str]:
    """Tell every subscriber what there is to tell now; gives how many were ``made``, ``sent``, ``failed``."""
    counts = Counter[str](made=_make(database, settings, clock))
    with database.reading() as connection:
        ids = subscribers_with_work(connection, now=clock())
    lock = threading.Lock()

    def serve(subscriber_id: str) -> None:
        sent = _serve(database, settings, subscriber_id, clock, stop)
        with lock:
            counts.update(sent)

    threads = [threading.Thread(target=serve, args=(one,), daemon=True) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counts


def keep_sending(
    stop: threading.Event,
    *,
    current: Callable[[], Settings | None],
    clock: Clock,
    look_every_s: float = LOOK_EVERY_S,
    try_every_s: float = TRY_EVERY_S,
) -> None:
    """Tell subscribers what happens until told to stop; then what is on its way ends, and no more begins.

    Parameters
    ----------
    current
        Gives the settings that hold; None while they are not known.
    """
    serving: dict[str, threading.Thread] = {}
    watched, mark, looked = _Watched(), None, float("-inf")
    while not stop.wait(look_every_s):
        settings = current()
        if settings is None:
            continue
        before, mark = mark, watched.mark(settings.database.url)
        # without a mark the database is away, most likely: it is asked and told of as seldom
        if (mark is None or mark == before) and monotonic() - looked < try_every_s:
            continue
        looked = monotonic()
        serving = {name: thread for name, thread in serving.items() if thread.is_alive()}
        for subscriber_id in _look(settings, clock):
            if subscriber_id not in serving:
                thread = threading.Thread(
                    target=_serve_apart, args=(settings, subscriber_id, clock, stop), daemon=True
                )
                serving[subscriber_id] = thread
                thread.start()
    watched.close()
    for thread in serving.values():
        thread.join()


class _Watched:
    """The mark of the database of the settings, by one connection."""

    def __init__(self) -> None:
        self._url = ""
        self._mark: ChangeMark | None = None

    def mark(self, url: str) -> Hashable | None:
        if self._mark is None or url != self._url:
            self.close()
            self._url, self._mark = url, ChangeMark(Database(url))
        return self._mark.mark()

    def close(self) -> None:
        if self._mark is not None:
            self._mark.close()
            self._mark.database.close()
        self._mark = None


def _look(settings: Settings, clock: Clock) -> list[str]:
    """Make what is new; gives who is to be sent something. By a new connection, as after a restore."""
    try:
        with closing(Database(settings.database.url)) as database:
            if database.is_absent:
                return []
            _make(database, settings, clock)
            with database.reading() as connection:
                return subscribers_with_work(connection, now=clock())
    except (HotspotsError, SQLAlchemyError) as error:
        _tell(error)
    except Exception:  # noqa: BLE001  # a bug must not end the thread: nobody would be told any more
        structlog.stdlib.get_logger().exception("events stopped by an unexpected error")
    return []


def _make(database: Database, settings: Settings, clock: Clock) -> int:
    with database.reading() as connection:
        if not _is_to_be_made(connection, settings):
            return 0
    with database.writing() as connection:
        match_settings(connection, settings, now=clock())
    return make_events(database, settings, now=clock())


def _is_to_be_made(connection: Connection, settings: Settings) -> bool:
    return not is_as_set(connection, settings) or is_anything_new(connection)


def _serve_apart(settings: Settings, subscriber_id: str, clock: Clock, stop: threading.Event) -> None:
    with closing(Database(settings.database.url)) as database:
        try:
            _serve(database, settings, subscriber_id, clock, stop)
        except Exception:  # noqa: BLE001  # it is tried again, and told
            structlog.stdlib.get_logger().exception(
                "sending stopped by an unexpected error", subscriber=subscriber_id
            )


def _serve(
    database: Database, settings: Settings, subscriber_id: str, clock: Clock, stop: threading.Event | None
) -> Counter[str]:
    log = structlog.stdlib.get_logger()
    try:
        key = load_signing_key(settings.service)
        counts = send_to(database, settings, key, subscriber_id=subscriber_id, clock=clock, stop=stop)
    except LockedError:
        return Counter()  # another process sends to it
    except (HotspotsError, SQLAlchemyError) as error:
        _tell(error)
        return Counter()
    if counts.total():
        log.info("events sent", subscriber=subscriber_id, **counts)
    return counts


def _tell(error: Exception) -> None:
    structlog.stdlib.get_logger().error(
        "events can't be sent now", message=without_quotes(str(error).splitlines()[0])
    )
