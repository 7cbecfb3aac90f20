"""Client of an online geocoder: asks politely, and gives up soon when it is down, slow or broken."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx2
from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_exponential

from hotspots.errors import GeocodingError
from hotspots.geocoding.parsing import ParsedAddress
from hotspots.geocoding.pdok import GEOCODERS, Answer, Geocoder, Request, accepted_answer
from hotspots.settings import GeocodingSettings

MAX_REPLY_BYTES = 1_000_000
FIRST_PAUSE_S = 0.5
MAX_PAUSE_S = 10.0


@dataclass(frozen=True)
class Reply:
    """The reply of a geocoder: an answer, None if it does not know the address, or a failure."""

    answer: Answer | None
    has_failed: bool = False


@dataclass
class OnlineGeocoder:
    """Asks one service, and stops after too many failures or too much time lost.

    Parameters
    ----------
    monotonic, sleep
        The clock and the wait, replaced in tests.
    """

    geocoder: Geocoder
    settings: GeocodingSettings
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    asked: int = 0
    failed: int = 0
    why_stopped: str = ""
    _in_a_row: int = field(default=0, repr=False)
    _lost_s: float = field(default=0.0, repr=False)
    _last_request: float = field(default=float("-inf"), repr=False)

    def __post_init__(self) -> None:
        self._client = httpx2.Client(
            timeout=self.settings.timeout_s,
            headers={"User-Agent": self.settings.user_agent, "Accept": "application/json"},
        )

    @property
    def is_stopped(self) -> bool:
        """Whether the service is not asked again during this run."""
        return bool(self.why_stopped)

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def locate(self, address: ParsedAddress) -> Reply:
        """Ask where an address is. A failure is counted, not raised, so that the run goes on."""
        if self.is_stopped:
            return Reply(None, has_failed=True)
        self.asked += 1
        start = self.monotonic()
        try:
            reply = self._ask(self.geocoder.request_for(address))
            answers = self.geocoder.answers_in(reply)
        except GeocodingError as error:
            self._count_failure(self.monotonic() - start, str(error))
            return Reply(None, has_failed=True)
        self._in_a_row = 0
        return Reply(accepted_answer(address, answers))

    def _count_failure(self, lost_s: float, why: str) -> None:
        self.failed += 1
        self._in_a_row += 1
        self._lost_s += lost_s
        if self._in_a_row >= self.settings.max_failures or self._lost_s >= self.settings.max_lost_s:
            self.why_stopped = why

    def _ask(self, request: Request) -> object:
        """Ask until there is an answer, waiting longer after each attempt.

        Raises
        ------
        GeocodingError
            If the service can't be reached, is slow, refuses, or does not answer with JSON.
        """
        asking = Retrying(
            retry=retry_if_result(lambda reply: _is_busy(reply[0])),
            stop=stop_after_attempt(self.settings.attempts),
            wait=_pause,
            sleep=self.sleep,
            retry_error_callback=lambda state: state.outcome and state.outcome.result(),
        )
        status, body, _ = asking(self._get, request)
        if status == 200:
            return self._parsed(body)
        times = f" {self.settings.attempts} times" if _is_busy(status) else ""
        raise GeocodingError(f"{self.geocoder.name}: wanted an answer, found status {status}{times}")

    def _get(self, request: Request) -> tuple[int, bytes, float]:
        self._wait_for_turn()
        url = (self.settings.url or self.geocoder.default_url).rstrip("/") + request.path
        until = self.monotonic() + self.settings.timeout_s
        try:
            with self._client.stream("GET", url, params=list(request.parameters)) as response:
                body = b""
                # a reply that trickles in never times out by itself
                for chunk in response.iter_bytes():
                    body += chunk
                    if self.monotonic() > until or len(body) > MAX_REPLY_BYTES:
                        raise GeocodingError(
                            f"{self.geocoder.name}: wanted an answer within {self.settings.timeout_s:g} s, "
                            f"found {len(body)} bytes by then"
                        )
                return response.status_code, body, _seconds(response.headers.get("Retry-After", ""))
        except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL) as error:
            raise GeocodingError(
                f"{self.geocoder.name}: can't be reached at '{url}' ({type(error).__name__})"
            ) from None

    def _parsed(self, body: bytes) -> object:
        try:
            return json.loads(body)
        except ValueError:
            raise GeocodingError(
                f"{self.geocoder.name}: wanted JSON, found '{body[:40].decode('utf-8', 'replace')}'"
            ) from None

    def _wait_for_turn(self) -> None:
        wait = self._last_request + 1 / self.settings.max_per_second - self.monotonic()
        if wait > 0:
            self.sleep(wait)
        self._last_request = self.monotonic()


def online_geocoder(settings: GeocodingSettings) -> OnlineGeocoder | None:
    """Give the geocoder named in the settings, None if there is none."""
    return None if settings.online == "none" else OnlineGeocoder(GEOCODERS[settings.online](), settings)


def _is_busy(status: int) -> bool:
    return status == 429 or status >= 500


def _pause(state: RetryCallState) -> float:
    """Seconds to wait: doubled each time, or what the service asks for, up to a maximum."""
    asked_s: float = state.outcome.result()[2] if state.outcome else 0.0
    return min(max(wait_exponential(FIRST_PAUSE_S)(state), asked_s), MAX_PAUSE_S)


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else 0.0
