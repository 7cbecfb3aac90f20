"""Files of areas or addresses, sent or fetched from PDOK: kept for who asked, until put in or thrown away."""

from pathlib import Path

from api.admin.sections import AdminRequest
from hotspots.errors import NotFoundError
from hotspots.files.uploads import Upload, find_upload, keep_upload

FETCHED = " van PDOK"
"""What a file that was fetched is kept as, after its kind."""

NO_ANSWER = "PDOK geeft nu geen goed antwoord. Probeer het later opnieuw, of stuur een bestand."


def keep_fetched(asked: AdminRequest, path: Path, *, kind: str) -> Upload:
    """Keep a file that was fetched from PDOK, for who asked for it."""
    return keep_upload(
        asked.settings.service.uploads,
        path.read_bytes(),
        file_name=path.name,
        source=f"{kind}{FETCHED}",
        owner=asked.actor.id,
        now=asked.now,
    )


def find_kept(asked: AdminRequest, token: str, *, kind: str) -> Upload:
    """Find a file of this kind that who asks sent or fetched.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    upload = find_upload(asked.settings.service.uploads, token, owner=asked.actor.id)
    if upload.source not in (kind, f"{kind}{FETCHED}"):
        raise NotFoundError(f"wanted a file that is kept as '{kind}', found one as '{upload.source}'")
    return upload


def origin_of(upload: Upload, service: str) -> str:
    """Where a file is from, as it is told: the service that it was fetched from, or its name."""
    return service if upload.source.endswith(FETCHED) else upload.path.name
