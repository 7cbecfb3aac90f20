"""`/v1/buurten` and `/v1/gebieden`: where hotspots lie."""

import math
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from api.http.coordinates import precision_of, transform_to
from api.http.dependencies import BuurtParameters, PageParameters, ReadConnection, ServiceSettings
from api.http.negotiation import GEOJSON, chosen_type
from api.http.paging import answer_features, answer_page
from api.rest.documents import AreaPage, BuurtPage, FeatureCollection
from api.rest.routes import Routes
from hotspots.geography.geojson import shapes_of
from hotspots.store.areas import load_areas

router = Routes(tags=["gebieden"])


@router.reads("/buurten", "getBuurten", "Buurten van de gemeente", BuurtPage, geojson=FeatureCollection)
def get_buurten(
    request: Request, query: BuurtParameters, connection: ReadConnection, settings: ServiceSettings
) -> Response:
    """Geeft de buurten met hun gebied; met `Accept: application/geo+json` ook hun grenzen."""
    media_type = chosen_type(request)
    transform = transform_to(settings, query.crs)
    areas = load_areas(connection, settings.areas.gebieden)
    part = areas.iloc[query.offset : query.offset + query.pagina_grootte]
    rows = [buurt_properties(row) for row in part.to_dict("records")]
    if media_type != GEOJSON:
        return answer_page(request, query, "buurten", rows, len(areas))
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
    shown = gebieden[query.offset : query.offset + query.pagina_grootte]
    return answer_page(request, query, "gebieden", shown, len(gebieden))


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
