"""`/ogc`: OGC API - Features, so that QGIS, ArcGIS and GDAL read hotspots, cells and buurten as layers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from shapely.geometry.base import BaseGeometry

from api.http.answers import answer
from api.http.coordinates import CRS84, Transform, box_in_degrees, parse_box, precision_of, transform_to
from api.http.dependencies import ServiceSettings
from api.http.negotiation import GEOJSON, JSON
from api.http.sign_in import Reader, Reading
from api.ogc.documents import (
    COLLECTIONS,
    DEFAULT_LIMIT,
    MAX_LIMIT,
    OPENAPI,
    PATH,
    Collection,
    collections,
    conformance,
    describe_api,
    describe_collection,
    landing_page,
    link,
)
from api.rest.areas import buurt_properties
from hotspots.access.rights import Visibility
from hotspots.errors import NotFoundError
from hotspots.geography.cells import cell_polygon
from hotspots.geography.geojson import shapes_of
from hotspots.model import Aard, Indicatie, Soort, Status, Trend
from hotspots.publishing.cell_counts import read_cell_counts
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import count_hotspots, find_intersecting, read_hotspot, read_hotspots
from hotspots.tracking.runs import latest_run, read_as_of_dates
from hotspots.tracking.selection import Selection
from hotspots.wording import quarter_code

router = APIRouter(prefix=PATH, include_in_schema=False)


@dataclass(frozen=True)
class Feature:
    """A feature before its transformation to the requested coordinates."""

    id: str
    geometry: BaseGeometry  # lon/lat
    properties: dict[str, Any]


class NoParameters(BaseModel):
    """Query parameters of a document without any; as everywhere, unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FeatureQuery(NoParameters):
    """Query parameters of one feature."""

    crs: str = CRS84


class ItemsQuery(FeatureQuery):
    """Query parameters of the features of every layer."""

    limit: int = Field(default=DEFAULT_LIMIT, ge=1)
    offset: int = Field(default=0, ge=0, le=10_000_000)
    bbox: str | None = Field(default=None, max_length=300)
    bbox_crs: str = Field(default=CRS84, alias="bbox-crs")

    @field_validator("bbox")
    @classmethod
    def _is_box(cls, value: str | None) -> str | None:
        if value is not None:
            parse_box(value)
        return value

    @property
    def page_size(self) -> int:
        """The number of features to give; the standard wants too high a limit lowered, not refused."""
        return min(self.limit, MAX_LIMIT)


class DayFeatureQuery(FeatureQuery):
    """Query parameters of one feature of a layer that depends on the peildatum."""

    peildatum: date | None = None


class DayItemsQuery(ItemsQuery, DayFeatureQuery):
    """Query parameters of the features of a layer that depends on the peildatum."""


class HotspotItemsQuery(DayItemsQuery):
    """Query parameters of the hotspots."""

    status: Status | None = None
    soort: Soort | None = None
    indicatie: Indicatie | None = None
    aard: Aard | None = None
    trend: Trend | None = None
    op_de_lijst: bool = Field(default=False, alias="opDeLijst")
    datetime: str | None = Field(default=None, max_length=80)

    @field_validator("datetime")
    @classmethod
    def _is_period(cls, value: str | None) -> str | None:
        if value is not None:
            parse_period(value)
        return value

    def selection(self, visibility: Visibility) -> Selection:
        """The selection for a reader."""
        return Selection(
            visibility,
            as_of=self.peildatum,
            status=[self.status] if self.status else (),
            soort=[self.soort] if self.soort else (),
            indicatie=[self.indicatie] if self.indicatie else (),
            aard=[self.aard] if self.aard else (),
            trend=[self.trend] if self.trend else (),
            is_listed=self.op_de_lijst,
            period=None if self.datetime is None else parse_period(self.datetime),
        )


def get_base(request: Request) -> str:
    """The address of the landing page, as the client uses it."""
    return str(request.base_url).rstrip("/") + PATH


def refuse_parameters(query: Annotated[NoParameters, Query()]) -> None:
    """Refuse every query parameter, for a document that has none."""


Base = Annotated[str, Depends(get_base)]
FeatureId = Annotated[str, Path(max_length=60)]
DOCUMENT = [Depends(refuse_parameters)]


@router.get("", dependencies=DOCUMENT)
def get_landing_page(request: Request, base: Base) -> Response:
    """The landing page, where a client starts."""
    return answer(request, landing_page(base))


@router.get("/conformance", dependencies=DOCUMENT)
def get_conformance(request: Request) -> Response:
    """The conformance classes of the service."""
    return answer(request, conformance())


@router.get("/api", dependencies=DOCUMENT)
def get_api(request: Request, base: Base, settings: ServiceSettings) -> Response:
    """The OpenAPI 3.0 description."""
    return answer(request, describe_api(base, settings), media_type=OPENAPI)


