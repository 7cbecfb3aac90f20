"""Signalen as a source: what changed since a moment, page by page, from its private API.

Asked is ``GET <url>/signals/v1/private/signals/?updated_after=…&ordering=updated_at,id``; filters and paging
are those of https://github.com/Amsterdam/signals. Pages by number would skip a signal whenever another is
changed in the meantime and moves to the end; so after each page, what changed since its last moment is asked.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from hotspots.errors import SourceError
from hotspots.files.answers import parsed_answer
from hotspots.settings import SignalenSettings

PATH = "/signals/v1/private/signals/"
OVERLAP = timedelta(minutes=5)
"""Signals are stamped before they are stored: one that became visible late has an earlier moment."""

ATTEMPTS = 5
FIRST_PAUSE_S = 1.0
MAX_ANSWER_BYTES = 50_000_000
"""Many times a page of the longest signals."""

MAX_PAUSE_S = 300.0
"""Who is told to wait longer than this stops, and goes on from there the next time."""


@dataclass(frozen=True)
class Mark:
    """How far a source has been read: until when, and what it gave of the last minutes before that."""

    until: datetime
    seen: frozenset[str] = frozenset()

    def as_text(self) -> str:
        """For the database."""
        return json.dumps({"until": self.until.astimezone(UTC).isoformat(), "seen": sorted(self.seen)})

    @classmethod
    def of_text(cls, text: str) -> "Mark":
        """From the database."""
        found = json.loads(text)
        return cls(datetime.fromisoformat(found["until"]), frozenset(found["seen"]))


@dataclass(frozen=True)
class Page:
    """Signals that are new or changed, and the mark for when they are stored."""

    signals: list[dict[str, Any]]
    mark: Mark


@dataclass
class SignalenClient:
    """Asks the API, waits when it says so, and tries again what may pass."""

    settings: SignalenSettings
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)  # for a Retry-After that names a moment
    _client: httpx2.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        token = self.settings.token.get_secret_value()
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._client = httpx2.Client(timeout=self.settings.timeout_s, headers=headers)

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def pages(self, mark: Mark | None) -> Iterator[Page]:
        """Give what is new or changed since a mark, the oldest change first; without one, all there is.

        Raises
        ------
        SourceError
            If it can't be reached, refuses, keeps being busy, or answers something else.
        """
        since = None if mark is None else mark.until - OVERLAP
        until = None if mark is None else mark.until
        seen = frozenset[str]() if mark is None else mark.seen
        number = 1
        while True:
            answer = self._ask(since, number)
            signals, has_next = _signals_in(answer)
            if signals:
                until = max(until or signals[-1][1], signals[-1][1])
                fresh = [signal for name, _, signal in _named(signals) if name not in seen]
                recent = {name for name, moment, _ in _named(signals) if moment >= until - OVERLAP}
                seen = frozenset(name for name in seen if _moment_of(name) >= until - OVERLAP) | recent
                yield Page(fresh, Mark(until, seen))
            if not has_next:
                return
            if not signals:
                raise SourceError("Signalen: wanted signals on a page that has a next one, found none")
            last = signals[-1][1]
            # a whole page of one moment: only then on by number
            number, since = (number + 1, since) if last == since else (1, last)

    def _ask(self, since: datetime | None, number: int) -> object:
        parameters: dict[str, str] = {
            "ordering": "updated_at,id",
            "page": str(number),
            "page_size": str(self.settings.page_size),
        }
        if since is not None:
            parameters["updated_after"] = since.astimezone(UTC).isoformat()
        asking = Retrying(
            retry=retry_if_exception_type(_BusyError),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_pause,
            sleep=self.sleep,
            reraise=True,
        )
        return asking(self._ask_once, parameters)

    def _ask_once(self, parameters: Mapping[str, str]) -> object:
        url = self.settings.url.rstrip("/") + PATH
        try:
            with self._client.stream("GET", url, params=parameters) as response:
                body = _body_of(response)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise _BusyError(f"Signalen: can't be reached at '{url}' ({type(error).__name__})") from None
        if response.status_code == 200:
            return _parsed(body)
        why = f"Signalen: wanted an answer from '{url}', found status {response.status_code}"
        if response.status_code in {401, 403}:
            raise SourceError(f"{why}: look at signalen.token, it may have expired")
        if response.status_code != 429 and response.status_code < 500:
            raise SourceError(why)
        asked_s = _seconds(response.headers.get("Retry-After", ""), self.now())
        if asked_s > MAX_PAUSE_S:
            raise SourceError(f"{why}, and to come back after {asked_s:.0f} s")
        raise _BusyError(why, asked_s)


class _BusyError(SourceError):
    """Signalen may answer when it is asked again, after so many seconds at least."""

    def __init__(self, message: str, asked_s: float = 0.0) -> None:
        super().__init__(f"{message}, {ATTEMPTS} times")  # shown after the last of them
        self.asked_s = asked_s


def _pause(state: RetryCallState) -> float:
    """Twice as long each time, or as long as Signalen asks."""
    error = state.outcome and state.outcome.exception()
    asked_s = error.asked_s if isinstance(error, _BusyError) else 0.0
    return max(wait_exponential(FIRST_PAUSE_S)(state), asked_s)


def _body_of(response: httpx2.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise SourceError(
                f"Signalen: wanted an answer of at most {MAX_ANSWER_BYTES // 1_000_000} MB, found more: make "
                "signalen.page_size smaller"
            )
    return bytes(body)


def _parsed(body: bytes) -> object:
    try:
        return parsed_answer(body)
    except ValueError:
        start = body[:40].decode("utf-8", "replace")
        raise SourceError(f"Signalen: wanted JSON, found '{start}'") from None


def _signals_in(answer: object) -> tuple[list[tuple[dict[str, Any], datetime]], bool]:
    results = answer.get("results") if isinstance(answer, Mapping) else None
    links = answer.get("_links") if isinstance(answer, Mapping) else None
    following = links.get("next") if isinstance(links, Mapping) else None
    if not isinstance(results, list) or not isinstance(following, Mapping):
        raise SourceError("Signalen: wanted an answer with results and _links.next, found something else")
    signals = []
    for signal in results:
        if not isinstance(signal, dict) or "id" not in signal:
            raise SourceError("Signalen: wanted signals with an id, found something else in results")
        try:
            moment = datetime.fromisoformat(str(signal.get("updated_at")))
        except ValueError:
            moment = datetime.min  # noqa: DTZ901  # refused below, as one without a zone is
        if moment.tzinfo is None:
            raise SourceError(f"Signalen: wanted an updated_at with a zone in signal {signal['id']}")
        signals.append((signal, moment))
    if [moment for _, moment in signals] != sorted(moment for _, moment in signals):
        raise SourceError("Signalen: wanted signals in the order of updated_at, found another order")
    return signals, following.get("href") is not None


def _named(signals: list[tuple[dict[str, Any], datetime]]) -> list[tuple[str, datetime, dict[str, Any]]]:
    """Each signal with a name that another version of it does not have."""
    return [
        (f"{signal['id']}@{moment.astimezone(UTC).isoformat()}", moment, signal) for signal, moment in signals
    ]


def _moment_of(name: str) -> datetime:
    return datetime.fromisoformat(name.partition("@")[2])


def _seconds(text: str, now: datetime) -> float:
    """What a Retry-After asks: a number of seconds, or a moment."""
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return 0.0
