"""Settings that people change on a page or by command: which these are, and how file and environment win.

A stored value counts where neither the environment names the setting nor the file gives it another value than
the one that ships. Settings as :func:`hotspots.settings.load_settings` reads them know which these are: they
are the fields that were set in each section (``model_fields_set``).
"""

import os
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ValidationError

from hotspots.errors import SettingsError
from hotspots.settings.file import environment_name, first_problem, known_keys
from hotspots.settings.tree import Settings, naming

RULES = frozenset(key for key in known_keys() if key.startswith("detection."))
"""What decides which places are signalled: it is changed by two people, and has versions."""

STORABLE = frozenset(
    {
        "municipality.name",
        "municipality.code",
        "service.colour",
        "service.accent",
        "map.nearby_m",
        "context.within_m",
        "context.kinds",
        "workflow.verification_days",
        "workflow.plan_days",
        "workflow.evaluation_days",
        "tracking.new_for_weeks",
        "tracking.quiet_after_weeks",
        "tracking.end_after_weeks",
        "calendar.events",
        "jobs.weekly_day",
        "jobs.weekly_time",
        "jobs.notices_time",
        "jobs.nightly_time",
        "jobs.alert_mail",
        "mail.host",
        "mail.port",
        "mail.security",
        "mail.sender",
        "mail.user",
        "health.quiet_days",
        *(key for key in known_keys() if key.startswith("retention.")),
    }
)
"""What may be stored besides rules: no secret, folder, command, or address that is asked for data."""

COMPOSED = frozenset({"areas.gebieden"})
"""What has a page and a command of its own, beside those of the settings."""

_GOES_TO: Mapping[str, str] = dict.fromkeys(
    ("mail.host", "mail.port", "mail.security", "mail.user"), "mail.password"
)
"""Settings that say where a secret is sent: who can't read the secret may not have it sent elsewhere."""

Place = Literal["environment", "file"]


def where_set(own: Settings, key: str) -> Place | None:
    """Where a setting is set so that a stored value does not count; None if one would."""
    place = named_in(own, key)
    if place is not None or key not in STORABLE | RULES | COMPOSED:
        return place or "file"
    secret = _GOES_TO.get(key)
    return None if secret is None or not value_of(own, secret).get_secret_value() else where_set(own, secret)


def named_in(own: Settings, key: str) -> Place | None:
    """Whether the environment sets a setting, or the file gives it another value than the one that ships."""
    section, _, name = key.partition(".")
    if name not in getattr(own, section).model_fields_set:
        return None
    return "environment" if environment_name(key) in os.environ else "file"


def value_of(settings: Settings, key: str) -> Any:
    """The value of ``section.key``."""
    section, _, name = key.partition(".")
    return getattr(getattr(settings, section), name)


def written_value(settings: Settings, key: str) -> Any:
    """The value of ``section.key`` as it is stored: numbers, texts, and lists and tables of them."""
    section, _, name = key.partition(".")
    return getattr(settings, section).model_dump(mode="json", include={name})[name]


def with_stored(own: Settings, stored: Mapping[str, Any]) -> Settings:
    """Give the settings that hold: the own ones, and what is stored where these leave it open.

    Raises
    ------
    SettingsError
        If they can't hold together, naming the first setting that can't.
    """
    over: dict[str, dict[str, Any]] = {}
    for key, value in stored.items():
        if key in STORABLE | RULES | COMPOSED and where_set(own, key) is None:
            section, _, name = key.partition(".")
            over.setdefault(section, {})[name] = value
    if not over:
        return own
    values: dict[str, Any] = {name: getattr(own, name) for name in Settings.model_fields}
    for section, changed in over.items():
        values[section] = getattr(own, section).model_dump() | changed
    try:
        effective = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(first_problem(error)) from None
    return naming(effective, {name: getattr(own, name).model_fields_set for name in over})
