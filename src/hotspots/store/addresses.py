"""Reading and replacing the address register."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, insert, select

from hotspots.geocoding.register import COLUMNS, AddressRegister
from hotspots.store.tables import addresses

ROWS_PER_STATEMENT = 5000


def load_register(connection: Connection) -> AddressRegister:
    """Read the whole register; it is empty if none was imported."""
    rows = connection.execute(select(*[addresses.c[name] for name in COLUMNS]).order_by(addresses.c.id)).all()
    table = pd.DataFrame([tuple(row) for row in rows], columns=list(COLUMNS))
    return AddressRegister(
        table.astype(
            {
                "house_number": np.int64,
                "lon": np.float64,
                "lat": np.float64,
                **dict.fromkeys(("street", "house_letter", "house_suffix", "postcode", "town"), "str"),
            }
        )
    )


def load_exposure(connection: Connection) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read only the points of all addresses: longitudes and latitudes in degrees."""
    rows = connection.execute(select(addresses.c.lon, addresses.c.lat).order_by(addresses.c.id)).all()
    points = np.array([tuple(row) for row in rows], dtype=np.float64).reshape(-1, 2)
    return points[:, 0], points[:, 1]


def replace_addresses(connection: Connection, table: pd.DataFrame) -> int:
    """Put these addresses in the place of all stored ones; gives how many."""
    connection.execute(delete(addresses))
    for rows in _batches(table):
        connection.execute(insert(addresses), rows)
    return len(table)


def _batches(table: pd.DataFrame) -> Iterator[list[dict[str, object]]]:
    columns = [name for name in [*COLUMNS, "street_short"] if name in table.columns]
    for start in range(0, len(table), ROWS_PER_STATEMENT):
        part = table[columns].iloc[start : start + ROWS_PER_STATEMENT]
        yield [{str(name): value for name, value in row.items()} for row in part.to_dict("records")]
