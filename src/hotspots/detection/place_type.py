"""Is a place one address (woning) or an area (gebied): where its reports point."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.geography.points import spot_of
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
class PlaceType:
    """Dwelling or area, how certain (0.5 to 1), and the share of reports at the address with most.

    ``elsewhere_count`` is how many reports lie too far from that address to point at it.
    """

    soort: Soort
    certainty: float
    address_share: float
    elsewhere_count: int = 0


def kinds_of(members: pd.DataFrame) -> list[PlaceType]:
    """Say of each place whether it points at one address.

    The share of the reports that name the address named most, or name none and lie on its point. Where
    hardly any names an address, the share on the coordinate with most. A tower of flats has one coordinate
    and many addresses, and is an area.

    Parameters
    ----------
    members
        The reports of places: place (0, 1, 2, … without gaps), x, y (metres), address_key (the address each
        names, missing or empty if none).

    Returns
    -------
    list of PlaceType
        In the order of the places' numbers.
    """
    place = members["place"].to_numpy(dtype=np.int64)
    xy = members[["x", "y"]].to_numpy(dtype=np.float64)
    key = members["address_key"].fillna("").to_numpy(dtype=object)
    is_named = key != ""
    sizes = np.bincount(place)
    named_count = np.bincount(place[is_named], minlength=len(sizes))
    by_address = named_count >= MIN_NAMED
    # the address that is named most, or else the coordinate with most
    names_it = np.zeros(len(place), dtype=bool)
    code = np.zeros(len(place), dtype=np.int64)
    code[is_named] = pd.factorize(key[is_named], sort=True)[0]
    names_it[is_named] = _is_most(place[is_named], code[is_named])
    is_modal = _is_most(place, spot_of(xy[:, 0], xy[:, 1]))
    decides = np.where(by_address[place], names_it, is_modal)
    middle = pd.DataFrame(xy[decides]).groupby(place[decides]).median().to_numpy()
    away = np.hypot(*(xy - middle[place]).T)
    points_there = np.where(
        by_address[place], names_it | (~is_named & (away <= SAME_SPOT_M)), away <= SAME_SPOT_M
    )
    share = np.bincount(place[points_there], minlength=len(sizes)) / sizes
    # what names no address points at the one named most no more than what does name one
    agreeing = np.bincount(place[names_it], minlength=len(sizes)) / np.maximum(named_count, 1)
    share = np.where(by_address, np.minimum(share, agreeing), share)
    elsewhere = np.bincount(place[away > ELSEWHERE_M], minlength=len(sizes))
    return [
        PlaceType(*values)
        for values in zip(*_judged(share), share.round(3).tolist(), elsewhere.tolist(), strict=True)
    ]


def _judged(share: NDArray[np.float64]) -> tuple[list[Soort], list[float]]:
    is_woning = share >= WONING_SHARE
    distance = np.abs(share - WONING_SHARE) / np.where(is_woning, 1 - WONING_SHARE, WONING_SHARE)
    soorten = [Soort.WONING if woning else Soort.GEBIED for woning in is_woning.tolist()]
    return soorten, (0.5 + 0.5 * distance).round(3).tolist()


def _is_most(place: NDArray[np.int64], code: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each row has the code that its place has most; of those as many, the lowest."""
    width = int(code.max(initial=0)) + 1
    pairs, pair_of, counts = np.unique(place * width + code, return_inverse=True, return_counts=True)
    order = np.lexsort([pairs, -counts, pairs // width])
    _, first = np.unique(pairs[order] // width, return_index=True)
    is_most = np.zeros(len(pairs), dtype=bool)
    is_most[order[first]] = True
    return np.asarray(is_most[pair_of], dtype=np.bool_)
