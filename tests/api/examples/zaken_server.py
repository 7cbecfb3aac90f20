"""A Zaken API that answers as the standard says: what it wants of a zaak, its errors, and its tokens.

After version 1.5 of the ZGW Zaken API, of ``/zaken`` only: required fields, lengths, enumerations, the
headers of coordinate systems, the shapes ``Fout`` and ``ValidatieFout``, and that an ``identificatie`` is
unique within a ``bronorganisatie``. Written from the standard, not copied.
"""

import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import AfterValidator, AnyHttpUrl, BaseModel, ConfigDict, Field, ValidationError
from stdnum.nl import bsn
from werkzeug import Request, Response

PATH = "/zaken/api/v1/zaken"
ZAAKTYPE = "https://zaken.example.org/catalogi/api/v1/zaaktypen/5d4ccb25-2a0e-4d5c-a5e1-4f9ed5f6a3b0"
RSIN = "002564440"
CLIENT_ID, SECRET = "hotspots", "a secret of tests only, for a server of tests"


class Vertrouwelijkheid(StrEnum):
    """``vertrouwelijkheidaanduiding``."""

    OPENBAAR = "openbaar"
    BEPERKT_OPENBAAR = "beperkt_openbaar"
    INTERN = "intern"
    ZAAKVERTROUWELIJK = "zaakvertrouwelijk"
    VERTROUWELIJK = "vertrouwelijk"
    CONFIDENTIEEL = "confidentieel"
    GEHEIM = "geheim"
    ZEER_GEHEIM = "zeer_geheim"


def _is_rsin(value: str) -> str:
    bsn.validate(value)  # the same eleven-test
    return value


Rsin = Annotated[str, Field(min_length=9, max_length=9), AfterValidator(_is_rsin)]