@router.get("/collections", dependencies=DOCUMENT)
def get_collections(request: Request, base: Base, reader: Reader) -> Response:
    """All layers."""
    return answer(request, collections(base, reader.settings, *_extent(reader)))


@router.get("/collections/{collection_id}", dependencies=DOCUMENT)
def get_collection(request: Request, collection_id: str, base: Base, reader: Reader) -> Response:
    """One layer."""
    collection = COLLECTIONS.get(collection_id)
    if collection is None:
        raise NotFoundError(f"there is no collection '{collection_id}'")
    return answer(request, describe_collection(base, reader.settings, collection, *_extent(reader)))


@router.get("/collections/hotspots/items")
def get_hotspots(request: Request, query: Annotated[HotspotItemsQuery, Query()], reader: Reader) -> Response:
    """The hotspots as features."""
    connection, settings, visibility = reader
    transform = transform_to(settings, query.crs)
    selection = query.selection(visibility)
    start, end = query.offset, query.offset + query.page_size
    if query.bbox is None:
        total = count_hotspots(connection, settings, selection)
        hotspots = read_hotspots(connection, settings, selection, offset=start, limit=query.page_size)
    else:
        ids = find_intersecting(connection, settings, selection, _box(settings, query, query.bbox))
        total = len(ids)
        wanted = Selection(visibility, as_of=query.peildatum, ids=ids[start:end])
        hotspots = read_hotspots(connection, settings, wanted)
    features = [_of_hotspot(hotspot) for hotspot in hotspots]
    return _items(request, COLLECTIONS["hotspots"], query, features, total, transform)


@router.get("/collections/cellen/items")
def get_cells(request: Request, query: Annotated[DayItemsQuery, Query()], reader: Reader) -> Response:
    """The cells with reports as features."""
    transform = transform_to(reader.settings, query.crs)
    features = _cells(reader, query.peildatum)
    return _part(request, COLLECTIONS["cellen"], query, features, transform, reader.settings)


@router.get("/collections/buurten/items")
def get_buurten(request: Request, query: Annotated[ItemsQuery, Query()], reader: Reader) -> Response:
    """The buurten as features."""
    transform = transform_to(reader.settings, query.crs)
    return _part(request, COLLECTIONS["buurten"], query, _buurten(reader), transform, reader.settings)


@router.get("/collections/hotspots/items/{feature_id}")
def get_hotspot(
    request: Request, feature_id: FeatureId, query: Annotated[DayFeatureQuery, Query()], reader: Reader
) -> Response:
    """One hotspot as a feature."""
    connection, settings, visibility = reader
    transform = transform_to(settings, query.crs)
    hotspot = read_hotspot(connection, settings, feature_id, visibility=visibility, as_of=query.peildatum)
    return _item(request, COLLECTIONS["hotspots"], query, _of_hotspot(hotspot), transform)


@router.get("/collections/cellen/items/{feature_id}")
def get_cell(
    request: Request, feature_id: FeatureId, query: Annotated[DayFeatureQuery, Query()], reader: Reader
) -> Response:
    """One cell as a feature."""
    transform = transform_to(reader.settings, query.crs)
    cell = _with_id(_cells(reader, query.peildatum), feature_id)
    if cell is None:
        raise NotFoundError(f"there is no cell '{feature_id}' with reports")
    return _item(request, COLLECTIONS["cellen"], query, cell, transform)


@router.get("/collections/buurten/items/{feature_id}")
def get_buurt(
    request: Request, feature_id: FeatureId, query: Annotated[FeatureQuery, Query()], reader: Reader
) -> Response:
    """One buurt as a feature."""
    transform = transform_to(reader.settings, query.crs)
    buurt = _with_id(_buurten(reader), feature_id)
    if buurt is None:
        raise NotFoundError(f"there is no buurt '{feature_id}'")
    return _item(request, COLLECTIONS["buurten"], query, buurt, transform)


def _of_hotspot(hotspot: Hotspot) -> Feature:
    return Feature(hotspot.id, hotspot.geometry, hotspot.properties())


def _buurten(reader: Reading) -> list[Feature]:
    rows = load_areas(reader.connection, reader.settings.areas.gebieden).to_dict("records")
    return [Feature(row["buurtcode"], row["geometry"], buurt_properties(row)) for row in rows]


def _with_id(features: Sequence[Feature], feature_id: str) -> Feature | None:
    return next((feature for feature in features if feature.id == feature_id), None)


def _cells(reader: Reading, peildatum: date | None) -> list[Feature]:
    """The cells of the last run at or before a day, sorted by id, which discloses no count."""
    connection, settings, visibility = reader
    counts = read_cell_counts(
        connection, settings, visibility=visibility, peildatum=latest_run(connection, peildatum)
    )
    features = [
        Feature(
            f"{cell.cell:x}-{cell.buurtcode or 'geen'}",  # a cell on a boundary is split by buurt
            cell_polygon(cell.cell),
            {
                "cel": f"{cell.cell:x}",
                "buurtcode": cell.buurtcode,
                "aantalMeldingen": cell.report_count,
                "isVerteld": cell.report_count is not None,
                "kwartaal": None if cell.quarter is None else quarter_code(cell.quarter[0]),
            },
        )
        for cell in counts
    ]
    return sorted(features, key=lambda feature: feature.id)


