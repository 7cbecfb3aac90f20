"""HEAD and OPTIONS, for every address: what GET would say, without its body; and what can be asked there."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.headers import HeadersMiddleware


class MethodsMiddleware:
    """Answers HEAD as GET without a body, and OPTIONS with the methods of an address that exists.

    No other site may send requests that need asking first: an answer to OPTIONS names none.
    """

    def __init__(self, app: ASGIApp, routes: Callable[[], Sequence[BaseRoute]]) -> None:
        self.app = app
        self.routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        method = scope.get("method")
        if method == "OPTIONS" and (allowed := self._allowed(scope["path"])):
            answer = Response(status_code=204, headers={"Allow": allowed})
            await HeadersMiddleware(answer)(scope, receive, send)
        elif method == "HEAD":
            await self._without_body(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _without_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = {**scope, "method": "GET"}

        async def send_start(message: Message) -> None:
            if message["type"] == "http.response.start":
                # what was found on the way, such as the route, is for who logs and counts
                scope.update({name: value for name, value in asked.items() if name != "method"})
                await send(message)
            elif not message.get("more_body", False):
                await send({"type": "http.response.body", "body": b""})

        await self.app(asked, receive, send_start)

    def _allowed(self, path: str) -> str:
        methods = {name for pattern, names in self._patterns for name in names if pattern.match(path)}
        return (
            ", ".join(sorted({*methods, "OPTIONS", *({"HEAD"} if "GET" in methods else ())}))
            if methods
            else ""
        )

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], frozenset[str]]]:
        return list(_patterns_of(self.routes(), ""))


def _patterns_of(routes: Sequence[Any], prefix: str) -> Iterator[tuple[re.Pattern[str], frozenset[str]]]:
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from _patterns_of(included.routes, prefix + route.include_context.prefix)
        elif isinstance(route, Mount) and route.routes:
            yield from _patterns_of(route.routes, prefix + route.path)
        elif isinstance(route, Mount):  # of files
            yield re.compile(f"{re.escape(prefix + route.path)}/."), frozenset({"GET"})
        else:
            pattern, _, _ = compile_path(prefix + route.path)
            yield pattern, frozenset(route.methods or ())
