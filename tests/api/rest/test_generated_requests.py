"""Requests made up from the API's own description, right and wrong ones, for every operation and every role.

Whatever is sent: no answer 5xx, no status, media type or header that is not described, no content against
its schema. ``make bench BENCH=generated`` sends tens of thousands.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile
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
from hotspots.settings import DatabaseSettings, ServiceSettings, Settings
from hotspots.store.database import Database

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
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
FEW = 2
"""As many for each operation as are made up unless more are asked for."""
VERSIONS = ['"v1"', '"v2"', '"v3"']


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: what is checked and described is the same on every database."""
    return sqlite_url


@dataclass
class Asking:
    """One who asks, or nobody, each of a service of their own: nobody sees what another changed."""

    who: str
    app: Any
    session: Any
    headers: dict[str, str]
    statuses: Counter[int] = field(default_factory=Counter)


@pytest.fixture
def askers(
    service_settings: Settings, database: Database, sessions: Callable[[str], str], tmp_path: Path
) -> Iterator[list[Asking]]:
    """Somebody of each role, and nobody."""
    tokens = {role: sessions(role) for role in Role}
    database.close()  # all of it stands in its file then
    askers = []
    with ExitStack() as stack:
        for role in (*Role, None):
            own = tmp_path / f"{role}.sqlite"
            copyfile(str(database.engine.url.database), own)
            app: Any = create_app(
                service_settings.model_copy(
                    update={
                        "service": ServiceSettings(requests_per_minute=0),
                        "database": DatabaseSettings(url=f"sqlite:///{own}"),
                    }
                )
            )
            headers = {}
            if role is not None:
                with TestClient(app) as client:
                    client.cookies.set("hotspots_sessie", tokens[role])
                    csrf = client.get("/sessie").json()["csrf"]
                headers = {"Cookie": f"hotspots_sessie={tokens[role]}", "X-CSRF-Token": csrf}
            session = stack.enter_context(asgi.get_client(app))
            askers.append(Asking(role or "nobody", app, session, headers))
        yield askers


@pytest.mark.usefixtures("five_places")
def test_no_request_gets_an_answer_that_is_not_described(
    request: pytest.FixtureRequest, askers: list[Asking]
) -> None:
    count: int = request.config.getoption("--cases-per-operation")
    description = TestClient(askers[0].app).get("/v1/openapi.json").json()
    for path in description["paths"].values():
        for operation in path.values():
            del operation["responses"]["default"]  # it would describe every status
            operation.pop("security", None)  # who asks is decided here: each request has the session
    problems: list[str] = []
    loaded: Any = schemathesis.openapi.from_dict(description)
    for number, result in enumerate(loaded.get_all_operations()):
        operation = result.ok()
        # few wrong ones are made up for every second operation, and sent by every third of those who ask
        gets_wrong = count > FEW or number % 2 == 0
        third = askers if count > FEW else askers[number // 2 % 3 :: 3]
        for mode, own in ((MODES[0], askers), (MODES[1], third))[: 1 + gets_wrong]:
            try:
                problems += send_some(operation, mode, count, own)
            except hypothesis.errors.Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE  # nothing can be wrong with it
    for each in askers:
        told = ", ".join(f"{number:,} times {status}" for status, number in sorted(each.statuses.items()))
        paths = len(description["paths"])
        print(f"{each.who}: {each.statuses.total():,} requests to {paths} paths: {told}")
    assert problems == [], "\n\n".join(problems)  # all that is wrong is told at once


def send_some(operation: Any, mode: GenerationMode, count: int, askers: list[Asking]) -> list[str]:
    """Send requests of one operation, three of four about something that exists; count the answers.

    Each is made up once, which takes ten times as long as to send it, and sent by all.
    """
    known = [(name, values) for part, name, values in KNOWN if part in operation.label]
    # where the version is what is wrong, it must stay so
    wants_version = mode is GenerationMode.POSITIVE and any(
        parameter.name == "if-match" for parameter in operation.headers
    )
    checks = CHECKS if mode is GenerationMode.POSITIVE else [*CHECKS, negative_data_rejection]
    problems: list[str] = []

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
        of_all = {}
        for name, values in known:
            if data.draw(strategies.integers(0, 3)):
                chosen = data.draw(strategies.sampled_from(values))
                case.path_parameters = dict(case.path_parameters) | {name: chosen}
        if wants_version and data.draw(strategies.integers(0, 3)):
            of_all["If-Match"] = data.draw(strategies.sampled_from(VERSIONS))
        for each in askers:
            own = each.headers | of_all
            answer = case.call(headers=own, app=each.app, session=each.session)
            each.statuses[answer.status_code] += 1
            # 412 refuses too, but is not among the refusals that negative_data_rejection knows
            is_refused = answer.status_code == 412
            try:
                case.validate_response(answer, checks=CHECKS if is_refused else checks, headers=own)
            except FailureGroup as error:
                problems.append(f"{each.who}: {operation.label}, {mode.value}: {error}")
            assert answer.headers["api-version"] == [API_VERSION]

    send()
    return problems
