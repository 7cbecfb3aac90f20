"""Every parser and importer, given what nobody would write, for as long as asked.

``make bench BENCH="fuzz --minutes 10"``, or ``python tests/benchmarks/fuzz.py [--minutes 1] [--only words]
[--seed 1]``: the minutes are divided over the targets, of which importers get more. Only errors of our own
tree may come out of a parser, and of the service nothing but an answer below 500. Anything else is printed
with the smallest input that does it, and the command ends with 1. A short version of all this is in
`tests/test_fuzzing.py`.
"""

import argparse
import json
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import quote

import pandas as pd
from fastapi import HTTPException
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.requests import Request

from api.http.negotiation import chosen_type
from api.http.provider import SignInRequest
from api.http.request_log import accepted_id
from api.main import create_app
from hotspots.access.oidc import actor_of, verify_token
from hotspots.errors import HotspotsError
from hotspots.files.values import number
from hotspots.geocoding.address_file import read_address_file
from hotspots.geocoding.address_list import locate_file
from hotspots.geocoding.locating import QUERY_COLUMNS, locate_addresses
from hotspots.geocoding.parsing import parse_number, parse_text
from hotspots.geocoding.register import AddressRegister
from hotspots.geography.area_files import read_area_file
from hotspots.intake.import_reports import import_reports
from hotspots.intake.scrubbing import scrub
from hotspots.intake.sources.mapping import read_mapping
from hotspots.intake.sources.times import parsed_time
from hotspots.operations.logs import start_logging, without_quotes
from hotspots.settings import (
    DatabaseSettings,
    LogSettings,
    MunicipalitySettings,
    PrivacySettings,
    Settings,
    SignInSettings,
    load_settings,
    shipped,
    with_changes,
)
from hotspots.store.database import Database

AT_LEAST = 20
"""Inputs of each target, also when its time is over: the first of a target take long."""

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
EXPECTED = (HotspotsError,)

ODD = (
    *("", " ", "\0", "\ufeff", "\u2028", "\ud7ff", "\U0001f525", "İ", "ß", "１２", "²", "٣", "½", "x" * 3000),
    *(
        "nan",
        "inf",
        "-inf",
        "1e400",
        "-0",
        "0x10",
        "1_000",
        "9" * 400,
        "--",
        "..",
        "../..",
        "%00",
        "%zz",
        "a b",
    ),
    *(
        "0000-00-00",
        "9999-12-31T23:59:59Z",
        "0001-01-01",
        "2023-02-30",
        "2023-03-26 02:30",
        "24:00",
        "+99:99",
    ),
    *(
        '"',
        "'",
        '""',
        ";",
        ",",
        "\r",
        "\n",
        "\r\n",
        "\t",
        "{",
        "}",
        "[",
        "]",
        "null",
        "true",
        "<b>",
        "${x}",
        "{{x}}",
    ),
)
WORDS = (
    *(
        "Markt 1",
        "Grote Staat 12-a",
        "hoek Markt / Bredestraat",
        "t.o. nr 12",
        "6211 AB Maastricht",
        "12-14",
        "bis",
    ),
    *(
        "Jan d'Arc",
        "meneer Jansen",
        "06-12345678",
        "111222333",
        "XX-99-99",
        "NL91ABNA0417164300",
        "@naam",
        "geb. 1-1",
    ),
)
anything = st.one_of(
    st.text(max_size=60),
    st.sampled_from(ODD),
    st.lists(st.one_of(st.sampled_from(ODD + WORDS), st.text(max_size=8)), max_size=6).map(" ".join),
    st.integers().map(str),
    st.floats().map(str),
    st.datetimes().map(str),
)


@dataclass(frozen=True)
class Target:
    """Something that reads, and what it is given."""

    given: st.SearchStrategy[Any]
    read: Callable[[Any], object]
    weight: int = 1  # how many shares of the time: what reads a file takes longer for each input


@dataclass
class Result:
    """What came of one target."""

    inputs: int = 0
    faults: list[str] = field(default_factory=list)


@cache
def folder() -> Path:
    """A folder of this process, for files to be read."""
    return Path(tempfile.mkdtemp(prefix="hotspots-fuzz-"))


@cache
def configured() -> Settings:
    """Settings with a database in that folder, with the shipped areas, five addresses and no report."""
    chosen = Settings(
        municipality=MunicipalitySettings(name="Maastricht", code="GM0935"),
        database=DatabaseSettings(url=f"sqlite:///{folder()}/fuzz.sqlite"),
        privacy=PrivacySettings(reporter_key=SecretStr("a key for fuzzing only, never for real reporters")),
        sign_in=SignInSettings(issuer="https://example.org", audience="hotspots", role_of={"OOV": "oov"}),
    )
    database().upgrade()
    return chosen


