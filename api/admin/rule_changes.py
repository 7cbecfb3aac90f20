"""`/beheer/regels/voorstellen`: asking for other rules, going back to earlier ones, and who decides."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.admin.rule_words import label_of, written
from api.admin.rules import require_not_blind, rules_page
from api.admin.sections import AdminRequest, Asked, Sent
from api.http.forms import Form
from api.http.live_settings import note_stored, own_settings
from hotspots.access.rights import Right, may
from hotspots.errors import (
    ForbiddenError,
    HotspotsError,
    LockedError,
    NotFoundError,
    SettingsError,
    StaleError,
)
from hotspots.settings import Settings, with_changes
from hotspots.weekly.preview_jobs import ask_preview, is_kept, read_preview, start_preview
from hotspots.weekly.rule_changes import (
    Outcome,
    RuleChange,
    ask_rules,
    attach_preview,
    changed_since,
    changes_to,
    decide_rules,
    is_asker,
    read_change,
    rules_of,
    rules_of_version,
)

PATH = "/beheer/regels/voorstellen"
DECISIONS: Mapping[str, Outcome] = {
    "bevestigen": "confirmed",
    "afwijzen": "refused",
    "intrekken": "withdrawn",
}
TRY = "proberen"

router = APIRouter(prefix=PATH, include_in_schema=False)

ChangeId = Annotated[int, Path(alias="voorstel", ge=1, le=2**53)]


@router.post("")
def post_change(sent: Sent, form: Form) -> Response:
    """Ask for the rules of a preview, or for those of an earlier version."""
    require_not_blind(sent)
    sent.require(Right.CHANGE_RULES)
    own, preview_id = own_settings(sent.request), None
    rules: Mapping[str, Any]
    try:
        if (number := form.get("proef", "")).isdecimal() and len(number) < 16:
            preview_id = int(number)
            with sent.database.reading() as connection:
                preview = read_preview(connection, sent.settings, preview_id, now=sent.now)
                if changed_since(connection, preview.asked_at):
                    preview_id = None  # it shows what these changes do to other rules
            rules = rules_of(own, with_changes(sent.settings, preview.changes))
        else:
            rules = _rules_of_version(sent, form.get("versie", ""))
        change = ask_rules(
            sent.database,
            own,
            by=sent.actor,
            rules=rules,
            reason=form.get("reden", ""),
            now=sent.now,
            preview_id=preview_id,
        )
    except (SettingsError, LockedError, NotFoundError) as error:
        return rules_page(sent, problem=_problem(error, form), status=409)
    note_stored(sent.request)
    return RedirectResponse(f"{PATH}/{change.id}", status_code=303)


@router.get("/{voorstel}")
def get_change(asked: Asked, change_id: ChangeId) -> HTMLResponse:
    """Show what is asked, by whom and why, and the forms to try it and to decide on it."""
    require_not_blind(asked)
    return _page(asked, change_id)


@router.post("/{voorstel}")
def post_decision(sent: Sent, change_id: ChangeId, form: Form) -> Response:
    """Confirm, refuse or withdraw other rules, or try them on the past year."""
    require_not_blind(sent)
    sent.require(Right.CHANGE_RULES)
    own, wanted = own_settings(sent.request), form.get("doe", "")
    with sent.database.reading() as connection:
        change = read_change(connection, change_id)
    if wanted not in (*DECISIONS, TRY):
        return _page(sent, change_id, problem="Kies wat u met dit voorstel wilt doen.", status=409)
    try:
        if wanted == TRY:
            return _try(sent, own, change)
        decide_rules(sent.database, own, change_id, DECISIONS[wanted], by=sent.actor, now=sent.now)
    except (SettingsError, LockedError, StaleError, ForbiddenError, NotFoundError) as error:
        return _page(sent, change_id, problem=_problem(error, form), status=409)
    note_stored(sent.request)
    return RedirectResponse(f"{PATH}/{change_id}", status_code=303)


def _try(sent: AdminRequest, own: Settings, change: RuleChange) -> Response:
    changes = changes_to(sent.settings, own, change.rules)
    preview_id = ask_preview(sent.database, sent.settings, actor=sent.actor, changes=changes, now=sent.now)
    attach_preview(sent.database, change.id, preview_id)
    start_preview(sent.settings, preview_id)
    return RedirectResponse(f"/beheer/regels/{preview_id}", status_code=303)


def _rules_of_version(sent: AdminRequest, version: str) -> Mapping[str, Any]:
    """The rules of a version, or without a number those of the settings file."""
    if version == "geleverd":
        return {}
    if not version.isdecimal() or len(version) > 15:
        raise NotFoundError(f"wanted the number of a version, found '{version}'")
    with sent.database.reading() as connection:
        return rules_of_version(connection, int(version))


def _page(asked: AdminRequest, change_id: int, *, problem: str = "", status: int = 200) -> HTMLResponse:
    own = own_settings(asked.request)
    with asked.database.reading() as connection:
        change = read_change(connection, change_id)
        has_preview = change.preview_id is not None and is_kept(connection, change.preview_id)
    return asked.page(
        "rule_change.html",
        section="/beheer/regels",
        status_code=status,
        title=f"Voorstel {change.id}",
        change=change,
        lines=lines_of(change, own),
        waits=change.outcome is None,
        is_own=is_asker(change, asked.actor),
        has_preview=has_preview,
        may_change=may(asked.actor, Right.CHANGE_RULES, None),
        problem=problem,
    )


def lines_of(change: RuleChange, own: Settings) -> Sequence[tuple[str, str, str]]:
    """What a change does: the name of each rule in words, its value before and after."""
    return [
        (label_of(key), written(was), written(becomes))
        for key, (was, becomes) in change.differences(own).items()
    ]


def _problem(error: HotspotsError, form: Mapping[str, str]) -> str:
    if isinstance(error, ForbiddenError):
        if form.get("doe") == "intrekken":
            return "Alleen wie het voorstel deed, kan het intrekken."
        return "U deed dit voorstel zelf. Een ander bevestigt het of wijst het af."
    if isinstance(error, StaleError):
        return "Over dit voorstel is al besloten, of de regels zijn intussen anders. Doe een nieuw voorstel."
    if isinstance(error, LockedError):
        if form.get("doe") == TRY:
            return "Er loopt al een proef. Wacht tot die klaar is, of stop die."
        return "Er wacht al een voorstel. Besluit daar eerst over."
    if isinstance(error, NotFoundError) and form.get("doe") == TRY:
        return "Er zijn nog geen meldingen om regels op te proberen."
    if isinstance(error, NotFoundError):
        return "Deze proef of versie is er niet meer."
    if not form.get("reden", "").strip() and not form.get("doe"):
        return "Schrijf waarom u dit voorstelt."
    if form.get("doe") == TRY:
        return "Dit zijn de regels van nu: er valt niets te proberen."
    return "Deze regels kunnen niet: zij gelden al, passen niet bij elkaar, of de server legt er een vast."
