"""Characters that no database takes: NUL, and halves of characters.

In an address or a form they are read as bytes that are no character are, as U+FFFD: a name with one of them
is unknown, as any other that is not there. In JSON, of which a program knows what it sends, they are refused.
"""

import re
from typing import Any

from pydantic_core import PydanticCustomError
from starlette.types import ASGIApp, Receive, Scope, Send

_UNUSABLE = re.compile("[\x00\ud800-\udfff]")
_UNKNOWN = "\ufffd"


class CharactersMiddleware:
    """Reads NUL in an address as a character that is not known."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http" and ("\x00" in scope["path"] or b"%00" in scope["query_string"]):
            scope["path"] = scope["path"].replace("\x00", _UNKNOWN)
            scope["query_string"] = scope["query_string"].replace(b"%00", b"%EF%BF%BD")
        await self.app(scope, receive, send)


def readable(body: bytes) -> str:
    """The text of a form, still escaped, with a known sign for what is no character."""
    return body.decode("utf-8", "replace").replace("\x00", _UNKNOWN).replace("%00", "%EF%BF%BD")


def refuse_unusable(value: Any) -> Any:
    """Give a value of JSON back, unless a text in it, or a name, has such a character.

    Raises
    ------
    PydanticCustomError
        If it has.
    """
    if _has_unusable(value):
        raise PydanticCustomError("unusable_characters", "has characters that do not exist")
    return value


def _has_unusable(value: Any) -> bool:
    if isinstance(value, str):
        return _UNUSABLE.search(value) is not None
    if isinstance(value, dict):
        return any(map(_has_unusable, value)) or any(map(_has_unusable, value.values()))
    return isinstance(value, list) and any(map(_has_unusable, value))
