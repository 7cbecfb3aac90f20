"""Hotspots that people worked on."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from hotspots.access.rights import Actor
from hotspots.casework.cases import CaseAccess
from hotspots.casework.steps import move
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.database import Database

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)

Place = Callable[..., str]


@pytest.fixture
def verified(database: Database, settings: Settings, placed: Place, oov: Actor) -> str:
    """The id of a hotspot that is in verification, at version 2."""
    hotspot_id = placed()
    move(CaseAccess(database, settings, oov, hotspot_id, NOW), Status.IN_VERIFICATIE, expected_version=1)
    return hotspot_id


@pytest.fixture
def decided(database: Database, settings: Settings, placed: Place, oov: Actor) -> Callable[[Status], str]:
    """Store a hotspot with this final verdict; it is then at version 3."""

    def decide(verdict: Status) -> str:
        hotspot_id = placed()
        for version, wanted in enumerate((Status.IN_VERIFICATIE, verdict), start=1):
            move(
                CaseAccess(database, settings, oov, hotspot_id, NOW),
                wanted,
                expected_version=version,
                reason="Zo is besloten.",
            )
        return hotspot_id

    return decide