@cache
def database() -> Database:
    """The database that is imported into; every import is a dry run."""
    return Database(f"sqlite:///{folder()}/fuzz.sqlite")


@cache
def register() -> AddressRegister:
    """A register of a few addresses."""
    path = folder() / "register.csv"
    rows = [
        "Markt;1;;;6211CK",
        "Grote Staat;12;a;;6211CW",
        "Bredestraat;5;;bis;6211HA",
        "Plein 1992;3;;;6221JP",
    ]
    path.write_text(
        "straatnaam;huisnummer;huisletter;huisnummertoevoeging;postcode;woonplaats;lon;lat\n"
        + "".join(f"{row};Maastricht;5.69{n};50.85{n}\n" for n, row in enumerate(rows)),
        encoding="utf-8",
    )
    return AddressRegister(read_address_file(path).table)


def written(name: str, content: bytes) -> Path:
    """A file in the folder with this content."""
    path = folder() / name
    path.write_bytes(content)
    return path


def import_file(source: str, content: bytes) -> None:
    """Import as `hotspots reports import --dry-run` does; what was read must add up."""
    found = import_reports(
        database(), configured(), written("reports", content), source, now=NOW, dry_run=True
    )
    counts = found.as_json()
    parts = ("new", "updated", "unchanged", "otherCategory", "rejected")
    assert counts["read"] == sum(counts[part] for part in parts), counts


@st.composite
def delimited(draw: st.DrawFn, columns: tuple[str, ...], delimiter: str = ";") -> bytes:
    """A CSV file with some of these columns, odd cells, ends of lines and encodings; or broken."""
    header = draw(st.one_of(st.just(list(columns)), st.lists(st.sampled_from(columns), max_size=20)))
    width = st.one_of(st.just(len(header)), st.integers(0, 20))
    rows = [draw(st.lists(anything, min_size=n, max_size=n)) for n in draw(st.lists(width, max_size=6))]
    quoted = draw(st.booleans())
    cells = [[f'"{cell}"' if quoted else cell for cell in row] for row in [header, *rows]]
    text = draw(st.sampled_from(["\n", "\r\n", "\r"])).join(map(delimiter.join, cells))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-32"]))
    return draw(damaged(text.encode(encoding, "replace")))


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """The same bytes, or with some changed, cut off, or put in front."""
    how = draw(st.sampled_from(["whole", "whole", "cut", "changed", "before", "nothing like it"]))
    if how == "cut":
        return content[: draw(st.integers(0, len(content)))]
    if how == "changed" and content:
        place = draw(st.integers(0, len(content) - 1))
        return content[:place] + draw(st.binary(max_size=4)) + content[place + 1 :]
    if how == "before":
        marks = [b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"\0", b"{", b"["]
        return draw(st.sampled_from(marks)) + content
    return draw(st.binary(max_size=200)) if how == "nothing like it" else content


json_like = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), anything),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@st.composite
def records(draw: st.DrawFn, keys: tuple[str, ...]) -> bytes:
    """JSON of records with some of these keys, under one of the usual names or none."""
    record = st.dictionaries(st.sampled_from(keys), json_like, max_size=len(keys))
    listed: Any = draw(st.one_of(st.lists(st.one_of(record, record, json_like), max_size=5), json_like))
    wrapped = draw(st.sampled_from(["", "results", "features", "requests"]))
    text = json.dumps({wrapped: listed} if wrapped else listed)
    return draw(damaged(text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])))))


coordinate = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True), st.floats(5, 6), st.floats(50, 51), st.just(None)
)


@st.composite
def area_file(draw: st.DrawFn) -> bytes:
    """GeoJSON of areas with odd shapes, codes and properties."""
    ring = st.lists(st.lists(coordinate, min_size=0, max_size=4), max_size=6)
    square = st.just([[5.6, 50.8], [5.7, 50.8], [5.7, 50.9], [5.6, 50.8]])
    shape = st.one_of(
        st.fixed_dictionaries(
            {"type": st.just("Polygon"), "coordinates": st.lists(square | ring, max_size=3)}
        ),
        st.fixed_dictionaries(
            {"type": st.sampled_from(["Point", "MultiPolygon", "LineString", "x"]), "coordinates": json_like}
        ),
        st.none(),
    )
    names = (
        "buurtcode",
        "BU_CODE",
        "buurtnaam",
        "wijkcode",
        "gemeentecode",
        "aantal_inwoners",
        "gemeentenaam",
    )
    code = st.sampled_from(["BU09350000", "WK093500", "GM0935"])
    properties = st.dictionaries(st.sampled_from(names), st.one_of(code, anything, st.integers(), st.none()))
    feature = st.fixed_dictionaries({"type": st.just("Feature"), "geometry": shape, "properties": properties})
    collection: dict[str, Any] = {
        "type": "FeatureCollection",
        "features": draw(st.lists(st.one_of(feature, feature, json_like), max_size=4)),
    }
    if draw(st.booleans()):
        crs = draw(st.sampled_from(["urn:ogc:def:crs:EPSG::28992", "EPSG:4326", "EPSG:0", "nonsense"]))
        collection["crs"] = {"type": "name", "properties": {"name": crs}}
    return draw(damaged(json.dumps(collection).encode()))


