"""Is a place one address (woning) or an area (gebied): where its reports point."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.model import Soort

SAME_SPOT_M = 4.0
"""Reports this near to each other point at one front door."""

ELSEWHERE_M = 15.0
"""Reports farther than this from an address were not put there by the error of a house number."""

MIN_NAMED = 3
"""With fewer addresses named, the coordinates decide."""

WONING_SHARE = 0.6
"""Share of the reports that must point at one address."""


@dataclass(frozen=True)
class Kind:
    """Dwelling or area, how certain (0.5 to 1), and the share of reports at the address with most.

    ``elsewhere_count`` is how many reports lie too far from that address to point at it.
    """

    soort: Soort
    certainty: float
    address_share: float
    elsewhere_count: int = 0


def kind_of(x: NDArray[np.float64], y: NDArray[np.float64], address_key: "pd.Series[str]") -> Kind:
    """Say whether a place points at one address.

    The share of the reports that name the address named most, or name none and lie on its point. Where
    hardly any names an address, the share on the coordinate with most. A tower of flats has one coordinate
    and many addresses, and is an area.

    Parameters
    ----------
    x, y
        Coordinates of the reports in metres.
    address_key
        The address each names, missing or empty if none.
    """
    share, middle = _share_at_one_address(x, y, address_key.fillna("").to_numpy(dtype=object))
    elsewhere = int((np.hypot(x - middle[0], y - middle[1]) > ELSEWHERE_M).sum())
    is_woning = share >= WONING_SHARE
    distance = abs(share - WONING_SHARE) / (1 - WONING_SHARE if is_woning else WONING_SHARE)
    certainty = round(0.5 + 0.5 * float(distance), 3)
    return Kind(Soort.WONING if is_woning else Soort.GEBIED, certainty, round(share, 3), elsewhere)


def _share_at_one_address(
    x: NDArray[np.float64], y: NDArray[np.float64], address_key: NDArray[np.object_]
) -> tuple[float, NDArray[np.float64]]:
    named = address_key[address_key != ""]
    keys, counts = np.unique(named.astype(str), return_counts=True)
    if len(named) < MIN_NAMED:
        middle = _modal_spot(x, y)
        return float((np.hypot(x - middle[0], y - middle[1]) <= SAME_SPOT_M).mean()), middle
    names_it = address_key == keys[counts.argmax()]
    middle = np.array([np.median(x[names_it]), np.median(y[names_it])])
    is_unnamed_there = (address_key == "") & (np.hypot(x - middle[0], y - middle[1]) <= SAME_SPOT_M)
    return float((names_it | is_unnamed_there).mean()), middle


def _modal_spot(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    spots, counts = np.unique(np.column_stack([x, y]).round(1), axis=0, return_counts=True)
    modal: NDArray[np.float64] = spots[counts.argmax()]
    return modal
