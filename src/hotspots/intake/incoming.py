"""A report that is to be stored, as it goes into the tables: a value for each column, in their order."""

from datetime import datetime
from typing import NamedTuple


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
