"""A form with one file, read after its sender is known: nobody else makes us hold a file in memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from api.http.forms import CSRF_FIELD, claim_upload
from api.http.response_cache import AnsweredBefore
from api.http.sign_in import CSRF_HEADER, WhoAsks, identify, is_from_our_own_page, session_of
from hotspots.access.rights import Actor, Right, require
from hotspots.access.sessions import actor_of_session
from hotspots.errors import SignInError
from hotspots.files.uploads import Upload, keep_upload
from hotspots.settings import Settings

FORM_BYTES = 20_000
"""Bytes that a form may have besides its file."""

MEGABYTE = 1_000_000
FILE = "bestand"


@dataclass(frozen=True)
class SentFile:
    """A file that was sent, its sender, and the other fields of the form."""

    sender: Actor
    name: str
    content: bytes
    fields: Mapping[str, str]


def max_upload_bytes(settings: Settings) -> int:
    """The largest request with a file, in bytes."""
    return settings.service.max_upload_mb * MEGABYTE + FORM_BYTES


async def read_sent_file(who: WhoAsks, *, right: Right, page: str) -> SentFile:
    """Read a form with one file, after checking that its sender has a right.

    Parameters
    ----------
    page
        The page of the form: where one goes on whose session has ended.

    Raises
    ------
    SignInError, ForbiddenError
        If the sender is unknown or does not have the right, or the form is not from our own page.
    HTTPException
        403 if the browser says that the form is from another site, 413 if it is too large.
    """
    request = who.request
    if not is_from_our_own_page(request):
        raise HTTPException(403, "Dit formulier komt niet van deze site.")
    session = session_of(request) or ""
    known = await run_in_threadpool(
        actor_of_session, who.database, who.settings.sign_in, token=session, now=who.now
    )
    if known is None:
        if "text/html" in request.headers.get("accept", ""):  # a file can't be kept: it is chosen again
            to = f"/aanmelden?naar={page}&verlopen=bestand"
            raise AnsweredBefore(RedirectResponse(to, status_code=303))
        raise SignInError("wanted a session with this file, found none")
    require(known, right, None)
    async with request.form(max_files=1, max_fields=5, max_part_size=FORM_BYTES) as form:
        content, name = b"", ""
        if isinstance(file := form.get(FILE), UploadFile):
            content, name = await file.read(), file.filename or ""
        fields = {key: value for key, value in form.items() if isinstance(value, str)}
    csrf = fields.pop(CSRF_FIELD, "") or request.headers.get(CSRF_HEADER, "")
    sender = await run_in_threadpool(identify, who, csrf)
    if sender is None:
        raise SignInError("wanted a session with this file, found none")
    told = "".join(fields[key] for key in sorted(fields))
    await run_in_threadpool(claim_upload, who, sender, csrf, told.encode() + name.encode() + content)
    return SentFile(sender, name, content, fields)


def file_problem(sent: SentFile, settings: Settings) -> str:
    """Say in Dutch why a file can't be kept; empty if it can."""
    if not sent.content:
        return "Kies een bestand dat niet leeg is."
    if len(sent.content) > settings.service.max_upload_mb * MEGABYTE:
        return f"Dit bestand is te groot: hoogstens {settings.service.max_upload_mb} MB."
    return ""


def keep_sent(sent: SentFile, settings: Settings, *, source: str, now: datetime) -> Upload:
    """Keep a file that was sent, for its sender, as :func:`~hotspots.files.uploads.keep_upload` does."""
    return keep_upload(
        settings.service.uploads,
        sent.content,
        file_name=sent.name,
        source=source,
        owner=sent.sender.id,
        now=now,
    )
