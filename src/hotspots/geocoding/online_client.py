"""Client of an online geocoder: asks politely, and gives up soon when it is down, slow or broken."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from hotspots.errors import GeocodingError
from hotspots.files.answers import parsed_answer
from hotspots.files.polite_client import PoliteClient
from hotspots.geocoding.parsing import ParsedAddress
from hotspots.geocoding.pdok import GEOCODERS, Answer, Geocoder, Request, accepted_answer
from hotspots.settings import GeocodingSettings

MAX_REPLY_BYTES = 1_000_000


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

    def __post_init__(self) -> None:
        self._client = PoliteClient(
            name=self.geocoder.name,
            timeout_s=self.settings.timeout_s,
            attempts=self.settings.attempts,
            max_per_second=self.settings.max_per_second,
            max_reply_bytes=MAX_REPLY_BYTES,
            user_agent=self.settings.user_agent,
            error=GeocodingError,
            monotonic=self.monotonic,
            sleep=self.sleep,
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
        """Ask, and read the answer.

        Raises
        ------
        GeocodingError
            If it can't be reached, is slow, refuses, or answers no JSON.
        """
        url = (self.settings.url or self.geocoder.default_url).rstrip("/") + request.path
        answer = self._client.ask(url, list(request.parameters))
        if answer.status == 200:
            return self._parsed(answer.body)
        raise GeocodingError(f"{self.geocoder.name}: wanted an answer, found status {answer.status}")

    def _parsed(self, body: bytes) -> object:
        try:
            return parsed_answer(body)
        except ValueError:
            raise GeocodingError(
                f"{self.geocoder.name}: wanted JSON, found '{body[:40].decode('utf-8', 'replace')}'"
            ) from None


def online_geocoder(settings: GeocodingSettings) -> OnlineGeocoder | None:
    """Give the geocoder named in the settings, None if there is none."""
    return None if settings.online == "none" else OnlineGeocoder(GEOCODERS[settings.online](), settings)
