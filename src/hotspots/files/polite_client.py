"""Asking a service politely: not too fast, again when it is busy, and not for ever."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx2
from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_exponential

from hotspots.errors import HotspotsError

FIRST_PAUSE_S = 0.5
MAX_PAUSE_S = 10.0


@dataclass(frozen=True)
class Answer:
    """What a service answered; status 0 and why when it did not."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    why_not: str = ""

    @property
    def pause_s(self) -> float:
        """How long it asks to wait."""
        text = self.headers.get("retry-after", "")
        return float(text) if text.isdigit() else 0.0


@dataclass
class PoliteClient:
    """Asks one service.

    Parameters
    ----------
    name
        How errors call it.
    max_reply_bytes
        No answer is longer.
    retries_silence
        Whether it is asked again when it can't be reached, or says something else than was wanted.
    error
        What is raised.
    monotonic, sleep
        The clock and how to wait; others in tests.
    """

    name: str
    timeout_s: float
    attempts: int
    max_per_second: float
    max_reply_bytes: int
    user_agent: str
    error: type[HotspotsError]
    accept: str = "application/json"
    retries_silence: bool = False
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _last_request: float = field(default=float("-inf"), repr=False)

    def __post_init__(self) -> None:
        self._client = httpx2.Client(
            timeout=self.timeout_s, headers={"User-Agent": self.user_agent, "Accept": self.accept}
        )

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def ask(
        self,
        url: str,
        parameters: Sequence[tuple[str, str]] = (),
        *,
        is_whole: Callable[[Answer], bool] = lambda _: True,
    ) -> Answer:
        """Ask until there is an answer, waiting longer each time; a status below 500 that is not 429 is one.

        Raises
        ------
        HotspotsError
            Of the class given, if it can't be reached, is slow, or stays busy.
        """

        def is_to_repeat(answer: Answer) -> bool:
            is_silent = not answer.status or (answer.status == 200 and not is_whole(answer))
            return is_busy(answer.status) or (self.retries_silence and is_silent)

        asking = Retrying(
            retry=retry_if_result(is_to_repeat),
            stop=stop_after_attempt(self.attempts),
            wait=_pause,
            sleep=self.sleep,
            retry_error_callback=lambda state: state.outcome and state.outcome.result(),
        )
        answer: Answer = asking(self._get, url, parameters)
        if not answer.status:
            raise self.error(answer.why_not)
        if is_busy(answer.status):
            raise self.error(
                f"{self.name}: wanted an answer, found status {answer.status} {self.attempts} times"
            )
        return answer

    def _get(self, url: str, parameters: Sequence[tuple[str, str]]) -> Answer:
        self._wait_for_turn()
        until = self.monotonic() + self.timeout_s
        try:
            # an empty list of parameters would take away those in the address
            with self._client.stream("GET", url, params=list(parameters) or None) as response:
                body = bytearray()
                # a reply that drips never times out by itself
                for chunk in response.iter_bytes():
                    body += chunk
                    if self.monotonic() > until or len(body) > self.max_reply_bytes:
                        found = f"found {len(body)} bytes by then"
                        limit = f"wanted an answer within {self.timeout_s:g} s"
                        return Answer(0, why_not=f"{self.name}: {limit}, {found}")
                return Answer(response.status_code, bytes(body), dict(response.headers))
        except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL) as error:
            return Answer(0, why_not=f"{self.name}: can't be reached at '{url}' ({type(error).__name__})")

    def _wait_for_turn(self) -> None:
        wait = self._last_request + 1 / self.max_per_second - self.monotonic()
        if wait > 0:
            self.sleep(wait)
        self._last_request = self.monotonic()


def is_busy(status: int) -> bool:
    """Whether a service says that it is busy (429) or broken (5xx)."""
    return status == 429 or status >= 500


def _pause(state: RetryCallState) -> float:
    """Twice as long each time, or as long as the service asks; never too long."""
    asked_s: float = state.outcome.result().pause_s if state.outcome else 0.0
    return min(max(wait_exponential(FIRST_PAUSE_S)(state), asked_s), MAX_PAUSE_S)
