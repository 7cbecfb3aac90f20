"""Sending events to a subscriber by HTTP POST: several hotspots at once, those of one hotspot in order.

At least once: what was sent is kept after the answer, so a sender that is killed in between sends it again,
with the same id. One process sends to a subscriber at a time. No redirect is followed, no answer is read
further than its status, and nothing that an answer says is kept.
"""

import asyncio
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from secrets import SystemRandom
from time import monotonic
from uuid import uuid4

import httpx2

from hotspots.access.signed_links import SigningKey
from hotspots.errors import NotFoundError
from hotspots.publishing.events.message import TEST, Message, headers_of
from hotspots.publishing.events.outgoing import (
    Due,
    Result,
    hidden_of,
    read_due,
    record_results,
    withhold,
)
from hotspots.publishing.events.subscriber import NO_GEBIED, Subscriber, find_subscriber, read_secrets
from hotspots.settings import Settings, is_private_way
from hotspots.store.database import Database

SILENT_IN_A_ROW = 3
"""After how many attempts in a row without an answer no others are made: the subscriber is away."""

BATCH_S = 5.0
"""No attempt begins later than this after those that were taken from the database with it."""

NO_SECRET = "its secret can't be read"  # noqa: S105  # what is told when there is none
OVERHEARD = "its address begins with http://"
LATE = "no answer in time"
UNREACHED = "no connection"
NO_HTTP = "no answer of HTTP"

_READ_BYTES, _READ_S = 65_536, 0.5
"""How much of an answer is read, so that the next one uses the same connection; a longer one is cut off."""

_THIS_MACHINE = ("all://localhost", "all://127.0.0.1", "all://[::1]")

_RANDOM = SystemRandom()

_IN_DUTCH = {
    NO_SECRET: "Het geheim is niet te lezen. Maak een nieuw geheim.",
    OVERHEARD: "Het adres begint met http://. Dat is niet veilig, dus er gaat niets heen.",
    LATE: "Het systeem gaf niet op tijd antwoord.",
    UNREACHED: "Het systeem is niet te bereiken, of het certificaat klopt niet.",
    NO_HTTP: "Het antwoord van het systeem is niet te begrijpen.",
}


def problem_in_dutch(problem: str) -> str:
    """What went wrong, for a page.

    Examples
    --------
    >>> problem_in_dutch("status 500")
    'Het systeem gaf een fout (500).'
    """
    if problem.startswith(NO_GEBIED):
        return (
            f"In de instellingen op de server staat een gebied dat niet bestaat: {problem[len(NO_GEBIED) :]}."
        )
    code = problem.removeprefix("status ")
    return _IN_DUTCH.get(problem, f"Het systeem gaf een fout ({code}).")


def send_to(
    database: Database,
    settings: Settings,
    key: SigningKey,
    *,
    subscriber_id: str,
    clock: Callable[[], datetime],
    stop: threading.Event | None = None,
    random: Callable[[], float] = _RANDOM.random,
) -> Counter[str]:
    """Send a subscriber all that is due, until nothing is or asked to stop; gives ``sent``, ``failed``.

    Raises
    ------
    LockedError
        If another process sends to it.
    """
    counts = Counter[str]()
    with database.exclusive_lock(f"events-{subscriber_id}") as heartbeat, asyncio.Runner() as runner:
        client = runner.run(_opened(settings))
        try:
            while stop is None or not stop.is_set():
                with database.reading() as connection:
                    try:
                        subscriber = find_subscriber(connection, subscriber_id)
                    except NotFoundError:
                        break  # ended meanwhile
                    due = read_due(connection, subscriber, now=clock())
                    hidden = hidden_of(connection, settings, subscriber, due) if due else []
                    keys = read_secrets(connection, settings, key, subscriber) if due else []
                if not due:
                    break
                sending = [one for one in due if one not in hidden]
                batch = _Batch(client, settings, subscriber, keys, clock)
                results = runner.run(batch.send(sending, stop))
                heartbeat()
                with database.writing() as connection:
                    withhold(connection, hidden, now=clock())
                    record_results(
                        connection,
                        settings.events,
                        subscriber,
                        results,
                        now=clock(),
                        is_silent=batch.is_silent,
                        random=random,
                    )
                counts["failed"] += sum(one.problem is not None for one in results)
                counts["sent"] += sum(one.problem is None for one in results)
        finally:
            runner.run(client.aclose())
    return counts


