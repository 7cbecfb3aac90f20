"""The table [retention] of the settings file: how long each kind of data is kept."""

from typing import Self

from pydantic import Field, model_validator

from hotspots.settings.section import Section


class RetentionSettings(Section):
    """How long each kind of data is kept, in days; then `retention` removes it."""

    text_days: int = Field(default=365, ge=1)
    location_days: int = Field(default=730, ge=1)
    report_days: int = Field(default=1095, ge=1)
    not_signalled_days: int = Field(default=365, ge=1)
    dwelling_days: int = Field(default=1095, ge=1)
    case_text_days: int = Field(default=730, ge=1)
    meeting_days: int = Field(default=365, ge=1)
    access_log_days: int = Field(default=1095, ge=1)
    processing_log_days: int = Field(default=1095, ge=1)
    request_days: int = Field(default=1095, ge=1)
    session_days: int = Field(default=30, ge=1)
    sent_form_days: int = Field(default=1, ge=1)
    event_days: int = Field(default=90, ge=1)
    undo_days: int = Field(default=30, ge=1)
    account_days: int = Field(default=365, ge=1)
    job_days: int = Field(default=730, ge=1)
    reject_days: int = Field(default=90, ge=1)
    inbox_days: int = Field(default=14, ge=0)
    weekly_report_days: int = Field(default=365, ge=7)

    @model_validator(mode="after")
    def _what_points_at_people_goes_first(self) -> Self:
        if not self.text_days <= self.location_days <= self.report_days:
            raise ValueError(
                f"wanted text_days <= location_days <= report_days, found {self.text_days}, "
                f"{self.location_days}, {self.report_days}"
            )
        return self
