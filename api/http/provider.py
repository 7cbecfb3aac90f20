"""The OpenID Connect provider: its addresses and keys, and the authorisation code flow with PKCE (Authlib).

Follows OpenID Connect Core 1.0, RFC 7636 (PKCE) and RFC 9700 (security best practice): a code is useless
without the verifier that only this service and the browser know, the state binds the answer to the browser
that asked, and the nonce binds the token to the request. Authlib and the HTTP client are imported only when
used, as a service without a provider does not need them.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from hotspots.access.oidc import key_id_of, verify_token
from hotspots.errors import SignInError
from hotspots.settings import SignInSettings, require_https

TIMEOUT_S = 10.0
KEPT_S = 600.0
"""How long the provider's addresses and keys are kept before they are asked again."""

ASKED_AGAIN_S = 10.0
"""How long at least the keys are kept when a token names one that is not among them."""


@dataclass(frozen=True)
class SignInRequest:
    """Identifies one sign-in attempt; kept in the browser that began it."""

    state: str
    nonce: str
    verifier: str

    def as_cookie(self) -> str:
        """Serialise it as the text of a cookie."""
        return f"{self.state}.{self.nonce}.{self.verifier}"

    @classmethod
    def from_cookie(cls, text: str) -> "SignInRequest":
        """Read it back from a cookie.

        Raises
        ------
        SignInError
            If the text is no such cookie.
        """
        parts = text.split(".")
        if len(parts) != 3 or not all(parts):
            raise SignInError("wanted the cookie of an attempt to sign in, found none")
        return cls(*parts)


def new_request() -> SignInRequest:
    """Begin an attempt to sign in."""
    return SignInRequest(*(secrets.token_urlsafe(32) for _ in range(3)))


@dataclass
class Provider:
    """One provider, whose addresses and keys are fetched when needed."""

    settings: SignInSettings  # with ``issuer`` and ``client_id``
    monotonic: Callable[[], float] = time.monotonic  # says when to ask again
    _kept: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict, repr=False)

    def keys(self, key_id: str | None = None) -> Mapping[str, Any]:
        """The keys that its tokens are signed with, as a JWKS document.

        They are asked again at once when none has this id: the provider may have a new one. Not more often
        than each :data:`ASKED_AGAIN_S`, whoever makes up ids.

        Raises
        ------
        SignInError
            If the provider can't be reached, or the answer is invalid.
        """
        address = self._address("jwks_uri")
        document = self._document(address)
        known = document.get("keys")
        is_known = key_id is None or any(
            isinstance(key, dict) and key.get("kid") == key_id for key in (known or ())
        )
        return document if is_known else self._document(address, kept_s=ASKED_AGAIN_S)

    def sign_out_url(self, back: str) -> str | None:
        """The address where the browser goes to sign out there as well; None if the provider has none.

        OpenID Connect RP-Initiated Logout 1.0.

        Raises
        ------
        SignInError
            As :meth:`keys`.
        """
        address = self._discovered().get("end_session_endpoint")
        if not isinstance(address, str):
            return None
        asked = urlencode({"client_id": self.settings.client_id, "post_logout_redirect_uri": back})
        return f"{require_https(address)}{'&' if '?' in address else '?'}{asked}"

    def authorisation_url(self, request: SignInRequest, redirect_uri: str) -> str:
        """The address where the browser goes to sign in; raises as :meth:`keys`."""
        from authlib.oauth2.client import OAuth2Client

        client = OAuth2Client(
            None, self.settings.client_id, scope="openid profile", code_challenge_method="S256"
        )
        url: str = client.create_authorization_url(
            self._address("authorization_endpoint"),
            redirect_uri=redirect_uri,
            state=request.state,
            nonce=request.nonce,
            code_verifier=request.verifier,
        )[0]
        return url

    def redeem(self, code: str, request: SignInRequest, redirect_uri: str) -> str:
        """Exchange a code for the ID token, which must still be verified.

        Raises
        ------
        SignInError
            If the provider refuses the code, or as :meth:`keys`.
        """
        from authlib.integrations.httpx_client import OAuth2Client

        secret = self.settings.client_secret.get_secret_value()
        url = self._address("token_endpoint")
        # a new client each time, as it keeps the tokens it gets
        with _asking(url), OAuth2Client(self.settings.client_id, secret or None, timeout=TIMEOUT_S) as client:
            answer = client.fetch_token(
                url,
                grant_type="authorization_code",
                code=code,
                redirect_uri=redirect_uri,
                code_verifier=request.verifier,
            )
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise SignInError("wanted an ID token from the provider, found an answer without one")
        return token

    def claims(
        self, code: str, request: SignInRequest, redirect_uri: str, *, now: datetime
    ) -> dict[str, Any]:
        """Exchange a code for the verified claims of who signed in there.

        Raises
        ------
        SignInError
            If the ID token does not hold, or as :meth:`redeem`.
        """
        id_token = self.redeem(code, request, redirect_uri)
        client_id = self.settings.client_id
        return verify_token(
            id_token,
            self.keys(key_id_of(id_token)),
            issuer=self.settings.issuer,
            audience=client_id,
            now=now,
            nonce=request.nonce,
            clients={client_id},
        )

    def _discovered(self) -> Mapping[str, Any]:
        from authlib.oidc.discovery import get_well_known_url

        issuer = self.settings.issuer
        document = self._document(get_well_known_url(issuer, external=True))
        if document.get("issuer") != issuer:
            raise SignInError(f"wanted the provider '{issuer}', found '{document.get('issuer')}'")
        return document

    def _address(self, name: str) -> str:
        address = self._discovered().get(name)
        if not isinstance(address, str):
            raise SignInError(f"wanted the address '{name}' from the provider, found none")
        try:
            return require_https(address)
        except ValueError as error:
            raise SignInError(f"{name} of the provider: {error}") from None

    def _document(self, url: str, *, kept_s: float = KEPT_S) -> dict[str, Any]:
        import httpx2

        kept = self._kept.get(url)
        if kept is None or self.monotonic() - kept[0] > kept_s:
            with _asking(url):
                answer = httpx2.get(url, timeout=TIMEOUT_S)
                document = answer.json()
            if answer.status_code != 200 or not isinstance(document, dict):
                raise SignInError(
                    f"wanted an answer from the provider at '{url}', found {answer.status_code}"
                )
            kept = self._kept[url] = (self.monotonic(), document)
        return kept[1]


@contextmanager
def _asking(url: str) -> Iterator[None]:
    import httpx2
    from authlib.integrations.base_client import OAuthError

    try:
        yield
    except (httpx2.HTTPError, httpx2.InvalidURL, OAuthError, ValueError, TypeError) as error:
        raise SignInError(f"the provider at '{url}' can't be used: {type(error).__name__}") from None
