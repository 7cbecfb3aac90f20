"""Requests of the test client in one hand-over to the service's thread: its seven took longer than an answer.

An answer is given when the service is done with it; who reads one while it is made has to serve it for real.
"""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import anyio
import httpx2
import pytest

Message = MutableMapping[str, Any]


def answer(transport: Any, request: httpx2.Request) -> httpx2.Response:
    """Ask an app, as the transport of Starlette's test client does; not for websockets."""
    url, told, body = request.url, list[Message](), request.read()
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "path": unquote(url.path),
        "raw_path": url.raw_path.split(b"?", 1)[0],
        "root_path": transport.root_path,
        "scheme": url.scheme,
        "query_string": url.query,
        "headers": [(name.lower().encode(), value.encode()) for name, value in request.headers.multi_items()],
        "client": transport.client,
        "server": [url.raw_host.decode(), url.port or {"http": 80, "https": 443}[url.scheme]],
        "extensions": {},
        "state": transport.app_state.copy(),
    }

    async def run() -> None:
        is_asked, is_told = False, anyio.Event()

        async def receive() -> Message:
            nonlocal is_asked
            if is_asked:
                await is_told.wait()
                return {"type": "http.disconnect"}
            is_asked = True
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            assert not is_told.is_set(), message
            told.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                is_told.set()

        await transport.app(scope, receive, send)

    try:
        with transport.portal_factory() as portal:
            portal.call(run)
    except Exception:
        if transport.raise_server_exceptions:
            raise
    if not told:
        return httpx2.Response(500, request=request)
    start, *parts = told
    content = b"" if request.method == "HEAD" else b"".join(part.get("body", b"") for part in parts)
    headers = [(name.decode(), value.decode()) for name, value in start["headers"]]
    return httpx2.Response(
        start["status"], headers=headers, stream=httpx2.ByteStream(content), request=request
    )


@contextmanager
def in_one_go() -> Iterator[None]:
    """Let every test client ask so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("starlette.testclient._TestClientTransport.handle_request", answer)
        yield
