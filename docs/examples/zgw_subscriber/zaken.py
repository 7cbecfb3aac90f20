"""Opening a zaak once in a ZGW Zaken API (https://vng-realisatie.github.io/gemma-zaken/standaard/zaken)."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx2
from joserfc import jwt
from joserfc.jwk import OctKey

from zgw_subscriber.answers import NotNowError, WrongError, ask, content_of, told
from zgw_subscriber.config import Config

BRON = "hotspots"
"""The system that a zaak names with the id of a hotspot, in its ``kenmerken``."""


@dataclass(frozen=True)
class Zaak:
    """A zaak, as far as a link needs it."""

    identificatie: str
    uuid: str


class Zaken:
    """A Zaken API, for one client with the scopes ``zaken.aanmaken`` and ``zaken.lezen``."""

    def __init__(self, config: Config, *, clock: Callable[[], float] = time.time) -> None:
        self._config, self._clock = config, clock
        self._client = httpx2.Client(
            base_url=config.zaken_url,
            timeout=config.timeout_s,
            headers={"Accept-Crs": "EPSG:4326", "Content-Crs": "EPSG:4326", "Accept": "application/json"},
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def open_once(self, hotspot_id: str, number: str, page: str, today: date) -> Zaak:
        """Give the zaak of a hotspot; opens it where there is none.

        The number of the hotspot is its ``identificatie``, which a Zaken API keeps unique within an
        organisation: two of these programs, or one that died after opening, don't open a second one.

        Raises
        ------
        NotNowError
            If the API is away, busy or broken; whether it was opened shows at the next try.
        WrongError
            If the API refuses it, or that number is of a zaak about something else.
        """
        found = self._find(hotspot_id, number)
        if found is not None:
            return found
        config = self._config
        zaak = {
            "identificatie": number,
            "bronorganisatie": config.bronorganisatie,
            "verantwoordelijkeOrganisatie": config.verantwoordelijke_organisatie,
            "zaaktype": config.zaaktype,
            "startdatum": today.isoformat(),
            "omschrijving": f"Hotspot {number}",
            "toelichting": f"Wat er speelt, staat op {page}",  # no place and nobody: that is read there
            "vertrouwelijkheidaanduiding": config.vertrouwelijkheidaanduiding,
            "kenmerken": [{"bron": BRON, "kenmerk": hotspot_id}],
        }
        answer = ask(self._client, "POST", "/zaken", json=zaak, headers=self._signed())
        if answer.status_code == 201:
            return _zaak_of(content_of(answer))
        if answer.status_code == 400 and _is_taken(answer):  # another was first
            found = self._find(hotspot_id, number)
            if found is not None:
                return found
        raise WrongError(told(answer))

    def _find(self, hotspot_id: str, number: str) -> Zaak | None:
        query = {"identificatie": number, "bronorganisatie": self._config.bronorganisatie}
        answer = ask(self._client, "GET", "/zaken", params=query, headers=self._signed())
        if answer.status_code != 200:
            raise WrongError(told(answer))
        for zaak in content_of(answer).get("results", ()):
            if {"bron": BRON, "kenmerk": hotspot_id} in zaak.get("kenmerken", ()):
                return _zaak_of(zaak)
            raise WrongError(f"the zaak with number {number} is about something else than {hotspot_id}")
        return None

    def _signed(self) -> dict[str, str]:
        """A token as ZGW wants it: HS256, made for this request."""
        config = self._config
        claims = {
            "iss": config.zaken_client_id,
            "iat": int(self._clock()),
            "client_id": config.zaken_client_id,
            "user_id": "",
            "user_representation": BRON,
        }
        token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(config.zaken_secret))
        return {"Authorization": f"Bearer {token}"}


def _zaak_of(zaak: dict[str, Any]) -> Zaak:
    try:
        return Zaak(zaak["identificatie"], zaak["uuid"])
    except KeyError as error:
        raise NotNowError(f"wanted a zaak with {error}, found none in it") from error


def _is_taken(answer: httpx2.Response) -> bool:
    wrong = content_of(answer).get("invalidParams", ())
    return any(one.get("code") == "identificatie-niet-uniek" for one in wrong)
