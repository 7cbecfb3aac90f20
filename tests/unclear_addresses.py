"""Reports at addresses that the register does not have, or has twice, and what became of them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import select

from hotspots.store.database import Database
from hotspots.store.report_tables import report_locations, reports

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
LON, LAT = 5.6879, 50.8485
"""In the middle of Maastricht."""

Import = Callable[..., None]


def house(street: str, number: int, postcode: str, east: float, town: str = "Maastricht") -> dict[str, Any]:
    """One row of the register, so many degrees east of the middle."""
    row = {"street": street, "house_number": number, "postcode": postcode, "town": town}
    return row | {"house_letter": "", "house_suffix": "", "lon": LON + east, "lat": LAT}


REGISTER = pd.DataFrame(
    [
        house("Markt", 1, "6211AB", 0),
        house("Prins Bernhardlaan", 4, "6211AC", 0.002),
        house("Prinses Bernhardlaan", 4, "6211AD", 0.004),
    ]
)
NEW_HOUSE = house("Nieuwstraat", 7, "6211AE", 0.001)


UNKNOWN = ("M1", "Nieuwstraat", "7", "6211AE", "Maastricht")
ALSO_UNKNOWN = ("M2", "NIEUWSTRAAT ", "7", "6211 ae", "Maastricht")
AMBIGUOUS = ("M3", "Pr. Bernhardlaan", "4", "", "Maastricht")
NOTHING = ("M4", "", "", "", "")


def places(database: Database) -> dict[str, tuple[Any, ...]]:
    """Precision, who located it, and the address of each report."""
    with database.reading() as connection:
        query = select(reports, report_locations).join_from(reports, report_locations)
        rows = connection.execute(query.order_by(reports.c.source_id)).all()
    return {row.source_id: (row.precision, row.located_by, row.address_key) for row in rows}
