"""Examples of requests and answers: one story, about a square in Mariaberg at the end of 2023.

The story, its people and organisations are made up. Each example is in the OpenAPI description of its
operation; a test checks that they fit the description.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from api.http.errors import InvalidParameter, Problem, detail_of
from api.http.limits import TOO_LARGE, too_many
from api.http.negotiation import CSV, GEOJSON, JSON, not_available
from api.http.problem_types import OF_STATUS, PROBLEM_TYPES, ProblemType
from api.http.versions import ASK_FOR_TAG
from hotspots.errors import (
    ForbiddenError,
    HotspotsError,
    NotFoundError,
    SignInError,
    StaleError,
    StoreError,
)

_PATH = "/v1/hotspots/HS-2023-014"


@cache
def load_examples() -> dict[str, dict[str, Any]]:
    """Read the examples of successful requests by operation: ``answers`` by media type, and ``requests``."""
    examples: dict[str, dict[str, Any]] = json.loads(
        Path(__file__).with_name("examples.json").read_text(encoding="utf-8")
    )
    return examples


def problem_example(
    kind: ProblemType, detail: str | None = None, path: str = _PATH, **more: Any
) -> dict[str, Any]:
    """A problem of a kind as an answer has it, at the address of an example."""
    problem = Problem(
        type=f"https://hotspots.example.nl{kind.path}",
        title=kind.title,
        status=kind.status,
        detail=detail or kind.detail,
        instance=path,
        requestId="0f8b2c6e41d94a7f9a6d3c5e7b1f2a84",
        **more,
    )
    return problem.model_dump(by_alias=True, exclude_none=True)


def _problem(status: int, detail: str, path: str = _PATH, **more: Any) -> dict[str, Any]:
    return problem_example(OF_STATUS[status], detail, path, **more)


_WRONG = [
    InvalidParameter(plaats="query", naam="paginaGrootte", reden="moet 500 of lager zijn, gevonden: '900'"),
    InvalidParameter(
        plaats="query",
        naam="peildatum",
        reden="moet een datum zijn zoals 2023-12-31, gevonden: '31-12-2023'",
    ),
]

PROBLEMS: Mapping[str, Mapping[str, Any]] = {
    "400": _problem(
        400, "Er klopt iets niet in het verzoek (2 fouten).", "/v1/hotspots", invalidParams=_WRONG
    ),
    "401": _problem(401, detail_of(SignInError), f"{_PATH}/dossier"),
    "403": _problem(403, detail_of(ForbiddenError), f"{_PATH}/dossier"),
    "404": _problem(404, detail_of(NotFoundError), "/v1/hotspots/HS-2023-999"),
    "406": _problem(406, not_available([JSON, GEOJSON, CSV])),
    "409": problem_example(PROBLEM_TYPES["stap-kan-niet"], path=f"{_PATH}/status"),
    "412": _problem(412, detail_of(StaleError), f"{_PATH}/status"),
    "413": _problem(413, TOO_LARGE, f"{_PATH}/opmerkingen"),
    "428": _problem(428, ASK_FOR_TAG, f"{_PATH}/status"),
    "429": _problem(429, too_many(42), "/v1/hotspots"),
    "503": _problem(503, detail_of(StoreError), "/v1/hotspots"),
    "default": _problem(500, detail_of(HotspotsError), "/v1/hotspots"),
}
"""The error answers, by status."""
