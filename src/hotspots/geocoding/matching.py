"""Matches a parsed address with the register, as precisely as possible, and says why no better."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hotspots.geocoding.crossings import CrossingMatcher
from hotspots.geocoding.houses import HouseMatcher
from hotspots.geocoding.match import Match, RegisterMatches, better_of
from hotspots.geocoding.parsing import ParsedAddress
from hotspots.geocoding.register import AddressRegister, Fix
from hotspots.geocoding.relations import Relation
from hotspots.geocoding.streets import StreetCandidate, StreetFinder
from hotspots.geocoding.towns import NOWHERE, TownFinder, Towns
from hotspots.model import Precision

ABROAD = "ligt volgens de melding in een ander land"


class Matcher:
    """Matches parsed addresses with a register."""

    def __init__(self, register: AddressRegister) -> None:
        self.index = register.index
        self.streets = StreetFinder(register.index)
        self.matches = RegisterMatches(register)
        self._places = register.place_index
        self._towns = TownFinder(register.index, register.place_index)
        self._houses = HouseMatcher(self.matches)
        self._crossings = CrossingMatcher(self.matches)

    def match(self, parsed: ParsedAddress) -> Match:
        """Match an address as precisely as possible."""
        for other in parsed.others:
            if other.addition != parsed.addition:
                match = self._match_one(other)
                if match.address >= 0:
                    return match
            elif self.is_known(other):
                return self._match_named(other, parsed)
        return self._match_one(parsed)

    def is_known(self, parsed: ParsedAddress) -> bool:
        """Whether the register has the street of an address, spelled so."""
        return bool(parsed.street and self.streets.exact(_without_article(parsed.street)))

    def _match_named(self, named: ParsedAddress, parsed: ParsedAddress) -> Match:
        """Match what is the name of a street as well as a place near one."""
        match = self._match_one(named)
        if not self.is_known(parsed):
            return match
        other = self._match_one(parsed)
        if match.is_house and other.is_house:
            why = f"'{named.street}' is een straat, en ook een plek bij {parsed.street}"
            return self.matches.undecided([match, other], why)
        return better_of(match, other)

    def _match_one(self, parsed: ParsedAddress) -> Match:
        if parsed.is_foreign:
            return Match(why_not_better=ABROAD, is_elsewhere=True)
        towns = self._towns.find(parsed.town, is_field=parsed.is_town_given)
        postcode = self.index.postcode_ids.get(parsed.postcode, -1) if parsed.postcode else -1
        if parsed.cross_streets:
            return self._match_crossing(parsed, towns)
        if parsed.street:
            match = self._match_street(parsed, postcode, towns)
            if match.precision is Precision.GEEN and not match.candidates:
                return self._or_place(match, parsed)
            return match
        if postcode >= 0:
            return self._match_postcode(parsed, postcode)
        if parsed.postcode:
            return Match(why_not_better=f"postcode {parsed.postcode} staat niet in het register")
        return self._or_place(Match(why_not_better="er is geen straat en geen postcode"), parsed)

    def is_elsewhere(self, town: str) -> bool:
        """Whether the town in a field of its own is none of the register's."""
        return bool(town) and self._towns.find(town, is_field=True) == NOWHERE

    # -- street ------------------------------------------------------------------------------------------

    def _match_street(self, parsed: ParsedAddress, postcode: int, towns: Towns) -> Match:
        of_postcode = self.index.streets_of_postcode(postcode) if postcode >= 0 else ()
        if parsed.relation is not Relation.AT and not self.streets.exact(parsed.street):
            parsed = replace(parsed, street=_without_article(parsed.street))
        exact = self.streets.exact(parsed.street)
        agreed = [street for street in exact if street in of_postcode]
        if agreed:
            return self._match_number(parsed, [StreetCandidate(street, 0) for street in agreed], postcode)
        near = self.streets.within(parsed.street, of_postcode) if of_postcode else []
        if near and not exact:
            return self._match_number(parsed, _nearest(near), postcode)
        refusal = self._towns.why_elsewhere(parsed, towns)
        if exact:
            return self._match_exact_elsewhere(parsed, exact, near, postcode, towns, refusal)
        if postcode >= 0:
            return self._only_postcode(parsed, postcode)
        if refusal:
            return Match(why_not_better=refusal, is_elsewhere=True)
        similar = [
            candidate
            for candidate in self.streets.similar(parsed.street)
            if self._is_in(candidate.street, towns)
        ]
        if not similar:
            return Match(why_not_better=f"straat '{parsed.street}' staat niet in het register")
        match = self._match_number(parsed, _nearest(similar), -1)
        lacks_addition = bool(parsed.addition) and match.address < 0
        if match.is_house and (lacks_addition or not similar[0].is_sure):
            return self.matches.undecided([match], f"straat '{parsed.street}' staat niet in het register")
        return match

    def _match_exact_elsewhere(
        self,
        parsed: ParsedAddress,
        exact: Sequence[int],
        near: Sequence[StreetCandidate],
        postcode: int,
        towns: Towns,
        refusal: str,
    ) -> Match:
        """Match an exact street name whose postcode, if given, belongs to another street."""
        if refusal:
            return Match(why_not_better=refusal, is_elsewhere=True)
        in_town = [street for street in exact if self._is_in(street, towns)]
        chosen = [StreetCandidate(street, 0) for street in (in_town or exact)]
        match = self._match_number(parsed, chosen, -1)
        other = self._match_number(parsed, _nearest(near), postcode) if near else Match()
        if other.is_house:
            why = "straat en postcode spreken elkaar tegen"
            return self.matches.undecided([match, other], why) if match.is_house else other
        if not in_town and match.is_house:
            return self.matches.undecided([match], f"straat '{parsed.street}' ligt niet in '{parsed.town}'")
        if postcode < 0 and not parsed.postcode:
            return match
        if match.is_house:
            return replace(match, certainty=0.85)
        if postcode >= 0:
            return self._only_postcode(parsed, postcode)
        return match

    def _only_postcode(self, parsed: ParsedAddress, postcode: int) -> Match:
        names = " en ".join(
            sorted({self.index.street_names[street] for street in self.index.streets_of_postcode(postcode)})
        )
        why = f"straat '{parsed.street}' hoort niet bij postcode {parsed.postcode} ({names})"
        return self.matches.amid(
            self.index.addresses_of_postcode(postcode),
            Precision.POSTCODE,
            f"postcode {parsed.postcode}",
            why,
        )

    def _match_number(
        self, parsed: ParsedAddress, candidates: Sequence[StreetCandidate], postcode: int
    ) -> Match:
        streets = [candidate.street for candidate in candidates]
        typos = candidates[0].distance
        certainty = (0.99 if postcode >= 0 else 0.97) - 0.04 * typos
        if parsed.number:
            houses = [
                (street, addresses)
                for street in streets
                if (addresses := self.index.house_addresses.get((street, parsed.number)))
            ]
            if len(houses) > 1:
                digits = parsed.postcode[:4]
                of_postcode = [house for house in houses if digits in self._digits_of(house[1])]
                houses = of_postcode if len(of_postcode) == 1 else houses
            if len(houses) == 1:
                return self._houses.match(parsed, houses[0][1], postcode, certainty)
            if houses:
                matches = [self._houses.match(parsed, addresses, -1, certainty) for _, addresses in houses]
                return self.matches.undecided(matches, "meer dan één straat kan bedoeld zijn")
        if len(streets) > 1:
            spots = [self.matches.in_street(street) for street in streets]
            return self.matches.undecided(spots, "meer dan één straat kan bedoeld zijn")
        why = self._why_no_number(parsed, streets[0])
        if postcode < 0:
            return self.matches.in_street(streets[0], why)
        members = np.asarray(self.index.addresses_of_street(streets[0]))
        members = members[self.index.postcode[members] == postcode]
        label = f"{self.index.street_label(streets[0])}, postcode {parsed.postcode}"
        return self.matches.amid(members, Precision.POSTCODE, label, why)

    def _digits_of(self, addresses: range) -> set[str]:
        return {self.index.postcodes[self.index.postcode[address]][:4] for address in addresses} - {""}

    def _why_no_number(self, parsed: ParsedAddress, street: int) -> str:
        if not parsed.number:
            return parsed.why_no_number or "er is geen huisnummer"
        numbers = self.index.number[self.index.addresses_of_street(street)]
        return (
            f"huisnummer {parsed.number} staat niet in het register; {self.index.street_names[street]} heeft "
            f"{numbers.min()} t/m {numbers.max()}"
        )

    # -- postcode ----------------------------------------------------------------------------------------

    def _match_postcode(self, parsed: ParsedAddress, postcode: int) -> Match:
        streets = [StreetCandidate(street, 0) for street in self.index.streets_of_postcode(postcode)]
        members = self.index.addresses_of_postcode(postcode)
        if parsed.number:
            with_number = members[self.index.number[members] == parsed.number]
            with_that_number = {int(street) for street in self.index.street[with_number]}
            if with_that_number:
                chosen = [candidate for candidate in streets if candidate.street in with_that_number]
                return self._match_number(parsed, chosen, postcode)
        why = (
            f"huisnummer {parsed.number} staat bij deze postcode niet in het register"
            if parsed.number
            else parsed.why_no_number or "er is geen huisnummer"
        )
        return self.matches.amid(members, Precision.POSTCODE, f"postcode {parsed.postcode}", why)

    # -- crossing ----------------------------------------------------------------------------------------

    def _match_crossing(self, parsed: ParsedAddress, towns: Towns) -> Match:
        refusal = self._towns.why_elsewhere(parsed, towns)
        if refusal:
            return Match(why_not_better=refusal, is_elsewhere=True)
        names = [name for name in (parsed.street, *parsed.cross_streets) if name]
        names = [re.sub(r"\s+\d+\s?[a-zA-Z]?$", "", name) for name in names]
        streets = [self._streets_named(name, towns) for name in names]
        known = [index for index, found in enumerate(streets) if found]
        if len(known) < len(streets):
            absent = " en ".join(f"'{names[index]}'" for index in range(len(names)) if index not in known)
            why = f"straat {absent} staat niet in het register"
            if len(known) == 1 and len(streets[known[0]]) == 1:
                return self.matches.in_street(streets[known[0]][0], why)
            return Match(why_not_better=why)
        if parsed.relation is Relation.BETWEEN and len(streets) == 3:
            return self._crossings.between(*streets)
        return self._crossings.corner_of(streets[-2], streets[-1])

    def _streets_named(self, name: str, towns: Towns) -> list[int]:
        exact = [street for street in self.streets.exact(name) if self._is_in(street, towns)]
        if exact:
            return exact
        similar = [
            candidate for candidate in self.streets.similar(name) if self._is_in(candidate.street, towns)
        ]
        return [candidate.street for candidate in _nearest(similar)] if similar else []

    # -- places --------------------------------------------------------------------------------

    def _or_place(self, nothing: Match, parsed: ParsedAddress) -> Match:
        place = self._match_place(parsed)
        return place if place.candidates else better_of(nothing, place)

    def _match_place(self, parsed: ParsedAddress) -> Match:
        for text in (parsed.street, parsed.town):
            place = self._places.find(text)
            if place is None:
                continue
            if place.spot is None:
                candidates = tuple(
                    Fix(spot.lon, spot.lat, place.precision, spot.radius_m, "", place.name)
                    for spot in place.several
                )
                return Match(
                    why_not_better=f"'{place.name}' is er meer dan eens",
                    candidates=candidates[: self.matches.settings.max_candidates],
                )
            return Match(
                lon=place.spot.lon,
                lat=place.spot.lat,
                precision=place.precision,
                radius_m=place.spot.radius_m,
                found=place.name,
                why_not_better="een plek met een naam is geen adres"
                if place.precision is Precision.KRUISING
                else "alleen de buurt of plek is bekend",
                certainty=0.8,
            )
        return Match()

    def _is_in(self, street: int, towns: Towns) -> bool:
        return towns is None or self.index.street_towns[street] in towns


def _nearest(candidates: Sequence[StreetCandidate]) -> list[StreetCandidate]:
    return [candidate for candidate in candidates if candidate.distance == candidates[0].distance]


def _without_article(street: str) -> str:
    return re.sub(r"^(?:de|het)\s+", "", street, flags=re.IGNORECASE)
