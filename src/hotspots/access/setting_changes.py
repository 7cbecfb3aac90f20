"""Changing settings on a page or by command: they hold together with all others, and the history tells why.

Rules of detection are changed by two people, in :mod:`hotspots.weekly.rule_changes`.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from hotspots.access.admin_changes import Kind, record_change
from hotspots.access.rights import Actor
from hotspots.errors import SettingsError, StaleError
from hotspots.settings import Settings
from hotspots.settings.bounds import require_short_events, require_within
from hotspots.settings.stored import RULES, STORABLE, where_set, with_stored, written_value
from hotspots.store.database import Database
from hotspots.store.stored_settings import lock_stored, read_stored, write_stored

LONGEST_REASON = 2000

_PERSONAL = frozenset({"jobs.alert_mail", "mail.sender", "mail.user"})
"""Settings that may name a person: the history tells that they changed, and not into what."""


def change_settings(
    database: Database,
    own: Settings,
    values: Mapping[str, Any],
    *,
    by: Actor,
    reason: str,
    now: datetime,
    seen: Settings | None = None,
) -> list[str]:
    """Store settings, or take them back; gives the names of those that changed.

    All are stored or none, after they were seen to hold together with all others.

    Parameters
    ----------
    own
        The settings of file and environment.
    values
        By ``section.key``, as :func:`hotspots.settings.stored.written_value` gives them; None, or the value
        of `own`, takes what is stored back.
    seen
        The settings that were shown to who changes them; None changes whatever there is.

    Raises
    ------
    StaleError
        If one of them is another since it was seen.
    SettingsError
        If a setting can't be stored, is set by file or environment, or has a value that can't be, or if no
        reason is given.
    """
    reason = require_reason(reason)
    for key, value in values.items():
        if value is not None:
            require_storable(own, key)
            require_within(key, value)
    with database.writing() as connection:
        lock_stored(connection)
        stored = read_stored(connection)
        _require_no_rule_taken_back(own, stored, values)
        if seen is not None:
            _require_as_seen(with_stored(own, stored), seen, values)
        given = {key: value for key, value in values.items() if value is not None}
        after = with_stored(own, {key: value for key, value in stored.items() if key not in values} | given)
        if "calendar.events" in given:
            require_short_events(after.calendar)
        changed = {}
        for key in values:
            was, becomes, usual = _now(own, stored, key), _value(after, key), _value(own, key)
            write_stored(connection, {key: None if becomes == usual else becomes}, at=now)
            if was != becomes:
                changed[key] = (was, becomes)
        for key, (was, becomes) in changed.items():
            record_change(
                connection,
                kind=Kind.SETTING,
                about=key,
                by=by,
                at=now,
                before=_told(key, was),
                after=_told(key, becomes),
                reason=reason,
            )
    return list(changed)


def require_storable(own: Settings, key: str) -> None:
    """Refuse a setting that is not changed here.

    Raises
    ------
    SettingsError
        Saying where it is changed.
    """
    if key in RULES:
        raise SettingsError(
            f"wanted a setting that one person changes, found the rule '{key}': 'hotspots rules propose' "
            "or /beheer/regels asks for other rules"
        )
    if key not in STORABLE:
        raise SettingsError(
            f"wanted a setting that is changed here, found '{key}': the settings file or the "
            "environment sets it"
        )
    place = where_set(own, key)
    if place is not None:
        raise SettingsError(
            f"wanted a setting that is changed here, found '{key}', which the {place} sets: change it there"
        )


def require_reason(reason: str) -> str:
    """The reason of a change, without blanks around it.

    Raises
    ------
    SettingsError
        If there is none, or it is too long.
    """
    stripped = reason.strip()
    if not stripped or len(stripped) > LONGEST_REASON:
        raise SettingsError(
            f"wanted a reason of 1 to {LONGEST_REASON} characters, found {len(stripped)}: say why"
        )
    return stripped


def _require_as_seen(present: Settings, seen: Settings, keys: Collection[str]) -> None:
    if any(_value(present, key) != _value(seen, key) for key in keys):
        raise StaleError("wanted settings as they were seen, found that they changed: look again")


def _require_no_rule_taken_back(own: Settings, stored: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Refuse to take a rule back, unless what is stored no longer fits: nothing runs before that is done."""
    rules = sorted(RULES & values.keys())
    if rules:
        try:
            with_stored(own, stored)
        except SettingsError:
            return
        require_storable(own, rules[0])


def _now(own: Settings, stored: Mapping[str, Any], key: str) -> Any:
    """The present value: of what is stored, whether or not it still fits."""
    return stored[key] if key in stored else _value(own, key)


def _value(settings: Settings, key: str) -> Any:
    return written_value(settings, key) if key in STORABLE | RULES else None


def _told(key: str, value: Any) -> dict[str, Any]:
    if key in _PERSONAL:
        return {"ingevuld": bool(value)} | ({"aantal": len(value)} if isinstance(value, list) else {})
    return {"waarde": value}
