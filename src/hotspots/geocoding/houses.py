"""Matches house numbers within a street: one address, all with that number, a range, or near one of these."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from hotspots.geocoding.index import ABSENT
from hotspots.geocoding.match import Match, RegisterMatches
from hotspots.geocoding.parsing import ParsedAddress
from hotspots.geocoding.relations import Relation
from hotspots.model import Precision
from hotspots.settings import GeocodingSettings


class HouseMatcher:
    """Matches number and addition with the addresses of one street."""

    def __init__(self, matches: RegisterMatches) -> None:
        self._matches = matches
        self._index = matches.index
        self._max_radius_m = matches.settings.max_house_radius_m

    def match(self, parsed: ParsedAddress, addresses: range, postcode: int, certainty: float) -> Match:
        """Match a house.

        Parameters
        ----------
        addresses
            Addresses of one street with this number.
        postcode
            Number of the postcode in the index; -1 if absent or unknown.
        certainty
            How sure it is that this street is meant.
        """
        radius = radius_near(parsed.relation, self._matches.settings)
        match = self._match_house(parsed, addresses, postcode, certainty)
        if radius is None or not match.is_house:
            return match
        # a place near an address is not that address
        return replace(
            match,
            precision=Precision.HUISNUMMER,
            radius_m=max(match.radius_m, radius),
            found=f"{parsed.relation} {match.found}",
            why_not_better=f"ligt {parsed.relation} dit adres",
            address=-1,
        )

    def _match_house(self, parsed: ParsedAddress, addresses: range, postcode: int, certainty: float) -> Match:
        if parsed.last_number:
            return self._match_range(parsed, addresses, parsed.last_number, certainty)
        written = self._index.addition_ids.get(parsed.addition, ABSENT)
        exact = [address for address in addresses if self._index.addition[address] == written]
        if not exact and parsed.addition:
            exact = self._index.loose_matches(addresses, parsed.addition)
        if postcode >= 0:
            exact = [address for address in exact if self._index.postcode[address] == postcode] or exact
        if len(exact) == 1 and self._index.spread_m[exact[0]] <= self._max_radius_m:
            return self._matches.at_address(exact[0], certainty)
        if exact:
            return self._around(parsed, exact, "dit adres staat meer dan eens", certainty)
        if parsed.addition.isdigit() and int(parsed.addition) > parsed.number:
            street = int(self._index.street[addresses[0]])
            if (street, int(parsed.addition)) in self._index.house_addresses:
                return self._match_range(parsed, addresses, int(parsed.addition), certainty)
        why = (
            f"toevoeging '{parsed.addition}' staat niet in het register"
            if parsed.addition
            else "het nummer bestaat alleen met een toevoeging"
        )
        return self._around(parsed, addresses, why, certainty - 0.05)

    def _around(self, parsed: ParsedAddress, addresses: ArrayLike, why: str, certainty: float) -> Match:
        """Match the middle of addresses that share a number, if they lie together."""
        chosen = np.asarray(addresses)
        spot = self._matches.middle_of(chosen)
        street = int(self._index.street[chosen[0]])
        label = f"{self._index.street_label(street)} {parsed.number}"
        if spot.radius_m > self._max_radius_m:
            why = f"{why}; de adressen op nummer {parsed.number} liggen tot {spot.radius_m:.0f} m uiteen"
            return replace(
                self._matches.amid(chosen, Precision.STRAAT, label, why),
                candidates=self._matches.candidates_of(chosen),
            )
        return Match(
            lon=spot.lon,
            lat=spot.lat,
            precision=Precision.HUISNUMMER,
            radius_m=max(spot.radius_m, self._matches.settings.address_radius_m),
            found=label,
            why_not_better=why,
            certainty=certainty,
        )

    def _match_range(self, parsed: ParsedAddress, addresses: range, last: int, certainty: float) -> Match:
        street = int(self._index.street[addresses[0]])
        first, last = sorted((parsed.number, last))
        of_street = np.asarray(self._index.addresses_of_street(street))
        numbers = self._index.number[of_street]
        step = 2 if first % 2 == last % 2 else 1  # one side of the street, or both
        chosen = of_street[np.isin(numbers, range(first, last + 1, step))]
        match = self._around(parsed, chosen, f"een reeks huisnummers ({first} t/m {last})", certainty)
        return replace(match, found=f"{self._index.street_label(street)} {first} t/m {last}", candidates=())


def radius_near(relation: Relation, settings: GeocodingSettings) -> float | None:
    """How far a place with this relation can be from the address; None where it is the address itself."""
    return {
        Relation.LEVEL_WITH: settings.level_with_m,
        Relation.OPPOSITE: settings.opposite_m,
        Relation.NEAR: settings.near_m,
    }.get(relation)
