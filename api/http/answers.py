"""Answers of the API: JSON with an ETag, for conditional requests (RFC 9110, 13)."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from api.http.negotiation import JSON


@dataclass(frozen=True)
class Answer:
    """An answer that can be given repeatedly, with any extra headers."""

    body: bytes
    media_type: str
    headers: Mapping[str, str]

    @cached_property
    def tag(self) -> str:
        """The ETag, a hash of the answer."""
        return f'"{hashlib.sha256(self.media_type.encode() + self.body).hexdigest()[:32]}"'

    @property
    def size(self) -> int:
        """Approximate size in bytes."""
        return len(self.body) + sum(len(value) for value in self.headers.values()) + 1000

    def response(self, request: Request) -> Response:
        """The response to a request: 304 without a body when the client has this answer already."""
        shared = {"ETag": self.tag, "Vary": "Accept"} | dict(self.headers)
        if has_it(request, self.tag):
            return Response(status_code=304, headers=shared)
        return Response(self.body, media_type=self.media_type, headers=shared)


def answer(
    request: Request,
    content: Mapping[str, Any],
    *,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with JSON-able content (numbers finite), or 304 when the client has it already."""
    body = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return answer_bytes(request, body, media_type=media_type, headers=headers)


def answer_document(request: Request, document: BaseModel) -> Response:
    """Answer with a document as JSON; see :func:`answer`."""
    return answer(request, document.model_dump(mode="json", by_alias=True))


def answer_bytes(
    request: Request, body: bytes, *, media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with bytes of any media type; see :func:`answer`."""
    given = Answer(body, media_type, headers or {})
    keep: Callable[[Answer], None] | None = getattr(request.state, "keep", None)
    if keep is not None:
        keep(given)
    return given.response(request)


def has_it(request: Request, tag: str) -> bool:
    """Whether a client says that it has the answer with this tag."""
    known = [part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")]
    return tag in known or "*" in known
