"""The description of the API follows the Dutch API design rules (2.2)."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs  # comes with schemathesis
import pytest
from fastapi.testclient import TestClient

from api.http.headers import API_VERSION
from api.main import create_app
from hotspots.settings import DatabaseSettings, MunicipalitySettings, Settings
from hotspots.tracking.hotspot import PROPERTY_NAMES

CAMEL_CASE = re.compile(r"[a-z][a-z\d]*([A-Z][a-z\d]*)*")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The description as it is published; it needs no database."""
    url = f"sqlite:///{tmp_path_factory.mktemp('published')}/none.sqlite"
    place = MunicipalitySettings(name="Maastricht", code="GM0935")
    app = create_app(Settings(municipality=place, database=DatabaseSettings(url=url)))
    answer = TestClient(app).get("/v1/openapi.json")
    assert answer.headers["access-control-allow-origin"] == "*"
    return answer.text


@pytest.fixture
def description(published: str) -> dict[str, Any]:
    """The description, for one test to change: reading it takes a tenth of copying it."""
    document: dict[str, Any] = json.loads(published)
    return document


def operations(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation with its name."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def broken_rules(description: dict[str, Any]) -> Iterator[str]:
    """What is against the rules of the Logius linter, each rule under the linter's name for it.

    Spectral needs Node.js and the published rule set; this needs neither, so it runs everywhere.
    """
    info, shared = description["info"], description["components"]["responses"]
    if not re.fullmatch(r"\d+\.\d+\.\d+", info["version"]):
        yield f"semver: {info['version']}"
    yield from (
        f"info-contact: {key}" for key in ("name", "email", "url") if not info.get("contact", {}).get(key)
    )
    for server in description["servers"]:
        if not re.search(r"/v\d+", server["url"]) or server["url"].startswith("http://"):
            yield f"uri-version: {server['url']}"
    yield from (
        f"paths-kebab-case: {path}"
        for path in description["paths"]
        if not re.fullmatch(r"(/([a-z0-9-]+|\{[^}]+\}))+", path)
    )
    names = [operation["operationId"] for _, operation in operations(description)]
    yield from (f"operation-operationId-unique: {name}" for name in names if names.count(name) > 1)
    for name, operation in operations(description):
        if name.split()[0] not in {"get", "post", "put", "patch", "delete"}:
            yield f"http-methods: {name}"
        parameters = operation.get("parameters", [])
        if {found["name"] for found in parameters if found["in"] == "path"} != set(
            re.findall(r"\{([^}]+)\}", name)
        ):
            yield f"path-params: {name}"
        yield from (
            f"query-keys-camel-case: {found['name']} in {name}"
            for found in parameters
            if found["in"] == "query" and not CAMEL_CASE.fullmatch(found["name"])
        )
        if "400" not in operation["responses"]:
            yield f"problem-invalid-input: {name}"
        for status, response in operation["responses"].items():
            found = shared[response["$ref"].rsplit("/", 1)[1]] if "$ref" in response else response
            if "API-Version" not in found.get("headers", {}):
                yield f"missing-version-header: {status} of {name}"
            if status[0] not in "23" and "application/problem+json" not in found.get("content", {}):
                yield f"use-problem-schema: {status} of {name}"
    yield from _broken_rules_of_schemas(description["components"]["schemas"])


def _broken_rules_of_schemas(schemas: dict[str, Any]) -> Iterator[str]:
    missing = {"status", "title", "detail"} - set(schemas["Problem"]["properties"])
    yield from (f"problem-schema-members: {name}" for name in sorted(missing))
    for schema, content in schemas.items():
        if not re.fullmatch(r"([A-Z][a-z\d]*)+", schema):
            yield f"schema-camel-case: {schema}"
        for name, field in content.get("properties", {}).items():
            if name != "_links" and not CAMEL_CASE.fullmatch(name):
                yield f"property-casing: {schema}.{name}"
            formats = set(re.findall(r"'format': '([^']+)'", str(field)))
            if formats & {"time", "date-time-local"}:
                yield f"date-time-ensure-timezone: {schema}.{name}"
            if re.search(r"(^d|D)(ate|atum)$", name) and formats != {"date"}:
                yield f"use-date-instead-of-datetime: {schema}.{name}"


def _hotspots(description: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = description["paths"]["/hotspots"]["get"]
    return operation


def _fields(description: dict[str, Any], schema: str) -> dict[str, Any]:
    fields: dict[str, Any] = description["components"]["schemas"][schema]["properties"]
    return fields


BREACHES: dict[str, Callable[[dict[str, Any]], object]] = {
    "semver": lambda given: given["info"].update(version="1"),
    "info-contact": lambda given: given["info"]["contact"].pop("url"),
    "uri-version": lambda given: given["servers"].append({"url": "/api"}),
    "paths-kebab-case": lambda given: given["paths"].update(
        {"/hot_spots": {"get": _hotspots(given) | {"operationId": "getHotSpots"}}}
    ),
    "operation-operationId-unique": lambda given: _hotspots(given).update(operationId="getBuurten"),
    "http-methods": lambda given: given["paths"]["/hotspots"].update(trace=_hotspots(given)),
    "path-params": lambda given: given["paths"].update({"/hotspots/{nummer}": given["paths"]["/hotspots"]}),
    "query-keys-camel-case": lambda given: _hotspots(given)["parameters"][0].update(name="peil_datum"),
    "problem-invalid-input": lambda given: _hotspots(given)["responses"].pop("400"),
    "missing-version-header": lambda given: _hotspots(given)["responses"]["200"].pop("headers"),
    "use-problem-schema": lambda given: given["components"]["responses"]["Fout404"].pop("content"),
    "problem-schema-members": lambda given: _fields(given, "Problem").pop("detail"),
    "schema-camel-case": lambda given: given["components"]["schemas"].update(hotspot_page={}),
    "property-casing": lambda given: _fields(given, "Hotspot").update(aantal_meldingen={}),
    "date-time-ensure-timezone": lambda given: _fields(given, "Hotspot").update(tijd={"format": "time"}),
    "use-date-instead-of-datetime": lambda given: _fields(given, "RunDocument").update(datum={}),
}
"""For each rule what breaks it."""


def test_a_client_that_has_the_description_is_told_that_it_is_still_so(tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(database=DatabaseSettings(url=f"sqlite:///{tmp_path}/none"))))
    first = client.get("/v1/openapi.json")
    again = client.get("/v1/openapi.json", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers["access-control-allow-origin"] == "*"


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
            if status[0] not in "23":
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


def described_bodies(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything that is sent or answered with a body, by name: its media type, schema and example."""
    shared = description["components"]["responses"]
    for name, operation in operations(description):
        if "requestBody" in operation:
            yield f"{name}: asked", operation["requestBody"]["content"]["application/json"]
        for status, response in operation["responses"].items():
            found = shared[response["$ref"].rsplit("/", 1)[1]] if "$ref" in response else response
            for media_type, body in found.get("content", {}).items():
                yield f"{name}: {status} as {media_type}", body


def left_out(example: Any, schema: dict[str, Any], schemas: dict[str, Any], at: str = "") -> Iterator[str]:
    """Where an example has fewer fields than its schema knows, or other ones; links may be absent."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    if isinstance(example, list):
        for number, part in enumerate(example):
            yield from left_out(part, schema.get("items", {}), schemas, f"{at}[{number}]")
    fields = schema.get("properties")
    if isinstance(example, dict) and fields:
        optional = {"prev", "next", "invalidParams"}
        if not set(fields) - optional <= set(example) <= set(fields):
            yield f"{at}: {sorted(set(fields) ^ set(example))}"
        for name in set(fields) & set(example):
            yield from left_out(example[name], fields[name], schemas, f"{at}.{name}")


def test_every_body_has_an_example_that_fits_its_schema(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    problems, statuses = [], set()
    for name, body in described_bodies(description):
        statuses.add(name.split(": ")[1].split()[0])
        if "example" not in body:
            problems.append(f"{name}: no example")
            continue
        schema = body["schema"] | {"components": description["components"]}
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        problems += [f"{name}: {error.message}" for error in validator.iter_errors(body["example"])]
        if not name.endswith("asked"):
            problems += [f"{name}{found}" for found in left_out(body["example"], body["schema"], schemas)]
    assert problems == []
    assert statuses >= {"asked", "200", "201", "400", "401", "403", "404", "409", "412", "428", "429", "503"}


def test_an_example_that_does_not_fit_is_found(description: dict[str, Any]) -> None:
    body = description["paths"]["/hotspots/{id}"]["get"]["responses"]["200"]["content"]["application/json"]
    schemas = description["components"]["schemas"]
    del body["example"]["_links"]["weken"]
    assert list(left_out(body["example"], body["schema"], schemas)) == ["._links: ['weken']"]
    schema = body["schema"] | {"components": description["components"]}
    assert not jsonschema_rs.Draft202012Validator(schema).is_valid(body["example"])


def test_the_rules_of_the_design_rules_linter_hold(description: dict[str, Any]) -> None:
    assert list(broken_rules(description)) == []


@pytest.mark.parametrize("rule", BREACHES, ids=str)
def test_a_broken_rule_is_found(description: dict[str, Any], rule: str) -> None:
    BREACHES[rule](description)
    assert rule in {found.split(": ")[0] for found in broken_rules(description)}


def test_the_linter_of_the_design_rules_finds_only_the_rule_that_was_broken(
    description: dict[str, Any], tmp_path: Path, shared_data: Callable[[str], Path], spectral: Path
) -> None:
    """Spectral itself with the published rules: of a description with one rule broken it finds just that."""
    rules = shared_data("standards/logius-adr-linter.yaml")
    BREACHES["paths-kebab-case"](description)
    file, report = tmp_path / "openapi.json", tmp_path / "report.json"
    file.write_text(json.dumps(description), encoding="utf-8")
    command = [str(spectral), "lint", "--format=json", f"--output={report}", f"--ruleset={rules}", str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert report.exists(), ended.stderr
    found = {(each["code"], tuple(each["path"])[:2]) for each in json.loads(report.read_text("utf-8"))}
    assert found == {("nlgov:paths-kebab-case", ("paths", "/hot_spots"))}
