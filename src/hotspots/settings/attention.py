"""The table [attention] of the settings file: which places that are no hotspot yet are shown."""

from pydantic import Field

from hotspots.settings.section import Section, Share


class AttentionSettings(Section):
    """When a place that is no hotspot is likely enough to become one to be looked at."""

    most_per_gebied: int = Field(default=5, ge=0)
    min_share: Share = 0.25
    within_weeks: int = Field(default=6, ge=1, le=26)
    recent_days: int = Field(default=42, ge=7)
    min_reports: int = Field(default=4, ge=2)
    min_reporters: int = Field(default=2, ge=1)
    most_compared: int = Field(default=400, ge=1)
    listed_share: Share = 0.3
    own_outcomes: int = Field(default=200, ge=1)
