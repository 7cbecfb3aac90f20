"""`/v1/signalering`: whether signalling is stopped; and the field that lists of places have while it is."""

from datetime import UTC, datetime
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy import Connection

from api.http.answers import answer
from api.http.paging import Document
from api.http.sign_in import Reader
from api.rest.routes import Routes
from hotspots.tracking.signalling import read_signalling

router = Routes(tags=["rondes"])


class SignallingDocument(Document):
    """Of het zoeken naar plekken loopt."""

    is_gestopt: bool = Field(description="Zo ja: er is geen ronde, en aan de lijst verandert niets vanzelf")
    gestopt_sinds: datetime | None = Field(description="Leeg als het loopt")
    hervatten_gevraagd: bool = Field(description="Of iemand heeft gevraagd het te hervatten")


@router.reads("/signalering", "getSignalering", "Of de signalering is gestopt", SignallingDocument)
def get_signalling(request: Request, reader: Reader) -> Response:
    """Geeft of het zoeken naar plekken is gestopt, en sinds wanneer."""
    state = read_signalling(reader.connection)
    document = SignallingDocument(
        is_gestopt=state.is_stopped,
        gestopt_sinds=None if state.stopped is None else _moment(state.stopped.at),
        hervatten_gevraagd=state.asked is not None,
    )
    return answer(request, document.model_dump(mode="json", by_alias=True))


def stopped_field(connection: Connection) -> dict[str, Any]:
    """The field that a list of places has while signalling is stopped; nothing while it runs."""
    stopped = read_signalling(connection).stopped
    if stopped is None:
        return {}
    return {"signaleringGestoptSinds": _moment(stopped.at).isoformat().replace("+00:00", "Z")}


def _moment(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
