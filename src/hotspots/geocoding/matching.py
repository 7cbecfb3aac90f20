"""What an address in parts means in the register, in falling precision, and why it isn't better."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from hotspots.geocoding.index import AddressIndex, Spot
from hotspots.geocoding.parsing import ParsedAddress, Relation
from hotspots.geocoding.places import PlaceIndex
from hotspots.geocoding.spelling import town_key
from hotspots.geocoding.streets import StreetCandidate, StreetFinder
from hotspots.model import Precision

ADDRESS_RADIUS_M = 10.0
MAX_HOUSE_RADIUS_M = 50.0
"""A number whose addresses lie further apart than this does not tell where."""
NEAR_M = {Relation.LEVEL_WITH: 25.0, Relation.OPPOSITE: 40.0, Relation.NEAR: 50.0}
CROSSING_GAP_M = 120.0
"""Streets whose nearest addresses are further apart than this do not meet."""
CROSSING_SPREAD_M = 75.0
MAX_CANDIDATES = 8
ABROAD = "ligt volgens de melding in een ander land"


@dataclass(frozen=True)
class Candidate:
    """One of the addresses or places that can be meant."""

    label: str
    lon: float
    lat: float
    address_key: str = ""
    precision: Precision = Precision.HUISNUMMER
    radius_m: float = ADDRESS_RADIUS_M


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
    candidates: tuple[Candidate, ...] = ()
    is_elsewhere: bool = False

    @property
    def is_house(self) -> bool:
        """Whether it is as precise as a house number."""
        return self.precision in (Precision.ADRES, Precision.HUISNUMMER)

    @property
    def is_final(self) -> bool:
        """Whether looking further could only guess."""
        return bool(self.candidates) or self.is_elsewhere


_RANK = {precision: rank for rank, precision in enumerate(Precision)}
_UNKNOWN_TOWN = frozenset({-1})


def better_of(first: Match, second: Match) -> Match:
    """The more precise of two; the first when they are equal or the second knows nothing."""
    if first.candidates and not second.is_house:
        return first
    return second if _RANK[second.precision] < _RANK[first.precision] else first


class Matcher:
    """Matches addresses in parts with a register."""

    def __init__(
        self, index: AddressIndex, places: PlaceIndex, streets: StreetFinder, keys: NDArray[np.object_]
    ) -> None:
        self.index = index
        self.places = places
        self.streets = streets
        self.keys = keys

    def match(self, parsed: ParsedAddress) -> Match:
        """Give where an address is, as precisely as it can be told."""
        if parsed.is_foreign:
            return Match(why_not_better=ABROAD, is_elsewhere=True)
        towns = self.towns_of(parsed.town)
        postcode = self.index.postcode_ids.get(parsed.postcode, -1) if parsed.postcode else -1
        if parsed.cross_streets:
            return self._match_crossing(parsed, towns)
        if parsed.street:
            found = self._match_street(parsed, postcode, towns)
            if found.precision is Precision.GEEN and not found.candidates:
                return self._or_place(found, parsed)
            return found
        if postcode >= 0:
            return self._match_postcode(parsed, postcode)
        if parsed.postcode:
            return Match(why_not_better=f"postcode {parsed.postcode} staat niet in het register")
        return self._or_place(Match(why_not_better="er is geen straat en geen postcode"), parsed)

    # -- street ------------------------------------------------------------------------------------------

    def _match_street(self, parsed: ParsedAddress, postcode: int, towns: frozenset[int] | None) -> Match:
        of_postcode = self.index.streets_of_postcode(postcode) if postcode >= 0 else ()
        exact = self.streets.exact(parsed.street)
        agreed = [street for street in exact if street in of_postcode]
        if agreed:
            return self._match_number(parsed, [StreetCandidate(street, 0) for street in agreed], postcode)
        near = self.streets.within(parsed.street, of_postcode) if of_postcode else []
        if near and not exact:
            return self._match_number(parsed, _nearest(near), postcode)
        refusal = self._why_elsewhere(parsed, towns)
        if exact:
            return self._match_exact_elsewhere(parsed, exact, near, postcode, towns, refusal)
        if postcode >= 0:
            return self._only_postcode(parsed, postcode)
        if refusal:
            return Match(why_not_better=refusal, is_elsewhere=True)
        similar = [
            candidate for candidate in self.streets.similar(parsed.street) if self._is_in(candidate, towns)
        ]
        if not similar:
            return Match(why_not_better=f"straat '{parsed.street}' staat niet in het register")
        found = self._match_number(parsed, _nearest(similar), -1)
        lacks_addition = bool(parsed.addition) and found.address < 0
        if found.is_house and (lacks_addition or not similar[0].is_sure):
            return self.undecided([found], f"straat '{parsed.street}' staat niet in het register")
        return found

    def _match_exact_elsewhere(
        self,
        parsed: ParsedAddress,
        exact: Sequence[int],
        near: Sequence[StreetCandidate],
        postcode: int,
        towns: frozenset[int] | None,
        refusal: str,
    ) -> Match:
        """The name is a street's, which the postcode (if there is one) is not in."""
        if refusal:
            return Match(why_not_better=refusal, is_elsewhere=True)
        in_town = [street for street in exact if towns is None or self.index.street_towns[street] in towns]
        chosen = [StreetCandidate(street, 0) for street in (in_town or exact)]
        found = self._match_number(parsed, chosen, -1)
        other = self._match_number(parsed, _nearest(near), postcode) if near else Match()
        if other.is_house:
            why = "straat en postcode spreken elkaar tegen"
            return self.undecided([found, other], why) if found.is_house else other
        if not in_town and found.is_house:
            return self.undecided([found], f"straat '{parsed.street}' ligt niet in '{parsed.town}'")
        if postcode < 0 and not parsed.postcode:
            return found
        if found.is_house:
            return replace(found, certainty=0.85)
        if postcode >= 0:
            return self._only_postcode(parsed, postcode)
        return found

    def _only_postcode(self, parsed: ParsedAddress, postcode: int) -> Match:
        names = " en ".join(
            sorted({self.index.street_names[street] for street in self.index.streets_of_postcode(postcode)})
        )
        why = f"straat '{parsed.street}' hoort niet bij postcode {parsed.postcode} ({names})"
        return self._coarse(
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
                of_postcode = [
                    house
                    for house in houses
                    if parsed.postcode
                    and any(
                        self.index.postcodes[self.index.postcode[address]][:4] == parsed.postcode[:4]
                        for address in house[1]
                    )
                ]
                houses = of_postcode if len(of_postcode) == 1 else houses
            if len(houses) == 1:
                return self._match_house(parsed, houses[0][1], postcode, certainty)
            if houses:
                matches = [self._match_house(parsed, addresses, -1, certainty) for _, addresses in houses]
                return self.undecided(matches, "meer dan één straat kan bedoeld zijn")
        if len(streets) > 1:
            spots = [
                self._coarse(
                    self.index.addresses_of_street(street), Precision.STRAAT, self._street(street), ""
                )
                for street in streets
            ]
            return self.undecided(spots, "meer dan één straat kan bedoeld zijn")
        why = self._why_no_number(parsed, streets[0])
        members = np.asarray(self.index.addresses_of_street(streets[0]))
        if postcode >= 0:
            members = members[self.index.postcode[members] == postcode]
            return self._coarse(
                members, Precision.POSTCODE, f"{self._street(streets[0])}, postcode {parsed.postcode}", why
            )
        return self._coarse(members, Precision.STRAAT, self._street(streets[0]), why)

    def _why_no_number(self, parsed: ParsedAddress, street: int) -> str:
        if not parsed.number:
            return "er is geen huisnummer"
        numbers = self.index.number[self.index.addresses_of_street(street)]
        return (
            f"huisnummer {parsed.number} staat niet in het register; {self.index.street_names[street]} heeft "
            f"{numbers.min()} t/m {numbers.max()}"
        )

    # -- house -------------------------------------------------------------------------------------------

    def _match_house(self, parsed: ParsedAddress, addresses: range, postcode: int, certainty: float) -> Match:
        if parsed.last_number:
            return self._related(parsed, self._match_range(parsed, addresses, parsed.last_number, certainty))
        exact = [
            address
            for address in addresses
            if self.index.addition_names[self.index.addition[address]] == parsed.addition
        ]
        if not exact and parsed.addition:
            exact = self.index.loose_matches(addresses, parsed.addition)
        if len(exact) > 1 and postcode >= 0:
            exact = [address for address in exact if self.index.postcode[address] == postcode] or exact
        if len(exact) == 1 and self.index.spread_m[exact[0]] <= MAX_HOUSE_RADIUS_M:
            return self._related(parsed, self._at_address(exact[0], certainty))
        if exact:
            return self._related(
                parsed, self._around(parsed, exact, "dit adres staat meer dan eens", certainty)
            )
        if parsed.addition.isdigit() and int(parsed.addition) > parsed.number:
            street = int(self.index.street[addresses[0]])
            if (street, int(parsed.addition)) in self.index.house_addresses:
                found = self._match_range(parsed, addresses, int(parsed.addition), certainty)
                return self._related(parsed, found)
        why = (
            f"toevoeging '{parsed.addition}' staat niet in het register"
            if parsed.addition
            else "het nummer bestaat alleen met een toevoeging"
        )
        return self._related(parsed, self._around(parsed, addresses, why, certainty - 0.05))

    def _at_address(self, address: int, certainty: float) -> Match:
        spread = float(self.index.spread_m[address])
        return Match(
            lon=float(self.index.lon[address]),
            lat=float(self.index.lat[address]),
            precision=Precision.ADRES,
            radius_m=ADDRESS_RADIUS_M + spread,
            found=self.index.label(address),
            certainty=certainty,
            address=address,
        )

    def _around(
        self, parsed: ParsedAddress, addresses: Sequence[int] | range, why: str, certainty: float
    ) -> Match:
        """The middle of the addresses with one number, if that tells where."""
        chosen = np.asarray(addresses)
        spot = self._middle(chosen)
        street = int(self.index.street[chosen[0]])
        label = f"{self._street(street)} {parsed.number}"
        if spot.radius_m > MAX_HOUSE_RADIUS_M:
            why = f"{why}; de adressen op nummer {parsed.number} liggen tot {spot.radius_m:.0f} m uiteen"
            return replace(
                self._coarse(chosen, Precision.STRAAT, label, why), candidates=self._candidates(chosen)
            )
        return Match(
            lon=spot.lon,
            lat=spot.lat,
            precision=Precision.HUISNUMMER,
            radius_m=max(spot.radius_m, ADDRESS_RADIUS_M),
            found=label,
            why_not_better=why,
            certainty=certainty,
        )

    def _match_range(self, parsed: ParsedAddress, addresses: range, last: int, certainty: float) -> Match:
        street = int(self.index.street[addresses[0]])
        first, last = sorted((parsed.number, last))
        of_street = np.asarray(self.index.addresses_of_street(street))
        numbers = self.index.number[of_street]
        same_side = (
            (numbers - first) % 2 == 0 if (last - first) % 2 == 0 else np.ones(len(numbers), dtype=bool)
        )
        chosen = of_street[(numbers >= first) & (numbers <= last) & same_side]
        found = self._around(parsed, chosen, f"een reeks huisnummers ({first} t/m {last})", certainty)
        return replace(found, found=f"{self._street(street)} {first} t/m {last}", candidates=())

    def _related(self, parsed: ParsedAddress, match: Match) -> Match:
        """A place near an address is not that address."""
        radius = NEAR_M.get(parsed.relation)
        if radius is None or not match.is_house:
            return match
        return replace(
            match,
            precision=Precision.HUISNUMMER,
            radius_m=max(match.radius_m, radius),
            found=f"{parsed.relation} {match.found}",
            why_not_better=f"ligt {parsed.relation} dit adres",
            address=-1,
        )

    # -- postcode ----------------------------------------------------------------------------------------

    def _match_postcode(self, parsed: ParsedAddress, postcode: int) -> Match:
        streets = [StreetCandidate(street, 0) for street in self.index.streets_of_postcode(postcode)]
        members = self.index.addresses_of_postcode(postcode)
        if parsed.number:
            with_number = members[self.index.number[members] == parsed.number]
            found = {int(street) for street in self.index.street[with_number]}
            if found:
                chosen = [candidate for candidate in streets if candidate.street in found]
                return self._match_number(parsed, chosen, postcode)
        why = (
            f"huisnummer {parsed.number} staat bij deze postcode niet in het register"
            if parsed.number
            else "er is geen huisnummer"
        )
        return self._coarse(members, Precision.POSTCODE, f"postcode {parsed.postcode}", why)

    # -- crossing ----------------------------------------------------------------------------------------

    def _match_crossing(self, parsed: ParsedAddress, towns: frozenset[int] | None) -> Match:
        refusal = self._why_elsewhere(parsed, towns)
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
                street = streets[known[0]][0]
                return self._coarse(
                    self.index.addresses_of_street(street), Precision.STRAAT, self._street(street), why
                )
            return Match(why_not_better=why)
        if parsed.relation is Relation.BETWEEN and len(streets) == 3:
            return self._match_between(streets)
        return self._corner_of(streets[-2], streets[-1])

    def _streets_named(self, name: str, towns: frozenset[int] | None) -> list[int]:
        exact = [
            street
            for street in self.streets.exact(name)
            if towns is None or self.index.street_towns[street] in towns
        ]
        if exact:
            return exact
        similar = [candidate for candidate in self.streets.similar(name) if self._is_in(candidate, towns)]
        return [candidate.street for candidate in _nearest(similar)] if similar else []

    def _corner_of(self, first: Sequence[int], second: Sequence[int]) -> Match:
        corners = [corner for one in first for other in second if (corner := self._meeting(one, other))]
        if not corners:
            names = f"{self.index.street_names[first[0]]} en {self.index.street_names[second[0]]}"
            spots = [
                self._coarse(
                    self.index.addresses_of_street(street), Precision.STRAAT, self._street(street), ""
                )
                for street in (first[0], second[0])
            ]
            return self.undecided(spots, f"{names} komen nergens bij elkaar")
        return corners[0] if len(corners) == 1 else self.undecided(corners, "meer dan één hoek is mogelijk")

    def _meeting(self, first: int, second: int) -> Match | None:
        """Where two streets meet, judged by their addresses; None if they don't."""
        if first == second:
            return None
        one = np.asarray(self.index.addresses_of_street(first))
        other = np.asarray(self.index.addresses_of_street(second))
        gaps = self.index.distance_m(
            self.index.lon[one][:, None],
            self.index.lat[one][:, None],
            self.index.lon[other][None, :],
            self.index.lat[other][None, :],
        )
        gap = float(gaps.min())
        if gap > CROSSING_GAP_M:
            return None
        near_one, near_other = np.nonzero(gaps <= gap * 1.3 + 5)
        lon = (self.index.lon[one[near_one]] + self.index.lon[other[near_other]]) / 2
        lat = (self.index.lat[one[near_one]] + self.index.lat[other[near_other]]) / 2
        spread = float(self.index.distance_m(lon, lat, lon.mean(), lat.mean()).max())
        label = f"hoek {self.index.street_names[first]} en {self._street(second)}"
        if spread > CROSSING_SPREAD_M:
            return Match(
                lon=float(lon.mean()),
                lat=float(lat.mean()),
                precision=Precision.STRAAT,
                radius_m=spread,
                found=label,
                why_not_better="de straten lopen langs elkaar of komen meer dan eens bij elkaar",
                certainty=0.5,
            )
        return Match(
            lon=float(lon.mean()),
            lat=float(lat.mean()),
            precision=Precision.KRUISING,
            radius_m=max(25.0, gap / 2 + spread),
            found=label,
            why_not_better="een kruising is geen adres",
            certainty=0.85,
        )

    def _match_between(self, streets: Sequence[Sequence[int]]) -> Match:
        along, first, second = streets
        ends = [self._corner_of(along, first), self._corner_of(along, second)]
        vague = [end for end in ends if end.precision is not Precision.KRUISING]
        if vague:
            return better_of(
                replace(ends[0], precision=Precision.GEEN),
                self._coarse(
                    self.index.addresses_of_street(along[0]),
                    Precision.STRAAT,
                    self._street(along[0]),
                    "; ".join(dict.fromkeys(end.why_not_better for end in vague)),
                ),
            )
        lon, lat = (ends[0].lon + ends[1].lon) / 2, (ends[0].lat + ends[1].lat) / 2
        reach = float(self.index.distance_m(lon, lat, ends[0].lon, ends[0].lat)) + 25
        is_short = reach <= MAX_HOUSE_RADIUS_M
        return Match(
            lon=lon,
            lat=lat,
            precision=Precision.KRUISING if is_short else Precision.STRAAT,
            radius_m=reach,
            found=f"{self._street(along[0])}, tussen {ends[0].found} en {ends[1].found}",
            why_not_better="een stuk straat is geen adres",
            certainty=0.8,
        )

    # -- places and towns --------------------------------------------------------------------------------

    def _or_place(self, nothing: Match, parsed: ParsedAddress) -> Match:
        place = self._match_place(parsed)
        return place if place.candidates else better_of(nothing, place)

    def _match_place(self, parsed: ParsedAddress) -> Match:
        for text in (parsed.street, parsed.town):
            found = self.places.find(text)
            if found is None:
                continue
            if found.spot is None:
                candidates = tuple(
                    Candidate(found.name, spot.lon, spot.lat, "", found.precision, spot.radius_m)
                    for spot in found.several
                )
                return Match(
                    why_not_better=f"'{found.name}' is er meer dan eens",
                    candidates=candidates[:MAX_CANDIDATES],
                )
            return Match(
                lon=found.spot.lon,
                lat=found.spot.lat,
                precision=found.precision,
                radius_m=found.spot.radius_m,
                found=found.name,
                why_not_better="een plek met een naam is geen adres"
                if found.precision is Precision.KRUISING
                else "alleen de buurt of plek is bekend",
                certainty=0.8,
            )
        return Match()

    def towns_of(self, name: str) -> frozenset[int] | None:
        """The towns a name can mean; None when it doesn't say, -1 when it is no town of the register."""
        if not name:
            return None
        for part in name.split(","):
            words = part.split()
            if words and words[0].lower() in {"te", "in"}:
                words = words[1:]
            for count in range(min(len(words), 4), 0, -1):
                found = self.index.towns_by_key.get(town_key(" ".join(words[:count])))
                if found:
                    return frozenset(found)
        whole = town_key(name)
        similar = [
            town
            for key, towns in self.index.towns_by_key.items()
            if OSA.distance(whole, key, score_cutoff=2) <= (1 if len(key) < 8 else 2)
            for town in towns
        ]
        if similar:
            return frozenset(similar)
        if not _looks_like_town(name) or self.places.find(name) is not None:
            return None
        return _UNKNOWN_TOWN

    def _why_elsewhere(self, parsed: ParsedAddress, towns: frozenset[int] | None) -> str:
        """Why a street's name alone is no ground to look for it here; "" if it is."""
        digits = self.index.digits_of_postcodes
        if towns == _UNKNOWN_TOWN:
            return f"plaats '{parsed.town}' staat niet in het register"
        if towns is None and parsed.postcode and digits and parsed.postcode[:4] not in digits:
            return f"postcode {parsed.postcode} ligt buiten het register"
        return ""

    def _is_in(self, candidate: StreetCandidate, towns: frozenset[int] | None) -> bool:
        return towns is None or self.index.street_towns[candidate.street] in towns

    # -- results -----------------------------------------------------------------------------------------

    def _street(self, street: int) -> str:
        town = self.index.town_names[self.index.street_towns[street]]
        return f"{self.index.street_names[street]}{', ' if town else ''}{town}"

    def _middle(self, addresses: NDArray[np.int64]) -> Spot:
        lon, lat = float(self.index.lon[addresses].mean()), float(self.index.lat[addresses].mean())
        reach = self.index.distance_m(self.index.lon[addresses], self.index.lat[addresses], lon, lat)
        return Spot(lon, lat, float((reach + self.index.spread_m[addresses]).max()))

    def _coarse(self, addresses: object, precision: Precision, found: str, why: str) -> Match:
        spot = self.index.spot_of(addresses)
        return Match(
            lon=spot.lon,
            lat=spot.lat,
            precision=precision,
            radius_m=spot.radius_m,
            found=found,
            why_not_better=why,
            certainty=0.8,
        )

    def undecided(self, matches: Sequence[Match], why: str) -> Match:
        """Tell that more than one can be meant, and which."""
        candidates = tuple(
            Candidate(
                match.found,
                match.lon,
                match.lat,
                str(self.keys[match.address]) if match.address >= 0 else "",
                match.precision,
                match.radius_m,
            )
            for match in matches
            if not np.isnan(match.lon)
        )
        names = " of ".join(dict.fromkeys(candidate.label for candidate in candidates[:3]))
        return Match(
            why_not_better=f"{why}: {names}" if names else why, candidates=candidates[:MAX_CANDIDATES]
        )

    def _candidates(self, addresses: object) -> tuple[Candidate, ...]:
        chosen = np.asarray(addresses).tolist()[:MAX_CANDIDATES]
        return tuple(
            Candidate(
                self.index.label(address),
                float(self.index.lon[address]),
                float(self.index.lat[address]),
                str(self.keys[address]),
                Precision.ADRES,
            )
            for address in chosen
        )


def _nearest(candidates: Sequence[StreetCandidate]) -> list[StreetCandidate]:
    return [candidate for candidate in candidates if candidate.distance == candidates[0].distance]


_PARTICLES = {"aan", "de", "den", "der", "het", "op", "bij", "van", "en"}


def _looks_like_town(text: str) -> bool:
    words = text.split()
    return (
        0 < len(words) <= 4
        and text != text.upper()
        and all(re.fullmatch(r"\(?['’A-ZÀ-Ý][^\d:;!?]*", word) or word in _PARTICLES for word in words)
    )
