"""Where people live, as a weekly run compares places with it."""

from sqlalchemy import Connection

from hotspots.detection.exposure import Exposure
from hotspots.geocoding.register_store import load_address_points
from hotspots.settings import Settings


def load_exposure(connection: Connection, settings: Settings) -> Exposure:
    """Give the addresses of the register by where they are."""
    return Exposure.of(*load_address_points(connection), settings)
