"""`/beheer/bewaren`: how long each kind of data is kept, what goes next, and confirming the periods."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from api.admin.sections import AdminRequest, Asked, Sent
from api.http.forms import Form
from api.pages.explanation import KEPT, in_words
from hotspots.access.rights import Right, may
from hotspots.operations.job_words import KINDS_OF_DATA
from hotspots.privacy.announcements import (
    confirm_periods,
    count_due,
    next_removal,
    read_announcement,
    removal_of_new,
)
from hotspots.settings import Settings
from hotspots.store.confirmed_periods import OF_USE, periods_to_confirm, read_confirmation, shortened

router = APIRouter(prefix="/beheer/bewaren", include_in_schema=False)

_OF_SETTING: Mapping[str, tuple[str, ...]] = {
    "text_days": ("texts",),
    "location_days": ("locations", "answers"),
    "report_days": ("reports",),
    "not_signalled_days": ("notSignalled", "previews"),
    "dwelling_days": ("dwellings",),
    "case_text_days": ("caseTexts",),
    "meeting_days": ("meetings",),
    "access_log_days": ("accessLog",),
    "processing_log_days": ("processingLog",),
    "request_days": ("requests",),
    "account_days": ("accounts",),
    "job_days": ("jobs",),
    "reject_days": ("rejects", "fileNames"),
}


@router.get("")
def get_retention(asked: Asked, gedaan: bool = False) -> HTMLResponse:
    """Show each period with what is past it, what goes next, and who confirmed it when."""
    asked.require(Right.READ_OPERATIONS)
    return _page(asked, is_fresh=gedaan)


@router.post("")
def post_confirmation(sent: Sent, form: Form) -> Response:
    """Confirm the periods, if they still are those that were shown."""
    sent.require(Right.CONFIRM_RETENTION)
    if form.get("termijnen") != _mark_of(sent.settings):
        problem = "De termijnen zijn intussen anders. Bekijk ze hieronder, en bevestig ze dan."
        return _page(sent, problem=problem, status=409)
    confirm_periods(sent.database, sent.settings, by=sent.actor, now=sent.now)
    return RedirectResponse("/beheer/bewaren?gedaan=1", status_code=303)


def removal_told(asked: AdminRequest, connection: Connection) -> dict[str, Any]:
    """What pages tell of what goes next; of dwellings only to who may know of them."""
    confirmation, told = read_confirmation(connection), read_announcement(connection)
    counts = {} if told is None else told.counts
    return {
        "confirmation": confirmation,
        "is_to_be_confirmed": confirmation is None or bool(shortened(confirmation, asked.settings)),
        "told": told,
        "announced": {kind: total for kind, total in counts.items() if total and may_know(asked, kind)},
        "is_late": told is not None and told.goes_at < asked.now,
        "kinds": KINDS_OF_DATA,
    }


def may_know(asked: AdminRequest, kind: str) -> bool:
    """Whether somebody may know how much there is of a kind of data."""
    return kind != "dwellings" or may(asked.actor, Right.READ_DWELLINGS, None)


def _mark_of(settings: Settings) -> str:
    """What tells these periods from others."""
    text = json.dumps(periods_to_confirm(settings), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _page(
    asked: AdminRequest, *, problem: str = "", is_fresh: bool = False, status: int = 200
) -> HTMLResponse:
    due = count_due(asked.database, asked.settings, now=asked.now)
    with asked.database.reading() as connection:
        removal = removal_told(asked, connection)
        new = removal_of_new(connection, asked.settings, asked.now)
    shorter = shortened(removal["confirmation"], asked.settings)
    return asked.page(
        "retention.html",
        section="/beheer/bewaren",
        status_code=status,
        title="Bewaartermijnen",
        rows=[
            {
                "what": what,
                "period": in_words(getattr(asked.settings.retention, name)),
                "longer": in_words(shorter[name]) if name in shorter else "",
                "due": _sum_of(asked, due, name),
                "is_of_use": name in OF_USE,
            }
            for name, what in KEPT.items()
        ],
        first_removal=new if removal["told"] else next_removal(asked.settings, asked.now),
        mark=_mark_of(asked.settings),
        problem=problem,
        is_fresh=is_fresh,
        **removal,
    )


def _sum_of(asked: AdminRequest, due: Mapping[str, int], setting: str) -> int | None:
    """How many rows are past a period; None where that is not counted, or not for this reader."""
    kinds = _OF_SETTING.get(setting, ())
    return (
        sum(due[kind] for kind in kinds) if kinds and all(may_know(asked, kind) for kind in kinds) else None
    )
