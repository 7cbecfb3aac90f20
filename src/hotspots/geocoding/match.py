"""The match of an address: where it is, how precisely, and why no better."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hotspots.geocoding.index import Spot
from hotspots.geocoding.register import AddressRegister, Fix
from hotspots.model import HOUSE_PRECISIONS, Precision


@dataclass(frozen=True)
class Match:
    """The location matched for an address.

    Attributes
    ----------
    lon, lat, radius_m
        Degrees and metres; NaN if not located.
    found, why_not_better
        In Dutch: what was matched, and why the match is no more precise.
    certainty
        How sure it is that this is what was meant, 0 to 1.
    address
        Number of the address in the index, -1 if it is no single address.
    candidates
        The possible addresses when more than one can be meant; there is then no point.
    is_elsewhere
        Whether the address says it lies outside the area of the register.
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
        """Whether further search could only guess."""
        return bool(self.candidates) or self.is_elsewhere


_RANK = {precision: rank for rank, precision in enumerate(Precision)}


def better_of(first: Match, second: Match) -> Match:
    """The more precise of two matches; the first if they are equal or the second is empty."""
    if first.candidates and not second.is_house:
        return first
    return second if _RANK[second.precision] < _RANK[first.precision] else first


class RegisterMatches:
    """Makes matches from addresses of the register: of one, of the middle of several, or ambiguous ones.

    Parameters
    ----------
    register
        The register; its settings say how far off a match can be.
    """

    def __init__(self, register: AddressRegister) -> None:
        self.index = register.index
        self.settings = register.settings
        self._register = register

    def at_address(self, address: int, certainty: float) -> Match:
        """Match one address."""
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
        """Match only a street or postcode: the middlemost of its addresses."""
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
        """Match only the street."""
        return self.amid(
            self.index.addresses_of_street(street), Precision.STRAAT, self.index.street_label(street), why
        )

    def middle_of(self, addresses: NDArray[np.int64]) -> Spot:
        """The mean of some addresses, and the distance of the farthest from it."""
        lon, lat = float(self.index.lon[addresses].mean()), float(self.index.lat[addresses].mean())
        reach = self.index.distance_m(self.index.lon[addresses], self.index.lat[addresses], lon, lat)
        return Spot(lon, lat, float((reach + self.index.spread_m[addresses]).max()))

    def as_fix(self, match: Match) -> Fix:
        """The location of a match, without its certainty."""
        key = self._register.key_of(match.address)
        return Fix(match.lon, match.lat, match.precision, match.radius_m, key, match.found)

    def undecided(self, matches: Sequence[Match], why: str) -> Match:
        """Give an ambiguous match, with the candidates."""
        candidates = tuple(self.as_fix(match) for match in matches if not np.isnan(match.lon))
        names = " of ".join(dict.fromkeys(candidate.found for candidate in candidates[:3]))
        return Match(
            why_not_better=f"{why}: {names}" if names else why,
            candidates=candidates[: self.settings.max_candidates],
        )

    def candidates_of(self, addresses: NDArray[np.int64]) -> tuple[Fix, ...]:
        """Addresses as candidates, up to the longest list allowed."""
        return tuple(
            replace(self.as_fix(self.at_address(address, 1)), radius_m=self.settings.address_radius_m)
            for address in addresses.tolist()[: self.settings.max_candidates]
        )
