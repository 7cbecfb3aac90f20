"""The table [access] of the settings file: what is asked of who reads exact data, and what stands out."""

from typing import Annotated

from pydantic import Field, StringConstraints

from hotspots.settings.section import Section

Reason = Annotated[str, StringConstraints(pattern=r"^\S.*$", max_length=80)]


class AccessSettings(Section):
    """What is asked of who reads exact points or texts, and which readings stand out."""

    ask_reading_reason: bool = False
    reading_reasons: tuple[Reason, ...] = Field(
        default=(
            "verificatie van deze plek",
            "overleg over deze plek",
            "vraag van een melder of bewoner",
            "controle van de gegevens",
        ),
        min_length=1,
    )
    reason_holds_minutes: int = Field(default=60, ge=1, le=1440)
    many_places: int = Field(default=20, ge=2)
    night_from_hour: int = Field(default=23, ge=0, le=23)
    night_until_hour: int = Field(default=6, ge=0, le=23)

    def is_night(self, hour: int) -> bool:
        """Whether an hour of the day, local, is of the night.

        Examples
        --------
        >>> [AccessSettings().is_night(hour) for hour in (22, 23, 5, 6)]
        [False, True, True, False]
        """
        if self.night_from_hour <= self.night_until_hour:
            return self.night_from_hour <= hour < self.night_until_hour
        return hour >= self.night_from_hour or hour < self.night_until_hour
