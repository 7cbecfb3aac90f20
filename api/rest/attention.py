"""`/v1/aandachtsplekken`: places that are no hotspot yet, for who may know of dwellings where they lie."""

from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import Field

from api.http.dependencies import AsOf, Name, Page
from api.http.paging import Collection, Paged, WhileStopped, answer_collection
from api.http.sign_in import Reader
from api.http.tables import columns_of
from api.rest.routes import Routes
from api.rest.signalling import stopped_field
from hotspots.tracking.attention_places import AttentionPlaceRecord, read_attention_places

router = Routes(tags=["hotspots"])


class AttentionQuery(Page, AsOf):
    """Query parameters of attention places."""

    gebied: Name | None = Field(default=None, description="Naam van een gebied")


class AttentionPage(Paged, WhileStopped):
    """Een pagina aandachtsplekken."""

    aandachtsplekken: list[AttentionPlaceRecord] = Field(description="De meest waarschijnlijke eerst")


@router.reads(
    "/aandachtsplekken", "getAandachtsplekken", "Plekken die een hotspot kunnen worden", AttentionPage
)
def get_attention(request: Request, query: Annotated[AttentionQuery, Query()], reader: Reader) -> Response:
    """Geeft de plekken die nog geen hotspot zijn en het binnen enkele weken kunnen worden.

    Alleen voor wie in het gebied van woningen mag weten; voor anderen is de lijst leeg. Hooguit enkele per
    gebied.
    """
    connection, settings, visibility = reader
    places = read_attention_places(
        connection, settings, visibility=visibility, as_of=query.peildatum, gebied=query.gebied
    )

    def read(offset: int, limit: int) -> list[dict[str, Any]]:
        return [place.properties() for place in places[offset : offset + limit]]

    columns = columns_of(AttentionPlaceRecord)
    collection = Collection("aandachtsplekken", len(places), read, columns)
    return answer_collection(request, query, collection, more=stopped_field(connection))
