"""Reports that are to be stored, as they go into the tables: a column of values for each of theirs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from hotspots.files.values import picker

Column = Sequence[Any]


class ReportValues(NamedTuple):
    """Columns of `reports` that a delivery tells."""

    category: str
    main_category: str | None
    subcategory: str | None
    status: str | None
    is_counted: bool
    reported_at: datetime
    occurred_at: datetime | None
    has_hour: bool
    precision: str
    radius_m: float | None
    cell: int | None
    buurtcode: str | None


class LocationValues(NamedTuple):
    """Columns of `report_locations`, without what points at a person."""

    lon: float | None
    lat: float | None
    located_by: str | None
    street: str | None
    house_number: str | None
    house_letter: str | None
    house_suffix: str | None
    postcode: str | None
    town: str | None
    address_key: str | None
    found: str | None
    why_not_better: str | None


class Incoming(NamedTuple):
    """A report to store, with its text and its reporter's hash."""

    source_id: str
    report: ReportValues
    location: LocationValues
    text: str
    reporter_hash: str | None
    changed_at: datetime | None  # when it last changed at its source, if the source tells
    content_hash: str
    former_content_hash: str  # by the former rule on who a reporter is; the same where that says the same


class IncomingReports(NamedTuple):
    """Reports to store: the columns of what :class:`Incoming` holds."""

    source_id: Sequence[str]
    report: Sequence[Column]  # in the order of ReportValues
    location: Sequence[Column]  # in the order of LocationValues
    text: Sequence[str]
    reporter_hash: Sequence[str | None]
    changed_at: Sequence[datetime | None]
    content_hash: Sequence[str]
    former_content_hash: Sequence[str]

    def chosen(self, rows: Sequence[int]) -> "IncomingReports":
        """The columns of some of them."""
        pick = picker(rows)
        return IncomingReports._make(
            list(map(pick, part)) if name in NESTED else pick(part) for name, part in self._asdict().items()
        )

    def each(self) -> list[Incoming]:
        """Them one by one."""
        reports = map(ReportValues._make, zip(*self.report, strict=True))
        locations = map(LocationValues._make, zip(*self.location, strict=True))
        columns = self._replace(report=list(reports), location=list(locations))
        return list(map(Incoming._make, zip(*columns, strict=True)))


NESTED = ("report", "location")
"""Which of these hold several columns."""
