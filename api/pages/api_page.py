"""`/v1` as a page to read: every operation with its right and its formats, and Swagger UI to try them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse

from api.http.addresses import service_address
from api.http.dependencies import ServiceSettings
from api.http.headers import API_VERSION
from api.http.negotiation import CSV, GEOJSON, HTML, JSON, chosen_type
from api.http.sign_in import find_actor
from api.pages.rendering import render
from api.rest.openapi import API_PATH, description_of
from api.rest.rights_needed import RIGHT_NEEDED
from api.rest.routes import DEPRECATION
from hotspots.access.right_words import short_right
from hotspots.access.rights import SCOPES, Right

router = APIRouter(include_in_schema=False, dependencies=[Depends(find_actor)])

_FORMATS = {JSON: "JSON", GEOJSON: "GeoJSON", CSV: "CSV", "application/atom+xml": "Atom"}


@dataclass(frozen=True)
class Operation:
    """What can be asked of the API, by one method at one path."""

    method: str
    path: str
    description: str  # in a sentence
    right: Right
    formats: Sequence[str]
    deprecation: Mapping[str, Any] | None


@dataclass(frozen=True)
class Group:
    """Operations that belong together."""

    name: str
    description: str
    operations: Sequence[Operation]


@router.get(API_PATH)
def get_api_page(request: Request, settings: ServiceSettings) -> HTMLResponse:
    """Show what can be asked of the API; for a program that prefers JSON there is nothing here."""
    if chosen_type(request, (HTML, JSON)) != HTML:
        raise HTTPException(404)
    groups = groups_of(request.app.state.api)
    operations = [one for group in groups for one in group.operations]
    needed = {one.right for one in operations}
    return render(
        request,
        "api.html",
        title="De API",
        version=API_VERSION,
        address=service_address(request, settings),
        is_open=not settings.sign_in.required,
        groups=groups,
        rights=[(right, short_right(right), right in SCOPES) for right in Right if right in needed],
        deprecated=[one for one in operations if one.deprecation],
        per_minute=settings.service.requests_per_minute,
        contact=settings.service,
    )


def groups_of(api: FastAPI) -> Sequence[Group]:
    """The operations by group, as the description of the API has them; read once."""
    if not hasattr(api.state, "groups"):
        document = json.loads(description_of(api).body)
        api.state.groups = [
            Group(tag["name"], tag["description"], [*_operations(document, tag["name"])])
            for tag in document["tags"]
        ]
    made: Sequence[Group] = api.state.groups
    return made


def _operations(document: Mapping[str, Any], tag: str) -> Iterator[Operation]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if operation["tags"] != [tag]:
                continue
            content: Mapping[str, Any] = next(
                (told.get("content", {}) for status, told in operation["responses"].items() if status < "3"),
                {},
            )
            yield Operation(
                method.upper(),
                f"{API_PATH}{path}",
                operation["description"].partition("\n\n")[0],
                RIGHT_NEEDED[operation["operationId"]],
                [name for kind, name in _FORMATS.items() if kind in content],
                operation.get(DEPRECATION),
            )
