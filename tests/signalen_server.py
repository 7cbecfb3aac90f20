"""A Signalen that answers as the real one does: filter, order, and pages in the shapes of its schema."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from werkzeug import Request, Response

PATH = "/signals/v1/private/signals/"


def signal(number: int, updated_at: datetime, **changes: Any) -> dict[str, Any]:
    """A signal as the private API lists it."""
    links = {
        "curies": {"name": "sia", "href": "http://api.example/signals/relations"},
        "self": {"href": f"http://api.example{PATH}{number}"},
        "archives": {"href": f"http://api.example{PATH}{number}/history"},
        "sia:attachments": {"href": f"http://api.example{PATH}{number}/attachments"},
    }
    return {
        "_links": links,
        "_display": f"{number} - m - A - Markt",
        "id": number,
        "text": "Groep op het plein",
        "category": {
            "sub": "Jongerenoverlast",
            "sub_slug": "jongerenoverlast",
            "main": "Overlast van en door personen of groepen",
            "main_slug": "overlast-van-en-door-personen-of-groepen",
            "departments": "OOV",
            "created_by": None,
            "deadline": None,
            "deadline_factor_3": None,
        },
        "has_attachments": False,
        "status": {
            "text": None,
            "user": "",
            "state": "m",
            "state_display": "Gemeld",
            "extra_properties": None,
            "created_at": updated_at.isoformat(),
        },
        "location": {
            "id": number,
            "stadsdeel": None,
            "buurt_code": None,
            "address": {
                "postcode": "6211CK",
                "huisletter": "",
                "huisnummer": 1,
                "woonplaats": "Maastricht",
                "openbare_ruimte": "Markt",
                "huisnummer_toevoeging": "",
            },
            "address_text": "Markt 1, 6211CK Maastricht",
            "geometrie": {"type": "Point", "coordinates": [5.6900 + number % 40 / 1000, 50.8500]},
            "extra_properties": None,
            "created_by": None,
            "bag_validated": True,
        },
        "reporter": {"email": f"melder{number}@voorbeeld.nl", "phone": "", "sharing_allowed": False},
        "priority": {"priority": "normal", "created_by": None},
        "notes": [],
        "type": {"code": "SIG", "created_at": updated_at.isoformat(), "created_by": None},
        "attachments": [],
        "directing_departments": [],
        "created_at": (updated_at - timedelta(minutes=1)).isoformat(),
        "updated_at": updated_at.isoformat(),
        "incident_date_start": (updated_at - timedelta(minutes=10)).isoformat(),
        **changes,
    }


@dataclass
class SignalenServer:
    """Answers from a list of signals.

    Attributes
    ----------
    failures
        Answers to give first, one each time: status and headers.
    on_request
        Called with the number of each request that is answered well, before it is: to change the signals.
    """

    signals: list[dict[str, Any]]
    token: str = "a-token"
    failures: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)
    on_request: Any = None

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        if self.failures:
            status, headers = self.failures.pop(0)
            return Response("busy", status, headers)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return Response('{"detail": "Authentication required"}', 401)
        self.requests.append(request.args.to_dict())
        if self.on_request is not None:
            self.on_request(len(self.requests))
        after = datetime.fromisoformat(request.args.get("updated_after", "2000-01-01T00:00:00+00:00"))
        found = [one for one in self.signals if _updated(one) >= after]
        for key in reversed(request.args["ordering"].split(",")):
            found.sort(key=lambda one: _updated(one) if key == "updated_at" else one[key])
        size, page = int(request.args["page_size"]), int(request.args["page"])
        links = {"self": page, "next": page + 1, "previous": page - 1}
        last = ceil(len(found) / size) or 1
        body = {
            "_links": {
                name: {"href": f"{request.base_url}?page={number}" if 1 <= number <= last else None}
                for name, number in links.items()
            },
            "count": len(found),
            "results": found[(page - 1) * size : page * size],
        }
        return Response(json.dumps(body), 200, content_type="application/json")


def _updated(one: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(one["updated_at"]).astimezone(UTC)
