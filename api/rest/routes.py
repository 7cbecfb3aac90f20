"""Routes of the API, each with its name and summary in the OpenAPI description."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Header, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from api.http.dependencies import ServiceDatabase
from api.http.deprecation import deprecation_of
from api.http.negotiation import CSV, GEOJSON, JSON, chosen_type
from api.http.paging import Paged
from api.http.sent_once import do_once
from api.http.sign_in import Now, SignedIn
from api.rest.documents import reference

Handler = TypeVar("Handler", bound=Callable[..., Any])

DEPRECATION = "x-verouderd"
"""The key of an operation's deprecation in the description of the API."""

IdempotencyKey = Annotated[
    str | None,
    Header(
        description=(
            "Eigen kenmerk van dit verzoek. Komt het een dag lang nog eens, dan gebeurt er niets en krijgt u "
            "het eerste antwoord; met een andere inhoud een 409"
        ),
        examples=["0f8b2c6e-41d9-4a7f-9a6d-3c5e7b1f2a84"],
        min_length=1,
        max_length=200,
    ),
]


async def once_by_key(
    request: Request,
    actor: SignedIn,
    database: ServiceDatabase,
    now: Now,
    idempotency_key: IdempotencyKey = None,
) -> None:
    """Do what a request asks once for each `Idempotency-Key` of its sender.

    Raises
    ------
    SentBeforeError
        If it was asked before.
    """
    if idempotency_key is None:
        return
    content, path = await request.body(), request.url.path
    parts = ("key", request.method, path, idempotency_key)
    await run_in_threadpool(do_once, request, database, actor, parts=parts, content=content, now=now)


def _accepts_json(request: Request) -> None:
    chosen_type(request, (JSON,))


class Routes(APIRouter):
    """A router whose routes have an operation id, a summary and an answer type.

    What is marked as deprecated is so in the description of the API too. What exists as JSON alone is refused
    to who accepts no JSON.
    """

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Add a route, described as deprecated where it is marked so."""
        mark = deprecation_of(endpoint)
        if mark is not None:
            options["deprecated"] = mark.is_whole or None
            options["openapi_extra"] = {DEPRECATION: mark.as_json()} | (options.get("openapi_extra") or {})
        if options.get("methods") == ["GET"] and 200 not in (options.get("responses") or {}):
            options["dependencies"] = [*(options.get("dependencies") or ()), Depends(_accepts_json)]
        super().add_api_route(path, endpoint, **options)

    def reads(
        self,
        path: str,
        operation_id: str,
        summary: str,
        model: type[BaseModel],
        *,
        geojson: type[BaseModel] | None = None,
        is_table: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Add a route that answers with a document of this type, or with GeoJSON if that is given.

        A collection that is paged is also given as CSV, and so is a table.
        """
        kinds: dict[str, Any] = {GEOJSON: {"schema": reference(geojson)}} if geojson else {}
        if is_table or issubclass(model, Paged):
            kinds[CSV] = {"schema": {"type": "string"}}
        content = {"content": kinds} if kinds else None
        return self.get(
            path,
            operation_id=operation_id,
            summary=summary,
            response_model=model,
            responses={200: content} if content else None,
        )

    def adds(self, path: str, operation_id: str, summary: str) -> Callable[[Handler], Handler]:
        """Add a route that creates something (201), once for each key that a client gives."""
        return self.post(
            path,
            operation_id=operation_id,
            summary=summary,
            status_code=201,
            dependencies=[Depends(once_by_key)],
        )
