"""What was found of an address: where, how precisely, and why it is no better."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hotspots.geocoding.index import Spot
from hotspots.geocoding.register import AddressRegister, Fix
from hotspots.model import HOUSE_PRECISIONS, Precision


@dataclass(frozen=True)
class Match:
    """Where an address is.

    Attributes
    ----------
    lon, lat, radius_m
        Degrees and metres; NaN if nowhere.
    found, why_not_better
        In Dutch: what was matched, and why it is no more precise.
    certainty
        From 0 to 1: how sure it is that this is what was meant.
    address
        Number of the address in the index, -1 if it is none.
    candidates
        When more than one can be meant: these; then there is no point.
    is_elsewhere
        Whether it says to lie outside the register.
    """

    lon: float = float("nan")
    lat: float = float("nan")
    precision: Precision = Precision.GEEN
    radius_m: float = float("nan")
    found: str = ""
    why_not_better: str = ""
    certainty: float = 0.0
    address: int = -1
    candidates: tuple[Fix, ...] = ()
    is_elsewhere: bool = False

    @property
    def is_house(self) -> bool:
        """Whether it is as precise as a house number."""
        return self.precision in HOUSE_PRECISIONS

    @property
    def is_final(self) -> bool:
        """Whether looking further could only guess."""
        return bool(self.candidates) or self.is_elsewhere


_RANK = {precision: rank for rank, precision in enumerate(Precision)}


def better_of(first: Match, second: Match) -> Match:
    """The more precise of two; the first when they are equal or the second knows nothing."""
    if first.candidates and not second.is_house:
        return first
    return second if _RANK[second.precision] < _RANK[first.precision] else first


class RegisterMatches:
    """Makes matches of addresses of the register: of one, of the middle of some, of several.

    Parameters
    ----------
    register
        With the settings that say how far off a match can be.
    """

    def __init__(self, register: AddressRegister) -> None:
        self.index = register.index
        self.settings = register.settings
        self._register = register

    def at_address(self, address: int, certainty: float) -> Match:
        """One address."""
        spread = float(self.index.spread_m[address])
        return Match(
            lon=float(self.index.lon[address]),
            lat=float(self.index.lat[address]),
            precision=Precision.ADRES,
            radius_m=self.settings.address_radius_m + spread,
            found=self.index.label(address),
            certainty=certainty,
            address=address,
        )

    def amid(self, addresses: object, precision: Precision, found: str, why: str) -> Match:
        """Only a street or postcode is known: the address in the middle of all that it has."""
        spot = self.index.spot_of(addresses)
        return Match(
            lon=spot.lon,
            lat=spot.lat,
            precision=precision,
            radius_m=max(spot.radius_m, self.settings.min_coarse_radius_m),
            found=found,
            why_not_better=why,
            certainty=0.8,
        )

    def in_street(self, street: int, why: str = "") -> Match:
        """Only the street is known."""
        return self.amid(
            self.index.addresses_of_street(street), Precision.STRAAT, self.index.street_label(street), why
        )

    def middle_of(self, addresses: NDArray[np.int64]) -> Spot:
        """The mean of some addresses, and how far the farthest lies from it."""
        lon, lat = float(self.index.lon[addresses].mean()), float(self.index.lat[addresses].mean())
        reach = self.index.distance_m(self.index.lon[addresses], self.index.lat[addresses], lon, lat)
        return Spot(lon, lat, float((reach + self.index.spread_m[addresses]).max()))

    def as_fix(self, match: Match) -> Fix:
        """Where a match is, apart from how sure it is."""
        key = self._register.key_of(match.address)
        return Fix(match.lon, match.lat, match.precision, match.radius_m, key, match.found)

    def undecided(self, matches: Sequence[Match], why: str) -> Match:
        """Tell that more than one can be meant, and which."""
        candidates = tuple(self.as_fix(match) for match in matches if not np.isnan(match.lon))
        names = " of ".join(dict.fromkeys(candidate.found for candidate in candidates[:3]))
        return Match(
            why_not_better=f"{why}: {names}" if names else why,
            candidates=candidates[: self.settings.max_candidates],
        )

    def candidates_of(self, addresses: NDArray[np.int64]) -> tuple[Fix, ...]:
        """Each of some addresses, as far as the list of candidates goes."""
        return tuple(
            replace(self.as_fix(self.at_address(address, 1)), radius_m=self.settings.address_radius_m)
            for address in addresses.tolist()[: self.settings.max_candidates]
        )