def parse_period(text: str) -> tuple[datetime | None, datetime | None]:
    """Parse a period: an RFC 3339 time, a day, or two of them separated by ``/``; ``..`` or empty is open.

    Raises
    ------
    ValueError
        With what is wrong, in Dutch.
    """
    wanted = "moet een tijd zijn zoals 2023-12-31T00:00:00Z, of een periode zoals 2023-01-01T00:00:00Z/.."
    first, slash, last = text.partition("/")
    ends = (first, last) if slash else (first, first)
    if all(end in ("", "..") for end in ends):
        raise ValueError(wanted)
    try:
        start = None if ends[0] in ("", "..") else _moment(ends[0], is_end=False)
        end = None if ends[1] in ("", "..") else _moment(ends[1], is_end=True)
    except ValueError:
        raise ValueError(wanted) from None
    if start is not None and end is not None and start > end:
        raise ValueError(wanted)
    return start, end


def _moment(text: str, *, is_end: bool) -> datetime:
    if len(text) == len("2023-12-31"):
        day = datetime.combine(date.fromisoformat(text), time(), UTC)
        return day + timedelta(days=1, microseconds=-1) if is_end else day
    moment = datetime.fromisoformat(text.upper())
    if moment.tzinfo is None:
        raise ValueError("naive")
    return moment


def _extent(reader: Reading) -> tuple[Sequence[float], tuple[date | None, date | None]]:
    areas = load_areas(reader.connection, reader.settings.areas.gebieden)
    peildatums = read_as_of_dates(reader.connection)
    box = [float(value) for value in areas.total_bounds] if len(areas) else [-180.0, -90.0, 180.0, 90.0]
    return box, (peildatums[-1], peildatums[0]) if peildatums else (None, None)


def _box(settings: Settings, query: ItemsQuery, bbox: str) -> BaseGeometry:
    return box_in_degrees(settings, parse_box(bbox), query.bbox_crs, parameter="bbox-crs")


def _part(
    request: Request,
    collection: Collection,
    query: ItemsQuery,
    features: Sequence[Feature],
    transform: Transform,
    settings: Settings,
) -> Response:
    if query.bbox is not None:
        box = _box(settings, query, query.bbox)
        features = [feature for feature in features if feature.geometry.intersects(box)]
    part = features[query.offset : query.offset + query.page_size]
    return _items(request, collection, query, part, len(features), transform)


def _items(
    request: Request,
    collection: Collection,
    query: ItemsQuery,
    features: Sequence[Feature],
    total: int,
    transform: Transform,
) -> Response:
    base, own = get_base(request), f"/collections/{collection.id}"
    asked = [pair for pair in parse_qsl(request.url.query) if pair[0] != "offset"]

    def page(relation: str, offset: int) -> dict[str, str]:
        text = urlencode([*asked, *([("offset", str(offset))] if offset else [])])
        return link(base, f"{own}/items" + (f"?{text}" if text else ""), relation, GEOJSON, collection.title)

    links = [page("self", query.offset), link(base, own, "collection", JSON, "De laag")]
    if query.offset + len(features) < total and features:
        links.append(page("next", query.offset + query.page_size))
    if query.offset:
        links.append(page("prev", max(0, query.offset - query.page_size)))
    content = {
        "type": "FeatureCollection",
        "features": _geojson(features, transform, query.crs),
        "numberMatched": total,
        "numberReturned": len(features),
        "links": links,
    }
    return answer(request, content, media_type=GEOJSON, headers={"Content-Crs": f"<{query.crs}>"})


def _item(
    request: Request, collection: Collection, query: FeatureQuery, feature: Feature, transform: Transform
) -> Response:
    base, own = get_base(request), f"/collections/{collection.id}"
    content = _geojson([feature], transform, query.crs)[0] | {
        "links": [
            link(base, f"{own}/items/{feature.id}", "self", GEOJSON, "Dit document"),
            link(base, own, "collection", JSON, "De laag"),
        ]
    }
    return answer(request, content, media_type=GEOJSON, headers={"Content-Crs": f"<{query.crs}>"})


def _geojson(features: Sequence[Feature], transform: Transform, crs: str) -> list[dict[str, Any]]:
    shapes = shapes_of([transform(feature.geometry) for feature in features], precision=precision_of(crs))
    return [
        {"type": "Feature", "id": feature.id, "geometry": shape, "properties": feature.properties}
        for feature, shape in zip(features, shapes, strict=True)
    ]
