"""Headers on every answer, errors included: version, security policy, rate limit, deprecation."""

import secrets

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.deprecation import deprecation_headers
from api.http.limits import Allowance

API_VERSION = "1.0.0"
"""Semantic version of the API; the path has its major version."""

_POLICY = "content-security-policy"
_NO_PAGE = (
    "default-src 'none'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_PAGE = (
    "default-src 'none'; object-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data:{images}; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_FIXED = {
    "api-version": API_VERSION,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class HeadersMiddleware:
    """Adds the headers, and gives each request a nonce for the scripts of its page.

    Pages load images from this service and from what the route put in ``state.image_origins``: the origins of
    a basemap from elsewhere.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                allowance: Allowance | None = scope["state"].get("allowance")
                for name, value in _FIXED.items():
                    # an answer with its own policy says there who may frame it, which this header can't
                    if name != "x-frame-options" or "frame-ancestors" not in headers.get(_POLICY, ""):
                        headers.setdefault(name, value)
                if allowance is not None:
                    headers.update(allowance.headers())
                for name, value in deprecation_headers(scope).items():
                    headers[name] = f"{headers[name]}, {value}" if name in headers else value
                headers.setdefault("cache-control", "no-store")
                is_page = headers.get("content-type", "").startswith("text/html")
                images = "".join(f" {origin}" for origin in scope["state"].get("image_origins", ()))
                policy = _PAGE.format(nonce=nonce, images=images) if is_page else _NO_PAGE
                headers.setdefault(_POLICY, policy)
            await send(message)

        await self.app(scope, receive, send_with_headers)
