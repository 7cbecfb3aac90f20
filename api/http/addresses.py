"""The address of this service, as others reach it."""

from fastapi import Request

from hotspots.settings import Settings


def service_address(request: Request, settings: Settings) -> str:
    """Scheme and host: of the settings, or else of the request."""
    return settings.service.address or f"{request.url.scheme}://{request.url.netloc}"
