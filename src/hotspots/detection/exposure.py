"""Where people live: the addresses of the register by where they are, and the cells that they lie in."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hotspots.detection.address_density import AddressDensity
from hotspots.geography.cells import cells_of
from hotspots.geography.projection import Projection
from hotspots.settings import Settings

SQUARE_DEGREES = 2e-4
"""A sixth of the width of a cell of resolution 10: how coarsely a register is sampled."""


@dataclass(frozen=True)
class Exposure:
    """What places are compared with besides reports.

    Attributes
    ----------
    addresses
        All addresses; empty without a register.
    study_cells
        The cells of the map with an address, ascending.
    """

    addresses: AddressDensity
    study_cells: NDArray[np.int64]

    @classmethod
    def of(cls, lon: NDArray[np.float64], lat: NDArray[np.float64], settings: Settings) -> "Exposure":
        """Index addresses.

        Parameters
        ----------
        lon, lat
            Degrees of each; empty without a register.
        settings
            For the projection and the size of the cells.
        """
        points = np.column_stack(Projection(settings.municipality.crs).to_metres(lon, lat))
        return cls(AddressDensity.of(points), study_cells_of(lon, lat, settings.cells.resolution))


def study_cells_of(lon: NDArray[np.float64], lat: NDArray[np.float64], resolution: int) -> NDArray[np.int64]:
    """Give the cells with these addresses, each once.

    One address in each square of some twenty metres is looked at, as there may be millions. So a cell is left
    out when all its addresses share such squares with addresses in the next cell.
    """
    across, along = (np.floor(part / SQUARE_DEGREES).astype(np.int64) for part in (lon, lat))
    squares = (across << 32) + along
    del across, along
    _, chosen = np.unique(squares, return_index=True)
    return np.unique(cells_of(lon[chosen], lat[chosen], resolution=resolution))
