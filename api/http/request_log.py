"""An id for every request, and a line in the log about its answer.

The line has the route, not the address, as addresses name hotspots and queries hold what people search for;
it has no client and no user. The id is also on every other log line of the request, in the header
``X-Request-Id`` of the answer, and in problem details, so that a user can quote it and the administrator can
look it up.
"""

import re
from time import perf_counter
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.metrics import known_method, route_of

HEADER = "X-Request-Id"

_ID = re.compile(r"[0-9A-Fa-f-]{16,64}")
"""A UUID, nginx's ``$request_id`` or a trace id: nothing that could be a person's name or number."""

log = structlog.stdlib.get_logger()


class RequestLogMiddleware:
    """Gives each request its id, and logs its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = accepted_id(Headers(scope=scope).get(HEADER, ""))
        scope.setdefault("state", {})["request_id"] = request_id
        # never unbound: the context belongs to this request, and the server logs in it afterwards
        structlog.contextvars.bind_contextvars(requestId=request_id)
        start, status, size = perf_counter(), 0, 0

        async def send_and_note(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        finally:
            log.info(
                "request",
                method=known_method(scope["method"]),
                route=route_of(scope),
                status=status or None,
                bytes=size,
                seconds=round(perf_counter() - start, 4),
            )


def accepted_id(given: str) -> str:
    """Give the id that a proxy or caller sent, or a new one if it is absent or of another form.

    Examples
    --------
    >>> accepted_id("4bf92f3577b34da6a3ce929d0e0e4736")
    '4bf92f3577b34da6a3ce929d0e0e4736'
    >>> len(accepted_id("jan.jansen@example.org")), len(accepted_id("111222333"))
    (32, 32)
    """
    return given if _ID.fullmatch(given) else uuid4().hex
