"""How many rows of a delivery are past the period of what they bring, or will be within a month."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hotspots.settings import RetentionSettings

SOON = timedelta(days=31)

PastPeriods = Mapping[str, Mapping[str, int]]
"""By kind of data (texts, locations, reports): `past`, and `withinMonth`."""


@dataclass
class PeriodCounter:
    """Counts the rows of a delivery whose texts, places and reports are past their period, or soon."""

    keep: RetentionSettings
    now: datetime
    _counts: dict[str, list[int]] = field(init=False)

    def __post_init__(self) -> None:
        days = {
            "texts": self.keep.text_days,
            "locations": self.keep.location_days,
            "reports": self.keep.report_days,
        }
        self._before = {kind: self.now - timedelta(days=many) for kind, many in days.items()}
        self._counts = {kind: [0, 0] for kind in days}

    def add(
        self, reported: Iterable[datetime], occurred: Iterable[datetime | None], text: Iterable[str]
    ) -> None:
        """Count rows by the later of their two times, as removal does."""
        latest = max(self._before.values()) + SOON
        for one, other, said in zip(reported, occurred, text, strict=True):
            moment = one if other is None or other < one else other
            if moment >= latest:
                continue
            for kind, before in self._before.items():
                if kind == "texts" and not said:
                    continue
                if moment < before:
                    self._counts[kind][0] += 1
                elif moment < before + SOON:
                    self._counts[kind][1] += 1

    @property
    def found(self) -> PastPeriods:
        """What was counted; nothing if no row is past or near its period."""
        if not any(map(sum, self._counts.values())):
            return {}
        return {kind: {"past": past, "withinMonth": soon} for kind, (past, soon) in self._counts.items()}
