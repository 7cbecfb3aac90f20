"""The OpenAPI description of the API: what FastAPI derives from the routes, made to fit the design rules."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.documents import NOT_FOLLOWED
from api.errors import MEDIA_TYPE, Problem
from api.headers import API_VERSION

_ERRORS = {
    "400": "Ongeldig verzoek; alle fouten staan erbij",
    "404": "Niet gevonden",
    "406": "Formaat niet beschikbaar",
    "429": "Te veel verzoeken; Retry-After zegt wanneer het weer kan",
    "503": "Tijdelijk niet beschikbaar",
    "default": "Onverwachte fout",
}
_ERRORS_WHEN_SIGNED_IN = {"401": "Niet aangemeld", "403": "Geen toegang"}
_ERRORS_WHEN_CHANGING = {"409": "Kan nu niet", "413": "Verzoek te groot"}
_ERRORS_WHEN_CHANGING_A_VERSION = {"412": "Intussen gewijzigd", "428": "If-Match ontbreekt"}
_SPARSE = ("Hotspot", "HotspotDocument")
"""Schemas of which every field may be left out."""


def describe(app: FastAPI, *, path: str) -> dict[str, Any]:
    """Give the OpenAPI description of an app that is mounted at a path."""
    document = get_openapi(
        title=app.title,
        version=API_VERSION,
        openapi_version=app.openapi_version,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
        servers=[{"url": path, "description": "Deze service"}],
        license_info=app.license_info,
    )
    document["info"]["contact"] = app.contact  # get_openapi wants one more package to look at the address
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    models: list[type[BaseModel]] = [*NOT_FOLLOWED, Problem]
    _, extra = models_json_schema(
        [(model, "serialization") for model in models],
        ref_template="#/components/schemas/{model}",
    )
    document["components"]["schemas"] = dict(sorted((extra["$defs"] | schemas).items()))
    for name in _SPARSE:
        # with the parameter fields a client gets what it asked for only
        required = [
            field for field in document["components"]["schemas"][name].pop("required") if field[0] == "_"
        ]
        if required:
            document["components"]["schemas"][name]["required"] = required
    components["headers"] = {
        "API-Version": {
            "description": "Volledig versienummer van de API",
            "schema": {"type": "string", "examples": [API_VERSION]},
        }
    }
    every = _ERRORS | _ERRORS_WHEN_SIGNED_IN | _ERRORS_WHEN_CHANGING | _ERRORS_WHEN_CHANGING_A_VERSION
    components["responses"] = {f"Fout{status.capitalize()}": _error(text) for status, text in every.items()}
    for method, operation in _operations(document):
        _complete(method, operation)
    return document


def _operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [entry for path in document["paths"].values() for entry in path.items()]


def _complete(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    errors = dict(_ERRORS)
    if "security" in operation:
        errors |= _ERRORS_WHEN_SIGNED_IN
    if method != "get":
        errors |= _ERRORS_WHEN_CHANGING
    if any(parameter["name"] == "if-match" for parameter in operation.get("parameters", ())):
        errors |= _ERRORS_WHEN_CHANGING_A_VERSION
    responses.pop("422", None)
    for response in responses.values():
        response.setdefault("headers", {})["API-Version"] = {"$ref": "#/components/headers/API-Version"}
        if response.get("description") == "Successful Response":
            response["description"] = "Gelukt"
    for status in errors:
        if status == "404" and not any(
            parameter["in"] == "path" for parameter in operation.get("parameters", ())
        ):
            continue
        responses.setdefault(status, {"$ref": f"#/components/responses/Fout{status.capitalize()}"})


def _error(text: str) -> dict[str, Any]:
    return {
        "description": text,
        "headers": {"API-Version": {"$ref": "#/components/headers/API-Version"}},
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
