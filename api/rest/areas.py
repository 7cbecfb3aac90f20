"""`/v1/buurten` and `/v1/gebieden`: where hotspots lie."""

import math
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from api.http.coordinates import precision_of, transform_to
from api.http.dependencies import BuurtParameters, PageParameters, ReadConnection, ServiceSettings
from api.http.negotiation import CSV, GEOJSON, JSON, chosen_type
from api.http.paging import Collection, answer_collection, answer_features, answer_part
from api.http.tables import columns_of
from api.rest.documents import Area, AreaPage, Buurt, BuurtPage, FeatureCollection
from api.rest.routes import Routes
from hotspots.geography.geojson import shapes_of
from hotspots.store.areas import load_areas

router = Routes(tags=["gebieden"])


@router.reads("/buurten", "getBuurten", "Buurten van de gemeente", BuurtPage, geojson=FeatureCollection)
def get_buurten(
    request: Request, query: BuurtParameters, connection: ReadConnection, settings: ServiceSettings
) -> Response:
    """Geeft de buurten met hun gebied; met `Accept: application/geo+json` ook hun grenzen."""
    media_type = chosen_type(request, (JSON, GEOJSON, CSV))
    transform = transform_to(settings, query.crs)
    areas = load_areas(connection, settings.areas.gebieden)

    def read(offset: int, limit: int) -> list[dict[str, Any]]:
        return [buurt_properties(row) for row in areas.iloc[offset : offset + limit].to_dict("records")]

    if media_type != GEOJSON:
        collection = Collection("buurten", len(areas), read, columns_of(Buurt))
        return answer_collection(request, query, collection, media_type=media_type)
    rows = read(query.offset, query.pagina_grootte)
    part = areas.iloc[query.offset : query.offset + query.pagina_grootte]
    shapes = shapes_of([transform(shape) for shape in part.geometry], precision=precision_of(query.crs))
    features = [
        {"type": "Feature", "id": row["buurtcode"], "geometry": shape, "properties": row}
        for row, shape in zip(rows, shapes, strict=True)
    ]
    return answer_features(request, query, features, len(areas), crs=query.crs)


@router.reads("/gebieden", "getGebieden", "Gebieden van de gebiedsteams", AreaPage)
def get_gebieden(
    request: Request, query: PageParameters, connection: ReadConnection, settings: ServiceSettings
) -> Response:
    """Geeft de gebieden met hun buurten."""
    areas = load_areas(connection, settings.areas.gebieden)
    gebieden = [
        {
            "naam": str(name),
            "buurten": sorted(part["buurtcode"]),
            "inwoners": _whole(part["inhabitants"].sum(min_count=1)),
        }
        for name, part in areas.groupby("gebied", sort=True)
    ]
    return answer_part(request, query, "gebieden", Area, gebieden)


def buurt_properties(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The properties of a buurt, as in every answer."""
    return {
        "buurtcode": row["buurtcode"],
        "buurtnaam": row["buurtnaam"],
        "wijkcode": row["wijkcode"],
        "wijknaam": row["wijknaam"],
        "gebied": row["gebied"],
        "inwoners": _whole(row["inhabitants"]),
        "bijBenadering": bool(row["is_approximate"]),
    }


def _whole(value: float) -> int | None:
    return None if math.isnan(value) else int(value)