@st.composite
def toml_like(draw: st.DrawFn, text: str) -> bytes:
    """A TOML file with some lines left out, doubled, or with another value."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    value = st.one_of(
        st.sampled_from(
            ['""', "[]", "{}", "true", "-1", "1e999", "nan", "inf", "2023-02-28", "'x'", "[[1]]", "0x7f"]
        ),
        anything.map(json.dumps),
        anything,
    )
    made = []
    for line in draw(st.lists(st.sampled_from(lines), max_size=25)):
        name, equals, _ = line.partition(" = ")
        made.append(f"{name} = {draw(value)}" if equals and draw(st.booleans()) else line)
    return draw(damaged("\n".join(made).encode("utf-8", "replace")))


def read_toml(reader: Callable[[Path], object], content: bytes) -> None:
    """Read a TOML file with a reader of ours."""
    reader(written("file.toml", content))


@cache
def client() -> TestClient:
    """A client of the service on the database of this process."""
    return TestClient(create_app(configured()), raise_server_exceptions=False)


PATHS = (
    *("/v1/hotspots", "/v1/buurten", "/v1/gebieden", "/v1/rondes", "/v1/hotspots/feed", "/v1/leren"),
    *(
        "/ogc/collections/hotspots/items",
        "/ogc/collections/buurten/items",
        "/ogc/collections/cellen/items",
        "/",
        "/kaart",
        "/hotspots/x",
        "/aanmelden",
    ),
    *(
        "/aanmelden/terug",
        "/sessie",
        "/gezond",
        "/metrics",
        "/v1/hotspots/x",
        "/v1/hotspots/x/dossier",
        "/inbedden/x",
    ),
)
QUERIES = (
    *(
        "pagina",
        "paginaGrootte",
        "bbox",
        "bbox-crs",
        "crs",
        "datetime",
        "peildatum",
        "limit",
        "offset",
        "f",
        "fields",
    ),
    *(
        "status",
        "soort",
        "trend",
        "gebied",
        "buurtcode",
        "sinds",
        "sorteer",
        "velden",
        "expand",
        "q",
        "token",
        "state",
    ),
)
HEADERS = (
    *(
        "Accept",
        "If-Match",
        "If-None-Match",
        "Authorization",
        "Cookie",
        "X-CSRF-Token",
        "X-Request-Id",
        "Origin",
    ),
    *(
        "Content-Type",
        "Content-Length",
        "X-Forwarded-For",
        "Accept-Crs",
        "Content-Crs",
        "Sec-Fetch-Site",
        "Range",
    ),
)
numbers_joined = st.lists(st.one_of(st.floats(), st.integers(-200, 200)), max_size=7).map(
    lambda numbers: ",".join(map(str, numbers))
)
query_value = st.one_of(
    anything,
    numbers_joined,
    st.sampled_from(
        ["http://www.opengis.net/def/crs/EPSG/0/28992", "2023-01-01/..", "../2023", "2023-01-01Z/x", "-1"]
    ),
)
header_value = st.one_of(
    st.sampled_from(
        [
            *(
                '"v1"',
                'W/"v1"',
                '"v99999999999"',
                "*",
                "*/*;q=nan",
                "application/geo+json;q=inf",
                "text/html;q=-1,,;;=",
            ),
            *(
                "Bearer ",
                "Bearer a.b.c",
                "Bearer hs_" + "x" * 40,
                "Basic Og==",
                "hotspots_sessie=",
                "hotspots_sessie=x",
            ),
            *("Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer eyJhbGciOiJIUzI1NiJ9.W10.x", "bytes=0-", "1" * 30),
        ]
    ),
    st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=40),
)
request_like = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["GET", "GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
        "path": st.one_of(st.sampled_from(PATHS), st.text(max_size=20).map("/v1/".__add__)),
        "params": st.lists(st.tuples(st.sampled_from(QUERIES), query_value), max_size=4),
        "headers": st.dictionaries(st.sampled_from(HEADERS), header_value, max_size=3),
        "content": st.one_of(
            st.just(b""), st.binary(max_size=60), json_like.map(lambda j: json.dumps(j).encode())
        ),
    }
)


def ask(given: Mapping[str, Any]) -> None:
    """Ask the service; any answer will do that is no fault of ours."""
    values = dict(given)
    path = quote(values["path"].encode("utf-8", "replace"), safe="/")
    headers = [(name, value.strip().encode("latin-1")) for name, value in values["headers"].items()]
    params = [(name, value.encode("utf-8", "replace").decode()) for name, value in values["params"]]
    client().cookies.clear()
    answer = client().request(
        values["method"],
        path,
        params=params,
        headers=headers,
        content=values["content"],
    )
    # 503 and 501 are no answers of ours to a wrong request either
    assert answer.status_code < 500, (answer.status_code, answer.text[:300])


def verify(token: str) -> None:
    """Check a token, and read the claims of one that would hold."""
    verify_token(token, {"keys": []}, issuer="https://example.org", audience="hotspots", now=NOW)


def read_claims(claims: Any) -> None:
    """Find who is meant by claims, which the provider signed but someone else filled in."""
    actor_of({"iss": "https://example.org", "sub": "x"} | claims, configured().sign_in)


def negotiate(header: bytes) -> None:
    """Choose a media type by an Accept header."""
    with suppress(HTTPException):
        chosen_type(Request({"type": "http", "headers": [(b"accept", header)]}))


def change_settings(changes: list[str]) -> None:
    """Change settings as `--set` does."""
    with_changes(configured(), changes)


def read_environment(variables: dict[str, str]) -> None:
    """Read settings from variables."""
    load_settings(written("empty.toml", b""), variables)


def locate_texts(texts: list[str]) -> None:
    """Locate addresses written as free text."""
    columns = dict.fromkeys(QUERY_COLUMNS, [""] * len(texts)) | {"free_text": texts}
    locate_addresses(pd.DataFrame(columns), register())


def scrubbed_twice(text: str) -> None:
    """Scrub; scrubbing again must change nothing."""
    once = scrub(text)
    assert scrub(once) == once, (text, once)


def locate_list(content: bytes) -> None:
    """Locate a CSV of addresses."""
    locate_file(written("list.csv", content), folder() / "located.csv", register())


MELDDESK = (
    *(
        "meldingnummer",
        "meldtijd",
        "hoofdcategorie",
        "subcategorie",
        "omschrijving",
        "straatnaam",
        "huisnummer",
    ),
    *("huisletter", "huisnummertoevoeging", "postcode", "woonplaats", "rd_x", "rd_y", "melder"),
)
SIGNALEN = (
    *(
        "id",
        "signal_id",
        "created_at",
        "updated_at",
        "incident_date_start",
        "category",
        "location",
        "status",
        "text",
    ),
    *("reporter", "lat", "lng", "geometrie", "main_slug", "sub_slug", "parent", "address", "state"),
)
OPEN311 = (
    *("service_request_id", "requested_datetime", "service_name", "service_code", "lat", "long", "address"),
    *("description", "status", "updated_datetime"),
)
ADDRESSES = (
    *(
        "straatnaam",
        "huisnummer",
        "huisletter",
        "huisnummertoevoeging",
        "postcode",
        "woonplaats",
        "lon",
        "lat",
    ),
    *("x", "y", "gemeente", "adres", "openbareruimte", "precisie"),
)


def mapping_text(name: str) -> str:
    """A mapping file that ships."""
    return shipped(f"config/sources/{name}.toml").read_text(encoding="utf-8")


IMPORTER = 5
"""Shares of what reads a whole file, and stores it: an input takes it so much longer, and it matters most."""


def targets() -> dict[str, Target]:
    """Everything that reads what comes from outside."""
    return {
        "reports as CSV": Target(delimited(MELDDESK), partial(import_file, "melddesk"), weight=IMPORTER),
        "reports of Signalen as CSV": Target(
            delimited(SIGNALEN, ","), partial(import_file, "signalen"), weight=IMPORTER
        ),
        "reports of Signalen as JSON": Target(
            records(SIGNALEN), partial(import_file, "signalen-api"), weight=IMPORTER
        ),
        "reports of Open311 as JSON": Target(
            records(OPEN311), partial(import_file, "open311"), weight=IMPORTER
        ),
        "address file": Target(
            delimited(ADDRESSES), lambda c: read_address_file(written("addresses.csv", c)), weight=IMPORTER
        ),
        "address package": Target(
            damaged(b"SQLite format 3\0" + bytes(84)),
            lambda c: read_address_file(written("a.gpkg", c)),
            weight=IMPORTER,
        ),
        "list of addresses": Target(delimited(ADDRESSES), locate_list, weight=IMPORTER),
        "areas file": Target(
            area_file(),
            lambda c: read_area_file(written("areas.geojson", c), municipality_code="GM0935"),
            weight=IMPORTER,
        ),
        "mapping file": Target(
            toml_like(mapping_text("melddesk") + mapping_text("signalen")), partial(read_toml, read_mapping)
        ),
        "settings file": Target(
            toml_like(shipped("config/hotspots.toml").read_text(encoding="utf-8")),
            partial(read_toml, lambda path: load_settings(path, {})),
        ),
        "settings in variables": Target(
            st.dictionaries(
                st.sampled_from(
                    [
                        "HOTSPOTS_AREAS_GEBIEDEN",
                        "HOTSPOTS_SERVICE_PROXIES",
                        "HOTSPOTS_CALENDAR_EVENTS",
                        "HOTSPOTS_X",
                    ]
                )
                | anything.map("HOTSPOTS_".__add__),
                anything,
                max_size=3,
            ),
            read_environment,
        ),
        "changes of settings": Target(
            st.lists(anything | st.tuples(anything, anything).map("detection.".join), max_size=3),
            change_settings,
        ),
        "address in text": Target(anything, parse_text),
        "address in fields": Target(st.lists(anything, min_size=6, max_size=6), lambda f: parse_number(f[1])),
        "free text": Target(st.lists(anything, min_size=1, max_size=4), locate_texts),
        "scrubbing": Target(anything, scrubbed_twice),
        "times": Target(
            st.tuples(anything, st.sampled_from(["iso", "excel", "%Y-%m-%d %H:%M", "%d-%m-%Y", "%s%z%j"])),
            lambda p: parsed_time(*p),
        ),
        "numbers": Target(anything, number),
        "requests": Target(request_like, ask),
        "bearer tokens": Target(
            st.one_of(anything, st.lists(anything, min_size=3, max_size=3).map(".".join)), verify
        ),
        "claims of the provider": Target(
            st.dictionaries(st.sampled_from(["roles", "sub", "name", "gebieden", "organisatie"]), json_like),
            read_claims,
        ),
        "cookie of an attempt to sign in": Target(anything, SignInRequest.from_cookie),
        "Accept": Target(header_value.map(lambda text: text.encode("latin-1")), negotiate),
        "request ids": Target(anything, accepted_id),
        "messages in the log": Target(anything, without_quotes),
    }


def attempt(target: Target, value: Any) -> None:
    """Let a target read once; our own errors are answers."""
    with suppress(*EXPECTED):
        target.read(value)


def search(target: Target, *, seconds: float, examples: int, number: int) -> Result:
    """Try inputs for some seconds; stops at the first fault."""
    result, until, is_shrinking = Result(), monotonic() + seconds, False
    while not result.inputs or monotonic() < until:

        @seed(number + result.inputs)
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        )
        @given(target.given)
        def run(value: Any) -> None:
            nonlocal is_shrinking
            if monotonic() > until and result.inputs >= AT_LEAST and not is_shrinking:
                return
            result.inputs += 1
            try:
                attempt(target, value)
            except BaseException:
                is_shrinking = True
                raise

        try:
            run()
        except BaseException as error:  # whatever it is, it is what was looked for
            if isinstance(error, KeyboardInterrupt):
                raise
            notes = "\n".join(getattr(error, "__notes__", []))
            result.faults.append(f"{notes}\n{''.join(traceback.format_exception(error)[-6:])}")
            return result
    return result


def main() -> int:
    """Search; 1 if there was a fault."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--only", default="", help="part of the names of targets")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    start_logging(LogSettings(level="error"))
    warnings.simplefilter("ignore")  # of GDAL and pandas about what they are given
    found = {name: target for name, target in targets().items() if chosen.only in name}
    share = chosen.minutes * 60 / max(1, sum(target.weight for target in found.values()))
    start, faults, inputs = monotonic(), 0, 0
    for name, target in found.items():
        result = search(target, seconds=share * target.weight, examples=200, number=chosen.seed)
        inputs += result.inputs
        faults += len(result.faults)
        print(
            f"{name:<34} {result.inputs:>8,} inputs   {'FAULT' if result.faults else 'no fault'}", flush=True
        )
        for fault in result.faults:
            print(fault, flush=True)
    minutes = (monotonic() - start) / 60
    print(f"{len(found)} targets, {inputs:,} inputs in {minutes:.1f} minutes, {faults} with a fault")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
