"""The table [reading] of the settings file: what a file may cost before its reader is ended."""

from pydantic import Field

from hotspots.settings.section import Section


class ReadingSettings(Section):
    """How much memory and time a file may take, and how far it may unfold."""

    max_memory_mb: int = Field(default=1000, ge=100)
    seconds: float = Field(default=0.5, ge=0.1)
    seconds_per_mb: float = Field(default=3, gt=0)
    silent_seconds: float = Field(default=30, ge=1)
    max_unpacked_times: int = Field(default=100, ge=10)

    def seconds_of(self, size_bytes: int) -> float:
        """The processor time that a file of this size may take."""
        return self.seconds + self.seconds_per_mb * size_bytes / 1_000_000
