"""A service of OGC API - Features on this machine, which answers as PDOK's does."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

Feature = dict[str, Any]


class FeatureServer:
    """Collections of features, paged by a cursor.

    Attributes
    ----------
    asked
        Path and query of each request.
    page_size
        No page has more features, whatever limit is asked.
    """

    def __init__(self, httpserver: HTTPServer, base: str = "/cbs/ogc/v1") -> None:
        self.url = httpserver.url_for(base)
        self.base = base
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.page_size = 2
        self.tells_matched = False
        self._collections: dict[str, tuple[Sequence[Feature], Sequence[str]]] = {}
        self._faults: list[Response | Callable[[Request], Response]] = []
        self._httpserver = httpserver
        httpserver.no_handler_status_code = 404
        httpserver.expect_request(f"{base}/collections").respond_with_handler(self._list)

    def add(self, name: str, features: Sequence[Feature], *, queryables: Sequence[str] = ()) -> None:
        """Add a collection that can be filtered by these properties."""
        self._collections[name] = (features, queryables)
        path = f"{self.base}/collections/{name}"
        self._httpserver.expect_request(path).respond_with_handler(lambda _: _json({"id": name}))
        self._httpserver.expect_request(f"{path}/queryables").respond_with_handler(
            lambda _: _json({"type": "object", "properties": {key: {} for key in ("geometry", *queryables)}})
        )
        self._httpserver.expect_request(f"{path}/items").respond_with_handler(
            lambda request: self._items(request, name)
        )

    def fail(self, *answers: Response | Callable[[Request], Response]) -> None:
        """Give these answers to the next requests for items, before the right ones."""
        self._faults += answers

    def page(self, features: Sequence[Feature], **members: Any) -> dict[str, Any]:
        """A page as PDOK writes it."""
        return {
            "type": "FeatureCollection",
            "timeStamp": "2026-11-29T12:00:00Z",
            "numberReturned": len(features),
            "features": list(features),
            "links": [],
            **members,
        }

    def _list(self, request: Request) -> Response:
        self.asked.append((request.path, dict(request.args)))
        return _json({"links": [], "collections": [{"id": name} for name in self._collections]})

    def _items(self, request: Request, name: str) -> Response:
        self.asked.append((request.path, dict(request.args)))
        if self._faults:
            fault = self._faults.pop(0)
            return fault if isinstance(fault, Response) else fault(request)
        features, queryables = self._collections[name]
        asked = {key: value for key, value in request.args.items() if key in queryables}
        found = [one for one in features if asked.items() <= one["properties"].items()]
        start = int(request.args.get("cursor", 0))
        end = start + min(self.page_size, int(request.args["limit"]))
        links = [{"rel": "self", "type": "application/geo+json", "href": request.url}]
        if end < len(found):
            query = "&".join(f"{key}={value}" for key, value in {**request.args, "cursor": end}.items())
            links.append({"rel": "next", "href": f"{self.url}/collections/{name}/items?{query}"})
        page = self.page(found[start:end], links=links)
        if self.tells_matched:
            page["numberMatched"] = len(found)
        answer = _json(page, mimetype="application/geo+json")
        answer.headers["Content-Crs"] = "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
        return answer


def _json(document: Mapping[str, Any], mimetype: str = "application/json") -> Response:
    return Response(json.dumps(document), mimetype=mimetype)
