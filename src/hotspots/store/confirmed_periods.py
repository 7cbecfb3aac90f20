"""Which periods of retention hold: those of the settings, and none shorter than a person confirmed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from hotspots.settings import RetentionSettings, Settings
from hotspots.store.operation_tables import retention_confirmations

OF_USE: frozenset[str] = frozenset({"session_days", "sent_form_days", "event_days"})
"""Periods of what using the software leaves behind, which nobody brought in: they hold by themselves."""


@dataclass(frozen=True)
class Confirmation:
    """That a person confirmed the periods."""

    at: datetime
    by: str
    periods: Mapping[str, int]  # days, by the name of the setting; empty: those of before an upgrade


def read_confirmation(connection: Connection) -> Confirmation | None:
    """The last confirmation; None as long as there is none, and nothing may be removed."""
    table = retention_confirmations
    query = select(table.c.at, table.c.confirmed_by, table.c.periods).order_by(table.c.id.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else Confirmation(row.at, row.confirmed_by, dict(row.periods))


def periods_to_confirm(settings: Settings) -> dict[str, int]:
    """The periods of the settings that a person confirms, in days by name."""
    return {name: days for name, days in settings.retention.model_dump().items() if name not in OF_USE}


def shortened(confirmation: Confirmation | None, settings: Settings) -> dict[str, int]:
    """The confirmed days of each period that the settings make shorter: until confirmed, these hold."""
    confirmed = confirmation.periods if confirmation else {}
    wanted = periods_to_confirm(settings)
    return {name: days for name, days in confirmed.items() if days > wanted.get(name, days)}


def with_periods(settings: Settings, days: Mapping[str, int]) -> Settings:
    """The settings with other periods, of names that this version knows."""
    known = {name: value for name, value in days.items() if name in RetentionSettings.model_fields}
    return settings.model_copy(update={"retention": settings.retention.model_copy(update=known)})


def in_force(confirmation: Confirmation | None, settings: Settings) -> Settings:
    """The settings with the periods that hold: a longer one at once, a shorter one once it is confirmed."""
    return with_periods(settings, shortened(confirmation, settings))
