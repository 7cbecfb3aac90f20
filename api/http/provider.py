"""The OpenID Connect provider: its addresses and keys, and the authorisation code flow with PKCE.

OpenID Connect Core 1.0, RFC 7636 (PKCE) and RFC 9700 (security best practice): a code is worth nothing
without the verifier that only this service and the browser know, a state ties the answer to the browser that
asked, a nonce ties the token to the request.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2

from hotspots.errors import SignInError
from hotspots.settings import SignInSettings

TIMEOUT_S = 10.0
KEPT_S = 600.0
"""How long the provider's addresses and keys are kept before they are asked again."""


@dataclass(frozen=True)
class SignInRequest:
    """What one attempt to sign in is recognised by; it stays in the browser that began it."""

    state: str
    nonce: str
    verifier: str

    def as_cookie(self) -> str:
        """As the text of a cookie."""
        return f"{self.state}.{self.nonce}.{self.verifier}"

    @classmethod
    def from_cookie(cls, text: str) -> "SignInRequest":
        """Read it back.

        Raises
        ------
        SignInError
            If it is no such text.
        """
        parts = text.split(".")
        if len(parts) != 3 or not all(parts):
            raise SignInError("wanted the cookie of an attempt to sign in, found none")
        return cls(*parts)


def new_request() -> SignInRequest:
    """Begin an attempt to sign in."""
    return SignInRequest(*(secrets.token_urlsafe(32) for _ in range(3)))


def challenge_of(verifier: str) -> str:
    """What the provider is told of the verifier beforehand (S256).

    Examples
    --------
    >>> challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")  # RFC 7636, appendix B
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    """
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Provider:
    """One provider; asks it for its addresses and keys when they are needed.

    Parameters
    ----------
    settings
        With ``issuer`` and ``client_id``.
    monotonic
        The clock that says when to ask again.
    """

    settings: SignInSettings
    monotonic: Callable[[], float] = time.monotonic
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=TIMEOUT_S))
    _kept: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict, repr=False)

    def keys(self) -> Mapping[str, Any]:
        """The keys that its tokens are signed with, as a JWKS document.

        Raises
        ------
        SignInError
            If it can't be reached or answers something else.
        """
        return self._document(self._address("jwks_uri"))

    def authorisation_url(self, request: SignInRequest, redirect_uri: str) -> str:
        """Where the browser goes to sign in.

        Raises
        ------
        SignInError
            As :meth:`keys`.
        """
        parameters = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid profile",
            "state": request.state,
            "nonce": request.nonce,
            "code_challenge": challenge_of(request.verifier),
            "code_challenge_method": "S256",
        }
        return f"{self._address('authorization_endpoint')}?{urlencode(parameters)}"

    def redeem(self, code: str, request: SignInRequest, redirect_uri: str) -> str:
        """Exchange a code for the ID token; it must still be checked.

        Raises
        ------
        SignInError
            If the provider refuses it, or as :meth:`keys`.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": request.verifier,
        }
        secret = self.settings.client_secret.get_secret_value()
        if secret:
            authentication: Any = (self.settings.client_id, secret)
        else:
            authentication, form["client_id"] = None, self.settings.client_id
        answer = self._asked("POST", self._address("token_endpoint"), data=form, auth=authentication)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise SignInError("wanted an ID token from the provider, found an answer without one")
        return token

    def close(self) -> None:
        """Close its connections."""
        self.client.close()

    def _address(self, name: str) -> str:
        issuer = self.settings.issuer
        document = self._document(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if document.get("issuer") != issuer:
            raise SignInError(f"wanted the provider '{issuer}', found '{document.get('issuer')}'")
        address = document.get(name)
        if not isinstance(address, str):
            raise SignInError(f"wanted the address '{name}' from the provider, found none")
        return address

    def _document(self, url: str) -> dict[str, Any]:
        kept = self._kept.get(url)
        if kept is None or self.monotonic() - kept[0] > KEPT_S:
            kept = self._kept[url] = (self.monotonic(), self._asked("GET", url))
        return kept[1]

    def _asked(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        try:
            answer = self.client.request(method, url, **options)
            document = answer.json()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise SignInError(f"the provider at '{url}' can't be used: {type(error).__name__}") from None
        if answer.status_code != 200 or not isinstance(document, dict):
            raise SignInError(f"wanted an answer from the provider at '{url}', found {answer.status_code}")
        return document
