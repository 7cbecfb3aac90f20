"""Routes of the API, each with its name and summary in the OpenAPI description."""

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter
from pydantic import BaseModel

from api.http.negotiation import GEOJSON
from api.rest.documents import reference

Handler = TypeVar("Handler", bound=Callable[..., Any])


class Routes(APIRouter):
    """A router whose routes have an operation id, a summary and an answer type."""

    def reads(
        self,
        path: str,
        operation_id: str,
        summary: str,
        model: type[BaseModel],
        *,
        geojson: type[BaseModel] | None = None,
    ) -> Callable[[Handler], Handler]:
        """Add a route that answers with a document of this type, or with GeoJSON if that is given."""
        content = {"content": {GEOJSON: {"schema": reference(geojson)}}} if geojson else None
        return self.get(
            path,
            operation_id=operation_id,
            summary=summary,
            response_model=model,
            responses={200: content} if content else None,
        )

    def adds(self, path: str, operation_id: str, summary: str) -> Callable[[Handler], Handler]:
        """Add a route that creates something (201)."""
        return self.post(path, operation_id=operation_id, summary=summary, status_code=201)
