"""The documents of OGC API - Features that describe the service: landing page, conformance, collections, API.

Part 1 (Core, GeoJSON, OpenAPI 3.0), https://docs.ogc.org/is/17-069r4/17-069r4.html, and part 2 (coordinate
systems), https://docs.ogc.org/is/18-058r1/18-058r1.html.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.http.coordinates import CRS84, coordinate_systems
from api.http.headers import API_VERSION
from api.http.negotiation import GEOJSON, JSON
from hotspots.model import Aard, Indicatie, Soort, Status, Trend
from hotspots.settings import Settings

PATH = "/ogc"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
MAX_LIMIT = 1000
DEFAULT_LIMIT = 100

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
)


@dataclass(frozen=True)
class Collection:
    """One layer."""

    id: str
    description: str
    has_days: bool  # whether it depends on the peildatum

    @property
    def title(self) -> str:
        """The title for people."""
        return self.id.capitalize()


_LAYERS = (
    Collection("hotspots", "Gesignaleerde en gevolgde plekken met herhaalde overlast", True),
    Collection(
        "cellen",
        "Meldingen per cel (H3) in de periode van een ronde of in een kwartaal; een klein aantal wordt "
        "niet verteld",
        True,
    ),
    Collection("buurten", "De buurten van de gemeente, met het gebied van het gebiedsteam", False),
)
COLLECTIONS = {layer.id: layer for layer in _LAYERS}

FILTERS: Mapping[str, Sequence[str]] = {
    "status": tuple(Status),
    "soort": tuple(Soort),
    "indicatie": tuple(Indicatie),
    "aard": tuple(Aard),
    "trend": tuple(Trend),
    "opDeLijst": ("true", "false"),
}
"""What hotspots can be filtered by, with the values."""

LISTED = "Alleen wat op de lijst staat: niet beëindigd of afgerond"


def landing_page(base: str) -> dict[str, Any]:
    """The landing page, where a client starts."""
    return {
        "title": "Hotspots",
        "description": "Plekken met herhaalde overlast, voor GIS-software (OGC API - Features)",
        "links": [
            link(base, "", "self", JSON, "Dit document"),
            link(base, "/api", "service-desc", OPENAPI, "Beschrijving van de API"),
            link(base, "/conformance", "conformance", JSON, "Waaraan deze API voldoet"),
            link(base, "/collections", "data", JSON, "De lagen"),
        ],
    }


def conformance() -> dict[str, Any]:
    """The conformance classes of the service."""
    return {"conformsTo": list(CONFORMANCE)}


def collections(
    base: str, settings: Settings, box: Sequence[float], interval: tuple[date | None, date | None]
) -> dict[str, Any]:
    """All layers."""
    return {
        "links": [link(base, "/collections", "self", JSON, "Dit document")],
        "crs": list(coordinate_systems(settings)),
        "collections": [
            describe_collection(base, settings, collection, box, interval)
            for collection in COLLECTIONS.values()
        ],
    }


def describe_collection(
    base: str,
    settings: Settings,
    collection: Collection,
    box: Sequence[float],
    interval: tuple[date | None, date | None],
) -> dict[str, Any]:
    """One layer, with its extent (west, south, east, north) and its first and last peildatum."""
    own = f"/collections/{collection.id}"
    extent: dict[str, Any] = {"spatial": {"bbox": [list(box)], "crs": CRS84}}
    if collection.has_days:
        times = [f"{day}T00:00:00Z" if day else None for day in interval]
        extent["temporal"] = {"interval": [times]}
    return {
        "id": collection.id,
        "title": collection.title,
        "description": collection.description,
        "itemType": "feature",
        "extent": extent,
        "crs": list(coordinate_systems(settings)),
        "storageCrs": CRS84,
        "links": [
            link(base, own, "self", JSON, "Dit document"),
            link(base, f"{own}/items", "items", GEOJSON, collection.title),
        ],
    }


def describe_api(base: str, settings: Settings) -> dict[str, Any]:
    """The OpenAPI 3.0 description."""
    service = settings.service
    items = [_query("limit"), _query("offset"), _query("bbox"), _query("bbox-crs"), _query("crs")]
    of_hotspots = [_query("datetime"), *(_query(name) for name in FILTERS)]
    paths = {
        "/": _path("getLandingPage", "Startpagina", JSON),
        "/conformance": _path("getConformance", "Waaraan deze API voldoet", JSON),
        "/api": _path("getApi", "Beschrijving van de API", OPENAPI),
        "/collections": _path("getCollections", "De lagen", JSON),
    }
    for collection in COLLECTIONS.values():
        name, own = collection.title, f"/collections/{collection.id}"
        as_of = [_query("peildatum")] if collection.has_days else []
        parameters = [*items, *as_of, *(of_hotspots if collection.id == "hotspots" else [])]
        paths[own] = _path(f"describe{name}", f"De laag {name}", JSON)
        paths[f"{own}/items"] = _path(f"get{name}", name, GEOJSON, parameters)
        one = [{"$ref": "#/components/parameters/featureId"}, _query("crs"), *as_of]
        paths[f"{own}/items/{{featureId}}"] = _path(f"getOneOf{name}", f"Eén van {name}", GEOJSON, one)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Hotspots (OGC API - Features)",
            "version": API_VERSION,
            "contact": {
                "name": service.contact_name,
                "email": service.contact_email,
                "url": service.contact_url,
            },
            "license": {"name": "EUPL-1.2", "url": "https://eupl.eu/1.2/nl/"},
        },
        "servers": [{"url": base}],
        "paths": paths,
        "components": {
            "parameters": _parameters(settings),
            "responses": {
                "Problem": {
                    "description": "Er is iets mis",
                    "content": {"application/problem+json": {"schema": {"type": "object"}}},
                }
            },
        },
    }


def link(base: str, path: str, relation: str, media_type: str, title: str) -> dict[str, str]:
    """A link to another document of the service."""
    return {"href": base + path, "rel": relation, "type": media_type, "title": title}


def _query(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{name}"}


def _path(
    operation: str, summary: str, media_type: str, parameters: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    problem = {"$ref": "#/components/responses/Problem"}
    answers: dict[str, Any] = {
        "200": {"description": summary, "content": {media_type: {"schema": {"type": "object"}}}},
        "304": {"description": "Niet gewijzigd"},
        "400": problem,
        "404": problem,
        "default": problem,
    }
    method: dict[str, Any] = {"operationId": operation, "summary": summary, "responses": answers}
    if parameters:
        method["parameters"] = list(parameters)
    return {"get": method}


def _parameters(settings: Settings) -> dict[str, Any]:
    systems = list(coordinate_systems(settings))
    box = {
        "type": "array",
        "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
        "items": {"type": "number"},
    }
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
    parameters: dict[str, Any] = {
        "limit": _parameter("limit", "Hoogstens zoveel", limit),
        "offset": _parameter("offset", "Sla er zoveel over", {"type": "integer", "minimum": 0, "default": 0}),
        "bbox": _parameter("bbox", "Wat hiermee overlapt", box, explode=False),
        "bbox-crs": _parameter("bbox-crs", "Coördinaten van bbox", _one_of(systems)),
        "crs": _parameter("crs", "Coördinaten van het antwoord", _one_of(systems)),
        "datetime": _parameter(
            "datetime", "Tijdstip of periode waarin er meldingen waren (RFC 3339)", {"type": "string"}
        ),
        "peildatum": _parameter(
            "peildatum", "Zoals het op deze dag bekend was", {"type": "string", "format": "date"}
        ),
        "featureId": {
            "name": "featureId",
            "in": "path",
            "required": True,
            "description": "Kenmerk",
            "schema": {"type": "string"},
        },
    }
    for name, values in FILTERS.items():
        said = LISTED if name == "opDeLijst" else f"Alleen met deze {name}"
        parameters[name] = _parameter(name, said, _one_of([str(v) for v in values]))
    return parameters


def _one_of(values: Sequence[str]) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def _parameter(
    name: str, description: str, schema: Mapping[str, Any], *, explode: bool | None = None
) -> dict[str, Any]:
    parameter: dict[str, Any] = {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": dict(schema),
    }
    if explode is not None:
        parameter |= {"style": "form", "explode": explode}
    return parameter
