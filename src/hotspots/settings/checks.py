"""The table [checks] of the settings file: what counts as unsafe, and what of it is accepted."""

from typing import Annotated

from pydantic import Field, StringConstraints

from hotspots.settings.section import Section

Why = Annotated[str, StringConstraints(pattern=r"^\S.*\S$", max_length=300)]


class ChecksSettings(Section):
    """What counts as unsafe in this installation, and what of it is accepted, with the reason."""

    accepted: dict[str, Why] = Field(default_factory=dict)
    restore_days: int = Field(default=366, ge=1)
    backup_days: int = Field(default=3, ge=1)
    ends_soon_days: int = Field(default=14, ge=0)
    longest_days: int = Field(default=366, ge=1)
    longest_session_hours: int = Field(default=24, ge=1)
    timeout_s: float = Field(default=5, gt=0, le=60)
