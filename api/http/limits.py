"""Limits on clients: size and nesting of a body, and number of requests per minute."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from threading import Lock
from types import MappingProxyType

from fastapi import HTTPException, Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 65_536
"""The largest body, in bytes; the longest text fits in it with every character escaped."""

MAX_DEPTH = 20
"""Deepest nesting of objects and lists in a body; the service itself needs two levels."""

TOO_LARGE = f"Hoogstens {MAX_BODY} bytes."

WINDOW_S = 60

SIGN_IN_COST = 50
"""The number of requests that a sign-in attempt counts for, as checking a password is expensive."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[{\]}]")


class BodyMiddleware:
    """Refuses a body that is too large (413) or nested too deep (400), before anything else reads it.

    ``larger`` maps paths that accept a file to its greatest size in bytes.
    """

    def __init__(self, app: ASGIApp, larger: Mapping[str, int] = MappingProxyType({})) -> None:
        self.app = app
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"] in self.larger:
            await self.app(scope, _counted(receive, self.larger[scope["path"]]), send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        is_read = False

        async def receive_checked() -> Message:
            nonlocal is_read
            if is_read:
                return await receive()
            is_read = True
            if not announced.isdecimal() or int(announced[:20]) > MAX_BODY:
                raise _too_large()
            body, more = b"", True
            while more:
                message = await receive()
                if message["type"] != "http.request":
                    return message
                body, more = body + message.get("body", b""), message.get("more_body", False)
                if len(body) > MAX_BODY:
                    raise _too_large()
            if depth(body) > MAX_DEPTH:
                raise HTTPException(400, f"De JSON is te diep genest: hoogstens {MAX_DEPTH} niveaus.")
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, receive_checked, send)


def depth(body: bytes) -> int:
    """Give the nesting of lists and objects in a JSON text, even an invalid one.

    Examples
    --------
    >>> depth(b'{"a": [[1], "[[[["]}'), depth(b"[[["), depth(b"naam=x")
    (3, 3, 0)
    """
    deepest = current = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", body)):
        current += 1 if bracket in b"[{" else -1
        deepest = max(deepest, current)
    return deepest


@dataclass(frozen=True)
class Allowance:
    """The remaining requests of a client."""

    limit: int  # requests in a minute
    remaining: int
    reset_s: int  # seconds until all are available again
    is_exceeded: bool  # whether this request exceeds it

    def headers(self) -> dict[str, str]:
        """As headers of an answer."""
        headers = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
        }
        return headers | ({"Retry-After": str(self.reset_s)} if self.is_exceeded else {})


class RateLimiter:
    """Counts the requests of each client to this process per clock minute; 0 per minute is no limit."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._counts: Counter[str] = Counter()
        self._window = 0
        self._lock = Lock()

    def take(self, client: str, now: datetime, *, cost: int = 1) -> Allowance | None:
        """Count a request of a client, weighted by its cost; None if there is no limit."""
        if not self.per_minute:
            return None
        seconds = now.timestamp()
        with self._lock:
            if int(seconds // WINDOW_S) != self._window:
                self._window = int(seconds // WINDOW_S)
                self._counts.clear()  # nothing is kept about earlier clients
            self._counts[client] += cost
            used = self._counts[client]
        return Allowance(
            limit=self.per_minute,
            remaining=max(0, self.per_minute - used),
            reset_s=max(1, ceil((self._window + 1) * WINDOW_S - seconds)),
            is_exceeded=used > self.per_minute,
        )


def count_request(request: Request, client: str | None, now: datetime, *, cost: int = 1) -> None:
    """Count a request of a client, or of the address if it is None; every answer says what is left.

    Raises
    ------
    HTTPException
        429 if the limit is exceeded.
    """
    limiter: RateLimiter = request.app.state.limiter
    address = request.client.host if request.client else "unknown"
    allowance = limiter.take(f"address {address}" if client is None else f"actor {client}", now, cost=cost)
    if allowance is None:
        return
    request.state.allowance = allowance
    if allowance.is_exceeded:
        raise HTTPException(429, too_many(allowance.reset_s))


def too_many(reset_s: int) -> str:
    """The message for a client over the limit."""
    return f"Te veel verzoeken. Probeer het over {reset_s} seconden opnieuw."


def _counted(receive: Receive, most: int) -> Receive:
    """Pass on the parts of a body as they arrive, until there are too many bytes."""
    count = 0

    async def receive_counted() -> Message:
        nonlocal count
        message = await receive()
        count += len(message.get("body", b""))
        if count > most:
            raise HTTPException(413, f"Dit bestand is te groot: hoogstens {most // 1_000_000} MB.")
        return message

    return receive_counted


def _too_large() -> HTTPException:
    return HTTPException(413, TOO_LARGE)
