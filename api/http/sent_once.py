"""What is sent twice is done once: a double click, a reload or a second attempt gets the first answer.

A form of a page is known by its token (:mod:`hotspots.access.form_tokens`), a request to the API by its
`Idempotency-Key`. The claim on it is written with what it does (:mod:`hotspots.store.claims`); the answer is
kept sealed for who sends the same again with the same rights. What was refused can be sent again.
"""

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hotspots.access.form_tokens import FormToken
from hotspots.access.kept_forms import drop_kept_form
from hotspots.access.rights import Actor
from hotspots.access.sealing import seal, unseal
from hotspots.access.signed_links import SigningKey
from hotspots.errors import SentBeforeError
from hotspots.store.claims import CLAIM, Claim, read_claimed
from hotspots.store.database import Database

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
WAIT_S, LOOK_EVERY_S = 20.0, 0.1
"""How long who sends the same again waits for the first answer, and how often it is looked for."""

MAX_ANSWER = 1_000_000
"""The largest answer that is kept, in bytes; of a larger one only that it was given."""

_KEPT_HEADERS = frozenset({"content-type", "location", "etag", "refresh", "content-disposition"})

Refuse = Callable[[Request, Exception], Response]


class SentOnceMiddleware:
    """Gives each request that changes something its claim, and keeps the answer with it."""

    def __init__(self, app: ASGIApp, *, database: Database, signing_key: Callable[[], SigningKey]) -> None:
        self.app = app
        self.database = database
        self.signing_key = signing_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            await self.app(scope, receive, send)
            return
        claim = Claim()
        scope.setdefault("state", {})["claim"] = claim
        CLAIM.set(claim)
        held: list[Message] = []

        async def send_or_hold(message: Message) -> None:
            if not claim.key:
                await send(message)
                return
            held.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                CLAIM.set(None)  # what follows is no part of what is done once
                await run_in_threadpool(self._end, claim, held, scope["state"])
                for each in held:
                    await send(each)

        try:
            await self.app(scope, receive, send_or_hold)
        finally:
            CLAIM.set(None)

    def _end(self, claim: Claim, messages: list[Message], state: Mapping[str, Any]) -> None:
        status = messages[0]["status"]
        if status >= 400 and not claim.is_written:
            return
        answer = None if status >= 400 else self._sealed(claim, messages, state.get("nonce", ""))
        with suppress(SentBeforeError), self.database.writing() as connection:
            claim.write(connection)  # unless what was done wrote it, or nothing was written
            claim.end(connection, answer)
            form: FormToken | None = state.get("form_token")
            if form is not None and answer is not None:
                drop_kept_form(connection, form.mask)

    def _sealed(self, claim: Claim, messages: list[Message], nonce: str) -> bytes:
        body = b"".join(message.get("body", b"") for message in messages[1:])
        headers = [
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in messages[0]["headers"]
        ]
        content = {
            "status": messages[0]["status"],
            "headers": [pair for pair in headers if pair[0] in _KEPT_HEADERS],
            "body": base64.b64encode(body if len(body) <= MAX_ANSWER else b"").decode(),
            "nonce": nonce,
        }
        return seal(_secret(self.signing_key(), claim), json.dumps(content).encode())


def do_once(
    request: Request, database: Database, actor: Actor, *, parts: Iterable[str], content: bytes, now: datetime
) -> None:
    """Claim what a request does; ``parts`` make it that one, ``content`` is what is sent with it.

    Of both only a code by the key of the service is kept: a hash alone of a form with a password would have
    it guessed, by who reads the database, much faster than its own hash.

    Raises
    ------
    SentBeforeError
        If it was sent before.
    """
    claim: Claim = request.state.claim
    key: SigningKey = request.app.state.signing_key()
    claim.key = key.code("what is done once", actor.id, *parts)
    claim.digest = key.code("what was sent with it", hashlib.sha256(content).hexdigest())
    claim.actor_id, claim.at, claim.rights = actor.id, now, _rights_of(actor)
    with database.reading() as connection:
        if read_claimed(connection, key=claim.key, actor_id=actor.id) is not None:
            raise SentBeforeError("wanted to do this once, found that it was sent before")


def reserve(request: Request, database: Database) -> None:
    """Write the claim at once: for what changes no row of the database, or looks before it does.

    Raises
    ------
    SentBeforeError
        If it was sent before.
    """
    claim: Claim = request.state.claim
    if claim.key:
        with database.writing():  # which writes the claim
            pass


def install_sent_once(app: FastAPI, *, refuse: Refuse) -> None:
    """Let an app answer what was sent before with the first answer, or else by ``refuse``."""

    async def give(request: Request, error: Exception) -> Response:
        return await _first_answer(request) or refuse(request, error)

    app.add_exception_handler(SentBeforeError, give)


async def _first_answer(request: Request) -> Response | None:
    state: Any = request.app.state
    claim: Claim = request.state.claim
    asked = Claim(claim.key, claim.actor_id, claim.digest, rights=claim.rights)
    claim.key = ""  # this request does nothing
    waited = 0.0
    while waited < WAIT_S:
        known = await run_in_threadpool(_read, state.database, asked)
        if known is None or known.digest != asked.digest:
            return None
        if known.answer is not None:
            return _response(unseal(_secret(state.signing_key(), asked), known.answer), request.state.nonce)
        await asyncio.sleep(LOOK_EVERY_S)
        waited += LOOK_EVERY_S
    return None


def _read(database: Database, asked: Claim) -> Any:
    with database.reading() as connection:
        return read_claimed(connection, key=asked.key, actor_id=asked.actor_id)


def _response(content: bytes | None, nonce: str) -> Response | None:
    if content is None:  # the key of the service, or what the sender may, is another one since
        return None
    kept = json.loads(content)
    body = base64.b64decode(kept["body"])
    if kept["nonce"]:
        body = body.replace(kept["nonce"].encode(), nonce.encode())
    return Response(body, status_code=kept["status"], headers=dict(kept["headers"]))


def _secret(key: SigningKey, claim: Claim) -> str:
    return key.code("the answer to what was sent once", claim.key, claim.rights)


def _rights_of(actor: Actor) -> str:
    """What somebody may: an answer may be a file that is for no one without these rights."""
    areas = None if actor.gebieden is None else sorted(actor.gebieden)
    return repr((actor.role, actor.organisation, areas, sorted(actor.granted), sorted(actor.scopes)))
