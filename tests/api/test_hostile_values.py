"""Every parameter of every address, given a value at the edge of what can be written: no answer is a 5xx.

With ``EVERY_VALUE=1`` in the environment each gets more of them.
"""

import os
import re
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import Mount

from api.main import create_app
from hotspots.access.passwords import csrf_token
from hotspots.settings import ServiceSettings, Settings
from hotspots.store.database import Database

API = Path(__file__).parents[2] / "api"

HOSTILE = (
    "99999999999999999999",
    "3000000000",
    "-1",
    "9" * 4400,
    "1e400",
    "NaN",
    "\u0663",  # a digit three of another script, which int() reads
    "\u00b2",  # isdigit() and no int()
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00/9999-12-31T23:59:59-14:00",
    "../9999-12-31T23:59:59-14:00",
    "0000-W01",
    "9999-W53",
    "a\x00b",
    b"\xed\xa0\x80",  # half a character
    b"\xff",
    "\u202e\u2028\u0130",
    "1e308,1e308,-1e308,nan",
    "Markt 99999999999999999999",
    "[",
    "'",
)

_FORM_FIELD = re.compile(r'(?:form|choices)\.get\("(\w+)"')
FIELDS = sorted({name for path in API.rglob("*.py") for name in _FORM_FIELD.findall(path.read_text())})
"""Names that forms may have."""

IN_JSON = (
    '"\\ud800"',
    '"a\\u0000b"',
    "99999999999999999999",
    '"0001-01-01T00:00:00+14:00"',
    '["\\ud800"]',
)
EVERY_VALUE = "EVERY_VALUE" in os.environ

STAND_INS = {"nummer": "HS-2023-001", "id": "HS-2023-001", "collection": "hotspots", "code": "BU09350000"}
DAYS = ("0001-01-01", "9999-12-31")
SHORT = ("99999999999999999999", "a\x00b", b"\xed\xa0\x80", "0001-01-01T00:00:00+14:00")


def routes_of(routes: Any, prefix: str = "") -> Iterator[tuple[str, APIRoute]]:
    """All routes of the service, each with its whole path."""
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from routes_of(included.routes, prefix + route.include_context.prefix)
        elif isinstance(route, Mount):
            yield from routes_of(route.routes or [], prefix + route.path)
        elif isinstance(route, APIRoute):
            yield prefix + route.path, route


def parameters_of(dependant: Any) -> dict[str, Any]:
    """The parameters in the query that a route and what it depends on take: what each is, by name."""
    found: dict[str, Any] = {}
    for field in dependant.query_params:
        parts = getattr(field.field_info.annotation, "model_fields", None)
        found |= (
            {field.alias: field.field_info.annotation}
            if parts is None
            else {part.alias or name: part.annotation for name, part in parts.items()}
        )
    for inner in dependant.dependencies:
        found |= parameters_of(inner)
    return found


def asked(client: TestClient) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Requests with one hostile value each: in the query, in the path, in a form, in JSON."""
    number = 0
    for path, route in routes_of(client.app.routes):  # type: ignore[attr-defined]
        places = re.findall(r"\{(\w+)(?::\w+)?\}", path)
        plain = re.sub(r"\{(\w+)(?::\w+)?\}", lambda place: STAND_INS.get(place[1], "HS-2023-001"), path)
        for method in sorted((route.methods or set()) & {"GET", "POST", "PUT", "DELETE"}):
            for name, kind in sorted(parameters_of(route.dependant).items()) if method == "GET" else ():
                number += 1
                for value in DAYS if date in get_args(kind) else values(number):
                    yield method, f"{plain}?{name}={quote(value)}", {}
            for place in places:
                for value in values(number := number + 1):
                    filled = re.sub(rf"\{{{place}(?::\w+)?\}}", quote(value, safe="").replace("\\", ""), path)
                    yield method, re.sub(r"\{(\w+)(?::\w+)?\}", "HS-2023-001", filled), {}
            if method != "GET":
                for value in values(number := number + 1):
                    yield method, plain, {"content": "&".join(f"{name}={quote(value)}" for name in FIELDS)}
                for body in bodies(route):
                    yield method, plain, {"json_text": body}


def values(number: int) -> list[Any]:
    """One that was wrong before, or another, in turn: all of them at each address would take minutes."""
    turn, is_other = divmod(number, 2)
    both = [SHORT[turn % len(SHORT)], HOSTILE[turn * 5 % len(HOSTILE)]]
    return both if EVERY_VALUE else [both[is_other]]


def bodies(route: APIRoute) -> Iterator[str]:
    """JSON in which each field of a route's body is hostile."""
    if route.body_field is None:
        return
    fields = getattr(route.body_field.field_info.annotation, "model_fields", {})
    names = [field.alias or name for name, field in fields.items()]
    for turn, value in enumerate(IN_JSON):
        yield "{" + ", ".join(f'"{name}": {value}' for name in names) + "}"
        for chosen in names if EVERY_VALUE else names[turn :: len(IN_JSON)]:
            yield (
                "{" + ", ".join(f'"{n}": {value if n == chosen else PLAIN.get(n, WORD)}' for n in names) + "}"
            )


WORD = '"tekst"'
PLAIN = {"rechten": '["hotspots.lezen"]', "dagen": "30", "gebieden": "null", "geblokkeerd": "true"}


OF_BEHEERDER = ("/beheer", "/v1/adressen", "/v1/gebruikers", "/v1/tokens")


def role_for(address: str) -> str:
    """Who may do most there: others would be refused before a value is looked at."""
    if address.startswith(("/privacy", "/v1/inzage")):
        return "privacy"
    return "beheerder" if address.startswith(OF_BEHEERDER) else "oov"


@pytest.mark.usefixtures("three_weeks")
def test_no_value_of_a_parameter_makes_the_service_fail(
    service_settings: Settings,
    sessions: Callable[[str], str],
    database: Database,
) -> None:
    unlimited = service_settings.model_copy(
        update={
            "service": ServiceSettings(
                signing_key=service_settings.service.signing_key, requests_per_minute=0
            )
        }
    )
    # PostgreSQL casts and checks every value; SQLite, which hardly does, gets a sample
    step = 5 if database.is_sqlite else 1
    wrong, count = [], 0
    with TestClient(create_app(unlimited), raise_server_exceptions=False, follow_redirects=False) as client:
        tokens = {role: sessions(role) for role in ("oov", "beheerder", "privacy")}
        for method, address, body in islice(asked(client), 0, None, step):
            if address.startswith("/afmelden") or "wachtwoord" in address:
                continue
            token = tokens[role_for(address)]
            client.cookies.set("hotspots_sessie", token)
            own = {"X-CSRF-Token": csrf_token(token)}
            kind = "application/json" if "json_text" in body else "application/x-www-form-urlencoded"
            content = body.get("json_text", body.get("content"))
            headers = own | ({"Content-Type": kind} if content is not None else {})
            if method == "PUT" or "json_text" in body:
                headers["If-Match"] = '"v1"'
            answer = client.request(method, address, content=content, headers=headers)
            count += 1
            if answer.status_code >= 500:
                wrong.append((method, address[:90], (content or "")[:150], answer.status_code))
    assert wrong == []
    assert count * step > 400, count
