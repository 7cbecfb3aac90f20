"""Who comes to the service: through a proxy with TLS, with cookies as a browser keeps them."""

import re
import warnings
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import httpx2
from fastapi import FastAPI
from starlette.routing import Mount

HOST = "hotspots.example.org"


class Visitor:
    """Somebody with a browser; the proxy in front says that the connection is encrypted."""

    def __init__(self, port: int) -> None:
        self._client = httpx2.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"},
            timeout=30,
        )
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> httpx2.Response:
        """Ask for a page or a document, and keep the cookies that come with it."""
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        answer = self._client.get(path, headers={"Cookie": cookies} if cookies else {})
        for line in answer.headers.get_list("set-cookie"):
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer

    def sign_in(self, who: str) -> httpx2.Response:
        """Sign in at the provider as somebody; gives what comes of it here."""
        away = self.get("/aanmelden/elders").headers["location"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            back = urlsplit(httpx2.post(away, data={"sub": who}).headers["location"])
        if (back.scheme, back.netloc, back.path) != ("https", HOST, "/aanmelden/terug"):
            raise SystemExit(
                f"wanted to come back at https://{HOST}/aanmelden/terug, found {back.geturl()[:80]}"
            )
        return self.get(f"{back.path}?{back.query}")


def pages_and_documents(app: FastAPI, filled: dict[str, str]) -> list[tuple[str, str]]:
    """Each address that the service answers GET at, as its route and with names of things filled in."""
    found = sorted(set(_walk(list(app.routes), "")))
    return [
        (route, re.sub(r"\{(\w+)[^}]*\}", lambda name: filled.get(name[1], "1"), route)) for route in found
    ]


def _walk(routes: list[Any], prefix: str) -> Iterator[str]:
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from _walk(included.routes, prefix + route.include_context.prefix)
        elif isinstance(route, Mount):
            yield from _walk(list(route.routes or ()), prefix + route.path)
        elif "GET" in (route.methods or ()):
            yield f"{prefix}{route.path}"
