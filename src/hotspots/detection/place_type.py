"""Is a place one address (woning) or an area (gebied): which of the two its reports would lie like."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaln, expit, logit, logsumexp

from hotspots.detection.columns import Columns, column_of
from hotspots.detection.house_mentions import mention_a_house
from hotspots.geography.points import AS_WRITTEN_M, spot_of
from hotspots.model import Precision, Soort
from hotspots.settings import DetectionSettings

SHARES = 20
TRIED = (np.arange(SHARES) + 0.5) / SHARES
"""The shares of the reports that are tried, from few to all."""

CHANCES_AT_ONCE = 10_000
"""So many, of pins by shares, fit into the cache of the processor."""


@dataclass(frozen=True)
class PlaceType:
    """Whether a place is a dwelling or an area.

    Attributes
    ----------
    soort
        Dwelling or area.
    certainty
        How likely it is what it is called; 0.5 to 1.
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
    members: Columns, settings: DetectionSettings, *, address_radius_m: float = np.inf
) -> TypeColumns:
    """Say of each place whether its reports point at one address.

    The address is the one named most. Where hardly any report names an address, it is the coordinate with
    most. Two accounts of a place are compared: one source at the address, of which some reports lie at a
    neighbour's door or beside its own; and an area, in which no address has many. In both, each report
    points at the address with some chance, and otherwise lies around it; they differ in how large that
    chance is and in how far around it. A tower of flats has one coordinate and many addresses, and is an
    area. A report that is known less precisely than an address, or lies elsewhere than the address it
    names, points at no dwelling.

    Parameters
    ----------
    members
        The reports of places: place (0, 1, 2, … without gaps), x, y (metres), address_key (the address each
        names; missing or empty if none); precision and radius_m, without which all are as precise as an
        address.
    settings
        From ``woning_prior`` to ``elsewhere_m``, and ``min_named_addresses``.
    address_radius_m
        How far off a report can be that is as precise as an address.

    Returns
    -------
    TypeColumns
        In the order of the places' numbers.
    """
    place = column_of(members, "place", np.int64)
    xy = np.column_stack([column_of(members, name, np.float64) for name in ("x", "y")])
    key = column_of(members, "address_key", object)
    is_exact = _are_exact(members, len(place), address_radius_m)
    is_named = ~pd.isna(key) & (key != "") & is_exact
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
    decides = np.where(by_address[place], _are_at_door(place, xy, names_it, is_exact & ~is_named), is_modal)
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
    is_pin = ~is_named | ~by_address[place]
    # a pin at a door with other addresses behind it, as a tower has, says nothing
    is_shared_door = np.bincount(place[is_named & ~names_it & is_at_door], minlength=len(sizes)) > 0
    is_told = ~(is_pin & is_at_door & (by_address & is_shared_door)[place])
    log_odds = logit(settings.woning_prior) + _log_ratio(
        place[is_told],
        away[is_told],
        points_there=(by_address[place] & names_it)[is_told],
        is_pin=(is_pin & is_exact)[is_told],
        place_count=len(sizes),
        settings=settings,
    )
    if "written" in members:
        has_text, own = _texts_about_houses(place, column_of(members, "written", object), len(sizes))
        log_odds += _log_ratio_of_texts(has_text, own, settings)
        is_unsaid = (has_text >= settings.min_texts) & (own == 0)
        most = np.where(is_unsaid, logit(settings.most_without_words), np.inf)
        log_odds = np.minimum(log_odds, most)
    # half of the reports or more that are known less precisely say too little about one door
    is_vague = 2 * np.bincount(place[is_exact], minlength=len(sizes)) <= sizes
    log_odds = np.where(is_vague, -np.inf, log_odds)
    chance = expit(log_odds)
    is_woning = (chance >= settings.possible_woning) | (share >= settings.possible_share)
    certainty = np.where(is_woning, chance, 1 - chance)
    return TypeColumns(is_woning, certainty.round(3), share.round(3), elsewhere)


