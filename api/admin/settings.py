"""`/beheer/instellingen`: what a municipality changes, with its reasons, and what only the server sets."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.admin.sections import AdminRequest, Asked, Sent
from api.admin.setting_fields import SettingField, WrongValueError, field_of, read_field
from api.admin.setting_words import FIXED, SECTIONS, FixedSetting, SettingSection
from api.http.forms import Form
from api.http.live_settings import note_stored, own_settings
from hotspots.access.rights import Right
from hotspots.access.setting_changes import change_settings
from hotspots.errors import NotFoundError, SettingsError, StaleError
from hotspots.settings import Settings
from hotspots.settings.file import SECRETS
from hotspots.settings.stored import Place, named_in, value_of, written_value

PATH = "/beheer/instellingen"
RESET = "terug-"
"""How the field begins that asks to put a setting back to what it is by default."""
STATE = "stand"
"""The field that tells which values a form was made of."""

STALE = "Iemand anders veranderde dit intussen. Bekijk hieronder hoe het nu is, en verander het dan."

PLACES: Mapping[Place, str] = {
    "file": "in het bestand met instellingen van de server",
    "environment": "bij het starten van de server",
}
"""Where the server sets something, in words."""

router = APIRouter(prefix=PATH, include_in_schema=False)

Slug = Annotated[str, Path(alias="onderdeel", max_length=40)]


@router.get("")
def get_settings(asked: Asked) -> HTMLResponse:
    """Show the sections of settings, and what only the server sets; of secrets only whether they exist."""
    asked.require(Right.CHANGE_SETTINGS)
    own = own_settings(asked.request)
    changed = {
        slug: sum(each.is_stored for each in _fields(section, asked.settings, own))
        for slug, section in SECTIONS.items()
    }
    return asked.page(
        "settings.html",
        section=PATH,
        title="Instellingen",
        parts=SECTIONS.values(),
        changed=changed,
        fixed=[(each.label, *_told(own, each)) for each in FIXED],
    )


@router.get("/{onderdeel}")
def get_section(asked: Asked, slug: Slug, gedaan: int | None = None) -> HTMLResponse:
    """Show the settings of a section with their reasons."""
    asked.require(Right.CHANGE_SETTINGS)
    return _page(asked, _section(slug), saved=gedaan)


@router.post("/{onderdeel}")
def post_section(sent: Sent, slug: Slug, form: Form) -> Response:
    """Store what was typed, all or nothing, or put one setting back to what it is by default."""
    sent.require(Right.CHANGE_SETTINGS)
    section, own = _section(slug), own_settings(sent.request)
    if not form.get("reden", "").strip():
        return _page(sent, section, typed=form, problem="Schrijf waarom u dit verandert.", status=409)
    if form.get(STATE) != _state_of(section, sent.settings):
        return _page(sent, section, problem=STALE, status=409)
    fields = [each for each in _fields(section, sent.settings, own) if each.place is None]
    try:
        values = {
            each.key: None if f"{RESET}{each.key}" in form else read_field(each, form, own) for each in fields
        }
        changed = change_settings(
            sent.database,
            own,
            values,
            by=sent.actor,
            reason=form["reden"],
            now=sent.now,
            seen=sent.settings,
        )
    except StaleError:  # at this moment
        note_stored(sent.request)
        present = replace(sent, settings=sent.request.app.state.settings)
        return _page(present, section, problem=STALE, status=409)
    except WrongValueError as error:
        return _page(sent, section, typed=form, problem=str(error), status=409)
    except SettingsError:
        return _page(sent, section, typed=form, problem=section.refused, status=409)
    note_stored(sent.request)
    return RedirectResponse(f"{PATH}/{slug}?gedaan={len(changed)}", status_code=303)


def _section(slug: str) -> SettingSection:
    if slug not in SECTIONS:
        raise NotFoundError(f"there is no section of settings '{slug}'")
    return SECTIONS[slug]


def _fields(
    section: SettingSection, effective: Settings, own: Settings, typed: Mapping[str, str] | None = None
) -> list[SettingField]:
    return [field_of(key, words, effective, own, typed) for key, words in section.settings.items()]


def _state_of(section: SettingSection, effective: Settings) -> str:
    """What tells the present values from others."""
    values = {key: written_value(effective, key) for key in section.settings}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def _page(
    asked: AdminRequest,
    section: SettingSection,
    *,
    typed: Mapping[str, str] | None = None,
    problem: str = "",
    saved: int | None = None,
    status: int = 200,
) -> HTMLResponse:
    own = own_settings(asked.request)
    fields = _fields(section, asked.settings, own, typed)
    return asked.page(
        "setting_section.html",
        section=PATH,
        status_code=status,
        title=section.title,
        part=section,
        state=_state_of(section, asked.settings),
        fields=fields,
        may_change=any(each.place is None for each in fields),
        places=PLACES,
        reason=(typed or {}).get("reden", ""),
        problem=problem,
        saved=saved,
    )


def _told(own: Settings, fixed: FixedSetting) -> tuple[str, str]:
    """What is told of a setting that only the server sets, and where it stands."""
    value = value_of(own, fixed.key)
    is_secret = fixed.key in SECRETS
    written = value.get_secret_value() if is_secret else value
    shown = ("ingesteld" if is_secret else str(written)) if written else "niet ingesteld"
    place = named_in(own, fixed.key)
    if place is not None:
        return shown, PLACES[place]
    file = value_of(own, fixed.file) if fixed.file else None
    if file is not None and not written:
        return ("ingesteld" if file.exists() else "nog niet gemaakt"), "in een eigen bestand op de server"
    return shown, ""
