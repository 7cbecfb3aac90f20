"""Requests made up from the API's own description, right and wrong ones, for every operation and every role.

Whatever is sent: no answer 5xx, no status, media type or header that is not described, no content against
its schema. ``make bench BENCH=generated`` sends tens of thousands.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import hypothesis
import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import strategies
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.http.headers import API_VERSION
from api.main import create_app
from hotspots.access.rights import Role
from hotspots.settings import ServiceSettings, Settings

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
KNOWN = [
    ("/hotspots/{id}", "id", ["HS-2023-001", "HS-2023-002", "HS-2023-003", "HS-2023-006"]),
    ("/rondes/{peildatum}", "peildatum", ["2023-11-19", "2023-12-03"]),
    ("/gebruikers/{naam}", "naam", ["niemand"]),
]
"""In which paths which parameter has values that exist."""
VERSIONS = ['"v1"', '"v2"', '"v3"']


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: what is checked and described is the same on every database."""
    return sqlite_url


@pytest.mark.usefixtures("five_places")
@pytest.mark.parametrize("role", [*Role, None], ids=lambda role: role or "nobody")
def test_no_request_gets_an_answer_that_is_not_described(
    request: pytest.FixtureRequest,
    service_settings: Settings,
    sessions: Callable[[str], str],
    role: Role | None,
) -> None:
    count: int = request.config.getoption("--cases-per-operation")
    unlimited = service_settings.model_copy(update={"service": ServiceSettings(requests_per_minute=0)})
    app = create_app(unlimited)
    headers = {}
    with TestClient(app) as client:
        description = client.get("/v1/openapi.json").json()
        if role is not None:
            token = sessions(role)
            client.cookies.set("hotspots_sessie", token)
            csrf = client.get("/sessie").json()["csrf"]
            headers = {"Cookie": f"hotspots_sessie={token}", "X-CSRF-Token": csrf}
    for path in description["paths"].values():
        for operation in path.values():
            del operation["responses"]["default"]  # it would describe every status
            operation.pop("security", None)  # who asks is decided here: each request has the session
    problems: list[str] = []
    statuses: Counter[int] = Counter()
    loaded: Any = schemathesis.openapi.from_dict(description)
    service: Any = app
    with asgi.get_client(service) as session:
        for result in loaded.get_all_operations():
            operation = result.ok()
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                try:
                    send_some(operation, mode, count, statuses, app=app, session=session, headers=headers)
                except hypothesis.errors.Unsatisfiable:
                    assert mode is GenerationMode.NEGATIVE  # nothing can be wrong with it
                except FailureGroup as error:  # all that is wrong is told at once
                    problems.append(f"{operation.label}, {mode.value}: {error}")
    told = ", ".join(f"{number:,} times {status}" for status, number in sorted(statuses.items()))
    print(f"{role or 'nobody'}: {statuses.total():,} requests to {len(description['paths'])} paths: {told}")
    assert problems == [], "\n\n".join(problems)


def send_some(
    operation: Any,
    mode: GenerationMode,
    count: int,
    statuses: Counter[int],
    *,
    headers: dict[str, str],
    **to: Any,
) -> None:
    """Send requests of one operation, three of four about something that exists; count the answers."""
    known = [(name, values) for part, name, values in KNOWN if part in operation.label]
    # where the version is what is wrong, it must stay so
    wants_version = mode is GenerationMode.POSITIVE and any(
        parameter.name == "if-match" for parameter in operation.headers
    )
    checks = CHECKS if mode is GenerationMode.POSITIVE else [*CHECKS, negative_data_rejection]

    @hypothesis.seed(7)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        derandomize=False,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(strategies.data())
    def send(data: strategies.DataObject) -> None:
        case = data.draw(operation.as_strategy(generation_mode=mode))
        own = dict(headers)
        for name, values in known:
            if data.draw(strategies.integers(0, 3)):
                chosen = data.draw(strategies.sampled_from(values))
                case.path_parameters = dict(case.path_parameters) | {name: chosen}
        if wants_version and data.draw(strategies.integers(0, 3)):
            own["If-Match"] = data.draw(strategies.sampled_from(VERSIONS))
        answer = case.call(headers=own, **to)
        statuses[answer.status_code] += 1
        # 412 refuses too, but is not among the refusals that negative_data_rejection knows
        is_refused = answer.status_code == 412
        case.validate_response(answer, checks=CHECKS if is_refused else checks, headers=own)
        assert answer.headers["api-version"] == [API_VERSION]

    send()
