"""The description of the API follows the Dutch API design rules (2.2)."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.headers import API_VERSION
from api.main import create_app
from hotspots.hotspot import PROPERTY_NAMES
from hotspots.settings import DatabaseSettings, Settings


@pytest.fixture
def description(settings: Settings, tmp_path: Path) -> dict[str, Any]:
    """The description, as it is published; it needs no database."""
    url = f"sqlite:///{tmp_path}/none.sqlite"
    app = create_app(settings.model_copy(update={"database": DatabaseSettings(url=url)}))
    answer = TestClient(app).get("/v1/openapi.json")
    assert answer.headers["access-control-allow-origin"] == "*"
    document: dict[str, Any] = answer.json()
    return document


def operations(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation with its name."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_it_names_version_server_and_contact(description: dict[str, Any]) -> None:
    assert description["openapi"].startswith("3.")
    assert description["info"]["version"] == API_VERSION
    assert set(description["info"]["contact"]) == {"name", "email", "url"}
    assert [server["url"] for server in description["servers"]] == ["/v1"]


def test_every_answer_carries_the_version_and_every_error_is_a_problem(description: dict[str, Any]) -> None:
    shared = description["components"]["responses"]
    for name, operation in operations(description):
        assert "422" not in operation["responses"], name
        assert {"400", "503"} <= set(operation["responses"]), name
        for status, response in operation["responses"].items():
            found = shared[response["$ref"].rsplit("/", 1)[1]] if "$ref" in response else response
            assert "API-Version" in found["headers"], (name, status)
            if not status.startswith("2"):
                assert set(found["content"]) == {"application/problem+json"}, (name, status)


def test_query_keys_are_camel_case_and_paths_have_no_trailing_slash(description: dict[str, Any]) -> None:
    assert not [path for path in description["paths"] if path.endswith("/")]
    keys = [
        parameter["name"]
        for _, operation in operations(description)
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query"
    ]
    assert {"pagina", "paginaGrootte", "peildatum", "bbox"} <= set(keys)
    assert [key for key in keys if not re.fullmatch(r"[a-z][a-zA-Z\d]*", key)] == []


def test_the_hotspot_is_described_field_by_field_in_dutch(description: dict[str, Any]) -> None:
    fields = description["components"]["schemas"]["Hotspot"]["properties"]
    assert tuple(fields) == PROPERTY_NAMES
    assert [
        name for name, field in fields.items() if "description" not in field and "$ref" not in field
    ] == []
    assert fields["eersteMelding"]["format"] == "date"


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    references = set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(description)))
    assert "components/schemas/HotspotFeatureCollection" in references
    for reference in references:
        found: Any = description
        for part in reference.split("/"):
            found = found[part]


def test_the_linter_of_the_design_rules_finds_nothing(
    description: dict[str, Any], tmp_path: Path, shared_data: Callable[[str], Path]
) -> None:
    spectral = shutil.which("spectral")
    if spectral is None:
        pytest.skip("spectral is not installed here: npm install --global @stoplight/spectral-cli@6")
    rules = shared_data("standards/logius-adr-linter.yaml")
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(description), encoding="utf-8")
    command = [spectral, "lint", "--fail-severity=warn", "-r", str(rules), str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout
