"""The table [events] of the settings file: who is told what happens, and how patiently."""

import re
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from hotspots.model import EventType
from hotspots.settings.addresses import require_receiver
from hotspots.settings.secret_keys import lines_of
from hotspots.settings.section import Section, Share

_URI = re.compile(r"(urn:[a-z0-9][a-z0-9-]{1,30}:|https?://)[!-~]+", re.IGNORECASE)


class EventSubscription(Section):
    """A system that is told what happens, as the server sets it."""

    name: str = Field(min_length=1, max_length=120)
    url: str = Field(max_length=2000)
    types: tuple[EventType, ...] = ()  # empty: all that it may be told
    gebieden: tuple[str, ...] = ()  # empty: everywhere
    dwellings: bool = False
    cases: bool = False
    secret: SecretStr = SecretStr("")
    secret_file: Path | None = None
    enabled: bool = True

    _is_an_address = field_validator("url")(require_receiver)

    @model_validator(mode="after")
    def _has_one_secret(self) -> Self:
        if bool(self.secret.get_secret_value()) == (self.secret_file is not None):
            raise ValueError(
                f"{self.name}: wanted a secret_file (or, to try things out, a secret), found "
                f"{'both' if self.secret_file else 'neither'}"
            )
        return self

    def secrets(self) -> list[bytes]:
        """The secrets that sign, one a line, the last one first; none if they can't be read."""
        if self.secret_file is None:
            return lines_of(self.secret.get_secret_value())[::-1]
        try:
            return lines_of(self.secret_file.read_bytes())[::-1]
        except OSError:
            return []


class EventsSettings(Section):
    """Who is told what happens, by events over HTTP."""

    source: str = ""
    timeout_s: float = Field(default=10, gt=0, le=60)
    pauses_s: tuple[float, ...] = (10, 60, 300, 1800, 7200, 21600, 43200, 86400, 86400)
    jitter: Share = 0.2
    at_once: int = Field(default=8, ge=1, le=64)
    longest_rest_s: float = Field(default=1800, gt=0, le=86400)
    silent_after_hours: float = Field(default=4, gt=0)
    subscriptions: tuple[EventSubscription, ...] = ()

    @field_validator("source")
    @classmethod
    def _is_a_uri(cls, value: str) -> str:
        if value and not _URI.fullmatch(value):
            raise ValueError(
                f"wanted a URI such as 'urn:nld:oin:00000001234567890000:systeem:hotspots', found {value!r}"
            )
        return value

    @field_validator("pauses_s")
    @classmethod
    def _are_pauses(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value or min(value) <= 0 or max(value) > 7 * 86400 or list(value) != sorted(value):
            raise ValueError(
                f"wanted pauses of more than 0 s and at most a week that grow, found {list(value)}"
            )
        return value

    @model_validator(mode="after")
    def _are_told_apart(self) -> Self:
        names = [one.name for one in self.subscriptions]
        double = sorted({name for name in names if names.count(name) > 1})
        if double:
            raise ValueError(f"wanted subscriptions with names of their own, found {double[0]!r} twice")
        return self
