"""`/v1/hotspots`: the tracked hotspots as JSON or GeoJSON, with their evidence."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from api.http.answers import answer, answer_bytes
from api.http.coordinates import Transform, precision_of, transform_to
from api.http.dependencies import (
    AsOfParameter,
    FeedParameters,
    HotspotDocumentParameters,
    HotspotParameters,
)
from api.http.negotiation import CSV, GEOJSON, JSON, chosen_type
from api.http.paging import Collection, answer_collection, answer_features, answer_list
from api.http.sign_in import Reader
from api.rest.case_access import HotspotId
from api.rest.documents import (
    Evidence,
    HotspotDocument,
    HotspotFeature,
    HotspotFeatureCollection,
    HotspotPage,
    Lineage,
    LineageLine,
    WeeklyCount,
    WeeklyCounts,
)
from api.rest.feed import ATOM, draw_feed, stopped_entry
from api.rest.routes import Routes
from api.rest.signalling import stopped_field
from hotspots.geography.geojson import shapes_of
from hotspots.tracking.history import read_evidence, read_lineage, read_weekly_counts
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import count_hotspots, read_hotspot, read_hotspots, read_newest
from hotspots.tracking.selection import Selection

router = Routes(tags=["hotspots"])

FEED_LENGTH = 50
"""Entries in a feed: months of new places, even in a large municipality."""


@router.reads(
    "/hotspots", "getHotspots", "Hotspots op een peildatum", HotspotPage, geojson=HotspotFeatureCollection
)
def get_hotspots(request: Request, query: HotspotParameters, reader: Reader) -> Response:
    """Geeft de hotspots zoals ze op de peildatum bekend waren.

    Vraag GeoJSON met `Accept: application/geo+json`, en een tabel met `Accept: text/csv`.
    """
    connection, settings, visibility = reader
    media_type = chosen_type(request, (JSON, GEOJSON, CSV))
    transform = transform_to(settings, query.crs)
    selection = query.chosen(settings, visibility)
    total = count_hotspots(connection, settings, selection)
    names = query.names

    def read(offset: int, limit: int) -> list[Hotspot]:
        return read_hotspots(
            connection, settings, selection, offset=offset, limit=limit, sort=query.sort_keys
        )

    if media_type == GEOJSON:
        features = _features(read(query.offset, query.pagina_grootte), names, transform, query.crs)
        return answer_features(request, query, features, total, crs=query.crs, more=stopped_field(connection))
    collection = Collection(
        "hotspots",
        total,
        lambda offset, limit: [_properties(hotspot, names) for hotspot in read(offset, limit)],
        names,
    )
    return answer_collection(
        request, query, collection, media_type=media_type, more=stopped_field(connection)
    )


@router.get(
    "/hotspots/feed",
    operation_id="getFeed",
    summary="Wat nieuw op de lijst kwam, als Atom-feed",
    response_class=Response,
    responses={200: {"content": {ATOM: {"schema": {"type": "string"}}}}},
)
def get_feed(request: Request, query: FeedParameters, reader: Reader) -> Response:
    """Geeft de hotspots die het laatst nieuw op de lijst kwamen of terugkeerden, laatste eerst."""
    connection, settings, visibility = reader
    selection = Selection(visibility, gebied=query.gebied, buurt=query.buurt)
    base = f"{request.url.scheme}://{request.url.netloc}"
    body = draw_feed(
        read_newest(connection, settings, selection, limit=FEED_LENGTH),
        base=base,
        self_url=str(request.url),
        title=" ".join(["Nieuwe hotspots", *(name for name in (query.gebied, query.buurt) if name)]),
        author=settings.municipality.name or "Hotspots",
        stopped=stopped_entry(connection, settings),
    )
    return answer_bytes(request, body, media_type=ATOM)


@router.reads("/hotspots/{id}", "getHotspot", "Eén hotspot", HotspotDocument, geojson=HotspotFeature)
def get_hotspot(
    request: Request, hotspot_id: HotspotId, query: HotspotDocumentParameters, reader: Reader
) -> Response:
    """Geeft één hotspot, bij kenmerk of nummer."""
    connection, settings, visibility = reader
    media_type = chosen_type(request)
    transform = transform_to(settings, query.crs)
    hotspot = read_hotspot(connection, settings, hotspot_id, visibility=visibility, as_of=query.peildatum)
    if media_type == GEOJSON:
        feature = _features([hotspot], query.names, transform, query.crs)[0]
        return answer(request, feature, media_type=media_type, headers={"Content-Crs": f"<{query.crs}>"})
    own = request.url.path
    links = {"self": own} | {name: f"{own}/{name}" for name in ("onderbouwing", "weken", "herkomst")}
    content = _properties(hotspot, query.names)
    return answer(request, content | {"_links": {name: {"href": href} for name, href in links.items()}})


@router.reads(
    "/hotspots/{id}/onderbouwing", "getOnderbouwing", "Waarom een hotspot op de lijst staat", Evidence
)
def get_evidence(request: Request, hotspot_id: HotspotId, query: AsOfParameter, reader: Reader) -> Response:
    """Geeft de redenen in zinnen en de cijfers waarop is besloten."""
    connection, settings, visibility = reader
    hotspot = read_hotspot(connection, settings, hotspot_id, visibility=visibility, as_of=query.peildatum)
    figures = read_evidence(connection, hotspot.id, as_of=hotspot.told_on or query.peildatum)
    return answer(request, {"nummer": hotspot.nummer, "redenen": list(hotspot.redenen), "cijfers": figures})


@router.reads(
    "/hotspots/{id}/weken", "getWeken", "Meldingen per week van een hotspot", WeeklyCounts, is_table=True
)
def get_weeks(request: Request, hotspot_id: HotspotId, query: AsOfParameter, reader: Reader) -> Response:
    """Geeft het aantal meldingen per ISO-week, van de eerste tot de laatste melding."""
    connection, settings, visibility = reader
    hotspot = read_hotspot(connection, settings, hotspot_id, visibility=visibility, as_of=query.peildatum)
    counts = read_weekly_counts(connection, settings, hotspot.id, as_of=hotspot.told_on or query.peildatum)
    weeks = [
        {"week": f"{monday:%G-W%V}", "maandag": f"{monday:%Y-%m-%d}", "aantalMeldingen": int(value)}
        for monday, value in counts.items()
    ]
    return answer_list(request, {"nummer": hotspot.nummer, "weken": weeks}, "weken", WeeklyCount)


@router.reads(
    "/hotspots/{id}/herkomst",
    "getHerkomst",
    "Splitsingen en samenvoegingen van een hotspot",
    Lineage,
    is_table=True,
)
def get_lineage(request: Request, hotspot_id: HotspotId, reader: Reader) -> Response:
    """Geeft waar een hotspot van is afgesplitst of in is opgegaan."""
    connection, settings, visibility = reader
    hotspot = read_hotspot(connection, settings, hotspot_id, visibility=visibility)
    lines = [
        {
            "soort": "splitsing" if kind == "split" else "samenvoeging",
            "van": origin,
            "naar": target,
            "peildatum": day.isoformat(),
        }
        for kind, origin, target, day in read_lineage(connection, settings, hotspot.id, visibility=visibility)
    ]
    return answer_list(request, {"nummer": hotspot.nummer, "herkomst": lines}, "herkomst", LineageLine)


def _properties(hotspot: Hotspot, names: Sequence[str]) -> dict[str, Any]:
    properties = hotspot.properties()
    return {name: properties[name] for name in names}


def _features(
    hotspots: Sequence[Hotspot], names: Sequence[str], transform: Transform, crs: str
) -> list[dict[str, Any]]:
    shapes = shapes_of([transform(hotspot.geometry) for hotspot in hotspots], precision=precision_of(crs))
    return [
        {
            "type": "Feature",
            "id": hotspot.id,
            "geometry": shape,
            "properties": _properties(hotspot, names),
        }
        for hotspot, shape in zip(hotspots, shapes, strict=True)
    ]