def send_test(
    database: Database, settings: Settings, key: SigningKey, *, subscriber_id: str, now: datetime
) -> str | None:
    """Send a subscriber an event that tells of nothing; gives what went wrong, None if it was taken.

    Raises
    ------
    NotFoundError
        If there is no such subscriber.
    """
    with database.reading() as connection:
        subscriber = find_subscriber(connection, subscriber_id)
        keys = read_secrets(connection, settings, key, subscriber)

    async def post() -> Result:
        client = await _opened(settings)
        async with client:
            due = Due(0, Message(str(uuid4()), TEST, now, 0), 0)
            return await _Batch(client, settings, subscriber, keys, lambda: now).post(due)

    return asyncio.run(post()).problem


class _Batch:
    """Events of one subscriber that are sent together."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        settings: Settings,
        subscriber: Subscriber,
        keys: Sequence[bytes],
        clock: Callable[[], datetime],
    ) -> None:
        self._client, self._settings, self._subscriber = client, settings, subscriber
        self._keys, self._clock = keys, clock
        self._url: httpx2.URL | str = subscriber.url
        with suppress(httpx2.InvalidURL, UnicodeError):  # told when it is sent there
            self._url = httpx2.URL(subscriber.url)  # once for all of them
        self._silent = 0
        self._results: list[Result] = []

    @property
    def is_silent(self) -> bool:
        """Whether several attempts in a row had no answer."""
        return self._silent >= SILENT_IN_A_ROW

    async def send(self, due: Sequence[Due], stop: threading.Event | None) -> list[Result]:
        """Send them, each hotspot apart; gives the attempts that were made."""
        lanes: dict[str | None, list[Due]] = defaultdict(list)
        for one in due:
            lanes[one.message.hotspot_id].append(one)
        until, places = monotonic() + BATCH_S, asyncio.Semaphore(self._settings.events.at_once)

        async def send_lane(lane: Sequence[Due]) -> None:
            async with places:
                for one in lane:
                    if self.is_silent or monotonic() > until or (stop is not None and stop.is_set()):
                        return
                    result = await self.post(one)
                    self._results.append(result)
                    self._silent = 0 if result.status else self._silent + 1
                    if result.problem is not None:
                        return  # the later ones of this hotspot wait for it

        await asyncio.gather(*map(send_lane, lanes.values()))
        return self._results

    async def post(self, due: Due) -> Result:
        """Send one; whatever the answer is, it is a result."""
        if not self._keys:
            return Result(due, 0, NO_SECRET)
        if not is_private_way(self._subscriber.url):
            return Result(due, 0, OVERHEARD)
        body = due.message.body(self._settings)
        headers = headers_of(due.message.id, body, self._keys, now=self._clock())
        status, wait_s = 0, 0.0
        try:
            async with (
                asyncio.timeout(self._settings.events.timeout_s),
                self._client.stream("POST", self._url, content=body, headers=headers) as answer,
            ):
                status, wait_s = answer.status_code, _asked_to_wait(answer, self._clock())
                await _read_a_little(answer)
        except (TimeoutError, httpx2.TimeoutException):
            problem = LATE
        except (httpx2.ConnectError, httpx2.InvalidURL, UnicodeError):
            problem = UNREACHED
        except (httpx2.HTTPError, httpx2.StreamError):
            problem = NO_HTTP
        if status:  # what came after it doesn't matter
            return Result(due, status, None if 200 <= status < 300 else f"status {status}", wait_s)
        return Result(due, 0, problem)


async def _opened(settings: Settings) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        timeout=settings.events.timeout_s,
        follow_redirects=False,
        limits=httpx2.Limits(max_connections=settings.events.at_once),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        mounts=dict.fromkeys(_THIS_MACHINE),  # without the proxy that the surroundings may name
    )


async def _read_a_little(answer: httpx2.Response) -> None:
    """Read the end of a short answer; of a long or slow one the connection is closed."""
    if answer.headers.get("content-length") == "0" or answer.status_code == 204:  # there is nothing more
        await answer.aread()
        return
    count = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_READ_S):
            async for part in answer.aiter_raw():
                count += len(part)
                if count > _READ_BYTES:
                    return


def _asked_to_wait(answer: httpx2.Response, now: datetime) -> float:
    """How long the answer asks to wait, in seconds: as a number, or until a moment (RFC 9110)."""
    text = answer.headers.get("retry-after", "").strip()
    if not text or answer.is_success:
        return 0.0
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # of a day or year that no calendar has
        return 0.0
    return max(0.0, ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds())
