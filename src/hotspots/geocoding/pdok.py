"""Online geocoders behind one interface: the request for an address, and which answer to accept.

An answer is accepted when its fields match the request; its score is ignored. PDOK Locatieserver
(https://github.com/PDOK/locatieserver/wiki/API-Locatieserver) and its successor, the PDOK Location API
(https://api.pdok.nl/kadaster/location-api/v1/), know the whole country.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Protocol

from rapidfuzz.distance import OSA

from hotspots.errors import GeocodingError
from hotspots.geocoding.parsing import ParsedAddress, parse_text
from hotspots.geocoding.spelling import addition_key, loose_addition, spellings, town_key
from hotspots.geocoding.streets import allowed_typos
from hotspots.geocoding.town_names import town_keys

MAX_ANSWERS = 10
SAME_POINT_DEGREES = 0.0003
_POINT = re.compile(r"POINT\s*\(\s*(-?\d+(?:\.\d+)?)\s+(-?\d+(?:\.\d+)?)\s*\)")


@dataclass(frozen=True)
class Request:
    """A request: path relative to the service, and parameters, which may repeat."""

    path: str
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Answer:
    """One address in the reply of a geocoder."""

    address: ParsedAddress
    lon: float
    lat: float
    label: str

    @property
    def key(self) -> str:
        """The key of the dwelling."""
        parts = (self.address.postcode, str(self.address.number), self.address.addition)
        return " ".join(filter(None, parts))


class Geocoder(Protocol):
    """A service that knows where addresses are."""

    name: str
    default_url: str

    def request_for(self, address: ParsedAddress) -> Request:
        """Give the request for an address."""

    def answers_in(self, reply: object) -> list[Answer]:
        """Give the addresses in a reply, without those that have no point."""


class PdokLocatieserver:
    """PDOK Locatieserver v3_1."""

    name = "pdok-locatieserver"
    default_url = "https://api.pdok.nl/bzk/locatieserver/search/v3_1"

    def request_for(self, address: ParsedAddress) -> Request:
        """Search by fields (`q=*:*` with filters) when there is a postcode, else by words."""
        fields = "id,type,weergavenaam,straatnaam,huisnummer,huisletter,huisnummertoevoeging,postcode,"
        if address.postcode:
            filters = [f"postcode:{address.postcode}", f"huisnummer:{address.number}"]
            query = (("q", "*:*"), *(("fq", text) for text in filters))
        else:
            query = (("q", " ".join(filter(None, (address.street, _number(address), address.town)))),)
        common = (("fq", "type:adres"), ("rows", str(MAX_ANSWERS)))
        return Request("/free", (*query, *common, ("fl", f"{fields}woonplaatsnaam,centroide_ll")))

    def answers_in(self, reply: object) -> list[Answer]:
        """Read `response.docs`."""
        response = reply.get("response") if isinstance(reply, Mapping) else None
        documents = response.get("docs") if isinstance(response, Mapping) else None
        if not isinstance(documents, list):
            raise GeocodingError(f"{self.name}: wanted a reply with response.docs, found '{str(reply)[:80]}'")
        return [answer for document in documents if (answer := _locatieserver_answer(document)) is not None]


def _locatieserver_answer(document: object) -> Answer | None:
    # the service does not always obey the filter on type: streets and documents without a point come too
    if not isinstance(document, Mapping) or document.get("type") != "adres":
        return None
    point = _POINT.match(str(document.get("centroide_ll", "")))
    number = str(document.get("huisnummer", ""))
    if point is None or not number.isdigit():
        return None
    letter, suffix = (str(document.get(name) or "") for name in ("huisletter", "huisnummertoevoeging"))
    return Answer(
        ParsedAddress(
            street=str(document.get("straatnaam", "")),
            number=int(number),
            addition=addition_key(f"{letter} {suffix}"),
            postcode=str(document.get("postcode", "")),
            town=str(document.get("woonplaatsnaam", "")),
        ),
        lon=float(point[1]),
        lat=float(point[2]),
        label=str(document.get("weergavenaam", "")),
    )


class PdokLocationApi:
    """PDOK Location API v1, the successor of Locatieserver."""

    name = "pdok-location-api"
    default_url = "https://api.pdok.nl/kadaster/location-api/v1"

    def request_for(self, address: ParsedAddress) -> Request:
        """Search by words, in the collection of addresses only."""
        words = (address.street, _number(address), address.postcode, address.town)
        parameters = (
            ("q", " ".join(filter(None, words))),
            ("adres[version]", "1"),
            ("limit", str(MAX_ANSWERS)),
            ("f", "json"),
        )
        return Request("/search", parameters)

    def answers_in(self, reply: object) -> list[Answer]:
        """Read the features, whose fields are only in `display_name`."""
        features = reply.get("features") if isinstance(reply, Mapping) else None
        if not isinstance(features, list):
            raise GeocodingError(f"{self.name}: wanted a reply with features, found '{str(reply)[:80]}'")
        return [answer for feature in features if (answer := _location_api_answer(feature)) is not None]


def _location_api_answer(feature: object) -> Answer | None:
    if not isinstance(feature, Mapping):
        return None
    properties, geometry = feature.get("properties"), feature.get("geometry")
    if not isinstance(properties, Mapping) or not isinstance(geometry, Mapping):
        return None
    point = _point_in(geometry) if properties.get("collection_id") == "adres" else None
    if point is None:
        return None
    label = str(properties.get("display_name", ""))
    # the municipality comes last, after street and number, and postcode and town
    address = parse_text(", ".join(label.split(",")[:2]))
    if not address.number:
        return None
    return Answer(address, lon=point[0], lat=point[1], label=label)


def _point_in(geometry: Mapping[str, Any]) -> tuple[float, float] | None:
    coordinates = geometry.get("coordinates")
    if geometry.get("type") != "Point" or not isinstance(coordinates, Sequence) or len(coordinates) < 2:
        return None
    lon, lat = coordinates[:2]
    return (float(lon), float(lat)) if isinstance(lon, int | float) and isinstance(lat, int | float) else None


GEOCODERS: Mapping[str, type[PdokLocatieserver] | type[PdokLocationApi]] = {
    PdokLocatieserver.name: PdokLocatieserver,
    PdokLocationApi.name: PdokLocationApi,
}


def can_be_asked(address: ParsedAddress) -> bool:
    """Whether an address is complete enough to ask for and to recognise in the answer."""
    has_place = bool(address.postcode) or bool(address.street and address.town)
    is_one_house = bool(address.number) and not (address.last_number or address.cross_streets)
    return is_one_house and has_place and not address.is_foreign


def accepted_answer(asked: ParsedAddress, answers: Sequence[Answer]) -> Answer | None:
    """Give the answer that matches the request; None if there is none, or if several places match."""
    fitting = [answer for answer in answers if _is_asked_for(asked, answer.address)]
    if not fitting:
        return None
    exact = [answer for answer in fitting if answer.address.addition == asked.addition] or fitting
    first = exact[0]
    is_one = all(
        abs(other.lon - first.lon) < SAME_POINT_DEGREES and abs(other.lat - first.lat) < SAME_POINT_DEGREES
        for other in exact
    )
    return first if is_one else None


def _is_asked_for(asked: ParsedAddress, answered: ParsedAddress) -> bool:
    if answered.number != asked.number:
        return False
    if loose_addition(answered.addition) != loose_addition(asked.addition):
        return False
    if asked.street and not _is_same_street(asked.street, answered.street):
        return False
    if asked.postcode:
        return answered.postcode == asked.postcode
    return town_key(answered.town) in (*town_keys(asked.town), town_key(asked.town))


def _is_same_street(asked: str, answered: str) -> bool:
    return any(
        OSA.distance(key, other, score_cutoff=3) <= min(allowed_typos(key), 1)
        for key, other in product(spellings(asked), spellings(answered))
    )


def _number(address: ParsedAddress) -> str:
    return f"{address.number}{'-' if address.addition[:1].isdigit() else ''}{address.addition}"
