"""The OpenAPI description of the API: derived by FastAPI from the routes, adapted to the API design rules."""

import json
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.http.answers import Answer
from api.http.coordinates import CRS84, coordinate_systems
from api.http.errors import MEDIA_TYPE, Problem
from api.http.headers import API_VERSION
from api.http.negotiation import CSV, GEOJSON, JSON
from api.http.tables import example_of
from api.rest.case_documents import CaseDocument
from api.rest.documents import NOT_FOLLOWED, reference
from api.rest.duidingen import DuidingDocument
from api.rest.examples import PROBLEMS, load_examples
from api.rest.routes import DEPRECATION

API_PATH = "/v1"

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
_WITH_VERSION = ("getDossier", "getDuiding")
"""Their ETag is the version that a change is made on, which other fields do not affect."""

_ALWAYS = ("API-Version", "X-Request-Id", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
"""Headers of every answer; rate limit headers only where there is a limit."""

_SPARSE = ("Hotspot", "HotspotDocument")
"""Schemas whose fields are all optional."""


def _header(text: str, example: str | int) -> dict[str, Any]:
    kind = "integer" if isinstance(example, int) else "string"
    return {"description": text, "schema": {"type": kind, "examples": [example]}}


_HEADERS = {
    "API-Version": _header("Volledig versienummer van de API", API_VERSION),
    "X-Request-Id": _header(
        "Kenmerk van het verzoek: dat van u, of een nieuw", "0f8b2c6e41d94a7f9a6d3c5e7b1f2a84"
    ),
    "ETag": _header("Waaraan dit antwoord te herkennen is", '"v4"'),
    "Link": _header("Verwijzingen naar andere pagina's (RFC 8288)", '</v1/hotspots?pagina=2>; rel="next"'),
    "Deprecation": _header("Sinds wanneer dit verouderd is (RFC 9745)", "@1767225600"),
    "Sunset": _header("Tot wanneer het minstens blijft (RFC 8594)", "Fri, 01 Jan 2027 00:00:00 GMT"),
    "Content-Crs": _header("Coördinaten van de vormen, bij GeoJSON", f"<{CRS84}>"),
    "Retry-After": _header("Over hoeveel seconden het weer kan", 42),
    "RateLimit-Limit": _header("Verzoeken die u per minuut mag doen", 600),
    "RateLimit-Remaining": _header("Hoeveel daarvan er nog over zijn", 573),
    "RateLimit-Reset": _header("Over hoeveel seconden ze er alle weer zijn", 42),
}


def description_of(api: FastAPI) -> Answer:
    """The OpenAPI description of the API, made once: by `hotspots serve` before it listens."""
    if not hasattr(api.state, "description"):
        text = json.dumps(describe(api, path=API_PATH), ensure_ascii=False)
        api.state.description = Answer(text.encode(), JSON, {"Access-Control-Allow-Origin": "*"})
    made: Answer = api.state.description
    return made


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
        # with the parameter fields a client gets only the fields it asked for
        required = [
            field for field in document["components"]["schemas"][name].pop("required") if field[0] == "_"
        ]
        if required:
            document["components"]["schemas"][name]["required"] = required
    components["headers"] = _HEADERS
    every = _ERRORS | _ERRORS_WHEN_SIGNED_IN | _ERRORS_WHEN_CHANGING | _ERRORS_WHEN_CHANGING_A_VERSION
    components["responses"] = {
        f"Fout{status.capitalize()}": _error(status, text) for status, text in every.items()
    }
    systems = list(coordinate_systems(app.state.settings))
    for method, operation in _operations(document):
        _complete(method, operation)
        if DEPRECATION in operation:
            _mark_deprecated(operation, document["components"]["schemas"])
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in ("crs", "bboxCrs"):
                parameter["schema"] = {"type": "string", "enum": systems, "default": CRS84}
    return document


def _operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [entry for path in document["paths"].values() for entry in path.items()]


def _complete(method: str, operation: dict[str, Any]) -> None:
    name, responses = operation["operationId"], operation["responses"]
    parameters = {parameter["name"]: parameter for parameter in operation.get("parameters", ())}
    errors = dict(_ERRORS)
    if "security" in operation:
        errors |= _ERRORS_WHEN_SIGNED_IN
    if method != "get":
        errors |= _ERRORS_WHEN_CHANGING
    if "if-match" in parameters:
        errors |= _ERRORS_WHEN_CHANGING_A_VERSION
    if not any(parameter["in"] == "path" for parameter in parameters.values()):
        del errors["404"]
    responses.pop("422", None)
    # headers that a route itself declares get the same descriptions as elsewhere
    for status in [status for status in responses if status[0] in "45"]:
        errors[status] = responses.pop(status)["description"]
    for response in responses.values():
        _complete_success(method, name, response, is_paged="pagina" in parameters)
    if method == "get" and name not in _WITH_VERSION:
        responses["304"] = {
            "description": "Niet gewijzigd: u heeft dit al (If-None-Match)",
            "headers": _headers(*_ALWAYS, "ETag"),
        }
    for status in errors:
        responses.setdefault(status, {"$ref": f"#/components/responses/Fout{status.capitalize()}"})
    requests = load_examples()["requests"]
    if "requestBody" in operation and name in requests:
        operation["requestBody"]["content"][JSON]["example"] = requests[name]


def _mark_deprecated(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Mark what is deprecated of an operation, and add the headers of its answers."""
    deprecation = operation[DEPRECATION]
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in deprecation["parameters"]:
            parameter["deprecated"] = True
    for status, response in operation["responses"].items():
        if status[0] != "2":
            continue
        response["headers"] |= _headers("Deprecation", "Sunset", "Link")
        for content in response.get("content", {}).values():
            name = content["schema"].get("$ref", "").rpartition("/")[2]
            fields = schemas.get(name, {}).get("properties", {})
            for field in fields.keys() & set(deprecation["velden"]):
                fields[field]["deprecated"] = True


def _complete_success(method: str, name: str, response: dict[str, Any], *, is_paged: bool) -> None:
    if response.get("description") == "Successful Response":
        response["description"] = "Gelukt"
    content = response.get("content", {})
    headers = [*_ALWAYS]
    versioned = [reference(CaseDocument), reference(DuidingDocument)]
    if method == "get" or content.get(JSON, {}).get("schema") in versioned:
        headers.append("ETag")
    if is_paged:
        headers.append("Link")
    if GEOJSON in content:
        headers.append("Content-Crs")
    response["headers"] = _headers(*headers)
    answers = load_examples()["answers"]
    for media_type, answer in content.items():
        if name not in answers:  # a test requires an example of every operation
            continue
        if media_type == CSV:
            members = {key: rows for key, rows in answers[name][JSON].items() if isinstance(rows, list)}
            answer["example"] = example_of(*next((key, rows[0]) for key, rows in members.items()))
        else:
            answer["example"] = answers[name][media_type]


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _error(status: str, text: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": text,
        "headers": _headers(*_ALWAYS, *(["Retry-After"] if status == "429" else [])),
        "content": {MEDIA_TYPE: {"schema": schema, "example": PROBLEMS[status]}},
    }
