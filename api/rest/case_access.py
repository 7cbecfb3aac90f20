"""The dependency of routes about one case: actor, hotspot and time."""

from typing import Annotated

from fastapi import Depends, Path

from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.sign_in import Now, SignedIn
from hotspots.casework.cases import CaseAccess

HotspotId = Annotated[
    str,
    Path(alias="id", max_length=60, description="Kenmerk of nummer van de hotspot", examples=["HS-2023-014"]),
]


async def find_case_access(
    hotspot: HotspotId, actor: SignedIn, database: ServiceDatabase, settings: ServiceSettings, now: Now
) -> CaseAccess:
    """Access to the requested case, for the signed-in actor."""
    return CaseAccess(database, settings, actor, hotspot, now)


SignedInCase = Annotated[CaseAccess, Depends(find_case_access)]
