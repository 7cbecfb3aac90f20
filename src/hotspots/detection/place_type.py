"""Is a place one address (woning) or an area (gebied): where its reports point."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.geography.points import spot_of
from hotspots.model import Precision, Soort
from hotspots.settings import DetectionSettings


@dataclass(frozen=True)
class PlaceType:
    """Whether a place is a dwelling or an area.

    Attributes
    ----------
    soort
        Dwelling or area.
    certainty
        0.5 to 1.
    address_share
        Share of the reports at the address with most.
    elsewhere_count
        How many reports lie too far from that address to point at it.
    """

    soort: Soort
    certainty: float
    address_share: float
    elsewhere_count: int = 0


@dataclass(frozen=True)
class TypeColumns:
    """The types of many places, a column for each of :class:`PlaceType`; shape (k,)."""

    is_woning: NDArray[np.bool_]
    certainty: NDArray[np.float64]
    address_share: NDArray[np.float64]
    elsewhere_count: NDArray[np.int64]

    def take(self, numbers: NDArray[np.int64]) -> "TypeColumns":
        """Give those of some places."""
        return TypeColumns(*(column[numbers] for column in vars(self).values()))

    def of(self, number: int) -> PlaceType:
        """Give that of one place."""
        return PlaceType(
            Soort.WONING if self.is_woning[number] else Soort.GEBIED,
            self.certainty[number].item(),
            self.address_share[number].item(),
            self.elsewhere_count[number].item(),
        )


def place_types(
    members: pd.DataFrame, settings: DetectionSettings, *, address_radius_m: float = np.inf
) -> TypeColumns:
    """Say of each place whether its reports point at one address.

    What decides is the share of the reports that name the address named most, or name none and lie at its
    door. Where hardly any report names an address, it is the share at the coordinate with most. A tower of
    flats has one coordinate and many addresses, and is an area. A report that is known less precisely than an
    address, or lies elsewhere than the address it names, points at no dwelling.

    Parameters
    ----------
    members
        The reports of places: place (0, 1, 2, … without gaps), x, y (metres), address_key (the address each
        names; missing or empty if none); precision and radius_m, without which all are as precise as an
        address.
    settings
        ``woning_share``, ``door_m``, ``elsewhere_m``, ``min_named_addresses``.
    address_radius_m
        How far off a report can be that is as precise as an address.

    Returns
    -------
    TypeColumns
        In the order of the places' numbers.
    """
    place = members["place"].to_numpy(dtype=np.int64)
    xy = members[["x", "y"]].to_numpy(dtype=np.float64)
    key = members["address_key"].fillna("").to_numpy(dtype=object)
    is_exact = _are_exact(members, address_radius_m)
    is_named = (key != "") & is_exact
    sizes = np.bincount(place)
    named_count = np.bincount(place[is_named], minlength=len(sizes))
    by_address = named_count >= settings.min_named_addresses
    # the address that is named most, or else the coordinate with most
    names_it = np.zeros(len(place), dtype=bool)
    code = np.zeros(len(place), dtype=np.int64)
    code[is_named] = pd.factorize(key[is_named], sort=True)[0]
    names_it[is_named] = _is_most(place[is_named], code[is_named])
    is_modal = np.zeros(len(place), dtype=bool)
    has_exact = np.bincount(place[is_exact], minlength=len(sizes)) > 0
    candidates = is_exact | ~has_exact[place]
    is_modal[candidates] = _is_most(place[candidates], spot_of(xy[:, 0], xy[:, 1])[candidates])
    decides = np.where(by_address[place], names_it, is_modal)
    middle = medians(xy[decides], place[decides])
    away = np.hypot(*(xy - middle[place]).T)
    is_at_door = (away <= settings.door_m) & is_exact
    names_it &= away <= settings.elsewhere_m
    points_there = np.where(by_address[place], names_it | (~is_named & is_at_door), is_at_door)
    share = np.bincount(place[points_there], minlength=len(sizes)) / sizes
    # reports that name no address point at this one no more often than those that name one
    agreeing = np.bincount(place[names_it], minlength=len(sizes)) / np.maximum(named_count, 1)
    share = np.where(by_address, np.minimum(share, agreeing), share)
    elsewhere = np.bincount(place[away > settings.elsewhere_m], minlength=len(sizes))
    is_woning = share >= settings.woning_share
    away = np.abs(share - settings.woning_share)
    certainty = 0.5 + 0.5 * (away / np.where(is_woning, 1 - settings.woning_share, settings.woning_share))
    return TypeColumns(is_woning, certainty.round(3), share.round(3), elsewhere)


def medians(points: NDArray[np.float64], place: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give the median point of each place, by rising number of the place.

    Examples
    --------
    >>> medians(np.array([[0.0, 5.0], [4.0, 1.0], [7.0, 7.0]]), np.array([3, 3, 8])).tolist()
    [[2.0, 3.0], [7.0, 7.0]]
    """
    starts = np.flatnonzero(np.diff(np.sort(place), prepend=-1))
    ends = np.append(starts[1:], len(place))
    low, high = (starts + ends - 1) // 2, (starts + ends) // 2
    columns = [column[np.lexsort([column, place])] for column in points.T]
    return np.column_stack([(column[low] + column[high]) / 2 for column in columns])


def _are_exact(members: pd.DataFrame, address_radius_m: float) -> NDArray[np.bool_]:
    """Whether each report is known as precisely as an address."""
    is_exact = np.ones(len(members), dtype=bool)
    if "radius_m" in members:
        is_exact &= members["radius_m"].to_numpy(dtype=np.float64) <= address_radius_m
    if "precision" in members:
        is_exact &= (members["precision"] == str(Precision.ADRES)).to_numpy()
    return is_exact


def _is_most(place: NDArray[np.int64], code: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each row has the code that is most frequent at its place; of equal ones the lowest."""
    width = int(code.max(initial=0)) + 1
    pairs, pair_of, counts = np.unique(place * width + code, return_inverse=True, return_counts=True)
    order = np.lexsort([pairs, -counts, pairs // width])
    _, first = np.unique(pairs[order] // width, return_index=True)
    is_most = np.zeros(len(pairs), dtype=bool)
    is_most[order[first]] = True
    return np.asarray(is_most[pair_of], dtype=np.bool_)
