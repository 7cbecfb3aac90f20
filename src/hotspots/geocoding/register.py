"""The address register in memory: every address of the municipality with its point."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

COLUMNS = ("street", "house_number", "house_letter", "house_suffix", "postcode", "town", "lon", "lat")


@dataclass(frozen=True, eq=False)
class AddressRegister:
    """The addresses of a municipality.

    Attributes
    ----------
    table
        One row per address: street, house_number (integer), house_letter, house_suffix, postcode, town
        (texts, empty if absent), lon, lat (degrees WGS 84).
    """

    table: pd.DataFrame
    _cache: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def lon(self) -> NDArray[np.float64]:
        """Longitude of each address, in degrees."""
        return self.table["lon"].to_numpy(dtype=np.float64)

    @property
    def lat(self) -> NDArray[np.float64]:
        """Latitude of each address, in degrees."""
        return self.table["lat"].to_numpy(dtype=np.float64)

    def __len__(self) -> int:
        return len(self.table)
