"""What the subscriber asks of hotspots itself: what was decided on a place, and to keep where its zaak is."""

import httpx2

from zgw_subscriber.answers import WrongError, ask, content_of, told
from zgw_subscriber.config import Config


class Hotspots:
    """The API of hotspots, by a token with ``hotspots.lezen`` and ``koppelingen.schrijven``."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._client = httpx2.Client(
            base_url=f"{config.hotspots_url}/v1",
            timeout=config.timeout_s,
            headers={"Authorization": f"Bearer {config.hotspots_token}", "Accept": "application/json"},
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def page_of(self, number: str) -> str:
        """Where people read about a hotspot."""
        return f"{self._config.hotspots_url}/hotspots/{number}"

    def status_of(self, hotspot_id: str) -> str | None:
        """What was decided on a hotspot; None if it is not there, or not for this token.

        Raises
        ------
        NotNowError, WrongError
            If the service is away, busy or broken; if it refuses the token.
        """
        answer = ask(self._client, "GET", f"/hotspots/{hotspot_id}")
        if answer.status_code == 404:
            return None
        if answer.status_code != 200:
            raise WrongError(told(answer))
        return str(content_of(answer).get("status"))

    def link(self, hotspot_id: str, *, reference: str, url: str, event_id: str) -> None:
        """Write where the zaak of a hotspot is; the same again changes nothing.

        Raises
        ------
        NotNowError, WrongError
            As :meth:`status_of`; also if another address is kept for this zaak.
        """
        link = {"systeem": self._config.system, "kenmerk": reference, "url": url}
        answer = ask(
            self._client,
            "POST",
            f"/hotspots/{hotspot_id}/koppelingen",
            json=link,
            headers={"Idempotency-Key": event_id},
        )
        if answer.status_code != 201:
            raise WrongError(told(answer))
