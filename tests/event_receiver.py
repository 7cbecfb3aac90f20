"""A system that takes events on loopback, as well or as badly as a test says."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Answer = Callable[[socket.socket], None]


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent in it."""
        event: dict[str, Any] = json.loads(self.body)
        return event

    @property
    def about(self) -> str:
        """The last part of the type and the subject."""
        return f"{self.event['type'].rpartition('.')[2]} {self.event['subject']}"


@dataclass
class Receiver:
    """What came in, and how each is answered: by bytes, or by a function of the connection."""

    answer: Callable[[Request], bytes | Answer] = lambda _: status(204)
    requests: list[Request] = field(default_factory=list)
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def took(self, request: Request) -> bytes | Answer:
        """Keep a request, and say what to answer."""
        with self._lock:
            self.requests.append(request)
        return self.answer(request)


def status(code: int, *headers: str, body: bytes = b"") -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {code} X", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def hang_up(connection: socket.socket) -> None:
    """Close the connection without an answer."""
    connection.close()


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Take events at a free port of this machine."""
    receiver, listener = Receiver(), socket.create_server(("127.0.0.1", 0))
    receiver.url = f"http://127.0.0.1:{listener.getsockname()[1]}/events"
    connections: list[socket.socket] = []

    def serve(connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection, connection.makefile("rb") as stream:
            while stream.readline():
                headers = {}
                while (line := stream.readline().decode().strip()) != "":
                    name, _, value = line.partition(":")
                    headers[name.lower()] = value.strip()
                body = stream.read(int(headers.get("content-length", 0)))
                answer = receiver.took(Request(headers, body))
                if not isinstance(answer, bytes):
                    answer(connection)
                    return
                connection.sendall(answer)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection = listener.accept()[0]
                connections.append(connection)
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield receiver
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