def _log_ratio(
    place: NDArray[np.int64],
    away: NDArray[np.float64],
    *,
    points_there: NDArray[np.bool_],
    is_pin: NDArray[np.bool_],
    place_count: int,
    settings: DetectionSettings,
) -> NDArray[np.float64]:
    """How much likelier the reports of each place are for a dwelling than for an area, as a logarithm.

    What share of the reports points at the address isn't known: under both it has a beta distribution, as one
    point of a Dirichlet-multinomial has, and is summed over. Of a report that names an address it is known
    whether it points there, of a pin only how likely that is.
    """

    def per_place(rows: NDArray[np.bool_], weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        own = None if weights is None else weights[rows]
        return np.bincount(place[rows], own, minlength=place_count).astype(np.float64)

    # another flat behind the same door says nothing of how far off neighbours live
    is_off = ~points_there & (away > settings.door_m)
    mean_m = per_place(is_off, away) / np.maximum(per_place(is_off), 1)
    width_m = np.maximum(
        mean_m, settings.neighbour_m / 2
    )  # a small area must not be a dwelling for being small
    beside = _density_around(away, np.full(len(place), settings.neighbour_m), settings)
    across = _density_around(away, width_m[place], settings)
    at_door = _density_at_door(away[is_pin], settings)
    others = ~points_there & ~is_pin
    known_there, known_off = per_place(points_there)[:, None], per_place(others)[:, None]
    chances = np.empty((2, place_count, SHARES))
    for own, density, prior in zip(chances, (beside, across), _priors(settings), strict=True):
        own[:] = prior + known_there * np.log(TRIED) + known_off * np.log1p(-TRIED)
        own += _of_pins(at_door, density[is_pin], place[is_pin], place_count)
    for_dwelling, for_area = (
        of_share + per_place(others & is_off, np.log(density))
        for of_share, density in zip(logsumexp(chances, axis=2), (beside, across), strict=True)
    )
    return np.asarray(for_dwelling - for_area, dtype=np.float64)


@cache
def _priors(settings: DetectionSettings) -> list[NDArray[np.float64]]:
    """How likely each share of the reports is for a dwelling and for an area, as logarithms."""
    priors = []
    for mean_share in (settings.woning_share, settings.gebied_share):
        there, off = mean_share * settings.share_weight, (1 - mean_share) * settings.share_weight
        prior = (there - 1) * np.log(TRIED) + (off - 1) * np.log1p(-TRIED)
        priors.append(prior - logsumexp(prior))
    return priors


def _of_pins(
    at_door: NDArray[np.float64], around: NDArray[np.float64], place: NDArray[np.int64], place_count: int
) -> NDArray[np.float64]:
    """The logarithms of the chances of the pins of each place, summed, by each share; shape (k, SHARES)."""
    chances = np.empty((SHARES, place_count))
    at_once = max(CHANCES_AT_ONCE // max(len(place), 1), 1)
    for first in range(0, SHARES, at_once):
        shares = TRIED[first : first + at_once, None]
        of_pins = np.log(shares * at_door + (1 - shares) * around)
        row = np.arange(len(shares))[:, None] * place_count + place
        summed = np.bincount(row.ravel(), of_pins.ravel(), len(shares) * place_count)
        chances[first : first + at_once] = summed.reshape(-1, place_count)
    return chances.T


def _texts_about_houses(
    place: NDArray[np.int64], written: NDArray[np.object_], place_count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many reports of each place have a text, and of how many it speaks of a house."""
    has_text = np.array([bool(text) for text in written], dtype=np.bool_)
    of_house = has_text.copy()
    of_house[has_text] = mention_a_house(written[has_text])
    return (
        np.bincount(place[has_text], minlength=place_count),
        np.bincount(place[of_house], minlength=place_count),
    )


def _log_ratio_of_texts(
    count: NDArray[np.int64], own: NDArray[np.int64], settings: DetectionSettings
) -> NDArray[np.float64]:
    """How much likelier it is for a dwelling that so many texts speak of a house, as a logarithm.

    Of some dwellings hardly any text does, as of areas. By texts alone nothing becomes a dwelling.
    """
    chances = []
    for mean_share in (settings.woning_text_share, settings.gebied_text_share):
        told, others = mean_share * settings.share_weight, (1 - mean_share) * settings.share_weight
        chances.append(betaln(told + own, others + count - own) - betaln(told, others))
    ratio = np.exp(np.minimum(chances[0] - chances[1], np.log(settings.most_by_texts)))
    return np.asarray(np.log1p(settings.told_in_texts * (ratio - 1)), dtype=np.float64)


def _density_at_door(away: NDArray[np.float64], settings: DetectionSettings) -> NDArray[np.float64]:
    """The density of pins of one door, per square metre: most on its metre, the others around it."""
    on_it = np.where(away <= AS_WRITTEN_M, settings.pin_share / (np.pi * AS_WRITTEN_M**2), 0.0)
    sigma = settings.door_m
    around = np.exp(-0.5 * (away / sigma) ** 2) / (2 * np.pi * sigma**2)
    return np.asarray(on_it + (1 - settings.pin_share) * around)


def _density_around(
    away: NDArray[np.float64], mean_m: NDArray[np.float64], settings: DetectionSettings
) -> NDArray[np.float64]:
    """The density of other reports at some distance, per square metre: it falls off, and never to nothing."""
    scale = mean_m / 2
    near = np.exp(-away / scale) / (2 * np.pi * scale**2)
    anywhere = 1 / (np.pi * settings.max_radius_m**2)
    return np.asarray((1 - settings.stray_share) * near + settings.stray_share * anywhere)


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


def _are_exact(members: Columns, size: int, address_radius_m: float) -> NDArray[np.bool_]:
    """Whether each report is known as precisely as an address."""
    is_exact = np.ones(size, dtype=bool)
    if "radius_m" in members:
        is_exact &= column_of(members, "radius_m", np.float64) <= address_radius_m
    if "precision" in members:
        is_exact &= column_of(members, "precision", object) == str(Precision.ADRES)
    return is_exact


def _are_at_door(
    place: NDArray[np.int64],
    xy: NDArray[np.float64],
    names_it: NDArray[np.bool_],
    names_none: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Which reports lie on the metre where the address of their place is.

    Pins that name an address lie around it, and the median of three may be metres off. It is where most of
    them lie, with those that name none.
    """
    metre = spot_of(xy[:, 0], xy[:, 1], tolerance_m=AS_WRITTEN_M)
    pair = np.unique(place * (int(metre.max(initial=0)) + 1) + metre, return_inverse=True)[1]
    is_named_here = np.bincount(pair, names_it) > 0
    candidates = names_it | (names_none & is_named_here[pair])
    is_there = np.zeros(len(place), dtype=bool)
    is_there[candidates] = _is_most(place[candidates], metre[candidates])
    return is_there


def _is_most(place: NDArray[np.int64], code: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each row has the code that is most frequent at its place; of equal ones the lowest."""
    width = int(code.max(initial=0)) + 1
    pairs, pair_of, counts = np.unique(place * width + code, return_inverse=True, return_counts=True)
    order = np.lexsort([pairs, -counts, pairs // width])
    _, first = np.unique(pairs[order] // width, return_index=True)
    is_most = np.zeros(len(pairs), dtype=bool)
    is_most[order[first]] = True
    return np.asarray(is_most[pair_of], dtype=np.bool_)
