"""The table [intake] of the settings file: what of a delivery is believed."""

from typing import Annotated

from pydantic import Field, StringConstraints

from hotspots.settings.section import Section, Share


class IntakeSettings(Section):
    """What of a delivery is believed, and what is held against it."""

    # times
    future_hours: float = Field(default=24, ge=0)
    oldest_years: int = Field(default=30, ge=1)
    occurred_after_hours: float = Field(default=1, ge=0)
    occurred_before_days: int = Field(default=365, ge=1)
    midnight_rows: int = Field(default=20, ge=2)
    # texts
    longest_text: int = Field(default=10_000, ge=500)
    # reporters
    unknown_reporters: tuple[Annotated[str, StringConstraints(pattern=r"\w")], ...] = ()
    telephone_region: str = Field(default="", pattern="^([A-Z]{2})?$")
    # coordinates
    survey_rows: int = Field(default=1000, ge=1)
    coarse_share: Share = 0.05
    coarse_points: int = Field(default=5, ge=1)
    contradiction_m: float = Field(default=250, gt=0)
    contradicted_radius_m: float = Field(default=50, gt=0)
