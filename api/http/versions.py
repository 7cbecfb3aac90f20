"""Optimistic locking of cases: ETag and If-Match with the version of a case (RFC 9110, 13.1.1)."""

import re
from typing import Annotated

from fastapi import Depends, Header
from starlette.exceptions import HTTPException

from api.http.sign_in import SignedIn

_TAG = re.compile(r'"v(\d{1,9})"')


ASK_FOR_TAG = "Stuur de ETag van het dossier mee in If-Match, zodat niets ongezien verandert."


def version_tag(version: int) -> str:
    """The ETag of a version."""
    return f'"v{version}"'


def require_version(
    _: SignedIn,  # a missing sign-in is reported first, whatever was sent
    if_match: Annotated[
        str | None,
        Header(description="ETag van het dossier zoals het is gelezen", examples=['"v3"'], max_length=100),
    ] = None,
) -> int:
    """The version that the client saw; refuses the change without one (428) or with an invalid tag (412)."""
    if if_match is None:
        raise HTTPException(428, ASK_FOR_TAG)
    match = _TAG.fullmatch(if_match.strip())
    if match is None:
        raise HTTPException(412, "If-Match is niet de ETag van dit dossier. Lees het dossier opnieuw.")
    return int(match[1])


SeenVersion = Annotated[int, Depends(require_version)]