class Kenmerk(BaseModel):
    """What another system calls a zaak."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kenmerk: str = Field(max_length=40)
    bron: str = Field(max_length=40)


class NewZaak(BaseModel):
    """What may be sent to open a zaak, as far as this server knows it; anything else is an error here."""

    model_config = ConfigDict(extra="forbid")

    identificatie: str = Field(default="", max_length=40, pattern=r"^[A-Za-z0-9 _.-]*$")
    bronorganisatie: Rsin
    omschrijving: str = Field(default="", max_length=80)
    toelichting: str = Field(default="", max_length=1000)
    zaaktype: AnyHttpUrl
    verantwoordelijkeOrganisatie: Rsin  # noqa: N815  # as the standard names it
    startdatum: date
    vertrouwelijkheidaanduiding: Vertrouwelijkheid = Vertrouwelijkheid.OPENBAAR
    kenmerken: list[Kenmerk] = []


@dataclass(frozen=True)
class Trouble:
    """What goes wrong with one request, before or after it is done."""

    status: int
    code: str = "error"
    headers: dict[str, str] = field(default_factory=dict)
    wait_s: float = 0.0
    is_after: bool = False  # it is done all the same
    page: str = ""  # of something in between, instead of an error

    def answer(self) -> Response:
        """Answer as late and wrong as this is."""
        time.sleep(self.wait_s)
        if self.page:
            return Response(self.page, self.status, content_type="text/html")
        answer = fault(self.status, self.code, "Er ging iets mis.")
        answer.headers.extend(self.headers)
        return answer


@dataclass
class ZakenServer:
    """The zaken that were opened, and what goes wrong with the next requests.

    Attributes
    ----------
    troubles
        What goes wrong with the next requests, in order; None: nothing.
    """

    zaken: list[dict[str, Any]] = field(default_factory=list)
    troubles: deque["Trouble | None"] = field(default_factory=deque)
    unseen: int = 0  # so many searches see nothing
    asked: list[str] = field(default_factory=list)  # methods, in order
    clock: Callable[[], float] = time.time

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        self.asked.append(request.method)
        trouble = self.troubles.popleft() if self.troubles else None
        if trouble is not None and not trouble.is_after:
            return trouble.answer()
        answer = self._refusal(request) or (
            self._open(request) if request.method == "POST" else self._list(request)
        )
        return answer if trouble is None else trouble.answer()

    def _refusal(self, request: Request) -> Response | None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            claims = jwt.decode(token, OctKey.import_key(SECRET), algorithms=["HS256"]).claims
        except (JoseError, ValueError):
            return fault(403, "not_authenticated", "Authenticatiegegevens zijn niet opgegeven.")
        if kind != "Bearer" or claims.get("client_id") != CLIENT_ID or claims.get("iss") != CLIENT_ID:
            return fault(403, "permission_denied", "Je hebt geen toestemming om deze actie uit te voeren.")
        if not -60 < self.clock() - claims["iat"] < 3600:
            return fault(403, "jwt-expired", "Het JWT is verlopen.")
        if request.headers.get("Accept-Crs") != "EPSG:4326":
            return fault(406, "crs-header-not-acceptable", "De gewenste CRS is niet beschikbaar.")
        if request.headers.get("Content-Crs") != "EPSG:4326":
            return fault(412, "crs-header-missing", "De header Content-Crs ontbreekt.")
        if request.method == "POST" and request.mimetype != "application/json":
            return fault(415, "unsupported_media_type", "Ongeldige media type.")
        return None

    def _open(self, request: Request) -> Response:
        try:
            zaak = NewZaak.model_validate_json(request.get_data())
        except ValidationError as error:
            return invalid(
                *((".".join(map(str, one["loc"])), one["type"], one["msg"]) for one in error.errors())
            )
        if str(zaak.zaaktype) != ZAAKTYPE:
            return invalid(("zaaktype", "bad-url", "De URL kon niet opgehaald worden."))
        told = zaak.model_dump(mode="json")
        if any(self._key(one) == self._key(told) for one in self.zaken):
            return invalid(
                (
                    "identificatie",
                    "identificatie-niet-uniek",
                    "Deze identificatie bestaat al binnen de organisatie",
                )
            )
        uuid = str(uuid4())
        # of what the server fills in, what a client may rely on
        own: dict[str, Any] = {
            "url": f"{request.base_url}/{uuid}",
            "uuid": uuid,
            "betalingsindicatieWeergave": "",
        }
        own |= dict.fromkeys(("einddatum", "status", "resultaat"))
        lists = ("deelzaken", "eigenschappen", "rollen", "zaakobjecten", "zaakinformatieobjecten")
        own |= {name: [] for name in lists}
        self.zaken.append(own | told)
        return as_json(self.zaken[-1], 201)

    def _list(self, request: Request) -> Response:
        unknown = set(request.args) - {"identificatie", "bronorganisatie", "page"}
        if unknown:
            return invalid(*((name, "unknown-parameters", "Onbekende query parameter") for name in unknown))
        self.unseen -= (is_early := self.unseen > 0)
        found = [
            zaak
            for zaak in ([] if is_early else self.zaken)
            if all(zaak[name] == value for name, value in request.args.items() if name != "page")
        ]
        return as_json({"count": len(found), "next": None, "previous": None, "results": found})

    @staticmethod
    def _key(zaak: dict[str, Any]) -> tuple[str, str]:
        return zaak["bronorganisatie"], zaak["identificatie"]


def as_json(content: Any, status: int = 200, kind: str = "application/json") -> Response:
    """An answer as the API gives it."""
    return Response(json.dumps(content), status, {"API-version": "1.5.1"}, content_type=kind)


def fault(status: int, code: str, detail: str, **more: Any) -> Response:
    """A ``Fout``, or a ``ValidatieFout`` with ``invalidParams``."""
    told = {
        "type": f"https://zaken.example.org/ref/fouten/{code}/",
        "code": code,
        "title": detail,
        "status": status,
        "detail": detail,
        "instance": f"urn:uuid:{uuid4()}",
    }
    return as_json(told | more, status, "application/problem+json")


def invalid(*wrong: tuple[str, str, str]) -> Response:
    """A ``ValidatieFout``."""
    params = [{"name": name, "code": code, "reason": reason} for name, code, reason in wrong]
    return fault(400, "invalid", "Invalid input.", invalidParams=params)
